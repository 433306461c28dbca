//! Every target, over its corpus and mutations of it. `cargo xtask fuzz` runs the same ones long.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::env;

use fuzz::driver::{Plan, run};
use fuzz::targets::{ALL, named};

/// Mutations of one target in `cargo xtask test`.
const RUNS: u64 = 3_000;

/// Share of inputs that must be read, so that no target is refused at its first byte: one in so many.
const READ_MIN: u64 = 100;

fn number(name: &str, usual: u64) -> u64 {
    env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} is {text:?}, not a number")))
}

fn check(name: &str) {
    let plan = Plan { first: number("FUZZ_FIRST", 0), runs: number("FUZZ_RUNS", RUNS) };
    let report = run(named(name).expect("a target"), plan).unwrap_or_else(|error| panic!("{error:#}"));
    println!("{name}: {report}");
    assert!(plan.runs < RUNS || report.read * READ_MIN >= report.inputs, "{name}: next to nothing was read");
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                check(stringify!($name));
            }
        )*

        #[test]
        fn none_is_left_out() {
            assert_eq!(ALL.iter().map(|target| target.name).collect::<Vec<_>>(), [$(stringify!($name)),*]);
        }
    };
}

targets! {
    batch_json batch_messagepack plausible umami gzip scan_json scan_messagepack page source user_agent hex frame hello sketch query
}
