//! Which events are meant, as an address says it: `event,signup;page,/docs/**;is,country,DE,FR;name,Sign%20up`. Parts are set
//! apart by `;`, what a part is made of by `,`; both are escaped within it.

use serde_json::Value;
use wire::analysis::{EventFilters, EventPattern};
use wire::filter::{FilterValues, Filters};
use wire::limits::FUNNEL_NAME_BYTES_MAX;
use wire::query::{Dimension, Filter, Operator};

use crate::components::names;
use crate::format;
use crate::pages::explore::test::{filter_of, tests_of};
use crate::shown::{escape, unescape};
use crate::view::filter::{Condition, OPERATORS};

/// What a page view is called among event types.
pub const PAGEVIEW: &str = "pageview";

/// Events: all parts hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pattern {
    /// What they are called; empty: as [`Pattern::words`] has it.
    pub name: String,
    /// Of one of these types; empty: of any. One that is empty is still to be chosen.
    pub events: Vec<String>,
    /// On a page that one of these patterns means; empty: on any.
    pub pages: Vec<String>,
    /// What holds besides.
    pub tests: Vec<Condition>,
    /// What cannot be said by conditions.
    pub rest: Option<Filter>,
}

/// What a pattern is, first of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An event of a type.
    Event,
    /// A page view.
    Page,
    /// Whatever happens.
    Any,
}

impl Pattern {
    /// Events of a type.
    pub fn event(name: &str) -> Self {
        Self { events: vec![name.to_owned()], ..Self::default() }
    }

    /// Views of pages.
    pub fn page(pattern: &str) -> Self {
        let pages = Some(pattern.to_owned()).filter(|pattern| !pattern.is_empty()).into_iter().collect();
        Self { events: vec![PAGEVIEW.to_owned()], pages, ..Self::default() }
    }

    /// Whether it is still to be chosen.
    pub fn is_open(&self) -> bool {
        self.events.iter().any(String::is_empty)
    }

    /// What it is, first of all.
    pub fn kind(&self) -> Kind {
        match self.events.as_slice() {
            [] if self.pages.is_empty() => Kind::Any,
            [] => Kind::Page,
            [only] if only == PAGEVIEW => Kind::Page,
            _ => Kind::Event,
        }
    }

    /// The type or the page that is meant first.
    pub fn value(&self) -> String {
        let of = if self.kind() == Kind::Page { &self.pages } else { &self.events };
        of.first().cloned().unwrap_or_default()
    }

    /// The same pattern about another type or page.
    #[must_use]
    pub fn about(&self, kind: Kind, value: &str) -> Self {
        let (mut events, mut pages) = (self.events.clone(), self.pages.clone());
        if kind != self.kind() {
            (events, pages) = (Vec::new(), Vec::new());
        }
        match kind {
            Kind::Any => {}
            Kind::Event => put_first(&mut events, value.to_owned()),
            Kind::Page => {
                events = vec![PAGEVIEW.to_owned()];
                match value {
                    "" => pages.clear(),
                    value => put_first(&mut pages, value.to_owned()),
                }
            }
        }
        Self { events, pages, ..self.clone() }
    }

    /// Reads what stands in an address, escapes and all.
    pub fn parse(text: &str) -> Self {
        let mut pattern = Self::default();
        for part in text.split(';') {
            let mut values = part.split(',').map(unescape);
            match values.next().as_deref() {
                Some("event") => pattern.events = values.collect(),
                Some("page") => pattern.pages = values.filter(|page| !page.is_empty()).collect(),
                Some("name") => pattern.name = values.next().unwrap_or_default(),
                Some("where") => {
                    let read = |text: String| filter_of(&serde_json::from_str(&text).ok()?);
                    pattern.rest = values.next().and_then(read);
                }
                _ => pattern.tests.extend(Condition::parse(part, unescape)),
            }
        }
        pattern
    }

