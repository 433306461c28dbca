//! Saved segments in filters: each stands for the filters that are kept under its number.

use wire::filter::{Filter, Filters, Operator};
use wire::query::Dimension;
use wire::saved_segment::SavedSegment;

use super::QueryError;

/// The segments that filters name, each as it is named.
pub fn segments_named(filters: &Filters) -> Vec<String> {
    let mut names = Vec::new();
    match filters {
        Filters::All(all) => {
            names.extend(all.get(&Dimension::Segment).into_iter().flat_map(|values| values.as_slice().to_vec()));
        }
        Filters::Expression(filter) => collect(filter, &mut names),
    }
    names
}

fn collect(filter: &Filter, names: &mut Vec<String>) {
    match filter {
        Filter::Test { dimension: Dimension::Segment, values, .. } => names.extend_from_slice(values),
        Filter::Test { .. } => {}
        Filter::And(filters) | Filter::Or(filters) => filters.iter().for_each(|filter| collect(filter, names)),
        Filter::Not(filter) => collect(filter, names),
    }
}

/// The same filters with their segments written out. `field` names them in errors.
///
/// # Errors
/// [`QueryError`] when a segment is not among `segments`, or is tested by anything but `is` and `is_not`.
pub fn written_out(filters: &Filters, field: &str, segments: &[SavedSegment]) -> Result<Filters, QueryError> {
    if segments_named(filters).is_empty() {
        return Ok(filters.clone());
    }
    Ok(Filters::Expression(write_out(&filters.clone().into_expression(), field, segments)?))
}

fn write_out(filter: &Filter, field: &str, segments: &[SavedSegment]) -> Result<Filter, QueryError> {
    let all = |filters: &[Filter]| -> Result<Vec<Filter>, QueryError> {
        let one = |(at, filter): (usize, &Filter)| write_out(filter, &format!("{field}.{at}"), segments);
        filters.iter().enumerate().map(one).collect()
    };
    Ok(match filter {
        Filter::Test { operator, dimension: Dimension::Segment, values } => {
            let meant = values.iter().map(|value| meant(value, field, segments));
            let mut meant = meant.collect::<Result<Vec<_>, _>>()?;
            let any = if meant.len() == 1 { meant.remove(0) } else { Filter::Or(meant) };
            match operator {
                Operator::Is => any,
                Operator::IsNot => Filter::Not(Box::new(any)),
                _ => return Err(QueryError::new(field, "segments are tested by is and is_not alone")),
            }
        }
        Filter::Test { .. } => filter.clone(),
        Filter::And(filters) => Filter::And(all(filters)?),
        Filter::Or(filters) => Filter::Or(all(filters)?),
        Filter::Not(filter) => Filter::Not(Box::new(write_out(filter, field, segments)?)),
    })
}

fn meant(name: &str, field: &str, segments: &[SavedSegment]) -> Result<Filter, QueryError> {
    let found = segments.iter().find(|segment| segment.segment.to_string() == name);
    let found = found.ok_or_else(|| QueryError::new(field, format!("the site has no segment {name}")))?;
    Ok(found.filters.clone().into_expression())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn segments() -> Vec<SavedSegment> {
        let segment = |segment, filters: Value| SavedSegment {
            segment,
            name: String::new(),
            filters: serde_json::from_value(filters).unwrap(),
            created_at_ms: 0,
            changed_at_ms: 0,
        };
        vec![
            segment(3, json!({"country": "DE", "device": ["mobile"]})),
            segment(12, json!(["contains", "page", ["/pay"]])),
        ]
    }

    #[test]
    fn a_segment_is_written_out_where_it_stands() {
        let three = json!(["and", [["is", "country", ["DE"]], ["is", "device", ["mobile"]]]]);
        let twelve = json!(["contains", "page", ["/pay"]]);
        for (filters, expected) in [
            (json!(["is", "segment", ["12"]]), twelve.clone()),
            (json!(["is_not", "segment", ["12"]]), json!(["not", twelve])),
            (json!(["is", "segment", ["3", "12"]]), json!(["or", [three, twelve]])),
            (json!({"segment": "12"}), json!(["and", [twelve]])),
            (json!({"os": "iOS", "segment": ["3"]}), json!(["and", [["is", "os", ["iOS"]], three]])),
            (
                json!(["or", [["is", "os", ["iOS"]], ["not", ["and", [["is", "segment", ["3"]]]]]]]),
                json!(["or", [["is", "os", ["iOS"]], ["not", ["and", [three]]]]]),
            ),
            (json!({"os": "3"}), json!({"os": "3"})),
            (json!({}), json!({})),
        ] {
            let read: Filters = serde_json::from_value(filters.clone()).unwrap();
            let written = written_out(&read, "filters", &segments()).unwrap();
            assert_eq!(json!(written), expected, "{filters}");
        }
    }

    #[test]
    fn what_is_not_there_is_refused_by_its_place() {
        for (filters, field, word) in [
            (json!(["is", "segment", ["4"]]), "filters", "no segment 4"),
            (json!(["and", [["is", "os", ["iOS"]], ["is", "segment", ["03"]]]]), "filters.1", "no segment 03"),
            (json!(["is", "segment", ["Paying"]]), "filters", "no segment Paying"),
            (json!(["contains", "segment", ["3"]]), "filters", "is and is_not"),
        ] {
            let read: Filters = serde_json::from_value(filters).unwrap();
            let error = written_out(&read, "filters", &segments()).unwrap_err();
            assert_eq!(error.field, field);
            assert!(error.detail.contains(word), "{error}");
        }
    }
}
