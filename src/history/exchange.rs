//! A history as JSON lines, to be kept elsewhere or joined with another.

use std::io::{self, BufRead, Read as _, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use crate::model::Nanos;
use crate::summary;

use super::imprint::Imprint;
use super::kept::KeptSettings;
use super::record::{Record, Stored};
use super::store::{Change, History, HistoryError};

/// The version of a line.
const VERSION: u32 = 1;
/// A line longer than this is no incident: it is refused before it fills the memory.
const LONGEST: u64 = 1 << 30;
/// Bad lines that are named.
const EXAMPLES: usize = 5;

/// An incident in a line of its own.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// The version of the line, first so that it is seen at a glance.
    tracefall_history: u32,
    id: u64,
    remembered: String,
    updated: String,
    tool: String,
    label: String,
    note: String,
    settings: KeptSettings,
    imprint: Imprint,
    /// The report as it is kept, byte by byte.
    report: String,
    /// Base64.
    summary: Option<String>,
    baseline: Option<String>,
}

/// Just enough to tell a newer line from a bad one.
#[derive(Deserialize)]
struct Head {
    tracefall_history: u32,
}

/// Writes an incident as a line.
///
/// # Errors
/// Those of `out`.
pub fn export(stored: &Stored, out: &mut dyn Write) -> io::Result<()> {
    let Stored { id, remembered, updated, record } = stored;
    let packed = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| BASE64.encode(bytes));
    let line = Line {
        tracefall_history: VERSION,
        id: *id,
        remembered: remembered.to_string(),
        updated: updated.to_string(),
        tool: record.tool.clone(),
        label: record.label.clone(),
        note: record.note.clone(),
        settings: record.settings.clone(),
        imprint: record.imprint.clone(),
        report: record.report.clone(),
        summary: packed(&record.summary),
        baseline: packed(&record.baseline),
    };
    serde_json::to_writer(&mut *out, &line)?;
    writeln!(out)
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Incidents that were not known.
    pub added: u64,
    /// Known ones of which the file had later news.
    pub updated: u64,
    /// Known ones that stay as they are.
    pub unchanged: u64,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Lines that are no incidents, each with its number and the reason.
    #[error("{}", told(.0, *.1))]
    Lines(Vec<(u64, String)>, u64),
    /// The source cannot be read.
    #[error("{0}")]
    Source(io::Error),
    /// The history cannot be written.
    #[error(transparent)]
    History(#[from] HistoryError),
}

fn told(examples: &[(u64, String)], bad: u64) -> String {
    let mut text: Vec<String> =
        examples.iter().map(|(line, why)| format!("line {line}: {why}")).collect();
    if bad > examples.len() as u64 {
        text.push(format!("and {} more bad lines", bad - examples.len() as u64));
    }
    text.join("; ") + "; nothing was imported"
}

/// Takes in every incident of a file, or none if one line is bad. An incident that is known is
/// replaced by later news of it, and keeps its number; others keep theirs where it is free.
///
/// # Errors
/// See [`ImportError`]; then nothing was changed.
pub fn import(history: &mut History, source: &mut dyn BufRead) -> Result<Imported, ImportError> {
    let mut number = 0;
    let mut bad: (Vec<(u64, String)>, u64) = (Vec::new(), 0);
    let changes = history.take_in(|| {
        loop {
            number += 1;
            let mut line = Vec::new();
            let n = (&mut *source).take(LONGEST).read_until(b'\n', &mut line);
            if n.map_err(ImportError::Source)? == 0 {
                let (examples, count) = std::mem::take(&mut bad);
                return if count > 0 { Err(ImportError::Lines(examples, count)) } else { Ok(None) };
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            match parse(&line) {
                Ok(stored) if bad.1 == 0 => return Ok(Some(stored)),
                Ok(_) => {}
                Err(why) => {
                    bad.1 += 1;
                    if bad.0.len() < EXAMPLES {
                        bad.0.push((number, why));
                    }
                }
            }
        }
    })?;
    let mut imported = Imported::default();
    for change in changes {
        match change {
            Change::Added => imported.added += 1,
            Change::Updated => imported.updated += 1,
            Change::Unchanged => imported.unchanged += 1,
        }
    }
    Ok(imported)
}

fn parse(line: &[u8]) -> Result<Stored, String> {
    let head: Head =
        serde_json::from_slice(line).map_err(|e| format!("not an incident of a history: {e}"))?;
    if head.tracefall_history != VERSION {
        let found = head.tracefall_history;
        return Err(format!(
            "version {found} is not known, only {VERSION}: a newer tracefall wrote it"
        ));
    }
    let line: Line = serde_json::from_slice(line).map_err(|e| e.to_string())?;
    let time = |text: &str| Nanos::parse(text).map_err(|why| format!("{text:?} is no time: {why}"));
    let summary = |packed: Option<String>| -> Result<Option<Vec<u8>>, String> {
        let Some(packed) = packed else { return Ok(None) };
        let bytes = BASE64.decode(packed).map_err(|e| format!("a summary is not base64: {e}"))?;
        summary::read(&bytes).map_err(|e| e.to_string())?;
        Ok(Some(bytes))
    };
    let report: serde_json::Value =
        serde_json::from_str(&line.report).map_err(|e| format!("the report is not JSON: {e}"))?;
    if report.get("schema_version").is_none_or(|version| version != "1") {
        return Err("the report is of another version".to_owned());
    }
    if line.id == 0 {
        return Err("incidents are numbered from 1".to_owned());
    }
    Ok(Stored {
        id: line.id,
        remembered: time(&line.remembered)?,
        updated: time(&line.updated)?,
        record: Record {
            tool: line.tool,
            label: line.label,
            note: line.note,
            settings: line.settings,
            imprint: line.imprint,
            report: line.report,
            summary: summary(line.summary)?,
            baseline: summary(line.baseline)?,
        },
    })
}
