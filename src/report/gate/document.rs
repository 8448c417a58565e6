//! The gate as a document.

use crate::gate::{Gate, State, Verdict};
use crate::report::document::{Align, Block, Table, Text, Tone};
use crate::report::escape::{name, sentence};
use crate::report::human::plural;

use super::finding::{headline, lines, notice, result, word, worst_first};

/// The document. At most `most` rules are shown, the worst of them, and the rest is counted.
pub fn document(gate: &Gate, most: usize) -> Vec<Block> {
    let tone = match gate.state {
        State::Failed => Tone::Bad,
        State::Unevaluated => Tone::Warning,
        _ => Tone::Good,
    };
    let mut fields = vec![
        (
            "Gate",
            Text::new(tone, format!("{}.", word(gate.state))).and(Tone::Plain, headline(gate)),
        ),
        ("Policy", sentence(&gate.policy).into()),
        ("Run", run(gate).into()),
    ];
    if gate.baselines > 0 {
        fields.push(("Baseline", plural(gate.baselines as u64, "run", "runs").into()));
    }
    let mut blocks = vec![Block::Fields(fields)];
    let shown: Vec<&Verdict> = worst_first(gate).into_iter().take(most).collect();
    blocks.push(Block::Table(Table {
        columns: vec![("Rule", Align::Left), ("Asks for", Align::Left), ("Result", Align::Left)],
        rows: shown
            .iter()
            .map(|v| vec![name(&v.rule), sentence(&v.asks), result(v).to_owned()])
            .collect(),
    }));
    if gate.verdicts.len() > shown.len() {
        let left = gate.verdicts.len() - shown.len();
        let text = format!("{} left out here.", plural(left as u64, "rule was", "rules were"));
        blocks.push(Block::Paragraph(Text::new(Tone::Warning, text)));
    }
    for verdict in shown {
        let lines = lines(verdict);
        // What is well is in the table.
        let quiet = verdict.state <= State::Passed && verdict.excused.is_empty();
        if lines.is_empty() || quiet {
            continue;
        }
        let title = format!("{} ({})", name(&verdict.rule), result(verdict));
        blocks.push(Block::section(title));
        blocks.push(Block::List(lines.into_iter().map(Text::from).collect()));
    }
    if !gate.notices.is_empty() {
        blocks.push(Block::section("About the policy"));
        let notices = gate.notices.iter().map(|n| notice(gate, n).into());
        blocks.push(Block::List(notices.collect()));
    }
    blocks
}

fn run(gate: &Gate) -> String {
    let input = &gate.input;
    let lost = match input.lost() {
        0 => String::new(),
        lost => {
            format!("; {} lost while reading", plural(lost, "record or file", "records or files"))
        }
    };
    format!(
        "{} and {} in {}{lost}",
        plural(input.spans, "span", "spans"),
        plural(input.log_records, "log record", "log records"),
        plural(gate.traces, "trace", "traces"),
    )
}
