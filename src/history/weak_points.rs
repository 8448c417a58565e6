//! What takes part in cascades again and again, though each path differs.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::chance::{at_least, by_traffic, discoveries, jeffreys};
use crate::model::Teams;

use super::imprint::{Imprint, Name};

/// Confidence of the interval of a rate, two-sided.
pub const CONFIDENCE: f64 = 0.90;
/// Share of the weak points called more than traffic explains that may be so by chance.
pub const FALSE_DISCOVERIES: f64 = 0.10;

/// What can be a weak point.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Calls from one node to another.
    Edge {
        /// Who calls.
        caller: Name,
        /// Who is called.
        callee: Name,
    },
    /// A node.
    Service(Name),
    /// Calls from one team's services to another's.
    Boundary {
        /// The calling team.
        caller: String,
        /// The called one.
        callee: String,
    },
}

/// How often something took part in cascades.
#[derive(Clone, Debug, PartialEq)]
pub struct WeakPoint {
    /// What.
    pub part: Part,
    /// Incidents in which it took part, the earliest first.
    pub incidents: Vec<u64>,
    /// Incidents in whose service graph it was at all.
    pub seen: u64,
    /// Distinct first candidates of those in which it took part: with one, it is the same fault
    /// again; with several, a weak point.
    pub origins: u64,
    /// Lower end of the rate's interval, 0 to 1.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The rate that its traffic alone would give, 0 to 1.
    pub by_traffic: f64,
    /// Probability to take part at least as often if traffic alone decided.
    pub chance: f64,
    /// Whether that is more than traffic explains, with false discoveries controlled among all
    /// of its kind.
    pub stands_out: bool,
}

impl WeakPoint {
    /// Share of the incidents that it was there for in which it took part, 0 to 1.
    pub fn rate(&self) -> f64 {
        self.incidents.len() as f64 / self.seen.max(1) as f64
    }

    /// What orders them: by how much the rate, at least, exceeds what traffic alone would give.
    pub fn excess(&self) -> f64 {
        self.low - self.by_traffic
    }

    /// The order of a list: by excess, the largest first, then by name.
    pub fn order(&self, other: &Self) -> Ordering {
        other.excess().total_cmp(&self.excess()).then_with(|| self.part.cmp(&other.part))
    }
}

/// An incident that weak points are told from.
#[derive(Clone, Copy, Debug)]
pub struct Witness<'a> {
    /// Its number.
    pub id: u64,
    /// What it is compared by.
    pub imprint: &'a Imprint,
    /// Whose its services are.
    pub teams: &'a Teams,
}

/// The weak points of a landscape, each list by excess, the largest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeakPoints {
    /// Incidents that were read together.
    pub incidents: u64,
    /// Remembered runs left out, as it is uncertain whether anything was wrong.
    pub left_out: u64,
    /// Edges.
    pub edges: Vec<WeakPoint>,
    /// Services, stores and whatever else is called.
    pub services: Vec<WeakPoint>,
    /// Team boundaries.
    pub boundaries: Vec<WeakPoint>,
}

