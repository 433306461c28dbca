-- Times are Unix milliseconds UTC. Ids and hashes of the delta protocol are 16 bytes.

CREATE TABLE sites (
    site          INTEGER PRIMARY KEY,
    tracking_id   TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    created_at_ms INTEGER NOT NULL
) STRICT;

-- Grows with every change of a site's rollups.
CREATE TABLE site_versions (
    site    INTEGER PRIMARY KEY REFERENCES sites,
    version INTEGER NOT NULL
) STRICT;

-- How far each epoch of each edge is counted. An edge's highest epoch is its current one.
CREATE TABLE marks (
    edge_id         BLOB    NOT NULL,
    epoch           INTEGER NOT NULL,
    applied_through INTEGER NOT NULL,
    site            INTEGER NOT NULL REFERENCES sites,
    shard           INTEGER NOT NULL,
    created_at_ms   INTEGER NOT NULL,
    PRIMARY KEY (edge_id, epoch)
) STRICT, WITHOUT ROWID;

-- The raw log: every counted frame as received, in the order of counting.
CREATE TABLE frames (
    position       INTEGER PRIMARY KEY,
    edge_id        BLOB    NOT NULL,
    epoch          INTEGER NOT NULL,
    seq            INTEGER NOT NULL,
    hash           BLOB    NOT NULL,
    site           INTEGER NOT NULL REFERENCES sites,
    received_at_ms INTEGER NOT NULL,
    bytes          BLOB    NOT NULL,
    UNIQUE (edge_id, epoch, seq)
) STRICT;
CREATE INDEX frames_of_site ON frames (site, position);

-- Counters and sketches. granularity: minute, hour, day.
CREATE TABLE rollups (
    site        INTEGER NOT NULL REFERENCES sites,
    granularity TEXT    NOT NULL,
    dimension   TEXT    NOT NULL,
    start_ms    INTEGER NOT NULL,
    value       TEXT    NOT NULL,
    pageviews   INTEGER NOT NULL,
    events      INTEGER NOT NULL,
    visitors    BLOB    NOT NULL,
    sessions    BLOB    NOT NULL,
    PRIMARY KEY (site, granularity, dimension, start_ms, value)
) STRICT, WITHOUT ROWID;

-- Frames that were signed but not counted, for a person to look at.
CREATE TABLE quarantine (
    position       INTEGER PRIMARY KEY AUTOINCREMENT,
    hash           BLOB    NOT NULL UNIQUE,
    reason         TEXT    NOT NULL,
    received_at_ms INTEGER NOT NULL,
    bytes          BLOB    NOT NULL
) STRICT;

-- Bearer tokens for one site's answers; hash: SHA-256.
CREATE TABLE tokens (
    token         INTEGER PRIMARY KEY AUTOINCREMENT,
    hash          BLOB    NOT NULL UNIQUE,
    site          INTEGER NOT NULL REFERENCES sites,
    name          TEXT    NOT NULL,
    created_at_ms INTEGER NOT NULL
) STRICT;

-- One-time sign-in links.
CREATE TABLE links (
    hash          BLOB    PRIMARY KEY,
    expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Signed-in browsers, by their cookie's hash.
CREATE TABLE sessions (
    hash          BLOB    PRIMARY KEY,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Written and emptied to learn whether the ledger can grow.
CREATE TABLE probes (
    room BLOB NOT NULL
) STRICT;
