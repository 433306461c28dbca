//! Passwords: hashed with argon2id, slowly on purpose, away from the threads that answer requests.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, Salt, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

/// Memory of one hash in KiB: 19 MiB, with [`PASSES`] and [`LANES`] the OWASP's recommendation for argon2id.
const MEMORY_KIB: u32 = 19 * 1024;

/// Passes over that memory.
const PASSES: u32 = 2;

/// Lanes of one hash.
const LANES: u32 = 1;

/// Hashes at once: one for each of two cores, 38 MiB.
const HASHES_AT_ONCE: usize = 2;

/// Longest that a hash waits for its turn: some two hundred of 20 ms before it.
const WAIT_MAX: Duration = Duration::from_secs(2);

/// Why there is no answer about a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too many others wait.
    #[error("too many passwords are being looked at")]
    Busy,
    /// The system gave no randomness, or a stored hash is damaged.
    #[error("a password could not be hashed")]
    Failed,
}

/// Hashes passwords, few at once.
#[derive(Clone)]
pub struct Passwords(Arc<Semaphore>);

impl Default for Passwords {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(HASHES_AT_ONCE)))
    }
}

impl Passwords {
    /// Hashes a new password: PHC text, with its parameters and salt.
    ///
    /// # Errors
    /// [`PasswordError`] when it cannot be done, or not soon.
    pub async fn hash(&self, password: String) -> Result<String, PasswordError> {
        self.work(move || hash(&password)).await?
    }

    /// Whether a password is the one that was hashed. Takes as long where there is none, so that nobody learns from it.
    ///
    /// # Errors
    /// [`PasswordError`] when it cannot be told, or not soon.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, PasswordError> {
        self.work(move || verify(&password, hash.as_deref())).await?
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PasswordError> {
        let place = tokio::time::timeout(WAIT_MAX, Arc::clone(&self.0).acquire_owned()).await;
        let Ok(Ok(place)) = place else { return Err(PasswordError::Busy) };
        let hashing = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        });
        hashing.await.map_err(|_| PasswordError::Failed)
    }
}

/// What nobody's password is compared with.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash("nobody's").ok());

fn argon2() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| PasswordError::Failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str) -> Result<String, PasswordError> {
    let mut bytes = [0; Salt::RECOMMENDED_LENGTH];
    getrandom::fill(&mut bytes).map_err(|_| PasswordError::Failed)?;
    let salt = SaltString::encode_b64(&bytes).map_err(|_| PasswordError::Failed)?;
    let hash = argon2()?.hash_password(password.as_bytes(), &salt).map_err(|_| PasswordError::Failed)?;
    Ok(hash.to_string())
}

fn verify(password: &str, hash: Option<&str>) -> Result<bool, PasswordError> {
    let compared = hash.or(NOBODY.as_deref()).ok_or(PasswordError::Failed)?;
    let compared = PasswordHash::new(compared).map_err(|_| PasswordError::Failed)?;
    // Compares in constant time.
    let is_same = argon2()?.verify_password(password.as_bytes(), &compared).is_ok();
    Ok(is_same && hash.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_by_its_hash_alone() {
        let (first, second) = (hash("correct horse"), hash("correct horse"));
        let (first, second) = (first.unwrap_or_default(), second.unwrap_or_default());
        assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{first}");
        assert_ne!(first, second, "each has a salt of its own");
        assert_eq!(verify("correct horse", Some(&first)), Ok(true));
        assert_eq!(verify("correct  horse", Some(&first)), Ok(false));
        assert_eq!(verify("correct horse", None), Ok(false));
        assert_eq!(verify("nobody's", None), Ok(false));
        assert_eq!(verify("correct horse", Some("damaged")), Err(PasswordError::Failed));
    }
}
