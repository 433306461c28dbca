use wire::frame::FrameResult;

use super::*;

/// An object with frames 1, 2, … of 100 bytes each in epoch 1.
struct Object {
    machine: Machine,
    frames: Vec<u64>,
    held: Held,
    now_ms: u64,
}

impl Object {
    fn holding(frames: u64) -> Self {
        let held = Held { journal_bytes: 0, outbox_bytes: frames * 100 };
        let mut object = Self { machine: Machine::default(), frames: (1..=frames).collect(), held, now_ms: 90_000_000 };
        object.wake(0);
        object.expect(Step::Expire);
        object.report(Outcome::Done);
        object
    }

    fn wake(&mut self, applied_through: u64) {
        self.machine.wake(Some(Position { epoch: Epoch(1), applied_through: Seq(applied_through) }));
    }

    fn next(&mut self) -> Step {
        self.machine.next(&self.held, self.now_ms)
    }

    fn expect(&mut self, step: Step) {
        assert_eq!(self.next(), step);
    }

    fn report(&mut self, outcome: Outcome) {
        self.machine.report(outcome, self.now_ms);
    }

    /// Lets it send what it wants to; answers the first step that is none.
    fn send_all(&mut self) -> Step {
        loop {
            match self.next() {
                Step::Send(from) => {
                    let found = self.frames.iter().find(|seq| **seq >= from.0);
                    self.report(Outcome::Sent(found.map(|seq| Seq(*seq))));
                }
                step => return step,
            }
        }
    }

    fn answer(&mut self, result: FrameResult, applied: u64, stable: u64) {
        assert_eq!(self.send_all(), Step::Await);
        self.report(Outcome::Answered(Acknowledgement {
            result,
            epoch: Epoch(1),
            applied_through: Seq(applied),
            stable_through: Seq(stable),
            settings_version: 0,
            detail: None,
        }));
    }

    fn settle(&mut self, forget: u64, applied: u64) {
        let step = Step::Settle { forget_through: Seq(forget), applied_through: Seq(applied) };
        assert_eq!(self.send_all(), step);
        self.frames.retain(|seq| *seq > forget);
        self.held.outbox_bytes = self.frames.len() as u64 * 100;
        self.report(Outcome::Done);
    }

    fn fail(&mut self) {
        self.report(Outcome::Failed { random: 0.5 });
    }
}

#[test]
fn a_window_is_sent_and_settled_at_its_end() {
    let mut object = Object::holding(5);
    for seq in 1..=5 {
        object.answer(FrameResult::Applied, seq, seq);
    }
    object.settle(5, 5);
    assert!(matches!(object.next(), Step::Idle { .. }));
}

#[test]
fn a_long_way_is_settled_in_parts_and_an_alarm_ends() {
    let mut object = Object::holding(100);
    for seq in 1..=16 {
        object.answer(FrameResult::Applied, seq, seq);
    }
    object.settle(16, 16);
    for seq in 17..=FRAMES_PER_ALARM as u64 {
        if seq % 16 == 1 && seq > 17 {
            object.settle(seq - 1, seq - 1);
        }
        object.answer(FrameResult::Applied, seq, seq);
    }
    object.settle(64, 64);
    object.expect(Step::Sleep { ms: 0 });
}

#[test]
fn the_journal_is_sealed_while_due_or_long() {
    let mut object = Object::holding(0);
    object.held.journal_bytes = 10;
    object.expect(Step::Seal);
    object.report(Outcome::Sealed(0));
    // Nothing came of it: not again in this alarm.
    object.expect(Step::Send(Seq(1)));
    object.fail();
    object.wake(0);
    object.expect(Step::Sleep { ms: SEAL_DELAY_MS });
    object.now_ms += 400;
    object.held.journal_bytes = JOURNAL_BYTES_MAX + 1;
    object.wake(0);
    for _ in 0..SEALS_PER_ALARM {
        object.expect(Step::Seal);
        object.report(Outcome::Sealed(3));
    }
    assert!(matches!(object.next(), Step::Sleep { .. }));
}

#[test]
fn failures_are_settled_and_waited_out() {
    let mut object = Object::holding(6);
    object.answer(FrameResult::Applied, 1, 1);
    assert_eq!(object.send_all(), Step::Await);
    object.fail();
    // The rest of the window is heard, but not believed.
    for _ in 0..3 {
        object.expect(Step::Await);
        object.fail();
    }
    object.settle(1, 1);
    object.expect(Step::Sleep { ms: SEAL_DELAY_MS });
    for (failures, wait_ms) in [(2, 1_000), (3, 2_000), (4, 4_000), (8, 30_000), (9, 30_000)] {
        while object.machine.failures < failures {
            object.now_ms += WAIT_MAX_MS;
            object.wake(1);
            while object.send_all() != Step::Await {
                object.report(Outcome::Done);
            }
            object.fail();
        }
        while object.next() == Step::Await {
            object.fail();
        }
        object.expect(Step::Sleep { ms: wait_ms });
    }
    // A clock that is set back by an hour does not stop delivery for an hour.
    object.now_ms -= 3_600_000;
    object.wake(1);
    object.expect(Step::Expire);
    object.report(Outcome::Done);
    object.expect(Step::Send(Seq(2)));
}

