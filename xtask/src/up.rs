//! `cargo xtask up`: the whole product on this machine, from a click in the demo shop to the dashboard.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use e2e::edge::Geography;
use e2e::shop::{Embed, Shop};
use e2e::stack::PATIENCE;
use e2e::visitors::{Visitors, user_agent};
use e2e::{Artifacts, Ports, Stack, port};
use serde_json::Value;

use crate::build::{self, Effort, Part};
use crate::{paths, setup};

/// Tracking id of the demo shop.
const SITE: &str = "demo-shop";

/// Made-up visits of the two days before the first start.
const PAST_VISITS: usize = 1500;

/// The file that marks a folder as data of `up`, so that `--fresh` deletes nothing else.
const MARK: &str = ".tidemark-up";

/// Arguments of `cargo xtask up`.
#[derive(Args)]
pub struct UpArguments {
    /// Delete what earlier runs stored, then start.
    #[arg(long)]
    fresh: bool,
    /// Send made-up visitors through the public API: the same ones for the same seed. With `--demo`, its sites go on too.
    #[arg(long)]
    traffic: bool,
    /// Make two more sites with 90 days of events, a blog and a product; once more brings them up to now.
    #[arg(long)]
    demo: bool,
    /// Seed of the made-up visitors.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Milliseconds between made-up visits, on average.
    #[arg(long, default_value_t = 1500, value_parser = clap::value_parser!(u32).range(10..))]
    pause_ms: u32,
    /// Folder for everything that is stored [default: data/ in the repository].
    #[arg(long)]
    data: Option<PathBuf>,
}

/// Builds, starts and prints the links; returns after Ctrl-C, when all has stopped.
///
/// # Errors
/// Fails when a part cannot be built or started, or ends by itself; with the end of its log.
pub fn run(arguments: &UpArguments) -> Result<()> {
    build::build(Part::value_variants(), Effort::Full)?;
    let (data, age) = data_folder(arguments)?;
    let ports = Ports { aggregator: port::free_or(8080)?, edge: port::free_or(8787)? };
    let mut stack = Stack::start(&artifacts()?, &data, ports, Geography::Runtime)?;
    stack.aggregator.add_site(SITE, "Lantern & Loom")?;
    let embed = Embed {
        sdk_url: stack.aggregator.url(),
        endpoint_url: stack.edge.url(),
        site: SITE.to_owned(),
        options: "data-outbound data-downloads data-forms data-vitals",
    };
    let shop = Shop::open(port::free_or(8081)?, &embed)?;

    let stopping = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&stopping);
    ctrlc::set_handler(move || stop.store(true, Ordering::Relaxed)).context("Ctrl-C cannot be caught")?;
    if arguments.demo {
        stack.aggregator.make_demo(&[])?;
    }
    let mut live = (arguments.demo && arguments.traffic).then(|| stack.aggregator.go_on_with_demo(&[])).transpose()?;
    let traffic = arguments.traffic.then(|| send_visitors(arguments, age, stack.edge.url(), Arc::clone(&stopping)));

    println!("{}", welcome(&stack, &shop, &data)?);
    while !stopping.load(Ordering::Relaxed) {
        let processes = [("edge", stack.edge.process()), ("aggregator", stack.aggregator.process())];
        for (name, process) in processes.into_iter().chain(live.as_mut().map(|live| ("demonstration", live))) {
            if !process.is_running()? {
                bail!("the {name} ended by itself:\n{}", process.log_end());
            }
        }
        thread::sleep(Duration::from_millis(200));
    }
    println!("\nstopping …");
    if let Some(traffic) = traffic {
        let _ = traffic.join();
    }
    drop(shop);
    if let Some(mut live) = live {
        live.terminate(PATIENCE)?;
    }
    stack.stop()?;
    println!("stopped; the data stays in {}", data.display());
    Ok(())
}

/// Where the built parts lie.
///
/// # Errors
/// Fails outside the repository or before setup.
pub fn artifacts() -> Result<Artifacts> {
    Ok(Artifacts {
        tidemark: paths::aggregator_program()?,
        workerd: setup::packages::workerd()?,
        edge_dir: paths::dist_dir()?.join("edge"),
    })
}

/// Whether a data folder was there before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    New,
    Known,
}

fn data_folder(arguments: &UpArguments) -> Result<(PathBuf, Age)> {
    let folder = match &arguments.data {
        Some(folder) => std::path::absolute(folder)?,
        None => paths::workspace_root()?.join("data"),
    };
    if arguments.fresh && folder.exists() {
        if !folder.join(MARK).exists() {
            bail!("{} was not made by `cargo xtask up`; delete it yourself if you mean it", folder.display());
        }
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let age = if folder.join(MARK).exists() { Age::Known } else { Age::New };
    fs::write(folder.join(MARK), "")?;
    Ok((folder, age))
}

fn welcome(stack: &Stack, shop: &Shop, data: &Path) -> Result<String> {
    let event = format!(
        r#"{{"tracking_id":"{SITE}","client_id":"curl","event_type":"pageview","page":{{"url":"https://shop.example/hello"}},"user":{{"country":"NZ"}}}}"#
    );
    Ok(format!(
        "
Tidemark is running.

  dashboard   {link}
              signs you in once, within 15 minutes; for another: {link_command}
  an account  {account_command}
  demo shop   {shop}/
              click around: you appear on the dashboard within seconds
  one event   curl -i {edge}/api/v1/events -d '{event}'

  data in {data}
  Ctrl-C stops everything.
",
        link = stack.aggregator.sign_in_link()?,
        account_command = stack.aggregator.command_line(&["user", "add", "you@shop.example", "--owner"]),
        link_command = stack.aggregator.command_line(&["link"]),
        shop = shop.url(),
        edge = stack.edge.url(),
        data = data.display(),
    ))
}

/// Sends two days of past visits if the data is new, then visit after visit until told to stop.
fn send_visitors(
    arguments: &UpArguments,
    age: Age,
    edge_url: String,
    stopping: Arc<AtomicBool>,
) -> thread::JoinHandle<()> {
    let (seed, pause_ms) = (arguments.seed, arguments.pause_ms);
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
    thread::spawn(move || {
        let mut visitors = Visitors::new(SITE, seed, &now_ms.to_string());
        let url = format!("{edge_url}/api/v1/events");
        let agent = e2e::http::agent();
        let past = if age == Age::New { visitors.past(now_ms, PAST_VISITS) } else { Vec::new() };
        for batch in past {
            // Many people's: no one user agent sends it.
            post(&agent, &url, "", &batch);
        }
        while !stopping.load(Ordering::Relaxed) {
            let visit = visitors.visit();
            post(&agent, &url, user_agent(&visit), &visit);
            thread::sleep(Duration::from_millis(visitors.pause_ms(pause_ms)));
        }
    })
}

fn post(agent: &e2e::http::Agent, url: &str, user_agent: &str, batch: &Value) {
    match e2e::http::post_by(agent, url, &[("user-agent", user_agent)], batch.to_string().as_bytes()) {
        Ok(answer) if answer.status == 204 => {}
        Ok(answer) => eprintln!("made-up visits were refused: {} {}", answer.status, answer.text()),
        Err(error) => eprintln!("made-up visits were not answered: {error}"),
    }
}
