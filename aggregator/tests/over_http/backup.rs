//! Backups, and the edges that keep their frames until one has them.

use std::collections::BTreeSet;
use std::path::Path;

use domain::seal::{Sealed, renumber};
use wire::frame::{FrameResult, HelloAnswer};
use wire::{Epoch, Seq};

use crate::edge::{Edge, hello, send};
use crate::rebuild::{day, some_events, totals};
use crate::server::{Server, tidemark};
use crate::visits::three_days;

const AFTER_BACKUP: [(&str, &str); 1] = [("TIDEMARK_STABLE_AFTER", "backup")];

fn backup(server: &Server, file: &Path) {
    let said = server.command(&["backup", file.to_str().unwrap()]);
    assert!(said.ends_with(" edges"), "{said}");
}

fn restore(file: &Path, into: &tempfile::TempDir) -> String {
    let restored = tidemark(into).args(["restore", file.to_str().unwrap()]).output().unwrap();
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    String::from_utf8(restored.stdout).unwrap()
}

/// Sends frames that must be counted; answers what the last acknowledgement says is applied and stable.
fn apply(server: &Server, frames: &[Sealed]) -> (Seq, Seq) {
    let mut reached = (Seq(0), Seq(0));
    for frame in frames {
        let (status, acknowledgement) = send(server, &frame.bytes);
        assert_eq!((status, acknowledgement.result), (200, FrameResult::Applied), "{acknowledgement:?}");
        reached = (acknowledgement.applied_through, acknowledgement.stable_through);
    }
    reached
}

fn exported(server: &Server) -> (usize, BTreeSet<String>) {
    let lines: Vec<String> = server.command(&["export", "--site", "UA-1"]).lines().map(str::to_owned).collect();
    (lines.len(), lines.into_iter().collect())
}

#[test]
fn a_lost_disk_loses_nothing_that_edges_keep() {
    let server = Server::start_with(tempfile::tempdir().unwrap(), &AFTER_BACKUP);
    server.site("UA-1");
    let backups = tempfile::tempdir().unwrap();
    let (first, second) = (backups.path().join("first.sqlite"), backups.path().join("second.sqlite"));
    let mut edges = [Edge::join(&server, 1, "UA-1"), Edge::join(&server, 2, "UA-1")];
    let frames: Vec<Vec<Sealed>> =
        (0..2).map(|n| (0..6).flat_map(|part| edges[n].seal(&three_days(10 * n as u64 + part, 4))).collect()).collect();
    let early = |n: usize| apply(&server, &frames[n][..2]);
    assert_eq!([early(0), early(1)], [(Seq(2), Seq(0)); 2]);
    backup(&server, &first);
    let again = send(&server, &frames[0][1].bytes).1;
    assert_eq!((again.result, again.stable_through), (FrameResult::Duplicate, Seq(2)));
    assert_eq!(apply(&server, &frames[0][2..3]), (Seq(3), Seq(2)));
    backup(&server, &second);
    assert_eq!(apply(&server, &frames[0][3..5]), (Seq(5), Seq(3)));
    assert_eq!(apply(&server, &frames[1][2..5]), (Seq(5), Seq(2)));

    // The disk is lost. What was said to be stable is in the last backup; edges keep all the rest.
    let restored = tempfile::tempdir().unwrap();
    drop(server);
    let said = restore(&second, &restored);
    assert!(said.contains("frames   5\nevents   20"), "{said}");
    let server = Server::start_with(restored, &AFTER_BACKUP);
    // The one goes on, and is led back to where the backup ends.
    let ahead = send(&server, &frames[0][5].bytes).1;
    assert_eq!((ahead.result, ahead.applied_through), (FrameResult::Gap, Seq(3)));
    assert!(ahead.stable_through <= Seq(3));
    apply(&server, &frames[0][3..]);
    // The other says hello, and sends all that it keeps as replayed: also what the backup has.
    assert_eq!(hello(&server, 2, "UA-1", Some(1)), HelloAnswer::Welcome { epoch: Epoch(2) });
    let kept = frames[1][1..].iter().zip(1..);
    let replayed: Vec<Sealed> = kept.map(|(frame, seq)| renumber(&frame.bytes, Epoch(2), Seq(seq)).unwrap()).collect();
    assert_eq!(apply(&server, &replayed), (Seq(5), Seq(0)), "nothing of the new epoch is in a backup");
    let (lines, distinct) = exported(&server);
    assert_eq!((lines, distinct.len()), (2 * 6 * 4, 2 * 6 * 4));
    backup(&server, &backups.path().join("third.sqlite"));
    assert_eq!(send(&server, &replayed[4].bytes).1.stable_through, Seq(5));
}

