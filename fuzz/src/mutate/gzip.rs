//! Changes to what is packed, packed again.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::bytes;
use crate::chance::Chance;

/// Bytes unpacked at most: enough to pass the limit on bodies.
const UNPACKED_BYTES_MAX: u64 = 1 << 20;

/// Unpacks, changes and packs again; none if it is not gzip.
pub fn mutate(input: &[u8], chance: &mut Chance) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    GzDecoder::new(input).take(UNPACKED_BYTES_MAX).read_to_end(&mut plain).ok()?;
    let changed = bytes::mutate(&plain, &plain, chance);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&changed).ok()?;
    encoder.finish().ok()
}
