//! The list of incidents remembered, and whether they grow.

use crate::history::{Contents, Direction, Entry, FEWEST, Trend};
use crate::report::Options;
use crate::report::document::{Align, Block, Table, Text, Tone};
use crate::report::escape::{name, sentence};
use crate::report::human::{Clock, count, plural, probability, ratio, share};

/// The document.
pub fn contents(contents: &Contents, options: &Options) -> Vec<Block> {
    if contents.entries.is_empty() {
        return vec![Block::Paragraph("Nothing is remembered yet.".into())];
    }
    let columns = vec![
        ("Id", Align::Right),
        ("Onset", Align::Left),
        ("Verdict", Align::Left),
        ("First candidate", Align::Left),
        ("Failed", Align::Right),
        ("Remembered", Align::Left),
        ("Label", Align::Left),
    ];
    let rows = contents.entries.iter().map(|entry| row(entry, options)).collect();
    let mut blocks =
        vec![Block::section("Incidents remembered"), Block::Table(Table { columns, rows })];
    let noted = contents.entries.iter().filter(|entry| !entry.note.is_empty());
    let notes: Vec<Text> =
        noted.map(|entry| Text::from(format!("{}: {}", entry.id, sentence(&entry.note)))).collect();
    if !notes.is_empty() {
        blocks.push(Block::section("Notes"));
        blocks.push(Block::List(notes));
    }
    blocks.push(Block::section("Do they grow?"));
    blocks.push(Block::List(contents.trends.iter().map(trend).collect()));
    blocks
}

fn row(entry: &Entry, options: &Options) -> Vec<String> {
    let imprint = &entry.imprint;
    let first = imprint.accused.first();
    vec![
        entry.id.to_string(),
        minute(entry.imprint.onset, options),
        imprint.verdict.replace('_', " "),
        first.map_or_else(
            || "none".to_owned(),
            |a| format!("{} ({})", name(&a.node.name), probability(a.score)),
        ),
        match (imprint.failed, imprint.failed.and_then(|n| ratio(n, imprint.requests))) {
            (Some(failed), Some(rate)) => format!("{} ({})", count(failed), share(rate)),
            (Some(failed), None) => count(failed),
            (None, _) => "unknown".to_owned(),
        },
        Clock::new(entry.remembered, &options.zone).date().to_owned(),
        if entry.label.is_empty() { String::new() } else { name(&entry.label) },
    ]
}

/// Date and time of day, as short as they tell incidents apart.
fn minute(at: crate::model::Nanos, options: &Options) -> String {
    let moment = moment(at, options);
    moment.rsplit_once(':').map_or(moment.clone(), |(minute, _)| minute.to_owned())
}

/// Date and time of day, to the second.
pub(super) fn moment(at: crate::model::Nanos, options: &Options) -> String {
    let clock = Clock::new(at, &options.zone);
    format!("{} {}", clock.date(), clock.second(at))
}

fn trend(trend: &Trend) -> Text {
    let shown = |value: f64| match trend.unit {
        "share" => share(value),
        _ => count(value as u64),
    };
    let last = match trend.values[..] {
        [.., before, last] => {
            format!(" The last: {}; the one before: {}.", shown(last), shown(before))
        }
        _ => String::new(),
    };
    let pairs = trend.pairs() as i64;
    let (larger, smaller) = ((pairs + trend.s) / 2, (pairs - trend.s) / 2);
    let counted = format!(
        "of {}, the later is larger in {larger} and smaller in {smaller}; chance alone gives as much \
         order with a probability of {}",
        plural(pairs as u64, "pair of incidents that differ", "pairs of incidents that differ"),
        probability(trend.chance),
    );
    let (tone, text) = match trend.direction {
        Direction::Growing => (Tone::Bad, format!("grows: {counted}.")),
        Direction::Shrinking => (Tone::Good, format!("shrinks: {counted}.")),
        Direction::Neither => (Tone::Plain, format!("no order beyond chance: {counted}.")),
        Direction::TooFew => (
            Tone::Plain,
            format!("too few to say: {} of {FEWEST} certain incidents.", trend.values.len()),
        ),
    };
    Text::new(tone, format!("{}: {text}{last}", trend.title))
}

/// Whole percent; everything and nothing are told as such.
pub(super) fn percent(share: f64) -> String {
    match share {
        0.0 => "0%".to_owned(),
        1.0 => "100%".to_owned(),
        share => probability(share),
    }
}
