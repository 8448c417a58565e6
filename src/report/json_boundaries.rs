//! Boundaries between teams as JSON.

use serde::Serialize;

use crate::analysis as view;

use super::json_text::{finite, millis};

/// The wire form of [`view::Boundaries`].
#[derive(Serialize)]
pub struct Boundaries<'a> {
    teams: &'a [String],
    unassigned_services: &'a [String],
    began_in: Option<&'a str>,
    entered: Vec<Entered<'a>>,
    list: Vec<Boundary<'a>>,
}

#[derive(Serialize)]
struct Entered<'a> {
    team: &'a str,
    from_team: &'a str,
    edge: &'a [String; 2],
    at: String,
}

#[derive(Serialize)]
struct Boundary<'a> {
    caller_team: &'a str,
    callee_team: &'a str,
    #[serde(flatten)]
    crossing: Crossing,
    integration_points: Vec<IntegrationPoint<'a>>,
}

#[derive(Serialize)]
struct IntegrationPoint<'a> {
    edge: &'a [String; 2],
    #[serde(flatten)]
    crossing: Crossing,
}

#[derive(Serialize)]
struct Crossing {
    calls: u64,
    failed: Option<u64>,
    failed_before: Option<f64>,
    repeated: u64,
    abandoned: u64,
    attempts_per_call: Option<f64>,
    attempts_per_call_before: Option<f64>,
    time_lost_ms: Option<f64>,
    onset: Option<String>,
}

impl<'a> Boundaries<'a> {
    /// From the view; in status-blind input failures are unknown.
    pub fn of(boundaries: &'a view::Boundaries, blind: bool) -> Self {
        let crossing = |crossing: &view::Crossing| Crossing {
            calls: crossing.calls,
            failed: (!blind || crossing.failed > 0).then_some(crossing.failed),
            failed_before: crossing.failed_before.filter(|_| !blind).and_then(finite),
            repeated: crossing.repeated,
            abandoned: crossing.abandoned,
            attempts_per_call: crossing.attempts.and_then(finite),
            attempts_per_call_before: crossing.attempts_before.and_then(finite),
            time_lost_ms: crossing.lost_ns.map(millis),
            onset: crossing.onset.map(|at| at.to_string()),
        };
        let point = |point: &'a view::IntegrationPoint| IntegrationPoint {
            edge: &point.edge,
            crossing: crossing(&point.crossing),
        };
        let entered = |entered: &'a view::Entered| Entered {
            team: &entered.team,
            from_team: &entered.from,
            edge: &entered.edge,
            at: entered.at.to_string(),
        };
        let boundary = |boundary: &'a view::Boundary| Boundary {
            caller_team: &boundary.teams[0],
            callee_team: &boundary.teams[1],
            crossing: crossing(&boundary.crossing),
            integration_points: boundary.points.iter().map(point).collect(),
        };
        Self {
            teams: &boundaries.teams,
            unassigned_services: &boundaries.unassigned,
            began_in: boundaries.began_in.as_deref(),
            entered: boundaries.entered.iter().map(entered).collect(),
            list: boundaries.list.iter().map(boundary).collect(),
        }
    }
}
