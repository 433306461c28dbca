//! How many files the system lets a server open.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::server::{Server, tidemark};

/// Starts a server under limits of open files. Answers it, and what it said of them.
fn start_under(soft: u32, hard: u32, connections: &str) -> (Server, Option<Value>) {
    let folder = tempfile::tempdir().unwrap();
    let server = tidemark(&folder);
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("ulimit -n {hard} && ulimit -Sn {soft} && exec \"$0\" \"$@\""));
    command.arg(server.get_program()).args(server.get_args()).args(["serve", "--listen", "127.0.0.1:0"]);
    command.envs(server.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child = command.env("TIDEMARK_CONNECTIONS_MAX", connections).stderr(Stdio::piped()).spawn().unwrap();
    let (mut lines, mut said) = (BufReader::new(child.stderr.take().unwrap()).lines(), None);
    let url = loop {
        let entry: Value = serde_json::from_str(&lines.next().expect("it did not start").unwrap()).unwrap_or_default();
        if entry["message"].as_str().is_some_and(|message| message.contains("LimitNOFILE")) {
            said = Some(entry.clone());
        }
        if entry["message"] == "listening" {
            break format!("http://{}", entry["address"].as_str().unwrap());
        }
    };
    (Server::of(child, url, folder), said)
}

fn files_max(server: &Server) -> f64 {
    let text = server.get("/metrics", &[]).text();
    let line = text.lines().find_map(|line| line.strip_prefix("process_max_fds ")).unwrap();
    line.parse().unwrap()
}

#[test]
fn the_soft_limit_is_raised_and_the_hard_one_told() {
    let (server, said) = start_under(300, 2000, "1000");
    assert_eq!((files_max(&server), said), (1256.0, None));
    let (server, said) = start_under(300, 400, "1000");
    let said = said.expect("a warning");
    assert_eq!((files_max(&server), &said["possible"], &said["level"]), (400.0, &144.into(), &"WARN".into()));
    let (server, said) = start_under(2000, 2000, "1000");
    assert_eq!((files_max(&server), said), (2000.0, None));
}
