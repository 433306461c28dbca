//! The data of the gallery: what is usual, and what is at the edge.

use wire::query::Dimension;
use wire::realtime::{Devices, Minute, Realtime, SERIES_MINUTES, TrafficSources};

use crate::components::cohort_table::Cohort;
use crate::components::funnel_bars::Step;
use crate::day::{DAY_MS, Day};
use crate::metric::Kpi;
use crate::pages::people::lines::{Line, Lines};
use crate::pages::people::told::rate;
use crate::series::{Point, Series};

/// Values of days, and of those they are compared with.
pub type Days = (&'static [f64], &'static [f64]);

const MINUTE_MS: u64 = 60_000;

const MONTH: [f64; 28] = [
    412.0, 460.0, 478.0, 455.0, 390.0, 210.0, 198.0, 430.0, 482.0, 510.0, 498.0, 421.0, 233.0, 220.0, 1290.0, 880.0,
    610.0, 540.0, 470.0, 260.0, 244.0, 466.0, 520.0, 533.0, 518.0, 447.0, 262.0, 121.0,
];

const MONTH_BEFORE: [f64; 28] = [
    380.0, 410.0, 420.0, 402.0, 351.0, 190.0, 177.0, 391.0, 428.0, 440.0, 433.0, 370.0, 201.0, 188.0, 402.0, 431.0,
    446.0, 440.0, 381.0, 214.0, 200.0, 420.0, 451.0, 460.0, 448.0, 390.0, 226.0, 215.0,
];

/// Lines over days; the last one is still counting.
pub const LINES: [(&str, Kpi, Days); 8] = [
    ("A month, compared", Kpi::Visitors, (&MONTH, &MONTH_BEFORE)),
    ("No days", Kpi::Visitors, (&[], &[])),
    ("One day", Kpi::Visitors, (&[42.0], &[])),
    ("Two days", Kpi::Visitors, (&[42.0, 17.0], &[])),
    ("Zeroes", Kpi::Visitors, (&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], &[])),
    ("Huge values", Kpi::Events, (&[1.2e9, 8.9e9, 4.1e9, 9.87e9, 2.0e9], &[3.0e9, 3.1e9, 2.9e9, 3.3e9, 3.0e9])),
    ("Shares", Kpi::BounceRate, (&[41.2, 40.8, 44.1, 39.0, 38.5, 57.3, 55.1], &[])),
    ("Times", Kpi::VisitDuration, (&[61.0, 118.0, 95.0, 3720.0, 240.0, 180.0, 150.0], &[])),
];

/// Lines without axes.
pub const SPARKLINES: [(&str, &[u64]); 4] = [
    ("A day", &[3, 2, 1, 1, 2, 4, 9, 18, 26, 31, 33, 30, 28, 31, 35, 34, 30, 26, 22, 19, 15, 11, 8, 5]),
    ("Nothing", &[]),
    ("Zeroes", &[0, 0, 0, 0, 0, 0]),
    ("A spike", &[0, 0, 1, 0, 9_800_000, 2, 0, 1]),
];

/// Visitors of a minute, by how many minutes ago it was.
type OfMinute = fn(u64) -> u64;

/// Bars of half an hour.
pub const BARS: [(&str, OfMinute); 3] = [
    ("Half an hour", |ago| 12 + (ago * 7 + ago * ago) % 11),
    ("Nobody", |_| 0),
    ("A spike", |ago| if ago == 9 { 48_210 } else { 3 }),
];

/// Visitors of an hour of the week; weekdays and hours count from 0.
type OfHour = fn(usize, usize) -> u64;

/// Weeks by the hour.
pub const WEEKS: [(&str, OfHour); 2] = [
    ("A week", |weekday, hour| {
        let day = 66 - (hour as u64).abs_diff(13) * 5;
        if weekday < 5 { day } else { day / 3 }
    }),
    ("Nobody", |_, _| 0),
];

