//! A server of its own for a test: free port, empty folder, gone afterwards.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tempfile::TempDir;
use ureq::http::{HeaderMap, Request};

pub const KEY_ID: &str = "edge-1";
pub const KEY: [u8; 32] = [7; 32];

/// Nothing a test waits for takes this long.
pub const DEADLINE: Duration = Duration::from_secs(20);

pub struct Server {
    child: Child,
    log: Mutex<Receiver<String>>,
    printed: Option<Mutex<Receiver<String>>>,
    pub url: String,
    pub folder: TempDir,
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// A problem of this status; answers its field.
    pub fn problem(&self, status: u16) -> String {
        assert_eq!((self.status, self.header("content-type")), (status, "application/problem+json"), "{}", self.text());
        let problem: Value = self.json();
        assert_eq!(problem["status"], status);
        assert!(!problem["detail"].as_str().unwrap().is_empty() && !problem["code"].as_str().unwrap().is_empty());
        problem["field"].as_str().unwrap_or_default().to_owned()
    }
}

pub fn tidemark(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidemark"));
    let hex: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    command
        .env(
            "TIDEMARK_EDGE_KEYS",
            format!(r#"[{{id="{KEY_ID}",secret="{hex}"}}, {{id="edge-2",secret="{}"}}]"#, "ab".repeat(32)),
        )
        .env("TIDEMARK_LOG_FORMAT", "json")
        .arg("--data")
        .arg(folder.path());
    command
}

impl Server {
    pub fn start() -> Self {
        Self::start_with(tempfile::tempdir().unwrap(), &[])
    }

    pub fn start_with(folder: TempDir, environment: &[(&str, &str)]) -> Self {
        Self::start_with_output(folder, environment, Stdio::null())
    }

    /// As [`Self::start`], with what it prints.
    pub fn start_printing() -> Self {
        Self::start_with_output(tempfile::tempdir().unwrap(), &[], Stdio::piped())
    }

    fn start_with_output(folder: TempDir, environment: &[(&str, &str)], output: Stdio) -> Self {
        let mut command = tidemark(&folder);
        command.envs(environment.iter().copied()).args(["serve", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(output).stderr(Stdio::piped()).spawn().unwrap();
        let printed = child.stdout.take().map(|output| Mutex::new(lines(output)));
        let log = lines(child.stderr.take().unwrap());
        let url = loop {
            let line = log.recv_timeout(DEADLINE).expect("the server did not start");
            let entry: Value = serde_json::from_str(&line).unwrap_or_default();
            if entry["message"] == "listening" {
                break format!("http://{}", entry["address"].as_str().unwrap());
            }
        };
        Self { child, log: Mutex::new(log), printed, url, folder }
    }

    /// A server that was started in another way, and its log read.
    pub fn of(child: Child, url: String, folder: TempDir) -> Self {
        Self { child, log: Mutex::new(mpsc::channel().1), printed: None, url, folder }
    }

    /// Ends it as a power cut does, and starts another over the same folder.
    pub fn kill_and_restart(self) -> Self {
        self.kill_and_restart_with(&[])
    }

    pub fn kill_and_restart_with(self, environment: &[(&str, &str)]) -> Self {
        Self::start_with(self.into_folder(), environment)
    }

    /// As [`Self::kill_and_restart`], with what the other one prints.
    pub fn kill_and_restart_printing(self) -> Self {
        Self::start_with_output(self.into_folder(), &[], Stdio::piped())
    }

    fn into_folder(mut self) -> TempDir {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }

    /// The next line that it prints with `part` in it.
    pub fn printed(&self, part: &str) -> String {
        let printed = self.printed.as_ref().unwrap().lock().unwrap();
        std::iter::repeat_with(|| printed.recv_timeout(DEADLINE).unwrap()).find(|line| line.contains(part)).unwrap()
    }

    /// Whether it has printed nothing more.
    pub fn nothing_printed(&self) -> bool {
        self.printed.as_ref().unwrap().lock().unwrap().try_recv().is_err()
    }

    /// Ends it as a power cut does, whoever is still asking.
    pub fn kill(&self) {
        let process = self.child.id().to_string();
        assert!(Command::new("kill").args(["-KILL", &process]).status().unwrap().success());
    }

    /// Sends SIGTERM and answers the exit status.
    pub fn terminate(&mut self) -> i32 {
        let process = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &process]).status().unwrap().success());
        let since = Instant::now();
        wait_until("the server to stop", || self.child.try_wait().unwrap());
        assert!(since.elapsed() < Duration::from_secs(10));
        self.child.wait().unwrap().code().unwrap()
    }

    /// What it has logged since it listens.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().try_iter().collect()
    }

    /// Runs a command beside it and answers what it prints.
    pub fn command(&self, arguments: &[&str]) -> String {
        let output = self.try_command(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub fn try_command(&self, arguments: &[&str]) -> Output {
        tidemark(&self.folder).args(arguments).output().unwrap()
    }

    /// Adds a site and answers a token that reads it.
    pub fn site(&self, tracking_id: &str) -> String {
        self.command(&["site", "add", tracking_id, "--name", "shop.example"]);
        self.command(&["token", "create", "--site", tracking_id, "--name", "test"])
    }

    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", path, headers, b"")
    }

    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.send("POST", path, headers, body)
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.try_send(method, path, headers, body).unwrap()
    }

    pub fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, ureq::Error> {
        let mut response = agent().run(self.request(method, path, headers, body))?;
        let mut received = Vec::new();
        response.body_mut().as_reader().read_to_end(&mut received)?;
        Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), body: received })
    }

    /// The lines of an answer that goes on.
    pub fn stream(&self, path: &str, headers: &[(&str, &str)]) -> Receiver<String> {
        let response = agent().run(self.request("GET", path, headers, b"")).unwrap();
        assert_eq!(response.status().as_u16(), 200);
        lines(response.into_body().into_reader())
    }

    /// An answer without what comes of it in time, if it goes on.
    pub fn head_of(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut response = agent().run(self.request("GET", path, headers, b"")).unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = if status == 200 { Vec::new() } else { response.body_mut().read_to_vec().unwrap() };
        Answer { status, headers, body }
    }

    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Request<Vec<u8>> {
        let request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.body(body.to_vec()).unwrap()
    }

    pub fn query(&self, token: &str, query: &Value) -> Answer {
        self.post("/api/v1/query", &[("authorization", &bearer(token))], query.to_string().as_bytes())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

pub fn wait_until<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(since.elapsed() < DEADLINE, "waited too long for {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Nothing is said but what a test says.
fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(2 * DEADLINE));
    config.allow_non_standard_methods(true).build().into()
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (line, lines) = mpsc::channel();
    thread::spawn(move || {
        for text in BufReader::new(from).lines().map_while(Result::ok) {
            if line.send(text).is_err() {
                break;
            }
        }
    });
    lines
}
