use super::*;

fn read(toml: &str) -> Result<Config, Box<figment::Error>> {
    checked(Figment::new().merge(Toml::string(toml)).extract()?)
}

#[test]
fn the_example_shows_the_defaults() {
    let example = read(include_str!("../../config.example.toml")).unwrap_or_else(|e| panic!("{e}"));
    let defaults = read("").unwrap_or_else(|e| panic!("{e}"));
    let unnamed = Config { public_url: None, ..example.clone() };
    assert_eq!(format!("{unnamed:?}"), format!("{defaults:?}"));
    assert_eq!(example.public_url(), defaults.public_url());
}

#[test]
fn what_is_wrong_is_named() {
    fn check(toml: &str, words: &str) {
        match read(toml) {
            Ok(config) => panic!("{toml} was taken as {config:?}"),
            Err(e) => assert!(e.to_string().contains(words), "{e}, wanted {words}"),
        }
    }
    check("lisen = '127.0.0.1:1'", "lisen");
    check("listen = 'here'", "listen");
    check("edge_keys = [{ id = 'a', secret = 'ab' }]", "32 bytes");
    check("edge_keys = [{ id = 'a', secret = 'no hex' }]", "hex");
    check("public_url = 'https://example.com/path'", "origin");
    check("public_url = 'ftp://example.com'", "origin");
    check("log_format = 'xml'", "xml");
    let bucket =
        |more: &str| format!("[storage.bucket]\nname = 'a'\naccess_key_id = 'b'\nsecret_access_key = 'c'\n{more}");
    check(&bucket("endpoint = 'http://s3.example.com'"), "loopback");
    check(&bucket("endpoint = 'http://localhost.example.com'\nallow_http = true"), "loopback");
    check(&bucket("endpoint = 'https://s3.example.com/path'"), "https://HOST");
    check(&bucket("endpoint = 'http://127.0.0.1:9000'"), "allow_http");
    check(&bucket("endpoint = 'https://s3.example.com'\nkey = 'd'"), "key");
    assert!(read(&bucket("endpoint = 'http://127.0.0.1:9000'\nallow_http = true")).is_ok());
}

#[test]
fn secrets_are_not_shown() {
    let secret = "ab".repeat(32);
    let config = read(&format!("edge_keys = [{{ id = 'a', secret = '{secret}' }}]")).unwrap_or_else(|e| panic!("{e}"));
    let bucket = format!("storage.bucket = {{ name = 'a', access_key_id = 'b', secret_access_key = '{secret}' }}");
    let shown = format!(
        "{:?}",
        read(&bucket).unwrap_or_else(|e| panic!("{e}")).storage.bucket.map(|bucket| (bucket.settings(), bucket))
    );
    assert!(shown.contains("hidden") && !shown.contains(&secret), "{shown}");
    assert!(!format!("{config:?}").contains(&secret) && !format!("{config:?}").contains("171"));
}