/// Visitors by country, most first.
pub const MAPS: [(&str, &[(&str, u64)]); 4] = [
    (
        "The world",
        &[
            ("US", 48_210),
            ("DE", 21_044),
            ("GB", 12_381),
            ("IN", 9_920),
            ("FR", 7_733),
            ("", 5_120),
            ("BR", 4_018),
            ("JP", 3_950),
            ("CA", 3_102),
            ("AU", 2_240),
            ("SG", 1_805),
            ("HK", 1_204),
            ("ZA", 640),
            ("MT", 310),
            ("NZ", 122),
            ("KE", 40),
            ("RU", 12),
            ("BV", 3),
            ("AQ", 2),
            ("FJ", 1),
        ],
    ),
    ("Nobody", &[]),
    ("One person", &[("IS", 1)]),
    ("Nobody knows where", &[("", 9_812_345)]),
];

/// A funnel: names of steps, and who reached them.
type Funnel = &'static [(&'static str, u64)];

/// Funnels.
pub const FUNNELS: [(&str, Funnel); 4] = [
    (
        "Six steps",
        &[
            ("Landing page", 12_480),
            ("Prices", 5_310),
            ("Sign-up begun", 2_044),
            ("Sign-up done", 1_912),
            ("First project", 1_204),
            ("Purchase", 312),
        ],
    ),
    (
        "Long names, huge and tiny",
        &[
            (
                "/a/very/long/path/that/somebody/made/for/a/campaign/of/theirs?and=more&of=it&and=still&more=of-it",
                987_654_321,
            ),
            (
                "Ein Schritt mit einem sehr langen Namen, der nirgends umbrochen werden kann und trotzdem passen muss",
                987_650_000,
            ),
            ("Purchase", 7),
        ],
    ),
    ("Nobody reaches the end", &[("Visit", 320), ("Sign-up", 0), ("Purchase", 0)]),
    ("Nobody", &[("Visit", 0), ("Purchase", 0)]),
];

/// Groups of people: when they began, how many, and how many came back in each period since.
type Cohorts = &'static [(&'static str, u64, &'static [u64])];

/// Who came back.
pub const COHORTS: [(&str, &str, Cohorts); 4] = [
    (
        "Eight weeks",
        "Week",
        &[
            ("5 Jan", 1_204, &[602, 433, 361, 301, 277, 265, 253]),
            ("12 Jan", 1_311, &[590, 420, 341, 302, 275, 262]),
            ("19 Jan", 980, &[510, 372, 300, 255, 235]),
            ("26 Jan", 1_502, &[751, 511, 420, 376]),
            ("2 Feb", 1_433, &[660, 459, 387]),
            ("9 Feb", 2_940, &[588, 206]),
            ("16 Feb", 1_388, &[680]),
            ("23 Feb", 1_120, &[]),
        ],
    ),
    ("One that is new", "Day", &[("Mon, 23 Feb 2026", 17, &[])]),
    (
        "All, none, huge",
        "Month",
        &[
            ("January 2026", 9_876_543, &[9_876_543, 4_938_271, 1]),
            ("February 2026", 3, &[0, 3]),
            ("March 2026", 0, &[0]),
        ],
    ),
    ("Nobody", "Week", &[]),
];

/// When it is in the gallery: ten in the morning of a day that is the last of all lines.
pub fn now_ms() -> u64 {
    last().start_ms() + 10 * 60 * MINUTE_MS
}

fn last() -> Day {
    Day::parse("2026-03-15").unwrap_or(Day::of_ms(0))
}

/// Days with these values, of each figure the same, up to the last.
pub fn series((values, before): Days) -> Series {
    let first_ms = last().start_ms() - (values.len().max(1) as u64 - 1) * DAY_MS;
    let points = |values: &[f64], first_ms: u64| {
        let days = (0..).map(|day| first_ms + day * DAY_MS).zip(values);
        days.map(|(start_ms, value)| Point { start_ms, values: vec![*value; Kpi::OF_VISITS.len()] }).collect::<Vec<_>>()
    };
    let then = points(before, first_ms - before.len() as u64 * DAY_MS);
    Series {
        interval: Dimension::Date,
        kpis: &Kpi::OF_VISITS,
        points: points(values, first_ms),
        before: (!before.is_empty()).then(|| then.into_iter().map(Some).collect()),
        currency: "EUR".to_owned(),
    }
}

