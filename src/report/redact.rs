//! A report without names, to be shown outside the house.
//!
//! Every string that came from telemetry is replaced by a pseudonym: where it is a field of its
//! own, and wherever it occurs in a sentence. Counts, times and shares stay. One name has one
//! pseudonym in all formats of a run, and in all runs over the same names: numbers follow the
//! order of a hash, so that neither the alphabet nor the ranking shows through them.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, MatchKind};

use crate::analysis::{Analysis, Boundaries, Candidate, NodeName, Sort, Told, Waterfall};
use crate::faultlines::Faultlines;
use crate::history::{Entry, Imprint, Name, Part, WeakPoint, WeakPoints};
use crate::model::stable_hash;

/// The analysis with pseudonyms.
pub fn redact(analysis: &Analysis) -> Analysis {
    let pen = Pen::new(&analysis.names);
    let mut out = analysis.clone();
    out.names.clear();
    for stats in std::iter::once(&mut out.input).chain(out.baseline_input.as_mut()) {
        stats.examples.clear();
    }
    pen.all(Sort::Service, &mut out.coverage.uninstrumented);
    for clock in &mut out.coverage.skewed_clocks {
        pen.name(Sort::Host, &mut clock.clock);
    }
    pen.text(&mut out.verdict_reason);
    for entry in &mut out.impact {
        pen.name(Sort::Service, &mut entry.service);
        pen.name(Sort::Operation, &mut entry.operation);
    }
    out.candidates.iter_mut().for_each(|candidate| pen.candidate(candidate));
    out.tie_note.iter_mut().for_each(|text| pen.text(text));
    for pair in &mut out.independent {
        pen.all(Sort::Service, &mut pair.candidates);
        pen.text(&mut pair.text);
    }
    for contrast in &mut out.contrasts.list {
        contrast.service.iter_mut().for_each(|name| pen.name(Sort::Service, name));
        contrast.traits.iter_mut().for_each(|told| pen.told(told));
        pen.text(&mut contrast.text);
    }
    for change in &mut out.changes.list {
        change.traits.iter_mut().for_each(|told| pen.told(told));
        pen.text(&mut change.text);
    }
    for edge in &mut out.cascade.edges {
        pen.name(Sort::Service, &mut edge.from);
        pen.name(Sort::Service, &mut edge.to);
    }
    for impacted in &mut out.cascade.impacted {
        pen.name(Sort::Service, &mut impacted.service);
    }
    for factor in &mut out.cascade.factors {
        pen.all(Sort::Service, &mut factor.edge);
        pen.text(&mut factor.text);
    }
    pen.boundaries(&mut out.boundaries);
    for estimate in &mut out.containment {
        pen.all(Sort::Service, &mut estimate.edge);
        pen.text(&mut estimate.assumption);
        estimate.settings.iter_mut().for_each(|(_, value)| pen.text(value));
        // Configuration to paste is made of names: there is nothing left of it to paste.
        estimate.configurations.clear();
    }
    out.containment_note.iter_mut().for_each(|text| pen.text(text));
    for node in &mut out.graph.nodes {
        pen.node(&mut node.node);
        pen.all(Sort::Version, &mut node.versions);
        node.team.iter_mut().for_each(|team| pen.name(Sort::Namespace, team));
    }
    for deployment in &mut out.timeline.deployments {
        pen.name(Sort::Service, &mut deployment.service);
        pen.name(Sort::Version, &mut deployment.version);
    }
    for shift in &mut out.timeline.log_shifts {
        pen.name(Sort::Service, &mut shift.service);
        pen.name(Sort::Log, &mut shift.text);
    }
    out
}

/// A trace by itself, with pseudonyms.
pub fn redact_trace(trace: &Waterfall, names: &[(Sort, String)]) -> Waterfall {
    let mut out = trace.clone();
    Pen::new(names).waterfall(&mut out);
    out
}

