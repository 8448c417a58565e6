//! What failing requests carry more often than healthy ones.

use std::collections::BTreeMap;

use crate::model::Article;
use crate::rank::{Case, Scored};
use crate::summary::{NONE, NodeId};

use super::discovery::q_values;
use super::exact::enrichment;
use super::population::{Compared, Reference, of_incident, of_node};
use super::tally::{
    Carriers, Dimension, INSTANCE, Known, LOG, METHOD, ROUTE, Tally, VERSION, ZONE,
};

static ARTICLE: Article = Article {
    id: "contrast",
    title: "what failing requests have in common",
    unit: "",
    rationale: "Failing and healthy requests of the same entry at the same time are compared: which \
                version, instance, zone, region, host, tenant, feature flag, method or route do the \
                failing ones carry more often? So are failing and healthy calls of the first \
                candidates. The difference is in points of share, between requests of one stratum \
                (Mantel and Haenszel); values that always come together are told as one.",
    limits: "What goes with failures need not cause them. One in a hundred of what is listed may be \
             chance. Rare values beyond the twenty most frequent of a service are not tested, log \
             records are symptoms, and where all of a kind carry a value it is not told: a version \
             that is everywhere when requests begin to fail shows as a change, not here.",
    source: "Fisher 1935; Cochran, Biometrics 1954; Mantel and Haenszel, JNCI 1959; Benjamini and \
             Hochberg, JRSS B 1995",
};

/// What `tracefall explain` says.
pub fn articles() -> Vec<Article> {
    vec![ARTICLE]
}

/// Of what is told at most this share may be chance.
const LEVEL: f64 = 0.01;
/// A smaller difference between failing and healthy requests helps nobody, however sure it is.
const MATERIAL: f64 = 0.1;
/// Values of one thing of one node that are tested: the most frequent.
const VALUES: usize = 20;
/// Of incident and each candidate so many distinctions are kept, and so many log templates.
const KEPT: usize = 8;
/// Candidates whose calls are compared: those of at least even odds, the first in any case.
const CANDIDATES: usize = 3;
const EVEN: f64 = 0.5;

/// Whose failing and healthy requests are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those of the incident.
    Incident,
    /// Those that called a candidate, by its place among them, by how that call went.
    Candidate(usize),
}

/// Something that a request carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trait {
    /// The node that says so; `None` where it is said of the request.
    pub node: Option<NodeId>,
    /// An attribute's name, `feature_flag:NAME` or `log.template`.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// Failing or healthy requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Side {
    /// Kept traces of which it is known.
    pub known: u64,
    /// Of those, the ones that carry it.
    pub with: u64,
    /// Share of requests that carry it, of those that the traces stand for, 0 to 1.
    pub share: f64,
}

/// Something that failing requests carry more often than healthy ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Distinction {
    /// Of whose requests.
    pub scope: Scope,
    /// What; with others that the same requests carry.
    pub traits: Vec<Trait>,
    /// A sign of the failure rather than something that could have led to it.
    pub symptom: bool,
    /// Failing requests.
    pub failing: Side,
    /// Healthy ones.
    pub healthy: Side,
    /// How much larger the share is among failing requests, between like ones; 0 to 1.
    pub difference: f64,
    /// Odds ratio between like ones; `None` where it is not finite.
    pub odds_ratio: Option<f64>,
    /// How often chance does as well.
    pub p: f64,
    /// Share of false discoveries among everything at least as clear.
    pub q: f64,
    /// With which healthy requests.
    pub compared: Compared,
}

/// What was found, and how much was looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contrasts {
    /// Of the incident and each candidate the largest differences first, symptoms last.
    pub list: Vec<Distinction>,
    /// Values tested.
    pub tested: u64,
    /// Values beyond the most frequent, not tested.
    pub left_out: u64,
}

/// One value, tested.
struct Tested {
    told: Distinction,
    /// Which requests carry it, and of which it is known.
    prints: (u64, u64),
    tiebreak: (usize, NodeId),
}

impl Tested {
    fn of(&self, (node, key): Dimension<'_>) -> bool {
        let named = &self.told.traits[0];
        named.node == Some(node) && named.key == key
    }
}

