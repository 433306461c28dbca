//! Frames that were set aside: listed, shown, judged again, dropped.

use domain::seal::renumber;
use wire::frame::{FrameResult, HelloAnswer};
use wire::{Epoch, Seq};

use crate::edge::{Edge, hello, send};
use crate::server::{Server, tidemark};
use crate::visits::three_days;

fn listed(server: &Server) -> Vec<String> {
    server.command(&["quarantine", "list"]).lines().map(str::to_owned).collect()
}

fn exported(server: &Server) -> usize {
    server.command(&["export", "--site", "UA-1"]).lines().count()
}

#[test]
fn a_frame_of_a_site_that_was_missing_is_counted_once() {
    let server = Server::start();
    let frame = Edge::at(1, "UA-1", Epoch(1)).seal(&three_days(1, 20)).remove(0);
    assert_eq!(send(&server, &frame.bytes).1.result, FrameResult::Rejected);
    let [line] = &listed(&server)[..] else { panic!("one frame") };
    let hash = frame.hash.to_string();
    assert!(line.starts_with(&hash) && line.ends_with("there is no site UA-1"), "{line}");
    let shown = server.command(&["quarantine", "show", &hash]);
    assert!(shown.contains("site     UA-1") && shown.contains("events   20, of which 20"), "{shown}");
    // Without its site it stays.
    let said = server.command(&["quarantine", "replay"]);
    assert!(said.contains("there is no site UA-1") && listed(&server).len() == 1, "{said}");
    server.site("UA-1");
    let said = server.command(&["quarantine", "replay", &hash]);
    assert!(said.contains(r#""events":20"#), "{said}");
    assert_eq!((listed(&server).len(), exported(&server)), (0, 20));
    // Its edge sends the same events again, and another frame.
    assert_eq!(hello(&server, 1, "UA-1", Some(1)), HelloAnswer::Welcome { epoch: Epoch(3) });
    let again = renumber(&frame.bytes, Epoch(3), Seq(1)).unwrap();
    assert_eq!(send(&server, &again.bytes).1.result, FrameResult::Applied);
    assert_eq!(exported(&server), 20);
    server.command(&["check"]);
}

#[test]
fn a_forked_frame_is_counted_once_however_it_comes() {
    let server = Server::start();
    server.site("UA-1");
    let mut edge = Edge::join(&server, 1, "UA-1");
    edge.deliver(&server, &three_days(1, 10));
    // Its storage goes back: another frame under the same number.
    let forked = Edge::at(1, "UA-1", Epoch(1)).seal(&three_days(2, 7)).remove(0);
    let other = Edge::at(1, "UA-1", Epoch(1)).seal(&three_days(3, 5)).remove(0);
    for frame in [&forked, &other] {
        assert_eq!(send(&server, &frame.bytes).1.result, FrameResult::Forked);
    }
    assert_eq!(listed(&server).len(), 2);
    // The edge brings one of them itself.
    assert_eq!(hello(&server, 1, "UA-1", Some(1)), HelloAnswer::Welcome { epoch: Epoch(2) });
    let brought = renumber(&forked.bytes, Epoch(2), Seq(1)).unwrap();
    assert_eq!(send(&server, &brought.bytes).1.result, FrameResult::Applied);
    assert_eq!(exported(&server), 17);
    server.command(&["quarantine", "replay"]);
    assert_eq!((listed(&server).len(), exported(&server)), (0, 22));
    // The edge is fenced, and goes on as usual.
    let late = Edge::at(1, "UA-1", Epoch(2)).seal(&three_days(4, 3)).remove(0);
    let late = renumber(&late.bytes, Epoch(2), Seq(2)).unwrap();
    assert_eq!(send(&server, &late.bytes).1.result, FrameResult::Fenced);
    server.command(&["check"]);
}

#[test]
fn without_a_server_the_command_does_it() {
    let mut server = Server::start();
    let frames = [1, 2].map(|n| Edge::at(n, "UA-1", Epoch(1)).seal(&three_days(n.into(), 9)).remove(0));
    for frame in &frames {
        send(&server, &frame.bytes);
    }
    server.site("UA-1");
    assert_eq!(server.terminate(), 0);
    let run = |arguments: &[&str]| tidemark(&server.folder).args(arguments).output().unwrap();
    let hashes = frames.map(|frame| frame.hash.to_string());
    assert!(run(&["quarantine", "replay", &hashes[0]]).status.success());
    assert!(run(&["quarantine", "drop", &hashes[1]]).status.success());
    for gone in ["replay", "drop", "show"] {
        let refused = run(&["quarantine", gone, &hashes[1]]);
        assert!(String::from_utf8_lossy(&refused.stderr).contains("no frame"), "{gone}");
    }
    assert_eq!(exported(&server), 9);
    server.command(&["check"]);
}
