//! How finely a sketch looks: how many bits of a hash choose its register.

/// Bits of a hash that choose its register, 4 to 14. A sketch has two to that power registers, and its estimate a
/// standard error of 1.04 over their square root: 0.8 % at 14, 1.6 % at 12, 26 % at 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Precision(u8);

impl Precision {
    /// The coarsest: 16 registers.
    pub const MIN: Self = Self(4);

    /// The finest, and what everything is counted at: 16 384 registers.
    pub const MAX: Self = Self(14);

    /// The precision of that many bits; none outside [`Self::MIN`] to [`Self::MAX`].
    pub fn new(bits: u8) -> Option<Self> {
        (Self::MIN.0..=Self::MAX.0).contains(&bits).then_some(Self(bits))
    }

    /// Bits of a hash that choose its register.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// Number of registers.
    pub const fn registers(self) -> usize {
        1 << self.0
    }

    /// Highest rank: all bits that choose no register are zero.
    pub fn rank_max(self) -> u8 {
        64 - self.0 + 1
    }

    /// Relative standard error of an estimate.
    pub fn standard_error(self) -> f64 {
        1.04 / (self.registers() as f64).sqrt()
    }

    /// Register and rank of a hash.
    pub(super) fn split(self, hash: u64) -> (u16, u8) {
        let index = hash & (self.registers() as u64 - 1);
        let rank = (hash >> self.0).leading_zeros() as u8 - self.0 + 1;
        (index as u16, rank)
    }

    /// The smallest hash of a register and rank. It has the same register and rank as any such hash at every
    /// precision up to this one: its low bits are the register's own, and its highest bit is where theirs is.
    pub(super) fn hash(self, index: u16, rank: u8) -> u64 {
        let highest = if rank < self.rank_max() { 1 << (64 - rank) } else { 0 };
        highest | u64::from(index)
    }
}

impl Default for Precision {
    fn default() -> Self {
        Self::MAX
    }
}
