//! What would have contained it.

use crate::analysis::Containment;
use crate::report::escape::{name, sentence};
use crate::report::human::share;

use super::{Block, Text, Tone};

pub(super) fn blocks(containment: &[Containment]) -> Vec<Block> {
    if containment.is_empty() {
        return Vec::new();
    }
    vec![
        Block::section("What would have contained it"),
        Block::List(containment.iter().map(item).collect()),
    ]
}

fn item(estimate: &Containment) -> Text {
    let [caller, callee] = &estimate.edge;
    let pattern = estimate.pattern.replace('_', " ");
    let saved = format!(
        "would have saved {} of the failed requests ({} to {}).",
        share(estimate.saved_share),
        share(estimate.low),
        share(estimate.high)
    );
    let mut text =
        Text::new(Tone::Strong, format!("{pattern} on {} → {}", name(caller), name(callee)))
            .and(Tone::Plain, saved);
    if !estimate.settings.is_empty() {
        let settings: Vec<String> = estimate
            .settings
            .iter()
            .map(|(key, value)| format!("{} = {}", name(key), name(value)))
            .collect();
        text = text.and(Tone::Plain, format!("Settings: {}.", settings.join(", ")));
    }
    text.and(Tone::Quiet, format!("Assumes: {}", sentence(&estimate.assumption)))
}
