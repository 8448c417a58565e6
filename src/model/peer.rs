//! Whom a span says it talked to.

use serde::{Deserialize, Serialize};

use super::Sym;

/// Index into [`super::Tables::peers`]; 0 is "none given".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub u32);

impl PeerId {
    /// The span names no peer.
    pub const NONE: Self = Self(0);

    /// Whether the span names no peer.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// What kind of thing a node of the service graph is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum PeerKind {
    /// Something that emits (or would emit) spans of its own.
    #[default]
    Service,
    /// `db.system.name` / `db.system` of a store.
    Database,
    /// The same, of a known cache.
    Cache,
    /// A topic or queue (`messaging.destination.name`), or a broker.
    Messaging,
    /// A peer outside the landscape: a client span names it and nothing else is known.
    External,
}

impl PeerKind {
    /// The word used in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Database => "database",
            Self::Cache => "cache",
            Self::Messaging => "messaging",
            Self::External => "external",
        }
    }
}

/// The peer that a span's attributes name, before aliases are resolved.
///
/// `name` is the first of `service.peer.name`, `peer.service`, `server.address`,
/// `net.peer.name`, `peer.address`, `network.peer.address` (legacy spellings included), without
/// a port; for messaging, `messaging.destination.name`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Peer {
    /// What it is.
    pub kind: PeerKind,
    /// Its name; empty where only the system is known.
    pub name: Sym,
    /// `service.peer.namespace`.
    pub namespace: Sym,
    /// `db.namespace` (or `db.name`), kept beside the name.
    pub database: Sym,
    /// `db.system.name`, `messaging.system` or `rpc.system`.
    pub system: Sym,
}
