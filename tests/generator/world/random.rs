//! Random landscapes: layers of services with names from a word list.

use super::capacity;
use super::compose::{Plan, Shape, ask, call};
use super::landscape::{Landscape, Language, PeerKind, Protocol};
use super::rng::Rng;

const NAMES: &[&str] = &[
    "accounts",
    "addresses",
    "adverts",
    "alerts",
    "appointments",
    "archive",
    "auctions",
    "audit",
    "baskets",
    "billing",
    "bookings",
    "campaigns",
    "carriers",
    "claims",
    "comments",
    "contracts",
    "coupons",
    "currencies",
    "customers",
    "deliveries",
    "devices",
    "documents",
    "favourites",
    "feeds",
    "fraud",
    "geocoder",
    "gifts",
    "imports",
    "invoices",
    "labels",
    "loyalty",
    "mailer",
    "media",
    "members",
    "messages",
    "notes",
    "offers",
    "parcels",
    "partners",
    "passes",
    "photos",
    "policies",
    "prices",
    "profiles",
    "quotas",
    "ratings",
    "receipts",
    "refunds",
    "rentals",
    "reports",
    "returns",
    "rewards",
    "routes",
    "rules",
    "schedules",
    "seats",
    "sessions",
    "settings",
    "shifts",
    "stores",
    "subscriptions",
    "suppliers",
    "taxes",
    "tickets",
    "tracking",
    "transfers",
    "translations",
    "vehicles",
    "vouchers",
    "warehouses",
    "weather",
];
const GATEWAYS: &[&str] = &["gateway", "frontdoor", "portal", "edge-api", "public-api"];
const FACADES: &[&str] = &["web-facade", "mobile-facade", "partner-facade"];
const TEAMS: &[&str] = &["atlas", "borealis", "cobalt", "dune", "ember", "fjord"];
const THIRD_PARTIES: &[&str] = &[
    "api.skymaps.example",
    "pay.tillbridge.example",
    "sms.pigeonpost.example",
    "id.checkmark.example",
];
const PHRASES: &[&str] = &[
    "Handled {order} in {ms} ms",
    "Loaded {small} rows for customer {order}",
    "Updated record {code}, total {amount}",
    "request done id={order} took={ms}ms shard={small}",
    "Served {order} from partition {small}",
];

/// How large a random landscape is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Services behind the gateway and its façades.
    pub services: usize,
    /// Entry operations.
    pub entries: usize,
    /// Largest number of instances of a service.
    pub replicas: usize,
    /// Requests a second that it must bear.
    pub rate: f64,
}

/// A landscape, and about how many spans one of its requests makes.
pub fn landscape(size: Size, rng: &mut Rng) -> (Landscape, f64) {
    let mut land = Landscape::default();
    let mut names = NAMES.to_vec();
    let mut layers: [Vec<String>; 3] = Default::default();
    for index in 0..size.services {
        let Some(name) = rng.take(&mut names) else {
            break;
        };
        add_service(&mut land, name, size.replicas, rng);
        // Every layer gets some, the deepest most.
        let layer = [2, 1, 2, 0, 1][index % 5];
        layers[layer].push(name.to_owned());
    }
    let mut databases = Vec::new();
    let caches = add_caches(&mut land, &layers[2], rng);
    let mut thirds = THIRD_PARTIES.to_vec();
    let mut callable: Vec<(String, String)> = Vec::new();
    for depth in [2, 1, 0] {
        let below = callable.clone();
        for name in &layers[depth] {
            let database = format!("{name}-db");
            if rng.chance([0.45, 0.6, 0.85][depth]) {
                let mean = rng.between(2.0, 14.0);
                land.add_peer(&database, PeerKind::Database, 4, mean);
                databases.push(database.clone());
            }
            let third = if rng.chance(0.12) { rng.take(&mut thirds) } else { None };
            if let Some(third) = third {
                land.add_peer(third, PeerKind::External, 16, rng.between(60.0, 180.0));
            }
            for number in 0..rng.whole(1, 2) {
                let own = databases.contains(&database).then_some(database.as_str());
                let plans = plans(name, own, third, &caches, &below, rng);
                let method = *rng.pick(&["GET", "POST", "PUT"]);
                let route = add(&mut land, name, (method, ["{id}", "search"][number]), &plans, rng);
                callable.push((name.clone(), route));
            }
        }
    }
    let targets = add_topics(&mut land, &layers, rng);
    let targets = choose_targets(targets, size.entries, &callable, &layers[0], rng);
    add_entries(&mut land, &targets, &callable, rng);
    settle_edges(&mut land, rng);
    let spans = capacity::fit(&mut land, size.rate, rng);
    (land, spans)
}

