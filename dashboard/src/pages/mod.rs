//! One file a page.

mod door;
mod elsewhere;
mod share;
mod sign_in;
mod site;
mod sites;

pub use elsewhere::Elsewhere;
pub use site::SitePage;
pub use sites::SitesPage;
