//! Folding of ids out of operation names, so that equal operations have equal names.

/// `name` with ids folded away: path segments and tokens that are ids become `{id}`, bare
/// numbers outside paths become `{n}`, and query strings are dropped. `None` where nothing in
/// it could be an id, which is the usual case and costs one look at the bytes.
pub(in crate::ingest) fn fold(name: &str) -> Option<String> {
    let suspect = |byte: u8| byte.is_ascii_digit() || byte == b'?' || byte == b';';
    if !name.bytes().any(suspect) && !name.split(['/', ' ']).any(is_id) {
        return None;
    }
    let mut folded = String::with_capacity(name.len());
    for (index, token) in name.split(' ').enumerate() {
        if index > 0 {
            folded.push(' ');
        }
        if token.contains('/') {
            fold_path(token, &mut folded);
        } else {
            fold_token(token, &mut folded);
        }
    }
    (folded != name).then_some(folded)
}

fn fold_path(path: &str, out: &mut String) {
    let path = path.split_once('?').map_or(path, |(before, _)| before);
    for (index, segment) in path.split('/').enumerate() {
        if index > 0 {
            out.push('/');
        }
        // Matrix parameters (`;jsessionid=…`) are as good as a query.
        let segment = segment.split_once(';').map_or(segment, |(before, _)| before);
        out.push_str(if is_id(segment) { "{id}" } else { segment });
    }
}

fn fold_token(token: &str, out: &mut String) {
    let mut rest = token;
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'))
            .unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        if !piece.is_empty() && piece.bytes().all(|byte| byte.is_ascii_digit()) {
            out.push_str("{n}");
        } else if is_id(piece) {
            out.push_str("{id}");
        } else {
            out.push_str(piece);
        }
        let separator = after.chars().next().map_or(0, char::len_utf8);
        out.push_str(&after[..separator]);
        rest = &after[separator..];
    }
}

/// Whether a path segment or token names one thing among many rather than a kind of thing.
fn is_id(segment: &str) -> bool {
    let bytes = segment.as_bytes();
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    let hex = bytes.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-');
    if digits == 0 {
        return hex && bytes.len() >= 16;
    }
    if bytes.iter().all(|b| b.is_ascii_digit()) {
        return true;
    }
    // `v1`, `v2.1`, `HTTP/1.1`: a version of the interface is part of the operation.
    let version = segment.strip_prefix(['v', 'V']).unwrap_or(segment);
    if digits <= 3 && version.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return false;
    }
    (hex && bytes.len() >= 8) || digits >= 4 || (digits >= 2 && digits * 2 > bytes.len())
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[track_caller]
    fn folds(name: &str, want: &str) {
        assert_eq!(fold(name).as_deref().unwrap_or(name), want);
    }

    #[test]
    fn ids_in_paths() {
        folds("GET /orders/8123-ab", "GET /orders/{id}");
        folds("GET /orders/42/items/7", "GET /orders/{id}/items/{id}");
        folds("/u/3f2504e0-4f89-11d3-9a0c-0305e82c3301/x", "/u/{id}/x");
        folds("GET /t/5b8efff798038103", "GET /t/{id}");
        folds("GET /t/deadbeefdeadbeef", "GET /t/{id}");
        folds("GET /a;jsessionid=12AB/b", "GET /a/b");
    }

    #[test]
    fn versions_templates_and_words_stay() {
        for name in [
            "GET /api/v1/orders/{id}",
            "GET /api/v10/orders/:id",
            "/oauth2/token",
            "pkg.v1.Orders/Place",
            "GET",
            "s3 PutObject",
            "SELECT db1.orders",
            "café über",
        ] {
            folds(name, name);
        }
    }

    #[test]
    fn queries_are_dropped() {
        folds("GET /find?q=x", "GET /find");
        folds("GET /find?q=x HTTP/1.1", "GET /find HTTP/1.1");
        folds("what?", "what?");
    }

    #[test]
    fn numbers_and_ids_outside_paths() {
        folds("process order 8123", "process order {n}");
        folds("job:12345 run", "job:{n} run");
        folds("topic.1234 publish", "topic.{n} publish");
        folds("item order-81234", "item {id}");
    }
}
