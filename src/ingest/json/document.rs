//! Blocks of JSON text: lines, or objects one after the other.

use std::borrow::Cow;

use memchr::memchr;
use serde::de::DeserializeSeed;

use crate::ingest::batch::Batch;
use crate::ingest::blocks::Block;
use crate::model::{LossKind, Place};

use super::envelope::Envelope;
use super::fast;
use super::scanner::Scanner;

/// Decodes a block of whole lines, one JSON text a line. A line that is broken costs itself.
pub(in crate::ingest) fn decode_lines(block: &Block, batch: &mut Batch) {
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
        unit(text, cut_off, batch);
        line += 1;
    }
}

/// Decodes a block of objects: pretty-printed, concatenated or the elements of an array.
pub(in crate::ingest) fn decode_values(block: &Block, batch: &mut Batch) {
    let bytes = block.bytes.as_slice();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let start = memchr(b'{', rest).unwrap_or(rest.len());
        between(&rest[..start], block.offset + at as u64, batch);
        at += start;
        let rest = &bytes[at..];
        if rest.is_empty() {
            break;
        }
        batch.place = Place::Byte(block.offset + at as u64);
        let end = Scanner::default().next_end(rest);
        unit(&rest[..end.unwrap_or(rest.len())], end.is_none(), batch);
        at += end.unwrap_or(rest.len());
    }
}

/// What stands between objects must be punctuation.
fn between(bytes: &[u8], offset: u64, batch: &mut Batch) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let punctuation = |b: &u8| b.is_ascii_whitespace() || matches!(b, b',' | b'[' | b']' | 0x1e);
    let word = bytes.split(punctuation).find(|word| !word.is_empty() && *word != b"null");
    if word.is_some() {
        batch.place = Place::Byte(offset);
        batch.lose(LossKind::BadLine, "text between JSON objects");
    }
}

/// One line or one object.
fn unit(bytes: &[u8], cut_off: bool, batch: &mut Batch) {
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
    if let Err(error) = parse(&text, batch) {
        match repair(&text) {
            Some(repaired) if parse(&repaired, batch).is_ok() => {
                batch.lose(LossKind::InvalidUtf8, "escapes that are no characters were replaced");
            }
            _ => give_up(&text, &error, cut_off, batch),
        }
    }
}

/// Decodes `text`, which may hold several JSON texts. On an error the batch is as it was.
pub(in crate::ingest) fn parse(text: &str, batch: &mut Batch) -> Result<(), serde_json::Error> {
    let mark = batch.mark();
    if fast::export(text, batch) {
        return Ok(());
    }
    batch.roll_back(mark);
    parse_tolerantly(text, batch)
}

/// The same without the quick way.
pub(in crate::ingest) fn parse_tolerantly(
    text: &str,
    batch: &mut Batch,
) -> Result<(), serde_json::Error> {
    let mark = batch.mark();
    let signals = std::mem::take(&mut batch.signals);
    let outcome = texts(text, batch);
    match outcome {
        Ok(()) => {
            if batch.signals.none() && !is_nothing(text) {
                batch.lose(LossKind::BadLine, "JSON that is not OTLP");
            }
            batch.signals.merge(signals);
        }
        Err(_) => batch.roll_back(mark),
    }
    outcome
}

fn texts(text: &str, batch: &mut Batch) -> Result<(), serde_json::Error> {
    let mut rest = text;
    loop {
        let mut from = serde_json::Deserializer::from_str(rest);
        Envelope::new(batch).deserialize(&mut from)?;
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
fn give_up(text: &str, error: &serde_json::Error, cut_off: bool, batch: &mut Batch) {
    if cut_off && error.is_eof() {
        batch.lose(LossKind::TruncatedTail, "the input ends inside a JSON value");
        let since = batch.counts();
        let mut from = serde_json::Deserializer::from_str(text);
        let _ = Envelope::new(batch).deserialize(&mut from);
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
