//! The same plan makes the same, byte for byte, in whatever steps; another seed does not.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use demo::edge::Made;
use demo::{Object, Plan, Stream, Tally};
use domain::hash;
use domain::seal::rollups;
use domain::window::{DAY_MS, HOUR_MS};
use jiff::civil::date;
use wire::frame::{Frame, RollupDimension};
use wire::site::Settings;
use wire::{Epoch, Id128, Seq};

const END_MS: u64 = 1_795_305_600_000;

fn plan(seed: u64) -> Plan {
    Plan::until(seed, date(2026, 11, 22), 3, 20).unwrap()
}

fn settings(site: &str) -> Settings {
    demo::settings(site, Settings { site: site.to_owned(), ..Settings::default() })
}

/// An object and a stream that made everything before an instant, and the frames of it.
fn made(seed: u64, at: usize, until_ms: u64) -> (Object, Stream, Tally, Vec<Made>) {
    let mut stream = Stream::all(plan(seed)).into_iter().nth(at).unwrap();
    let mut object = Object::new(plan(seed), settings(stream.facts().tracking_id), Epoch(1), Seq::default());
    let mut tally = Tally::default();
    let frames = go_on(&mut stream, &mut object, &mut tally, until_ms);
    (object, stream, tally, frames)
}

fn go_on(stream: &mut Stream, object: &mut Object, tally: &mut Tally, until_ms: u64) -> Vec<Made> {
    let mut frames = Vec::new();
    while let Some(happening) = stream.next_before(until_ms) {
        tally.add(object.take(happening).unwrap());
        if object.is_full() {
            frames.extend(object.seal().unwrap());
        }
    }
    while let Some(frame) = object.seal().unwrap() {
        frames.push(frame);
    }
    frames
}

fn digest(frames: &[Made]) -> Id128 {
    let hashes: Vec<&[u8]> = frames.iter().map(|frame| frame.sealed.hash.0.as_slice()).collect();
    hash::of_fields(&hashes)
}

/// Everything that frames say of visits and events in all, with each event's id.
fn sums(frames: &[Made]) -> (i64, i64, i64, u64, Id128) {
    let (mut visits, mut bounces, mut converted, mut events, mut ids) = (0, 0, 0, 0, Id128::default());
    for frame in frames {
        let frame = Frame::decode(&frame.sealed.bytes).unwrap();
        for row in frame.rows.iter().filter(|row| row.dimension == RollupDimension::Total) {
            (visits, bounces, converted) = (visits + row.visits, bounces + row.bounces, converted + row.converted);
            events += row.events;
        }
        ids = ids.xor(frame.id_checksum);
    }
    (visits, bounces, converted, events, ids)
}

#[test]
fn a_seed_s_frames_are_the_same_every_time() {
    for at in 0..2 {
        let first = made(1, at, END_MS);
        assert_eq!(digest(&first.3), digest(&made(1, at, END_MS).3));
        assert_ne!(digest(&first.3), digest(&made(2, at, END_MS).3));
        let other_days = Object::new(Plan { days: 4, ..plan(1) }, settings("harbour"), Epoch(1), Seq::default());
        assert_ne!(format!("{other_days:?}"), format!("{:?}", first.0));
    }
}

#[test]
fn frames_follow_each_other_and_agree_with_what_was_made() {
    for at in 0..2 {
        let (_, _, tally, frames) = made(1, at, END_MS);
        let mut through_ms = 0;
        for (frame, number) in frames.iter().zip(1..) {
            let decoded = Frame::decode(&frame.sealed.bytes).unwrap();
            assert!(rollups(&decoded).is_ok() && decoded.seq == Seq(number) && !decoded.replayed);
            assert_eq!(u64::from(decoded.event_count), frame.events);
            assert!(decoded.events.iter().all(|event| (through_ms..decoded.sealed_through_ms).contains(&event.at_ms)));
            through_ms = decoded.sealed_through_ms;
        }
        let (visits, _, converted, events, _) = sums(&frames);
        assert_eq!((visits.unsigned_abs(), events), (tally.visits, tally.events));
        assert!(converted > 0 && frames.len() > 4, "{converted} converted in {} frames", frames.len());
    }
}

#[test]
fn whoever_goes_on_behind_what_is_counted_counts_the_same() {
    for (at, stop_ms) in
        [(0, END_MS - 9 * HOUR_MS - 1), (1, END_MS - DAY_MS + 7_777_777), (1, END_MS - DAY_MS - HOUR_MS)]
    {
        let whole = made(1, at, END_MS);
        // Once in the same process, as time goes on.
        let (mut object, mut stream, mut tally, mut frames) = made(1, at, stop_ms);
        let known = frames.len();
        frames.extend(go_on(&mut stream, &mut object, &mut tally, END_MS));
        assert_eq!((sums(&frames), &tally), (sums(&whole.3), &whole.2));
        // And once by a new one that knows nothing but where the last frame stands, or one before it.
        for behind in [known, known / 2] {
            let last = &frames[behind - 1].sealed;
            let counted_ms = Frame::decode(&last.bytes).unwrap().sealed_through_ms;
            let mut stream = Stream::all(plan(1)).into_iter().nth(at).unwrap();
            let mut object = Object::new(plan(1), settings(stream.facts().tracking_id), Epoch(1), last.seq);
            let mut rest = frames[..behind].to_vec();
            let mut waiting = None;
            while let Some(happening) = stream.next_before(END_MS) {
                if happening.at_ms >= counted_ms {
                    waiting = Some(happening);
                    break;
                }
                object.take(happening).unwrap();
                object.pass();
            }
            object.take(waiting.unwrap()).unwrap();
            rest.extend(go_on(&mut stream, &mut object, &mut Tally::default(), END_MS));
            assert_eq!(sums(&rest), sums(&whole.3));
        }
    }
}
