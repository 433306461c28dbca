//! What a segment is: rules, of which all or any must hold. Each change shows at once.

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use serde_json::Value;
use wire::limits::{BEHAVIOUR_TIMES_MAX, BEHAVIOURS_MAX};
use wire::query::Dimension;

use super::super::keeping::keeping_bar;
use super::super::number::number;
use super::super::pattern::Pattern;
use super::super::picker::{Picking, picker};
use super::Editing;
use super::rule::{About, Bound, KINDS, Rule, Sum};
use super::words::{SPANS, within};
use crate::components::choice::{Choosable, choice};
use crate::components::form::focus_later;
use crate::components::{Icon, Picture, names};

/// The currency that is tried first.
const CURRENCY: &str = "EUR";

/// The card.
pub fn builder(editing: Editing) -> AnyView {
    let Editing { asking, state, .. } = editing;
    let count = Memo::new(move |_| state.with(|state| state.rules.len()));
    let rules = move || (0..count.get()).map(|at| rule(editing, at)).collect::<Vec<_>>();
    let add = move |_| {
        let at = count.get_untracked();
        editing.change(|state| state.rules.push(Rule::default()));
        focus_later(format!("rule-{at}-value"));
    };
    let joins = Signal::derive(move || {
        let is_any = state.with(|state| state.is_any);
        vec![Choosable::new("", "all of these hold", !is_any), Choosable::new("any", "any of these holds", is_any)]
    });
    let join = UnsyncCallback::new(move |chosen: String| editing.change(|state| state.is_any = !chosen.is_empty()));
    let is_full = move || count.get() >= BEHAVIOURS_MAX;
    let is_alone = move || count.get() < 2;
    view! {
        <section class="card build" aria-label="Segment" data-testid="builder">
            <div class="people-bar">
                {keeping_bar(editing, editing.keeping.segments)}
                <a class="button quiet" href=move || asking.address(Default::default())>"All segments"</a>
            </div>
            <p class="segment-join" hidden=is_alone>
                <span class="muted">"Those of whom"</span>
                {choice("How rules are joined".to_owned(), "join", "field", joins, join)}
            </p>
            <ol class="steps" aria-label="Rules">{rules}</ol>
            <div class="steps-more">
                <button
                    type="button"
                    class="button quiet add"
                    id="add-rule"
                    hidden=is_full
                    on:click=add
                >
                    "Add rule"
                </button>
            </div>
        </section>
    }
    .into_any()
}

/// A rule of the segment shown.
#[derive(Clone, Copy)]
struct Ruled {
    editing: Editing,
    at: usize,
    rule: Memo<Rule>,
}

impl Ruled {
    fn edit(self, edit: impl FnOnce(&mut Rule)) {
        self.editing.change(|state| state.rules.get_mut(self.at).into_iter().for_each(edit_once(edit)));
    }

    fn is(self, is: impl Fn(&Rule) -> bool + Send + Sync + 'static) -> Signal<bool> {
        let rule = self.rule;
        Signal::derive(move || rule.with(&is))
    }
}

/// Something that is done once at most.
fn edit_once(edit: impl FnOnce(&mut Rule)) -> impl FnMut(&mut Rule) {
    let mut edit = Some(edit);
    move |rule| edit.take().into_iter().for_each(|edit| edit(rule))
}

