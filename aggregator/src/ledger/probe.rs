//! Whether the ledger can grow.

use rusqlite::Connection;

use super::LedgerError;

/// Bytes written to find out: the largest frame, and as much again for its rows.
const ROOM_BYTES: i64 = 2 * 256 * 1024;

/// Takes room and gives it back; belongs in a transaction, whose commit then tells.
///
/// # Errors
/// [`LedgerError`] when there is none.
pub fn write(connection: &Connection) -> Result<(), LedgerError> {
    connection.execute("INSERT INTO probes (room) VALUES (zeroblob(?1))", [ROOM_BYTES])?;
    connection.execute("DELETE FROM probes", [])?;
    Ok(())
}
