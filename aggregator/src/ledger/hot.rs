//! What is counted since the last checkpoint: minutes in memory, in front of the blocks on the disk.
//!
//! Rows are kept in layers. A layer holds what the frames behind one position of the log say, up to where the next
//! begins. There is the current one, which grows, and while a checkpoint writes it, the one before, which is frozen.
//! A checkpoint writes a whole layer and moves its position to the layer's end in one transaction.
//!
//! Readers see each frame exactly once: they take a [`View`] of a site first, and open a snapshot of the ledger then.
//! The snapshot's position of the checkpoint says which layers of the view are in its blocks already.
//!
//! | the snapshot's position is | layers that begin at 10 (frozen) and at 20 count |
//! |---|---|
//! | 10 | both |
//! | 20 | the second |
//! | beyond | none: the blocks hold all that the view does |
//! | less | never: the view was taken first, and layers go only after their checkpoint |
//!
//! A view shares the rows with the layer; a row that is counted meanwhile is copied first.

mod counts;
mod pieces;
mod touched;

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering as Memory};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wire::frame::RollupDimension;

use super::site::SiteKey;
pub use counts::{Counts, windows};
pub use pieces::Pieces;
pub use touched::Touched;

/// Bytes of hot rows at which a checkpoint is due. A checkpoint holds as much again while it writes.
pub const HOT_BYTES_DUE: usize = 32 * 1024 * 1024;

/// Bytes of hot rows beyond which no frame is taken, until a checkpoint has made room.
pub const HOT_BYTES_MAX: usize = 3 * HOT_BYTES_DUE;

/// Where a row is counted: a minute of a site's dimension, or of one declared property or pair.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MinuteKey {
    /// What is counted apart.
    pub dimension: RollupDimension,
    /// The declared property or pair, as [`domain::rollup::named`] tells it; empty for the rest.
    pub name: Box<str>,
    /// Start of the minute, Unix milliseconds.
    pub start_ms: u64,
}

impl Ord for MinuteKey {
    /// By dimension, name and minute. Most have no name: that is seen before two of them are compared.
    fn cmp(&self, other: &Self) -> Ordering {
        let dimensions = self.dimension.cmp(&other.dimension);
        let names =
            || if self.name.is_empty() && other.name.is_empty() { Ordering::Equal } else { self.name.cmp(&other.name) };
        dimensions.then_with(names).then_with(|| self.start_ms.cmp(&other.start_ms))
    }
}

impl PartialOrd for MinuteKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A site's minutes.
pub type Minutes = BTreeMap<MinuteKey, Arc<Counts>>;

/// The layers, shared by the writer and everyone who reads.
#[derive(Debug, Default)]
pub struct Hot {
    layers: Mutex<Layers>,
    bytes: AtomicUsize,
    is_wanted: AtomicBool,
}

#[derive(Debug, Default)]
struct Layers {
    frozen: Option<Arc<Layer>>,
    current: Layer,
    versions: HashMap<SiteKey, u64>,
    touched: HashMap<SiteKey, Arc<Touched>>,
}

/// What the frames of one stretch of the log say.
#[derive(Debug, Default)]
pub struct Layer {
    /// It holds all frames behind this position.
    pub from: i64,
    /// Up to this one.
    pub through: i64,
    /// Bytes that its rows take.
    pub bytes: usize,
    /// Its rows.
    pub sites: HashMap<SiteKey, Arc<Minutes>>,
}

/// The hot rows of one site at one moment.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Version of the site's data: all that it says is in the view or in the blocks.
    pub version: u64,
    /// At which version each of its days last changed.
    pub touched: Arc<Touched>,
    layers: Vec<(i64, Arc<Minutes>)>,
}

/// A snapshot that is older than the view it is read with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Older;

impl Hot {
    /// Nothing is hot: blocks hold all frames through `position`, and sites have these versions.
    pub fn behind(position: i64, versions: impl IntoIterator<Item = (SiteKey, u64)>) -> Self {
        let current = Layer { from: position, through: position, ..Layer::default() };
        let versions: HashMap<SiteKey, u64> = versions.into_iter().collect();
        let touched = versions.iter().map(|(site, version)| (*site, Arc::new(Touched::at(*version)))).collect();
        let layers = Layers { frozen: None, current, versions, touched };
        Self { layers: Mutex::new(layers), ..Self::default() }
    }

