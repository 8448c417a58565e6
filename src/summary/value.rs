//! The summary itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::{Cause, InputStats, SamplingThreshold};

use super::catalog::{Catalog, InstanceId, NodeId, OpId, TemplateId};
use super::digest::{Digests, Stratum};
use super::histogram::Histogram;
use super::provenance::Provenance;
use super::table::{Add, Table};

/// A call as seen on an edge: (caller's node or [`super::NONE`], callee's operation).
pub type EdgeKey = (NodeId, OpId);
/// (operation, template before, template after), either end [`super::NONE`].
pub type TransitionKey = (OpId, TemplateId, TemplateId);

/// Everything the analysis knows of the input: exact counts by key and time, and a sample of
/// whole traces for questions that counts cannot answer.
///
/// Two resolutions, both epoch-aligned powers of two of nanoseconds: *buckets* (at most 4,096
/// that are not empty) for what decides onsets, and *slices* of 16 buckets for histograms and
/// for counts with many keys. See `docs/adr/`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Width of a bucket, log2 of nanoseconds.
    pub bucket_log2: u32,
    /// What was read and lost.
    pub input: InputStats,
    /// What could not be seen.
    pub coverage: Counters,
    /// Clocks that run ahead (nanoseconds), as corrected.
    pub clocks: BTreeMap<String, i64>,
    /// The names.
    pub catalog: Catalog,
    /// Nodes that emitted spans themselves.
    pub instrumented: BTreeSet<NodeId>,
    /// Entry requests by root operation and bucket.
    pub entries: Table<OpId, Requests>,
    /// Their durations, by slice.
    pub entry_times: Table<OpId, Histogram>,
    /// Entry requests by sampling threshold, at time 0.
    pub sampled: Table<(OpId, SamplingThreshold), u64>,
    /// Calls by edge and bucket.
    pub calls: Table<EdgeKey, Calls>,
    /// Durations by edge and slice.
    pub timings: Table<EdgeKey, Timings>,
    /// Work by instance and slice.
    pub instances: Table<InstanceId, Work>,
    /// By (parent operation, child operation) and slice: parents with at least one such child.
    pub children: Table<(OpId, OpId), u64>,
    /// Log records by template and bucket.
    pub logs: Table<TemplateId, u64>,
    /// What was logged after what within one call, by slice: calls in which it happened.
    pub transitions: Table<TransitionKey, u64>,
    /// Failed entry requests by (entry, blamed operation, cause) and slice.
    pub blamed: Table<(OpId, OpId, Cause), u64>,
    /// Entry requests by (entry, node that took part) and slice.
    pub touched: Table<(OpId, NodeId), Requests>,
    /// Traces per stratum of the digests, at the stratum's slice.
    pub strata: Table<Stratum, u64>,
    /// Whole traces.
    pub digests: Digests,
    /// The smallest stable hashes of trace ids, to notice overlapping inputs.
    pub sketch: BTreeSet<u64>,
    /// How it was counted.
    #[serde(default)]
    pub made: Provenance,
}

/// Buckets per slice, log2.
pub const SLICE_SHIFT: u32 = 4;

impl Summary {
    /// Width of a slice, log2 of nanoseconds.
    pub const fn slice_log2(&self) -> u32 {
        self.bucket_log2 + SLICE_SHIFT
    }

    /// No span says how it ended, anywhere: whether requests failed cannot be seen.
    pub const fn status_blind(&self) -> bool {
        self.coverage.traces > 0 && self.coverage.stated == 0
    }

    /// Traces in the input that have spans.
    pub fn traces(&self) -> u64 {
        self.coverage.traces
    }
}

/// Counts of what could not be seen or was mended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Traces with spans.
    pub traces: u64,
    /// Traces without a root that counts as an entry request.
    pub rootless: u64,
    /// Spans whose parent is missing.
    pub orphans: u64,
    /// Copies of spans left out.
    pub duplicates: u64,
    /// Copies of log records left out.
    pub duplicate_logs: u64,
    /// Spans on cycles.
    pub cyclic: u64,
    /// Spans of emitters without a usable name.
    pub unnamed: u64,
    /// Client spans, to callees that emit spans, without a server span.
    pub unpaired_clients: u64,
    /// Server spans inside a trace that no client span called.
    pub unpaired_servers: u64,
    /// Log records without a trace id.
    pub logs_without_trace: u64,
    /// Log records that name a span that is not in the input.
    pub logs_unjoined: u64,
    /// Keys folded into "other".
    pub folded_keys: u64,
    /// Spans that say anything about how they ended: a status, or a protocol's code.
    pub stated: u64,
    /// Traces that have both spans and log records with its id.
    pub logged_traces: u64,
    /// Traces that have log records only: head sampling dropped their spans, as a rule.
    pub spanless_traces: u64,
    /// Traces that were left out as noise: health checks and the like.
    #[serde(default)]
    pub noise: u64,
    /// Those among them that only the user agent of their entry tells.
    #[serde(default)]
    pub noise_agents: u64,
    /// Those among them whose entry says that its caller is synthetic.
    #[serde(default)]
    pub noise_synthetic: u64,
}

