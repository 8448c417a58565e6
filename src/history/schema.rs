//! The tables of the file, version by version.

use rusqlite::{Connection, Transaction};

use super::store::HistoryError;

/// Marks the file as a history ("tfhi"), so that no other program's database is touched.
pub const APPLICATION: i32 = 0x7466_6869;

/// Steps from each version to the next. A step is never changed once it was released:
/// `tests/history/` keeps a file of every version.
const STEPS: &[&str] = &[
    // 1: incidents.
    "CREATE TABLE incidents (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        remembered INTEGER NOT NULL,
        updated INTEGER NOT NULL,
        tool TEXT NOT NULL,
        label TEXT NOT NULL,
        note TEXT NOT NULL,
        onset INTEGER NOT NULL,
        until INTEGER NOT NULL,
        settings TEXT NOT NULL,
        imprint TEXT NOT NULL,
        seal BLOB NOT NULL,
        report TEXT NOT NULL,
        summary BLOB,
        baseline BLOB,
        body_seal BLOB NOT NULL
    ) STRICT;",
    // 2: whether an incident is known is looked up by time.
    "CREATE INDEX incidents_by_time ON incidents (onset, until);",
];

/// The version that this program writes.
pub const VERSION: u32 = STEPS.len() as u32;

/// The version of a file: 0 for one without a table.
///
/// # Errors
/// If it is another program's, of a newer version, or no database.
pub fn version(connection: &Connection) -> Result<u32, HistoryError> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let tables: u32 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let (application, version) = (number("application_id")?, number("user_version")?);
    match u32::try_from(version) {
        Ok(0) if application == 0 && tables == 0 => Ok(0),
        Ok(version @ 1..=VERSION) if application == APPLICATION => Ok(version),
        Ok(found) if application == APPLICATION && found > VERSION => {
            Err(HistoryError::Newer { found })
        }
        _ => Err(HistoryError::Foreign),
    }
}

/// Takes the file to the version of this program, in the transaction that the caller commits.
///
/// # Errors
/// As [`version`].
pub fn migrate(transaction: &Transaction<'_>) -> Result<(), HistoryError> {
    let from = version(transaction)?;
    if from == VERSION {
        return Ok(());
    }
    for step in &STEPS[from as usize..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(())
}
