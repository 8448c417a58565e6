//! The order of the sections.

use crate::analysis::{Analysis, Verdict};
use crate::report::Options;
use crate::report::human::Clock;

use super::{
    Block, boundaries, candidates, cascade, containment, contrasts, coverage, factors, impact,
    overview, story,
};

/// Lines of the cascade, which are the input's to choose.
const TREE: usize = 60;

/// Everything about one analysis: what a tired reader needs first comes first.
pub fn analysis(analysis: &Analysis, options: &Options) -> Vec<Block> {
    let clock = Clock::new(analysis.input.from, &options.zone);
    let mut head = vec![("Verdict", story::verdict(analysis))];
    if let Some(incident) = analysis.incidents.first() {
        head.push(("When", story::when(incident, &clock).into()));
    }
    head.extend(story::whom(analysis).map(|text| ("Whom", text)));
    head.extend(story::origin(analysis, &clock).map(|text| ("Origin", text)));
    let mut blocks = vec![Block::Fields(head)];
    if analysis.verdict != Verdict::NoIncident {
        blocks.extend(impact::blocks(&analysis.impact));
        blocks.extend(candidates::ranking(analysis, &clock));
        blocks.extend(cascade::blocks(analysis, &clock, TREE));
        blocks.extend(boundaries::blocks(analysis, &clock));
        blocks.extend(factors::blocks(&analysis.cascade.factors));
        blocks.extend(candidates::details(analysis, options, &clock));
        blocks.extend(contrasts::blocks(analysis, &clock));
        blocks.extend(containment::blocks(analysis));
    }
    blocks.extend(coverage::blocks(analysis));
    blocks.extend(overview::blocks(analysis, &clock));
    blocks
}
