use serde_json::json;

use super::*;

#[test]
fn a_role_may_what_those_before_it_may() {
    let rights = Role::ALL.map(Rights::of);
    for (less, more) in rights.iter().zip(rights.iter().skip(1)) {
        assert_eq!(less.and(*more), *less);
        assert_ne!(less, more);
    }
    let names = |role| Rights::of(role).list().into_iter().map(Permission::name).collect::<Vec<_>>().join(" ");
    assert_eq!(names(Role::Viewer), "stats:read sites:read");
    assert_eq!(names(Role::Editor), "stats:read events:read sites:read sites:write shares:write");
    assert_eq!(Rights::of(Role::Owner), Rights::all());
    assert_eq!(Rights::all().list(), Permission::ALL);
}

#[test]
fn permissions_are_written_as_named() {
    for permission in Permission::ALL {
        assert_eq!(json!(permission), json!(permission.name()));
    }
    for role in Role::ALL {
        assert_eq!(json!(role), json!(role.name()));
    }
}

#[test]
fn a_key_never_rules() {
    assert!(scopes(&[]).is_err());
    assert!(scopes(&[Permission::StatsRead, Permission::PeopleWrite]).is_err());
    assert_eq!(scopes(&[Permission::SitesRead]), Ok([Permission::SitesRead].into_iter().collect()));
}

#[test]
fn addresses_are_told_from_other_texts() {
    fn check(text: &str, expect: Option<&str>) {
        assert_eq!(email(text).ok().as_deref(), expect, "{text}");
    }
    check(" Ann@Shop.Example ", Some("ann@shop.example"));
    check("a+b@x", Some("a+b@x"));
    check("ann", None);
    check("@x", None);
    check("ann@", None);
    check("a b@x", None);
    check("a@b@x", None);
    check("<ann@x>", None);
    check("ann@x\n", Some("ann@x"));
    check("ann@x\ny", None);
    check(&format!("{}@x", "a".repeat(252)), Some(&format!("{}@x", "a".repeat(252))));
    check(&format!("{}@x", "a".repeat(253)), None);
}

#[test]
fn passwords_have_a_length() {
    fn check(text: &str, expect: bool) {
        assert_eq!(password(text, "ann@shop.example").is_ok(), expect, "{text}");
    }
    check("123456789", false);
    check("1234567890", true);
    check("äöüäöüäöüß", true);
    check("aaaaaaaaaaaaaaa", false);
    check("Ann@shop.example", false);
    check(&"ab".repeat(128), true);
    check(&"ab".repeat(129), false);
}

fn filter(value: serde_json::Value) -> Filter {
    serde_json::from_value(value).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn a_lock_has_bounds() {
    fn check(value: serde_json::Value, expect: bool) {
        let found = lock(&filter(value.clone()));
        assert_eq!(found.is_ok(), expect, "{value}: {found:?}");
    }
    check(json!(["is", "country", ["US"]]), true);
    check(json!(["not", ["contains", "page", ["/admin"]]]), true);
    check(json!(["is", "date", ["2026-02-02"]]), false);
    check(json!(["is", "country", []]), false);
    check(json!(["and", []]), false);
    check(json!(["matches", "page", ["("]]), false);
    let tests = |n: usize| json!(["or", vec![json!(["is", "country", ["US"]]); n]]);
    check(tests(15), true);
    check(tests(16), false);
    check(json!(["not", ["not", ["not", ["is", "country", ["US"]]]]]), true);
    check(json!(["not", ["not", ["not", ["not", ["is", "country", ["US"]]]]]]), false);
    let deep = (0..500).fold(json!(["is", "country", ["US"]]), |inner, _| json!(["not", inner]));
    // What is deeper than JSON may be never gets here; what gets here is not followed to its end.
    if let Ok(deep) = serde_json::from_value(deep) {
        assert!(lock(&deep).is_err());
    }
}

/// Whether events of (country, device) pass.
fn passes(filters: &Filters, country: &str, device: &str) -> bool {
    let condition = Condition::of(filters, "filters").unwrap_or_else(|e| panic!("{e}"));
    condition
        .holds(&mut |dimension, test| test.passes(if dimension.to_string() == "country" { country } else { device }))
}

#[test]
fn a_locked_question_counts_nothing_else() {
    let locks = [
        json!(["is", "country", ["US"]]),
        json!(["and", [["is", "country", ["US", "CA"]], ["is", "device", ["mobile"]]]]),
        json!(["and", [["is", "country", ["US"]], ["is", "country", ["CA"]]]]),
        json!(["not", ["is", "country", ["US"]]]),
        json!(["or", [["is", "country", ["US"]], ["is", "device", ["desktop"]]]]),
    ];
    let questions = [
        json!({}),
        json!({"country": "CA"}),
        json!({"device": ["mobile", "desktop"]}),
        json!(["is_not", "country", ["CA"]]),
        json!(["or", [["is", "country", ["US", "CA", "DE"]], ["is", "device", ["mobile"]]]]),
    ];
    for lock in &locks {
        let lock = filter(lock.clone());
        for question in &questions {
            let asked: Filters = serde_json::from_value(question.clone()).unwrap_or_else(|e| panic!("{e}"));
            let mut narrowed = asked.clone();
            narrow(&mut narrowed, &lock);
            for country in ["US", "CA", "DE"] {
                for device in ["mobile", "desktop"] {
                    let both =
                        passes(&asked, country, device) && passes(&Filters::Expression(lock.clone()), country, device);
                    assert_eq!(passes(&narrowed, country, device), both, "{lock:?} {question} {country} {device}");
                }
            }
        }
    }
    let mut plain = Filters::default();
    narrow(&mut plain, &filter(locks.first().cloned().unwrap_or_default()));
    assert!(matches!(&plain, Filters::All(all) if all.len() == 1), "{plain:?}");
}

#[test]
fn what_people_did_is_told_by_what_a_lock_leaves() {
    let lock = filter(serde_json::json!(["is", "country", ["DE"]]));
    let narrowed = |asked: serde_json::Value| {
        let mut filters: Filters = serde_json::from_str(&asked.to_string()).unwrap();
        narrow(&mut filters, &lock);
        serde_json::to_value(filters).unwrap()
    };
    let lock = serde_json::json!(["is", "country", ["DE"]]);
    let did = serde_json::json!(["did", {"filters": {"page": "/a"}, "at_least": 2}]);
    let of_it =
        serde_json::json!(["did", {"filters": ["and", [lock, ["and", [["is", "page", ["/a"]]]]]], "at_least": 2}]);
    assert_eq!(narrowed(did.clone()), serde_json::json!(["and", [lock, of_it]]));
    assert_eq!(
        narrowed(serde_json::json!(["or", [["not", did], ["last_did", {}]]])),
        serde_json::json!(["and", [lock, ["or", [["not", of_it], ["last_did", {"filters": ["and", [lock, ["and", []]]]}]]]]])
    );
    // A funnel's steps are its own: what they say of people is narrowed too.
    let query = serde_json::json!({
        "tracking_id": "UA-1", "date_range": "7d",
        "steps": [{"filters": ["did", {}]}, {"event_type": "b"}]
    });
    let mut query: wire::analysis::FunnelQuery = serde_json::from_str(&query.to_string()).unwrap();
    narrow_all(&mut query, &filter(lock.clone()));
    let told = serde_json::to_value(query).unwrap();
    assert_eq!(told["steps"][0]["filters"], serde_json::json!(["did", {"filters": ["and", [lock, ["and", []]]]}]));
    assert_eq!(told["filters"], serde_json::json!({"country": ["DE"]}));
}
