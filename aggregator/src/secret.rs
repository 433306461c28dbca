//! Tokens that are handed out once and known by their hash afterwards.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// Random bytes of a token: 256 bits cannot be guessed, so a plain hash of them is enough.
const TOKEN_BYTES: usize = 32;

/// SHA-256 of a token: all that the ledger keeps.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretHash(pub [u8; 32]);

impl SecretHash {
    /// Hash of a token as it was handed out.
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

/// Draws random bytes.
///
/// # Errors
/// When the system has no randomness to give.
pub fn draw_bytes<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// Draws a token: 64 hex digits.
///
/// # Errors
/// When the system has no randomness to give.
pub fn draw() -> Result<String, getrandom::Error> {
    let bytes: [u8; TOKEN_BYTES] = draw_bytes()?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
