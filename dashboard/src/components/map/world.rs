//! The shapes of the world's countries: `dashboard/map/world.txt`, fetched once.

use std::cell::RefCell;
use std::sync::Arc;

use gloo_net::http::Request;

use crate::later::asset;

/// Width and height of the drawing, in units of the paths.
pub const SIZE: (u32, u32) = (960, 467);

/// The link in the page's head that names the file.
const FILE: &str = "later-world";

/// A country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Its two letters.
    pub code: String,
    /// Its path.
    pub path: String,
}

impl Shape {
    /// Whether it is too small for a shape: then it is a path without length.
    pub fn is_point(&self) -> bool {
        self.path.ends_with("h0")
    }
}

/// All of them, by code.
#[derive(Debug, PartialEq, Eq)]
pub struct World(Vec<Shape>);

impl World {
    /// Reads the file: a code, a tab and a path a line, sorted. What is no such line is left out.
    fn parse(text: &str) -> Self {
        let lines = text.lines().filter_map(|line| line.split_once('\t'));
        Self(lines.map(|(code, path)| Shape { code: code.to_owned(), path: path.to_owned() }).collect())
    }

    /// A country's shape.
    pub fn shape(&self, code: &str) -> Option<&Shape> {
        self.0.binary_search_by(|shape| shape.code.as_str().cmp(code)).ok().and_then(|at| self.0.get(at))
    }

    /// All land as one path.
    pub fn land(&self) -> String {
        self.0.iter().filter(|shape| !shape.is_point()).map(|shape| shape.path.as_str()).collect()
    }
}

thread_local! {
    static WORLD: RefCell<Option<Arc<World>>> = const { RefCell::new(None) };
}

/// The world; none where it cannot be fetched.
pub async fn fetch() -> Option<Arc<World>> {
    if let Some(known) = WORLD.with_borrow(Clone::clone) {
        return Some(known);
    }
    let response = Request::get(&asset(FILE)?).send().await.ok().filter(|response| response.ok())?;
    let world = Arc::new(World::parse(&response.text().await.ok()?));
    WORLD.set(Some(world.clone()));
    Some(world)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = include_str!("../../../map/world.txt");

    #[test]
    fn every_line_is_a_country_within_the_drawing() {
        let world = World::parse(TEXT);
        assert_eq!(world.0.len(), TEXT.lines().count());
        assert!(world.0.is_sorted_by(|one, other| one.code < other.code));
        for shape in &world.0 {
            assert!(shape.code.len() == 2 && shape.code.bytes().all(|letter| letter.is_ascii_uppercase()), "{shape:?}");
            for start in shape.path.split('M').skip(1) {
                let end = start.find(['l', 'h']).unwrap();
                let (x, y) = start[..end].split_once(' ').unwrap();
                assert!(x.parse::<u32>().unwrap() <= SIZE.0 && y.parse::<u32>().unwrap() <= SIZE.1, "{shape:?}");
                assert!(shape.is_point() || start.ends_with('z'), "{shape:?}");
            }
        }
    }

    #[test]
    fn large_and_small_countries_are_found() {
        let world = World::parse(TEXT);
        let is_point = |code| world.shape(code).map(Shape::is_point);
        assert_eq!(
            ["DE", "US", "XK", "SG", "MT", "AQ", ""].map(is_point),
            [Some(false), Some(false), Some(false), Some(true), Some(true), None, None]
        );
        assert!(!world.land().contains("h0"));
    }
}
