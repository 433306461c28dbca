//! The figures as two tables in Markdown, as they stand in `docs/benchmarks.md`.

use std::fmt::Write;

use super::Figures;

/// What the columns mean.
const LEGEND: &str = "\
floor: `GET /healthz`, which is HTTP and the call into the worker; nothing is read, nothing stored.
503: requests told to come back later. CPU: user and system, from a round's begin until all was delivered.
sent on: from edge to aggregator, headers included. drain: from a round's end until everything was counted.
sender: CPU of the program that asks, of one core, in the round.";

/// The tables: the floor first, then the sizes.
pub fn tables(floor: &Figures, sizes: &[Figures]) -> String {
    let mut speed = head("request | body, bytes | requests/s | of floor | events/s | p50 ms | p95 ms | p99 ms | 503");
    let mut cost = head(
        "request | edge CPU, µs/request | of floor | edge, µs/event | aggregator, µs/event | sent on, bytes/event | events/rollup | drain, s | sender",
    );
    for figures in std::iter::once(floor).chain(sizes) {
        speed.push_str(&speed_of(figures, floor));
        cost.push_str(&cost_of(figures, floor));
    }
    format!("{speed}\n{cost}\n{LEGEND}\n")
}

fn head(columns: &str) -> String {
    let rule = "---|".repeat(columns.split('|').count());
    format!("| {columns} |\n|{rule}\n")
}

fn speed_of(figures: &Figures, floor: &Figures) -> String {
    let (name, round) = (name(figures), &figures.round);
    let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|share| round.wait(share).as_secs_f64() * 1e3);
    let of_floor = round.per_second() / floor.round.per_second();
    let events = round.per_second() * figures.events_per_request as f64;
    let mut line = format!("| {name} | {} | {:.0} | {of_floor:.2} | ", figures.body_bytes, round.per_second());
    let _ = writeln!(line, "{events:.0} | {p50:.1} | {p95:.1} | {p99:.1} | {} |", round.refused);
    line
}

fn cost_of(figures: &Figures, floor: &Figures) -> String {
    let name = name(figures);
    let of_floor = figures.edge_cpu_us / floor.edge_cpu_us;
    let mut line = format!("| {name} | {:.0} | {of_floor:.1} | ", figures.edge_cpu_us);
    if figures.events_per_request == 0 {
        let _ = writeln!(line, "– | – | – | – | – | {:.2} |", figures.sender_share);
        return line;
    }
    let each = |cpu_us: f64| cpu_us / figures.events_per_request as f64;
    let (edge, aggregator) = (each(figures.edge_cpu_us), each(figures.aggregator_cpu_us));
    let (bytes, rollup) = (figures.delivered_bytes_per_event, figures.events_per_rollup);
    let (drain, sender) = (figures.drain.as_secs_f64(), figures.sender_share);
    let _ = writeln!(line, "{edge:.1} | {aggregator:.1} | {bytes:.0} | {rollup:.0} | {drain:.1} | {sender:.2} |");
    line
}

fn name(figures: &Figures) -> String {
    match figures.events_per_request {
        0 => "floor".to_owned(),
        1 => "1 event".to_owned(),
        more => format!("{more} events"),
    }
}
