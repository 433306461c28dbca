//! The dashboard: a page, its style and its program, with names that may be cached for ever.
//!
//! | source | result below `dist/dashboard` |
//! |---|---|
//! | `dashboard/index.html` | `index.html`, placeholders replaced |
//! | `dashboard/*.css` | `assets/NAME-HASH.css` |
//! | `dashboard/map/world.txt` | `assets/later-world-HASH.txt` |
//! | the crate | `assets/dashboard-HASH.js`, `assets/dashboard-HASH.wasm`, and `assets/later-NAME-HASH.wasm` of each part that is loaded later |
//! | `dashboard/static/**` | the same name and content |
//!
//! Everything below `assets/` has its content's hash in its name and may be cached for ever; the
//! rest may not. Placeholders in `index.html`: `{{asset:dashboard.js}}`, `{{asset:dashboard.wasm}}`
//! (for a preload link), `{{asset:NAME.css}}` and `{{asset:later-world.txt}}` become `/assets/…`. A placeholder without a file
//! fails the build. The script is a module: `<script type="module" src="{{asset:dashboard.js}}">`;
//! nothing is inline, so `script-src 'self' 'wasm-unsafe-eval'` suffices.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::bindings::{Shape, bind, bundle, bundler_version, empty};
use super::compress::add_siblings;
use super::split::{LINK_ARGS, LOADER, split};
use super::stamp::{Stamp, content_hash};
use super::unhashed::number_names;
use super::wasm::{Library, Recipe, compile, optimize, optimizer_version};
use super::{Effort, Outcome};
use crate::paths;

const RECIPE: Recipe<'static> = Recipe {
    package: "tidemark-dashboard",
    profile: "dashboard",
    module: "tidemark-dashboard",
    library: None,
    features: &[],
    options: &[LINK_ARGS],
};

/// The page with every chart, for who works on charts: a part more costs the first load of others some bytes.
const TRIED_OUT: &[&str] = &["gallery"];

/// wasm-bindgen names the script of the parts once for each.
const TWICE: &str = "--log-override:duplicate-object-key=silent";

/// What the names of the parts begin with that are not loaded at the start.
pub const PART: &str = "later-";

/// What is shipped has a library rebuilt for size, a panic is a bare trap, and views are erased to one type
/// instead of having code each: either a tenth smaller. What is tried out keeps the messages of panics.
const SMALL: Library<'static> = Library {
    parts: "std,panic_abort",
    features: Some("optimize_for_size"),
    flags: "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none --cfg erase_components",
};

