use super::*;
use crate::user_agent::{self, Hints};

const NOW_MS: u64 = 1_770_028_200_000; // 2026-02-02T10:30:00Z

fn event(change: impl Fn(&mut Event)) -> Event {
    let mut event = Event {
        tracking_id: Some("UA-123456-1".to_owned()),
        event_type: Some("pageview".to_owned()),
        page: Some(Page { url: Some("https://shop.example/shoes?x=1".to_owned()), ..Page::default() }),
        ..Event::default()
    };
    change(&mut event);
    event
}

fn accepted(event: Event) -> Result<Accepted, Malformed> {
    let user_agent =
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1";
    let client = user_agent::read(user_agent, &Hints::default());
    let receipt = Receipt { received_at_ms: NOW_MS, country: "DE".to_owned(), client, ..Receipt::default() };
    let envelope = Envelope { sent_at_ms: Some(5_000.0), ..Envelope::default() };
    accept(event, &envelope, &receipt)
}

#[test]
fn a_pageview_is_enriched() {
    let accepted = accepted(event(|e| {
        if let Some(page) = &mut e.page {
            page.referrer = Some("https://www.google.com/".to_owned());
        }
        e.at_ms = Some(3_500.0);
    }));
    let Ok(accepted) = accepted else { panic!("{accepted:?}") };
    let raw = accepted.event;
    assert_eq!(accepted.site, "UA-123456-1");
    assert_eq!((raw.hostname.as_str(), raw.path.as_str()), ("shop.example", "/shoes"));
    assert_eq!((raw.source.as_str(), raw.channel.as_str()), ("Google", "organic_search"));
    assert_eq!((raw.country.as_str(), raw.device.as_str()), ("DE", "mobile"));
    assert_eq!((raw.browser.as_str(), raw.browser_version.as_str()), ("Safari", "Safari 19"));
    assert_eq!((raw.os.as_str(), raw.os_version.as_str()), ("iOS", "iOS 19"));
    assert_eq!(raw.at_ms, NOW_MS - 1_500);
}

#[test]
fn a_campaign_is_kept_on_arrivals_alone() {
    let tags = |referrer: &str| {
        let accepted = accepted(event(|e| {
            let url = "https://shop.example/?utm_medium=email&utm_campaign=Spring&utm_content=top&utm_term=lamp";
            e.page = Some(Page { url: Some(url.to_owned()), referrer: Some(referrer.to_owned()), ..Page::default() });
        }));
        let raw = accepted.map(|accepted| accepted.event).unwrap_or_default();
        [raw.source, raw.channel, raw.utm_source, raw.utm_medium, raw.utm_campaign, raw.utm_content, raw.utm_term]
    };
    assert_eq!(tags(""), ["Direct", "email", "", "email", "Spring", "top", "lamp"].map(str::to_owned));
    assert_eq!(tags("https://shop.example/"), [""; 7].map(str::to_owned));
}

#[test]
fn surroundings_are_bounded_and_never_cost_an_event() {
    fn check(user: User, read: fn(&RawEvent) -> &str, expect: &str) {
        let found = accepted(event(|e| e.user = Some(user.clone()))).map(|a| read(&a.event).to_owned());
        assert_eq!(found, Ok(expect.to_owned()), "{user:?}");
    }
    for (width, expect) in [
        (320.0, "mobile"),
        (575.9, "mobile"),
        (576.0, "tablet"),
        (992.0, "laptop"),
        (1440.0, "desktop"),
        (0.0, ""),
        (-5.0, ""),
        (f64::NAN, ""),
        (f64::INFINITY, ""),
    ] {
        check(User { screen_width: Some(width), ..User::default() }, |raw| &raw.screen, expect);
    }
    for (tag, expect) in [
        ("de-AT", "de"),
        ("EN", "en"),
        ("fil", "fil"),
        ("zh_Hant", "zh"),
        ("", ""),
        ("x-klingon", ""),
        ("d€", ""),
        ("deutsch", ""),
    ] {
        check(User { language: Some(tag.to_owned()), ..User::default() }, |raw| &raw.language, expect);
    }
    let long = "x".repeat(CAMPAIGN_BYTES_MAX);
    for (name, expect) in [
        ("Lynx", "Lynx"),
        (" Lynx ", "Lynx"),
        ("Safari", "Safari 19"),
        ("", "Safari 19"),
        ("a\nb", "Safari 19"),
        (&format!("{long}y"), &long),
    ] {
        check(User { browser: Some(name.to_owned()), ..User::default() }, |raw| &raw.browser_version, expect);
    }
}

