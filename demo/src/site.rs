//! What a made-up site is, and whoever tells its days.

use domain::zone::Zone;

use crate::people::Crowd;
use crate::plan::Day;
use crate::visit::Happening;

/// A site.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Tracking id.
    pub tracking_id: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// Scheme and host.
    pub origin: &'static str,
    /// IANA name of the zone that its days are told in.
    pub time_zone: &'static str,
    /// Who comes.
    pub crowd: Crowd,
}

/// What happens on a site, day by day.
pub trait Story: std::fmt::Debug + Send {
    /// The zone of its days.
    fn zone(&self) -> &Zone;

    /// Tells one day: the visits that begin on it, in any order. Days are told in their order, each once.
    fn day(&mut self, day: &Day, happened: &mut Vec<Happening>);
}
