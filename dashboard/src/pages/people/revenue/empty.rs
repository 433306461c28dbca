//! Where nothing was ever paid: how pages and servers say that something was.

use leptos::prelude::*;

use super::super::frame::Asking;
use crate::components::secret::copyable;

/// What a page says when something was paid.
const SNIPPET: &str =
    "tidemark.track(\"purchase\", {product: \"Shirt\"}, {revenue: {amount: 49.9, currency: \"EUR\"}});";

/// The same without a script of one's own.
const BUTTON: &str = "<button data-tidemark-event=\"purchase\" data-tidemark-revenue=\"49.90 EUR\">Buy</button>";

/// The card.
pub fn view(asking: Asking) -> AnyView {
    let install = move || asking.elsewhere("install", Default::default());
    view! {
        <section class="card people-begin" data-testid="no-revenue">
            <h3>"Nothing was paid in this period"</h3>
            <p class="muted">
                "Revenue comes with an event: an amount and its currency. Send it where an order is done, from the page or from your server; refunds are amounts below zero."
            </p>
            {copyable(Signal::stored(SNIPPET.to_owned()), "the line that sends revenue")}
            {copyable(Signal::stored(BUTTON.to_owned()), "the button that sends revenue")}
            <p class="people-actions"><a class="button" href=install>"More ways to send it"</a></p>
        </section>
    }
    .into_any()
}
