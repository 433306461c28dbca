//! One value of a dimension, with its numbers.

use leptos::prelude::*;
use wire::query::Dimension;

use super::names;
use crate::format;
use crate::shown::Shown;
use crate::view::View;
use crate::view::filter::Condition;

/// A row's content.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// What the value is a value of.
    pub dimension: Dimension,
    /// The value as the server has it.
    pub value: String,
    /// Its visitors.
    pub visitors: u64,
    /// Its page views, visits or events.
    pub second: u64,
    /// Length of its bar, 0 to 1.
    pub length: f64,
    /// Its share of all visitors, when those are known.
    pub share: Option<f64>,
}

impl Ranked {
    /// The value as people call it.
    fn name(&self) -> String {
        names::value(self.dimension, &self.value)
    }

    /// What is shown, of this value alone.
    fn alone(&self, view: &View) -> View {
        view.with(Condition::is(self.dimension, self.value.clone()))
    }
}

/// What stands before the names of rows.
pub type Mark = fn(Memo<Option<Vec<Ranked>>>, usize) -> AnyView;

/// The row; its bar lies behind the name, which leads to what is shown of this value alone.
#[component]
pub fn BreakdownRow(
    /// All rows; none while they are loading.
    rows: Memo<Option<Vec<Ranked>>>,
    /// Which one this is.
    at: usize,
    /// What is shown.
    shown: Shown,
    /// What stands before its name.
    mark: Mark,
) -> impl IntoView {
    let field = move |read: fn(&Ranked) -> String| {
        move || rows.with(|rows| Some(read(rows.as_ref()?.get(at)?))).unwrap_or_default()
    };
    let address = move || {
        rows.with(|rows| {
            let row = rows.as_ref()?.get(at)?;
            Some(shown.with(|view| shown.address(&row.alone(view))))
        })
    };
    view! {
        <tr
            data-name=field(|row| row.value.clone())
            data-value=field(|row| row.visitors.to_string())
            data-second=field(|row| row.second.to_string())
        >
            <th scope="row">
                <i class="bar" style:width=field(|row| format::length(row.length))></i>
                <a class="row-name" href=address title=field(Ranked::name)>
                    {mark(rows, at)}
                    {field(Ranked::name)}
                </a>
            </th>
            <td title=field(|row| format::whole(row.visitors))>{field(|row| format::short(row.visitors))}</td>
            <td class="muted">{field(|row| row.share.map(format::percent).unwrap_or_default())}</td>
            <td title=field(|row| format::whole(row.second))>{field(|row| format::short(row.second))}</td>
        </tr>
    }
}
