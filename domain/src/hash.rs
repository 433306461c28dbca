//! Hashes of bytes. Fields are length-prefixed, so that no two lists of fields run together.

use sha2::{Digest, Sha256};
use wire::Id128;

/// First 128 bits of SHA-256 over the length-prefixed `fields`.
pub fn of_fields(fields: &[&[u8]]) -> Id128 {
    let mut hasher = Sha256::new();
    for field in fields {
        hasher.update((field.len() as u64).to_be_bytes());
        hasher.update(field);
    }
    truncate(&hasher.finalize())
}

/// First 128 bits of SHA-256 over `bytes`: what identifies a sealed frame.
pub fn of_bytes(bytes: &[u8]) -> Id128 {
    truncate(&Sha256::digest(bytes))
}

fn truncate(digest: &[u8]) -> Id128 {
    let mut id = Id128::default();
    for (to, from) in id.0.iter_mut().zip(digest) {
        *to = *from;
    }
    id
}