#[test]
fn what_the_sender_knows_wins() {
    let given = event(|e| {
        e.user = Some(User { country: Some("us".to_owned()), device: Some("tablet".to_owned()), ..User::default() });
    });
    let found = accepted(given).map(|a| (a.event.country, a.event.device));
    assert_eq!(found, Ok(("US".to_owned(), "tablet".to_owned())));
}

#[test]
fn times_are_the_servers() {
    fn check(timestamp: Option<&str>, at_ms: Option<f64>, expect: Result<u64, &str>) {
        let found = accepted(event(|e| {
            e.timestamp = timestamp.map(str::to_owned);
            e.at_ms = at_ms;
        }));
        let found = found.map(|a| a.event.at_ms).map_err(|m| m.field);
        assert_eq!(found, expect.map_err(str::to_owned), "{timestamp:?} {at_ms:?}");
    }
    check(None, None, Ok(NOW_MS));
    check(None, Some(4_000.0), Ok(NOW_MS - 1_000));
    check(None, Some(9_000.0), Ok(NOW_MS));
    check(None, Some(-1e12), Err("at_ms"));
    check(None, Some(f64::NAN), Err("at_ms"));
    check(Some("2026-02-02T10:29:00.000Z"), None, Ok(NOW_MS - 60_000));
    check(Some("2026-02-02T11:29:00+01:00"), None, Ok(NOW_MS - 60_000));
    check(Some("2026-02-02T10:30:30Z"), None, Ok(NOW_MS));
    check(Some("2026-02-02T10:32:00Z"), None, Err("timestamp"));
    check(Some("2026-01-30T10:30:00Z"), None, Err("timestamp"));
    check(Some("yesterday"), None, Err("timestamp"));
}

#[test]
fn a_refused_event_names_field_and_limit() {
    fn check(change: impl Fn(&mut Event), field: &str, words: &str) {
        match accepted(event(change)) {
            Ok(accepted) => panic!("accepted {accepted:?}"),
            Err(m) => assert!(m.field == field && m.detail.contains(words), "{m:?}, wanted {field}: {words}"),
        }
    }
    fn page(e: &mut Event) -> &mut Page {
        e.page.get_or_insert_default()
    }
    check(|e| e.tracking_id = None, "tracking_id", "required");
    check(|e| e.tracking_id = Some("a b".to_owned()), "tracking_id", "64");
    check(|e| e.tracking_id = Some("x".repeat(65)), "tracking_id", "64");
    check(|e| e.event_type = None, "event_type", "required");
    check(|e| e.event_type = Some(String::new()), "event_type", "64");
    check(|e| e.event_type = Some("a\nb".to_owned()), "event_type", "control");
    check(|e| e.page = None, "page.url", "required");
    check(|e| page(e).url = Some("nope".to_owned()), "page.url", "absolute");
    check(|e| page(e).url = Some(format!("https://a.example/{}", "x".repeat(2048))), "page.url", "2048");
    check(|e| page(e).title = Some("x".repeat(513)), "page.title", "512");
    check(|e| e.client_id = Some(String::new()), "client_id", "128");
    check(|e| e.session_id = Some("x".repeat(129)), "session_id", "128");
    check(|e| e.event_id = Some("x".repeat(129)), "event_id", "128");
    check(
        |e| e.user = Some(User { country: Some("USA".to_owned()), ..User::default() }),
        "user.country",
        "two letters",
    );
    check(|e| e.user = Some(User { device: Some("fridge".to_owned()), ..User::default() }), "user.device", "desktop");
    let property = |name: String, value: Property| {
        move |e: &mut Event| {
            e.custom_properties.insert(name.clone(), value.clone());
        }
    };
    check(property("a".to_owned(), Property::Text("x".repeat(1025))), "custom_properties.a", "1024");
    check(property("x".repeat(65), Property::Flag(true)), &format!("custom_properties.{}", "x".repeat(64)), "64");
    check(property("l".to_owned(), Property::Other(Other::Container)), "custom_properties.l", "text");
    check(property("n".to_owned(), Property::Number(f64::INFINITY)), "custom_properties.n", "finite");
    check(
        |e| e.custom_properties.extend((0..33).map(|n| (n.to_string(), Property::Flag(true)))),
        "custom_properties",
        "at most 32",
    );
}

#[test]
fn exactly_the_limit_passes() {
    let long = event(|e| {
        e.tracking_id = Some("x".repeat(64));
        e.event_type = Some("e".repeat(64));
        e.custom_properties.extend((0..32).map(|n| (format!("{n:064}"), Property::Text("x".repeat(1024)))));
        if let Some(page) = &mut e.page {
            page.url = Some(format!("https://a.example/{}", "x".repeat(2048 - 18)));
            page.title = Some("x".repeat(512));
        }
    });
    assert!(accepted(long).is_ok());
}

