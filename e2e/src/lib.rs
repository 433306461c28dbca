//! The whole of Tidemark as processes on this machine: what `cargo xtask up` runs and the tests attack.
//!
//! Real parts only: the released aggregator, the built worker on workerd, the built SDK in a demo shop. Each
//! listens on loopback.

pub mod abuse;
pub mod aggregator;
pub mod artifacts;
pub mod bench;
pub mod crash;
pub mod disk;
pub mod edge;
pub mod effort;
pub mod event;
pub mod http;
pub mod key;
pub mod load;
pub mod memory;
pub mod port;
pub mod process;
pub mod proxy;
pub mod random;
pub mod shop;
pub mod stack;
pub mod summary;
pub mod trial;
pub mod verdict;
pub mod visitors;

pub use artifacts::Artifacts;
pub use port::Ports;
pub use stack::Stack;
