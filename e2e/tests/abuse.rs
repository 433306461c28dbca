//! Edge and aggregator under hostile requests: all are refused, none is felt by those who mean well.
//!
//! Short in `cargo xtask test`; `cargo xtask abuse --attacks 10000` makes it long.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use e2e::abuse::{ABUSED_SITE, Attacker, BROWSER, gzip};
use e2e::effort::Effort;
use e2e::load::Load;
use e2e::trial::{SITE, Trial};
use e2e::verdict::Verdict;
use e2e::{http, memory};
use serde_json::{Value, json};
use wire::limits::{BATCH_EVENTS_MAX, BODY_BYTES_MAX};
use wire::problem::{self, Problem};

/// Attackers at once.
const ATTACKERS: usize = 4;

/// Between two batches of a well-meaning sender.
const PAUSE: Duration = Duration::from_millis(20);

/// How much either process may grow from the end of the first third to the end. The runtime collects garbage when it
/// likes and lets its heap grow to some 230 MiB first; kept bodies (15 KiB on average) would be more from 10 000 attacks on.
const GROWTH_KIB_MAX: u64 = 96 * 1024;

/// What attackers saw.
#[derive(Default)]
struct Seen {
    statuses: BTreeMap<(&'static str, u16), u64>,
    took: Vec<Duration>,
    wrong: Vec<String>,
}

fn strike(attacker: &Attacker, numbers: Range<u64>, seen: &Mutex<Seen>) {
    let next = AtomicU64::new(numbers.start);
    thread::scope(|scope| {
        for _ in 0..ATTACKERS {
            scope.spawn(|| {
                let agent = http::agent();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= numbers.end {
                        break;
                    }
                    let attack = attacker.attack(number);
                    let begun = Instant::now();
                    let answer = attack.send(&agent);
                    let took = begun.elapsed();
                    let mut seen = seen.lock().unwrap();
                    seen.took.push(took);
                    let named =
                        format!("attack {number} ({}) on {}", attack.kind, &attack.url[..attack.url.len().min(99)]);
                    match answer {
                        Ok(answer) => {
                            *seen.statuses.entry((attack.kind, answer.status)).or_default() += 1;
                            if !attack.is_met_by(answer.status) {
                                seen.wrong.push(format!("{named}: {} {}", answer.status, answer.text()));
                            }
                        }
                        Err(error) => seen.wrong.push(format!("{named}: no answer after {took:.1?}: {error:#}")),
                    }
                }
            });
        }
    });
}

fn resident_kib(trial: &mut Trial) -> [u64; 2] {
    let ids = [trial.stack.edge.process().id(), trial.stack.aggregator.process().id()];
    ids.map(|id| memory::resident_kib(id).unwrap())
}

#[test]
fn hostile_requests_are_refused_and_nobody_else_notices() {
    let effort = Effort::from_env().unwrap();
    let mut trial = Trial::start().unwrap();
    trial.stack.aggregator.add_open_site(ABUSED_SITE, "abused.example").unwrap();
    let attacker = Attacker::new(&trial.stack, trial.token(), effort.seed);
    let load = Load::start(&trial.stack.edge.url(), PAUSE);
    load.wait_for(40).unwrap();
    let seen = Mutex::new(Seen::default());
    let begun = Instant::now();
    let third = effort.attacks / 3;
    let mut resident = Vec::new();
    for part in [0..third, third..2 * third, 2 * third..effort.attacks] {
        strike(&attacker, part, &seen);
        resident.push(resident_kib(&mut trial));
    }
    let took = begun.elapsed();
    load.wait_for(40).unwrap();
    let refused = load.seen().refused() + load.seen().unanswered();
    let sent = load.finish().unwrap();
    trial.settle(sent.len() as u64).unwrap();

    let mut seen = seen.into_inner().unwrap();
    seen.took.sort();
    let percentile = |p: usize| seen.took[(seen.took.len() * p / 100).min(seen.took.len() - 1)];
    println!("abuse: {} requests in {took:.1?}, seed {}", seen.took.len(), effort.seed);
    println!(
        "  answered within {:.1?} (half), {:.1?} (99 %), {:.1?} (all)",
        percentile(50),
        percentile(99),
        percentile(100)
    );
    for (process, at) in [("edge", 0), ("aggregator", 1)] {
        let [warm, then, hot] = [0, 1, 2].map(|third| resident[third][at] / 1024);
        println!("  memory of the {process} after each third: {warm}, {then}, {hot} MiB");
    }
    for ((kind, status), count) in &seen.statuses {
        println!("  {status} {kind}: {count}");
    }
    let verdict = Verdict::of(&sent, &trial.exported().unwrap()).unwrap();
    println!("  meanwhile: {verdict}; {refused} requests of theirs were not acknowledged at once");
    assert!(
        seen.wrong.is_empty(),
        "{} wrong answers:\n{}",
        seen.wrong.len(),
        seen.wrong[..seen.wrong.len().min(20)].join("\n")
    );
    assert_eq!(refused, 0);
    verdict.hold(&trial).unwrap();
    for (warm, hot) in resident[0].into_iter().zip(resident[2]) {
        assert!(hot.saturating_sub(warm) <= GROWTH_KIB_MAX, "memory grew from {warm} to {hot} KiB");
    }
}

