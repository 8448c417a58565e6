//! What was wrong with the call on which a request failed.

/// How the blamed call misbehaved, as one trace shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Symptom {
    /// The callee failed by itself: an exception, a 5xx, with no failing call below.
    #[default]
    Error,
    /// It could not be reached.
    Unreachable,
    /// It turned the call away: a full queue or pool, a limit.
    Rejected,
    /// The caller's breaker did not even make the call, or a call below it.
    ShortCircuited,
    /// The caller gave up and the callee, which emits spans, shows nothing.
    NoAnswer,
    /// It was slow by itself: time that no call below it covers.
    SlowOwn,
    /// The time passed between caller and callee: the network, or the callee's accept queue.
    Gap,
    /// It was slow, and emits no spans that would say where.
    SlowPeer,
    /// The caller gave up on it sooner than such calls usually take.
    GaveUpEarly,
    /// Something not seen in healthy requests happened in it, or something usual did not.
    Deviation,
}

impl Symptom {
    /// Whether it may be the consequence of waiting for something else: workers, connections or
    /// patience ran out. Such blame moves on if a callee was slow.
    pub const fn is_capacity(self) -> bool {
        matches!(
            self,
            Self::Rejected
                | Self::ShortCircuited
                | Self::NoAnswer
                | Self::SlowOwn
                | Self::Gap
                | Self::SlowPeer
        )
    }
}
