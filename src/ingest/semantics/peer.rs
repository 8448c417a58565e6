//! Whom a span talked to.

use std::borrow::Cow;

use crate::model::{PeerKind, SpanKind};

use super::{Key, SpanDraft};

/// A peer's names, not yet interned; see [`crate::model::Peer`].
#[derive(Debug, Default, PartialEq)]
pub(in crate::ingest) struct PeerNames<'a> {
    /// What it is.
    pub(in crate::ingest) kind: PeerKind,
    /// Its name, without a port.
    pub(in crate::ingest) name: Cow<'a, str>,
    /// `service.peer.namespace`.
    pub(in crate::ingest) namespace: Cow<'a, str>,
    /// `db.namespace`.
    pub(in crate::ingest) database: Cow<'a, str>,
    /// The database, messaging or RPC system.
    pub(in crate::ingest) system: Cow<'a, str>,
}

/// In order of precedence: logical names before addresses.
const NAME: &[Key] = &[
    Key::ServicePeerName,
    Key::PeerService,
    Key::ServerAddress,
    Key::NetPeerName,
    Key::PeerAddress,
    Key::NetworkPeerAddress,
];

/// Values of `db.system.name` that hold copies of data rather than the data.
const CACHES: &[&str] = &[
    "redis",
    "memcached",
    "valkey",
    "hazelcast",
    "keydb",
    "dragonfly",
    "ehcache",
    "infinispan",
    "ignite",
    "aws.elasticache",
    "gcp.memorystore",
    "azure.redis",
];

/// The peer of a span, if its kind has one and its attributes name it.
pub(in crate::ingest) fn peer<'a>(span: &'a SpanDraft<'_>) -> Option<PeerNames<'a>> {
    let attributes = &span.attributes;
    let text = |key: Key| attributes.get(key).text();
    let database = text(Key::DbSystem);
    let messaging = text(Key::MessagingSystem);
    match span.kind {
        SpanKind::Client | SpanKind::Producer | SpanKind::Consumer => {}
        SpanKind::Internal if database.is_some() || messaging.is_some() => {}
        _ => return None,
    }
    if let Some(system) = database {
        let kind =
            if CACHES.contains(&system.as_ref()) { PeerKind::Cache } else { PeerKind::Database };
        return Some(PeerNames {
            kind,
            name: address(span),
            namespace: text(Key::ServicePeerNamespace).unwrap_or_default(),
            database: text(Key::DbNamespace).unwrap_or_default(),
            system,
        });
    }
    let queue = matches!(span.kind, SpanKind::Producer | SpanKind::Consumer);
    if queue || messaging.is_some() {
        let name = text(Key::MessagingDestination);
        let name = match (name, queue) {
            (Some(name), _) => name,
            // A broker that is named by address only is still the right node.
            (None, _) => address(span),
        };
        if name.is_empty() && messaging.is_none() {
            return None;
        }
        return Some(PeerNames {
            kind: PeerKind::Messaging,
            name,
            system: messaging.unwrap_or_default(),
            ..PeerNames::default()
        });
    }
    let name = address(span);
    if name.is_empty() {
        return None;
    }
    Some(PeerNames {
        kind: PeerKind::Service,
        name,
        namespace: text(Key::ServicePeerNamespace).unwrap_or_default(),
        system: text(Key::RpcSystem).unwrap_or_default(),
        ..PeerNames::default()
    })
}

fn address<'a>(span: &'a SpanDraft<'_>) -> Cow<'a, str> {
    if let Some(name) = span.attributes.first(NAME) {
        return match name {
            Cow::Borrowed(name) => Cow::Borrowed(without_port(name)),
            Cow::Owned(name) => Cow::Owned(without_port(&name).to_owned()),
        };
    }
    Cow::Borrowed(host(span.attributes.get(Key::Url).str()))
}

/// A host without its port. A bare IPv6 address has several colons and no port.
fn without_port(name: &str) -> &str {
    let name = name.trim();
    if let Some(rest) = name.strip_prefix('[') {
        return rest.split_once(']').map_or(name, |(inside, _)| inside);
    }
    match name.split_once(':') {
        Some((host, port))
            if !host.is_empty() && !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) =>
        {
            host
        }
        _ => name,
    }
}

fn host(url: &str) -> &str {
    let Some((_, rest)) = url.split_once("://") else {
        return "";
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    without_port(authority)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::semantics::Value;

    fn span<'a>(kind: SpanKind, pairs: &[(Key, &'a str)]) -> SpanDraft<'a> {
        let mut span = SpanDraft { kind, ..SpanDraft::default() };
        for (key, value) in pairs {
            span.attributes.set(*key, Value::from(*value));
        }
        span
    }

    #[test]
    fn logical_names_come_before_addresses_and_ports_are_dropped() {
        let named =
            span(SpanKind::Client, &[(Key::ServerAddress, "10.0.0.1"), (Key::PeerService, "cart")]);
        assert_eq!(peer(&named).unwrap().name, "cart");
        for (given, want) in [
            ("cart:8080", "cart"),
            ("[::1]:8080", "::1"),
            ("::1", "::1"),
            ("fe80::1:2", "fe80::1:2"),
            ("cart:", "cart:"),
        ] {
            let addressed = span(SpanKind::Client, &[(Key::ServerAddress, given)]);
            assert_eq!(peer(&addressed).unwrap().name, want);
        }
    }

    #[test]
    fn the_host_of_a_url_is_the_last_resort() {
        let called = span(SpanKind::Client, &[(Key::Url, "https://me:pw@pay.example:8443/a?b=@c")]);
        assert_eq!(peer(&called).unwrap().name, "pay.example");
        assert!(peer(&span(SpanKind::Client, &[(Key::Url, "/")])).is_none());
    }

    #[test]
    fn databases_and_caches() {
        let query = span(
            SpanKind::Client,
            &[
                (Key::DbSystem, "postgresql"),
                (Key::DbNamespace, "shop"),
                (Key::ServerAddress, "pg:5432"),
            ],
        );
        let got = peer(&query).unwrap();
        assert_eq!(got.kind, PeerKind::Database);
        assert_eq!((got.name.as_ref(), got.database.as_ref()), ("pg", "shop"));
        let cached = span(SpanKind::Internal, &[(Key::DbSystem, "redis")]);
        let got = peer(&cached).unwrap();
        assert_eq!((got.kind, got.name.as_ref()), (PeerKind::Cache, ""));
    }

    #[test]
    fn topics_and_brokers() {
        let sent = span(
            SpanKind::Producer,
            &[(Key::MessagingSystem, "kafka"), (Key::MessagingDestination, "orders")],
        );
        let got = peer(&sent).unwrap();
        assert_eq!((got.kind, got.name.as_ref()), (PeerKind::Messaging, "orders"));
        assert!(peer(&span(SpanKind::Consumer, &[])).is_none());
    }

    #[test]
    fn servers_have_no_peer() {
        assert!(peer(&span(SpanKind::Server, &[(Key::NetPeerName, "x")])).is_none());
        assert!(peer(&span(SpanKind::Internal, &[(Key::NetPeerName, "x")])).is_none());
    }
}
