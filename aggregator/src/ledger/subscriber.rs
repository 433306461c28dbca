//! Who is sent a site's digests.

use rusqlite::{Connection, OptionalExtension, Row, params};
use wire::digest::{DIGEST_ADDRESSES_MAX, DigestChoice, NewSubscriber, Rhythm, SentDigest, Subscriber, Unsubscribing};

use super::delivery::{self, Of, Send};
use super::site::SiteKey;
use super::user::UserKey;
use super::{LedgerError, stored};

/// Deliveries of one subscriber that are remembered.
const REMEMBERED: i64 = 10;

/// Letters to one subscriber that may wait where one more is asked for: the week's, the month's, and one that was asked for
/// before.
const WAITING_MAX: i64 = 3;

/// A subscriber to whom editions may be due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanting {
    /// Names them.
    pub subscriber: i64,
    /// Where to.
    pub email: String,
    /// By which they end it.
    pub token: String,
    /// What they want.
    pub choice: DigestChoice,
    /// The latest edition that was sent, of each rhythm.
    weekly_through: String,
    monthly_through: String,
}

impl Wanting {
    /// Whether an edition is to be sent.
    pub fn wants(&self, rhythm: Rhythm, key: &str) -> bool {
        let through = match rhythm {
            Rhythm::Weekly => &self.weekly_through,
            Rhythm::Monthly => &self.monthly_through,
        };
        self.choice.has(rhythm) && through.as_str() < key
    }
}

/// Editions that are not sent any more to who begins now: the latest of each rhythm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Through {
    /// Of the weekly ones.
    pub weekly: String,
    /// Of the monthly ones.
    pub monthly: String,
}

/// What became of an address that was to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is a subscriber of this number.
    Done(i64),
    /// It is one already.
    Taken,
    /// Whoever reads mail there wants no more.
    HasUnsubscribed,
    /// The site has as many as it may.
    Full,
}

/// What became of a subscriber that was to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// Gone.
    Done,
    /// There is none.
    Missing,
    /// It is a person, who decides alone.
    Person,
    /// Kept, so that nothing is sent there again.
    HasUnsubscribed,
}

/// Reads of whoever may still see the site: an address that was added, one of its people, an owner of the installation.
fn readers(columns: &str, and: &str) -> String {
    format!(
        "SELECT {columns} FROM subscribers LEFT JOIN users USING (user)
         WHERE (user IS NULL OR is_owner OR EXISTS (SELECT 1 FROM members
                  WHERE members.user = subscribers.user AND members.site = subscribers.site))
           AND {and}"
    )
}

/// The sites of which somebody wants digests.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn sites(connection: &Connection) -> Result<Vec<SiteKey>, LedgerError> {
    let mut all = connection.prepare_cached(
        "SELECT DISTINCT site FROM subscribers JOIN sites USING (site) WHERE (weekly OR monthly) AND deleted_at_ms IS NULL",
    )?;
    Ok(all.query_map([], |row| row.get(0).map(SiteKey))?.collect::<Result<_, _>>()?)
}

const WANTING: &str =
    "subscriber, coalesce(users.email, subscribers.email), token, weekly, monthly, weekly_through, monthly_through";

/// Who wants digests of a site, and may see it.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn wanting(connection: &Connection, site: SiteKey) -> Result<Vec<Wanting>, LedgerError> {
    let sql = readers(WANTING, "site = ?1 AND (weekly OR monthly) ORDER BY subscriber");
    let mut all = connection.prepare_cached(&sql)?;
    Ok(all.query_map([site.0], read_wanting)?.collect::<Result<_, _>>()?)
}

/// A person as a subscriber of a site; none who never chose, or may not see it.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn own(connection: &Connection, site: SiteKey, user: UserKey) -> Result<Option<Wanting>, LedgerError> {
    let sql = readers(WANTING, "site = ?1 AND user = ?2");
    Ok(connection.prepare_cached(&sql)?.query_row([site.0, user.0], read_wanting).optional()?)
}

fn read_wanting(row: &Row<'_>) -> rusqlite::Result<Wanting> {
    Ok(Wanting {
        subscriber: row.get(0)?,
        email: row.get(1)?,
        token: row.get(2)?,
        choice: DigestChoice { weekly: row.get(3)?, monthly: row.get(4)? },
        weekly_through: row.get(5)?,
        monthly_through: row.get(6)?,
    })
}

