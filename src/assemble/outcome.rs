//! When a span counts as failed.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::{
    Cause, Glob, OperationGlob, SpanKind, SpanRecord, SpanStatus, StatusCode, Sym, Tables,
};

use super::NodeKey;

/// What the user may decide about errors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorPolicy {
    /// Count a server's HTTP 4xx as failures of the server.
    pub server_4xx: bool,
    /// Leave a client's HTTP 4xx out, though the conventions call them errors.
    pub ignore_client_4xx: bool,
    /// Codes that are failures, or are none, on both sides, whatever the conventions and the
    /// span's status say.
    pub codes: BTreeMap<StatusCode, bool>,
    /// Errors that are no failures, by `error.type`, or by `exception.type` where that is not
    /// given.
    pub ignored_types: Vec<Glob>,
    /// Operations whose failures count neither for them nor for whoever called them.
    pub ignored_operations: Vec<OperationGlob>,
}

/// An [`ErrorPolicy`] for the names of one input.
#[derive(Debug, Default)]
pub struct Judge {
    server_4xx: bool,
    ignore_client_4xx: bool,
    /// What departs from the conventions, if anything does.
    special: Option<Box<Special>>,
}

#[derive(Debug)]
struct Special {
    codes: FxHashMap<StatusCode, bool>,
    types: FxHashSet<Sym>,
    /// Node and name.
    operations: FxHashSet<(u32, Sym)>,
}

impl Judge {
    /// Looks the patterns of a policy up among names: of `operations`, node and name.
    pub fn new(
        policy: &ErrorPolicy,
        tables: &Tables,
        nodes: &[NodeKey],
        operations: impl Iterator<Item = (u32, Sym)>,
    ) -> Self {
        let ErrorPolicy { codes, ignored_types, ignored_operations, .. } = policy;
        let plain = codes.is_empty() && ignored_types.is_empty() && ignored_operations.is_empty();
        let typed = |text: &str| ignored_types.iter().any(|glob| glob.matches(text));
        let named = |&(node, name): &(u32, Sym)| {
            let (key, name) = (&nodes[node as usize], tables.symbols.get(name));
            ignored_operations.iter().any(|glob| glob.matches(&key.namespace, &key.name, name))
        };
        let special = || {
            let symbols = tables.symbols.iter().zip(0..).skip(1);
            Box::new(Special {
                codes: codes.iter().map(|(&code, &fails)| (code, fails)).collect(),
                types: symbols.filter(|(text, _)| typed(text)).map(|(_, n)| Sym(n)).collect(),
                operations: operations.filter(named).collect(),
            })
        };
        Self {
            server_4xx: policy.server_4xx,
            ignore_client_4xx: policy.ignore_client_4xx,
            special: (!plain).then(special),
        }
    }

    /// Whether a span failed.
    pub fn failed(&self, span: &SpanRecord) -> bool {
        match &self.special {
            None => self.failed_by_convention(span),
            Some(special) => special.codes.get(&span.code).copied().unwrap_or_else(|| {
                self.failed_by_convention(span) && !special.types.contains(&span.error)
            }),
        }
    }

    /// Whether failures of an operation do not count, for a node and a name.
    pub fn ignores(&self, node: u32, name: Sym) -> bool {
        self.special.as_ref().is_some_and(|special| special.operations.contains(&(node, name)))
    }

    /// Whether there is any operation whose failures do not count.
    pub fn ignores_any(&self) -> bool {
        self.special.as_ref().is_some_and(|special| !special.operations.is_empty())
    }
}

/// gRPC codes that are failures of the server: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED,
/// INTERNAL, UNAVAILABLE, DATA_LOSS (OpenTelemetry semantic conventions 1.44, RPC), and
/// RESOURCE_EXHAUSTED, which leaves the status unset though the server turned work away.
const GRPC_SERVER_FAILURES: [u16; 7] = [2, 4, 8, 12, 13, 14, 15];
const GRPC_CANCELLED: u16 = 1;

