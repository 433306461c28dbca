//! The union of many encoded sketches, without a sketch for each: entries of a few short lists are collected as they
//! stand, of more they raise registers that are laid out in full.

use super::encoding::{self, Encoded};
use super::{Estimate, Form, Precision, Sketch, SketchError, estimate::Ranks};

/// Entries that are collected before the registers are laid out: to sort more takes longer than to look at every
/// register.
const COLLECTED_MAX: usize = 512;

/// Distinct elements of the sketches that were added.
#[derive(Clone, Debug, Default)]
pub struct Union {
    /// Entries in no order, some perhaps several times.
    collected: Vec<(u16, u8)>,
    /// Every register, once there were too many entries.
    registers: Vec<u8>,
    is_full: bool,
    /// The union of what is coarser than the finest.
    coarser: Option<Sketch>,
}

impl Union {
    /// Forgets what was added, but keeps the room.
    pub fn clear(&mut self) {
        self.collected.clear();
        self.is_full = false;
        self.coarser = None;
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.collected.is_empty() && !self.is_full && self.coarser.is_none()
    }

    /// Adds an encoded sketch.
    ///
    /// # Errors
    /// [`SketchError`] for bytes that are no sketch. What of them was read before the fault is added: such a union is
    /// to be thrown away.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), SketchError> {
        match Encoded::of(bytes)? {
            Encoded::Listed(Precision::MAX, entries) => {
                // Two bytes an entry at least.
                if !self.is_full && self.collected.len() + entries.len() / 2 > COLLECTED_MAX {
                    self.fill();
                }
                if let (true, Some(registers)) = (self.is_full, self.registers.first_chunk_mut()) {
                    return encoding::merge_listed(entries, registers);
                }
                encoding::each_listed(Precision::MAX, entries, |index, rank| self.collected.push((index, rank)))
            }
            Encoded::Full(Precision::MAX, packed) => {
                self.fill();
                encoding::merge_full(Precision::MAX, packed, &mut self.registers)
            }
            Encoded::Empty => Ok(()),
            Encoded::Listed(..) | Encoded::Full(..) => {
                let sketch = Sketch::decode(bytes)?;
                match &mut self.coarser {
                    Some(coarser) => coarser.merge(&sketch),
                    None => self.coarser = Some(sketch),
                }
                Ok(())
            }
        }
    }

    /// Adds a decoded sketch.
    pub fn add_sketch(&mut self, sketch: &Sketch) {
        if sketch.precision() < Precision::MAX {
            match &mut self.coarser {
                Some(coarser) => coarser.merge(sketch),
                None => self.coarser = Some(sketch.clone()),
            }
            return;
        }
        sketch.entries().for_each(|(index, rank)| self.raise(index, rank));
    }

    /// Estimated number of distinct hashes.
    pub fn count(&mut self) -> u64 {
        self.estimate().count
    }

    /// Estimated number of distinct hashes, with its bounds.
    pub fn estimate(&mut self) -> Estimate {
        if self.coarser.is_some() {
            return self.sketch().estimate();
        }
        let mut ranks: Ranks = [0; 64];
        let mut add = |rank: u8, registers: u32| {
            if let Some(count) = ranks.get_mut(usize::from(rank)) {
                *count += registers;
            }
        };
        if self.is_full {
            self.registers.iter().for_each(|rank| add(*rank, 1));
        } else {
            self.sort();
            self.collected.iter().for_each(|(_, rank)| add(*rank, 1));
            add(0, (Precision::MAX.registers() - self.collected.len()) as u32);
        }
        Estimate::of(Precision::MAX, &ranks)
    }

    /// The union as a sketch.
    pub fn sketch(&mut self) -> Sketch {
        let form = if self.is_full {
            Form::Full(self.registers.clone().into_boxed_slice())
        } else {
            self.sort();
            Form::Listed(self.collected.clone())
        };
        let mut sketch = Sketch { precision: Precision::MAX, form };
        if matches!(&sketch.form, Form::Listed(entries) if entries.len() > sketch.listed_max()) {
            sketch.full();
        }
        if let Some(coarser) = &self.coarser {
            sketch.merge(coarser);
        }
        sketch
    }

    /// Appends the union as bytes, as its sketch would be.
    pub fn encode_into(&mut self, bytes: &mut Vec<u8>) {
        if self.coarser.is_some() {
            self.sketch().encode_into(bytes);
        } else if self.is_full {
            encoding::write_registers(bytes, &self.registers);
        } else {
            self.sort();
            encoding::write_listed(bytes, self.collected.iter().copied());
        }
    }

    fn raise(&mut self, index: u16, rank: u8) {
        if !self.is_full {
            self.collected.push((index, rank));
            if self.collected.len() > COLLECTED_MAX {
                self.fill();
            }
            return;
        }
        if let Some(register) = self.registers.get_mut(usize::from(index)) {
            *register = (*register).max(rank);
        }
    }

    /// By register, each once.
    fn sort(&mut self) {
        // The higher rank first, for that is the one which stays.
        self.collected.sort_unstable_by_key(|(index, rank)| (*index, u8::MAX - rank));
        self.collected.dedup_by_key(|(index, _)| *index);
    }

    fn fill(&mut self) {
        if self.is_full {
            return;
        }
        self.is_full = true;
        self.registers.clear();
        self.registers.resize(Precision::MAX.registers(), 0);
        for (index, rank) in &self.collected {
            if let Some(register) = self.registers.get_mut(usize::from(*index)) {
                *register = (*register).max(*rank);
            }
        }
        self.collected.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sketch(precision: Precision, hashes: impl IntoIterator<Item = u64>) -> Sketch {
        let mut sketch = Sketch::with_precision(precision);
        hashes.into_iter().for_each(|n| sketch.insert(crate::hash::of_bytes(&n.to_be_bytes()).high_bits()));
        sketch
    }

    fn parts_of(size: u64) -> Vec<u8> {
        sketch(Precision::MAX, 0..size).encode()
    }

    /// Counts what a merge of the sketches counts, and is the same sketch.
    fn check(parts: &[Sketch]) {
        let (mut union, mut decoded, mut merged) = (Union::default(), Union::default(), Sketch::default());
        for part in parts {
            assert_eq!(union.add(&part.encode()), Ok(()));
            decoded.add_sketch(part);
            merged.merge(part);
        }
        for pair in parts.windows(2) {
            let mut both = pair[0].clone();
            both.merge(&pair[1]);
            let mut lists = Vec::new();
            let merged = super::super::merge_lists(&pair[0].encode(), &pair[1].encode(), &mut lists);
            assert_eq!(merged.map(|is_merged| !is_merged || lists == both.encode()), Ok(true));
        }
        assert_eq!(union.estimate(), merged.estimate());
        assert_eq!(union.sketch(), merged);
        assert_eq!(decoded.sketch().encode(), merged.encode());
        let (mut encoded, mut from_encoded) = (Vec::new(), Sketch::default());
        union.encode_into(&mut encoded);
        assert_eq!(encoded, merged.encode());
        for part in parts {
            assert_eq!(
                (super::super::check(&part.encode()), from_encoded.merge_encoded(&part.encode())),
                (Ok(()), Ok(()))
            );
        }
        assert_eq!(from_encoded, merged);
        union.clear();
        assert!(union.is_empty() && union.count() == 0 && union.sketch().is_empty());
    }

    #[test]
    fn a_union_is_what_merging_gives() {
        assert_eq!(super::super::merge_lists(&parts_of(9), &parts_of(4), &mut Vec::new()), Ok(true));
        for sizes in [vec![], vec![0], vec![1, 1], vec![3, 500, 40], vec![900; 9], vec![20_000, 5, 70], vec![5, 20_000]]
        {
            let parts = sizes.iter().zip(0u64..).map(|(size, n)| sketch(Precision::MAX, n * 100..n * 100 + size));
            check(&parts.collect::<Vec<_>>());
        }
        let coarse = Precision::new(10).unwrap_or_default();
        check(&[sketch(coarse, 0..50), sketch(Precision::MAX, 20..9000), sketch(coarse, 7..4000)]);
    }

    proptest! {
        #[test]
        fn encoded_sketches_merge_as_decoded_ones_do(
            sizes in prop::collection::vec((0u64..300, prop_oneof![0u64..20, 0u64..3000], 12u8..=14), 1..8)
        ) {
            let part = |(from, size, bits): (u64, u64, u8)| {
                sketch(Precision::new(bits).unwrap_or_default(), from..from + size)
            };
            let (mut encoded, mut merged) = (Sketch::default(), Sketch::default());
            for part in sizes.into_iter().map(part) {
                prop_assert_eq!(encoded.merge_encoded(&part.encode()), Ok(()));
                merged.merge(&part);
                prop_assert_eq!(&encoded, &merged);
                prop_assert_eq!(encoded.encode(), merged.encode());
            }
        }

        #[test]
        fn a_damaged_list_is_refused_as_it_is_decoded(size in 1u64..2500, at: prop::sample::Index, byte: u8, base in 0u64..4000) {
            let mut bytes = parts_of(size);
            let place = at.index(bytes.len());
            bytes[place] = byte;
            let mut merged = sketch(Precision::MAX, 9000..9000 + base);
            let mut union = Union::default();
            union.add_sketch(&merged);
            let part = Sketch::decode(&bytes);
            prop_assert_eq!(union.add(&bytes).err(), part.as_ref().err().copied());
            if let Ok(part) = part {
                merged.merge(&part);
                prop_assert_eq!(union.sketch(), merged);
            }
        }

        #[test]
        fn any_bytes_are_added_or_refused_as_they_are_decoded(bytes in prop::collection::vec(any::<u8>(), 0..60), form in 0u8..6) {
            let bytes = [&[form], bytes.as_slice()].concat();
            let refused = Sketch::decode(&bytes).err();
            prop_assert_eq!(Union::default().add(&bytes).err(), refused);
            prop_assert_eq!(super::super::check(&bytes).err(), refused);
            prop_assert_eq!(Sketch::default().merge_encoded(&bytes).err(), refused);
        }
    }
}
