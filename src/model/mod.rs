//! The vocabulary of every other room: ids, time, records, resources, peers and the interner.
//!
//! **Invariant.** Nothing here reads input, knows a format or decides what a failure is.
//! Records are fixed size; every string lives once in [`Tables`] and is named by a [`Sym`].
//! A [`Sym`] never orders, hashes into output or is serialised: it is only valid with its tables.

mod aliases;
mod article;
mod hash;
mod id;
mod intern;
mod name_glob;
mod peer;
mod record;
mod resource;
mod service_glob;
mod tag;
mod teams;
mod telemetry;
mod time;

pub use aliases::{Alias, Aliases};
pub use article::Article;
pub use hash::{stable_hash, stable_text_hash};
pub use id::{SpanId, TraceId};
pub use intern::{Sym, SymbolTable, Table};
pub use name_glob::{Glob, OperationGlob};
pub use peer::{Peer, PeerId, PeerKind};
pub use record::{
    Cause, LinkRecord, LogRecord, SamplingThreshold, SpanFlags, SpanKind, SpanRecord, SpanStatus,
    StatusCode,
};
pub use resource::{Resource, ResourceId, ServiceName};
pub use service_glob::ServiceGlob;
pub use tag::{Tag, TagsId};
pub use teams::Teams;
pub use telemetry::{
    InputStats, Loss, LossKind, Partition, Place, SUMMARY_MAGIC, Shelf, Tables, Telemetry,
};
pub use time::Nanos;