impl Judge {
    /// Whether a span failed, by the semantic conventions: the status if it says "error", else
    /// the protocol's code, because servers leave the status unset for codes that matter here.
    ///
    /// Cancellation by the client is nobody's failure. A server's 4xx is the client's mistake; the
    /// client's own span calls it an error. A 4xx status is decided by the policy even where the
    /// instrumentation set the status, so that one rule holds for all languages.
    fn failed_by_convention(&self, span: &SpanRecord) -> bool {
        if span.cause == Cause::Cancelled || span.code.as_grpc() == Some(GRPC_CANCELLED) {
            return false;
        }
        let serves = matches!(span.kind, SpanKind::Server | SpanKind::Consumer);
        match span.code.as_http() {
            // 429 is the server saying "too much": load, not a client's mistake.
            Some(429) => true,
            Some(400..=499) if serves => self.server_4xx,
            Some(400..=499) => !self.ignore_client_4xx,
            Some(500..) => true,
            _ => match (span.status, span.code.as_grpc()) {
                (SpanStatus::Error, _) => true,
                (SpanStatus::Ok, _) => false,
                (_, Some(code)) if serves => GRPC_SERVER_FAILURES.contains(&code),
                (_, Some(code)) => code != 0,
                _ => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(policy: &ErrorPolicy, tables: &Tables) -> Judge {
        Judge::new(policy, tables, &[], std::iter::empty())
    }

    fn failed(kind: SpanKind, status: SpanStatus, code: StatusCode) -> bool {
        let span = SpanRecord { kind, status, code, ..SpanRecord::default() };
        Judge::default().failed(&span)
    }

    #[test]
    fn http_4xx_is_the_clients_error_and_not_the_servers() {
        let code = StatusCode::http(404);
        assert!(!failed(SpanKind::Server, SpanStatus::Unset, code));
        assert!(!failed(SpanKind::Server, SpanStatus::Error, code));
        assert!(failed(SpanKind::Client, SpanStatus::Unset, code));
        let span = SpanRecord { kind: SpanKind::Server, code, ..SpanRecord::default() };
        let policy = ErrorPolicy { server_4xx: true, ..ErrorPolicy::default() };
        assert!(judge(&policy, &Tables::default()).failed(&span));
    }

    #[test]
    fn http_5xx_fails_both_sides_and_429_accuses_the_server() {
        for kind in [SpanKind::Server, SpanKind::Client] {
            assert!(failed(kind, SpanStatus::Unset, StatusCode::http(503)));
            assert!(failed(kind, SpanStatus::Unset, StatusCode::http(429)));
            assert!(!failed(kind, SpanStatus::Unset, StatusCode::http(200)));
        }
    }

    #[test]
    fn grpc_codes_differ_by_side() {
        let not_found = StatusCode::grpc(5);
        assert!(!failed(SpanKind::Server, SpanStatus::Unset, not_found));
        assert!(failed(SpanKind::Client, SpanStatus::Unset, not_found));
        let exhausted = StatusCode::grpc(8);
        assert!(failed(SpanKind::Server, SpanStatus::Unset, exhausted));
        let cancelled = StatusCode::grpc(1);
        assert!(!failed(SpanKind::Client, SpanStatus::Error, cancelled));
    }

    #[test]
    fn an_explicit_ok_wins_over_silence_and_a_status_alone_suffices() {
        assert!(!failed(SpanKind::Client, SpanStatus::Ok, StatusCode::NONE));
        assert!(failed(SpanKind::Internal, SpanStatus::Error, StatusCode::NONE));
        assert!(!failed(SpanKind::Server, SpanStatus::Unset, StatusCode::NONE));
    }
    #[test]
    fn a_code_that_was_settled_is_settled_for_both_sides_and_every_status() {
        let codes = [(StatusCode::http(404), false), (StatusCode::grpc(5), true)].into();
        let policy = ErrorPolicy { codes, ..ErrorPolicy::default() };
        let judge = judge(&policy, &Tables::default());
        for kind in [SpanKind::Server, SpanKind::Client] {
            for status in [SpanStatus::Unset, SpanStatus::Ok, SpanStatus::Error] {
                let failed = |code| {
                    judge.failed(&SpanRecord { kind, status, code, ..SpanRecord::default() })
                };
                assert!(!failed(StatusCode::http(404)) && failed(StatusCode::grpc(5)));
            }
        }
    }

    #[test]
    fn ignored_types_are_no_failures_and_no_type_is_none_of_them() {
        let mut tables = Tables::default();
        let error = tables.symbols.intern("shop.ValidationException");
        let ignored_types = vec![Glob::parse("*").unwrap()];
        let judge = judge(&ErrorPolicy { ignored_types, ..ErrorPolicy::default() }, &tables);
        let span = SpanRecord { status: SpanStatus::Error, ..SpanRecord::default() };
        assert!(judge.failed(&span));
        assert!(!judge.failed(&SpanRecord { error, ..span }));
    }
}