/// A site whose last half hour is told by `of`.
pub fn realtime(of: OfMinute) -> Realtime {
    let minute = |ago: u64| Minute {
        start_ms: now_ms() - ago * MINUTE_MS,
        pageviews: of(ago) * 2,
        events: of(ago) * 3,
        visitors: of(ago),
    };
    Realtime {
        tracking_id: String::new(),
        timestamp: now_ms(),
        version: 1,
        active_users: of(0),
        active_sessions: of(0),
        events_per_minute: 0.0,
        top_pages: Vec::new(),
        traffic_sources: TrafficSources::default(),
        devices: Devices::default(),
        top_sources: Vec::new(),
        top_countries: Vec::new(),
        top_event_types: Vec::new(),
        minutes: (0..SERIES_MINUTES).rev().map(minute).collect(),
    }
}

/// Steps of a funnel.
pub fn steps(steps: Funnel) -> Vec<Step> {
    steps
        .iter()
        .map(|(name, visitors)| Step { name: (*name).to_owned(), visitors: *visitors, took: took(steps.len()) })
        .collect()
}

/// Times stand beside the steps of a few of them.
fn took(steps: usize) -> Option<(String, String)> {
    (steps > 3).then(|| ("2m 05s".to_owned(), "Half take at most 2m 05s".to_owned()))
}

/// Groups of people.
pub fn cohorts(cohorts: Cohorts) -> Vec<Cohort> {
    let cohort = |(name, visitors, back): &(&str, u64, &[u64])| Cohort {
        name: (*name).to_owned(),
        visitors: *visitors,
        back: back.to_vec(),
        growing: 0,
    };
    cohorts.iter().map(cohort).collect()
}

/// Shares over periods, by name; and from which one on they still grow.
type Shares = (&'static [(&'static str, &'static [f64])], Option<usize>);

/// Lines over a common axis.
pub const SHARES: [(&str, Shares); 4] = [
    ("One, still growing at its end", (&[("Conversion", &[3.6, 4.7, 3.3, 3.9, 5.5, 1.2, 4.9])], Some(5))),
    (
        "As many as are told apart",
        (
            &[
                ("Direct", &[34.0, 22.0, 18.0, 16.5, 15.0]),
                ("Organic search", &[28.0, 19.0, 14.0, 13.0, 12.0]),
                ("Paid", &[21.0, 11.0, 8.0, 6.0, 5.5]),
                ("A name that is longer than there is room for in the legend of a chart", &[12.0, 8.0, 6.0]),
                ("Email", &[0.0, 0.0, 0.0, 0.0, 0.0]),
            ],
            None,
        ),
    ),
    ("Below one in a hundred", (&[("Conversion", &[0.03, 0.0, 0.012, 0.08])], None)),
    ("A single point", (&[("Conversion", &[4.0])], Some(0))),
];

/// The drawing of some shares.
pub fn shares((lines, running_from): Shares) -> Lines {
    let count = lines.iter().map(|(_, values)| values.len()).max().unwrap_or(0);
    let line = |(name, values): &(&str, &[f64])| Line {
        name: (*name).to_owned(),
        values: (0..count).map(|at| values.get(at).copied()).collect(),
    };
    Lines {
        title: "Share that came back".to_owned(),
        axis: "Week",
        places: (1..=count).map(|week| format!("Week {week}")).collect(),
        brief: (1..=count).map(|week| week.to_string()).collect(),
        lines: lines.iter().map(line).collect(),
        running_from,
        write: rate,
        least_top: 0.0,
    }
}
