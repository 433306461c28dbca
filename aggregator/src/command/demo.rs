//! `tidemark demo`

mod delivery;
mod line;
mod progress;

use std::io::{self, IsTerminal};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use ::demo::plan::DAYS_MAX;
use ::demo::{Facts, Plan, Stream, edge, incident};
use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::Args;
use domain::alert::suggested;
use domain::delta::intake::Mark;
use domain::window::SECOND_MS;
use domain::zone::Zone;
use jiff::Timestamp;
use rusqlite::Connection;
use wire::Epoch;
use wire::session::Site;
use wire::site::Settings;

use crate::clock::now_ms;
use crate::config::{Config, PublicUrl};
use crate::ledger::{self, site::SiteKey};
use delivery::Courier;
use line::{Counted, Line};
use progress::Progress;

/// Between two looks at what has happened meanwhile, once all is made up to now.
const LIVE_EVERY: Duration = Duration::from_secs(1);

/// Days back that an earlier run may have begun: before that, nothing of it is looked for.
const BEGAN_DAYS_MAX: u32 = 2 * DAYS_MAX;

/// Who notes what is planted: this command, as the audit log calls it.
const NOTED_BY: &str = "command";

/// What is made.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Where the server listens that takes the events. Default: as the settings say.
    #[arg(long, value_name = "URL")]
    url: Option<Origin>,
    /// Days, today among them.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=i64::from(DAYS_MAX)))]
    days: u32,
    /// The same seed and last day make the same events.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Until when; the day that this lies in is the last. Default: now.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    until: Option<Timestamp>,
    /// Visits, of a hundred usual ones: about 3 500 a day on both sites together.
    #[arg(long, default_value_t = 100, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(1..=1000))]
    percent: u32,
    /// Go on as time does, until SIGTERM or SIGINT.
    #[arg(long, conflicts_with = "until")]
    live: bool,
}

fn instant(text: &str) -> Result<Timestamp> {
    text.parse().map_err(|_| anyhow!("must be an RFC 3339 instant, e.g. 2026-02-02T10:30:00Z"))
}

/// A server's origin on the command line.
#[derive(Clone, Debug)]
struct Origin(String);

impl std::str::FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = serde_json::Value::from(text);
        let url: PublicUrl = serde_json::from_value(text).map_err(|e| e.to_string())?;
        Ok(Self(url.origin().to_owned()))
    }
}

/// Makes the two sites where they are not there, and brings them up to now, or to the instant that is given.
pub(super) fn run(connection: &mut Connection, config: &Config, demo: &Demo) -> Result<()> {
    let until_ms = demo.until.map_or(Ok(now_ms()), |until| u64::try_from(until.as_millisecond()))?;
    ensure!(until_ms <= now_ms() + SECOND_MS, "--until lies ahead: nothing can have happened then");
    let origin = demo.url.as_ref().map_or_else(|| origin(config), |url| url.0.clone());
    let key = config.edge_keys.first().context(
        "the settings name no edge key, so the server takes no events: add one to `edge_keys` (`openssl rand -hex 32`)",
    )?;
    let courier = Courier::new(&origin, key)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        courier.probe().await?;
        let (plan, sites) = prepare(connection, demo, until_ms)?;
        let days = u64::from(plan.days) * sites.len() as u64;
        let progress = Arc::new(Progress::new(io::stderr().is_terminal(), days));
        let mut lines = Vec::new();
        for Prepared { stream, settings, reached } in sites {
            let reached = match reached {
                Some(reached) => reached,
                None => (courier.hello(&edge::writer(&plan, &settings.site, Epoch::default())).await?, 0),
            };
            lines.push(Line::new(plan, stream, settings, reached, Arc::clone(&progress)));
        }
        advance(&mut lines, until_ms, &courier, &progress).await?;
        progress.end();
        print(&plan, &lines, config);
        if !demo.live {
            return Ok(());
        }
        println!("\ngoing on as time does; Ctrl-C ends it");
        let mut stopped = std::pin::pin!(stopped());
        loop {
            let next = async {
                tokio::time::sleep(LIVE_EVERY).await;
                advance(&mut lines, now_ms(), &courier, &progress).await
            };
            tokio::select! {
                // What is under way then is counted or not; the next run goes on behind it.
                () = &mut stopped => return Ok(()),
                counted = next => counted?,
            }
        }
    })
}

/// Resolves when the process is told to stop.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let told = async |kind| match signal(kind) {
        Ok(mut signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    };
    tokio::select! {
        () = told(SignalKind::interrupt()) => {}
        () = told(SignalKind::terminate()) => {}
    }
}

/// Makes what happened on all sites and has it counted, side by side.
async fn advance(lines: &mut [Line], until_ms: u64, courier: &Courier, progress: &Progress) -> Result<()> {
    let running = lines.iter_mut().map(|line| line.advance(until_ms, courier, progress));
    futures_util::future::try_join_all(running).await.map(|_| ())
}

