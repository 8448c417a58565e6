//! Spans of the calling side: CLIENT and PRODUCER.

use super::attributes::{Dialect, finish, grpc_code, path};
use super::calling::{Answer, Attempt, Cause};
use super::landscape::{Edge, Landscape, Language, Node, PeerKind, Protocol, Request, Trigger};
use super::logs;
use super::serving::Frame;
use super::simulate::World;
use super::telemetry::{Attributes, Context, Exception, Kind, Nanos, Span};

/// The CLIENT span of an attempt that ended.
pub fn span<'a>(
    attempt: &Attempt<'a>,
    frame: &Frame<'a>,
    answer: Answer,
    world: &World<'a>,
    now: Nanos,
) -> Span<'a> {
    let landscape = world.landscape;
    let edge = &landscape.edges[attempt.call.edge];
    let mut attributes: Attributes<'a> = Vec::with_capacity(14);
    let (name, scope) = match (&attempt.call.request, edge.to) {
        (Request::Operation(operation), _) => {
            call_attributes(&mut attributes, *operation, edge, frame.subject, answer, landscape)
        }
        (Request::Statement { name, text }, Node::Peer(peer)) => {
            let peer = &landscape.peers[peer];
            attributes.push(("server.address", peer.name.as_str().into()));
            match peer.kind {
                PeerKind::External => {
                    let code = match answer {
                        Answer::Done => Some(200),
                        Answer::Failed => Some(503),
                        _ => None,
                    };
                    attributes.push(("server.port", 443.into()));
                    attributes.push(("http.request.method", name.as_str().into()));
                    let path = text.split_whitespace().nth(1).unwrap_or("/");
                    attributes.push(("url.full", format!("https://{}{path}", peer.name).into()));
                    if let Some(code) = code {
                        attributes.push(("http.response.status_code", code.into()));
                    }
                }
                PeerKind::Database => {
                    attributes.push(("server.port", 5432.into()));
                    attributes.push(("db.system.name", "postgresql".into()));
                    attributes.push(("db.namespace", peer.namespace.as_str().into()));
                    attributes.push(("db.query.text", text.as_str().into()));
                    attributes.push(("db.query.summary", name.as_str().into()));
                }
                PeerKind::Cache => {
                    attributes.push(("server.port", 6379.into()));
                    attributes.push(("db.system.name", "redis".into()));
                    attributes.push(("db.namespace", peer.namespace.as_str().into()));
                    attributes.push(("db.operation.name", name.as_str().into()));
                }
            }
            (name.as_str().into(), peer_scope(peer.kind))
        }
        // A statement is only ever resolved for a peer.
        (Request::Statement { name, .. }, Node::Service(_)) => {
            (name.as_str().into(), "shop.client")
        }
    };
    if attempt.number > 0 {
        attributes.push(("http.request.resend_count", i64::from(attempt.number).into()));
    }
    let cause = answer.cause();
    let absent = answer == Answer::Status(404);
    let error_type = cause.map(|cause| client_error(cause, edge, landscape));
    if let Some(kind) = error_type.or(absent.then_some("404")) {
        attributes.push(("error.type", kind.into()));
    }
    if world.dialect == Dialect::Rich {
        attributes.push(("network.protocol.version", "1.1".into()));
        attributes.push(("network.peer.address", format!("10.9.{}.17", edge.from).into()));
        attributes.push(("network.transport", "tcp".into()));
        let number = 20 + (attempt.context.span % 70) as i64;
        attributes.push(("thread.id", number.into()));
        attributes.push(("thread.name", format!("http-nio-8080-exec-{number}").into()));
        attributes.push(("code.function.name", "shop.clients.HttpExchange.execute".into()));
    }
    finish(&mut attributes, landscape.services[edge.from].language);
    // What has no answer throws in the caller; an error status is an answer.
    let thrown = cause.filter(|cause| !matches!(cause, Cause::Status(_) | Cause::Rejected));
    Span {
        resource: world.fleet.resource(attempt.replica, frame.started),
        scope,
        context: attempt.context,
        parent: Some(frame.context.span),
        remote_parent: false,
        kind: Kind::Client,
        name,
        start: attempt.started,
        end: now,
        attributes,
        exception: thrown.map(|cause| exception(cause, now, edge, landscape)),
        link: None,
        error: (cause.is_some() || absent).then_some(""),
    }
}

type Named<'a> = (std::borrow::Cow<'a, str>, &'static str);

