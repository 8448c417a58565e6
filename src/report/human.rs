//! Numbers and times for people.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use crate::model::Nanos;

/// With thousands separators.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun.
pub fn plural(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// Bytes in decimal units.
pub fn bytes(n: u64) -> String {
    let (unit, name) = match n {
        0..1_000 => return format!("{n} bytes"),
        1_000..1_000_000 => (1e3, "kB"),
        1_000_000..1_000_000_000 => (1e6, "MB"),
        _ => (1e9, "GB"),
    };
    format!("{} {name}", three_digits(n as f64 / unit))
}

/// A length of time in the unit that suits it.
pub fn duration(nanos: u64) -> String {
    const SECOND: u64 = 1_000_000_000;
    let seconds = nanos / SECOND;
    match nanos {
        0 => "0 ms".to_owned(),
        1..1_000 => format!("{nanos} ns"),
        1_000..1_000_000 => format!("{} µs", three_digits(nanos as f64 / 1e3)),
        1_000_000..SECOND => format!("{} ms", three_digits(nanos as f64 / 1e6)),
        _ if seconds < 60 => format!("{} s", three_digits(nanos as f64 / 1e9)),
        _ if seconds < 3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", count(seconds / 3_600), seconds / 60 % 60),
    }
}

/// A signed delay in milliseconds.
pub fn lag(ms: i64) -> String {
    let length = duration(ms.unsigned_abs().saturating_mul(1_000_000));
    match ms {
        0 => "+0 ms".to_owned(),
        1.. => format!("+{length}"),
        _ => format!("−{length}"),
    }
}

/// A share between 0 and 1, or a loss below 0. Only nothing is "0%" and only everything is "100%".
pub fn share(share: f64) -> String {
    match share * 100.0 {
        p if !p.is_finite() => "unknown".to_owned(),
        p if p > 0.0 && p < 0.05 => "<0.1%".to_owned(),
        p if (99.95..100.0).contains(&p) => ">99.9%".to_owned(),
        // Rounded to nothing, a minus sign would say that there is something.
        p if (-0.5..=0.0).contains(&p) => "0%".to_owned(),
        p if p <= 0.0 || p >= 100.0 => format!("{p:.0}%"),
        p => format!("{p:.1}%"),
    }
}

/// A probability between 0 and 1, in whole percent.
pub fn probability(p: f64) -> String {
    match p * 100.0 {
        p if !p.is_finite() => "unknown".to_owned(),
        p if p < 1.0 => "<1%".to_owned(),
        p if p > 99.0 => ">99%".to_owned(),
        p => format!("{p:.0}%"),
    }
}

/// `part` of `whole` as a share; `None` of nothing.
pub fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn three_digits(value: f64) -> String {
    // Rounding first, or 9.999 would be printed with one digit too many.
    let decimals = match value {
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// Shows times of day, with the date only where it is not the one that was stated.
#[derive(Clone, Debug)]
pub struct Clock {
    zone: TimeZone,
    date: String,
    /// What is put behind a time that stands alone.
    pub name: String,
}

impl Clock {
    /// A clock for a report that states the date of `first`.
    pub fn new(first: Nanos, zone: &TimeZone) -> Self {
        let first = zoned(first, zone);
        let name = match zone {
            zone if *zone == TimeZone::UTC => "UTC".to_owned(),
            _ => first.strftime("%:z").to_string(),
        };
        Self { zone: zone.clone(), date: first.strftime("%F").to_string(), name }
    }

    /// The stated date.
    pub fn date(&self) -> &str {
        &self.date
    }

    /// `HH:MM:SS.mmm`, after the date if it is another day.
    pub fn time(&self, at: Nanos) -> String {
        self.written(at, "%H:%M:%S%.3f")
    }

    /// To the second: enough for a sentence.
    pub fn second(&self, at: Nanos) -> String {
        self.written(at, "%H:%M:%S")
    }

    fn written(&self, at: Nanos, format: &str) -> String {
        let at = zoned(at, &self.zone);
        let date = at.strftime("%F").to_string();
        let time = at.strftime(format).to_string();
        if date == self.date { time } else { format!("{date} {time}") }
    }
}

fn zoned(at: Nanos, zone: &TimeZone) -> ZonedDateTime {
    // Down to the millisecond that is shown, or it would be rounded up past what happened.
    let millis = i64::try_from(at.0 / 1_000_000).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX).to_zoned_datetime(zone.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_bytes() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(plural(1, "span", "spans"), "1 span");
        assert_eq!(bytes(12), "12 bytes");
        assert_eq!(bytes(1_250_000), "1.25 MB");
    }

    #[test]
    fn durations_keep_three_digits() {
        for (nanos, text) in [
            (0, "0 ms"),
            (850, "850 ns"),
            (12_000, "12 µs"),
            (1_234_000, "1.23 ms"),
            (123_456_789, "123 ms"),
            (9_999_000_000, "10 s"),
            (59_400_000_000, "59.4 s"),
            (125_000_000_000, "2 min 5 s"),
            (3_720_000_000_000, "1 h 2 min"),
        ] {
            assert_eq!(duration(nanos), text);
        }
        assert_eq!(lag(-1_500), "−1.5 s");
        assert_eq!(lag(120), "+120 ms");
        let _ = lag(i64::MIN);
    }

    #[test]
    fn shares_never_round_to_certainty() {
        for (value, text) in [
            (0.0, "0%"),
            (0.000_1, "<0.1%"),
            (0.412, "41.2%"),
            (0.999_9, ">99.9%"),
            (1.0, "100%"),
            (f64::NAN, "unknown"),
        ] {
            assert_eq!(share(value), text);
        }
        assert_eq!(probability(0.934), "93%");
        assert_eq!(probability(0.9999), ">99%");
        assert_eq!(ratio(1, 0), None);
    }

    #[test]
    fn the_date_is_told_when_it_changes() {
        let noon = Nanos::parse("2026-01-02T12:00:00.5Z").unwrap();
        let clock = Clock::new(noon, &TimeZone::UTC);
        assert_eq!(clock.date(), "2026-01-02");
        assert_eq!(clock.time(noon), "12:00:00.500");
        assert_eq!(clock.time(noon.offset(86_400_000_000_000)), "2026-01-03 12:00:00.500");
        let away = TimeZone::fixed(jiff::tz::offset(13));
        let there = Clock::new(noon, &away);
        assert_eq!(there.date(), "2026-01-03");
        assert_eq!((there.second(noon).as_str(), there.name.as_str()), ("01:00:00", "+13:00"));
        let _ = there.time(Nanos(u64::MAX));
    }
}
