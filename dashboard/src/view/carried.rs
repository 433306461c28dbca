//! What the pages of a site take over from each other's addresses: when, compared with what, by whose days, and which events.
//!
//! | page | period | the rest |
//! |---|---|---|
//! | the overview, questions about people | `period`, `date` | `compare`, `match`, `tz`, `f` |
//! | reports, dashboards | `range` | the same, as far as they know it |
//!
//! Others show none of it, and hand on what they were handed.

use wire::query::Span;

use super::View;
use super::period::Period;

/// Name of the period in addresses of reports and dashboards.
const RANGE: &str = "range";

/// How a page says its period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// As [`View`] has it.
    Period,
    /// In one word: `7d`, or `2026-02-01..2026-02-28`.
    Range,
}

/// The query string, with its question mark, of another page of the site; `query` is that of the page shown.
pub fn carried(
    query: &str,
    says: Says,
    escape: impl Fn(&str) -> String + Copy,
    unescape: impl Fn(&str) -> String + Copy,
) -> String {
    let view = View::parse(query, unescape);
    let own = |name: &str| view.own.iter().find(|(found, _)| found == name).map(|(_, value)| unescape(value));
    let period = own(RANGE).map_or(view.period, |range| of_range(&range));
    // Where any of them is enough, one of them says something else.
    let is_any = own("any").is_some() && view.conditions.len() > 1;
    let mut carried = View {
        period,
        compared: view.compared,
        by_date: view.by_date,
        conditions: if is_any { Vec::new() } else { view.conditions },
        zone: view.zone,
        ..View::default()
    };
    if says == Says::Range && period != Period::default() {
        carried.own.push((RANGE.to_owned(), range(period)));
        carried.period = Period::default();
    }
    carried.to_url(escape)
}

/// A period that a range says; the one without a choice where there is none like it.
fn of_range(range: &str) -> Period {
    let day = |text: &str| text.get(..10).unwrap_or(text).to_owned();
    match range.split_once("..") {
        Some((first, last)) => Period::parse(Some("custom"), Some(&format!("{}~{}", day(first), day(last)))),
        None => Period::parse(Some(range), None),
    }
}

fn range(period: Period) -> String {
    match period.span() {
        Span::Preset(_) => period.tokens().0.to_owned(),
        Span::Between(days) => format!("{}..{}", days.start, days.end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_take_over_what_means_the_same_to_them() {
        for (query, as_period, as_range) in [
            ("", "", ""),
            ("v=1&by=hour&metric=visits&details=page&step=event,a", "", ""),
            ("v=1&period=7d", "?v=1&period=7d", "?v=1&range=7d"),
            ("v=1&period=7d&date=2026-02-07", "?v=1&period=7d&date=2026-02-07", "?v=1&range=2026-02-01..2026-02-07"),
            ("v=1&range=30d&limit=5", "?v=1&period=30d", "?v=1&range=30d"),
            (
                "range=2026-02-01..2026-02-07",
                "?v=1&period=custom&date=2026-02-01~2026-02-07",
                "?v=1&range=2026-02-01..2026-02-07",
            ),
            // Neither of them is a period of the overview.
            ("range=30m", "", ""),
            ("range=last..first", "", ""),
            (
                "period=day&compare=year&match=date&tz=Europe/Berlin&f=is,segment,3&f=contains,page,/a",
                "?v=1&period=day&compare=year&match=date&tz=Europe/Berlin&f=is,segment,3&f=contains,page,/a",
                "?v=1&compare=year&match=date&tz=Europe/Berlin&f=is,segment,3&f=contains,page,/a&range=day",
            ),
            ("metrics=visits&by=page,country&any=1&f=is,os,iOS", "?v=1&f=is,os,iOS", "?v=1&f=is,os,iOS"),
            ("metrics=visits&any=1&f=is,os,iOS&f=is,page,/", "", ""),
        ] {
            let to = |says| carried(query, says, str::to_owned, str::to_owned);
            assert_eq!((to(Says::Period).as_str(), to(Says::Range).as_str()), (as_period, as_range), "{query}");
        }
    }
}
