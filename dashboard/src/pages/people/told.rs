//! What stands around an answer: how it came about, what it cannot know, and the way to take it along.

use leptos::prelude::*;
use wire::analysis::AnalysisMeta;

use crate::download;
use crate::format;

/// The line below an answer.
pub fn meta_line(meta: &AnalysisMeta) -> AnyView {
    let rows = format!("{} events read", format::whole(meta.rows_read));
    let time = format!("{} ms", format::data((meta.execution_time_ms * 10.0).round() / 10.0));
    let unit = match meta.unit.as_str() {
        "visitor_days" => "counted by visitor and day",
        "visits" => "counted by visit",
        _ => "counted by visitor",
    };
    let facts = [
        ("rows", rows, "Single events, read for this answer"),
        ("time", time, "Time taken on the server"),
        ("unit", unit.to_owned(), "Whose events are looked at together"),
        ("zone", meta.time_zone.clone(), "Time zone of dates and times"),
    ];
    let facts = facts.map(|(name, words, title)| view! { <li data-name=name title=title>{words}</li> });
    view! { <ul class="meta muted" data-testid="meta" aria-label="How this answer came about">{facts}</ul> }.into_any()
}

/// Says what cannot be known where visitors get another id every UTC day; `instead` is the way to an answer that holds.
pub fn day_note(meta: &AnalysisMeta, words: &'static str, instead: Option<AnyView>) -> AnyView {
    if meta.unit != "visitor_days" {
        return ().into_any();
    }
    view! {
        <p class="people-note" role="note" data-testid="visitor-days">
            <span><b>"Visitors are counted anew each day. "</b>{words}</span>
            {instead}
        </p>
    }
    .into_any()
}

/// What people are called by what is counted: of many, and of one.
pub fn unit_words(unit: &str) -> (&'static str, &'static str) {
    match unit {
        "visits" => ("Visits", "visit"),
        "visitor_days" => ("Visitors by day", "visitor"),
        _ => ("Visitors", "visitor"),
    }
}

/// Rows of a file: the first is its head.
pub type Rows = Vec<Vec<String>>;

/// A button that saves rows as CSV.
pub fn csv_button(
    name: impl Fn() -> String + Send + Sync + 'static,
    rows: impl Fn() -> Rows + Send + Sync + 'static,
) -> AnyView {
    let rows: Box<dyn Fn() -> Rows + Send + Sync> = Box::new(rows);
    let save = move |_| download::save(&format!("{}.csv", name()), "text/csv", &csv(&rows()));
    view! { <button type="button" class="button quiet" aria-label="Export as CSV" on:click=save>"CSV"</button> }
        .into_any()
}

/// As RFC 4180 has it. What a spreadsheet would take for a formula is a text.
fn csv(rows: &[Vec<String>]) -> String {
    let cell = |text: &String| {
        let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
        let text = if is_formula { format!("'{text}") } else { text.clone() };
        if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
    };
    rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n").collect()
}

/// The same numbers as a table: its head, and its rows with the first cell as their head.
pub fn table(label: impl Into<String>, rows: Rows) -> AnyView {
    let label: String = label.into();
    let mut rows = rows.into_iter();
    let head = rows.next().unwrap_or_default().into_iter().map(|cell| view! { <th scope="col">{cell}</th> });
    let head = head.collect_view();
    let body = rows.map(|row| {
        let mut cells = row.into_iter();
        let first = cells.next();
        // Files have counts as programs read them, people in groups of three digits.
        let cells = cells.map(|cell| {
            let words = cell.parse().map_or_else(|_| cell.clone(), format::whole);
            view! { <td data-value=cell>{words}</td> }
        });
        let cells = cells.collect_view();
        view! { <tr><th scope="row">{first}</th>{cells}</tr> }
    });
    view! {
        <div class="people-table" tabindex="0" role="region" aria-label=label>
            <table><thead><tr>{head}</tr></thead><tbody>{body.collect_view()}</tbody></table>
        </div>
    }
    .into_any()
}

/// A drawing, or the same numbers as a table: which of the two, the reader says.
pub fn drawn_or_table(is_table: RwSignal<bool>) -> AnyView {
    let words = move || if is_table.get() { "View as chart" } else { "View as table" };
    view! {
        <button type="button" class="button quiet" on:click=move |_| is_table.update(|is_table| *is_table = !*is_table)>
            {words}
        </button>
    }
    .into_any()
}

/// Seconds as people write them: `14s`, `2m 05s`, `1h 03m`, `3d 4h`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds of at most 90 days")]
pub fn length(seconds: f64) -> String {
    let seconds = seconds.round().max(0.0) as u64;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h {:02}m", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{}d {}h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// A share of a hundred as people write it: `12.5%`, and `0.03%` for what is below one.
pub fn rate(hundredths: f64) -> String {
    let is_small = hundredths > 0.0 && hundredths < 1.0;
    format!("{}%", if is_small { format::data(hundredths) } else { format::ratio(hundredths) })
}

/// The same of a whole: `12.5%`.
pub fn percent(share: f64) -> String {
    rate(share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_reads_as_it_was_meant() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let rows = [row(&["a", "b,c"]), row(&["say \"x\"", "-3.5"]), row(&["=1+1", "@x"])];
        assert_eq!(csv(&rows), "a,\"b,c\"\r\n\"say \"\"x\"\"\",-3.5\r\n'=1+1,'@x\r\n");
    }

    #[test]
    fn lengths_are_written_short() {
        for (seconds, words) in
            [(0.4, "0s"), (59.6, "1m 00s"), (125.0, "2m 05s"), (3780.0, "1h 03m"), (273_600.0, "3d 4h")]
        {
            assert_eq!(length(seconds), words);
        }
    }
}
