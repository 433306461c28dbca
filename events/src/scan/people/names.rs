//! Numbers of values and actions, common to all threads: a block's texts are looked up once each.

use std::sync::{Arc, Mutex, PoisonError};

use domain::analysis::{Actions, Ask, Names, OTHER};
use hashbrown::{Equivalent, HashMap};
use wire::query::Dimension;

use super::super::ScanError;
use super::super::block::Block;
use super::super::values::Texts;
use crate::schema;

/// Values that are told apart. A fold keeps some KB of each, so these are 50 MB.
const GROUPS_MAX: usize = 10_000;

/// Actions that are told apart: of 100 bytes each, 10 MB.
const ACTIONS_MAX: usize = 100_000;

/// Steps of paths that are told apart. People come in the order of their hashes, so the usual steps are met first.
const NODES_MAX: usize = 4000;

/// Pairs of a type and a page that stand in a table: 1 MB a block. With more of them they are hashed.
const PAIRS_MAX: usize = 1 << 18;

/// Not looked up yet.
const UNKNOWN: u32 = u32::MAX - 1;

/// Texts and their numbers.
#[derive(Debug, Default)]
pub struct Naming {
    /// The texts, in the order of their numbers.
    pub names: Names,
    groups: HashMap<String, u32>,
    actions: HashMap<(String, String), u32>,
}

impl Naming {
    fn group(&mut self, text: &str) -> u32 {
        if let Some(number) = self.groups.get(text) {
            return *number;
        }
        if self.names.groups.len() >= GROUPS_MAX {
            return OTHER;
        }
        self.names.groups.push(text.to_owned());
        let number = (self.names.groups.len() - 1) as u32;
        self.groups.insert(text.to_owned(), number);
        number
    }

    fn action(&mut self, name: &str, page: &str, most: usize) -> u32 {
        if let Some(number) = self.actions.get(&Named(name, page)) {
            return *number;
        }
        if self.names.actions.len() >= most {
            return OTHER;
        }
        let key = (name.to_owned(), page.to_owned());
        self.names.actions.push(key.clone());
        let number = (self.names.actions.len() - 1) as u32;
        self.actions.insert(key, number);
        number
    }
}

/// An action that is looked up.
#[derive(Hash)]
struct Named<'a>(&'a str, &'a str);

impl Equivalent<(String, String)> for Named<'_> {
    fn equivalent(&self, key: &(String, String)) -> bool {
        self.0 == key.0 && self.1 == key.1
    }
}

/// Numbers of what was done in a block's rows, looked up when it is first met.
pub struct Done<'a> {
    actions: &'a Actions,
    /// Event types and pages; of currencies, those and no pages.
    texts: (Arc<Texts>, Option<Arc<Texts>>),
    /// By type and page, as long as there are few; others by their codes.
    table: Vec<u32>,
    others: HashMap<(u32, u32), u32>,
}

impl<'a> Done<'a> {
    /// Of the rows that a block looks at.
    ///
    /// # Errors
    /// [`ScanError`] when a column cannot be read.
    pub fn of(block: &mut Block<'_>, actions: &'a Actions) -> Result<Self, ScanError> {
        let texts = match actions {
            Actions::Currencies => (Arc::new(block.column(schema::CURRENCY)?), None),
            Actions::Events | Actions::Nodes(_) => {
                (block.texts(Dimension::EventType)?, Some(block.texts(Dimension::Page)?))
            }
        };
        let pairs = texts.0.values.len() * texts.1.as_ref().map_or(1, |pages| pages.values.len());
        let table = vec![UNKNOWN; if pairs <= PAIRS_MAX { pairs } else { 0 }];
        Ok(Self { actions, texts, table, others: HashMap::new() })
    }

    /// A row's.
    #[inline]
    pub fn get(&mut self, row: usize, naming: &Mutex<Naming>) -> u32 {
        let code = |texts: &Texts| texts.codes.get(row).copied().unwrap_or(u32::MAX);
        let (first, pages) = (code(&self.texts.0), self.texts.1.as_deref());
        let (second, width) = pages.map_or((0, 1), |pages| (code(pages), pages.values.len()));
        let number = match self.table.get_mut(first as usize * width + second as usize) {
            Some(number) => number,
            None => self.others.entry((first, second)).or_insert(UNKNOWN),
        };
        if *number == UNKNOWN {
            let name = self.texts.0.values.get(first as usize);
            let page = pages.map_or("", |pages| pages.values.get(second as usize));
            let mut naming = naming.lock().unwrap_or_else(PoisonError::into_inner);
            *number = match self.actions {
                Actions::Events | Actions::Currencies => naming.action(name, page, ACTIONS_MAX),
                Actions::Nodes(nodes) => naming.action(nodes.name(name, page), "", NODES_MAX),
            };
        }
        *number
    }
}

/// Numbers of the values that a block's rows have, looked up when they are first met.
pub struct Groups {
    texts: Arc<Texts>,
    numbers: Vec<u32>,
}

impl Groups {
    /// Of a dimension, of the rows that a block looks at.
    ///
    /// # Errors
    /// [`ScanError`] when the column cannot be read.
    pub fn of(block: &mut Block<'_>, dimension: Dimension) -> Result<Self, ScanError> {
        let texts = block.texts(dimension)?;
        let numbers = vec![UNKNOWN; texts.values.len()];
        Ok(Self { texts, numbers })
    }

    /// A row's.
    #[inline]
    pub fn get(&mut self, row: usize, naming: &Mutex<Naming>) -> u32 {
        let code = self.texts.codes.get(row).copied().unwrap_or(u32::MAX) as usize;
        let Some(number) = self.numbers.get_mut(code) else { return OTHER };
        if *number == UNKNOWN {
            let mut naming = naming.lock().unwrap_or_else(PoisonError::into_inner);
            *number = naming.group(self.texts.values.get(code));
        }
        *number
    }
}

/// Numbers of a block's rows; empty where nothing is asked.
#[derive(Debug, Default)]
pub struct Numbered {
    groups: Vec<u32>,
    actions: Vec<u32>,
}

impl Numbered {
    /// Of the rows that a block looks at.
    ///
    /// # Errors
    /// [`ScanError`] when a column cannot be read.
    pub fn of(block: &mut Block<'_>, ask: &Ask, naming: &Mutex<Naming>) -> Result<Self, ScanError> {
        let mut numbered = Self::actions(block, ask, naming)?;
        if let Some(dimension) = ask.by {
            let mut groups = Groups::of(block, dimension)?;
            numbered.groups = (0..block.rows()).map(|row| groups.get(row, naming)).collect();
        }
        Ok(numbered)
    }

    /// Actions alone, of the rows that a block looks at.
    ///
    /// # Errors
    /// As [`Numbered::of`].
    pub fn actions(block: &mut Block<'_>, ask: &Ask, naming: &Mutex<Naming>) -> Result<Self, ScanError> {
        let mut numbered = Self::default();
        if let Some(actions) = &ask.actions {
            let mut done = Done::of(block, actions)?;
            numbered.actions = (0..block.rows()).map(|row| done.get(row, naming)).collect();
        }
        Ok(numbered)
    }

    /// A row's value and action.
    pub fn get(&self, row: usize) -> (u32, u32) {
        let of = |all: &[u32]| all.get(row).copied().unwrap_or_default();
        (of(&self.groups), of(&self.actions))
    }
}
