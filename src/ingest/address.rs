//! Which paths are URLs, and how one is shown.

use std::path::Path;

/// Schemes of URLs that lead to object stores and web servers.
const SCHEMES: [&str; 10] =
    ["s3", "s3a", "gs", "az", "azure", "abfs", "abfss", "adl", "http", "https"];

/// What a path says it is, before anything is looked up.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Address<'a> {
    /// A file, a folder, or standard input.
    Local,
    /// A URL that may be read.
    Url(&'a str),
    /// A URL of another scheme.
    Unknown(&'a str),
}

/// Tells a URL from a path. A file that has the name of one stays a file.
pub(super) fn address(path: &Path) -> Address<'_> {
    let letters =
        |scheme: &str| !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric());
    match path.to_str().and_then(|text| Some((text, text.split_once("://")?.0))) {
        Some((text, scheme)) if letters(scheme) && !path.exists() => {
            if SCHEMES.contains(&scheme) {
                Address::Url(text)
            } else {
                Address::Unknown(scheme)
            }
        }
        _ => Address::Local,
    }
}

/// A path as it may be shown: without what may be secret in a URL.
pub fn shown(path: &Path) -> String {
    without_secrets(&path.display().to_string())
}

/// A text without what may be secret in its URLs: who asks, and what signs the question.
pub(super) fn without_secrets(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        shown.push_str(before);
        let end = after.find(|c: char| c.is_whitespace() || matches!(c, '"' | ')' | '>'));
        let (url, more) = after.split_at(end.unwrap_or(after.len()));
        let (url, query) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
        let server = url.find('/').unwrap_or(url.len());
        let user = url[..server].rfind('@').map_or(0, |at| at + 1);
        // Azure's way to write a container and its account has no secret in it.
        let container = before.contains("abfs") && !url[..user].contains(':');
        shown.push_str(if container { url } else { &url[user..] });
        if !query.is_empty() {
            shown.push_str("?…");
        }
        rest = more;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_left_out_wherever_a_url_is_quoted() {
        for (text, want) in [
            ("https://me:pw@h.example/a?sig=x#y", "https://h.example/a?…"),
            ("GET (https://h/a?X-Amz-Signature=1) failed", "GET (https://h/a?…) failed"),
            ("\"http://u@h\" and https://h/b@c", "\"http://h\" and https://h/b@c"),
            ("s3://key:pw@bucket/a", "s3://bucket/a"),
            ("s3://bucket/a b", "s3://bucket/a b"),
            ("abfss://box@acc.dfs.core.windows.net/a", "abfss://box@acc.dfs.core.windows.net/a"),
            ("abfss://a:pw@acc/a", "abfss://acc/a"),
            ("no URL?", "no URL?"),
        ] {
            assert_eq!(without_secrets(text), want);
        }
    }

    #[test]
    fn paths_that_are_urls() {
        let tell = |path| address(Path::new(path));
        assert_eq!(tell("s3://b/c"), Address::Url("s3://b/c"));
        assert_eq!(tell("https://h/x.json"), Address::Url("https://h/x.json"));
        assert_eq!(tell("ftp://h/x"), Address::Unknown("ftp"));
        for path in ["a/b", "C:\\x", "s3:/b", "-", "://x", "a b://x", "missing.jsonl"] {
            assert_eq!(tell(path), Address::Local, "{path}");
        }
    }
}
