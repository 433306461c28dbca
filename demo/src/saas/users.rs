//! Who uses the product, since when, and how likely they come back.

use super::offer::{self, COMPANIES, Tier};
use crate::plan::{Day, Plan};
use crate::random::Random;

/// Users before the first day, of a usual plan.
const BEFORE: f64 = 2400.0;

/// How long ago the first of them signed up, days.
const BEFORE_DAYS: u32 = 420;

/// Of a thousand of them, those who made a board.
const ACTIVE_BEFORE: u32 = 690;

/// Of a thousand active users, those who will pay.
const PAYING: u32 = 400;

/// Days of a trial; some pay before it is over.
const TRIAL_DAYS: u32 = 14;

/// Days between two payments.
const PAYS_EVERY: i64 = 30;

/// Of a thousand payments that are due, those that are not made: the user leaves.
const LEAVES: u32 = 70;

/// How many of a thousand active users come on a day of work, by days since they signed up; between them it falls evenly.
const COMES_BACK: [(i64, u32); 9] =
    [(0, 470), (1, 420), (3, 340), (7, 275), (14, 220), (30, 170), (60, 135), (120, 110), (400, 80)];

/// Those who saw prices and are remembered at once. Beyond, the oldest are forgotten.
const INTERESTED_MAX: usize = 2000;

/// Of a thousand visits, those of people who saw prices before.
const SEEN_BEFORE: u32 = 170;

/// Somebody who signed up.
#[derive(Clone, Debug)]
pub struct User {
    /// Number of the person.
    pub person: u64,
    /// The plan.
    pub tier: &'static Tier,
    /// The company.
    pub company: String,
    /// Seats that are paid, once they are.
    pub seats: u32,
    /// Whether a year is paid at once.
    pub is_yearly: bool,
    /// Whether they made a board.
    pub is_active: bool,
    /// Whether they paid before.
    pub has_paid: bool,
    /// Whether they have left for good.
    pub has_left: bool,
    /// Day of the plan on which they signed up; below zero before the first.
    joined: i64,
    /// Day on which a payment is due; none who never pays.
    due: Option<i64>,
}

impl User {
    /// Somebody who signs up on a day.
    pub fn new(random: &mut Random, person: u64, joined: i64) -> Self {
        let tier = offer::tier(random);
        let pays = random.chance(PAYING);
        let after = i64::from(TRIAL_DAYS - random.mostly_low(0, TRIAL_DAYS - 2));
        Self {
            person,
            tier,
            company: offer::company(random.mostly_low(0, COMPANIES - 1)),
            seats: random.mostly_low(1, tier.seats_max),
            is_yearly: random.chance(180),
            is_active: false,
            has_paid: false,
            has_left: false,
            joined,
            due: pays.then_some(joined + after),
        }
    }

    /// What events say of them.
    pub fn traits(&self) -> [(&'static str, &str); 2] {
        [("plan", self.tier.name), ("group", &self.company)]
    }

    /// How often they come on a day.
    ///
    /// * `weekday_percent`: of a usual day
    pub fn sittings(&self, random: &mut Random, day: &Day, weekday_percent: u32) -> u32 {
        if self.has_left {
            return 0;
        }
        let age = i64::from(day.number) - self.joined;
        let usual = comes_back(age) * weekday_percent / 110;
        let likely = match (self.is_active, self.has_paid) {
            (false, _) => usual / 5,
            (true, false) => usual,
            (true, true) => (usual * 2).min(850),
        };
        // Who has to pay comes to do so.
        if !random.chance(likely) {
            return u32::from(self.is_active && self.is_due(day) && random.chance(500));
        }
        1 + u32::from(random.chance(260))
    }

    /// Whether a payment is due.
    pub fn is_due(&self, day: &Day) -> bool {
        self.due.is_some_and(|due| due <= i64::from(day.number))
    }

    /// Pays, or leaves instead. Answers whether they paid.
    pub fn settle(&mut self, random: &mut Random, day: &Day) -> bool {
        if self.has_paid && random.chance(LEAVES) {
            (self.has_left, self.due) = (true, None);
            return false;
        }
        self.has_paid = true;
        let every = if self.is_yearly { 365 } else { PAYS_EVERY };
        self.due = Some(i64::from(day.number) + every);
        true
    }
}

/// How many of a thousand come back so many days after they signed up.
fn comes_back(age: i64) -> u32 {
    let pairs = COMES_BACK.iter().zip(COMES_BACK.iter().skip(1));
    let mut around = pairs.filter(|((from, _), (to, _))| (*from..*to).contains(&age));
    let last = COMES_BACK.last().map(|(_, share)| *share).unwrap_or_default();
    around.next().map_or(last, |((from, high), (to, low))| {
        let (gone, length) = (age - from, to - from);
        high - (i64::from(high - low) * gone / length) as u32
    })
}

/// All users, and those who may become some.
#[derive(Debug)]
pub struct Users {
    all: Vec<User>,
    interested: Vec<u64>,
}

impl Users {
    /// The users that there were before the first day.
    pub fn before(plan: &Plan) -> Self {
        let count = plan.scaled(BEFORE) as u64;
        let user = |number: u64| {
            let mut random = Random::of("saas user before", &[plan.seed, number]);
            let age = i64::from(random.mostly_low(1, BEFORE_DAYS));
            let mut user = User::new(&mut random, (1 << 61) | number, -age);
            user.is_active = random.chance(ACTIVE_BEFORE);
            if let Some(due) = user.due.filter(|due| *due < 0) {
                // They paid from then on, each month on its day.
                user.has_paid = true;
                user.due = Some(due.rem_euclid(if user.is_yearly { 365 } else { PAYS_EVERY }));
            }
            user
        };
        Self { all: (0..count).map(user).collect(), interested: Vec::new() }
    }

    /// All who signed up.
    pub fn all(&mut self) -> impl Iterator<Item = &mut User> {
        self.all.iter_mut()
    }

    /// Somebody signed up.
    pub fn add(&mut self, user: User) {
        self.all.push(user);
    }

    /// Somebody saw prices and left.
    pub fn remember(&mut self, person: u64) {
        if self.interested.len() >= INTERESTED_MAX {
            self.interested.remove(0);
        }
        self.interested.push(person);
    }

    /// Who visits: somebody new, or somebody who saw prices before.
    pub fn visitor(&mut self, random: &mut Random, new: u64) -> u64 {
        if self.interested.is_empty() || !random.chance(SEEN_BEFORE) {
            return new;
        }
        let at = random.below(self.interested.len() as u32) as usize;
        self.interested.remove(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_come_back_the_longer_it_is() {
        let shares: Vec<u32> = (0..500).map(comes_back).collect();
        assert!(shares.is_sorted_by(|earlier, later| earlier >= later), "{shares:?}");
        assert_eq!((shares.first(), shares.get(7), shares.last()), (Some(&470), Some(&275), Some(&80)));
    }
}
