//! Answers as tables: which form a caller accepts, and rows written one by one.
//!
//! | `Accept` | form |
//! |---|---|
//! | none, `*/*`, `application/json` | the whole answer |
//! | `text/csv` | rows, RFC 4180, with a line of names |
//! | `application/x-ndjson` | rows, a JSON object a line |
//! | `application/vnd.apache.parquet` | rows, as [`events::table`] writes them |

use std::borrow::Cow;

use axum::http::{HeaderMap, header};
use serde_json::Value;
use wire::query::{Cell, Row};

use super::refusal::Refusal;

/// What answers are made as, for those who accept none of it.
const KNOWN: &str = "application/json, text/csv, application/x-ndjson and application/vnd.apache.parquet";

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A line each.
    Text(Text),
    /// By columns.
    Parquet,
}

/// How a row becomes a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// Comma-separated values.
    Csv,
    /// A JSON object.
    Lines,
}

impl Form {
    /// What a caller accepts; none for a whole answer in JSON. The first known form of the highest weight counts.
    ///
    /// # Errors
    /// [`Refusal::NotAcceptable`] when that is nothing of what there is.
    pub fn accepted(headers: &HeaderMap) -> Result<Option<Self>, Refusal> {
        let Some(accept) = headers.get(header::ACCEPT) else { return Ok(None) };
        let accept = accept.to_str().map_err(|_| Refusal::NotAcceptable(KNOWN))?;
        let mut best: Option<(f32, Option<Self>)> = None;
        for entry in accept.split(',') {
            let mut parts = entry.split(';').map(str::trim);
            let form = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "*/*" | "application/*" | "application/json" => None,
                "text/csv" | "text/*" => Some(Self::Text(Text::Csv)),
                "application/x-ndjson" | "application/jsonl" => Some(Self::Text(Text::Lines)),
                "application/vnd.apache.parquet" | "application/parquet" => Some(Self::Parquet),
                _ => continue,
            };
            let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
            if weight > 0.0 && best.is_none_or(|(most, _)| weight > most) {
                best = Some((weight, form));
            }
        }
        best.map(|(_, form)| form).ok_or(Refusal::NotAcceptable(KNOWN))
    }

    /// The form of that name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Text(Text::Csv)),
            "ndjson" => Some(Self::Text(Text::Lines)),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    /// Its name, which files of it end with.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text(Text::Csv) => "csv",
            Self::Text(Text::Lines) => "ndjson",
            Self::Parquet => "parquet",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Text(Text::Csv) => "text/csv; charset=utf-8",
            Self::Text(Text::Lines) => "application/x-ndjson",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
}

impl Text {
    /// What stands before the first row.
    pub fn head(self, columns: &[&str]) -> String {
        match self {
            Self::Csv => line(columns.iter().map(|name| text(name))),
            Self::Lines => String::new(),
        }
    }

    /// A row of an answer.
    pub fn row(self, columns: &[&str], row: &Row) -> String {
        match self {
            Self::Csv => line(columns.iter().map(|name| row.get(*name).map_or(Cow::Borrowed(""), cell))),
            // Texts and numbers always make JSON.
            Self::Lines => serde_json::to_string(row).unwrap_or_default() + "\n",
        }
    }

    /// An object, of which these are the names that come first.
    pub fn object(self, columns: &[&str], object: &Value) -> String {
        let value = |name: &&str| match object.get(*name) {
            None | Some(Value::Null) => Cow::Borrowed(""),
            Some(Value::String(value)) => text(value),
            Some(Value::Array(values)) => {
                let values: Vec<_> = values.iter().map(|value| value.as_str().unwrap_or_default()).collect();
                Cow::Owned(text(&values.join("; ")).into_owned())
            }
            Some(value @ Value::Object(_)) => Cow::Owned(text(&value.to_string()).into_owned()),
            Some(value) => Cow::Owned(value.to_string()),
        };
        match self {
            Self::Csv => line(columns.iter().map(value)),
            Self::Lines => object.to_string() + "\n",
        }
    }
}

