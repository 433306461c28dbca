//! What there is to read, and how much it is looked for.

use crate::random::Random;

/// Something to read.
#[derive(Clone, Copy, Debug)]
pub struct Article {
    slug: &'static str,
    title: &'static str,
    /// Day of the plan on which it came out; below zero before the first.
    out: i32,
    /// How much it is looked for, once it is old.
    pull: u32,
}

impl Article {
    /// Path and title of its page.
    pub fn page(&self) -> (String, String) {
        (["/notes/", self.slug].concat(), [self.title, " – Field Notes"].concat())
    }

    /// How much it is looked for on a day. What is new is in all feeds.
    fn pull_on(&self, day: i32) -> u32 {
        match day - self.out {
            ..0 => 0,
            0..=1 => self.pull * 5 + 60,
            2..=6 => self.pull * 3 + 20,
            7..=20 => self.pull * 3 / 2,
            _ => self.pull,
        }
    }
}

const fn article(slug: &'static str, title: &'static str, out: i32, pull: u32) -> Article {
    Article { slug, title, out, pull }
}

/// What the front page of the spike links to.
pub const VIRAL: Article = article("the-quiet-cost-of-notifications", "The quiet cost of notifications", -160, 44);

/// All of them, the oldest first.
pub const ARTICLES: &[Article] = &[
    article("a-static-site-in-an-afternoon", "A static site in an afternoon", -900, 64),
    article("keyboards-i-have-loved", "Keyboards I have loved", -820, 40),
    article("plain-text-lasts", "Plain text lasts", -760, 52),
    article("the-case-for-rss", "The case for RSS", -700, 58),
    article("sourdough-and-state-machines", "Sourdough and state machines", -610, 14),
    article("a-year-without-a-smart-watch", "A year without a smart watch", -560, 22),
    article("how-i-back-up-everything", "How I back up everything", -500, 48),
    article("reading-code-on-paper", "Reading code on paper", -450, 18),
    article("small-tools", "Small tools", -400, 24),
    article("the-garden-log", "The garden log", -370, 8),
    article("what-a-cache-forgets", "What a cache forgets", -330, 34),
    article("letters-to-a-new-maintainer", "Letters to a new maintainer", -300, 28),
    article("on-slow-mornings", "On slow mornings", -260, 9),
    article("time-zones-are-a-people-problem", "Time zones are a people problem", -230, 56),
    article("a-home-server-for-ten-years", "A home server for ten years", -205, 42),
    article("fonts-without-a-cdn", "Fonts without a CDN", -185, 30),
    VIRAL,
    article("notebooks-compared", "Notebooks, compared", -140, 36),
    article("the-terminal-is-a-room", "The terminal is a room", -120, 16),
    article("counting-without-watching", "Counting without watching", -100, 27),
    article("a-printer-that-works", "A printer that works", -84, 33),
    article("dark-mode-at-noon", "Dark mode at noon", -70, 12),
    article("how-to-leave-a-project", "How to leave a project", -56, 20),
    article("one-folder-for-photos", "One folder for photos", -42, 25),
    article("maps-for-walking", "Maps for walking", -28, 13),
    article("the-last-mile-of-accessibility", "The last mile of accessibility", -14, 21),
    article("mending-a-radio", "Mending a radio", -5, 10),
    article("sqlite-for-everything-else", "SQLite for everything else", 3, 38),
    article("a-calendar-for-the-kitchen", "A calendar for the kitchen", 10, 11),
    article("what-the-logs-remember", "What the logs remember", 17, 19),
    article("writing-with-a-timer", "Writing with a timer", 24, 12),
    article("e-ink-after-a-winter", "E-ink after a winter", 31, 26),
    article("the-unread-terms", "The unread terms", 38, 15),
    article("two-monitors-are-one-too-many", "Two monitors are one too many", 45, 23),
    article("a-letter-to-hacker-news", "What the front page felt like", 54, 18),
    article("batteries-and-patience", "Batteries and patience", 61, 12),
    article("how-long-is-a-minute", "How long is a minute?", 68, 17),
    article("a-smaller-web-page", "A smaller web page", 75, 29),
    article("rain-gauges", "Rain gauges", 82, 8),
    article("the-ninety-day-rule", "The ninety-day rule", 88, 14),
];

/// One of them, by how much each is looked for on a day.
pub fn any(random: &mut Random, day: u32) -> Option<&'static Article> {
    let day = i32::try_from(day).unwrap_or(i32::MAX);
    random.pick(ARTICLES, |article| article.pull_on(day))
}

/// The newest on a day.
pub fn newest(day: u32) -> Option<&'static Article> {
    let day = i32::try_from(day).unwrap_or(i32::MAX);
    ARTICLES.iter().rev().find(|article| article.out <= day)
}
