//! People: how they come in, stay in, and are kept out.

use std::process::Stdio;
use std::time::Instant;

use serde_json::{Value, json};

use crate::people::{Caller, PASSWORD, holds, ledger, member, operator, set_password, sign_in, stored, token};
use crate::server::{Server, tidemark, wait_until};

/// Emails of a list of users.
fn emails(users: &Value) -> Vec<&str> {
    users["users"].as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap()).collect()
}

#[test]
fn the_first_start_prints_a_link_for_the_first_owner() {
    let server = Server::start_printing();
    let link = server.printed("/setup#");
    let newcomer = |token: &str, email: &str, password: &str| json!({"token": token, "email": email, "name": "Ann", "password": password});
    let set_up = |body: Value| Caller::nobody().post(&server, "/api/v1/setup", body);
    assert_eq!(set_up(newcomer("wrong", "ann@shop.example", PASSWORD)).problem(401), "token");
    assert_eq!(set_up(newcomer(token(&link), "ann", PASSWORD)).problem(400), "email");
    assert_eq!(set_up(newcomer(token(&link), "ann@shop.example", "short")).problem(400), "password");
    let own = Caller::browser("ann", &set_up(newcomer(token(&link), " Ann@Shop.example", PASSWORD)));
    let who: Value = own.get(&server, "/api/v1/session").json();
    assert_eq!(
        (&who["kind"], &who["email"], &who["name"]),
        (&json!("person"), &json!("ann@shop.example"), &json!("Ann"))
    );
    assert_eq!(who["everywhere"].as_array().unwrap().len(), 7);
    // It was for the first one.
    assert_eq!(set_up(newcomer(token(&link), "eve@evil.example", PASSWORD)).problem(401), "token");
    assert!(sign_in(&server, "ann@shop.example", PASSWORD).status == 204);
    let server = server.kill_and_restart_printing();
    assert_eq!(sign_in(&server, "ANN@shop.example ", PASSWORD).status, 204);
    assert!(server.nothing_printed());
}

#[test]
fn each_start_without_an_owner_has_a_link_of_its_own() {
    let server = Server::start_printing();
    let first = server.printed("/setup#");
    let server = server.kill_and_restart_printing();
    let second = server.printed("/setup#");
    let body = |link: &str| json!({"token": token(link), "email": "ann@shop.example", "password": PASSWORD});
    assert_eq!(Caller::nobody().post(&server, "/api/v1/setup", body(&first)).problem(401), "token");
    // One who is made an owner by a command is the first, too.
    server.command(&["user", "add", "boss@shop.example", "--owner"]);
    assert_eq!(Caller::nobody().post(&server, "/api/v1/setup", body(&second)).problem(401), "token");
}

#[test]
fn a_password_signs_in_and_nothing_tells_why_not() {
    let server = Server::start();
    server.site("UA-1");
    let link = server.command(&["user", "add", "new@shop.example"]);
    member(&server, "ann", "UA-1", "viewer");
    let wrong = sign_in(&server, "ann@shop.example", "something else");
    for (email, password) in
        [("nobody@shop.example", PASSWORD), ("new@shop.example", PASSWORD), ("new@shop.example", "")]
    {
        let answer = sign_in(&server, email, password);
        assert_eq!(answer.problem(401), "password");
        assert_eq!(answer.text(), wrong.text());
    }
    // Nor does time: as slow without an account as with one.
    let time = |email: &str| {
        let since = Instant::now();
        sign_in(&server, email, "something else").problem(401);
        since.elapsed()
    };
    let (known, unknown) = (time("ann@shop.example"), time("nobody@shop.example"));
    assert!(known < 8 * unknown && unknown < 8 * known, "{known:?} {unknown:?}");

    let before = Caller::browser("ann", &sign_in(&server, "ann@shop.example", PASSWORD));
    let sites: Value = before.get(&server, "/api/v1/sites").json();
    assert_eq!(sites["sites"][0]["tracking_id"], "UA-1");
    // Signing in again in the same browser makes another session and ends the one before.
    let entry = json!({"email": "ann@shop.example", "password": PASSWORD});
    let again = Caller::browser("ann", &before.post(&server, "/api/v1/session", entry));
    assert_ne!(again.headers, before.headers);
    before.get(&server, "/api/v1/session").problem(401);
    assert_eq!(again.get(&server, "/api/v1/session").status, 200);

    let new = set_password(&server, "new", &link);
    assert_eq!(new.get(&server, "/api/v1/session").status, 200);
    let used = json!({"token": token(&link), "password": "yet another one"});
    assert_eq!(Caller::nobody().post(&server, "/api/v1/password/reset", used).problem(401), "token");
    for secret in [PASSWORD, token(&link)] {
        assert!(!holds(&stored(&server), secret));
    }
    assert!(holds(&stored(&server), "$argon2id$v=19$m=19456,t=2,p=1$"));
}

