//! Questions that people put together themselves: `/sites/ID/explore?…`.

mod builder;
mod drawn;
mod export;
mod figure;
mod filters;
mod meta;
mod names;
mod page;
mod ready;
mod result;
mod saved;
mod state;
mod table;
mod test;
mod words;

pub use page::ExplorePage;
