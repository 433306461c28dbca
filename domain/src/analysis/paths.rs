//! Paths: what people do next, or did before, step by step.
//!
//! Of each unit one way is followed: from the first of its events within the range that the question begins with, on to
//! what comes behind it; or, looking back, from the last such event to what came before. What is no step is passed over.
//! Events of one instant are steps in the order in which the store has them, that of their ids.

use std::cmp::Reverse;
use std::ops::Range;

use hashbrown::HashMap;
use wire::analysis::{Direction, NodeGroup, Nodes, PathLink, PathNode, PathsQuery, Repeats};
use wire::limits::{FUNNEL_NAME_BYTES_MAX, PATH_DEPTH_MAX, PATH_GROUPS_MAX, PATH_NODES_MAX};
use wire::query::Dimension;
use wire::site::Settings;

use super::{
    Actions, Ask, Begun, Fold, Keep, Moment, Names, OTHER, OTHERS, Reach, begin, is_measured, pattern, unit_name,
};
use crate::behaviour::Terms;
use crate::query::{Circumstances, Condition, Period, QueryError, Test};
use crate::rollup::PAGEVIEW;
use crate::zone::Zone;

/// Steps that are followed when a question does not say how many.
const DEPTH: usize = 5;

/// Steps in a column when a question does not say how many.
const NODES: usize = 10;

/// Links that a tally tells apart: as many as fit a table of 2^21 places of 25 bytes, 52 MB. All others of a step are one.
const LINKS_MAX: usize = (1 << 21) / 8 * 7;

/// Bit of events that ways begin or end with.
const FROM: u32 = 1;

/// Bit of events that are steps.
const STEP: u32 = 2;

/// What to read, how to fold it, and how to tell it.
#[derive(Clone, Debug)]
pub struct PathsPlan {
    /// What is read.
    pub ask: Ask,
    /// How it is folded.
    pub fold: PathsFold,
    /// The span asked about.
    pub period: Period,
    /// Whose calendar dates are of.
    pub zone: Zone,
    /// Steps in one column.
    pub limit: usize,
    /// What one unit is.
    pub unit: &'static str,
}

/// What steps are called.
#[derive(Clone, Debug, Default)]
pub struct Naming {
    groups: Vec<(String, Test)>,
}

impl Naming {
    /// Of an event with this type and path.
    pub fn name<'a>(&'a self, event_type: &'a str, path: &'a str) -> &'a str {
        if event_type != PAGEVIEW {
            return event_type;
        }
        self.groups.iter().find(|(_, test)| test.passes(path)).map_or(path, |(name, _)| name.as_str())
    }
}

/// Paths, as their fold needs them.
#[derive(Clone, Debug)]
pub struct PathsFold {
    /// When ways begin, or end.
    pub entries: Range<u64>,
    /// Which way to look.
    pub direction: Direction,
    /// Steps to follow.
    pub depth: usize,
    /// How far to follow, milliseconds.
    pub window_ms: u64,
    /// What the same step again counts as.
    pub repeats: Repeats,
}

/// What many ways amount to. By step, the first is zero, and by what was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathsTally {
    /// Ways.
    pub total: u64,
    /// Ways that have something as a step.
    pub nodes: HashMap<(usize, u32), u64>,
    /// Ways that go on from it to another.
    pub links: HashMap<(usize, u32, u32), u64>,
}

impl PathsTally {
    fn link(&mut self, (at, from, to): (usize, u32, u32), users: u64) {
        let is_full = self.links.len() >= LINKS_MAX && !self.links.contains_key(&(at, from, to));
        let to = if is_full { OTHER } else { to };
        *self.links.entry((at, from, to)).or_default() += users;
    }
}

