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
        let start: jiff::Timestamp = expect.0.parse().unwrap();
        let expect = (start.as_millisecond() as u64, expect.1);
        assert_eq!((steps.start_ms, steps.count), expect, "{minutes} {interval:?}");
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
fn each_question_has_its_rows_or_what_to_declare() {
    fn check(settings: &Settings, event_type: &str, by: &str, expect: Result<(RollupDimension, &str), &str>) {
        let source = asked(event_type, by, "", None).source(settings);
        match (&source, expect) {
            (Ok(source), Ok(expect)) => {
                assert_eq!((source.dimension, source.name.as_str()), expect, "{event_type} {by}")
            }
            (Err(e), Err(words)) => assert!(e.field == "by" && e.detail.contains(words), "{event_type} {by}: {e}"),
            _ => panic!("{event_type} {by}: {source:?}, wanted {expect:?}"),
        }
    }
    let mut settings = Settings { site: "UA-1".to_owned(), ..Settings::default() };
    check(&settings, "", "", Ok((RollupDimension::Total, "")));
    check(&settings, "login", "", Ok((RollupDimension::EventType, "")));
    check(&settings, "login", "event_type", Ok((RollupDimension::EventType, "")));
    check(&settings, "", "country", Ok((RollupDimension::Country, "")));
    check(&settings, "", "goal", Ok((RollupDimension::Goal, "")));
    check(&settings, "login", "country", Err("tidemark site set UA-1 --pair event_type,country"));
    check(&settings, "", "property:plan", Err("tidemark site set UA-1 --property plan"));
    check(&settings, "", "entry_page", Err("visits"));
    check(&settings, "login", "goal", Err("leave event_type out"));
    settings.properties.push("plan".to_owned());
    check(&settings, "", "property:plan", Ok((RollupDimension::Property, "plan")));
    check(&settings, "login", "property:plan", Err("leave event_type out"));
    settings.pairs.push((RollupDimension::Country, RollupDimension::EventType));
    check(&settings, "login", "country", Ok((RollupDimension::Pair, "country\u{1f}event_type")));
    settings.pairs.push((RollupDimension::EventType, RollupDimension::Device));
    check(&settings, "login", "device", Ok((RollupDimension::Pair, "event_type\u{1f}device")));
}

/// Series and values of some rows.
fn counters(settings: &Settings, asked: &Asked, rows: &[(u64, &str, u64)]) -> Counters {
    let mut tally = Tally::new(asked.steps(NOW_MS), &asked.source(settings).unwrap());
    for (minutes_ago, value, events) in rows {
        tally.add(NOW_MS - NOW_MS % MINUTE_MS - minutes_ago * MINUTE_MS, value, *events);
    }
    tally.finish(asked, "UA-1", NOW_MS, 4)
}

fn listed(counters: &Counters) -> Vec<(&str, u64, Vec<u64>)> {
    counters.values.iter().map(|v| (v.value.as_str(), v.events, v.series.clone())).collect()
}

#[test]
fn rows_become_series_and_sums() {
    let settings =
        Settings { pairs: vec![(RollupDimension::EventType, RollupDimension::Country)], ..Settings::default() };
    let of_login = asked("login", "country", "3", None);
    let rows = [
        (2, "login\u{1f}DE", 5),
        (0, "login\u{1f}DE", 1),
        (0, "login\u{1f}FR", 4),
        (0, "login\u{1f}FR", 3),
        (1, "click\u{1f}DE", 9),
        (3, "login\u{1f}DE", 9),
    ];
    let told = counters(&settings, &of_login, &rows);
    assert_eq!((told.events, told.series.clone(), told.version), (13, vec![5, 0, 8], 4));
    assert_eq!(listed(&told), vec![("FR", 7, vec![0, 0, 7]), ("DE", 6, vec![5, 0, 1])]);
    assert_eq!((told.other_events, told.end_ms - told.start_ms), (0, 180_000));
    // The pair may stand the other way round.
    let turned =
        Settings { pairs: vec![(RollupDimension::Country, RollupDimension::EventType)], ..Settings::default() };
    let told = counters(&turned, &of_login, &[(1, "DE\u{1f}login", 2), (1, "DE\u{1f}click", 5)]);
    assert_eq!(listed(&told), vec![("DE", 2, vec![0, 2, 0])]);
    // Of very many values the rest is one number.
    let names: Vec<String> = (0..60).map(|n| format!("X{n}")).collect();
    let rows: Vec<_> = names.iter().map(|name| (1, name.as_str(), 2)).chain([(0, "DE", 9)]).collect();
    let told = counters(&settings, &asked("", "country", "3", None), &rows);
    assert_eq!((told.values.len(), told.other_events, told.events), (50, 22, 129));
    // Nothing is told apart.
    let told = counters(&settings, &asked("login", "", "2", None), &[(0, "login", 2), (1, "click", 3)]);
    assert_eq!((told.series.clone(), listed(&told)), (vec![0, 2], Vec::new()));
}
