//! What a deployment sets: `vars` and secrets of `wrangler.toml`, or text bindings of workerd.

use domain::forwarded::Proxies;
use worker::Env;

/// The deployment's settings.
#[derive(Clone)]
pub struct Settings {
    /// `AGGREGATOR_URL`: origin of the region's aggregator, without a trailing slash.
    pub aggregator_url: String,
    /// `EDGE_KEY_ID`: which of the shared keys this deployment signs with.
    pub key_id: String,
    /// `EDGE_KEY` (secret): the shared key. Not `Debug`, so that it cannot be logged.
    pub key: Vec<u8>,
}

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// Names the binding that is missing or malformed.
    pub fn read(env: &Env) -> worker::Result<Self> {
        let text = |name: &str| env.var(name).map(|value| value.to_string());
        let key = domain::signature::from_hex(&text("EDGE_KEY")?)
            .filter(|key| key.len() >= domain::signature::KEY_BYTES_MIN)
            .ok_or("EDGE_KEY must be at least 32 bytes, written in hex")?;
        Ok(Self {
            aggregator_url: text("AGGREGATOR_URL")?.trim_end_matches('/').to_owned(),
            key_id: text("EDGE_KEY_ID")?,
            key,
        })
    }
}

/// `REGION`: which aggregator region this deployment belongs to. Part of every object's name.
pub fn region(env: &Env) -> worker::Result<String> {
    Ok(env.var("REGION")?.to_string())
}

/// `TRUSTED_PROXIES`, where it is set: addresses of proxies of one's own in front, separated by commas.
///
/// # Errors
/// Names what is no address.
pub fn proxies(env: &Env) -> worker::Result<Proxies> {
    // No binding of that name is an error, as is one of another kind.
    let list = env.var("TRUSTED_PROXIES").map(|list| list.to_string()).unwrap_or_default();
    Proxies::parse(&list).map_err(|e| worker::Error::RustError(format!("TRUSTED_PROXIES: {e}")))
}
