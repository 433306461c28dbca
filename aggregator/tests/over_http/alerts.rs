//! Alerts, from their making to what receivers are told.

use domain::window::HOUR_MS;
use serde_json::{Value, json};
use wire::frame::RawEvent;

use crate::edge::{Edge, now_ms};
use crate::mail_server::MailServer;
use crate::people::{Caller, ledger, member, operator};
use crate::receiver::Hooks;
use crate::server::{Server, wait_until};
use crate::visits::{Random, event};

const PATH: &str = "/api/v1/sites/UA-1/alerts";

/// Receivers of this machine are allowed, and http.
const OWN_NETWORK: [(&str, &str); 2] =
    [("TIDEMARK_ALERTS__ALLOW_NETWORKS", r#"["127.0.0.0/8", "::1/128"]"#), ("TIDEMARK_ALERTS__ALLOW_HTTP", "true")];

fn server() -> Server {
    Server::start_with(tempfile::tempdir().unwrap(), &OWN_NETWORK)
}

/// Fewer page views in an hour than five.
fn few() -> Value {
    json!({"metric": "pageviews", "interval": "hour", "condition": {"kind": "below", "value": 5}})
}

fn make(owner: &Caller, server: &Server, body: Value) -> Value {
    let made = owner.post(server, PATH, body);
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()
}

fn only(owner: &Caller, server: &Server) -> Value {
    owner.get(server, PATH).json::<Value>()["alerts"][0].clone()
}

fn history(owner: &Caller, server: &Server, alert: &Value) -> Vec<Value> {
    let found = owner.get(server, &format!("{PATH}/{}/history", alert["alert"]));
    assert_eq!(found.status, 200, "{}", found.text());
    found.json::<Value>()["entries"].as_array().unwrap().clone()
}

/// So many page views in the last whole hour.
fn last_hour(count: usize) -> Vec<RawEvent> {
    let at_ms = now_ms() / HOUR_MS * HOUR_MS - HOUR_MS;
    let mut random = Random(7);
    (0..count)
        .map(|at| RawEvent {
            at_ms: at_ms + at as u64 * 1000,
            event_type: "pageview".to_owned(),
            ..event(&mut random, at_ms, 50)
        })
        .collect()
}

/// Has the last hour looked at again, as if it had come just now.
fn look_again(server: Server) -> Server {
    let back = "UPDATE alerts SET standing = json_set(standing, '$.through_ms',
                  json_extract(standing, '$.through_ms') - 3600000)";
    assert_eq!(ledger(&server).execute(back, []).unwrap(), 1);
    server.kill_and_restart_with(&OWN_NETWORK)
}

#[test]
fn what_opens_and_ends_is_told_signed_and_once() {
    let server = server();
    server.site("UA-1");
    let owner = operator(&server);
    // It fails twice, and is sent again under the same id.
    let hooks = Hooks::start(&["500 Oops", "302 Found\r\nlocation: http://169.254.169.254/"]);
    let channel = json!({"kind": "webhook", "url": hooks.url});
    let made = make(&owner, &server, json!({"name": "Few", "definition": few(), "channels": [channel]}));
    let secret = made["channels"][0]["secret"].as_str().unwrap().to_owned();
    let posts = [hooks.next(), hooks.next(), hooks.next()];
    assert_eq!(posts.iter().map(|post| post.status).collect::<Vec<_>>(), [500, 302, 204]);
    assert!(posts.iter().all(|post| post.is_signed_by(&secret) && post.body == posts[0].body));
    let id = posts[0].header("webhook-id").to_owned();
    assert!(id.starts_with("msg_") && posts.iter().all(|post| post.header("webhook-id") == id));
    let at_s: u64 = posts[2].header("webhook-timestamp").parse().unwrap();
    assert!(at_s.abs_diff(now_ms() / 1000) < 60);
    let told = posts[2].json();
    assert_eq!((&told["type"], &told["data"]["name"]), (&json!("alert.opened"), &json!("Few")));
    assert_eq!((&told["data"]["bucket"]["value"], &told["data"]["bucket"]["low"]), (&json!(0.0), &json!(5.0)));
    assert!(told["data"]["url"].as_str().unwrap().ends_with("/sites/UA-1/alerts"));
    let entries = wait_until("the delivery to be noted", || {
        let entries = history(&owner, &server, &made);
        (entries[0]["deliveries"][0]["state"] == "delivered").then_some(entries)
    });
    assert_eq!((entries.len(), &entries[0]["news"]), (1, &json!("opened")));
    let delivery = &entries[0]["deliveries"][0];
    assert_eq!(
        (&delivery["id"], &delivery["tries"], &delivery["channel"]),
        (&json!(id), &json!(3), &json!("webhook 127.0.0.1"))
    );
    let standing = only(&owner, &server)["standing"].clone();
    assert_eq!((&standing["status"], &standing["is_told"]), (&json!("firing"), &json!(true)));
    // Looked at again it still fires, and says nothing more; then enough comes, and it ends.
    let server = look_again(server);
    wait_until("another look", || (only(&owner, &server)["standing"]["bad"] == 2).then_some(()));
    assert_eq!(history(&owner, &server, &made).len(), 1);
    Edge::join(&server, 1, "UA-1").deliver(&server, &last_hour(9));
    let server = look_again(server);
    let resolved = hooks.next();
    assert!(resolved.is_signed_by(&secret));
    assert_eq!(
        (&resolved.json()["type"], &resolved.json()["data"]["bucket"]["value"]),
        (&json!("alert.resolved"), &json!(9.0))
    );
    assert_eq!(only(&owner, &server)["standing"]["status"], "ok");
    assert!(hooks.rest().is_empty());
    let metrics = server.get("/metrics", &[]).text();
    assert!(metrics.contains("tidemark_deliveries_total{result=\"delivered\"}"), "{metrics}");
}

#[test]
fn a_kill_loses_nothing_and_doubles_nothing_the_receiver_cannot_know() {
    let server = server();
    server.site("UA-1");
    let owner = operator(&server);
    let hooks = Hooks::start(&["503 Later"; 3]);
    let channel = json!({"kind": "webhook", "url": hooks.url});
    let made = make(&owner, &server, json!({"name": "Few", "definition": few(), "channels": [channel]}));
    let first = hooks.next();
    // Killed between the tries, and once more.
    let server = server.kill_and_restart_with(&OWN_NETWORK);
    let mut posts = vec![first, hooks.next()];
    let server = server.kill_and_restart_with(&OWN_NETWORK);
    while posts.last().unwrap().status != 204 {
        posts.push(hooks.next());
    }
    let id = posts[0].header("webhook-id");
    assert!(posts.iter().all(|post| post.header("webhook-id") == id), "{posts:?}");
    let entries = wait_until("the delivery to be noted", || {
        let entries = history(&owner, &server, &made);
        (entries[0]["deliveries"][0]["state"] == "delivered").then_some(entries)
    });
    assert_eq!(entries.len(), 1, "told once: {entries:?}");
    // What was sent is not kept, nor where to.
    let waiting: i64 = ledger(&server)
        .query_row("SELECT count(*) FROM deliveries WHERE channel IS NOT NULL", [], |row| row.get(0))
        .unwrap();
    assert_eq!(waiting, 0);
}

#[test]
fn channels_are_tried_by_a_button() {
    let mail = MailServer::start(1);
    let port = mail.port.to_string();
    let environment = [
        &OWN_NETWORK[..],
        &[
            ("TIDEMARK_MAIL__HOST", "127.0.0.1"),
            ("TIDEMARK_MAIL__PORT", &port),
            ("TIDEMARK_MAIL__TLS", "never"),
            ("TIDEMARK_MAIL__FROM", "Tidemark <tidemark@stats.example>"),
        ],
    ]
    .concat();
    let server = Server::start_with(tempfile::tempdir().unwrap(), &environment);
    server.site("UA-1");
    let owner = operator(&server);
    let (hooks, slack, gone) = (Hooks::start(&[]), Hooks::start(&[]), Hooks::start(&["410 Gone"]));
    let channels = json!([
        {"kind": "webhook", "url": hooks.url, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
        {"kind": "slack", "url": slack.named("localhost")},
        {"kind": "mail", "to": ["ann@shop.example", "bob@shop.example"]},
        {"kind": "webhook", "url": gone.url},
    ]);
    let spike = json!({"metric": "visits", "interval": "hour", "condition": {"kind": "spike"}});
    let made = make(&owner, &server, json!({"name": "Spike <3", "definition": spike, "channels": channels}));
    assert_eq!(owner.get(&server, PATH).json::<Value>()["can_mail"], true);
    let tried = owner.post(&server, &format!("{PATH}/{}/test", made["alert"]), Value::Null);
    assert_eq!((tried.status, tried.json::<Value>()["entries"][0]["news"].clone()), (202, json!("test")));
    let post = hooks.next();
    assert!(post.is_signed_by("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    assert_eq!(post.json()["type"], "alert.test");
    let message = slack.next();
    assert_eq!(message.header("webhook-signature"), "");
    assert!(message.json()["text"].as_str().unwrap().starts_with("Test: Spike &lt;3 on shop.example"), "{message:?}");
    assert_eq!(message.json()["blocks"][0]["text"]["type"], "mrkdwn");
    // Refused for now, and taken with the next try.
    let mail = mail.next();
    assert_eq!((mail.from.as_str(), mail.to.len()), ("tidemark@stats.example", 2));
    for part in
        ["Subject: Test: Spike <3 on shop.example", "Message-ID: <msg_", "@stats.example>", "text/plain", "text/html"]
    {
        assert!(mail.text.contains(part), "{part} of {}", mail.text);
    }
    assert!(mail.text.contains("Spike &lt;3"), "{}", mail.text);
    let states = wait_until("all to be sent", || {
        let entries = history(&owner, &server, &made);
        let deliveries = entries[0]["deliveries"].as_array().unwrap().clone();
        let states: Vec<String> =
            deliveries.iter().map(|one| format!("{} {}", one["channel"], one["state"]).replace('"', "")).collect();
        (!states.iter().any(|state| state.ends_with("waiting"))).then_some(states)
    });
    let mut expect = vec![
        "mail to 2 delivered",
        "slack localhost delivered",
        "webhook 127.0.0.1 delivered",
        "webhook 127.0.0.1 failed",
    ];
    expect.sort_unstable();
    let mut states = states;
    states.sort_unstable();
    assert_eq!(states, expect);
}

#[test]
fn what_is_not_of_the_internet_is_sent_nothing() {
    let server = Server::start();
    server.site("UA-1");
    let owner = operator(&server);
    let hooks = Hooks::start(&[]);
    let refused = |url: &str| {
        let channels = json!([{"kind": "webhook", "url": url}]);
        let body = json!({"name": "x", "definition": few(), "channels": channels});
        assert_eq!(owner.post(&server, PATH, body).problem(400), "channels[0].url", "{url}");
    };
    for url in ["https://127.0.0.1/", "https://2130706433/", "https://[::ffff:169.254.169.254]/", "http://example.com/"]
    {
        refused(url);
    }
    // A name is looked at when it is used: this one leads to this machine.
    let url = hooks.named("localhost").replace("http:", "https:");
    let channels = json!([{"kind": "slack", "url": url}, {"kind": "webhook", "url": url}]);
    let made = make(&owner, &server, json!({"name": "x", "definition": few(), "channels": channels}));
    let deliveries = wait_until("the deliveries to fail", || {
        let entries = history(&owner, &server, &made);
        let deliveries = entries.first()?["deliveries"].as_array()?.clone();
        deliveries.iter().all(|one| one["state"] == "failed").then_some(deliveries)
    });
    assert_eq!(deliveries.len(), 2);
    for one in deliveries {
        assert!(one["fault"].as_str().unwrap().contains("of this machine") && one["tries"] == 1, "{one}");
    }
    assert!(hooks.rest().is_empty());
}

#[test]
fn alerts_are_kept_by_those_who_may() {
    let server = server();
    server.site("UA-1");
    let (owner, viewer) = (operator(&server), member(&server, "vi", "UA-1", "viewer"));
    let suggested = owner.get(&server, PATH).json::<Value>()["suggested"].clone();
    let names: Vec<_> = suggested.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Traffic spike", "Traffic drop", "No data"]);
    for one in suggested.as_array().unwrap() {
        make(&owner, &server, one.clone());
    }
    assert_eq!(owner.get(&server, PATH).json::<Value>()["suggested"], json!([]));
    let channels = json!([{"kind": "webhook", "url": "https://hooks.example/secret"}]);
    let body = json!({"name": "Mine", "definition": few(), "channels": channels, "is_on": false});
    let mine = make(&owner, &server, body.clone());
    assert_eq!(owner.post(&server, PATH, body).problem(409), "name");
    // Who only reads sees that it is told, and not where.
    let seen = viewer.get(&server, PATH).text();
    assert!(seen.contains("https://hooks.example/…") && !seen.contains("secret"), "{seen}");
    viewer.post(&server, PATH, json!({"name": "x", "definition": few()})).problem(403);
    let path = format!("{PATH}/{}", mine["alert"]);
    viewer.delete(&server, &path).problem(403);
    viewer.post(&server, &format!("{path}/test"), Value::Null).problem(403);
    // The key stays where the address does, and is another where it is not.
    let changed = |channels: Value| -> Value {
        owner.ask(&server, "PATCH", &path, &json!({"channels": channels})).json::<Value>()["channels"][0]["secret"]
            .clone()
    };
    assert_eq!(changed(channels), mine["channels"][0]["secret"]);
    assert_ne!(
        changed(json!([{"kind": "webhook", "url": "https://hooks.example/other"}])),
        mine["channels"][0]["secret"]
    );
    let refused = |body: Value, field: &str| assert_eq!(owner.post(&server, PATH, body).problem(400), field);
    refused(json!({"name": "", "definition": few()}), "name");
    refused(
        json!({"name": "x", "definition": few(), "channels": [{"kind": "mail", "to": ["a@b.example"]}]}),
        "channels[0].to",
    );
    let mut wrong = few();
    wrong["metric"] = json!("revenue");
    refused(json!({"name": "x", "definition": wrong}), "definition.currency");
    assert_eq!(owner.delete(&server, &path).status, 204);
    assert_eq!(owner.delete(&server, &path).problem(404), "alert");
    assert_eq!(owner.delete(&server, "/api/v1/sites/UA-1").status, 204);
}

#[test]
fn a_preview_says_what_would_have_been_told() {
    let server = server();
    let token = server.site("UA-1");
    let mut edge = Edge::join(&server, 1, "UA-1");
    let now_ms = now_ms();
    let first_ms = now_ms / HOUR_MS * HOUR_MS - 30 * 24 * HOUR_MS;
    let mut random = Random(3);
    // Ten an hour for thirty days; a hundred in one of them, two days ago.
    let mut events = Vec::new();
    for hour in 0..30 * 24 {
        let count = if hour == 28 * 24 { 100 } else { 10 };
        let at_ms = first_ms + hour * HOUR_MS;
        events.extend((0..count).map(|at| RawEvent { at_ms: at_ms + at * 1000, ..event(&mut random, at_ms, 50) }));
    }
    events.sort_by_key(|event| event.at_ms);
    for some in events.chunks(400) {
        edge.deliver(&server, some);
    }
    let owner = operator(&server);
    let definition = json!({"metric": "events", "interval": "hour", "condition": {"kind": "spike"}});
    let preview = owner.post(&server, &format!("{PATH}/preview"), json!({"definition": definition}));
    let preview: Value = preview.json();
    let spike_ms = first_ms + 28 * 24 * HOUR_MS;
    let incidents = preview["incidents"].as_array().unwrap();
    assert_eq!(incidents.len(), 1, "{incidents:?}");
    assert_eq!(incidents[0]["opened_at_ms"], spike_ms + HOUR_MS);
    assert_eq!(incidents[0]["resolved_at_ms"], spike_ms + 2 * HOUR_MS);
    let buckets = preview["buckets"].as_array().unwrap();
    let bucket = buckets.iter().find(|bucket| bucket["start_ms"] == spike_ms).unwrap();
    assert_eq!((&bucket["value"], &bucket["expected"], &bucket["is_bad"]), (&json!(100.0), &json!(10.0), &json!(true)));
    // The number is the one that a question is answered.
    let range = json!({"start": jiff(spike_ms), "end": jiff(spike_ms + HOUR_MS)});
    let asked: Value =
        server.query(&token, &json!({"tracking_id": "UA-1", "date_range": range, "metrics": ["events"]})).json();
    assert_eq!(asked["rows"][0]["events"], 100);
    // A filter that none passes leaves nothing to know.
    let filtered =
        json!({"metric": "events", "interval": "hour", "condition": {"kind": "spike"}, "filters": {"country": "ZZ"}});
    let filtered: Value = owner.post(&server, &format!("{PATH}/preview"), json!({"definition": filtered})).json();
    assert!(filtered["incidents"].as_array().unwrap().is_empty());
    assert!(filtered["buckets"].as_array().unwrap().iter().all(|bucket| bucket["is_bad"].is_null()));
}

fn jiff(at_ms: u64) -> String {
    domain::zone::Zone::default().text(at_ms)
}

#[test]
fn quiet_hours_hold_back_and_do_not_forget() {
    let server = server();
    server.site("UA-1");
    let owner = operator(&server);
    let hooks = Hooks::start(&[]);
    let mut definition = few();
    // Quiet all day but for one minute that is not now.
    let minute = (now_ms() / 60_000 + 720) % 1440;
    let clock = |minute: u64| format!("{:02}:{:02}", minute / 60 % 24, minute % 60);
    definition["quiet"] = json!({"from": clock(minute + 1), "to": clock(minute)});
    let channel = json!({"kind": "slack", "url": hooks.url});
    let made = make(&owner, &server, json!({"name": "Few", "definition": definition, "channels": [channel]}));
    wait_until("it to fire", || (only(&owner, &server)["standing"]["status"] == "firing").then_some(()));
    assert!(history(&owner, &server, &made).is_empty() && hooks.rest().is_empty());
    assert_eq!(only(&owner, &server)["standing"]["is_told"], false);
    // Once it is not quiet any more, it is told of what still holds.
    let loud = "UPDATE alerts SET definition = json_remove(definition, '$.quiet'), version = version + 1";
    assert_eq!(ledger(&server).execute(loud, []).unwrap(), 1);
    assert!(hooks.next().json()["text"].as_str().unwrap().starts_with("Opened: Few on shop.example"));
}
