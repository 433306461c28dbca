//! By which a receiver knows that a webhook is from here.
//!
//! A body is signed as [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)
//! 1.0 say: `webhook-signature: v1,` and the Base64 of HMAC-SHA256 over `webhook-id`, `webhook-timestamp` (seconds) and the
//! body, parted by dots, under the key that the secret holds behind `whsec_`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::secret;

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// Bytes of a key, by the specification.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Bytes of a key that is drawn here.
const KEY_BYTES_DRAWN: usize = 32;

/// Draws a secret.
///
/// # Errors
/// When the system has no randomness to give.
pub fn draw_secret() -> Result<String, getrandom::Error> {
    let key: [u8; KEY_BYTES_DRAWN] = secret::draw_bytes()?;
    Ok(format!("{PREFIX}{}", STANDARD.encode(key)))
}

/// The key that a secret holds; none where it is none.
pub fn key(secret: &str) -> Option<Vec<u8>> {
    let key = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
    KEY_BYTES.contains(&key.len()).then_some(key)
}

/// The signature of a body.
///
/// * `at_s`: when it is sent, Unix seconds
pub fn signature(key: &[u8], id: &str, at_s: u64, body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(format!("{id}.{at_s}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_specification() {
        // From the specification's own example.
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap_or_default();
        let body = br#"{"test": 2432232314}"#;
        let found = signature(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(found.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn secrets_hold_keys() {
        let drawn = draw_secret().unwrap_or_default();
        assert_eq!(key(&drawn).map(|key| key.len()), Some(32));
        for wrong in
            ["", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_no base64 at all!!!!!!!!!!!!"]
        {
            assert_eq!(key(wrong), None, "{wrong}");
        }
    }
}
