//! A query's filters, checked and ready to be applied to values.

use std::collections::BTreeSet;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use wire::limits::{FILTER_DEPTH_MAX, FILTER_PARTS_MAX, FILTER_VALUES_MAX, VALUE_BYTES_MAX};
use wire::query::{Dimension, Filter, Filters, Operator};

use super::QueryError;
use crate::behaviour::{self, Kept, Members, PersonTest, Sets, Terms};

/// Bytes that one compiled regular expression may take.
const REGEX_BYTES_MAX: usize = 256 * 1024;

/// What must hold of an event. A dimension without a value is an empty text; one with several values (goals) passes a
/// test when any of them does.
#[derive(Clone, Debug)]
pub enum Condition {
    /// A value of a dimension passes a test.
    Test(Dimension, Test),
    /// All hold; none is always true.
    All(Vec<Condition>),
    /// At least one holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// Its visitor is one of those of whom something is true. Who they are a store finds out: [`Condition::resolved`].
    Behaved(Arc<PersonTest>),
    /// Its visitor is one of these.
    Among(Arc<Members>),
}

/// A test of one value. There are no negative ones: they are [`Condition::Not`].
#[derive(Clone, Debug)]
pub enum Test {
    /// Equals one of these.
    Is(BTreeSet<String>),
    /// Contains one of these, whatever the case. In lower case.
    Contains(Vec<String>),
    /// One of these matches a part of it.
    Matches(Vec<Regex>),
}

impl Test {
    /// Whether a value passes.
    pub fn passes(&self, value: &str) -> bool {
        match self {
            Self::Is(values) => values.contains(value),
            Self::Contains(parts) => {
                let value = value.to_lowercase();
                parts.iter().any(|part| value.contains(part.as_str()))
            }
            Self::Matches(patterns) => patterns.iter().any(|pattern| pattern.is_match(value)),
        }
    }
}

impl Condition {
    /// Whether it is written as another is: what holds of one then does of the other. Patterns and people are not compared.
    pub fn is_same(&self, other: &Self) -> bool {
        let all = |many: &[Self], others: &[Self]| {
            many.len() == others.len() && many.iter().zip(others).all(|(one, other)| one.is_same(other))
        };
        match (self, other) {
            (Self::Test(one, Test::Is(values)), Self::Test(other, Test::Is(others))) => {
                one == other && values == others
            }
            (Self::Test(one, Test::Contains(parts)), Self::Test(other, Test::Contains(others))) => {
                one == other && parts == others
            }
            (Self::All(many), Self::All(others)) | (Self::Any(many), Self::Any(others)) => all(many, others),
            (Self::Not(one), Self::Not(other)) => one.is_same(other),
            _ => false,
        }
    }

    /// Checks filters that say nothing of what people did. `field` names them in errors.
    ///
    /// # Errors
    /// [`QueryError`] names the part at fault and its limit.
    pub fn of(filters: &Filters, field: &str) -> Result<Self, QueryError> {
        Self::understood(filters, field, None)
    }

    /// Checks a query's filters. `field` names them in errors; what people did is understood by `terms`.
    ///
    /// # Errors
    /// [`QueryError`] names the part at fault and its limit.
    pub fn of_people(filters: &Filters, field: &str, terms: &Terms<'_>) -> Result<Self, QueryError> {
        Self::understood(filters, field, Some(terms))
    }

    /// Checks filters that are to be kept, for questions that nobody asks yet.
    ///
    /// # Errors
    /// [`QueryError`] names the part at fault and its limit.
    pub fn kept(filters: &Filters, field: &str) -> Result<Self, QueryError> {
        let condition = Self::understood(filters, field, Some(&Kept::default().terms()))?;
        behaviour::tests_in(std::iter::once(&condition))?;
        Ok(condition)
    }

    fn understood(filters: &Filters, field: &str, terms: Option<&Terms<'_>>) -> Result<Self, QueryError> {
        match filters {
            Filters::All(all) => {
                let one = |(dimension, values): (&Dimension, &wire::query::FilterValues)| {
                    let field = format!("{field}.{dimension}");
                    test(Operator::Is, *dimension, values.as_slice(), &field)
                };
                Ok(Self::All(all.iter().map(one).collect::<Result<_, _>>()?))
            }
            Filters::Expression(filter) => Reading { terms, parts: 0 }.condition(filter, field, 1),
        }
    }

