//! Email digests, from the wish to the letter and out of it again.

use domain::digest::Edition;
use domain::window::{DAY_MS, HOUR_MS};
use domain::zone::Zone;
use mail_parser::{Message, MessageParser};
use serde_json::{Value, json};
use wire::digest::Rhythm;
use wire::frame::RawEvent;

use crate::edge::{Edge, now_ms};
use crate::mail_server::{Mail, MailServer};
use crate::people::{Caller, ledger, member, operator};
use crate::server::{Server, wait_until};
use crate::visits::{Random, event};

const PATH: &str = "/api/v1/sites/UA-1/digests";
const OWN: &str = "/api/v1/sites/UA-1/digests/own";

fn environment(port: &str) -> [(&'static str, &str); 4] {
    [
        ("TIDEMARK_MAIL__HOST", "127.0.0.1"),
        ("TIDEMARK_MAIL__PORT", port),
        ("TIDEMARK_MAIL__TLS", "never"),
        ("TIDEMARK_MAIL__FROM", "Tidemark <tidemark@stats.example>"),
    ]
}

/// A server that sends mail, with a site.
fn server(mail: &MailServer) -> Server {
    let port = mail.port.to_string();
    let server = Server::start_with(tempfile::tempdir().unwrap(), &environment(&port));
    server.command(&["site", "add", "UA-1", "--name", "Tom & <Jerry>"]);
    server
}

fn latest(rhythm: Rhythm) -> Edition {
    Edition::latest(rhythm, &Zone::default(), now_ms()).unwrap()
}

/// So many people who look at one page each, in the middle of the latest week, and half as many the week before.
fn count_some(server: &Server, people: u64) {
    let week = latest(Rhythm::Weekly);
    let (first, before) =
        (Zone::default().day_start(week.first).unwrap(), Zone::default().day_start(week.before).unwrap());
    let mut random = Random(7);
    let mut of = |from_ms: u64, count: u64| -> Vec<RawEvent> {
        let at = |n: u64| from_ms + 3 * DAY_MS + 12 * HOUR_MS + n * 1000;
        let one = |n: u64| {
            let person = Some(Random(n + 1).id());
            let page = RawEvent {
                visitor: person,
                session: person,
                path: "/pricing".to_owned(),
                ..event(&mut random, at(n), 50)
            };
            RawEvent { event_type: "pageview".to_owned(), source: "Google".to_owned(), ..page }
        };
        (0..count).map(one).collect()
    };
    let events = [of(before, people / 2), of(first, people)].concat();
    Edge::join(server, 1, "UA-1").deliver(server, &events);
}

/// As if nothing had been sent yet.
fn make_due(server: &Server) {
    let past = "UPDATE subscribers SET weekly_through = '', monthly_through = ''";
    assert!(ledger(server).execute(past, []).unwrap() > 0);
}

fn choose(caller: &Caller, server: &Server, weekly: bool, monthly: bool) -> u16 {
    caller.ask(server, "PUT", OWN, &json!({"weekly": weekly, "monthly": monthly})).status
}

fn read(mail: &Mail) -> Message<'_> {
    MessageParser::default().parse(mail.text.as_bytes()).unwrap()
}

fn header<'a>(mail: &'a Message<'_>, name: &'static str) -> &'a str {
    mail.header_raw(name).unwrap_or_default().trim()
}

