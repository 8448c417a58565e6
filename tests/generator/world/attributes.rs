//! Spans and attributes of the serving side, in current conventions and, for Python, older ones.

use super::calling::Cause;
use super::landscape::{Landscape, Language, Operation, Protocol, Trigger};
use super::logs;
use super::rng::Rng;
use super::serving::Frame;
use super::simulate::World;
use super::telemetry::{Attributes, Exception, Kind, Nanos, Span, Value};

/// How wordy telemetry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// What analysis needs and little else, for small fixtures.
    Terse,
    /// What agents really write, for benchmarks.
    Rich,
}

/// The scope of a service's spans.
pub fn scope(language: Language, protocol: Protocol) -> &'static str {
    match (language, protocol) {
        (Language::Java, Protocol::Http) => "io.opentelemetry.tomcat-10.0",
        (Language::Java, Protocol::Grpc) => "io.opentelemetry.grpc-1.6",
        (Language::Go, Protocol::Http) => {
            "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
        }
        (Language::Go, Protocol::Grpc) => {
            "go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
        }
        (Language::NodeJs, Protocol::Http) => "@opentelemetry/instrumentation-http",
        (Language::NodeJs, Protocol::Grpc) => "@opentelemetry/instrumentation-grpc",
        (Language::Python, Protocol::Http) => "opentelemetry.instrumentation.fastapi",
        (Language::Python, Protocol::Grpc) => "opentelemetry.instrumentation.grpc",
    }
}

/// The HTTP status that a finished operation answers with.
pub fn status_of(frame: &Frame<'_>, landscape: &Landscape) -> u16 {
    // A gateway tells its own errors from those behind it; other services do not bother.
    let number = frame.number;
    let gateway = landscape.entries.iter().any(|(entry, _)| *entry == number);
    match frame.failure {
        None => 200,
        Some(Cause::NotFound) => 404,
        Some(Cause::Stale | Cause::CircuitOpen | Cause::PoolExhausted) => 503,
        Some(Cause::Exception(_)) => 500,
        Some(Cause::Timeout) => 504,
        Some(_) if gateway => 502,
        Some(_) => 500,
    }
}

/// The canonical gRPC code of an HTTP status: name and number.
pub fn grpc_code(status: u16) -> (&'static str, i64) {
    match status {
        200 => ("OK", 0),
        404 => ("NOT_FOUND", 5),
        500 => ("INTERNAL", 13),
        504 => ("DEADLINE_EXCEEDED", 4),
        _ => ("UNAVAILABLE", 14),
    }
}

/// A path for a route: parameters replaced by the subject.
pub fn path(route: &str, subject: u32) -> String {
    let mut out = String::with_capacity(route.len() + 4);
    for (index, part) in route.split('/').enumerate() {
        if index > 0 {
            out.push('/');
        }
        if part.starts_with('{') {
            out.push_str(&subject.to_string());
        } else {
            out.push_str(part);
        }
    }
    out
}

