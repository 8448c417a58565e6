//! Protobuf's wire format, as far as it takes to look without decoding.

use crate::ingest::blocks::Cut;

/// A field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire<'a> {
    /// A varint.
    Varint(u64),
    /// Eight bytes.
    Fixed64,
    /// Four bytes.
    Fixed32,
    /// Bytes; fewer than announced if the input ends in them.
    Bytes(&'a [u8]),
}

/// What reading a field met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next<'a> {
    /// A field, and the offset after it.
    Field(u32, Wire<'a>, usize),
    /// A field that is longer than the input; what there is of it, if that is bytes.
    CutOff(Option<(u32, Wire<'a>)>),
    /// Nothing is left.
    End,
    /// No protobuf.
    Broken,
}

/// The field at `at`.
pub(super) fn field(bytes: &[u8], at: usize) -> Next<'_> {
    if at >= bytes.len() {
        return Next::End;
    }
    let (tag, at) = match varint(bytes, at) {
        Varint::Value(tag, at) => (tag, at),
        Varint::CutOff => return Next::CutOff(None),
        Varint::Broken => return Next::Broken,
    };
    let number = match u32::try_from(tag >> 3) {
        Ok(number) if (1..1 << 29).contains(&number) => number,
        _ => return Next::Broken,
    };
    let fixed = |size: usize, wire| match at + size {
        end if end <= bytes.len() => Next::Field(number, wire, end),
        _ => Next::CutOff(None),
    };
    match tag & 7 {
        0 => match varint(bytes, at) {
            Varint::Value(value, end) => Next::Field(number, Wire::Varint(value), end),
            Varint::CutOff => Next::CutOff(None),
            Varint::Broken => Next::Broken,
        },
        1 => fixed(8, Wire::Fixed64),
        5 => fixed(4, Wire::Fixed32),
        2 => match varint(bytes, at) {
            Varint::Value(length, start) => {
                // Protobuf messages have at most 2 GiB.
                match usize::try_from(length).ok().filter(|n| *n < 1 << 31) {
                    None => Next::Broken,
                    Some(length) => match bytes.get(start..start + length) {
                        Some(inside) => Next::Field(number, Wire::Bytes(inside), start + length),
                        None => Next::CutOff(Some((number, Wire::Bytes(&bytes[start..])))),
                    },
                }
            }
            Varint::CutOff => Next::CutOff(None),
            Varint::Broken => Next::Broken,
        },
        _ => Next::Broken,
    }
}

enum Varint {
    Value(u64, usize),
    CutOff,
    Broken,
}

fn varint(bytes: &[u8], at: usize) -> Varint {
    let mut value = 0_u64;
    for index in 0..10 {
        let Some(byte) = bytes.get(at + index) else {
            return Varint::CutOff;
        };
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Varint::Value(value, at + index + 1);
        }
    }
    Varint::Broken
}

/// The end of the last whole field at the top of a message.
pub(in crate::ingest) fn last_field_end(bytes: &[u8]) -> Cut {
    let mut at = 0;
    loop {
        match field(bytes, at) {
            Next::Field(_, _, end) => at = end,
            Next::End | Next::CutOff(_) => return Cut::After(at),
            Next::Broken => return Cut::Lost(at, "bytes that are no protobuf"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_every_type() {
        assert_eq!(field(&[0x08, 0x96, 0x01], 0), Next::Field(1, Wire::Varint(150), 3));
        assert_eq!(field(&[0x0a, 1, 7], 0), Next::Field(1, Wire::Bytes(&[7]), 3));
        assert_eq!(field(&[0x0a, 2, 7], 0), Next::CutOff(Some((1, Wire::Bytes(&[7])))));
        assert_eq!(field(&[0x09, 0, 0], 0), Next::CutOff(None));
        assert_eq!(field(&[0x0b], 0), Next::Broken);
        assert_eq!(field(&[0x00], 0), Next::Broken);
        assert_eq!(field(&[0xff; 11], 0), Next::Broken);
        assert_eq!(field(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f], 0), Next::Broken);
        assert_eq!(field(&[], 0), Next::End);
    }

    #[test]
    fn messages_are_cut_between_fields() {
        assert_eq!(last_field_end(&[0x0a, 1, 7, 0x0a, 2, 7]), Cut::After(3));
        assert!(matches!(last_field_end(&[0x0a, 1, 7, 0x07]), Cut::Lost(3, _)));
    }
}
