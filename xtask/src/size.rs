//! `cargo xtask size`: what is shipped, in bytes, against `size-budget.toml`, and beside what other products' pages load.

mod peers;

use std::fs;
use std::ops::{Add, Sub};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Deserialize;

use crate::build::{LATER_PART, brotli, gzip};
use crate::paths;

/// Arguments of `cargo xtask size`.
#[derive(Args, Default)]
pub struct SizeArguments {
    /// Our own sizes alone. The first run with those of others fetches some 20 MB from npm.
    #[arg(long)]
    no_peers: bool,
}

impl SizeArguments {
    /// Our own sizes alone.
    pub const OURS: Self = Self { no_peers: true };
}

/// `size-budget.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Budget {
    sdk: SdkBudget,
    packages: PackagesBudget,
    dashboard: DashboardBudget,
    edge: GzipBudget,
}

/// The limits of the SDK, in brotli 11.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SdkBudget {
    /// Sum of all that a page with WebAssembly loads, in bytes.
    brotli_bytes_max: usize,
    /// The file that a page names, in bytes.
    loader_brotli_bytes_max: usize,
    /// What stands in for the WebAssembly, in bytes.
    plain_core_brotli_bytes_max: usize,
}

/// The limits of the npm package, in brotli 11.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackagesBudget {
    /// The file that has the whole SDK inside, in bytes.
    inline_brotli_bytes_max: usize,
}

/// The limits of the dashboard, in brotli 11.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DashboardBudget {
    /// Sum of all that is loaded before it can be used, in bytes.
    brotli_bytes_max: usize,
    /// The largest part that is loaded later, in bytes.
    part_brotli_bytes_max: usize,
}

/// The limit of what is deployed as a Worker.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GzipBudget {
    /// Sum of all files, each in gzip 9, in bytes.
    gzip_bytes_max: usize,
}

/// Bytes as they are, in gzip 9 and in brotli 11.
#[derive(Clone, Copy, Default)]
struct Size {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

impl Add for Size {
    type Output = Self;

    fn add(self, part: Self) -> Self {
        Self { raw: self.raw + part.raw, gzip: self.gzip + part.gzip, brotli: self.brotli + part.brotli }
    }
}

impl Sub for Size {
    type Output = Self;

    fn sub(self, part: Self) -> Self {
        Self { raw: self.raw - part.raw, gzip: self.gzip - part.gzip, brotli: self.brotli - part.brotli }
    }
}

/// What ours covers.
const EVERYTHING: &str = "page views, events, revenue, clicks, outbound, downloads, forms, 404, engagement, vitals, identify, \
                          group, variants, consent, kept queue";

/// Prints the tables.
///
/// # Errors
/// Fails when a part is not built, or larger than its budget.
pub fn run(arguments: &SizeArguments) -> Result<()> {
    let file = paths::workspace_root()?.join("size-budget.toml");
    let text = fs::read_to_string(&file).context("size-budget.toml cannot be read")?;
    let budget: Budget = toml::from_str(&text).context("size-budget.toml is not understood")?;

    println!("{:<44} {:>10} {:>10} {:>10}", "asset", "raw", "gzip 9", "brotli 11");
    let sdk = part("sdk")?;
    let loader = only("sdk", "tidemark.js")?;
    let plain = only("sdk", "plain.")?;
    let inline = only("packages", "web/dist/sdk.js")?;
    print("packages/web/dist/sdk.js", inline);
    let edge = part("edge")?;
    let dashboard = part("dashboard")?;
    let later = later()?;
    let aggregator = paths::aggregator_program()?;
    if aggregator.is_file() {
        // Nobody serves it: brotli at its best would take a minute to say nothing.
        let program = fs::read(&aggregator)?;
        println!("{:<44} {:>10} {:>10} {:>10}", "aggregator", program.len(), gzip(&program)?.len(), "-");
    }

    if !arguments.no_peers {
        peers::print(&[
            ("tidemark.js", loader, "the first page view, a queue of calls"),
            ("tidemark.js, page, core.wasm", sdk - plain, EVERYTHING),
            ("tidemark.js, page, plain", sdk - only("sdk", "core.")?, "the same, without WebAssembly"),
        ])?;
    }

    let over: Vec<String> = [
        ("sdk without the plain core", "brotli", (sdk - plain).brotli, budget.sdk.brotli_bytes_max),
        ("sdk's loader", "brotli", loader.brotli, budget.sdk.loader_brotli_bytes_max),
        ("sdk's plain core", "brotli", plain.brotli, budget.sdk.plain_core_brotli_bytes_max),
        ("packages' sdk.js", "brotli", inline.brotli, budget.packages.inline_brotli_bytes_max),
        ("dashboard", "brotli", dashboard.brotli - later.sum, budget.dashboard.brotli_bytes_max),
        ("dashboard's largest later part", "brotli", later.largest, budget.dashboard.part_brotli_bytes_max),
        ("edge", "gzip", edge.gzip, budget.edge.gzip_bytes_max),
    ]
    .into_iter()
    .filter(|(_, _, size, max)| size > max)
    .map(|(part, encoding, size, max)| format!("{part} is {size} bytes in {encoding}, the budget is {max}"))
    .collect();
    if !over.is_empty() {
        bail!("over size-budget.toml: {}", over.join("; "));
    }
    println!("all within size-budget.toml");
    Ok(())
}

/// What of the dashboard is loaded when it is needed, in brotli.
#[derive(Default)]
struct Later {
    sum: usize,
    largest: usize,
}

/// Measures the parts of the dashboard that are loaded later, and pictures.
fn later() -> Result<Later> {
    let mut later = Later::default();
    for file in files(&paths::dist_dir()?.join("dashboard"))? {
        if is_flag(&file) || file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(LATER_PART)) {
            let size = measure(&file)?.brotli;
            later = Later { sum: later.sum + size, largest: later.largest.max(size) };
        }
    }
    println!("{:<44} {:>10} {:>10} {:>10}", "dashboard, of it loaded later", "-", "-", later.sum);
    Ok(later)
}