#[test]
fn batch_ids_can_be_recognised() {
    fn check(id: Option<&str>, ok: bool) {
        let envelope = Envelope { batch_id: id.map(str::to_owned), ..Envelope::default() };
        assert_eq!(batch_id(&envelope).is_ok(), ok, "{id:?}");
    }
    check(None, true);
    check(Some("0123456789abcdef"), true);
    check(Some("0123456789abcde"), false);
    check(Some(&"x".repeat(64)), true);
    check(Some(&"x".repeat(65)), false);
    check(Some("0123456789abcde/"), false);
}

#[test]
fn revenue_is_kept_exactly() {
    let event = |amount: f64, currency: &str| {
        let revenue = Revenue { amount: Some(amount), currency: Some(currency.to_owned()) };
        Event { revenue: Some(revenue), event_type: Some("purchase".to_owned()), ..Event::default() }
    };
    let envelope = Envelope { tracking_id: Some("UA-1".to_owned()), ..Envelope::default() };
    let accepted = |amount, currency| accept(event(amount, currency), &envelope, &Receipt::default());
    let money = |amount, currency| accepted(amount, currency).ok().and_then(|accepted| accepted.event.revenue);
    assert_eq!(money(99.99, "eur"), Some(Money { currency: "EUR".to_owned(), micros: 99_990_000 }));
    assert_eq!(money(-0.1, "USD"), Some(Money { currency: "USD".to_owned(), micros: -100_000 }));
    for (amount, currency, field) in
        [(f64::NAN, "EUR", "revenue.amount"), (1e10, "EUR", "revenue.amount"), (1.0, "EURO", "revenue.currency")]
    {
        assert_eq!(accepted(amount, currency).map_err(|refused| refused.field).err().as_deref(), Some(field));
    }
}

#[test]
fn an_event_is_known_by_its_id_or_by_client_session_time_and_type() {
    let accepted = |change: &dyn Fn(&mut Event)| {
        let mut event = Event {
            tracking_id: Some("UA-1".to_owned()),
            client_id: Some("c".to_owned()),
            session_id: Some("s".to_owned()),
            event_type: Some("signup".to_owned()),
            timestamp: Some("2026-02-02T10:30:00.000Z".to_owned()),
            ..Event::default()
        };
        change(&mut event);
        let receipt = Receipt { received_at_ms: 1_770_028_230_000, ..Receipt::default() };
        accept(event, &Envelope::default(), &receipt).ok().and_then(|accepted| accepted.event_id)
    };
    let natural = accepted(&|_| {});
    assert!(natural.is_some());
    assert_eq!(natural, accepted(&|e| e.page = None));
    let own = accepted(&|e| e.event_id = Some("x".to_owned()));
    assert_eq!(own, accepted(&|e| (e.event_id, e.client_id) = (Some("x".to_owned()), None)));
    let others = [
        own,
        accepted(&|e| e.client_id = Some("d".to_owned())),
        accepted(&|e| e.session_id = Some("t".to_owned())),
        accepted(&|e| e.event_type = Some("login".to_owned())),
        accepted(&|e| e.timestamp = Some("2026-02-02T10:30:00.001Z".to_owned())),
    ];
    assert!(others.iter().all(|other| other.is_some() && *other != natural));
    for missing in
        [&|e: &mut Event| e.client_id = None, &|e: &mut Event| e.session_id = None] as [&dyn Fn(&mut Event); 2]
    {
        assert_eq!(accepted(missing), None);
    }
    assert_eq!(accepted(&|e| e.timestamp = None), None, "a time of receipt is another one for every retry");
}

#[test]
fn a_region_belongs_to_its_country() {
    let accepted = |country: Option<&str>, region: Option<&str>| {
        let user = User { country: country.map(str::to_owned), region: region.map(str::to_owned), ..User::default() };
        let event = Event { event_type: Some("x".to_owned()), user: Some(user), ..Event::default() };
        let envelope = Envelope { tracking_id: Some("UA-1".to_owned()), ..Envelope::default() };
        let receipt = Receipt {
            country: "DE".to_owned(),
            region: "BE".to_owned(),
            city: "Berlin".to_owned(),
            ..Receipt::default()
        };
        accept(event, &envelope, &receipt).map(|accepted| (accepted.event.region, accepted.event.city)).ok()
    };
    let place = |region: &str, city: &str| Some((region.to_owned(), city.to_owned()));
    assert_eq!(accepted(None, None), place("DE-BE", "Berlin"));
    assert_eq!(accepted(Some("FR"), None), place("", ""));
    assert_eq!(accepted(Some("us"), Some("US-ca")), place("US-CA", ""));
    assert_eq!(accepted(Some("US"), Some("ca")), place("US-CA", ""));
    assert_eq!(accepted(Some("US"), Some("DE-BE")), None);
}