fn rule(editing: Editing, at: usize) -> AnyView {
    let state = editing.state;
    let rule = Memo::new(move |_| state.with(|state| state.rules.get(at).cloned().unwrap_or_default()));
    let ruled = Ruled { editing, at, rule };
    let number = at + 1;
    let remove = move |_| {
        editing.change(|state| {
            if at < state.rules.len() {
                state.rules.remove(at);
            }
        });
        focus_later("add-rule".to_owned());
    };
    // Controls are those of what a rule is about; what is typed into them changes none.
    let shape = Memo::new(move |_| rule.with(|rule| (rule.about, rule.rest.is_some())));
    let body = move || match shape.get() {
        (_, true) => {
            let words = rule.with(|rule| rule.words(&|about, name| editing.keeping.called(about, name)));
            view! { <span class="pill">{words}</span> }.into_any()
        }
        (About::Funnel, _) => view! { {funnel(ruled)}{when(ruled)} }.into_any(),
        (About::Segment, _) => segment(ruled),
        (About::Events, _) => events(ruled),
        (About::Did, _) => view! { {events(ruled)}{times(ruled)}{sum(ruled)}{when(ruled)} }.into_any(),
        (About::First | About::Last, _) => view! { {events(ruled)}{when(ruled)} }.into_any(),
    };
    let kinds = move || shape.with(|(_, is_unsaid)| !is_unsaid).then(|| kind(ruled));
    view! {
        <li class="step segment-rule" aria-label=format!("Rule {number}")>
            <span class="step-number" aria-hidden="true">{number}</span>
            <div class="segment-parts">{kinds}{body}</div>
            <span class="step-tools">
                <button type="button" class="icon-button" aria-label=format!("Remove rule {number}") title="Remove" on:click=remove>
                    <Icon picture=Picture::CROSS/>
                </button>
            </span>
        </li>
    }
    .into_any()
}

