//! How a valid input becomes one that may not be: by its own grammar, or byte by byte.
//!
//! Random bytes rarely come past a decoder's first one. What a mutation begins from is valid, and a mutation by
//! grammar keeps most of it so.

mod bytes;
mod gzip;
mod json;
mod messagepack;

use crate::chance::Chance;

/// What an input is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// JSON.
    Json,
    /// MessagePack.
    MessagePack,
    /// gzip of something.
    Gzip,
    /// Text in lines.
    Text,
    /// Anything else.
    Bytes,
}

/// Most changes to one input.
const ROUNDS_MAX: usize = 4;

/// Bytes that an input may grow to: a little more than the longest body.
const BYTES_MAX: usize = 1_200_000;

/// Changes `seed` once or more; `other` is another input of the same kind, to take pieces from.
pub fn mutate(shape: Shape, seed: &[u8], other: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut input = seed.to_vec();
    let rounds = if chance.once_in(2) { 1 } else { 1 + chance.below(ROUNDS_MAX) };
    for _ in 0..rounds {
        let by_grammar = (!chance.once_in(4)).then_some(()).and_then(|()| match shape {
            Shape::Json => json::mutate(&input, chance),
            Shape::MessagePack => messagepack::mutate(&input, other, chance),
            Shape::Gzip => gzip::mutate(&input, chance),
            Shape::Text | Shape::Bytes => None,
        });
        input = by_grammar.unwrap_or_else(|| bytes::mutate(&input, other, chance));
        input.truncate(BYTES_MAX);
    }
    input
}
