//! Courses in time: a lane a node, and a strip a log template.

use crate::analysis::{Analysis, Lane, LogShift, Timeline};
use crate::model::Nanos;
use crate::report::escape::{name, sentence, shorten};
use crate::report::human::{Clock, count, duration, share};

use super::steps::Step;

/// Columns of a name beside its lane.
const LABEL: usize = 22;
/// Where charts begin and how wide they are; how high a lane is, and how high its log ticks.
const LEFT: f64 = 190.0;
const WIDTH: f64 = 740.0;
const HEIGHT: f64 = 54.0;
const CHART: f64 = 36.0;
const TICK: f64 = 9.0;
/// Templates that have a strip, how high it is, its highest tick, and the columns of their text.
const STRIPS: usize = 6;
const STRIP: f64 = 38.0;
const HIGH: f64 = 14.0;
const TEXT: usize = 110;
/// Between lanes and strips there is a title.
const TITLE: f64 = 24.0;
/// The axis above the lanes.
const TOP: f64 = 44.0;
/// About so many times are written on the axis.
const TIMES: u64 = 6;

/// A lane to draw.
pub struct Drawn {
    /// Its place in the service graph.
    pub place: usize,
    /// Its name, cut.
    pub label: String,
    /// The line below.
    pub note: String,
    /// Its top.
    pub top: f64,
    /// Its bottom.
    pub base: f64,
    /// The share of bad calls, as an area in SVG.
    pub area: String,
    /// The 95th percentile, as a line.
    pub line: String,
    /// Warnings and errors: left and height of each tick.
    pub ticks: Vec<(f64, f64)>,
    /// What the line's top means.
    pub scale: String,
    /// Where its trouble began.
    pub onset: Option<f64>,
    /// All of it for a screen reader.
    pub told: String,
}

/// A log template to draw.
pub struct Strip {
    /// Who writes it, cut.
    pub service: String,
    /// What became of it, and its severity.
    pub note: String,
    /// Its text, cut.
    pub text: String,
    /// Its top.
    pub top: f64,
    /// Its bottom.
    pub base: f64,
    /// Records: left and height of each tick.
    pub ticks: Vec<(f64, f64)>,
    /// All of it for a screen reader.
    pub told: String,
}

/// A mark in time.
pub struct Mark {
    /// Where.
    pub x: f64,
    /// What.
    pub label: String,
}

/// All lanes.
pub struct Lanes {
    /// The lanes.
    pub lanes: Vec<Drawn>,
    /// Log templates that came or went.
    pub strips: Vec<Strip>,
    /// Where their title is.
    pub strips_title: f64,
    /// Times on the axis.
    pub times: Vec<Mark>,
    /// Versions that came.
    pub deployments: Vec<Mark>,
    /// Left and width of the incident.
    pub incident: (f64, f64),
    /// Left and width of where it may have begun.
    pub doubt: (f64, f64),
    /// Where each step of the cascade is, the origin first.
    pub cursor: Vec<f64>,
    /// Height of it all.
    pub height: f64,
    /// Left and right end of the charts.
    pub ends: (f64, f64),
}

/// Draws the lanes of the first incident.
pub fn lanes(analysis: &Analysis, clock: &Clock, steps: &[Step]) -> Option<Lanes> {
    let timeline = &analysis.timeline;
    let incident = analysis.incidents.first()?;
    if timeline.lanes.is_empty() || timeline.steps == 0 {
        return None;
    }
    let axis = Axis { timeline };
    let most = timeline.lanes.iter().flat_map(|l| &l.bad_logs).copied().max().unwrap_or(0);
    let drawn = timeline.lanes.iter().enumerate();
    let lanes: Vec<Drawn> =
        drawn.map(|(i, lane)| axis.lane(analysis, lane, i, most, clock)).collect();
    let below = TOP + lanes.len() as f64 * HEIGHT;
    let shifts = timeline.log_shifts.iter().take(STRIPS).enumerate();
    let strips: Vec<Strip> =
        shifts.map(|(i, s)| axis.strip(s, below + TITLE + i as f64 * STRIP)).collect();
    let height = strips.last().map_or(below, |strip| strip.base + 4.0);
    let end = incident.end.unwrap_or(timeline.to());
    let span = |from: Nanos, to: Nanos| {
        let (a, b) = (axis.x(from), axis.x(to));
        (a, (b - a).max(1.5))
    };
    let began = analysis.candidates.first().and_then(|c| c.onset).unwrap_or(incident.onset);
    let within = |at: &Nanos| *at >= timeline.from && *at <= timeline.to();
    let deployments = timeline.deployments.iter().filter(|d| within(&d.at)).map(|d| Mark {
        x: axis.x(d.at),
        label: shorten(&format!("{} {}", name(&d.service), name(&d.version)), LABEL * 2),
    });
    Some(Lanes {
        times: axis.times(clock),
        deployments: deployments.collect(),
        incident: span(incident.onset, end),
        doubt: span(incident.onset_earliest, incident.onset_latest),
        cursor: std::iter::once(began.0)
            .chain(steps.iter().map(|s| s.at))
            .map(|at| axis.x(Nanos(at)))
            .collect(),
        lanes,
        strips,
        strips_title: below + TITLE - 8.0,
        height,
        ends: (LEFT, LEFT + WIDTH),
    })
}

