//! Clocks that jump, and are set right some time later.

use crate::chance::Chance;

/// By how much a clock may be off, ms. Beyond five minutes, nothing is believed.
const JUMPS_MS: [i64; 4] = [-3_600_000, -120_000, 120_000, 3_600_000];

/// How far a clock is off.
#[derive(Clone, Copy, Default)]
pub struct Skew {
    skew_ms: i64,
    operations_left: usize,
}

impl Skew {
    /// What the clock shows.
    pub fn clock(&self, now_ms: u64) -> u64 {
        now_ms.saturating_add_signed(self.skew_ms)
    }

    pub fn jump(&mut self, chance: &mut Chance) {
        self.skew_ms = JUMPS_MS[chance.below(JUMPS_MS.len())];
        self.operations_left = 5 + chance.below(40);
    }

    /// One more operation is over.
    pub fn tick(&mut self) {
        self.operations_left = self.operations_left.saturating_sub(1);
        if self.operations_left == 0 {
            self.skew_ms = 0;
        }
    }
}
