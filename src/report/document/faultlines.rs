//! Where a landscape would break.

use crate::faultlines::{Faultlines, Found, IntegrationPoint};
use crate::report::Options;
use crate::report::escape::{name, sentence};
use crate::report::human::{Clock, count, duration, plural, share};

use super::{Align, Block, Table, Text, Tone};

/// The title.
pub fn title(faultlines: &Faultlines, options: &Options) -> String {
    let clock = Clock::new(faultlines.input.from, &options.zone);
    format!("Fault lines, {}", clock.date())
}

/// The document.
pub fn faultlines(faultlines: &Faultlines, options: &Options) -> Vec<Block> {
    let mut blocks = vec![Block::Fields(head(faultlines, options))];
    if faultlines.points.is_empty() {
        blocks.push(Block::Paragraph("There is no integration point to rank.".into()));
    } else {
        blocks.extend(ranking(faultlines));
        blocks.extend(faultlines.points.iter().flat_map(|p| details(p, options)));
    }
    blocks.extend(unseen(faultlines));
    blocks
}

fn head(faultlines: &Faultlines, options: &Options) -> Vec<(&'static str, Text)> {
    let clock = Clock::new(faultlines.input.from, &options.zone);
    let requests = plural(faultlines.requests, "request from outside", "requests from outside");
    let read = format!(
        "{requests}, {}. The healthy part is {}.",
        clock.date(),
        sentence(&faultlines.reference),
    );
    let mut fields = vec![("Read", Text::from(read))];
    if let Some(first) = faultlines.points.first() {
        let told = format!("{}:", edge(first));
        let risk = format!(
            "{} of all requests would be lost if it failed, all ways of failing counted alike.",
            share(first.risk)
        );
        fields.push(("Riskiest", Text::new(Tone::Strong, told).and(Tone::Plain, risk)));
    }
    let crossing = faultlines.points.iter().filter(|p| p.crosses()).count() as u64;
    if faultlines.teams.len() > 1 {
        let told = format!(
            "{} known; {} of the points below join two of them.",
            plural(faultlines.teams.len() as u64, "team is", "teams are"),
            count(crossing)
        );
        fields.push(("Teams", told.into()));
    }
    fields
}

fn edge(point: &IntegrationPoint) -> String {
    format!("{} → {}", name(&point.edge[0].name), name(&point.edge[1].name))
}

fn ranking(faultlines: &Faultlines) -> Vec<Block> {
    let rows = faultlines.points.iter().map(|point| {
        vec![
            point.rank.to_string(),
            edge(point),
            if point.crosses() { "yes" } else { "" }.to_owned(),
            share(point.risk),
            share(point.losses.callee_fails),
            share(point.losses.callee_hangs),
            point.timeout.map_or_else(|| "not seen".to_owned(), duration),
        ]
    });
    let columns = vec![
        ("#", Align::Right),
        ("Integration point", Align::Left),
        ("Border", Align::Left),
        ("Risk", Align::Right),
        ("Fails", Align::Right),
        ("Hangs", Align::Right),
        ("Timeout", Align::Right),
    ];
    let mut blocks = vec![
        Block::section("Where it would break"),
        Block::Paragraph(
            "Shares of the requests from outside that would be lost if the callee failed, or hung. \
             Risk is the mean over the edge and its callee, failing and hanging."
                .into(),
        ),
        Block::Table(Table { columns, rows: rows.collect() }),
    ];
    let left = faultlines.considered - faultlines.points.len();
    if left > 0 {
        let more = plural(left as u64, "integration point", "integration points");
        let text = format!("and {more} more, less risky; --top shows them");
        blocks.push(Block::Paragraph(Text::new(Tone::Quiet, text)));
    }
    blocks
}

fn details(point: &IntegrationPoint, options: &Options) -> Vec<Block> {
    if point.findings.is_empty() {
        return Vec::new();
    }
    let teams = match &point.teams {
        [Some(caller), Some(callee)] if point.crosses() => {
            format!(" (from {} to {})", name(caller), name(callee))
        }
        _ => String::new(),
    };
    let mut items: Vec<Text> = point.findings.iter().map(item).collect();
    items.push(known(point));
    if let Some(id) = point.exemplars.first() {
        let link = options.trace_url.as_ref().and_then(|url| url.of(id));
        items.push(Text::new(Tone::Quiet, "For example trace").linked(name(id), link));
    }
    vec![Block::part(format!("{}. {}{teams}", point.rank, edge(point))), Block::List(items)]
}

fn item(found: &Found) -> Text {
    let pattern = format!("Addressed by: {}.", found.pattern.replace('_', " "));
    Text::new(Tone::Strong, format!("{} ({}):", capital(found.title), found.id))
        .and(Tone::Plain, format!("{}.", sentence(&found.text)))
        .and(Tone::Quiet, pattern)
}

/// What the shares rest on.
fn known(point: &IntegrationPoint) -> Text {
    let need = if point.need_seen < 0.5 {
        format!(
            "No call over it was seen to fail: that {} of calls need it is a guess.",
            share(point.need)
        )
    } else {
        let failures = plural(point.need_seen.round() as u64, "failure", "failures");
        format!("Its caller needs it in {} of calls, learned from {failures}.", share(point.need))
    };
    Text::new(Tone::Quiet, need)
}

fn unseen(faultlines: &Faultlines) -> Vec<Block> {
    let mut items: Vec<Text> = faultlines.notes.iter().map(|n| sentence(n).into()).collect();
    let mut told: Vec<(&str, &str)> = Vec::new();
    for found in faultlines.points.iter().flat_map(|p| &p.findings) {
        if !told.iter().any(|(id, _)| *id == found.id) {
            told.push((found.id, found.limits));
        }
    }
    for (id, limits) in told {
        items.push(Text::new(Tone::Strong, format!("{id}:")).and(Tone::Plain, limits));
    }
    if faultlines.messages > 0 {
        let edges = plural(faultlines.messages as u64, "edge passes", "edges pass");
        items.push(
            format!("{edges} messages only: nobody waits there, so it is not ranked.").into(),
        );
    }
    if !faultlines.unassigned.is_empty() {
        let services = plural(faultlines.unassigned.len() as u64, "service", "services");
        items.push(format!("No team is known of {services}.").into());
    }
    items.push(
        "How likely a point is to fail no healthy export tells: all are taken to be alike.".into(),
    );
    vec![Block::section("What cannot be seen"), Block::List(items)]
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