fn kind(ruled: Ruled) -> AnyView {
    let Ruled { at, rule, .. } = ruled;
    let list = Signal::derive(move || {
        let chosen = rule.with(|rule| (rule.about, rule.is_not));
        let kinds = KINDS.iter().enumerate();
        let kind = |(place, (about, is_not, words)): (usize, &(About, bool, &'static str))| {
            Choosable::new(place.to_string(), *words, (*about, *is_not) == chosen)
        };
        let mut all: Vec<_> = kinds.map(kind).collect();
        if !all.iter().any(|one| one.is_chosen) {
            let words = if chosen.0 == About::First { "First did not do" } else { "Last did not do" };
            all.push(Choosable::new("", words, true));
        }
        all
    });
    let choose = UnsyncCallback::new(move |place: String| {
        let Some((about, is_not, _)) = place.parse::<usize>().ok().and_then(|place| KINDS.get(place)) else { return };
        ruled.edit(|rule| {
            let was = rule.about;
            (rule.about, rule.is_not) = (*about, *is_not);
            let about_events = |about| matches!(about, About::Did | About::First | About::Last);
            if !about_events(was) || !about_events(*about) {
                let pattern = match about {
                    About::Did => Pattern::event(""),
                    _ => Pattern::default(),
                };
                *rule =
                    Rule { about: *about, is_not: *is_not, pattern, within: rule.within.clone(), ..Rule::default() };
            }
            if matches!(about, About::First | About::Last) && rule.pattern.is_open() {
                rule.pattern = Pattern::default();
            }
            if *about != About::Did {
                (rule.times, rule.sum) = (None, None);
            }
        });
    });
    choice(format!("Rule {}: what", at + 1), "", "field segment-kind", list, choose)
}

fn events(ruled: Ruled) -> AnyView {
    let Ruled { editing, at, rule } = ruled;
    let change = UnsyncCallback::new(move |next: Pattern| ruled.edit(|rule| rule.pattern = next));
    let picking = Picking {
        id: format!("rule-{at}"),
        label: format!("Rule {}", at + 1),
        pattern: Signal::derive(move || rule.with(|rule| rule.pattern.clone())),
        change,
    };
    picker(editing.asking, picking)
}

fn times(ruled: Ruled) -> AnyView {
    let Ruled { at, rule, .. } = ruled;
    let list = Signal::derive(move || {
        let chosen = rule.with(|rule| rule.times.map(|(bound, _)| bound));
        vec![
            Choosable::new("", "once or more", chosen.is_none()),
            Choosable::new("least", "at least", chosen == Some(Bound::AtLeast)),
            Choosable::new("most", "once, and at most", chosen == Some(Bound::AtMost)),
        ]
    });
    let choose = UnsyncCallback::new(move |chosen: String| {
        ruled.edit(|rule| {
            let times = rule.times.map_or(2, |(_, times)| times);
            rule.times = match chosen.as_str() {
                "least" => Some((Bound::AtLeast, times)),
                "most" => Some((Bound::AtMost, times)),
                _ => None,
            };
        });
    });
    let has_times = ruled.is(|rule| rule.times.is_some());
    let field = move || {
        has_times.get().then(|| {
            let value = move || rule.with(|rule| rule.times.map(|(_, times)| times.to_string()).unwrap_or_default());
            let change = move |text: String| {
                if let Ok(times) = text.parse::<u64>() {
                    let times = times.clamp(1, BEHAVIOUR_TIMES_MAX);
                    ruled.edit(|rule| rule.times = rule.times.map(|(bound, _)| (bound, times)));
                }
            };
            view! { {number(format!("Rule {}: times", at + 1), ("1", "1"), value, change)}<span class="muted">"times"</span> }
        })
    };
    view! { {choice(format!("Rule {}: how often", at + 1), "", "field", list, choose)}{field} }.into_any()
}

fn sum(ruled: Ruled) -> AnyView {
    let Ruled { editing, at, rule } = ruled;
    let known = editing.asking.known;
    let place = at + 1;
    let of = Signal::derive(move || {
        let chosen = rule.with(|rule| rule.sum.as_ref().map(|sum| sum.of.clone()));
        let own = known.properties.get().into_iter().map(|name| format!("property:{name}"));
        let mut all: Vec<String> = ["revenue".to_owned()].into_iter().chain(own).collect();
        all.extend(chosen.clone().filter(|chosen| !all.contains(chosen)));
        let one = |of: String| {
            let words = Dimension::named(&of).map_or_else(|| "revenue".to_owned(), names::dimension);
            let is_chosen = chosen.as_ref() == Some(&of);
            Choosable::new(of, format!("sum of {words}"), is_chosen)
        };
        [Choosable::new("", "any sum", chosen.is_none())].into_iter().chain(all.into_iter().map(one)).collect()
    });
    let choose = UnsyncCallback::new(move |of: String| {
        ruled.edit(|rule| {
            let before = rule.sum.take().unwrap_or_default();
            let currency = if of == "revenue" { CURRENCY.to_owned() } else { String::new() };
            rule.sum = (!of.is_empty()).then_some(Sum { of, currency, ..before });
        });
    });
    let edit = move |edit: &dyn Fn(&mut Sum)| ruled.edit(|rule| rule.sum.iter_mut().for_each(edit));
    let bounds = Signal::derive(move || {
        let is_most = rule.with(|rule| rule.sum.as_ref().is_some_and(|sum| sum.bound == Bound::AtMost));
        vec![Choosable::new("", "at least", !is_most), Choosable::new("most", "at most", is_most)]
    });
    let bound = UnsyncCallback::new(move |chosen: String| {
        let bound = if chosen.is_empty() { Bound::AtLeast } else { Bound::AtMost };
        edit(&|sum| sum.bound = bound);
    });
    let has_sum = ruled.is(|rule| rule.sum.is_some());
    let has_currency = ruled.is(|rule| rule.sum.as_ref().is_some_and(|sum| sum.of == "revenue"));
    let fields = move || {
        has_sum.get().then(|| {
            let value = move || {
                rule.with(|rule| rule.sum.as_ref().and_then(|sum| sum.amount).map(|amount| amount.to_string()))
                    .unwrap_or_default()
            };
            let amount = move |text: String| {
                let amount = text.parse::<f64>().ok().filter(|amount| amount.is_finite());
                edit(&|sum| sum.amount = amount);
            };
            let currency =
                move || rule.with(|rule| rule.sum.as_ref().map(|sum| sum.currency.clone())).unwrap_or_default();
            let typed = move |event: web_sys::Event| {
                let code = event_target_value(&event).trim().to_uppercase();
                edit(&|sum| sum.currency.clone_from(&code));
            };
            view! {
                {choice(format!("Rule {place}: sum"), "", "field", bounds, bound)}
                {number(format!("Rule {place}: amount"), ("", "any"), value, amount)}
                <input
                    class="field segment-number"
                    hidden=move || !has_currency.get()
                    maxlength="3"
                    spellcheck="false"
                    aria-label=format!("Rule {place}: currency")
                    prop:value=currency
                    on:change=typed
                />
            }
        })
    };
    view! { {choice(format!("Rule {place}: sum of"), "", "field", of, choose)}{fields} }.into_any()
}

fn when(ruled: Ruled) -> AnyView {
    let Ruled { at, rule, .. } = ruled;
    let list = Signal::derive(move || {
        let chosen = rule.with(|rule| rule.within.clone());
        let name = chosen.as_ref().map_or("", |chosen| chosen.as_str().unwrap_or("own"));
        let mut all: Vec<_> = SPANS.iter().map(|(span, words)| Choosable::new(*span, *words, *span == name)).collect();
        if let Some(own) = chosen.as_ref().filter(|_| !all.iter().any(|one| one.is_chosen)) {
            all.push(Choosable::new("own", within(own), true));
        }
        all
    });
    let choose = UnsyncCallback::new(move |span: String| {
        if span != "own" {
            ruled.edit(|rule| rule.within = (!span.is_empty()).then(|| Value::from(span.clone())));
        }
    });
    choice(format!("Rule {}: when", at + 1), "", "field", list, choose)
}

fn funnel(ruled: Ruled) -> AnyView {
    let Ruled { editing, at, rule } = ruled;
    let keeping = editing.keeping.funnels;
    let place = at + 1;
    let funnels = Signal::derive(move || {
        let chosen = rule.with(|rule| rule.named.clone());
        let all = keeping.list.get().unwrap_or_default().into_iter();
        let all = all.map(|kept| Choosable::new(kept.id.clone(), kept.name, kept.id == chosen));
        [Choosable::new("", "Choose a funnel", chosen.is_empty())].into_iter().chain(all).collect()
    });
    let choose = UnsyncCallback::new(move |name: String| {
        ruled.edit(|rule| (rule.named, rule.step) = (name, 1));
    });
    let steps = Signal::derive(move || {
        let (named, step, is_dropped) = rule.with(|rule| (rule.named.clone(), rule.step, rule.is_dropped));
        let kept = keeping.find(&named);
        let count = kept.as_ref().and_then(|kept| kept.content.get("steps")?.as_array()).map_or(1, Vec::len) as u64;
        let reached = (1..=count).map(|at| (at, false, format!("reached step {at}")));
        let dropped = (1..count).map(|at| (at, true, format!("stopped at step {at}")));
        let one = |(at, drops, words): (u64, bool, String)| {
            Choosable::new(format!("{at},{drops}"), words, (at, drops) == (step, is_dropped))
        };
        reached.chain(dropped).map(one).collect()
    });
    let choose_step = UnsyncCallback::new(move |chosen: String| {
        let Some((step, drops)) = chosen.split_once(',') else { return };
        let (step, drops) = (step.parse().unwrap_or(1), drops == "true");
        ruled.edit(|rule| (rule.step, rule.is_dropped) = (step, drops));
    });
    let is_chosen = ruled.is(|rule| !rule.named.is_empty());
    let step = move || is_chosen.get().then(|| choice(format!("Rule {place}: step"), "", "field", steps, choose_step));
    view! { {choice(format!("Rule {place}: funnel"), "", "field", funnels, choose)}{step} }.into_any()
}

fn segment(ruled: Ruled) -> AnyView {
    let Ruled { editing, at, rule } = ruled;
    let segments = Signal::derive(move || {
        let chosen = rule.with(|rule| rule.named.clone());
        let own = editing.state.with(|state| state.segment.clone());
        let all = editing.keeping.segments.list.get().unwrap_or_default().into_iter();
        let all = all.filter(|kept| Some(&kept.id) != own.as_ref());
        let all = all.map(|kept| Choosable::new(kept.id.clone(), kept.name, kept.id == chosen));
        [Choosable::new("", "Choose a segment", chosen.is_empty())].into_iter().chain(all).collect()
    });
    let choose = UnsyncCallback::new(move |number: String| ruled.edit(|rule| rule.named = number));
    choice(format!("Rule {}: segment", at + 1), "", "field", segments, choose)
}
