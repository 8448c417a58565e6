//! Ids as text or bytes: hexadecimal of either case, or base64 of any flavour.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::model::{SpanId, TraceId};

use super::Found;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// A trace id from text.
pub(in crate::ingest) fn trace_id(text: &str) -> Found<TraceId> {
    // Nearly every id is written like this.
    if let ([high, low], []) = text.as_bytes().as_chunks::<16>()
        && let (Some(high), Some(low)) = (sixteen_digits(*high), sixteen_digits(*low))
    {
        let id = TraceId::from_halves(high, low);
        return if id.is_none() { Found::Nothing } else { Found::Good(id) };
    }
    match parse(text, 16) {
        Found::Good(value) => Found::Good(TraceId::from_halves((value >> 64) as u64, value as u64)),
        Found::Nothing => Found::Nothing,
        Found::Bad => Found::Bad,
    }
}

/// A span id from text.
pub(in crate::ingest) fn span_id(text: &str) -> Found<SpanId> {
    if let ([digits], []) = text.as_bytes().as_chunks::<16>()
        && let Some(value) = sixteen_digits(*digits)
    {
        return if value == 0 { Found::Nothing } else { Found::Good(SpanId::new(value)) };
    }
    match parse(text, 8) {
        Found::Good(value) => Found::Good(SpanId::new(value as u64)),
        Found::Nothing => Found::Nothing,
        Found::Bad => Found::Bad,
    }
}

/// A trace id from bytes.
pub(in crate::ingest) fn trace_id_bytes(bytes: &[u8]) -> Found<TraceId> {
    match TraceId::from_bytes(bytes) {
        None => Found::Bad,
        Some(id) if id.is_none() => Found::Nothing,
        Some(id) => Found::Good(id),
    }
}

/// A span id from bytes.
pub(in crate::ingest) fn span_id_bytes(bytes: &[u8]) -> Found<SpanId> {
    match SpanId::from_bytes(bytes) {
        None => Found::Bad,
        Some(id) if id.is_none() => Found::Nothing,
        Some(id) => Found::Good(id),
    }
}

/// Text that is hexadecimal throughout is hexadecimal, whatever its length up to that of the
/// id (Jaeger drops leading zeros); base64 of such text only would be a freak of chance.
fn parse(text: &str, bytes: usize) -> Found<u128> {
    let text = text.trim();
    if text.is_empty() {
        return Found::Nothing;
    }
    let value = match hex(text, bytes * 2) {
        Some(value) => value,
        None => match base64(text, bytes) {
            Some(value) => value,
            None => return Found::Bad,
        },
    };
    if value == 0 { Found::Nothing } else { Found::Good(value) }
}

fn hex(text: &str, longest: usize) -> Option<u128> {
    if text.len() > longest {
        return None;
    }
    let (mut value, mut wrong) = (0_u128, 0);
    // Sixteen digits at a time, because arithmetic of 128 bits is slow.
    for sixteen in text.as_bytes().chunks(16) {
        let mut part = 0_u64;
        for byte in sixteen {
            let digit = DIGITS[usize::from(*byte)];
            wrong |= digit;
            part = part << 4 | u64::from(digit & 0xf);
        }
        value = value << (4 * sixteen.len()) | u128::from(part);
    }
    (wrong & NO_DIGIT == 0).then_some(value)
}

/// Sixteen hexadecimal digits; `None` if one is none.
fn sixteen_digits(text: [u8; 16]) -> Option<u64> {
    let [high, low] = [text.first_chunk::<8>()?, text.last_chunk::<8>()?];
    let (high, low) = (eight_digits(*high)?, eight_digits(*low)?);
    Some(high << 32 | low)
}

