//! The attributes that are read; all others are skipped without being decoded.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::Value;

macro_rules! keys {
    ($($variant:ident $($name:literal)+;)+) => {
        /// An attribute of interest. Spellings that mean the same thing at the same precedence
        /// share one key; see the semantic conventions' migration guides.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(in crate::ingest) enum Key { $($variant),+ }

        const NAMES: &[(&str, Key)] = &[$($(($name, Key::$variant)),+),+];
        const COUNT: usize = [$(Key::$variant),+].len();
    };
}

keys! {
    // Resources.
    ServiceName "service.name";
    ServiceNamespace "service.namespace";
    ServiceInstance "service.instance.id";
    ServiceVersion "service.version";
    HostName "host.name";
    HostId "host.id";
    PodName "k8s.pod.name";
    NodeName "k8s.node.name";
    DeploymentName "k8s.deployment.name";
    K8sContainerName "k8s.container.name";
    ContainerName "container.name";
    ContainerId "container.id";
    FaasName "faas.name";
    ExecutableName "process.executable.name";
    Zone "cloud.availability_zone" "cloud.zone";
    // Failures.
    ErrorType "error.type";
    ErrorMessage "error.message";
    ExceptionType "exception.type";
    ExceptionMessage "exception.message";
    HttpStatus "http.response.status_code" "http.status_code";
    RpcStatus "rpc.grpc.status_code" "rpc.response.status_code" "rpc.status_code";
    Resend "http.request.resend_count" "http.resend_count";
    // Peers.
    ServicePeerName "service.peer.name";
    ServicePeerNamespace "service.peer.namespace";
    PeerService "peer.service";
    ServerAddress "server.address";
    NetPeerName "net.peer.name";
    PeerAddress "peer.address";
    NetworkPeerAddress "network.peer.address" "net.sock.peer.addr" "net.peer.ip";
    DbSystem "db.system.name" "db.system";
    DbNamespace "db.namespace" "db.name";
    MessagingSystem "messaging.system";
    MessagingDestination "messaging.destination.name" "messaging.destination";
    RpcSystem "rpc.system" "rpc.system.name";
    Url "url.full" "http.url";
    // Names.
    HttpRoute "http.route";
    UrlPath "url.path" "http.target";
    EventName "event.name";
}

static BY_NAME: LazyLock<FxHashMap<&'static str, Key>> =
    LazyLock::new(|| NAMES.iter().copied().collect());

impl Key {
    /// The key of an attribute's name, if it is wanted.
    pub(in crate::ingest) fn of(name: &str) -> Option<Self> {
        BY_NAME.get(name).copied()
    }
}

/// The wanted attributes of one resource, span, event or log record.
#[derive(Clone, Debug)]
pub(in crate::ingest) struct Attributes<'a> {
    values: [Value<'a>; COUNT],
    any: bool,
}

impl Default for Attributes<'_> {
    fn default() -> Self {
        Self { values: [const { Value::Absent }; COUNT], any: false }
    }
}

impl<'a> Attributes<'a> {
    /// Keeps a value; an absent one never replaces one that is there.
    pub(in crate::ingest) fn set(&mut self, key: Key, value: Value<'a>) {
        if !value.is_absent() {
            self.values[key as usize] = value;
            self.any = true;
        }
    }

    /// A value, [`Value::Absent`] if it was not given.
    pub(in crate::ingest) fn get(&self, key: Key) -> &Value<'a> {
        &self.values[key as usize]
    }

    /// The first of `keys` that was given with a text.
    pub(in crate::ingest) fn first(&self, keys: &[Key]) -> Option<std::borrow::Cow<'_, str>> {
        keys.iter().find_map(|key| self.get(*key).text())
    }

    /// Forgets everything, ready for the next record.
    pub(in crate::ingest) fn clear(&mut self) {
        if self.any {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_new_spellings_share_a_key_and_others_are_unknown() {
        assert_eq!(Key::of("http.status_code"), Some(Key::HttpStatus));
        assert_eq!(Key::of("http.response.status_code"), Some(Key::HttpStatus));
        assert_eq!(Key::of("thread.id"), None);
        assert_eq!(BY_NAME.len(), NAMES.len(), "no name is listed twice");
    }

    #[test]
    fn the_first_key_with_a_text_wins() {
        let mut attributes = Attributes::default();
        attributes.set(Key::PeerService, Value::from(""));
        attributes.set(Key::NetPeerName, Value::from("db"));
        assert_eq!(attributes.first(&[Key::PeerService, Key::NetPeerName]).as_deref(), Some("db"));
        attributes.clear();
        assert!(attributes.first(&[Key::NetPeerName]).is_none());
    }
}
