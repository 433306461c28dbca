use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use wire::event::Other;
use wire::frame::Money;

use super::*;

fn id() -> impl Strategy<Value = Id128> {
    // Zero is none's; few different ones, for some to come again.
    prop_oneof![(1..9u128).prop_map(|n| n << 64 | n), 1..u128::MAX].prop_map(|n| Id128(n.to_be_bytes()))
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-c]{1,2}", any::<String>()]
}

fn property() -> impl Strategy<Value = Property> {
    let number = any::<f64>().prop_filter("finite", |number| number.is_finite());
    prop_oneof![
        any::<bool>().prop_map(Property::Flag),
        number.prop_map(Property::Number),
        text().prop_map(Property::Text),
        Just(Property::Other(Other::Null)),
    ]
}

prop_compose! {
    /// Any event that a frame may carry.
    pub(crate) fn event()(
        (id, at_ms, visitor, session) in (id(), 0..1u64 << 41, proptest::option::of(id()), proptest::option::of(id())),
        texts in vec(text(), schema::TEXTS.len()),
        goals in vec("[a-z ]{1,5}", 0..3),
        revenue in proptest::option::of(("[A-Z]{3}", any::<i64>())),
        engaged_ms in any::<u64>(),
        properties in btree_map("[a-c]{1,2}", property(), 0..4),
    ) -> RawEvent {
        let mut texts = texts.into_iter();
        let mut text = || texts.next().unwrap_or_default();
        RawEvent {
            id,
            at_ms,
            visitor,
            session,
            event_type: text(),
            hostname: text(),
            path: text(),
            title: text(),
            referrer: text(),
            source: text(),
            channel: text(),
            country: text(),
            region: text(),
            city: text(),
            device: text(),
            browser: text(),
            browser_version: text(),
            os: text(),
            os_version: text(),
            screen: text(),
            language: text(),
            utm_source: text(),
            utm_medium: text(),
            utm_campaign: text(),
            utm_content: text(),
            utm_term: text(),
            goals,
            revenue: revenue.map(|(currency, micros)| Money { currency, micros }),
            engaged_ms,
            properties,
        }
    }
}

proptest! {
    #[test]
    fn events_come_back_as_they_were(given in vec(event(), 0..20)) {
        let batch = of_events(&given, &["a".to_owned()]).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(batch.num_rows(), given.len());
        prop_assert_eq!(events(&batch).map_err(|e| TestCaseError::fail(e.to_string()))?, given.clone());
        let columns = Columns::of(&batch).map_err(|e| TestCaseError::fail(e.to_string()))?;
        for (row, event) in given.iter().enumerate() {
            prop_assert_eq!(columns.key(row), key(event));
        }
    }

    /// A property's column says what the rollup of that property says.
    #[test]
    fn declared_properties_stand_as_they_are_counted(event in event()) {
        let settings = wire::site::Settings { properties: vec!["a".to_owned(), "bc".to_owned()], ..Default::default() };
        let mut counted: BTreeMap<String, String> = BTreeMap::new();
        rollup::each_value(&event, &settings, |dimension, value| {
            if let (wire::frame::RollupDimension::Property, Some((name, value))) = (dimension, value.split_once(PART)) {
                counted.insert(name.to_owned(), value.to_owned());
            }
        });
        let batch = of_events(std::slice::from_ref(&event), &settings.properties).map_err(|e| TestCaseError::fail(e.to_string()))?;
        for name in &settings.properties {
            let text = crate::columns::Text::of(&batch, &property_column(name)).map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert_eq!(text.value(0), counted.get(name).map_or("", String::as_str));
        }
    }
}

#[test]
fn a_batch_of_something_else_is_refused() {
    let whole = of_events(&[], &[]).unwrap_or_else(|e| panic!("{e}"));
    for at in 0..whole.num_columns() {
        let mut some = whole.clone();
        let name = whole.schema().field(at).name().clone();
        some.remove_column(at);
        assert!(matches!(events(&some), Err(BatchError::Column(missing)) if missing == name));
    }
}
