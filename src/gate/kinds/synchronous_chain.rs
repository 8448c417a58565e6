//! How many services wait for each other.

use crate::gate::parameter::{Parameter, Preset, Sort};
use crate::gate::select::Key;
use crate::model::Article;
use crate::summary::DigestHop;

use super::words::number;
use super::{Kind, shape};

/// See the article.
pub static KIND: Kind = Kind {
    article: Article {
        id: "synchronous_chain",
        title: "synchronous chain",
        unit: "services",
        rationale: "No more services wait for each other in a row than the limit. Each link of \
                    such a chain is down when any link below it is: availabilities multiply, \
                    and latencies add up.",
        limits: "As for depth; messages end a chain.",
        source: "Nygard, Release It!: integration points; field practice",
    },
    keys: &[Key::Service, Key::Operation, Key::Team],
    parameters: &[Parameter {
        name: "max",
        sort: Sort::Number { least: 1.0, most: 10_000.0 },
        preset: Some(Preset::Number(7.0)),
        meaning: "The most services in a row, the entry included.",
    }],
    relative: false,
    asks: |rule| {
        format!("at most {} services wait for each other in a row", number(rule.number("max")))
    },
    judge: |run, rule| {
        let waits = |hop: &DigestHop| !hop.has(DigestHop::ASYNC);
        shape::longest(run, rule, rule.number("max"), waits, |most, limit| {
            format!("{most} services wait for each other; at most {} are allowed", number(limit))
        })
    },
};