/// Whether a file is one of the flags, of which a page loads those that it shows.
fn is_flag(file: &Path) -> bool {
    file.parent().is_some_and(|folder| folder.ends_with("flags"))
}

/// Prints the files of one part, flags in one line, and their sum, which it returns.
fn part(name: &str) -> Result<Size> {
    let folder = paths::dist_dir()?.join(name);
    if !folder.is_dir() {
        bail!("there is no built {name}: run `cargo xtask build --only {name}` first");
    }
    let (mut sum, mut flags) = (Size::default(), Size::default());
    for file in files(&folder)? {
        let size = measure(&file)?;
        sum = sum + size;
        if is_flag(&file) {
            flags = flags + size;
        } else {
            print(&format!("{name}/{}", file.strip_prefix(&folder)?.display()), size);
        }
    }
    if flags.raw > 0 {
        print(&format!("{name}/flags/*"), flags);
    }
    print(&format!("{name}, sum"), sum);
    Ok(sum)
}

/// The size of the one file of a part whose path begins so.
fn only(part: &str, name: &str) -> Result<Size> {
    let folder = paths::dist_dir()?.join(part);
    let begins = |file: &Path| file.strip_prefix(&folder).is_ok_and(|found| found.to_string_lossy().starts_with(name));
    let found = files(&folder)?.into_iter().find(|file| begins(file));
    measure(&found.with_context(|| format!("the built {part} has no {name}: run `cargo xtask build --only {part}`"))?)
}

/// The uncompressed files in `folder` and below, sorted.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(self::files(&path)?);
        } else if path.extension().is_none_or(|ending| ending != "br" && ending != "gz") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn print(label: &str, size: Size) {
    println!("{label:<44} {:>10} {:>10} {:>10}", size.raw, size.gzip, size.brotli);
}

fn measure(file: &Path) -> Result<Size> {
    let content = fs::read(file)?;
    // What is served is what was built: the siblings where there are any.
    let sibling = |ending: &str| fs::metadata(format!("{}{ending}", file.display())).map(|data| data.len() as usize);
    Ok(Size {
        raw: content.len(),
        gzip: sibling(".gz").or_else(|_| gzip(&content).map(|bytes| bytes.len()))?,
        brotli: sibling(".br").or_else(|_| brotli(&content).map(|bytes| bytes.len()))?,
    })
}
