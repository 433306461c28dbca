use wire::query::Operator;

use super::*;

/// Reads an address as a browser does.
fn read(search: &str) -> State {
    let pairs: Vec<(String, String)> = search
        .trim_start_matches('?')
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .collect();
    let all = |name: &str| pairs.iter().filter(|(found, _)| found == name).map(|(_, text)| text.clone()).collect();
    State::read(all, decoded)
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let code = behind.get(..2).and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        (bytes, rest) = match code.filter(|_| *first == b'%') {
            Some(code) => ([bytes, vec![code]].concat(), behind.get(2..).unwrap_or_default()),
            None => ([bytes, vec![*first]].concat(), behind),
        };
    }
    String::from_utf8(bytes).unwrap_or_default()
}

fn test(operator: Operator, name: &str, values: &[&str]) -> Condition {
    let dimension = Dimension::named(name).unwrap_or(Dimension::Page);
    Condition { operator, dimension, values: values.iter().map(|value| (*value).to_owned()).collect() }
}

fn full() -> State {
    State {
        metrics: vec![Metric::Visits, Metric::BounceRate],
        by: vec![Dimension::Page, Dimension::Country],
        time: Some(Dimension::Date),
        span: DateRange { start: "2026-02-01".to_owned(), end: "2026-02-28".to_owned() }.into(),
        tests: vec![
            test(Operator::Is, "country", &["DE", "FR"]),
            test(Operator::ContainsNot, "page", &["/a,b & 100%", "ü?#+"]),
            test(Operator::Matches, "property:größe: XL", &["^[a-z]+:$"]),
        ],
        any: true,
        rest: Some(Filter::Not(Box::new(Filter::And(Vec::new())))),
        order: Some(Order { field: "visits".to_owned(), direction: Direction::Asc }),
        limit: 50,
        page: 3,
        compare: Some(ComparisonPeriod::Year),
        report: Some(7),
    }
}

#[test]
fn an_address_says_all_of_a_report() {
    for state in [State::default(), full()] {
        assert_eq!(read(&state.search()), state, "{}", state.search());
    }
    assert_eq!(
        State { report: None, tests: full().tests[..1].to_vec(), rest: None, ..full() }.search(),
        "?v=1&metrics=visits,bounce_rate&by=page,country&time=date&range=2026-02-01..2026-02-28&f=is,country,DE,FR\
         &any=1&order=visits:asc&limit=50&page=4&compare=year"
    );
}

#[test]
fn what_is_not_understood_is_left_out() {
    let state =
        read("?v=9&metrics=visits,nonsense&by=date,page&time=page&range=soon&f=is,page&f=is,x,y&limit=0&page=x");
    let expect = State { metrics: vec![Metric::Visits], by: vec![Dimension::Page], limit: 1, ..State::default() };
    assert_eq!(state, expect);
}

/// The report that a report's question makes, as the server keeps it.
fn of(state: &State) -> State {
    State::of(&serde_json::to_value(state.query("UA-1")).unwrap_or_default())
}

#[test]
fn a_question_is_a_report_again() {
    for any in [true, false] {
        let state = State { any, rest: None, report: None, ..full() };
        assert_eq!(of(&state), state);
    }
    let nested = State { report: None, ..full() };
    let again = of(&nested);
    assert_eq!(again.query("UA-1"), nested.query("UA-1"));
}