    /// Whether it holds where `passes` says which tests do.
    pub fn holds(&self, passes: &mut impl FnMut(Dimension, &Test) -> bool) -> bool {
        match self {
            Self::Test(dimension, test) => passes(*dimension, test),
            Self::All(all) => all.iter().all(|one| one.holds(passes)),
            Self::Any(any) => any.iter().any(|one| one.holds(passes)),
            Self::Not(not) => !not.holds(passes),
            // What tells dimensions knows no people: plans have none of them in its questions.
            Self::Behaved(_) | Self::Among(_) => false,
        }
    }

    /// Every dimension that is tested.
    pub fn dimensions(&self) -> BTreeSet<Dimension> {
        match self {
            Self::Test(dimension, _) => BTreeSet::from([*dimension]),
            Self::All(many) | Self::Any(many) => many.iter().flat_map(Self::dimensions).collect(),
            Self::Not(one) => one.dimensions(),
            Self::Behaved(_) | Self::Among(_) => BTreeSet::new(),
        }
    }

    /// Hands over every test of people.
    pub fn people(&self, take: &mut impl FnMut(&Arc<PersonTest>)) {
        match self {
            Self::Behaved(test) => take(test),
            Self::All(many) | Self::Any(many) => many.iter().for_each(|one| one.people(take)),
            Self::Not(one) => one.people(take),
            Self::Test(..) | Self::Among(_) => {}
        }
    }

    /// Whether it says anything of people.
    pub fn is_of_people(&self) -> bool {
        match self {
            Self::Behaved(_) | Self::Among(_) => true,
            Self::All(many) | Self::Any(many) => many.iter().any(Self::is_of_people),
            Self::Not(one) => one.is_of_people(),
            Self::Test(..) => false,
        }
    }

    /// The same with the sets of people that its tests stand for; of a test whose set is not there, as it is.
    #[must_use]
    pub fn resolved(&self, sets: &Sets) -> Self {
        let all = |many: &[Self]| many.iter().map(|one| one.resolved(sets)).collect();
        match self {
            Self::Behaved(test) => {
                sets.get(test.key()).map_or_else(|| self.clone(), |members| Self::Among(Arc::clone(members)))
            }
            Self::Test(..) | Self::Among(_) => self.clone(),
            Self::All(many) => Self::All(all(many)),
            Self::Any(many) => Self::Any(all(many)),
            Self::Not(one) => Self::Not(Box::new(one.resolved(sets))),
        }
    }

    /// Tests of a dimension that must pass, whatever else holds.
    pub fn required(&self, dimension: Dimension) -> Vec<&Test> {
        match self {
            Self::Test(of, test) if *of == dimension => vec![test],
            Self::All(all) => all.iter().flat_map(|one| one.required(dimension)).collect(),
            _ => Vec::new(),
        }
    }

    /// How often a dimension is tested.
    pub fn tests_of(&self, dimension: Dimension) -> usize {
        match self {
            Self::Test(of, _) => usize::from(*of == dimension),
            Self::All(many) | Self::Any(many) => many.iter().map(|one| one.tests_of(dimension)).sum(),
            Self::Not(one) => one.tests_of(dimension),
            Self::Behaved(_) | Self::Among(_) => 0,
        }
    }

    /// What it says of an event that has no value in a dimension; none where that depends on the others.
    pub fn without(&self, dimension: Dimension) -> Option<bool> {
        // The first that decides does; else all must agree.
        let of_many = |many: &[Self], decides: bool| {
            let parts: Vec<_> = many.iter().map(|one| one.without(dimension)).collect();
            if parts.contains(&Some(decides)) {
                Some(decides)
            } else {
                parts.iter().all(Option::is_some).then_some(!decides)
            }
        };
        match self {
            Self::Test(of, test) => (*of == dimension).then(|| test.passes("")),
            Self::All(all) => of_many(all, false),
            Self::Any(any) => of_many(any, true),
            Self::Not(not) => not.without(dimension).map(|holds| !holds),
            Self::Behaved(_) | Self::Among(_) => None,
        }
    }