/// Fault lines with pseudonyms.
pub fn redact_faultlines(faultlines: &Faultlines) -> Faultlines {
    let pen = Pen::new(&faultlines.names);
    let mut out = faultlines.clone();
    out.names.clear();
    out.input.examples.clear();
    pen.all(Sort::Namespace, &mut out.teams);
    pen.all(Sort::Service, &mut out.unassigned);
    for point in &mut out.points {
        point.edge.iter_mut().for_each(|node| pen.node(node));
        point.teams.iter_mut().flatten().for_each(|team| pen.name(Sort::Namespace, team));
        point.findings.iter_mut().for_each(|found| pen.text(&mut found.text));
        point.exemplars.iter_mut().for_each(|id| pen.trace(id));
    }
    out
}

/// Incidents remembered, with pseudonyms. What people have written to them is left out.
pub fn redact_entries(entries: &[Entry]) -> Vec<Entry> {
    let pen = Pen::new(&entries.iter().flat_map(names).collect::<Vec<_>>());
    let redacted = entries.iter().map(|entry| {
        let mut imprint = entry.imprint.clone();
        pen.imprint(&mut imprint);
        let words = String::new;
        Entry { label: words(), note: words(), imprint, ..entry.clone() }
    });
    redacted.collect()
}

/// Weak points of these incidents, with pseudonyms.
pub fn redact_weak_points(found: &WeakPoints, entries: &[Entry]) -> WeakPoints {
    let pen = Pen::new(&entries.iter().flat_map(names).collect::<Vec<_>>());
    let mut out = found.clone();
    for points in [&mut out.edges, &mut out.services, &mut out.boundaries] {
        points.iter_mut().for_each(|point| pen.part(&mut point.part));
        // The alphabet of the names does not show in the order.
        points.sort_by(WeakPoint::order);
    }
    out
}

fn names(entry: &Entry) -> impl Iterator<Item = (Sort, String)> {
    let Entry { imprint, teams, .. } = entry;
    let nodes = imprint.nodes.iter().flat_map(|node| {
        let Name { namespace, name } = node.at.clone();
        let team = teams.of(&namespace, &name).unwrap_or_default().to_owned();
        [(Sort::Service, name), (Sort::Namespace, namespace), (Sort::Namespace, team)]
    });
    let operations = imprint.entries.iter().map(|e| (Sort::Operation, e.operation.clone()));
    let templates = imprint.templates.iter().map(|(_, text)| (Sort::Log, text.clone()));
    nodes.chain(operations).chain(templates).filter(|(_, name)| !name.is_empty())
}

/// Writes pseudonyms.
pub(super) struct Pen {
    pseudonyms: BTreeMap<(Sort, String), String>,
    /// What stands for each pattern of the search, in its order.
    substitutes: Vec<String>,
    search: Option<AhoCorasick>,
}

impl Pen {
    pub(super) fn new(names: &[(Sort, String)]) -> Self {
        let mut by_sort: BTreeMap<Sort, BTreeSet<(u64, &str)>> = BTreeMap::new();
        for (sort, name) in names {
            by_sort.entry(*sort).or_default().insert((hash(name), name));
        }
        let mut pseudonyms = BTreeMap::new();
        for (sort, names) in by_sort {
            for (number, (_, name)) in names.into_iter().enumerate() {
                pseudonyms.insert((sort, name.to_owned()), pseudonym(sort, number + 1));
            }
        }
        // One text may name things of several sorts; the first sort's pseudonym stands for all.
        let mut once: BTreeMap<&str, &String> = BTreeMap::new();
        for ((_, name), pseudonym) in &pseudonyms {
            once.entry(name).or_insert(pseudonym);
        }
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(once.keys().map(|name| name.as_bytes()))
            .ok();
        let substitutes = once.into_values().cloned().collect();
        Self { pseudonyms, substitutes, search }
    }

