//! How deep requests go.

use crate::gate::parameter::{Parameter, Preset, Sort};
use crate::gate::select::Key;
use crate::model::Article;

use super::words::number;
use super::{Kind, shape};

/// See the article.
pub static KIND: Kind = Kind {
    article: Article {
        id: "depth",
        title: "depth",
        unit: "services",
        rationale: "A request passes through no more services, stores and queues one below the \
                    other than the limit, messages included: each of them is something that it \
                    waits for, or that can lose it.",
        limits: "Read from the traces that were kept whole: one is enough to break the limit. \
                 Services without spans end a way.",
        source: "field practice",
    },
    keys: &[Key::Service, Key::Operation, Key::Team],
    parameters: &[Parameter {
        name: "max",
        sort: Sort::Number { least: 1.0, most: 10_000.0 },
        preset: Some(Preset::Number(10.0)),
        meaning: "The most services one below the other, the entry included.",
    }],
    relative: false,
    asks: |rule| format!("at most {} services one below the other", number(rule.number("max"))),
    judge: |run, rule| {
        shape::longest(
            run,
            rule,
            rule.number("max"),
            |_| true,
            |most, limit| {
                format!(
                    "{most} services one below the other; at most {} are allowed",
                    number(limit)
                )
            },
        )
    },
};
