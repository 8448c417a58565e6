//! Services that wait for each other in a circle.

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;

use crate::gate::judgement::{Judged, Measure, Outcome};
use crate::gate::policy::Rule;
use crate::gate::run::Run;
use crate::gate::select::Key;
use crate::gate::subject::Subject;
use crate::model::Article;
use crate::summary::{Add as _, Calls, NONE, NodeId, Table};

use super::Kind;

/// See the article.
pub static KIND: Kind = Kind {
    article: Article {
        id: "service_cycle",
        title: "no cycle of services",
        unit: "services",
        rationale: "No services call each other in a circle. In a circle each is down when any is, \
                    none can be started or rolled out first, and each may hold the workers that \
                    the answer to its own call needs.",
        limits: "Messages do not close a circle: nobody waits for them. A service that calls \
                 itself is let pass. A circle in the graph need not be one within any request.",
        source: "Nygard, Release It!: blocked threads; field practice",
    },
    keys: &[Key::Service, Key::Team],
    parameters: &[],
    relative: false,
    asks: |_| "no services wait for each other in a circle".to_owned(),
    judge,
};

fn judge(run: &Run<'_>, rule: &Rule) -> Judged {
    let catalog = &run.summary.catalog;
    let mut edges: std::collections::BTreeMap<(NodeId, NodeId), Calls> = Default::default();
    for (key, rows) in run.summary.calls.by_key() {
        let pair = (key.0, catalog.node_of(key.1));
        if key.0 != NONE && pair.0 != pair.1 {
            edges.entry(pair).or_default().add(&Table::sum(rows));
        }
    }
    let all: u64 = edges.values().map(|calls| calls.total).sum();
    if all == 0 {
        return Err("no service calls another".to_owned());
    }
    let waits = edges.iter().filter(|(_, calls)| 2 * calls.asynchronous <= calls.total);
    // The index of a node in the graph is its id.
    let graph: DiGraph<(), ()> = DiGraph::from_edges(waits.map(|(&pair, _)| pair));
    let found = tarjan_scc(&graph).into_iter().filter(|circle| circle.len() > 1);
    let mut circles: Vec<Vec<NodeId>> =
        found.map(|circle| circle.iter().map(|at| at.index() as u32).collect()).collect();
    // Ids are in order of names.
    circles.iter_mut().for_each(|circle| circle.sort_unstable());
    circles.sort_unstable();
    let broken = circles.iter().map(|circle| Measure {
        subject: Subject::Route {
            operation: None,
            services: circle.iter().map(|&node| run.place(node)).collect(),
        },
        outcome: Outcome::Broken,
        value: Some(circle.len() as f64),
        limit: None,
        calls: all,
        text: format!("{} services call each other in a circle", circle.len()),
        exemplars: Vec::new(),
    });
    let mut measures: Vec<Measure> = broken.filter(|m| rule.select.fits(&m.subject)).collect();
    if measures.is_empty() {
        measures.push(Measure {
            subject: Subject::Run,
            outcome: if all < rule.min_calls { Outcome::TooFew } else { Outcome::Fits },
            value: Some(0.0),
            limit: None,
            calls: all,
            text: "no circle".to_owned(),
            exemplars: Vec::new(),
        });
    }
    Ok(measures)
}
