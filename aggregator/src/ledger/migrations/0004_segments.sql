-- Files that hold sealed events of a site's UTC day. level: how often they were merged.
CREATE TABLE segments (
    path        TEXT    PRIMARY KEY,
    site        INTEGER NOT NULL REFERENCES sites,
    day_ms      INTEGER NOT NULL,
    events      INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    first_ms    INTEGER NOT NULL,
    last_ms     INTEGER NOT NULL,
    id_checksum BLOB    NOT NULL,
    level       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX segments_of_site ON segments (site, day_ms);

-- How far each site's frames are sealed, how many events that were, how many of them were erased or grew too old since,
-- and the exclusive or of the ids of those that are left: the sums of the site's segments.
CREATE TABLE sealed (
    site        INTEGER PRIMARY KEY REFERENCES sites,
    position    INTEGER NOT NULL,
    events      INTEGER NOT NULL,
    erased      INTEGER NOT NULL,
    id_checksum BLOB    NOT NULL
) STRICT;

-- Files that are to be removed: replaced ones after a time, and, at the next start, those that were begun and never
-- became segments.
CREATE TABLE removed_segments (
    path     TEXT    PRIMARY KEY,
    after_ms INTEGER NOT NULL,
    is_begun INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
