//! People as tests need them: signed in, and asking.

use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::server::{Answer, Server};

pub const PASSWORD: &str = "correct horse battery";

/// Who asks: headers that go along with each request.
#[derive(Clone, Debug)]
pub struct Caller {
    pub name: &'static str,
    pub headers: Vec<(String, String)>,
}

impl Caller {
    pub fn nobody() -> Self {
        Self { name: "nobody", headers: Vec::new() }
    }

    pub fn key(name: &'static str, secret: &str) -> Self {
        Self { name, headers: vec![("authorization".to_owned(), format!("Bearer {secret}"))] }
    }

    /// A browser that holds the cookie of an answer, on a page of the server's own.
    pub fn browser(name: &'static str, answer: &Answer) -> Self {
        assert_eq!(answer.status, 204, "{name}: {}", answer.text());
        let cookie = answer.header("set-cookie").split(';').next().unwrap();
        Self::cookie(name, cookie)
    }

    pub fn cookie(name: &'static str, cookie: &str) -> Self {
        let own = ("sec-fetch-site".to_owned(), "same-origin".to_owned());
        Self { name, headers: vec![("cookie".to_owned(), cookie.to_owned()), own] }
    }

    pub fn ask(&self, server: &Server, method: &str, path: &str, body: &Value) -> Answer {
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        server.send(method, path, &headers, body.as_bytes())
    }

    pub fn get(&self, server: &Server, path: &str) -> Answer {
        self.ask(server, "GET", path, &Value::Null)
    }

    pub fn post(&self, server: &Server, path: &str, body: Value) -> Answer {
        self.ask(server, "POST", path, &body)
    }

    pub fn delete(&self, server: &Server, path: &str) -> Answer {
        self.ask(server, "DELETE", path, &Value::Null)
    }
}

/// The token of a link.
pub fn token(link: &str) -> &str {
    link.trim().split_once('#').unwrap().1
}

/// The operator, signed in by `tidemark link`.
pub fn operator(server: &Server) -> Caller {
    let link = server.command(&["link"]);
    let entry = json!({"token": token(&link)});
    Caller::browser("operator", &Caller::nobody().post(server, "/api/v1/session", entry))
}

/// Sets [`PASSWORD`] by the link that a command printed.
pub fn set_password(server: &Server, name: &'static str, link: &str) -> Caller {
    let body = json!({"token": token(link), "password": PASSWORD});
    Caller::browser(name, &Caller::nobody().post(server, "/api/v1/password/reset", body))
}

/// A person with a password, by what they are on which site.
pub fn member(server: &Server, name: &'static str, site: &str, role: &str) -> Caller {
    let email = format!("{name}@shop.example");
    let link = server.command(&["user", "add", &email]);
    server.command(&["user", "grant", &email, "--site", site, "--role", role]);
    set_password(server, name, &link)
}

pub fn sign_in(server: &Server, email: &str, password: &str) -> Answer {
    Caller::nobody().post(server, "/api/v1/session", json!({"email": email, "password": password}))
}

/// Opens a shared link.
pub fn open_share(server: &Server, name: &'static str, slug: &str, body: Value) -> Caller {
    Caller::browser(name, &Caller::nobody().post(server, &format!("/api/v1/shares/{slug}/session"), body))
}

/// A page that another site embeds: it says its link in a header, for it is given no cookies.
pub fn embedded(name: &'static str, slug: &str) -> Caller {
    let own = ("sec-fetch-site".to_owned(), "same-origin".to_owned());
    Caller { name, headers: vec![("tidemark-share".to_owned(), slug.to_owned()), own] }
}

/// The ledger, for what no interface does: moving times.
pub fn ledger(server: &Server) -> Connection {
    let connection = Connection::open(server.folder.path().join("ledger.sqlite")).unwrap();
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    connection
}

/// The bytes of the ledger and its log.
pub fn stored(server: &Server) -> Vec<u8> {
    let mut bytes = Vec::new();
    for file in ["ledger.sqlite", "ledger.sqlite-wal"] {
        bytes.extend(std::fs::read(server.folder.path().join(file)).unwrap_or_default());
    }
    bytes
}

pub fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
