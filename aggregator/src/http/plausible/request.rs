//! The request of that API, and the question of ours that it is.

use domain::query::QueryError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wire::query::{DateRange, Dimension, Direction, Filter, Filters, Metric, Order, Preset, PropertyName, Query, Span};

use super::super::refusal::Refusal;
use super::{filters, names};

/// Rows answered when a request sets no limit.
const DEFAULT_LIMIT: usize = 10_000;

/// A request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    site_id: String,
    metrics: Vec<String>,
    date_range: Range,
    #[serde(default)]
    dimensions: Vec<String>,
    #[serde(default)]
    filters: Vec<Value>,
    #[serde(default)]
    order_by: Option<Vec<(String, Direction)>>,
    #[serde(default)]
    pub include: Include,
    #[serde(default)]
    pagination: Pagination,
}

/// What else is answered.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Include {
    pub imports: bool,
    pub time_labels: bool,
    pub total_rows: bool,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Pagination {
    limit: usize,
    offset: usize,
}

impl Default for Pagination {
    fn default() -> Self {
        Self { limit: DEFAULT_LIMIT, offset: 0 }
    }
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected the name of a span or its two ends")]
enum Range {
    Named(String),
    Between(String, String),
}

/// A request in our terms.
#[derive(Debug)]
pub struct Translated {
    /// The question.
    pub query: Query,
    /// Metrics by their names there.
    pub metrics: Vec<(String, Asked)>,
    /// Dimensions in the order asked.
    pub columns: Vec<Column>,
    /// The filters, but those on goals.
    besides_goals: Vec<Filter>,
}

/// A metric there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// One of ours.
    Ours(Metric),
    /// Of all visitors those who reached the goal.
    ConversionRate,
    /// Of the visitors of the same group those who reached the goal.
    GroupConversionRate,
}

/// A dimension there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Ours.
    pub dimension: Dimension,
    /// How its values are written there.
    pub form: names::Form,
}

impl Column {
    /// A value as it is written there.
    pub fn label(&self, value: &str) -> String {
        self.form.label(value)
    }
}

impl Request {
    /// The question that it is.
    ///
    /// # Errors
    /// [`Refusal::Query`] names what has no counterpart here.
    pub fn translate(&self) -> Result<Translated, Refusal> {
        let date_range = self.span()?;
        let metrics = named(&self.metrics, "metrics", metric)?;
        let time = self.usual_buckets();
        let columns: Vec<_> = named(&self.dimensions, "dimensions", |name| column(name, time))?;
        let columns: Vec<Column> = columns.into_iter().map(|(_, column)| column).collect();
        let filters = self.filters.iter().enumerate();
        let filters = filters.map(|(at, filter)| filters::filter(filter, &format!("filters[{at}]")));
        let filters: Vec<Filter> = filters.collect::<Result<_, _>>()?;
        let besides_goals: Vec<_> = filters.iter().filter(|filter| !filters::is_of_goal(filter)).cloned().collect();
        let dimensions: Vec<_> = columns.iter().map(|column| column.dimension).collect();
        let is_of_goal = dimensions.contains(&Dimension::Goal) || besides_goals.len() < filters.len();
        let rate = metrics.iter().position(|(_, asked)| !matches!(asked, Asked::Ours(_)));
        if let (Some(at), false) = (rate, is_of_goal) {
            return Err(refuse(&format!("metrics[{at}]"), "takes the dimension event:goal or a filter on it"));
        }
        let mut query = Query::new(self.site_id.clone(), date_range, ours(&metrics));
        query.order_by = self.order(&metrics, &columns)?;
        query.dimensions = dimensions;
        query.filters = all(filters);
        query.limit = Some(self.pagination.limit);
        query.offset = self.pagination.offset;
        Ok(Translated { query, metrics, columns, besides_goals })
    }

    /// The request as that API says it back.
    pub fn echo(&self, date_range: [String; 2]) -> Value {
        let Self { site_id, metrics, dimensions, filters, include, pagination, .. } = self;
        let order_by = match &self.order_by {
            Some(order) => json!(order),
            None => match (dimensions.iter().find(|name| name.starts_with("time")), metrics.first()) {
                (Some(time), _) => json!([[time, "asc"]]),
                (None, metric) => json!([[metric, "desc"]]),
            },
        };
        json!({
            "site_id": site_id, "metrics": metrics, "date_range": date_range, "filters": filters,
            "dimensions": dimensions, "order_by": order_by, "include": include, "pagination": pagination,
        })
    }

