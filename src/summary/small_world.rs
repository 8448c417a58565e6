//! For tests: a shop that calls stock, which asks a cache and a store; one operation each,
//! numbered alike. What happens there is written call by call, and becomes a summary.

use crate::model::{Cause, PeerKind};

use super::digest::Stratum;
use super::table::Tally;
use super::{
    Calls, Catalog, Digest, DigestHop, Digests, EdgeKey, Histogram, Instance, NONE, NodeId,
    NodeKey, OpId, Operation, Requests, SLICE_SHIFT, Severity, Summary, Template, TemplateId,
    Timings, Work,
};

pub const SHOP: u32 = 0;
pub const STOCK: u32 = 1;
pub const STORE: u32 = 2;
pub const CACHE: u32 = 3;

/// What stock writes.
pub const TAKING: TemplateId = 0;
pub const TAKEN: TemplateId = 1;
pub const BROKEN: TemplateId = 2;

/// A slice is about a second.
const SLICE_LOG2: u32 = 30;

/// Stock runs on four instances, 0 to 3: two versions in each of two zones.
pub fn catalog() -> Catalog {
    let node =
        |(name, kind): (&str, _)| NodeKey { name: name.to_owned(), kind, ..NodeKey::default() };
    let instance = |(name, version, zone): (&str, &str, &str)| Instance {
        node: STOCK,
        name: name.to_owned(),
        version: version.to_owned(),
        zone: zone.to_owned(),
        tags: Vec::new(),
    };
    let template = |severity, text: &str| Template { node: STOCK, severity, text: text.to_owned() };
    Catalog {
        nodes: [
            ("shop", PeerKind::Service),
            ("stock", PeerKind::Service),
            ("store", PeerKind::Database),
            ("cache", PeerKind::Cache),
        ]
        .map(node)
        .to_vec(),
        operations: (0..4).map(|node| Operation { node, name: "run".to_owned() }).collect(),
        instances: [
            ("stock-1", "1.0", "north"),
            ("stock-2", "1.1", "north"),
            ("stock-3", "1.0", "south"),
            ("stock-4", "1.1", "south"),
        ]
        .map(instance)
        .to_vec(),
        templates: vec![
            template(Severity::Info, "taking"),
            template(Severity::Info, "taken"),
            template(Severity::Error, "shelf is broken"),
        ],
        tags: Vec::new(),
    }
}

/// A call that succeeded: how many milliseconds its caller waited, the callee worked, and worked
/// by itself; [`NONE`] where nobody says.
pub fn call(parent: u32, operation: OpId, millis: [u32; 3]) -> DigestHop {
    let [waited, worked, own] = millis.map(|m| if m == NONE { NONE } else { m * 1000 });
    DigestHop {
        parent,
        operation,
        instance: NONE,
        offset: 0,
        delay: 0,
        waited,
        worked,
        own,
        flags: 0,
        cause: Cause::Unknown,
    }
}

impl DigestHop {
    /// It failed for its caller.
    pub fn failed(self, cause: Cause) -> Self {
        Self { cause, ..self }.with(Self::FAILED)
    }

    /// It failed, and the callee saw that too.
    pub fn broken(self, cause: Cause) -> Self {
        self.failed(cause).with(Self::CALLEE_FAILED)
    }

    /// With these flags too.
    pub fn with(self, flags: u8) -> Self {
        Self { flags: self.flags | flags, ..self }
    }

    /// Handled by an instance.
    pub fn on(self, instance: u64) -> Self {
        Self { instance: instance as u32, ..self }
    }

    /// So many milliseconds after the request came in.
    pub fn after(self, millis: u32) -> Self {
        Self { offset: millis * 1000, ..self }
    }
}

/// A healthy request: the shop asks stock (its instances in turn), which asks the store.
pub fn healthy(n: u64) -> Vec<DigestHop> {
    vec![
        call(NONE, SHOP, [NONE, 30, 10]),
        call(0, STOCK, [20, 18, 8]).on(n % 4),
        call(1, STORE, [10, NONE, NONE]),
    ]
}

/// A request of which so many come in each slice; the first call is the entry.
pub fn request(n: u64, per_slice: u64, hops: Vec<DigestHop>) -> Digest {
    let start = (n << SLICE_LOG2) / per_slice;
    Digest {
        id: (per_slice, n),
        start,
        slice: start >> SLICE_LOG2,
        stratum: (hops[0].operation, hops[0].has(DigestHop::FAILED)),
        entry: 0,
        hops,
        locals: Vec::new(),
        logs: Vec::new(),
        cut: 0,
        tags: Vec::new(),
    }
}