/// Builds `dist/dashboard`.
pub fn build(effort: Effort) -> Result<Outcome> {
    let module = compile(&match effort {
        Effort::Full => Recipe { library: Some(SMALL), ..RECIPE },
        Effort::Fast => Recipe { features: TRIED_OUT, ..RECIPE },
    })?;
    let source = paths::workspace_root()?.join("dashboard");
    let dist = paths::dist_dir()?.join("dashboard");
    let page = source.join("index.html");
    let styles = styles(&source)?;
    let world = source.join("map/world.txt");
    let statics = files_below(&source.join("static"))?;

    let mut stamp = Stamp::new("dashboard")?;
    for file in [&module, &page, &world].into_iter().chain(&styles).chain(&statics) {
        stamp.add_file(file)?;
    }
    stamp.add(&bundler_version()?);
    stamp.add(&optimizer_version()?);
    stamp.add(if effort == Effort::Fast { "fast" } else { "full" });
    if stamp.is_current(&[dist.join("index.html")]) {
        return Ok(Outcome::UpToDate);
    }

    let staging = paths::staging_dir("dashboard")?;
    let split_off = paths::staging_dir("dashboard-parts")?;
    let parts = split(&module, &split_off, "./dashboard.js")?;
    bind(&parts.main, &staging, "dashboard", Shape::Page)?;
    number_names(&staging.join("dashboard.js"), &staging.join("dashboard_bg.wasm"))?;

    empty(&dist)?;
    let mut assets = Assets::new(&dist)?;
    let mut finish = |name: &str, module: &Path| -> Result<String> {
        let optimized = staging.join("optimized.wasm");
        match effort {
            Effort::Full => optimize(module, &optimized, "-Oz", &[])?,
            Effort::Fast => fs::copy(module, &optimized).map(|_| ())?,
        }
        assets.add(name, &fs::read(&optimized)?)
    };
    let wasm = finish("dashboard.wasm", &staging.join("dashboard_bg.wasm"))?;
    let mut loader = fs::read_to_string(split_off.join(LOADER))?;
    for part in &parts.later {
        let name = part.file_name().and_then(|name| name.to_str()).context("a part's name is not UTF-8")?;
        let hashed = finish(&format!("{PART}{}", name.trim_start_matches("split_")), part)?;
        loader = loader.replace(&format!("\"./{name}\""), &format!("\"./{hashed}\""));
    }
    fs::write(staging.join(LOADER), loader)?;
    fs::write(staging.join("entry.js"), entry(&wasm))?;
    let bundled = staging.join("bundled.js");
    bundle(&staging.join("entry.js"), &bundled, &["--format=esm", "--target=es2022", TWICE])?;
    assets.add("dashboard.js", &fs::read(&bundled)?)?;
    for style in &styles {
        let name = style.file_name().and_then(|name| name.to_str()).context("a style's name is not UTF-8")?;
        assets.add(name, &fs::read(style)?)?;
    }
    assets.add(&format!("{PART}world.txt"), &fs::read(&world)?)?;
    for file in &statics {
        let result = dist.join(file.strip_prefix(source.join("static"))?);
        if let Some(folder) = result.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(file, result)?;
    }
    fs::write(dist.join("index.html"), assets.resolve(&fs::read_to_string(&page)?)?)?;
    add_siblings(&dist)?;
    stamp.keep()?;
    Ok(Outcome::Built)
}

/// Starts the program; the module lies beside the script.
fn entry(wasm: &str) -> String {
    format!(
        "import start from \"./dashboard.js\";\nstart({{ module_or_path: new URL(\"./{wasm}\", import.meta.url) }});\n"
    )
}

/// The files with hashed names, and what the page calls them.
struct Assets {
    folder: PathBuf,
    names: BTreeMap<String, String>,
}

impl Assets {
    fn new(dist: &Path) -> Result<Self> {
        let folder = dist.join("assets");
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, names: BTreeMap::new() })
    }

    /// Writes `name` under its hashed name and returns that.
    fn add(&mut self, name: &str, content: &[u8]) -> Result<String> {
        let (stem, ending) = name.rsplit_once('.').with_context(|| format!("{name} has no extension"))?;
        let hashed = format!("{stem}-{}.{ending}", content_hash(content));
        fs::write(self.folder.join(&hashed), content)?;
        self.names.insert(name.to_owned(), hashed.clone());
        Ok(hashed)
    }

    /// Replaces the placeholders of a page.
    fn resolve(&self, page: &str) -> Result<String> {
        let resolved = self.names.iter().fold(page.to_owned(), |text, (name, hashed)| {
            text.replace(&format!("{{{{asset:{name}}}}}"), &format!("/assets/{hashed}"))
        });
        if let Some((_, rest)) = resolved.split_once("{{asset:") {
            let name = rest.split_once("}}").map_or(rest, |(name, _)| name);
            bail!("dashboard/index.html names the asset {name:?}, which does not exist");
        }
        Ok(resolved)
    }
}

fn styles(source: &Path) -> Result<Vec<PathBuf>> {
    let mut styles = Vec::new();
    for entry in fs::read_dir(source)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "css") {
            styles.push(path);
        }
    }
    styles.sort();
    Ok(styles)
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                files.extend(files_below(&path)?);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}
