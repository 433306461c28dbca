//! What people use, by share: the user agents that browsers send.

use super::Crowd;
use crate::random::Random;

/// A browser on a device.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    /// As sent.
    pub user_agent: &'static str,
    /// `sec-ch-ua-platform-version` of Windows; empty where none is sent.
    pub platform_version: &'static str,
    /// Widths of its screens, CSS pixels.
    pub screen_widths: &'static [u32],
    /// Of the readers of the blog, and of those who come for the product.
    pub shares: (u32, u32),
}

/// Widths of phones.
const PHONE: &[u32] = &[360, 375, 384, 390, 393, 402, 412, 430];
/// Widths of tablets.
const TABLET: &[u32] = &[744, 768, 810, 820, 834];
/// Widths of laptops.
const LAPTOP: &[u32] = &[1280, 1366, 1440, 1470, 1512, 1536, 1680];
/// Widths of screens on desks.
const DESK: &[u32] = &[1536, 1680, 1920, 1920, 1920, 2560, 2560, 3440];

/// Where nothing else is known.
pub const PLAIN: Machine = machine(
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    "\"15.0.0\"",
    DESK,
    90,
    190,
);

const fn machine(
    user_agent: &'static str,
    platform_version: &'static str,
    screen_widths: &'static [u32],
    readers: u32,
    workers: u32,
) -> Machine {
    Machine { user_agent, platform_version, screen_widths, shares: (readers, workers) }
}

/// All of them.
pub const MACHINES: &[Machine] = &[
    PLAIN,
    machine(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
        "\"10.0.0\"",
        LAPTOP,
        44,
        84,
    ),
    machine(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0",
        "\"15.0.0\"",
        DESK,
        32,
        96,
    ),
    machine("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "", LAPTOP, 34, 36),
    machine(
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
        "",
        LAPTOP,
        66,
        214,
    ),
    machine(
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
        "",
        LAPTOP,
        70,
        118,
    ),
    machine("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0", "", LAPTOP, 22, 30),
    machine("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "", DESK, 34, 20),
    machine(
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/155.0.0.0 Safari/537.36",
        "",
        DESK,
        18,
        26,
    ),
    machine(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
        "",
        PHONE,
        236,
        82,
    ),
    machine(
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36",
        "",
        PHONE,
        198,
        56,
    ),
    machine(
        "Mozilla/5.0 (Linux; Android 16; SM-S938B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36",
        "",
        PHONE,
        34,
        8,
    ),
    machine("Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", "", PHONE, 22, 4),
    machine(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/156.0.7000.12 Mobile/15E148 Safari/604.1",
        "",
        PHONE,
        24,
        10,
    ),
    machine(
        "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1",
        "",
        TABLET,
        12,
        6,
    ),
    machine(
        "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
        "",
        TABLET,
        32,
        12,
    ),
];

/// Position of a drawn machine in [`MACHINES`].
pub fn at(random: &mut Random, crowd: Crowd) -> usize {
    let share = |machine: &Machine| crowd.share(machine.shares);
    let mut left = random.below(MACHINES.iter().map(share).sum());
    let found = MACHINES.iter().position(|machine| {
        let is_it = left < share(machine);
        left = left.saturating_sub(share(machine));
        is_it
    });
    found.unwrap_or_default()
}
