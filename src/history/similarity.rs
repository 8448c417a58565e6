//! Whether one cascade is like another, and in what.

use std::collections::{BTreeMap, BTreeSet};

use super::imprint::Imprint;

/// From here on two cascades are called alike: more than half of what is compared is shared.
pub const ALIKE: f64 = 0.5;

/// Something in which cascades can be alike.
#[derive(Clone, Copy, Debug)]
pub struct Facet {
    /// Its id.
    pub id: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// Its share of the similarity; all add up to 1.
    pub weight: f64,
    compare: fn(&Imprint, &Imprint) -> Option<(f64, String)>,
}

/// The facets. The weights are set by judgement: the same thing broken in the same way makes half
/// of the similarity, the way that it took and whom it hurt the rest. Log templates weigh least, as
/// their wording depends on what else was logged.
pub const FACETS: &[Facet] = &[
    Facet { id: "origin", title: "Origin", weight: 0.30, compare: origins },
    Facet { id: "mechanism", title: "Mechanism", weight: 0.20, compare: mechanisms },
    Facet { id: "edges", title: "Edges", weight: 0.25, compare: edges },
    Facet { id: "entries", title: "Entries", weight: 0.15, compare: entries },
    Facet { id: "templates", title: "Log templates", weight: 0.10, compare: templates },
];

/// How alike two cascades are in one facet.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// Id of the facet.
    pub facet: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Its share of the whole, 0 to 1, after facets that neither has were left out.
    pub weight: f64,
    /// Weighted Jaccard similarity, 0 to 1.
    pub similarity: f64,
    /// In words.
    pub text: String,
}

/// How alike two cascades are.
#[derive(Clone, Debug, PartialEq)]
pub struct Alike {
    /// Weighted mean over the facets, 0 to 1.
    pub similarity: f64,
    /// By facet, in order of the registry.
    pub shared: Vec<Shared>,
}

impl Alike {
    /// The reason: what is shared, the weightiest first; or what is not.
    pub fn reason(&self) -> String {
        let mut shared: Vec<&Shared> = self.shared.iter().filter(|s| s.similarity > 0.0).collect();
        shared.sort_by(|a, b| {
            (b.weight * b.similarity)
                .total_cmp(&(a.weight * a.similarity))
                .then(a.facet.cmp(b.facet))
        });
        let texts: Vec<&str> = shared.iter().map(|s| s.text.as_str()).collect();
        if texts.is_empty() { "nothing in common".to_owned() } else { texts.join("; ") }
    }
}

/// Compares two cascades: in each facet the weighted Jaccard similarity Σ min / Σ max (Ruzicka
/// 1958), and their weighted mean. A facet that neither has says nothing and is left out; one
/// that only one of them has counts as not shared.
pub fn alike(a: &Imprint, b: &Imprint) -> Alike {
    let compared: Vec<(&Facet, (f64, String))> =
        FACETS.iter().filter_map(|facet| Some((facet, (facet.compare)(a, b)?))).collect();
    let whole: f64 = compared.iter().map(|(facet, _)| facet.weight).sum();
    let shared: Vec<Shared> = compared
        .into_iter()
        .map(|(facet, (similarity, text))| Shared {
            facet: facet.id,
            title: facet.title,
            weight: facet.weight / whole,
            similarity,
            text,
        })
        .collect();
    Alike { similarity: shared.iter().map(|s| s.weight * s.similarity).sum(), shared }
}

/// Others by similarity, the most alike first; ties by id, the latest first.
pub fn nearest<'a>(
    to: &Imprint,
    others: impl Iterator<Item = (u64, &'a Imprint)>,
) -> Vec<(u64, Alike)> {
    let mut all: Vec<(u64, Alike)> = others.map(|(id, other)| (id, alike(to, other))).collect();
    all.sort_by(|a, b| b.1.similarity.total_cmp(&a.1.similarity).then(b.0.cmp(&a.0)));
    all
}

type Weights<K> = BTreeMap<K, f64>;

