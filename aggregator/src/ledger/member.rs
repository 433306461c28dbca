//! Who is what on a site, and who is invited to be.

use rusqlite::{Connection, OptionalExtension, params};
use wire::account::{Role, User};
use wire::grant::Invitation;

use super::site::SiteKey;
use super::user::UserKey;
use super::{LedgerError, stored, unstored};
use crate::secret::SecretHash;

/// Members and open invitations of one site.
pub const MEMBERS_MAX: i64 = 1_000;

/// A role as it is stored.
pub(super) fn role(name: &str) -> Result<Role, LedgerError> {
    let found = Role::ALL.into_iter().find(|role| role.name() == name);
    found.ok_or_else(|| LedgerError::Damaged(format!("there is no role {name}")))
}

/// The people of a site, by address.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn list(connection: &Connection, site: SiteKey) -> Result<Vec<User>, LedgerError> {
    let mut all = connection.prepare_cached(
        "SELECT user, email, name, is_owner, created_at_ms, role FROM members JOIN users USING (user)
         WHERE site = ?1 ORDER BY email",
    )?;
    let mut rows = all.query([site.0])?;
    let mut members = Vec::new();
    while let Some(row) = rows.next()? {
        members.push(User {
            user: row.get(0)?,
            email: row.get(1)?,
            name: row.get(2)?,
            is_owner: row.get(3)?,
            created_at_ms: unstored(row.get(4)?),
            role: Some(role(&row.get::<_, String>(5)?)?),
        });
    }
    Ok(members)
}

/// What a person is on a site.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn role_of(connection: &Connection, site: SiteKey, user: UserKey) -> Result<Option<Role>, LedgerError> {
    let mut found = connection.prepare_cached("SELECT role FROM members WHERE site = ?1 AND user = ?2")?;
    let name: Option<String> = found.query_row([site.0, user.0], |row| row.get(0)).optional()?;
    name.map(|name| role(&name)).transpose()
}

/// Makes a person what they are on a site from now on.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn set(connection: &Connection, site: SiteKey, user: UserKey, role: Role) -> Result<(), LedgerError> {
    let sql = "INSERT INTO members (user, site, role) VALUES (?1, ?2, ?3)
               ON CONFLICT DO UPDATE SET role = excluded.role";
    connection.prepare_cached(sql)?.execute(params![user.0, site.0, role.name()])?;
    Ok(())
}

/// Removes a person from a site. Answers whether they were there.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn remove(connection: &Connection, site: SiteKey, user: UserKey) -> Result<bool, LedgerError> {
    let sql = "DELETE FROM members WHERE site = ?1 AND user = ?2";
    Ok(connection.prepare_cached(sql)?.execute([site.0, user.0])? == 1)
}

/// Adds an invitation; its number and end are given back in it. Answers nothing when the site has no room. Expired ones
/// are dropped.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn invite(
    connection: &Connection,
    site: SiteKey,
    hash: SecretHash,
    invitation: Invitation,
    now_ms: u64,
) -> Result<Option<Invitation>, LedgerError> {
    connection.execute("DELETE FROM invitations WHERE expires_at_ms <= ?1", [stored(now_ms)])?;
    let sql = "INSERT INTO invitations (hash, site, role, email, invited_by, created_at_ms, expires_at_ms)
               SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
               WHERE (SELECT count(*) FROM invitations WHERE site = ?2)
                   + (SELECT count(*) FROM members WHERE site = ?2) < ?8";
    let Invitation { role, email, invited_by, expires_at_ms, .. } = &invitation;
    let parameters =
        params![hash.0, site.0, role.name(), email, invited_by, stored(now_ms), stored(*expires_at_ms), MEMBERS_MAX];
    let is_added = connection.execute(sql, parameters)? == 1;
    Ok(is_added.then(|| Invitation { invitation: connection.last_insert_rowid(), ..invitation }))
}

/// The open invitations to a site, newest first.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn invitations(connection: &Connection, site: SiteKey, now_ms: u64) -> Result<Vec<Invitation>, LedgerError> {
    let mut all = connection.prepare_cached(
        "SELECT invitation, role, email, invited_by, expires_at_ms FROM invitations
         WHERE site = ?1 AND expires_at_ms > ?2 ORDER BY invitation DESC",
    )?;
    let mut rows = all.query([site.0, stored(now_ms)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Invitation {
            invitation: row.get(0)?,
            role: role(&row.get::<_, String>(1)?)?,
            email: row.get(2)?,
            invited_by: row.get(3)?,
            expires_at_ms: unstored(row.get(4)?),
            url: None,
        });
    }
    Ok(found)
}

/// Withdraws an invitation. Answers whether there was one.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn withdraw(connection: &Connection, site: SiteKey, number: i64) -> Result<bool, LedgerError> {
    let sql = "DELETE FROM invitations WHERE site = ?1 AND invitation = ?2";
    Ok(connection.execute(sql, [site.0, number])? == 1)
}

/// An invitation that a link's holder may take up.
pub struct Open {
    /// To which site.
    pub site: SiteKey,
    /// As what.
    pub role: Role,
    /// Who alone may.
    pub email: Option<String>,
}

/// The invitation of a link, if it is valid.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn invitation(connection: &Connection, hash: SecretHash, now_ms: u64) -> Result<Option<Open>, LedgerError> {
    let sql = "SELECT site, role, email FROM invitations WHERE hash = ?1 AND expires_at_ms > ?2";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?));
    let found = connection.prepare_cached(sql)?.query_row(params![hash.0, stored(now_ms)], read).optional()?;
    found.map(|(site, name, email)| Ok(Open { site: SiteKey(site), role: role(&name)?, email })).transpose()
}

/// Takes up an invitation: the person is a member, of the higher role where they were one, and the link is gone. Answers
/// whether it was valid. Belongs in a transaction.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn accept(connection: &Connection, hash: SecretHash, user: UserKey, now_ms: u64) -> Result<bool, LedgerError> {
    let Some(open) = invitation(connection, hash, now_ms)? else { return Ok(false) };
    let before = role_of(connection, open.site, user)?;
    set(connection, open.site, user, before.map_or(open.role, |before| before.max(open.role)))?;
    connection.execute("DELETE FROM invitations WHERE hash = ?1", [hash.0])?;
    Ok(true)
}
