//! Which days are shown.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use crate::format;
use crate::period::{Period, Shown};

/// The five periods, and arrows to those before and after. All are links, so each has an address,
/// opens in a new tab, and is undone by Back.
#[component]
pub fn PeriodPicker(
    /// The period shown.
    shown: Memo<Shown>,
) -> impl IntoView {
    let earlier = move || shown.get().earlier().to_query_string();
    let later = move || shown.get().later().map(Period::to_query_string);
    view! {
        <nav class="period-picker" aria-label="Period">
            <a class="icon-button" href=earlier data-noscroll="true" aria-label="Earlier period" title="Earlier (←)">
                <Icon picture=Picture::Left/>
            </a>
            <span class="period-days">{move || format::days(shown.get().days())}</span>
            <a
                class="icon-button"
                href=later
                role="link"
                data-noscroll="true"
                aria-label="Later period"
                title="Later (→)"
                aria-disabled=move || later().is_none().to_string()
            >
                <Icon picture=Picture::Right/>
            </a>
            <ul class="segments">
                {Period::CHOICES
                    .into_iter()
                    .map(|(choice, name, short, key)| {
                        let current = move || (shown.get().period == choice).then(|| "true".to_owned());
                        let hint = format!("{name} ({})", key.to_ascii_uppercase());
                        view! {
                            <li>
                                <a href=choice.to_query_string() data-noscroll="true" aria-current=current title=hint>
                                    <span class="wide">{name}</span>
                                    <span class="narrow" aria-hidden="true">{short}</span>
                                </a>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </nav>
    }
}