/// What a fold of these traces, all of them kept, would count.
pub fn summary(traces: Vec<Digest>) -> Summary {
    let catalog = catalog();
    let mut counts = Counts::default();
    for digest in &traces {
        counts.count(digest, &catalog);
    }
    let mut summary = Summary {
        bucket_log2: SLICE_LOG2 - SLICE_SHIFT,
        catalog,
        entries: counts.entries.seal(),
        entry_times: counts.entry_times.seal(),
        calls: counts.calls.seal(),
        timings: counts.timings.seal(),
        instances: counts.instances.seal(),
        logs: counts.logs.seal(),
        touched: counts.touched.seal(),
        strata: counts.strata.seal(),
        ..Summary::default()
    };
    summary.coverage.traces = traces.len() as u64;
    summary.coverage.stated = traces.len() as u64;
    let worked = traces.iter().flat_map(|t| &t.hops).filter(|hop| hop.worked != NONE);
    summary.instrumented = worked.map(|hop| summary.catalog.node_of(hop.operation)).collect();
    summary.digests = Digests::keep(traces, usize::MAX);
    summary
}

#[derive(Default)]
struct Counts {
    entries: Tally<OpId, Requests>,
    entry_times: Tally<OpId, Histogram>,
    calls: Tally<EdgeKey, Calls>,
    timings: Tally<EdgeKey, Timings>,
    instances: Tally<u32, Work>,
    logs: Tally<TemplateId, u64>,
    touched: Tally<(OpId, NodeId), Requests>,
    strata: Tally<Stratum, u64>,
}

impl Counts {
    fn count(&mut self, digest: &Digest, catalog: &Catalog) {
        let (entry, failed) = digest.stratum;
        let one = Requests { total: 1, failed: u64::from(failed) };
        let add = |requests: &mut Requests| super::Add::add(requests, &one);
        add(self.entries.at(entry, bucket(digest.start)));
        *self.strata.at(digest.stratum, digest.slice) += 1;
        let took = u64::from(digest.hops[0].took()) * 1000;
        self.entry_times.at(entry, digest.slice).record(took);
        let mut nodes: Vec<NodeId> =
            digest.hops.iter().map(|hop| catalog.node_of(hop.operation)).collect();
        nodes.sort_unstable();
        nodes.dedup();
        for node in nodes {
            add(self.touched.at((entry, node), digest.slice));
        }
        for hop in &digest.hops {
            self.call(digest, hop, catalog);
        }
        for (_, template) in &digest.logs {
            *self.logs.at(*template, bucket(digest.start)) += 1;
        }
    }

    fn call(&mut self, digest: &Digest, hop: &DigestHop, catalog: &Catalog) {
        let caller = digest.hops.get(hop.parent as usize);
        let edge = (caller.map_or(NONE, |c| catalog.node_of(c.operation)), hop.operation);
        let at = digest.start + u64::from(hop.offset) * 1000;
        let calls = self.calls.at(edge, bucket(at));
        let failed =
            |causes: &[Cause]| u64::from(hop.has(DigestHop::FAILED) && causes.contains(&hop.cause));
        let flag = |flag: u8| u64::from(hop.has(flag));
        calls.total += 1;
        calls.failed += flag(DigestHop::FAILED);
        calls.callee_failed += flag(DigestHop::CALLEE_FAILED);
        calls.retries += flag(DigestHop::RETRY);
        calls.repaired += flag(DigestHop::REPAIRED);
        calls.unpaired += flag(DigestHop::UNPAIRED);
        calls.asynchronous += flag(DigestHop::ASYNC);
        calls.timeouts += failed(&[Cause::Timeout]);
        calls.rejected += failed(&[Cause::Rejected, Cause::ShortCircuited]);
        calls.unreachable += failed(&[Cause::Unreachable]);
        let both = hop.waited != NONE && hop.worked != NONE;
        calls.abandoned += u64::from(both && hop.worked > hop.waited);
        let timings = self.timings.at(edge, at >> SLICE_LOG2);
        let gap = hop.gap();
        for (histogram, micros) in [
            (&mut timings.waited, hop.waited),
            (&mut timings.worked, hop.worked),
            (&mut timings.own, hop.own),
            (&mut timings.gap, gap),
        ] {
            if micros != NONE {
                histogram.record(u64::from(micros) * 1000);
            }
        }
        if hop.instance != NONE {
            let work = self.instances.at(hop.instance, at >> SLICE_LOG2);
            work.calls += 1;
            work.failed += flag(DigestHop::CALLEE_FAILED);
        }
    }
}

fn bucket(at: u64) -> u64 {
    at >> (SLICE_LOG2 - SLICE_SHIFT)
}
