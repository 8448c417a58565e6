//! What a registered piece of the method says about itself.

/// An entry of a registry (an evidence, a mechanism, a pattern): what `tracefall explain`
/// prints, what the docs' tables show, and the id that JSON carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Article {
    /// The id in JSON, snake case, stable.
    pub id: &'static str,
    /// A title of a few words.
    pub title: &'static str,
    /// The unit of its value, empty for none.
    pub unit: &'static str,
    /// What it measures and why that matters, in plain words.
    pub rationale: &'static str,
    /// When it misleads or cannot be computed.
    pub limits: &'static str,
    /// Where the idea or the statistic comes from.
    pub source: &'static str,
}
