//! Numbers as rules tell them.

/// A share (0 to 1) as a percentage.
pub fn percent(share: f64) -> String {
    number(100.0 * share) + "%"
}

/// Nanoseconds as milliseconds or seconds.
pub fn time(nanos: f64) -> String {
    if nanos >= 1e9 { number(nanos / 1e9) + " s" } else { number(nanos / 1e6) + " ms" }
}

/// With two decimals at most, three digits if that is fewer.
pub fn number(value: f64) -> String {
    let decimals = match value.abs() {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// `0.99` as `p99`, `0.999` as `p99.9`.
pub fn quantile(q: f64) -> String {
    format!("p{}", number(100.0 * q))
}
