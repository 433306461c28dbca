//! Who may depend on whom: `wire ← domain ← the shells`, and nobody on a shell.

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::command::{cargo, output};

/// Each crate and the crates of ours it may use. Only tests may use what stands behind the bar.
const ALLOWED: &[(&str, &[&str], &[&str])] = &[
    ("tidemark-wire", &[], &[]),
    ("tidemark-domain", &["tidemark-wire"], &[]),
    ("tidemark-sdk", &[], &["tidemark-wire"]),
    ("tidemark-edge", &["tidemark-wire", "tidemark-domain"], &[]),
    ("tidemark-events", &["tidemark-wire", "tidemark-domain"], &[]),
    ("tidemark-demo", &["tidemark-wire", "tidemark-domain"], &[]),
    ("tidemark-aggregator", &["tidemark-wire", "tidemark-domain", "tidemark-events", "tidemark-demo"], &[]),
    ("tidemark-dashboard", &["tidemark-wire"], &[]),
    ("tidemark-client", &["tidemark-wire"], &[]),
    ("leptos-example", &[], &[]),
    ("tidemark-e2e", &["tidemark-wire"], &["tidemark-domain", "tidemark-client"]),
    ("tidemark-bench", &["tidemark-wire", "tidemark-domain", "tidemark-events", "tidemark-e2e"], &[]),
    ("tidemark-fuzz", &["tidemark-wire", "tidemark-domain"], &[]),
    ("xtask", &["tidemark-e2e"], &[]),
];

/// Crates that touch clocks, randomness, files, networks or threads, and so never stand under `wire`, `domain` or `demo`.
const IMPURE: &[&str] =
    &["tokio", "getrandom", "rand", "reqwest", "ureq", "axum", "rusqlite", "worker", "web-sys", "tracing", "chrono"];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

/// Every dependency that breaks the rule.
pub fn check() -> Result<Vec<String>> {
    let text = output(cargo()?.args(["metadata", "--format-version", "1", "--no-deps"]), "reading the workspace")?;
    let metadata: Metadata = serde_json::from_str(&text).context("cargo metadata answered something else")?;
    Ok(metadata.packages.iter().flat_map(check_package).collect())
}

fn check_package(package: &Package) -> Vec<String> {
    let Some((_, used, tested)) = ALLOWED.iter().find(|(name, _, _)| *name == package.name) else {
        return vec![format!("{}: a crate without a rule; add it to xtask/src/tidy/crates.rs", package.name)];
    };
    let ours = |name: &str| ALLOWED.iter().any(|(known, _, _)| *known == name);
    let pure = matches!(package.name.as_str(), "tidemark-wire" | "tidemark-domain" | "tidemark-demo");
    let mut broken = Vec::new();
    for dependency in &package.dependencies {
        let name = dependency.name.as_str();
        let for_tests = dependency.kind.as_deref() == Some("dev");
        let allowed = used.contains(&name) || (for_tests && tested.contains(&name));
        if ours(name) && !allowed {
            broken.push(format!("{}/Cargo.toml: must not depend on {name}", package.name));
        }
        if pure && !for_tests && IMPURE.contains(&name) {
            broken
                .push(format!("{}/Cargo.toml: {name} touches the world; wire, domain and demo are pure", package.name));
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_one(package: &str, dependency: &str, kind: Option<&str>, expect: bool) {
        let package = Package {
            name: package.to_owned(),
            dependencies: vec![Dependency { name: dependency.to_owned(), kind: kind.map(str::to_owned) }],
        };
        assert_eq!(check_package(&package).is_empty(), expect, "{} -> {dependency}", package.name);
    }

    #[test]
    fn the_rule_lets_arrows_point_inwards_only() {
        check_one("tidemark-domain", "tidemark-wire", None, true);
        check_one("tidemark-wire", "tidemark-domain", None, false);
        check_one("tidemark-dashboard", "tidemark-aggregator", None, false);
        check_one("tidemark-sdk", "tidemark-wire", Some("dev"), true);
        check_one("tidemark-sdk", "tidemark-wire", None, false);
        check_one("tidemark-domain", "getrandom", None, false);
        check_one("tidemark-edge", "getrandom", None, true);
        check_one("tidemark-new", "serde", None, false);
    }
}
