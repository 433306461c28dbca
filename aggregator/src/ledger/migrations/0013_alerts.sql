-- What is watched of a site. definition, channels, standing: wire::alert as JSON. version: counted up with each change by
-- a person, so that what was found of an earlier definition is not written to a later one.
CREATE TABLE alerts (
    alert         INTEGER PRIMARY KEY AUTOINCREMENT,
    site          INTEGER NOT NULL REFERENCES sites ON DELETE CASCADE,
    name          TEXT    NOT NULL,
    definition    TEXT    NOT NULL,
    channels      TEXT    NOT NULL,
    is_on         INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    standing      TEXT    NOT NULL,
    fault         TEXT,
    created_at_ms INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL,
    UNIQUE (site, name)
) STRICT;

-- What was told. judged: wire::alert::Judged as JSON.
CREATE TABLE alert_entries (
    entry  INTEGER PRIMARY KEY AUTOINCREMENT,
    alert  INTEGER NOT NULL REFERENCES alerts ON DELETE CASCADE,
    at_ms  INTEGER NOT NULL,
    news   TEXT    NOT NULL,
    judged TEXT,
    text   TEXT    NOT NULL
) STRICT;

CREATE INDEX alert_entries_by_alert ON alert_entries (alert, entry);

-- What is to be sent, and what became of it: written in one transaction with what it tells. channel: wire::alert::Channel
-- as JSON, payload: what is sent, as JSON; both are dropped once it is delivered or given up.
CREATE TABLE alert_deliveries (
    delivery      TEXT    PRIMARY KEY,
    entry         INTEGER NOT NULL REFERENCES alert_entries ON DELETE CASCADE,
    label         TEXT    NOT NULL,
    channel       TEXT,
    payload       TEXT,
    state         TEXT    NOT NULL,
    tries         INTEGER NOT NULL,
    next_at_ms    INTEGER,
    fault         TEXT,
    made_at_ms    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX alert_deliveries_by_entry ON alert_deliveries (entry);
CREATE INDEX alert_deliveries_due ON alert_deliveries (next_at_ms) WHERE state = 'waiting';
