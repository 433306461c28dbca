//! Who may send frames: HMAC-SHA256 (RFC 2104) under a key that one edge deployment shares with its aggregator.
//!
//! Signed are the path, the time and the hash of the body. A replay within the window is harmless: frames
//! are numbered.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use wire::Id128;

/// How far the clocks of edge and aggregator may differ: 5 min.
pub const CLOCK_SKEW_MAX_MS: u64 = 5 * 60 * 1000;

/// Fewest bytes of a shared key: as many as the hash has.
pub const KEY_BYTES_MIN: usize = 32;

/// Signature of a request, lower-case hex.
///
/// * `path`: path of the request, e.g. [`wire::frame::FRAMES_PATH`]
/// * `timestamp_ms`: when it was signed, Unix milliseconds
/// * `body_hash`: [`crate::hash::of_bytes`] of the body, taken when the body was sealed
pub fn sign(key: &[u8], path: &str, timestamp_ms: u64, body_hash: Id128) -> String {
    mac(key, path, timestamp_ms, body_hash).finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Why a request is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Signed too long ago, or in the future.
    #[error("signed more than {CLOCK_SKEW_MAX_MS} ms away from this clock")]
    Expired,
    /// Not made with this key for this request.
    #[error("the signature does not match")]
    Mismatch,
}

/// Checks a signature in constant time.
///
/// # Errors
/// [`SignatureError`] when the request is not to be believed at `now_ms`.
pub fn verify(
    key: &[u8],
    path: &str,
    timestamp_ms: u64,
    body_hash: Id128,
    signature: &str,
    now_ms: u64,
) -> Result<(), SignatureError> {
    let bytes = from_hex(signature).ok_or(SignatureError::Mismatch)?;
    mac(key, path, timestamp_ms, body_hash).verify_slice(&bytes).map_err(|_| SignatureError::Mismatch)?;
    if timestamp_ms.abs_diff(now_ms) > CLOCK_SKEW_MAX_MS {
        return Err(SignatureError::Expired);
    }
    Ok(())
}

/// Bytes of a hex text, as keys and signatures are written; none if it is not one.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    // The parser would take a sign for a digit.
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

fn mac(key: &[u8], path: &str, timestamp_ms: u64, body_hash: Id128) -> Hmac<Sha256> {
    // HMAC takes keys of any length; its constructor fails for none of them.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Default::default()));
    mac.update(b"tidemark-v1\n");
    mac.update(path.as_bytes());
    mac.update(b"\n");
    mac.update(&timestamp_ms.to_be_bytes());
    mac.update(&body_hash.0);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";
    const BODY: Id128 = Id128([7; 16]);

    fn check(change: impl Fn(&mut (Vec<u8>, String, u64, Id128, u64)), expect: Result<(), SignatureError>) {
        let mut given = (KEY.to_vec(), "/x".to_owned(), 1_000_000, BODY, 1_000_000);
        let signature = sign(KEY, "/x", 1_000_000, BODY);
        change(&mut given);
        let (key, path, at, body, now) = given;
        assert_eq!(verify(&key, &path, at, body, &signature, now), expect);
    }

    #[test]
    fn only_the_signed_request_passes() {
        check(|_| {}, Ok(()));
        check(|g| g.0 = vec![0; 32], Err(SignatureError::Mismatch));
        check(|g| g.1 = "/y".to_owned(), Err(SignatureError::Mismatch));
        check(|g| g.2 += 1, Err(SignatureError::Mismatch));
        check(|g| g.3 = Id128([8; 16]), Err(SignatureError::Mismatch));
        check(|g| g.4 += CLOCK_SKEW_MAX_MS, Ok(()));
        check(|g| g.4 += CLOCK_SKEW_MAX_MS + 1, Err(SignatureError::Expired));
        check(|g| g.4 -= 600_000, Err(SignatureError::Expired));
        assert_eq!(verify(KEY, "/x", 1, BODY, "zz", 1), Err(SignatureError::Mismatch));
    }

    #[test]
    fn hex_is_digits_alone() {
        assert_eq!(from_hex("00fF"), Some(vec![0, 255]));
        assert_eq!(from_hex(""), Some(Vec::new()));
        for text in ["0", "+f", "-1", " 1", "0x", "éé", "g0"] {
            assert_eq!(from_hex(text), None, "{text}");
        }
    }
}
