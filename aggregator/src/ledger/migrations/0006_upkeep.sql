-- What was asked to be done beside counting, and what came of it. A record outlives its site, so it names the tracking id.
CREATE TABLE tasks (
    task          INTEGER PRIMARY KEY AUTOINCREMENT,
    id            BLOB    NOT NULL UNIQUE,
    kind          TEXT    NOT NULL,
    tracking_id   TEXT    NOT NULL,
    request       TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    due_at_ms     INTEGER NOT NULL,
    progress      TEXT    NOT NULL DEFAULT '',
    outcome       TEXT    NOT NULL DEFAULT '',
    asked_at_ms   INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX tasks_to_do ON tasks (state, due_at_ms);

-- Counted events by source and UTC day: what edges delivered, as their frames said. kept: how many came along as single
-- events; checksum_…: exclusive or of their ids, in halves.
CREATE TABLE source_days (
    site          INTEGER NOT NULL REFERENCES sites,
    day_ms        INTEGER NOT NULL,
    edge_id       BLOB    NOT NULL,
    frames        INTEGER NOT NULL,
    events        INTEGER NOT NULL,
    kept          INTEGER NOT NULL,
    checksum_high INTEGER NOT NULL,
    checksum_low  INTEGER NOT NULL,
    PRIMARY KEY (site, day_ms, edge_id)
) STRICT, WITHOUT ROWID;

-- Events that were erased since, by UTC day.
CREATE TABLE erased_days (
    site          INTEGER NOT NULL REFERENCES sites,
    day_ms        INTEGER NOT NULL,
    events        INTEGER NOT NULL,
    kept          INTEGER NOT NULL,
    checksum_high INTEGER NOT NULL,
    checksum_low  INTEGER NOT NULL,
    PRIMARY KEY (site, day_ms)
) STRICT, WITHOUT ROWID;

-- Sites that were deleted: their frames are refused, and none of them is set aside.
CREATE TABLE deleted_sites (
    tracking_id   TEXT    PRIMARY KEY,
    deleted_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Keys of this instance, by what they are for.
CREATE TABLE instance_keys (
    purpose TEXT PRIMARY KEY,
    bytes   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Days of which some events came without their single events.
CREATE INDEX days_without_events ON source_days (site, day_ms) WHERE kept < events;