/// What took part in which incident, of all in order of onset. Calls to or from nodes that no team
/// answers for cross no boundary.
pub fn weak_points(witnesses: &[Witness<'_>]) -> WeakPoints {
    let certain: Vec<Witness<'_>> =
        witnesses.iter().filter(|w| w.imprint.is_certain()).copied().collect();
    let edge = |[caller, callee]: &[Name; 2]| Part::Edge {
        caller: caller.clone(),
        callee: callee.clone(),
    };
    let of = |kind: &dyn Fn(&Witness<'_>) -> Roll| {
        rank(&certain.iter().map(|w| (w.id, w.imprint, kind(w))).collect::<Vec<_>>())
    };
    WeakPoints {
        incidents: certain.len() as u64,
        left_out: (witnesses.len() - certain.len()) as u64,
        edges: of(&|Witness { imprint: i, .. }| {
            let there = i.edges.iter().map(|t| (edge(&t.at), t.calls));
            Roll::new(there, i.fell.iter().map(&edge))
        }),
        services: of(&|Witness { imprint: i, .. }| {
            let there = i.nodes.iter().map(|t| (Part::Service(t.at.clone()), t.calls));
            Roll::new(there, i.services().into_iter().cloned().map(Part::Service))
        }),
        boundaries: of(&|Witness { imprint: i, teams, .. }| {
            let boundary = |ends: &[Name; 2]| boundary(teams, ends);
            let there = i.edges.iter().filter_map(|t| Some((boundary(&t.at)?, t.calls)));
            Roll::new(there, i.fell.iter().filter_map(boundary))
        }),
    }
}

fn boundary(teams: &Teams, ends: &[Name; 2]) -> Option<Part> {
    let team = |node: &Name| teams.of(&node.namespace, &node.name).map(str::to_owned);
    let [caller, callee] = [team(&ends[0])?, team(&ends[1])?];
    (caller != callee).then_some(Part::Boundary { caller, callee })
}

/// What was there in one incident, with its calls, and what of it took part.
struct Roll {
    there: BTreeMap<Part, u64>,
    took_part: BTreeSet<Part>,
}

impl Roll {
    fn new(
        there: impl Iterator<Item = (Part, u64)>,
        took_part: impl Iterator<Item = Part>,
    ) -> Self {
        let took_part: BTreeSet<Part> = took_part.collect();
        let mut calls: BTreeMap<Part, u64> = BTreeMap::new();
        for (part, n) in there.chain(took_part.iter().map(|part| (part.clone(), 0))) {
            let sum = calls.entry(part).or_default();
            *sum = sum.saturating_add(n);
        }
        Self { there: calls, took_part }
    }
}

#[derive(Default)]
struct Tally<'a> {
    incidents: Vec<u64>,
    origins: BTreeSet<Option<&'a Name>>,
    /// The chance to take part by traffic alone, in every incident that it was there for.
    chances: Vec<f64>,
}

fn rank(rolls: &[(u64, &Imprint, Roll)]) -> Vec<WeakPoint> {
    let mut tallies: BTreeMap<&Part, Tally<'_>> = BTreeMap::new();
    for (id, imprint, roll) in rolls {
        let calls: Vec<u64> = roll.there.values().copied().collect();
        let chances = by_traffic(&calls, roll.took_part.len());
        for (part, chance) in roll.there.keys().zip(chances) {
            let tally = tallies.entry(part).or_default();
            tally.chances.push(chance);
            if roll.took_part.contains(part) {
                tally.incidents.push(*id);
                tally.origins.insert(imprint.accused.first().map(|accused| &accused.node));
            }
        }
    }
    let chances: Vec<f64> =
        tallies.values().map(|t| at_least(t.incidents.len() as u64, &t.chances)).collect();
    let stands_out = discoveries(&chances, FALSE_DISCOVERIES);
    let mut points: Vec<WeakPoint> = tallies
        .into_iter()
        .zip(chances.into_iter().zip(stands_out))
        .filter(|((_, tally), _)| !tally.incidents.is_empty())
        .map(|((part, tally), (chance, stands_out))| {
            let seen = tally.chances.len() as u64;
            let rate = jeffreys(tally.incidents.len() as u64, seen, CONFIDENCE);
            WeakPoint {
                part: part.clone(),
                seen,
                origins: tally.origins.len() as u64,
                low: rate.low,
                high: rate.high,
                by_traffic: tally.chances.iter().sum::<f64>() / seen as f64,
                chance,
                stands_out,
                incidents: tally.incidents,
            }
        })
        .collect();
    points.sort_by(WeakPoint::order);
    points
}

#[cfg(test)]
mod tests {
    use super::super::imprint::{Accused, Traffic};
    use super::*;
    use crate::model::{Nanos, ServiceGlob};

