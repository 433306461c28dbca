//! Which page a URL means: host and path. The query and fragment are dropped, for they may carry secrets;
//! campaign tags are read from it first by [`crate::source`].

use url::Url;
use wire::limits::VALUE_BYTES_MAX;

/// Parses an absolute `http(s)` URL.
pub fn parse(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.host_str().is_some()).then_some(url)
}

/// Host in lower case, without `www.`, cut to [`VALUE_BYTES_MAX`].
pub fn hostname(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    cut(host.strip_prefix("www.").unwrap_or(host), VALUE_BYTES_MAX)
}

/// Path, cut to [`VALUE_BYTES_MAX`].
pub fn path(url: &Url) -> &str {
    cut(url.path(), VALUE_BYTES_MAX)
}

/// The longest beginning of `text` that has at most `bytes` bytes and ends between characters.
pub fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_host_and_path() {
        fn check(text: &str, expect: Option<(&str, &str)>) {
            let url = parse(text);
            assert_eq!(url.as_ref().map(|url| (hostname(url), path(url))), expect, "{text}");
        }
        check("https://www.Example.com/a/b?token=1#x", Some(("example.com", "/a/b")));
        check("http://example.com", Some(("example.com", "/")));
        check("https://bücher.example/ä", Some(("xn--bcher-kva.example", "/%C3%A4")));
        check("http://127.0.0.1:8080/x", Some(("127.0.0.1", "/x")));
        check("/relative", None);
        check("javascript:alert(1)", None);
        check("data:text/html,x", None);
        check("", None);
    }

    #[test]
    fn a_cut_ends_between_characters() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 3), "aé");
        assert_eq!(cut("", 0), "");
    }
}