impl Counters {
    /// Adds other counts.
    pub fn add(&mut self, other: &Self) {
        self.traces += other.traces;
        self.rootless += other.rootless;
        self.orphans += other.orphans;
        self.duplicates += other.duplicates;
        self.duplicate_logs += other.duplicate_logs;
        self.cyclic += other.cyclic;
        self.unnamed += other.unnamed;
        self.unpaired_clients += other.unpaired_clients;
        self.unpaired_servers += other.unpaired_servers;
        self.logs_without_trace += other.logs_without_trace;
        self.logs_unjoined += other.logs_unjoined;
        self.folded_keys += other.folded_keys;
        self.stated += other.stated;
        self.logged_traces += other.logged_traces;
        self.spanless_traces += other.spanless_traces;
        self.noise += other.noise;
        self.noise_agents += other.noise_agents;
        self.noise_synthetic += other.noise_synthetic;
    }
}

/// Requests and failures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// All.
    pub total: u64,
    /// Failed.
    pub failed: u64,
}

impl Add for Requests {
    fn add(&mut self, other: &Self) {
        self.total += other.total;
        self.failed += other.failed;
    }
}

/// Calls on an edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    /// Attempts.
    pub total: u64,
    /// Failed, as the caller saw it (as the callee saw it where the caller did not look).
    pub failed: u64,
    /// Failed at the callee itself.
    pub callee_failed: u64,
    /// Attempts that repeat an earlier one.
    pub retries: u64,
    /// Failed attempts that a later one made good.
    pub repaired: u64,
    /// Failed: the caller's deadline passed.
    pub timeouts: u64,
    /// Failed: turned away, by the callee or by the caller's own breaker.
    pub rejected: u64,
    /// Failed: the callee could not be reached.
    pub unreachable: u64,
    /// Without a span of the callee.
    pub unpaired: u64,
    /// The callee went on after the caller had given up.
    pub abandoned: u64,
    /// Messages.
    pub asynchronous: u64,
}

impl Add for Calls {
    fn add(&mut self, other: &Self) {
        self.total += other.total;
        self.failed += other.failed;
        self.callee_failed += other.callee_failed;
        self.retries += other.retries;
        self.repaired += other.repaired;
        self.timeouts += other.timeouts;
        self.rejected += other.rejected;
        self.unreachable += other.unreachable;
        self.unpaired += other.unpaired;
        self.abandoned += other.abandoned;
        self.asynchronous += other.asynchronous;
    }
}

/// How long calls on an edge took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timings {
    /// As the caller saw it.
    pub waited: Histogram,
    /// As the callee saw it.
    pub worked: Histogram,
    /// Of that, not spent waiting for others.
    pub own: Histogram,
    /// Caller's less callee's time: the network and the callee's accept queue.
    pub gap: Histogram,
}

impl Add for Timings {
    fn add(&mut self, other: &Self) {
        self.waited.add(&other.waited);
        self.worked.add(&other.worked);
        self.own.add(&other.own);
        self.gap.add(&other.gap);
    }
}

impl Add for Histogram {
    fn add(&mut self, other: &Self) {
        Self::add(self, other);
    }
}

/// What one instance did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Calls handled, counted where they began.
    pub calls: u64,
    /// Failed ones.
    pub failed: u64,
    /// Time in calls, split over the slices that they overlap, nanoseconds: divided by the
    /// width of a slice it is the mean concurrency.
    pub busy: u64,
    /// Durations of calls.
    pub worked: Histogram,
}

impl Add for Work {
    fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.failed += other.failed;
        self.busy += other.busy;
        self.worked.add(&other.worked);
    }
}
