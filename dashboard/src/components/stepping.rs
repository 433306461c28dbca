//! A cursor over places from left to right, moved by keys.

use leptos::prelude::*;
use web_sys::KeyboardEvent;

/// Moves a cursor over so many places as a key says, and keeps the key from everything else; answers where the cursor is
/// then. None: the key says nothing here.
pub fn step(event: &KeyboardEvent, cursor: RwSignal<Option<usize>>, count: usize) -> Option<Option<usize>> {
    let next = stepped(&event.key(), cursor.get_untracked(), count)?;
    event.prevent_default();
    event.stop_propagation();
    cursor.set(next);
    Some(next)
}

/// Arrows go on from where the cursor is, or begin at the end that they come from; Escape takes it away.
fn stepped(key: &str, cursor: Option<usize>, count: usize) -> Option<Option<usize>> {
    let last = count.checked_sub(1)?;
    match (key, cursor) {
        ("ArrowLeft", None) | ("End", _) => Some(Some(last)),
        ("ArrowLeft", Some(at)) => Some(Some(at.saturating_sub(1))),
        ("ArrowRight", Some(at)) => Some(Some((at + 1).min(last))),
        ("ArrowRight", None) | ("Home", _) => Some(Some(0)),
        ("Escape", Some(_)) => Some(None),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_move_within_the_places() {
        for (key, cursor, count, expected) in [
            ("ArrowRight", None, 3, Some(Some(0))),
            ("ArrowRight", Some(0), 3, Some(Some(1))),
            ("ArrowRight", Some(2), 3, Some(Some(2))),
            ("ArrowLeft", None, 3, Some(Some(2))),
            ("ArrowLeft", Some(0), 3, Some(Some(0))),
            ("Home", Some(2), 3, Some(Some(0))),
            ("End", None, 3, Some(Some(2))),
            // There were more places a moment ago.
            ("ArrowRight", Some(7), 3, Some(Some(2))),
            ("Escape", Some(1), 3, Some(None)),
            ("Escape", None, 3, None),
            ("Enter", Some(1), 3, None),
            ("End", None, 0, None),
        ] {
            assert_eq!(stepped(key, cursor, count), expected, "{key} at {cursor:?} of {count}");
        }
    }
}