impl PathsFold {
    /// A unit's steps, from where its way begins.
    fn way(&self, moments: &[Moment]) -> Vec<u32> {
        let is_from = |moment: &Moment| moment.matches & FROM != 0 && self.entries.contains(&moment.at_ms);
        let (begins, others): (_, &mut dyn Iterator<Item = &Moment>) = match self.direction {
            Direction::Next => {
                let Some(at) = moments.iter().position(is_from) else { return Vec::new() };
                (moments.get(at), &mut moments.iter().skip(at + 1))
            }
            Direction::Previous => {
                let Some(at) = moments.iter().rposition(is_from) else { return Vec::new() };
                (moments.get(at), &mut moments.iter().take(at).rev())
            }
        };
        let Some(first) = begins else { return Vec::new() };
        let mut way = Vec::with_capacity(self.depth + 1);
        way.push(first.action);
        let near = others.take_while(|moment| moment.at_ms.abs_diff(first.at_ms) <= self.window_ms);
        for moment in near.filter(|moment| moment.matches & STEP != 0) {
            if self.repeats == Repeats::Keep || way.last() != Some(&moment.action) {
                way.push(moment.action);
            }
            if way.len() > self.depth {
                break;
            }
        }
        way
    }
}

impl Fold for PathsFold {
    type Tally = PathsTally;

    fn unit(&self, moments: &mut [Moment], tally: &mut PathsTally) {
        let way = self.way(moments);
        tally.total += u64::from(!way.is_empty());
        for (at, node) in way.iter().enumerate() {
            *tally.nodes.entry((at, *node)).or_default() += 1;
        }
        for (at, two) in way.windows(2).enumerate() {
            if let [from, to] = two {
                tally.link((at, *from, *to), 1);
            }
        }
    }

    fn add(&self, tally: &mut PathsTally, other: PathsTally) {
        tally.total += other.total;
        for (key, users) in other.nodes {
            *tally.nodes.entry(key).or_default() += users;
        }
        for (key, users) in other.links {
            tally.link(key, users);
        }
    }
}

/// Checks a question about a site with these settings and plans its answer.
///
/// # Errors
/// [`QueryError`] names the field at fault and its limit.
pub fn plan(query: &PathsQuery, settings: &Settings, around: &Circumstances) -> Result<PathsPlan, QueryError> {
    let Begun { site, zone, period } =
        begin(&query.tracking_id, &query.date_range, query.time_zone.as_deref(), settings, around)?;
    let bounded = |field: &str, asked: Option<usize>, usual: usize, most: usize| match asked.unwrap_or(usual) {
        number if (1..=most).contains(&number) => Ok(number),
        _ => Err(QueryError::new(field, format!("must be 1 to {most}"))),
    };
    let depth = bounded("depth", query.depth, DEPTH, PATH_DEPTH_MAX)?;
    let limit = bounded("limit", query.limit, NODES, PATH_NODES_MAX)?;
    let is_step = match query.nodes {
        Nodes::Events => Condition::Not(Box::new(is_measured())),
        Nodes::Pages => Condition::Test(Dimension::EventType, Test::Is([PAGEVIEW.to_owned()].into())),
    };
    let terms = Terms { site: &site, zone: &zone, period, around };
    let from = pattern::condition_of(&query.from, "from", Some(&terms))?;
    let from = Condition::All(vec![from, is_step.clone()]);
    let condition = pattern::of_events(Condition::of_people(&query.filters, "filters", &terms)?, "filters")?;
    let window_ms = query.window.ms();
    let fold = PathsFold {
        entries: period.start_ms..period.end_ms,
        direction: query.direction,
        depth,
        window_ms,
        repeats: query.repeats,
    };
    let span = match query.direction {
        Direction::Next => period.start_ms..period.end_ms.saturating_add(window_ms).saturating_add(1),
        Direction::Previous => period.start_ms.saturating_sub(window_ms)..period.end_ms,
    };
    let keep = match query.direction {
        Direction::Next => {
            let entries = period.start_ms..period.end_ms;
            Keep::Reached(Reach { entries, window_ms, steps: depth, repeats: query.repeats })
        }
        Direction::Previous => Keep::Matching,
    };
    let ask = Ask {
        site: site.clone(),
        span,
        condition,
        conditions: vec![from, is_step],
        unit: query.unit,
        by: None,
        actions: Some(Actions::Nodes(naming(&query.groups)?)),
        keep,
    };
    Ok(PathsPlan { ask, fold, period, zone, limit, unit: unit_name(query.unit, settings) })
}

