//! Mail, by a server that takes it.

use std::time::Duration;

use anyhow::{Context, Result};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::send::{Failure, lasting};
use super::webhook;
use crate::config::{Mail, MailTls};
use crate::ledger::delivery::Waiting;

/// Longest that a mail server takes for one answer.
const TIME_MAX: Duration = Duration::from_secs(10);

/// Ports by custom: of submission, and of submission under TLS from the first byte on.
const PORT: u16 = 587;
const TLS_PORT: u16 = 465;

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

    /// Sends what an alert tells.
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
        let (text, url) = (webhook::text(&waiting.payload), webhook::url(&waiting.payload));
        let domain = self.from.email.domain();
        let mut builder = Message::builder()
            .from(self.from.clone())
            .subject(text.split(" – ").next().unwrap_or(text))
            // The same with every try, so that the second of two is known.
            .message_id(Some(format!("<{}@{domain}>", waiting.id)))
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        for address in to {
            builder = builder.to(address.parse().context("an address")?);
        }
        let plain = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(format!("{text}\n\n{url}\n"));
        let html = SinglePart::builder().header(ContentType::TEXT_HTML).body(format!(
            "<p>{}</p><p><a href=\"{}\">Open in Tidemark</a></p>",
            escaped(text),
            escaped(url)
        ));
        Ok(builder.multipart(MultiPart::alternative().singlepart(plain).singlepart(html))?)
    }
}

/// A text that is nothing else in HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
