//! A question about paths as the address says it.
//!
//! ```text
//! ?v=1&from=page,/pricing&direction=previous&depth=4&unit=users&window=7d&nodes=pages&group=Docs,/docs/**,/help/**&repeats=keep&limit=20
//! ```

use wire::analysis::{Direction, Length, NodeGroup, Nodes, PathsAnswer, PathsQuery, Repeats, Unit};
use wire::filter::FilterValues;
use wire::limits::{PATH_DEPTH_MAX, PATH_NODES_MAX};

use super::super::editing::Asks;
use super::super::frame::Asking;
use super::super::options::Named;
use super::super::pattern::Pattern;
use super::super::said::Said;
use crate::shown::{escape, unescape};

/// Steps that are followed without a choice.
pub const DEPTH: usize = 4;

/// Steps told apart in a column without a choice.
pub const LIMIT: usize = 8;

/// Which way to look.
pub const DIRECTIONS: &[Named<Direction>] =
    &[(Direction::Next, "next", "Starting with"), (Direction::Previous, "previous", "Ending with")];

/// Whose ways.
pub const UNITS: &[Named<Unit>] = &[(Unit::Sessions, "sessions", "visits"), (Unit::Users, "users", "visitors")];

/// What is a step.
pub const NODES: &[Named<Nodes>] = &[(Nodes::Events, "events", "pages and events"), (Nodes::Pages, "pages", "pages")];

/// What the same step again is.
pub const REPEATS: &[Named<Repeats>] =
    &[(Repeats::Join, "join", "counts once"), (Repeats::Keep, "keep", "counts again")];

/// Pages that are one step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// What it is called.
    pub name: String,
    /// Patterns of paths.
    pub pages: Vec<String>,
}

/// A question about paths.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Where ways begin, or end.
    pub from: Pattern,
    /// Which way to look.
    pub direction: Direction,
    /// Steps that are followed.
    pub depth: usize,
    /// Whose ways.
    pub unit: Unit,
    /// How far they are followed, as the API writes it; empty: a day.
    pub window: String,
    /// What is a step.
    pub nodes: Nodes,
    /// Pages that are one step.
    pub groups: Vec<Group>,
    /// What the same step again is.
    pub repeats: Repeats,
    /// Steps told apart in a column.
    pub limit: usize,
}

impl Default for State {
    fn default() -> Self {
        Self {
            from: Pattern::default(),
            direction: Direction::Next,
            depth: DEPTH,
            unit: Unit::Sessions,
            window: String::new(),
            nodes: Nodes::Events,
            groups: Vec::new(),
            repeats: Repeats::Join,
            limit: LIMIT,
        }
    }
}

impl State {
    /// The same from or to a step of the answer.
    pub fn beginning_with(&self, name: &str) -> Self {
        let group = self.groups.iter().find(|group| group.name == name);
        let from = match group {
            Some(group) => Pattern { pages: group.pages.clone(), ..Pattern::page("") },
            None if name.starts_with('/') => Pattern::page(name),
            None => Pattern::event(name),
        };
        Self { from, ..self.clone() }
    }
}

impl Asks for State {
    type Query = PathsQuery;
    type Answer = PathsAnswer;

    const PATH: &'static str = "/api/v1/paths";

    fn read(said: &Said) -> Self {
        let number = |name: &str| said.one(name).and_then(|text| text.parse::<usize>().ok());
        Self {
            from: said.raw("from").next().map(Pattern::parse).unwrap_or_default(),
            direction: said.choice("direction", DIRECTIONS, Direction::Next),
            depth: number("depth").unwrap_or(DEPTH).clamp(1, PATH_DEPTH_MAX),
            unit: said.choice("unit", UNITS, Unit::Sessions),
            window: said.one("window").unwrap_or_default(),
            nodes: said.choice("nodes", NODES, Nodes::Events),
            groups: said.raw("group").map(Group::parse).collect(),
            repeats: said.choice("repeats", REPEATS, Repeats::Join),
            limit: number("limit").unwrap_or(LIMIT).clamp(1, PATH_NODES_MAX),
        }
    }

    fn said(&self) -> Said {
        let mut said = Said::default();
        let mut number = |name: &str, value: usize, usual: usize| {
            if value != usual {
                said.put(name, &value.to_string());
            }
        };
        number("depth", self.depth, DEPTH);
        number("limit", self.limit, LIMIT);
        said.put_raw("from", self.from.to_url());
        said.put_choice("direction", DIRECTIONS, Direction::Next, self.direction);
        said.put_choice("unit", UNITS, Unit::Sessions, self.unit);
        said.put("window", &self.window);
        said.put_choice("nodes", NODES, Nodes::Events, self.nodes);
        for group in &self.groups {
            said.put_raw("group", group.to_url());
        }
        said.put_choice("repeats", REPEATS, Repeats::Join, self.repeats);
        said
    }

    fn query(&self, asking: Asking) -> Option<PathsQuery> {
        if self.from.is_open() {
            return None;
        }
        let window = if self.window.is_empty() { "1d" } else { &self.window };
        Some(PathsQuery {
            tracking_id: asking.site(),
            date_range: asking.span(),
            from: self.from.asked(),
            direction: self.direction,
            depth: Some(self.depth),
            unit: self.unit,
            window: Length::read(window)?,
            nodes: self.nodes,
            groups: self.groups.iter().map(Group::asked).collect(),
            repeats: self.repeats,
            limit: Some(self.limit),
            filters: asking.filters(),
            time_zone: asking.zone(),
        })
    }

    fn zone(answer: &PathsAnswer) -> &str {
        &answer.meta.time_zone
    }
}

impl Group {
    fn parse(text: &str) -> Self {
        let mut parts = text.split(',').map(unescape);
        Self { name: parts.next().unwrap_or_default(), pages: parts.filter(|page| !page.is_empty()).collect() }
    }

    fn to_url(&self) -> String {
        let parts = [&self.name].into_iter().chain(&self.pages).map(|part| escape(part));
        parts.collect::<Vec<_>>().join(",")
    }

    fn asked(&self) -> NodeGroup {
        NodeGroup { name: self.name.clone(), page_path: FilterValues::Any(self.pages.clone()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_says_is_said_again() {
        for query in [
            "",
            "depth=7&limit=20&from=event,pageview;page,/a&direction=previous&unit=users&window=7d&nodes=pages&group=Docs,/docs/**,/help/*&repeats=keep",
        ] {
            assert_eq!(State::read(&Said::of(query)).said(), Said::of(query));
        }
        assert_eq!(State::read(&Said::of("depth=999&limit=0&direction=up")).said(), Said::of("depth=10&limit=1"));
    }

    #[test]
    fn a_step_is_a_beginning() {
        let groups = vec![Group { name: "Docs".to_owned(), pages: vec!["/docs/**".to_owned()] }];
        let state = State { groups, ..State::default() };
        for (name, from) in
            [("/a", "event,pageview;page,/a"), ("signup", "event,signup"), ("Docs", "event,pageview;page,/docs/**")]
        {
            assert_eq!(state.beginning_with(name).from.to_url(), from);
        }
    }
}
