//! Numbers of bytes as people write them.

/// Less than this would put every few records away by themselves.
const LEAST_MEMORY: u64 = 1 << 20;

/// A number of bytes with a unit of 1000 or 1024.
pub fn size(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 12] = [
        ("", 1),
        ("B", 1),
        ("k", 1 << 10),
        ("m", 1 << 20),
        ("g", 1 << 30),
        ("kb", 1_000),
        ("mb", 1_000_000),
        ("gb", 1_000_000_000),
        ("kib", 1 << 10),
        ("mib", 1 << 20),
        ("gib", 1 << 30),
        ("tib", 1 << 40),
    ];
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = UNITS.iter().find(|(name, _)| unit.trim().eq_ignore_ascii_case(name));
    match (number.parse::<u64>(), unit) {
        (Ok(number), Some((_, unit))) => match number.checked_mul(*unit) {
            Some(bytes @ LEAST_MEMORY..) => Ok(bytes),
            Some(_) => Err("at least 1MiB is needed".to_owned()),
            None => Err("more than there can be".to_owned()),
        },
        _ => Err("a size such as 512MiB or 2GB is expected".to_owned()),
    }
}

/// A number of bytes as [`size`] reads it, in the largest unit that leaves no rest.
pub fn written(bytes: u64) -> String {
    let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let whole = units.into_iter().find(|(_, unit)| bytes.is_multiple_of(*unit));
    whole.map_or_else(|| format!("{bytes}B"), |(name, unit)| format!("{}{name}", bytes / unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for (bytes, text) in [(1 << 30, "1GiB"), (1536 << 20, "1536MiB"), (2_000_000, "2000000B")] {
            assert_eq!((written(bytes).as_str(), size(text)), (text, Ok(bytes)));
        }
    }

    #[test]
    fn a_size_has_a_unit_or_is_in_bytes() {
        let sizes = ["512MiB", "512m", "2 GB", "1048576", "1KiB", "512", "1.5GiB", "MiB", "-1"];
        let read = sizes.map(|text| size(text).ok());
        let half = Some(512 << 20);
        let bytes = [half, half, Some(2_000_000_000), Some(1 << 20)];
        assert_eq!(read[..4], bytes);
        assert_eq!(read[4..], [None; 5]);
        assert!(size("99999999999999999999GiB").is_err() && size("18446744073709551615k").is_err());
    }
}