    fn name(text: &str) -> Name {
        let (namespace, name) = text.split_once('/').unwrap_or(("", text));
        Name { namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// A landscape of a busy and several quiet edges, of which some fell.
    fn incident(origin: &str, fell: &[(&str, &str)]) -> Imprint {
        let all = [
            ("a/web", "a/cart", 10_000),
            ("a/cart", "b/stock", 300),
            ("a/cart", "b/price", 300),
            ("b/stock", "b/db", 300),
            ("b/price", "b/db", 300),
            ("a/web", "c/mail", 300),
        ];
        let edge = |a: &str, b: &str| [name(a), name(b)];
        let nodes = ["a/web", "a/cart", "b/stock", "b/price", "b/db", "c/mail"];
        Imprint {
            verdict: "incident".to_owned(),
            onset: Nanos(1),
            until: Nanos(2),
            requests: 100,
            failed: Some(10),
            harmed: 10,
            accused: vec![Accused {
                node: name(origin),
                mechanism: "dead_service".to_owned(),
                score: 0.9,
            }],
            fell: fell.iter().map(|(a, b)| edge(a, b)).collect(),
            entries: Vec::new(),
            templates: BTreeSet::new(),
            nodes: nodes.map(|n| Traffic { at: name(n), calls: 500 }).to_vec(),
            edges: all.map(|(a, b, calls)| Traffic { at: edge(a, b), calls }).to_vec(),
        }
    }

    fn of<'a>(incidents: &'a [Imprint], teams: &'a Teams) -> WeakPoints {
        let witness = |(id, imprint)| Witness { id, imprint, teams };
        weak_points(&(1..).zip(incidents).map(witness).collect::<Vec<_>>())
    }

    #[test]
    fn a_quiet_edge_that_always_falls_comes_before_a_busy_one() {
        let web = ("a/web", "a/cart");
        let stock = ("a/cart", "b/stock");
        let incidents = [
            incident("b/db", &[("b/stock", "b/db"), stock, web]),
            incident("b/stock", &[stock, web]),
            incident("b/stock", &[stock, web]),
            incident("c/mail", &[("a/web", "c/mail")]),
            incident("b/db", &[("b/stock", "b/db"), stock, web]),
        ];
        let found = of(&incidents, &Teams::default());
        let first = &found.edges[0];
        assert_eq!(first.part, Part::Edge { caller: name("a/cart"), callee: name("b/stock") });
        assert_eq!(
            (first.incidents.as_slice(), first.seen, first.origins),
            (&[1, 2, 3, 5][..], 5, 2)
        );
        assert!(first.low < first.rate() && first.rate() < first.high);
        let busy = found
            .edges
            .iter()
            .find(|p| matches!(&p.part, Part::Edge { callee, .. } if callee.name == "cart"));
        let busy = busy.unwrap();
        assert_eq!(busy.incidents.len(), 4);
        assert!(busy.excess() < 0.0 && !busy.stands_out && busy.chance > first.chance);
        assert_eq!(
            found.boundaries[0].part,
            Part::Boundary { caller: "a".into(), callee: "b".into() }
        );
        assert_eq!(found.boundaries.len(), 2);
    }

    #[test]
    fn boundaries_are_those_of_each_incidents_own_teams() {
        let incidents = [incident("b/db", &[("a/cart", "b/stock"), ("b/stock", "b/db")])];
        let told = |rules: &[(&str, &str)]| {
            let rule = |(glob, team): &(&str, &str)| {
                (ServiceGlob::parse(glob).unwrap(), (*team).to_owned())
            };
            let teams = Teams::new(rules.iter().map(rule).collect());
            let found = of(&incidents, &teams).boundaries;
            found.iter().map(|point| told(&point.part)).collect::<Vec<_>>()
        };
        fn told(part: &Part) -> String {
            match part {
                Part::Boundary { caller, callee } => format!("{caller} {callee}"),
                _ => String::new(),
            }
        }
        assert_eq!(told(&[]), ["a b"]);
        assert_eq!(told(&[("db", "stores")]), ["a b", "b stores"]);
        assert_eq!(told(&[("*", "everything")]), [""; 0]);
    }

    #[test]
    fn what_is_uncertain_is_left_out_and_counted() {
        let mut doubtful = incident("b/db", &[("b/stock", "b/db")]);
        doubtful.verdict = "inconclusive".to_owned();
        let found = of(&[doubtful], &Teams::default());
        assert_eq!((found.incidents, found.left_out), (0, 1));
        assert!(found.edges.is_empty() && found.boundaries.is_empty());
    }
}
