//! One group of jobs in one transaction. Later frames of the group see what earlier ones did.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::delta::intake::{self, Effect, Mark};
use domain::reconcile::{self, DaySums};
use domain::seal;
use rusqlite::Connection;
use wire::Id128;
use wire::frame::{Acknowledgement, Born, FrameResult, Hello, HelloAnswer, OutcomeRow};
use wire::frame_view::FrameView;

use super::check::{CheckedFrame, Refused};
use super::job::{Answer, Job, Reply};
use super::replay::Replays;
use crate::config::StableAfter;
use crate::ledger::frame::{Entry, Place};
use crate::ledger::hot::Pieces;
use crate::ledger::reconciliation::Delivered;
use crate::ledger::site::SiteKey;
use crate::ledger::{self, LedgerError, begin};

/// What a frame adds.
struct News {
    pieces: Pieces,
    outcomes: Vec<OutcomeRow>,
    events: u64,
    kept_events: u64,
    days: DaySums,
    logged_at_ms: u64,
    /// For the log.
    bytes: Bytes,
}

/// What a counted frame says, to be added to what is hot.
pub(super) struct Counted {
    /// Its site.
    pub site: SiteKey,
    /// Where it stands in the log.
    pub position: i64,
    /// What it says.
    pub pieces: Pieces,
    /// Length of its bytes.
    pub bytes: usize,
}

/// A group that is durable.
pub(super) struct Committed {
    /// What it counted, in the order of the log.
    pub counted: Vec<Counted>,
    /// Sites whose data changed, and the versions since.
    pub changed: BTreeMap<SiteKey, u64>,
    /// To be called once all of it is hot.
    pub answers: Vec<Answer>,
}

/// Does all jobs or, on an error, none. What `replays` learned from a group that was not written is wrong then.
pub(super) fn commit(
    connection: &mut Connection,
    mut jobs: Vec<Job>,
    replays: &mut Replays,
    stable_after: StableAfter,
    now_ms: u64,
) -> Result<Committed, LedgerError> {
    let transaction = begin(connection)?;
    let mut group = Group {
        connection: &transaction,
        replays,
        stable_after,
        now_ms,
        counted: Vec::new(),
        delivered: Delivered::default(),
        changed: BTreeMap::new(),
    };
    let mut answers = Vec::with_capacity(jobs.len());
    // Frames of one edge travel side by side and may overtake each other.
    jobs.sort_by_key(Job::place);
    for job in jobs {
        answers.extend(group.run(job)?);
    }
    let Group { counted, delivered, mut changed, .. } = group;
    delivered.write(&transaction)?;
    for (site, version) in &mut changed {
        *version = ledger::site::advance_version(&transaction, *site)?;
    }
    transaction.commit()?;
    Ok(Committed { counted, changed, answers })
}

struct Group<'a> {
    connection: &'a Connection,
    replays: &'a mut Replays,
    stable_after: StableAfter,
    now_ms: u64,
    counted: Vec<Counted>,
    delivered: Delivered,
    changed: BTreeMap<SiteKey, u64>,
}

