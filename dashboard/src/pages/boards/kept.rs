//! How dashboards are kept. What a widget asks stays JSON here: to read questions by their types would cost many bytes, and
//! what another version says in one is not lost.

use gloo_net::http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::Failure;
use crate::manage;

/// What is read of [`wire::dashboard::Dashboards`].
#[derive(Deserialize)]
pub struct Dashboards {
    /// By name.
    pub dashboards: Vec<Dashboard>,
}

/// What is read of [`wire::dashboard::Dashboard`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Dashboard {
    /// Number to name and to change it by.
    pub dashboard: i64,
    /// What it is called.
    pub name: String,
    /// What is on it.
    pub layout: Layout,
    /// When it was last changed, Unix milliseconds.
    pub changed_at_ms: u64,
}

/// What is read and written of [`wire::dashboard::Layout`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layout {
    /// When: of every widget that does not keep its own.
    pub date_range: Value,
    /// From the left to the right, and from the top down.
    pub widgets: Vec<Widget>,
}

/// What is read and written of [`wire::dashboard::Widget`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Widget {
    /// What stands above it.
    pub title: String,
    /// Columns that it takes, of twelve.
    pub width: u8,
    /// Whether its question's own range holds.
    #[serde(default)]
    pub keeps_range: bool,
    /// What it shows: one field, named by its kind.
    pub shows: Value,
}

/// Where a site's dashboards are.
pub fn path(tracking_id: &str) -> String {
    manage::of_site(tracking_id, "/dashboards")
}

/// Where one is.
pub fn path_of(tracking_id: &str, number: i64) -> String {
    format!("{}/{number}", path(tracking_id))
}

/// Asks for one.
///
/// # Errors
/// [`Failure`].
pub async fn read(tracking_id: &str, number: i64) -> Result<Dashboard, Failure> {
    manage::read(&path_of(tracking_id, number)).await
}

/// Keeps one more.
///
/// # Errors
/// [`Failure`].
pub async fn make(tracking_id: &str, name: &str, layout: &Layout) -> Result<Dashboard, Failure> {
    let body = json!({"name": name, "layout": layout});
    manage::parsed(&manage::send(Method::POST, &path(tracking_id), &body).await?)
}

/// Changes one.
///
/// # Errors
/// [`Failure`].
pub async fn change(tracking_id: &str, number: i64, change: &Value) -> Result<Dashboard, Failure> {
    manage::parsed(&manage::send(Method::PATCH, &path_of(tracking_id, number), change).await?)
}

/// A name like another that none of `taken` has: `Mondays (copy)`, `Mondays (copy 2)`.
pub fn copy_name(name: &str, taken: &[String]) -> String {
    let numbered = |number: usize| match number {
        1 => format!("{name} (copy)"),
        _ => format!("{name} (copy {number})"),
    };
    (1..).map(numbered).find(|copy| !taken.contains(copy)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_numbered() {
        let taken = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(copy_name("Mondays", &taken(&["Mondays"])), "Mondays (copy)");
        assert_eq!(copy_name("Mondays", &taken(&["Mondays (copy)", "Mondays (copy 3)"])), "Mondays (copy 2)");
    }

    #[test]
    fn what_another_version_says_stays() {
        let text = r#"{"date_range":{"start":"2026-01-01","end":"2026-01-02"},"widgets":[
            {"title":"x","width":6,"shows":{"report":{"query":{"metrics":["visits"],"later":1},"picture":"chart"}}}]}"#;
        let layout: Layout = serde_json::from_str(text).unwrap();
        let written = serde_json::to_value(&layout).unwrap();
        assert_eq!(written.pointer("/widgets/0/shows/report/query/later"), Some(&json!(1)));
        assert_eq!(written.pointer("/date_range/end"), Some(&json!("2026-01-02")));
    }
}
