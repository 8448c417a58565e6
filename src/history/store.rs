//! The file: one SQLite database with a rollback journal (see `docs/adr/`).

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row, Transaction, TransactionBehavior, params};
use sha2::{Digest as _, Sha256};

use crate::model::Nanos;

use super::kept::KeptSettings;
use super::record::{Entry, Record, Stored};
use super::schema;

/// How long another writer is waited for. Each holds the file for the time of a few writes to
/// disk.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why a history cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// There is none.
    #[error("there is no history yet; analyze --remember begins one")]
    Missing,
    /// It is something else.
    #[error("it is not a history of tracefall")]
    Foreign,
    /// A later version wrote it.
    #[error(
        "it was written by a newer tracefall (schema {found}; this one knows up to {}): update",
        schema::VERSION
    )]
    Newer {
        /// Its schema.
        found: u32,
    },
    /// Its bytes are not what was written.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// Others hold it.
    #[error("another program held it for {} s", PATIENCE.as_secs())]
    Busy,
    /// It may not be written.
    #[error("it cannot be written: {0}")]
    ReadOnly(String),
    /// The system says no.
    #[error("{0}")]
    Other(String),
}

impl From<rusqlite::Error> for HistoryError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Foreign,
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged(error.to_string()),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::ReadOnly | ErrorCode::DiskFull) => Self::ReadOnly(error.to_string()),
            _ => Self::Other(error.to_string()),
        }
    }
}

/// What is to be done with the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read it.
    Read,
    /// Change it.
    Change,
    /// Change it, and begin it if there is none.
    Begin,
}

/// What remembering did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It was known, and is now as it was told last.
    Updated,
    /// It was known, in the same words.
    Unchanged,
}

/// An open history.
#[derive(Debug)]
pub struct History {
    connection: Connection,
    path: PathBuf,
}

impl History {
    /// Opens a file, and takes it to the newest schema. What is only read and cannot be written
    /// stays as it is.
    ///
    /// # Errors
    /// See [`HistoryError`].
    pub fn open(path: &Path, access: Access) -> Result<Self, HistoryError> {
        if access != Access::Begin && !path.exists() {
            return Err(HistoryError::Missing);
        }
        // Also for reading: what a killed writer left behind is undone by whoever comes next.
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        flags.set(OpenFlags::SQLITE_OPEN_CREATE, access == Access::Begin);
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        // A file may come from anywhere: nothing in its schema runs.
        for off in [DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW]
        {
            connection.set_db_config(off, false)?;
        }
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        let mut history = Self { connection, path: path.to_owned() };
        history.settle(access).map_err(|error| history.examined(error))?;
        Ok(history)
    }

    fn settle(&mut self, access: Access) -> Result<(), HistoryError> {
        let version = schema::version(&self.connection)?;
        if version == schema::VERSION || (access == Access::Read && version == 0) {
            return Ok(());
        }
        if self.connection.is_readonly(rusqlite::MAIN_DB)? && access == Access::Read {
            // An older file on a medium that cannot be written is brought up to date in memory.
            let mut copy = Connection::open_in_memory()?;
            rusqlite::backup::Backup::new(&self.connection, &mut copy)?.run_to_completion(
                i32::MAX,
                Duration::ZERO,
                None,
            )?;
            self.connection = copy;
        }
        let transaction = begin(&mut self.connection)?;
        schema::migrate(&transaction)?;
        transaction.commit().map_err(HistoryError::from)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Everything that is remembered, in order of onset.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn entries(&self) -> Result<Vec<Entry>, HistoryError> {
        if schema::version(&self.connection)? == 0 {
            return Ok(Vec::new());
        }
        self.entries_unchecked().map_err(|error| self.examined(error))
    }

    fn entries_unchecked(&self) -> Result<Vec<Entry>, HistoryError> {
        let sql = format!("SELECT {ENTRY} FROM incidents ORDER BY onset, id");
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            entries.push(entry(row)?.0);
        }
        Ok(entries)
    }

    /// One incident; `None` if there is none of that number.
    ///
    /// # Errors
    /// If it cannot be read, or is not what was written.
    pub fn get(&self, id: u64) -> Result<Option<Stored>, HistoryError> {
        if schema::version(&self.connection)? == 0 {
            return Ok(None);
        }
        get(&self.connection, id).map_err(|error| self.examined(error))
    }

    /// Remembers an incident, in one transaction. One that is known already is replaced; its number
    /// stays, and so do its label and note unless others are given. Gives its number.
    ///
    /// # Errors
    /// If that cannot be done; then nothing was changed.
    pub fn remember(&mut self, record: &Record, now: Nanos) -> Result<(u64, Change), HistoryError> {
        let done = (|| {
            let transaction = begin(&mut self.connection)?;
            let done = put(&transaction, None, record, [now, now])?;
            transaction.commit()?;
            Ok(done)
        })();
        done.map_err(|error| self.examined(error))
    }

