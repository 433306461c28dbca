//! One group of jobs in one transaction. Later frames of the group see what earlier ones did.

use std::collections::BTreeSet;

use domain::delta::intake::{self, Effect, Mark};
use domain::rollup::Rollup;
use domain::seal;
use rusqlite::Connection;
use wire::Id128;
use wire::frame::{Acknowledgement, Born, Frame, FrameResult, Hello, HelloAnswer, OutcomeRow, RollupRow};

use super::check::{CheckedFrame, Refused};
use super::job::{Answer, Job, Reply};
use super::replay::Replays;
use crate::config::StableAfter;
use crate::ledger::frame::{Entry, Place};
use crate::ledger::rollup::Additions;
use crate::ledger::site::SiteKey;
use crate::ledger::{self, LedgerError, begin};

/// Rows with their decoded rollups.
type Rows = Vec<(RollupRow, Rollup)>;

/// What a frame adds.
struct News {
    rollups: Rows,
    outcomes: Vec<OutcomeRow>,
    /// For the log.
    bytes: Vec<u8>,
}

/// A group that is durable.
pub(super) struct Committed {
    /// To be called now.
    pub answers: Vec<Answer>,
    /// Sites whose data changed.
    pub changed: BTreeSet<SiteKey>,
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
        additions: Additions::default(),
        changed: BTreeSet::new(),
    };
    let mut answers = Vec::with_capacity(jobs.len());
    // Frames of one edge travel side by side and may overtake each other.
    jobs.sort_by_key(Job::place);
    for job in jobs {
        answers.extend(group.run(job)?);
    }
    let Group { additions, changed, .. } = group;
    additions.write(&transaction)?;
    for site in &changed {
        ledger::site::advance_version(&transaction, *site)?;
    }
    transaction.commit()?;
    Ok(Committed { answers, changed })
}

struct Group<'a> {
    connection: &'a Connection,
    replays: &'a mut Replays,
    stable_after: StableAfter,
    now_ms: u64,
    /// What the counted frames add, merged before the ledger's rows are touched: each is written once a group.
    additions: Additions,
    changed: BTreeSet<SiteKey>,
}

impl Group<'_> {
    fn run(&mut self, job: Job) -> Result<Option<Answer>, LedgerError> {
        Ok(match job {
            Job::Frame(checked, reply, _place) => Some(answer(reply, self.count(*checked)?)),
            Job::Refuse(refused, reply, _place) => Some(answer(reply, self.refuse(*refused)?)),
            Job::Hello(hello, reply) => Some(answer(reply, self.welcome(&hello)?)),
            Job::Write(work) => ledger::apart(self.connection, |connection| work(connection, self.now_ms))?,
            Job::Probe(reply) => Some(answer(reply, ledger::probe::write(self.connection)?)),
            Job::Stop => None,
        })
    }

    fn count(&mut self, checked: CheckedFrame) -> Result<Acknowledgement, LedgerError> {
        let CheckedFrame { frame, hash, bytes, rollups } = checked;
        let edge = frame.edge_id;
        let Some(site) = ledger::site::find(self.connection, &frame.site)? else {
            let detail = format!("frame: there is no site {}", frame.site);
            return self.refuse(Refused { edge: Some(edge), hash, bytes, detail });
        };
        let mark = ledger::mark::newest(self.connection, edge)?;
        let place = Place { edge, epoch: frame.epoch, seq: frame.seq };
        let counted = ledger::frame::counted_hash(self.connection, place)?;
        let verdict = intake::judge(mark, &frame, hash, counted);
        match (verdict.effect, verdict.mark) {
            (Effect::Count | Effect::CountNews, Some(moved)) => {
                ledger::mark::advance(self.connection, edge, moved)?;
                let born = seal::born(&frame, hash);
                let News { rollups, outcomes, bytes } = self.news(frame, born, site, rollups, bytes)?;
                let at_ms = intake::logged_at_ms(rollups.iter().map(|(row, _)| row), self.now_ms);
                let entry = Entry { place, site, hash, born, bytes: &bytes };
                ledger::frame::append(self.connection, &entry, at_ms)?;
                ledger::outcome::add(self.connection, site, &outcomes)?;
                for (row, rollup) in &rollups {
                    self.additions.add(site, row.dimension, row.start_ms, &row.value, rollup);
                }
                self.changed.insert(site);
            }
            (Effect::SetAside, _) => {
                tracing::error!(%edge, epoch = frame.epoch.0, seq = frame.seq.0, "forked frame set aside");
                ledger::quarantine::keep(self.connection, hash, "forked", &bytes, self.now_ms)?;
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
    fn news(
        &mut self,
        mut frame: Frame,
        born: Born,
        site: SiteKey,
        rollups: Rows,
        bytes: Vec<u8>,
    ) -> Result<News, LedgerError> {
        if !frame.replayed {
            self.replays.forget(frame.edge_id);
            return Ok(News { rollups, outcomes: frame.outcomes, bytes });
        }
        frame.rows = rollups.into_iter().map(|(row, _)| row).collect();
        let mut news = self.replays.news(self.connection, frame, born, site)?;
        let damaged = |what: String| LedgerError::Damaged(format!("a replayed frame: {what}"));
        let bytes = news.encode().map_err(|e| damaged(e.to_string()))?;
        let rollups = seal::rollups(&news).map_err(|e| damaged(e.to_string()))?;
        let rollups = std::mem::take(&mut news.rows).into_iter().zip(rollups).collect();
        Ok(News { rollups, outcomes: news.outcomes, bytes })
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
            return Ok(HelloAnswer::UnknownSite);
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
