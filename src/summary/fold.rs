//! The second visit: every trace into counts.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use crate::assemble::{Hop, Trace, TraceRecords, assemble};
use crate::model::{
    Cause, Nanos, SamplingThreshold, SpanKind, SpanRecord, SpanStatus, StatusCode, Sym, Tables,
};

use super::blame::{Children, blame};
use super::catalog::{InstanceId, NONE, NodeId, OpId, Severity, TagId, TemplateId};
use super::digest::{BUDGET, Digest, DigestHop, Digests, Stratum};
use super::histogram::Histogram;
use super::noise::NoiseBy;
use super::plan::Plan;
use super::provenance::Provenance;
use super::table::Tally;
use super::value::{
    Calls, Counters, EdgeKey, Requests, SLICE_SHIFT, Summary, Timings, TransitionKey, Work,
};

/// Trace ids kept for noticing overlap.
pub const SKETCH: usize = 512;
/// Digests are thinned out whenever so many items more than the budget wait, so that memory
/// does not grow with the input.
const THIN_AT: usize = BUDGET / 2;

/// Counts so far. Folds of different traces add up in any order.
#[derive(Debug, Default)]
pub struct Fold {
    counters: Counters,
    entries: Tally<OpId, Requests>,
    entry_times: Tally<OpId, Histogram>,
    sampled: Tally<(OpId, SamplingThreshold), u64>,
    calls: Tally<EdgeKey, Calls>,
    timings: Tally<EdgeKey, Timings>,
    instances: Tally<InstanceId, Work>,
    children: Tally<(OpId, OpId), u64>,
    logs: Tally<TemplateId, u64>,
    transitions: Tally<TransitionKey, u64>,
    blamed: Tally<(OpId, OpId, Cause), u64>,
    touched: Tally<(OpId, NodeId), Requests>,
    strata: Tally<Stratum, u64>,
    digests: Digests,
    waiting: Vec<Digest>,
    waiting_items: usize,
    sketch: BTreeSet<u64>,
    /// (hop, operation below it) of the trace at hand; kept for its memory.
    pairs: Vec<(u32, OpId)>,
}

impl Fold {
    /// Adds one trace.
    pub fn see(&mut self, records: &TraceRecords<'_>, tables: &Tables, plan: &Plan) {
        if let Some(by) = plan.sieve.holds_back(records, tables) {
            self.counters.noise += 1;
            self.counters.noise_agents += u64::from(by == NoiseBy::UserAgent);
            self.counters.noise_synthetic += u64::from(by == NoiseBy::Synthetic);
            return;
        }
        let trace = assemble(records, tables, &plan.resolver, &plan.offsets, &plan.judge);
        self.count_logs(&trace, plan);
        let logged = !records.id.is_none() && !trace.logs.is_empty();
        if trace.hops.is_empty() {
            self.counters.spanless_traces += u64::from(logged);
            return;
        }
        self.counters.logged_traces += u64::from(logged);
        let folding = Folding::new(&trace, tables, plan);
        self.count_trace(records, &folding, tables);
        self.count_hops(&folding);
        self.count_children(&folding);
        self.count_transitions(&folding);
        self.keep(folding);
        self.sketch(records.id.stable_hash());
    }

    fn sketch(&mut self, hash: u64) {
        let full = self.sketch.len() == SKETCH;
        if full && self.sketch.last().is_some_and(|&last| hash >= last) {
            return;
        }
        self.sketch.insert(hash);
        if self.sketch.len() > SKETCH {
            self.sketch.pop_last();
        }
    }

    fn count_trace(&mut self, records: &TraceRecords<'_>, f: &Folding<'_>, tables: &Tables) {
        let c = &mut self.counters;
        c.traces += 1;
        c.orphans += f.trace.stats.orphans;
        c.duplicates += f.trace.stats.duplicates;
        c.cyclic += f.trace.stats.cyclic;
        let unnamed =
            records.spans.iter().filter(|s| tables.resources.get(s.resource.0).unnamed).count();
        c.unnamed += unnamed as u64;
        let states = |s: &&SpanRecord| s.status != SpanStatus::Unset || s.code != StatusCode::NONE;
        c.stated += records.spans.iter().filter(states).count() as u64;
        let Some(entry) = f.entry else {
            c.rootless += 1;
            *self.strata.at((NONE, false), f.slice(f.trace.start)) += 1;
            return;
        };
        let root = &f.trace.hops[entry as usize];
        let (operation, failed) = (f.operations[entry as usize], root.failed());
        let (bucket, slice) = (f.bucket(root.start), f.slice(root.start));
        let outcome = |r: &mut Requests| {
            r.total += 1;
            r.failed += u64::from(failed);
        };
        outcome(self.entries.at(operation, bucket));
        self.entry_times.at(operation, slice).record(root.took());
        *self.sampled.at((operation, root.sampling), 0) += 1;
        *self.strata.at((operation, failed), f.slice(f.trace.start)) += 1;
        let mut nodes: Vec<NodeId> = f.trace.hops.iter().map(|h| h.node).collect();
        nodes.sort_unstable();
        nodes.dedup();
        for node in nodes {
            outcome(self.touched.at((operation, node), slice));
        }
        if failed {
            let children = Children::new(f.trace.hops.iter().map(|h| h.parent));
            let path = blame(f.trace, entry, &children);
            let last = path[path.len() - 1];
            let cause = f.trace.hops[last as usize].cause;
            let key = (operation, f.operations[last as usize], cause);
            *self.blamed.at(key, slice) += 1;
        }
    }

