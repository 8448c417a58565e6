//! What a batch or a whole input holds, for tests that compare ways of reading.

use crate::model::{LinkRecord, Sym};

use super::batch::Batch;
#[cfg(test)]
use super::blocks::Block;
#[cfg(test)]
use super::formats::Format;
use super::load::Loaded;

/// A text on one line.
#[cfg(test)]
pub(super) fn one_line(text: &str) -> String {
    text.replace('\n', "")
}

/// What a format that surely recognises a text makes of it.
#[cfg(test)]
pub(super) fn decoded(format: &Format, text: &str) -> Batch {
    let mut batch = Batch::default();
    let decoding = (format.recognise)(text.as_bytes(), true).expect(text);
    assert!(decoding.sure);
    let block = Block { bytes: text.as_bytes().to_vec(), offset: 0, line: 1, last: true };
    (decoding.decode)(&block, &mut batch);
    batch
}

/// Everything that a batch holds, with names instead of numbers.
pub(super) fn told(batch: &Batch) -> Vec<String> {
    let text = |sym: Sym| batch.tables.symbols.get(sym);
    let tags = |id| -> Vec<_> {
        batch.tables.tags_of(id).map(|(key, value)| (text(key), text(value))).collect()
    };
    let resource = |id: u32| {
        let r = batch.tables.resources.get(id);
        let names = [r.namespace, r.name, r.instance, r.version, r.clock, r.zone].map(text);
        (names, r.unnamed, tags(r.tags))
    };
    let spans = batch.spans.iter().map(|s| {
        let peer = batch.tables.peers.get(s.peer.0);
        let peer = ([peer.name, peer.namespace, peer.database, peer.system].map(text), peer.kind);
        let plain = (s.trace, s.id, s.parent, s.start, s.end, s.kind, s.status);
        let rest = (s.code, s.cause, s.resend, s.flags, s.sampling, text(s.name), text(s.error));
        let (who, tags) = (resource(s.resource.0), tags(s.tags));
        format!("{plain:?} {rest:?} {who:?} {peer:?} {tags:?}")
    });
    let logs = batch.logs.iter().map(|l| {
        let plain = (l.trace, l.span, l.time, l.print, l.severity, text(l.body));
        format!("{plain:?} {:?}", resource(l.resource.0))
    });
    let mut told: Vec<String> = spans.chain(logs).collect();
    told.push(format!("{:?} {:?} {:?}", batch.links, batch.stats, batch.signals));
    told
}

/// All records with their names, in an order of their own.
pub(super) fn records(loaded: &Loaded) -> (Vec<String>, Vec<LinkRecord>) {
    let tables = &loaded.telemetry.tables;
    let mut lines = Vec::new();
    let mut links = Vec::new();
    for partition in &loaded.telemetry.partitions {
        for span in &partition.spans {
            let resource = tables.resources.get(span.resource.0);
            lines.push(format!(
                "{} {} {} {}",
                span.trace,
                span.id,
                tables.symbols.get(span.name),
                tables.symbols.get(resource.name),
            ));
        }
        for log in &partition.logs {
            lines.push(format!("{} {}", log.time.0, tables.symbols.get(log.body)));
        }
        links.extend(&partition.links);
    }
    lines.sort();
    links.sort();
    (lines, links)
}
