//! A cursor over JSON text that takes what is usual and refuses the rest.

use std::borrow::Cow;

use memchr::memmem::Finder;
use serde::Deserialize;
use wide::u8x16;

use crate::ingest::json::scalar::{Scalar, UnknownValue};

/// Something that is not as exporters write it: the tolerant reader must look at it.
#[derive(Debug)]
pub(super) struct Surprise;

/// What reading gives.
pub(super) type Sure<T> = Result<T, Surprise>;

/// Values nested deeper than this within one record are left to the tolerant reader, which has
/// a limit of its own.
const DEPTH: u32 = 32;

/// A place in a text.
pub(super) struct Cursor<'de> {
    text: &'de str,
    at: usize,
}

impl<'de> Cursor<'de> {
    /// At the beginning of `text`.
    pub(super) fn new(text: &'de str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'de [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Where it is.
    pub(super) fn place(&self) -> usize {
        self.at
    }

    /// What was read since a place.
    pub(super) fn since(&self, place: usize) -> &'de [u8] {
        self.text.as_bytes().get(place..self.at).unwrap_or_default()
    }

    /// What is next, up to the end of the first match not too far away.
    pub(super) fn ahead(&self, end: &Finder<'_>) -> Option<&'de [u8]> {
        const FAR: usize = 4096;
        let near = &self.rest()[..FAR.min(self.rest().len())];
        end.find(near).map(|at| &near[..at + end.needle().len()])
    }

    /// Steps over so many bytes, which must end between characters.
    pub(super) fn step(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Steps over `literal` if it is next; no white space is looked over.
    #[inline(always)]
    pub(super) fn eat<const N: usize>(&mut self, literal: &[u8; N]) -> bool {
        let next = self.rest().first_chunk::<N>() == Some(literal);
        if next {
            self.at += N;
        }
        next
    }

    /// The next byte that is no white space; 0 at the end.
    #[inline(always)]
    pub(super) fn peek(&mut self) -> u8 {
        loop {
            match self.text.as_bytes().get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(byte) => return *byte,
                None => return 0,
            }
        }
    }

    /// Steps over `byte`, which must be next.
    #[inline(always)]
    pub(super) fn expect(&mut self, byte: u8) -> Sure<()> {
        if self.peek() == byte {
            self.at += 1;
            Ok(())
        } else {
            Err(Surprise)
        }
    }

    /// Nothing but white space may follow.
    pub(super) fn end(&mut self) -> Sure<()> {
        if self.peek() == 0 && self.at == self.text.len() { Ok(()) } else { Err(Surprise) }
    }

    /// Reads a list, whose elements `element` reads.
    #[inline(always)]
    pub(super) fn list(&mut self, mut element: impl FnMut(&mut Self) -> Sure<()>) -> Sure<()> {
        self.expect(b'[')?;
        if self.peek() == b']' {
            self.at += 1;
            return Ok(());
        }
        loop {
            element(self)?;
            match self.peek() {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Surprise),
            }
        }
    }

    /// Reads an object, whose values `value` reads.
    #[inline(always)]
    pub(super) fn object(
        &mut self,
        mut value: impl FnMut(&mut Self, &'de [u8]) -> Sure<()>,
    ) -> Sure<()> {
        self.expect(b'{')?;
        if self.peek() == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            let key = self.key()?;
            value(self, key)?;
            match self.peek() {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Surprise),
            }
        }
    }

