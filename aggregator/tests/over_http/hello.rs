//! How an edge gets its epochs.

use wire::Epoch;
use wire::frame::{HELLO_PATH, HelloAnswer};

use crate::edge::{Edge, hello, post_signed, signing};
use crate::server::Server;
use crate::visits::three_days;

fn welcome(epoch: u64) -> HelloAnswer {
    HelloAnswer::Welcome { epoch: Epoch(epoch) }
}

#[test]
fn every_hello_opens_a_higher_epoch() {
    let server = Server::start();
    server.site("UA-1");
    assert_eq!(hello(&server, 1, "UA-1", None), welcome(1));
    let mut edge = Edge::at(1, "UA-1", Epoch(1));
    edge.deliver(&server, &three_days(1, 3));
    edge.deliver(&server, &three_days(2, 3));
    assert_eq!(hello(&server, 1, "UA-1", Some(1)), welcome(2));
    // The answer was lost: the edge asks again, still naming the epoch it knows.
    assert_eq!(hello(&server, 1, "UA-1", Some(1)), welcome(3));
    assert_eq!(hello(&server, 1, "UA-1", Some(2)), welcome(4));
    assert_eq!(hello(&server, 1, "UA-1", None), welcome(5));
    // The aggregator was set back behind an epoch that it had handed out.
    assert_eq!(hello(&server, 1, "UA-1", Some(40)), welcome(41));
    assert_eq!(hello(&server, 2, "UA-1", None), welcome(1));
    assert_eq!(hello(&server, 1, "UA-9", None), HelloAnswer::UnknownSite { is_deleted: false });
    let server = server.kill_and_restart();
    assert_eq!(hello(&server, 1, "UA-1", Some(1)), welcome(42));
}

#[test]
fn what_is_no_hello_is_a_problem() {
    let server = Server::start();
    let check = |body: &[u8], status: u16, field: &str| {
        assert_eq!(post_signed(&server, HELLO_PATH, &signing(body), body).problem(status), field);
    };
    check(b"nothing", 422, "body");
    check(b"", 422, "body");
    check(&[0xc1; 2000], 413, "body");
    let shape = |version: u16, epoch: Option<u64>| {
        let hello = wire::frame::Hello {
            wire_version: version,
            edge_id: wire::Id128([1; 16]),
            site: "UA-1".to_owned(),
            shard: 0,
            epoch: epoch.map(Epoch),
        };
        rmp_serde::to_vec_named(&hello).unwrap()
    };
    check(&shape(7, None), 422, "wire_version");
    check(&shape(1, Some(u64::MAX)), 422, "epoch");
    let mut wrong_hash = signing(b"x");
    wrong_hash.hash = wire::Id128([1; 16]);
    assert_eq!(post_signed(&server, HELLO_PATH, &wrong_hash, b"x").problem(422), "tidemark-hash");
    assert_eq!(server.post(HELLO_PATH, &[], b"x").problem(401), "tidemark-timestamp");
}
