//! Where batches come together.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::{
    LinkRecord, LogRecord, Partition, Peer, PeerId, Resource, ResourceId, SpanRecord, Sym, Tables,
    Tag, TagsId, Telemetry, TraceId,
};

use super::batch::Batch;
use super::limit::Limit;
use super::spill::DiskShelf;

/// How many names a worker keeps before it starts anew: names that never come again must not
/// be held once for each thread.
const NAMES: usize = 1 << 17;

/// What a name costs beside its bytes: its place in the table, its hash, its allocation.
const NAME: usize = 64;

/// The telemetry under construction.
#[derive(Debug)]
pub(super) struct Store {
    state: Mutex<State>,
    limit: Option<Limit>,
}

#[derive(Debug)]
struct State {
    telemetry: Telemetry,
    shelf: Option<DiskShelf>,
    /// Bytes of names, about.
    names: usize,
}

/// What a worker's symbols are called in the store; grows with the worker's tables, so that
/// every name is looked up once and not once a record.
#[derive(Debug, Default)]
pub(super) struct Translation {
    symbols: Vec<Sym>,
    resources: Vec<ResourceId>,
    peers: Vec<PeerId>,
    tags: Vec<TagsId>,
}

impl Store {
    /// An empty store of so many partitions.
    pub(super) fn new(partitions: usize, limit: Option<Limit>) -> Self {
        let telemetry = Telemetry {
            partitions: vec![Partition::default(); partitions.max(1)],
            ..Telemetry::default()
        };
        Self { state: Mutex::new(State { telemetry, shelf: None, names: 0 }), limit }
    }

    /// Moves the records of `batch` in, leaving it without records.
    ///
    /// # Errors
    /// If there is more than memory may hold and it cannot be put elsewhere.
    pub(super) fn absorb(
        &self,
        batch: &mut Batch,
        translation: &mut Translation,
    ) -> io::Result<()> {
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.names += translation.extend(&batch.tables, &mut state.telemetry.tables);
            distribute(batch, translation, &mut state.telemetry.partitions);
            if let Some(limit) = &self.limit {
                state.hold(limit)?;
            }
        }
        if batch.forget_names(NAMES) {
            *translation = Translation::default();
        }
        Ok(())
    }

    /// Where records go that do not fit.
    pub(super) fn folder(&self) -> PathBuf {
        self.limit.as_ref().map(|limit| limit.folder.clone()).unwrap_or_default()
    }

    /// The finished telemetry.
    ///
    /// # Errors
    /// As with [`Self::absorb`].
    pub(super) fn into_telemetry(self) -> io::Result<Telemetry> {
        let mut state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut shelf) = state.shelf.take() {
            // What is still in memory makes room for the fold.
            shelf.put(&mut state.telemetry.partitions)?;
            state.telemetry.partitions = Vec::new();
            state.telemetry.shelf = Some(Arc::new(shelf));
        }
        Ok(state.telemetry)
    }
}

impl State {
    /// Puts records away if there are too many. Names stay: there is no telling which come again.
    fn hold(&mut self, limit: &Limit) -> io::Result<()> {
        let partitions = &mut self.telemetry.partitions;
        let held: usize = partitions.iter().map(bytes).sum();
        let most = limit.records();
        // Many names must not leave so little that every batch is put away by itself.
        if held <= most.saturating_sub(self.names).max(most / 4) {
            return Ok(());
        }
        let shelf = match &mut self.shelf {
            Some(shelf) => shelf,
            none => none.insert(DiskShelf::new(&limit.folder, partitions.len())?),
        };
        shelf.put(partitions)
    }
}

/// The memory that records take, used or not.
fn bytes(partition: &Partition) -> usize {
    partition.spans.capacity() * size_of::<SpanRecord>()
        + partition.logs.capacity() * size_of::<LogRecord>()
        + partition.links.capacity() * size_of::<LinkRecord>()
}

fn distribute(batch: &mut Batch, translation: &Translation, partitions: &mut [Partition]) {
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
            tags: translation.tags[span.tags.0 as usize],
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

impl Translation {
    /// Learns what is new in `from`; gives the bytes that it added to `to`.
    fn extend(&mut self, from: &Tables, to: &mut Tables) -> usize {
        let mut added = 0;
        let known = self.symbols.len();
        for text in from.symbols.iter().skip(known) {
            let before = to.symbols.len();
            self.symbols.push(to.symbols.intern(text));
            added += (to.symbols.len() - before) * (text.len() + NAME);
        }
        let symbols = &self.symbols;
        let sym = |sym: Sym| symbols[sym.0 as usize];
        let known = self.tags.len();
        for tag in from.tags.iter().skip(known) {
            // What a list goes on with was there before it.
            let rest = self.tags.get(tag.rest.0 as usize).copied().unwrap_or_default();
            let (key, value) = (sym(tag.key), sym(tag.value));
            let before = to.tags.len();
            self.tags.push(TagsId(to.tags.intern(Tag { key, value, rest })));
            added += (to.tags.len() - before) * NAME;
        }
        let tags = &self.tags;
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
                tags: tags[resource.tags.0 as usize],
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
        added
    }
}