/// Where the server listens on this machine.
fn origin(config: &Config) -> String {
    let mut listen = config.listen;
    if listen.ip().is_unspecified() {
        let loopback = if listen.is_ipv4() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { IpAddr::V6(Ipv6Addr::LOCALHOST) };
        listen.set_ip(loopback);
    }
    format!("http://{listen}")
}

/// A site that is there, and how far its edge is counted: the mark, and before when all is, Unix milliseconds.
struct Prepared {
    stream: Stream,
    settings: Settings,
    reached: Option<(Mark, u64)>,
}

/// Finds the plan that an earlier run began, or begins one; adds the sites that are not there.
fn prepare(connection: &mut Connection, demo: &Demo, until_ms: u64) -> Result<(Plan, Vec<Prepared>)> {
    let transaction = ledger::begin(connection)?;
    let today = Zone::default().date_of(until_ms);
    let begun = |back: u32| {
        let plan = Plan::until(demo.seed, today, demo.days, demo.percent)?;
        Some(Plan { first_day: plan.first_day.checked_sub(jiff::Span::new().days(back)).ok()?, ..plan })
    };
    let mut plan = begun(0).context("--until lies before the calendar")?;
    let sites = Stream::all(plan).map(|stream| stream.facts());
    for (back, site) in (0..BEGAN_DAYS_MAX).flat_map(|back| sites.map(|site| (back, site))) {
        if let (Some(earlier), Some(key)) = (begun(back), ledger::site::find(&transaction, site.tracking_id)?)
            && ledger::mark::reached(&transaction, key, edge::edge_id(&earlier, site.tracking_id))?.is_some()
        {
            plan = earlier;
            break;
        }
    }
    let mut prepared = Vec::new();
    for stream in Stream::all(plan) {
        let key = site(&transaction, &plan, stream.facts())?;
        let settings = ledger::settings::read(&transaction, key)?;
        let edge_id = edge::edge_id(&plan, &settings.site);
        let reached = ledger::mark::reached(&transaction, key, edge_id)?;
        if reached.is_none() && ledger::mark::is_any(&transaction, key)? {
            let site = &settings.site;
            bail!(
                "{site} has events that other arguments made, or another edge; the same --seed, --days and --percent go on \
                 with them, and `tidemark delete site {site} --confirm {site}` makes room for new ones"
            );
        }
        prepared.push(Prepared { stream, settings, reached });
    }
    transaction.commit()?;
    Ok((plan, prepared))
}

/// The site, with its settings and what was noted about its incidents; as it is where it is there already.
fn site(connection: &Connection, plan: &Plan, facts: &Facts) -> Result<SiteKey> {
    let site = Site { tracking_id: facts.tracking_id.to_owned(), name: facts.name.to_owned() };
    let is_new = ledger::site::add(connection, &site, now_ms())?;
    let key = ledger::site::find(connection, facts.tracking_id)?;
    let key = key.ok_or_else(|| anyhow!("{} is being deleted; try again when it is gone", facts.tracking_id))?;
    if is_new {
        ledger::settings::change(connection, key, now_ms(), |before| ::demo::settings(facts.tracking_id, before))?;
        note(connection, plan, facts, key)?;
        watch(connection, key)?;
    }
    Ok(key)
}

/// Notes what is planted, as people would have.
fn note(connection: &Connection, plan: &Plan, facts: &Facts, site: SiteKey) -> Result<()> {
    let zone = Zone::named(facts.time_zone).unwrap_or_default();
    for planted in incident::all(plan).iter().filter(|planted| planted.site == facts.tracking_id) {
        if let Some(at_ms) = planted.at_ms(&zone) {
            ledger::note::add(connection, site, at_ms, planted.note, NOTED_BY, now_ms())?;
        }
    }
    Ok(())
}

/// Watches what is suggested to be watched of any site.
fn watch(connection: &Connection, site: SiteKey) -> Result<()> {
    for alert in suggested::suggested(&ledger::settings::read(connection, site)?) {
        ledger::alert::add(connection, site, &alert, now_ms())?;
    }
    Ok(())
}

/// Says what there is now.
fn print(plan: &Plan, lines: &[Line], config: &Config) {
    for line in lines {
        let Counted { events, pageviews, visits, new_events, revenue } = line.counted();
        let facts = line.facts();
        let state = match new_events {
            0 => "already there".to_owned(),
            _ if *new_events == *events => "made".to_owned(),
            _ => format!("{} were there already", grouped(events - new_events)),
        };
        println!("\n{}  {}/sites/{}", facts.name, config.public_url().origin(), facts.tracking_id);
        println!(
            "  {} events from {} on, {} page views, {} visits: {state}",
            grouped(*events),
            plan.first_day,
            grouped(*pageviews),
            grouped(*visits)
        );
        for (currency, micros) in revenue {
            println!("  revenue {} {currency}", grouped((*micros / 1_000_000).unsigned_abs()));
        }
        for planted in incident::all(plan).iter().filter(|planted| planted.site == facts.tracking_id) {
            println!("  {}  {}", planted.date, planted.note);
        }
    }
    println!("\n`tidemark link` prints a link that signs you in.");
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}
