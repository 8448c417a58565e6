//! The keys that a JSON text begins with, without decoding it: what a format is recognised by.

use memchr::memchr2;

use super::scanner::Scanner;

/// A key, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ingest) struct Field<'a> {
    /// How many objects it is inside of.
    pub(in crate::ingest) depth: usize,
    /// The key of the object, or of the list of objects, that it is in; empty at the top.
    pub(in crate::ingest) under: &'a [u8],
    /// The key.
    pub(in crate::ingest) key: &'a [u8],
}

/// How much of a text is looked at.
const LOOK_AT: usize = 1 << 16;
/// Objects deeper than this are passed over.
const DEEPEST: usize = 5;
/// Brackets deeper than this are no record's.
const BRACKETS: usize = 32;

/// The keys in the beginning of a text that was perhaps cut off, up to where it is no JSON.
pub(in crate::ingest) fn outline(head: &[u8]) -> Vec<Field<'_>> {
    let mut walk = Walk { text: &head[..head.len().min(LOOK_AT)], at: 0, open: Vec::new() };
    let mut fields = Vec::new();
    while walk.step(&mut fields).is_some() {}
    fields
}

/// Whether an object at `depth`, below `under`, has all these keys. Objects at one place count
/// as one.
pub(in crate::ingest) fn has_all(
    fields: &[Field<'_>],
    depth: usize,
    under: &str,
    keys: &[&str],
) -> bool {
    let here = |f: &&Field<'_>| f.depth == depth && f.under == under.as_bytes();
    keys.iter().all(|key| fields.iter().filter(here).any(|f| f.key == key.as_bytes()))
}

struct Open<'a> {
    object: bool,
    under: &'a [u8],
}

struct Walk<'a> {
    text: &'a [u8],
    at: usize,
    open: Vec<Open<'a>>,
}

impl<'a> Walk<'a> {
    /// One token on; `None` where the text ends or is too deep.
    fn step(&mut self, fields: &mut Vec<Field<'a>>) -> Option<()> {
        let rest = &self.text[self.at..];
        let next = rest.iter().position(|b| matches!(b, b'"' | b'{' | b'[' | b'}' | b']'))?;
        self.at += next;
        match self.text[self.at] {
            b'"' => return self.string(fields),
            b'{' if self.objects() == DEEPEST => {
                self.at += Scanner::default().next_end(&self.text[self.at..])?;
                return Some(());
            }
            opening @ (b'{' | b'[') => {
                if self.open.len() == BRACKETS {
                    return None;
                }
                let key = fields.last().filter(|f| f.depth == self.objects()).map(|f| f.key);
                let under = match self.open.last() {
                    None => b"",
                    Some(list) if !list.object => list.under,
                    Some(_) => key?,
                };
                self.open.push(Open { object: opening == b'{', under });
            }
            _ => drop(self.open.pop()),
        }
        self.at += 1;
        Some(())
    }

    fn objects(&self) -> usize {
        self.open.iter().filter(|open| open.object).count()
    }

    /// A string: a key if a colon follows.
    fn string(&mut self, fields: &mut Vec<Field<'a>>) -> Option<()> {
        let from = self.at + 1;
        let mut end = from;
        loop {
            end += memchr2(b'"', b'\\', self.text.get(end..)?)?;
            if self.text[end] == b'"' {
                break;
            }
            end += 2;
        }
        self.at = end + 1;
        let colon = self.text[self.at..].trim_ascii_start().first() == Some(&b':');
        if let Some(open) = self.open.last().filter(|open| open.object && colon) {
            let key = &self.text[from..end];
            fields.push(Field { depth: self.objects(), under: open.under, key });
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let text_of = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let fields = outline(text.as_bytes());
        let line = |f: &Field<'_>| format!("{} {}.{}", f.depth, text_of(f.under), text_of(f.key));
        fields.iter().map(line).collect()
    }

    #[test]
    fn keys_and_where_they_stand() {
        let text = r#"[{"a":"\"b\":","c":[{"d":{"e":1}},"f",{"g":[]}],"h":2"#;
        assert_eq!(told(text), ["1 .a", "1 .c", "2 c.d", "3 d.e", "2 c.g", "1 .h"]);
    }

    #[test]
    fn what_is_cut_off_or_too_deep_ends_it() {
        assert_eq!(told(r#"{"a":1,"b"#), ["1 .a"]);
        assert_eq!(told(&"[".repeat(100)), [""; 0]);
        assert_eq!(told("no JSON"), [""; 0]);
        let deep = r#"{"a":{"b":{"c":{"d":{"e":{"f":1},"g":2}}}}}"#;
        assert_eq!(told(deep).len(), 6);
        assert!(told(deep).contains(&"5 d.g".to_owned()));
    }

    #[test]
    fn all_keys_of_one_place() {
        let fields = outline(br#"{"data":[{"x":1},{"y":2}],"z":3}"#);
        assert!(has_all(&fields, 2, "data", &["x", "y"]));
        assert!(!has_all(&fields, 1, "", &["x"]));
        assert!(!has_all(&fields, 2, "data", &["x", "z"]));
    }
}
