//! Made-up traffic as frames, as edges seal it: for measurements, and for whoever needs a ledger with something in it.
#![forbid(unsafe_code)]

pub mod frames;
