-- Sums over the visits that began in the window, and revenue: a JSON object of millionths by currency, or ''.
ALTER TABLE rollups ADD COLUMN visits     INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN bounces    INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN visit_ms   INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN engaged_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN converted  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN quality    INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollups ADD COLUMN revenue    TEXT    NOT NULL DEFAULT '';

-- Events that were not counted, by the minute in which they arrived.
CREATE TABLE outcomes (
    site     INTEGER NOT NULL REFERENCES sites,
    start_ms INTEGER NOT NULL,
    outcome  TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    events   INTEGER NOT NULL,
    PRIMARY KEY (site, start_ms, outcome, reason)
) STRICT, WITHOUT ROWID;

-- Where and as what a frame was first numbered: by this it is recognised when it comes again under another number.
ALTER TABLE frames ADD COLUMN born_epoch INTEGER;
ALTER TABLE frames ADD COLUMN born_seq   INTEGER;
ALTER TABLE frames ADD COLUMN born_hash  BLOB;
UPDATE frames SET born_epoch = epoch, born_seq = seq, born_hash = hash;
-- All that is asked for, so that the frames' own pages are not read.
CREATE INDEX frames_by_birth ON frames (edge_id, born_epoch, born_seq, born_hash);

-- What the owners decided: wire::site::Settings as JSON. A site without a row has the defaults, version 0.
CREATE TABLE site_settings (
    site          INTEGER PRIMARY KEY REFERENCES sites,
    version       INTEGER NOT NULL,
    settings      TEXT    NOT NULL,
    changed_at_ms INTEGER NOT NULL
) STRICT;

-- Finished backups.
CREATE TABLE backups (
    backup         INTEGER PRIMARY KEY,
    started_at_ms  INTEGER NOT NULL,
    finished_at_ms INTEGER NOT NULL,
    bytes          INTEGER NOT NULL,
    file           TEXT    NOT NULL
) STRICT;

-- How far each epoch of each edge is in the last finished backup.
CREATE TABLE stable_marks (
    edge_id         BLOB    NOT NULL,
    epoch           INTEGER NOT NULL,
    applied_through INTEGER NOT NULL,
    PRIMARY KEY (edge_id, epoch)
) STRICT, WITHOUT ROWID;
