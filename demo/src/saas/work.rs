//! A visit of a user: what they do in the product, and when they pay.

use super::offer;
use super::users::User;
use crate::plan::Day;
use crate::visit::Visit;

/// Where users work: path, title, share.
const ROOMS: &[(&str, &str, u32)] = &[
    ("/app/boards", "Boards – Harbour", 40),
    ("/app/my-tasks", "My tasks – Harbour", 34),
    ("/app/timeline", "Timeline – Harbour", 16),
    ("/app/reports", "Reports – Harbour", 12),
    ("/app/inbox", "Inbox – Harbour", 20),
    ("/app/team", "Team – Harbour", 6),
    ("/app/automations", "Automations – Harbour", 7),
    ("/docs", "Documentation – Harbour", 3),
];

/// What they do there, by share.
const DEEDS: &[(&str, u32)] = &[
    ("task_created", 46),
    ("task_done", 40),
    ("comment", 26),
    ("report_exported", 7),
    ("automation_enabled", 5),
    ("invite_sent", 6),
    ("integration_connected", 3),
];

/// Of a thousand sittings, those that begin with the product's own letters; on Mondays with its digest.
const BY_LETTER: u32 = 60;
const BY_DIGEST: u32 = 190;

/// Of a thousand users who are not active, those who make their first board on another day.
const TO_ACTIVE_LATER: u32 = 260;

/// Of a thousand payments, those that are paid back at once.
const PAID_BACK: u32 = 18;

const MENTION: &str = "?utm_source=harbour&utm_medium=email&utm_campaign=mention";
const DIGEST: &str = "?utm_source=harbour&utm_medium=email&utm_campaign=monday-digest";

/// What they do.
pub fn visit(mut visit: Visit<'_>, user: &mut User, day: &Day) {
    let is_monday = day.weekday == 0;
    let by_letter = visit.random.chance(if is_monday { BY_DIGEST } else { BY_LETTER });
    let query = match (by_letter, is_monday) {
        (false, _) => "",
        (true, true) => DIGEST,
        (true, false) => MENTION,
    };
    visit.land("/app", "Today – Harbour", query, "");
    visit.stay(3, 60);
    if user.is_active {
        let rooms = visit.random.mostly_low(1, 6);
        for _ in 0..rooms {
            room(&mut visit, user);
        }
    } else if visit.random.chance(TO_ACTIVE_LATER) {
        visit.view("/app/boards/first", "Your first board – Harbour");
        visit.stay(15, 260);
        visit.act("activate", &user.traits());
        user.is_active = true;
    }
    if user.is_active && user.is_due(day) {
        bill(&mut visit, user, day);
    }
    visit.end();
}

fn room(visit: &mut Visit<'_>, user: &User) {
    if let Some((path, title, _)) = visit.random.pick(ROOMS, |room| room.2) {
        visit.view(path, title);
    }
    visit.stay(8, 420);
    if visit.random.chance(560)
        && let Some((deed, _)) = visit.random.pick(DEEDS, |deed| deed.1)
    {
        visit.act(deed, &user.traits());
    }
}

fn bill(visit: &mut Visit<'_>, user: &mut User, day: &Day) {
    let is_first = !user.has_paid;
    visit.view("/app/settings/billing", "Billing – Harbour");
    visit.stay(6, 90);
    if !user.settle(&mut visit.random, day) {
        return visit.act("cancel", &user.traits());
    }
    let months = if user.is_yearly { 10 } else { 1 };
    let amount = f64::from(user.tier.price * user.seats * months);
    let currency = offer::currency(visit.person.place.country);
    let (variant, _) = offer::variant(user.person);
    let interval = if user.is_yearly { "year" } else { "month" };
    let [plan, group] = user.traits();
    let sale = [plan, group, ("interval", interval), ("variant", variant)];
    // Who pays again sees no experiment any more.
    let (name, told) = if is_first { ("purchase", sale.as_slice()) } else { ("renewal", &sale[..3]) };
    visit.pay(name, amount, currency, told);
    if visit.random.chance(PAID_BACK) {
        visit.stay(20, 90);
        visit.pay("refund", -amount, currency, &[plan, group]);
    }
}
