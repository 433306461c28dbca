//! One condition on events, as its pill shows it and the URL says it: `f=is,page,/blog,/news`.
//!
//! Within a part, what separates (`,`) and what a URL takes for something else is escaped; `/` and `:` stay readable.

use wire::query::{Dimension, Filter, Filters, Operator};

/// The operators, their names in URLs, and what people read.
pub const OPERATORS: [(Operator, &str, &str); 6] = [
    (Operator::Is, "is", "is"),
    (Operator::IsNot, "is_not", "is not"),
    (Operator::Contains, "contains", "contains"),
    (Operator::ContainsNot, "contains_not", "does not contain"),
    (Operator::Matches, "matches", "matches"),
    (Operator::MatchesNot, "matches_not", "does not match"),
];

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// How values are tested.
    pub operator: Operator,
    /// Of which dimension.
    pub dimension: Dimension,
    /// Against which, at least one.
    pub values: Vec<String>,
}

impl Condition {
    /// That a dimension has a value.
    pub fn is(dimension: Dimension, value: String) -> Self {
        Self { operator: Operator::Is, dimension, values: vec![value] }
    }

    /// Reads what stands behind `f=`, escapes and all.
    pub fn parse(text: &str, unescape: impl Fn(&str) -> String) -> Option<Self> {
        let mut parts = text.split(',').map(unescape);
        let operator = parts.next()?;
        let (operator, ..) = OPERATORS.into_iter().find(|(_, name, _)| *name == operator)?;
        let dimension = Dimension::named(&parts.next()?).filter(|dimension| !dimension.is_time())?;
        let values: Vec<String> = parts.filter(|value| !value.is_empty()).collect();
        (!values.is_empty()).then_some(Self { operator, dimension, values })
    }

    /// What stands behind `f=`.
    pub fn to_url(&self, escape: impl Fn(&str) -> String) -> String {
        let operator = OPERATORS.iter().find(|(known, ..)| *known == self.operator).map_or("is", |(_, name, _)| name);
        let parts = [operator.to_owned(), self.dimension.to_string()].into_iter().chain(self.values.iter().cloned());
        parts.map(|part| escape(&part)).collect::<Vec<_>>().join(",")
    }

    /// For a question.
    pub fn test(&self) -> Filter {
        Filter::Test { operator: self.operator, dimension: self.dimension, values: self.values.clone() }
    }
}

/// All of the conditions, for a question.
pub fn all(conditions: &[Condition]) -> Filters {
    match conditions {
        [] => Filters::default(),
        [only] => Filters::Expression(only.test()),
        several => Filters::Expression(Filter::And(several.iter().map(Condition::test).collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a browser does for what the tests have.
    fn escape(text: &str) -> String {
        text.replace('%', "%25").replace(',', "%2C").replace('&', "%26")
    }

    fn unescape(text: &str) -> String {
        text.replace("%26", "&").replace("%2C", ",").replace("%25", "%")
    }

    #[test]
    fn a_condition_goes_into_a_url_and_comes_back() {
        for (text, expected) in [
            ("is,page,/blog", Some((Operator::Is, Dimension::Page, vec!["/blog"]))),
            ("contains_not,source,a%2Cb,100%25", Some((Operator::ContainsNot, Dimension::Source, vec!["a,b", "100%"]))),
            ("is,page", None),
            ("is,page,", None),
            ("equals,page,/", None),
            ("is,weather,rain", None),
            ("is,date,2026-02-01", None),
            ("", None),
        ] {
            let parsed = Condition::parse(text, unescape);
            let expected = expected.map(|(operator, dimension, values)| Condition {
                operator,
                dimension,
                values: values.into_iter().map(str::to_owned).collect(),
            });
            assert_eq!(parsed, expected, "{text}");
            if let Some(parsed) = parsed {
                assert_eq!(parsed.to_url(escape), text);
            }
        }
    }

    #[test]
    fn a_property_is_a_dimension() {
        let condition = Condition::parse("is,property:plan,pro", unescape);
        assert_eq!(condition.map(|condition| condition.to_url(escape)).as_deref(), Some("is,property:plan,pro"));
    }
}
