//! The notes along the bottom of the chart: a mark for each bucket that has any.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::Charted;
use crate::format;
use crate::kept::{Noted, Opened};

/// The marks. The chart says of the bucket under the pointer or the focus what is noted; a click opens the notes.
pub fn view(charted: Charted) -> AnyView {
    let Charted { plot, kept, .. } = charted;
    let marks = move || {
        plot.with(|plot| {
            let plot = plot.as_ref()?;
            let mut groups = BTreeMap::<usize, Vec<Noted>>::new();
            for note in kept.notes.get() {
                let slot = plot.series.points.partition_point(|point| point.start_ms <= note.at_ms).checked_sub(1);
                let slot = slot.filter(|slot| plot.span(*slot).is_some_and(|(_, end_ms)| note.at_ms < end_ms));
                if let Some(slot) = slot {
                    groups.entry(slot).or_default().push(note);
                }
            }
            let marks = groups.into_iter().filter_map(|(slot, notes)| {
                let left = format::length(plot.share_of_width(slot));
                Some(mark(charted, slot, plot.span(slot)?, left, &said(plot.series.interval, &notes)))
            });
            Some(marks.collect::<Vec<_>>())
        })
    };
    view! { <div class="chart-notes" role="group" aria-label="Notes">{marks}</div> }.into_any()
}

/// How many there are, and what they say.
fn said(interval: wire::query::Dimension, notes: &[Noted]) -> (usize, String) {
    let when = notes.first().map(|note| format::bucket(note.at_ms, interval)).unwrap_or_default();
    let texts: Vec<_> = notes.iter().map(|note| note.text.as_str()).collect();
    (notes.len(), format!("{when}: {}", texts.join(" · ")))
}

fn mark(charted: Charted, slot: usize, span: (u64, u64), left: String, (count, words): &(usize, String)) -> AnyView {
    let Charted { cursor, kept, .. } = charted;
    let called = if *count == 1 { format!("Note, {words}") } else { format!("{count} notes, {words}") };
    view! {
        <button
            type="button"
            class="chart-note"
            style:left=left
            aria-label=called
            on:pointerenter=move |_| cursor.set(Some(slot))
            on:pointerleave=move |_| cursor.set(None)
            on:focus=move |_| cursor.set(Some(slot))
            on:blur=move |_| cursor.set(None)
            on:click=move |_| kept.opened.set(Opened::Notes(span.0, span.1))
        >
            {(*count > 1).then(|| count.to_string())}
        </button>
    }
    .into_any()
}
