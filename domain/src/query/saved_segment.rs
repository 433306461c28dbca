//! What is kept of a site under a name, in filters: a saved segment stands for its filters, a funnel's name for what the
//! funnel is.

use wire::analysis::{EventFilters, FunnelDefinition};
use wire::behaviour::{Behaviour, InFunnel};
use wire::filter::{Filter, Filters, Operator};
use wire::query::Dimension;
use wire::saved_segment::SavedSegment;

use super::QueryError;
use super::filtered::Filtered;

/// What filters name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Saved segments, each as it is named.
    pub segments: Vec<String>,
    /// Funnels, each as it is named.
    pub funnels: Vec<String>,
}

/// What is kept of what filters name.
#[derive(Clone, Debug, Default)]
pub struct Definitions {
    /// Saved segments.
    pub segments: Vec<SavedSegment>,
    /// Funnels, by their names in addresses.
    pub funnels: Vec<(String, FunnelDefinition)>,
}

impl Named {
    /// By all filters of a question.
    pub fn by(question: &mut impl Filtered) -> Self {
        let mut named = Self::default();
        question.filters().into_iter().for_each(|(_, filters)| named.add(filters));
        named
    }

    /// With those that some filters name too.
    pub fn add(&mut self, filters: &Filters) {
        match filters {
            Filters::All(all) => {
                let values = all.get(&Dimension::Segment).into_iter();
                self.segments.extend(values.flat_map(|values| values.as_slice().to_vec()));
            }
            Filters::Expression(filter) => self.collect(filter),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.funnels.is_empty()
    }

    fn collect(&mut self, filter: &Filter) {
        match filter {
            Filter::Test { dimension: Dimension::Segment, values, .. } => self.segments.extend_from_slice(values),
            Filter::Test { .. } => {}
            Filter::And(filters) | Filter::Or(filters) => filters.iter().for_each(|filter| self.collect(filter)),
            Filter::Not(filter) => self.collect(filter),
            Filter::Behaviour(behaviour) => match behaviour.as_ref() {
                Behaviour::Did(did) => self.add(&did.filters.others),
                Behaviour::FirstDid(edge) | Behaviour::LastDid(edge) => self.add(&edge.filters.others),
                Behaviour::Funnel(of) => {
                    self.funnels.extend(of.funnel_id.clone());
                    if let Some(mut definition) = of.funnel.clone() {
                        definition.filters().into_iter().for_each(|(_, filters)| self.add(filters));
                    }
                }
            },
        }
    }
}

/// Writes out what all filters of a question name.
///
/// # Errors
/// As [`written_out`].
pub fn write_out_all(question: &mut impl Filtered, kept: &Definitions) -> Result<(), QueryError> {
    for (field, filters) in question.filters() {
        *filters = written_out(filters, &field, kept)?;
    }
    Ok(())
}

/// The same filters with what they name written out. `field` names them in errors.
///
/// # Errors
/// [`QueryError`] when a segment or funnel is not among what is kept, or a segment is tested by anything but `is` and
/// `is_not`.
pub fn written_out(filters: &Filters, field: &str, kept: &Definitions) -> Result<Filters, QueryError> {
    let mut named = Named::default();
    named.add(filters);
    if named.is_empty() {
        return Ok(filters.clone());
    }
    Ok(Filters::Expression(write_out(&filters.clone().into_expression(), field, kept)?))
}

fn write_out(filter: &Filter, field: &str, kept: &Definitions) -> Result<Filter, QueryError> {
    let all = |filters: &[Filter]| -> Result<Vec<Filter>, QueryError> {
        let one = |(at, filter): (usize, &Filter)| write_out(filter, &format!("{field}.{at}"), kept);
        filters.iter().enumerate().map(one).collect()
    };
    Ok(match filter {
        Filter::Test { operator, dimension: Dimension::Segment, values } => {
            let meant = values.iter().map(|value| meant(value, field, &kept.segments));
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
        Filter::Not(filter) => Filter::Not(Box::new(write_out(filter, field, kept)?)),
        Filter::Behaviour(behaviour) => Filter::Behaviour(Box::new(behaved(behaviour, field, kept)?)),
    })
}

fn behaved(behaviour: &Behaviour, field: &str, kept: &Definitions) -> Result<Behaviour, QueryError> {
    let events = |filters: &EventFilters| -> Result<EventFilters, QueryError> {
        let others = written_out(&filters.others, &format!("{field}.filters"), kept)?;
        Ok(EventFilters { page_path: filters.page_path.clone(), others })
    };
    let mut behaviour = behaviour.clone();
    match &mut behaviour {
        Behaviour::Did(did) => did.filters = events(&did.filters)?,
        Behaviour::FirstDid(edge) | Behaviour::LastDid(edge) => edge.filters = events(&edge.filters)?,
        Behaviour::Funnel(of) => of_funnel(of, field, kept)?,
    }
    Ok(behaviour)
}

fn of_funnel(of: &mut InFunnel, field: &str, kept: &Definitions) -> Result<(), QueryError> {
    if let (Some(name), None) = (&of.funnel_id, &of.funnel) {
        let found = kept.funnels.iter().find(|(known, _)| known == name);
        let missing = || QueryError::new(&format!("{field}.funnel_id"), format!("the site has no funnel {name}"));
        of.funnel = Some(found.ok_or_else(missing)?.1.clone());
        of.funnel_id = None;
    }
    for (at, filters) in of.funnel.iter_mut().flat_map(Filtered::filters) {
        let field = format!("{field}.funnel.{at}");
        let mut named = Named::default();
        named.add(filters);
        if !named.funnels.is_empty() {
            return Err(QueryError::new(&field, "takes nothing that people did"));
        }
        *filters = written_out(filters, &field, kept)?;
    }
    Ok(())
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

    fn kept() -> Definitions {
        let segment = |segment, filters: Value| SavedSegment {
            segment,
            name: String::new(),
            filters: serde_json::from_value(filters).unwrap(),
            created_at_ms: 0,
            changed_at_ms: 0,
        };
        let segments = vec![
            segment(3, json!({"country": "DE", "device": ["mobile"]})),
            segment(12, json!(["contains", "page", ["/pay"]])),
        ];
        let funnel = json!({"steps": [{"event_type": "a", "filters": {"segment": "12"}}, {"event_type": "b"}]});
        Definitions { segments, funnels: vec![("UA-1.7".to_owned(), serde_json::from_value(funnel).unwrap())] }
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
            (json!(["did", {"filters": {"segment": "12"}}]), json!(["did", {"filters": ["and", [twelve]]}])),
            (
                json!(["not", ["last_did", {"filters": ["is", "segment", ["12"]]}]]),
                json!(["not", ["last_did", {"filters": twelve}]]),
            ),
            (json!({"os": "3"}), json!({"os": "3"})),
            (json!({}), json!({})),
        ] {
            let read: Filters = serde_json::from_value(filters.clone()).unwrap();
            let written = written_out(&read, "filters", &kept()).unwrap();
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
            (json!(["or", [["did", {"filters": {"segment": "4"}}]]]), "filters.0.filters.0", "no segment 4"),
            (json!(["funnel", {"funnel_id": "UA-1.8", "step": 1}]), "filters.funnel_id", "no funnel UA-1.8"),
        ] {
            let read: Filters = serde_json::from_value(filters).unwrap();
            let error = written_out(&read, "filters", &kept()).unwrap_err();
            assert_eq!(error.field, field);
            assert!(error.detail.contains(word), "{error}");
        }
    }

    #[test]
    fn a_funnel_is_written_out_with_the_segments_that_it_names() {
        let filters: Filters =
            serde_json::from_value(json!(["and", [["funnel", {"funnel_id": "UA-1.7", "step": 2}]]])).unwrap();
        let mut named = Named::default();
        named.add(&filters);
        assert_eq!(named, Named { segments: Vec::new(), funnels: vec!["UA-1.7".to_owned()] });
        let written = json!(written_out(&filters, "filters", &kept()).unwrap());
        let funnel = &written[1][0][1];
        assert_eq!(funnel["funnel"]["steps"][0]["filters"], json!(["and", [["contains", "page", ["/pay"]]]]));
        assert_eq!((funnel["step"].clone(), funnel.get("funnel_id")), (json!(2), None));
    }
}
