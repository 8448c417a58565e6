//! What a comparison of runs found.

use crate::compare::{
    Comparison, DEADLINE, Effect, Judgement, LEVEL, Measured, POSSIBLE, RunFacts, Subject,
};
use crate::report::Options;
use crate::report::escape::{name, sentence};
use crate::report::human::{Clock, count, duration, plural, share};

use super::{Align, Block, Table, Text, Tone};

/// Rows of a table, which are the input's to choose.
const ROWS: usize = 40;
/// Rows of what may be chance.
const POSSIBLE_ROWS: usize = 10;

/// The document.
pub fn diff(comparison: &Comparison, options: &Options) -> Vec<Block> {
    let mut blocks = vec![Block::Fields(head(comparison, options))];
    if !comparison.warnings.is_empty() {
        let items = comparison.warnings.iter().map(|w| Text::new(Tone::Warning, sentence(&w.text)));
        blocks.push(Block::section("Before you believe it"));
        blocks.push(Block::List(items.collect()));
    }
    for (judgement, title) in [
        (Judgement::Worse, "Worse"),
        (Judgement::Changed, "Changed"),
        (Judgement::Better, "Better"),
    ] {
        let found = comparison.judged(judgement);
        blocks.extend(changes(title, found.iter().copied().filter(|m| !is_presence(m)), ROWS));
        blocks.extend(came_or_went(title, found.into_iter().filter(|m| is_presence(m))));
    }
    let doubtful = comparison.judged(Judgement::CannotTell);
    let possible: Vec<&Measured> =
        doubtful.iter().copied().filter(|m| m.discovery <= POSSIBLE).collect();
    blocks.extend(changes(
        "Perhaps, or chance",
        possible.iter().copied().filter(|m| !is_presence(m)),
        POSSIBLE_ROWS,
    ));
    blocks.extend(came_or_went(
        "Perhaps, or chance",
        possible.iter().copied().filter(|m| is_presence(m)),
    ));
    blocks.push(Block::section("What was tested"));
    blocks.push(Block::List(tested(comparison, doubtful.len() - possible.len())));
    blocks
}

fn is_presence(measured: &Measured) -> bool {
    measured.measure.effect == Effect::Presence
}

fn head(comparison: &Comparison, options: &Options) -> Vec<(&'static str, Text)> {
    let number = |judgement| comparison.judged(judgement).len() as u64;
    let worse = number(Judgement::Worse);
    let doubtful = comparison.measured.iter().filter(|m| m.judgement == Judgement::CannotTell);
    let possible = doubtful.filter(|m| m.discovery <= POSSIBLE).count() as u64;
    let others = format!(
        "{} for the better, {} that may be either, {} that may be chance",
        number(Judgement::Better),
        number(Judgement::Changed),
        possible
    );
    let verdict = if comparison.tests == 0 {
        Text::new(Tone::Warning, "CANNOT TELL.").and(Tone::Plain, "There is too little to compare.")
    } else if worse > 0 {
        let worse = plural(worse, "change", "changes");
        Text::new(Tone::Bad, "WORSE.").and(Tone::Plain, format!("{worse} for the worse; {others}."))
    } else if comparison.is_empty() {
        Text::new(Tone::Good, "NO CHANGE.").and(Tone::Plain, nothing(possible))
    } else {
        Text::new(Tone::Strong, "CHANGED.")
            .and(Tone::Plain, format!("Nothing is surely for the worse; {others}."))
    };
    let mut fields = vec![("Verdict", verdict)];
    if let Some(largest) = comparison.judged(Judgement::Worse).first() {
        fields.push(("Largest", told(largest).into()));
    }
    let reference: Vec<String> =
        comparison.reference.iter().map(|run| facts(run, options)).collect();
    fields.push(("Before", reference.join("; ").into()));
    fields.push(("After", facts(&comparison.new, options).into()));
    fields
}

/// That nothing is sure, which is more than that nothing is there.
fn nothing(possible: u64) -> String {
    let sure = "Nothing material differs beyond chance";
    if possible == 0 {
        return format!("{sure}.");
    }
    format!("{sure}; {} may.", plural(possible, "difference", "differences"))
}

/// A change in a sentence.
fn told(measured: &Measured) -> String {
    format!(
        "{}: {} {} → {}",
        subject(&measured.subject),
        measured.measure.title,
        value(measured, measured.before),
        value(measured, measured.after)
    )
}

fn facts(run: &RunFacts, options: &Options) -> String {
    let clock = Clock::new(run.from, &options.zone);
    let long = duration(run.to.0.saturating_sub(run.from.0));
    format!(
        "{}: {} in {long} from {} {} {} ({:.1} a second)",
        name(&run.label),
        plural(run.requests, "entry request", "entry requests"),
        clock.date(),
        clock.second(run.from),
        clock.name,
        run.rate
    )
}

fn changes<'a>(title: &str, list: impl Iterator<Item = &'a Measured>, most: usize) -> Vec<Block> {
    let list: Vec<&Measured> = list.collect();
    if list.is_empty() {
        return Vec::new();
    }
    let rows = list.iter().take(most).map(|m| {
        vec![
            subject(&m.subject),
            m.measure.title.to_owned(),
            value(m, m.before),
            value(m, m.after),
            effect(m),
            chance(m.adjusted),
        ]
    });
    let columns = vec![
        ("Where", Align::Left),
        ("What", Align::Left),
        ("Before", Align::Right),
        ("After", Align::Right),
        ("Change (95%)", Align::Left),
        ("By chance", Align::Right),
    ];
    let mut blocks =
        vec![Block::section(title), Block::Table(Table { columns, rows: rows.collect() })];
    blocks.extend(left(list.len(), most));
    blocks
}

