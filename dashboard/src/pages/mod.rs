//! One file a page.

mod door;
mod explore;
#[cfg(feature = "gallery")]
mod gallery;
mod live;
mod onboarding;
mod page;
mod settings;
mod share;
mod sign_in;
mod site;
mod sites;

pub use page::Page;
pub use site::dimensions;