    /// A field that is a name.
    pub(super) fn name(&self, sort: Sort, name: &mut String) {
        if name.is_empty() {
            return;
        }
        let known = self.pseudonyms.get(&(sort, name.clone()));
        // What is not in the list is a name all the same.
        *name =
            known.cloned().unwrap_or_else(|| format!("{}-{:04x}", noun(sort), hash(name) >> 48));
    }

    fn all(&self, sort: Sort, names: &mut [String]) {
        names.iter_mut().for_each(|name| self.name(sort, name));
    }

    fn node(&self, node: &mut NodeName) {
        self.name(Sort::Service, &mut node.name);
        self.name(Sort::Namespace, &mut node.namespace);
    }

    fn told(&self, told: &mut Told) {
        told.service.iter_mut().for_each(|name| self.name(Sort::Service, name));
        let sort = match told.dimension.as_str() {
            "service.version" => Sort::Version,
            "service.instance.id" => Sort::Instance,
            "cloud.availability_zone" => Sort::Zone,
            "log.template" => Sort::Log,
            _ => Sort::Tag,
        };
        self.name(sort, &mut told.value);
        if let Some(flag) = told.dimension.strip_prefix("feature_flag:") {
            let mut flag = flag.to_owned();
            self.name(Sort::Tag, &mut flag);
            told.dimension = format!("feature_flag:{flag}");
        }
    }

    /// A sentence in which names occur, as whole words.
    pub(super) fn text(&self, text: &mut String) {
        let Some(search) = &self.search else {
            // Without a search nothing in the sentence can be vouched for.
            "(left out)".clone_into(text);
            return;
        };
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        while let Some(found) = search.find(&text[done..]) {
            let (from, to) = (done + found.start(), done + found.end());
            let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            let inside = |a: Option<char>, b: Option<char>| word(a) && word(b);
            let begins = !inside(text[..from].chars().next_back(), text[from..].chars().next());
            let ends = !inside(text[..to].chars().next_back(), text[to..].chars().next());
            if begins && ends {
                out += &text[done..from];
                out += &self.substitutes[found.pattern().as_usize()];
                done = to;
            } else {
                let next = text[from..].chars().next().map_or(1, char::len_utf8);
                out += &text[done..from + next];
                done = from + next;
            }
        }
        out += &text[done..];
        *text = out;
    }

    fn remembered(&self, name: &mut Name) {
        self.name(Sort::Service, &mut name.name);
        self.name(Sort::Namespace, &mut name.namespace);
    }

    fn part(&self, part: &mut Part) {
        match part {
            Part::Edge { caller, callee } => {
                [caller, callee].into_iter().for_each(|name| self.remembered(name));
            }
            Part::Service(name) => self.remembered(name),
            Part::Boundary { caller, callee } => {
                [caller, callee].into_iter().for_each(|team| self.name(Sort::Namespace, team));
            }
        }
    }

    fn imprint(&self, imprint: &mut Imprint) {
        let node = |name: &mut Name| self.remembered(name);
        imprint.accused.iter_mut().for_each(|accused| node(&mut accused.node));
        imprint.fell.iter_mut().flatten().for_each(node);
        imprint.nodes.iter_mut().for_each(|traffic| node(&mut traffic.at));
        imprint.edges.iter_mut().flat_map(|traffic| &mut traffic.at).for_each(node);
        for entry in &mut imprint.entries {
            self.name(Sort::Service, &mut entry.service);
            self.name(Sort::Operation, &mut entry.operation);
        }
        imprint.templates = std::mem::take(&mut imprint.templates)
            .into_iter()
            .map(|(mut service, mut text)| {
                self.name(Sort::Service, &mut service);
                self.name(Sort::Log, &mut text);
                (service, text)
            })
            .collect();
    }

    pub(super) fn trace(&self, id: &mut String) {
        // Ids are random: what stands for one looks alike, and leads nowhere.
        let (a, b) = (hash(id), stable_hash(hash(id), 1));
        *id = format!("{a:016x}{b:016x}");
    }