fn phrase(rng: &mut Rng) -> &'static str {
    PHRASES[rng.below(PHRASES.len())]
}

/// Adds an operation in the words of the service's protocol and returns its route.
fn add(
    land: &mut Landscape,
    service: &str,
    (method, path): (&str, &str),
    plans: &[Plan],
    rng: &mut Rng,
) -> String {
    let (method, route) = match land.services[land.service(service)].protocol {
        Protocol::Http => (method.to_owned(), format!("/{service}/{path}")),
        Protocol::Grpc => {
            let verb = match path {
                "{id}" => "Get",
                "search" => "Search",
                "progress" => "GetProgress",
                _ => "Change",
            };
            (format!("{service}.v1.Service"), verb.to_owned())
        }
    };
    land.add_operation(service, (&method, &route), phrase(rng), plans);
    route
}

/// The path under which users reach an operation of whatever protocol.
fn public_path(service: &str, route: &str) -> String {
    if route.starts_with('/') {
        route.to_owned()
    } else {
        format!("/{service}/{}", route.to_lowercase())
    }
}

fn add_service(land: &mut Landscape, name: &str, replicas: usize, rng: &mut Rng) {
    let languages =
        [Language::Java, Language::Java, Language::Go, Language::NodeJs, Language::Python];
    let shape = Shape {
        language: *rng.pick(&languages),
        protocol: if rng.chance(0.25) { Protocol::Grpc } else { Protocol::Http },
        replicas: rng.whole(1, replicas),
        workers: 4,
        backlog: 16,
    };
    let team = *rng.pick(TEAMS);
    let index = land.add_service(name, team, shape);
    land.services[index].error_rate = rng.between(0.0, 0.003);
    let version = format!("{}.{}.{}", rng.whole(1, 7), rng.below(40), rng.below(10));
    land.services[index].version = version;
}

fn add_caches(land: &mut Landscape, services: &[String], rng: &mut Rng) -> Vec<String> {
    let count = rng.whole(0, 2).min(services.len());
    let names: Vec<String> = services[..count].iter().map(|name| format!("{name}-cache")).collect();
    for name in &names {
        let index = land.add_peer(name, PeerKind::Cache, 32, 0.9);
        land.peers[index].hit_rate = rng.between(0.6, 0.95);
    }
    names
}

/// The steps of one operation: work, its own data, and a few services further down.
fn plans(
    name: &str,
    database: Option<&str>,
    third: Option<&str>,
    caches: &[String],
    below: &[(String, String)],
    rng: &mut Rng,
) -> Vec<Plan> {
    let mut plans = vec![Plan::Work(rng.between(3.0, 20.0))];
    if let Some(database) = database {
        let query = format!("SELECT id, state FROM {name} WHERE id = $1");
        let cached = caches.iter().find(|cache| cache.starts_with(name));
        plans.push(match cached {
            Some(cache) => Plan::Cached(cache.clone(), Box::new(ask(database, &query))),
            None => ask(database, &query),
        });
    }
    let mut others = below.to_vec();
    let calls: Vec<Plan> = (0..rng.whole(1, 3))
        .filter_map(|_| {
            let (service, route) = rng.take(&mut others)?;
            let made = call(&service, &route);
            let always = rng.chance(0.75);
            Some(if always { made } else { Plan::Sometimes(rng.between(0.3, 0.8), Box::new(made)) })
        })
        .collect();
    if calls.len() > 1 && rng.chance(0.4) {
        plans.push(Plan::Together(calls));
    } else {
        plans.extend(calls);
    }
    if let Some(third) = third {
        plans.push(ask(third, "POST /v1/requests"));
    }
    if rng.chance(0.2) {
        plans.push(Plan::Inner("Response.render", rng.between(1.0, 8.0)));
    }
    plans.push(Plan::Work(rng.between(1.0, 5.0)));
    plans
}