#[test]
fn a_backup_is_whole_and_written_beside_a_busy_server() {
    let server = Server::start();
    server.site("UA-1");
    let backups = tempfile::tempdir().unwrap();
    let files: Vec<_> = (0..4).map(|n| backups.path().join(format!("{n}.sqlite"))).collect();
    let mut edge = Edge::join(&server, 1, "UA-1");
    std::thread::scope(|scope| {
        let busy = scope.spawn(|| {
            (0..60).for_each(|n| edge.deliver(&server, &three_days(n, 20)));
        });
        files.iter().for_each(|file| backup(&server, file));
        busy.join().unwrap();
    });
    let mut events = 0;
    for file in &files {
        let copy = rusqlite::Connection::open(file).unwrap();
        let found = |sql: &str| copy.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        let (frames, applied) = (found("SELECT count(*) FROM frames"), found("SELECT max(applied_through) FROM marks"));
        // What is hot at the server is in the copy as frames, and counted from these.
        let restored = tempfile::tempdir().unwrap();
        std::fs::copy(file, restored.path().join("ledger.sqlite")).unwrap();
        let checked = tidemark(&restored).arg("check").output().unwrap();
        let said = String::from_utf8(checked.stdout).unwrap();
        let counted = said.lines().find_map(|line| line.strip_prefix("events   ")).unwrap().parse::<i64>().unwrap();
        assert_eq!((frames, 20 * frames), (applied, counted), "one version of the ledger");
        assert!(counted >= events);
        events = counted;
        assert!(!file.with_extension("sqlite-wal").exists() && !file.with_extension("sqlite.part").exists());
    }
    // A backup is never written over anything; without a ledger there is none.
    let (before, ledger) = (std::fs::read(&files[0]).unwrap(), server.folder.path().join("ledger.sqlite"));
    for file in [&files[0], &ledger] {
        let refused = server.try_command(&["backup", file.to_str().unwrap()]);
        assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("exists already"));
    }
    assert_eq!(std::fs::read(&files[0]).unwrap(), before);
    let nowhere = server.try_command(&["backup", "/nowhere/at/all.sqlite"]);
    assert!(!nowhere.status.success());
    let empty = tempfile::tempdir().unwrap();
    let nothing = tidemark(&empty).args(["backup", "x.sqlite"]).current_dir(&empty).output().unwrap();
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("no ledger"));
    assert!(!empty.path().join("x.sqlite").exists() && !empty.path().join("ledger.sqlite").exists());
    // By default a commit is as stable as it gets.
    let last = edge.seal(&three_days(99, 3)).remove(0);
    let acknowledgement = send(&server, &last.bytes).1;
    assert_eq!(acknowledgement.stable_through, acknowledgement.applied_through);
}

/// Nothing is restored over anything, nor from what is no whole backup; what is left of a try is in nobody's way.
#[test]
fn only_a_whole_backup_is_restored_and_only_into_an_empty_folder() {
    let server = Server::start();
    server.site("UA-1");
    Edge::join(&server, 1, "UA-1").deliver(&server, &three_days(1, 20));
    let backups = tempfile::tempdir().unwrap();
    let file = backups.path().join("whole.sqlite");
    backup(&server, &file);
    let whole = std::fs::read(&file).unwrap();
    let refused = |content: &[u8], words: &str| {
        let (other, into) = (backups.path().join("other.sqlite"), tempfile::tempdir().unwrap());
        std::fs::write(&other, content).unwrap();
        let restored = tidemark(&into).args(["restore", other.to_str().unwrap()]).output().unwrap();
        let said = String::from_utf8_lossy(&restored.stderr).into_owned();
        assert!(!restored.status.success() && said.contains(words), "{words}: {said}");
        let left: Vec<_> = std::fs::read_dir(&into).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left == ["lock"], "{left:?}");
    };
    refused(b"", "no ledger");
    refused(b"not a database, but long enough to be looked at as one", "damaged");
    refused(&whole[..whole.len() / 2], "damaged");
    let mut scratched = whole.clone();
    for page in scratched.chunks_mut(4096).skip(3).step_by(5) {
        page[..64].fill(0xa5);
    }
    refused(&scratched, "damaged");
    // Whole pages that disagree.
    let tampered = backups.path().join("tampered.sqlite");
    std::fs::write(&tampered, &whole).unwrap();
    let connection = rusqlite::Connection::open(&tampered).unwrap();
    connection.execute("UPDATE frames SET events = events + 1", []).unwrap();
    drop(connection);
    refused(&std::fs::read(&tampered).unwrap(), "events in the log");

    let into_used = server.try_command(&["restore", file.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&into_used.stderr).into_owned();
    assert!(!into_used.status.success() && said.contains("another `tidemark serve`"), "{said}");
    let into = tempfile::tempdir().unwrap();
    std::fs::write(into.path().join("ledger.sqlite.part"), b"of a try that was ended").unwrap();
    restore(&file, &into);
    let again = tidemark(&into).args(["restore", file.to_str().unwrap()]).output().unwrap();
    assert!(String::from_utf8_lossy(&again.stderr).contains("exists already"));
    let restored = Server::start_with(into, &[]);
    assert_eq!(exported(&restored), exported(&server));
    assert_eq!(restored.command(&["check"]), server.command(&["check"]));
}

