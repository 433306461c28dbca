//! Attacks on ingest and beacon.

use wire::limits::{BEACON_QUERY_BYTES_MAX, BODY_BYTES_MAX};

use super::bodies::{self, one_of};
use super::{ABUSED_SITE, Attack, Attacker, gzip};
use crate::random::Random;

/// A hostile request to the edge.
pub fn attack(attacker: &Attacker, random: &mut Random) -> Attack {
    let paths = ["/api/v1/events", "/api/v1/events", "/api/v1/beacon", "/api/event", "/api/send"];
    let path = one_of(random, &paths);
    let url = format!("{}{path}", attacker.edge_url);
    match random.below(24) {
        0..=3 => {
            let document = bodies::valid(random);
            let whole = bodies::written(random, &document);
            Attack::post("mutated event", url, bodies::mutated(random, whole)).maybe_valid()
        }
        4..=6 => {
            let document = bodies::valid(random);
            let whole = bodies::written(random, &document);
            Attack::post("truncated event", url, bodies::truncated(random, whole))
        }
        7 | 8 => {
            let document = bodies::mistyped(random);
            Attack::post("mistyped event", url, bodies::written(random, &document))
        }
        9 | 10 => Attack::post("nested too deep", url, bodies::nested(random)),
        11 | 12 => Attack::post("lying lengths", url, bodies::lying(random)),
        13 => Attack::post("not UTF-8", url, bodies::not_text(random)),
        14 => Attack::post("impossible numbers", url, bodies::numbers(random)),
        15 | 16 => Attack::post("noise", url, bodies::noise(random)),
        17 => encoded(random, url),
        18 => oversized(random, url),
        19 => unknown_site(random, url),
        20 => elsewhere(attacker, random),
        _ => beacon(attacker, random),
    }
}

fn encoded(random: &mut Random, url: String) -> Attack {
    let document = bodies::valid(random).to_string().into_bytes();
    let named = one_of(
        random,
        &["br", "deflate", "gzip, gzip", "gzip,br", "zstd", "GZIP;q=1", "x".repeat(200).as_str()].map(str::to_owned),
    );
    match random.below(3) {
        0 => Attack::post("unknown encoding", url, document).with("content-encoding", named),
        1 => Attack::post("not gzip", url, document).with("content-encoding", "gzip"),
        _ => {
            let packed = gzip(&document).unwrap_or_default();
            Attack::post("cut gzip", url, bodies::truncated(random, packed)).with("content-encoding", "gzip")
        }
    }
}

/// Longer than is taken, as it is or once unpacked. One in four, for they are slow to send.
fn oversized(random: &mut Random, url: String) -> Attack {
    let bytes = BODY_BYTES_MAX + 1 + random.below(50_000) as usize;
    match random.below(4) {
        0 => Attack::post("oversized", url, vec![b' '; bytes]),
        1 => {
            let bomb = gzip(&vec![b' '; 4 * bytes]).unwrap_or_default();
            Attack::post("gzip bomb", url, bomb).with("content-encoding", "gzip")
        }
        2 => Attack::post("too many values", url, format!("[{}1]", "1,".repeat(70_000)).into_bytes()),
        _ => Attack::post("too many events", url, format!("[{}{{}}]", "{},".repeat(500)).into_bytes()),
    }
}

/// One of a few made-up sites: each is an object of its own at the edge for some ten seconds, whoever names it.
fn unknown_site(random: &mut Random, url: String) -> Attack {
    let site = format!("UA-777777-{}", random.below(8));
    Attack::post("unknown site", url, format!(r#"{{"tracking_id":"{site}","event_type":"x"}}"#).into_bytes())
}

fn elsewhere(attacker: &Attacker, random: &mut Random) -> Attack {
    let path = one_of(random, &["/", "/api/v1/event", "/api/v1/events/", "/api/v1/%2e%2e/%00", "/keep", "/..;/", "//"]);
    let url = format!("{}{path}", attacker.edge_url);
    if random.below(2) == 0 { Attack::get("no such path", url) } else { Attack::post("no such path", url, vec![1]) }
}

fn beacon(attacker: &Attacker, random: &mut Random) -> Attack {
    let filler = "x".repeat(random.below(BEACON_QUERY_BYTES_MAX as u32) as usize);
    let wrong = [
        String::new(),
        "tracking_id=".to_owned(),
        "tracking_id=%ff%fe%00".to_owned(),
        "tracking_id=a%20b&url=https://a.example/".to_owned(),
        format!("tracking_id={ABUSED_SITE}&tracking_id={ABUSED_SITE}&url=https://a.example/"),
        format!("tracking_id={ABUSED_SITE}&url={filler}"),
        format!("tracking_id={ABUSED_SITE}&url=https://a.example/&colour={filler}"),
        format!("tracking_id={ABUSED_SITE}&url=javascript:alert(1)"),
        format!("tracking_id={ABUSED_SITE}&url=https://a.example/&batch_id=short"),
        format!("tracking_id={ABUSED_SITE}&url=https://a.example/&title={}", "y".repeat(BEACON_QUERY_BYTES_MAX)),
        format!("tracking_id={ABUSED_SITE}&url=https://a.example/&event_type={}", "z".repeat(65)),
        "a&".repeat(2_000),
        "=".to_owned(),
        "%".to_owned(),
    ];
    let query = one_of(random, &wrong);
    Attack::get("bad beacon", format!("{}/api/v1/beacon?{query}", attacker.edge_url))
}
