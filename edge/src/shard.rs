//! One Durable Object per `region:site#shard`: the single writer of that shard's counts.
//!
//! Taking in and giving out are two loops over the same storage ([`store`]):
//!
//! * [`intake`]: identify, deduplicate, journal, answer. A reply leaves only when its batch is on disk.
//! * [`delivery`]: on the alarm, fold the journal into frames, send them oldest first, apply the answers.
#![allow(missing_docs, reason = "the macro writes methods that cannot carry comments")]

mod delivery;
mod group_commit;
mod intake;
mod name;
mod store;

use std::cell::{Cell, RefCell};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

use domain::delta::edge::Machine;
use domain::seal::Writer;
use futures_util::lock::Mutex;
use worker::{Date, DurableObject, Env, Request, Response, State, durable_object};

use crate::message;
use crate::settings::Settings;
use group_commit::GroupCommit;
pub use name::Name;
use store::Store;

/// The object. Its state lives behind `Rc`, so that a commit outlives the request that began it.
#[durable_object]
pub struct SiteShard {
    shard: worker::Result<Rc<Shard>>,
}

// A panic leaves behind at most a batch that was neither journaled nor answered: all durable state changes
// happen in transactions of the store.
impl UnwindSafe for SiteShard {}
impl RefUnwindSafe for SiteShard {}

struct Shard {
    state: State,
    name: Name,
    settings: Settings,
    store: Store,
    /// The identity under which frames are sealed; none before the first hello.
    writer: RefCell<Option<Writer>>,
    /// Held while saying hello, so that one object asks once.
    greeting: Mutex<()>,
    /// Until when a site that the aggregator did not know is taken as unknown, Unix milliseconds.
    unknown_until_ms: Cell<u64>,
    group: GroupCommit,
    /// When the alarm rings, as far as this instance set it, Unix milliseconds.
    alarm_at_ms: Cell<Option<u64>>,
    /// Orders the steps of delivery.
    machine: RefCell<Machine>,
}

impl DurableObject for SiteShard {
    fn new(state: State, env: Env) -> Self {
        Self { shard: Shard::open(state, &env).map(Rc::new) }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let shard = match &self.shard {
            Ok(shard) => Rc::clone(shard),
            Err(error) => return Response::error(error.to_string(), 500),
        };
        let keep = message::decode(&request.bytes().await?)?;
        let kept = intake::keep(&shard, keep).await?;
        Response::from_bytes(message::encode(&kept)?)
    }

    async fn alarm(&self) -> worker::Result<Response> {
        // An error out of here would use up one of the runtime's six retries, after which an alarm is lost.
        match &self.shard {
            Ok(shard) => delivery::alarm(shard).await,
            Err(error) => worker::console_error!("alarm without storage: {error}"),
        }
        Response::empty()
    }
}

impl Shard {
    fn open(state: State, env: &Env) -> worker::Result<Self> {
        let name: Name = state.id().name().ok_or("the object has no name")?.parse()?;
        let store = Store::open(&state)?;
        let writer = store.writer(&name)?;
        Ok(Self {
            name,
            settings: Settings::read(env)?,
            store,
            writer: RefCell::new(writer),
            greeting: Mutex::new(()),
            unknown_until_ms: Cell::new(0),
            group: GroupCommit::default(),
            alarm_at_ms: Cell::new(None),
            machine: RefCell::default(),
            state,
        })
    }

    /// Makes sure that the alarm rings within `delay_ms`. An object has one alarm: an earlier one stays.
    async fn wake_within(&self, delay_ms: u64) {
        let at_ms = Date::now().as_millis() + delay_ms;
        if self.alarm_at_ms.get().is_some_and(|set| set <= at_ms) {
            return;
        }
        self.alarm_at_ms.set(Some(at_ms));
        if let Err(error) = self.state.storage().set_alarm(delay_ms as i64).await {
            self.alarm_at_ms.set(None);
            worker::console_error!("{}: cannot set the alarm: {error}", self.name);
        }
    }
}