/// Σ min / Σ max, and the keys that both have, the weightiest first.
fn jaccard<K: Ord + Clone>(a: &Weights<K>, b: &Weights<K>) -> Option<(f64, Vec<K>)> {
    let keys: BTreeSet<&K> = a.keys().chain(b.keys()).collect();
    let of = |side: &Weights<K>, key: &K| side.get(key).copied().unwrap_or(0.0);
    let most: f64 = keys.iter().map(|key| of(a, key).max(of(b, key))).sum();
    let mut both: Vec<(f64, &K)> = keys
        .into_iter()
        .map(|key| (of(a, key).min(of(b, key)), key))
        .filter(|(least, _)| *least > 0.0)
        .collect();
    both.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(y.1)));
    let least: f64 = both.iter().map(|(least, _)| least).sum();
    let keys = both.into_iter().map(|(_, key)| key.clone()).collect();
    (most > 0.0).then(|| ((least / most).clamp(0.0, 1.0), keys))
}

/// Candidates weigh what their scores say: where it is open who it was, half a match is half.
fn origins(a: &Imprint, b: &Imprint) -> Option<(f64, String)> {
    let weigh = |i: &Imprint| -> Weights<String> {
        i.accused.iter().map(|c| (c.node.to_string(), c.score.clamp(0.0, 1.0))).collect()
    };
    let (similarity, both) = jaccard(&weigh(a), &weigh(b))?;
    Some((similarity, named("the same origin", "other origins", similarity, &both)))
}

/// The mechanism of each candidate, with the best score that it has.
fn mechanisms(a: &Imprint, b: &Imprint) -> Option<(f64, String)> {
    let weigh = |i: &Imprint| {
        let mut weights: Weights<String> = Weights::new();
        for accused in &i.accused {
            let weight = weights.entry(accused.mechanism.replace('_', " ")).or_default();
            *weight = weight.max(accused.score.clamp(0.0, 1.0));
        }
        weights
    };
    let (similarity, both) = jaccard(&weigh(a), &weigh(b))?;
    Some((similarity, named("the same mechanism", "another mechanism", similarity, &both)))
}

/// Edges that fell count alike, however many calls failed on them.
fn edges(a: &Imprint, b: &Imprint) -> Option<(f64, String)> {
    let weigh = |i: &Imprint| i.fell.iter().map(|edge| (edge.clone(), 1.0)).collect();
    let (similarity, both) = jaccard(&weigh(a), &weigh(b))?;
    let all = a.fell.iter().chain(&b.fell).collect::<BTreeSet<_>>().len();
    let text = match (both.len(), all) {
        (0, _) => "other edges".to_owned(),
        (1, 1) => "the same edge".to_owned(),
        (n, all) if n == all => format!("the same {n} edges"),
        (n, all) => format!("{n} of {} in common", plural(all, "edge", "edges")),
    };
    Some((similarity, text))
}

/// Entry operations weigh their share of the harm.
fn entries(a: &Imprint, b: &Imprint) -> Option<(f64, String)> {
    let weigh = |i: &Imprint| -> Weights<(String, String)> {
        let whole: f64 = i.entries.iter().map(|e| e.harm.max(0.0)).sum();
        let entries = i.entries.iter().filter(|e| e.harm > 0.0);
        entries.map(|e| ((e.service.clone(), e.operation.clone()), e.harm / whole)).collect()
    };
    let (similarity, both) = jaccard(&weigh(a), &weigh(b))?;
    let both: Vec<String> =
        both.into_iter().map(|(s, operation)| format!("{s} {operation}")).collect();
    Some((similarity, named("the same entries hurt", "other entries hurt", similarity, &both)))
}

fn templates(a: &Imprint, b: &Imprint) -> Option<(f64, String)> {
    let weigh = |i: &Imprint| i.templates.iter().map(|t| (t.clone(), 1.0)).collect();
    let (similarity, both) = jaccard(&weigh(a), &weigh(b))?;
    let all = a.templates.union(&b.templates).count();
    let text = match both.len() {
        0 => "other log templates".to_owned(),
        n => format!("{n} of {} in common", plural(all, "log template", "log templates")),
    };
    Some((similarity, text))
}

