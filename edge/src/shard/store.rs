//! The object's storage: all of its SQL, one method per transaction.
//!
//! Writes of one method are atomic, against crashes and against an error half-way: they run in the
//! runtime's `transactionSync`, which rolls back when its callback throws.

pub mod keys;
pub mod recent;
mod schema;
mod seen;
mod site;
mod visits;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use domain::delta::edge::Held;
use domain::seal::{self, Sealed, Writer};
use domain::visit::Known;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::ScopedClosure;
use wire::{Epoch, Id128, Seq};
use worker::js_sys::{Function, Reflect};
use worker::wasm_bindgen::JsValue;
use worker::{SqlStorage, SqlStorageValue, State};

use super::name::Name;

/// Bytes of journal and outbox before senders are told to come back: hours of a busy site, and a fraction of
/// the 10 GB an object may hold.
const HELD_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Journal rows folded at once, some 4 000 events: for as long as that takes, about 30 ms, no request is answered.
const JOURNAL_BYTES_AT_ONCE: usize = 1024 * 1024;

/// A batch on its way into the journal.
pub struct Batch {
    /// What it is recognised by; see [`super::claim`].
    pub key: Option<String>,
    /// Encoded list of [`Journaled`].
    pub events: Vec<u8>,
    /// Encoded outcomes of events that are not counted: `Vec<(outcome, reason, events)>`.
    pub outcomes: Vec<u8>,
    /// Ids of the events that their sender knows.
    pub ids: Vec<Id128>,
    /// What every retry is answered.
    pub answer: Vec<u8>,
    /// When it arrived.
    pub received_at_ms: u64,
}

/// An event in the journal.
#[derive(Serialize, Deserialize)]
pub struct Journaled {
    /// Its id.
    pub id: Id128,
    /// Keyed hash of the visitor; none for those who asked not to be told apart.
    pub visitor: Option<Id128>,
    /// Keyed hash of the session.
    pub session: Option<Id128>,
    /// Encoded [`wire::frame::RawEvent`], without ids.
    pub event: ByteBuf,
}

/// A journal row.
#[derive(Deserialize)]
pub struct Entry {
    /// Its position.
    pub id: f64,
    /// As [`Batch::events`].
    pub events: ByteBuf,
    /// As [`Batch::outcomes`]; no bytes for none.
    pub outcomes: ByteBuf,
    /// As [`Batch::ids`], packed.
    pub ids: ByteBuf,
    /// When it arrived, Unix milliseconds.
    pub at_ms: f64,
}

/// The storage of one object.
pub struct Store {
    sql: SqlStorage,
    /// The raw storage, for `transactionSync`.
    raw: JsValue,
    journal_bytes: Cell<u64>,
    outbox_bytes: Cell<u64>,
    /// Whether the tables exist. An object that never gets an epoch writes nothing.
    created: Cell<bool>,
    /// Visitor keys that were read.
    keys: RefCell<BTreeMap<u64, [u8; 16]>>,
    /// Visits that were read or written.
    visits: RefCell<Known>,
}

impl Store {
    /// Opens the storage and measures what it holds.
    pub fn open(state: &State) -> worker::Result<Self> {
        let storage = state.storage();
        let store = Self {
            sql: storage.sql(),
            raw: AsRef::<JsValue>::as_ref(storage.as_raw()).clone(),
            journal_bytes: Cell::new(0),
            outbox_bytes: Cell::new(0),
            created: Cell::new(false),
            keys: RefCell::default(),
            visits: RefCell::default(),
        };
        if store.count("SELECT count(*) AS n FROM sqlite_master WHERE name = 'writer'")? > 0 {
            schema::migrate(&store.sql)?;
            store.created.set(true);
            store.measure()?;
        }
        Ok(store)
    }

    /// Who this object is, if it ever was introduced.
    pub fn writer(&self, name: &Name) -> worker::Result<Option<Writer>> {
        #[derive(Deserialize)]
        struct Row {
            edge_id: ByteBuf,
            epoch: f64,
        }
        if !self.created.get() {
            return Ok(None);
        }
        let rows: Vec<Row> = self.read("SELECT edge_id, epoch FROM writer", vec![])?;
        let Some(row) = rows.first() else { return Ok(None) };
        let edge_id = id(&row.edge_id)?;
        Ok(Some(Writer { edge_id, epoch: Epoch(row.epoch as u64), site: name.site.clone(), shard: name.shard }))
    }

    /// Records the first epoch.
    pub fn begin(&self, writer: &Writer) -> worker::Result<()> {
        self.transaction(|| {
            schema::migrate(&self.sql)?;
            // What came in while another life of the site was forgotten is of that one.
            self.write("DELETE FROM journal", vec![])?;
            self.write_writer(writer, Seq(1))
        })?;
        self.created.set(true);
        self.measure()
    }

    /// Drops everything.
    pub fn forget(&self) -> worker::Result<()> {
        self.transaction(|| schema::EMPTIED.iter().try_for_each(|statement| self.write(statement, vec![])))?;
        self.keys.borrow_mut().clear();
        self.visits.take();
        self.measure()
    }

