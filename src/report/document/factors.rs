//! What made it worse, or kept it from spreading.

use crate::analysis::Factor;
use crate::report::escape::{name, sentence};

use super::{Block, Text, Tone};

pub(super) fn blocks(factors: &[Factor]) -> Vec<Block> {
    if factors.is_empty() {
        return Vec::new();
    }
    vec![
        Block::section("What happened on the way"),
        Block::List(factors.iter().map(item).collect()),
    ]
}

fn item(factor: &Factor) -> Text {
    let [caller, callee] = &factor.edge;
    let head = format!("{} → {}, {}.", name(caller), name(callee), factor.title);
    Text::new(Tone::Strong, head).and(Tone::Plain, sentence(&factor.text))
}
