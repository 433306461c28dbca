-- Experiments that are kept under a name. definition: wire::analysis::ExperimentDefinition as JSON.
CREATE TABLE experiments (
    experiment    INTEGER PRIMARY KEY AUTOINCREMENT,
    site          INTEGER NOT NULL REFERENCES sites ON DELETE CASCADE,
    name          TEXT    NOT NULL,
    definition    TEXT    NOT NULL,
    created_at_ms INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL,
    UNIQUE (site, name)
) STRICT;
