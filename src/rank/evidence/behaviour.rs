//! What a node does differently, where no span says that it failed.

use crate::detect::{END, Feature, Seen, Shift, logit};
use crate::model::Article;
use crate::summary::{NodeId, TemplateId};

use super::super::Case;
use super::{Evidence, Finding};

/// See the article.
pub static EVIDENCE: Evidence = Evidence {
    article: Article {
        id: "behaviour_change",
        title: "behaves differently",
        unit: "share",
        rationale: "Where no span says that a request failed, the trouble shows in what a \
                    service does: it writes errors after a record that was followed by others, \
                    ends early, leaves calls out, or takes far longer by itself or on its \
                    connections. The value is its share of all such change.",
        limits: "Another mix of requests changes behaviour too: shares that swing in the \
                 reference are discounted by how much they do, and half as long again is \
                 taken for drift. Calls with an error that several services write in healthy \
                 time as well are left out.",
        source: "Nezha, FSE 2023 (absent and new events); quasi-likelihood, McCullagh & Nelder \
                 1989",
    },
    weigh,
};

fn weigh(case: &Case<'_>, node: NodeId) -> Option<Finding> {
    let change = case.window.change.as_ref()?;
    let share = case.share(node);
    let own: Vec<String> =
        change.shifts.iter().filter(|s| s.node == node).take(2).map(|s| words(case, s)).collect();
    let text = if own.is_empty() {
        "services that call it behave differently".to_owned()
    } else {
        own.join("; ")
    };
    Some(Finding { value: share, contribution: logit(share) - case.prior(), text })
}

fn words(case: &Case<'_>, shift: &Shift) -> String {
    let catalog = case.catalog();
    let operation = |op: u32| catalog.operations[op as usize].name.as_str();
    let template = |id: TemplateId| {
        catalog.templates.get(id as usize).map_or("its first record", |t| t.text.as_str())
    };
    let what = match shift.feature {
        Feature::Follows(op, first, END) => {
            format!("in {}, \"{}\" was the last record", operation(op), template(first))
        }
        Feature::Follows(op, first, then) => format!(
            "in {}, \"{}\" was followed by \"{}\"",
            operation(op),
            template(first),
            template(then)
        ),
        Feature::Child(op, child) => format!(
            "{} called {} {}",
            operation(op),
            case.name(catalog.node_of(child)),
            operation(child)
        ),
        Feature::Calls(op, callee) | Feature::Unanswered(op, callee) => {
            format!("{} got no answer from {}", operation(op), case.name(callee))
        }
        Feature::Own(op) => operation(op).to_owned(),
        Feature::Gap((caller, op)) => {
            let from = catalog.nodes.get(caller as usize).map_or("outside", |n| n.name.as_str());
            let to = case.name(catalog.node_of(op));
            format!("between {from} and {to} {}", operation(op))
        }
    };
    match (&shift.seen, shift.feature) {
        (Seen::Share(counts), _) => {
            let [before, during] = counts.map(|c| format!("{:.0} of {:.0}", c.events, c.trials));
            format!("{what} in {during} requests, before in {before}")
        }
        (Seen::Pace([before, during]), Feature::Own(_)) => format!(
            "{what} itself took {:.0} ms in {:.0} requests, before {:.0} ms in {:.0}",
            during.millis, during.traces, before.millis, before.traces
        ),
        (Seen::Pace([before, during]), _) => format!(
            "{:.0} ms were lost {what} in {:.0} requests, before {:.0} ms in {:.0}",
            during.millis, during.traces, before.millis, before.traces
        ),
    }
}
