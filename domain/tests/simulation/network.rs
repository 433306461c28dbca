//! The network between the edges and the aggregator.

use std::collections::VecDeque;

use crate::chance::Chance;
use crate::edge::{Answer, Request};

/// A message under way. The number ties an answer to its request.
#[derive(Clone)]
pub enum Message {
    Request { edge: usize, number: u64, request: Request },
    Answer { edge: usize, number: u64, answer: Answer },
}

#[derive(Default)]
pub struct Network {
    under_way: VecDeque<Message>,
    /// Operations for which no request passes, and for which no answer does.
    requests_cut: usize,
    answers_cut: usize,
}

impl Network {
    /// Sends a message, unless the way is cut.
    pub fn send(&mut self, message: Message) {
        let cut = match message {
            Message::Request { .. } => self.requests_cut,
            Message::Answer { .. } => self.answers_cut,
        };
        if cut == 0 {
            self.under_way.push_back(message);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }

    /// The next message to arrive.
    pub fn next(&mut self) -> Option<Message> {
        self.under_way.pop_front()
    }

    /// The next request to arrive.
    pub fn next_request(&mut self) -> Option<Message> {
        let at = self.under_way.iter().position(|message| matches!(message, Message::Request { .. }))?;
        self.under_way.remove(at)
    }

    /// Any message.
    pub fn pick(&mut self, chance: &mut Chance) -> Option<Message> {
        self.under_way.remove(chance.below(self.under_way.len()))
    }

    /// All connections end.
    pub fn reset(&mut self) {
        self.under_way.clear();
    }

    /// Nothing passes for some operations, in one direction or both.
    pub fn part(&mut self, chance: &mut Chance) {
        let operations = 10 + chance.below(50);
        let direction = chance.below(3);
        self.requests_cut = if direction == 0 { 0 } else { operations };
        self.answers_cut = if direction == 1 { 0 } else { operations };
        let (requests_pass, answers_pass) = (self.requests_cut == 0, self.answers_cut == 0);
        self.under_way.retain(|message| match message {
            Message::Request { .. } => requests_pass,
            Message::Answer { .. } => answers_pass,
        });
    }

    /// One more operation is over.
    pub fn tick(&mut self) {
        self.requests_cut = self.requests_cut.saturating_sub(1);
        self.answers_cut = self.answers_cut.saturating_sub(1);
    }

    /// The network is whole again.
    pub fn heal(&mut self) {
        (self.requests_cut, self.answers_cut) = (0, 0);
    }
}
