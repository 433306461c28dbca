//! What receivers are sent, and by which they know that it is from here.
//!
//! A webhook's body is signed as [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)
//! 1.0 say: `webhook-signature: v1,` and the Base64 of HMAC-SHA256 over `webhook-id`, `webhook-timestamp` (seconds) and the
//! body, parted by dots, under the key that the secret holds behind `whsec_`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use wire::alert::{Alert, Judged, News};

use super::look::Site;
use crate::secret;

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// Bytes of a key, by the specification.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Bytes of a key that is drawn here.
const KEY_BYTES_DRAWN: usize = 32;

/// What is told.
pub struct About<'a> {
    /// The alert.
    pub alert: &'a Alert,
    /// Its site.
    pub site: &'a Site,
    /// What of it.
    pub news: News,
    /// The bucket that it is about.
    pub judged: Option<Judged>,
    /// In words.
    pub text: &'a str,
    /// Where to read more.
    pub url: &'a str,
    /// When, Unix milliseconds.
    pub now_ms: u64,
}

/// What a webhook is sent: `{"type", "timestamp", "data"}`.
pub fn payload(about: &About<'_>) -> Value {
    let zone = &about.site.zone;
    let bucket = about.judged.map(|judged| {
        json!({
            "start": zone.text(judged.start_ms), "end": zone.text(judged.end_ms), "value": judged.value,
            "expected": judged.expected, "low": judged.low, "high": judged.high, "is_bad": judged.is_bad,
        })
    });
    json!({
        "type": format!("alert.{}", about.news.name()),
        "timestamp": zone.text(about.now_ms),
        "data": {
            "alert": about.alert.alert,
            "name": about.alert.name,
            "tracking_id": about.site.settings.site,
            "site": about.site.name,
            "status": about.alert.standing.status,
            "definition": about.alert.definition,
            "bucket": bucket,
            "text": about.text,
            "url": about.url,
        },
    })
}

/// The words of a payload.
pub fn text(payload: &Value) -> &str {
    payload.pointer("/data/text").and_then(Value::as_str).unwrap_or_default()
}

/// Where a payload says that there is more to read.
pub fn url(payload: &Value) -> &str {
    payload.pointer("/data/url").and_then(Value::as_str).unwrap_or_default()
}

/// The same as Slack's incoming webhooks take it, and those who take theirs.
pub fn slack(payload: &Value) -> Value {
    let (text, url) = (escaped(text(payload)), url(payload));
    json!({
        "text": text,
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": text}},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": format!("<{url}|Open in Tidemark>")}]},
        ],
    })
}

/// A text in which nothing is a mention, a link or an entity: <https://docs.slack.dev/messaging/formatting-message-text>.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

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

    #[test]
    fn nothing_in_a_message_calls_anybody() {
        let payload =
            json!({"data": {"text": "Opened: <!channel> & <http://evil.example|here>", "url": "https://a.example"}});
        let told = slack(&payload).to_string();
        assert!(told.contains("&lt;!channel&gt; &amp;") && !told.contains("<!channel>"), "{told}");
    }
}
