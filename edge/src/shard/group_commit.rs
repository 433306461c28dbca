//! Puts the batches of a few milliseconds into one transaction. A commit is bound by the disk (~5 ms), so
//! one for each request would hold an object to 200 requests a second; in groups it takes over a thousand.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use domain::delta::edge::SEAL_DELAY_MS;
use futures_channel::oneshot;
use worker::Delay;

use super::Shard;
use super::store::Batch;

/// How long the first batch of a group waits for others.
const WINDOW: Duration = Duration::from_millis(10);

/// Bytes that may wait for a commit: 16 of the largest bodies. Beyond, senders are told to come back.
const WAITING_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The batches that wait.
#[derive(Default)]
pub struct GroupCommit {
    waiting: RefCell<Vec<Waiting>>,
    waiting_bytes: Cell<usize>,
    scheduled: Cell<bool>,
}

struct Waiting {
    batch: Rc<Batch>,
    done: Vec<oneshot::Sender<Outcome>>,
}

/// The batch as committed; none when the commit failed and nothing was kept.
pub type Outcome = Option<Rc<Batch>>;

/// Journals a batch and returns when that is durable; none if it failed or too much waits already.
pub async fn commit(shard: &Rc<Shard>, batch: Batch) -> Outcome {
    let group = &shard.group;
    let size = batch.events.len();
    if group.waiting_bytes.get() + size > WAITING_BYTES_MAX {
        shard.take_back(batch.ids);
        return None;
    }
    group.waiting_bytes.set(group.waiting_bytes.get() + size);
    let (sender, receiver) = oneshot::channel();
    group.waiting.borrow_mut().push(Waiting { batch: Rc::new(batch), done: vec![sender] });
    if !group.scheduled.replace(true) {
        let shard = Rc::clone(shard);
        // Not awaited here: were this request cut off, the others of its group would wait for ever.
        shard.clone().state.wait_until(async move {
            Delay::from(WINDOW).await;
            flush(&shard).await;
        });
    }
    receiver.await.ok().flatten()
}

/// If a batch of that key waits already, the outcome of its commit.
pub fn join(shard: &Shard, key: &str) -> Option<oneshot::Receiver<Outcome>> {
    let mut waiting = shard.group.waiting.borrow_mut();
    let same = waiting.iter_mut().find(|waiting| waiting.batch.key.as_deref() == Some(key))?;
    let (sender, receiver) = oneshot::channel();
    same.done.push(sender);
    Some(receiver)
}

/// Whether a batch of that key waits.
pub fn holds(shard: &Shard, key: &str) -> bool {
    shard.group.waiting.borrow().iter().any(|waiting| waiting.batch.key.as_deref() == Some(key))
}

/// Waits until all that waits now is durable, or failed.
pub async fn settled(shard: &Shard) {
    let (sender, receiver) = oneshot::channel();
    // All that waits is one transaction.
    match shard.group.waiting.borrow_mut().first_mut() {
        Some(waiting) => waiting.done.push(sender),
        None => return,
    }
    let _ = receiver.await;
}

async fn flush(shard: &Shard) {
    let group = &shard.group;
    group.scheduled.set(false);
    group.waiting_bytes.set(0);
    let waiting = group.waiting.take();
    let written = shard.store.journal(waiting.iter().map(|waiting| waiting.batch.as_ref()));
    if let Err(error) = &written {
        worker::console_error!("{}: commit failed: {error}", shard.name);
        shard.take_back(waiting.iter().flat_map(|waiting| waiting.batch.ids.iter().copied()));
    } else {
        shard.wake_within(SEAL_DELAY_MS).await;
    }
    for Waiting { batch, done } in waiting {
        for sender in done {
            // A sender that went away will retry and be answered from `seen`.
            let _ = sender.send(written.is_ok().then(|| Rc::clone(&batch)));
        }
    }
}
