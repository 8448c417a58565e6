//! Blocks of JSON text: lines, or objects one after the other.

use std::borrow::Cow;
use std::marker::PhantomData;

use memchr::memchr;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::ingest::batch::Batch;
use crate::ingest::blocks::Block;
use crate::model::{LossKind, Place};

use super::object::skip_scalars;
use super::objects::{Opening, opening};
use super::scanner::Scanner;

/// What a format writes in JSON.
pub(in crate::ingest) trait Dialect {
    /// Its name, for saying that a text is none of it.
    const NAME: &'static str;
    /// The key of the list that an object around everything holds its records in.
    const WRAPPER: Option<&'static str> = None;

    /// Reads a text as it usually is; false, with whatever was read so far, if it is unusual.
    fn read_quickly(_: &str, _: &mut Batch) -> bool {
        false
    }

    /// How deep records are looked for inside lists and wrappers.
    const DEEPEST: u8;

    /// Reads an object that is a record or what records are wrapped in, so deep in the text, and
    /// says among the batch's signals what was recognised in it.
    fn object<'de, A: MapAccess<'de>>(map: A, node: Node<'_, Self>) -> Result<(), A::Error>
    where
        Self: Sized;
}

/// A value of a text in which records are looked for: objects are read by the dialect, lists
/// element by element, and all else is skipped.
pub(in crate::ingest) struct Node<'b, D> {
    /// Where records go.
    pub(in crate::ingest) batch: &'b mut Batch,
    depth: u8,
    dialect: PhantomData<D>,
}

impl<'b, D: Dialect> Node<'b, D> {
    fn top(batch: &'b mut Batch) -> Self {
        Self { batch, depth: 0, dialect: PhantomData }
    }

    /// A value inside this one.
    pub(in crate::ingest) fn inner(&mut self) -> Node<'_, D> {
        Node { batch: self.batch, depth: self.depth + 1, dialect: PhantomData }
    }
}

impl<'de, D: Dialect> DeserializeSeed<'de> for Node<'_, D> {
    type Value = ();

    fn deserialize<F: Deserializer<'de>>(self, from: F) -> Result<(), F::Error> {
        if self.depth > D::DEEPEST {
            return from.deserialize_ignored_any(IgnoredAny).map(drop);
        }
        from.deserialize_any(self)
    }
}

impl<'de, D: Dialect> Visitor<'de> for Node<'_, D> {
    type Value = ();

    skip_scalars!(());

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(self.inner())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        D::object(map, self)
    }
}

/// Decodes a block of whole lines, one JSON text a line. A line that is broken costs itself.
pub(in crate::ingest) fn decode_lines<D: Dialect>(block: &Block, batch: &mut Batch) {
    let mut rest = block.bytes.as_slice();
    let mut line = block.line;
    while !rest.is_empty() {
        // Gigabytes of line feeds unpack from a few megabytes.
        let empty = rest.iter().take_while(|byte| **byte == b'\n').count();
        if empty > 0 {
            rest = &rest[empty..];
            line += empty as u64;
            continue;
        }
        let (text, ended) = match memchr(b'\n', rest) {
            Some(end) => (&rest[..end], true),
            None => (rest, false),
        };
        rest = &rest[text.len() + usize::from(ended)..];
        batch.place = Place::Line(line);
        let cut_off = !ended && block.last;
        unit::<D>(text, cut_off, batch);
        line += 1;
    }
}

/// Decodes a block of objects: pretty-printed, concatenated or the elements of an array, also of
/// one in a wrapper.
pub(in crate::ingest) fn decode_values<D: Dialect>(block: &Block, batch: &mut Batch) {
    let bytes = block.bytes.as_slice();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let start = memchr(b'{', rest).unwrap_or(rest.len());
        between::<D>(&rest[..start], block.offset + at as u64, batch);
        at += start;
        let rest = &bytes[at..];
        if rest.is_empty() {
            break;
        }
        if let Opening::Wrapper(length) = opening(rest, D::WRAPPER) {
            at += length;
            continue;
        }
        batch.place = Place::Byte(block.offset + at as u64);
        let end = Scanner::default().next_end(rest);
        unit::<D>(&rest[..end.unwrap_or(rest.len())], end.is_none(), batch);
        at += end.unwrap_or(rest.len());
    }
}

/// What stands between objects must be punctuation, or be what a wrapper holds beside them.
fn between<D: Dialect>(bytes: &[u8], offset: u64, batch: &mut Batch) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let wrapped = D::WRAPPER.is_some();
    let punctuation = |b: &u8| {
        let inner = matches!(b, b',' | b'[' | b']' | 0x1e);
        b.is_ascii_whitespace() || inner || wrapped && matches!(b, b':' | b'}')
    };
    let scalar = |word: &[u8]| {
        let number = |b: &u8| b.is_ascii_digit() || matches!(b, b'-' | b'.');
        matches!(word, [b'"', .., b'"'] | b"true" | b"false") || word.iter().all(number)
    };
    let fits = |word: &[u8]| word.is_empty() || word == b"null" || wrapped && scalar(word);
    if !bytes.split(punctuation).all(fits) {
        batch.place = Place::Byte(offset);
        batch.lose(LossKind::BadLine, "text between JSON objects");
    }
}