/// Everybody who is sent a site's digests, or wants no more, by address, each with the latest that was sent.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn list(connection: &Connection, site: SiteKey) -> Result<Vec<Subscriber>, LedgerError> {
    let sql = readers(
        "subscriber, coalesce(users.email, subscribers.email) AS address, weekly, monthly, user IS NOT NULL, has_unsubscribed",
        "site = ?1 AND (weekly OR monthly OR has_unsubscribed) ORDER BY address, subscriber",
    );
    let mut all = connection.prepare_cached(&sql)?;
    let mut rows = all.query([site.0])?;
    let mut subscribers = Vec::new();
    while let Some(row) = rows.next()? {
        let subscriber = row.get(0)?;
        let last = delivery::list(connection, Of::Subscriber(subscriber))?.pop();
        subscribers.push(Subscriber {
            subscriber,
            email: row.get(1)?,
            choice: DigestChoice { weekly: row.get(2)?, monthly: row.get(3)? },
            is_person: row.get(4)?,
            has_unsubscribed: row.get(5)?,
            last: last.map(|(at_ms, delivery)| SentDigest { at_ms, delivery }),
        });
    }
    Ok(subscribers)
}

/// Writes what a person wants of a site. What is newly wanted begins with the next edition.
///
/// * `token`: theirs, where they have none yet
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn choose(
    connection: &Connection,
    site: SiteKey,
    user: UserKey,
    choice: DigestChoice,
    token: &str,
    through: &Through,
    now_ms: u64,
) -> Result<(), LedgerError> {
    let sql =
        "INSERT INTO subscribers (site, user, token, weekly, monthly, weekly_through, monthly_through, created_at_ms)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
               ON CONFLICT (site, user) DO UPDATE SET
                 weekly_through = iif(weekly, weekly_through, excluded.weekly_through),
                 monthly_through = iif(monthly, monthly_through, excluded.monthly_through),
                 weekly = excluded.weekly, monthly = excluded.monthly";
    let DigestChoice { weekly, monthly } = choice;
    let parameters = params![site.0, user.0, token, weekly, monthly, through.weekly, through.monthly, stored(now_ms)];
    connection.prepare_cached(sql)?.execute(parameters)?;
    Ok(())
}

/// Adds an address. Belongs in a transaction.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn add(
    connection: &Connection,
    site: SiteKey,
    wanted: &NewSubscriber,
    token: &str,
    through: &Through,
    now_ms: u64,
) -> Result<Added, LedgerError> {
    let sql = "SELECT has_unsubscribed FROM subscribers WHERE site = ?1 AND email = ?2";
    let known =
        connection.prepare_cached(sql)?.query_row(params![site.0, wanted.email], |row| row.get(0)).optional()?;
    match known {
        Some(true) => return Ok(Added::HasUnsubscribed),
        Some(false) => return Ok(Added::Taken),
        None => {}
    }
    let sql =
        "INSERT INTO subscribers (site, email, token, weekly, monthly, weekly_through, monthly_through, created_at_ms)
               SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
               WHERE (SELECT count(*) FROM subscribers WHERE site = ?1 AND email IS NOT NULL) < ?9";
    let most = i64::try_from(DIGEST_ADDRESSES_MAX).unwrap_or(i64::MAX);
    let NewSubscriber { email, weekly, monthly } = wanted;
    let parameters =
        params![site.0, email, token, weekly, monthly, through.weekly, through.monthly, stored(now_ms), most];
    let is_added = connection.prepare_cached(sql)?.execute(parameters)? == 1;
    Ok(if is_added { Added::Done(connection.last_insert_rowid()) } else { Added::Full })
}

