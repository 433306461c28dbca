//! One file a page.

mod lost;
mod sign_in;
mod site;
mod sites;

pub use lost::Lost;
pub use sign_in::SignIn;
pub use site::SitePage;
pub use sites::SitesPage;