/// Less than half shared is said to be so.
fn named(same: &str, other: &str, similarity: f64, both: &[String]) -> String {
    match both.first() {
        Some(first) if similarity >= 0.5 => format!("{same}: {first}"),
        Some(first) => format!("partly {same}: {first}"),
        None => other.to_owned(),
    }
}

fn plural(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::imprint::{Accused, Hurt, Name};
    use super::*;
    use crate::model::Nanos;

    fn name(text: &str) -> Name {
        Name { namespace: String::new(), name: text.to_owned() }
    }

    fn imprint(
        accused: &[(&str, &str, f64)],
        fell: &[(&str, &str)],
        entries: &[(&str, f64)],
    ) -> Imprint {
        Imprint {
            verdict: "incident".to_owned(),
            onset: Nanos(0),
            until: Nanos(0),
            requests: 0,
            failed: None,
            harmed: 0,
            accused: accused
                .iter()
                .map(|(node, mechanism, score)| Accused {
                    node: name(node),
                    mechanism: (*mechanism).to_owned(),
                    score: *score,
                })
                .collect(),
            fell: fell.iter().map(|(a, b)| [name(a), name(b)]).collect(),
            entries: entries
                .iter()
                .map(|(operation, harm)| Hurt {
                    service: "web".to_owned(),
                    operation: (*operation).to_owned(),
                    harm: *harm,
                })
                .collect(),
            templates: BTreeSet::new(),
            nodes: Vec::new(),
            edges: Vec::new(),
        }
    }

    #[test]
    fn weights_add_up_and_the_reason_says_what_is_shared() {
        assert!((FACETS.iter().map(|f| f.weight).sum::<f64>() - 1.0).abs() < 1e-12);
        let a = imprint(
            &[("db", "dead_service", 0.9)],
            &[("cart", "db"), ("web", "cart")],
            &[("POST", 9.0)],
        );
        let b = imprint(
            &[("db", "dead_service", 0.6)],
            &[("cart", "db"), ("shop", "cart")],
            &[("POST", 1.0)],
        );
        let found = alike(&a, &b);
        // Neither has log templates: 0.9 of the weight is left.
        let expected = (0.3 * 0.6 / 0.9 + 0.2 * 0.6 / 0.9 + 0.25 / 3.0 + 0.15) / 0.9;
        assert!((found.similarity - expected).abs() < 1e-12, "{found:?}");
        let reason = found.reason();
        assert!(reason.starts_with("the same origin: db; "), "{reason}");
        assert!(
            reason.contains("the same mechanism: dead service") && reason.contains("1 of 3 edges")
        );
    }

    #[test]
    fn what_shares_nothing_says_so() {
        let a = imprint(&[("db", "x", 0.9)], &[("cart", "db")], &[("POST", 9.0)]);
        let b = imprint(&[("mail", "y", 0.9)], &[("web", "mail")], &[("GET", 9.0)]);
        let found = alike(&a, &b);
        assert_eq!((found.similarity, found.reason().as_str()), (0.0, "nothing in common"));
        let none = imprint(&[], &[], &[]);
        assert_eq!(alike(&none, &none).similarity, 0.0);
    }

    fn some() -> impl Strategy<Value = Imprint> {
        let names = prop::sample::select(vec!["a", "b", "c", "d"]);
        let accused = prop::collection::vec((names.clone(), names.clone(), 0.0_f64..=1.0), 0..4);
        let fell = prop::collection::vec((names.clone(), names.clone()), 0..5);
        let entries = prop::collection::vec((names, 0.0_f64..9.0), 0..4);
        (accused, fell, entries).prop_map(|(a, f, e)| imprint(&a, &f, &e))
    }

    proptest! {
        #[test]
        fn similarity_is_symmetric_bounded_and_one_with_oneself(a in some(), b in some()) {
            let (there, back) = (alike(&a, &b).similarity, alike(&b, &a).similarity);
            prop_assert!((there - back).abs() < 1e-12 && (0.0..=1.0 + 1e-12).contains(&there));
            let own = alike(&a, &a);
            prop_assert!(own.shared.is_empty() || (own.similarity - 1.0).abs() < 1e-12);
        }
    }
}
