-- What people noted about moments of a site.
CREATE TABLE notes (
    note          INTEGER PRIMARY KEY AUTOINCREMENT,
    site          INTEGER NOT NULL REFERENCES sites ON DELETE CASCADE,
    at_ms         INTEGER NOT NULL,
    text          TEXT    NOT NULL,
    author        TEXT    NOT NULL,
    created_at_ms INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX notes_by_site ON notes (site, at_ms);