    fn span(&self) -> Result<Span, Refusal> {
        match &self.date_range {
            Range::Between(start, end) => Ok(DateRange { start: start.clone(), end: end.clone() }.into()),
            Range::Named(name) => {
                let preset: Option<Preset> = serde_json::from_value(json!(name)).ok();
                preset.map(Span::Preset).ok_or_else(|| {
                    refuse(
                        "date_range",
                        format!(
                            "{name} is not a span here; known are day, 7d, 28d, 30d, 91d, month, 6mo, 12mo, year, all"
                        ),
                    )
                })
            }
        }
    }

    /// What `time` alone means: hours of a day, days of a month, else months.
    fn usual_buckets(&self) -> Dimension {
        let days = match &self.date_range {
            Range::Named(name) => match name.as_str() {
                "day" | "today" | "yesterday" | "24h" | "realtime" | "30m" => 0,
                "6mo" | "12mo" | "year" | "all" => 365,
                _ => 30,
            },
            Range::Between(start, end) => {
                let day = |text: &str| text.get(..10).and_then(|date| date.parse::<jiff::civil::Date>().ok());
                match (day(start), day(end)) {
                    (Some(start), Some(end)) => end.since(start).map_or(0, |length| length.get_days()),
                    _ => 0,
                }
            }
        };
        match days {
            0 => Dimension::Hour,
            1..=31 => Dimension::Date,
            _ => Dimension::Month,
        }
    }

    fn order(&self, metrics: &[(String, Asked)], columns: &[Column]) -> Result<Vec<Order>, Refusal> {
        let mut order = Vec::new();
        for (at, (name, direction)) in self.order_by.iter().flatten().enumerate() {
            let metric = metrics.iter().find(|(asked, _)| asked == name);
            let column = self.dimensions.iter().zip(columns).find(|(asked, _)| *asked == name);
            let field = match (metric, column) {
                (Some((_, Asked::Ours(metric))), _) => metric.name().to_owned(),
                // Of the same number of visitors each, so the order is theirs.
                (Some((_, Asked::ConversionRate)), _) => Metric::UniqueUsers.name().to_owned(),
                (_, Some((_, column))) => column.dimension.to_string(),
                (Some((_, Asked::GroupConversionRate)), _) => {
                    return Err(refuse(
                        &format!("order_by[{at}]"),
                        "rows are not ordered by group_conversion_rate here",
                    ));
                }
                (None, None) => {
                    return Err(refuse(
                        &format!("order_by[{at}]"),
                        "must name one of the request's metrics or dimensions",
                    ));
                }
            };
            order.push(Order { field, direction: *direction });
        }
        Ok(order)
    }
}

impl Translated {
    /// The same question about everyone, whether or not they reached a goal.
    pub fn without_goals(&self, dimensions: Vec<Dimension>) -> Query {
        let mut query = self.query.clone();
        query.metrics = vec![Metric::UniqueUsers];
        query.dimensions = dimensions;
        query.filters = all(self.besides_goals.clone());
        query.order_by = Vec::new();
        (query.limit, query.offset) = (Some(DEFAULT_LIMIT), 0);
        query
    }
}

fn all(mut filters: Vec<Filter>) -> Filters {
    match filters.len() {
        0 => Filters::default(),
        1 => Filters::Expression(filters.remove(0)),
        _ => Filters::Expression(Filter::And(filters)),
    }
}

/// Our metrics that those there need, each once.
fn ours(metrics: &[(String, Asked)]) -> Vec<Metric> {
    let mut ours = Vec::new();
    for (_, asked) in metrics {
        let metric = match asked {
            Asked::Ours(metric) => *metric,
            Asked::ConversionRate | Asked::GroupConversionRate => Metric::UniqueUsers,
        };
        if !ours.contains(&metric) {
            ours.push(metric);
        }
    }
    ours
}

