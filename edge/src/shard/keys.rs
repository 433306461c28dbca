//! The visitor keys of a site: drawn by its object 0, so that all of its objects know a visitor by the same id.

use std::rc::Rc;

use domain::window::DAY_MS;

use super::intake::{Introduced, introduced};
use super::store::keys::LASTING;
use super::{Name, Shard};
use crate::message::{self, AskKey, KEY};
use crate::random;

/// The key of a UTC day, or the [`LASTING`] one.
pub async fn key(shard: &Rc<Shard>, day: u64) -> worker::Result<[u8; 16]> {
    if let Some(key) = shard.store.visitor_key(day)? {
        return Ok(key);
    }
    let key = if shard.name.shard == 0 {
        random::bytes()?
    } else {
        let root = Name { shard: 0, ..shard.name.clone() };
        message::ask(&shard.env, &root, KEY, &AskKey { day }).await?
    };
    shard.store.put_visitor_key(day, key)?;
    // While the other object was asked, another request may have stored it.
    Ok(shard.store.visitor_key(day)?.unwrap_or(key))
}

/// Answers another object of the site. Nobody needs the key of another day than today, by any clock.
pub async fn answer(shard: &Rc<Shard>, asked: &AskKey, now_ms: u64) -> worker::Result<[u8; 16]> {
    let is_due = asked.day == LASTING || asked.day.abs_diff(now_ms / DAY_MS) <= 1;
    if shard.name.shard != 0 || !is_due {
        return Err(worker::Error::RustError(format!("no key of day {} here", asked.day)));
    }
    if introduced(shard, now_ms).await? != Introduced::Yes {
        return Err(worker::Error::RustError("the site is not known yet".to_owned()));
    }
    let key = key(shard, asked.day).await?;
    // Its time ends on an alarm, even if this object never gets an event.
    shard.wake_within(DAY_MS).await;
    Ok(key)
}
