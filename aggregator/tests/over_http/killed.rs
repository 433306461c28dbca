//! `tidemark segments seal` and `compact`, killed before or within every step that they take towards the disk.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use wire::frame::RawEvent;

use crate::edge::Edge;
use crate::server::{Server, tidemark};
use crate::visits::three_days;

/// Stands between a process and the system, and ends it at a chosen step.
const PRELOAD: &str = include_str!("../../../e2e/src/crash/preload.rs");

fn preload(folder: &Path) -> PathBuf {
    let (source, library) = (folder.join("preload.rs"), folder.join("libcrash.so"));
    fs::write(&source, PRELOAD).unwrap();
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition", "2024", "--crate-type", "cdylib", "-C", "opt-level=2", "-C", "panic=abort", "-o"]);
    assert!(rustc.arg(&library).arg(&source).status().unwrap().success());
    library
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn run(folder: &TempDir, arguments: &[&str]) -> String {
    let output = tidemark(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// All events, sorted by id: one that is there twice stands twice.
fn events(folder: &TempDir) -> Vec<RawEvent> {
    let exported = run(folder, &["export", "--site", "UA-1"]);
    let mut events: Vec<RawEvent> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    events.sort_by_key(|event| event.id);
    events
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() { files(&entry.path(), found) } else { found.push(entry.path()) }
    }
}

/// Whether events are sealed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sealed {
    Yes,
    No,
}

/// A data folder of a stopped server, with a frame for each of the seeds. If they are sealed, each day has as many segments.
fn template(seeds: &[u64], sealed: Sealed) -> (TempDir, Vec<RawEvent>) {
    let mut server = Server::start();
    server.site("UA-1");
    let mut edge = Edge::join(&server, 1, "UA-1");
    let mut all = Vec::new();
    for (number, seed) in seeds.iter().enumerate() {
        if number > 0 {
            server = server.kill_and_restart();
        }
        let some = three_days(*seed, 30);
        edge.deliver(&server, &some);
        all.extend(some);
        assert_eq!(server.terminate(), 0);
        if sealed == Sealed::Yes {
            server.command(&["segments", "seal"]);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    copy(server.folder.path(), folder.path());
    all.sort_by_key(|event| event.id);
    (folder, all)
}

/// Kills the command at one step after the other, in a fresh copy of the folder each, until it takes no more steps.
/// Answers how many there were.
fn kill_at_every_step(template: &TempDir, all: &[RawEvent], command: &[&str], segments: usize) -> u64 {
    let tools = tempfile::tempdir().unwrap();
    let library = preload(tools.path());
    for step in 1.. {
        let folder = tempfile::tempdir().unwrap();
        copy(template.path(), folder.path());
        let mut killed = tidemark(&folder);
        killed.args(command).env("LD_PRELOAD", &library).env("CRASH_AT", step.to_string());
        // Every second one dies within its step: half of what it writes is written.
        if step % 2 == 0 {
            killed.env("CRASH_HALF", "1");
        }
        let was_killed = !killed.output().unwrap().status.success();
        assert_eq!(events(&folder), all, "step {step}");
        run(&folder, command);
        assert_eq!(events(&folder), all, "step {step}, done again");
        run(&folder, &["check"]);
        let mut found = Vec::new();
        files(&folder.path().join("segments"), &mut found);
        found.retain(|file| !file.to_str().unwrap().ends_with(".removed"));
        assert_eq!(found.len(), segments, "step {step}: {found:?}");
        if !was_killed {
            return step - 1;
        }
    }
    unreachable!("steps never end")
}

#[test]
fn killed_while_sealing_nothing_is_lost_or_doubled() {
    let (template, all) = template(&[1, 2], Sealed::No);
    let steps = kill_at_every_step(&template, &all, &["segments", "seal"], 3);
    println!("{steps} steps");
    assert!(steps > 50, "{steps} steps");
}

#[test]
fn killed_while_compacting_nothing_is_lost_or_doubled() {
    let (template, all) = template(&[1, 2], Sealed::Yes);
    let steps = kill_at_every_step(&template, &all, &["segments", "compact"], 3);
    println!("{steps} steps");
    assert!(steps > 50, "{steps} steps");
}
