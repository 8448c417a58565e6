//! Pieces of configuration: names, durations, and the objects around a setting.

/// Lines as a text.
pub fn yaml(lines: &[&str]) -> String {
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}

/// A name that needs no quotes and cannot break out of its place: letters, digits, dots and
/// hyphens; all else becomes a hyphen. Names come from telemetry, and anybody may have sent it.
pub fn name(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    let name: String = text.chars().take(200).map(plain).collect();
    let name = name.trim_matches(['-', '.']);
    // A name of digits alone would be read as a number.
    if name.chars().any(|c| c.is_ascii_alphabetic()) {
        name.to_lowercase()
    } else {
        format!("host-{name}")
    }
}

/// A traffic policy in a `DestinationRule`.
pub fn istio_policy(host: &str, policy: &[&str]) -> String {
    let mut text = object("networking.istio.io/v1", "DestinationRule", host);
    text += &format!("spec:\n  host: {host}\n  trafficPolicy:\n");
    text + &indented(policy, 4)
}

/// A route in a `VirtualService`.
pub fn istio_route(host: &str, route: &[&str]) -> String {
    let mut text = object("networking.istio.io/v1", "VirtualService", host);
    text += &format!("spec:\n  hosts:\n    - {host}\n  http:\n    - route:\n");
    text += &format!("        - destination:\n            host: {host}\n");
    text + &indented(route, 6)
}

/// An HTTP filter in an `EnvoyFilter` before the callee's router.
pub fn istio_filter(host: &str, filter: &[&str]) -> String {
    let mut text = object("networking.istio.io/v1alpha3", "EnvoyFilter", host);
    text += &format!("spec:\n  workloadSelector:\n    labels:\n      app: {host}\n");
    text += "  configPatches:\n    - applyTo: HTTP_FILTER\n      match:\n        context: SIDECAR_INBOUND\n";
    text += "      patch:\n        operation: INSERT_BEFORE\n        value:\n";
    text + &indented(filter, 10)
}

fn object(version: &str, kind: &str, host: &str) -> String {
    format!("apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {host}\n")
}

fn indented(lines: &[&str], by: usize) -> String {
    lines.iter().map(|line| format!("{:by$}{line}\n", "")).collect()
}

/// A duration in microseconds: `250ms`, `1.5s`, `2m`; without a unit, milliseconds.
pub fn millis(text: &str) -> Option<u64> {
    let text = text.trim();
    let at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let factor = match &text[at..] {
        "us" => 1.0,
        "" | "ms" => 1e3,
        "s" => 1e6,
        "m" | "min" => 6e7,
        _ => return None,
    };
    let number: f64 = text[..at].trim().parse().ok()?;
    let micros = number * factor;
    (micros.is_finite() && (0.0..1e12).contains(&micros)).then_some(micros.round() as u64)
}

/// A share: `10%`, `0.1`.
pub fn percent(text: &str) -> Option<f64> {
    let text = text.trim();
    match text.strip_suffix('%') {
        Some(number) => number.trim().parse().ok().map(|p: f64| p / 100.0),
        None => text.parse().ok(),
    }
    .filter(|share| share.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_shares() {
        assert_eq!(millis("250ms"), Some(250_000));
        assert_eq!(millis("1.5s"), Some(1_500_000));
        assert_eq!(millis("80"), Some(80_000));
        assert_eq!(millis("2 m"), Some(120_000_000));
        assert_eq!([millis("soon"), millis("-1s"), millis("3h"), millis("")], [None; 4]);
        assert_eq!(percent("10%"), Some(0.1));
        assert_eq!(percent("0.5"), Some(0.5));
        assert_eq!(percent("much"), None);
    }

    #[test]
    fn names_stay_in_their_place() {
        assert_eq!(name("Cart.Shop"), "cart.shop");
        assert_eq!(name("a: b\n- c"), "a--b---c");
        assert_eq!(name("42"), "host-42");
    }
}
