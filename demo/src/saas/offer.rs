//! What is sold, to whom, and where people hear of it.

use crate::origin::{Lead, Origin, from};
use crate::random::Random;

/// A plan that seats are sold of.
#[derive(Clone, Copy, Debug)]
pub struct Tier {
    /// As events name it.
    pub name: &'static str,
    /// A seat and month, in euros or dollars.
    pub price: u32,
    /// Most seats that are bought of it.
    pub seats_max: u32,
    share: u32,
}

const TIERS: &[Tier] = &[
    Tier { name: "starter", price: 9, seats_max: 6, share: 52 },
    Tier { name: "team", price: 19, seats_max: 24, share: 38 },
    Tier { name: "business", price: 39, seats_max: 60, share: 10 },
];

/// One of the plans.
pub fn tier(random: &mut Random) -> &'static Tier {
    const FIRST: &Tier = &Tier { name: "starter", price: 9, seats_max: 6, share: 0 };
    random.pick(TIERS, |tier| tier.share).unwrap_or(FIRST)
}

/// Countries where euros are paid.
const EUROS: &[&str] = &["DE", "AT", "FR", "NL", "BE", "FI", "ES", "PT", "IT", "IE"];

/// What is paid with somewhere.
pub fn currency(country: &str) -> &'static str {
    if EUROS.contains(&country) { "EUR" } else { "USD" }
}

/// The experiment on the page of prices, and its variants: people see one of them for good.
pub const EXPERIMENT: &str = "pricing-page";
const VARIANTS: [&str; 2] = ["control", "annual-first"];

/// Of a hundred who sign up seeing the first variant, so many do of the second.
const LIFT: [u32; 2] = [100, 121];

/// Which variant a person sees, and how many of them sign up for a hundred that do without it.
pub fn variant(person: u64) -> (&'static str, u32) {
    let which = Random::of("variant", &[person]).below(2) as usize;
    (VARIANTS.get(which).copied().unwrap_or_default(), LIFT.get(which).copied().unwrap_or(100))
}

const ADJECTIVES: [&str; 20] = [
    "amber", "blue", "bright", "calm", "cedar", "clear", "copper", "early", "fern", "granite", "high", "juniper",
    "kind", "little", "north", "open", "plain", "quiet", "silver", "west",
];
const NOUNS: [&str; 20] = [
    "anchor",
    "bakery",
    "bridge",
    "clinic",
    "foundry",
    "garden",
    "labs",
    "ledger",
    "lighthouse",
    "mills",
    "office",
    "orchard",
    "papers",
    "press",
    "school",
    "studio",
    "supply",
    "systems",
    "tower",
    "works",
];

/// The company of a group's number.
pub fn company(group: u32) -> String {
    let part = |list: &[&'static str; 20], at: u32| list.get(at as usize % 20).copied().unwrap_or_default();
    [part(&ADJECTIVES, group), "-", part(&NOUNS, group / 20)].concat()
}

/// How many companies there are.
pub const COMPANIES: u32 = 400;

/// Where people come from who are no users.
pub const ORIGINS: &[Origin] = &[
    from("", "", Lead::Home, 205),
    from("", "", Lead::Offer, 45),
    from("https://www.google.com/", "", Lead::Any, 150),
    from("https://www.google.com/", "", Lead::Home, 96),
    from("https://www.bing.com/", "", Lead::Any, 34),
    from("https://duckduckgo.com/", "", Lead::Any, 16),
    from(
        "https://www.google.com/",
        "?utm_source=google&utm_medium=cpc&utm_campaign=brand&utm_term=harbour",
        Lead::Home,
        42,
    ),
    from(
        "https://www.google.com/",
        "?utm_source=google&utm_medium=cpc&utm_campaign=planning-tools&utm_term=project+planning+software&utm_content=headline-b",
        Lead::Offer,
        56,
    ),
    from(
        "https://www.linkedin.com/",
        "?utm_source=linkedin&utm_medium=paid_social&utm_campaign=operations-leads&utm_content=carousel",
        Lead::Offer,
        38,
    ),
    from("https://www.linkedin.com/", "", Lead::Any, 22),
    from("https://chatgpt.com/", "", Lead::Any, 38),
    from("https://www.perplexity.ai/", "", Lead::Any, 12),
    from("https://www.g2.com/", "", Lead::Offer, 24),
    from("https://www.capterra.com/", "?utm_source=capterra&utm_medium=ppc&utm_campaign=listing", Lead::Offer, 20),
    from("https://www.producthunt.com/", "", Lead::Home, 10),
    from("https://www.youtube.com/", "", Lead::Home, 17),
    from("https://www.reddit.com/", "", Lead::Any, 16),
    from("https://news.ycombinator.com/", "", Lead::Any, 8),
    from("https://github.com/", "", Lead::Any, 9),
    from(
        "https://shipyard.example/integrations",
        "?utm_source=shipyard&utm_medium=partner&utm_campaign=integrations",
        Lead::Offer,
        19,
    ),
    from(
        "https://field-notes.example/",
        "?utm_source=field-notes&utm_medium=sponsorship&utm_campaign=letter",
        Lead::Home,
        12,
    ),
    from("", "?utm_source=newsletter&utm_medium=email&utm_campaign=product-letter", Lead::Any, 34),
];

/// Pages that lead to the offer, titles and how much they are looked for.
pub const OFFERS: &[(&str, &str, u32)] = &[
    ("/pricing", "Pricing – Harbour", 34),
    ("/features/boards", "Boards – Harbour", 22),
    ("/features/automations", "Automations – Harbour", 18),
    ("/features/reports", "Reports – Harbour", 12),
    ("/compare/spreadsheets", "Harbour and spreadsheets", 14),
    ("/customers", "Customers – Harbour", 10),
    ("/security", "Security – Harbour", 6),
];

/// Pages that tell something.
pub const PAGES: &[(&str, &str, u32)] = &[
    ("/blog/planning-without-meetings", "Planning without meetings – Harbour", 24),
    ("/blog/estimates-that-hold", "Estimates that hold – Harbour", 20),
    ("/blog/the-monday-board", "The Monday board – Harbour", 13),
    ("/blog/from-email-to-tasks", "From e-mail to tasks – Harbour", 11),
    ("/docs", "Documentation – Harbour", 14),
    ("/docs/api", "API – Harbour", 9),
    ("/docs/import", "Import your tasks – Harbour", 9),
    ("/templates/roadmap", "Roadmap template – Harbour", 17),
    ("/templates/sprint-plan", "Sprint plan template – Harbour", 12),
    ("/changelog", "What is new – Harbour", 7),
];

/// Links to other sites.
pub const LINKS: &[&str] = &[
    "https://github.com/harbour-example",
    "https://status.harbour.example/",
    "https://shipyard.example/integrations/harbour",
    "https://www.g2.com/products/harbour/reviews",
];

/// Files.
pub const FILES: &[&str] =
    &["/files/security-whitepaper.pdf", "/files/roadmap-template.xlsx", "/files/harbour-setup.dmg"];

/// Pages that were never there.
pub const MISSING: &[&str] = &["/features/calendar", "/blog/2023-review", "/login.php", "/docs/v1/webhooks"];
