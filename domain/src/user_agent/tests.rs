use super::*;

const CASES: &str = include_str!("../../data/user-agents.tsv");

fn cases() -> impl Iterator<Item = [&'static str; 4]> {
    let lines = CASES.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| {
        let fields: Vec<_> = line.split('\t').collect();
        <[_; 4]>::try_from(fields).unwrap_or_else(|fields| panic!("{fields:?}"))
    })
}

#[test]
fn every_user_agent_of_the_table_is_told() {
    assert!(cases().count() >= 60);
    let mut wrong = Vec::new();
    for [user_agent, browser, os, device] in cases() {
        let client = read(user_agent, &Hints::default());
        let found = (client.browser.with_version(), client.os.with_version(), client.device.name());
        if (found.0.as_str(), found.1.as_str(), found.2) != (browser, os, device) {
            wrong.push(format!("{user_agent}\n  {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn hints_win_over_the_user_agent() {
    fn check(user_agent: &str, [brands, mobile, platform, platform_version]: [&str; 4], expect: [&str; 3]) {
        let hints = Hints { brands, mobile, platform, platform_version };
        let client = read(user_agent, &hints);
        let found = [client.browser.with_version(), client.os.with_version(), client.device.name().to_owned()];
        assert_eq!(found, expect.map(str::to_owned), "{user_agent} {hints:?}");
    }
    let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36";
    let android = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/156.0.0.0 Mobile Safari/537.36";
    let ubuntu = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36";
    let mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36";
    let brave = r#""Brave";v="156", "Chromium";v="156", "Not_A Brand";v="99""#;
    let chrome = r#""Google Chrome";v="156", "Chromium";v="156""#;
    check(windows, ["", "", "", ""], ["Chrome 156", "Windows 10 or 11", "desktop"]);
    check(windows, ["", "?0", r#""Windows""#, ""], ["Chrome 156", "Windows 10 or 11", "desktop"]);
    check(windows, [chrome, "?0", r#""Windows""#, r#""15.0.0""#], ["Chrome 156", "Windows 11", "desktop"]);
    check(windows, ["", "?0", r#""Windows""#, r#""10.0.0""#], ["Chrome 156", "Windows 10", "desktop"]);
    check(windows, [brave, "?0", "", ""], ["Brave 156", "Windows 10 or 11", "desktop"]);
    check(android, ["", "?1", r#""Android""#, ""], ["Chrome 156", "Android", "mobile"]);
    check(android, ["", "?1", r#""Android""#, r#""16.0.0""#], ["Chrome 156", "Android 16", "mobile"]);
    check(android, ["", "?0", r#""Android""#, ""], ["Chrome 156", "Android", "tablet"]);
    check(android, ["", "?1", "", ""], ["Chrome 156", "Android", "mobile"]);
    check(ubuntu, ["", "?0", r#""Linux""#, ""], ["Chrome 156", "Ubuntu", "desktop"]);
    check(ubuntu, ["", "?0", r#""Chromium OS""#, ""], ["Chrome 156", "ChromeOS", "desktop"]);
    check(mac, ["", "?0", r#""macOS""#, r#""26.1.0""#], ["Chrome 156", "macOS 26", "desktop"]);
    check(mac, ["", "?0", r#""macOS""#, r#""10.15.7""#], ["Chrome 156", "macOS 10.15", "desktop"]);
    check(mac, ["", "?9", r#""Toaster""#, "x"], ["Chrome 156", "macOS 10.15", "desktop"]);
    check("", ["", "?1", r#""Android""#, ""], ["", "Android", "mobile"]);
}

#[test]
fn what_lies_beyond_the_cap_is_not_read() {
    let long = format!("{} Firefox/150.0", "x".repeat(USER_AGENT_BYTES_MAX));
    assert_eq!(read(&long, &Hints::default()), Client::default());
    let cut_within_a_letter = format!("{}ü", "x".repeat(USER_AGENT_BYTES_MAX - 1));
    assert_eq!(read(&cut_within_a_letter, &Hints::default()), Client::default());
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_within_bounds(user_agent in ".{0,600}", version in ".{0,300}") {
        let hints = Hints { brands: &version, mobile: &version, platform: "\"Android\"", platform_version: &version };
        let client = read(&user_agent, &hints);
        proptest::prop_assert!(client.browser.version.len() <= VERSION_DIGITS_MAX);
        proptest::prop_assert!(client.os.version.len() <= 2 * VERSION_DIGITS_MAX + 1);
    }
}
