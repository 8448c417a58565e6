//! Whom it hurt.

use crate::analysis::EntryImpact;
use crate::report::escape::{name, shorten};
use crate::report::human::{count, duration, ratio, share};

use super::{Align, Block, Table};

/// Entries beyond these are only counted.
const SHOWN: usize = 8;
/// Columns of an entry that are shown, lest one of them fills the screen.
const ENTRY_WIDTH: usize = 60;

/// The same of an operation on the first screen.
const BRIEF: usize = 30;

/// A latency of an entry, before and during.
type Latency = fn(&EntryImpact) -> [Option<u64>; 2];

pub(super) fn blocks(impact: &[EntryImpact]) -> Vec<Block> {
    if impact.is_empty() {
        return Vec::new();
    }
    // Where no span states a failure, the change of behaviour is what is known.
    let blind = impact.iter().all(|e| e.unusual.is_some());
    let mut columns = vec![("Entry", Align::Left), ("Requests", Align::Right)];
    if blind {
        columns.push(("Unusual", Align::Right));
    } else {
        columns.extend([("Failed", Align::Right), ("Failing", Align::Right)]);
    }
    let timed = |pair: Latency| impact.iter().any(|e| pair(e).iter().any(Option::is_some));
    let latencies: Vec<(&'static str, Latency)> = [("p50", p50 as Latency), ("p99", p99)]
        .into_iter()
        .filter(|(_, pair)| timed(*pair))
        .collect();
    columns.extend(latencies.iter().map(|(title, _)| (*title, Align::Right)));

    let row = |entry: &EntryImpact| {
        let mut row = vec![
            shorten(&operation(&entry.service, &entry.operation), ENTRY_WIDTH),
            requests(entry),
        ];
        if blind {
            row.push(entry.unusual.map_or_else(unknown, count));
        } else {
            row.extend(failures(entry));
        }
        row.extend(latencies.iter().map(|(_, pair)| {
            let [before, during] = pair(entry);
            change(before.map(duration), during.map(duration))
        }));
        row
    };
    let mut blocks = vec![
        Block::section("Whom it hurt (before → during)"),
        Block::Table(Table { columns, rows: impact.iter().take(SHOWN).map(row).collect() }),
    ];
    if impact.len() > SHOWN {
        let left = impact.len() - SHOWN;
        blocks.push(Block::Paragraph(format!("and {left} more, hurt less").into()));
    }
    blocks
}

/// Only those that were hurt most, for the first screen: one alone is told in its head.
pub(super) fn brief(impact: &[EntryImpact], most: usize) -> Vec<Block> {
    let hurt = |e: &&EntryImpact| e.failed.unwrap_or(0).max(e.unusual.unwrap_or(0)) > 0;
    let hurt: Vec<EntryImpact> = impact
        .iter()
        .filter(hurt)
        .take(most)
        .map(|e| EntryImpact { operation: shorten(&name(&e.operation), BRIEF), ..e.clone() })
        .map(|e| if e.failed.unwrap_or(0) > 0 { untimed(e) } else { e })
        .collect();
    if hurt.len() < 2 { Vec::new() } else { blocks(&hurt) }
}

/// How long failed requests took tells a responder little, and costs two columns.
fn untimed(entry: EntryImpact) -> EntryImpact {
    EntryImpact { p50_before: None, p50_during: None, p99_before: None, p99_during: None, ..entry }
}

fn failures(entry: &EntryImpact) -> [String; 2] {
    let during = |failed| ratio(failed, entry.requests).map_or_else(unknown, share);
    [
        entry.failed.map_or_else(unknown, count),
        change(entry.failed_before.map(share), entry.failed.map(during)),
    ]
}

fn operation(service: &str, operation: &str) -> String {
    format!("{} {}", name(service), name(operation))
}

fn p50(entry: &EntryImpact) -> [Option<u64>; 2] {
    [entry.p50_before, entry.p50_during]
}

fn p99(entry: &EntryImpact) -> [Option<u64>; 2] {
    [entry.p99_before, entry.p99_during]
}

fn requests(entry: &EntryImpact) -> String {
    let seen = count(entry.requests);
    match entry.requests_estimated {
        // A sample stands for more requests than it holds.
        Some(n) if n.is_finite() && n.round() as u64 != entry.requests => {
            format!("{seen} (about {})", count(n.round() as u64))
        }
        _ => seen,
    }
}

fn change(before: Option<String>, during: Option<String>) -> String {
    match (before, during) {
        (None, None) => unknown(),
        (before, during) => {
            format!("{} → {}", before.unwrap_or_else(unknown), during.unwrap_or_else(unknown))
        }
    }
}

fn unknown() -> String {
    "unknown".to_owned()
}
