//! Who emitted a record.

use super::{Sym, TagsId};

/// Index into [`super::Tables::resources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(pub u32);

/// The identity of an emitter: the resource attributes that tracefall uses.
///
/// A service is (`service.namespace`, `service.name`); instance, version and the places where
/// it runs are dimensions, never identity. Absent attributes are [`Sym::EMPTY`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Resource {
    /// `service.namespace`.
    pub namespace: Sym,
    /// `service.name`, or the best other attribute where that is missing or the SDK's
    /// `unknown_service` fallback.
    pub name: Sym,
    /// `name` is a substitute, because `service.name` was absent or `unknown_service…`.
    pub unnamed: bool,
    /// `service.instance.id`, else `k8s.pod.name`, `container.id`, `host.name`.
    pub instance: Sym,
    /// `service.version`.
    pub version: Sym,
    /// Whose clock stamped the record: `host.name`, else `host.id`, `k8s.node.name`,
    /// `k8s.pod.name`, else the instance.
    pub clock: Sym,
    /// `cloud.availability_zone`.
    pub zone: Sym,
    /// What else it can be told apart by: region, host, and what the user asked for.
    pub tags: TagsId,
}

/// The namespace and name of a service.
pub type ServiceName = (Sym, Sym);

impl Resource {
    /// Whose emitter this is.
    pub const fn service(&self) -> ServiceName {
        (self.namespace, self.name)
    }
}
