//! One file a page.

mod door;
mod page;
mod share;
mod sign_in;
mod site;
mod sites;

pub use page::Page;
