//! What a shared link is narrowed to: a list of tests that all hold.

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Serialize;
use wire::filter::{Filter, Operator};

use crate::components::field::{group, select};
use crate::components::form::{Form, focus_later};
use crate::manage::{self, SegmentName, SegmentNames};

/// Name of the tests whose values are names of segments.
const SEGMENT: &str = "segment";

/// What a test may be about.
const DIMENSIONS: &[(&str, &str)] = &[
    ("page", "Page"),
    ("hostname", "Host"),
    ("country", "Country"),
    ("device", "Device"),
    ("browser", "Browser"),
    ("os", "Operating system"),
    ("source", "Source"),
    ("channel", "Channel"),
    ("utm_campaign", "Campaign"),
    ("event_type", "Event"),
    (SEGMENT, "Segment"),
];

const OPERATORS: &[(&str, &str)] =
    &[("is", "is"), ("is_not", "is not"), ("contains", "contains"), ("contains_not", "does not contain")];

/// A test as it is filled in.
#[derive(Clone, Copy)]
struct Test {
    /// Names it among the others.
    number: u64,
    dimension: RwSignal<String>,
    operator: RwSignal<String>,
    values: RwSignal<String>,
}

/// What is sent of a [`Filter`]: `["is", "country", ["US"]]`, `["and", [...]]`.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Wanted {
    /// One dimension's value passes a test.
    Test(String, String, Vec<String>),
    /// All hold.
    All(&'static str, Vec<Wanted>),
}

/// The tests of a lock.
#[derive(Clone, Copy)]
pub struct Tests {
    all: RwSignal<Vec<Test>>,
    /// The segments that there are, for their numbers.
    segments: RwSignal<Vec<SegmentName>>,
}

impl Tests {
    /// None: the link shows the whole site.
    pub fn none() -> Self {
        Self { all: RwSignal::new(Vec::new()), segments: RwSignal::new(Vec::new()) }
    }

    /// Asks for the segments of a site. Without them, names are sent as they are, and the server says that it knows none.
    pub fn know_segments(self, path: String) {
        spawn_local(async move {
            if let Ok(SegmentNames { segments }) = manage::read(&path).await {
                self.segments.try_set(segments);
            }
        });
    }

    /// Takes all away.
    pub fn clear(self) {
        self.all.set(Vec::new());
    }

    /// What they are as a filter, as the server reads it; nothing where there are none.
    pub fn filter(self) -> Option<Wanted> {
        untrack(|| self.followed())
    }

    /// The same, for whoever follows its changes.
    pub fn followed(self) -> Option<Wanted> {
        let mut filters: Vec<Wanted> =
            self.all.with(|tests| tests.iter().filter_map(|test| test.filter(self.segments)).collect());
        if filters.len() > 1 { Some(Wanted::All("and", filters)) } else { filters.pop() }
    }

    fn add(self) {
        let number = self.all.with_untracked(|tests| tests.last().map_or(0, |test| test.number + 1));
        let test = Test {
            number,
            dimension: RwSignal::new("page".to_owned()),
            operator: RwSignal::new("is".to_owned()),
            values: RwSignal::new(String::new()),
        };
        self.all.update(|tests| tests.push(test));
        focus_later(format!("lock-{number}"));
    }

    fn remove(self, number: u64) {
        self.all.update(|tests| tests.retain(|test| test.number != number));
    }
}

impl Test {
    fn filter(&self, segments: RwSignal<Vec<SegmentName>>) -> Option<Wanted> {
        let mut values: Vec<String> = self.values.with(|values| {
            values.split(',').map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned).collect()
        });
        if values.is_empty() {
            return None;
        }
        if self.dimension.with(|dimension| dimension == SEGMENT) {
            let number = |name: &String| {
                let found = segments.with(|all| Some(all.iter().find(|known| known.name == *name)?.segment));
                found.map_or_else(|| name.clone(), |number| number.to_string())
            };
            values = values.iter().map(number).collect();
        }
        Some(Wanted::Test(self.operator.get(), self.dimension.get(), values))
    }
}

/// The tests as fields, and a button for one more.
pub fn view(form: Form, tests: Tests) -> AnyView {
    let words = ["What it shows", "The whole site.", "Only what passes all of these. Live numbers are left out."];
    view_as(form, tests, words)
}

/// The same in other words: what it is about, and what it says without tests and with them.
pub fn view_as(form: Form, tests: Tests, [legend, whole, part]: [&'static str; 3]) -> AnyView {
    let state = move || if tests.all.with(Vec::is_empty) { whole } else { part };
    let listed = move || tests.all.get().into_iter().map(|test| row(tests, test)).collect::<Vec<AnyView>>();
    let body = view! {
        <p class="about">{state}</p>
        {listed}
        <button type="button" class="button" on:click=move |_| tests.add()>"Narrow it down"</button>
    };
    group(form, "lock", legend, vec![body.into_any()])
}

fn row(tests: Tests, test: Test) -> AnyView {
    view! {
        <div class="test">
            {select(format!("lock-{}", test.number), "What is tested".to_owned(), test.dimension, DIMENSIONS, move |chosen| test.dimension.set(chosen))}
            {select(format!("how-{}", test.number), "How".to_owned(), test.operator, OPERATORS, move |chosen| test.operator.set(chosen))}
            <input
                aria-label="Values, parted by commas"
                placeholder="US, CA"
                autocapitalize="none"
                spellcheck="false"
                prop:value=move || test.values.get()
                on:input=move |event| test.values.set(event_target_value(&event))
            />
            <button type="button" class="button quiet" on:click=move |_| tests.remove(test.number)>"Remove"</button>
        </div>
    }
    .into_any()
}

/// A lock in words: `country is US, CA`.
pub fn words(filter: &Filter) -> String {
    match filter {
        Filter::Test { operator, dimension, values } => {
            let operator = match operator {
                Operator::Is => "is",
                Operator::IsNot => "is not",
                Operator::Contains => "contains",
                Operator::ContainsNot => "does not contain",
                Operator::Matches => "matches",
                Operator::MatchesNot => "does not match",
            };
            format!("{dimension} {operator} {}", values.join(", "))
        }
        Filter::And(filters) => filters.iter().map(words).collect::<Vec<_>>().join(" and "),
        Filter::Or(filters) => format!("({})", filters.iter().map(words).collect::<Vec<_>>().join(" or ")),
        Filter::Not(filter) => format!("not ({})", words(filter)),
        Filter::Behaviour(behaviour) => format!("visitors by what they did ({})", behaviour.name()),
    }
}
