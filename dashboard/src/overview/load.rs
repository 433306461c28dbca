//! Asks for what is kept of a site, once the page knows the site's clocks.

use leptos::prelude::*;
use wire::account::Permission;
use wire::note::Notes;

use crate::api::Failure;
use crate::audience::{Audience, Extent};
use crate::format;
use crate::kept::{Kept, Noted};
use crate::later::{asset, while_there};
use crate::manage::{self, Granted};
use crate::session::Session;
use crate::shown::Shown;

/// Name of the styles in the page's head.
const STYLE: &str = "later-overview";

/// Begins, and brings the styles.
pub fn start(kept: Kept, shown: Shown) -> AnyView {
    // Of a part of a site nothing is kept.
    if kept.audience != Audience::Visitor(Extent::Part) {
        let has_zone = Memo::new(move |_| shown.zone().is_some());
        Effect::new(move || {
            if has_zone.get() {
                ask(kept, shown);
            }
        });
    }
    view! { <link rel="stylesheet" href=asset(STYLE)/> }.into_any()
}

fn ask(kept: Kept, shown: Shown) {
    let session = Session::of_page();
    let asking = async move {
        if kept.audience == Audience::Person
            && let Ok(granted) = Granted::ask().await
        {
            kept.may_write.try_set(kept.tracking_id.with_value(|id| granted.may(id, Permission::SitesWrite)));
        }
        // The page is of use without them.
        for fetched in [fetch_notes(kept, shown).await, fetch_segments(kept).await] {
            if let Err(failure) = fetched {
                session.note(&failure);
            }
        }
    };
    while_there(move || kept.notes.is_disposed(), asking);
}

/// Asks for the notes as they are now.
///
/// # Errors
/// [`Failure`].
pub async fn fetch_notes(kept: Kept, shown: Shown) -> Result<(), Failure> {
    let found: Notes = manage::read(&kept.tracking_id.with_value(|id| manage::of_site(id, "/notes"))).await?;
    let zone = untrack(|| shown.zone()).unwrap_or_default();
    let noted = found.notes.into_iter().map(|note| Noted {
        note: note.note,
        at_ms: format::wall_ms(&zone, note.at_ms),
        text: note.text,
        author: note.author.unwrap_or_default(),
    });
    kept.notes.try_set(noted.collect());
    Ok(())
}

/// Asks for the segments as they are now.
///
/// # Errors
/// [`Failure`].
pub async fn fetch_segments(kept: Kept) -> Result<(), Failure> {
    let found = manage::segments(&kept.tracking_id.get_value()).await?;
    kept.segments.try_set(found);
    Ok(())
}
