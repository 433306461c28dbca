//! A receiver of webhooks: takes posts on loopback, answers as it is told to, and keeps what came.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::server::DEADLINE;

pub struct Hooks {
    pub url: String,
    port: u16,
    posts: Receiver<Post>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Post {
    pub head: String,
    pub body: Vec<u8>,
    /// Status that it was answered with.
    pub status: u16,
}

impl Hooks {
    /// Answers these one after the other, each `STATUS` and headers, and then 204.
    pub fn start(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let told = Arc::new(Mutex::new(answers.iter().rev().map(|answer| (*answer).to_owned()).collect()));
        let (sender, posts) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (sender, told) = (sender.clone(), Arc::clone(&told));
                thread::spawn(move || take(stream, &sender, &told));
            }
        });
        Self { url: format!("http://127.0.0.1:{port}/hook"), port, posts }
    }

    /// The same under another name of this machine.
    pub fn named(&self, host: &str) -> String {
        format!("http://{host}:{}/hook", self.port)
    }

    pub fn next(&self) -> Post {
        self.posts.recv_timeout(DEADLINE).expect("nothing was posted")
    }

    /// What came and was not looked at.
    pub fn rest(&self) -> Vec<Post> {
        self.posts.try_iter().collect()
    }
}

impl Post {
    pub fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// Checks the signature as Standard Webhooks say, by no code of the server's.
    pub fn is_signed_by(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{}.{}.", self.header("webhook-id"), self.header("webhook-timestamp")).as_bytes());
        mac.update(&self.body);
        let signature = STANDARD.decode(self.header("webhook-signature").strip_prefix("v1,").unwrap()).unwrap();
        mac.verify_slice(&signature).is_ok()
    }
}

fn take(mut stream: TcpStream, sender: &Sender<Post>, answers: &Mutex<Vec<String>>) {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    let (head, body) = loop {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let head = end.map(|end| String::from_utf8_lossy(&bytes[..end]).into_owned());
        let length = head.as_ref().and_then(|head| {
            head.lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok())
        });
        if let (Some(end), Some(head), Some(length)) = (end, head, length)
            && bytes.len() >= end + 4 + length
        {
            break (head, bytes[end + 4..].to_vec());
        }
        match stream.read(&mut piece) {
            Ok(count) if count > 0 => bytes.extend_from_slice(&piece[..count]),
            _ => return,
        }
    };
    let answer = answers.lock().unwrap().pop().unwrap_or_else(|| "204 No Content".to_owned());
    let status = answer[..3].parse().unwrap();
    let _ = sender.send(Post { head, body, status });
    let _ = write!(stream, "HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
}
