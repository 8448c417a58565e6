//! Incidents remembered: a file of past cascades, and what they say together.
//!
//! **Invariants.** An incident is in the file whole or not at all, whoever else writes and
//! whenever a writer dies. What is told of several incidents is a pure function of their
//! [`Imprint`]s: the file, the clock and chance have no part in it.

mod chance;
mod exchange;
mod imprint;
mod kept;
mod record;
mod schema;
mod similarity;
mod store;
mod trend;
mod views;
mod weak_points;

pub use exchange::{ImportError, Imported, export, import};
pub use imprint::{Accused, Hurt, Imprint, Name, Traffic};
pub use kept::KeptSettings;
pub use record::{Entry, Record, Stored};
pub use schema::VERSION as SCHEMA;
pub use similarity::{ALIKE, Alike, FACETS, Facet, Shared, alike, nearest};
pub use store::{Access, Change, History, HistoryError};
pub use trend::{Direction, FEWEST, MEASURES, Trend, trends};
pub use views::{Contents, Likeness};
pub use weak_points::{
    CONFIDENCE, FALSE_DISCOVERIES, Part, WeakPoint, WeakPoints, Witness, weak_points,
};
