//! Keys for programs: each with scopes, for one site or for all that its maker has.

use domain::account::Rights;
use rusqlite::{Connection, Row, params};
use wire::account::Permission;
use wire::grant::Key;

use super::site::SiteKey;
use super::user::UserKey;
use super::{LedgerError, stored, unstored};
use crate::secret::SecretHash;

/// Keys of one person, and of all commands together.
pub const KEYS_MAX: i64 = 1_000;

/// A key to add.
pub struct New {
    /// Hash of the secret.
    pub hash: SecretHash,
    /// Whose rights bound it; none where a command makes it.
    pub user: Option<UserKey>,
    /// The only site it is for.
    pub site: Option<SiteKey>,
    /// What it may do.
    pub scopes: Rights,
    /// What it is for.
    pub name: String,
    /// When it ends.
    pub expires_at_ms: Option<u64>,
}

/// Adds a key. Answers its number, or nothing when there is no room. Keys that have ended make room.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn add(connection: &Connection, new: &New, now_ms: u64) -> Result<Option<i64>, LedgerError> {
    let user = new.user.map(|user| user.0);
    let sql = "DELETE FROM keys WHERE user IS ?1 AND expires_at_ms <= ?2";
    connection.execute(sql, params![user, stored(now_ms)])?;
    let sql = "INSERT INTO keys (hash, user, site, scopes, name, created_at_ms, expires_at_ms)
               SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE (SELECT count(*) FROM keys WHERE user IS ?2) < ?8";
    let parameters = params![
        new.hash.0,
        user,
        new.site.map(|site| site.0),
        written(new.scopes),
        new.name,
        stored(now_ms),
        new.expires_at_ms.map(stored),
        KEYS_MAX
    ];
    let is_added = connection.execute(sql, parameters)? == 1;
    Ok(is_added.then(|| connection.last_insert_rowid()))
}

/// Whose keys are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// A person's.
    User(UserKey),
    /// Everybody's, and those that commands made.
    All,
}

impl Whose {
    fn user(self) -> Option<i64> {
        match self {
            Self::User(user) => Some(user.0),
            Self::All => None,
        }
    }
}

/// The keys, oldest first.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn list(connection: &Connection, whose: Whose) -> Result<Vec<Key>, LedgerError> {
    let mut all = connection.prepare_cached(
        "SELECT key, keys.name, scopes, tracking_id, email, keys.created_at_ms, expires_at_ms, used_at_ms
         FROM keys LEFT JOIN sites USING (site) LEFT JOIN users USING (user) WHERE ?1 IS NULL OR user = ?1 ORDER BY key",
    )?;
    let keys = all.query_map([whose.user()], read)?;
    Ok(keys.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Key> {
    Ok(Key {
        key: row.get(0)?,
        name: row.get(1)?,
        scopes: rights(&row.get::<_, String>(2)?).list(),
        tracking_id: row.get(3)?,
        email: row.get(4)?,
        created_at_ms: unstored(row.get(5)?),
        expires_at_ms: row.get::<_, Option<i64>>(6)?.map(unstored),
        used_at_ms: row.get::<_, Option<i64>>(7)?.map(unstored),
        secret: None,
    })
}

/// Makes a key invalid at once. Answers whether there was one.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn revoke(connection: &Connection, whose: Whose, number: i64) -> Result<bool, LedgerError> {
    let sql = "DELETE FROM keys WHERE key = ?1 AND (?2 IS NULL OR user = ?2)";
    Ok(connection.execute(sql, params![number, whose.user()])? == 1)
}

/// Notes that a key was used.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn used(connection: &Connection, hash: SecretHash, now_ms: u64) -> Result<(), LedgerError> {
    let sql = "UPDATE keys SET used_at_ms = ?2 WHERE hash = ?1 AND ifnull(used_at_ms, 0) < ?2";
    connection.prepare_cached(sql)?.execute(params![hash.0, stored(now_ms)])?;
    Ok(())
}

/// Scopes as they are stored.
fn written(scopes: Rights) -> String {
    scopes.list().into_iter().map(Permission::name).collect::<Vec<_>>().join(" ")
}

/// Stored scopes; one that a later version knows allows nothing here.
pub(super) fn rights(scopes: &str) -> Rights {
    Permission::SCOPES.into_iter().filter(|scope| scopes.split(' ').any(|name| name == scope.name())).collect()
}
