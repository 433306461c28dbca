-- Who is sent a site's digests: somebody with an account, or an address that was added. token: in every letter, ends it.
-- ..._through: known name of the latest edition that was sent; the date after its last. has_unsubscribed: an address
-- that is not to be added again.
CREATE TABLE subscribers (
    subscriber       INTEGER PRIMARY KEY AUTOINCREMENT,
    site             INTEGER NOT NULL REFERENCES sites ON DELETE CASCADE,
    user             INTEGER REFERENCES users ON DELETE CASCADE,
    email            TEXT,
    token            TEXT    NOT NULL UNIQUE,
    weekly           INTEGER NOT NULL,
    monthly          INTEGER NOT NULL,
    weekly_through   TEXT    NOT NULL,
    monthly_through  TEXT    NOT NULL,
    has_unsubscribed INTEGER NOT NULL DEFAULT 0,
    created_at_ms    INTEGER NOT NULL,
    CHECK ((user IS NULL) <> (email IS NULL)),
    UNIQUE (site, user),
    UNIQUE (site, email)
) STRICT;

CREATE INDEX subscribers_of_user ON subscribers (user) WHERE user IS NOT NULL;

-- The outbox is of alerts and digests: each delivery is of an alert's entry or of a subscriber.
CREATE TABLE deliveries (
    delivery      TEXT    PRIMARY KEY,
    entry         INTEGER REFERENCES alert_entries ON DELETE CASCADE,
    subscriber    INTEGER REFERENCES subscribers ON DELETE CASCADE,
    label         TEXT    NOT NULL,
    channel       TEXT,
    payload       TEXT,
    state         TEXT    NOT NULL,
    tries         INTEGER NOT NULL,
    next_at_ms    INTEGER,
    fault         TEXT,
    made_at_ms    INTEGER NOT NULL,
    CHECK ((entry IS NULL) <> (subscriber IS NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO deliveries (delivery, entry, label, channel, payload, state, tries, next_at_ms, fault, made_at_ms)
SELECT delivery, entry, label, channel, payload, state, tries, next_at_ms, fault, made_at_ms FROM alert_deliveries;

DROP TABLE alert_deliveries;

CREATE INDEX deliveries_by_entry ON deliveries (entry) WHERE entry IS NOT NULL;
CREATE INDEX deliveries_by_subscriber ON deliveries (subscriber) WHERE subscriber IS NOT NULL;
CREATE INDEX deliveries_due ON deliveries (next_at_ms) WHERE state = 'waiting';