    /// What stands in an address; empty where every event is meant.
    pub fn to_url(&self) -> String {
        let list = |name: &str, values: &[String]| {
            let values = values.iter().map(|value| escape(value)).collect::<Vec<_>>().join(",");
            format!("{name},{values}")
        };
        let mut parts = Vec::new();
        if !self.events.is_empty() {
            parts.push(list("event", &self.events));
        }
        if !self.pages.is_empty() {
            parts.push(list("page", &self.pages));
        }
        parts.extend(self.tests.iter().map(|test| test.to_url(escape)));
        parts.extend(
            self.rest.as_ref().and_then(|rest| Some(format!("where,{}", escape(&serde_json::to_string(rest).ok()?)))),
        );
        if !self.name.is_empty() {
            parts.push(list("name", std::slice::from_ref(&self.name)));
        }
        parts.join(";")
    }

    /// What people read: `signup`, `/docs/** · Country is Germany`.
    pub fn words(&self) -> String {
        let first = match (self.kind(), self.is_open()) {
            (_, true) => "Choose an event".to_owned(),
            (Kind::Any, _) => "Any event".to_owned(),
            (Kind::Page, _) if self.pages.is_empty() => "Any page".to_owned(),
            (Kind::Page, _) => format::or(self.pages.iter().cloned()),
            (Kind::Event, _) if self.pages.is_empty() => format::or(self.events.iter().cloned()),
            (Kind::Event, _) => {
                format!("{} on {}", format::or(self.events.iter().cloned()), format::or(self.pages.iter().cloned()))
            }
        };
        let rest = self.rest.iter().map(|_| "an expression".to_owned());
        let parts = [first].into_iter().chain(self.tests.iter().map(test_words)).chain(rest);
        parts.collect::<Vec<_>>().join(" · ")
    }

    /// What it is called.
    pub fn called(&self) -> String {
        if self.name.is_empty() { self.words() } else { self.name.clone() }
    }

    /// The types, for a question.
    pub fn event_type(&self) -> Option<FilterValues> {
        listed(&self.events)
    }

    /// All else, for a question.
    pub fn filters(&self) -> EventFilters {
        let is_plain = |test: &Condition| {
            let about = self.tests.iter().filter(|other| other.dimension == test.dimension).count();
            test.operator == Operator::Is && about == 1
        };
        if self.rest.is_none() && self.tests.iter().all(is_plain) {
            let all = self.tests.iter().map(|test| (test.dimension, FilterValues::Any(test.values.clone())));
            return EventFilters { page_path: listed(&self.pages), others: Filters::All(all.collect()) };
        }
        // Expressions know no patterns of paths, but regular expressions.
        let values: Vec<_> = self.pages.iter().map(|page| regex_of(page)).collect();
        let pages = (!values.is_empty()).then_some(Filter::Test {
            operator: Operator::Matches,
            dimension: Dimension::Page,
            values,
        });
        let mut all: Vec<_> = pages.into_iter().chain(self.tests.iter().map(Condition::test)).collect();
        all.extend(self.rest.clone());
        let filter = if all.len() == 1 { all.pop() } else { None }.unwrap_or(Filter::And(all));
        EventFilters { page_path: None, others: Filters::Expression(filter) }
    }

    /// For a question.
    pub fn asked(&self) -> EventPattern {
        EventPattern { event_type: self.event_type(), filters: self.filters() }
    }

    /// Reads what is kept, as JSON has it.
    pub fn of(kept: &Value) -> Self {
        let name = kept.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut pattern = Self { name, events: texts(kept.get("event_type")), ..Self::default() };
        let Some(filters) = kept.get("filters") else { return pattern };
        pattern.pages = texts(filters.get("page_path"));
        match tests_of(filters) {
            (tests, false, rest) => (pattern.tests, pattern.rest) = (tests, rest),
            (_, true, _) => pattern.rest = filter_of(filters),
        }
        let path = pattern.tests.iter().position(|test| {
            test.dimension == Dimension::Page
                && test.operator == Operator::Matches
                && test.values.iter().all(|value| path_of(value).is_some())
        });
        if let Some(at) = path {
            pattern.pages = pattern.tests.remove(at).values.iter().filter_map(|value| path_of(value)).collect();
        }
        pattern
    }
}