    fn count_hops(&mut self, f: &Folding<'_>) {
        for (hop, &operation) in f.trace.hops.iter().zip(&f.operations) {
            let caller =
                hop.parent.map_or(NONE, |p| f.plan.caller(f.trace.hops[p as usize].node, hop.node));
            let key = (caller, operation);
            let (bucket, slice) = (f.bucket(hop.start), f.slice(hop.start));
            let instrumented = f.plan.is_instrumented(hop.node);
            count_call(self.calls.at(key, bucket), hop, instrumented);
            time_call(self.timings.at(key, slice), hop);
            self.count_work(f, hop, slice);
            let c = &mut self.counters;
            c.unpaired_clients += u64::from(hop.unpaired && instrumented && !hop.asynchronous);
            c.unpaired_servers += u64::from(
                hop.parent.is_some() && hop.waited.is_none() && hop.kind == SpanKind::Server,
            );
        }
    }

    fn count_work(&mut self, f: &Folding<'_>, hop: &Hop, slice: u64) {
        let Some(resource) = hop.resource else { return };
        let instance = f.plan.instance(resource);
        let work = self.instances.at(instance, slice);
        work.calls += 1;
        work.failed += u64::from(hop.callee_failed || hop.failed());
        let Some(worked) = hop.worked else { return };
        work.worked.record(worked);
        // A call that lasts for days (a stream, a broken clock) must not fill every slice.
        const LONGEST: u64 = 4_096;
        let width = 1_u64 << f.slice_log2;
        let (from, to) = (hop.start.0, hop.start.0.saturating_add(worked));
        let overlap = |slice: u64| {
            let begin = slice * width;
            to.min(begin.saturating_add(width)) - from.max(begin)
        };
        work.busy += overlap(slice);
        for later in (slice + 1..=to >> f.slice_log2).take(LONGEST as usize - 1) {
            self.instances.at(instance, later).busy += overlap(later);
        }
    }

    fn count_children(&mut self, f: &Folding<'_>) {
        let calls = f
            .trace
            .hops
            .iter()
            .zip(&f.operations)
            .filter_map(|(hop, &operation)| Some((hop.parent?, operation)));
        let locals = f.trace.locals.iter().map(|l| (l.hop, f.local(l.hop, l.name)));
        let mut pairs = std::mem::take(&mut self.pairs);
        pairs.extend(calls.chain(locals));
        pairs.sort_unstable();
        pairs.dedup();
        for (parent, child) in pairs.drain(..) {
            let key = (f.operations[parent as usize], child);
            *self.children.at(key, f.slice(f.trace.hops[parent as usize].start)) += 1;
        }
        self.pairs = pairs;
    }

    fn count_logs(&mut self, trace: &Trace, plan: &Plan) {
        self.counters.duplicate_logs += trace.stats.duplicate_logs;
        for logged in &trace.logs {
            let record = &logged.record;
            self.counters.logs_without_trace += u64::from(record.trace.is_none());
            self.counters.logs_unjoined +=
                u64::from(!record.trace.is_none() && logged.hop.is_none());
            let severity = Severity::from_number(record.severity);
            let template = plan.template(record.resource, record.body, severity);
            *self.logs.at(template, record.time.0 >> plan.bucket_log2) += 1;
        }
    }

    /// What was logged after what, within each hop. Counted once a hop, so that a loop does not
    /// outweigh the calls that run through once.
    fn count_transitions(&mut self, f: &Folding<'_>) {
        let mut logs: Vec<(u32, TemplateId)> = f.logs.clone();
        logs.sort_by_key(|l| l.0);
        let mut seen = FxHashSet::default();
        for logs in logs.chunk_by(|a, b| a.0 == b.0) {
            let hop = logs[0].0;
            let operation = f.operations[hop as usize];
            let slice = f.slice(f.trace.hops[hop as usize].start);
            let befores = std::iter::once(NONE).chain(logs.iter().map(|l| l.1));
            let afters = logs.iter().map(|l| l.1).chain(std::iter::once(NONE));
            seen.clear();
            for pair in befores.zip(afters) {
                if seen.insert(pair) {
                    *self.transitions.at((operation, pair.0, pair.1), slice) += 1;
                }
            }
        }
    }