/// What became of a template.
pub fn trend(shift: &LogShift) -> &'static str {
    match (shift.before, shift.during) {
        (before, _) if before <= 0.0 => "appeared",
        (_, during) if during <= 0.0 => "vanished",
        (before, during) if during > before => "grew",
        _ => "shrank",
    }
}

struct Axis<'a> {
    timeline: &'a Timeline,
}

impl Axis<'_> {
    fn x(&self, at: Nanos) -> f64 {
        let length = self.timeline.step as f64 * self.timeline.steps as f64;
        let share = (at.0 as f64 - self.timeline.from.0 as f64) / length.max(1.0);
        LEFT + WIDTH * share.clamp(0.0, 1.0)
    }

    /// Round times, about evenly spaced.
    fn times(&self, clock: &Clock) -> Vec<Mark> {
        const SECOND: u64 = 1_000_000_000;
        const ROUND: [u64; 13] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 21_600];
        let length = self.timeline.to().0 - self.timeline.from.0;
        let fits = |round: &&u64| length / (**round * SECOND) <= TIMES;
        let apart = ROUND.iter().find(fits).map_or(length / TIMES, |round| round * SECOND).max(1);
        let first = self.timeline.from.0.div_ceil(apart) * apart;
        (0..=TIMES)
            .map(|i| Nanos(first + i * apart))
            .filter(|at| *at <= self.timeline.to())
            .map(|at| Mark { x: self.x(at), label: clock.second(at) })
            .collect()
    }

    /// The middle of a step.
    fn middle(&self, step: usize) -> f64 {
        LEFT + WIDTH * (step as f64 + 0.5) / self.timeline.steps as f64
    }

    fn lane(&self, analysis: &Analysis, lane: &Lane, i: usize, most: u64, clock: &Clock) -> Drawn {
        let top = TOP + i as f64 * HEIGHT + 6.0;
        let base = top + CHART;
        let node = analysis.graph.nodes.get(lane.node);
        let service = node.map_or_else(String::new, |n| name(&n.node.name));
        let worst = lane.course.trouble.iter().flatten().copied().fold(0.0_f32, f32::max);
        let slowest = lane.course.p95.iter().flatten().copied().max().unwrap_or(0);
        let note = lane.onset.map_or_else(String::new, |at| format!("from {}", clock.time(at)));
        let logs: u64 = lane.bad_logs.iter().sum();
        let scale = format!("p95 up to {}", duration(slowest));
        let told = format!(
            "{service}: {}at worst {} of its calls bad, {scale}, {} warnings and errors logged",
            if note.is_empty() { String::new() } else { format!("trouble {note}, ") },
            share(f64::from(worst)),
            count(logs),
        );
        let tick = |n: u64| TICK * (n as f64 / most.max(1) as f64).sqrt();
        let ticks = lane.bad_logs.iter().enumerate().filter(|(_, n)| **n > 0);
        Drawn {
            place: lane.node,
            label: shorten(&service, LABEL),
            note,
            top,
            base,
            area: self.area(&lane.course.trouble, base),
            line: self.line(&lane.course.p95, slowest, base),
            ticks: ticks.map(|(step, n)| (self.middle(step), tick(*n))).collect(),
            scale,
            onset: lane.onset.map(|at| self.x(at)),
            told,
        }
    }

    fn strip(&self, shift: &LogShift, top: f64) -> Strip {
        let (service, text) = (name(&shift.service), sentence(&shift.text));
        let most = shift.course.iter().copied().max().unwrap_or(0).max(1);
        let tick = |n: u64| HIGH * (n as f64 / most as f64).sqrt();
        let written = shift.course.iter().enumerate().filter(|(_, n)| **n > 0);
        let comma = if shift.severity.is_empty() { "" } else { ", " };
        let note = format!("{}{comma}{}", trend(shift), shift.severity);
        Strip {
            told: format!("Log records of {service}, {note}: {text}"),
            service: shorten(&service, LABEL),
            note,
            text: shorten(&text, TEXT),
            top,
            base: top + STRIP - 6.0,
            ticks: written.map(|(step, n)| (self.middle(step), tick(*n))).collect(),
        }
    }

    /// Shares as columns: a step without calls has none.
    fn area(&self, shares: &[Option<f32>], base: f64) -> String {
        let width = WIDTH / self.timeline.steps as f64;
        let mut path = String::new();
        for (step, share) in shares.iter().enumerate() {
            let height = f64::from(share.unwrap_or(0.0).clamp(0.0, 1.0)) * CHART;
            if height > 0.0 {
                let left = LEFT + width * step as f64;
                path += &format!("M{left:.1} {base:.1}v{:.1}h{width:.1}v{height:.1}z", -height);
            }
        }
        path
    }

    /// Steps without calls are passed over: the line says how long calls took when there were any.
    fn line(&self, values: &[Option<u64>], most: u64, base: f64) -> String {
        let mut path = String::new();
        for (step, value) in values.iter().enumerate() {
            let Some(value) = value else { continue };
            let y = base - CHART * (*value as f64 / most.max(1) as f64);
            let begins = if path.is_empty() { 'M' } else { 'L' };
            path += &format!("{begins}{:.1} {y:.1}", self.middle(step));
        }
        path
    }
}
