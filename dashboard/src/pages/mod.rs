//! One file a page.

mod boards;
mod door;
pub mod explore;
#[cfg(feature = "gallery")]
mod gallery;
mod live;
mod onboarding;
mod page;
pub mod people;
mod settings;
mod share;
mod sign_in;
mod site;
mod sites;
mod unsubscribe;

pub use page::Page;
pub use site::dimensions;
