//! What would have contained it.

use crate::analysis::{Analysis, Containment, MATERIAL};
use crate::report::escape::{name, sentence};
use crate::report::human::share;

use super::{Block, Text, Tone};

/// More than this many are in JSON only.
const MOST: usize = 3;

pub(super) fn blocks(analysis: &Analysis) -> Vec<Block> {
    let all = &analysis.containment;
    let good = all.iter().filter(|e| e.saved_share >= MATERIAL).take(MOST);
    let mut items: Vec<Text> = good.map(item).collect();
    let worst = all.iter().min_by(|a, b| a.saved_share.total_cmp(&b.saved_share));
    items.extend(worst.filter(|e| e.saved_share <= -MATERIAL).map(item));
    let note = analysis.containment_note.as_deref();
    if items.is_empty() && note.is_none() {
        return Vec::new();
    }
    let mut blocks = vec![Block::section("What would have contained it")];
    blocks.extend(note.map(|note| Block::Paragraph(sentence(note).into())));
    if !items.is_empty() {
        blocks.push(Block::List(items));
    }
    blocks
}

/// One estimate.
pub fn item(estimate: &Containment) -> Text {
    let [caller, callee] = &estimate.edge;
    let pattern = estimate.pattern.replace('_', " ");
    let told = if estimate.saved_share < 0.0 {
        format!(
            "would have done harm: {} more requests would have failed ({} to {}).",
            share(-estimate.saved_share),
            share(-estimate.high),
            share(-estimate.low)
        )
    } else {
        format!(
            "would have saved {} of the failed requests ({} to {}).",
            share(estimate.saved_share),
            share(estimate.low),
            share(estimate.high)
        )
    };
    let mut text =
        Text::new(Tone::Strong, format!("{pattern} on {} → {}", name(caller), name(callee)))
            .and(Tone::Plain, told);
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
