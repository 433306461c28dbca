//! The kind of device.

use super::{Hints, Text};

/// Kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// A computer.
    Desktop,
    /// A phone.
    Mobile,
    /// A tablet.
    Tablet,
}

impl Device {
    /// Its name in rollups and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Mobile => "mobile",
            Self::Tablet => "tablet",
        }
    }

    /// The device of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Desktop, Self::Mobile, Self::Tablet].into_iter().find(|device| device.name() == name)
    }

    /// Tells the device. Hints say "no phone" of tablets as of computers; Android is on tablets then.
    pub(super) fn of(user_agent: &Text<'_>, hints: &Hints<'_>) -> Self {
        match (hints.mobile.trim(), hints.platform) {
            ("?1", _) => Self::Mobile,
            ("?0", "Android") => Self::Tablet,
            ("?0", platform) if !platform.is_empty() => Self::Desktop,
            _ => Self::of_user_agent(user_agent),
        }
    }

    /// Android tablets leave out `Mobile`, by Google's own rule.
    fn of_user_agent(user_agent: &Text<'_>) -> Self {
        let has = |word: &str| user_agent.contains(word);
        if has("Windows NT") || has("CrOS ") {
            // `Tablet PC` is a component of Windows, not a kind of device.
            Self::Desktop
        } else if has("iPad") || has("Tablet") || has("Kindle") || has("Silk/") || (has("Android") && !has("Mobile")) {
            Self::Tablet
        } else if has("Mobi") || has("iPhone") || has("iPod") || has("Android") || has("Opera Mini") {
            Self::Mobile
        } else {
            Self::Desktop
        }
    }
}
