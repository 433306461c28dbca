//! Each site's settings, as a worker knows them: from the site's object 0, for a few seconds.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use wire::site::Settings;
use worker::{Date, Env};

use crate::message::{self, AskSettings, SETTINGS, SiteAnswer};
use crate::settings;
use crate::shard::Name;

/// How long settings, or that there is no such site, are believed without asking again.
const BELIEVED_MS: u64 = 10_000;

/// Sites whose settings are kept; more, and all are asked for anew. A site's take a few hundred bytes.
const SITES_MAX: usize = 10_000;

/// When a site was asked about, and what was answered: none if there is no such site.
type Believed = (u64, Option<Rc<Settings>>);

thread_local! {
    static SITES: RefCell<BTreeMap<String, Believed>> = const { RefCell::new(BTreeMap::new()) };
}

/// How a site is counted; none if there is no such site.
///
/// `at_least`: a version that the worker has heard of; older ones are not believed
///
/// # Errors
/// When it cannot be told now.
pub async fn settings(site: &str, at_least: u64, env: &Env) -> worker::Result<Option<Rc<Settings>>> {
    let now_ms = Date::now().as_millis();
    let kept = SITES.with_borrow(|sites| sites.get(site).cloned());
    if let Some((at_ms, settings)) = kept {
        let is_recent = now_ms.saturating_sub(at_ms) < BELIEVED_MS;
        let version = settings.as_ref().map_or(0, |settings| settings.version);
        if is_recent && version >= at_least {
            return Ok(settings);
        }
    }
    let name = Name { region: settings::region(env)?, site: site.to_owned(), shard: 0 };
    let settings = match message::ask(env, &name, SETTINGS, &AskSettings { at_least }).await? {
        SiteAnswer::Known(settings) => Some(Rc::new(*settings)),
        SiteAnswer::Unknown => None,
        SiteAnswer::Busy => return Err(worker::Error::RustError("the site's settings are not known yet".to_owned())),
    };
    SITES.with_borrow_mut(|sites| {
        if sites.len() >= SITES_MAX {
            sites.clear();
        }
        sites.insert(site.to_owned(), (now_ms, settings.clone()));
    });
    Ok(settings)
}