    /// Journals batches and remembers their ids.
    pub fn journal<'a>(&self, batches: impl Iterator<Item = &'a Batch> + Clone) -> worker::Result<()> {
        self.transaction(|| {
            for batch in batches.clone() {
                if !batch.events.is_empty() {
                    self.write(
                        "INSERT INTO journal (events, outcomes, ids, at_ms) VALUES (?, ?, ?, ?)",
                        vec![
                            batch.events.clone().into(),
                            batch.outcomes.clone().into(),
                            recent::packed(&batch.ids).into(),
                            number(batch.received_at_ms),
                        ],
                    )?;
                }
                self.write_seen(batch)?;
            }
            Ok(())
        })?;
        let bytes: u64 = batches.map(|batch| batch.events.len() as u64).sum();
        self.journal_bytes.set(self.journal_bytes.get() + bytes);
        Ok(())
    }

    /// The oldest journal rows, as many as are folded at once.
    pub fn journaled(&self) -> worker::Result<Vec<Entry>> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut bytes = 0;
        // Row by row: the rest of a long journal is not even looked at.
        for entry in self.sql.exec("SELECT id, events, outcomes, ids, at_ms FROM journal ORDER BY id", None)?.next() {
            let entry: Entry = entry?;
            bytes += entry.events.len();
            entries.push(entry);
            if bytes >= JOURNAL_BYTES_AT_ONCE {
                break;
            }
        }
        Ok(entries)
    }

    /// Puts frames into the outbox in place of the journal rows they were folded from, with what those changed of
    /// visits.
    pub fn seal(&self, frames: &[Sealed], entries: &[Entry], visits: Known) -> worker::Result<()> {
        let through = entries.last().map_or(0.0, |entry| entry.id);
        self.transaction(|| {
            self.write_frames(frames)?;
            if let Some(last) = frames.last() {
                self.write("UPDATE writer SET next_seq = ?", vec![number(last.seq.next().0)])?;
            }
            self.write_visits(&visits)?;
            self.write_recent(entries)?;
            self.write("DELETE FROM journal WHERE id <= ?", vec![through.into()])
        })?;
        self.remember_visits(visits);
        let unsealed: u64 = entries.iter().map(|entry| entry.events.len() as u64).sum();
        let sealed: u64 = frames.iter().map(|frame| frame.bytes.len() as u64).sum();
        self.journal_bytes.set(self.journal_bytes.get().saturating_sub(unsealed));
        self.outbox_bytes.set(self.outbox_bytes.get() + sealed);
        Ok(())
    }

    /// The number that the next frame gets.
    pub fn next_seq(&self) -> worker::Result<Seq> {
        self.count("SELECT next_seq AS n FROM writer").map(Seq)
    }

    /// Last frame held though it is applied, if any is.
    pub fn applied_through(&self) -> worker::Result<Seq> {
        self.count("SELECT applied_through AS n FROM writer").map(Seq)
    }

    /// The first frame from `seq` on.
    pub fn frame_from(&self, seq: Seq) -> worker::Result<Option<Sealed>> {
        let frames = self.read_frames(
            "SELECT seq, bytes, hash FROM outbox WHERE seq >= ? ORDER BY seq LIMIT 1",
            vec![number(seq.0)],
        )?;
        Ok(frames.into_iter().next())
    }

    /// Drops frames that the aggregator keeps safe, and remembers how far those after them are applied.
    pub fn settle(&self, forget_through: Seq, applied_through: Seq) -> worker::Result<()> {
        let bytes = "SELECT coalesce(sum(length(bytes)), 0) AS n FROM outbox WHERE seq <= ?";
        let dropped = self.count_with(bytes, vec![number(forget_through.0)])?;
        self.transaction(|| {
            if applied_through > forget_through {
                self.write("UPDATE writer SET applied_through = ?", vec![number(applied_through.0)])?;
            }
            self.write("DELETE FROM outbox WHERE seq <= ?", vec![number(forget_through.0)])
        })?;
        self.outbox_bytes.set(self.outbox_bytes.get().saturating_sub(dropped));
        Ok(())
    }

    /// Sets a frame aside.
    pub fn quarantine(&self, seq: Seq) -> worker::Result<()> {
        self.transaction(|| {
            self.write("INSERT INTO quarantine (bytes) SELECT bytes FROM outbox WHERE seq = ?", vec![number(seq.0)])?;
            self.write("DELETE FROM outbox WHERE seq = ?", vec![number(seq.0)])
        })?;
        self.measure()
    }

    /// Starts a new epoch: all held frames are written anew in their order, from 1. One at a time, for all of
    /// them together may not fit in memory.
    pub fn renew(&self, writer: &Writer) -> worker::Result<()> {
        #[derive(Deserialize)]
        struct Row {
            seq: f64,
        }
        self.transaction(|| {
            let held: Vec<Row> = self.read("SELECT seq FROM outbox ORDER BY seq", vec![])?;
            let mut next = Seq(1);
            for seq in held.iter().map(|row| Seq(row.seq as u64)) {
                // A new number is never above the old one, so it meets no frame that is still to come.
                let Some(frame) = self.frame_from(seq)? else { continue };
                let renewed = seal::renumber(&frame.bytes, writer.epoch, next)
                    .map_err(|e| worker::Error::RustError(e.to_string()))?;
                self.write("DELETE FROM outbox WHERE seq = ?", vec![number(seq.0)])?;
                self.write_frames(&[renewed])?;
                next = next.next();
            }
            self.write_writer(writer, next)
        })?;
        self.measure()
    }

    /// Forgets batches, events, visits and visitor keys whose time is over.
    pub fn expire(&self, now_ms: u64) -> worker::Result<()> {
        if !self.created.get() {
            return Ok(());
        }
        self.transaction(|| {
            self.expire_seen(now_ms)?;
            self.expire_recent(now_ms)?;
            self.expire_visits(now_ms)?;
            self.destroy_keys(now_ms)
        })
    }

    /// How much waits for delivery, or to become stable.
    pub fn held(&self) -> Held {
        Held { journal_bytes: self.journal_bytes.get(), outbox_bytes: self.outbox_bytes.get() }
    }

    /// Whether too much waits for delivery to take more.
    pub fn is_full(&self) -> bool {
        self.journal_bytes.get() + self.outbox_bytes.get() > HELD_BYTES_MAX
    }

    fn measure(&self) -> worker::Result<()> {
        self.journal_bytes.set(self.count("SELECT coalesce(sum(length(events)), 0) AS n FROM journal")?);
        self.outbox_bytes.set(self.count("SELECT coalesce(sum(length(bytes)), 0) AS n FROM outbox")?);
        Ok(())
    }

    fn write_writer(&self, writer: &Writer, next: Seq) -> worker::Result<()> {
        self.write(
            "INSERT INTO writer (one, edge_id, epoch, next_seq) VALUES (1, ?, ?, ?)
             ON CONFLICT (one) DO UPDATE
             SET epoch = excluded.epoch, next_seq = excluded.next_seq, applied_through = 0",
            vec![writer.edge_id.0.to_vec().into(), number(writer.epoch.0), number(next.0)],
        )
    }

    fn write_frames(&self, frames: &[Sealed]) -> worker::Result<()> {
        for frame in frames {
            self.write(
                "INSERT INTO outbox (seq, bytes, hash) VALUES (?, ?, ?)",
                vec![number(frame.seq.0), frame.bytes.clone().into(), frame.hash.0.to_vec().into()],
            )?;
        }
        Ok(())
    }

    fn read_frames(&self, query: &str, bindings: Vec<SqlStorageValue>) -> worker::Result<Vec<Sealed>> {
        #[derive(Deserialize)]
        struct Row {
            seq: f64,
            bytes: ByteBuf,
            hash: ByteBuf,
        }
        let rows: Vec<Row> = self.read(query, bindings)?;
        rows.into_iter()
            .map(|row| Ok(Sealed { seq: Seq(row.seq as u64), hash: id(&row.hash)?, bytes: row.bytes.into_vec() }))
            .collect()
    }

    fn read<T: serde::de::DeserializeOwned>(
        &self,
        query: &str,
        bindings: Vec<SqlStorageValue>,
    ) -> worker::Result<Vec<T>> {
        self.sql.exec(query, bindings)?.to_array()
    }

    fn write(&self, statement: &str, bindings: Vec<SqlStorageValue>) -> worker::Result<()> {
        self.sql.exec(statement, bindings).map(|_| ())
    }

    /// The only number that a query answers, named `n`.
    fn count(&self, query: &str) -> worker::Result<u64> {
        self.count_with(query, vec![])
    }

    fn count_with(&self, query: &str, bindings: Vec<SqlStorageValue>) -> worker::Result<u64> {
        #[derive(Deserialize)]
        struct Row {
            n: f64,
        }
        let rows: Vec<Row> = self.read(query, bindings)?;
        Ok(rows.first().map_or(0, |row| row.n as u64))
    }

    /// Runs `writes` in one transaction, which an error rolls back as a whole.
    fn transaction(&self, writes: impl Fn() -> worker::Result<()>) -> worker::Result<()> {
        let begin: Function = Reflect::get(&self.raw, &"transactionSync".into())?.dyn_into()?;
        let writes = || writes().map_err(JsValue::from);
        let callback = ScopedClosure::<dyn Fn() -> Result<(), JsValue>>::borrow_assert_unwind_safe(&writes);
        begin.call1(&self.raw, callback.as_js_value())?;
        Ok(())
    }
}

/// A whole number, exact below 2^53: times, sizes, days, and positions that grow by one.
fn number(value: u64) -> SqlStorageValue {
    SqlStorageValue::Float(value as f64)
}

fn id(bytes: &[u8]) -> worker::Result<Id128> {
    let sixteen = bytes.try_into().map_err(|_| worker::Error::RustError("a stored id is not 16 bytes".to_owned()))?;
    Ok(Id128(sixteen))
}