    fn keep(&mut self, f: Folding<'_>) {
        let digest = f.digest();
        self.waiting_items += digest.items();
        self.waiting.push(digest);
        if self.waiting_items > THIN_AT {
            self.thin();
        }
    }

    fn thin(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        self.waiting_items = 0;
        let kept = std::mem::take(&mut self.digests);
        self.digests = kept.merge(Digests::keep(waiting, BUDGET), BUDGET);
    }

    /// Adds another fold of the same plan.
    #[must_use]
    pub fn merge(mut self, mut other: Self) -> Self {
        rayon::join(|| self.thin(), || other.thin());
        self.counters.add(&other.counters);
        let mut sketch = self.sketch;
        sketch.append(&mut other.sketch);
        while sketch.len() > SKETCH {
            sketch.pop_last();
        }
        // The two largest side by side with all the others.
        let (calls, (timings, (children, rest))) = rayon::join(
            || self.calls.merge(other.calls),
            || {
                rayon::join(
                    || self.timings.merge(other.timings),
                    || {
                        rayon::join(
                            || self.children.merge(other.children),
                            || Self {
                                counters: self.counters,
                                entries: self.entries.merge(other.entries),
                                entry_times: self.entry_times.merge(other.entry_times),
                                sampled: self.sampled.merge(other.sampled),
                                instances: self.instances.merge(other.instances),
                                logs: self.logs.merge(other.logs),
                                transitions: self.transitions.merge(other.transitions),
                                blamed: self.blamed.merge(other.blamed),
                                touched: self.touched.merge(other.touched),
                                strata: self.strata.merge(other.strata),
                                digests: self.digests.merge(other.digests, BUDGET),
                                sketch,
                                ..Self::default()
                            },
                        )
                    },
                )
            },
        );
        Self { calls, timings, children, ..rest }
    }

    /// The sealed summary of everything folded.
    pub fn seal(mut self, plan: &Plan) -> Summary {
        self.thin();
        Summary {
            bucket_log2: plan.bucket_log2,
            coverage: Counters { folded_keys: plan.folded, ..self.counters },
            clocks: plan.offsets.notable().clone(),
            catalog: plan.catalog.clone(),
            instrumented: plan.instrumented.clone(),
            entries: self.entries.seal(),
            entry_times: self.entry_times.seal(),
            sampled: self.sampled.seal(),
            calls: self.calls.seal(),
            timings: self.timings.seal(),
            instances: self.instances.seal(),
            children: self.children.seal(),
            logs: self.logs.seal(),
            transitions: self.transitions.seal(),
            blamed: self.blamed.seal(),
            touched: self.touched.seal(),
            strata: self.strata.seal(),
            digests: self.digests,
            sketch: self.sketch,
            made: Provenance::here(&plan.rules),
            ..Summary::default()
        }
    }
}

fn count_call(calls: &mut Calls, hop: &Hop, instrumented: bool) {
    let failed = hop.failed();
    calls.total += 1;
    calls.failed += u64::from(failed);
    calls.callee_failed += u64::from(hop.callee_failed);
    calls.retries += u64::from(hop.retry);
    calls.repaired += u64::from(hop.repaired);
    calls.unpaired += u64::from(hop.unpaired && instrumented);
    calls.abandoned += u64::from(hop.abandoned > 0);
    calls.asynchronous += u64::from(hop.asynchronous);
    if failed {
        match hop.cause {
            Cause::Timeout => calls.timeouts += 1,
            Cause::Rejected | Cause::ShortCircuited => calls.rejected += 1,
            Cause::Unreachable => calls.unreachable += 1,
            _ => {}
        }
    }
}

fn time_call(timings: &mut Timings, hop: &Hop) {
    if let Some(waited) = hop.waited {
        timings.waited.record(waited);
    }
    if let Some(worked) = hop.worked {
        timings.worked.record(worked);
    }
    if let Some(own) = hop.own {
        timings.own.record(own);
    }
    if let (Some(waited), Some(worked), false) = (hop.waited, hop.worked, hop.asynchronous) {
        timings.gap.record(waited.saturating_sub(worked));
    }
}

/// A trace with its ids looked up.
struct Folding<'a> {
    trace: &'a Trace,
    tables: &'a Tables,
    plan: &'a Plan,
    operations: Vec<OpId>,
    entry: Option<u32>,
    logs: Vec<(u32, TemplateId)>,
    slice_log2: u32,
}

