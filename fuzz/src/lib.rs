//! Hostile bytes for everything that reads from outside: what it answers must keep its promises.
//!
//! A target ([`targets`]) is a function of bytes that fails where a promise does not hold. The [`driver`] first gives
//! it every file of its corpus, then mutations of them ([`mutate`]): a run's input follows from its number alone. It
//! also watches memory and time. `cargo xtask test` runs some thousands of each target, `cargo xtask fuzz` as many as
//! one likes; `docs/testing.md` says more.
#![forbid(unsafe_code)]

pub mod chance;
pub mod corpus;
pub mod driver;
pub mod mutate;
pub mod targets;