/// One line or one object.
fn unit<D: Dialect>(bytes: &[u8], cut_off: bool, batch: &mut Batch) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // A record separator begins each text of a JSON text sequence (RFC 7464).
    let bytes = bytes.strip_prefix(b"\x1e").unwrap_or(bytes).trim_ascii();
    if bytes.is_empty() {
        return;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            batch.lose(LossKind::InvalidUtf8, "bytes that are not UTF-8 were replaced");
            String::from_utf8_lossy(bytes)
        }
    };
    if let Err(error) = parse::<D>(&text, batch) {
        match repair(&text) {
            Some(repaired) if parse::<D>(&repaired, batch).is_ok() => {
                batch.lose(LossKind::InvalidUtf8, "escapes that are no characters were replaced");
            }
            _ => give_up::<D>(&text, &error, cut_off, batch),
        }
    }
}

/// Decodes `text`, which may hold several JSON texts. On an error the batch is as it was.
pub(in crate::ingest) fn parse<D: Dialect>(
    text: &str,
    batch: &mut Batch,
) -> Result<(), serde_json::Error> {
    let mark = batch.mark();
    if D::read_quickly(text, batch) {
        return Ok(());
    }
    batch.roll_back(mark);
    parse_tolerantly::<D>(text, batch)
}

/// The same without the quick way.
pub(in crate::ingest) fn parse_tolerantly<D: Dialect>(
    text: &str,
    batch: &mut Batch,
) -> Result<(), serde_json::Error> {
    let mark = batch.mark();
    let signals = std::mem::take(&mut batch.signals);
    let outcome = texts::<D>(text, batch);
    match outcome {
        Ok(()) => {
            if batch.signals.none() && !is_nothing(text) {
                batch.lose(LossKind::BadLine, format!("JSON that is not {}", D::NAME));
            }
            batch.signals.merge(signals);
        }
        Err(_) => batch.roll_back(mark),
    }
    outcome
}

fn texts<D: Dialect>(text: &str, batch: &mut Batch) -> Result<(), serde_json::Error> {
    let mut rest = text;
    loop {
        let mut from = serde_json::Deserializer::from_str(rest);
        Node::<D>::top(batch).deserialize(&mut from)?;
        if from.end().is_ok() {
            return Ok(());
        }
        // Something follows on the same line: another object, or rubbish that fails next.
        let Some(end) = Scanner::default().next_end(rest.as_bytes()) else {
            return from.end();
        };
        match rest.get(end..) {
            Some(more) if !more.trim().is_empty() => rest = more,
            _ => return from.end(),
        }
    }
}

/// Counts a text that is broken. Of one that was cut off, what came whole is kept: its
/// writer was stopped, not wrong.
fn give_up<D: Dialect>(text: &str, error: &serde_json::Error, cut_off: bool, batch: &mut Batch) {
    if cut_off && error.is_eof() {
        batch.lose(LossKind::TruncatedTail, "the input ends inside a JSON value");
        let since = batch.counts();
        let mut from = serde_json::Deserializer::from_str(text);
        let _ = Node::<D>::top(batch).deserialize(&mut from);
        batch.drop_pending(since);
    } else {
        batch.lose(LossKind::BadLine, format!("not JSON: {error}"));
    }
}

/// Empty exports: `{}`, `[]`, `null`.
fn is_nothing(text: &str) -> bool {
    matches!(text, "null" | "\"\"")
        || text
            .bytes()
            .all(|b| b.is_ascii_whitespace() || matches!(b, b'{' | b'}' | b'[' | b']' | b','))
}

/// Replaces lone halves of surrogate pairs, which some writers leave when they cut text and
/// which no parser takes; `None` if there are none.
fn repair(text: &str) -> Option<String> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut repaired = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = memchr(b'\\', &text.as_bytes()[at..]) {
        at += found;
        match unit(at) {
            Some(0xd800..=0xdbff) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => at += 12,
            Some(0xd800..=0xdfff) => {
                repaired.push_str(&text[copied..at]);
                repaired.push_str("\\ufffd");
                at += 6;
                copied = at;
            }
            Some(_) => at += 6,
            None => at = (at + 2).min(text.len()),
        }
    }
    (copied > 0).then(|| {
        repaired.push_str(&text[copied..]);
        repaired
    })
}
