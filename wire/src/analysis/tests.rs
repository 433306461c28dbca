use serde_json::{Value, json};

use super::*;
use crate::dimension::Dimension;
use crate::filter::{FilterValues, Filters};

/// Reads a document, and says what is wrong with it as the API does.
fn read<T: serde::de::DeserializeOwned>(document: &Value) -> Result<T, String> {
    let text = document.to_string();
    let mut reader = serde_json::Deserializer::from_str(&text);
    serde_path_to_error::deserialize(&mut reader).map_err(|e| format!("{}: {}", e.path(), e.inner()))
}

#[test]
fn a_funnel_reads_as_the_documents_have_it() {
    let document = json!({
        "tracking_id": "UA-1",
        "name": "Purchase",
        "steps": [
            {"name": "View", "event_type": "pageview", "filters": {"page_path": "/products/*", "country": ["DE", "AT"]}},
            {"name": "Buy", "event_type": ["purchase", "order"]}
        ],
        "window": "7d"
    });
    let funnel: NewFunnel = read(&document).unwrap_or_else(|e| panic!("{e}"));
    let first = funnel.steps.first().cloned().unwrap_or_default();
    assert_eq!(first.filters.page_path, Some(FilterValues::One("/products/*".to_owned())));
    let country = FilterValues::Any(vec!["DE".to_owned(), "AT".to_owned()]);
    assert_eq!(first.filters.others, Filters::All([(Dimension::Country, country)].into()));
    assert_eq!(
        (funnel.window.ms(), funnel.order, funnel.attempts),
        (7 * 86_400_000, StepOrder::Ordered, Attempts::Best)
    );
    // What is written reads as the same again.
    let written = serde_json::to_value(&funnel).unwrap_or_default();
    assert_eq!(read::<NewFunnel>(&written), Ok(funnel));
}

#[test]
fn a_step_takes_an_expression_too() {
    let document = json!({"filters": ["not", ["is", "page", ["/a"]]]});
    let pattern: EventPattern = read(&document).unwrap_or_else(|e| panic!("{e}"));
    assert!(matches!(pattern.filters.others, Filters::Expression(_)), "{pattern:?}");
    assert_eq!(serde_json::to_value(&pattern).unwrap_or_default(), document);
}

#[test]
fn a_length_is_a_number_and_a_unit() {
    fn check(text: &str, expect: Option<(u64, &str)>) {
        let length = Length::read(text);
        let told = length.map(|length| (length.ms() / 1000, serde_json::to_value(length).unwrap_or_default()));
        assert_eq!(told, expect.map(|(seconds, text)| (seconds, text.into())), "{text}");
    }
    check("7d", Some((604_800, "7d")));
    check("1s", Some((1, "1s")));
    check("90m", Some((5400, "90m")));
    check("48h", Some((172_800, "2d")));
    check("90d", Some((7_776_000, "90d")));
    check("91d", None);
    check("0s", None);
    check("7", None);
    check("d", None);
    check("+7d", None);
    check("1.5d", None);
    check("99999999999999999999d", None);
    check("18446744073709551615d", None);
    check("7 d", None);
    check("7w", None);
}

#[test]
fn what_is_wrong_is_named_by_its_place() {
    fn check<T: serde::de::DeserializeOwned + std::fmt::Debug>(document: &Value, expect: &str) {
        let told = read::<T>(document).err().unwrap_or_default();
        assert!(told.starts_with(expect), "{told}");
    }
    let with = |field: &str, value: Value| {
        let mut document = json!({"tracking_id": "UA-1", "date_range": "7d", "steps": []});
        document.as_object_mut().into_iter().for_each(|all| drop(all.insert(field.to_owned(), value.clone())));
        document
    };
    check::<FunnelQuery>(&with("window", json!("91d")), "window: must be a length of 1 s to 90 days");
    check::<FunnelQuery>(&with("order", json!("loose")), "order: unknown variant `loose`, expected one of `ordered`");
    let step = json!([{"filters": {"page_paht": "/"}}]);
    check::<FunnelQuery>(&with("steps", step), "steps[0].filters.page_paht: unknown dimension `page_paht`");
    let step = json!([{"filters": {"country": 1}}]);
    check::<FunnelQuery>(&with("steps", step), "steps[0].filters.country: expected a text or a list of texts");
    check::<FunnelQuery>(&with("stepps", json!([])), "stepps: unknown field `stepps`");
    let retention = json!({"tracking_id": "UA-1", "date_range": "30d", "interval": "hour"});
    check::<RetentionQuery>(&retention, "interval: unknown variant `hour`, expected one of `day`, `week`, `month`");
    let paths = json!({"tracking_id": "UA-1", "date_range": "30d", "direction": "up"});
    check::<PathsQuery>(&paths, "direction: unknown variant `up`, expected `next` or `previous`");
}

#[test]
fn what_is_left_out_has_its_default() {
    let paths: PathsQuery =
        read(&json!({"tracking_id": "UA-1", "date_range": "30d"})).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((paths.unit, paths.window.ms(), paths.repeats), (Unit::Sessions, 86_400_000, Repeats::Join));
    let retention: RetentionQuery =
        read(&json!({"tracking_id": "UA-1", "date_range": "30d"})).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((retention.first_in, retention.interval), (FirstIn::History, Interval::Day));
    assert_eq!(retention.first, EventPattern::default());
}
