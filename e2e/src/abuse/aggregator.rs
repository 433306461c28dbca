//! Attacks on the aggregator: frames nobody signed, questions nobody can answer, doors without keys.

use serde_json::{Value, json};
use wire::frame::{FRAMES_PATH, HASH_HEADER, HELLO_PATH, KEY_ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use wire::limits::{FRAME_BYTES_MAX, QUERY_BYTES_MAX};

use super::bodies::{self, one_of};
use super::{Attack, Attacker};
use crate::random::Random;
use crate::trial::SITE;

/// A hostile request to the aggregator.
pub fn attack(attacker: &Attacker, random: &mut Random) -> Attack {
    match random.below(10) {
        0..=2 => unsigned(attacker, random),
        3..=6 => question(attacker, random),
        7 => stranger(attacker, random),
        8 => session(attacker, random),
        _ => elsewhere(attacker, random),
    }
}

/// A frame or hello that is not signed, or not by who may.
fn unsigned(attacker: &Attacker, random: &mut Random) -> Attack {
    let path = one_of(random, &[FRAMES_PATH, HELLO_PATH]);
    let body = match random.below(4) {
        0 => bodies::noise(random),
        1 => bodies::lying(random),
        2 => bodies::nested(random),
        _ => vec![0xc0; FRAME_BYTES_MAX + random.below(2) as usize],
    };
    let attack = Attack::post("unsigned frame", format!("{}{path}", attacker.aggregator_url), body);
    if random.below(3) == 0 {
        return attack;
    }
    let hex = |random: &mut Random, digits: u32| -> String {
        (0..digits).map(|_| char::from_digit(random.below(16), 16).unwrap_or('0')).collect()
    };
    let timestamp_ms = one_of(random, &["0", "-1", "18446744073709551615", "18446744073709551616", "now", ""]);
    let key_id = one_of(random, &["local", "other", "\u{7f}", ""]);
    let (hash_digits, signature_digits) = (one_of(random, &[32, 31, 0]), one_of(random, &[64, 63, 0, 1000]));
    let (hash, signature) = (hex(random, hash_digits), hex(random, signature_digits));
    attack
        .with(TIMESTAMP_HEADER, timestamp_ms)
        .with(KEY_ID_HEADER, if key_id.contains('\u{7f}') { "~" } else { key_id })
        .with(HASH_HEADER, hash)
        .with(SIGNATURE_HEADER, signature)
}

/// A question by a reader who may ask.
fn question(attacker: &Attacker, random: &mut Random) -> Attack {
    let url = format!("{}/api/v1/query", attacker.aggregator_url);
    let whole = sound().to_string().into_bytes();
    let attack = match random.below(6) {
        0 => Attack::post("truncated query", url, bodies::truncated(random, whole)),
        1 => Attack::post("mutated query", url, bodies::mutated(random, whole)).maybe_valid(),
        2 => Attack::post("nested query", url, bodies::nested(random)),
        3 => Attack::post("oversized query", url, vec![b' '; QUERY_BYTES_MAX + 1]),
        4 => Attack::post("query with parameters", format!("{url}?{}=1", "x".repeat(99)), whole),
        _ => Attack::post("unsound query", url, unsound(random).to_string().into_bytes()),
    };
    attack.with("authorization", format!("Bearer {}", attacker.token))
}

fn sound() -> Value {
    json!({
        "tracking_id": SITE, "date_range": {"start": "2026-11-01", "end": "2026-11-02"},
        "metrics": ["events", "unique_users"], "dimensions": ["page"], "limit": 10,
    })
}

fn unsound(random: &mut Random) -> Value {
    let fields = [
        ("tracking_id", json!("no-such-site")),
        ("tracking_id", json!("' OR 1=1 --")),
        ("tracking_id", json!(1)),
        ("date_range", json!({"start": "soon", "end": "later"})),
        ("date_range", json!({"start": "2026-11-02", "end": "2026-11-01"})),
        ("date_range", json!({"start": "0000-01-01", "end": "9999-12-31"})),
        ("date_range", json!({"start": "-009999-01-01T00:00:00Z", "end": "2026-11-01"})),
        ("date_range", json!([])),
        ("metrics", json!([])),
        ("metrics", json!(["events", "events"])),
        ("metrics", json!(["events; DROP TABLE rollup"])),
        ("dimensions", json!(["page", "page"])),
        ("dimensions", json!(["minute", "hour"])),
        ("dimensions", json!("page")),
        ("filters", json!({"page": []})),
        ("filters", json!({"page": vec!["x"; 101]})),
        ("filters", json!({"page": "x".repeat(513)})),
        ("filters", json!({"colour": "red"})),
        ("filters", json!(["matches", "page", ["(a{1000}){1000}"]])),
        ("filters", json!(["or", []])),
        ("filters", json!(["is", "page"])),
        ("time_zone", json!("Mars/Olympus")),
        ("sample", json!(2)),
        ("offset", json!(-1)),
        ("compare", json!({"period": "custom"})),
        ("order_by", json!([{"field": "1; --"}])),
        ("limit", json!(0)),
        ("limit", json!(10_001)),
        ("limit", json!(-1)),
        ("limit", json!(1e300)),
        ("unknown", json!(null)),
    ];
    let (name, value) = one_of(random, &fields);
    let mut query = sound();
    if let Some(query) = query.as_object_mut() {
        query.insert(name.to_owned(), value);
    }
    query
}

/// A reader without credentials, or with those of nobody.
fn stranger(attacker: &Attacker, random: &mut Random) -> Attack {
    let path = one_of(random, &["query", "realtime", "live", "sites"]);
    let url = format!("{}/api/v1/{path}", attacker.aggregator_url);
    let body = sound().to_string().into_bytes();
    let attack = if path == "query" {
        Attack::post("stranger's query", url, body)
    } else {
        Attack::get("stranger's look", format!("{url}?tracking_id={SITE}"))
    };
    match random.below(4) {
        0 => attack,
        1 => attack.with("authorization", format!("Bearer {}", "0".repeat(random.below(4_000) as usize))),
        2 => attack.with("authorization", "Basic YTpi"),
        _ => attack.with("cookie", format!("tidemark_session={}; =;;; x", "f".repeat(64))),
    }
}

fn session(attacker: &Attacker, random: &mut Random) -> Attack {
    let url = format!("{}/api/v1/session", attacker.aggregator_url);
    let token = "0".repeat(random.below(200) as usize);
    let known = json!({"token": token}).to_string().into_bytes();
    match random.below(4) {
        0 => Attack::post("unknown link", url, known),
        1 => Attack::post("foreign sign-in", url, known).with("origin", "https://evil.example"),
        2 => Attack::post("truncated sign-in", url, bodies::truncated(random, known)),
        _ => Attack::post("oversized sign-in", url, vec![b'{'; 2_000]),
    }
}

fn elsewhere(attacker: &Attacker, random: &mut Random) -> Attack {
    let path = one_of(
        random,
        &[
            "/api/v1/none",
            "/edge/v1/frames",
            "/sdk/../tidemark.toml",
            "/sdk/%2e%2e%2fledger.sqlite",
            "/api",
            "/assets/x",
        ],
    );
    Attack::get("no such path", format!("{}{path}", attacker.aggregator_url))
}
