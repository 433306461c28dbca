//! Questions that no counter answers are answered from single events, and all of them in the form that was asked for.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use events::{batch, read};
use serde_json::{Value, json};
use wire::event::Property;
use wire::frame::{HelloAnswer, RawEvent};

use crate::edge::{Edge, hello, now_ms};
use crate::history::{filled, instant};
use crate::rebuild::{Follower, date, day, some_events};
use crate::server::{Server, bearer};
use crate::visits::{DAY, DAY_MS, three_days};

fn query(changes: Value) -> Value {
    let mut query = json!({
        "tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-04"},
        "metrics": ["pageviews", "events", "unique_users"], "limit": 10_000,
    });
    query.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    query
}

fn ask(server: &Server, token: &str, changes: Value) -> Value {
    let query = query(changes);
    let answer = server.query(token, &query);
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json()
}

type Values<'a> = &'a dyn Fn(&RawEvent) -> Option<Vec<String>>;

/// Page views, events and visitors are those of counting by hand, exactly.
fn check(server: &Server, token: &str, events: &[RawEvent], changes: Value, values: Values<'_>) {
    let mut expect: BTreeMap<Vec<String>, (u64, u64, BTreeSet<String>)> = BTreeMap::new();
    for event in events {
        let Some(values) = values(event) else { continue };
        let counts = expect.entry(values).or_default();
        counts.0 += u64::from(event.event_type == "pageview");
        counts.1 += 1;
        counts.2.extend(event.visitor.map(|visitor| visitor.to_string()));
    }
    let answer = ask(server, token, changes.clone());
    let dimensions = changes["dimensions"].as_array().cloned().unwrap_or_default();
    let mut found = BTreeMap::new();
    for row in answer["rows"].as_array().unwrap() {
        let values: Vec<_> =
            dimensions.iter().map(|name| row[name.as_str().unwrap()].as_str().unwrap().to_owned()).collect();
        found.insert(values, (row["pageviews"].clone(), row["events"].clone(), row["unique_users"].clone()));
    }
    let expect: BTreeMap<_, _> = expect
        .into_iter()
        .map(|(values, (views, events, visitors))| (values, (json!(views), json!(events), json!(visitors.len()))))
        .collect();
    assert_eq!(found, expect, "{changes}");
    assert_eq!((&answer["meta"]["source"], &answer["meta"]["granularity"]), (&json!("raw"), &json!("event")));
    assert_eq!(answer["meta"]["unique_users"]["standard_error"], 0.0, "counted, not estimated");
    assert_eq!(answer["total_rows"], found.len());
}

fn present(values: &[&String]) -> Option<Vec<String>> {
    values.iter().all(|value| !value.is_empty()).then(|| values.iter().map(|value| (*value).clone()).collect())
}

#[test]
fn what_no_counter_tells_is_counted_from_events() {
    let (server, token, events) = filled(11);
    let ask = |changes: Value, values: Values<'_>| check(&server, &token, &events, changes, values);
    ask(json!({"dimensions": ["page", "country"]}), &|event| present(&[&event.path, &event.country]));
    ask(json!({"dimensions": ["device", "browser", "source"]}), &|e| present(&[&e.device, &e.browser, &e.source]));
    ask(json!({"dimensions": ["title"]}), &|event| present(&[&event.title]));
    ask(json!({"dimensions": ["property:price"]}), &|event| match event.properties.get("price") {
        Some(Property::Number(price)) => Some(vec![price.to_string()]),
        _ => None,
    });
    let not_german = json!({"dimensions": ["title"], "filters": ["is_not", "country", ["DE"]]});
    ask(not_german, &|event| (event.country != "DE").then(|| vec![event.title.clone()]));
    let mixed = json!({
        "dimensions": ["title"],
        "filters": ["or", [["contains", "page", ["DOC"]], ["matches", "country", ["^(FR|US)$"]]]],
    });
    ask(mixed, &|e| (e.path.contains("doc") || e.country == "FR" || e.country == "US").then(|| vec![e.title.clone()]));
    let by_hour = json!({"dimensions": ["hour_of_day", "title"]});
    ask(by_hour, &|event| Some(vec![format!("{:02}", event.at_ms / 3_600_000 % 24), event.title.clone()]));
    // In a zone half an hour off, of which no windows of hours tell.
    let kolkata = json!({"dimensions": ["date", "title"], "time_zone": "Asia/Kolkata"});
    ask(kolkata, &|event| {
        let local = event.at_ms + 330 * 60_000;
        let day = (DAY..DAY + 3 * DAY_MS).contains(&local).then(|| instant(local)[..10].to_owned())?;
        Some(vec![day, event.title.clone()])
    });
}