/// Removes an address, with what waits to be sent there. Belongs in a transaction.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn remove(connection: &Connection, site: SiteKey, subscriber: i64) -> Result<Removed, LedgerError> {
    let sql = "SELECT user IS NOT NULL, has_unsubscribed FROM subscribers WHERE site = ?1 AND subscriber = ?2";
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    match connection.prepare_cached(sql)?.query_row(params![site.0, subscriber], read).optional()? {
        None => Ok(Removed::Missing),
        Some((true, _)) => Ok(Removed::Person),
        Some((_, true)) => Ok(Removed::HasUnsubscribed),
        Some((false, false)) => {
            connection.prepare_cached("DELETE FROM subscribers WHERE subscriber = ?1")?.execute([subscriber])?;
            Ok(Removed::Done)
        }
    }
}

/// What a token ends.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn by_token(connection: &Connection, token: &str) -> Result<Option<Unsubscribing>, LedgerError> {
    let sql = "SELECT sites.name, coalesce(users.email, subscribers.email), weekly, monthly
               FROM subscribers JOIN sites USING (site) LEFT JOIN users USING (user)
               WHERE token = ?1 AND deleted_at_ms IS NULL";
    let read = |row: &Row<'_>| {
        let choice = DigestChoice { weekly: row.get(2)?, monthly: row.get(3)? };
        Ok(Unsubscribing { site: row.get(0)?, email: row.get(1)?, choice })
    };
    Ok(connection.prepare_cached(sql)?.query_row([token], read).optional()?)
}

/// Ends what a token is for, and drops what waits to be sent. Answers whether there is such a token. Belongs in a
/// transaction.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn unsubscribe(connection: &Connection, token: &str) -> Result<bool, LedgerError> {
    let sql = "UPDATE subscribers SET weekly = 0, monthly = 0, has_unsubscribed = user IS NULL WHERE token = ?1
               RETURNING subscriber";
    let ended: Option<i64> = connection.prepare_cached(sql)?.query_row([token], |row| row.get(0)).optional()?;
    let Some(subscriber) = ended else { return Ok(false) };
    let sql = "DELETE FROM deliveries WHERE subscriber = ?1 AND state = 'waiting'";
    connection.prepare_cached(sql)?.execute([subscriber])?;
    Ok(true)
}

/// Takes up an edition: its letter waits to be sent from now on. Nothing happens where it was taken up before, or is not
/// wanted any more. Belongs in a transaction.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn take_up(
    connection: &Connection,
    subscriber: i64,
    rhythm: Rhythm,
    key: &str,
    letter: &Send,
    now_ms: u64,
) -> Result<(), LedgerError> {
    let sql = match rhythm {
        Rhythm::Weekly => {
            "UPDATE subscribers SET weekly_through = ?2 WHERE subscriber = ?1 AND weekly AND weekly_through < ?2"
        }
        Rhythm::Monthly => {
            "UPDATE subscribers SET monthly_through = ?2 WHERE subscriber = ?1 AND monthly AND monthly_through < ?2"
        }
    };
    if connection.prepare_cached(sql)?.execute(params![subscriber, key])? == 1 {
        put(connection, subscriber, letter, now_ms)?;
    }
    Ok(())
}

/// Has a letter sent that was asked for, whichever edition it is. Answers whether there was room for it: only editions that
/// are due need none. Belongs in a transaction.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn send(connection: &Connection, subscriber: i64, letter: &Send, now_ms: u64) -> Result<bool, LedgerError> {
    let sql = "SELECT count(*) FROM deliveries WHERE subscriber = ?1 AND state = 'waiting'";
    let waiting: i64 = connection.prepare_cached(sql)?.query_row([subscriber], |row| row.get(0))?;
    let has_room = waiting < WAITING_MAX;
    if has_room {
        put(connection, subscriber, letter, now_ms)?;
    }
    Ok(has_room)
}

/// Puts a letter into the outbox, and forgets the oldest of those that were sent.
fn put(connection: &Connection, subscriber: i64, letter: &Send, now_ms: u64) -> Result<(), LedgerError> {
    delivery::add(connection, Of::Subscriber(subscriber), letter, None, now_ms)?;
    let sql = "DELETE FROM deliveries WHERE subscriber = ?1 AND state <> 'waiting' AND delivery NOT IN
                 (SELECT delivery FROM deliveries WHERE subscriber = ?1 ORDER BY made_at_ms DESC LIMIT ?2)";
    connection.prepare_cached(sql)?.execute(params![subscriber, REMEMBERED])?;
    Ok(())
}
