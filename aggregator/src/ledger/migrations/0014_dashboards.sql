-- Dashboards that people put together. layout: wire::dashboard::Layout as JSON.
CREATE TABLE dashboards (
    dashboard     INTEGER PRIMARY KEY AUTOINCREMENT,
    site          INTEGER NOT NULL REFERENCES sites ON DELETE CASCADE,
    name          TEXT    NOT NULL,
    layout        TEXT    NOT NULL,
    created_at_ms INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL,
    UNIQUE (site, name)
) STRICT;

-- A shared link may be to one dashboard; it ends with that.
ALTER TABLE shares ADD COLUMN dashboard INTEGER REFERENCES dashboards ON DELETE CASCADE;
CREATE INDEX shares_of_dashboard ON shares (dashboard) WHERE dashboard IS NOT NULL;
