//! A site as it is now: `/sites/ID/live`, and on a wall: `/sites/ID/live?wall`.

mod counters;
mod feed;
mod feed_link;
mod hero;
mod lists;
mod map;
mod minutes;
mod wake;
mod wall;

use leptos::prelude::*;
use wasm_split_helpers::wasm_split;

use super::sign_in::Gate;
use crate::address::Address;
use crate::clock::Clock;
use crate::components::{PageBar, SiteTab, site_name};
use crate::format;
use crate::later::{Loaded, later};
use crate::live::Live;

use counters::CountersPanel;
use feed::FeedPanel;
use hero::Hero;
use lists::Lists;
use map::MapPanel;
#[cfg(feature = "gallery")]
pub use minutes::Bars;
use wall::Wall;

/// The page, for who is signed in.
#[component]
pub fn LivePage(
    /// The site.
    tracking_id: String,
) -> impl IntoView {
    view! {
        <Gate>
            <Present tracking_id=tracking_id.clone()/>
        </Gate>
    }
}

#[component]
fn Present(tracking_id: String) -> impl IntoView {
    let clock = Clock::start();
    let live = Live::follow(&tracking_id, clock);
    let name = site_name(&tracking_id);
    Effect::new(move || {
        let active = live.realtime.with(|now| now.as_ref().map(|now| now.active_users));
        let count = active.map(|active| format!("{} · ", format::whole(active))).unwrap_or_default();
        document().set_title(&format!("{count}{} live · Tidemark", name.get()));
    });
    let address = Address::of_page();
    let on_wall = Memo::new(move |_| !address.all("wall").is_empty());
    move || {
        let tracking_id = tracking_id.clone();
        if on_wall.get() {
            return view! { <Wall tracking_id name live clock/> }.into_any();
        }
        let wall = format!("/sites/{tracking_id}/live?wall");
        view! {
            <a class="skip" href="#content">"Skip to content"</a>
            <PageBar tracking_id=tracking_id.clone() name tab=SiteTab::Live>
                <a class="button quiet" href=wall title="Big numbers for a screen on the wall">"Wallboard"</a>
            </PageBar>
            <main class="page live" id="content" tabindex="-1">
                <Hero live/>
                <div class="live-columns">
                    <div class="live-lists">
                        <Lists realtime=live.realtime/>
                        {later({
                            let site = tracking_id.clone();
                            move || Box::pin(map_panel(site.clone(), live))
                        })}
                        {later({
                            let site = tracking_id.clone();
                            move || Box::pin(counters_panel(site.clone(), live))
                        })}
                    </div>
                    {later(move || Box::pin(feed_panel(tracking_id.clone(), clock)))}
                </div>
            </main>
        }
        .into_any()
    }
}

#[wasm_split(live, fallible)]
fn feed_panel(tracking_id: String, clock: Clock) -> Loaded {
    Ok(view! { <FeedPanel tracking_id clock/> }.into_any())
}

// The map is of the same part as the overview's.
#[wasm_split(soon, fallible)]
fn map_panel(tracking_id: String, live: Live) -> Loaded {
    Ok(view! { <MapPanel tracking_id realtime=live.realtime/> }.into_any())
}

#[wasm_split(live, fallible)]
fn counters_panel(tracking_id: String, live: Live) -> Loaded {
    Ok(view! { <CountersPanel tracking_id realtime=live.realtime/> }.into_any())
}
