//! A caller whose patience is shorter than what its callee allows itself.

use std::collections::BTreeMap;

use crate::model::{Article, Cause};
use crate::summary::{Children, DigestHop, NONE, NodeId};

use super::caller_timeout::gave_up;
use super::edge::{median, told};
use super::{Edge, Factor, Found};

/// See the article.
pub static FACTOR: Factor = Factor {
    article: Article {
        id: "timeout_inversion",
        title: "deadlines in the wrong order",
        unit: "times",
        rationale: "The caller gives up before its callee has had its own attempts: the callee's \
                    deadline, times its attempts, is longer than the caller's. Retries and \
                    fallbacks below are made for nobody. The value is how many times the \
                    caller's patience the callee may take. Reorder the budgets: the outer one \
                    must be the longest.",
        limits: "Seen only where both deadlines passed at least once; the callee's attempts are \
                 the most that were seen.",
        source: "SRE book, chapter 22: deadlines; field practice",
    },
    find,
};

/// Deadlines are read from at least so many calls that they ended.
const CALLS: usize = 3;

fn find(edge: &Edge<'_>) -> Option<Found> {
    let patience: Vec<u32> = edge.calls().filter(|h| gave_up(h)).map(|h| h.took()).collect();
    let patience = median(enough(patience)?)?;
    let (below, deadline, attempts) = slowest_below(edge)?;
    let allowed = deadline * f64::from(attempts);
    // Deadlines are met to within a scheduler's delay; a tenth is no inversion.
    if allowed <= 1.1 * patience {
        return None;
    }
    let [caller, callee] = edge.names();
    let text = format!(
        "{caller} gives up on {callee} after {}, but {callee} allows its calls to {} {} × {}",
        told(patience),
        edge.name(below),
        attempts,
        told(deadline),
    );
    Some(Found { value: allowed / patience, text })
}

/// Of the nodes that the callee gave up on: who, after how many milliseconds, in how many
/// attempts; the one on which it may spend most.
fn slowest_below(edge: &Edge<'_>) -> Option<(NodeId, f64, u32)> {
    let mut late: BTreeMap<NodeId, Vec<u32>> = BTreeMap::new();
    let mut attempts: BTreeMap<NodeId, u32> = BTreeMap::new();
    for (digest, at) in &edge.kept {
        let parents = digest.hops.iter().map(|h| (h.parent != NONE).then_some(h.parent));
        let children = Children::new(parents);
        let mut tried: BTreeMap<NodeId, u32> = BTreeMap::new();
        for hop in children.of(*at).iter().map(|&child| &digest.hops[child as usize]) {
            let node = edge.catalog.node_of(hop.operation);
            if hop.cause == Cause::Timeout && hop.has(DigestHop::FAILED) {
                late.entry(node).or_default().push(hop.took());
            }
            let tried = tried.entry(node).or_insert(1);
            *tried += u32::from(hop.has(DigestHop::RETRY));
        }
        for (node, tried) in tried {
            let most = attempts.entry(node).or_default();
            *most = tried.max(*most);
        }
    }
    let deadlines = late
        .into_iter()
        .filter_map(|(node, took)| Some((node, median(enough(took)?)?, attempts[&node])));
    deadlines.max_by(|a, b| (a.1 * f64::from(a.2)).total_cmp(&(b.1 * f64::from(b.2))))
}

fn enough(took: Vec<u32>) -> Option<Vec<u32>> {
    (took.len() >= CALLS).then_some(took)
}
