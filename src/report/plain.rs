//! Mechanisms as one says them to somebody who has never seen the system.

use crate::analysis::Candidate;
use crate::model::PeerKind;

use super::escape::name;

/// What the accused did, as the end of a sentence that begins with its name.
const DEEDS: &[(&str, &str)] = &[
    ("cold_cache", "answered but held nothing, so that the stores behind it were flooded"),
    ("bad_version", "began to fail"),
    ("bad_zone", "began to fail"),
    ("bad_instance", "began to fail"),
    ("metastable", "was overloaded by a peak of traffic, and stayed so when the peak was over"),
    ("retry_amplification", "could not keep up, and the retries of its callers made it worse"),
    ("traffic_peak", "could not keep up with a peak of traffic"),
    ("dead_service", "stopped answering"),
    ("unreachable", "could no longer be reached by some of its callers"),
    ("impatient_caller", "gave up on calls sooner than they usually take"),
    ("pool_wait", "kept its callers waiting in a queue"),
    ("network_delay", "became slow to reach: time was lost between it and its callers"),
    ("async_backlog", "worked on messages more slowly than they came"),
    ("slow_dependency", "answered far later than usual"),
    ("overload", "turned calls away or let them wait: it had run out of capacity"),
    ("slow_service", "became slow in its own work"),
    ("changed_behaviour", "began to behave otherwise than before"),
    ("service_errors", "began to fail, while nothing that it calls had failed"),
];

/// What the accused did.
pub fn deed(candidate: &Candidate) -> String {
    let known = DEEDS.iter().find(|(id, _)| *id == candidate.mechanism);
    let deed = match (candidate.mechanism, candidate.node.kind) {
        // What a peer outside calls is not seen, so nothing is said of it.
        ("service_errors", kind) if kind != PeerKind::Service => "began to fail",
        _ => known.map_or("began to fail", |(_, deed)| deed),
    };
    let only = match candidate.mechanism {
        "bad_version" => candidate.version.as_ref().map(|v| ("its version", v)),
        "bad_zone" => candidate.zone.as_ref().map(|z| ("zone", z)),
        "bad_instance" => candidate.instance.as_ref().map(|i| ("its instance", i)),
        _ => None,
    };
    match only {
        Some((what, value)) => format!("{deed}, but only in {what} {}", name(value)),
        None => deed.to_owned(),
    }
}

/// The mechanisms that have words here.
pub fn told() -> impl Iterator<Item = &'static str> {
    DEEDS.iter().map(|(id, _)| *id)
}
