//! What is erased for good: a person's traces beside their events, and whole sites.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};
use wire::Id128;
use wire::frame::Frame;

use super::site::SiteKey;
use super::{LedgerError, block, stored};
use crate::secret;

/// What the key of [`subject_key`] is stored as.
const SUBJECT_KEY: &str = "deletion records";

/// Drops frames that were set aside and hold events of these visitors. Answers how many.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn purge_quarantine(connection: &Connection, visitors: &BTreeSet<Id128>) -> Result<u64, LedgerError> {
    drop_set_aside(connection, |frame| {
        frame.events.iter().any(|event| event.visitor.is_some_and(|visitor| visitors.contains(&visitor)))
    })
}

/// Drops the frames of a site that were set aside. Answers how many.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn purge_quarantine_of_site(connection: &Connection, tracking_id: &str) -> Result<u64, LedgerError> {
    drop_set_aside(connection, |frame| frame.site == tracking_id)
}

/// One that cannot be read is nobody's, and stays.
fn drop_set_aside(connection: &Connection, is_meant: impl Fn(&Frame) -> bool) -> Result<u64, LedgerError> {
    let mut meant = Vec::new();
    let mut all = connection.prepare("SELECT position, bytes FROM quarantine")?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        if Frame::decode(bytes).is_ok_and(|frame| is_meant(&frame)) {
            meant.push(row.get::<_, i64>(0)?);
        }
    }
    for position in &meant {
        connection.prepare_cached("DELETE FROM quarantine WHERE position = ?1")?.execute([position])?;
    }
    Ok(meant.len() as u64)
}

/// The key of the hashes by which records name whom they are about. Drawn when it is first asked for.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or the system has no randomness to give.
pub fn subject_key(connection: &Connection) -> Result<[u8; 32], LedgerError> {
    let drawn: [u8; 32] =
        secret::draw_bytes().map_err(|e| LedgerError::Damaged(format!("no randomness for a key: {e}")))?;
    let sql = "INSERT INTO instance_keys (purpose, bytes) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    connection.prepare_cached(sql)?.execute(params![SUBJECT_KEY, drawn])?;
    let mut key = connection.prepare_cached("SELECT bytes FROM instance_keys WHERE purpose = ?1")?;
    Ok(key.query_row([SUBJECT_KEY], |row| row.get(0))?)
}

/// Notes the ids of events that are erased, for as long as they may come again. Belongs in the transaction that erases them.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn note_erased(
    connection: &Connection,
    site: SiteKey,
    ids: impl IntoIterator<Item = Id128>,
    now_ms: u64,
) -> Result<(), LedgerError> {
    let sql = "INSERT INTO erased_events (site, id, erased_at_ms) VALUES (?1, ?2, ?3)
               ON CONFLICT DO UPDATE SET erased_at_ms = excluded.erased_at_ms";
    let mut note = connection.prepare_cached(sql)?;
    ids.into_iter().try_for_each(|id| Ok(note.execute(params![site.0, id.0, stored(now_ms)]).map(drop)?))
}

/// Which of these events of a site were erased lately: they are counted no more, whoever brings them.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn erased_among(
    connection: &Connection,
    site: SiteKey,
    ids: &BTreeSet<Id128>,
) -> Result<BTreeSet<Id128>, LedgerError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM erased_events WHERE site = ?1)";
    let mut found = BTreeSet::new();
    if !connection.prepare_cached(sql)?.query_row([site.0], |row| row.get::<_, bool>(0))? {
        return Ok(found);
    }
    let sql = "SELECT EXISTS (SELECT 1 FROM erased_events WHERE site = ?1 AND id = ?2)";
    let mut is_erased = connection.prepare_cached(sql)?;
    for id in ids {
        if is_erased.query_row(params![site.0, id.0], |row| row.get(0))? {
            found.insert(*id);
        }
    }
    Ok(found)
}

