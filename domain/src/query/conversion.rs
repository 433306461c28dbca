//! Amounts in one currency, by the rates that a site's owner declared. Nothing is converted by a rate that nobody declared:
//! amounts without one stay as they are, beside the others.

use std::collections::{BTreeMap, BTreeSet};

use wire::query::{ConversionMeta, RateMeta};
use wire::site::{ExchangeRate, Settings};

use super::{Counted, QueryError};

/// The name of a site's reporting currency, whichever it is.
const REPORTING: &str = "reporting";

/// Digits behind the point of a rate.
const DECIMALS_MAX: usize = 9;

/// A rate of one.
const ONE: u64 = 10_u64.pow(DECIMALS_MAX as u32);

/// Largest rate: no currency is worth a million of another one's units.
const RATE_MAX: u64 = 1_000_000;

/// Into which currency, by which rates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// ISO 4217.
    currency: String,
    /// By currency: billionths of [`Self::currency`]'s unit for one of its own.
    billionths: BTreeMap<String, u64>,
    /// As they were declared.
    declared: Vec<ExchangeRate>,
}

impl Conversion {
    /// What a question asks for; none where it asks for none, or a site without a reporting currency for its own.
    ///
    /// # Errors
    /// [`QueryError`] when it is not the site's reporting currency.
    pub fn of(asked: Option<&str>, settings: &Settings) -> Result<Option<Self>, QueryError> {
        let Some(asked) = asked else { return Ok(None) };
        let currency = settings.reporting_currency.clone();
        if currency.is_empty() && asked == REPORTING {
            return Ok(None);
        }
        if currency.is_empty() {
            return Err(QueryError::new("currency", "takes a reporting currency, of which this site declares none"));
        }
        if asked != REPORTING && asked != currency {
            let detail = format!("must be {currency}, the site's reporting currency, or {REPORTING}");
            return Err(QueryError::new("currency", detail));
        }
        let declared = settings.exchange_rates.clone();
        let rate = |one: &ExchangeRate| Some((one.currency.clone(), billionths(&one.rate)?));
        let billionths = declared.iter().filter_map(rate).chain([(currency.clone(), ONE)]).collect();
        Ok(Some(Self { currency, billionths, declared }))
    }

    /// Converts what was paid, from the exact sums, and rounds once: to a millionth, halves away from zero.
    pub(super) fn convert(&self, counted: &mut Counted) {
        let (mut sum, mut orders) = (None::<i128>, 0);
        for (currency, billionths) in &self.billionths {
            if let Some(micros) = counted.revenue.remove(currency) {
                *sum.get_or_insert(0) += i128::from(micros) * i128::from(*billionths);
            }
            orders += counted.orders.remove(currency).unwrap_or_default();
        }
        if let Some(sum) = sum {
            counted.revenue.insert(self.currency.clone(), rounded(sum));
        }
        if orders > 0 {
            counted.orders.insert(self.currency.clone(), orders);
        }
    }

    /// What an answer says of it, where amounts of these currencies were found.
    pub fn told(&self, found: &BTreeSet<String>) -> ConversionMeta {
        let used = self.declared.iter().filter(|rate| found.contains(&rate.currency) && rate.currency != self.currency);
        let rate = |one: &ExchangeRate| RateMeta {
            currency: one.currency.clone(),
            rate: one.rate.clone(),
            as_of: one.as_of.clone(),
        };
        ConversionMeta {
            currency: self.currency.clone(),
            rates: used.map(rate).collect(),
            missing: found.iter().filter(|currency| !self.billionths.contains_key(*currency)).cloned().collect(),
        }
    }
}

/// Billionths to ones.
fn rounded(sum: i128) -> i64 {
    let half = i128::from(ONE) / 2;
    let rounded = (sum + if sum < 0 { -half } else { half }) / i128::from(ONE);
    i64::try_from(rounded).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
}

