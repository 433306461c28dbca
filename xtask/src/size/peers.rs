//! What other products' pages load, beside ours: files from npm, as they were published.
//!
//! Google Analytics, Matomo, Fathom, Vercel and Cloudflare hand out theirs from their own servers alone: npm has a few
//! lines that load them, which compare with nothing.

use std::fs;

use anyhow::Result;

use super::{Size, measure};
use crate::build::{add_siblings, bundle};
use crate::paths::staging_dir;
use crate::setup::trackers::{POSTHOG, POSTHOG_FILE, POSTHOG_FULL_FILE, Package, UMAMI, UMAMI_FILE};

/// A file that a browser loads to be counted by another product.
struct Peer {
    product: &'static str,
    package: Package,
    /// Which of the package's files.
    file: &'static str,
    form: Form,
    /// What of a visit it covers.
    covers: &'static str,
}

/// What a package's file is.
#[derive(Clone, Copy)]
enum Form {
    /// What is served.
    Served,
    /// A source: minified here as by a site's bundler.
    Source,
}

const PLAUSIBLE: Package = Package {
    name: "@plausible-analytics/tracker@0.4.6",
    files: &[("plausible.js", "87c0a074995b8d4fb53f34b293d561d6033b7dbdefe107e9788f0b752c719b33")],
};

const PEERS: [Peer; 14] = [
    Peer {
        product: "Counterscale",
        package: Package {
            name: "@counterscale/tracker@3.4.1",
            files: &[("dist/loader/tracker.js", "0ac1c774491001119f77e42036454953aba15e87e9afea8e574a728ba5865e37")],
        },
        file: "dist/loader/tracker.js",
        form: Form::Served,
        covers: "page views",
    },
    Peer {
        product: "Umami",
        package: UMAMI,
        file: UMAMI_FILE,
        form: Form::Source,
        covers: "page views, events, clicks by attribute",
    },
    Peer {
        product: "Plausible",
        package: PLAUSIBLE,
        file: "plausible.js",
        form: Form::Source,
        covers: "page views, events, revenue, outbound, downloads, forms, engagement",
    },
    Peer {
        product: "OpenPanel",
        package: Package {
            name: "@openpanel/web@1.4.1",
            files: &[(
                "dist/src/tracker.global.js",
                "dcb457dff892d17f6c795c1a933fa7506a6f0067dbba9f8267b3432d460c27ec",
            )],
        },
        file: "dist/src/tracker.global.js",
        form: Form::Served,
        covers: "page views, events, revenue, outbound, identify",
    },
    Peer {
        product: "web-vitals",
        package: Package {
            name: "web-vitals@6.2.3",
            files: &[("dist/web-vitals.iife.js", "1e5e9b9af6b8d71cfef508e5a869c53b4cf2bbccad8c9b5ac664c34e93f6151a")],
        },
        file: "dist/web-vitals.iife.js",
        form: Form::Served,
        covers: "web vitals alone, measured and not sent",
    },
    Peer {
        product: "Swetrix",
        package: Package {
            name: "swetrix@4.6.1",
            files: &[("dist/swetrix.js", "005bb54356ab1c413c3dd01ff7031215960cbfdbb4cb40b1581a2f8d837d2d6d")],
        },
        file: "dist/swetrix.js",
        form: Form::Served,
        covers: "page views, events, errors, load times",
    },
    Peer {
        product: "Rybbit",
        package: Package {
            name: "@rybbit/js@0.6.2",
            files: &[("dist/index.js", "8330702c50873df11039aac9959b84b9fc2f23afcfcc6a2ffb91bf208799ec57")],
        },
        file: "dist/index.js",
        form: Form::Source,
        covers: "page views, events, outbound, errors, vitals, identify",
    },
    Peer {
        product: "Snowplow",
        package: Package {
            name: "@snowplow/browser-tracker@4.10.1",
            files: &[("dist/index.umd.min.js", "80360c5da827e321eaf262d635141a2b241aae8dde82e8b91a2d95fc42b44089")],
        },
        file: "dist/index.umd.min.js",
        form: Form::Served,
        covers: "page views, events, engagement, kept queue",
    },
    Peer {
        product: "Segment",
        package: Package {
            name: "@segment/analytics-next@1.84.3",
            files: &[("dist/umd/standalone.js", "57df232faf229eaf3a816e0433fc4f03abd2c2052f006ebbcbdba28085c00f09")],
        },
        file: "dist/umd/standalone.js",
        form: Form::Served,
        covers: "page views, events, identify, group, other products' plugins",
    },
    Peer {
        product: "Mixpanel",
        package: Package {
            name: "mixpanel-browser@2.83.0",
            files: &[("dist/mixpanel.min.js", "1d22709df8fbce95ea14bdc265de468771faa1375f1ea18e0673ad3faa6dce62")],
        },
        file: "dist/mixpanel.min.js",
        form: Form::Served,
        covers: "page views, events, clicks, identify, flags, kept queue",
    },
    Peer {
        product: "Countly",
        package: Package {
            name: "countly-sdk-web@26.1.1",
            files: &[("lib/countly.min.js", "6606687f89325031523303e2a527e21d0f60ae17f5d9df3197b2ee8a299dd858")],
        },
        file: "lib/countly.min.js",
        form: Form::Served,
        covers: "page views, events, clicks, scroll, errors, surveys, remote config",
    },
    Peer {
        product: "Amplitude",
        package: Package {
            name: "@amplitude/analytics-browser@2.48.1",
            files: &[(
                "lib/scripts/amplitude-min.js",
                "c9c6e30a66713bb91b41d0a5366ea26017a9bbe40866a68146e65b6ca5596994",
            )],
        },
        file: "lib/scripts/amplitude-min.js",
        form: Form::Served,
        covers: "page views, events, revenue, clicks, forms, downloads, vitals, identify",
    },
    Peer {
        product: "PostHog",
        package: POSTHOG,
        file: POSTHOG_FILE,
        form: Form::Served,
        covers: "page views, events, clicks, identify, flags; loads replay, surveys, vitals",
    },
    Peer {
        product: "PostHog, full",
        package: POSTHOG,
        file: POSTHOG_FULL_FILE,
        form: Form::Served,
        covers: "the same with replay, surveys and vitals inside",
    },
];