fn line<'a>(values: impl Iterator<Item = Cow<'a, str>>) -> String {
    values.collect::<Vec<_>>().join(",") + "\r\n"
}

fn cell(cell: &Cell) -> Cow<'_, str> {
    match cell {
        Cell::Count(count) => Cow::Owned(count.to_string()),
        Cell::Number(number) => Cow::Owned(number.to_string()),
        Cell::Text(value) => text(value),
        Cell::Money(amounts) => {
            let amounts: Vec<_> = amounts.iter().map(|(currency, value)| format!("{value} {currency}")).collect();
            Cow::Owned(amounts.join("; "))
        }
    }
}

/// A text as a value of CSV. Spreadsheets take what begins like a formula for one and run it, so an apostrophe is put
/// before it (OWASP, *CSV injection*).
fn text(text: &str) -> Cow<'_, str> {
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || text.starts_with(['\t', '\r', '\n']);
    let quoted = text.contains(['"', ',', '\r', '\n', ';', '\'']) || text.starts_with(' ') || text.ends_with(' ');
    if !is_formula && !quoted {
        return Cow::Borrowed(text);
    }
    let mark = if is_formula { "'" } else { "" };
    Cow::Owned(format!("\"{mark}{}\"", text.replace('"', "\"\"")))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_caller_gets_what_it_accepts() {
        fn check(accept: &'static str, expect: Result<Option<Form>, ()>) {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(Form::accepted(&headers).map_err(|_| ()), expect, "{accept}");
        }
        assert!(matches!(Form::accepted(&HeaderMap::new()), Ok(None)));
        check("*/*", Ok(None));
        check("application/json", Ok(None));
        check("text/csv", Ok(Some(Form::Text(Text::Csv))));
        check("TEXT/CSV; q=0.5, application/x-ndjson; q=0.9", Ok(Some(Form::Text(Text::Lines))));
        check("text/html, application/xhtml+xml, */*;q=0.8", Ok(None));
        check("text/csv;q=0, application/json", Ok(None));
        check("application/vnd.apache.parquet, */*;q=0.1", Ok(Some(Form::Parquet)));
        check("image/png", Err(()));
        check("", Err(()));
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_a_text() {
        for (value, expect) in [
            ("/pricing", "/pricing"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "\"'=1+1\""),
            ("+49", "\"'+49\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            (" =1+1", "\"' =1+1\""),
            ("\t=1+1", "\"'\t=1+1\""),
            ("＝1+1", "\"'＝1+1\""),
            ("=cmd|'/c calc'!A1", "\"'=cmd|'/c calc'!A1\""),
            ("", ""),
        ] {
            assert_eq!(text(value), expect);
        }
    }

    #[test]
    fn rows_are_written_in_the_order_of_columns() {
        let row: Row = serde_json::from_value(
            json!({"page": "=x", "pageviews": 3, "bounce_rate": -0.5, "revenue": {"EUR": 12.5, "USD": 3.0}}),
        )
        .unwrap_or_else(|e| panic!("{e}"));
        let columns = ["page", "pageviews", "bounce_rate", "revenue", "none"];
        assert_eq!(Text::Csv.head(&columns), "page,pageviews,bounce_rate,revenue,none\r\n");
        assert_eq!(Text::Csv.row(&columns, &row), "\"'=x\",3,-0.5,12.5 EUR; 3 USD,\r\n");
        assert_eq!(Text::Lines.head(&columns), "");
        let line = Text::Lines.row(&columns, &row);
        assert!(line.ends_with("}\n") && serde_json::from_str::<Row>(&line).ok() == Some(row));
        let event = json!({"path": "/", "goals": ["a", "b"], "properties": {"n": 1}, "engaged_ms": 5});
        let columns = ["path", "goals", "properties", "engaged_ms", "title"];
        assert_eq!(Text::Csv.object(&columns, &event), "/,\"a; b\",\"{\"\"n\"\":1}\",5,\r\n");
    }
}