#[test]
fn tries_at_an_account_are_few() {
    let server = Server::start();
    server.site("UA-1");
    member(&server, "ann", "UA-1", "viewer");
    let refused = |email: &str| {
        (0..).find_map(|tries| {
            let answer = sign_in(&server, email, "not the one");
            let wait: Option<u64> = (answer.status == 429).then(|| answer.header("retry-after").parse().unwrap());
            assert!(tries < 20);
            wait.map(|wait| (tries, wait))
        })
    };
    let (tries, wait) = refused("ann@shop.example").unwrap();
    assert_eq!(tries, 10);
    assert!((1..=30).contains(&wait), "{wait}");
    // Nor does the right password help now; and an account that is not there is no different.
    assert_eq!(sign_in(&server, "ann@shop.example", PASSWORD).status, 429);
    assert_eq!(refused("nobody@shop.example").map(|(tries, _)| tries), Some(10));
    // By then this address has had nearly all of its own.
    let others = (0..).position(|n| sign_in(&server, &format!("{n}@shop.example"), "not the one").status == 429);
    assert!(others.is_some_and(|tries| tries < 10), "{others:?}");
}

#[test]
fn tries_are_counted_behind_a_proxy() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with(folder, &[("TIDEMARK_PROXIES", r#"["127.0.0.1"]"#)]);
    let from = |address: &str, n: usize| {
        let body = json!({"email": format!("{n}@shop.example"), "password": "not the one"}).to_string();
        server.post("/api/v1/session", &[("x-forwarded-for", address)], body.as_bytes()).status
    };
    assert_eq!((0..40).position(|n| from("192.0.2.1", n) == 429), Some(30));
    assert_eq!(from("192.0.2.2", 0), 401);
}

#[test]
fn sessions_are_listed_and_ended() {
    let server = Server::start();
    server.site("UA-1");
    let first = member(&server, "ann", "UA-1", "viewer");
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let body = json!({"email": "ann@shop.example", "password": PASSWORD}).to_string();
    let answer = server.post("/api/v1/session", &[("user-agent", agent)], body.as_bytes());
    let second = Caller::browser("ann", &answer);
    let bob = member(&server, "bob", "UA-1", "viewer");
    let list = |caller: &Caller| -> Vec<Value> {
        let listed: Value = caller.get(&server, "/api/v1/sessions").json();
        listed["sessions"].as_array().unwrap().clone()
    };
    let sessions = list(&second);
    assert_eq!(sessions.len(), 2);
    let current = sessions.iter().find(|session| session["is_current"] == true).unwrap();
    assert_eq!(current["browser"], "Firefox, Linux");
    assert!(!holds(&stored(&server), "Gecko/20100101"), "a user agent is not kept");
    let other = sessions.iter().find(|session| session["is_current"] == false).unwrap();
    // Nobody ends another's.
    let path = format!("/api/v1/sessions/{}", other["session"]);
    bob.delete(&server, &path).problem(404);
    assert_eq!(second.delete(&server, &path).status, 204);
    second.delete(&server, &path).problem(404);
    second.delete(&server, "/api/v1/sessions/x").problem(404);
    first.get(&server, "/api/v1/session").problem(401);
    let third = Caller::browser("ann", &sign_in(&server, "ann@shop.example", PASSWORD));
    assert_eq!(second.delete(&server, "/api/v1/sessions").status, 204);
    third.get(&server, "/api/v1/session").problem(401);
    assert_eq!((list(&second).len(), list(&bob).len()), (1, 1));
}

/// Whether the last use of the only session was noted within the last minute.
fn is_noted(server: &Server) -> Option<()> {
    let sql = "SELECT seen_at_ms > unixepoch() * 1000 - 60000 FROM sessions";
    ledger(server).query_row(sql, [], |row| row.get::<_, bool>(0)).unwrap().then_some(())
}

#[test]
fn a_session_ends_by_itself() {
    let server = Server::start();
    server.site("UA-1");
    let ann = member(&server, "ann", "UA-1", "viewer");
    let earlier = |column: &str, days: u64| {
        let sql = format!("UPDATE sessions SET {column} = {column} - {}", days * 86_400_000);
        ledger(&server).execute(&sql, []).unwrap();
    };
    let status = || ann.get(&server, "/api/v1/session").status;
    // Unused for seven days.
    earlier("seen_at_ms", 1);
    assert_eq!(status(), 200);
    wait_until("the session to be noted", || is_noted(&server));
    earlier("seen_at_ms", 6);
    assert_eq!(status(), 200);
    earlier("seen_at_ms", 1);
    assert_eq!(status(), 401);
    // Used every day, for thirty.
    ledger(&server).execute("UPDATE sessions SET seen_at_ms = unixepoch() * 1000", []).unwrap();
    earlier("expires_at_ms", 29);
    assert_eq!(status(), 200);
    earlier("expires_at_ms", 1);
    assert_eq!(status(), 401);
}

#[test]
fn the_use_of_a_session_and_a_key_is_noted() {
    let server = Server::start();
    let key = server.site("UA-1");
    let ann = member(&server, "ann", "UA-1", "viewer");
    ledger(&server).execute("UPDATE sessions SET seen_at_ms = seen_at_ms - 500000000", []).unwrap();
    // What was noted a moment ago is not noted again, but a restart forgets that.
    let server = server.kill_and_restart();
    assert_eq!(ann.get(&server, "/api/v1/session").status, 200);
    wait_until("the session to be noted", || is_noted(&server));
    assert_eq!(Caller::key("key", &key).get(&server, "/api/v1/sites").status, 200);
    let listed = || operator(&server).get(&server, "/api/v1/keys").json::<Value>()["keys"][0].clone();
    wait_until("the key to be noted", || listed()["used_at_ms"].is_u64().then_some(()));
    assert!(listed()["secret"].is_null());
}

#[test]
fn a_password_is_changed_and_reset() {
    let server = Server::start();
    server.site("UA-1");
    let first = member(&server, "ann", "UA-1", "viewer");
    let second = Caller::browser("ann", &sign_in(&server, "ann@shop.example", PASSWORD));
    let change = |caller: &Caller, current: &str, new: &str| {
        caller.ask(&server, "PUT", "/api/v1/password", &json!({"current": current, "new": new}))
    };
    assert_eq!(change(&first, "not the one", "another long one").problem(401), "password");
    assert_eq!(change(&first, PASSWORD, "short").problem(400), "new");
    assert_eq!(change(&operator(&server), PASSWORD, "another long one").problem(409), "current");
    let changed = Caller::browser("ann", &change(&first, PASSWORD, "another long one"));
    for ended in [&first, &second] {
        ended.get(&server, "/api/v1/session").problem(401);
    }
    assert_eq!(changed.get(&server, "/api/v1/session").status, 200);
    assert_eq!(sign_in(&server, "ann@shop.example", PASSWORD).status, 401);
    assert_eq!(sign_in(&server, "ann@shop.example", "another long one").status, 204);

    // Of two links the later one is good, until then the password is; then everybody else is out.
    let links = [
        server.command(&["user", "reset", "ann@shop.example"]),
        server.command(&["user", "reset", "ann@shop.example"]),
    ];
    assert_eq!(changed.get(&server, "/api/v1/session").status, 200);
    let reset = |link: &str, password: &str| {
        Caller::nobody().post(&server, "/api/v1/password/reset", json!({"token": token(link), "password": password}))
    };
    assert_eq!(reset(&links[0], PASSWORD).problem(401), "token");
    assert_eq!(reset(&links[1], "ann@shop.example").problem(400), "password");
    assert_eq!(reset(&links[1], PASSWORD).status, 204);
    changed.get(&server, "/api/v1/session").problem(401);
    assert_eq!(sign_in(&server, "ann@shop.example", PASSWORD).status, 204);
    assert!(!server.try_command(&["user", "reset", "nobody@shop.example"]).status.success());
}

#[test]
fn the_last_owner_stays() {
    let server = Server::start();
    let link = server.command(&["user", "add", "boss@shop.example", "--owner", "--name", "The Boss"]);
    let boss = set_password(&server, "boss", &link);
    let link = server.command(&["user", "add", "ann@shop.example"]);
    let ann = set_password(&server, "ann", &link);
    assert_eq!(server.command(&["user", "list"]), "ann@shop.example\t\tann\nboss@shop.example\towner\tThe Boss");
    ann.get(&server, "/api/v1/users").problem(403);
    let users: Value = boss.get(&server, "/api/v1/users").json();
    assert_eq!(emails(&users), ["ann@shop.example", "boss@shop.example"]);
    let path = |n: usize| format!("/api/v1/users/{}", users["users"][n]["user"]);
    let own = |caller: &Caller, path: &str, is_owner: bool| {
        caller.ask(&server, "PATCH", path, &json!({"is_owner": is_owner}))
    };
    assert_eq!(own(&boss, &path(1), false).problem(409), "user");
    assert_eq!(boss.delete(&server, &path(1)).problem(409), "user");
    assert!(!server.try_command(&["user", "revoke", "boss@shop.example"]).status.success());
    assert!(!server.try_command(&["user", "remove", "boss@shop.example"]).status.success());
    assert_eq!(own(&boss, "/api/v1/users/99", true).problem(404), "user");
    assert_eq!(own(&boss, &path(0), true).status, 204);
    assert_eq!(own(&ann, &path(1), false).status, 204);
    boss.get(&server, "/api/v1/users").problem(403);
    assert_eq!(ann.delete(&server, &path(1)).status, 204);
    boss.get(&server, "/api/v1/session").problem(401);
    assert_eq!(sign_in(&server, "boss@shop.example", PASSWORD).status, 401);
    let audit: Value = ann.get(&server, "/api/v1/audit").json();
    let actions: Vec<_> =
        audit["entries"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions[..3], ["user.remove", "user.change", "user.change"]);
    assert_eq!(audit["entries"][0]["who"], "ann@shop.example");
    let last = audit["entries"].as_array().unwrap().last().unwrap()["entry"].as_i64().unwrap();
    let older: Value = ann.get(&server, &format!("/api/v1/audit?before={last}")).json();
    assert_eq!(older["entries"], json!([]));
    ann.get(&server, "/api/v1/audit?before=x").problem(400);
}

#[test]
fn commands_say_what_is_wrong() {
    let server = Server::start();
    server.command(&["user", "add", "ann@shop.example"]);
    for (arguments, words) in [
        (&["user", "add", "ann"][..], "must be an address"),
        (&["user", "add", "Ann@shop.example"], "there is an account"),
        (&["user", "grant", "bob@shop.example", "--site", "UA-1", "--role", "viewer"], "no account of bob"),
        (&["user", "grant", "ann@shop.example", "--site", "UA-9", "--role", "viewer"], "no site UA-9"),
        (&["user", "grant", "ann@shop.example", "--site", "UA-9"], "--role"),
        (&["user", "grant", "ann@shop.example", "--site", "UA-9", "--role", "king"], "viewer, editor, owner"),
        (&["key", "create", "--name", "x", "--scope", "people:write"], "stats:read, events:read"),
        (&["key", "create", "--name", "x"], "--scope"),
        (&["key", "revoke", "9"], "no key 9"),
    ] {
        let output = tidemark(&server.folder).args(arguments).stdout(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(words), "{arguments:?}: {said}");
    }
}
