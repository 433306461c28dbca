-- Ids of erased events, for as long as an edge that was set back may send them again. Nothing says whose they were.
CREATE TABLE erased_events (
    site         INTEGER NOT NULL REFERENCES sites,
    id           BLOB    NOT NULL,
    erased_at_ms INTEGER NOT NULL,
    PRIMARY KEY (site, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX erased_events_by_age ON erased_events (erased_at_ms);

-- Frames that nobody can send again and whose rows are gone: how many, how many events they counted and held.
CREATE TABLE forgotten_frames (
    site        INTEGER PRIMARY KEY REFERENCES sites,
    frames      INTEGER NOT NULL,
    events      INTEGER NOT NULL,
    kept_events INTEGER NOT NULL
) STRICT;

-- All that an edge got before sealed_through_ms is counted; when a frame of its was last counted, or it said hello.
ALTER TABLE marks ADD COLUMN sealed_through_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE marks ADD COLUMN heard_at_ms       INTEGER NOT NULL DEFAULT 0;
CREATE INDEX marks_of_site ON marks (site);

-- One row: which ledger this is, so that no two leave their segments in one place; and the bucket that its segments are in.
CREATE TABLE installation (
    id     BLOB NOT NULL,
    bucket TEXT
) STRICT;
INSERT INTO installation (id) VALUES (randomblob(16));
