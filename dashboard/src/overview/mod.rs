//! What of a site's overview comes a moment after its numbers. All of it is one part of the program.

mod archive;
mod export;
mod load;
mod marks;
mod properties;
mod segments;
mod tools;

use leptos::prelude::*;
use wasm_split_helpers::wasm_split;

use crate::components::{ChartTable, Heatmap, Places, RealtimeStrip, Tab};
use crate::kept::Kept;
use crate::later::{Loaded, later};
use crate::live::Live;
use crate::plot::Plot;
use crate::report::Report;
use crate::shown::Shown;

pub use export::download;
pub use load::{fetch_notes, fetch_segments};

/// The chart, for what stands around it.
#[derive(Clone, Copy)]
pub struct Charted {
    /// The drawing.
    pub plot: Memo<Option<Plot>>,
    /// The bucket under the cursor.
    pub cursor: RwSignal<Option<usize>>,
    /// What is shown.
    pub shown: Shown,
    /// What is kept of the site.
    pub kept: Kept,
}

/// A piece of the page.
#[derive(Clone, Copy)]
pub enum Piece {
    /// Asks for what is kept, and brings the styles of all that is here.
    Start(Kept, Shown),
    /// Visitors now.
    Now(Live),
    /// Hours of the week, asked for again when the number changes.
    Week(Kept, Shown, RwSignal<u64>),
    /// Where visitors are, asked for again when the number changes.
    Places(Kept, Shown, Report, RwSignal<u64>),
    /// The chart's numbers.
    Table(Charted),
    /// The notes along the chart.
    Marks(Charted),
    /// What is done with the chart.
    Tools(Charted),
    /// What is done with the filters.
    Segments(Kept, Shown),
    /// Which property a panel ranks.
    Properties(Kept, RwSignal<Tab>),
}

/// A piece, as soon as it is there.
pub fn piece(piece: Piece) -> AnyView {
    later(move || Box::pin(load(piece)))
}

#[wasm_split(soon, fallible)]
fn load(piece: Piece) -> Loaded {
    Ok(match piece {
        Piece::Start(kept, shown) => load::start(kept, shown),
        Piece::Now(live) => view! { <RealtimeStrip live/> }.into_any(),
        Piece::Week(kept, shown, refresh) => {
            view! { <Heatmap tracking_id=kept.tracking_id.get_value() shown refresh/> }.into_any()
        }
        Piece::Places(kept, shown, totals, refresh) => view! { <Places kept shown totals refresh/> }.into_any(),
        Piece::Table(Charted { plot, kept, .. }) => view! { <ChartTable plot kept/> }.into_any(),
        Piece::Marks(charted) => marks::view(charted),
        Piece::Tools(charted) => tools::view(charted),
        Piece::Segments(kept, shown) => segments::view(kept, shown),
        Piece::Properties(kept, tab) => properties::view(kept, tab),
    })
}