fn call_attributes<'a>(
    attributes: &mut Attributes<'a>,
    operation: usize,
    edge: &Edge,
    subject: u32,
    answer: Answer,
    landscape: &'a Landscape,
) -> Named<'a> {
    let callee = &landscape.services[landscape.operations[operation].service];
    let Trigger::Call { method, route } = &landscape.operations[operation].trigger else {
        return ("call".into(), "shop.client");
    };
    let address = if edge.qualified {
        format!("{}.{}.svc.cluster.local", callee.name, callee.team)
    } else {
        callee.name.clone()
    };
    let status = match answer {
        Answer::Status(status) => Some(status),
        Answer::Rejected => Some(503),
        _ => None,
    };
    let language = landscape.services[edge.from].language;
    match callee.protocol {
        Protocol::Http => {
            attributes.push(("http.request.method", method.as_str().into()));
            attributes.push(("server.address", address.clone().into()));
            attributes.push(("server.port", 8080.into()));
            attributes.push((
                "url.full",
                format!("http://{address}:8080{}", path(route, subject)).into(),
            ));
            if let Some(status) = status {
                attributes.push(("http.response.status_code", i64::from(status).into()));
            }
            (method.as_str().into(), http_scope(language))
        }
        Protocol::Grpc => {
            let name = format!("{method}/{route}");
            // gRPC names a code for what never got an answer, too.
            let code = match answer {
                Answer::Lost(Cause::Timeout) => "DEADLINE_EXCEEDED",
                _ => grpc_code(status.unwrap_or(503)).0,
            };
            attributes.push(("rpc.system.name", "grpc".into()));
            attributes.push(("rpc.method", name.clone().into()));
            attributes.push(("server.address", address.into()));
            attributes.push(("server.port", 9090.into()));
            attributes.push(("rpc.response.status_code", code.into()));
            (name.into(), super::attributes::scope(language, Protocol::Grpc))
        }
    }
}

/// `error.type` on the caller's side: the code of the protocol where there is one.
fn client_error(cause: Cause, edge: &Edge, landscape: &Landscape) -> &'static str {
    let grpc = match edge.to {
        Node::Service(service) => landscape.services[service].protocol == Protocol::Grpc,
        Node::Peer(_) => false,
    };
    match (cause, edge.to) {
        (Cause::Timeout, _) if grpc => "DEADLINE_EXCEEDED",
        (Cause::Status(status), _) if grpc => grpc_code(status).0,
        (Cause::Refused | Cause::Reset | Cause::Rejected, _) if grpc => "UNAVAILABLE",
        (Cause::Peer, Node::Peer(peer)) => match landscape.peers[peer].kind {
            PeerKind::Database => "53300",
            PeerKind::Cache => "LOADING",
            PeerKind::External => "503",
        },
        _ => logs::describe(cause).0,
    }
}

fn exception<'a>(cause: Cause, at: Nanos, edge: &Edge, landscape: &'a Landscape) -> Exception<'a> {
    let (_, class, message) = logs::describe(cause);
    let (class, message) = match (cause, edge.to) {
        (Cause::Peer, Node::Peer(peer)) => match landscape.peers[peer].kind {
            PeerKind::Database => ("PSQLException", "FATAL: sorry, too many clients already"),
            PeerKind::Cache => ("ReplyError", "LOADING Redis is loading the dataset in memory"),
            PeerKind::External => ("HttpServerErrorException", "503 Service Unavailable"),
        },
        _ => (class, message),
    };
    Exception { at, class, message: format!("{message}: {}", landscape.name(edge.to)).into() }
}

fn peer_scope(kind: PeerKind) -> &'static str {
    match kind {
        PeerKind::Database => "io.opentelemetry.jdbc",
        PeerKind::Cache => "io.opentelemetry.lettuce-5.1",
        PeerKind::External => "io.opentelemetry.java-http-client",
    }
}

fn http_scope(language: Language) -> &'static str {
    match language {
        Language::Java => "io.opentelemetry.java-http-client",
        Language::Go => "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp",
        Language::NodeJs => "@opentelemetry/instrumentation-undici",
        Language::Python => "opentelemetry.instrumentation.httpx",
    }
}

/// The PRODUCER span of a message.
pub fn producer_span<'a>(
    frame: &Frame<'a>,
    world: &World<'a>,
    topic: usize,
    sender: Context,
    (start, end): (Nanos, Nanos),
) -> Span<'a> {
    let landscape = world.landscape;
    let name = landscape.topics[topic].name.as_str();
    Span {
        resource: world.fleet.resource(frame.replica, frame.started),
        scope: "io.opentelemetry.kafka-clients-2.6",
        context: sender,
        parent: Some(frame.context.span),
        remote_parent: false,
        kind: Kind::Producer,
        name: format!("send {name}").into(),
        start,
        end,
        attributes: vec![
            ("messaging.system", "kafka".into()),
            ("messaging.destination.name", name.into()),
            ("messaging.operation.type", "send".into()),
            ("messaging.operation.name", "send".into()),
            ("server.address", "shop-kafka".into()),
            ("messaging.destination.partition.id", (sender.span % 6).to_string().into()),
        ],
        exception: None,
        link: None,
        error: None,
    }
}
