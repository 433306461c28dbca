//! Questions that people put together themselves: `/sites/ID/explore?…`.

mod builder;
pub mod drawn;
mod export;
pub mod figure;
mod filters;
mod meta;
pub mod names;
mod page;
mod ready;
pub mod result;
mod saved;
pub mod state;
pub mod table;
pub mod test;
pub mod words;

pub use page::ExplorePage;
