//! Every rule of assembly on the smallest trace that shows it.

use super::*;
use crate::assemble::{PeerUse, sort};
use crate::model::{
    Aliases, LinkRecord, Partition, Peer, PeerId, Resource, SpanFlags, SpanId, SpanStatus,
};

/// A trace in the making: spans are named by what they do, times are in milliseconds.
#[derive(Default)]
struct Scene {
    tables: Tables,
    partition: Partition,
}

const MS: u64 = 1_000_000;

impl Scene {
    fn peer(&mut self, kind: PeerKind, name: &str) -> PeerId {
        let name = self.tables.symbols.intern(name);
        PeerId(self.tables.peers.intern(Peer { kind, name, ..Peer::default() }))
    }

    fn span(
        &mut self,
        (id, parent): (u64, u64),
        kind: SpanKind,
        service: &str,
        (from, to): (u64, u64),
    ) -> &mut SpanRecord {
        let name = self.tables.symbols.intern(service);
        let resource = Resource { name, clock: name, ..Resource::default() };
        let span = SpanRecord {
            trace: TraceId::from_halves(0, 1),
            id: SpanId::new(id),
            parent: SpanId::new(parent),
            kind,
            resource: ResourceId(self.tables.resources.intern(resource)),
            name: self.tables.symbols.intern(&format!("{service} {id}")),
            start: Nanos(from * MS),
            end: Nanos(to * MS),
            ..SpanRecord::default()
        };
        self.partition.spans.push(span);
        self.partition.spans.last_mut().expect("just pushed")
    }

    fn assemble(&mut self) -> (Trace, Vec<String>) {
        sort(&mut self.partition);
        let records = crate::assemble::traces(&self.partition).next().expect("one trace");
        let resolver = Resolver::new(&self.tables, &PeerUse::default(), &Aliases::default());
        let trace =
            assemble(&records, &self.tables, &resolver, &Offsets::default(), &Judge::default());
        let names = trace.hops.iter().map(|h| resolver.nodes()[h.node as usize].name.clone());
        let names = names.collect();
        (trace, names)
    }
}

#[test]
fn a_client_and_its_server_are_one_hop_with_the_gap_between_them() {
    let mut scene = Scene::default();
    scene.span((1, 0), SpanKind::Server, "shop", (0, 100));
    scene.span((2, 1), SpanKind::Client, "shop", (10, 60));
    scene.span((3, 2), SpanKind::Server, "stock", (15, 55));
    let (trace, names) = scene.assemble();
    assert_eq!(names, ["shop", "stock"]);
    let call = &trace.hops[1];
    assert_eq!((call.waited, call.worked), (Some(50 * MS), Some(40 * MS)));
    assert_eq!(trace.hops[0].own, Some(50 * MS));
    assert!(!call.unpaired);
}

#[test]
fn a_client_without_a_server_speaks_for_its_peer() {
    let mut scene = Scene::default();
    let store = scene.peer(PeerKind::Database, "pg");
    scene.span((1, 0), SpanKind::Server, "shop", (0, 100));
    let call = scene.span((2, 1), SpanKind::Client, "shop", (10, 60));
    (call.peer, call.status) = (store, SpanStatus::Error);
    let (trace, names) = scene.assemble();
    assert_eq!(names, ["shop", "pg"]);
    assert!(trace.hops[1].failed() && trace.hops[1].unpaired && !trace.hops[0].failed());
}

#[test]
fn any_parent_in_another_service_is_a_call() {
    let mut scene = Scene::default();
    scene.span((1, 0), SpanKind::Server, "shop", (0, 100));
    scene.span((2, 1), SpanKind::Server, "stock", (10, 60));
    scene.span((3, 2), SpanKind::Internal, "ledger", (20, 30));
    let (trace, names) = scene.assemble();
    assert_eq!(names, ["shop", "stock", "ledger"]);
    assert_eq!(trace.hops[2].parent, Some(1));
    assert_eq!(trace.hops[1].waited, None);
}

#[test]
fn work_inside_a_service_is_no_hop() {
    let mut scene = Scene::default();
    scene.span((1, 0), SpanKind::Server, "shop", (0, 100));
    scene.span((2, 1), SpanKind::Internal, "shop", (10, 60));
    scene.span((3, 2), SpanKind::Client, "shop", (20, 30));
    let (trace, names) = scene.assemble();
    assert_eq!(names, ["shop"]);
    assert_eq!(trace.locals.len(), 2, "a client span that names nobody is work too");
}

#[test]
fn something_that_forwards_and_emits_nothing_stands_between() {
    let mut scene = Scene::default();
    let proxy = scene.peer(PeerKind::External, "proxy");
    scene.span((1, 0), SpanKind::Server, "shop", (0, 100));
    scene.span((2, 1), SpanKind::Client, "shop", (10, 60)).peer = proxy;
    scene.span((3, 2), SpanKind::Server, "stock", (15, 55));
    let (trace, names) = scene.assemble();
    assert_eq!(names, ["shop", "proxy", "stock"]);
    assert_eq!(trace.hops[2].parent, Some(1));
}

#[test]
fn messages_go_through_their_topic_and_nobody_waits() {
    let mut scene = Scene::default();
    let topic = scene.peer(PeerKind::Messaging, "orders");
    scene.span((1, 0), SpanKind::Server, "shop", (0, 100));
    scene.span((2, 1), SpanKind::Producer, "shop", (10, 12)).peer = topic;
    scene.span((3, 2), SpanKind::Consumer, "mailer", (500, 900));
    let (trace, names) = scene.assemble();
    assert_eq!(names, ["shop", "orders", "mailer"]);
    assert!(trace.hops[1].asynchronous && trace.hops[2].asynchronous);
    assert_eq!(trace.hops[0].own, Some(100 * MS));
    assert_eq!(trace.hops[2].abandoned, 0);
}

