//! Which events reach a goal.

use wire::frame::RawEvent;
use wire::site::Goal;

/// Names of the goals that an event reaches.
pub fn reached(goals: &[Goal], event: &RawEvent) -> Vec<String> {
    let reaches = |goal: &&Goal| {
        goal.event_type == event.event_type && goal.path.as_ref().is_none_or(|pattern| matches(pattern, &event.path))
    };
    goals.iter().filter(reaches).map(|goal| goal.name.clone()).collect()
}

/// Whether a path matches a pattern: `*` stands for any part of one segment, `**` for any part of the path.
pub fn matches(pattern: &str, path: &str) -> bool {
    let (mut rest, mut at) = (pattern.as_bytes(), path.as_bytes());
    // Where to go on when what follows a star does not fit: one byte further for that star.
    let mut retry: Option<(&[u8], &[u8])> = None;
    let mut outer: Option<(&[u8], &[u8])> = None;
    loop {
        match (rest, at) {
            ([b'*', b'*', after @ ..], _) => {
                (outer, retry) = (Some((after, at)), None);
                rest = after;
            }
            ([b'*', after @ ..], _) => {
                retry = Some((after, at));
                rest = after;
            }
            ([], []) => return true,
            ([p, after @ ..], [b, behind @ ..]) if p == b => (rest, at) = (after, behind),
            _ => {
                let inner = retry.and_then(|(after, from)| match from {
                    [b, behind @ ..] if *b != b'/' => Some((after, behind)),
                    _ => None,
                });
                if let Some((after, behind)) = inner {
                    retry = Some((after, behind));
                    (rest, at) = (after, behind);
                } else if let Some((after, [_, behind @ ..])) = outer {
                    (outer, retry) = (Some((after, behind)), None);
                    (rest, at) = (after, behind);
                } else {
                    return false;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_star_stays_within_a_segment() {
        fn check(pattern: &str, path: &str, expect: bool) {
            assert_eq!(matches(pattern, path), expect, "{pattern} {path}");
        }
        check("/a", "/a", true);
        check("/a", "/a/", false);
        check("/a/*", "/a/b", true);
        check("/a/*", "/a/b/c", false);
        check("/a/*/c", "/a/b/c", true);
        check("/a/**", "/a/b/c", true);
        check("**/done", "/x/y/done", true);
        check("/*.html", "/page.html", true);
        check("/*.html", "/p/page.html", false);
        check("/a*b*c", "/aXbXbXc", true);
        check("**", "", true);
        check("", "/", false);
        check("/**/x/*", "/1/x/2/x/3", true);
        check("/**/x/*", "/1/x/2/3", false);
    }

    #[test]
    fn a_goal_wants_type_and_path() {
        let goal = |name: &str, event_type: &str, path: Option<&str>| Goal {
            name: name.to_owned(),
            event_type: event_type.to_owned(),
            path: path.map(str::to_owned),
        };
        let goals = [goal("buy", "purchase", None), goal("thanks", "pageview", Some("/thanks*"))];
        let event = |event_type: &str, path: &str| RawEvent {
            event_type: event_type.to_owned(),
            path: path.to_owned(),
            ..RawEvent::default()
        };
        assert_eq!(reached(&goals, &event("purchase", "/x")), ["buy"]);
        assert_eq!(reached(&goals, &event("pageview", "/thanks-a-lot")), ["thanks"]);
        assert!(reached(&goals, &event("pageview", "/x")).is_empty());
    }
}
