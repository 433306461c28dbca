//! One file a page.

mod door;
mod lost;
mod share;
mod sign_in;
mod site;
mod sites;

pub use door::{InvitationPage, ResetPage, SetUpPage};
pub use lost::Lost;
pub use share::SharePage;
pub use sign_in::SignIn;
pub use site::SitePage;
pub use sites::SitesPage;
