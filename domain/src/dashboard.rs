//! What a dashboard may be made of.

use wire::dashboard::{
    Layout, Shows, WIDGET_TEXT_BYTES_MAX, WIDGET_TITLE_BYTES_MAX, WIDGET_WIDTHS, WIDGETS_MAX, Widget,
};

use crate::query::QueryError;

/// Checks a layout: its widgets, and that they ask about one site alone.
///
/// # Errors
/// [`QueryError`] names the part at fault and its limit.
pub fn check(layout: &Layout, tracking_id: &str) -> Result<(), QueryError> {
    if layout.widgets.len() > WIDGETS_MAX {
        return Err(QueryError::new("layout.widgets", format!("must be at most {WIDGETS_MAX} widgets")));
    }
    for (at, widget) in layout.widgets.iter().enumerate() {
        check_widget(widget, &format!("layout.widgets[{at}]"), tracking_id)?;
    }
    Ok(())
}

fn check_widget(widget: &Widget, field: &str, tracking_id: &str) -> Result<(), QueryError> {
    let wrong = |part: &str, detail: String| Err(QueryError::new(&format!("{field}.{part}"), detail));
    if widget.title.len() > WIDGET_TITLE_BYTES_MAX || widget.title.chars().any(char::is_control) {
        return wrong("title", format!("must be at most {WIDGET_TITLE_BYTES_MAX} bytes without control characters"));
    }
    if !WIDGET_WIDTHS.contains(&widget.width) {
        return wrong("width", format!("must be one of {WIDGET_WIDTHS:?}"));
    }
    let (part, asked) = match &widget.shows {
        Shows::Text(text) => {
            let is_plain = text.chars().all(|c| !c.is_control() || c == '\n');
            if text.trim().is_empty() || text.len() > WIDGET_TEXT_BYTES_MAX || !is_plain {
                let detail = format!("must be 1 to {WIDGET_TEXT_BYTES_MAX} bytes; of control characters, line ends");
                return wrong("shows.text", detail);
            }
            return Ok(());
        }
        Shows::Report(report) if report.query.metrics.is_empty() => {
            return wrong("shows.report.query.metrics", "must name at least one metric".to_owned());
        }
        Shows::Report(report) => ("shows.report.query", &report.query.tracking_id),
        Shows::Funnel(query) => ("shows.funnel", &query.tracking_id),
        Shows::Retention(query) => ("shows.retention", &query.tracking_id),
        Shows::Paths(query) => ("shows.paths", &query.tracking_id),
    };
    if asked != tracking_id {
        return wrong(&format!("{part}.tracking_id"), "must be the site that the dashboard is kept of".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn layout(widgets: Value) -> Layout {
        serde_json::from_value(json!({"date_range": "28d", "widgets": widgets})).unwrap()
    }

    fn report(metrics: Value) -> Value {
        let query = json!({"tracking_id": "UA-1", "date_range": "7d", "metrics": metrics});
        json!({"title": "Visits", "width": 6, "shows": {"report": {"query": query, "picture": "chart"}}})
    }

    #[test]
    fn a_dashboard_asks_about_its_own_site() {
        let funnel = json!({"tracking_id": "UA-1", "date_range": "7d", "steps": [{"event_type": "a"}]});
        let funnel = json!({"title": "", "width": 12, "keeps_range": true, "shows": {"funnel": funnel}});
        let text = json!({"title": "Why", "width": 3, "shows": {"text": "one\ntwo"}});
        let whole = layout(json!([report(json!(["visits"])), funnel, text]));
        assert_eq!(check(&whole, "UA-1"), Ok(()));
        assert_eq!(check(&whole, "UA-2").unwrap_err().field, "layout.widgets[0].shows.report.query.tracking_id");
        let again: Layout = serde_json::from_value(serde_json::to_value(&whole).unwrap()).unwrap();
        assert_eq!(again, whole);
    }

    #[test]
    fn what_cannot_be_is_refused_by_its_place() {
        let with = |field: &str, value: Value| {
            let mut widget = report(json!(["visits"]));
            widget[field] = value;
            layout(json!([report(json!(["visits"])), widget]))
        };
        for (layout, field) in [
            (with("width", json!(5)), "layout.widgets[1].width"),
            (with("title", json!("x".repeat(101))), "layout.widgets[1].title"),
            (with("title", json!("a\u{7}")), "layout.widgets[1].title"),
            (with("shows", json!({"text": " \n"})), "layout.widgets[1].shows.text"),
            (with("shows", json!({"text": "x".repeat(2_001)})), "layout.widgets[1].shows.text"),
            (with("shows", json!({"text": "a\u{7}"})), "layout.widgets[1].shows.text"),
            (layout(json!([report(json!([]))])), "layout.widgets[0].shows.report.query.metrics"),
            (layout(json!(vec![report(json!(["visits"])); 31])), "layout.widgets"),
        ] {
            assert_eq!(check(&layout, "UA-1").unwrap_err().field, field);
        }
    }
}