    /// A key with its colon.
    #[inline(always)]
    pub(super) fn key(&mut self) -> Sure<&'de [u8]> {
        let key = self.plain()?;
        self.expect(b':')?;
        Ok(key)
    }

    /// A string without escapes.
    #[inline(always)]
    pub(super) fn plain(&mut self) -> Sure<&'de [u8]> {
        self.expect(b'"')?;
        self.plain_rest()
    }

    /// A string without escapes whose opening quote is behind.
    #[inline(always)]
    pub(super) fn plain_rest(&mut self) -> Sure<&'de [u8]> {
        let from = self.at;
        match self.special() {
            b'"' => {
                self.at += 1;
                self.text.as_bytes().get(from..self.at - 1).ok_or(Surprise)
            }
            _ => Err(Surprise),
        }
    }

    /// A string.
    #[inline(always)]
    pub(super) fn string(&mut self) -> Sure<Cow<'de, str>> {
        self.expect(b'"')?;
        self.string_rest()
    }

    /// A string whose opening quote is behind.
    #[inline(always)]
    pub(super) fn string_rest(&mut self) -> Sure<Cow<'de, str>> {
        let from = self.at;
        match self.special() {
            b'"' => {
                self.at += 1;
                self.text.get(from..self.at - 1).map(Cow::Borrowed).ok_or(Surprise)
            }
            b'\\' => {
                self.at = from;
                self.skip_string_rest()?;
                self.tolerant::<String>(from - 1).map(Cow::Owned)
            }
            _ => Err(Surprise),
        }
    }

    /// Skips a string whose opening quote is behind.
    #[inline(always)]
    pub(super) fn skip_string_rest(&mut self) -> Sure<()> {
        loop {
            match self.special() {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => self.escape()?,
                _ => return Err(Surprise),
            }
        }
    }

    #[cold]
    fn escape(&mut self) -> Sure<()> {
        let length = match self.rest() {
            [_, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 2,
            [_, b'u', digits @ ..] if digits.iter().take(4).all(u8::is_ascii_hexdigit) => 6,
            _ => return Err(Surprise),
        };
        self.at += length;
        Ok(())
    }

    /// Goes to the next byte that a string cannot hold as it is (a quote, a backslash, a
    /// control character) and returns it; 0 at the end.
    #[inline(always)]
    fn special(&mut self) -> u8 {
        const QUOTE: u8x16 = u8x16::new([b'"'; 16]);
        const SLASH: u8x16 = u8x16::new([b'\\'; 16]);
        const CONTROL: u8x16 = u8x16::new([0x1f; 16]);
        while let Some(chunk) = self.rest().first_chunk::<16>() {
            let bytes = u8x16::new(*chunk);
            let controls = bytes.min(CONTROL).simd_eq(bytes);
            let found = bytes.simd_eq(QUOTE) | bytes.simd_eq(SLASH) | controls;
            let found = found.to_bitmask();
            if found != 0 {
                let offset = found.trailing_zeros() as usize;
                self.at += offset;
                return chunk[offset % 16];
            }
            self.at += 16;
        }
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            if byte == b'"' || byte == b'\\' || byte < 0x20 {
                return byte;
            }
            self.at += 1;
        }
        0
    }

    /// Skips a value, whatever it is.
    pub(super) fn skip(&mut self) -> Sure<()> {
        self.skip_within(DEPTH)
    }

    fn skip_within(&mut self, depth: u32) -> Sure<()> {
        match self.peek() {
            b'"' => {
                self.at += 1;
                self.skip_string_rest()
            }
            b'{' if depth > 0 => {
                self.at += 1;
                if self.peek() == b'}' {
                    self.at += 1;
                    return Ok(());
                }
                loop {
                    self.expect(b'"')?;
                    self.skip_string_rest()?;
                    self.expect(b':')?;
                    self.skip_within(depth - 1)?;
                    match self.peek() {
                        b',' => self.at += 1,
                        b'}' => break,
                        _ => return Err(Surprise),
                    }
                }
                self.at += 1;
                Ok(())
            }
            b'[' if depth > 0 => self.list(|cursor| cursor.skip_within(depth - 1)),
            b'-' | b'0'..=b'9' => self.skip_number(),
            b't' if self.eat(b"true") => Ok(()),
            b'f' if self.eat(b"false") => Ok(()),
            b'n' if self.eat(b"null") => Ok(()),
            _ => Err(Surprise),
        }
    }

    fn skip_number(&mut self) -> Sure<()> {
        self.eat(b"-");
        if !self.eat(b"0") {
            self.skip_digits()?;
        }
        if self.eat(b".") {
            self.skip_digits()?;
        }
        if self.eat(b"e") || self.eat(b"E") {
            let _ = self.eat(b"+") || self.eat(b"-");
            self.skip_digits()?;
        }
        Ok(())
    }

    fn skip_digits(&mut self) -> Sure<()> {
        let count = self.rest().iter().take_while(|b| b.is_ascii_digit()).count();
        self.at += count;
        if count > 0 { Ok(()) } else { Err(Surprise) }
    }

    /// Skips the value of a key that says nothing, as far as is known here: every other
    /// spelling of a known key has an underscore.
    pub(super) fn skip_unknown(&mut self, key: &[u8]) -> Sure<()> {
        if key.contains(&b'_') { Err(Surprise) } else { self.skip() }
    }

    /// A scalar in whatever form.
    fn scalar(&mut self) -> Sure<Scalar<'de>> {
        match self.peek() {
            b'"' => self.string().map(Scalar::Text),
            b'0'..=b'9' => match self.whole_number() {
                Some(number) => Ok(Scalar::Unsigned(number)),
                None => self.value(),
            },
            _ => self.value(),
        }
    }

    /// A value of an enumeration: see [`Scalar::enumerated`].
    pub(super) fn enumerated<T>(
        &mut self,
        by_number: impl Fn(i64) -> Option<T>,
        by_name: impl Fn(&str) -> Option<T>,
    ) -> Sure<Result<Option<T>, UnknownValue>> {
        Ok(self.scalar()?.enumerated(by_number, by_name))
    }

    /// A number without sign, fraction and exponent.
    #[inline(always)]
    fn whole_number(&mut self) -> Option<u64> {
        let (number, length) = digits(self.rest())?;
        let more = self.rest().get(length);
        let whole = !matches!(more, Some(b'.' | b'e' | b'E'));
        self.at += if whole { length } else { 0 };
        whole.then_some(number)
    }

    /// A time or a mask of bits: see [`Scalar::unsigned`].
    #[inline(always)]
    pub(super) fn unsigned(&mut self) -> Sure<u64> {
        if self.peek() == b'"'
            && let Some((number, length)) = digits(&self.rest()[1..])
            && self.rest().get(length + 1) == Some(&b'"')
        {
            self.at += length + 2;
            return Ok(number);
        }
        Ok(self.scalar()?.unsigned())
    }

    /// Whatever value is next, as the tolerant reader reads it.
    pub(super) fn value<T: Deserialize<'de>>(&mut self) -> Sure<T> {
        self.peek();
        let from = self.at;
        self.skip()?;
        self.tolerant(from)
    }

    /// The text of the next value, which is skipped.
    pub(super) fn raw(&mut self) -> Sure<&'de str> {
        self.peek();
        let from = self.at;
        self.skip()?;
        self.text.get(from..self.at).ok_or(Surprise)
    }

    fn tolerant<T: Deserialize<'de>>(&self, from: usize) -> Sure<T> {
        let text = self.text.get(from..self.at).ok_or(Surprise)?;
        serde_json::from_str(text).map_err(|_| Surprise)
    }
}

