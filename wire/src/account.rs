//! People: who they are, what they may do, how they come in.

use serde::{Deserialize, Serialize};

use crate::filter::Filter;

/// What a person may do with a site. Each may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Look.
    Viewer,
    /// Change how it is counted, share it, read its single events.
    Editor,
    /// Decide who else may, and delete it.
    Owner,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Editor, Self::Owner];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Owner => "owner",
        }
    }
}

/// One thing that may be allowed. The first four are scopes that a key can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Permission {
    /// Read numbers.
    #[serde(rename = "stats:read")]
    StatsRead,
    /// Read single events.
    #[serde(rename = "events:read")]
    EventsRead,
    /// Read settings.
    #[serde(rename = "sites:read")]
    SitesRead,
    /// Change settings; over all sites, add one.
    #[serde(rename = "sites:write")]
    SitesWrite,
    /// Make and revoke shared links.
    #[serde(rename = "shares:write")]
    SharesWrite,
    /// Say who may do what.
    #[serde(rename = "people:write")]
    PeopleWrite,
    /// Delete a site.
    #[serde(rename = "sites:delete")]
    SitesDelete,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 7] = [
        Self::StatsRead,
        Self::EventsRead,
        Self::SitesRead,
        Self::SitesWrite,
        Self::SharesWrite,
        Self::PeopleWrite,
        Self::SitesDelete,
    ];

    /// Those that a key can have.
    pub const SCOPES: [Self; 4] = [Self::StatsRead, Self::EventsRead, Self::SitesRead, Self::SitesWrite];

    /// The name in JSON, `stats:read`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StatsRead => "stats:read",
            Self::EventsRead => "events:read",
            Self::SitesRead => "sites:read",
            Self::SitesWrite => "sites:write",
            Self::SharesWrite => "shares:write",
            Self::PeopleWrite => "people:write",
            Self::SitesDelete => "sites:delete",
        }
    }
}

/// Body of `POST /api/v1/session`: the token of a one-time link, or an e-mail address and a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The link's token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Who signs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Their password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// Body of `POST /api/v1/setup` and of `POST /api/v1/invitations/accept`: who comes by a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Newcomer {
    /// The link's token.
    pub token: String,
    /// Who they are.
    pub email: String,
    /// What they are called. Default: the beginning of the address.
    #[serde(default)]
    pub name: String,
    /// A new password; of somebody who has an account already, theirs.
    pub password: String,
}

/// Body of `POST /api/v1/password/reset`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordReset {
    /// The link's token.
    pub token: String,
    /// The new one.
    pub password: String,
}

/// Body of `PUT /api/v1/password`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The present one.
    pub current: String,
    /// The new one.
    pub new: String,
}

/// Answer of `GET /api/v1/session`: who asks, and what they may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whoami {
    /// `person`, `operator` (signed in by `tidemark link`), `key` or `shared_link`.
    pub kind: String,
    /// Of a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Of a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What is allowed on every site.
    pub everywhere: Vec<Permission>,
    /// What is allowed on single ones.
    pub sites: Vec<SiteAccess>,
}

/// What is allowed on one site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteAccess {
    /// Its tracking id.
    pub tracking_id: String,
    /// What is allowed.
    pub permissions: Vec<Permission>,
    /// What every question is narrowed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<Filter>,
}

/// A signed-in browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Number to end it by.
    pub session: i64,
    /// Kind of browser and system it began in, `Firefox, Linux`.
    pub browser: String,
    /// When it began, Unix milliseconds.
    pub created_at_ms: u64,
    /// When it was last used, to five minutes.
    pub seen_at_ms: u64,
    /// When it ends at the latest.
    pub expires_at_ms: u64,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// Answer of `GET /api/v1/sessions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sessions {
    /// Last used first.
    pub sessions: Vec<Session>,
}

/// A person with an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Number of the account.
    pub user: i64,
    /// Address, lower case.
    pub email: String,
    /// Name.
    pub name: String,
    /// Whether they own the whole installation.
    pub is_owner: bool,
    /// Since when, Unix milliseconds.
    pub created_at_ms: u64,
    /// Role on the site that was asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// Answer of `GET /api/v1/users` and of `GET /api/v1/sites/{tracking_id}/members`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Users {
    /// By address.
    pub users: Vec<User>,
}

/// Body of `PATCH /api/v1/users/{user}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// Whether they own the whole installation.
    pub is_owner: bool,
}

/// Body of `PUT /api/v1/sites/{tracking_id}/members/{user}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// The role from now on.
    pub role: Role,
}

/// Something that somebody did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Grows with time.
    pub entry: i64,
    /// When, Unix milliseconds.
    pub at_ms: u64,
    /// Who: an address, `key 7`, `operator` or `command`.
    pub who: String,
    /// What, e.g. `site.change`.
    pub action: String,
    /// To what.
    pub about: String,
}

/// Answer of `GET /api/v1/audit`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// Newest first.
    pub entries: Vec<AuditEntry>,
}
