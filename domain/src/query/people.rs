//! What a plan asks of people.

use std::sync::Arc;

use wire::site::VisitorMode;

use super::{Plan, QueryError, Question};
use crate::behaviour::{self, PersonTest, Sets};

impl Plan {
    /// The tests of people in its questions, each once.
    ///
    /// # Errors
    /// [`QueryError`] when there are too many.
    pub fn people(&self) -> Result<Vec<Arc<PersonTest>>, QueryError> {
        behaviour::tests_in(self.asks().map(|ask| &ask.question.condition))
    }

    /// With the sets of people that its tests stand for.
    pub fn resolve(&mut self, sets: &Sets) {
        let sides = std::iter::once(&mut self.now).chain(self.then.as_mut().map(|then| &mut then.asks));
        for ask in sides.flat_map(|side| std::iter::once(&mut side.rows).chain(&mut side.totals)) {
            ask.question.condition = ask.question.condition.resolved(sets);
        }
    }

    /// What a person is whose behaviour its filters ask for; none where they do not.
    pub fn people_unit(&self) -> Option<&'static str> {
        let Question { condition, visitors, .. } = &self.now.rows.question;
        condition.is_of_people().then_some(match visitors {
            VisitorMode::Cookieless => "visitor_days",
            VisitorMode::Persistent => "visitors",
        })
    }
}