fn came_or_went<'a>(title: &str, list: impl Iterator<Item = &'a Measured>) -> Vec<Block> {
    let list: Vec<&Measured> = list.collect();
    if list.is_empty() {
        return Vec::new();
    }
    let rows = list.iter().take(ROWS).map(|m| {
        let (what, rate) = match (m.before, m.after) {
            (None, Some(rate)) => ("appeared", rate),
            (before, _) => ("vanished", before.unwrap_or(0.0)),
        };
        let seen = m.observations[0].max(m.observations[1]);
        vec![
            what.to_owned(),
            subject(&m.subject),
            m.measure.title.to_owned(),
            count(seen),
            per_request(rate),
            chance(m.adjusted),
        ]
    });
    let columns = vec![
        ("It", Align::Left),
        ("Where", Align::Left),
        ("What", Align::Left),
        ("Seen", Align::Right),
        ("Per request", Align::Right),
        ("By chance", Align::Right),
    ];
    let title = format!("{title}: on one side only");
    let mut blocks =
        vec![Block::section(title), Block::Table(Table { columns, rows: rows.collect() })];
    blocks.extend(left(list.len(), ROWS));
    blocks
}

fn left(all: usize, most: usize) -> Option<Block> {
    let left = all.saturating_sub(most);
    let text = format!("and {} more; --format json has all", count(left as u64));
    (left > 0).then(|| Block::Paragraph(Text::new(Tone::Quiet, text)))
}

fn tested(comparison: &Comparison, unclear: usize) -> Vec<Text> {
    let mut items = vec![Text::from(format!(
        "{} tested together: of 100 comparisons of equal runs, {:.0} calls anything a change. \
         \"By chance\" accounts for all of them.",
        plural(comparison.tests as u64, "difference was", "differences were"),
        100.0 * LEVEL
    ))];
    if unclear > 0 {
        let needed: Vec<u64> =
            comparison.judged(Judgement::CannotTell).iter().filter_map(|m| m.needed).collect();
        let most = needed.iter().max();
        let text = format!(
            "{} look material and may well be chance{}.",
            plural(unclear as u64, "more difference", "more differences"),
            most.map_or_else(String::new, |most| format!(
                "; up to {} observations a side would tell",
                count(*most)
            ))
        );
        items.push(Text::new(Tone::Warning, text));
    }
    if comparison.untested > 0 {
        let text = format!(
            "{} had too few observations on one side to be tested.",
            plural(comparison.untested as u64, "difference", "differences")
        );
        items.push(Text::new(Tone::Warning, text));
    }
    if comparison.status_blind {
        let text = "One side never says how spans ended: nothing is known of its failures.";
        items.push(Text::new(Tone::Warning, text));
    }
    items
}

/// What a measurement is about, in a line.
pub fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Node(node) => name(&node.name),
        Subject::Entry { service, operation } => {
            format!("{} {} (entry)", name(&service.name), name(operation))
        }
        Subject::Edge { caller, callee, operation } => {
            let edge = format!("{} → {}", name(&caller.name), name(&callee.name));
            match operation {
                Some(operation) if !operation.is_empty() => format!("{edge} {}", name(operation)),
                Some(_) => format!("{edge} (other operations)"),
                None => edge,
            }
        }
        Subject::Failure { service, operation, cause } => {
            format!("{} {}: {}", name(&service.name), name(operation), cause.replace('_', " "))
        }
        Subject::Log { service, severity, text } => {
            format!("{} {severity}: {}", name(&service.name), name(text))
        }
    }
}

fn value(measured: &Measured, value: Option<f64>) -> String {
    let Some(value) = value else { return "none".to_owned() };
    match measured.measure.unit {
        "share" => share(value),
        "ns" => duration(value.max(0.0) as u64),
        "count" => count(value.max(0.0) as u64),
        _ => per_request(value),
    }
}

fn per_request(value: f64) -> String {
    match value {
        v if v >= 10.0 => format!("{v:.1}"),
        v if v >= 0.01 => format!("{v:.2}"),
        v => format!("{v:.1e}"),
    }
}

fn effect(measured: &Measured) -> String {
    let Some(effect) = measured.effect else { return String::new() };
    let ratio = measured.measure.effect == Effect::Ratio;
    let each = |value: f64| match (ratio, measured.measure.unit) {
        (true, _) => percent(value - 1.0, "%"),
        (false, "share") => percent(value, " pt"),
        (false, _) => format!("{value:+.0}"),
    };
    match (measured.low, measured.high) {
        (Some(low), Some(high)) if measured.measure.id != DEADLINE.id => {
            format!("{} ({} to {})", each(effect), each(low), each(high))
        }
        _ => each(effect),
    }
}

/// Signed, in hundredths, with as many digits as tell something.
fn percent(value: f64, unit: &str) -> String {
    let value = 100.0 * value;
    let sign = if value < 0.0 { '−' } else { '+' };
    let size = value.abs();
    if size >= 9.95 { format!("{sign}{size:.0}{unit}") } else { format!("{sign}{size:.1}{unit}") }
}

/// A probability after all tests.
fn chance(p: f64) -> String {
    match 100.0 * p {
        p if p < 0.01 => "<0.01%".to_owned(),
        p if p < 0.995 => format!("{p:.2}%"),
        p if p < 99.5 => format!("{p:.0}%"),
        _ => "likely".to_owned(),
    }
}
