//! Commands that look after a ledger are ended before, and within, every step that they take. What they left is whole,
//! nothing is lost or doubled, and doing it again gets it done.
//!
//! A few steps in `cargo xtask test`; every one in `cargo xtask faults`. Linux only.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use domain::rollup::Caps;
use domain::seal::{Folding, Writer, seal};
use domain::visit::{self, Known};
use e2e::aggregator::Aggregator;
use e2e::artifacts::Artifacts;
use e2e::crash::{Crash, Preload};
use e2e::effort::Effort;
use e2e::key::EdgeKey;
use e2e::port::Ports;
use e2e::stack::PATIENCE;
use e2e::summary::Row;
use flate2::read::GzDecoder;
use tempfile::TempDir;
use wire::event::Property;
use wire::frame::{Acknowledgement, FRAMES_PATH, FrameResult, RawEvent};
use wire::site::Settings;
use wire::{Epoch, Id128, Seq};

mod signed;
use signed::Line;

const SITE: &str = "UA-upkeep";

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// Start of a day that is over for long enough that its segments are merged.
fn day() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64 / DAY_MS * DAY_MS - 6 * DAY_MS
}

/// Events of a drill's ledger, over two days, by a few people.
const EVENTS: u64 = 60;

/// A ledger as version 0.1 wrote it, with 60 events.
const OLD_LEDGER: &[u8] = include_bytes!("upkeep/ledger-v2.sqlite.gz");

fn events() -> Vec<RawEvent> {
    let event = |n: u64| {
        let person = Some(Id128([1 + (n % 5) as u8; 16]));
        RawEvent {
            id: domain::hash::of_bytes(&n.to_be_bytes()),
            at_ms: day() + 20 * HOUR_MS + n * HOUR_MS / 10,
            visitor: person,
            session: person,
            event_type: "pageview".to_owned(),
            hostname: "shop.example".to_owned(),
            path: format!("/{}", n % 3),
            source: "Google".to_owned(),
            channel: "organic_search".to_owned(),
            country: "DE".to_owned(),
            device: "mobile".to_owned(),
            properties: BTreeMap::from([(
                "plan".to_owned(),
                Property::Text(["free", "pro"][n as usize % 2].to_owned()),
            )]),
            ..RawEvent::default()
        }
    };
    (0..EVENTS).map(event).collect()
}

/// A ledger that every round begins with, and the released program.
struct Drill {
    folder: TempDir,
    program: PathBuf,
    preload: Preload,
    /// What `export` prints, sorted.
    expect: Vec<String>,
}

impl Drill {
    /// A ledger that a server made of delivered frames, and left in order.
    fn new() -> Self {
        let drill = Self::empty();
        let (artifacts, origin) = (Artifacts::from_env().unwrap(), drill.origin());
        let key = EdgeKey::of_file(&drill.folder.path().join("edge-key.toml")).unwrap();
        let mut server = Aggregator::start(&artifacts, &origin, Ports::free().unwrap(), &key).unwrap();
        server.add_open_site(SITE, "test.example").unwrap();
        let line = Line::to(server.url(), &key);
        let edge_id = Id128([9; 16]);
        line.join(edge_id, SITE);
        let writer = Writer { edge_id, epoch: Epoch(1), site: SITE.to_owned(), shard: 0 };
        let (mut seq, mut known, mut caps, settings) = (Seq(1), Known::new(), Caps::default(), Settings::default());
        for (number, part) in events().chunks(10).enumerate() {
            if number == 3 {
                // The first half is sealed: a stop is a checkpoint.
                assert!(server.process().terminate(PATIENCE).unwrap().success());
                assert_eq!(drill.succeed(&origin, &["segments", "seal"]), "30 events\n");
                server.restart().unwrap();
            }
            let mut part = part.to_vec();
            let changes = visit::follow(&mut part, &mut known, &settings, &mut caps);
            let (events, sealed_through_ms) = (&part[..], part.last().unwrap().at_ms);
            let folding = Folding { events, changes: &changes, outcomes: &[], settings: &settings, sealed_through_ms };
            for frame in seal(&folding, &writer, seq, &mut caps).unwrap() {
                let answer = line.post(FRAMES_PATH, frame.hash, &frame.bytes);
                assert_eq!(answer.json::<Acknowledgement>().unwrap().result, FrameResult::Applied);
                seq = frame.seq.next();
            }
        }
        assert!(server.process().terminate(PATIENCE).unwrap().success());
        drill.expecting()
    }