#[test]
fn a_week_is_sent_once_with_its_numbers_and_ended_by_its_link() {
    let mail = MailServer::start(0);
    let server = server(&mail);
    count_some(&server, 8);
    let ann = member(&server, "ann", "UA-1", "viewer");
    assert_eq!(ann.get(&server, PATH).json::<Value>()["own"]["choice"], json!({"weekly": false, "monthly": false}));
    assert_eq!(choose(&ann, &server, true, false), 204);
    let found = ann.get(&server, PATH).json::<Value>();
    let own = json!({"email": "ann@shop.example", "choice": {"weekly": true, "monthly": false}});
    assert_eq!((&found["own"], &found["can_mail"], &found["subscribers"]), (&own, &json!(true), &json!([])));
    // Who begins now is not sent what is over; made due, it comes.
    assert!(mail.none_within_a_look());
    make_due(&server);
    let sent = mail.next();
    assert_eq!(
        (sent.from.as_str(), sent.to.as_slice()),
        ("tidemark@stats.example", &["ann@shop.example".to_owned()][..])
    );
    let letter = read(&sent);
    assert!(letter.subject().unwrap().starts_with("Tom & <Jerry>: 8 visitors (+100%), "), "{}", sent.text);
    let (text, html) = (letter.body_text(0).unwrap().replace("\r\n", "\n"), letter.body_html(0).unwrap());
    for line in [
        "Tom & <Jerry>\n",
        "Visitors               8  +100%\n",
        "Page views             8  +100%\n",
        "against the week before",
        "Pages (visitors)\n/pricing  8  +100%\n",
        "Sources (visitors)\nGoogle  8  +100%\n",
        "counted three times",
    ] {
        assert!(text.contains(line), "{line:?} of\n{text}");
    }
    let week = latest(Rhythm::Weekly);
    assert!(text.contains(&format!("/sites/UA-1?period=custom&date={}~{}\n", week.first, week.last())), "{text}");
    assert!(
        html.contains("Tom &amp; &lt;Jerry&gt;") && html.contains("/pricing") && !html.contains("<Jerry>"),
        "{html}"
    );
    // Looked at again after a kill, it is not sent again once it is noted as sent.
    wait_until("it to be noted", || {
        let delivered = "SELECT count(*) FROM deliveries WHERE state = 'delivered'";
        (ledger(&server).query_row(delivered, [], |row| row.get::<_, i64>(0)).unwrap() == 1).then_some(())
    });
    let port = mail.port.to_string();
    let server = server.kill_and_restart_with(&environment(&port));
    assert!(mail.none_within_a_look());
    // Mail programs end it by one POST, as often as they like.
    assert_eq!(header(&letter, "List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    let url = header(&letter, "List-Unsubscribe");
    let path = &url[url.find("/api/").unwrap()..].trim_end_matches('>');
    let page = text.lines().find_map(|line| line.strip_prefix("Unsubscribe: ")).unwrap();
    assert_eq!(page.rsplit_once("/unsubscribe#").unwrap().1, path.rsplit_once('/').unwrap().1);
    let ends =
        json!({"site": "Tom & <Jerry>", "email": "ann@shop.example", "choice": {"weekly": true, "monthly": false}});
    assert_eq!(server.get(path, &[]).json::<Value>(), ends);
    for _ in 0..2 {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        assert_eq!(server.post(path, &form, b"List-Unsubscribe=One-Click").status, 204);
    }
    assert_eq!(server.get(path, &[]).json::<Value>()["choice"]["weekly"], false);
    assert_eq!(server.get("/api/v1/unsubscribe/guessed", &[]).problem(404), "subscription");
    make_due(&server);
    assert!(mail.none_within_a_look());
    // A person may begin again.
    assert_eq!(choose(&ann, &server, true, true), 204);
    assert_eq!(ann.post(&server, &format!("{OWN}/test"), Value::Null).status, 202);
    assert!(read(&mail.next()).subject().unwrap().starts_with("Tom & <Jerry>: 8 visitors"));
}

#[test]
fn a_kill_between_taking_up_and_sending_loses_nothing() {
    let mail = MailServer::start(2);
    let server = server(&mail);
    count_some(&server, 2);
    let ann = member(&server, "ann", "UA-1", "owner");
    assert_eq!(choose(&ann, &server, true, true), 204);
    make_due(&server);
    wait_until("both to be taken up", || {
        let waiting = "SELECT count(*) FROM deliveries WHERE subscriber IS NOT NULL";
        (ledger(&server).query_row(waiting, [], |row| row.get::<_, i64>(0)).unwrap() == 2).then_some(())
    });
    let port = mail.port.to_string();
    let server = server.kill_and_restart_with(&environment(&port));
    let subjects: Vec<String> =
        [mail.next(), mail.next()].iter().map(|one| read(one).subject().unwrap().to_owned()).collect();
    let month = latest(Rhythm::Monthly).first.strftime("%B %Y").to_string();
    assert!(subjects.iter().any(|one| one.ends_with(&month)), "{subjects:?} {month}");
    assert!(mail.none_within_a_look());
    let list = ann.get(&server, PATH).json::<Value>();
    assert_eq!(list["subscribers"][0]["last"]["delivery"]["state"], "delivered", "{list}");
    // What was sent is not kept, nor where to.
    let kept = "SELECT count(*) FROM deliveries WHERE payload IS NOT NULL OR channel IS NOT NULL";
    assert_eq!(ledger(&server).query_row(kept, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

#[test]
fn letters_that_were_asked_for_keep_none_back_that_is_due() {
    // It takes none for now, so all of them wait.
    let mail = MailServer::start(usize::MAX);
    let server = server(&mail);
    let ann = member(&server, "ann", "UA-1", "viewer");
    assert_eq!(choose(&ann, &server, true, false), 204);
    let test = || ann.post(&server, &format!("{OWN}/test"), Value::Null);
    for _ in 0..3 {
        assert_eq!(test().status, 202);
    }
    assert_eq!(test().problem(409), "user");
    make_due(&server);
    wait_until("the week to wait too", || {
        let waiting = "SELECT count(*) FROM deliveries WHERE state = 'waiting'";
        (ledger(&server).query_row(waiting, [], |row| row.get::<_, i64>(0)).unwrap() == 4).then_some(())
    });
}

#[test]
fn only_those_who_may_see_the_site_are_sent_it() {
    let mail = MailServer::start(0);
    let server = server(&mail);
    let owner = operator(&server);
    let (ann, bob) = (member(&server, "ann", "UA-1", "viewer"), member(&server, "bob", "UA-1", "editor"));
    assert_eq!((choose(&ann, &server, true, false), choose(&bob, &server, true, false)), (204, 204));
    // An address that editors add; viewers neither add nor see any.
    let board = json!({"email": "Board@Far.example", "monthly": true});
    assert_eq!(ann.post(&server, PATH, board.clone()).status, 403);
    let added = bob.post(&server, PATH, board.clone());
    assert_eq!(added.status, 201, "{}", added.text());
    let added = added.json::<Value>();
    assert_eq!((&added["email"], &added["is_person"]), (&json!("board@far.example"), &json!(false)));
    assert_eq!(bob.post(&server, PATH, board.clone()).problem(409), "email");
    let emails = |caller: &Caller| -> Vec<String> {
        let found = caller.get(&server, PATH).json::<Value>();
        found["subscribers"].as_array().unwrap().iter().map(|one| one["email"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(emails(&bob), ["ann@shop.example", "board@far.example", "bob@shop.example"]);
    assert!(emails(&ann).is_empty());
    // Ann is no member any more.
    let users = owner.get(&server, "/api/v1/users").json::<Value>();
    let number =
        users["users"].as_array().unwrap().iter().find(|one| one["email"] == "ann@shop.example").unwrap()["user"]
            .clone();
    assert_eq!(owner.delete(&server, &format!("/api/v1/sites/UA-1/members/{number}")).status, 204);
    assert_eq!(emails(&bob), ["board@far.example", "bob@shop.example"]);
    make_due(&server);
    let mut to: Vec<String> = [mail.next(), mail.next()].into_iter().flat_map(|one| one.to).collect();
    to.sort_unstable();
    assert_eq!(to, ["board@far.example", "bob@shop.example"]);
    assert!(mail.none_within_a_look());
    // People choose alone; an address that unsubscribed stays, so that nobody adds it again.
    let of = |email: &str| {
        let found = bob.get(&server, PATH).json::<Value>();
        let one = found["subscribers"].as_array().unwrap().iter().find(|one| one["email"] == email).unwrap().clone();
        (format!("{PATH}/{}", one["subscriber"]), one)
    };
    assert_eq!(owner.delete(&server, &of("bob@shop.example").0).problem(409), "subscriber");
    let token: String = ledger(&server)
        .query_row("SELECT token FROM subscribers WHERE email = 'board@far.example'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(server.post(&format!("/api/v1/unsubscribe/{token}"), &[], b"").status, 204);
    let (path, board_now) = of("board@far.example");
    assert_eq!(board_now["has_unsubscribed"], true);
    assert_eq!(bob.delete(&server, &path).problem(409), "subscriber");
    assert_eq!(bob.post(&server, PATH, board).problem(409), "email");
    // One that did not is removed.
    let other = bob.post(&server, PATH, json!({"email": "other@far.example", "weekly": true})).json::<Value>();
    assert_eq!(bob.delete(&server, &format!("{PATH}/{}", other["subscriber"])).status, 204);
    assert_eq!(bob.delete(&server, &format!("{PATH}/987654")).problem(404), "subscriber");
}

#[test]
fn wishes_that_cannot_be_met_are_refused() {
    let server = Server::start();
    server.site("UA-1");
    let owner = operator(&server);
    let ann = member(&server, "ann", "UA-1", "editor");
    assert_eq!(ann.get(&server, PATH).json::<Value>()["can_mail"], false);
    // Without a mail server nothing can be chosen but nothing.
    assert_eq!((choose(&ann, &server, true, false), choose(&ann, &server, false, false)), (409, 204));
    // The operator has no address.
    assert_eq!((choose(&owner, &server, false, false), owner.get(&server, PATH).status), (409, 200));
    assert_eq!(owner.get(&server, PATH).json::<Value>().get("own"), None);
    assert_eq!(ann.post(&server, &format!("{OWN}/test"), Value::Null).problem(409), "user");
    let refused = |body: Value, field: &str| assert_eq!(ann.post(&server, PATH, body).problem(400), field);
    refused(json!({"email": "a@b.example"}), "weekly");
    refused(json!({"email": "nobody", "weekly": true}), "email");
    refused(json!({"email": "a@b.example", "weekly": true, "daily": true}), "daily");
    refused(json!({"weekly": true}), "body");
    // The site has room for so many addresses.
    let mail = MailServer::start(0);
    let port = mail.port.to_string();
    let server = server.kill_and_restart_with(&environment(&port));
    for n in 0..50 {
        let body = json!({"email": format!("{n}@far.example"), "monthly": true});
        assert_eq!(ann.post(&server, PATH, body).status, 201);
    }
    assert_eq!(ann.post(&server, PATH, json!({"email": "51@far.example", "weekly": true})).problem(409), "tracking_id");
    // A test goes to who asked for some, and a few at once at most.
    assert_eq!(ann.post(&server, &format!("{OWN}/test"), Value::Null).problem(409), "user");
}
