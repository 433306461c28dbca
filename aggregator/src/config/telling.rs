//! Where alerts may be sent, and by which mail server.

use std::fmt;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de};

/// What of alerts the operator decides.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Alerts {
    /// Networks of one's own that webhooks may reach beside public addresses. Default: none.
    pub allow_networks: Vec<IpNet>,
    /// Whether webhooks may go over HTTP without TLS. Default false.
    pub allow_http: bool,
}

/// A mail server that takes mail from here.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Its name or address.
    pub host: String,
    /// Its port. Default 587, 465 where `tls` is `always`.
    #[serde(default)]
    pub port: Option<u16>,
    /// How it is spoken to. Default `starttls`.
    #[serde(default)]
    pub tls: MailTls,
    /// Name to sign in by. Default: nobody signs in.
    #[serde(default)]
    pub user: Option<String>,
    /// Password to sign in with.
    #[serde(default)]
    pub password: Option<MailPassword>,
    /// Whom mail is from: `Tidemark <tidemark@example.com>`.
    pub from: String,
}

/// How a mail server is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTls {
    /// In the clear until both agree on TLS, which they must.
    #[default]
    Starttls,
    /// TLS from the first byte on.
    Always,
    /// In the clear.
    Never,
}

/// A password. Not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct MailPassword(String);

impl MailPassword {
    /// As it is told to the mail server.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MailPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl<'de> Deserialize<'de> for MailPassword {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() { Err(de::Error::custom("a password is not empty")) } else { Ok(Self(text)) }
    }
}

impl Mail {
    /// What is wrong with these settings, if anything.
    pub fn fault(&self) -> Option<&'static str> {
        if self.from.parse::<lettre::message::Mailbox>().is_err() {
            return Some("mail.from must be an address: Tidemark <tidemark@example.com>");
        }
        if self.user.is_some() != self.password.is_some() {
            return Some("mail.user and mail.password belong together");
        }
        (self.tls == MailTls::Never && self.password.is_some() && !is_of_this_machine(&self.host))
            .then_some("mail.password would be told in the clear: set mail.tls to starttls or always")
    }
}

fn is_of_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