    /// Adds what a frame says of a site.
    pub fn add(&self, site: SiteKey, position: i64, pieces: &Pieces) {
        let mut layers = self.lock();
        let touched = Arc::make_mut(layers.touched.entry(site).or_default());
        pieces.iter().for_each(|(key, _)| touched.touch(key.start_ms));
        let layer = &mut layers.current;
        layer.through = layer.through.max(position);
        let grown = counts::add(Arc::make_mut(layer.sites.entry(site).or_default()), pieces);
        layer.bytes += grown;
        self.bytes.fetch_add(grown, Memory::Relaxed);
    }

    /// Notes that a site's data has a newer version, by what was added of it.
    pub fn counted(&self, site: SiteKey, version: u64) {
        self.renew(site, version, Touched::settle);
    }

    /// Notes that a site's data has a newer version, and may differ anywhere.
    pub fn changed(&self, site: SiteKey, version: u64) {
        self.renew(site, version, Touched::change_all);
    }

    fn renew(&self, site: SiteKey, version: u64, note: impl FnOnce(&mut Touched, u64)) {
        // Two may tell of one site at once.
        let mut layers = self.lock();
        let newest = layers.versions.entry(site).or_default();
        *newest = version.max(*newest);
        note(Arc::make_mut(layers.touched.entry(site).or_default()), version);
    }

    /// A site's rows now. To be taken before the snapshot of the ledger that it is read with.
    pub fn view(&self, site: SiteKey) -> View {
        let layers = self.lock();
        let rows = |layer: &Layer| (layer.from, layer.sites.get(&site).map(Arc::clone).unwrap_or_default());
        let frozen = layers.frozen.as_deref().map(rows);
        View {
            version: layers.versions.get(&site).copied().unwrap_or_default(),
            touched: layers.touched.get(&site).map(Arc::clone).unwrap_or_default(),
            layers: frozen.into_iter().chain([rows(&layers.current)]).collect(),
        }
    }

    /// Freezes what is hot, for a checkpoint; none while one is under way or when there is nothing to write.
    pub fn freeze(&self) -> Option<Arc<Layer>> {
        let mut layers = self.lock();
        let end = layers.current.through;
        if layers.frozen.is_some() || end == layers.current.from {
            return None;
        }
        let next = Layer { from: end, through: end, ..Layer::default() };
        let frozen = Arc::new(std::mem::replace(&mut layers.current, next));
        layers.frozen = Some(Arc::clone(&frozen));
        Some(frozen)
    }

    /// The layer that a checkpoint is to write next: one that is frozen already, or what is hot.
    pub fn next(&self) -> Option<Arc<Layer>> {
        let frozen = self.lock().frozen.clone();
        frozen.or_else(|| self.freeze())
    }

    /// Asks for a checkpoint as soon as can be.
    pub fn want_checkpoint(&self) {
        self.is_wanted.store(true, Memory::Relaxed);
    }

    /// Whether one was asked for since the last time.
    pub fn take_wanted(&self) -> bool {
        self.is_wanted.swap(false, Memory::Relaxed)
    }

    /// Lets go of the frozen layer: a checkpoint has written it.
    pub fn release(&self) {
        let frozen = self.lock().frozen.take();
        if let Some(layer) = frozen {
            self.bytes.fetch_sub(layer.bytes, Memory::Relaxed);
        }
    }

    /// Bytes that hot rows take, of both layers.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Memory::Relaxed)
    }

    /// Bytes of the current layer.
    pub fn current_bytes(&self) -> usize {
        self.lock().current.bytes
    }

    /// Whether no more can be taken until a checkpoint is done.
    pub fn is_full(&self) -> bool {
        self.bytes() > HOT_BYTES_MAX
    }

    fn lock(&self) -> MutexGuard<'_, Layers> {
        self.layers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl View {
    /// The layers that the blocks of a snapshot do not hold, whose checkpoint is at `position`.
    ///
    /// # Errors
    /// [`Older`] when the snapshot was opened before the view was taken, so that frames may be in neither.
    pub fn behind(&self, position: i64) -> Result<impl Iterator<Item = &Minutes>, Older> {
        if self.layers.first().is_some_and(|(from, _)| position < *from) {
            return Err(Older);
        }
        Ok(self.layers.iter().filter(move |(from, _)| *from >= position).map(|(_, rows)| &**rows))
    }
}

#[cfg(test)]
mod tests;
