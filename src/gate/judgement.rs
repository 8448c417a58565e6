//! What a rule found.

use super::subject::Subject;

/// What a rule says of one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Within the limit.
    Fits,
    /// Beyond the limit.
    Broken,
    /// Measured beyond the limit, but that may be chance.
    Unclear,
    /// Too little was seen of it.
    TooFew,
}

impl Outcome {
    /// Whether it is within a limit that nothing blurs.
    pub const fn within(fits: bool) -> Self {
        if fits { Self::Fits } else { Self::Broken }
    }
}

/// A measured subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// What was measured.
    pub subject: Subject,
    /// What that means.
    pub outcome: Outcome,
    /// The value, in the unit of the kind.
    pub value: Option<f64>,
    /// The limit, in the same unit.
    pub limit: Option<f64>,
    /// How many requests or calls it rests on.
    pub calls: u64,
    /// What was seen, in plain words, without the subject.
    pub text: String,
    /// Trace ids that show it, most telling first.
    pub exemplars: Vec<String>,
}

/// What a rule found, or why it could find nothing.
pub type Judged = Result<Vec<Measure>, String>;
