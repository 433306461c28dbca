//! What is sent of an alert: to a webhook, to Slack, by mail.

use serde_json::{Value, json};
use wire::alert::{Alert, Judged, News};

use super::look::Site;
use crate::outbox::mail::{self, Letter};

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
pub fn webhook(about: &About<'_>) -> Value {
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

/// What Slack's incoming webhooks take, and those who take theirs.
pub fn slack(text: &str, url: &str) -> Value {
    let text = escaped(text);
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

/// A mail.
pub fn letter(text: &str, url: &str) -> Letter {
    Letter {
        subject: text.split(" – ").next().unwrap_or(text).to_owned(),
        text: format!("{text}\n\n{url}\n"),
        html: format!("<p>{}</p><p><a href=\"{}\">Open in Tidemark</a></p>", mail::escaped(text), mail::escaped(url)),
        unsubscribe: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_message_calls_anybody() {
        let told = slack("Opened: <!channel> & <http://evil.example|here>", "https://a.example").to_string();
        assert!(told.contains("&lt;!channel&gt; &amp;") && !told.contains("<!channel>"), "{told}");
    }
}