#[test]
fn a_sample_says_that_it_is_one() {
    let (server, token, events) = filled(12);
    let answer = ask(&server, &token, json!({"dimensions": ["title"], "sample": 0.5}));
    assert_eq!((&answer["is_sampled"], &answer["meta"]["sample_rate"]), (&json!(true), &json!(0.5)));
    let found = answer["rows"][0]["events"].as_f64().unwrap();
    assert!((found / events.len() as f64 - 1.0).abs() < 0.4, "{found} of {}", events.len());
    // Where a counter tells everybody, nobody is left out.
    let answer = ask(&server, &token, json!({"sample": 0.5}));
    assert_eq!((&answer["is_sampled"], &answer["rows"][0]["events"]), (&json!(false), &json!(events.len())));
}

#[test]
fn an_answer_is_given_again_until_the_data_changes() {
    let (server, token, _) = filled(13);
    for changes in [json!({"dimensions": ["page"]}), json!({"dimensions": ["page", "country"]})] {
        let first = ask(&server, &token, changes.clone());
        assert_eq!(first["meta"]["is_cached"], Value::Null);
        let again = ask(&server, &token, changes.clone());
        assert_eq!((&again["meta"]["is_cached"], &again["rows"]), (&json!(true), &first["rows"]));
        let later = three_days(99, 10);
        Edge::join(&server, 9, "UA-1").deliver(&server, &later);
        let after = ask(&server, &token, changes);
        assert_eq!(after["meta"]["is_cached"], Value::Null);
        assert_ne!(after["rows"], first["rows"]);
    }
}

#[test]
fn now_and_then_stand_side_by_side() {
    let (server, token, events) = filled(14);
    let of = |first: u64| {
        let day = DAY + first * DAY_MS;
        events.iter().filter(|event| (day..day + DAY_MS).contains(&event.at_ms)).count()
    };
    let answer = ask(
        &server,
        &token,
        json!({
            "date_range": {"start": "2026-02-03", "end": "2026-02-03"}, "metrics": ["events"], "totals": true,
            "dimensions": ["hour"], "compare": {"period": "previous"},
        }),
    );
    assert_eq!(
        (&answer["totals"]["events"], &answer["comparison"]["totals"]["events"]),
        (&json!(of(1)), &json!(of(0)))
    );
    let then = answer["comparison"]["rows"].as_array().unwrap();
    assert_eq!((answer["rows"].as_array().unwrap().len(), then.len()), (24, 24));
    assert_eq!(then[9]["hour"], "2026-02-02T09:00:00Z");
    assert_eq!(then.iter().map(|row| row["events"].as_u64().unwrap()).sum::<u64>(), of(0) as u64);
    assert_eq!(answer["comparison"]["date_range"]["start"], "2026-02-02T00:00:00Z");
}

#[test]
fn an_answer_has_the_form_that_is_accepted() {
    let (server, token, events) = filled(15);
    let body = query(json!({"dimensions": ["page"], "metrics": ["pageviews", "events"]})).to_string();
    let accepting = |accept: &str| {
        let headers =
            [("authorization", &*bearer(&token)), ("accept", accept)].map(|(name, value)| (name, value.to_owned()));
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        server.post("/api/v1/query", &headers, body.as_bytes())
    };
    let csv = accepting("text/csv");
    assert_eq!((csv.status, csv.header("content-type")), (200, "text/csv; charset=utf-8"));
    let text = csv.text();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("page,pageviews,events"));
    let sum: usize = lines.map(|line| line.rsplit(',').next().unwrap().parse::<usize>().unwrap()).sum();
    assert_eq!(sum, events.iter().filter(|event| !event.path.is_empty()).count());
    let lines = accepting("application/x-ndjson");
    let rows: Vec<Value> = lines.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        json!(rows),
        ask(&server, &token, json!({"dimensions": ["page"], "metrics": ["pageviews", "events"]}))["rows"]
    );
    let parquet = accepting("application/vnd.apache.parquet");
    assert_eq!((parquet.status, parquet.header("content-type")), (200, "application/vnd.apache.parquet"));
    assert_eq!(read::row_groups(Bytes::from(parquet.body)).unwrap(), [rows.len() as u64]);
    assert_eq!(accepting("image/png").problem(406), "accept");
}

