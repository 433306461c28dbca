//! From a block's columns to what is told of each of its people.

use std::ops::Range;

use domain::behaviour::{Fact, Record, SumTest};
use wire::behaviour::{Amount, Summed};
use wire::limits::REVENUE_MAX;
use wire::query::Dimension;

use super::super::block::Block;
use super::super::filter::{self, Mask};
use super::super::parts::Part;
use super::super::{ScanError, spare};
use super::Told;
use crate::schema;

/// Where fewer than one of so many rows matter, columns are read at those alone.
const FEW: usize = 4;

/// Records by test, each in the order of persons; and how many rows were read.
pub type Gathered = (Vec<Vec<Record>>, u64);

/// The records of a block by test, each in the order of persons, and how many rows were read; none where it has nobody of
/// the share.
pub fn gather(part: &Part<'_>, at: usize, told: &[Told], share: &Range<u128>) -> Result<Option<Gathered>, ScanError> {
    if let Some((lowest, highest)) = part.visitors(at)
        && (u128::from(highest) < share.start || u128::from(lowest) >= share.end)
    {
        return Ok(None);
    }
    let Some(mut block) = part.block(at, None) else { return Ok(None) };
    let rows = block.rows();
    let mut bits = spare::list(rows);
    bits.resize(rows, 0_u32);
    for (number, one) in told.iter().enumerate() {
        if one.span.start >= part.span.end || one.span.end <= part.span.start {
            continue;
        }
        match filter::rows(&one.telling.condition, &mut block)? {
            Mask::Every(false) => {}
            Mask::Every(true) => bits.iter_mut().for_each(|bits| *bits |= 1 << number),
            Mask::Each(rows) => bits.iter_mut().zip(rows).for_each(|(bits, row)| *bits |= u32::from(row) << number),
        }
    }
    let kept = bits.iter().filter(|bits| **bits != 0).count();
    if kept == 0 {
        spare::keep(bits);
        return Ok(Some((vec![Vec::new(); told.len()], rows as u64)));
    }
    if kept < rows / FEW {
        let mut these = spare::list(kept);
        these.extend(bits.iter().zip(0..).filter(|(bits, _)| **bits != 0).map(|(_, row)| row));
        bits.retain(|bits| *bits != 0);
        block.focus(Some(these));
    }
    let lists = of_rows(part, &mut block, told, share, &bits)?;
    spare::keep(bits);
    Ok(Some((lists, rows as u64)))
}

fn of_rows(
    part: &Part<'_>,
    block: &mut Block<'_>,
    told: &[Told],
    share: &Range<u128>,
    bits: &[u32],
) -> Result<Vec<Vec<Record>>, ScanError> {
    let visitors = block.visitors()?;
    let (codes, values) = visitors.as_ref();
    let is_below =
        |bound: u128| move |code: &u32| values.get(*code as usize).is_some_and(|visitor| u128::from(*visitor) < bound);
    let first = codes.partition_point(is_below(share.start));
    let end = codes.partition_point(is_below(share.end));
    let mut lists = Vec::with_capacity(told.len());
    for (number, one) in told.iter().enumerate() {
        let cuts = part.span.start < one.span.start || part.span.end > one.span.end;
        let edge = !matches!(one.telling.fact, Fact::Times { .. });
        let times = if cuts || edge { Some(block.at()?) } else { None };
        let times = times.as_deref().map(Vec::as_slice).unwrap_or_default();
        let amounts = match &one.telling.fact {
            Fact::Times { sum: Some(sum), .. } => amounts(block, sum)?,
            _ => Vec::new(),
        };
        let mut list: Vec<Record> = Vec::new();
        let mut open = None;
        let rows = codes.iter().zip(bits).enumerate().take(end).skip(first);
        for (row, (code, _)) in rows.filter(|(_, (_, bits))| **bits >> number & 1 != 0) {
            let at_ms = times.get(row).copied().unwrap_or_default();
            if cuts && !one.span.contains(&at_ms) {
                continue;
            }
            let value =
                if edge { i128::from(at_ms) } else { i128::from(amounts.get(row).copied().unwrap_or_default()) };
            let unit = values.get(*code as usize).copied().unwrap_or_default();
            let record = Record { unit, count: 1, value };
            match list.last_mut() {
                // Of two codes that stand for one person there are two records: they come together later.
                Some(last) if open == Some(*code) => *last = one.telling.fact.together(*last, record),
                _ => list.push(record),
            }
            open = Some(*code);
        }
        list.shrink_to_fit();
        lists.push(list);
    }
    Ok(lists)
}

/// What each row adds to a sum, in millionths.
fn amounts(block: &mut Block<'_>, sum: &SumTest) -> Result<Vec<i64>, ScanError> {
    match sum.of {
        Summed::Revenue => {
            let micros = block.numbers(schema::REVENUE)?;
            let currencies = block.column(schema::CURRENCY)?;
            let is_it: Vec<bool> = currencies.values.iter().map(|currency| currency == sum.currency).collect();
            let amount = |(row, code): (usize, &u32)| {
                let is_it = is_it.get(*code as usize).copied().unwrap_or_default();
                if is_it { micros.get(row).cast_signed() } else { 0 }
            };
            Ok(currencies.codes.iter().enumerate().map(amount).collect())
        }
        Summed::Property(name) => {
            let texts = block.texts(Dimension::Property(name))?;
            let amounts: Vec<i64> = texts.values.iter().map(number).collect();
            Ok(texts.codes.iter().map(|code| amounts.get(*code as usize).copied().unwrap_or_default()).collect())
        }
    }
}

/// A property's number in millionths; what is none, or beyond what an amount of money may be, adds nothing.
fn number(text: &str) -> i64 {
    let number = text.parse().ok().filter(|number: &f64| number.abs() <= REVENUE_MAX);
    number.and_then(Amount::of).map_or(0, |amount| amount.micros)
}
