use super::*;
use crate::rollup::tests::event;

fn writer() -> Writer {
    Writer { edge_id: Id128([1; 16]), epoch: Epoch(3), site: "UA-1".to_owned(), shard: 0 }
}

fn folding<'a>(events: &'a [RawEvent], settings: &'a Settings) -> Folding<'a> {
    Folding { events, changes: &[], outcomes: &[], settings, sealed_through_ms: 9 }
}

/// The events alone, under default settings.
fn seal(events: &[RawEvent], writer: &Writer, first: Seq) -> Vec<Sealed> {
    let settings = Settings::default();
    super::seal(&folding(events, &settings), writer, first, &mut Caps::default()).unwrap_or_default()
}

fn frame(events: &[RawEvent]) -> Frame {
    decoded(&seal(events, &writer(), Seq(1))).remove(0)
}

fn decoded(sealed: &[Sealed]) -> Vec<Frame> {
    sealed.iter().filter_map(|s| Frame::decode(&s.bytes).ok()).collect()
}

#[test]
fn frames_hold_every_event_once_in_order_within_the_limit() {
    let events: Vec<_> =
        (0..1_300).map(|n| RawEvent { title: "x".repeat(500), ..event(n, &format!("/{n}")) }).collect();
    let sealed = seal(&events, &writer(), Seq(5));
    assert!(sealed.len() > 3);
    assert!(sealed.iter().all(|s| s.bytes.len() <= FRAME_BYTES_MAX && s.hash == hash::of_bytes(&s.bytes)));
    let frames = decoded(&sealed);
    assert!(frames.iter().zip(5..).all(|(frame, seq)| frame.seq == Seq(seq)));
    assert!(frames.iter().all(|frame| rollups(frame).is_ok()));
    let ids: Vec<_> = frames.iter().flat_map(|frame| frame.events.iter().map(|e| e.id)).collect();
    assert_eq!(ids, events.iter().map(|e| e.id).collect::<Vec<_>>());
    // Before the last one is counted, not all is.
    let (last, others) = frames.split_last().unwrap();
    assert!(last.sealed_through_ms > 0 && others.iter().all(|frame| frame.sealed_through_ms == 0));
}

#[test]
fn what_stays_in_the_journal_is_not_sealed() {
    let cases = [(Some(5), 0, 9), (Some(5), 1, 5), (None, 0, 9)];
    assert!(cases.into_iter().all(|(last, unsealed, expect)| sealed_through_ms(last, unsealed, 9) == expect));
}

/// The worst case of the arithmetic: every event has a value of its own in every dimension.
#[test]
fn events_with_every_dimension_stay_within_the_rows_of_a_frame() {
    let events: Vec<_> = (0..450)
        .map(|n| {
            let own = |name: &str| format!("{name}{n}");
            RawEvent {
                source: own("s"),
                channel: own("c"),
                country: own("C"),
                region: own("r"),
                city: own("y"),
                device: own("d"),
                hostname: own("h"),
                browser: own("b"),
                browser_version: own("B"),
                os: own("o"),
                os_version: own("O"),
                screen: own("w"),
                language: own("l"),
                utm_source: own("us"),
                utm_medium: own("um"),
                utm_campaign: own("uc"),
                utm_content: own("uC"),
                utm_term: own("ut"),
                event_type: own("e"),
                ..event(n * 60, &own("/"))
            }
        })
        .collect();
    let frames = decoded(&seal(&events, &writer(), Seq(1)));
    assert_eq!(frames.iter().map(|frame| frame.events.len()).sum::<usize>(), events.len());
    let rows: usize = frames.iter().map(|frame| frame.rows.len()).sum();
    // Two pairs by default have a value, the third (source and utm_medium) too; no goal, property, entry or exit page.
    let of_each = RollupDimension::ALL.len() - 5 + 3;
    assert_eq!(rows, events.len() * of_each, "one row each");
    assert!(frames.iter().all(|frame| rollups(frame).is_ok()));
}

/// A frame that is as large as may be is still a frame under the largest numbers.
#[test]
fn every_frame_can_be_numbered_anew() {
    for title in (1..500).step_by(7) {
        let events: Vec<_> = (0..750).map(|n| RawEvent { title: "x".repeat(title), ..event(n, "/") }).collect();
        for frame in seal(&events, &writer(), Seq(1)) {
            let renewed = renumber(&frame.bytes, Epoch(u64::MAX / 2), Seq(u64::MAX / 2));
            assert!(renewed.is_ok_and(|renewed| Frame::decode(&renewed.bytes).is_ok()), "{} bytes", frame.bytes.len());
        }
    }
}

#[test]
fn nothing_to_seal_makes_no_frame() {
    assert!(seal(&[], &writer(), Seq(1)).is_empty());
}

#[test]
fn renumbering_changes_the_numbers_alone() {
    let events: Vec<_> = (0..900).map(|n| event(n, "/")).collect();
    let sealed = seal(&events, &writer(), Seq(7));
    assert_eq!(sealed.len(), 2);
    for (old, seq) in sealed.iter().zip(1..) {
        let new = renumber(&old.bytes, Epoch(4), Seq(seq)).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((new.seq, new.hash), (Seq(seq), hash::of_bytes(&new.bytes)));
        let again = renumber(&new.bytes, Epoch(5), Seq(1)).unwrap_or_else(|e| panic!("{e}"));
        let first = old;
        let [old, new, again] = [old, &new, &again].map(|s| Frame::decode(&s.bytes).unwrap_or_else(|e| panic!("{e}")));
        let born = Some(Born { epoch: Epoch(3), seq: old.seq, hash: first.hash });
        assert_eq!(new, Frame { epoch: Epoch(4), seq: Seq(seq), replayed: true, born, ..old });
        assert_eq!(again.born, born, "the first place stays");
    }
}

#[test]
fn news_are_the_events_not_counted_yet() {
    let events: Vec<_> = (0..5).map(|n| event(n, &format!("/{n}"))).collect();
    let (whole, settings) = (frame(&events), Settings::default());
    let counted = events[1..3].iter().map(|event| event.id).collect();
    let news = news(whole.clone(), &counted, &settings);
    assert_eq!(news, frame(&[&events[..1], &events[3..]].concat()));
    assert!(rollups(&news).is_ok());
    assert_eq!(super::news(whole.clone(), &BTreeSet::new(), &settings), whole);
}

#[test]
fn a_frame_that_disagrees_with_itself_is_refused() {
    fn check(change: impl Fn(&mut Frame), words: &str) {
        let mut frame = frame(&[event(1, "/a")]);
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
