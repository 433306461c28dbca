//! What was written for Plausible's Stats API v2 is answered in its shape.

use serde_json::{Value, json};

use crate::history::filled;
use crate::server::{Answer, Server, bearer};

fn post(server: &Server, token: &str, changes: Value) -> Answer {
    let mut request = json!({"site_id": "UA-1", "metrics": ["visitors"], "date_range": ["2026-02-02", "2026-02-04"]});
    request.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    server.post("/api/v2/query", &[("authorization", &bearer(token))], request.to_string().as_bytes())
}

#[test]
fn questions_are_answered_in_its_shape() {
    let (server, token, events) = filled(21);
    let ask = |changes: Value| {
        let answer = post(&server, &token, changes.clone());
        assert_eq!(answer.status, 200, "{changes}: {}", answer.text());
        answer.json::<Value>()
    };
    let answer = ask(json!({"metrics": ["events", "pageviews"]}));
    let views = events.iter().filter(|event| event.event_type == "pageview").count();
    assert_eq!(answer["results"], json!([{"dimensions": [], "metrics": [events.len(), views]}]));
    assert_eq!(answer["meta"], json!({}));
    assert_eq!(answer["query"]["date_range"], json!(["2026-02-02T00:00:00Z", "2026-02-04T23:59:59Z"]));
    assert_eq!(answer["query"]["order_by"], json!([["events", "desc"]]));

    let answer = ask(json!({
        "metrics": ["events"], "dimensions": ["visit:country_name", "visit:device"], "include": {"total_rows": true},
        "filters": [["is", "visit:country_name", ["Germany", "France"]]], "pagination": {"limit": 2, "offset": 1},
    }));
    assert_eq!((answer["results"].as_array().unwrap().len(), &answer["meta"]["total_rows"]), (2, &json!(6)));
    for row in answer["results"].as_array().unwrap() {
        let (country, device) = (row["dimensions"][0].as_str().unwrap(), row["dimensions"][1].as_str().unwrap());
        assert!(["Germany", "France"].contains(&country) && ["Desktop", "Mobile", "Tablet"].contains(&device), "{row}");
        let code = if country == "Germany" { "DE" } else { "FR" };
        let of = |event: &&wire::frame::RawEvent| event.country == code && event.device == device.to_lowercase();
        assert_eq!(row["metrics"][0], events.iter().filter(of).count(), "{row}");
    }

    let answer = ask(json!({
        "metrics": ["events"], "dimensions": ["time:hour"], "date_range": ["2026-02-02", "2026-02-02"],
        "include": {"time_labels": true},
    }));
    let labels = answer["meta"]["time_labels"].as_array().unwrap();
    assert_eq!((labels.len(), &labels[1]), (24, &json!("2026-02-02 01:00:00")));
    let rows = answer["results"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["metrics"][0] != 0 && labels.contains(&row["dimensions"][0])));

    let signups = json!({"metrics": ["visitors", "percentage"], "dimensions": ["visit:source"], "order_by": [["visit:source", "asc"]]});
    let sources = ask(signups)["results"].clone();
    let names: Vec<_> = sources.as_array().unwrap().iter().map(|row| row["dimensions"][0].clone()).collect();
    assert_eq!(json!(names), json!(["Direct / None", "Google", "a.example"]));
}

#[test]
fn errors_have_its_shape_and_name_the_field() {
    let (server, token, _) = filled(22);
    let check = |changes: Value, status: u16, field: &str| {
        let answer = post(&server, &token, changes.clone());
        let told: Value = answer.json();
        assert_eq!((answer.status, told["field"].as_str().unwrap_or_default()), (status, field), "{changes}: {told}");
        assert!(told["error"].as_str().is_some_and(|error| error.contains(field)), "{told}");
        assert_eq!(answer.header("content-type"), "application/json");
    };
    check(json!({"site_id": "UA-2"}), 404, "tracking_id");
    check(json!({"site_id": ""}), 400, "site_id");
    check(json!({"metrics": ["scroll_depth"]}), 400, "metrics[0]");
    check(json!({"metrics": []}), 400, "metrics");
    check(json!({"date_range": ["2026-02-02", "soon"]}), 400, "date_range.end");
    check(json!({"filters": [["has_done", ["is", "event:page", ["/"]]]]}), 400, "filters[0]");
    check(json!({"surprise": 1}), 400, "surprise");
    let answer = server.post("/api/v2/query", &[], b"{}");
    assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer"));
    assert!(answer.json::<Value>()["error"].is_string());
}