    /// Changes label and note, each where one is given. Tells whether there is such an incident.
    ///
    /// # Errors
    /// If that cannot be done; then nothing was changed.
    pub fn annotate(
        &mut self,
        id: u64,
        label: Option<&str>,
        note: Option<&str>,
        now: Nanos,
    ) -> Result<bool, HistoryError> {
        let transaction = begin(&mut self.connection)?;
        let Some(Stored { remembered, mut record, .. }) = get(&transaction, id)? else {
            return Ok(false);
        };
        for (given, kept) in [(label, &mut record.label), (note, &mut record.note)] {
            if let Some(text) = given {
                text.clone_into(kept);
            }
        }
        save(&transaction, Some(id), &record, [remembered, now])?;
        transaction.commit()?;
        Ok(true)
    }

    /// Forgets incidents, all or none of them. Gives the first that is not there, if any.
    ///
    /// # Errors
    /// If that cannot be done; then nothing was changed.
    pub fn forget(&mut self, ids: &[u64]) -> Result<Option<u64>, HistoryError> {
        let transaction = begin(&mut self.connection)?;
        for id in ids {
            let sql = "DELETE FROM incidents WHERE id = ?1";
            if transaction.execute(sql, [sql_id(*id)])? == 0 {
                return Ok(Some(*id));
            }
        }
        transaction.commit()?;
        Ok(None)
    }

    /// Takes in incidents of another history, all or none of them.
    ///
    /// # Errors
    /// If that cannot be done, or the source fails; then nothing was changed.
    pub(super) fn take_in<E: From<HistoryError>>(
        &mut self,
        mut source: impl FnMut() -> Result<Option<Stored>, E>,
    ) -> Result<Vec<Change>, E> {
        let transaction = begin(&mut self.connection)?;
        let mut changes = Vec::new();
        while let Some(stored) = source()? {
            let Stored { id, remembered, updated, record } = &stored;
            changes.push(put(&transaction, Some(*id), record, [*remembered, *updated])?.1);
        }
        transaction.commit().map_err(HistoryError::from)?;
        Ok(changes)
    }

    /// An error with what an examination of the file says, if it says anything.
    fn examined(&self, error: HistoryError) -> HistoryError {
        if !matches!(error, HistoryError::Damaged(_) | HistoryError::Other(_)) {
            return error;
        }
        let check = "PRAGMA quick_check(1)";
        match self.connection.query_row(check, [], |row| row.get::<_, String>(0)) {
            Ok(said) if said == "ok" => error,
            Ok(said) => HistoryError::Damaged(said.lines().collect::<Vec<_>>().join(" ")),
            Err(why) => match HistoryError::from(why) {
                HistoryError::Damaged(why) => HistoryError::Damaged(why),
                _ => error,
            },
        }
    }
}

/// The right to write is asked for at once: two that read first and write later would each wait
/// for the other.
fn begin(connection: &mut Connection) -> Result<Transaction<'_>, HistoryError> {
    Ok(connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

fn put(
    transaction: &Transaction<'_>,
    id: Option<u64>,
    record: &Record,
    [remembered, updated]: [Nanos; 2],
) -> Result<(u64, Change), HistoryError> {
    let Some(known) = known(transaction, record)? else {
        let free = match id {
            Some(id) => get(transaction, id)?.is_none().then_some(id),
            None => None,
        };
        let id = save(transaction, free, record, [remembered, updated])?;
        return Ok((id, Change::Added));
    };
    let words = |new: &String, old: &String| if new.is_empty() { old } else { new }.clone();
    let told = Record {
        label: words(&record.label, &known.record.label),
        note: words(&record.note, &known.record.note),
        ..record.clone()
    };
    // What comes from elsewhere may be older than what is here.
    if updated < known.updated || told == known.record {
        return Ok((known.id, Change::Unchanged));
    }
    save(transaction, Some(known.id), &told, [known.remembered, updated])?;
    Ok((known.id, Change::Updated))
}

/// Writes an incident in the place of that number, or in a new one. Gives its number.
fn save(
    transaction: &Transaction<'_>,
    id: Option<u64>,
    record: &Record,
    [remembered, updated]: [Nanos; 2],
) -> Result<u64, HistoryError> {
    let failed = |why: serde_json::Error| HistoryError::Other(why.to_string());
    let settings = serde_json::to_string(&record.settings).map_err(failed)?;
    let imprint = serde_json::to_string(&record.imprint).map_err(failed)?;
    let times = [remembered, updated, record.imprint.onset, record.imprint.until].map(sql_time);
    let words = [&record.tool, &record.label, &record.note, &settings, &imprint];
    let sql =
        "INSERT OR REPLACE INTO incidents (id, remembered, updated, onset, until, tool, label,
        note, settings, imprint, seal, report, summary, baseline, body_seal)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
    let [remembered, updated, onset, until] = times;
    let [tool, label, note, settings, imprint] = words;
    transaction.execute(
        sql,
        params![
            id.map(sql_id),
            remembered,
            updated,
            onset,
            until,
            tool,
            label,
            note,
            settings,
            imprint,
            entry_seal(times, words),
            record.report,
            record.summary,
            record.baseline,
            body_seal(record),
        ],
    )?;
    Ok(transaction.last_insert_rowid() as u64)
}

