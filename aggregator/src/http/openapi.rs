//! `GET /api/openapi.yaml`: this interface's description.

use axum::http::header;
use axum::response::IntoResponse;

/// The description: OpenAPI 3.1.
const OPENAPI: &str = include_str!("../../../docs/openapi.yaml");

/// Answers with the description.
pub async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/yaml")], OPENAPI)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::OPENAPI;
    use crate::http::routes::ROUTES;

    /// Routes of the edge, which the same description covers.
    const EDGE_ROUTES: [(&str, &str); 7] = [
        ("post", "/api/v1/events"),
        ("get", "/api/v1/beacon"),
        ("post", "/api/v1/beacon"),
        ("get", "/p.gif"),
        ("post", "/api/event"),
        ("post", "/api/send"),
        ("post", "/api/batch"),
    ];

    /// Paths stand two columns deep below `paths:`, methods four.
    fn described() -> BTreeSet<(String, String)> {
        let mut path = String::new();
        let mut found = BTreeSet::new();
        let lines = OPENAPI.lines().skip_while(|line| *line != "paths:").skip(1);
        for line in lines.take_while(|line| line.is_empty() || line.starts_with([' ', '#'])) {
            let name = line.trim().trim_end_matches(':');
            match line.len() - line.trim_start().len() {
                2 if name.starts_with('/') => path = name.to_owned(),
                4 if ["get", "post", "put", "patch", "delete"].contains(&name) => {
                    found.insert((name.to_owned(), path.clone()));
                }
                _ => {}
            }
        }
        found
    }

    #[test]
    fn every_route_is_described_and_nothing_else() {
        let own = ROUTES.iter().map(|(method, path, ..)| (*method, *path));
        let routes: BTreeSet<_> =
            own.chain(EDGE_ROUTES).map(|(method, path)| (method.to_owned(), path.to_owned())).collect();
        assert_eq!(described(), routes);
    }
}
