//! Settings about who reads, and how much.

use std::fmt;

use domain::limit::Rate;
use serde::{Deserialize, Deserializer, de};

use crate::secret::SecretHash;

/// Fewest characters of a token: 16 of base64 are 96 bits.
const TOKEN_CHARACTERS_MIN: usize = 16;

/// A token that stands in the settings. Known by its hash from then on, and not shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token(SecretHash);

impl Token {
    /// Its hash.
    pub fn hash(&self) -> SecretHash {
        self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.chars().count() < TOKEN_CHARACTERS_MIN {
            return Err(de::Error::custom(format!("a token has at least {TOKEN_CHARACTERS_MIN} characters")));
        }
        Ok(Self(SecretHash::of(&text)))
    }
}

/// Requests that readers may make, all of `/api/` together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadRates {
    /// Requests a second of one token or session. Default 200: a dashboard asks ten questions, twice a second at most,
    /// in ten tabs.
    pub credential_per_second: u32,
    /// Requests at once of one token or session. Default 2 000: ten seconds' worth.
    pub credential_burst: u32,
    /// Requests a second from one block of addresses (IPv4 /24, IPv6 /48). Default 400.
    pub address_per_second: u32,
    /// Requests at once from one block of addresses. Default 4 000.
    pub address_burst: u32,
}

impl Default for ReadRates {
    fn default() -> Self {
        Self { credential_per_second: 200, credential_burst: 2000, address_per_second: 400, address_burst: 4000 }
    }
}

impl ReadRates {
    /// That of a credential.
    pub fn credential(self) -> Rate {
        Rate { per_second: self.credential_per_second, burst: self.credential_burst }
    }

    /// That of a block of addresses.
    pub fn address(self) -> Rate {
        Rate { per_second: self.address_per_second, burst: self.address_burst }
    }
}
