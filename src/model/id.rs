//! Trace and span ids.

use std::fmt;

/// A 128-bit trace id; all zero means "none".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId([u64; 2]);

impl TraceId {
    /// The absent id.
    pub const NONE: Self = Self([0, 0]);

    /// From big-endian bytes as OTLP carries them; shorter ids are left-padded with zeros, as
    /// 64-bit systems do. `None` if there are more than 16.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut full = [0_u8; 16];
        full[16_usize.checked_sub(bytes.len())?..].copy_from_slice(bytes);
        let value = u128::from_be_bytes(full);
        Some(Self([(value >> 64) as u64, value as u64]))
    }

    /// From the high and low half.
    pub const fn from_halves(high: u64, low: u64) -> Self {
        Self([high, low])
    }

    /// The high and low half.
    pub const fn halves(self) -> (u64, u64) {
        (self.0[0], self.0[1])
    }

    /// Whether this is the absent id.
    pub const fn is_none(self) -> bool {
        self.0[0] == 0 && self.0[1] == 0
    }

    /// See [`super::stable_hash`].
    pub const fn stable_hash(self) -> u64 {
        super::stable_hash(self.0[0], self.0[1])
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.0[0], self.0[1])
    }
}

/// A 64-bit span id; zero means "none".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId(u64);

impl SpanId {
    /// The absent id.
    pub const NONE: Self = Self(0);

    /// From big-endian bytes, left-padded; `None` if there are more than 8.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut full = [0_u8; 8];
        full[8_usize.checked_sub(bytes.len())?..].copy_from_slice(bytes);
        Some(Self(u64::from_be_bytes(full)))
    }

    /// From its number.
    pub const fn new(value: u64) -> Self {
        Self(value)
    }

    /// Its number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Whether this is the absent id.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ids_are_padded_on_the_left_and_long_ones_refused() {
        let short = TraceId::from_bytes(&[0xab, 0xcd]).unwrap();
        assert_eq!(short.to_string(), "0000000000000000000000000000abcd".to_owned());
        assert!(TraceId::from_bytes(&[1; 17]).is_none());
        assert!(SpanId::from_bytes(&[1; 9]).is_none());
        assert!(SpanId::from_bytes(&[]).unwrap().is_none());
    }
}
