//! Which kind of device a visitor uses, by its user agent.

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

    /// Tells the device from a user agent. Android tablets leave out `Mobile`, by Google's own rule.
    pub fn of_user_agent(user_agent: &str) -> Self {
        let has = |word: &str| user_agent.contains(word);
        if has("iPad") || has("Tablet") || has("Kindle") || has("Silk/") || (has("Android") && !has("Mobile")) {
            Self::Tablet
        } else if has("Mobi") || has("iPhone") || has("iPod") || has("Android") {
            Self::Mobile
        } else {
            Self::Desktop
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_told_from_user_agents() {
        fn check(user_agent: &str, expect: Device) {
            assert_eq!(Device::of_user_agent(user_agent), expect, "{user_agent}");
        }
        check("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36", Device::Desktop);
        check("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148 Safari/604.1", Device::Mobile);
        check("Mozilla/5.0 (Linux; Android 16; Pixel 10) Chrome/156.0 Mobile Safari/537.36", Device::Mobile);
        check("Mozilla/5.0 (Linux; Android 16; SM-X910) Chrome/156.0 Safari/537.36", Device::Tablet);
        check("Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X) Mobile/15E148", Device::Tablet);
        check("curl/8.0", Device::Desktop);
        check("", Device::Desktop);
    }
}