fn named<T>(
    names: &[String],
    field: &str,
    of: impl Fn(&str) -> Result<T, &'static str>,
) -> Result<Vec<(String, T)>, Refusal> {
    let one = |(at, name): (usize, &String)| match of(name) {
        Ok(one) => Ok((name.clone(), one)),
        Err(why) => Err(refuse(&format!("{field}[{at}]"), format!("{}: {why}", domain::page::cut(name, 64)))),
    };
    names.iter().enumerate().map(one).collect()
}

fn metric(name: &str) -> Result<Asked, &'static str> {
    Ok(Asked::Ours(match name {
        "visitors" => Metric::UniqueUsers,
        "visits" => Metric::Visits,
        "pageviews" => Metric::Pageviews,
        "views_per_visit" => Metric::ViewsPerVisit,
        "bounce_rate" => Metric::BounceRate,
        "visit_duration" => Metric::VisitDuration,
        "events" => Metric::Events,
        "percentage" => Metric::Percentage,
        "average_revenue" => Metric::AverageOrder,
        "total_revenue" => Metric::Revenue,
        "conversion_rate" => return Ok(Asked::ConversionRate),
        "group_conversion_rate" => return Ok(Asked::GroupConversionRate),
        "scroll_depth" => return Err("how far pages are scrolled is not measured here"),
        "time_on_page" => return Err("time is measured by the visit here, not by the page"),
        _ => return Err("there is no such metric"),
    }))
}

/// The dimension of a name.
///
/// # Errors
/// Why there is none here.
pub fn column(name: &str, time: Dimension) -> Result<Column, &'static str> {
    use names::Form;
    let (dimension, form) = match name {
        "time" => (time, Form::Time),
        "time:minute" => (Dimension::Minute, Form::Time),
        "time:hour" => (Dimension::Hour, Form::Time),
        "time:day" => (Dimension::Date, Form::Time),
        "time:week" => (Dimension::Week, Form::Time),
        "time:month" => (Dimension::Month, Form::Time),
        "event:goal" => (Dimension::Goal, Form::Plain),
        "event:name" => (Dimension::EventType, Form::Plain),
        "event:page" => (Dimension::Page, Form::Plain),
        "event:hostname" => (Dimension::Hostname, Form::Plain),
        "visit:entry_page" => (Dimension::EntryPage, Form::Plain),
        "visit:exit_page" => (Dimension::ExitPage, Form::Plain),
        "visit:source" => (Dimension::Source, Form::Source),
        "visit:channel" => (Dimension::Channel, Form::Words),
        "visit:referrer" => (Dimension::Referrer, Form::Plain),
        "visit:utm_source" => (Dimension::UtmSource, Form::Plain),
        "visit:utm_medium" => (Dimension::UtmMedium, Form::Plain),
        "visit:utm_campaign" => (Dimension::UtmCampaign, Form::Plain),
        "visit:utm_content" => (Dimension::UtmContent, Form::Plain),
        "visit:utm_term" => (Dimension::UtmTerm, Form::Plain),
        "visit:device" => (Dimension::Device, Form::Words),
        "visit:screen" => (Dimension::Screen, Form::Words),
        "visit:browser" => (Dimension::Browser, Form::Plain),
        "visit:browser_version" => (Dimension::BrowserVersion, Form::Plain),
        "visit:os" => (Dimension::Os, Form::Plain),
        "visit:os_version" => (Dimension::OsVersion, Form::Plain),
        "visit:country" => (Dimension::Country, Form::Plain),
        "visit:country_name" => (Dimension::Country, Form::Country),
        "visit:region" => (Dimension::Region, Form::Plain),
        "visit:city_name" => (Dimension::City, Form::City),
        "visit:region_name" => return Err("regions have no names here; visit:region has their codes"),
        "visit:city" => return Err("cities have no GeoName ids here; visit:city_name has their names"),
        "visit:entry_page_hostname" | "visit:exit_page_hostname" => {
            return Err("hosts are known of events here; event:hostname has them");
        }
        "segment" => return Err("segments of that API are not known here"),
        _ => {
            let property = name.strip_prefix("event:props:").and_then(PropertyName::new);
            (Dimension::Property(property.ok_or("there is no such dimension")?), Form::Plain)
        }
    };
    Ok(Column { dimension, form })
}

/// A refusal that names the field.
pub fn refuse(field: &str, detail: impl Into<String>) -> Refusal {
    Refusal::Query(QueryError { field: field.to_owned(), detail: detail.into() })
}
