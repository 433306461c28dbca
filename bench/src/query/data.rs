//! Ten million made-up events of three sites over ninety days, in segments as the aggregator writes them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use domain::window::{DAY_MS, MINUTE_MS};
use events::batch;
use events::scan::Blob;
use events::segment::Segment;
use events::write::SegmentWriter;
use wire::Id128;
use wire::event::Property;
use wire::frame::{Money, RawEvent};

use crate::events::BEGIN_MS;

/// Days.
pub const DAYS: u64 = 90;

/// Share of each site, percent.
pub const SHARES: [u64; 3] = [80, 18, 2];

/// Properties with a column of their own.
pub const DECLARED: [&str; 2] = ["variant", "plan"];

/// Events of a visit, and visits of a visitor, on average.
const EVENTS_PER_VISIT: f64 = 4.1;
const VISITS_PER_VISITOR: f64 = 2.5;

/// A site's segments.
pub type Stored = Vec<(Segment, Arc<dyn Blob>)>;

/// A site's name.
pub fn site(number: usize) -> String {
    format!("site-{}", number + 1)
}

/// Writes what is not there yet, and opens each site's segments.
///
/// # Errors
/// When a file cannot be written or read.
pub fn prepare(folder: &Path, events: u64) -> Result<Vec<Stored>> {
    let sites = 0..SHARES.len();
    if !folder.join("complete").is_file() {
        println!("writing {events} events into {} …", folder.display());
        for (number, share) in SHARES.iter().enumerate() {
            write_site(&folder.join(site(number)), number as u64, events * share / 100)?;
        }
        fs::write(folder.join("complete"), "")?;
    }
    sites.map(|number| open(&folder.join(site(number)))).collect()
}

/// Writes so many events of the largest site alone, where they are not there yet, and opens its segments.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_largest(folder: &Path, events: u64) -> Result<Stored> {
    let of_site = folder.join(site(0));
    if !folder.join("complete").is_file() {
        println!("writing {events} events of one site into {} …", folder.display());
        write_site(&of_site, 0, events)?;
        fs::write(folder.join("complete"), "")?;
    }
    open(&of_site)
}

fn open(folder: &Path) -> Result<Stored> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    let parquet = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "parquet");
    files.into_iter().filter(parquet).map(|path| stored(&path)).collect()
}

/// A segment whose name says its day, first and last event.
fn stored(path: &Path) -> Result<(Segment, Arc<dyn Blob>)> {
    let name = path.file_stem().and_then(|name| name.to_str()).context("a file without a name")?;
    let numbers: Vec<u64> = name.split('-').map(str::parse).collect::<Result<_, _>>().context("not a segment")?;
    let &[first_ms, last_ms, events] = numbers.as_slice() else { anyhow::bail!("{name} is not a segment's name") };
    let file = File::open(path)?;
    let segment = Segment {
        path: path.to_string_lossy().into_owned(),
        day_ms: first_ms - first_ms % DAY_MS,
        events,
        bytes: file.metadata()?.len(),
        first_ms,
        last_ms,
        id_checksum: Id128::default(),
        level: 1,
    };
    Ok((segment, Arc::new(file)))
}

fn write_site(folder: &Path, number: u64, events: u64) -> Result<()> {
    fs::create_dir_all(folder)?;
    let visits_a_day = (events as f64 / EVENTS_PER_VISIT / DAYS as f64) as u64;
    let visitors = (visits_a_day as f64 * DAYS as f64 / VISITS_PER_VISITOR) as u64;
    let mut random = Random(number + 1);
    // What goes on behind midnight.
    let mut later: Vec<RawEvent> = Vec::new();
    for day in 0..DAYS {
        let (start, end) = (BEGIN_MS + day * DAY_MS, BEGIN_MS + (day + 1) * DAY_MS);
        let mut events = std::mem::take(&mut later);
        for _ in 0..visits_a_day {
            visit(&mut random, visitors, start, &mut events);
        }
        later = events.extract_if(.., |event| event.at_ms >= end).collect();
        write_day(folder, events)?;
    }
    Ok(())
}

fn write_day(folder: &Path, mut events: Vec<RawEvent>) -> Result<()> {
    events.sort_unstable_by_key(batch::key);
    let begun = folder.join("begun");
    let mut segment = SegmentWriter::new(File::create(&begun)?, &DECLARED.map(str::to_owned))?;
    segment.push_events(&events)?;
    let (_, written) = segment.finish()?;
    let name = format!("{}-{}-{}.parquet", written.first_ms, written.last_ms, written.events);
    fs::rename(begun, folder.join(name)).context("a segment cannot be named")
}

/// Splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    fn share(&mut self) -> f64 {
        self.next() as f64 / u64::MAX as f64
    }

    /// Below `bound`; the higher the power, the more often the low ones.
    fn skewed(&mut self, bound: u64, power: i32) -> u64 {
        ((bound as f64 * self.share().powi(power)) as u64).min(bound - 1)
    }
}

fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn id(of: u64, kind: u64) -> Id128 {
    let high = mix(of.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ kind);
    Id128((u128::from(high) << 64 | u128::from(mix(high ^ of))).to_be_bytes())
}

fn name(kind: &str, number: u64) -> String {
    format!("{kind}{number}")
}