    /// The same for values that are cut: what is compared with them is cut likewise.
    #[must_use]
    pub fn cut(&self, bytes_max: usize) -> Self {
        let cut_all = |many: &[Self]| many.iter().map(|one| one.cut(bytes_max)).collect();
        match self {
            Self::Test(dimension, Test::Is(values)) => {
                let values = values.iter().map(|value| crate::page::cut(value, bytes_max).to_owned()).collect();
                Self::Test(*dimension, Test::Is(values))
            }
            Self::Test(..) | Self::Behaved(_) | Self::Among(_) => self.clone(),
            Self::All(all) => Self::All(cut_all(all)),
            Self::Any(any) => Self::Any(cut_all(any)),
            Self::Not(not) => Self::Not(Box::new(not.cut(bytes_max))),
        }
    }

    /// Whether it is always true.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::All(all) if all.iter().all(Self::is_empty))
    }
}

/// An expression being read.
struct Reading<'a> {
    terms: Option<&'a Terms<'a>>,
    /// Tests and connectives so far.
    parts: usize,
}

impl Reading<'_> {
    fn condition(&mut self, filter: &Filter, field: &str, depth: usize) -> Result<Condition, QueryError> {
        self.parts += 1;
        if depth > FILTER_DEPTH_MAX {
            return Err(QueryError::new(field, format!("is nested more than {FILTER_DEPTH_MAX} deep")));
        }
        if self.parts > FILTER_PARTS_MAX {
            return Err(QueryError::new(field, format!("has more than {FILTER_PARTS_MAX} parts")));
        }
        let mut all = |filters: &[Filter]| -> Result<Vec<Condition>, QueryError> {
            let one = |(at, filter): (usize, &Filter)| self.condition(filter, &format!("{field}.{at}"), depth + 1);
            filters.iter().enumerate().map(one).collect()
        };
        Ok(match filter {
            Filter::Test { operator, dimension, values } => test(*operator, *dimension, values, field)?,
            Filter::And(filters) => Condition::All(all(filters)?),
            Filter::Or(filters) if filters.is_empty() => {
                return Err(QueryError::new(field, "\"or\" takes at least one filter"));
            }
            Filter::Or(filters) => Condition::Any(all(filters)?),
            Filter::Not(filter) => Condition::Not(Box::new(self.condition(filter, field, depth + 1)?)),
            Filter::Behaviour(behaviour) => match self.terms {
                Some(terms) => behaviour::plan(behaviour, field, terms)?,
                None => return Err(QueryError::new(field, "takes nothing that people did")),
            },
        })
    }
}

fn test(operator: Operator, dimension: Dimension, values: &[String], field: &str) -> Result<Condition, QueryError> {
    if dimension.is_time() {
        return Err(QueryError::new(field, "filters take no dimension of time; use date_range"));
    }
    if dimension == Dimension::Segment {
        return Err(QueryError::new(field, "names a segment that is not written out"));
    }
    if values.is_empty() || values.len() > FILTER_VALUES_MAX {
        return Err(QueryError::new(field, format!("takes 1 to {FILTER_VALUES_MAX} values")));
    }
    if values.iter().any(|value| value.len() > VALUE_BYTES_MAX) {
        return Err(QueryError::new(field, format!("takes values of at most {VALUE_BYTES_MAX} bytes")));
    }
    let test = match operator {
        Operator::Is | Operator::IsNot => Test::Is(values.iter().cloned().collect()),
        Operator::Contains | Operator::ContainsNot => {
            Test::Contains(values.iter().map(|value| value.to_lowercase()).collect())
        }
        Operator::Matches | Operator::MatchesNot => {
            Test::Matches(values.iter().map(|value| pattern(value, field)).collect::<Result<_, _>>()?)
        }
    };
    let condition = Condition::Test(dimension, test);
    Ok(match operator {
        Operator::Is | Operator::Contains | Operator::Matches => condition,
        Operator::IsNot | Operator::ContainsNot | Operator::MatchesNot => Condition::Not(Box::new(condition)),
    })
}

fn pattern(text: &str, field: &str) -> Result<Regex, QueryError> {
    let built = RegexBuilder::new(text).size_limit(REGEX_BYTES_MAX).dfa_size_limit(REGEX_BYTES_MAX).build();
    built.map_err(|e| QueryError::new(field, format!("is not a regular expression: {e}")))
}
