//! The attributes that are read; all others are skipped without being decoded.

use std::borrow::Cow;

use super::{Dimensions, Value};

macro_rules! keys {
    ($($variant:ident $($name:literal)*;)+) => {
        /// An attribute of interest. Spellings that mean the same thing at the same precedence
        /// share one key; see the semantic conventions' migration guides.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(in crate::ingest) enum Key { $($variant),+ }

        const NAMES: &[(&str, Key)] = &[$($(($name, Key::$variant),)*)+];
        const COUNT: usize = [$(Key::$variant),+].len();
    };
}

keys! {
    // Resources.
    ServiceName "service.name";
    ServiceNamespace "service.namespace";
    ServiceInstance "service.instance.id" "client-uuid";
    ServiceVersion "service.version";
    HostName "host.name" "hostname";
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
    RpcStatus "rpc.grpc.status_code" "rpc.response.status_code" "rpc.status_code" "grpc.status_code";
    Resend "http.request.resend_count" "http.resend_count";
    // Peers.
    ServicePeerName "service.peer.name";
    ServicePeerNamespace "service.peer.namespace";
    PeerService "peer.service";
    ServerAddress "server.address";
    NetPeerName "net.peer.name" "peer.hostname";
    PeerAddress "peer.address";
    NetworkPeerAddress "network.peer.address" "net.sock.peer.addr" "net.peer.ip" "peer.ipv4" "peer.ipv6";
    DbSystem "db.system.name" "db.system" "db.type";
    DbNamespace "db.namespace" "db.name" "db.instance";
    MessagingSystem "messaging.system";
    MessagingDestination "messaging.destination.name" "messaging.destination"
        "message_bus.destination" "kafka.topic" "rabbit.queue" "jms.queue" "jms.topic";
    RpcSystem "rpc.system" "rpc.system.name";
    Url "url.full" "http.url";
    // Names.
    HttpRoute "http.route";
    UrlPath "url.path" "http.target" "http.path";
    EventName "event.name";
    // Who asks; the last spelling is Envoy's.
    UserAgent "user_agent.original" "http.user_agent" "user_agent";
    SyntheticType "user_agent.synthetic.type";
    // Sampling, as Jaeger's clients tell of it.
    SamplerType "sampler.type";
    SamplerParam "sampler.param";
    // What requests are told apart by. Tenants have no convention: these are the usual names.
    Region "cloud.region";
    HttpMethod "http.request.method" "http.method";
    Tenant "tenant.id" "tenant_id" "tenant" "app.tenant.id" "enduser.tenant" "customer.id";
    FlagName "feature_flag.key";
    FlagVariant "feature_flag.result.variant" "feature_flag.variant";
    FlagValue "feature_flag.result.value" "feature_flag.evaluated_value";
    // What the user asks for; see `Dimensions`.
    FirstAsked;
    SecondAsked;
    ThirdAsked;
    FourthAsked;
    FifthAsked;
    SixthAsked;
    SeventhAsked;
    EighthAsked;
}

/// Slots of the table of names, several times as many as names: most attributes are not wanted,
/// and their names should meet an empty slot at once.
const SLOTS: usize = 1024;

/// For each slot one more than the index of a name, or 0. Names that would share a slot follow
/// each other.
static BY_NAME: [u8; SLOTS] = {
    let mut table = [0; SLOTS];
    let mut index = 0;
    while index < NAMES.len() {
        let mut at = slot(NAMES[index].0.as_bytes());
        while table[at] != 0 {
            at = (at + 1) % SLOTS;
        }
        index += 1;
        table[at] = index as u8;
    }
    table
};