const COUNTRIES: [&str; 40] = [
    "US", "DE", "GB", "FR", "IN", "CA", "NL", "ES", "IT", "BR", "AU", "PL", "SE", "CH", "AT", "JP", "MX", "BE", "DK",
    "NO", "FI", "PT", "IE", "CZ", "RO", "HU", "GR", "TR", "UA", "IL", "ZA", "SG", "KR", "TW", "HK", "NZ", "AR", "CL",
    "CO", "ID",
];
const SOURCES: [&str; 30] = [
    "Direct",
    "Google",
    "Bing",
    "DuckDuckGo",
    "Facebook",
    "Instagram",
    "X",
    "LinkedIn",
    "Reddit",
    "YouTube",
    "GitHub",
    "ChatGPT",
    "Hacker News",
    "Newsletter",
    "TikTok",
    "Pinterest",
    "Yahoo",
    "Ecosia",
    "Baidu",
    "Yandex",
    "Perplexity",
    "Mastodon",
    "Bluesky",
    "Slack",
    "Teams",
    "Medium",
    "Substack",
    "Quora",
    "Stack Overflow",
    "WhatsApp",
];
const CAMPAIGNS: [&str; 8] = ["spring", "summer", "autumn", "winter", "launch", "brand", "retarget", "partner"];

/// One visit's events.
fn visit(random: &mut Random, visitors: u64, day_ms: u64, events: &mut Vec<RawEvent>) {
    let person = random.skewed(visitors, 2);
    // What a person has, whenever they come.
    let mut own = Random(mix(person));
    let country = COUNTRIES.get(own.skewed(COUNTRIES.len() as u64, 3) as usize).copied().unwrap_or_default();
    let (browser, os) = (own.skewed(6, 2), own.skewed(5, 2));
    let source = random.skewed(SOURCES.len() as u64, 2) as usize;
    let is_campaign = random.share() < 0.2;
    let campaign = |text: &str| if is_campaign { text.to_owned() } else { String::new() };
    let number = random.next();
    let first = RawEvent {
        visitor: Some(id(person, 1)),
        session: Some(id(number, 2)),
        hostname: "shop.example".to_owned(),
        referrer: if source == 0 { String::new() } else { name("referrer-", source as u64) },
        source: SOURCES.get(source).copied().unwrap_or_default().to_owned(),
        channel: ["direct", "organic_search", "social", "referral"][source.min(3)].to_owned(),
        country: country.to_owned(),
        region: format!("{country}-{}", own.skewed(12, 2)),
        city: name("City ", own.skewed(300, 2)),
        device: ["mobile", "desktop", "tablet"][own.skewed(3, 2) as usize].to_owned(),
        browser: name("Browser ", browser),
        browser_version: format!("Browser {browser} {}", 150 + own.skewed(8, 2)),
        os: name("System ", os),
        os_version: format!("System {os} {}", 10 + own.skewed(5, 2)),
        screen: ["mobile", "laptop", "desktop", "tablet"][own.skewed(4, 2) as usize].to_owned(),
        language: ["en", "de", "fr", "es", "pt", "it"][own.skewed(6, 2) as usize].to_owned(),
        utm_source: campaign(["newsletter", "google", "facebook", "partner"][random.skewed(4, 2) as usize]),
        utm_medium: campaign(["email", "cpc", "social"][random.skewed(3, 1) as usize]),
        utm_campaign: campaign(CAMPAIGNS[random.skewed(8, 2) as usize]),
        ..RawEvent::default()
    };
    // Fewer at night.
    let hour = (random.share() + random.share()) / 2.0;
    let mut at_ms = day_ms + (hour * DAY_MS as f64) as u64;
    loop {
        events.push(event(random, &first, at_ms));
        if random.share() > 1.0 - 1.0 / EVENTS_PER_VISIT {
            break;
        }
        at_ms += 1000 + random.skewed(20 * MINUTE_MS, 4);
    }
}

fn event(random: &mut Random, first: &RawEvent, at_ms: u64) -> RawEvent {
    let page = random.skewed(2000, 4);
    let share = random.share();
    let event_type = match share {
        ..0.908 => "pageview",
        ..0.9715 => "click",
        ..0.9852 => "add_to_cart",
        ..0.9911 => "checkout",
        ..0.9941 => "purchase",
        _ => "signup",
    };
    let mut properties = BTreeMap::new();
    if random.share() < 0.4 {
        let text = |text: &str| Property::Text(text.to_owned());
        properties.insert("variant".to_owned(), text(["a", "b", "c"][random.skewed(3, 1) as usize]));
        properties.insert("plan".to_owned(), text(["free", "pro", "team"][random.skewed(3, 2) as usize]));
        properties.insert("scroll".to_owned(), Property::Number(random.skewed(100, 1) as f64));
    }
    let is_purchase = event_type == "purchase";
    RawEvent {
        id: id(random.next(), 3),
        at_ms,
        event_type: event_type.to_owned(),
        path: if page == 0 {
            "/".to_owned()
        } else {
            format!("/{}/page-{page}", ["blog", "docs", "shop"][page as usize % 3])
        },
        title: name("Title of page ", page),
        goals: if is_purchase { vec!["purchase".to_owned()] } else { Vec::new() },
        revenue: is_purchase
            .then(|| Money { currency: "EUR".to_owned(), micros: random.skewed(200, 2) as i64 * 990_000 }),
        engaged_ms: random.skewed(120_000, 3),
        properties,
        ..first.clone()
    }
}
