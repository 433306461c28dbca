//! What a running server remembers of people between requests: how often somebody tried to sign in, and whose last use
//! was noted when. Nothing of it outlives the process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::limit::{Keyed, Rate};
use domain::window::MINUTE_MS;
use sha2::{Digest, Sha256};

use crate::password::Passwords;
use crate::secret::SecretHash;

/// Tries at one account at once; another comes back every [`ACCOUNT_TRY_MS`]. A person mistypes a few times.
const ACCOUNT_TRIES: u32 = 10;

/// 2 880 tries a day: nothing against a password of ten characters.
const ACCOUNT_TRY_MS: u64 = 30_000;

/// Tries from one address at once; another comes back every [`ADDRESS_TRY_MS`]. An office behind one address signs in in
/// the morning.
const ADDRESS_TRIES: u32 = 30;

/// 17 280 tries a day, over all accounts.
const ADDRESS_TRY_MS: u64 = 5_000;

/// How exactly the last use of a session or key is known, and so how often it is written.
pub const NOTED_EVERY_MS: u64 = 5 * MINUTE_MS;

/// Sessions and keys whose last note is remembered: 10 000 × 48 B. Beyond, all are forgotten, and noted again.
const NOTED_MAX: usize = 10_000;

/// What is remembered.
#[derive(Default)]
pub struct People {
    /// Looks at passwords.
    pub passwords: Passwords,
    tries: Mutex<Tries>,
    noted: Mutex<HashMap<[u8; 32], u64>>,
}

#[derive(Default)]
struct Tries {
    accounts: Keyed,
    addresses: Keyed,
}

/// What was used.
#[derive(Clone, Copy)]
pub enum Used {
    /// A session.
    Session(SecretHash),
    /// A key.
    Key(SecretHash),
}

impl People {
    /// Takes one of an address's tries.
    ///
    /// # Errors
    /// Milliseconds until there is one again.
    pub fn try_from_address(&self, address: &[u8], now_ms: u64) -> Result<(), u64> {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        take(&mut tries.addresses, address, ADDRESS_TRIES, ADDRESS_TRY_MS, now_ms)
    }

    /// Takes one of the tries at an account, or at a shared link's password, whether there is such or not.
    ///
    /// # Errors
    /// Milliseconds until there is one again.
    pub fn try_account(&self, account: &str, now_ms: u64) -> Result<(), u64> {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        take(&mut tries.accounts, account.as_bytes(), ACCOUNT_TRIES, ACCOUNT_TRY_MS, now_ms)
    }

    /// Whether the use of a session or key is to be written now: the first time, and every [`NOTED_EVERY_MS`].
    pub fn is_to_be_noted(&self, used: Used, now_ms: u64) -> bool {
        let (Used::Session(hash) | Used::Key(hash)) = used;
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.get(&hash.0).is_some_and(|at_ms| now_ms.saturating_sub(*at_ms) < NOTED_EVERY_MS) {
            return false;
        }
        if noted.len() >= NOTED_MAX {
            noted.clear();
        }
        noted.insert(hash.0, now_ms);
        true
    }
}

/// Takes a token that comes back every `every_ms`: a second of the bucket's clock.
fn take(buckets: &mut Keyed, key: &[u8], burst: u32, every_ms: u64, now_ms: u64) -> Result<(), u64> {
    let mut hash = [0; 8];
    hash.iter_mut().zip(Sha256::digest(key)).for_each(|(to, from)| *to = from);
    let slowed_ms = now_ms.saturating_mul(1_000) / every_ms;
    let taken = buckets.take(u64::from_be_bytes(hash), Rate { per_second: 1, burst }, 1, slowed_ms);
    taken.map_err(|wait_ms| wait_ms.saturating_mul(every_ms) / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_come_back_slowly() {
        let people = People::default();
        let now_ms = 1_770_000_000_000;
        for _ in 0..ACCOUNT_TRIES {
            assert_eq!(people.try_account("ann@shop.example", now_ms), Ok(()));
        }
        let wait_ms = people.try_account("ann@shop.example", now_ms).err().unwrap_or_default();
        assert!((ACCOUNT_TRY_MS - 60..=ACCOUNT_TRY_MS).contains(&wait_ms), "{wait_ms}");
        assert_eq!(people.try_account("bob@shop.example", now_ms), Ok(()));
        assert_eq!(people.try_account("ann@shop.example", now_ms + ACCOUNT_TRY_MS), Ok(()));
        assert!(people.try_account("ann@shop.example", now_ms + ACCOUNT_TRY_MS).is_err());
        for _ in 0..ADDRESS_TRIES {
            assert_eq!(people.try_from_address(&[192, 0, 2, 1], now_ms), Ok(()));
        }
        assert!(people.try_from_address(&[192, 0, 2, 1], now_ms).is_err());
        assert_eq!(people.try_from_address(&[192, 0, 2, 2], now_ms), Ok(()));
    }

    #[test]
    fn a_use_is_noted_now_and_then() {
        let people = People::default();
        let session = Used::Session(SecretHash::of("a"));
        assert!(people.is_to_be_noted(session, 0));
        assert!(!people.is_to_be_noted(session, NOTED_EVERY_MS - 1));
        assert!(people.is_to_be_noted(session, NOTED_EVERY_MS));
        assert!(people.is_to_be_noted(Used::Key(SecretHash::of("b")), 0));
        for n in 0..2 * NOTED_MAX as u32 {
            assert!(people.is_to_be_noted(Used::Key(SecretHash::of(&n.to_string())), 1));
        }
        assert!(people.noted.lock().is_ok_and(|noted| noted.len() <= NOTED_MAX));
    }
}