#[test]
fn a_consumer_without_a_parent_is_joined_by_its_link() {
    let mut scene = Scene::default();
    let topic = scene.peer(PeerKind::Messaging, "orders");
    scene.span((1, 0), SpanKind::Server, "shop", (0, 100));
    scene.span((2, 1), SpanKind::Producer, "shop", (10, 12)).peer = topic;
    scene.span((3, 0), SpanKind::Consumer, "mailer", (500, 900)).flags = SpanFlags::LINKED;
    let trace = TraceId::from_halves(0, 1);
    let (span, to_span) = (SpanId::new(3), SpanId::new(2));
    scene.partition.links.push(LinkRecord { trace, span, to_trace: trace, to_span });
    let (trace, names) = scene.assemble();
    assert_eq!(names, ["shop", "orders", "mailer"]);
    assert_eq!(trace.hops[2].parent, Some(1));
}

#[test]
fn a_repeated_call_is_a_retry_and_repairs_the_failed_one() {
    let mut scene = Scene::default();
    let stock = scene.peer(PeerKind::External, "stock");
    scene.span((1, 0), SpanKind::Server, "shop", (0, 100));
    let first = scene.span((2, 1), SpanKind::Client, "shop", (10, 20));
    (first.peer, first.status) = (stock, SpanStatus::Error);
    scene.span((3, 1), SpanKind::Client, "shop", (30, 40)).peer = stock;
    scene.span((4, 3), SpanKind::Server, "stock", (31, 39));
    let (trace, names) = scene.assemble();
    assert_eq!(names, ["shop", "stock", "stock"]);
    assert!(trace.hops[1].repaired && !trace.hops[1].retry);
    assert!(trace.hops[2].retry && !trace.hops[2].failed());
}

#[test]
fn a_logical_call_wraps_its_attempts() {
    let mut scene = Scene::default();
    let stock = scene.peer(PeerKind::External, "stock");
    scene.span((1, 0), SpanKind::Server, "shop", (0, 100));
    scene.span((2, 1), SpanKind::Client, "shop", (10, 90)).peer = stock;
    scene.span((3, 2), SpanKind::Client, "shop", (10, 40)).peer = stock;
    scene.span((4, 2), SpanKind::Client, "shop", (50, 90)).peer = stock;
    let (trace, names) = scene.assemble();
    assert_eq!(names, ["shop", "stock", "stock"]);
    assert_eq!(trace.locals.len(), 1);
}

#[test]
fn overlapping_calls_count_once_in_own_time() {
    let mut scene = Scene::default();
    let stock = scene.peer(PeerKind::External, "stock");
    scene.span((1, 0), SpanKind::Server, "shop", (0, 100));
    scene.span((2, 1), SpanKind::Client, "shop", (10, 60)).peer = stock;
    scene.span((3, 1), SpanKind::Client, "shop", (40, 80)).peer = stock;
    let (trace, _) = scene.assemble();
    assert_eq!(trace.hops[0].own, Some(30 * MS));
}

#[test]
fn a_callee_that_outlives_its_caller_was_abandoned() {
    let mut scene = Scene::default();
    scene.span((1, 0), SpanKind::Server, "shop", (0, 100));
    let call = scene.span((2, 1), SpanKind::Client, "shop", (10, 60));
    (call.cause, call.status) = (Cause::Timeout, SpanStatus::Error);
    scene.span((3, 2), SpanKind::Server, "stock", (15, 400));
    let (trace, _) = scene.assemble();
    let call = &trace.hops[1];
    assert!(call.caller_failed && !call.callee_failed);
    assert_eq!((call.abandoned, call.cause), (340 * MS, Cause::Timeout));
}

#[test]
fn the_callee_knows_better_than_a_status_code_why_it_failed() {
    let mut scene = Scene::default();
    scene.span((1, 0), SpanKind::Server, "shop", (0, 100));
    let call = scene.span((2, 1), SpanKind::Client, "shop", (10, 60));
    (call.cause, call.status) = (Cause::Rejected, SpanStatus::Error);
    let served = scene.span((3, 2), SpanKind::Server, "stock", (15, 50));
    (served.cause, served.status) = (Cause::ShortCircuited, SpanStatus::Error);
    let (trace, _) = scene.assemble();
    assert_eq!(trace.hops[1].cause, Cause::ShortCircuited);
}

#[test]
fn a_service_without_server_spans_is_seen_by_its_other_spans() {
    let mut scene = Scene::default();
    let store = scene.peer(PeerKind::Database, "pg");
    scene.span((1, 0), SpanKind::Server, "shop", (0, 100));
    scene.span((2, 1), SpanKind::Client, "shop", (10, 60));
    scene.span((3, 2), SpanKind::Client, "stock", (20, 40)).peer = store;
    let (trace, names) = scene.assemble();
    assert_eq!(names, ["shop", "stock", "pg"]);
    assert_eq!(trace.hops[2].parent, Some(1));
    assert!(trace.hops[1].resource.is_some());
}

#[test]
fn log_records_land_in_the_hop_of_their_span() {
    let mut scene = Scene::default();
    scene.span((1, 0), SpanKind::Server, "shop", (0, 100));
    scene.span((2, 1), SpanKind::Internal, "shop", (10, 60));
    let trace = TraceId::from_halves(0, 1);
    for id in [2, 9] {
        let log = LogRecord { trace, span: SpanId::new(id), ..LogRecord::default() };
        scene.partition.logs.push(log);
    }
    let (trace, _) = scene.assemble();
    let hops: Vec<Option<u32>> = trace.logs.iter().map(|l| l.hop).collect();
    assert_eq!(hops, [Some(0), None]);
}
