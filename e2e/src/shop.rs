//! A small shop that embeds the SDK as any customer would: one script tag.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use anyhow::{Result, anyhow};
use tiny_http::{Header, Response, Server};

const PAGE: &str = include_str!("../shop/page.html");
const STYLE: &str = include_str!("../shop/style.css");
const SCRIPT: &str = include_str!("../shop/shop.js");
const CHECKER: &str = include_str!("../shop/check.js");

/// What shows what the script on a page does; it comes before the script, to see all of it.
const CHECKER_TAG: &str = "    <script src=\"/check.js\"></script>\n";

/// The page with the checker.
const CHECK_PATH: &str = "/check";

/// Paths of the shop, their titles and bodies.
const PAGES: &[(&str, &str, &str)] = &[
    ("/", "Lantern & Loom", include_str!("../shop/home.html")),
    ("/lamps", "Lamps", include_str!("../shop/lamps.html")),
    ("/rugs", "Rugs", include_str!("../shop/rugs.html")),
    ("/cart", "Your cart", include_str!("../shop/cart.html")),
    ("/about", "About us", include_str!("../shop/about.html")),
    (CHECK_PATH, "Installation check", include_str!("../shop/check.html")),
];

/// What the shop's script tag says.
#[derive(Clone, Debug)]
pub struct Embed {
    /// Origin that serves the SDK.
    pub sdk_url: String,
    /// Origin of the edge.
    pub endpoint_url: String,
    /// Tracking id.
    pub site: String,
    /// Further attributes. The shop is a local page, and says so by itself.
    pub options: &'static str,
}

/// The running shop.
pub struct Shop {
    server: Arc<Server>,
    thread: Option<JoinHandle<()>>,
    port: u16,
}

impl Shop {
    /// Opens the shop on a port of loopback.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn open(port: u16, embed: &Embed) -> Result<Self> {
        let server = Arc::new(Server::http(("127.0.0.1", port)).map_err(|e| anyhow!("the shop cannot open: {e}"))?);
        let answers = answers(embed);
        let serving = Arc::clone(&server);
        let thread = thread::spawn(move || {
            for request in serving.incoming_requests() {
                let path = request.url().split('?').next().unwrap_or_default().to_owned();
                let answer = answers.get(path.as_str());
                let (status, kind, body) = answer.map_or((404, "text/plain", "not here\n"), |(k, b)| (200, *k, b));
                let header = Header::from_bytes("content-type", kind);
                let response = Response::from_string(body).with_status_code(status);
                // A visitor that went away needs no answer.
                let _ = match header {
                    Ok(header) => request.respond(response.with_header(header)),
                    Err(()) => request.respond(response),
                };
            }
        });
        Ok(Self { server, thread: Some(thread), port })
    }

    /// Origin.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answers(embed: &Embed) -> BTreeMap<&'static str, (&'static str, String)> {
    let mut answers = BTreeMap::from([
        ("/style.css", ("text/css; charset=utf-8", STYLE.to_owned())),
        ("/shop.js", ("text/javascript; charset=utf-8", SCRIPT.to_owned())),
        ("/check.js", ("text/javascript; charset=utf-8", CHECKER.to_owned())),
    ]);
    for (path, title, body) in PAGES {
        let page = PAGE
            .replace("{{title}}", title)
            .replace("{{head}}", if *path == CHECK_PATH { CHECKER_TAG } else { "" })
            .replace("{{body}}", body)
            .replace("{{sdk}}", &embed.sdk_url)
            .replace("{{endpoint}}", &embed.endpoint_url)
            .replace("{{site}}", &embed.site)
            .replace("{{options}}", embed.options);
        answers.insert(path, ("text/html; charset=utf-8", page));
    }
    answers
}
