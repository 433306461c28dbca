//! The aggregator as a process, and its command line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::artifacts::Artifacts;
use crate::key::EdgeKey;
use crate::port::Ports;
use crate::process::Process;

/// The file that holds what it prints, in its folder.
const LOG: &str = "aggregator.log";

/// A running aggregator.
pub struct Aggregator {
    process: Process,
    program: PathBuf,
    dir: PathBuf,
    ports: Ports,
}

impl Aggregator {
    /// Starts it with its ledger under `dir`.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start(artifacts: &Artifacts, dir: &Path, ports: Ports, key: &EdgeKey) -> Result<Self> {
        Self::start_with(artifacts, dir, ports, key, &[])
    }

    /// As [`Aggregator::start`], with more variables.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_with(
        artifacts: &Artifacts,
        dir: &Path,
        ports: Ports,
        key: &EdgeKey,
        environment: &[(&str, String)],
    ) -> Result<Self> {
        fs::create_dir_all(dir)?;
        fs::write(dir.join("tidemark.toml"), config(dir, ports, &[key])?)?;
        let process = launch(&artifacts.tidemark, dir, environment)?;
        let mut aggregator = Self { process, program: artifacts.tidemark.clone(), dir: dir.to_owned(), ports };
        aggregator.wait_ready()?;
        Ok(aggregator)
    }

    /// Origin.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.aggregator)
    }

    /// The process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Starts it again over the same ledger, after it ended. Answers how long until it was ready.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn restart(&mut self) -> Result<Duration> {
        self.restart_with(&[])
    }

    /// As [`Aggregator::restart`], with more variables.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn restart_with(&mut self, environment: &[(&str, String)]) -> Result<Duration> {
        self.launch_with(environment)?;
        self.wait_ready()
    }

    /// Believes edges that sign with one of these keys, from its next start on.
    ///
    /// # Errors
    /// When its settings cannot be written.
    pub fn believe(&self, keys: &[&EdgeKey]) -> Result<()> {
        Ok(fs::write(self.dir.join("tidemark.toml"), config(&self.dir, self.ports, keys)?)?)
    }

    /// As [`Aggregator::restart`], with more variables, and without waiting: it may end before it is ready.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn launch_with(&mut self, environment: &[(&str, String)]) -> Result<()> {
        self.process = launch(&self.program, &self.dir, environment)?;
        Ok(())
    }

    /// A command of `tidemark` beside the server, to be run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(self.dir.join("tidemark.toml")).args(arguments);
        command
    }

    /// Makes the two sites of the demonstration, or brings them up to now; says on this terminal how far it is.
    ///
    /// * `options`: of `tidemark demo`
    ///
    /// # Errors
    /// When the command fails.
    pub fn make_demo(&self, options: &[&str]) -> Result<()> {
        ensure!(self.command(&["demo"]).args(options).status()?.success(), "tidemark demo failed");
        Ok(())
    }

    /// Lets the sites of the demonstration go on as time does, for as long as the answered process runs.
    ///
    /// * `options`: those that they were made with
    ///
    /// # Errors
    /// When the command cannot be started.
    pub fn go_on_with_demo(&self, options: &[&str]) -> Result<Process> {
        Process::start(self.command(&["demo", "--live"]).args(options), &self.dir.join("demo.log"))
    }

    /// Runs a command of `tidemark` beside the server, and answers what it prints.
    ///
    /// # Errors
    /// When the command fails, with what it says.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = self.command(arguments).output()?;
        if !output.status.success() {
            bail!("tidemark {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// What a person types to run a command of `tidemark` over this ledger.
    pub fn command_line(&self, arguments: &[&str]) -> String {
        let config = self.dir.join("tidemark.toml");
        format!("{} --config {} {}", self.program.display(), config.display(), arguments.join(" "))
    }

    /// Makes sure that a site exists.
    ///
    /// # Errors
    /// When the command fails.
    pub fn add_site(&self, tracking_id: &str, name: &str) -> Result<()> {
        self.run(&["site", "add", tracking_id, "--name", name, "--if-missing"]).map(|_| ())
    }

    /// Makes sure that a site exists that takes whatever a test sends: any rate, and programs too.
    ///
    /// # Errors
    /// When the command fails.
    pub fn add_open_site(&self, tracking_id: &str, name: &str) -> Result<()> {
        self.add_site(tracking_id, name)?;
        let rates = ["--events-per-second", "--visitor-per-second", "--block-per-second"];
        let rates = rates.into_iter().flat_map(|rate| [rate, "10000000"]);
        let arguments: Vec<&str> =
            ["site", "set", tracking_id, "--filter-bots", "false"].into_iter().chain(rates).collect();
        self.run(&arguments).map(|_| ())
    }

    /// A link that signs in to the dashboard once.
    ///
    /// # Errors
    /// When the command fails.
    pub fn sign_in_link(&self) -> Result<String> {
        Ok(self.run(&["link"])?.trim().to_owned())
    }

    /// The link by which the first owner comes in, as its server printed it.
    ///
    /// # Errors
    /// When it printed none.
    pub fn setup_link(&self) -> Result<String> {
        let printed = fs::read_to_string(self.dir.join(LOG))?;
        let begin = format!("{}/setup#", self.url());
        let link = printed.split_whitespace().rfind(|word| word.starts_with(&begin));
        link.map(str::to_owned).with_context(|| format!("no link begins with {begin} in:\n{printed}"))
    }

    /// A token that reads one site.
    ///
    /// # Errors
    /// When the command fails.
    pub fn token(&self, tracking_id: &str) -> Result<String> {
        Ok(self.run(&["token", "create", "--site", tracking_id, "--name", "e2e"])?.trim().to_owned())
    }

    fn wait_ready(&mut self) -> Result<Duration> {
        let url = format!("{}/readyz", self.url());
        self.process.wait_ready(&url).context("the aggregator did not start")
    }
}

fn launch(program: &Path, dir: &Path, environment: &[(&str, String)]) -> Result<Process> {
    let mut command = Command::new(program);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command.arg("--config").arg(dir.join("tidemark.toml")).arg("serve");
    Process::start(&mut command, &dir.join(LOG))
}

fn config(dir: &Path, ports: Ports, edge_keys: &[&EdgeKey]) -> Result<String> {
    #[derive(serde::Serialize)]
    struct Config<'a> {
        listen: String,
        public_url: String,
        edge_url: String,
        data_dir: &'a Path,
        edge_keys: &'a [&'a EdgeKey],
        alerts: Alerts,
    }
    /// Receivers of this machine may be told.
    #[derive(serde::Serialize)]
    struct Alerts {
        allow_networks: [&'static str; 1],
        allow_http: bool,
    }
    let config = Config {
        listen: format!("127.0.0.1:{}", ports.aggregator),
        public_url: format!("http://127.0.0.1:{}", ports.aggregator),
        edge_url: format!("http://127.0.0.1:{}", ports.edge),
        data_dir: dir,
        edge_keys,
        alerts: Alerts { allow_networks: ["127.0.0.0/8"], allow_http: true },
    };
    Ok(toml::to_string(&config)?)
}