/// Forgets some of the ids that were noted before an instant. Answers how many.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn forget_erased(connection: &Connection, before_ms: u64, ids_max: usize) -> Result<usize, LedgerError> {
    let sql = "DELETE FROM erased_events WHERE (site, id) IN
                 (SELECT site, id FROM erased_events WHERE erased_at_ms < ?1 LIMIT ?2)";
    Ok(connection.prepare_cached(sql)?.execute(params![stored(before_ms), stored(ids_max as u64)])?)
}

/// Whether a site was deleted, and not added again since.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn is_deleted(connection: &Connection, tracking_id: &str) -> Result<bool, LedgerError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM deleted_sites WHERE tracking_id = ?1)
                  AND NOT EXISTS (SELECT 1 FROM sites WHERE tracking_id = ?1)
                  OR EXISTS (SELECT 1 FROM sites WHERE tracking_id = ?1 AND deleted_at_ms IS NOT NULL)";
    Ok(connection.prepare_cached(sql)?.query_row([tracking_id], |row| row.get(0))?)
}

/// Deletes a site and every row of it, in whatever table; belongs in a transaction. Its segments must be gone. Answers how
/// many frames and events that were.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn delete_site(
    connection: &Connection,
    site: SiteKey,
    tracking_id: &str,
    now_ms: u64,
) -> Result<(u64, u64), LedgerError> {
    let sql = "SELECT sum(frames), sum(events) FROM (
                   SELECT count(*) AS frames, coalesce(sum(events), 0) AS events FROM frames WHERE site = ?1
                   UNION ALL SELECT frames, events FROM forgotten_frames WHERE site = ?1)";
    let counted =
        connection.query_row(sql, [site.0], |row| Ok((super::unstored(row.get(0)?), super::unstored(row.get(1)?))))?;
    connection.pragma_update(None, "defer_foreign_keys", true)?;
    connection
        .execute("DELETE FROM frame_bytes WHERE position IN (SELECT position FROM frames WHERE site = ?1)", [site.0])?;
    delete_referring(connection, "sites", &[site.0])?;
    connection.execute("DELETE FROM sites WHERE site = ?1", [site.0])?;
    let sql = "INSERT INTO deleted_sites (tracking_id, deleted_at_ms) VALUES (?1, ?2)
               ON CONFLICT DO UPDATE SET deleted_at_ms = excluded.deleted_at_ms";
    connection.execute(sql, params![tracking_id, stored(now_ms)])?;
    // What was merged from its blocks, and what is hot of it, must not come back.
    block::note_change(connection)?;
    Ok(counted)
}

/// Deletes the rows that refer to rows of a table, and what refers to those. The names come from the schema.
fn delete_referring(connection: &Connection, table: &str, keys: &[i64]) -> Result<(), LedgerError> {
    let sql =
        "SELECT tables.name, keys.\"from\" FROM sqlite_schema AS tables, pragma_foreign_key_list(tables.name) AS keys
               WHERE tables.type = 'table' AND keys.\"table\" = ?1 AND tables.name != ?1";
    let mut referring = connection.prepare(sql)?;
    let referring = referring.query_map([table], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let keys_json = serde_json::json!(keys).to_string();
    for found in referring.collect::<Result<Vec<_>, _>>()? {
        let (name, column) = found;
        let those = format!("\"{column}\" IN (SELECT value FROM json_each(?1))");
        // Tables with a number as their key may be referred to themselves.
        let sql = "SELECT name FROM pragma_table_info(?1) WHERE pk = 1 AND type = 'INTEGER'";
        let key: Option<String> = connection.query_row(sql, [&name], |row| row.get(0)).optional()?;
        if let Some(key) = key.filter(|key| *key != column) {
            let sql = format!("SELECT \"{key}\" FROM \"{name}\" WHERE {those}");
            let mut next = connection.prepare(&sql)?;
            let next: Vec<i64> = next.query_map([&keys_json], |row| row.get(0))?.collect::<Result<_, _>>()?;
            delete_referring(connection, &name, &next)?;
        }
        connection.execute(&format!("DELETE FROM \"{name}\" WHERE {those}"), [&keys_json])?;
    }
    Ok(())
}
