//! One Durable Object per `region:site#shard`: the single writer of that shard's counts.
//!
//! Taking in and giving out are two loops over the same storage ([`store`]):
//!
//! * [`intake`]: deduplicate, limit, identify, journal, answer. A reply leaves only when its batch is on disk.
//! * [`delivery`]: on the alarm, fold the journal into frames ([`sealing`]), send them oldest first, apply the answers.
//!
//! What the objects of one site share stands in object 0: the visitor keys ([`keys`]), and for workers the settings
//! ([`site`]).
#![allow(missing_docs, reason = "the macro writes methods that cannot carry comments")]

mod claim;
mod delivery;
mod group_commit;
mod identify;
mod intake;
mod keys;
mod name;
mod sealing;
mod site;
mod store;

use std::cell::{Cell, RefCell};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

use domain::delta::edge::Machine;
use domain::limit::Limits;
use domain::outcome::Outcomes;
use domain::recent::Recent;
use domain::rollup::Caps;
use domain::seal::Writer;
use futures_util::lock::Mutex;
use wire::Id128;
use worker::{Date, DurableObject, Env, Request, Response, State, durable_object};

use crate::message::{self, CLAIM, KEEP, KEY, SETTINGS};
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
    env: Env,
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
    /// How the site is counted, when that was last asked, and until when not to ask after a failure, Unix milliseconds.
    site: RefCell<Option<Rc<wire::site::Settings>>>,
    site_asked_at_ms: Cell<u64>,
    site_pause_until_ms: Cell<u64>,
    /// Held while asking for it.
    asking_site: Mutex<()>,
    /// What may be sent.
    limits: RefCell<Limits>,
    /// Events that were refused for that, not sealed yet.
    limited: RefCell<Outcomes>,
    /// Events accepted lately, once somebody sent one that can be recognised.
    recent: RefCell<Option<Recent>>,
    /// The values that recent minutes keep apart.
    caps: RefCell<Caps>,
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
        let bytes = request.bytes().await?;
        let now_ms = Date::now().as_millis();
        let answer = match request.path().as_str() {
            KEEP => message::encode(&intake::keep(&shard, message::decode(&bytes)?).await?)?,
            SETTINGS => message::encode(&intake::settings(&shard, &message::decode(&bytes)?, now_ms).await?)?,
            KEY => message::encode(&keys::answer(&shard, &message::decode(&bytes)?, now_ms).await?)?,
            CLAIM => message::encode(&claim::answer(&shard, message::decode(&bytes)?).await?)?,
            path => return Response::error(format!("an object has no {path}"), 404),
        };
        Response::from_bytes(answer)
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
        let site = store.site()?.map(Rc::new);
        Ok(Self {
            name,
            settings: Settings::read(env)?,
            env: env.clone(),
            store,
            writer: RefCell::new(writer),
            greeting: Mutex::new(()),
            unknown_until_ms: Cell::new(0),
            group: GroupCommit::default(),
            site: RefCell::new(site),
            site_asked_at_ms: Cell::new(0),
            site_pause_until_ms: Cell::new(0),
            asking_site: Mutex::new(()),
            limits: RefCell::default(),
            limited: RefCell::default(),
            recent: RefCell::default(),
            caps: RefCell::default(),
            alarm_at_ms: Cell::new(None),
            machine: RefCell::default(),
            state,
        })
    }

    /// What was accepted lately; read from the storage on first use.
    fn with_recent<T>(&self, look: impl FnOnce(&mut Recent) -> T) -> worker::Result<T> {
        let mut recent = self.recent.borrow_mut();
        let recent = match recent.as_mut() {
            Some(recent) => recent,
            None => recent.insert(self.store.recent()?),
        };
        Ok(look(recent))
    }

    /// Forgets events that did not become durable.
    fn take_back(&self, ids: impl IntoIterator<Item = Id128>) {
        if let Some(recent) = self.recent.borrow_mut().as_mut() {
            recent.take_back(ids);
        }
    }

    /// Drops all that is stored. The object is nobody again, and asks anew whether there is such a site.
    fn forget(&self) -> worker::Result<()> {
        self.store.forget()?;
        worker::console_log!("{}: the site was deleted, what was held of it is dropped", self.name);
        self.writer.replace(None);
        self.site.replace(None);
        self.recent.replace(None);
        self.caps.take();
        self.limited.take();
        Ok(())
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
