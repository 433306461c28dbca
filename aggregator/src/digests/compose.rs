//! An edition's numbers.

use std::sync::Arc;

use domain::digest::words::{self, Digest};
use domain::digest::{Edition, Part};
use domain::query::Told;
use domain::zone::Zone;
use rusqlite::Connection;
use wire::alert::Channel;
use wire::digest::Rhythm;
use wire::site::{Settings, VisitorMode};

use super::letter;
use crate::clock::now_ms;
use crate::http::Shared;
use crate::http::refusal::Refusal;
use crate::ledger::delivery::Send;
use crate::ledger::site::SiteKey;
use crate::ledger::subscriber::{Through, Wanting};
use crate::ledger::{self, LedgerError};
use crate::{outbox, questions};

/// What is known of a site whose digests are sent.
#[derive(Clone, Debug)]
pub struct About {
    /// The site.
    pub key: SiteKey,
    /// What it is called.
    pub name: String,
    /// How it is counted.
    pub settings: Settings,
    /// Whose clock its weeks are of.
    pub zone: Zone,
}

impl About {
    /// Reads it.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn read(connection: &Connection, key: SiteKey) -> Result<Self, LedgerError> {
        let settings = ledger::settings::read(connection, key)?;
        let zone = Zone::named(&settings.time_zone).unwrap_or_default();
        Ok(Self { key, name: ledger::site::name(connection, key)?, settings, zone })
    }

    /// The editions that whoever begins now is not sent.
    pub fn through(&self) -> Through {
        let key = |rhythm| Edition::latest(rhythm, &self.zone, now_ms()).map(|one| one.key()).unwrap_or_default();
        Through { weekly: key(Rhythm::Weekly), monthly: key(Rhythm::Monthly) }
    }
}

/// An edition in words, for all who are sent it.
pub struct Edited {
    digest: Digest,
    url: String,
    rhythm: Rhythm,
    site: String,
}

/// Asks about an edition and puts it into words.
///
/// # Errors
/// [`Refusal`] when its figures cannot be told now.
pub async fn compose(service: &Shared, about: &About, edition: &Edition) -> Result<Edited, Refusal> {
    let tracking_id = &about.settings.site;
    let has_goals = !about.settings.goals.is_empty();
    let mut answers: Vec<(Part, Arc<Told>)> = Vec::new();
    for part in Part::ALL {
        if !has_goals && matches!(part, Part::Conversions | Part::Goals) {
            continue;
        }
        match questions::answer(service, about.key, &edition.query(tracking_id, part)).await {
            Ok(answered) => answers.push((part, answered.told)),
            // What cannot be told of this site at all is left out; what cannot be told now is waited for.
            Err(refusal) if part != Part::Figures && refusal.problem().status < 500 => {
                tracing::warn!(site = about.key.number(), ?part, "left out of a digest: {}", refusal.problem().detail);
            }
            Err(refusal) => return Err(refusal),
        }
    }
    let told: Vec<(Part, &Told)> = answers.iter().map(|(part, told)| (*part, told.as_ref())).collect();
    let is_daily = about.settings.visitors == VisitorMode::Cookieless;
    let public_url = service.config.public_url();
    let origin = public_url.origin();
    let span = format!("{}~{}", edition.first, edition.last());
    Ok(Edited {
        digest: words::digest(edition, &about.name, &told, is_daily),
        url: format!("{origin}/sites/{tracking_id}?period=custom&date={span}"),
        rhythm: edition.rhythm,
        site: about.name.clone(),
    })
}

impl Edited {
    /// The letter of one subscriber.
    ///
    /// # Errors
    /// [`Refusal::Internal`] when the system gives no randomness.
    pub fn letter_to(&self, service: &Shared, to: &Wanting) -> Result<Send, Refusal> {
        let public_url = service.config.public_url();
        let origin = public_url.origin();
        let ends = letter::Ends {
            page: &format!("{origin}/unsubscribe#{}", to.token),
            post: &format!("{origin}/api/v1/unsubscribe/{}", to.token),
        };
        let letter = letter::letter(&self.digest, self.rhythm, &self.site, &self.url, &to.email, ends);
        let (channel, label) = (Channel::Mail { to: vec![to.email.clone()] }, self.rhythm.name().to_owned());
        Ok(Send { id: outbox::id()?, label, channel, payload: letter.into() })
    }
}
