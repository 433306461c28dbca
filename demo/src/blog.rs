//! Field Notes: a blog that people find by search, links and a letter on Thursdays. It is counted without cookies.

mod articles;

use domain::zone::Zone;
use wire::frame::RollupDimension;
use wire::site::{Goal, Settings};

use crate::incident::{self, Kind, SPIKE_TIMES};
use crate::origin::{Lead, Origin, from};
use crate::people::{Crowd, Person};
use crate::plan::{Day, Pace, Plan};
use crate::random::Random;
use crate::site::{Facts, Story};
use crate::visit::{Book, Happening, Visit};
use articles::{Article, VIRAL};

/// Tracking id.
pub const SITE: &str = "field-notes";

/// Name, address and zone.
pub const FACTS: Facts = Facts {
    tracking_id: SITE,
    name: "Field Notes",
    origin: "https://field-notes.example",
    time_zone: "Europe/Berlin",
    crowd: Crowd::Readers,
};

const PACE: Pace = Pace {
    visits: 1900.0,
    growth: 24.0,
    weekdays: [106, 108, 104, 128, 96, 74, 84],
    hours: [12, 7, 4, 3, 4, 10, 28, 52, 66, 68, 62, 58, 66, 64, 56, 54, 54, 58, 62, 70, 78, 72, 50, 26],
    weekend_hours: [18, 11, 7, 4, 4, 6, 14, 30, 48, 64, 72, 72, 64, 60, 60, 62, 64, 64, 66, 68, 70, 62, 46, 28],
};

/// Days after Monday on which the letter is sent, and the hours in which it is read.
const LETTER_DAY: u8 = 3;
const LETTER_HOURS: std::ops::Range<usize> = 7..24;

const ORIGINS: &[Origin] = &[
    from("", "", Lead::Any, 190),
    from("", "", Lead::Home, 110),
    from("https://www.google.com/", "", Lead::Any, 296),
    from("https://duckduckgo.com/", "", Lead::Any, 46),
    from("https://www.bing.com/", "", Lead::Any, 34),
    from("https://www.ecosia.org/", "", Lead::Any, 17),
    from("https://kagi.com/", "", Lead::Any, 9),
    from("https://news.ycombinator.com/", "", Lead::Any, 20),
    from("https://www.reddit.com/", "", Lead::Any, 30),
    from("https://lobste.rs/", "", Lead::Newest, 11),
    from("https://mastodon.social/", "", Lead::Newest, 20),
    from("https://bsky.app/", "", Lead::Newest, 24),
    from("https://t.co/x1", "", Lead::Newest, 10),
    from("https://www.linkedin.com/", "", Lead::Newest, 11),
    from("https://chatgpt.com/", "", Lead::Any, 27),
    from("https://www.perplexity.ai/", "", Lead::Any, 11),
    from("https://github.com/", "", Lead::Any, 9),
    from("https://quiet-machines.example/links", "", Lead::Home, 15),
    from("https://the-long-table.example/2026/reading", "", Lead::Any, 9),
    from("https://feedly.com/", "", Lead::Newest, 16),
    from("", "?utm_source=newsletter&utm_medium=email&utm_campaign=thursday-letter&utm_content=archive", Lead::Any, 16),
    from("https://harbour.example/blog", "?utm_source=harbour&utm_medium=referral&utm_campaign=friends", Lead::Home, 5),
];

/// The letter, on the day on which it comes.
const LETTER: Origin =
    from("", "?utm_source=newsletter&utm_medium=email&utm_campaign=thursday-letter&utm_content=lead", Lead::Newest, 0);

/// Of a thousand visits of a Thursday, those by the letter.
const BY_LETTER: u32 = 230;

const FRONT_PAGE: Origin = from("https://news.ycombinator.com/", "", Lead::Any, 0);

/// Of a thousand visits, those of people who come again and again, and how many of those there are.
const REGULAR: u32 = 270;
const REGULARS: u32 = 4200;

