//! `/api/v1/sites/{tracking_id}/segments`: filters that are kept under a name.

use domain::query::Named;
use domain::{account, query};
use wire::filter::Filters;
use wire::saved_segment::{
    NewSavedSegment, SAVED_SEGMENT_BYTES_MAX, SAVED_SEGMENT_NAME_BYTES_MAX, SavedSegment, SavedSegmentChange,
    SavedSegments,
};

use super::Shared;
use super::kept::{self, Keepable};
use super::refusal::Refusal;
use crate::ledger::kept::Kind;
use crate::ledger::saved_segment::{Definition, SAVED_SEGMENTS};
use crate::ledger::site::SiteKey;
use crate::questions::named;

impl Keepable for SavedSegment {
    const KIND: &'static Kind = &SAVED_SEGMENTS;
    const NAME_BYTES_MAX: usize = SAVED_SEGMENT_NAME_BYTES_MAX;
    const BYTES_MAX: usize = SAVED_SEGMENT_BYTES_MAX;
    type Content = Definition;
    type Said = Filters;
    type New = NewSavedSegment;
    type Change = SavedSegmentChange;
    type List = SavedSegments;

    fn new(wanted: NewSavedSegment) -> (String, Filters) {
        (wanted.name, wanted.filters)
    }

    fn change(wanted: SavedSegmentChange) -> (Option<String>, Option<Filters>) {
        (wanted.name, wanted.filters)
    }

    fn list(segments: Vec<Self>) -> SavedSegments {
        SavedSegments { segments }
    }

    async fn checked(service: &Shared, (site, _): (SiteKey, &str), filters: Filters) -> Result<String, Refusal> {
        let filters = written_out(service, site, filters, "filters").await?;
        account::segment(&filters)?;
        kept::written(&filters, "filters", SAVED_SEGMENT_BYTES_MAX)?;
        kept::written(&Definition { filters }, "filters", usize::MAX)
    }
}

/// Filters with the segments of a site in them written out as they are now. `field` names them in refusals.
///
/// # Errors
/// [`Refusal::Query`] when one is not there.
pub async fn written_out(service: &Shared, site: SiteKey, filters: Filters, field: &str) -> Result<Filters, Refusal> {
    let mut named = Named::default();
    named.add(&filters);
    if named.is_empty() {
        return Ok(filters);
    }
    let kept = service.lookups.read(move |connection| named::read(connection, site, &named)).await?;
    Ok(query::written_out(&filters, field, &kept)?)
}
