//! Email digests: the numbers of a site's week or month, by mail.

use serde::{Deserialize, Serialize};

use crate::alert::Delivery;

/// Addresses that a site's digests go to beside those of its people. With a letter of some 10 KB each, an edition of all
/// of them is half a megabyte.
pub const DIGEST_ADDRESSES_MAX: usize = 50;

/// Which of them: a site's week or its month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rhythm {
    /// Each Monday, about the week from Monday to Sunday before.
    Weekly,
    /// On the first of each month, about the month before.
    Monthly,
}

impl Rhythm {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Weekly, Self::Monthly];

    /// Its name in the API and the ledger.
    pub fn name(self) -> &'static str {
        match self {
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
        }
    }
}

/// What somebody wants of a site's digests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DigestChoice {
    /// One a week.
    pub weekly: bool,
    /// One a month.
    pub monthly: bool,
}

impl DigestChoice {
    /// Whether one of these is wanted.
    pub fn has(self, rhythm: Rhythm) -> bool {
        match rhythm {
            Rhythm::Weekly => self.weekly,
            Rhythm::Monthly => self.monthly,
        }
    }

    /// Whether nothing is wanted.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// An address that digests are to be sent to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSubscriber {
    /// Where to.
    pub email: String,
    /// One a week.
    #[serde(default)]
    pub weekly: bool,
    /// One a month.
    #[serde(default)]
    pub monthly: bool,
}

/// Somebody who is sent a site's digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscriber {
    /// Names them.
    pub subscriber: i64,
    /// Where to.
    pub email: String,
    /// What.
    pub choice: DigestChoice,
    /// Whether it is one of the people of this installation, who decides for themselves; else an address that was added.
    pub is_person: bool,
    /// Whether whoever reads mail there wants no more. It stays, so that it is not added again.
    pub has_unsubscribed: bool,
    /// What became of the latest that was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<SentDigest>,
}

/// A digest that was sent, or is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentDigest {
    /// When it was made, Unix milliseconds.
    pub at_ms: u64,
    /// What became of it.
    pub delivery: Delivery,
}

/// Who is sent a site's digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    /// Whether this installation can send mail at all.
    pub can_mail: bool,
    /// The caller's own: nothing wanted where they never said; none where the caller is no person with an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<OwnDigests>,
    /// Everybody, by address; empty for who may not change the site's settings.
    pub subscribers: Vec<Subscriber>,
}

/// A person's own digests of a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnDigests {
    /// Where to: the address of the account.
    pub email: String,
    /// What.
    pub choice: DigestChoice,
}

/// What a link to unsubscribe ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsubscribing {
    /// What the site is called.
    pub site: String,
    /// Where the digests go.
    pub email: String,
    /// Which; nothing once it has ended.
    pub choice: DigestChoice,
}
