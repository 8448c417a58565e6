//! What happened, in sentences that somebody who never saw the system understands.

use crate::analysis::{Analysis, Candidate, EntryImpact, Harmed, Incident, Verdict};
use crate::report::escape::{name, sentence};
use crate::report::human::{Clock, count, duration, plural, probability, ratio, share};
use crate::report::plain::deed;

use super::candidates::who;
use super::{Text, Tone};

/// A beginning is told as "before the harm" from this long before it on, nanoseconds.
const LEAD: u64 = 200_000_000;
/// A beginning that may lie anywhere within so many nanoseconds is told as rough.
const ROUGH: u64 = 1_000_000_000;
/// Services on the way up that are named.
const WAY: usize = 4;

/// The verdict in a word and a sentence.
pub fn verdict(analysis: &Analysis) -> Text {
    let (tone, word) = match analysis.verdict {
        Verdict::Incident => (Tone::Bad, "INCIDENT."),
        Verdict::NoIncident => (Tone::Good, "NO INCIDENT."),
        Verdict::Inconclusive => (Tone::Warning, "INCONCLUSIVE."),
    };
    let told = match (analysis.verdict, analysis.incidents.first()) {
        (Verdict::Incident, Some(incident)) => harm(incident),
        _ => sentence(&analysis.verdict_reason),
    };
    Text::new(tone, word).and(Tone::Plain, told)
}

/// The verdict as plain words.
pub fn verdict_told(analysis: &Analysis) -> String {
    verdict(analysis).plain()
}

/// The harm of the first incident.
pub fn harmed(analysis: &Analysis) -> String {
    analysis.incidents.first().map(harm).unwrap_or_default()
}

/// How many requests were harmed, and how.
pub fn harm(incident: &Incident) -> String {
    let what = match incident.harm {
        Harmed::Failed => "failed",
        Harmed::Slow => "were far slower than usual",
        Harmed::Unusual => "behaved otherwise than usual (no span says whether any failed)",
    };
    let requests = plural(incident.requests, "request from outside", "requests from outside");
    let rate = ratio(incident.harmed, incident.requests);
    let usual = match incident.harm {
        // Of behaviour nothing is usual: the search is for what was not there before.
        Harmed::Unusual => String::new(),
        Harmed::Failed | Harmed::Slow => format!(", usually {}", share(incident.usual)),
    };
    let rate = rate.map_or_else(String::new, |rate| format!(" ({}{usual})", share(rate)));
    format!("{} of {requests} {what}{rate}.", count(incident.harmed))
}

/// From when to when.
pub fn when(incident: &Incident, clock: &Clock) -> String {
    let mut text = format!("{} {} {}", clock.date(), clock.second(incident.onset), clock.name);
    let doubt = doubt(incident);
    if doubt >= ROUGH {
        let seconds = (doubt / 2).div_ceil(1_000_000_000);
        text += &format!(" (give or take {})", duration(seconds * 1_000_000_000));
    }
    match incident.end {
        Some(end) => {
            let lasted = end.0.saturating_sub(incident.onset.0);
            text + &format!(", for {}; over at {}", duration(lasted), clock.second(end))
        }
        None => text + ", not over at the end of the input",
    }
}

/// Nanoseconds within which it may have begun.
fn doubt(incident: &Incident) -> u64 {
    incident.onset_latest.0.saturating_sub(incident.onset_earliest.0)
}

/// Whom it hurt most, and how many others.
pub fn whom(analysis: &Analysis) -> Option<Text> {
    let hurt: Vec<&EntryImpact> = analysis.impact.iter().filter(|e| harmed_at(e) > 0).collect();
    let first = hurt.first()?;
    let told = match first.failed.filter(|failed| *failed > 0) {
        Some(failed) => {
            let before = first
                .failed_before
                .map_or_else(String::new, |before| format!(", usually {}", share(before)));
            let during = ratio(failed, first.requests).map_or_else(String::new, share);
            format!("{} of {} failed ({during}{before})", count(failed), count(first.requests))
        }
        None => format!("{} of {} unusual", count(harmed_at(first)), count(first.requests)),
    };
    let others = hurt.len() - 1;
    let more = match others {
        0 => String::new(),
        1 => "; 1 other entry was hurt less".to_owned(),
        n => format!("; {n} other entries were hurt less"),
    };
    let entry = format!("{} {}:", name(&first.service), name(&first.operation));
    Some(Text::new(Tone::Strong, entry).and(Tone::Plain, told + &more + "."))
}