/// The whole drill: some of it sealed, some in the log, some hot; a backup; more is counted; the disk is lost. The backup
/// is restored by the command, and the edges bring what it does not have.
#[test]
fn a_restored_server_is_refilled_to_exactly_what_was_counted() {
    let mut server = Server::start_with(tempfile::tempdir().unwrap(), &AFTER_BACKUP);
    let token = server.site("UA-1");
    let backups = tempfile::tempdir().unwrap();
    let file = backups.path().join("drill.sqlite");
    let mut edges = [Edge::join(&server, 1, "UA-1"), Edge::join(&server, 2, "UA-1")];
    let frames: Vec<Vec<Sealed>> = (0..2u64)
        .map(|n| {
            (0..9).flat_map(|part| edges[n as usize].seal(&some_events(10 * n + part, day(part % 3), 5))).collect()
        })
        .collect();
    let both = |server: &Server, part: std::ops::Range<usize>| {
        frames.iter().for_each(|frames| {
            apply(server, &frames[part.clone()]);
        });
    };
    both(&server, 0..3);
    assert_eq!(server.terminate(), 0);
    assert_eq!(server.command(&["segments", "seal"]), "30 events");
    let mut server = server.kill_and_restart_with(&AFTER_BACKUP);
    both(&server, 3..5);
    backup(&server, &file);
    assert!(file.with_extension("sqlite.segments").join("UA-1").is_dir());
    // Sealed, merged and counted after the backup; nothing of it is in there.
    assert_eq!(server.terminate(), 0);
    server.command(&["segments", "seal"]);
    let mut server = server.kill_and_restart_with(&AFTER_BACKUP);
    both(&server, 5..8);
    let (expect, counted) = (exported(&server), totals(&server, &token, "UA-1"));
    assert_eq!((expect.0, &counted["events"]), (80, &serde_json::json!(80)));
    assert_eq!(server.terminate(), 0);
    let lost = std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap());
    drop((server, lost));

    let into = tempfile::tempdir().unwrap();
    assert!(restore(&file, &into).contains("events   50"));
    let server = Server::start_with(into, &AFTER_BACKUP);
    // The one goes on where the backup ends; the other says hello, and brings all that it keeps as replayed.
    assert_eq!(send(&server, &frames[0][7].bytes).1.applied_through, Seq(5));
    apply(&server, &frames[0][5..8]);
    assert_eq!(hello(&server, 2, "UA-1", Some(1)), HelloAnswer::Welcome { epoch: Epoch(2) });
    let kept = frames[1][2..8].iter().zip(1..);
    let replayed: Vec<Sealed> = kept.map(|(frame, seq)| renumber(&frame.bytes, Epoch(2), Seq(seq)).unwrap()).collect();
    apply(&server, &replayed);
    assert_eq!(exported(&server), expect);
    assert_eq!(totals(&server, &token, "UA-1"), counted);
    server.command(&["check"]);
    assert!(server.command(&["reconcile"]).contains("\"agrees\": true"));
    // A backup whose segments are gone or damaged is none.
    let segments = file.with_extension("sqlite.segments");
    let refused = |words: &str| {
        let into = tempfile::tempdir().unwrap();
        let restored = tidemark(&into).args(["restore", file.to_str().unwrap()]).output().unwrap();
        let said = String::from_utf8_lossy(&restored.stderr).into_owned();
        assert!(!restored.status.success() && said.contains(words), "{said}");
        assert!(!into.path().join("ledger.sqlite").exists());
    };
    let date = std::fs::read_dir(segments.join("UA-1")).unwrap().next().unwrap().unwrap().path();
    let segment = std::fs::read_dir(date).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes.truncate(bytes.len() / 2);
    std::fs::remove_file(&segment).unwrap();
    refused("is gone");
    std::fs::write(&segment, bytes).unwrap();
    refused("segment UA-1/");
}
