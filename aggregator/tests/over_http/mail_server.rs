//! A mail server on loopback, by RFC 5321: takes what is sent, and fails on what it does not know.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use crate::server::DEADLINE;

pub struct MailServer {
    pub port: u16,
    mails: Receiver<Mail>,
}

/// A mail as it was handed over.
#[derive(Clone, Debug, Default)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    pub text: String,
}

impl MailServer {
    /// Refuses so many mails for now before it takes one.
    pub fn start(refuses: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, mails) = mpsc::channel();
        thread::spawn(move || {
            for (at, stream) in listener.incoming().map_while(Result::ok).enumerate() {
                talk(stream, &sender, at < refuses);
            }
        });
        Self { port, mails }
    }

    /// Whether nothing comes in the time in which everything that is due is looked at.
    pub fn none_within_a_look(&self) -> bool {
        self.mails.recv_timeout(Duration::from_secs(7)).is_err()
    }

    pub fn next(&self) -> Mail {
        self.mails.recv_timeout(DEADLINE).expect("no mail came")
    }
}

fn talk(stream: TcpStream, sender: &Sender<Mail>, refuses: bool) {
    let mut writer = stream.try_clone().unwrap();
    let mut say = |line: &str| drop(write!(writer, "{line}\r\n"));
    let mut mail = Mail::default();
    let mut is_data = false;
    say("220 mail.test ready");
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        if is_data {
            if line == "." {
                is_data = false;
                say("250 taken");
                let _ = sender.send(std::mem::take(&mut mail));
            } else {
                mail.text += line.strip_prefix('.').unwrap_or(&line);
                mail.text += "\n";
            }
            continue;
        }
        let address = || line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(one, _)| one.to_owned());
        match line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => say("250 mail.test"),
            "MAIL" if refuses => say("451 later"),
            "MAIL" => {
                mail.from = address().unwrap();
                say("250 ok");
            }
            "RCPT" => {
                mail.to.push(address().unwrap());
                say("250 ok");
            }
            "DATA" => {
                is_data = true;
                say("354 go on");
            }
            "RSET" => say("250 ok"),
            "QUIT" => return say("221 bye"),
            other => panic!("a mail server does not know {other}"),
        }
    }
}