#[test]
fn a_gap_rewinds_after_the_rest_of_the_window() {
    let mut object = Object::holding(6);
    object.answer(FrameResult::Applied, 1, 1);
    object.answer(FrameResult::Gap, 1, 1);
    for _ in 0..3 {
        object.answer(FrameResult::Gap, 1, 1);
    }
    object.settle(1, 1);
    object.expect(Step::Send(Seq(2)));
}

#[test]
fn a_gap_that_nothing_fills_ends_the_epoch() {
    let mut object = Object::holding(3);
    object.frames = vec![3];
    object.answer(FrameResult::Gap, 1, 1);
    object.held.journal_bytes = 10;
    object.expect(Step::Seal);
    object.report(Outcome::Sealed(1));
    object.held.journal_bytes = 0;
    object.expect(Step::SayHello(Epoch(1)));
    object.report(Outcome::Welcomed(Epoch(7)));
    object.expect(Step::Renew(Epoch(7)));
    object.report(Outcome::Done);
    object.expect(Step::Send(Seq(1)));
}

#[test]
fn a_rejected_frame_is_set_aside_before_the_hello() {
    let mut object = Object::holding(2);
    object.answer(FrameResult::Rejected, 0, 0);
    object.answer(FrameResult::Gap, 0, 0);
    object.expect(Step::Quarantine(Seq(1)));
    object.report(Outcome::Done);
    object.expect(Step::SayHello(Epoch(1)));
}

#[test]
fn applied_frames_are_kept_until_they_are_stable_and_asked_for_each_minute() {
    let mut object = Object::holding(3);
    for (seq, stable) in [(1, 0), (2, 1), (3, 1)] {
        object.answer(FrameResult::Applied, seq, stable);
    }
    object.settle(1, 3);
    object.expect(Step::Sleep { ms: WAIT_MAX_MS });
    object.now_ms += WAIT_MAX_MS;
    object.wake(3);
    object.expect(Step::Expire);
    object.report(Outcome::Done);
    object.expect(Step::Send(Seq(4)));
    object.report(Outcome::Sent(None));
    object.expect(Step::Send(Seq(3)));
    object.report(Outcome::Sent(Some(Seq(3))));
    object.answer(FrameResult::Duplicate, 3, 3);
    object.settle(3, 3);
    assert!(matches!(object.send_all(), Step::Idle { .. }));
}

#[test]
fn applied_frames_do_not_take_the_room_of_new_ones() {
    let mut object = Object::holding(2);
    object.answer(FrameResult::Applied, 1, 0);
    object.answer(FrameResult::Applied, 2, 0);
    object.held.outbox_bytes = KEPT_BYTES_MAX + 1;
    object.settle(2, 2);
}

#[test]
fn an_aggregator_set_back_gets_what_is_kept() {
    let mut object = Object::holding(4);
    object.wake(3);
    object.answer(FrameResult::Gap, 1, 1);
    object.expect(Step::Send(Seq(2)));
}

#[test]
fn without_an_epoch_nothing_is_done() {
    let mut machine = Machine::default();
    machine.wake(None);
    let held = Held { journal_bytes: 5, outbox_bytes: 0 };
    assert_eq!(machine.next(&held, DAY_MS), Step::Idle { keys_expire_in_ms: DAY_MS + HOUR_MS });
}

#[test]
fn what_is_held_of_a_deleted_site_is_dropped() {
    let learn = |object: &mut Object| {
        object.answer(FrameResult::Rejected, 0, 0);
        // What else is under way was refused as well.
        while object.next() == Step::Await {
            object.fail();
        }
        object.expect(Step::Quarantine(Seq(1)));
        object.report(Outcome::Done);
        object.expect(Step::SayHello(Epoch(1)));
        object.report(Outcome::Deleted);
        object.expect(Step::Forget);
    };
    let mut object = Object::holding(2);
    learn(&mut object);
    object.fail();
    assert!(matches!(object.next(), Step::Sleep { .. }), "it was not dropped: tried again");
    object.now_ms += WAIT_MAX_MS;
    object.wake(0);
    object.expect(Step::Expire);
    object.report(Outcome::Done);
    learn(&mut object);
    object.held = Held::default();
    object.report(Outcome::Done);
    assert!(matches!(object.next(), Step::Idle { .. }));
}
