//! Where batches come together.

use std::sync::{Mutex, PoisonError};

use crate::model::{
    LogRecord, Partition, Peer, PeerId, Resource, ResourceId, SpanRecord, Sym, Tables, Telemetry,
    TraceId,
};

use super::batch::Batch;

/// How many names a worker keeps before it starts anew: names that never come again must not
/// be held once for each thread.
const NAMES: usize = 1 << 17;

/// The telemetry under construction.
#[derive(Debug)]
pub(super) struct Store {
    telemetry: Mutex<Telemetry>,
}

/// What a worker's symbols are called in the store; grows with the worker's tables, so that
/// every name is looked up once and not once a record.
#[derive(Debug, Default)]
pub(super) struct Translation {
    symbols: Vec<Sym>,
    resources: Vec<ResourceId>,
    peers: Vec<PeerId>,
}

impl Store {
    /// An empty store of so many partitions.
    pub(super) fn new(partitions: usize) -> Self {
        Self {
            telemetry: Mutex::new(Telemetry {
                partitions: vec![Partition::default(); partitions.max(1)],
                ..Telemetry::default()
            }),
        }
    }

    /// Moves the records of `batch` in, leaving it without records.
    pub(super) fn absorb(&self, batch: &mut Batch, translation: &mut Translation) {
        {
            let mut telemetry = self.telemetry.lock().unwrap_or_else(PoisonError::into_inner);
            let Telemetry { tables, partitions, .. } = &mut *telemetry;
            translation.extend(&batch.tables, tables);
            let count = partitions.len() as u64;
            let of = |trace: TraceId| {
                if trace.is_none() { 0 } else { (trace.stable_hash() % count) as usize }
            };
            for span in batch.spans.drain(..) {
                partitions[of(span.trace)].spans.push(SpanRecord {
                    resource: translation.resources[span.resource.0 as usize],
                    name: translation.symbols[span.name.0 as usize],
                    peer: translation.peers[span.peer.0 as usize],
                    error: translation.symbols[span.error.0 as usize],
                    ..span
                });
            }
            for log in batch.logs.drain(..) {
                partitions[of(log.trace)].logs.push(LogRecord {
                    resource: translation.resources[log.resource.0 as usize],
                    body: translation.symbols[log.body.0 as usize],
                    ..log
                });
            }
            for link in batch.links.drain(..) {
                partitions[of(link.trace)].links.push(link);
            }
        }
        if batch.forget_names(NAMES) {
            *translation = Translation::default();
        }
    }

    /// The finished telemetry.
    pub(super) fn into_telemetry(self) -> Telemetry {
        self.telemetry.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Translation {
    fn extend(&mut self, from: &Tables, to: &mut Tables) {
        let known = self.symbols.len();
        for text in from.symbols.iter().skip(known) {
            self.symbols.push(to.symbols.intern(text));
        }
        let symbols = &self.symbols;
        let sym = |sym: Sym| symbols[sym.0 as usize];
        let known = self.resources.len();
        for resource in from.resources.iter().skip(known) {
            let number = to.resources.intern(Resource {
                namespace: sym(resource.namespace),
                name: sym(resource.name),
                unnamed: resource.unnamed,
                instance: sym(resource.instance),
                version: sym(resource.version),
                clock: sym(resource.clock),
                zone: sym(resource.zone),
            });
            self.resources.push(ResourceId(number));
        }
        let known = self.peers.len();
        for peer in from.peers.iter().skip(known) {
            let number = to.peers.intern(Peer {
                kind: peer.kind,
                name: sym(peer.name),
                namespace: sym(peer.namespace),
                database: sym(peer.database),
                system: sym(peer.system),
            });
            self.peers.push(PeerId(number));
        }
    }
}