/// What is looked for on the site.
const SEARCHES: &[(&str, u32)] = &[
    ("notifications", 20),
    ("static site", 14),
    ("paper notebooks", 12),
    ("keyboard", 12),
    ("rss", 11),
    ("sourdough", 7),
    ("garden", 6),
    ("backup", 6),
    ("podcast", 4),
    ("dark mode", 3),
];

/// Pages that were never there, and links to them are.
const MISSING: &[&str] = &["/2019/hello-world", "/notes/on-writing-slow", "/feed", "/wp-login.php", "/atom.xml"];

const LINKS: &[&str] = &[
    "https://github.com/field-notes/tools",
    "https://en.wikipedia.org/wiki/Attention_economy",
    "https://www.gutenberg.org/ebooks/205",
    "https://quiet-machines.example/about",
    "https://harbour.example/?utm_source=field-notes&utm_medium=sponsorship",
];

const FILES: &[&str] = &["/files/reading-log-template.pdf", "/files/field-kit-checklist.pdf", "/files/wallpapers.zip"];

/// How the blog is counted.
pub fn settings(before: Settings) -> Settings {
    let goal = |name: &str, event_type: &str, path: Option<&str>| Goal {
        name: name.to_owned(),
        event_type: event_type.to_owned(),
        path: path.map(str::to_owned),
    };
    Settings {
        time_zone: FACTS.time_zone.to_owned(),
        goals: vec![
            goal("Subscribed to the letter", "subscribe", None),
            goal("Downloaded a file", "File Download", None),
            goal("Read about us", "pageview", Some("/about")),
        ],
        properties: ["url", "path", "term"].map(str::to_owned).to_vec(),
        pairs: vec![
            (RollupDimension::Country, RollupDimension::Device),
            (RollupDimension::Source, RollupDimension::UtmMedium),
            (RollupDimension::Page, RollupDimension::Source),
        ],
        ..before
    }
}

/// The blog's visitors.
#[derive(Debug)]
pub struct Blog {
    plan: Plan,
    zone: Zone,
}

impl Blog {
    /// Its visitors by this plan.
    pub fn new(plan: Plan) -> Self {
        Self { plan, zone: Zone::named(FACTS.time_zone).unwrap_or_default() }
    }

    fn origin(&self, random: &mut Random, day: &Day, hour: usize, is_of_spike: bool) -> &'static Origin {
        if is_of_spike {
            return &FRONT_PAGE;
        }
        if day.weekday == LETTER_DAY && LETTER_HOURS.contains(&hour) && random.chance(BY_LETTER) {
            return &LETTER;
        }
        random.pick(ORIGINS, |origin| origin.share).unwrap_or(&FRONT_PAGE)
    }
}

impl Story for Blog {
    fn zone(&self) -> &Zone {
        &self.zone
    }

    fn day(&mut self, day: &Day, happened: &mut Vec<Happening>) {
        let mut book = Book { origin: FACTS.origin, happened };
        let spike = incident::on(&self.plan, SITE, day.number) == Some(Kind::Spike);
        let day_part = u64::from(day.number) << 32;
        let mut number = day_part;
        for (hour, (from_ms, to_ms)) in day.hours.iter().enumerate() {
            let mut random = Random::of("blog hour", &[self.plan.seed, day_part, hour as u64]);
            let expected = self.plan.scaled(PACE.visits_in(day, hour));
            let usual = random.count(expected);
            let more = if spike { random.count(expected * (SPIKE_TIMES - 1.0)) } else { 0 };
            for position in 0..usual + more {
                number += 1;
                let mut random = Random::of("blog visit", &[self.plan.seed, number]);
                let is_of_spike = position >= usual;
                let at_ms = from_ms + u64::from(random.below((to_ms - from_ms) as u32));
                let is_regular = !is_of_spike && random.chance(REGULAR);
                let reader = if is_regular { u64::from(random.mostly_low(1, REGULARS)) } else { (1 << 62) | number };
                let person = Person::of(FACTS.crowd, self.plan.seed, reader);
                let origin = self.origin(&mut random, day, hour, is_of_spike);
                let visit = Visit::begin(&mut book, random, person, number, at_ms);
                read(visit, day.number, origin, is_of_spike);
            }
        }
    }
}

