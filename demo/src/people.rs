//! Who visits: people in places, with a language and a machine. What a person is stays the same from visit to visit.

mod machines;
mod places;

use domain::user_agent::{self, Client, Hints};

pub use machines::{MACHINES, Machine};
pub use places::{PLACES, Place};

use crate::random::Random;

/// Whose visitors are meant: places and machines differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crowd {
    /// Readers of a blog: at home, on phones.
    Readers,
    /// People at work: at a desk, in America first.
    Workers,
}

impl Crowd {
    /// The share of these people in a pair of shares: of readers, of workers.
    pub fn share(self, shares: (u32, u32)) -> u32 {
        match self {
            Self::Readers => shares.0,
            Self::Workers => shares.1,
        }
    }
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// Who: the same number is the same person.
    pub number: u64,
    /// Where.
    pub place: &'static Place,
    /// ISO 639-1 language of the browser.
    pub language: &'static str,
    /// On what.
    pub machine: &'static Machine,
    /// Position of that in [`MACHINES`].
    pub machine_at: usize,
    /// Width of the screen, CSS pixels.
    pub screen_width: u32,
    /// Whether the browser asks not to be told apart from others (Global Privacy Control).
    pub is_private: bool,
}

/// Of a thousand readers, those whose browser asks not to be told apart.
const PRIVATE: u32 = 22;

/// Of a thousand people, those whose browser speaks English wherever they are.
const ENGLISH: u32 = 180;

impl Person {
    /// The person of a number.
    pub fn of(crowd: Crowd, seed: u64, number: u64) -> Self {
        let mut random = Random::of("person", &[seed, number]);
        let place = random.pick(PLACES, |place| crowd.share(place.shares)).unwrap_or(&places::NOWHERE);
        let machine_at = machines::at(&mut random, crowd);
        let machine = MACHINES.get(machine_at).unwrap_or(&machines::PLAIN);
        let screen_width = random.any(machine.screen_widths).copied().unwrap_or_default();
        let language = if random.chance(ENGLISH) { "en" } else { place.language };
        let is_private = crowd == Crowd::Readers && random.chance(PRIVATE);
        Self { number, place, language, machine, machine_at, screen_width, is_private }
    }

    /// An address of the block for documentation (RFC 3849), one for each person.
    pub fn address(&self) -> String {
        let [a, b, c, d] = [48, 32, 16, 0].map(|shift| (self.number >> shift) as u16);
        format!("2001:db8::{a:x}:{b:x}:{c:x}:{d:x}")
    }
}

/// What the edge makes of each machine's user agent and hints, in the order of [`MACHINES`].
pub fn clients() -> Vec<Client> {
    let client = |machine: &Machine| {
        let platform = if machine.platform_version.is_empty() { "" } else { "\"Windows\"" };
        let hints = Hints { platform, platform_version: machine.platform_version, ..Hints::default() };
        user_agent::read(machine.user_agent, &hints)
    };
    MACHINES.iter().map(client).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_machine_is_known_to_the_edge() {
        for (machine, client) in MACHINES.iter().zip(clients()) {
            let is_known = !client.browser.name.is_empty() && !client.os.name.is_empty();
            assert!(is_known && !client.browser.version.is_empty(), "{}: {client:?}", machine.user_agent);
        }
    }

    #[test]
    fn a_person_stays_the_same_and_people_differ() {
        let person = |number| Person::of(Crowd::Readers, 1, number);
        assert_eq!(person(7).address(), "2001:db8::0:0:0:7");
        assert_eq!(format!("{:?}", person(7)), format!("{:?}", person(7)));
        let cities: std::collections::BTreeSet<&str> = (0..500).map(|number| person(number).place.city).collect();
        assert!(cities.len() > 20, "{cities:?}");
        let private = (0..10_000).filter(|number| person(*number).is_private).count();
        assert!((150..300).contains(&private), "{private}");
    }
}