/// Prints a table: ours, then theirs. What is missing is fetched once, and said to be missing where that fails.
///
/// # Errors
/// Fails outside of the workspace.
pub fn print(ours: &[(&str, Size, &str)]) -> Result<()> {
    println!("\n{:<16} {:<60} {:>8} {:>8} {:>9}  covers", "in a page", "file", "raw", "gzip 9", "brotli 11");
    for (file, size, covers) in ours {
        row("Tidemark", file, *size, covers);
    }
    let mut offline = None;
    for peer in &PEERS {
        if offline.is_none() {
            offline = peer.package.ensure().err();
        }
        let minified = if matches!(peer.form, Form::Source) { ", minified" } else { "" };
        let file = format!("{} {}{minified}", peer.package.name, peer.file.rsplit('/').next().unwrap_or_default());
        match size(peer)? {
            Some(size) => row(peer.product, &file, size, peer.covers),
            None => println!("{:<16} {file:<60} not here: `npm pack {}`", peer.product, peer.package.name),
        }
    }
    if let Some(error) = offline {
        println!("not all could be fetched: {error:#}");
    }
    Ok(())
}

fn row(product: &str, file: &str, Size { raw, gzip, brotli }: Size, covers: &str) {
    println!("{product:<16} {file:<60} {raw:>8} {gzip:>8} {brotli:>9}  {covers}");
}

/// The size of what a browser loads; none when it could not be fetched.
fn size(peer: &Peer) -> Result<Option<Size>> {
    if !peer.package.is_there()? {
        return Ok(None);
    }
    let published = peer.package.path(peer.file)?;
    match peer.form {
        Form::Served => {
            // Brotli at its best takes seconds of the largest, which never change.
            if !published.with_added_extension("br").is_file() {
                add_siblings(published.parent().unwrap_or(&published))?;
            }
            measure(&published).map(Some)
        }
        Form::Source => {
            let folder = staging_dir("peers")?;
            fs::create_dir_all(&folder)?;
            let minified = folder.join(format!("{}.js", peer.product));
            bundle(&published, &minified, &["--format=iife", "--target=es2022"])?;
            measure(&minified).map(Some)
        }
    }
}