/// Where a name is looked for. Its ends and its length tell apart all names there are.
#[inline(always)]
const fn slot(name: &[u8]) -> usize {
    let (first, last) = match (name.first_chunk::<8>(), name.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => match (name.first_chunk::<4>(), name.last_chunk::<4>()) {
            (Some(first), Some(last)) => {
                (u32::from_le_bytes(*first) as u64, u32::from_le_bytes(*last) as u64)
            }
            // No wanted name is as short as that.
            _ => (0, 0),
        },
    };
    let mixed = first ^ last.rotate_left(32) ^ name.len() as u64;
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize % SLOTS
}

impl Key {
    /// The key of an attribute's name, if it is wanted.
    #[inline]
    pub(in crate::ingest) fn of(name: &[u8]) -> Option<Self> {
        let mut at = slot(name);
        while let Some(index) = usize::from(BY_NAME[at]).checked_sub(1) {
            if NAMES[index].0.as_bytes() == name {
                return Some(NAMES[index].1);
            }
            at = (at + 1) % SLOTS;
        }
        None
    }
}

/// The wanted attributes of one resource, span, event or log record.
#[derive(Clone, Debug)]
pub(in crate::ingest) struct Attributes<'a> {
    /// One more than a key's index among the values, or 0.
    places: [u8; COUNT],
    values: Vec<Value<'a>>,
    asked: Dimensions,
}

impl Default for Attributes<'_> {
    fn default() -> Self {
        Self::wanting(&Dimensions::default())
    }
}

impl<'a> Attributes<'a> {
    /// None yet; those that the user asks for are wanted too.
    pub(in crate::ingest) fn wanting(asked: &Dimensions) -> Self {
        Self { places: [0; COUNT], values: Vec::new(), asked: asked.clone() }
    }

    /// The key of an attribute's name, if it is wanted here.
    #[inline]
    pub(in crate::ingest) fn wants(&self, name: &[u8]) -> Option<Key> {
        Key::of(name).or_else(|| self.asked.key(name))
    }

    /// What the user asks for, as far as it was given: names and texts.
    pub(in crate::ingest) fn asked(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.asked.iter().filter_map(|(name, key)| Some((name, self.get(key).text()?)))
    }

    /// Keeps a value; an absent one never replaces one that is there.
    pub(in crate::ingest) fn set(&mut self, key: Key, value: Value<'a>) {
        if value.is_absent() {
            return;
        }
        let place = &mut self.places[key as usize];
        match place.checked_sub(1) {
            Some(known) => self.values[usize::from(known)] = value,
            None => {
                self.values.push(value);
                *place = self.values.len() as u8;
            }
        }
    }

    /// Keeps a value unless there is one.
    pub(in crate::ingest) fn set_missing(&mut self, key: Key, value: Value<'a>) {
        if self.get(key).is_absent() {
            self.set(key, value);
        }
    }

    /// A value, [`Value::Absent`] if it was not given.
    #[inline]
    pub(in crate::ingest) fn get(&self, key: Key) -> &Value<'a> {
        match self.places[key as usize].checked_sub(1) {
            Some(known) => &self.values[usize::from(known)],
            None => &Value::Absent,
        }
    }

    /// The first of `keys` that was given with a text.
    pub(in crate::ingest) fn first(&self, keys: &[Key]) -> Option<Cow<'_, str>> {
        keys.iter().find_map(|key| self.get(*key).text())
    }

    /// Forgets everything, ready for the next record; keeps the allocation.
    pub(in crate::ingest) fn clear(&mut self) {
        self.places = [0; COUNT];
        self.values.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_new_spellings_share_a_key_and_others_are_unknown() {
        assert_eq!(Key::of(b"http.status_code"), Some(Key::HttpStatus));
        assert_eq!(Key::of(b"http.response.status_code"), Some(Key::HttpStatus));
        assert_eq!(Key::of(b"thread.id"), None);
        assert!(NAMES.iter().all(|(name, _)| name.len() >= 4), "shorter names share a slot");
        for (name, key) in NAMES {
            assert_eq!(Key::of(name.as_bytes()), Some(*key), "{name} is listed twice");
        }
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
