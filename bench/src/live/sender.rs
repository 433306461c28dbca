//! An edge object: seals a second's events, signs and sends the frame, waits for the acknowledgement.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use domain::rollup::Caps;
use domain::seal::{Folding, Sealed, Writer, seal};
use domain::window::{MINUTE_MS, SECOND_MS};
use domain::{hash, signature};
use e2e::key::EdgeKey;
use e2e::random::Random;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::frame::{
    Acknowledgement, FRAMES_PATH, FrameResult, HASH_HEADER, HELLO_PATH, Hello, HelloAnswer, KEY_ID_HEADER, RawEvent,
    SIGNATURE_HEADER, TIMESTAMP_HEADER, WIRE_VERSION,
};
use wire::realtime::SERIES_MINUTES;
use wire::site::Settings;
use wire::{Epoch, Id128, Seq};

use super::histogram::Histogram;
use super::site::Site;

/// Visitors of a site.
const VISITORS: u64 = 2_000;

/// Pages of a site.
const PAGES: u64 = 200;

/// An edge object of a site.
pub struct Sender {
    port: u16,
    stream: TcpStream,
    key_id: String,
    key: Vec<u8>,
    writer: Writer,
    next: Seq,
    site: Arc<Site>,
    random: Random,
    events: usize,
}

impl Sender {
    /// Says hello.
    ///
    /// # Errors
    /// When there is no welcome.
    pub async fn join(port: u16, key: &EdgeKey, site: Arc<Site>, number: usize, events: usize) -> Result<Self> {
        let stream = connect(port).await?;
        let bytes = signature::from_hex(&key.secret).context("a key")?;
        let edge_id = hash::of_fields(&[b"bench", &number.to_be_bytes()]);
        let writer = Writer { edge_id, epoch: Epoch(0), site: site.name.clone(), shard: 0 };
        let random = Random::new(number as u64 + 1);
        let mut sender =
            Self { port, stream, key_id: key.id.clone(), key: bytes, writer, next: Seq(1), site, random, events };
        let hello =
            Hello { wire_version: WIRE_VERSION, edge_id, site: sender.site.name.clone(), shard: 0, epoch: None };
        let answer = sender.post(HELLO_PATH, &rmp_serde::to_vec_named(&hello)?).await?;
        match serde_json::from_slice(&answer)? {
            HelloAnswer::Welcome { epoch } => sender.writer.epoch = epoch,
            HelloAnswer::UnknownSite { .. } => anyhow::bail!("there is no site {}", sender.site.name),
        }
        Ok(sender)
    }

    /// Sends the events of the last half hour, so that every minute has some.
    ///
    /// # Errors
    /// When they are not counted.
    pub async fn history(&mut self) -> Result<()> {
        for minute in (1..SERIES_MINUTES - 2).rev() {
            self.frame(minute * MINUTE_MS).await?;
        }
        Ok(())
    }

    /// Sends a frame each `pace` from `first` on until `end`. Answers how long the acknowledgements took.
    ///
    /// # Errors
    /// When one is not counted.
    pub async fn send(mut self, first: Instant, pace: Duration, end: Instant) -> Result<Histogram> {
        // The server closes what is idle for half a minute.
        self.stream = connect(self.port).await?;
        let mut took = Histogram::default();
        let mut at = first;
        while at < end {
            tokio::time::sleep_until(at.into()).await;
            took.add(self.frame(0).await?);
            at += pace;
        }
        Ok(took)
    }

    /// Makes, seals and sends a frame whose events are up to a second older than `age_ms`.
    async fn frame(&mut self, age_ms: u64) -> Result<Duration> {
        let (frame, oldest) = self.seal(age_ms)?;
        let number = self.site.send(self.events, oldest);
        let since = Instant::now();
        let answer = self.post(FRAMES_PATH, &frame.bytes).await?;
        let acknowledgement: Acknowledgement = serde_json::from_slice(&answer)?;
        ensure!(acknowledgement.result == FrameResult::Applied, "{acknowledgement:?}");
        self.site.acknowledge(number);
        self.next = frame.seq.next();
        Ok(since.elapsed())
    }

