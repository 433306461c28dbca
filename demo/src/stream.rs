//! What happens on a site, in the order of time, whatever steps it is asked for in.

use crate::plan::Plan;
use crate::site::{Facts, Story};
use crate::visit::Happening;
use crate::{blog, saas};

/// All that happens on a site from the first day on. It never ends.
#[derive(Debug)]
pub struct Stream {
    plan: Plan,
    facts: &'static Facts,
    story: Box<dyn Story>,
    /// The next day to be told.
    next_day: u32,
    /// Before then all is told, Unix milliseconds.
    told_ms: u64,
    /// What is told and was not asked for yet, the latest first.
    ahead: Vec<Happening>,
    last_ms: u64,
}

impl Stream {
    /// One for each site.
    pub fn all(plan: Plan) -> [Self; 2] {
        let stream = |facts, story| Self { plan, facts, story, next_day: 0, told_ms: 0, ahead: Vec::new(), last_ms: 0 };
        [
            stream(&blog::FACTS, Box::new(blog::Blog::new(plan)) as Box<dyn Story>),
            stream(&saas::FACTS, Box::new(saas::Saas::new(plan))),
        ]
    }

    /// The site.
    pub fn facts(&self) -> &'static Facts {
        self.facts
    }

    /// The next day that is to be told.
    pub fn next_day(&self) -> u32 {
        self.next_day
    }

    /// What happens next before an instant. No two things happen at once. None when nothing does, or the calendar ends.
    pub fn next_before(&mut self, until_ms: u64) -> Option<Happening> {
        loop {
            // What began on an earlier day may go on; what begins on a day not told yet does so no earlier than that.
            if let Some(next) = self.ahead.pop_if(|next| next.at_ms < until_ms.min(self.told_ms)) {
                self.last_ms = next.at_ms.max(self.last_ms + 1);
                return Some(Happening { at_ms: self.last_ms, ..next });
            }
            if until_ms <= self.told_ms {
                return None;
            }
            self.tell()?;
        }
    }

    fn tell(&mut self) -> Option<()> {
        let day = self.plan.day(self.next_day, self.story.zone())?;
        self.story.day(&day, &mut self.ahead);
        self.ahead.sort_unstable_by_key(|one| std::cmp::Reverse((one.at_ms, one.name)));
        (self.next_day, self.told_ms) = (self.next_day + 1, day.end_ms);
        Some(())
    }
}
