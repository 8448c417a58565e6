//! What failing requests have in common, and what changed near the onset, in words.

use crate::contrast::{Compared, Distinction, Scope, Trait};
use crate::summary::Summary;

use super::study::Study;
use super::view::{Candidate, Change, Changes, Contrast, Contrasts, Share, Told};

/// Shares this near to one are told as "all but".
const NEARLY: f64 = 0.995;

/// Of all incidents, the largest first.
pub fn contrasts(summary: &Summary, studies: &[Study], candidates: &[Candidate]) -> Contrasts {
    let mut view = Contrasts::default();
    for (incident, study) in (1..).zip(studies) {
        view.tested += study.contrasts.tested;
        view.left_out += study.contrasts.left_out;
        let mut own = candidates.iter().filter(|c| c.incident_id == incident);
        let ranked: Vec<&Candidate> = own.by_ref().collect();
        for found in &study.contrasts.list {
            let candidate = match found.scope {
                Scope::Incident => None,
                Scope::Candidate(at) => match ranked.get(at) {
                    Some(candidate) => Some(*candidate),
                    // Beyond what was asked for.
                    None => continue,
                },
            };
            view.list.push(contrast(summary, found, incident, candidate));
        }
    }
    view
}

fn contrast(
    summary: &Summary,
    found: &Distinction,
    incident_id: u32,
    candidate: Option<&Candidate>,
) -> Contrast {
    let traits: Vec<Told> = found.traits.iter().map(|t| told(summary, t)).collect();
    let side = |side: crate::contrast::Side| Share {
        known: side.known,
        with: side.with,
        share: side.share,
    };
    let (failing, healthy) = (side(found.failing), side(found.healthy));
    let of = match candidate {
        Some(candidate) => format!("failing calls of {}", candidate.node.name),
        None => "failed requests".to_owned(),
    };
    let first = &traits[0];
    let what = if found.symptom {
        let who = first.service.as_deref().unwrap_or("a service");
        format!("{who} writes \"{}\"", first.value)
    } else {
        named(first)
    };
    let verb = if found.symptom { "in" } else { "carried by" };
    let same_time = found.compared == Compared::SameTime;
    let when = if same_time { "" } else { " (with those of before: at the time too few differ)" };
    let also = match traits.len() {
        1 => String::new(),
        _ => {
            let others: Vec<String> = traits[1..].iter().map(named).collect();
            format!("; the same ones carry {}", others.join(", "))
        }
    };
    let text = format!(
        "{what}: {verb} {} of the {of}, {} of the healthy ones{when}{also}",
        portion(failing),
        portion(healthy)
    );
    Contrast {
        incident_id,
        candidate: candidate.map(|c| c.rank),
        service: candidate.map(|c| c.node.name.clone()),
        traits,
        symptom: found.symptom,
        failing,
        healthy,
        difference: found.difference,
        odds_ratio: found.odds_ratio,
        p_value: found.p,
        q_value: found.q,
        same_time,
        text,
    }
}

/// A share in words that never claims more than was seen.
fn portion(side: Share) -> String {
    match side.with {
        0 => "none".to_owned(),
        with if with == side.known => "all".to_owned(),
        _ if side.share >= NEARLY => "nearly all".to_owned(),
        _ if side.share < 0.01 => "under 1 %".to_owned(),
        _ => format!("{:.0} %", side.share * 100.0),
    }
}

/// What came or went near the onsets of all incidents, the largest first.
pub fn changes(summary: &Summary, studies: &[Study], candidates: &[Candidate]) -> Changes {
    let mut view = Changes::default();
    for (incident, study) in (1..).zip(studies) {
        view.left_out += study.changes.left_out as u64;
        let accused = candidates.iter().find(|c| c.incident_id == incident);
        for found in &study.changes.list {
            let traits: Vec<Told> = found.traits.iter().map(|t| told(summary, t)).collect();
            let mut text = named(&traits[0]);
            text += if found.came { " came" } else { " went" };
            if traits[0].dimension == "service.version" && found.instances > 1 {
                text += &format!(", on {} instances", found.instances);
            }
            if traits.len() > 1 {
                let others: Vec<String> = traits[1..].iter().map(named).collect();
                text += &format!(", with {}", others.join(", "));
            }
            if let Some(carried) = found.carried {
                let reach = traits[0].service.as_ref();
                let reach = reach.map_or_else(String::new, |name| format!(" that reach {name}"));
                let part = carried * 100.0;
                text += &format!("; {part:.0} % of the failed requests{reach} met it");
            }
            let own = accused.map(|accused| &accused.node.name) == traits[0].service.as_ref();
            text += match (found.touches, traits[0].service.is_some()) {
                (true, true) => "; it touches the first candidate",
                (true, false) => "; it touches the failed requests",
                (false, true) if own => "",
                (false, true) => "; it does not touch the first candidate",
                (false, false) => "; it does not touch most failed requests",
            };
            view.list.push(Change {
                incident_id: incident,
                at: found.at,
                lead_ms: found.lead / 1_000_000,
                came: found.came,
                traits,
                instances: found.instances as u64,
                touches_candidate: found.touches,
                carried: found.carried,
                text,
            });
        }
    }
    view
}

fn told(summary: &Summary, carried: &Trait) -> Told {
    let node = carried.node.map(|node| &summary.catalog.nodes[node as usize]);
    Told {
        service: node.map(|node| node.name.clone()),
        dimension: carried.key.clone(),
        value: carried.value.clone(),
    }
}

/// In a few words: `version 2.3.1 of stock`.
fn named(told: &Told) -> String {
    let what = match told.dimension.as_str() {
        "service.version" => "version",
        "service.instance.id" => "instance",
        "cloud.availability_zone" => "zone",
        "cloud.region" => "region",
        "http.request.method" => "method",
        "http.route" => "route",
        "log.template" => "log record",
        key => match key.strip_prefix("feature_flag:") {
            Some(flag) => return format!("flag {flag} = {}", told.value),
            None => key,
        },
    };
    let of = told.service.as_ref().map_or_else(String::new, |service| format!(" of {service}"));
    format!("{what} {}{of}", told.value)
}