fn naming(groups: &[NodeGroup]) -> Result<Naming, QueryError> {
    if groups.len() > PATH_GROUPS_MAX {
        return Err(QueryError::new("groups", format!("must be at most {PATH_GROUPS_MAX}")));
    }
    let named = |(at, group): (usize, &NodeGroup)| {
        if group.name.is_empty() || group.name.len() > FUNNEL_NAME_BYTES_MAX {
            let detail = format!("must be 1 to {FUNNEL_NAME_BYTES_MAX} bytes");
            return Err(QueryError::new(&format!("groups.{at}.name"), detail));
        }
        let test = pattern::paths(&group.page_path, &format!("groups.{at}.page_path"))?;
        Ok((group.name.clone(), test))
    };
    Ok(Naming { groups: groups.iter().enumerate().map(named).collect::<Result<_, _>>()? })
}

/// The parts of an answer that come from what was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Ways.
    pub total: u64,
    /// By distance.
    pub columns: Vec<Vec<PathNode>>,
    /// Between one column and the next.
    pub links: Vec<Vec<PathLink>>,
}

/// What is told of a tally.
pub fn answer(plan: &PathsPlan, tally: &PathsTally, names: &Names) -> Told {
    let mut told = Told { total: tally.total, ..Told::default() };
    let mut places: Vec<HashMap<u32, usize>> = Vec::new();
    for at in 0..=plan.fold.depth {
        let (column, place) = column(plan, tally, names, at);
        if column.is_empty() {
            break;
        }
        told.columns.push(column);
        places.push(place);
    }
    for (at, pair) in places.windows(2).enumerate() {
        let [froms, tos] = pair else { continue };
        let mut links: HashMap<(usize, usize), u64> = HashMap::new();
        let others = told.columns.get(at + 1).and_then(|column| column.iter().position(|node| node.name == OTHERS));
        for ((_, from, to), users) in tally.links.iter().filter(|((column, ..), _)| *column == at) {
            if let (Some(from), Some(to)) = (froms.get(from), tos.get(to).copied().or(others)) {
                *links.entry((*from, to)).or_default() += users;
            }
        }
        for ((from, _), users) in &links {
            let node = told.columns.get_mut(at).and_then(|column| column.get_mut(*from));
            node.into_iter().for_each(|node| node.ended = node.ended.saturating_sub(*users));
        }
        let mut links: Vec<_> = links.into_iter().map(|((from, to), users)| PathLink { from, to, users }).collect();
        links.sort_unstable_by_key(|link| (Reverse(link.users), link.from, link.to));
        told.links.push(links);
    }
    // Whether the last column's ways go on was not looked at.
    if told.columns.len() > plan.fold.depth {
        told.columns.last_mut().into_iter().flatten().for_each(|node| node.ended = 0);
    }
    told
}

/// A column, and the position in it of what was done.
fn column(plan: &PathsPlan, tally: &PathsTally, names: &Names, at: usize) -> (Vec<PathNode>, HashMap<u32, usize>) {
    let mut ranked: Vec<(u32, u64)> =
        tally.nodes.iter().filter(|((column, _), _)| *column == at).map(|((_, node), users)| (*node, *users)).collect();
    let name = |node: u32| names.actions.get(node as usize).map(|(name, _)| name.as_str());
    ranked.sort_unstable_by_key(|(node, users)| (*node == OTHER, Reverse(*users), name(*node)));
    let mut column: Vec<PathNode> = Vec::new();
    let mut places = HashMap::new();
    for (node, users) in ranked {
        let name = name(node).filter(|_| column.len() < plan.limit);
        let is_other = name.is_none();
        if !is_other || column.len() <= plan.limit && column.last().is_none_or(|last| last.name != OTHERS) {
            column.push(PathNode { name: name.unwrap_or(OTHERS).to_owned(), users: 0, ended: 0 });
        }
        let place = column.len() - 1;
        places.insert(node, place);
        if let Some(node) = column.get_mut(place) {
            node.users += users;
            node.ended += users;
        }
    }
    (column, places)
}

#[cfg(test)]
mod tests;
