//! Which definitions can be watched.

use jiff::civil::Time;
use wire::alert::{
    ALERT_NAME_BYTES_MAX, AlertDefinition, BUCKETS_IN_A_ROW_MAX, Condition, PAUSE_MINUTES_MAX, QuietHours,
};
use wire::limits::GOAL_NAME_BYTES_MAX;
use wire::query::Metric;

use super::AlertError;
use super::reading::Kind;
use crate::query;

/// Largest number that a condition may name.
const VALUE_MAX: f64 = 1e12;

/// Checks a definition. Segments in its filters are to be written out.
///
/// # Errors
/// [`AlertError`] names the field at fault and the limit.
pub fn checked(definition: &AlertDefinition) -> Result<(), AlertError> {
    query::Condition::kept(&definition.filters, "filters").map_err(|e| AlertError::new(&e.field, e.detail))?;
    metric(definition)?;
    condition(definition)?;
    for (field, number) in [("open_after", definition.open_after), ("close_after", definition.close_after)] {
        if !(1..=BUCKETS_IN_A_ROW_MAX).contains(&number) {
            return Err(AlertError::new(field, format!("must be 1 to {BUCKETS_IN_A_ROW_MAX} buckets")));
        }
    }
    if definition.cooldown_minutes > PAUSE_MINUTES_MAX {
        return Err(AlertError::new("cooldown_minutes", format!("must be at most {PAUSE_MINUTES_MAX}")));
    }
    if definition.remind_minutes.is_some_and(|minutes| !(5..=PAUSE_MINUTES_MAX).contains(&minutes)) {
        return Err(AlertError::new("remind_minutes", format!("must be 5 to {PAUSE_MINUTES_MAX}")));
    }
    if let Some(quiet) = &definition.quiet {
        quiet_minutes(quiet)?;
    }
    Ok(())
}

fn metric(definition: &AlertDefinition) -> Result<(), AlertError> {
    let metric = definition.metric;
    if metric == Metric::Percentage {
        return Err(AlertError::new("metric", "percentage is of a dimension's values, and an alert has none"));
    }
    let is_money = matches!(metric, Metric::Revenue | Metric::AverageOrder | Metric::RevenuePerVisitor);
    let is_code = |code: &str| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    match &definition.currency {
        None if is_money => Err(AlertError::new("currency", "must say of which currency, as ISO 4217 has it")),
        Some(_) if !is_money => {
            Err(AlertError::new("currency", "is for revenue, average_order and revenue_per_visitor alone"))
        }
        Some(code) if !is_code(code) => Err(AlertError::new("currency", "must be three capital letters")),
        _ => Ok(()),
    }
}

fn condition(definition: &AlertDefinition) -> Result<(), AlertError> {
    let finite = |field: &str, value: f64| match value.is_finite() && value.abs() <= VALUE_MAX {
        true => Ok(()),
        false => Err(AlertError::new(field, format!("must be a number up to {VALUE_MAX:e}"))),
    };
    match &definition.condition {
        Condition::Above { value } | Condition::Below { value } => finite("condition.value", *value),
        Condition::Change { percent, least, .. } => {
            finite("condition.least", *least)?;
            if !percent.is_finite() || *percent == 0.0 || *percent < -100.0 || *percent > 1e6 {
                return Err(AlertError::new("condition.percent", "must be -100 to 1000000, and not 0"));
            }
            Ok(())
        }
        Condition::ConversionDrop { .. } if definition.metric != Metric::ConversionRate => {
            Err(AlertError::new("metric", "must be conversion_rate where the condition is conversion_drop"))
        }
        Condition::ConversionDrop { goal: Some(goal) } if goal.is_empty() || goal.len() > GOAL_NAME_BYTES_MAX => {
            Err(AlertError::new("condition.goal", format!("must be 1 to {GOAL_NAME_BYTES_MAX} bytes")))
        }
        Condition::NoData if Kind::of(definition) != Kind::Count => {
            Err(AlertError::new("metric", "must be a count where the condition is no_data"))
        }
        _ => Ok(()),
    }
}

/// From when to when it is quiet, minutes since midnight.
///
/// # Errors
/// [`AlertError`] names the end that is no time of day.
pub fn quiet_minutes(quiet: &QuietHours) -> Result<(u32, u32), AlertError> {
    let minutes = |field: &str, text: &str| {
        let time = (text.len() == 5).then(|| text.parse::<Time>().ok()).flatten();
        let time = time.ok_or_else(|| AlertError::new(field, "must be a time of day, as 22:00"))?;
        Ok(u32::from(time.hour().unsigned_abs()) * 60 + u32::from(time.minute().unsigned_abs()))
    };
    Ok((minutes("quiet.from", &quiet.from)?, minutes("quiet.to", &quiet.to)?))
}

/// A name, without blanks around it.
///
/// # Errors
/// [`AlertError`] when it is empty, too long or holds control characters.
pub fn name(text: &str) -> Result<String, AlertError> {
    let text = text.trim();
    if text.is_empty() || text.len() > ALERT_NAME_BYTES_MAX || text.chars().any(char::is_control) {
        let detail = format!("must be 1 to {ALERT_NAME_BYTES_MAX} bytes without control characters");
        return Err(AlertError::new("name", detail));
    }
    Ok(text.to_owned())
}
