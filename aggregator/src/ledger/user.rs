//! People with an account.

use rusqlite::{Connection, OptionalExtension, Row, params};
use wire::account::User;

use super::{LedgerError, stored, unstored};

/// A person within this ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserKey(pub i64);

/// Accounts in all: a hundred times the largest team that shares one installation.
pub const USERS_MAX: i64 = 10_000;

/// What signing in needs to know of an account.
pub struct Account {
    /// Whose it is.
    pub user: UserKey,
    /// The password's hash; none before the first is set.
    pub password: Option<String>,
}

/// Adds a person. Answers nobody when there is an account of that address, or no room.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn add(
    connection: &Connection,
    email: &str,
    name: &str,
    password: Option<&str>,
    is_owner: bool,
    now_ms: u64,
) -> Result<Option<UserKey>, LedgerError> {
    let sql = "INSERT INTO users (email, name, password, is_owner, created_at_ms)
               SELECT ?1, ?2, ?3, ?4, ?5 WHERE (SELECT count(*) FROM users) < ?6 ON CONFLICT DO NOTHING";
    let parameters = params![email, name, password, is_owner, stored(now_ms), USERS_MAX];
    let is_added = connection.prepare_cached(sql)?.execute(parameters)? == 1;
    Ok(is_added.then(|| UserKey(connection.last_insert_rowid())))
}

/// The account of an address.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn account(connection: &Connection, email: &str) -> Result<Option<Account>, LedgerError> {
    let mut found = connection.prepare_cached("SELECT user, password FROM users WHERE email = ?1")?;
    Ok(found.query_row([email], |row| Ok(Account { user: UserKey(row.get(0)?), password: row.get(1)? })).optional()?)
}

/// A person.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn find(connection: &Connection, user: UserKey) -> Result<Option<User>, LedgerError> {
    let sql = "SELECT user, email, name, is_owner, created_at_ms FROM users WHERE user = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([user.0], read).optional()?)
}

/// Everybody, by address.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn list(connection: &Connection) -> Result<Vec<User>, LedgerError> {
    let mut all = connection.prepare("SELECT user, email, name, is_owner, created_at_ms FROM users ORDER BY email")?;
    let users = all.query_map([], read)?;
    Ok(users.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        user: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        is_owner: row.get(3)?,
        created_at_ms: unstored(row.get(4)?),
        role: None,
    })
}

/// Whether anybody owns the installation and can sign in, or was sent a link to.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn has_owner(connection: &Connection) -> Result<bool, LedgerError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE is_owner)";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

/// Sets a password.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn set_password(connection: &Connection, user: UserKey, password: &str) -> Result<(), LedgerError> {
    connection.execute("UPDATE users SET password = ?2 WHERE user = ?1", params![user.0, password])?;
    Ok(())
}

/// What became of a wish that could leave an installation without an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is so.
    Done,
    /// There is no such person.
    Unknown,
    /// They are the last owner.
    LastOwner,
}

/// Says whether a person owns the installation. Belongs in a transaction.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn set_owner(connection: &Connection, user: UserKey, is_owner: bool) -> Result<Change, LedgerError> {
    if !is_owner && is_last_owner(connection, user)? {
        return Ok(Change::LastOwner);
    }
    let changed = connection.execute("UPDATE users SET is_owner = ?2 WHERE user = ?1", params![user.0, is_owner])?;
    Ok(if changed == 1 { Change::Done } else { Change::Unknown })
}

/// Removes a person with their sessions, keys and memberships. Belongs in a transaction.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn remove(connection: &Connection, user: UserKey) -> Result<Change, LedgerError> {
    if is_last_owner(connection, user)? {
        return Ok(Change::LastOwner);
    }
    let removed = connection.execute("DELETE FROM users WHERE user = ?1", [user.0])?;
    Ok(if removed == 1 { Change::Done } else { Change::Unknown })
}

fn is_last_owner(connection: &Connection, user: UserKey) -> Result<bool, LedgerError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE user = ?1 AND is_owner)
                  AND (SELECT count(*) FROM users WHERE is_owner) = 1";
    Ok(connection.query_row(sql, [user.0], |row| row.get(0))?)
}