#[test]
fn events_are_exported_as_they_are() {
    let (server, numbers, events) = filled(16);
    let path = "/api/v1/export?tracking_id=UA-1&start=2026-02-02&end=2026-02-03";
    let ask = |key: &str, path: &str| server.get(path, &[("authorization", &bearer(key))]);
    // Who may read numbers may not read events.
    ask(&numbers, path).problem(403);
    let key = server.command(&["key", "create", "--name", "export", "--scope", "events:read", "--site", "UA-1"]);
    let get = |path: &str| ask(&key, path);
    let exported = get(path);
    assert_eq!((exported.status, exported.header("content-type")), (200, "application/x-ndjson"));
    let mut found: Vec<RawEvent> = exported.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(found.is_sorted_by_key(|event| (event.visitor, event.at_ms, event.id)));
    let mut expect: Vec<_> = events.iter().filter(|event| event.at_ms < DAY + 2 * DAY_MS).cloned().collect();
    expect.sort_by_key(|event| event.id);
    found.sort_by_key(|event| event.id);
    assert_eq!(found, expect);
    let csv = get(&format!("{path}&format=csv"));
    assert_eq!(csv.text().lines().count(), expect.len() + 1);
    let parquet = get(&format!("{path}&format=parquet"));
    assert_eq!((parquet.status, parquet.header("content-type")), (200, "application/vnd.apache.parquet"));
    assert!(parquet.header("content-disposition").ends_with("\"events.parquet\""));
    let batches = read::batches(Bytes::from(parquet.body)).unwrap();
    let mut found: Vec<RawEvent> = batches.flat_map(|batch| batch::events(&batch.unwrap()).unwrap()).collect();
    assert!(found.is_sorted_by_key(|event| (event.visitor, event.at_ms, event.id)));
    found.sort_by_key(|event| event.id);
    assert_eq!(found, expect);
    let accepted = server.get(path, &[("authorization", &bearer(&key)), ("accept", "text/csv")]);
    assert_eq!(accepted.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(get("/api/v1/export?tracking_id=UA-1&start=2026-02-02").problem(400), "end");
    assert_eq!(get(&format!("{path}&format=xlsx")).problem(400), "format");
    server.command(&["site", "set", "UA-1", "--keep-events", "false"]);
    assert_eq!(get(path).problem(422), "tracking_id");
}

/// Numbers may still grow from where the last of the edges is that deliver.
#[test]
fn the_watermark_is_how_far_all_edges_have_sealed() {
    let server = Server::start();
    let token = server.site("UA-1");
    let watermark = || {
        let answer = ask(&server, &token, json!({}));
        let at: jiff::Timestamp = answer["meta"]["watermark"].as_str().unwrap().parse().unwrap();
        at.as_millisecond() as u64
    };
    let is_now = |at_ms: u64| (now_ms() - 30_000..=now_ms() - 4_000).contains(&at_ms);
    assert!(is_now(watermark()), "nobody has anything to deliver");
    let (mut prompt, mut late) = (Edge::join(&server, 1, "UA-1"), Edge::join(&server, 2, "UA-1"));
    // The site is older than what the other edge holds.
    let created = "UPDATE sites SET created_at_ms = 0";
    rusqlite::Connection::open(server.folder.path().join("ledger.sqlite")).unwrap().execute(created, []).unwrap();
    prompt.deliver(&server, &three_days(1, 5));
    assert!(is_now(watermark()));
    // An edge that was away for an hour, and knew an epoch before, brings what it got then.
    late.writer.epoch = wire::Epoch(2);
    assert_eq!(hello(&server, 2, "UA-1", Some(1)), HelloAnswer::Welcome { epoch: wire::Epoch(2) });
    let away_ms = (now_ms() - 3_600_000) / 1000 * 1000;
    rusqlite::Connection::open(server.folder.path().join("ledger.sqlite"))
        .unwrap()
        .execute("UPDATE marks SET sealed_through_ms = ?1 WHERE shard = 0 AND epoch = 2", [away_ms as i64])
        .unwrap();
    assert_eq!(watermark(), away_ms);
    prompt.deliver(&server, &three_days(2, 5));
    assert_eq!(watermark(), away_ms);
    late.deliver(&server, &three_days(3, 5));
    assert!(is_now(watermark()));
}

#[test]
fn days_that_came_without_events_are_not_told_by_events() {
    let server = Server::start();
    let token = server.site("UA-1");
    let mut follower = Follower::join(&server, 1, "UA-1");
    follower.settings.keeps_events = false;
    follower.deliver(&server, &some_events(1, day(2), 20));
    follower.settings.keeps_events = true;
    follower.deliver(&server, &some_events(2, day(1), 20));
    let ask = |ago: u64| {
        let day = date(day(ago));
        let query = json!({
            "tracking_id": "UA-1", "date_range": {"start": day, "end": day}, "metrics": ["events"],
            "dimensions": ["device", "browser", "source"],
        });
        server.post("/api/v1/query", &[("authorization", &bearer(&token))], query.to_string().as_bytes())
    };
    let told: Value = ask(1).json();
    assert_eq!((&told["meta"]["source"], &told["meta"]["rows_read"]), (&json!("raw"), &json!(20)));
    assert_eq!(ask(2).problem(400), "dimensions");
    assert!(ask(2).text().contains("are kept from"), "{}", ask(2).text());
}

#[test]
fn an_answer_about_a_day_is_given_again_until_that_day_changes() {
    let (server, token, events) = filled(17);
    let first_day = |event: &RawEvent| event.at_ms < DAY + DAY_MS;
    let on = |day: &str, changes: Value| {
        let mut changes = changes;
        changes["date_range"] = json!({"start": day, "end": day});
        ask(&server, &token, changes)
    };
    let questions = [
        json!({"dimensions": ["page"]}),
        json!({"dimensions": ["page", "country"]}),
        json!({"metrics": ["visits", "events"]}),
    ];
    let count = |answer: &Value| {
        let rows = answer["rows"].as_array().unwrap();
        rows.iter().map(|row| row["events"].as_u64().unwrap()).sum::<u64>()
    };
    let kept: Vec<Value> = questions.iter().map(|question| on("2026-02-02", question.clone())).collect();
    let mut edge = Edge::join(&server, 9, "UA-1");
    let (of_first_day, later): (Vec<_>, Vec<_>) = three_days(98, 60).into_iter().partition(first_day);
    assert!(!of_first_day.is_empty() && !later.is_empty());
    let last_day = on("2026-02-04", questions[0].clone());
    edge.deliver(&server, &later);
    let changed = on("2026-02-04", questions[0].clone());
    assert_eq!(changed["meta"]["is_cached"], Value::Null, "what came is of that day");
    assert!(count(&changed) > count(&last_day));
    for (question, kept) in questions.iter().zip(&kept) {
        let again = on("2026-02-02", question.clone());
        assert_eq!((&again["meta"]["is_cached"], &again["rows"]), (&json!(true), &kept["rows"]), "{question}");
        assert!(again["meta"]["version"].as_u64() > kept["meta"]["version"].as_u64(), "it is that of the newest data");
    }
    // A range that what came lies in.
    assert_eq!(ask(&server, &token, questions[0].clone())["meta"]["is_cached"], Value::Null);
    edge.deliver(&server, &of_first_day);
    for question in &questions {
        assert_eq!(on("2026-02-02", question.clone())["meta"]["is_cached"], Value::Null, "{question}");
    }
    let expect = events.iter().chain(&of_first_day).filter(|event| first_day(event) && !event.path.is_empty()).count();
    assert_eq!(count(&on("2026-02-02", questions[0].clone())), expect as u64);
}

#[test]
fn days_that_were_read_before_are_told_as_they_are_now() {
    let (server, token, mut events) = filled(19);
    let source = events.iter().map(|event| event.source.clone()).find(|source| !source.is_empty()).unwrap();
    let questions = [
        (json!({"dimensions": ["page"]}), None),
        (json!({"dimensions": ["date"]}), None),
        (json!({"dimensions": ["page"], "filters": {"source": [source.clone(), "nobody"]}}), Some(source)),
    ];
    let mut edge = Edge::join(&server, 9, "UA-1");
    let later = three_days(97, 60);
    let middle = |event: &RawEvent| (DAY + DAY_MS..DAY + 2 * DAY_MS).contains(&event.at_ms);
    let (of_middle_day, of_others): (Vec<_>, Vec<_>) = later.into_iter().partition(middle);
    assert!(!of_middle_day.is_empty() && !of_others.is_empty());
    let mut limit = 5000;
    let mut deliveries = [of_middle_day, of_others].into_iter();
    loop {
        for (question, source) in &questions {
            let is_by_page = question["dimensions"] == json!(["page"]);
            let passes = |event: &&RawEvent| {
                source.as_ref().is_none_or(|source| event.source == *source) && (!is_by_page || !event.path.is_empty())
            };
            let expect = events.iter().filter(passes).count() as u64;
            // Another limit is another question about the same days.
            let asked: Vec<Value> = (0..3)
                .map(|_| {
                    limit += 1;
                    let mut question = question.clone();
                    question["limit"] = json!(limit);
                    ask(&server, &token, question)
                })
                .collect();
            for answer in &asked {
                assert_eq!((&answer["meta"]["source"], &answer["meta"]["is_cached"]), (&json!("rollup"), &Value::Null));
                assert_eq!(answer["rows"], asked[0]["rows"], "{question}");
            }
            let counted = asked[0]["rows"].as_array().unwrap().iter().map(|row| row["events"].as_u64().unwrap());
            assert_eq!(counted.sum::<u64>(), expect, "{question}");
        }
        let Some(delivered) = deliveries.next() else { break };
        edge.deliver(&server, &delivered);
        events.extend(delivered);
    }
}
