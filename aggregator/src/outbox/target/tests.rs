use super::*;

/// Addresses that lead where nobody outside may send anything, however they are written.
const BAD: &[&str] = &[
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.1./",
    "https://127.0.0.1.:8443/",
    "https://①②⑦.0.0.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://10.1.2.3/",
    "https://172.31.255.255/",
    "https://192.168.0.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://0xA9FEA9FE/",
    "https://2852039166/",
    "https://192.0.0.192/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::]/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:0:10.0.0.1]/",
    "https://[64:ff9b::169.254.169.254]/",
    "https://[64:ff9b:1::1]/",
    "https://[2002:a9fe:a9fe::]/",
    "https://[2002:7f00:1::1]/",
    "https://[2001:0:0:0:0:0:80ff:fffe]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://[100::1]/",
];

/// What is no address to send to at all.
const MALFORMED: &[&str] = &[
    "",
    "example.com",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "https://",
    "https://user@example.com/",
    "https://user:password@example.com/",
    "https://8.8.8.8@127.0.0.1/",
    "https://example.com/#part",
    "https://[fe80::1%25eth0]/",
    "https://256.256.256.256/",
    "https://a b/",
];

#[test]
fn what_is_not_of_the_internet_is_refused_however_it_is_written() {
    for url in BAD {
        let found = checked(url, &Alerts::default());
        assert!(matches!(found, Err(TargetError::Forbidden(..))), "{url}: {found:?}");
    }
    for url in MALFORMED {
        assert_eq!(checked(url, &Alerts::default()), Err(TargetError::Malformed), "{url}");
    }
    assert_eq!(checked("http://example.com/", &Alerts::default()), Err(TargetError::NotEncrypted));
    let long = format!("https://example.com/{}", "x".repeat(URL_BYTES_MAX));
    assert_eq!(checked(&long, &Alerts::default()), Err(TargetError::Malformed));
}

#[test]
fn the_internet_is_allowed() {
    for url in [
        "https://example.com/hook",
        "https://93.184.215.14/",
        "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:8443/x?y=z",
        "https://[64:ff9b::8.8.8.8]/",
        "https://[2002:808:808::1]/",
        "https://hooks.slack.com/services/T0/B0/x",
    ] {
        assert!(checked(url, &Alerts::default()).is_ok(), "{url}");
    }
}

#[test]
fn networks_of_one_s_own_are_allowed_by_the_settings() {
    let rules = Alerts { allow_networks: vec!["127.0.0.0/8".parse().unwrap_or_default()], allow_http: true };
    for url in ["http://127.0.0.1:9000/", "https://127.1/", "https://[::ffff:127.0.0.1]/"] {
        assert!(checked(url, &rules).is_ok(), "{url}");
    }
    for url in ["http://[::1]/", "http://10.0.0.1/", "http://169.254.169.254/"] {
        assert!(checked(url, &rules).is_err(), "{url}");
    }
}

#[test]
fn names_are_believed_only_where_all_they_say_is_allowed() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap_or_else(|e| panic!("{e}"));
    let resolve = |name: &str, rules: Alerts| {
        let name: Name = name.parse().unwrap_or_else(|e| panic!("{name}: {e:?}"));
        runtime.block_on(Guarded(Arc::new(rules)).resolve(name)).map(Iterator::count).map_err(|e| e.to_string())
    };
    // These lead to this machine by every system's own list of names.
    for name in ["localhost", "LOCALHOST"] {
        let refused = resolve(name, Alerts::default());
        assert!(refused.as_ref().is_err_and(|e| e.contains("of this machine")), "{name}: {refused:?}");
    }
    // Some systems do not know it with a dot behind it; none is to be believed when it does.
    assert!(resolve("localhost.", Alerts::default()).is_err());
    let own = ["127.0.0.0/8", "::1/128"].map(|network| network.parse().unwrap_or_default()).to_vec();
    assert!(resolve("localhost", Alerts { allow_networks: own, allow_http: false }).is_ok_and(|found| found > 0));
}
