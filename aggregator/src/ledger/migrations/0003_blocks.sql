-- Counters and sketches: all values of a window and dimension in one block (domain::rollup::Block).
-- granularity: 0 minute, 1 hour, 2 day. dimension: its place in wire's list. name: of a declared property or pair, or ''.
CREATE TABLE blocks (
    site        INTEGER NOT NULL REFERENCES sites,
    granularity INTEGER NOT NULL,
    dimension   INTEGER NOT NULL,
    name        TEXT    NOT NULL,
    start_ms    INTEGER NOT NULL,
    bytes       BLOB    NOT NULL,
    PRIMARY KEY (site, granularity, dimension, name, start_ms)
) STRICT, WITHOUT ROWID;

-- One row. Blocks hold all frames through position. changes: how often blocks were changed by anything but a checkpoint.
CREATE TABLE checkpoint (
    position INTEGER NOT NULL,
    changes  INTEGER NOT NULL
) STRICT;

-- Events whose days were dropped because they were too old.
CREATE TABLE dropped_events (
    site   INTEGER PRIMARY KEY REFERENCES sites,
    events INTEGER NOT NULL
) STRICT;

-- The raw log: what every counted frame was, in the order of counting. events: how many it counted; kept_events: how many
-- its bytes hold. born_…: where and as what it was first numbered, if that was elsewhere.
CREATE TABLE frames_split (
    position       INTEGER PRIMARY KEY AUTOINCREMENT,
    edge_id        BLOB    NOT NULL,
    epoch          INTEGER NOT NULL,
    seq            INTEGER NOT NULL,
    hash           BLOB    NOT NULL,
    site           INTEGER NOT NULL REFERENCES sites,
    received_at_ms INTEGER NOT NULL,
    born_epoch     INTEGER,
    born_seq       INTEGER,
    born_hash      BLOB,
    events         INTEGER NOT NULL,
    kept_events    INTEGER NOT NULL,
    UNIQUE (edge_id, epoch, seq)
) STRICT;

-- The bytes of frames, until blocks and segments hold all that they say.
CREATE TABLE frame_bytes (
    position INTEGER PRIMARY KEY,
    bytes    BLOB    NOT NULL
) STRICT;
