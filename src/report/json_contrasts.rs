//! What failing requests have in common, and what changed near the onset, as JSON.

use serde::Serialize;

use crate::analysis as view;

use super::json_text::finite;

/// A difference between failing and healthy requests.
#[derive(Serialize)]
pub(super) struct Contrast<'a> {
    incident_id: u32,
    candidate: Option<u32>,
    service: Option<&'a str>,
    traits: Vec<Told<'a>>,
    symptom: bool,
    failing: Share,
    healthy: Share,
    difference: Option<f64>,
    odds_ratio: Option<f64>,
    p_value: Option<f64>,
    q_value: Option<f64>,
    compared_with: &'static str,
    text: &'a str,
}

/// What is carried.
#[derive(Serialize)]
struct Told<'a> {
    service: Option<&'a str>,
    dimension: &'a str,
    value: &'a str,
}

impl<'a> Told<'a> {
    fn of(told: &'a view::Told) -> Self {
        Self { service: told.service.as_deref(), dimension: &told.dimension, value: &told.value }
    }
}

/// Requests of which it is known, and those that carry it.
#[derive(Serialize)]
struct Share {
    known: u64,
    with: u64,
    share: Option<f64>,
}

impl Share {
    fn of(side: view::Share) -> Self {
        Self { known: side.known, with: side.with, share: finite(side.share) }
    }
}

impl<'a> Contrast<'a> {
    pub(super) fn of(contrast: &'a view::Contrast) -> Self {
        Self {
            incident_id: contrast.incident_id,
            candidate: contrast.candidate,
            service: contrast.service.as_deref(),
            traits: contrast.traits.iter().map(Told::of).collect(),
            symptom: contrast.symptom,
            failing: Share::of(contrast.failing),
            healthy: Share::of(contrast.healthy),
            difference: finite(contrast.difference),
            odds_ratio: contrast.odds_ratio.and_then(finite),
            p_value: finite(contrast.p_value),
            q_value: finite(contrast.q_value),
            compared_with: if contrast.same_time { "same_time" } else { "before" },
            text: &contrast.text,
        }
    }
}

/// Something that came or went.
#[derive(Serialize)]
pub(super) struct Change<'a> {
    incident_id: u32,
    at: String,
    lead_ms: i64,
    change: &'static str,
    traits: Vec<Told<'a>>,
    instances: u64,
    touches_candidate: bool,
    carried: Option<f64>,
    text: &'a str,
}

impl<'a> Change<'a> {
    pub(super) fn of(change: &'a view::Change) -> Self {
        Self {
            incident_id: change.incident_id,
            at: change.at.to_string(),
            lead_ms: change.lead_ms,
            change: if change.came { "came" } else { "went" },
            traits: change.traits.iter().map(Told::of).collect(),
            instances: change.instances,
            touches_candidate: change.touches_candidate,
            carried: change.carried.and_then(finite),
            text: &change.text,
        }
    }
}