/// One topic: the upper layer sends, a service at the bottom consumes and tells of it.
/// Returns the operations that users should call.
fn add_topics(
    land: &mut Landscape,
    layers: &[Vec<String>; 3],
    rng: &mut Rng,
) -> Vec<(String, String)> {
    let (Some(sender), Some(consumer)) = (layers[0].first(), layers[2].last()) else {
        return Vec::new();
    };
    let topic = format!("{sender}.changed");
    let mut steps = vec![Plan::Work(rng.between(10.0, 60.0))];
    let database = format!("{consumer}-db");
    if land.peers.iter().any(|peer| peer.name == database) {
        steps.push(ask(&database, &format!("UPDATE {consumer} SET seen = now() WHERE id = $1")));
    }
    land.add_topic(&topic, consumer, rng.chance(0.5), &steps);
    let progress = [Plan::Work(4.0), Plan::Fresh(topic.clone(), rng.between(5.0, 9.0))];
    let route = add(land, consumer, ("GET", "progress"), &progress, rng);
    let change = [Plan::Work(6.0), Plan::Send(topic), Plan::Work(2.0)];
    let change = (sender.clone(), add(land, sender, ("POST", "changes"), &change, rng));
    let follow = [Plan::Work(5.0), call(consumer, &route)];
    let follow = (sender.clone(), add(land, sender, ("GET", "progress"), &follow, rng));
    vec![change, follow]
}

/// What users call: whoever stands at the top, and some of the rest.
fn choose_targets(
    mut targets: Vec<(String, String)>,
    count: usize,
    callable: &[(String, String)],
    top: &[String],
    rng: &mut Rng,
) -> Vec<(String, String)> {
    let mut open = callable.to_vec();
    while targets.len() < count {
        let first = open.iter().position(|(service, _)| top.contains(service));
        let next = first.map(|index| open.swap_remove(index)).or_else(|| rng.take(&mut open));
        let Some(next) = next else {
            break;
        };
        targets.push(next);
    }
    targets
}

fn add_entries(
    land: &mut Landscape,
    targets: &[(String, String)],
    callable: &[(String, String)],
    rng: &mut Rng,
) {
    let gateway = *rng.pick(GATEWAYS);
    let front = Shape {
        language: Language::NodeJs,
        protocol: Protocol::Http,
        replicas: 2,
        workers: 16,
        backlog: 32,
    };
    land.add_service(gateway, "atlas", front);
    let facades: Vec<&str> = FACADES[..rng.whole(0, 2)].to_vec();
    for facade in &facades {
        land.add_service(facade, "borealis", front);
    }
    let mut extra = callable.to_vec();
    for (index, (service, route)) in targets.iter().enumerate() {
        let method = if index == 0 { "POST" } else { "GET" };
        let path = public_path(service, route);
        let log = format!(
            "completed {method} {} in {{ms}} ms for {{order}}",
            path.replace(['{', '}'], ":")
        );
        let mut calls = vec![call(service, route)];
        if rng.chance(0.3)
            && let Some((service, route)) = rng.take(&mut extra)
        {
            calls.push(call(&service, &route));
        }
        let facade = (!facades.is_empty() && rng.chance(0.8)).then(|| *rng.pick(&facades));
        if let Some(facade) = facade {
            let inner = format!("/internal{path}");
            let mut steps = vec![Plan::Work(rng.between(2.0, 8.0))];
            steps.extend(calls);
            land.add_operation(facade, (method, &inner), phrase(rng), &steps);
            calls = vec![call(facade, &inner)];
        }
        let mut steps = vec![Plan::Work(rng.between(1.0, 5.0))];
        steps.extend(calls);
        let operation = land.add_operation(gateway, (method, &format!("/api{path}")), &log, &steps);
        land.operations[operation].not_found = rng.between(0.0, 0.02);
        land.entries.push((operation, rng.between(0.5, 2.0)));
    }
}

/// Patience grows towards the user, as it should; retries, breakers and fallbacks are dealt out.
fn settle_edges(land: &mut Landscape, rng: &mut Rng) {
    let gateway = land.entries.first().map(|(entry, _)| land.operations[*entry].service);
    for index in 0..land.edges.len() {
        let to_peer = matches!(land.edges[index].to, super::landscape::Node::Peer(_));
        let edge = &mut land.edges[index];
        let (low, high) = if Some(edge.from) == gateway {
            (2500.0, 5000.0)
        } else if to_peer {
            (800.0, 5000.0)
        } else {
            (600.0, 2400.0)
        };
        edge.timeout(rng.between(low, high));
        if rng.chance(0.3) {
            edge.retries(rng.whole(1, 3) as u32, rng.between(20.0, 150.0));
        }
        edge.breaker = rng.chance(0.2);
        edge.fallback = !to_peer && Some(edge.from) != gateway && rng.chance(0.1);
        edge.qualified = rng.chance(0.3);
        if to_peer && rng.chance(0.3) {
            edge.pool = Some(rng.whole(4, 10));
        }
    }
}
