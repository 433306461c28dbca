//! The examples of `docs/analyses.md`, one by one. Letters are the steps in their order, `x` is the exclusion, `-` any
//! other event; numbers are minutes.

use super::*;

const MINUTE: u64 = 60_000;

/// `A B C` with a window of an hour.
fn funnel() -> FunnelFold {
    FunnelFold { window_ms: 60 * MINUTE, entries: 0..u64::MAX, ..fold(3) }
}

fn moments(text: &str) -> Vec<Moment> {
    let one = |part: &str| {
        let (what, minute) = part.split_once('@').unwrap_or_else(|| panic!("{part}"));
        let bit = |letter: char| match letter {
            '-' => 0,
            'x' => 8,
            letter => 1 << (letter as u32 - 'A' as u32),
        };
        moment(minute.parse::<u64>().unwrap_or_else(|e| panic!("{e}")) * MINUTE, what.chars().map(bit).sum())
    };
    text.split_whitespace().map(one).collect()
}

/// Minutes of the steps of each attempt that counts.
fn check(fold: &FunnelFold, text: &str, expect: &[&[u64]]) {
    let found: Vec<Vec<u64>> = found(fold, &moments(text))
        .into_iter()
        .map(|(times, _)| times.iter().map(|ms| ms / MINUTE).collect())
        .collect();
    assert_eq!(found, expect, "{text}");
}

fn with(attempts: Attempts) -> FunnelFold {
    FunnelFold { attempts, ..funnel() }
}

fn strict() -> FunnelFold {
    FunnelFold { order: StepOrder::Strict, ..funnel() }
}

fn any() -> FunnelFold {
    FunnelFold { order: StepOrder::Any, ..funnel() }
}

fn excluding(from: usize, to: usize) -> FunnelFold {
    FunnelFold { exclusions: vec![Excluded { bit: 8, from, to }], ..funnel() }
}

#[test]
fn going_back_and_other_events_do_not_matter() {
    check(&funnel(), "A@0 -@1 B@2 A@3 B@4 C@5", &[&[3, 4, 5]]);
    check(&funnel(), "A@0 B@2 -@3 B@4 C@5", &[&[0, 2, 5]]);
}

#[test]
fn a_skipped_step_is_not_done() {
    check(&funnel(), "A@0 C@5", &[&[0]]);
    check(&funnel(), "B@0 C@5", &[]);
    check(&funnel(), "A@0 C@5 B@6", &[&[0, 6]]);
}

#[test]
fn the_window_ends_with_its_last_instant() {
    check(&funnel(), "A@0 B@30 C@60", &[&[0, 30, 60]]);
    check(&funnel(), "A@0 B@30 C@61", &[&[0, 30]]);
    let mut late = moments("A@0 B@30 C@60");
    late.iter_mut().rev().take(1).for_each(|last| last.at_ms += 1);
    assert_eq!(found(&funnel(), &late), [(vec![0, 30 * MINUTE], 0)]);
}

#[test]
fn of_several_attempts_the_best_counts() {
    let events = "A@0 B@10 A@100 B@110 C@120";
    check(&with(Attempts::Best), events, &[&[100, 110, 120]]);
    check(&with(Attempts::First), events, &[&[0, 10]]);
    check(&with(Attempts::All), events, &[&[0, 10], &[100, 110, 120]]);
}

#[test]
fn attempts_do_not_overlap() {
    check(&with(Attempts::All), "A@0 A@10 B@50 C@65", &[&[0, 50]]);
    check(&with(Attempts::Best), "A@0 A@10 B@50 C@65", &[&[10, 50, 65]]);
    check(&with(Attempts::All), "A@0 B@1 C@2 B@3 A@4 B@5 C@6", &[&[0, 1, 2], &[4, 5, 6]]);
}

#[test]
fn nothing_comes_between_strict_steps() {
    check(&strict(), "A@0 B@1 C@2", &[&[0, 1, 2]]);
    check(&strict(), "A@0 B@1 -@2 C@3", &[&[0, 1]]);
    check(&strict(), "A@0 A@1 B@2 C@3", &[&[1, 2, 3]]);
}