    /// A frame, and the age of its oldest event.
    fn seal(&mut self, age_ms: u64) -> Result<(Sealed, Duration)> {
        let now_ms = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
        let events: Vec<RawEvent> = (0..self.events).map(|_| self.event(now_ms - age_ms)).collect();
        let oldest_ms = events.iter().map(|event| event.at_ms).min().unwrap_or(now_ms);
        let settings = Settings::default();
        let folding =
            Folding { events: &events, changes: &[], outcomes: &[], settings: &settings, sealed_through_ms: now_ms };
        let mut sealed = seal(&folding, &self.writer, self.next, &mut Caps::default())?;
        ensure!(sealed.len() == 1, "{} events make {} frames", events.len(), sealed.len());
        Ok((sealed.remove(0), Duration::from_millis(now_ms - oldest_ms)))
    }

    fn event(&mut self, now_ms: u64) -> RawEvent {
        let mut below = |end: u64| u64::from(self.random.below(u32::try_from(end).unwrap_or(u32::MAX)));
        let visitor = below(VISITORS);
        let of = |choices: &[&str], at: u64| {
            choices.get(at as usize % choices.len()).copied().unwrap_or_default().to_owned()
        };
        let id = |kind: &[u8], number: u64| hash::of_fields(&[kind, &number.to_be_bytes()]);
        let page = below(PAGES).min(below(PAGES));
        RawEvent {
            id: Id128(
                (u128::from(below(1 << 31)) << 64 | u128::from(below(1 << 31)) << 32 | u128::from(visitor))
                    .to_be_bytes(),
            ),
            at_ms: now_ms - below(SECOND_MS),
            visitor: Some(id(b"visitor", visitor)),
            session: Some(id(b"session", visitor)),
            event_type: of(&["pageview", "pageview", "pageview", "click", "signup", "purchase"], below(6)),
            hostname: "shop.example".to_owned(),
            path: format!("/products/category-{}/item-{page}", page % 7),
            source: of(
                &[
                    "Direct",
                    "Google",
                    "Bing",
                    "news.example",
                    "Facebook",
                    "ChatGPT",
                    "Reddit",
                    "blog.example",
                    "Newsletter",
                    "DuckDuckGo",
                ],
                visitor,
            ),
            channel: of(&["direct", "organic_search", "referral", "social", "email"], visitor),
            country: of(&["DE", "US", "FR", "GB", "NL", "ES", "IT", "PL", "SE", "JP", "BR", "IN"], visitor),
            device: of(&["desktop", "mobile", "tablet"], visitor),
            browser: of(&["Chrome", "Firefox", "Safari"], visitor),
            os: of(&["Windows", "macOS", "Android", "iOS"], visitor),
            ..RawEvent::default()
        }
    }

    /// Posts a signed body; answers that of the 200 that comes.
    async fn post(&mut self, path: &str, body: &[u8]) -> Result<Vec<u8>> {
        let now_ms = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
        let hash = hash::of_bytes(body);
        let signature = signature::sign(&self.key, path, now_ms, hash);
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: {}\r\n{KEY_ID_HEADER}: {}\r\n\
             {TIMESTAMP_HEADER}: {now_ms}\r\n{HASH_HEADER}: {hash}\r\n{SIGNATURE_HEADER}: {signature}\r\n\r\n",
            body.len(),
            self.key_id
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.stream.write_all(&request).await?;
        let mut answer = Vec::new();
        loop {
            ensure!(self.stream.read_buf(&mut answer).await? > 0, "the server closed");
            let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { continue };
            let (head, rest) = answer.split_at(end + 4);
            let head = std::str::from_utf8(head)?.to_ascii_lowercase();
            let length =
                head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
            let length = length.context("an answer without length")?;
            if rest.len() >= length {
                ensure!(head.starts_with("http/1.1 200"), "{head}{}", String::from_utf8_lossy(rest));
                return Ok(rest.to_vec());
            }
        }
    }
}

async fn connect(port: u16) -> Result<TcpStream> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
