//! Peers: engines in a Python process each, asked line by line.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// The program that runs SQL in an engine.
const PROGRAM: &str = include_str!("../../peers/peer.py");

/// An engine.
pub struct Peer {
    /// Its name.
    pub name: &'static str,
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// What a query took and found.
#[derive(Clone, Debug, Default)]
pub struct Took {
    /// Seconds of CPU, user and system, of all threads.
    pub cpu: f64,
    /// Seconds.
    pub wall: f64,
    /// Rows answered.
    pub rows: u64,
    /// Sum of each column of numbers.
    pub sums: Vec<f64>,
    /// The rows, where they were asked for.
    pub data: Vec<Vec<Value>>,
}

impl Peer {
    /// Starts an engine that keeps what it has in `folder`.
    ///
    /// # Errors
    /// When Python cannot be started.
    pub fn start(python: &Path, name: &'static str, folder: &Path) -> Result<Self> {
        let mut command = Command::new(python);
        command.args(["-c", PROGRAM, name]).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().with_context(|| format!("{} cannot be started", python.display()))?;
        let input = process.stdin.take().context("no way in")?;
        let output = BufReader::new(process.stdout.take().context("no way out")?);
        Ok(Self { name, process, input, output })
    }

    /// Runs statements, unless they ran under this name in this folder before.
    ///
    /// # Errors
    /// When one fails.
    pub fn load(&mut self, name: &str, statements: &[String]) -> Result<()> {
        self.ask(&json!({"load": statements, "name": name})).map(drop)
    }

    /// Runs a query.
    ///
    /// # Errors
    /// When it fails; the engine is gone then.
    pub fn query(&mut self, sql: &str, rows: Rows) -> Result<Took> {
        let answer = self.ask(&json!({"sql": sql, "rows": rows == Rows::All}))?;
        let number = |name: &str| answer.get(name).and_then(Value::as_f64).unwrap_or_default();
        let list = |name: &str| answer.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        Ok(Took {
            cpu: number("cpu"),
            wall: number("wall"),
            rows: number("rows") as u64,
            sums: list("sums").iter().filter_map(Value::as_f64).collect(),
            data: list("data").into_iter().filter_map(|row| row.as_array().cloned()).collect(),
        })
    }

    fn ask(&mut self, request: &Value) -> Result<Value> {
        writeln!(self.input, "{request}")?;
        self.input.flush()?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        // What went wrong, it has said itself.
        ensure!(!line.is_empty(), "{} failed at {:.1000}", self.name, request.to_string());
        Ok(serde_json::from_str(&line)?)
    }
}

/// What of an answer comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// How many.
    Counted,
    /// All of them.
    All,
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
