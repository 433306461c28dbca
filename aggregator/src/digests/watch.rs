//! Which editions are due.

use std::time::Duration;

use domain::digest::Edition;
use rusqlite::Connection;
use wire::digest::Rhythm;

use super::compose::{self, About};
use crate::clock::now_ms;
use crate::http::Shared;
use crate::http::refusal::Refusal;
use crate::ledger;
use crate::ledger::site::SiteKey;
use crate::ledger::subscriber::Wanting;

/// Between two looks: nobody waits for a letter to the second.
const EVERY: Duration = Duration::from_secs(5);

/// Takes up each edition when it is due, until the server stops. Without a mail server nothing is: what is due is taken
/// up when there is one.
pub async fn watch(service: &Shared) {
    if service.config.mail.is_none() {
        return;
    }
    loop {
        match service.lookups.read(ledger::subscriber::sites).await {
            Ok(sites) => {
                for site in sites {
                    if let Err(refusal) = look(service, site).await {
                        let problem = refusal.problem();
                        tracing::warn!(site = site.number(), "a digest is sent later: {}", problem.detail);
                    }
                }
            }
            Err(e) => tracing::warn!("digests are sent later: {e}"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Takes up what is due of a site.
async fn look(service: &Shared, site: SiteKey) -> Result<(), Refusal> {
    let read = move |connection: &Connection| {
        Ok((About::read(connection, site)?, ledger::subscriber::wanting(connection, site)?))
    };
    let (about, wanting) = service.lookups.read(read).await?;
    for rhythm in Rhythm::ALL {
        let Some(edition) = Edition::latest(rhythm, &about.zone, now_ms()) else { continue };
        let key = edition.key();
        let due: Vec<&Wanting> = wanting.iter().filter(|one| one.wants(rhythm, &key)).collect();
        if due.is_empty() {
            continue;
        }
        let edited = compose::compose(service, &about, &edition).await?;
        let mut letters = Vec::with_capacity(due.len());
        for one in due {
            letters.push((one.subscriber, edited.letter_to(service, one)?));
        }
        tracing::info!(site = site.number(), edition = key, letters = letters.len(), "a digest goes out");
        let write = move |connection: &Connection, now_ms| {
            for (subscriber, letter) in &letters {
                ledger::subscriber::take_up(connection, *subscriber, rhythm, &key, letter, now_ms)?;
            }
            Ok(())
        };
        service.writer.write(write).await?;
    }
    Ok(())
}
