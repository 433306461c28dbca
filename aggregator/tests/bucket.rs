//! A server whose segments are in a bucket: moto, which `cargo xtask setup` installs and `cargo xtask test` names in
//! `MOTO_SERVER`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, dead_code)]

#[path = "over_http/edge.rs"]
mod edge;
#[path = "../../events/tests/moto/mod.rs"]
mod moto;
#[path = "over_http/server.rs"]
mod server;
#[path = "over_http/visits.rs"]
mod visits;

use std::fs;
use std::io::Read;
use std::process::Stdio;

use tempfile::TempDir;
use wire::frame::RawEvent;

use crate::edge::Edge;
use crate::server::{Server, tidemark, wait_until};
use crate::visits::three_days;

fn run(folder: &TempDir, environment: &[(&str, &str)], arguments: &[&str]) -> String {
    let output = tidemark(folder).envs(environment.iter().copied()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What a command says that must not be done.
fn refused(folder: &TempDir, environment: &[(&str, &str)], arguments: &[&str]) -> String {
    let mut command = tidemark(folder);
    let mut child = command.envs(environment.iter().copied()).args(arguments).stderr(Stdio::piped()).spawn().unwrap();
    let status = wait_until("the command to end", || child.try_wait().unwrap());
    assert!(!status.success(), "{arguments:?}");
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    said
}

fn exported(folder: &TempDir, environment: &[(&str, &str)]) -> Vec<RawEvent> {
    let lines = run(folder, environment, &["export", "--site", "UA-1"]);
    sorted(lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn sorted(mut events: Vec<RawEvent>) -> Vec<RawEvent> {
    events.sort_by_key(|event| event.id);
    events
}

#[test]
fn old_segments_are_left_to_the_bucket_and_read_from_there() {
    let moto = moto::Server::start();
    let endpoint = format!("http://{}", moto.address);
    let environment = [
        ("TIDEMARK_STORAGE__HOT_DAYS", "7"),
        ("TIDEMARK_STORAGE__BUCKET__NAME", moto::BUCKET),
        ("TIDEMARK_STORAGE__BUCKET__ENDPOINT", endpoint.as_str()),
        ("TIDEMARK_STORAGE__BUCKET__PREFIX", "raw"),
        ("TIDEMARK_STORAGE__BUCKET__ACCESS_KEY_ID", "test"),
        ("TIDEMARK_STORAGE__BUCKET__SECRET_ACCESS_KEY", "test"),
        ("TIDEMARK_STORAGE__BUCKET__ALLOW_HTTP", "true"),
    ];
    let objects = || {
        let listing = moto.request("GET", &format!("/{}?prefix=raw/UA-1/", moto::BUCKET)).unwrap();
        listing.matches("<Key>").count()
    };
    let mut server = Server::start_with(tempfile::tempdir().unwrap(), &environment);
    server.site("UA-1");
    let mut edge = Edge::join(&server, 1, "UA-1");
    let mut all = Vec::new();
    for part in 1..3 {
        let some = three_days(part, 100);
        edge.deliver(&server, &some);
        all.extend(some);
        assert_eq!(server.terminate(), 0);
        run(&server.folder, &environment, &["segments", "seal"]);
        assert_eq!(objects(), 3 * part as usize);
        server = server.kill_and_restart_with(&environment);
    }
    let all = sorted(all);
    // The days are months ago: the server merges them, and leaves them to the bucket.
    let folder = server.folder.path().join("segments");
    let listed = || run(&server.folder, &environment, &["segments", "list"]).lines().count();
    wait_until("the segments to be merged and cold", || {
        let local = run(&server.folder, &environment, &["segments", "list"]);
        let local = local.lines().filter(|line| folder.join(line.split('\t').next().unwrap()).exists()).count();
        (local == 0 && listed() == 3).then_some(())
    });
    assert_eq!(exported(&server.folder, &environment), all);
    let cache = server.folder.path().join("segments-cache");
    let list = run(&server.folder, &environment, &["segments", "list"]);
    assert!(list.lines().all(|line| cache.join(line.split('\t').next().unwrap()).is_file()));
    run(&server.folder, &environment, &["check"]);
    // Commands need the settings of the server, and say which. What is in the cache is not looked for without them.
    for arguments in [&["check"][..], &["export", "--site", "UA-1"], &["segments", "compact"]] {
        let output = tidemark(&server.folder).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let names = ["storage.bucket is not set", moto::BUCKET, "prefix raw", "TIDEMARK_CONFIG"];
        assert!(!output.status.success() && names.iter().all(|name| said.contains(name)), "{said}");
    }
    // Another ledger does not take the place for its own, before it is told to.
    let other = tempfile::tempdir().unwrap();
    run(&other, &environment, &["site", "add", "UA-2", "--name", "shop.example"]);
    for arguments in [&["segments", "seal"][..], &["serve", "--listen", "127.0.0.1:0"]] {
        let said = refused(&other, &environment, arguments);
        assert!(said.contains("another ledger") && said.contains("storage.bucket.prefix"), "{said}");
    }
    let beside: Vec<_> =
        environment.iter().map(|(name, value)| (*name, if *value == "raw" { "other" } else { value })).collect();
    run(&other, &beside, &["segments", "seal"]);
    assert!(run(&other, &environment, &["segments", "claim"]).contains("prefix raw"));
    run(&other, &environment, &["segments", "seal"]);
    assert!(refused(&server.folder, &environment, &["segments", "seal"]).contains("another ledger"));
    run(&server.folder, &environment, &["segments", "claim"]);
    // A server that is to do without a bucket goes on, and forgets it once nothing is in it alone.
    let mut without = Server::start_with(other, &[]);
    assert_eq!(without.terminate(), 0);
    run(&without.folder, &[], &["segments", "seal"]);
    // A folder that has lost all its files has lost nothing.
    assert_eq!(server.terminate(), 0);
    let erase = ["delete", "person", "--site", "UA-1", "--visitor", "0123456789abcdef0123456789abcdef"];
    assert!(refused(&server.folder, &[], &erase).contains("storage.bucket is not set"));
    run(&server.folder, &environment, &erase);
    for gone in ["segments", "segments-cache"] {
        fs::remove_dir_all(server.folder.path().join(gone)).unwrap();
    }
    assert_eq!(exported(&server.folder, &environment), all);
}
