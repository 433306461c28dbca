//! Starting, stopping, and the command line.

use crate::server::{Server, tidemark, wait_until};

#[test]
fn a_server_says_how_it_is_and_stops_when_told() {
    let mut server = Server::start();
    assert_eq!((server.get("/healthz", &[]).text().as_str(), server.get("/readyz", &[]).status), ("ok\n", 200));
    assert_eq!(server.terminate(), 0);
    wait_until("the last line", || server.log().iter().any(|line| line.contains("stopped")).then_some(()));
}

#[test]
fn a_folder_has_one_server() {
    let server = Server::start();
    let second = server.try_command(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(!second.status.success());
    let words = String::from_utf8(second.stderr).unwrap();
    assert!(words.contains("another `tidemark serve`"), "{words}");
    assert_eq!(server.get("/readyz", &[]).status, 200);
}

#[test]
fn sites_are_added_once() {
    let server = Server::start();
    server.command(&["site", "add", "UA-1", "--name", "first"]);
    let again = server.try_command(&["site", "add", "UA-1", "--name", "second"]);
    assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("already"));
    server.command(&["site", "add", "UA-1", "--name", "second", "--if-missing"]);
    assert_eq!(server.command(&["site", "list"]), "UA-1\tfirst");
    for (arguments, words) in [
        (&["site", "add", "not allowed", "--name", "x"][..], "64"),
        (&["site", "add", "UA-2", "--name", ""], "256"),
        (&["token", "create", "--site", "UA-9", "--name", "x"], "UA-9"),
        (&["export", "--site", "UA-9"], "UA-9"),
        (&["link", "--ttl-minutes", "0"], "1..=1440"),
    ] {
        let refused = server.try_command(arguments);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(words), "{arguments:?}: {said}");
    }
}

#[test]
fn settings_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let check = |environment: &[(&str, &str)], arguments: &[&str], is_fine: bool, words: &str| {
        let mut command = tidemark(&folder);
        let output = command.envs(environment.iter().copied()).args(arguments).output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.success() == is_fine && said.contains(words), "{said}");
        assert!(!said.contains("07070707"), "{said}");
    };
    let check_config = &["config", "check"][..];
    check(&[], check_config, true, "edge-1");
    check(&[("TIDEMARK_LISTEN", "0.0.0.0:99")], check_config, true, "0.0.0.0:99");
    check(&[("TIDEMARK_LISTEN", "nowhere")], check_config, false, "LISTEN");
    check(&[("TIDEMARK_SURPRISE", "1")], check_config, false, "surprise");
    check(&[("TIDEMARK_EDGE_KEYS", r#"[{id="a",secret="07"}]"#)], check_config, false, "32 bytes");
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/config.example.toml");
    check(&[], &["--config", example, "config", "check"], true, "12000");
    check(&[], &["--config", "/nowhere.toml", "config", "check"], false, "nowhere.toml");
}