/// The SERVER or CONSUMER span of a finished operation.
pub fn serving_span<'a>(
    frame: &Frame<'a>,
    world: &World<'a>,
    now: Nanos,
    rng: &mut Rng,
) -> Span<'a> {
    let landscape = world.landscape;
    let operation: &'a Operation = frame.operation;
    let service = &landscape.services[operation.service];
    let failure = frame.failure.filter(|cause| cause.counts());
    let error_type = failure.map(|cause| logs::describe(cause).0);
    let status = status_of(frame, landscape);
    let mut attributes: Attributes<'a> = Vec::with_capacity(16);
    let (kind, scope) = match &operation.trigger {
        Trigger::Message(topic) => {
            attributes.push(("messaging.system", "kafka".into()));
            attributes.push((
                "messaging.destination.name",
                landscape.topics[*topic].name.as_str().into(),
            ));
            attributes.push(("messaging.operation.type", "process".into()));
            attributes.push(("messaging.operation.name", "process".into()));
            attributes.push(("messaging.consumer.group.name", service.name.as_str().into()));
            (Kind::Consumer, "io.opentelemetry.kafka-clients-2.6")
        }
        Trigger::Call { method, route } => {
            match service.protocol {
                Protocol::Http => {
                    attributes.push(("http.request.method", method.as_str().into()));
                    attributes.push(("http.route", route.as_str().into()));
                    attributes.push(("url.path", path(route, frame.subject).into()));
                    attributes.push(("url.scheme", "http".into()));
                    attributes.push(("http.response.status_code", i64::from(status).into()));
                }
                Protocol::Grpc => {
                    let (name, _) = grpc_code(status);
                    attributes.push(("rpc.system.name", "grpc".into()));
                    attributes.push(("rpc.method", format!("{method}/{route}").into()));
                    attributes.push(("rpc.response.status_code", name.into()));
                }
            }
            (Kind::Server, scope(service.language, service.protocol))
        }
    };
    if let Some(error_type) = error_type {
        attributes.push(("error.type", error_type.into()));
    }
    if world.dialect == Dialect::Rich {
        enrich_server(&mut attributes, rng);
    }
    finish(&mut attributes, service.language);
    // Most frameworks record what was thrown here; passing on another's failure throws too.
    let exception = failure.filter(|cause| !matches!(cause, Cause::Status(_))).map(|cause| {
        let (_, class, message) = logs::describe(cause);
        Exception { at: now, class, message: message.into() }
    });
    Span {
        resource: world.fleet.resource(frame.replica, frame.started),
        scope,
        context: frame.context,
        parent: frame.parent,
        remote_parent: true,
        kind,
        name: landscape.span_name(frame.number).into(),
        start: frame.started,
        end: now,
        attributes,
        exception,
        link: frame.link,
        error: failure.map(|_| ""),
    }
}

/// Attributes of an INTERNAL span.
pub fn inner<'a>(name: &'a str, world: &World<'a>, rng: &mut Rng) -> Attributes<'a> {
    let mut attributes = vec![("code.function.name", name.into())];
    if world.dialect == Dialect::Rich {
        attributes.push(("code.file.path", "src/main/shop/handlers.java".into()));
        attributes.push(("code.line.number", (rng.whole(20, 600) as i64).into()));
        thread(&mut attributes, rng);
    }
    attributes
}

/// Attributes that agents add to every server span.
fn enrich_server(attributes: &mut Attributes<'_>, rng: &mut Rng) {
    const AGENTS: &[&str] = &[
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15",
        "okhttp/4.12.0",
    ];
    let address = format!("10.{}.{}.{}", rng.below(8), rng.below(250), rng.below(250));
    attributes.push(("network.protocol.version", "1.1".into()));
    attributes.push(("network.peer.address", address.clone().into()));
    attributes.push(("network.peer.port", (rng.whole(32_768, 60_999) as i64).into()));
    attributes.push(("client.address", address.into()));
    attributes.push(("server.port", 8080.into()));
    attributes.push(("user_agent.original", (*rng.pick(AGENTS)).into()));
    attributes.push(("enduser.pseudo.id", format!("{:016x}", rng.bits()).into()));
    thread(attributes, rng);
}

/// The thread that a JVM agent notes.
pub fn thread(attributes: &mut Attributes<'_>, rng: &mut Rng) {
    let number = rng.whole(20, 90);
    attributes.push(("thread.id", (number as i64).into()));
    attributes.push(("thread.name", format!("http-nio-8080-exec-{number}").into()));
}

/// Renames attributes for SDKs that speak old conventions.
pub fn finish(attributes: &mut Attributes<'_>, language: Language) {
    if language != Language::Python {
        return;
    }
    for (key, value) in attributes.iter_mut() {
        if *key == "rpc.response.status_code" {
            let code = match value {
                Value::Text(name) => match name.as_ref() {
                    "OK" => 0,
                    "NOT_FOUND" => 5,
                    "INTERNAL" => 13,
                    "DEADLINE_EXCEEDED" => 4,
                    _ => 14,
                },
                Value::Int(code) => *code,
            };
            *value = Value::Int(code);
        }
        *key = match *key {
            "http.request.method" => "http.method",
            "http.response.status_code" => "http.status_code",
            "url.full" => "http.url",
            "url.path" => "http.target",
            "url.scheme" => "http.scheme",
            "server.address" => "net.peer.name",
            "server.port" => "net.peer.port",
            "rpc.system.name" => "rpc.system",
            "rpc.response.status_code" => "rpc.grpc.status_code",
            "db.system.name" => "db.system",
            "db.namespace" => "db.name",
            "db.query.text" => "db.statement",
            "db.operation.name" => "db.operation",
            other => other,
        };
    }
}
