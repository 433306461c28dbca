//! Where the steps of an answer lie, and the bands between them, in pixels: a step is as high as its share of all ways, and at
//! least as high as its words.

use wire::analysis::{PathLink, PathNode};

/// Least height of a step.
pub const STEP: f64 = 46.0;

/// Height of all ways together.
const WHOLE: f64 = 360.0;

/// Room between two steps.
const GAP: f64 = 8.0;

/// Width of the room between two columns, in units of the drawing.
pub const ROOM: f64 = 100.0;

/// A step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Where it begins.
    pub top: f64,
    /// How high it is.
    pub height: f64,
}

/// A band from a step to one of the next column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Position of the step that it leaves.
    pub from: usize,
    /// Position of the step that it comes to.
    pub to: usize,
    /// Ways.
    pub users: u64,
    leaves: Place,
    comes: Place,
}

/// The columns, the bands between each two, and the height of all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Where the steps are.
    pub columns: Vec<Vec<Place>>,
    /// The bands behind a column.
    pub bands: Vec<Vec<Band>>,
    /// The highest column.
    pub height: f64,
}

#[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
fn share(part: u64, all: u64) -> f64 {
    part as f64 / all.max(1) as f64
}

/// Lays out an answer.
pub fn layout(total: u64, columns: &[Vec<PathNode>], links: &[Vec<PathLink>]) -> Layout {
    let places: Vec<Vec<Place>> = columns.iter().map(|column| stacked(total, column)).collect();
    let bands = links.iter().enumerate().map(|(at, links)| {
        let pair = columns.get(at).zip(columns.get(at + 1)).zip(places.get(at).zip(places.get(at + 1)));
        pair.map(|((from, to), (leave, come))| banded((from, leave), (to, come), links)).unwrap_or_default()
    });
    let bottom = |column: &Vec<Place>| column.last().map_or(0.0, |last| last.top + last.height);
    let height = places.iter().map(bottom).fold(0.0, f64::max);
    Layout { bands: bands.collect(), height, columns: places }
}

fn stacked(total: u64, column: &[PathNode]) -> Vec<Place> {
    let mut top = 0.0;
    let place = |node: &PathNode| {
        let place = Place { top, height: (share(node.users, total) * WHOLE).max(STEP) };
        top += place.height + GAP;
        place
    };
    column.iter().map(place).collect()
}

/// A column: its steps, and where they are.
type Column<'a> = (&'a [PathNode], &'a [Place]);

/// Bands leave and come one below the other, in the order of the steps on the other side, so that few of them cross.
fn banded(
    (from, leave): (&Vec<PathNode>, &Vec<Place>),
    (to, come): (&Vec<PathNode>, &Vec<Place>),
    links: &[PathLink],
) -> Vec<Band> {
    let (from, to): (Column, Column) = ((from, leave), (to, come));
    let nowhere = Place { top: 0.0, height: 0.0 };
    let mut bands: Vec<Band> = links
        .iter()
        .map(|link| Band { from: link.from, to: link.to, users: link.users, leaves: nowhere, comes: nowhere })
        .collect();
    bands.sort_by_key(|band| (band.from, band.to));
    let part = |(nodes, places): Column, at: usize, users: u64, done: f64| {
        let (node, place) = nodes.get(at).zip(places.get(at))?;
        Some(Place { top: place.top + done, height: share(users, node.users) * place.height })
    };
    let mut done = vec![0.0; from.0.len()];
    for band in &mut bands {
        let Some(done) = done.get_mut(band.from) else { continue };
        if let Some(place) = part(from, band.from, band.users, *done) {
            *done += place.height;
            band.leaves = place;
        }
    }
    bands.sort_by_key(|band| (band.to, band.from));
    let mut done = vec![0.0; to.0.len()];
    for band in &mut bands {
        let Some(done) = done.get_mut(band.to) else { continue };
        if let Some(place) = part(to, band.to, band.users, *done) {
            *done += place.height;
            band.comes = place;
        }
    }
    bands
}

impl Band {
    /// Its outline.
    pub fn path(&self) -> String {
        let (half, end) = (ROOM / 2.0, ROOM);
        let [a, b] = [self.leaves.top, self.leaves.top + self.leaves.height];
        let [c, d] = [self.comes.top, self.comes.top + self.comes.height];
        format!("M0 {a:.1}C{half} {a:.1} {half} {c:.1} {end} {c:.1}L{end} {d:.1}C{half} {d:.1} {half} {b:.1} 0 {b:.1}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(users: u64, ended: u64) -> PathNode {
        PathNode { name: String::new(), users, ended }
    }

    #[test]
    fn bands_stay_within_their_steps() {
        let columns = vec![vec![node(100, 10)], vec![node(60, 0), node(20, 0), node(10, 0)]];
        let links = vec![vec![
            PathLink { from: 0, to: 1, users: 20 },
            PathLink { from: 0, to: 0, users: 60 },
            PathLink { from: 0, to: 2, users: 10 },
        ]];
        let found = layout(100, &columns, &links);
        let heights: Vec<Vec<f64>> =
            found.columns.iter().map(|column| column.iter().map(|place| place.height).collect()).collect();
        assert_eq!(heights, [vec![360.0], vec![216.0, 72.0, STEP]]);
        let bands = &found.bands[0];
        let leaving: f64 = bands.iter().map(|band| band.leaves.height).sum();
        assert!((leaving - 324.0).abs() < 1e-6, "nine of ten go on: {leaving}");
        for band in bands {
            let to = found.columns[1][band.to];
            assert!((band.comes.top - to.top).abs() < 1e-6 && (band.comes.height - to.height).abs() < 1e-6, "{band:?}");
        }
        let second: f64 = found.columns[1].iter().map(|place| place.height + GAP).sum();
        assert!((found.height - WHOLE.max(second - GAP)).abs() < 1e-6, "the highest column is {}", found.height);
    }

    #[test]
    fn links_to_nowhere_are_no_fault() {
        let links = vec![vec![PathLink { from: 7, to: 9, users: 20 }], vec![PathLink { from: 0, to: 0, users: 1 }]];
        let found = layout(0, &[vec![node(0, 0)], vec![]], &links);
        assert_eq!(found.bands.len(), 2);
    }
}
