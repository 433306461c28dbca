//! What may stand in an event, and how often it does.

use e2e::random::Random;

/// (value, share) lists; shares need not add up to anything.
pub type Shares = &'static [(&'static str, u32)];

/// Referring host, source and channel, by share.
pub const SOURCES: &[(&str, &str, &str, u32)] = &[
    ("", "Direct", "direct", 380),
    ("www.google.com", "Google", "organic_search", 290),
    ("duckduckgo.com", "DuckDuckGo", "organic_search", 30),
    ("www.bing.com", "Bing", "organic_search", 40),
    ("www.facebook.com", "Facebook", "social", 45),
    ("www.instagram.com", "Instagram", "social", 40),
    ("t.co", "X", "social", 20),
    ("www.reddit.com", "Reddit", "social", 25),
    ("news.ycombinator.com", "Hacker News", "social", 15),
    ("www.linkedin.com", "LinkedIn", "social", 15),
    ("chatgpt.com", "ChatGPT", "ai", 25),
    ("www.perplexity.ai", "Perplexity", "ai", 10),
    ("mail.google.com", "Gmail", "email", 25),
    ("github.com", "GitHub", "referral", 20),
    ("en.wikipedia.org", "Wikipedia", "referral", 10),
];

/// Campaign tags: source, medium, campaign, content, term.
pub const CAMPAIGNS: &[([&str; 5], u32)] = &[
    ([""; 5], 880),
    (["newsletter", "email", "spring-2026", "button", ""], 40),
    (["google", "cpc", "brand", "text-a", "lamps"], 30),
    (["google", "cpc", "generic", "text-b", "desk lamp"], 20),
    (["facebook", "paid_social", "retargeting", "carousel", ""], 20),
    (["partner", "referral", "summer-2026", "", ""], 10),
];

/// Country, region, city.
pub const PLACES: &[([&str; 3], u32)] = &[
    (["US", "US-CA", "Los Angeles"], 90),
    (["US", "US-NY", "New York"], 100),
    (["US", "US-TX", "Houston"], 50),
    (["US", "US-IL", "Chicago"], 40),
    (["DE", "DE-BE", "Berlin"], 80),
    (["DE", "DE-BY", "Munich"], 60),
    (["DE", "DE-HH", "Hamburg"], 50),
    (["GB", "GB-ENG", "London"], 90),
    (["GB", "GB-ENG", "Manchester"], 30),
    (["FR", "FR-IDF", "Paris"], 80),
    (["FR", "FR-ARA", "Lyon"], 25),
    (["NL", "NL-NH", "Amsterdam"], 40),
    (["ES", "ES-MD", "Madrid"], 35),
    (["IT", "IT-25", "Milan"], 30),
    (["PL", "PL-14", "Warsaw"], 25),
    (["SE", "SE-AB", "Stockholm"], 20),
    (["JP", "JP-13", "Tokyo"], 40),
    (["IN", "IN-KA", "Bengaluru"], 40),
    (["BR", "BR-SP", "São Paulo"], 35),
    (["AU", "AU-NSW", "Sydney"], 20),
    (["CA", "CA-ON", "Toronto"], 25),
    (["", "", ""], 15),
];

/// Device, screen, browser, version, system, version.
pub const DEVICES: &[([&str; 6], u32)] = &[
    (["mobile", "mobile", "Chrome", "Chrome 156", "Android", "Android 16"], 240),
    (["mobile", "mobile", "Safari", "Safari 26", "iOS", "iOS 19"], 230),
    (["mobile", "mobile", "Samsung Internet", "Samsung Internet 29", "Android", "Android 15"], 40),
    (["mobile", "mobile", "Instagram", "Instagram 402", "iOS", "iOS 19"], 20),
    (["desktop", "laptop", "Chrome", "Chrome 156", "Windows", "Windows 11"], 180),
    (["desktop", "desktop", "Chrome", "Chrome 155", "Windows", "Windows 10"], 60),
    (["desktop", "laptop", "Safari", "Safari 26", "macOS", "macOS 26"], 90),
    (["desktop", "desktop", "Edge", "Edge 156", "Windows", "Windows 11"], 50),
    (["desktop", "desktop", "Firefox", "Firefox 145", "Linux", "Linux"], 30),
    (["tablet", "tablet", "Safari", "Safari 26", "iPadOS", "iPadOS 19"], 40),
];

/// Languages.
pub const LANGUAGES: Shares =
    &[("en", 480), ("de", 190), ("fr", 110), ("es", 60), ("nl", 40), ("pt", 40), ("ja", 40), ("it", 30), ("pl", 25)];

/// Plans of those who are signed in.
pub const PLANS: Shares = &[("free", 70), ("team", 22), ("business", 8)];

/// Variants of an experiment.
pub const VARIANTS: Shares = &[("control", 50), ("green", 50)];

/// One of a list by share.
pub fn of<T>(random: &mut Random, list: &'static [(T, u32)]) -> Option<&'static T> {
    let mut left = random.below(list.iter().map(|(_, share)| share).sum());
    for (value, share) in list {
        if left < *share {
            return Some(value);
        }
        left -= share;
    }
    None
}

/// A number below `count`, low ones far more often: by Zipf's law, roughly.
pub fn zipf(random: &mut Random, count: u32) -> u32 {
    // The harmonic sum is the logarithm's: an even share of it, turned back.
    let share = f64::from(random.below(1 << 20)) / f64::from(1 << 20);
    let rank = (f64::from(count) + 1.0).powf(share) - 1.0;
    (rank as u32).min(count.saturating_sub(1))
}
