//! The first screen: what a responder needs before anything else.

use crate::analysis::{Analysis, Factor, MATERIAL, Verdict};
use crate::report::Options;
use crate::report::escape::{name, sentence};
use crate::report::human::{Clock, share};

use super::{
    Block, Text, Tone, boundaries, candidates, cascade, contrasts, coverage, overview, story,
};

/// Services below each other that the tree shows.
const TREE: usize = 14;
/// Entries that are shown.
const ENTRIES: usize = 3;
/// Lines on what made it worse, what would have contained it, and what was not seen.
const LINES: usize = 3;

/// The document.
pub fn screen(analysis: &Analysis, options: &Options) -> Vec<Block> {
    let clock = Clock::new(analysis.input.from, &options.zone);
    let mut fields = vec![("Verdict", story::verdict(analysis))];
    if let Some(incident) = analysis.incidents.first() {
        fields.push(("When", story::when(incident, &clock).into()));
    }
    for incident in analysis.incidents.iter().skip(1) {
        let text = format!("{}. {}", story::when(incident, &clock), story::harm(incident));
        fields.push(("Also", format!("incident {}: {text}", incident.id).into()));
    }
    fields.extend(story::whom(analysis).map(|text| ("Whom", text)));
    fields.extend(story::origin(analysis, &clock).map(|text| ("Origin", text)));
    fields.extend(boundaries::told(analysis, &clock).map(|text| ("Teams", text)));
    if analysis.verdict != Verdict::NoIncident {
        fields.extend(contrasts::brief(analysis));
    }
    let mut blocks = vec![Block::Fields(fields)];
    if analysis.verdict != Verdict::NoIncident {
        blocks.extend(super::impact::brief(&analysis.impact, ENTRIES));
        blocks.extend(candidates::ranking(analysis, &clock));
        blocks.extend(cascade::blocks(analysis, &clock, TREE));
        blocks.extend(factors(&analysis.cascade.factors));
        blocks.extend(containment(analysis));
    }
    blocks.extend(unseen(analysis, &clock));
    if !analysis.candidates.is_empty() {
        let more = "--explain opens the evidence; --format html draws it";
        blocks.push(Block::Paragraph(Text::new(Tone::Quiet, more)));
    }
    blocks
}

/// What made it worse: each factor once, with the edge on which it is largest.
fn factors(factors: &[Factor]) -> Vec<Block> {
    let mut items = Vec::new();
    for alike in factors.chunk_by(|a, b| a.id == b.id) {
        let [caller, callee] = &alike[0].edge;
        let more = match alike.len() {
            1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        let edge = format!("on {} → {}{more}", name(caller), name(callee));
        items.push(Text::new(Tone::Strong, capital(alike[0].title)).and(Tone::Plain, edge));
    }
    listed("What happened on the way", items)
}

fn containment(analysis: &Analysis) -> Vec<Block> {
    let good = analysis.containment.iter().filter(|e| e.saved_share >= MATERIAL);
    let mut items: Vec<Text> = Vec::new();
    for estimate in good {
        let [caller, callee] = &estimate.edge;
        let pattern = capital(&estimate.pattern.replace('_', " "));
        let edge = format!("on {} → {}", name(caller), name(callee));
        let saved = format!(
            "{edge}: {} of the failed requests saved ({} to {})",
            share(estimate.saved_share),
            share(estimate.low),
            share(estimate.high)
        );
        items.push(Text::new(Tone::Strong, pattern).and(Tone::Plain, saved));
    }
    if items.is_empty() {
        items.extend(analysis.containment_note.as_ref().map(|note| sentence(note).into()));
    }
    listed("What would have contained it", items)
}

fn unseen(analysis: &Analysis, clock: &Clock) -> Vec<Block> {
    let mut items = vec![overview::read_in_short(analysis, clock)];
    items.extend(coverage::lines(&analysis.coverage, analysis.traces).into_iter().map(Text::from));
    listed("What was read, and what was not seen", items)
}

fn listed(title: &str, mut items: Vec<Text>) -> Vec<Block> {
    if items.is_empty() {
        return Vec::new();
    }
    let left = items.len().saturating_sub(LINES + 1);
    // One more line costs no more than to say that there is one.
    if left > 0 {
        items.truncate(LINES);
        items.push(Text::new(Tone::Quiet, format!("and {} more", left + 1)));
    }
    vec![Block::section(title), Block::List(items)]
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
