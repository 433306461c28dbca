use super::*;

/// 2026-02-02T10:30:30Z.
const NOW_MS: u64 = 1_770_028_230_000;

fn asked(event_type: &str, by: &str, minutes: &str, interval: Option<&str>) -> Asked {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Asked::of(some(event_type), some(by).as_deref(), some(minutes).as_deref(), interval).unwrap()
}

#[test]
fn a_window_ends_with_the_step_that_is_running() {
    fn check(minutes: &str, interval: Option<&str>, expect: (&str, usize)) {
        let asked = asked("", "", minutes, interval);
        let steps = asked.steps(NOW_MS);
        let query = asked.query("UA-1", steps);
        assert_eq!((query.date_range.start.as_str(), steps.count), expect, "{minutes} {interval:?}");
    }
    check("1", None, ("2026-02-02T10:30:00Z", 1));
    check("180", None, ("2026-02-02T07:31:00Z", 180));
    check("181", None, ("2026-02-02T07:00:00Z", 4));
    check("", None, ("2026-02-01T11:00:00Z", 24));
    check("", Some("minute"), ("2026-02-01T10:31:00Z", 1440));
    check("1", Some("hour"), ("2026-02-02T10:00:00Z", 1));
}

#[test]
fn what_is_wrong_is_named() {
    fn check(given: [Option<&str>; 4], field: &str) {
        let [event_type, by, minutes, interval] = given;
        let refused = Asked::of(event_type.map(str::to_owned), by, minutes, interval).unwrap_err();
        assert_eq!(refused.field, field, "{given:?}");
    }
    check([Some(""), None, None, None], "event_type");
    check([Some(&"x".repeat(65)), None, None, None], "event_type");
    check([None, Some("hour"), None, None], "by");
    check([None, Some("plan"), None, None], "by");
    check([None, None, Some("0"), None], "minutes");
    check([None, None, Some("1441"), None], "minutes");
    check([None, None, Some("-1"), None], "minutes");
    check([None, None, None, Some("day")], "interval");
}

#[test]
fn what_must_be_declared_is_said() {
    fn check(settings: &Settings, event_type: &str, by: &str, expect: Option<&str>) {
        let said = asked(event_type, by, "", None).undeclared(settings);
        assert_eq!(said.as_deref(), expect, "{event_type} {by}");
    }
    let mut settings = Settings { site: "UA-1".to_owned(), ..Settings::default() };
    let pair = "declare the pair: tidemark site set UA-1 --pair event_type,country";
    check(&settings, "login", "country", Some(pair));
    check(&settings, "", "country", None);
    check(&settings, "login", "", None);
    check(&settings, "login", "event_type", None);
    check(&settings, "login", "goal", None);
    let property = "declare the property: tidemark site set UA-1 --property plan";
    check(&settings, "", "property:plan", Some(property));
    settings.properties.push("plan".to_owned());
    settings.pairs.push((RollupDimension::Country, RollupDimension::EventType));
    check(&settings, "", "property:plan", None);
    check(&settings, "login", "country", None);
}

#[test]
fn rows_become_series_and_sums() {
    let asked = asked("login", "country", "3", None);
    let row = |minute: &str, country: &str, events: u64| -> Row {
        let cells = [("minute", Cell::Text(minute.to_owned())), ("country", Cell::Text(country.to_owned()))];
        let cells = cells.into_iter().chain([("events", Cell::Count(events))]);
        cells.map(|(name, cell)| (name.to_owned(), cell)).collect()
    };
    let mut rows = vec![
        row("2026-02-02T10:28:00Z", "DE", 5),
        row("2026-02-02T10:30:00Z", "DE", 1),
        row("2026-02-02T10:30:00Z", "", 7),
        row("2026-02-02T10:31:00Z", "FR", 9),
    ];
    let counters = asked.counters("UA-1", asked.steps(NOW_MS), NOW_MS, 4, &rows);
    assert_eq!((counters.events, counters.series.clone(), counters.version), (13, vec![5, 0, 8], 4));
    let values: Vec<_> = counters.values.iter().map(|v| (v.value.as_str(), v.events, v.series.clone())).collect();
    assert_eq!(values, vec![("", 7, vec![0, 0, 7]), ("DE", 6, vec![5, 0, 1])]);
    assert_eq!((counters.other_events, counters.end_ms - counters.start_ms), (0, 180_000));
    rows.extend((0..60).map(|n| row("2026-02-02T10:29:00Z", &format!("X{n}"), 2)));
    let counters = asked.counters("UA-1", asked.steps(NOW_MS), NOW_MS, 4, &rows);
    assert_eq!((counters.values.len(), counters.other_events, counters.events), (50, 24, 133));
}
