//! Latency above the baseline's.

use crate::gate::judgement::{Judged, Outcome};
use crate::gate::parameter::{Parameter, Preset, Sort};
use crate::gate::policy::Rule;
use crate::gate::run::Run;
use crate::gate::select::Key;
use crate::model::Article;

use super::Kind;
use super::increase::{self, Growth};
use super::words::{number, time};

/// See the article.
pub static KIND: Kind = Kind {
    article: Article {
        id: "latency_increase",
        title: "latency above the baseline",
        unit: "%",
        rationale: "A quantile of how long entry requests take (or calls, operation by operation) \
                    is not longer than in the baseline by more than the limit. It is broken only \
                    by what runs of one version would not differ by, all comparisons of the run \
                    together at one in a hundred.",
        limits: "With one baseline run, only what varies within a run is known as noise: give \
                 several. Less than a tenth, or a tenth of a millisecond, is no news. docs/ci.md \
                 says how many calls it takes.",
        source: "tracefall diff",
    },
    keys: &[Key::Service, Key::Operation, Key::Edge, Key::Team],
    parameters: &[
        Parameter::number("max_percent", 10.0, "By how much it may be longer."),
        Parameter {
            name: "quantile",
            sort: Sort::Word(&["p50", "p95", "p99"]),
            preset: Some(Preset::Word("p95")),
            meaning: "Which quantile.",
        },
        increase::OF,
    ],
    relative: true,
    asks: |rule| {
        let (quantile, most) = (rule.word("quantile"), number(rule.number("max_percent")));
        format!("{quantile} is at most {most}% above the baseline")
    },
    judge,
};

fn judge(run: &Run<'_>, rule: &Rule) -> Judged {
    let (id, limit) = (rule.word("quantile"), rule.number("max_percent"));
    let growth = |m: &crate::compare::Measured| {
        let (before, after) = (m.before?, m.after?);
        let by = 100.0 * (after / before - 1.0);
        let text = format!(
            "{id} is {}, in the baseline {} (+{}%); at most +{}% is allowed",
            time(after),
            time(before),
            number(by),
            number(limit)
        );
        by.is_finite().then_some(Growth { by, within: increase::off_by(m), text })
    };
    increase::judge(run, rule, (id, limit, 10.0), growth, |_, _| Some(Outcome::TooFew))
}
