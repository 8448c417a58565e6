//! What takes part in cascades again and again, as tables.

use crate::history::{CONFIDENCE, Part, WeakPoint, WeakPoints};
use crate::report::document::{Align, Block, Table, Text};
use crate::report::escape::name;
use crate::report::human::{count, plural, probability, share};

use super::contents::percent;

/// Rows of a table.
const ROWS: usize = 15;

/// The document.
pub fn weak_points(found: &WeakPoints) -> Vec<Block> {
    let mut blocks = vec![Block::section("Weak points"), Block::Paragraph(summary(found))];
    for (title, points) in [
        ("Edges", &found.edges),
        ("Services", &found.services),
        ("Team boundaries", &found.boundaries),
    ] {
        if points.is_empty() {
            continue;
        }
        blocks.push(Block::section(title));
        blocks.push(Block::Table(table(points)));
        if points.len() > ROWS {
            let more = count((points.len() - ROWS) as u64);
            blocks.push(Block::Paragraph(format!("And {more} more, in JSON and CSV.").into()));
        }
    }
    blocks
}

fn summary(found: &WeakPoints) -> Text {
    let read = plural(found.incidents, "incident", "incidents");
    let left_out = match found.left_out {
        0 => String::new(),
        n => format!(" {} left out as inconclusive.", plural(n, "was", "were")),
    };
    let how = format!(
        "Ordered by how much more often something took part, at least ({} interval), than its traffic \
         alone would give. One origin is the same fault again; several are a weak point.",
        share(CONFIDENCE)
    );
    match found.incidents {
        0 => format!("No incident is remembered.{left_out}").into(),
        _ => format!("From {read}.{left_out} {how}").into(),
    }
}

fn table(points: &[WeakPoint]) -> Table {
    let columns = vec![
        ("What", Align::Left),
        ("Took part", Align::Right),
        ("Rate", Align::Right),
        ("Interval", Align::Right),
        ("By traffic", Align::Right),
        ("Chance", Align::Right),
        ("Origins", Align::Right),
    ];
    let row = |point: &WeakPoint| {
        vec![
            told(&point.part),
            format!("{} of {}", point.incidents.len(), point.seen),
            percent(point.rate()),
            format!("{}–{}", percent(point.low), percent(point.high)),
            percent(point.by_traffic),
            format!("{}{}", probability(point.chance), if point.stands_out { " *" } else { "" }),
            point.origins.to_string(),
        ]
    };
    Table { columns, rows: points.iter().take(ROWS).map(row).collect() }
}

fn told(part: &Part) -> String {
    match part {
        Part::Edge { caller, callee } => {
            format!("{} → {}", name(&caller.to_string()), name(&callee.to_string()))
        }
        Part::Service(node) => name(&node.to_string()),
        Part::Boundary { caller, callee } => format!("{} → {}", name(caller), name(callee)),
    }
}