impl Group<'_> {
    fn run(&mut self, job: Job) -> Result<Option<Answer>, LedgerError> {
        Ok(match job {
            Job::Frame(checked, reply, _place) => Some(answer(reply, self.count(*checked)?)),
            Job::Refuse(refused, reply, _place) => Some(answer(reply, self.refuse(*refused)?)),
            Job::Hello(hello, reply) => Some(answer(reply, self.welcome(&hello)?)),
            Job::Write(work) => ledger::apart(self.connection, |connection| work(connection, self.now_ms))?,
            Job::Probe(reply) => Some(answer(reply, ledger::probe::write(self.connection)?)),
            // Not of a group.
            Job::Checkpoint(..) | Job::Absorb(..) | Job::Retain(_) | Job::Stop => None,
        })
    }

    fn count(&mut self, checked: CheckedFrame) -> Result<Acknowledgement, LedgerError> {
        let (edge, hash) = (checked.frame.edge_id, checked.hash);
        let Some(site) = ledger::site::find(self.connection, &checked.frame.site)? else {
            if ledger::deletion::is_deleted(self.connection, &checked.frame.site)? {
                // Nothing of it is kept, not even to be looked at.
                let detail = "frame: its site was deleted".to_owned();
                return Ok(acknowledgement(FrameResult::Rejected, self.mark_of(Some(edge))?, Some(detail)));
            }
            let detail = format!("frame: there is no site {}", checked.frame.site);
            return self.refuse(Refused { edge: Some(edge), hash, bytes: checked.bytes, detail });
        };
        let mark = ledger::mark::newest(self.connection, edge)?;
        let place = Place { edge, epoch: checked.frame.epoch, seq: checked.frame.seq };
        let counted = ledger::frame::counted_hash(self.connection, place)?;
        let verdict = intake::judge(mark, &checked.frame, hash, counted);
        match (verdict.effect, verdict.mark) {
            (Effect::Count | Effect::CountNews, Some(moved)) => {
                let sealed_through_ms = checked.frame.sealed_through_ms;
                ledger::mark::advance(self.connection, edge, moved, sealed_through_ms, self.now_ms)?;
                let born = seal::born(&checked.frame, hash);
                let News { pieces, outcomes, events, kept_events, days, logged_at_ms, bytes } =
                    self.news(checked, born, site)?;
                let entry = Entry { place, site, hash, born, events, kept_events, bytes: &bytes };
                let position = ledger::frame::append(self.connection, &entry, logged_at_ms)?;
                ledger::outcome::add(self.connection, site, &outcomes)?;
                self.delivered.add(site, edge, &days);
                self.counted.push(Counted { site, position, pieces, bytes: bytes.len() });
                self.changed.entry(site).or_default();
            }
            (Effect::SetAside, _) => {
                tracing::error!(%edge, epoch = place.epoch.0, seq = place.seq.0, "forked frame set aside");
                ledger::quarantine::keep(self.connection, hash, "forked", &checked.bytes, self.now_ms)?;
            }
            _ => {}
        }
        self.acknowledgement(verdict.result, edge, verdict.mark, site)
    }

    fn acknowledgement(
        &self,
        result: FrameResult,
        edge: Id128,
        mark: Option<Mark>,
        site: SiteKey,
    ) -> Result<Acknowledgement, LedgerError> {
        let settings_version = ledger::settings::version(self.connection, site)?;
        let answer = acknowledgement(result, mark, None);
        let stable_through = match self.stable_after {
            StableAfter::Commit => answer.applied_through,
            // A ledger that was set back knows of backups that have more than itself.
            StableAfter::Backup => {
                ledger::backup::stable_through(self.connection, edge, answer.epoch)?.min(answer.applied_through)
            }
        };
        Ok(Acknowledgement { settings_version, stable_through, ..answer })
    }

    /// What a frame adds, and its bytes for the log: all of it, or of a replayed frame the part that is news.
    fn news(&mut self, checked: CheckedFrame, born: Born, site: SiteKey) -> Result<News, LedgerError> {
        let CheckedFrame { frame, kept_events, days, logged_from_ms, bytes, pieces, .. } = checked;
        if !frame.replayed {
            self.replays.forget(frame.edge_id);
            let (outcomes, events) = (frame.outcomes, u64::from(frame.event_count));
            let logged_at_ms = self.now_ms.max(logged_from_ms);
            return Ok(News { pieces, outcomes, events, kept_events, days, logged_at_ms, bytes });
        }
        let news = self.replays.news(self.connection, frame, born, site)?;
        let damaged = |what: String| LedgerError::Damaged(format!("a replayed frame: {what}"));
        let bytes: Bytes = news.encode().map_err(|e| damaged(e.to_string()))?.into();
        let view = FrameView::decode(&bytes).map_err(|e| damaged(e.to_string()))?;
        seal::check(&view).map_err(|e| damaged(e.to_string()))?;
        Ok(News {
            days: reconcile::of_frame(&news),
            logged_at_ms: intake::logged_at_ms(news.rows.iter().map(|row| row.start_ms), self.now_ms),
            pieces: Pieces::of(&bytes, &view.rows),
            events: u64::from(news.event_count),
            kept_events: news.events.len() as u64,
            outcomes: news.outcomes,
            bytes,
        })
    }

    fn refuse(&mut self, refused: Refused) -> Result<Acknowledgement, LedgerError> {
        let Refused { edge, hash, bytes, detail } = refused;
        tracing::error!(edge = ?edge, detail, "rejected frame set aside");
        ledger::quarantine::keep(self.connection, hash, &detail, &bytes, self.now_ms)?;
        let mark = self.mark_of(edge)?;
        Ok(acknowledgement(FrameResult::Rejected, mark, Some(detail)))
    }

    fn mark_of(&self, edge: Option<Id128>) -> Result<Option<Mark>, LedgerError> {
        edge.map_or(Ok(None), |edge| ledger::mark::newest(self.connection, edge))
    }

    fn welcome(&mut self, hello: &Hello) -> Result<HelloAnswer, LedgerError> {
        let Some(site) = ledger::site::find(self.connection, &hello.site)? else {
            let is_deleted = ledger::deletion::is_deleted(self.connection, &hello.site)?;
            return Ok(HelloAnswer::UnknownSite { is_deleted });
        };
        let newest = ledger::mark::newest(self.connection, hello.edge_id)?;
        let epoch = intake::next_epoch(newest, hello);
        ledger::mark::open(self.connection, hello, site, epoch, self.now_ms)?;
        Ok(HelloAnswer::Welcome { epoch })
    }
}

fn answer<T: Send + 'static>(reply: Reply<T>, value: T) -> Answer {
    Box::new(move || {
        // An asker that has gone away learns it by asking again.
        let _ = reply.send(value);
    })
}

/// An answer by which an edge forgets nothing.
fn acknowledgement(result: FrameResult, mark: Option<Mark>, detail: Option<String>) -> Acknowledgement {
    intake::acknowledge(result, mark, None, detail)
}

#[cfg(test)]
mod tests;