/// Compares failing and healthy requests of an incident, and calls of its first candidates.
pub fn contrasts(case: &Case<'_>, scored: &[Scored], reference: &Reference<'_>) -> Contrasts {
    let mut found = Contrasts::default();
    let mut tested = Vec::new();
    let incident = of_incident(case, reference);
    let all = Tally::of(case.catalog(), &incident, None);
    test((&all, incident.compared), Scope::Incident, &mut tested, &mut found);
    let accused = scored.iter().take(CANDIDATES).enumerate();
    for (place, candidate) in accused.filter(|(at, c)| *at == 0 || c.score >= EVEN) {
        let scope = Scope::Candidate(place);
        let version = (candidate.node, VERSION);
        let (like, before) = of_node(case, reference, (candidate.node, candidate.caller));
        let mut usual = Tally::of(case.catalog(), &before, Some(candidate.node));
        if let Some(like) = like {
            let all = Tally::of(case.catalog(), &like, Some(candidate.node));
            test((&all, like.compared), scope, &mut tested, &mut found);
            // A version that nearly all calls meet is like no other of its time. Unlike instances
            // and zones it never changes as a consequence, so what was before tells.
            let known = tested.iter().any(|t| t.told.scope == scope && t.of(version));
            usual.0.retain(|of, _| !known && *of == version);
        }
        test((&usual, before.compared), scope, &mut tested, &mut found);
    }
    let p: Vec<f64> = tested.iter().map(|t| t.told.p).collect();
    for (test, q) in tested.iter_mut().zip(q_values(&p)) {
        test.told.q = q;
    }
    found.tested = p.len() as u64;
    tested.retain(|t| t.told.q <= LEVEL && t.told.difference >= MATERIAL);
    found.list = kept(joined(tested));
    found
}

/// Tests every value that could show a difference.
fn test(
    (tally, compared): (&Tally<'_>, Compared),
    scope: Scope,
    tested: &mut Vec<Tested>,
    found: &mut Contrasts,
) {
    for ((of, key), known) in &tally.0 {
        let mut values: Vec<(&str, &Carriers)> =
            known.values.iter().map(|(value, carriers)| (*value, carriers)).collect();
        let size = |c: &Carriers| c.count(false) + c.count(true);
        values.sort_by_key(|(_, carriers)| std::cmp::Reverse(size(carriers)));
        found.left_out += values.len().saturating_sub(VALUES) as u64;
        for (value, carriers) in values.into_iter().take(VALUES) {
            let test = enrichment(&known.table(carriers));
            // Sums alone decide this, so that leaving such a test out changes no other's chances
            // (Tarone, Biometrics 1990).
            if test.least > LEVEL {
                continue;
            }
            let told = Distinction {
                scope,
                traits: vec![Trait {
                    node: (*of != NONE).then_some(*of),
                    key: (*key).to_owned(),
                    value: value.to_owned(),
                }],
                symptom: *key == LOG,
                failing: side(known, carriers, true),
                healthy: side(known, carriers, false),
                difference: test.difference,
                odds_ratio: test.odds_ratio,
                p: test.p,
                q: 1.0,
                compared,
            };
            let prints = (carriers.print, known.all.print);
            tested.push(Tested { told, prints, tiebreak: (preference(key), *of) });
        }
    }
}

fn side(known: &Known<'_>, carriers: &Carriers, failing: bool) -> Side {
    let at = usize::from(failing);
    let all = known.all.weights[at];
    Side {
        known: known.all.count(failing),
        with: carriers.count(failing),
        share: if all > 0.0 { (carriers.weights[at] / all).clamp(0.0, 1.0) } else { 0.0 },
    }
}

/// Of things that the same requests carry, which names them: what is changed on purpose, then what
/// is wider.
fn preference(key: &str) -> usize {
    let order = [VERSION, "tenant", ROUTE, METHOD, "cloud.region", ZONE, "host", INSTANCE, LOG];
    if key.starts_with("feature_flag:") {
        return 0;
    }
    order.iter().position(|known| *known == key).map_or(1, |at| at + 2)
}

/// Things that the same requests carry as one.
fn joined(mut tested: Vec<Tested>) -> Vec<Distinction> {
    tested.sort_by_key(|test| test.tiebreak);
    let mut list: Vec<((u64, u64), Distinction)> = Vec::new();
    for Tested { told, prints, .. } in tested {
        let same = |(other, known): &&mut ((u64, u64), Distinction)| {
            *other == prints && (known.scope, known.symptom) == (told.scope, told.symptom)
        };
        match list.iter_mut().find(same) {
            Some((_, known)) => known.traits.extend(told.traits),
            None => list.push((prints, told)),
        }
    }
    list.into_iter().map(|(_, told)| told).collect()
}

/// The largest differences of each scope.
fn kept(mut list: Vec<Distinction>) -> Vec<Distinction> {
    // The sort is stable: equal ones stay in order of what they are.
    list.sort_by(|a, b| b.difference.total_cmp(&a.difference).then(a.p.total_cmp(&b.p)));
    let place = |told: &Distinction| match told.scope {
        Scope::Candidate(at) => (told.symptom, at),
        Scope::Incident => (told.symptom, CANDIDATES),
    };
    list.sort_by_key(place);
    let mut counts: BTreeMap<(bool, usize), usize> = BTreeMap::new();
    list.retain(|told| {
        let count = counts.entry(place(told)).or_default();
        *count += 1;
        *count <= KEPT
    });
    list
}

#[cfg(test)]
#[path = "find_tests.rs"]
mod tests;
