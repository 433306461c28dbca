use super::*;

fn read(toml: &str) -> Result<Config, Box<figment::Error>> {
    Figment::new().merge(Toml::string(toml)).extract().map_err(Box::new)
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
    check("metrics_token = 'short'", "16 characters");
    check("read_rates = { per_second = 1 }", "per_second");
    check("otlp_endpoint = 'localhost:4318'", "origin");
}

#[test]
fn secrets_are_not_shown() {
    let secret = "ab".repeat(32);
    let config = read(&format!("edge_keys = [{{ id = 'a', secret = '{secret}' }}]")).unwrap_or_else(|e| panic!("{e}"));
    assert!(!format!("{config:?}").contains(&secret) && !format!("{config:?}").contains("171"));
    let config = read("metrics_token = 'open sesame and more'").unwrap_or_else(|e| panic!("{e}"));
    assert!(!format!("{config:?}").contains("sesame"));
}