/// As much of a name as the server takes.
pub fn short(name: &str) -> String {
    let end = (0..=FUNNEL_NAME_BYTES_MAX.min(name.len())).rev().find(|at| name.is_char_boundary(*at));
    name.get(..end.unwrap_or(0)).unwrap_or_default().to_owned()
}

/// A condition in words.
pub fn test_words(test: &Condition) -> String {
    let operator = OPERATORS.iter().find(|(known, ..)| *known == test.operator).map_or("", |(.., words)| words);
    let values = test.values.iter().map(|value| names::value(test.dimension, value));
    format!("{} {operator} {}", names::dimension(test.dimension), format::or(values))
}

fn put_first(all: &mut Vec<String>, value: String) {
    match all.first_mut() {
        Some(first) => *first = value,
        None => all.push(value),
    }
}

fn listed(values: &[String]) -> Option<FilterValues> {
    match values {
        [] => None,
        [only] => Some(FilterValues::One(only.clone())),
        several => Some(FilterValues::Any(several.to_vec())),
    }
}

/// A text or a list of texts.
pub fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(all)) => all.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

/// What stands for any part of a path, of a segment: as pattern and as regular expression.
const STARS: [(&str, &str); 2] = [("**", "(?s:.*)"), ("*", "[^/]*")];

/// A pattern of paths as a regular expression.
fn regex_of(pattern: &str) -> String {
    let mut regex = String::from(r"\A");
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        if let Some((stars, any)) = STARS.iter().find(|(stars, _)| rest.starts_with(stars)) {
            regex.push_str(any);
            rest = rest.strip_prefix(stars).unwrap_or_default();
            continue;
        }
        if letter.is_ascii() && !letter.is_ascii_alphanumeric() && !"/_ \"'<>%,;:@!=`".contains(letter) {
            regex.push('\\');
        }
        regex.push(letter);
        rest = rest.strip_prefix(letter).unwrap_or_default();
    }
    regex + r"\z"
}

/// The reverse of [`regex_of`].
fn path_of(regex: &str) -> Option<String> {
    let mut rest = regex.strip_prefix(r"\A")?.strip_suffix(r"\z")?;
    let mut pattern = String::new();
    while !rest.is_empty() {
        if let Some((stars, any)) = STARS.iter().find(|(_, any)| rest.starts_with(any)) {
            pattern.push_str(stars);
            rest = rest.strip_prefix(any)?;
            continue;
        }
        rest = rest.strip_prefix('\\').unwrap_or(rest);
        let letter = rest.chars().next()?;
        pattern.push(letter);
        rest = rest.strip_prefix(letter)?;
    }
    Some(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_expressions_and_come_back() {
        for (pattern, regex) in [
            ("/a/*", r"\A/a/[^/]*\z"),
            ("**/c.html", r"\A(?s:.*)/c\.html\z"),
            ("/x+(y)[z]{1}|^$?-#&~", r"\A/x\+\(y\)\[z\]\{1\}\|\^\$\?\-\#\&\~\z"),
        ] {
            assert_eq!(regex_of(pattern), regex);
            assert_eq!(path_of(regex).as_deref(), Some(pattern));
        }
        assert_eq!(path_of("/a"), None);
    }

    #[test]
    fn what_is_kept_reads_as_it_was_meant() {
        let is = Condition::is(Dimension::Country, "DE".to_owned());
        let not = Condition { operator: Operator::IsNot, ..is.clone() };
        for tests in [vec![], vec![is.clone()], vec![not.clone()], vec![is, not]] {
            for pages in [vec![], vec!["/a/*".to_owned(), "/b".to_owned()]] {
                let events = vec!["signup".to_owned()];
                let pattern = Pattern { name: "One".to_owned(), events, pages, tests: tests.clone(), rest: None };
                let mut kept = serde_json::to_value(pattern.asked()).unwrap_or_default();
                kept.as_object_mut().into_iter().for_each(|kept| _ = kept.insert("name".to_owned(), "One".into()));
                assert_eq!(Pattern::of(&kept), pattern, "{kept}");
            }
        }
    }
}
