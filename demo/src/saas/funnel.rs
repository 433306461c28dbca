//! A visit of somebody who is no user: from landing to prices, from prices to the form, from the form into the product.

use super::offer::{self, EXPERIMENT, FILES, LINKS, MISSING, OFFERS, ORIGINS, PAGES};
use super::users::User;
use crate::origin::Lead;
use crate::visit::Visit;

/// Of a thousand who land elsewhere: those who look at prices.
const TO_PRICES: u32 = 270;

/// Of a thousand who look at prices: those who open the form.
const TO_FORM: u32 = 330;

/// Of a thousand who open the form, on a screen that is no phone's, and on a phone.
const TO_SIGN_UP: u32 = 400;
const TO_SIGN_UP_PHONE: u32 = 250;

/// Of a thousand who sign up: those who make their first board at once.
const TO_ACTIVE: u32 = 560;

/// Narrower screens are phones.
const PHONE_WIDTH: u32 = 600;

/// How a visit ends.
#[derive(Debug)]
pub enum End {
    /// Nothing came of it.
    Left,
    /// They saw prices, and may come back.
    Interested,
    /// They are a user now.
    SignedUp(User),
}

/// What they do.
///
/// * `sign_ups_by`: sign-ups are divided by it
pub fn visit(mut visit: Visit<'_>, day: u32, sign_ups_by: u32) -> End {
    const DIRECT: &crate::origin::Origin = &crate::origin::from("", "", Lead::Home, 1);
    let origin = visit.random.pick(ORIGINS, |origin| origin.share).unwrap_or(DIRECT);
    if visit.random.chance(7) {
        let path = visit.random.any(MISSING).copied().unwrap_or("/login.php");
        visit.land(path, "Not found – Harbour", "", origin.referrer);
        visit.act("404", &[("path", path)]);
        visit.stay(1, 10);
        visit.end();
        return End::Left;
    }
    let list = match origin.leads_to {
        Lead::Home => [("/", "Harbour – plans that people keep", 1)].as_slice(),
        Lead::Any | Lead::Newest => PAGES,
        Lead::Offer => OFFERS,
    };
    let page = visit.random.pick(list, |page| page.2);
    let (path, title) = page.map_or(("/", "Harbour – plans that people keep"), |page| (page.0, page.1));
    visit.land(path, title, origin.query, origin.referrer);
    visit.stay(5, if origin.leads_to == Lead::Any { 240 } else { 110 });
    let mut sees_prices = path == "/pricing";
    while !sees_prices && visit.random.chance(360) {
        let list = if visit.random.chance(650) { OFFERS } else { PAGES };
        if let Some((path, title, _)) = visit.random.pick(list, |page| page.2) {
            visit.view(path, title);
            visit.stay(5, 130);
            sees_prices = *path == "/pricing";
        }
    }
    if !sees_prices && visit.random.chance(TO_PRICES) {
        visit.view("/pricing", "Pricing – Harbour");
        sees_prices = true;
    }
    let end = if sees_prices { prices(&mut visit, day, sign_ups_by) } else { End::Left };
    if !matches!(end, End::SignedUp(_)) {
        on_the_way_out(&mut visit);
    }
    visit.end();
    end
}

fn prices(visit: &mut Visit<'_>, day: u32, sign_ups_by: u32) -> End {
    let (variant, lift) = offer::variant(visit.person.number);
    visit.act("experiment", &[("experiment", EXPERIMENT), ("variant", variant)]);
    visit.stay(8, 150);
    if !visit.random.chance(TO_FORM) {
        return End::Interested;
    }
    visit.view("/signup", "Start a trial – Harbour");
    visit.stay(12, 140);
    let usual = if visit.person.screen_width < PHONE_WIDTH { TO_SIGN_UP_PHONE } else { TO_SIGN_UP };
    if !visit.random.chance(usual * lift / 100 / sign_ups_by.max(1)) {
        return End::Interested;
    }
    let mut user = User::new(&mut visit.random, visit.person.number, i64::from(day));
    let method = ["google", "email", "email", "microsoft"];
    let method = visit.random.any(&method).copied().unwrap_or("email");
    visit.act("Form: Submission", &[("path", "/signup")]);
    visit.act("signup", &[("plan", user.tier.name), ("variant", variant), ("method", method)]);
    visit.view("/app/welcome", "Welcome – Harbour");
    visit.stay(10, 160);
    if visit.random.chance(TO_ACTIVE) {
        visit.view("/app/boards/first", "Your first board – Harbour");
        visit.stay(15, 260);
        visit.act("activate", &user.traits());
        user.is_active = true;
    }
    End::SignedUp(user)
}

fn on_the_way_out(visit: &mut Visit<'_>) {
    match visit.random.below(1000) {
        0..38 => {
            let url = visit.random.any(LINKS).copied().unwrap_or_default();
            visit.act("Outbound Link: Click", &[("url", url)]);
        }
        38..56 => {
            let file = visit.random.any(FILES).copied().unwrap_or_default();
            visit.act("File Download", &[("url", &[super::FACTS.origin, file].concat())]);
        }
        _ => {}
    }
}
