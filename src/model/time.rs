//! Points in time.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Nanoseconds since the Unix epoch, as OTLP counts them; zero means "not given".
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Nanos(pub u64);

impl Nanos {
    /// Parses RFC 3339.
    ///
    /// # Errors
    /// With a readable reason if it is not RFC 3339 or lies before 1970.
    pub fn parse(text: &str) -> Result<Self, String> {
        let at: Timestamp = text.parse().map_err(|e| format!("{e}"))?;
        u64::try_from(at.as_nanosecond())
            .map(Self)
            .map_err(|_| "a time before 1970 or after 2554".to_owned())
    }

    /// The time of day in UTC, to the second.
    pub fn time_of_day(self) -> String {
        let seconds = self.0 / 1_000_000_000 % 86_400;
        format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    /// Shifts by a signed number of nanoseconds, stopping at either end.
    pub const fn offset(self, nanos: i64) -> Self {
        Self(self.0.saturating_add_signed(nanos))
    }
}

/// RFC 3339 in UTC with `Z`, with as many decimals as needed (3, 6 or 9).
impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = match self.0 {
            n if n % 1_000_000 == 0 => 3,
            n if n % 1_000 == 0 => 6,
            _ => 9,
        };
        match Timestamp::from_nanosecond(i128::from(self.0)) {
            Ok(at) => write!(f, "{at:.decimals$}"),
            Err(_) => write!(f, "{}", Timestamp::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        for text in ["2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678901234Z"] {
            assert_eq!(Nanos::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(
            Nanos::parse("2026-01-02T03:04:05+01:00").unwrap().to_string(),
            "2026-01-02T02:04:05.000Z"
        );
        assert!(Nanos::parse("yesterday").is_err());
        assert!(Nanos::parse("1960-01-01T00:00:00Z").is_err());
        let _ = Nanos(u64::MAX).to_string();
        assert_eq!(Nanos::parse("2026-01-02T03:04:05.678Z").unwrap().time_of_day(), "03:04:05");
    }
}