    /// The ledger of an older version.
    fn old() -> Self {
        let drill = Self::empty();
        fs::create_dir_all(drill.origin()).unwrap();
        let mut ledger = Vec::new();
        GzDecoder::new(OLD_LEDGER).read_to_end(&mut ledger).unwrap();
        fs::write(drill.origin().join("ledger.sqlite"), ledger).unwrap();
        let data = drill.fresh("looked-at");
        assert!(drill.run(&data, &["site", "list"]).status.success());
        let expect = drill.exported(&data);
        Self { expect, ..drill }
    }

    fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let preload = Preload::build(folder.path()).unwrap();
        let program = Artifacts::from_env().unwrap().tidemark;
        Self { folder, program, preload, expect: Vec::new() }
    }

    fn expecting(self) -> Self {
        let data = self.fresh("looked-at");
        let expect = self.exported(&data);
        assert_eq!(expect.len() as u64, EVENTS);
        Self { expect, ..self }
    }

    fn origin(&self) -> PathBuf {
        self.folder.path().join("origin")
    }

    /// A copy of the ledger.
    fn fresh(&self, name: &str) -> PathBuf {
        let data = self.folder.path().join(name);
        let _ = fs::remove_dir_all(&data);
        copy(&self.origin(), &data);
        data
    }

    fn command(&self, data: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--data").arg(data).args(arguments);
        command
    }

    fn run(&self, data: &Path, arguments: &[&str]) -> Output {
        self.command(data, arguments).output().unwrap()
    }

    fn succeed(&self, data: &Path, arguments: &[&str]) -> String {
        let output = self.run(data, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn exported(&self, data: &Path) -> Vec<String> {
        let mut lines: Vec<String> =
            self.succeed(data, &["export", "--site", SITE]).lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }

    /// The ledger is whole, and has every event once.
    fn is_whole(&self, data: &Path) {
        self.succeed(data, &["check"]);
        assert_eq!(self.exported(data), self.expect);
    }

    /// Ends a command at its steps 1, 2, 3, …, each time over what `prepare` made, until it comes to its end; `look`
    /// sees what it left.
    fn every_step(&self, name: &str, prepare: &dyn Fn() -> PathBuf, arguments: &[&str], look: &dyn Fn(&Path)) {
        let points = Effort::from_env().unwrap().crash_points;
        let data = prepare();
        let ended = self.command(&data, arguments).envs(self.preload.environment(Crash::Never)).output().unwrap();
        assert!(ended.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
        let steps = self.preload.steps().count;
        assert!(steps > 5, "{name}: {steps} steps");
        look(&data);
        let stride = if points == 0 { 1 } else { (steps / u64::from(points)).max(1) };
        let mut struck: BTreeMap<String, u32> = BTreeMap::new();
        for crash in [Crash::Before as fn(u64) -> Crash, Crash::Halfway] {
            for at in (stride.div_ceil(2)..=steps).step_by(stride as usize) {
                let data = prepare();
                let environment = self.preload.environment(crash(at));
                let ended = self.command(&data, arguments).envs(environment).output().unwrap();
                let Some(last) = self.preload.steps().last else {
                    // It took fewer steps this time.
                    assert!(ended.status.success(), "{name} {at}: {}", String::from_utf8_lossy(&ended.stderr));
                    continue;
                };
                *struck.entry(last).or_default() += 1;
                look(&data);
            }
        }
        let (total, kinds) = (struck.values().sum::<u32>(), struck.len());
        let said: Vec<String> = struck.iter().map(|(step, times)| format!("{times} × {step}")).collect();
        println!("{name}: ended at {total} steps: {}", said.join(", "));
        assert!(u64::from(total) >= (steps / stride).min(4), "{name}: {total} of {steps} steps");
        Row::new(&format!("{name} ended at every step"))
            .times(u64::from(total))
            .note(format!("{kinds} kinds of step"))
            .keep();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_migration_may_end_at_any_step() {
    let drill = Drill::old();
    assert_eq!(drill.expect.len() as u64, EVENTS);
    drill.every_step("migration", &|| drill.fresh("data"), &["site", "list"], &|data| {
        let listed = drill.succeed(data, &["site", "list"]);
        assert!(listed.contains(SITE), "{listed}");
        drill.is_whole(data);
    });
}

#[test]
fn a_backup_may_end_at_any_step() {
    let drill = Drill::new();
    let file = drill.folder.path().join("backup.sqlite");
    let forget = |path: &Path| {
        let _ = fs::remove_dir_all(path);
        let _ = fs::remove_file(path);
    };
    let into = drill.folder.path().join("restored");
    let prepare = || {
        for entry in fs::read_dir(drill.folder.path()).unwrap().map(Result::unwrap) {
            if entry.file_name().to_string_lossy().starts_with("backup.sqlite") {
                forget(&entry.path());
            }
        }
        drill.fresh("data")
    };
    drill.every_step("backup", &prepare, &["backup", file.to_str().unwrap()], &|data| {
        drill.is_whole(data);
        // What has the name of a backup is a whole one; else the next try makes it.
        if !file.exists() {
            drill.succeed(data, &["backup", file.to_str().unwrap()]);
        }
        forget(&into);
        drill.succeed(&into, &["restore", file.to_str().unwrap()]);
        drill.is_whole(&into);
    });
}

#[test]
fn a_restore_may_end_at_any_step() {
    let drill = Drill::new();
    let file = drill.folder.path().join("backup.sqlite");
    drill.succeed(&drill.fresh("data"), &["backup", file.to_str().unwrap()]);
    let into = drill.folder.path().join("restored");
    let prepare = || {
        let _ = fs::remove_dir_all(&into);
        into.clone()
    };
    drill.every_step("restore", &prepare, &["restore", file.to_str().unwrap()], &|data| {
        if !data.join("ledger.sqlite").exists() {
            drill.succeed(data, &["restore", file.to_str().unwrap()]);
        }
        drill.is_whole(data);
    });
}

#[test]
fn sealing_and_merging_may_end_at_any_step() {
    let drill = Drill::new();
    let unsealed = || drill.fresh("data");
    drill.every_step("sealing", &unsealed, &["segments", "seal"], &|data| {
        drill.is_whole(data);
        drill.succeed(data, &["segments", "seal"]);
        drill.is_whole(data);
    });
    let sealed = || {
        let data = drill.fresh("data");
        assert_eq!(drill.succeed(&data, &["segments", "seal"]), "30 events\n");
        data
    };
    let list = |data: &Path| drill.succeed(data, &["segments", "list"]).lines().count();
    let several = list(&sealed());
    assert!(several > 2, "{several} segments");
    drill.every_step("merging", &sealed, &["segments", "compact"], &|data| {
        drill.is_whole(data);
        drill.succeed(data, &["segments", "compact"]);
        drill.is_whole(data);
        assert_eq!(list(data), 2, "one a day");
    });
}

#[test]
fn a_rebuild_may_end_at_any_step() {
    let drill = Drill::new();
    let [from, to] = [day(), day() + 2 * DAY_MS].map(domain::window::date_of);
    let rebuild = ["rebuild", "--site", SITE, "--from", &from, "--to", &to];
    let prepare = || {
        let data = drill.fresh("data");
        // Something to write: nobody counted this one yet.
        drill.succeed(&data, &["site", "set", SITE, "--property", "plan"]);
        data
    };
    drill.every_step("rebuild", &prepare, &rebuild, &|data| {
        drill.is_whole(data);
        drill.succeed(data, &rebuild);
        let said = drill.succeed(data, &[&rebuild[..], &["--dry-run"]].concat());
        assert_eq!(said.matches("same").count(), 3, "{said}");
        drill.is_whole(data);
        drill.succeed(data, &["reconcile"]);
    });
}

#[test]
fn a_deletion_may_end_at_any_step() {
    let drill = Drill::new();
    let one = Id128([1; 16]).to_string();
    let erase = ["delete", "person", "--site", SITE, "--visitor", &one];
    let others: Vec<String> = drill.expect.iter().filter(|line| !line.contains(&one)).cloned().collect();
    assert_eq!(others.len() as u64, EVENTS * 4 / 5);
    drill.every_step("deletion of a person", &|| drill.fresh("data"), &erase, &|data| {
        drill.succeed(data, &["check"]);
        drill.succeed(data, &erase);
        drill.succeed(data, &["check"]);
        assert_eq!(drill.exported(data), others);
        // Rollups are those of the events that are left, and the accounts know what went.
        drill.succeed(data, &["reconcile"]);
    });
    let delete = ["delete", "site", SITE, "--confirm", SITE];
    drill.every_step("deletion of a site", &|| drill.fresh("data"), &delete, &|data| {
        drill.succeed(data, &["check"]);
        if drill.succeed(data, &["site", "list"]).contains(SITE) {
            drill.succeed(data, &delete);
        }
        assert_eq!(drill.succeed(data, &["site", "list"]), "");
        drill.succeed(data, &["check"]);
    });
}
