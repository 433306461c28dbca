-- People with an account. email: lower case. password: argon2id as PHC text; none before the first is set.
-- is_owner: of the whole installation.
CREATE TABLE users (
    user          INTEGER PRIMARY KEY AUTOINCREMENT,
    email         TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    password      TEXT,
    is_owner      INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL
) STRICT;

-- What they are on single sites. role: viewer, editor, owner.
CREATE TABLE members (
    user INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    site INTEGER NOT NULL REFERENCES sites ON DELETE CASCADE,
    role TEXT    NOT NULL,
    PRIMARY KEY (user, site)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_of_site ON members (site);

-- One-time links. purpose: sign_in, setup, reset; user: whose, where it is somebody's.
ALTER TABLE links ADD COLUMN purpose TEXT NOT NULL DEFAULT 'sign_in';
ALTER TABLE links ADD COLUMN user    INTEGER REFERENCES users ON DELETE CASCADE;

-- Signed-in browsers, by their cookie's hash. user: none is the operator, by `tidemark link`.
CREATE TABLE people_sessions (
    session       INTEGER PRIMARY KEY AUTOINCREMENT,
    hash          BLOB    NOT NULL UNIQUE,
    user          INTEGER REFERENCES users ON DELETE CASCADE,
    browser       TEXT    NOT NULL,
    created_at_ms INTEGER NOT NULL,
    seen_at_ms    INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT;
INSERT INTO people_sessions (hash, browser, created_at_ms, seen_at_ms, expires_at_ms)
    SELECT hash, '', created_at_ms, unixepoch() * 1000, expires_at_ms FROM sessions;
DROP TABLE sessions;
ALTER TABLE people_sessions RENAME TO sessions;
CREATE INDEX sessions_of_user ON sessions (user);

-- Invitations to a site that nobody took up yet. email: who alone may; none: whoever has the link.
CREATE TABLE invitations (
    invitation    INTEGER PRIMARY KEY AUTOINCREMENT,
    hash          BLOB    NOT NULL UNIQUE,
    site          INTEGER NOT NULL REFERENCES sites ON DELETE CASCADE,
    role          TEXT    NOT NULL,
    email         TEXT,
    invited_by    TEXT    NOT NULL,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT;

-- Keys for programs; hash: SHA-256. user: whose rights bound it; none: made by a command. site: the only one; none:
-- all. scopes: parted by spaces.
CREATE TABLE keys (
    key           INTEGER PRIMARY KEY AUTOINCREMENT,
    hash          BLOB    NOT NULL UNIQUE,
    user          INTEGER REFERENCES users ON DELETE CASCADE,
    site          INTEGER REFERENCES sites ON DELETE CASCADE,
    scopes        TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER,
    used_at_ms    INTEGER
) STRICT;
INSERT INTO keys (key, hash, site, scopes, name, created_at_ms)
    SELECT token, hash, site, 'stats:read', name, created_at_ms FROM tokens;
DROP TABLE tokens;
CREATE INDEX keys_of_user ON keys (user);

-- Links by which anybody reads one site. password: argon2id as PHC text. lock: wire::filter::Filter as JSON.
CREATE TABLE shares (
    slug          TEXT    PRIMARY KEY,
    site          INTEGER NOT NULL REFERENCES sites ON DELETE CASCADE,
    name          TEXT    NOT NULL,
    password      TEXT,
    lock          TEXT,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX shares_of_site ON shares (site);

-- Browsers that gave a shared link's password, by their cookie's hash.
CREATE TABLE shared_sessions (
    hash          BLOB    PRIMARY KEY,
    slug          TEXT    NOT NULL REFERENCES shares ON DELETE CASCADE,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX shared_sessions_of_share ON shared_sessions (slug);

-- Who did what, when.
CREATE TABLE audit (
    entry  INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms  INTEGER NOT NULL,
    who    TEXT    NOT NULL,
    action TEXT    NOT NULL,
    about  TEXT    NOT NULL
) STRICT;

-- A deleted site is nobody's and takes no frames from then on; its data is erased afterwards.
ALTER TABLE sites ADD COLUMN deleted_at_ms INTEGER;
