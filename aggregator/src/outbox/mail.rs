//! Mail, by a server that takes it.

use std::time::Duration;

use anyhow::{Context, Result};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::send::{Failure, lasting};
use crate::config::{Mail, MailTls};
use crate::ledger::delivery::Waiting;

/// Longest that a mail server takes for one answer.
const TIME_MAX: Duration = Duration::from_secs(10);

/// Ports by custom: of submission, and of submission under TLS from the first byte on.
const PORT: u16 = 587;
const TLS_PORT: u16 = 465;

/// A mail but for where it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// What it is about, in a line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// Where whoever gets it ends that by one `POST` (RFC 8058).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<String>,
}

impl From<Letter> for Value {
    fn from(letter: Letter) -> Self {
        json!(letter)
    }
}

/// Whoever sends mail.
pub struct Postman {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Postman {
    /// By a mail server.
    ///
    /// # Errors
    /// When the settings make no transport.
    pub fn new(mail: &Mail) -> Result<Self> {
        let tls = match mail.tls {
            MailTls::Never => Tls::None,
            MailTls::Starttls => Tls::Required(TlsParameters::new(mail.host.clone())?),
            MailTls::Always => Tls::Wrapper(TlsParameters::new(mail.host.clone())?),
        };
        let port = mail.port.unwrap_or(if mail.tls == MailTls::Always { TLS_PORT } else { PORT });
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&mail.host);
        builder = builder.port(port).tls(tls).timeout(Some(TIME_MAX));
        if let (Some(user), Some(password)) = (&mail.user, &mail.password) {
            builder = builder.credentials(Credentials::new(user.clone(), password.text().to_owned()));
        }
        let from = mail.from.parse().context("mail.from is no address")?;
        Ok(Self { transport: builder.build(), from })
    }

    /// Sends a [`Letter`].
    ///
    /// # Errors
    /// [`Failure`] says whether another try may do better.
    pub async fn send(&self, to: &[String], waiting: &Waiting) -> Result<(), Failure> {
        let message = self.message(to, waiting).map_err(|e| lasting(&format!("no mail can be made of it: {e:#}")))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(e) => {
                let mut said = e.to_string();
                if let Some(source) = std::error::Error::source(&e) {
                    said = format!("{said}: {source}");
                }
                Err(Failure { fault: format!("the mail server: {said}"), is_passing: !e.is_permanent() })
            }
        }
    }

    fn message(&self, to: &[String], waiting: &Waiting) -> Result<Message> {
        let letter = Letter::deserialize(&waiting.payload).context("a letter")?;
        let domain = self.from.email.domain();
        let mut builder = Message::builder()
            .from(self.from.clone())
            .subject(letter.subject)
            // The same with every try, so that the second of two is known.
            .message_id(Some(format!("<{}@{domain}>", waiting.id)))
            .raw_header(header("Auto-Submitted", "auto-generated"));
        if let Some(url) = letter.unsubscribe {
            builder = builder
                .raw_header(header("List-Unsubscribe", &format!("<{url}>")))
                .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        }
        for address in to {
            builder = builder.to(address.parse().context("an address")?);
        }
        let plain = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(letter.text);
        let html = SinglePart::builder().header(ContentType::TEXT_HTML).body(letter.html);
        Ok(builder.multipart(MultiPart::alternative().singlepart(plain).singlepart(html))?)
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// A text that is nothing else in HTML.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