/// Eight hexadecimal digits at once, a byte of a word each.
fn eight_digits(text: [u8; 8]) -> Option<u64> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let word = u64::from_le_bytes(text);
    // Letters, and whatever else has their bit, are 9 more than their low half says.
    let letters = (word >> 6) & ONES;
    let values = (word & (ONES * 0x0f)) + letters * 9;
    // What the values are written as, in lower case, must be what was read.
    let above_nine = ((values + ONES * 6) >> 4) & ONES;
    let written = values + ONES * u64::from(b'0') + above_nine * u64::from(b'a' - b'0' - 10);
    if written != word | letters << 5 || values & (ONES * 0xf0) != 0 {
        return None;
    }
    // Each step joins neighbours, the first being the higher.
    let pairs = (values.wrapping_mul(1 << 12 | 1) >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(1 << 24 | 1) >> 16) & 0x0000_ffff_0000_ffff;
    Some(fours.wrapping_mul(1 << 48 | 1) >> 32)
}

const NO_DIGIT: u8 = 0x80;

/// The values of hexadecimal digits of either case.
static DIGITS: [u8; 256] = {
    let mut table = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        table[b"0123456789abcdef"[value] as usize] = value as u8;
        table[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    table
};

fn base64(text: &str, bytes: usize) -> Option<u128> {
    let mut buffer = [0_u8; 24];
    // The decoder asks for room in whole groups, so 24 bytes take any id there is.
    if text.len() > 24 {
        return None;
    }
    let length = STANDARD
        .decode_slice(text, &mut buffer)
        .or_else(|_| URL_SAFE.decode_slice(text, &mut buffer))
        .ok()?;
    if length != bytes && length != 8 {
        return None;
    }
    let value = buffer[..length].iter().fold(0_u128, |value, byte| value << 8 | u128::from(*byte));
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(text: &str) -> Option<String> {
        match trace_id(text) {
            Found::Good(id) => Some(id.to_string()),
            _ => None,
        }
    }

    #[test]
    fn hexadecimal_of_either_case_and_any_length() {
        let full = "5b8efff798038103d269b633813fc60c";
        assert_eq!(trace(full).as_deref(), Some(full));
        assert_eq!(trace(&full.to_uppercase()).as_deref(), Some(full));
        assert_eq!(trace("d269b633813fc60c").as_deref(), Some("0000000000000000d269b633813fc60c"));
        assert_eq!(span_id("abc"), Found::Good(SpanId::new(0xabc)));
    }

    #[test]
    fn every_byte_at_every_place_is_a_digit_or_none() {
        let plain = b"0f9Ae5c7";
        for at in 0..8 {
            for byte in 0..=255_u8 {
                let mut text = *plain;
                text[at] = byte;
                let known = std::str::from_utf8(&text).ok();
                let known = known.filter(|_| byte.is_ascii_hexdigit());
                let wanted = known.and_then(|text| u64::from_str_radix(text, 16).ok());
                assert_eq!(eight_digits(text), wanted, "{byte} at {at}");
            }
        }
        assert_eq!(sixteen_digits(*b"bf1057BEab8a01d3"), Some(0xbf10_57be_ab8a_01d3));
    }

    #[test]
    fn base64_padded_or_not_standard_or_url_safe() {
        let bytes: Vec<u8> = (0xf0..=0xff).collect();
        for text in ["8PHy8/T19vf4+fr7/P3+/w==", "8PHy8/T19vf4+fr7/P3+/w", "8PHy8_T19vf4-fr7_P3-_w"]
        {
            assert_eq!(trace_id(text), trace_id_bytes(&bytes), "{text}");
        }
        assert_eq!(span_id("cmteMBAvwNA="), Found::Good(SpanId::new(0x726b_5e30_102f_c0d0)));
    }

    #[test]
    fn empty_and_all_zero_ids_are_none() {
        for text in ["", "  ", "0000000000000000", "AAAAAAAAAAA="] {
            assert_eq!(span_id(text), Found::Nothing, "{text}");
        }
        assert_eq!(span_id_bytes(&[0; 8]), Found::Nothing);
        assert_eq!(trace_id_bytes(&[]), Found::Nothing);
    }

    #[test]
    fn anything_else_is_bad() {
        for text in ["zzz", "!!!", "INVALID==", "5b8efff798038103d269b633813fc60c00"] {
            assert_eq!(trace_id(text), Found::Bad, "{text}");
        }
        assert_eq!(span_id_bytes(&[1; 9]), Found::Bad);
    }
}
