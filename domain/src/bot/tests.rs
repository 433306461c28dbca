use super::*;

/// Programs' user agents, from npm `crawler-user-agents`; people's, from npm `user-agents`. See `data/README.md`.
const BOTS: &str = include_str!("../../data/test/bots.txt");
const PEOPLE: &str = include_str!("../../data/test/people.txt");
/// Browsers, with what [`crate::user_agent`] reads from them.
const BROWSERS: &str = include_str!("../../data/user-agents.tsv");

const CHROME: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

fn of(user_agent: &str) -> Option<Filtered> {
    verdict(&Signals { user_agent, ..Signals::default() })
}

#[test]
fn programs_are_told_by_their_user_agent() {
    let (all, missed) = (BOTS.lines().count(), BOTS.lines().filter(|line| of(line).is_none()).collect::<Vec<_>>());
    assert!(all >= 200);
    assert!(missed.len() * 100 <= all * 3, "{} of {all} missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn nobody_is_taken_for_a_program() {
    // Programs in that table have no operating system, or say what steers them.
    let browsers =
        BROWSERS.lines().map(|line| line.split('\t').collect::<Vec<_>>()).filter_map(|fields| match *fields {
            [_, "Headless Chrome 156" | "PhantomJS 2", ..] | [_, _, "", _] => None,
            [user_agent, _, _, _] => Some(user_agent),
            _ => None,
        });
    let people: Vec<_> = PEOPLE.lines().chain(browsers).collect();
    assert!(people.len() >= 300);
    for line in people {
        assert_eq!(of(line), None, "{line}");
    }
}

#[test]
fn user_agents_are_told() {
    fn check(user_agent: &str, expect: Option<Filtered>) {
        assert_eq!(of(user_agent), expect, "{user_agent}");
    }
    let (bot, automation) = (Some(Filtered::UserAgent), Some(Filtered::Automation));
    check("", bot);
    check("  ", bot);
    check("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", bot);
    check(
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        bot,
    );
    check("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", bot);
    check("curl/8.9.1", bot);
    check("python-requests/2.32.3", bot);
    check("okhttp/4.12.0", bot);
    check("Go-http-client/2.0", bot);
    check("WhatsApp/2.23.20.0", bot);
    check("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/117.0.0.0 Safari/537.36 GTmetrix", bot);
    check("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/156.0.0.0 Safari/537.36", automation);
    check("Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 PhantomJS/2.1.1 Safari/538.1", automation);
    check("Mozilla/5.0 (linux) AppleWebKit/537.36 (KHTML, like Gecko) jsdom/26.0.0", automation);
    check("Mozilla/5.0 (X11; Linux) AppleWebKit/537.36 Cypress/13.0 Chrome/118 Electron/27 Safari/537.36", automation);
    check("Mozilla/5.0 (compatible; MyBot) HeadlessChrome/1", automation);
    check(CHROME, None);
    check("Mozilla/5.0 (Linux; Android 8.0.0; CUBOT_P20) AppleWebKit/537.36 Chrome/70.0 Mobile Safari/537.36", None);
    check("Mozilla/5.0 (Linux; Android 6.0; CUBOT MAX) AppleWebKit/537.36 Chrome/72.0 Mobile Safari/537.36", None);
    check("Mozilla/5.0 (Linux; Android 15; Google Pixel 9) AppleWebKit/537.36 Chrome/156.0 Mobile Safari/537.36", None);
    check("Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Mobile/15E148 GSA/380.0.1 Safari/604.1", None);
    check("Mozilla/5.0 (Linux; Android 16; Pixel 10) Chrome/146.0 Mobile Safari/537.36 MetaIAB Facebook", None);
}

#[test]
fn the_first_sign_names_the_reason() {
    fn check(signals: Signals<'_>, expect: Option<Filtered>) {
        assert_eq!(verdict(&signals), expect, "{signals:?}");
    }
    let person = Signals { user_agent: CHROME, ..Signals::default() };
    check(person, None);
    check(Signals { webdriver: true, ..person }, Some(Filtered::Automation));
    check(Signals { webdriver: true, ..Signals::default() }, Some(Filtered::Automation));
    check(Signals { brands: r#""HeadlessChrome";v="156", "Chromium";v="156""#, ..person }, Some(Filtered::Automation));
    check(Signals { brands: r#""Google Chrome";v="156", "Chromium";v="156""#, ..person }, None);
    check(Signals { purpose: "prefetch", ..person }, Some(Filtered::Prefetch));
    check(Signals { purpose: "prefetch;prerender", ..person }, Some(Filtered::Prefetch));
    check(Signals { purpose: "prefetch; anonymous-client-ip", ..person }, Some(Filtered::Prefetch));
    check(Signals { purpose: "Preview", ..person }, Some(Filtered::Prefetch));
    check(Signals { purpose: "prefetching", ..person }, None);
    check(Signals { asn: Some(16509), as_organization: "Amazon.com", ..person }, Some(Filtered::DataCenter));
    check(Signals { asn: Some(13335), as_organization: "Cloudflare, Inc.", ..person }, None);
    check(Signals { purpose: "prefetch", asn: Some(16509), ..person }, Some(Filtered::Prefetch));
    check(Signals { purpose: "prefetch", ..Signals::default() }, Some(Filtered::UserAgent));
}

#[test]
fn every_reason_has_its_own_name() {
    let names = Filtered::ALL.map(Filtered::name);
    assert_eq!(names, ["bot_user_agent", "automation", "prefetch", "data_center", "visitor_rate"]);
}

#[test]
fn every_line_of_the_list_is_read_and_in_order() {
    let mut last = "";
    for line in LIST.lines() {
        let pattern = line.split('\t').next().unwrap_or_default();
        assert!(last < pattern, "{pattern} is out of order");
        last = pattern;
        // Each finds the text it was made of; the letters about it are what `\b`, `\d` and excuses ask for.
        let word = pattern.replace(r"\d", "1");
        let text = match word.strip_prefix(r"\b") {
            Some(word) if word.starts_with('/') => format!("a{word}"),
            Some(word) => word.to_owned(),
            None => word.trim_start_matches('^').to_owned(),
        };
        let text = text.trim_end_matches(r"\b");
        assert!(Words::parse(line).find(text.as_bytes()).is_some(), "{line}");
    }
}

#[test]
fn what_lies_beyond_the_cap_is_not_read() {
    let long = format!("{CHROME}{} bot", " x".repeat(USER_AGENT_BYTES_MAX));
    assert_eq!(of(&long), None);
}

proptest::proptest! {
    #[test]
    fn any_text_ends_in_an_answer(user_agent in ".{0,600}", brands in ".{0,300}", asn: Option<u32>) {
        let signals = Signals { user_agent: &user_agent, brands: &brands, purpose: &brands, asn, ..Signals::default() };
        let _ = verdict(&signals);
    }

    #[test]
    fn a_bot_in_any_case_is_told(upper in proptest::collection::vec(proptest::bool::ANY, 9)) {
        let cased = "googlebot".chars().zip(upper).map(|(c, upper)| if upper { c.to_ascii_uppercase() } else { c });
        let user_agent = format!("Mozilla/5.0 (X11; a) {}/2.1 Chrome/1 (x)", cased.collect::<String>());
        proptest::prop_assert_eq!(of(&user_agent), Some(Filtered::UserAgent));
    }
}
