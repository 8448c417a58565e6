//! What could not be seen.

/// What could not be seen, or was seen twice. Every field is a count unless it says otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coverage {
    /// Client spans (of calls to services that do emit spans) without a server span.
    pub unpaired_client_spans: u64,
    /// Server spans that have no client span, though they are not the first of their trace.
    pub unpaired_server_spans: u64,
    /// Spans whose parent is not in the input.
    pub orphan_spans: u64,
    /// Traces without a root span.
    pub rootless_traces: u64,
    /// Copies of a span that were left out.
    pub duplicate_spans: u64,
    /// Copies of a log record that were left out. Repeats within one whole millisecond are kept:
    /// with so coarse a clock they cannot be told from copies.
    pub duplicate_logs: u64,
    /// Spans that were their own ancestor; the cycle was cut.
    pub cyclic_spans: u64,
    /// Spans of services without a usable `service.name`.
    pub unnamed_spans: u64,
    /// Log records without a trace id, joined by service and time.
    pub logs_without_trace: u64,
    /// Log records whose trace or span is not in the input.
    pub logs_unjoined: u64,
    /// Operations, edges, instances or templates beyond the cap, folded into "other".
    pub folded_keys: u64,
    /// Traces that were left out because their entry is noise: health checks and the like.
    pub noise_traces: u64,
    /// By what they were told.
    pub noise_by: NoiseBy,
    /// Nodes that are called but emit no spans of their own and are not stores, brokers or
    /// third parties by their attributes.
    pub uninstrumented: Vec<String>,
    /// Clocks that were found to be off, with the correction applied.
    pub skewed_clocks: Vec<SkewedClock>,
    /// `all` (every trace is there), `head:<share>` or `unknown`.
    pub sampling: String,
    /// No span says how it ended, anywhere: failures had to be inferred from behaviour.
    pub status_blind: bool,
    /// Traces kept whole for joint questions, of all traces.
    pub digest_traces: u64,
}

/// By what traces were told to be noise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoiseBy {
    /// Their entry operation.
    pub operation: u64,
    /// The user agent of their entry.
    pub user_agent: u64,
    /// What their entry says of its caller: that it is synthetic.
    pub synthetic: u64,
}

/// A host whose clock was found to be off.
#[derive(Clone, Debug, PartialEq)]
pub struct SkewedClock {
    /// Host, node or instance.
    pub clock: String,
    /// Nanoseconds by which it runs ahead of the majority.
    pub ahead_ns: i64,
}
