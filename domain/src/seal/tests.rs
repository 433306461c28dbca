use super::*;
use crate::rollup::tests::event;

fn writer() -> Writer {
    Writer { edge_id: Id128([1; 16]), epoch: Epoch(3), site: "UA-1".to_owned(), shard: 0 }
}

fn decoded(sealed: &[Sealed]) -> Vec<Frame> {
    sealed.iter().filter_map(|s| Frame::decode(&s.bytes).ok()).collect()
}

#[test]
fn frames_hold_every_event_once_in_order_within_the_limit() {
    let events: Vec<_> =
        (0..1_300).map(|n| RawEvent { title: "x".repeat(500), ..event(n, &format!("/{n}")) }).collect();
    let sealed = seal(&events, &writer(), Seq(5), 9).unwrap_or_default();
    assert!(sealed.len() > 3);
    assert!(sealed.iter().all(|s| s.bytes.len() <= FRAME_BYTES_MAX && s.hash == hash::of_bytes(&s.bytes)));
    let frames = decoded(&sealed);
    assert!(frames.iter().zip(5..).all(|(frame, seq)| frame.seq == Seq(seq)));
    assert!(frames.iter().all(|frame| rollups(frame).is_ok()));
    let ids: Vec<_> = frames.iter().flat_map(|frame| frame.events.iter().map(|e| e.id)).collect();
    assert_eq!(ids, events.iter().map(|e| e.id).collect::<Vec<_>>());
}

#[test]
fn nothing_to_seal_makes_no_frame() {
    assert!(matches!(seal(&[], &writer(), Seq(1), 0), Ok(sealed) if sealed.is_empty()));
}

#[test]
fn renumbering_changes_the_numbers_alone() {
    let events: Vec<_> = (0..600).map(|n| event(n, "/")).collect();
    let sealed = seal(&events, &writer(), Seq(7), 9).unwrap_or_default();
    assert_eq!(sealed.len(), 2);
    for (old, seq) in sealed.iter().zip(1..) {
        let new = renumber(&old.bytes, Epoch(4), Seq(seq)).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((new.seq, new.hash), (Seq(seq), hash::of_bytes(&new.bytes)));
        let [old, new] = [old, &new].map(|s| Frame::decode(&s.bytes).unwrap_or_else(|e| panic!("{e}")));
        assert_eq!(new, Frame { epoch: Epoch(4), seq: Seq(seq), ..old });
    }
}

#[test]
fn a_frame_that_disagrees_with_itself_is_refused() {
    fn check(change: impl Fn(&mut Frame), words: &str) {
        let mut frame = frame(&[event(1, "/a")], &writer(), Seq(1), 0);
        change(&mut frame);
        let refused = rollups(&frame).map(|_| ()).map_err(|e| e.to_string()).err().unwrap_or_default();
        assert!(refused.contains(words), "{refused:?}, wanted {words}");
    }
    check(|f| f.wire_version = 99, "wire_version");
    check(|f| f.seq = Seq(0), "seq");
    check(|f| f.event_count = 2, "event_count");
    check(|f| f.id_checksum = Id128([9; 16]), "id_checksum");
    check(|f| f.rows.iter_mut().for_each(|row| row.start_ms += 1), "minute");
    check(|f| f.rows.iter_mut().for_each(|row| row.events += 1), "add up");
    check(|f| f.rows.iter_mut().for_each(|row| row.value = "x".repeat(600)), "too long");
    check(|f| f.rows.iter_mut().for_each(|row| row.visitors = vec![9].into()), "sketch");
}