impl<'a> Folding<'a> {
    fn new(trace: &'a Trace, tables: &'a Tables, plan: &'a Plan) -> Self {
        let mut operations: Vec<OpId> =
            trace.hops.iter().map(|h| plan.operation(h.node, h.operation)).collect();
        for (at, hop) in trace.hops.iter().enumerate() {
            if hop.parent.is_none()
                && plan.is_catch_all(hop.node, hop.operation)
                && let Some(name) = first_below(trace, at as u32)
            {
                operations[at] = plan.operation(hop.node, name);
            }
        }
        let logs = trace.logs.iter().filter_map(|l| {
            let severity = Severity::from_number(l.record.severity);
            Some((l.hop?, plan.template(l.record.resource, l.record.body, severity)))
        });
        Self {
            entry: entry(trace, &operations, plan),
            logs: logs.collect(),
            slice_log2: plan.bucket_log2 + SLICE_SHIFT,
            trace,
            tables,
            plan,
            operations,
        }
    }

    fn bucket(&self, at: Nanos) -> u64 {
        at.0 >> self.plan.bucket_log2
    }

    fn slice(&self, at: Nanos) -> u64 {
        at.0 >> self.slice_log2
    }

    fn local(&self, hop: u32, name: Sym) -> OpId {
        self.plan.operation(self.trace.hops[hop as usize].node, name)
    }

    fn digest(self) -> Digest {
        let start = self.trace.start;
        let hops = self.trace.hops.iter().zip(&self.operations);
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        let hops = hops.map(|(hop, &operation)| DigestHop {
            parent: hop.parent.unwrap_or(NONE),
            operation,
            instance: hop.resource.map_or(NONE, |r| self.plan.instance(r)),
            offset: micros(hop.start.0 - start.0),
            delay: micros(hop.delay),
            waited: hop.waited.map_or(NONE, micros),
            worked: hop.worked.map_or(NONE, micros),
            own: hop.own.map_or(NONE, micros),
            flags: flag(hop.failed(), DigestHop::FAILED)
                | flag(hop.callee_failed, DigestHop::CALLEE_FAILED)
                | flag(hop.retry, DigestHop::RETRY)
                | flag(hop.repaired, DigestHop::REPAIRED)
                | flag(hop.asynchronous, DigestHop::ASYNC)
                | flag(hop.unpaired && self.plan.is_instrumented(hop.node), DigestHop::UNPAIRED),
            cause: hop.cause,
        });
        let mut tags: Vec<(u32, TagId)> = Vec::new();
        for &(hop, list) in &self.trace.tags {
            tags.extend(self.tables.tags_of(list).filter_map(|t| Some((hop, self.plan.tag(t)?))));
        }
        tags.sort_unstable();
        tags.dedup();
        let entry = self.entry.unwrap_or(0);
        let failed = self.entry.is_some() && self.trace.hops[entry as usize].failed();
        let mut digest = Digest {
            id: self.trace.id.halves(),
            start: start.0,
            slice: self.slice(start),
            stratum: (self.entry.map_or(NONE, |e| self.operations[e as usize]), failed),
            entry,
            hops: hops.collect(),
            locals: self
                .trace
                .locals
                .iter()
                .map(|l| (l.hop, self.local(l.hop, l.name), l.failed))
                .collect(),
            logs: self.logs,
            cut: 0,
            tags,
        };
        digest.cap();
        digest
    }
}

/// The name of the first operation that another service served for a root.
fn first_below(trace: &Trace, root: u32) -> Option<Sym> {
    let node = trace.hops[root as usize].node;
    let served = |h: &&Hop| h.node != node && h.resource.is_some() && h.kind == SpanKind::Server;
    let below = trace.hops.iter().filter(|h| h.parent.is_some()).filter(served);
    below.min_by_key(|h| h.start).map(|h| h.operation)
}

/// The hop that is the request: the first whose operation counts wherever it is, else the first
/// root that names no parent, else the first root whose operation is known to enter as an orphan.
fn entry(trace: &Trace, operations: &[OpId], plan: &Plan) -> Option<u32> {
    let hops = || (0..trace.hops.len()).filter(|&i| !plan.doors.never(operations[i]));
    let roots = || hops().filter(|&i| trace.hops[i].parent.is_none());
    let first = |i: &usize| (trace.hops[*i].start, *i);
    if plan.doors.any_counts()
        && let Some(hop) = hops().filter(|&i| plan.doors.counts(operations[i])).min_by_key(first)
    {
        return Some(hop as u32);
    }
    roots()
        .filter(|&i| !trace.hops[i].orphan)
        .min_by_key(first)
        .or_else(|| roots().filter(|&i| plan.enters_as_orphan(operations[i])).min_by_key(first))
        .map(|i| i as u32)
}

/// Whole microseconds, rounded up so that "some time" is never none.
fn micros(nanos: u64) -> u32 {
    u32::try_from(nanos.div_ceil(1000)).unwrap_or(NONE - 1)
}
