//! Loopback ports.

use std::net::TcpListener;

use anyhow::{Context, Result};

/// A port that nothing listens on now.
///
/// # Errors
/// When the system has none to give.
pub fn free() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on loopback")?;
    Ok(listener.local_addr()?.port())
}

/// `wanted` if nothing listens on it, else a free one.
///
/// # Errors
/// As [`free`].
pub fn free_or(wanted: u16) -> Result<u16> {
    match TcpListener::bind(("127.0.0.1", wanted)) {
        Ok(_) => Ok(wanted),
        Err(_) => free(),
    }
}

/// Ports on loopback.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// The edge's.
    pub edge: u16,
    /// The aggregator's.
    pub aggregator: u16,
}

impl Ports {
    /// Ports that nothing listens on.
    ///
    /// # Errors
    /// When the system has none to give.
    pub fn free() -> Result<Self> {
        Ok(Self { edge: free()?, aggregator: free()? })
    }
}