#[test]
fn in_any_order_as_many_as_were_done_count() {
    check(&any(), "C@0 A@10 B@20", &[&[0, 10, 20]]);
    check(&any(), "C@0 A@10 C@50 B@65", &[&[10, 50, 65]]);
    check(&any(), "C@0 C@10", &[&[0]]);
}

#[test]
fn an_event_is_one_step() {
    // The same step twice takes two events.
    let twice = FunnelFold { steps: 2, ..funnel() };
    check(&twice, "AB@0", &[&[0]]);
    check(&twice, "AB@0 AB@1", &[&[0, 1]]);
    check(&FunnelFold { order: StepOrder::Any, ..twice.clone() }, "AB@0", &[&[0]]);
    check(&FunnelFold { order: StepOrder::Any, ..twice }, "AB@0 AB@1", &[&[0, 1]]);
}

#[test]
fn at_one_instant_steps_count_in_their_order() {
    check(&funnel(), "B@5 A@5 C@6", &[&[5, 5, 6]]);
    check(&funnel(), "C@5 B@5 A@5", &[&[5, 5, 5]]);
    check(&strict(), "C@5 -@5 B@5 A@5", &[&[5, 5, 5]]);
}

#[test]
fn an_exclusion_ends_an_attempt_between_its_steps() {
    check(&excluding(1, 3), "A@0 x@1 B@2 C@3", &[&[0]]);
    check(&excluding(1, 3), "A@0 B@2 x@3 C@4", &[&[0, 2]]);
    check(&excluding(1, 3), "A@0 B@2 x@3 A@4 B@5 C@6", &[&[4, 5, 6]]);
    // Between the second and the third alone: the second may be done again.
    check(&excluding(2, 3), "A@0 x@1 B@2 C@3", &[&[0, 2, 3]]);
    check(&excluding(2, 3), "A@0 B@1 x@2 B@3 C@4", &[&[0, 3, 4]]);
    check(&excluding(2, 3), "A@0 B@1 x@2 C@4", &[&[0, 1]]);
}

#[test]
fn attempts_begin_in_the_range_and_end_behind_it() {
    let fold = FunnelFold { entries: 10 * MINUTE..20 * MINUTE, ..funnel() };
    check(&fold, "A@10 B@30 C@40", &[&[10, 30, 40]]);
    check(&fold, "A@20 B@30 C@40", &[]);
    check(&FunnelFold { order: StepOrder::Any, ..fold }, "C@19 B@20 A@30", &[&[19, 20, 30]]);
}

#[test]
fn what_comes_next_is_what_follows_the_last_step() {
    let fold = FunnelFold { wants_next: true, ..funnel() };
    let mut tally = FunnelTally::default();
    for (text, action) in [("A@0 B@1 -@2", 7), ("A@0 -@1 B@2 A@3", 8), ("A@0 B@1", 9), ("A@0 B@1 C@2 -@3", 10)] {
        let mut moments = moments(text);
        moments.iter_mut().rev().take(1).for_each(|last| last.action = action);
        fold.unit(&mut moments, &mut tally);
    }
    let expect = [((2, Some(7)), 1), ((2, Some(8)), 1), ((2, None), 1)];
    assert_eq!(tally.next, expect.into_iter().collect());
    let all = tally.groups.get(&0).cloned().unwrap_or_default();
    assert_eq!(all.users.get(..3), Some(&[4, 4, 1][..]));
    assert_eq!(all.between.iter().map(Durations::count).collect::<Vec<_>>(), [4, 1]);
    assert_eq!(all.whole.told().map(|times| times.median), Some(120.0));
}

#[test]
fn what_nobody_does_is_not_what_comes_next() {
    let fold = FunnelFold { wants_next: true, measured: 1 << 10, ..funnel() };
    let mut moments = moments("A@0 B@1 -@2 -@3");
    for (moment, (matches, action)) in moments.iter_mut().skip(2).zip([(fold.measured, 7), (0, 8)]) {
        (moment.matches, moment.action) = (matches, action);
    }
    let mut tally = FunnelTally::default();
    fold.unit(&mut moments, &mut tally);
    assert_eq!(tally.next, [((2, Some(8)), 1)].into_iter().collect());
}