/// A rate in billionths; none where the text is no rate.
pub(crate) fn billionths(rate: &str) -> Option<u64> {
    let (whole, decimals) = rate.split_once('.').unwrap_or((rate, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let has_point = rate.contains('.');
    if whole.is_empty() || (has_point && decimals.is_empty()) || decimals.len() > DECIMALS_MAX {
        return None;
    }
    if !is_number(whole) || !is_number(decimals) || whole.len() > 7 {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let fraction: u64 = format!("{decimals:0<DECIMALS_MAX$}").parse().ok()?;
    let billionths = whole.checked_mul(ONE)?.checked_add(fraction)?;
    (billionths > 0 && billionths <= RATE_MAX * ONE).then_some(billionths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        let rate = |currency: &str, rate: &str| ExchangeRate {
            currency: currency.to_owned(),
            rate: rate.to_owned(),
            as_of: "2026-02-01".to_owned(),
        };
        let exchange_rates = vec![rate("USD", "0.9234"), rate("JPY", "0.006123457")];
        Settings { reporting_currency: "EUR".to_owned(), exchange_rates, ..Settings::default() }
    }

    fn converted(paid: &[(&str, i64)]) -> Vec<(String, i64)> {
        let Ok(Some(conversion)) = Conversion::of(Some("EUR"), &settings()) else { panic!("no conversion") };
        let revenue = paid.iter().map(|(currency, micros)| ((*currency).to_owned(), *micros)).collect();
        let mut counted = Counted { revenue, ..Counted::default() };
        conversion.convert(&mut counted);
        counted.revenue.into_iter().collect()
    }

    #[test]
    fn a_rate_is_a_positive_decimal() {
        fn check(text: &str, expect: Option<u64>) {
            assert_eq!(billionths(text), expect, "{text}");
        }
        check("1", Some(1_000_000_000));
        check("0.9234", Some(923_400_000));
        check("0.000000001", Some(1));
        check("1000000", Some(1_000_000_000_000_000));
        check("1000000.000000001", None);
        for no_rate in ["", ".", "0", "0.0", "1.", ".5", "-1", "+1", "1e3", "1,5", "0.0000000001", "99999999", "１"] {
            check(no_rate, None);
        }
    }

    #[test]
    fn amounts_are_converted_from_exact_sums_and_rounded_once() {
        fn check(paid: &[(&str, i64)], expect: &[(&str, i64)]) {
            let expect: Vec<_> = expect.iter().map(|(currency, micros)| ((*currency).to_owned(), *micros)).collect();
            assert_eq!(converted(paid), expect, "{paid:?}");
        }
        check(&[("USD", 100_000_000)], &[("EUR", 92_340_000)]);
        // A yen is 0.006123457 euros, which has more digits than a millionth: 6 123.457.
        check(&[("JPY", 1_000_000)], &[("EUR", 6_123)]);
        check(&[("JPY", 1_000_000_000)], &[("EUR", 6_123_457)]);
        check(&[("EUR", 1), ("USD", 10_000)], &[("EUR", 9_235)]);
        check(&[("USD", -100_000_000)], &[("EUR", -92_340_000)]);
        // Halves away from zero: 0.5 and -0.5 millionths.
        check(&[("USD", 5)], &[("EUR", 5)]);
        check(&[("GBP", 7), ("USD", 10_000)], &[("EUR", 9_234), ("GBP", 7)]);
        check(&[], &[]);
        check(&[("USD", i64::MAX)], &[("EUR", 8_516_861_738_831_699_980)]);
    }

    #[test]
    fn what_was_used_and_what_is_missing_is_told() {
        let Ok(Some(conversion)) = Conversion::of(Some("reporting"), &settings()) else { panic!("no conversion") };
        let told = conversion.told(&["EUR", "GBP", "USD"].map(str::to_owned).into());
        assert_eq!((told.currency.as_str(), told.missing), ("EUR", vec!["GBP".to_owned()]));
        let used: Vec<_> = told.rates.iter().map(|rate| (rate.currency.as_str(), rate.rate.as_str())).collect();
        assert_eq!(used, [("USD", "0.9234")]);
    }

    #[test]
    fn another_currency_is_refused() {
        let refused = |asked: &str, settings: &Settings| {
            Conversion::of(Some(asked), settings).err().map(|e| e.to_string()).unwrap_or_default()
        };
        assert_eq!(refused("USD", &settings()), "currency: must be EUR, the site's reporting currency, or reporting");
        let without = "currency: takes a reporting currency, of which this site declares none";
        assert_eq!(refused("EUR", &Settings::default()), without);
        assert_eq!(Conversion::of(Some("reporting"), &Settings::default()), Ok(None));
        assert_eq!(Conversion::of(None, &settings()), Ok(None));
    }
}
