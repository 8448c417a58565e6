//! The order of the sections.

use crate::analysis::{Analysis, Verdict};
use crate::report::human::Clock;

use super::{Block, candidates, cascade, containment, coverage, factors, impact, overview};

/// The document about one analysis: what a tired reader needs first comes first.
pub fn analysis(analysis: &Analysis) -> Vec<Block> {
    let clock = Clock::new(analysis.input.from);
    let mut blocks = overview::blocks(analysis, &clock);
    if analysis.verdict != Verdict::NoIncident {
        blocks.extend(impact::blocks(&analysis.impact));
        blocks.extend(candidates::ranking(analysis, &clock));
        blocks.extend(cascade::blocks(analysis, &clock));
        blocks.extend(factors::blocks(&analysis.cascade.factors));
        blocks.extend(candidates::details(analysis, &clock));
        blocks.extend(containment::blocks(analysis));
    }
    blocks.extend(coverage::blocks(analysis));
    blocks
}
