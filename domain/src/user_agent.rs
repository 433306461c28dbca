//! Which browser, operating system and kind of device a request comes from, by its user agent and client hints.
//!
//! Browsers pretend to be each other, so the tables are read from the most particular mark to the most general.
//! Where a browser froze what its user agent says, that is not reported: Chrome on Android always says
//! `Android 10; K`, every browser on Windows says `NT 10.0`. macOS stays at the `10.15` that is said.

mod browser;
mod device;
mod marks;
mod system;

pub use device::Device;
use marks::Text;

use crate::page;

/// Bytes of a user agent that are read: the longest of those in use, by apps that append to a phone's, have some 450.
pub const USER_AGENT_BYTES_MAX: usize = 512;

/// Bytes of a client hint that are read: brands have some 100.
pub const HINT_BYTES_MAX: usize = 256;

/// Client hints of a request, as sent; empty where missing. <https://wicg.github.io/ua-client-hints/>
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints<'a> {
    /// `sec-ch-ua`: `"Brave";v="156", "Chromium";v="156"`
    pub brands: &'a str,
    /// `sec-ch-ua-mobile`: `?1` or `?0`
    pub mobile: &'a str,
    /// `sec-ch-ua-platform`: `"Windows"`
    pub platform: &'a str,
    /// `sec-ch-ua-platform-version`: `"15.0.0"`
    pub platform_version: &'a str,
}

/// Name and version of a browser or operating system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// `Chrome`, `iOS`; empty when not known.
    pub name: &'static str,
    /// `156`, `10.15`; empty when not told.
    pub version: String,
}

impl Product {
    /// `Chrome 156`, or the name alone.
    pub fn with_version(&self) -> String {
        if self.version.is_empty() { self.name.to_owned() } else { [self.name, " ", &self.version].concat() }
    }
}

/// What a client is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The browser, or the app that a page is shown in.
    pub browser: Product,
    /// The operating system.
    pub os: Product,
    /// The kind of device.
    pub device: Device,
}

impl Default for Client {
    fn default() -> Self {
        Self { browser: Product::default(), os: Product::default(), device: Device::Desktop }
    }
}

/// Reads a user agent and the hints beside it; hints win.
pub fn read(user_agent: &str, hints: &Hints<'_>) -> Client {
    let user_agent = Text::new(page::cut(user_agent, USER_AGENT_BYTES_MAX));
    let hint = |text| page::cut(text, HINT_BYTES_MAX);
    let hints = Hints {
        brands: hint(hints.brands),
        mobile: hint(hints.mobile),
        platform: unquoted(hint(hints.platform)),
        platform_version: unquoted(hint(hints.platform_version)),
    };
    Client {
        browser: browser::of_brands(hints.brands).unwrap_or_else(|| browser::of_user_agent(&user_agent)),
        os: system::of(&user_agent, &hints),
        device: Device::of(&user_agent, &hints),
    }
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches('"')
}

/// Digits a version's part may have; more is no version.
const VERSION_DIGITS_MAX: usize = 5;

/// The whole number that `text` begins with.
fn number(text: &str) -> &str {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits > VERSION_DIGITS_MAX { "" } else { text.get(..digits).unwrap_or_default() }
}

/// What follows `mark`.
fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.find(mark).and_then(|at| text.get(at + mark.len()..))
}

#[cfg(test)]
mod tests;