/// The same incident as it is remembered, if it is. Only those of the same time are looked into.
fn known(transaction: &Transaction<'_>, record: &Record) -> Result<Option<Stored>, HistoryError> {
    let sql = "SELECT id FROM incidents WHERE onset <= ?2 AND until >= ?1 ORDER BY id";
    let mut statement = transaction.prepare(sql)?;
    let (onset, until) = (sql_time(record.imprint.onset), sql_time(record.imprint.until));
    let ids = statement.query_map([onset, until], |row| row.get::<_, i64>(0))?;
    for id in ids {
        if let Some(stored) = get(transaction, id? as u64)?
            && stored.record.is_of_the_incident(record)
        {
            return Ok(Some(stored));
        }
    }
    Ok(None)
}

/// The columns of an [`entry`].
const ENTRY: &str =
    "id, remembered, updated, onset, until, tool, label, note, settings, imprint, seal";

/// An incident without its body, and the settings of its run.
fn entry(row: &Row<'_>) -> Result<(Entry, KeptSettings), HistoryError> {
    let id = row.get::<_, i64>(0)? as u64;
    let times = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
    let words: [String; 5] = [row.get(5)?, row.get(6)?, row.get(7)?, row.get(8)?, row.get(9)?];
    sealed(id, entry_seal(times, words.each_ref()), &row.get::<_, Vec<u8>>(10)?)?;
    let [tool, label, note, settings, imprint] = words;
    let time = |at: i64| Nanos(u64::try_from(at).unwrap_or(0));
    let (remembered, updated) = (time(times[0]), time(times[1]));
    let imprint = json(id, &imprint)?;
    let settings: KeptSettings = json(id, &settings)?;
    let teams = settings.teams();
    Ok((Entry { id, remembered, updated, tool, label, note, imprint, teams }, settings))
}

fn get(connection: &Connection, id: u64) -> Result<Option<Stored>, HistoryError> {
    let sql = format!(
        "SELECT {ENTRY}, report, summary, baseline, body_seal FROM incidents WHERE id = ?1"
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([sql_id(id)])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (Entry { remembered, updated, tool, label, note, imprint, .. }, settings) = entry(row)?;
    let (report, summary, baseline) = (row.get(11)?, row.get(12)?, row.get(13)?);
    let record = Record { tool, label, note, settings, imprint, report, summary, baseline };
    sealed(id, body_seal(&record), &row.get::<_, Vec<u8>>(14)?)?;
    Ok(Some(Stored { id, remembered, updated, record }))
}

/// SQLite has no checksums of its own: what rotted on the disk would be shown as if it had been
/// written so.
fn sealed(id: u64, made: [u8; 32], kept: &[u8]) -> Result<(), HistoryError> {
    let damaged = || HistoryError::Damaged(format!("incident {id} is not as it was written"));
    if made.as_slice() == kept { Ok(()) } else { Err(damaged()) }
}

fn entry_seal(times: [i64; 4], words: [&String; 5]) -> [u8; 32] {
    let times = times.map(i64::to_le_bytes);
    seal(times.iter().map(<[u8; 8]>::as_slice).chain(words.map(|word| word.as_bytes())))
}

fn body_seal(record: &Record) -> [u8; 32] {
    let bytes = |bytes: &Option<Vec<u8>>| bytes.clone().unwrap_or_default();
    let (summary, baseline) = (bytes(&record.summary), bytes(&record.baseline));
    seal([record.report.as_bytes(), &summary, &baseline].into_iter())
}

/// With the lengths of the parts, so that their ends cannot be moved.
fn seal<'a>(parts: impl Iterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn json<T: serde::de::DeserializeOwned>(id: u64, text: &str) -> Result<T, HistoryError> {
    serde_json::from_str(text).map_err(|why| HistoryError::Damaged(format!("incident {id}: {why}")))
}

/// SQLite's integers have a sign; no time and no number here needs the last bit.
fn sql_time(at: Nanos) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

fn sql_id(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX)
}
