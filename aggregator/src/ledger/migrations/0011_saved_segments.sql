-- Filters that are kept under a name. definition: an object as JSON, of which `filters` is wire::filter::Filters; what else
-- may make a segment one day stands beside it.
CREATE TABLE saved_segments (
    segment       INTEGER PRIMARY KEY AUTOINCREMENT,
    site          INTEGER NOT NULL REFERENCES sites ON DELETE CASCADE,
    name          TEXT    NOT NULL,
    definition    TEXT    NOT NULL,
    created_at_ms INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL,
    UNIQUE (site, name)
) STRICT;