/// Small bodies that stand for large ones: refused by their limit, and soon.
#[test]
fn bombs_are_refused_by_their_limit() {
    let mut trial = Trial::start().unwrap();
    let url = format!("{}/api/v1/events", trial.stack.edge.url());
    let bomb = gzip(&vec![b' '; 10 << 20]).unwrap();
    let nested = gzip(&gzip(&vec![0; 64 << 20]).unwrap()).unwrap();
    let depth = 100_000;
    let limit = BODY_BYTES_MAX.to_string();
    let bombs: Vec<(&str, &str, Vec<u8>, u16, &str)> = vec![
        ("gzip of 10 MiB", "gzip", bomb, 413, &limit),
        ("gzip of gzip of 64 MiB", "gzip", nested.clone(), 400, "neither"),
        ("the same, declared", "gzip, gzip", nested, 415, "gzip or identity"),
        ("JSON lists", "identity", vec![b'['; depth], 400, "16 deep"),
        (
            "JSON lists, closed",
            "identity",
            ["[".repeat(depth), "]".repeat(depth)].concat().into_bytes(),
            400,
            "16 deep",
        ),
        ("JSON maps", "identity", br#"{"a":"#.repeat(depth), 400, "16 deep"),
        ("JSON lists, packed", "gzip", gzip(&vec![b'['; depth]).unwrap(), 400, "16 deep"),
        ("MessagePack lists", "identity", vec![0x91; depth], 400, "16 deep"),
        ("MessagePack maps", "identity", b"\x81\xa1a".repeat(depth), 400, "16 deep"),
        ("JSON values", "identity", format!("[{}1]", "1,".repeat(500_000)).into_bytes(), 400, "65536 values"),
        ("one byte too long", "identity", vec![b' '; BODY_BYTES_MAX + 1], 413, &limit),
    ];
    let agent = http::agent();
    let before = resident_kib(&mut trial)[0];
    for (name, encoding, body, status, words) in bombs {
        let begun = Instant::now();
        let answer = http::post_by(&agent, &url, &[("content-encoding", encoding)], &body).unwrap();
        println!("bomb: {name}, {} bytes: {} in {:.1?}", body.len(), answer.status, begun.elapsed());
        assert_eq!(answer.status, status, "{name}: {}", answer.text());
        assert_eq!(answer.header("content-type"), Some(problem::CONTENT_TYPE), "{name}");
        let problem: Problem = answer.json().unwrap();
        assert!(problem.detail.contains(words), "{name}: {}, wanted {words}", problem.detail);
    }
    println!("bomb: the edge grew by {} KiB", resident_kib(&mut trial)[0].saturating_sub(before));
}

/// What is said of refused events is kept for the batch's retries. It must not grow with what was sent.
#[test]
fn a_refusal_is_short_however_long_the_event() {
    let trial = Trial::start().unwrap();
    let url = format!("{}/api/v1/events", trial.stack.edge.url());
    let good = json!({"event_type": "x", "client_id": "c", "custom_properties": {"name": "good"}});
    let long = "\u{1}".repeat(700_000);
    let batch = json!({
        "batch_id": "batch-0000000000003", "tracking_id": SITE,
        "events": [good, {"event_type": "x", "custom_properties": long}],
    });
    let body = rmp_serde::to_vec_named(&batch).unwrap();
    for _first_and_retry in 0..2 {
        let answer = http::post(&url, &[("user-agent", BROWSER)], &body).unwrap();
        assert_eq!(answer.status, 200, "{:.300}", answer.text());
        assert!(answer.body.len() < 2_000, "{} bytes", answer.body.len());
        assert_eq!(answer.json::<Value>().unwrap()["accepted"], 1);
    }
    assert_eq!(trial.drained(1).unwrap().len(), 1);
}

/// A body at every limit at once is not abuse: it is taken, kept, delivered and counted.
#[test]
fn the_largest_batch_is_counted() {
    let trial = Trial::start().unwrap();
    let url = format!("{}/api/v1/events", trial.stack.edge.url());
    let event = |number: usize| {
        json!({
            "event_type": "x", "client_id": number.to_string(), "event_id": number.to_string(),
            "page": {"url": format!("https://a.example/{number}/{}", "é".repeat(250)), "title": "t".repeat(400)},
        })
    };
    let mut batch = json!({"tracking_id": SITE, "events": (0..BATCH_EVENTS_MAX).map(event).collect::<Vec<_>>()});
    let missing = BODY_BYTES_MAX - batch.to_string().len() - r#","unknown":"""#.len();
    batch["unknown"] = json!("u".repeat(missing));
    let body = batch.to_string().into_bytes();
    assert_eq!(body.len(), BODY_BYTES_MAX);
    let answer = http::post(&url, &[("user-agent", BROWSER)], &body).unwrap();
    assert_eq!(answer.status, 204, "{:.300}", answer.text());
    assert_eq!(trial.drained(BATCH_EVENTS_MAX).unwrap().len(), BATCH_EVENTS_MAX);
}