    fn candidate(&self, candidate: &mut Candidate) {
        self.node(&mut candidate.node);
        if let Some(edge) = &mut candidate.edge {
            self.all(Sort::Service, edge);
        }
        for (sort, field) in [
            (Sort::Operation, &mut candidate.operation),
            (Sort::Instance, &mut candidate.instance),
            (Sort::Version, &mut candidate.version),
            (Sort::Zone, &mut candidate.zone),
        ] {
            field.iter_mut().for_each(|name| self.name(sort, name));
        }
        self.text(&mut candidate.summary);
        for evidence in &mut candidate.evidence {
            self.text(&mut evidence.text);
            evidence.exemplars.iter_mut().for_each(|id| self.trace(id));
        }
        for hop in &mut candidate.path {
            self.name(Sort::Service, &mut hop.from);
            self.name(Sort::Service, &mut hop.to);
        }
        candidate.exemplars.iter_mut().for_each(|id| self.trace(id));
        if let Some(exemplar) = &mut candidate.exemplar {
            self.waterfall(&mut exemplar.failing);
            exemplar.healthy.iter_mut().for_each(|trace| self.waterfall(trace));
        }
    }

    fn boundaries(&self, boundaries: &mut Boundaries) {
        self.all(Sort::Namespace, &mut boundaries.teams);
        self.all(Sort::Service, &mut boundaries.unassigned);
        boundaries.began_in.iter_mut().for_each(|team| self.name(Sort::Namespace, team));
        for entered in &mut boundaries.entered {
            self.name(Sort::Namespace, &mut entered.team);
            self.name(Sort::Namespace, &mut entered.from);
            self.all(Sort::Service, &mut entered.edge);
        }
        for boundary in &mut boundaries.list {
            self.all(Sort::Namespace, &mut boundary.teams);
            boundary.points.iter_mut().for_each(|p| self.all(Sort::Service, &mut p.edge));
        }
    }

    fn waterfall(&self, waterfall: &mut Waterfall) {
        self.trace(&mut waterfall.id);
        self.name(Sort::Service, &mut waterfall.service);
        self.name(Sort::Operation, &mut waterfall.operation);
        for bar in &mut waterfall.bars {
            self.name(Sort::Service, &mut bar.service);
            self.name(Sort::Operation, &mut bar.operation);
            bar.logs.iter_mut().for_each(|(_, text)| self.name(Sort::Log, text));
        }
    }
}

const fn noun(sort: Sort) -> &'static str {
    match sort {
        Sort::Service => "service",
        Sort::Namespace => "namespace",
        Sort::Operation => "operation",
        Sort::Instance => "instance",
        Sort::Version => "version",
        Sort::Zone => "zone",
        Sort::Host => "host",
        Sort::Log => "log-template",
        Sort::Tag => "tag",
    }
}

fn pseudonym(sort: Sort, number: usize) -> String {
    format!("{}-{number}", noun(sort))
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(0, |hash, byte| stable_hash(hash, u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pen() -> Pen {
        let names = [
            (Sort::Service, "cart".to_owned()),
            (Sort::Service, "cart-db".to_owned()),
            (Sort::Operation, "GET /cart".to_owned()),
        ];
        Pen::new(&names)
    }

    #[test]
    fn the_longest_name_is_replaced_and_parts_of_words_are_not() {
        let mut text = "cart-db let cart down: GET /cart fails, cartography does not".to_owned();
        pen().text(&mut text);
        assert!(!text.contains("cart-db") && !text.contains("GET") && text.contains("cartography"));
        assert_eq!(text.matches("service-").count(), 2, "{text}");
        assert!(text.contains("operation-1 fails"));
    }

    #[test]
    fn what_is_not_listed_gets_a_name_of_its_own() {
        let (mut unknown, mut again) = ("secret".to_owned(), "secret".to_owned());
        pen().name(Sort::Service, &mut unknown);
        pen().name(Sort::Service, &mut again);
        assert!(unknown.starts_with("service-") && unknown == again);
    }
}
