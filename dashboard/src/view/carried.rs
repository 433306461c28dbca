//! What the pages of a site take over from each other's addresses: when, compared with what, by whose days, and which events.
//! Links say it as the overview does, and each page understands that; what shows nothing of it hands it on.

use super::View;
use super::period::Period;

/// Name of the period in addresses of reports and dashboards: `7d`, or `2026-02-01..2026-02-28`.
pub const RANGE: &str = "range";

/// What other pages of the site take over, as a query string with its question mark; `query` is that of the page shown.
pub fn carried(
    query: &str,
    escape: impl Fn(&str) -> String + Copy,
    unescape: impl Fn(&str) -> String + Copy,
) -> String {
    let mut view = View::parse(query, unescape);
    let own = |name: &str| view.own.iter().find(|(found, _)| found == name).map(|(_, value)| unescape(value));
    // Where any of them is enough, one of them says something else.
    let is_any = own("any").is_some() && view.conditions.len() > 1;
    if let Some(range) = own(RANGE) {
        view.period = of_range(&range);
    }
    if is_any {
        view.conditions.clear();
    }
    view.shared().to_url(escape)
}

/// A period that a range says; the one without a choice where there is none like it.
fn of_range(range: &str) -> Period {
    let day = |text: &str| text.get(..10).unwrap_or(text).to_owned();
    match range.split_once("..") {
        Some((first, last)) => Period::parse(Some("custom"), Some(&format!("{}~{}", day(first), day(last)))),
        None => Period::parse(Some(range), None),
    }
}

/// The period that a link from another page says; none where it says nothing.
pub fn said(query: &str, unescape: impl Fn(&str) -> String + Copy) -> Option<Period> {
    let period = View::parse(query, unescape).period;
    (period != Period::default()).then_some(period)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_take_over_what_means_the_same_to_them() {
        for (query, expected) in [
            ("", ""),
            ("v=1&by=hour&metric=visits&details=page&step=event,a", ""),
            ("v=1&period=7d&date=2026-02-07", "?v=1&period=7d&date=2026-02-07"),
            ("v=1&range=30d&limit=5", "?v=1&period=30d"),
            ("v=1&period=7d&range=30d", "?v=1&period=30d"),
            ("range=2026-02-01..2026-02-07", "?v=1&period=custom&date=2026-02-01~2026-02-07"),
            // Neither of them is a period of the overview.
            ("range=30m", ""),
            ("range=last..first", ""),
            (
                "period=day&compare=year&match=date&tz=Europe/Berlin&f=is,segment,3&f=contains,page,/a",
                "?v=1&period=day&compare=year&match=date&tz=Europe/Berlin&f=is,segment,3&f=contains,page,/a",
            ),
            ("metrics=visits&by=page,country&any=1&f=is,os,iOS", "?v=1&f=is,os,iOS"),
            ("metrics=visits&any=1&f=is,os,iOS&f=is,page,/", ""),
        ] {
            assert_eq!(carried(query, str::to_owned, str::to_owned), expected, "{query}");
        }
        assert_eq!(said("v=1&period=7d", str::to_owned).map(|period| period.tokens().0), Some("7d"));
        assert_eq!(said("v=1&f=is,os,iOS", str::to_owned), None);
    }
}
