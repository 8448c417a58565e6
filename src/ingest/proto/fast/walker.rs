//! Fields one after the other, as the declared messages have them.

/// Something that the declared messages do not have, or that is no protobuf.
#[derive(Debug)]
pub(super) struct Surprise;

/// What reading gives.
pub(super) type Sure<T> = Result<T, Surprise>;

/// The wire types.
pub(super) const VARINT: u32 = 0;
/// Eight bytes.
pub(super) const FIXED64: u32 = 1;
/// Bytes after their length.
pub(super) const BYTES: u32 = 2;
/// Four bytes.
pub(super) const FIXED32: u32 = 5;

/// What is left of a message.
#[derive(Clone, Copy)]
pub(super) struct Walker<'a> {
    rest: &'a [u8],
}

impl<'a> Walker<'a> {
    /// At the beginning of a message.
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// Number and wire type of the next field; `None` at the end. Its value must be read next.
    #[inline(always)]
    pub(super) fn field(&mut self) -> Sure<Option<(u32, u32)>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        // All declared numbers fit in two bytes.
        match u32::try_from(self.varint()?) {
            Ok(key) if (8..1 << 14).contains(&key) => Ok(Some((key >> 3, key & 7))),
            _ => Err(Surprise),
        }
    }

    /// A varint.
    #[inline(always)]
    pub(super) fn varint(&mut self) -> Sure<u64> {
        match *self.rest {
            [byte @ 0..0x80, ref rest @ ..] => {
                self.rest = rest;
                Ok(u64::from(byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Sure<u64> {
        let mut value = 0_u64;
        for (index, byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                // The tenth byte holds one bit.
                if index == 9 && *byte > 1 {
                    break;
                }
                self.rest = &self.rest[index + 1..];
                return Ok(value);
            }
        }
        Err(Surprise)
    }

    /// Eight bytes.
    #[inline(always)]
    pub(super) fn fixed64(&mut self) -> Sure<u64> {
        let (bytes, rest) = self.rest.split_first_chunk::<8>().ok_or(Surprise)?;
        self.rest = rest;
        Ok(u64::from_le_bytes(*bytes))
    }

    /// Four bytes.
    #[inline(always)]
    pub(super) fn fixed32(&mut self) -> Sure<u32> {
        let (bytes, rest) = self.rest.split_first_chunk::<4>().ok_or(Surprise)?;
        self.rest = rest;
        Ok(u32::from_le_bytes(*bytes))
    }

    /// Bytes after their length.
    #[inline(always)]
    pub(super) fn bytes(&mut self) -> Sure<&'a [u8]> {
        let length = usize::try_from(self.varint()?).map_err(|_| Surprise)?;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Surprise)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// Text after its length.
    #[inline(always)]
    pub(super) fn text(&mut self) -> Sure<&'a str> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Surprise)
    }

    /// The text of a message that holds nothing but its first field, a short text, as most
    /// values do. It may not be text at all: see [`check_text`].
    #[inline(always)]
    pub(super) fn only_text(self) -> Option<&'a [u8]> {
        match *self.rest {
            // Number 1, the wire type of bytes, and a length of one byte.
            [0x0a, length @ 0..0x80, ref text @ ..] if text.len() == usize::from(length) => {
                Some(text)
            }
            _ => None,
        }
    }

    /// Whether nothing is left.
    #[inline(always)]
    pub(super) fn is_empty(self) -> bool {
        self.rest.is_empty()
    }

    /// Skips text after its length.
    #[inline(always)]
    pub(super) fn skip_text(&mut self) -> Sure<()> {
        check_text(self.bytes()?)
    }

    /// A message after its length.
    #[inline(always)]
    pub(super) fn message(&mut self) -> Sure<Self> {
        self.bytes().map(Self::new)
    }
}

/// Refuses what is not UTF-8. Nearly all text is ASCII, and short.
#[inline(always)]
pub(super) fn check_text(bytes: &[u8]) -> Sure<()> {
    if is_ascii(bytes) || std::str::from_utf8(bytes).is_ok() { Ok(()) } else { Err(Surprise) }
}

#[inline(always)]
fn is_ascii(bytes: &[u8]) -> bool {
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let Some(last) = bytes.last_chunk::<8>() else {
        return bytes.iter().fold(0, |all, byte| all | byte) < 0x80;
    };
    let (words, _) = bytes.as_chunks::<8>();
    let all = words.iter().fold(u64::from_le_bytes(*last), |all, w| all | u64::from_le_bytes(*w));
    all & HIGH == 0
}

/// Takes the place of a message that must not be given twice: the generated types would merge
/// the two.
pub(super) fn once<T>(place: &mut Option<T>, value: T) -> Sure<()> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Surprise),
    }
}
