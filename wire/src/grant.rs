//! What else lets somebody in: invitations, keys for programs, shared links.

use serde::{Deserialize, Serialize};

use crate::account::{Permission, Role};
use crate::filter::Filter;

/// Body of `POST /api/v1/sites/{tracking_id}/invitations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// What the invited will be.
    pub role: Role,
    /// Who alone may take it up. Default: whoever has the link.
    #[serde(default)]
    pub email: Option<String>,
}

/// An invitation that nobody took up yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Number to withdraw it by.
    pub invitation: i64,
    /// What the invited will be.
    pub role: Role,
    /// Who alone may take it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Who invites.
    pub invited_by: String,
    /// When it ends, Unix milliseconds.
    pub expires_at_ms: u64,
    /// The link; shown once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Answer of `GET /api/v1/sites/{tracking_id}/invitations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitations {
    /// Newest first.
    pub invitations: Vec<Invitation>,
}

/// Body of `POST /api/v1/keys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What it is for.
    pub name: String,
    /// What it may do, of [`Permission::SCOPES`].
    pub scopes: Vec<Permission>,
    /// The only site it is for. Default: every site of its maker.
    #[serde(default)]
    pub tracking_id: Option<String>,
    /// Days until it ends. Default: never.
    #[serde(default)]
    pub days: Option<u32>,
}

/// A key for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Number to revoke it by.
    pub key: i64,
    /// What it is for.
    pub name: String,
    /// What it may do, as far as its maker may.
    pub scopes: Vec<Permission>,
    /// The only site it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_id: Option<String>,
    /// Whose it is; nobody's where a command made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// When it was made, Unix milliseconds.
    pub created_at_ms: u64,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at_ms: Option<u64>,
    /// When it was last used, to five minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at_ms: Option<u64>,
    /// The key itself; shown once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// Answer of `GET /api/v1/keys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// Oldest first.
    pub keys: Vec<Key>,
}

/// Body of `POST /api/v1/sites/{tracking_id}/shares`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewShare {
    /// What it is for.
    pub name: String,
    /// Asked of everybody who comes by the link.
    #[serde(default)]
    pub password: Option<String>,
    /// What every question through the link is narrowed to.
    #[serde(default)]
    pub lock: Option<Filter>,
    /// The dashboard that it shows. Default: the overview.
    #[serde(default)]
    pub dashboard: Option<i64>,
    /// Days until it ends. Default: never.
    #[serde(default)]
    pub days: Option<u32>,
}

/// A link by which anybody reads one site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Its name in the address; cannot be guessed.
    pub slug: String,
    /// The address.
    pub url: String,
    /// What it is for.
    pub name: String,
    /// Whether a password is asked for.
    pub has_password: bool,
    /// What every question is narrowed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<Filter>,
    /// The dashboard that it shows, else the overview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dashboard: Option<i64>,
    /// When it was made, Unix milliseconds.
    pub created_at_ms: u64,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at_ms: Option<u64>,
}

/// Answer of `GET /api/v1/sites/{tracking_id}/shares`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shares {
    /// Oldest first.
    pub shares: Vec<Share>,
}

/// Answer of `GET /api/v1/shares/{slug}`: what a visitor needs to know before they are let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedLink {
    /// Whether a password is asked for.
    pub has_password: bool,
    /// The dashboard that it shows, else the overview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dashboard: Option<i64>,
}

/// Body of `POST /api/v1/shares/{slug}/session`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareEntry {
    /// The link's password, where it has one.
    #[serde(default)]
    pub password: Option<String>,
}