fn harmed_at(entry: &EntryImpact) -> u64 {
    entry.failed.unwrap_or(0).max(entry.unusual.unwrap_or(0))
}

/// The first candidate in a sentence or two.
pub fn origin(analysis: &Analysis, clock: &Clock) -> Option<Text> {
    let first = analysis.candidates.first()?;
    let sure = match analysis.verdict {
        Verdict::Inconclusive => "Weak evidence:",
        _ if first.score >= 0.9 => "Almost surely",
        _ if first.score >= 0.5 => "Most likely",
        _ => "Perhaps",
    };
    let text = Text::from(sure).and(Tone::Strong, who(first)).and(
        Tone::Plain,
        format!("({}). {}", probability(first.score), told(analysis, first, clock)),
    );
    Some(match second(analysis) {
        Some(second) => text.and(Tone::Warning, second),
        None => text,
    })
}

/// That there is a cause besides the first, if there is.
pub fn second(analysis: &Analysis) -> Option<String> {
    let first = analysis.candidates.first()?;
    let apart = |c: &&Candidate| {
        let pair =
            |names: &[String; 2]| names.contains(&first.node.name) && names.contains(&c.node.name);
        c.rank != first.rank && analysis.independent.iter().any(|i| pair(&i.candidates))
    };
    let second = analysis.candidates.iter().find(apart)?;
    let (who, sure) = (who(second), probability(second.score));
    Some(format!("A second cause acts on its own: {who} ({sure})."))
}

/// What a candidate did, and what came of it.
pub fn told(analysis: &Analysis, candidate: &Candidate, clock: &Clock) -> String {
    let own = analysis.incidents.iter().find(|i| i.id == candidate.incident_id);
    let subject = match &candidate.edge {
        Some([caller, callee]) => {
            format!("the connection from {} to {}", name(caller), name(callee))
        }
        None => name(&candidate.node.name),
    };
    let deed = deed(candidate);
    let mut text = match (candidate.onset, own) {
        (Some(onset), Some(incident)) => {
            let lead = incident.onset.0.saturating_sub(onset.0);
            // Dated later than its effects, it is the date that is late; and no date is better than
            // that of the incident.
            let (at, about) = match incident.onset < onset {
                true if onset.0 - incident.onset.0 >= LEAD => (incident.onset, "About"),
                _ if doubt(incident) >= ROUGH => (onset, "About"),
                _ => (onset, "At"),
            };
            let before = if lead >= LEAD {
                format!(", {} before requests from outside were hurt", duration(lead))
            } else {
                String::new()
            };
            format!("{about} {} {subject} {deed}{before}", clock.second(at))
        }
        _ => capital(&format!("{subject} {deed}")),
    };
    if candidate.share > 0.0 {
        let harmed = match own.map(|i| i.harm) {
            Some(Harmed::Slow) => "slow",
            Some(Harmed::Unusual) => "unusual",
            _ => "failed",
        };
        let share = probability(candidate.share);
        let share = if candidate.share >= 0.995 { "All".to_owned() } else { share };
        text += &format!(". {share} of the {harmed} requests come down to it");
        text += &way(candidate);
    }
    text + "."
}

/// Through whom its failure went up.
fn way(candidate: &Candidate) -> String {
    let through: Vec<String> = candidate.path.iter().take(WAY).map(|hop| name(&hop.to)).collect();
    let more = if candidate.path.len() > WAY { ", …" } else { "" };
    match through.split_last() {
        None => String::new(),
        Some((only, [])) => format!(", through {only}"),
        Some((last, others)) if more.is_empty() => {
            format!(", through {} and {last}", others.join(", "))
        }
        Some(_) => format!(", through {}{more}", through.join(", ")),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
