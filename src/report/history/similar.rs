//! How alike an incident is to others.

use crate::history::{ALIKE, Alike, Entry, Likeness};
use crate::report::Options;
use crate::report::document::{Align, Block, Table, Text};
use crate::report::escape::{name, sentence};
use crate::report::human::probability;

use super::contents::{moment, percent};

/// The document.
pub fn similar(likeness: &Likeness, options: &Options) -> Vec<Block> {
    let mut blocks = vec![
        Block::section(format!("Like incident {}", likeness.entry.id)),
        Block::Paragraph(Text::from(likeness_told(likeness, options))),
    ];
    if likeness.others.is_empty() {
        return blocks;
    }
    let columns = vec![
        ("Id", Align::Right),
        ("Onset", Align::Left),
        ("First candidate", Align::Left),
        ("Alike", Align::Right),
        ("What they share", Align::Left),
    ];
    let rows = likeness.others.iter().map(|(entry, alike)| row(entry, alike, options)).collect();
    blocks.push(Block::Table(Table { columns, rows }));
    blocks
}

fn row(entry: &Entry, alike: &Alike, options: &Options) -> Vec<String> {
    let first = entry.imprint.accused.first();
    vec![
        entry.id.to_string(),
        moment(entry.imprint.onset, options),
        first.map_or_else(|| "none".to_owned(), |a| name(&a.node.to_string())),
        percent(alike.similarity),
        sentence(&alike.reason()),
    ]
}

/// Whether a cascade is like a past one, in a sentence.
pub fn likeness_told(likeness: &Likeness, options: &Options) -> String {
    let of = |entry: &Entry| {
        let label = match entry.label.as_str() {
            "" => String::new(),
            label => format!(", {}", name(label)),
        };
        format!("incident {} ({}{label})", entry.id, moment(entry.imprint.onset, options))
    };
    let told = |alike: &Alike| {
        format!("{} alike: {}", percent(alike.similarity), sentence(&alike.reason()))
    };
    match (likeness.twin(), likeness.others.first()) {
        (Some((entry, alike)), _) => format!("It is like {}, {}.", of(entry), told(alike)),
        (None, Some((entry, alike))) => format!(
            "It is like none that is remembered ({} alike or more is called like). The nearest is {}, {}.",
            probability(ALIKE),
            of(entry),
            told(alike),
        ),
        (None, None) => "No other incident is remembered.".to_owned(),
    }
}