/// Of a thousand page views: after how many another follows, in a usual visit and in one of the spike.
const GOES_ON: u32 = 340;
const GOES_ON_SPIKE: u32 = 160;

/// What a reader does.
fn read(mut visit: Visit<'_>, day: u32, origin: &Origin, is_of_spike: bool) {
    let article = match origin.leads_to {
        _ if is_of_spike => Some(&VIRAL),
        Lead::Home | Lead::Offer => None,
        Lead::Any => articles::any(&mut visit.random, day),
        Lead::Newest => articles::newest(day),
    };
    if visit.random.chance(8) {
        return lost(visit, origin);
    }
    let (path, title) = article.map_or(("/".to_owned(), HOME.to_owned()), Article::page);
    visit.land(&path, &title, origin.query, origin.referrer);
    visit.stay(4, if article.is_some() { 380 } else { 60 });
    let goes_on = if is_of_spike { GOES_ON_SPIKE } else { GOES_ON };
    let mut views = 1;
    while views < 9 && visit.random.chance(goes_on) {
        views += 1;
        next(&mut visit, day);
    }
    on_the_way_out(&mut visit, views);
    visit.end();
}

const HOME: &str = "Field Notes – slow writing about fast machines";

/// A page that is not there.
fn lost(mut visit: Visit<'_>, origin: &Origin) {
    let path = visit.random.any(MISSING).copied().unwrap_or("/feed");
    visit.land(path, "Not found – Field Notes", "", origin.referrer);
    visit.act("404", &[("path", path)]);
    visit.stay(1, 12);
    if visit.random.chance(300) {
        visit.view("/", HOME);
        visit.stay(3, 50);
    }
    visit.end();
}

/// Another page of the site.
fn next(visit: &mut Visit<'_>, day: u32) {
    match visit.random.below(100) {
        0..62 => {
            let page = articles::any(&mut visit.random, day).map(Article::page);
            let (path, title) = page.unwrap_or(("/".to_owned(), HOME.to_owned()));
            visit.view(&path, &title);
            visit.stay(5, 340);
        }
        62..76 => {
            visit.view("/", HOME);
            visit.stay(3, 45);
        }
        76..86 => {
            visit.view("/archive", "Archive – Field Notes");
            visit.stay(4, 70);
        }
        86..94 => {
            visit.view("/about", "About – Field Notes");
            visit.stay(6, 90);
        }
        _ => {
            let term = visit.random.pick(SEARCHES, |search| search.1).map_or("rss", |search| search.0);
            visit.view("/search", "Search – Field Notes");
            visit.act("search", &[("term", term)]);
            visit.stay(3, 30);
        }
    }
}

/// A link, a file or the letter; who has read more than a page is likelier to take it.
fn on_the_way_out(visit: &mut Visit<'_>, views: u32) {
    match visit.random.below(1000) {
        0..62 => {
            let url = visit.random.any(LINKS).copied().unwrap_or_default();
            visit.act("Outbound Link: Click", &[("url", url)]);
        }
        62..74 => {
            let file = visit.random.any(FILES).copied().unwrap_or_default();
            visit.act("File Download", &[("url", &[FACTS.origin, file].concat())]);
        }
        roll if roll >= 1000 - if views > 1 { 34 } else { 9 } => {
            visit.view("/letter", "The Thursday letter – Field Notes");
            visit.stay(5, 40);
            visit.act("Form: Submission", &[("path", "/letter")]);
            visit.act("subscribe", &[]);
            visit.stay(2, 10);
        }
        _ => {}
    }
}
