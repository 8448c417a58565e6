//! What failing requests have in common, and what changed near the onset.

use crate::model::Nanos;

/// What failing requests have in common.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contrasts {
    /// By incident; of each the candidates first, then the requests as a whole, symptoms last.
    pub list: Vec<Contrast>,
    /// Values that were tested.
    pub tested: u64,
    /// Values beyond the most frequent that were not.
    pub left_out: u64,
}

/// Something that failing requests (or failing calls of a candidate) carry more often than healthy
/// ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Contrast {
    /// Which incident.
    pub incident_id: u32,
    /// Rank of the candidate whose calls are compared; `None` where it is the requests as a whole.
    pub candidate: Option<u32>,
    /// Its name.
    pub service: Option<String>,
    /// What: the first names it, the same requests carry the others.
    pub traits: Vec<Told>,
    /// A sign of the failure (a log record), not something that could have led to it.
    pub symptom: bool,
    /// Failing ones.
    pub failing: Share,
    /// Healthy ones.
    pub healthy: Share,
    /// How much larger the share is among failing ones, between like ones; 0 to 1.
    pub difference: f64,
    /// Odds ratio between like ones; `None` where it is not finite.
    pub odds_ratio: Option<f64>,
    /// How often chance does as well, 0 to 1.
    pub p_value: f64,
    /// Share of false discoveries among everything at least as clear, 0 to 1.
    pub q_value: f64,
    /// Compared with healthy requests of the same time; otherwise with those before.
    pub same_time: bool,
    /// In one sentence.
    pub text: String,
}

/// Requests of which something is known, and those that carry it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Share {
    /// Kept traces of which it is known.
    pub known: u64,
    /// Those of them that carry it.
    pub with: u64,
    /// Share of the requests that the traces stand for, 0 to 1.
    pub share: f64,
}

/// What a span, an emitter or a log record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Of which service; `None` where it is said of the request.
    pub service: Option<String>,
    /// An attribute's name, `feature_flag:NAME` or `log.template`.
    pub dimension: String,
    /// Its value.
    pub value: String,
}

/// What came or went near an onset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// By incident and distance from its onset.
    pub list: Vec<Change>,
    /// Farther ones that are not listed.
    pub left_out: u64,
}

/// Something that came or went.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Which incident.
    pub incident_id: u32,
    /// When it was first seen (of what went: when it was last), to the slice.
    pub at: Nanos,
    /// So long before the onset, milliseconds; negative after it.
    pub lead_ms: i64,
    /// It came; otherwise it went.
    pub came: bool,
    /// What: the first names it, the others came or went with it.
    pub traits: Vec<Told>,
    /// Instances that show it.
    pub instances: u64,
    /// It is the first candidate's own; or, of the request as a whole, most harmed ones carry it.
    pub touches_candidate: bool,
    /// Of harmed requests of which it is known, the share that carries what came, 0 to 1.
    pub carried: Option<f64>,
    /// In one sentence.
    pub text: String,
}
