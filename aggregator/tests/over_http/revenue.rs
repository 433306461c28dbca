//! What was paid: by currency, and in the reporting currency by the rates that the owner declared.

use serde_json::{Value, json};
use wire::Id128;
use wire::frame::{Money, RawEvent};

use crate::edge::Edge;
use crate::people::{Caller, member, operator};
use crate::server::Server;
use crate::visits::DAY;

const MINUTE: u64 = 60_000;

/// Three that buy, one of them twice, and one that looks.
fn events() -> Vec<RawEvent> {
    let event = |visitor: u8, at: u64, source: &str, paid: Option<(&str, i64)>| RawEvent {
        id: Id128([visitor, at as u8, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
        at_ms: DAY + at * MINUTE,
        visitor: Some(Id128([visitor; 16])),
        session: Some(Id128([visitor + 100; 16])),
        event_type: if paid.is_some() { "purchase" } else { "pageview" }.to_owned(),
        path: "/".to_owned(),
        source: source.to_owned(),
        revenue: paid.map(|(currency, micros)| Money { currency: currency.to_owned(), micros }),
        ..RawEvent::default()
    };
    vec![
        event(1, 1, "Google", Some(("EUR", 10_100_000))),
        event(1, 2, "Google", Some(("USD", 20_000_001))),
        event(2, 3, "Google", Some(("USD", -5_000_000))),
        event(3, 4, "Mail", Some(("GBP", 7_000_000))),
        event(4, 5, "Mail", None),
    ]
}

fn asked(server: &Server, caller: &Caller, change: Value) -> Value {
    let mut query = json!({
        "tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-02"}, "metrics": ["revenue", "orders"],
    });
    query.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let answer = caller.post(server, "/api/v1/query", query);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[test]
fn declared_rates_convert_what_was_paid() {
    let server = Server::start();
    server.site("UA-1");
    Edge::join(&server, 1, "UA-1").deliver(&server, &events());
    let caller = operator(&server);
    let plain = asked(&server, &caller, json!({"currency": "reporting"}));
    let paid = json!({"EUR": 10.1, "GBP": 7.0, "USD": 15.000_001});
    assert_eq!((&plain["rows"][0]["revenue"], &plain["rows"][0]["orders"]), (&paid, &json!(3)), "without a currency");
    assert_eq!(plain["meta"]["conversion"], Value::Null);

    let settings = |change: Value| caller.ask(&server, "PATCH", "/api/v1/sites/UA-1", &json!({"settings": change}));
    let rate = |rate: &str| json!([{"currency": "USD", "rate": rate, "as_of": "2026-02-01"}]);
    assert_eq!(settings(json!({"exchange_rates": rate("0.5")})).problem(400), "settings.exchange_rates");
    let declared = settings(json!({"reporting_currency": "EUR", "exchange_rates": rate("0.5")}));
    assert_eq!((declared.status, &declared.json::<Value>()["settings"]["reporting_currency"]), (200, &json!("EUR")));
    assert_eq!(settings(json!({"exchange_rates": rate("0.5.1")})).problem(400), "settings.exchange_rates.rate");

    let all = json!({
        "metrics": ["revenue", "orders", "average_order", "revenue_per_visitor"], "currency": "EUR", "dimensions": ["source"],
        "totals": true,
    });
    let answer = asked(&server, &caller, all.clone());
    // 20.000001 - 5 dollars are 7.5000005 euros: rounded away from zero.
    let google = json!({
        "source": "Google", "revenue": {"EUR": 17.600_001}, "orders": 2, "average_order": {"EUR": 8.8},
        "revenue_per_visitor": {"EUR": 8.800_001},
    });
    let mail = json!({
        "source": "Mail", "revenue": {"GBP": 7.0}, "orders": 1, "average_order": {"GBP": 7.0},
        "revenue_per_visitor": {"GBP": 3.5},
    });
    assert_eq!(answer["rows"], json!([google, mail]));
    assert_eq!(answer["totals"]["revenue"], json!({"EUR": 17.600_001, "GBP": 7.0}));
    let rates = json!([{"currency": "USD", "rate": "0.5", "as_of": "2026-02-01"}]);
    assert_eq!(answer["meta"]["conversion"], json!({"currency": "EUR", "rates": rates, "missing": ["GBP"]}));

    // Another rate is another answer, also of the same data.
    assert_eq!(settings(json!({"exchange_rates": rate("2")})).status, 200);
    assert_eq!(asked(&server, &caller, all)["rows"][0]["revenue"], json!({"EUR": 40.100_002}));
    // The same of counters, which tell no orders.
    let counted = asked(&server, &caller, json!({"metrics": ["revenue", "revenue_per_visitor"], "currency": "EUR"}));
    assert_eq!(
        (&counted["meta"]["source"], &counted["rows"][0]["revenue"]["EUR"]),
        (&json!("rollup"), &json!(40.100_002))
    );

    let other = json!({"tracking_id": "UA-1", "date_range": "7d", "metrics": ["revenue"], "currency": "USD"});
    assert_eq!(caller.post(&server, "/api/v1/query", other).problem(400), "currency");
    let viewer = member(&server, "viewer", "UA-1", "viewer");
    let change = json!({"settings": {"reporting_currency": ""}});
    assert_eq!(viewer.ask(&server, "PATCH", "/api/v1/sites/UA-1", &change).status, 403);
    assert_eq!(settings(json!({"exchange_rates": [], "reporting_currency": ""})).status, 200);
}
