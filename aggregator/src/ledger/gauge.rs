//! How much the ledger holds, for the operator.

use rusqlite::{Connection, params};

use super::{LedgerError, stored, unstored};
use crate::metrics::Holdings;

/// Counts what is counted quickly: the tables that stay small.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn holdings(connection: &Connection, now_ms: u64) -> Result<Holdings, LedgerError> {
    let sql = "SELECT (SELECT count(*) FROM quarantine), (SELECT count(*) FROM sites),
                      (SELECT count(*) FROM sessions WHERE expires_at_ms > ?1)";
    let holdings = connection.prepare_cached(sql)?.query_row(params![stored(now_ms)], |row| {
        let number = |column| row.get(column).map(unstored);
        let (quarantined, sites, sessions) = (number(0)?, number(1)?, number(2)?);
        Ok(Holdings { quarantined, sites, sessions, ..Holdings::default() })
    })?;
    Ok(holdings)
}
