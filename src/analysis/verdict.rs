//! Incident, no incident, or cannot tell; and why.

use crate::detect::{Detection, Harm, Window};
use crate::summary::Summary;

use super::view::Verdict;

/// The verdict with its reason in plain words.
pub fn judge(summary: &Summary, detection: &Detection) -> (Verdict, String) {
    if let Some(window) = detection.incidents.first() {
        return (Verdict::Incident, harm(window));
    }
    let requests: u64 = summary.entries.rows().iter().map(|r| r.2.total).sum();
    if requests == 0 {
        let reason = "There are no entry requests in the input: nothing can be said.";
        return (Verdict::Inconclusive, reason.to_owned());
    }
    if let Some(window) = &detection.doubtful {
        let doubt = "That is either too small or too likely to be chance to be called an incident.";
        return (Verdict::Inconclusive, format!("{} {doubt}", harm(window)));
    }
    if !detection.enough {
        let are = if requests == 1 { "request is" } else { "requests are" };
        let reason = format!("{requests} entry {are} too few to say that nothing is wrong.");
        return (Verdict::Inconclusive, reason);
    }
    let what = if summary.status_blind() {
        "no span says whether one failed, and no window in which behaviour changed for sure"
    } else {
        "no window in which more of them failed or were slow than usual"
    };
    (Verdict::NoIncident, format!("{requests} entry requests, and {what}."))
}

fn harm(window: &Window) -> String {
    if window.harm == Harm::Behaviour {
        return format!(
            "No span says whether a request failed; {} of {} requests show behaviour that is not \
             usual. Chance does as well in {} of searches like this one.",
            window.harmed,
            window.requests,
            if window.p_value < 0.001 {
                "less than 0.1 %".to_owned()
            } else {
                format!("at most {:.1} %", 100.0 * window.p_value)
            },
        );
    }
    let what = match window.harm {
        Harm::Failure => "failed",
        Harm::Latency | Harm::Behaviour => "were far slower than usual",
    };
    let rate = 100.0 * window.harmed as f64 / window.requests.max(1) as f64;
    format!(
        "{} of {} entry requests {what} ({rate:.1} %, usually {:.1} %); chance does as well in {} \
         of shuffled inputs.",
        window.harmed,
        window.requests,
        100.0 * window.usual,
        if window.p_value <= 0.0 {
            "an untested share".to_owned()
        } else {
            format!("at most {:.1} %", 100.0 * window.p_value)
        },
    )
}
