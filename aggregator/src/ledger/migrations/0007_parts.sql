-- Blocks of minutes as checkpoints wrote them, until they are absorbed by the blocks of their minutes, hours and days.
-- position: of the checkpoint.
CREATE TABLE parts (
    part      INTEGER PRIMARY KEY,
    site      INTEGER NOT NULL REFERENCES sites,
    dimension INTEGER NOT NULL,
    name      TEXT    NOT NULL,
    start_ms  INTEGER NOT NULL,
    position  INTEGER NOT NULL,
    bytes     BLOB    NOT NULL
) STRICT;
CREATE INDEX parts_of_series ON parts (site, dimension, name, start_ms);
