//! What would have contained the incident, as plain values.

use crate::contain::{Baseline, Change, Estimate, PATTERNS, Pair, Pattern, learn, troubled};
use crate::detect::{Detection, Harm, Window};
use crate::summary::{NodeId, Summary};

use super::study::reference;
use super::view::Containment;

/// How much of what was considered is listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Breadth {
    /// The best few, and the worst if it does harm.
    #[default]
    Best,
    /// Every edge × pattern considered.
    All,
    /// Nothing is considered.
    None,
}

/// A question about one edge and pattern.
#[derive(Clone)]
pub struct Question {
    /// The caller's name.
    pub caller: String,
    /// The callee's name.
    pub callee: String,
    /// The pattern.
    pub pattern: &'static Pattern,
    /// The setting; `None` for the one derived from the reference.
    pub change: Option<Change>,
}

/// An estimate below this share helps nobody, and above its negative harms nobody.
pub const MATERIAL: f64 = 0.05;
/// Below this share of failed requests that the replay reproduces, its answers are a guess.
const ALIKE: f64 = 0.6;
const HELPLESS: &str = "None of the patterns considered would have helped much: most of the failed \
                        requests needed what had failed.";
/// The best so many are told.
const BEST: usize = 3;
/// Edges considered: those whose calls failed most.
const EDGES: usize = 4;
/// The same where all are asked for.
const ALL_EDGES: usize = 24;

/// The estimates for one incident, best first, and a sentence where none helps.
pub fn view(
    summary: &Summary,
    window: &Window,
    detection: &Detection,
    breadth: Breadth,
) -> (Vec<Containment>, Option<String>) {
    if window.harm != Harm::Failure || summary.status_blind() {
        let note = "Containment is estimated for failed requests, and none failed.";
        return (Vec::new(), Some(note.to_owned()));
    }
    let (healthy, _) = reference(summary, None, window, detection);
    let world = learn(summary, window, healthy);
    let baseline = Baseline::new(&world);
    let most = if breadth == Breadth::All { ALL_EDGES } else { EDGES };
    let all = baseline.all(&troubled(&world, most));
    let best = all.first().map_or(0.0, |e| e.saved);
    let helpless = (best < MATERIAL).then_some(HELPLESS);
    let unlike = (baseline.fidelity < ALIKE).then(|| {
        format!(
            "The replay without any pattern reproduces the number of failed requests to {:.0} % \
             only, so what is said of patterns is little more than a guess.",
            baseline.fidelity * 100.0
        )
    });
    let notes: Vec<String> = helpless.map(str::to_owned).into_iter().chain(unlike).collect();
    let note = (!notes.is_empty()).then(|| notes.join(" "));
    let chosen: Vec<&Estimate> = match breadth {
        Breadth::All => all.iter().collect(),
        Breadth::None => Vec::new(),
        Breadth::Best => {
            let good = all.iter().filter(|e| e.saved >= MATERIAL).take(BEST);
            let worst = all.iter().min_by(|a, b| a.saved.total_cmp(&b.saved));
            good.chain(worst.filter(|e| e.saved <= -MATERIAL)).collect()
        }
    };
    (chosen.into_iter().map(|e| plain(summary, e)).collect(), note)
}

/// The answer to one question.
///
/// # Errors
/// If there is no such edge, or the pattern does not apply to it.
pub fn answer(
    summary: &Summary,
    window: &Window,
    detection: &Detection,
    question: &Question,
) -> Result<Containment, String> {
    if window.harm != Harm::Failure || summary.status_blind() {
        return Err("no request is known to have failed: there is nothing to save".to_owned());
    }
    let node = |name: &str| {
        let nodes = &summary.catalog.nodes;
        nodes.iter().position(|n| n.name == name).map(|at| at as NodeId)
    };
    let (caller, callee) = (node(&question.caller), node(&question.callee));
    let pair: Pair = match (caller, callee) {
        (Some(caller), Some(callee)) => (caller, callee),
        (None, _) => return Err(format!("no service is called \"{}\"", question.caller)),
        (_, None) => return Err(format!("no service is called \"{}\"", question.callee)),
    };
    let (healthy, _) = reference(summary, None, window, detection);
    let world = learn(summary, window, healthy);
    if !world.edges.contains_key(&pair) {
        let Question { caller, callee, .. } = question;
        return Err(format!("\"{caller}\" does not call \"{callee}\" in the input"));
    }
    let derived = || (question.pattern.derive)(&world, pair);
    let change = question.change.clone().or_else(derived).ok_or_else(|| {
        format!("the {} does not apply to this edge", question.pattern.article.title)
    })?;
    let estimate = Baseline::new(&world).estimate(pair, question.pattern, change);
    Ok(plain(summary, &estimate))
}

/// The pattern and setting in `id` or `id=value`.
///
/// # Errors
/// If there is no such pattern, or its setting cannot be read.
pub fn parse_pattern(text: &str) -> Result<(&'static Pattern, Option<Change>), String> {
    let (id, value) = match text.split_once('=') {
        Some((id, value)) => (id, Some(value)),
        None => (text, None),
    };
    let pattern = PATTERNS.iter().find(|p| p.article.id == id.trim()).ok_or_else(|| {
        let ids: Vec<&str> = PATTERNS.iter().map(|p| p.article.id).collect();
        format!("no pattern is called \"{id}\"; there are {}", ids.join(", "))
    })?;
    Ok((pattern, value.map(pattern.parse).transpose()?))
}

fn plain(summary: &Summary, estimate: &Estimate) -> Containment {
    let name = |node: NodeId| summary.catalog.nodes[node as usize].name.clone();
    let [caller, callee] = [name(estimate.pair.0), name(estimate.pair.1)];
    let pattern = estimate.pattern;
    let own = |list: Vec<(&'static str, String)>| {
        list.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    };
    Containment {
        pattern: pattern.article.id,
        saved_share: estimate.saved,
        low: estimate.low,
        high: estimate.high,
        assumption: (pattern.assumption)(&estimate.change),
        settings: own((pattern.settings)(&estimate.change)),
        configurations: own((pattern.configurations)(&estimate.change, &caller, &callee)),
        edge: [caller, callee],
    }
}