/// The number that `bytes` begin with and how many digits it has. `None` unless it is written
/// as JSON has it, in at most 19 digits.
#[inline(always)]
fn digits(bytes: &[u8]) -> Option<(u64, usize)> {
    let (mut number, mut at) = (0_u64, 0);
    while let Some(eight) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>())
        && at < 16
        && let Some(value) = eight_digits(*eight)
    {
        number = number * 100_000_000 + value;
        at += 8;
    }
    while let Some(byte @ b'0'..=b'9') = bytes.get(at) {
        if at == 19 {
            return None;
        }
        number = number * 10 + u64::from(byte - b'0');
        at += 1;
    }
    let padded = at > 1 && bytes[0] == b'0';
    (at > 0 && !padded).then_some((number, at))
}

/// Eight digits at once: each step adds neighbours, weighted by their place.
#[inline(always)]
fn eight_digits(bytes: [u8; 8]) -> Option<u64> {
    let word = u64::from_le_bytes(bytes);
    let high = word & 0xf0f0_f0f0_f0f0_f0f0;
    let over = word.wrapping_add(0x0606_0606_0606_0606) & 0xf0f0_f0f0_f0f0_f0f0;
    if high != 0x3030_3030_3030_3030 || over != high {
        return None;
    }
    let pairs = (word & 0x0f0f_0f0f_0f0f_0f0f).wrapping_mul(10 << 8 | 1) >> 8;
    let fours = (pairs & 0x00ff_00ff_00ff_00ff).wrapping_mul(100 << 16 | 1) >> 16;
    Some((fours & 0x0000_ffff_0000_ffff).wrapping_mul(10_000 << 32 | 1) >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_length() {
        for text in ["0", "7", "1772805811078541426", "12345678", "123456789", "99999999"] {
            assert_eq!(digits(text.as_bytes()), Some((text.parse().unwrap(), text.len())));
            let more = format!("{text},1234567890");
            assert_eq!(digits(more.as_bytes()), Some((text.parse().unwrap(), text.len())));
        }
        for text in ["", "x", "07", "12345678901234567890", "00000000"] {
            assert_eq!(digits(text.as_bytes()), None, "{text}");
        }
        for odd in ["1234567:", "1234567/", "12é45678"] {
            let plain = odd.bytes().take_while(u8::is_ascii_digit).count();
            assert_eq!(digits(odd.as_bytes()).unwrap().1, plain, "{odd}");
        }
    }

    #[test]
    fn what_is_skipped_is_json() {
        for text in [
            r#""a\n\u00e9é""#,
            "-0.5e+7",
            "[1,[],{}, {\"a\":[null,true,false]} ]",
            "0",
            "\"a text that is longer than a word\"",
        ] {
            let mut cursor = Cursor::new(text);
            cursor.skip().unwrap();
            cursor.end().unwrap();
            assert!(serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok(), "{text}");
        }
        for text in [
            "\"a",
            "\"\u{1}\"",
            "\"\\x\"",
            "\"\\u12\"",
            "01",
            "-",
            "1.",
            "1e",
            "[1,]",
            "{\"a\"}",
            "tru",
            "",
        ] {
            let mut cursor = Cursor::new(text);
            assert!(cursor.skip().and_then(|()| cursor.end()).is_err(), "{text}");
        }
        assert!(Cursor::new(&"[".repeat(100_000)).skip().is_err());
    }
}
