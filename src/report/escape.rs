//! Makes text that strangers wrote harmless.
//!
//! Names in telemetry come from whoever could send a span. Shown raw they could drive a
//! terminal, reorder a line, forge a table row, mention people or run script in a page.
//! Every format passes all text through here at the last moment, its own words included, so
//! that nothing depends on remembering which string came from where.

use std::fmt;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of a name that are shown.
pub const NAME_WIDTH: usize = 80;
/// Columns of a sentence that are shown.
const SENTENCE_WIDTH: usize = 1_000;
/// More marks than this on one letter serve no language.
const MARKS: usize = 3;
const REPLACEMENT: char = '\u{fffd}';

/// Whether a character does something other than being seen: controls, direction overrides,
/// zero-width and tag characters, line separators, blank fillers, private use.
pub const fn is_unsafe(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}'
        | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
        | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}'
        | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

/// One line of visible characters: white space becomes single spaces, a run of anything
/// [unsafe](is_unsafe) becomes one replacement character, so that tampering stays visible.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(4 * SENTENCE_WIDTH));
    let mut marks = 0;
    for c in text.chars() {
        // A replacement in front of a run of white space is still a run of white space.
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if is_unsafe(c) {
            if !out.ends_with(REPLACEMENT) {
                out.push(REPLACEMENT);
            }
        } else {
            marks = if c.width() == Some(0) { marks + 1 } else { 0 };
            if marks <= MARKS {
                out.push(c);
            }
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// At most `width` columns, the last being an ellipsis if something was cut.
pub fn shorten(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used >= width {
            break;
        }
        out.push(c);
    }
    out.truncate(out.trim_end().len());
    out.push('…');
    out
}

/// A name as reports show it: clean, and of bounded length.
pub fn name(text: &str) -> String {
    let clean = clean(text);
    if clean.is_empty() {
        return "(unnamed)".to_owned();
    }
    shorten(&clean, NAME_WIDTH)
}

/// A sentence that may hold names: clean, no word longer than a name, and of bounded length.
pub fn sentence(text: &str) -> String {
    let words: Vec<String> = clean(text).split(' ').map(|word| shorten(word, NAME_WIDTH)).collect();
    shorten(&words.join(" "), SENTENCE_WIDTH)
}

/// Text for Markdown that renders as itself, in paragraphs, list items and table cells alike.
///
/// Entities rather than backslashes, because a table cell splits at a backslashed pipe in some
/// renderers. A mention or a reference is broken by a zero-width space: it is looked for in the
/// rendered text, where an entity is no obstacle.
pub fn markdown(text: &str) -> String {
    let clean = clean(text);
    let mut out = String::with_capacity(clean.len() + 16);
    let mut before = None;
    let mut rest = clean.chars();
    while let Some(c) = rest.next() {
        let next = rest.as_str();
        let ends_word = next.is_empty() || next.starts_with(' ');
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '|' | '`' | '*' | '~' | '[' | ']' | '\\' | '$' | '^' | '{' | '}' => {
                push_entity(&mut out, c);
            }
            '@' => out.push_str("&#64;&#8203;"),
            '#' if next.starts_with(|c: char| c.is_ascii_digit()) => out.push_str("&#35;&#8203;"),
            '#' => push_entity(&mut out, c),
            // Between letters it is no emphasis, and ids stay legible in the source.
            '_' if !(is_word(before) && is_word(next.chars().next())) => push_entity(&mut out, c),
            // Bare addresses become links.
            ':' if next.starts_with("//") => push_entity(&mut out, c),
            '.' if out.to_ascii_lowercase().ends_with("www") => push_entity(&mut out, c),
            // At the start of a line these begin lists, rules, underlines and tables.
            '-' | '+' | '=' | ':'
                if before.is_none() && (ends_word || next.starts_with(['-', '='])) =>
            {
                push_entity(&mut out, c);
            }
            '.' | ')' if ends_word && is_number(&out) => push_entity(&mut out, c),
            _ => out.push(c),
        }
        before = Some(c);
    }
    out
}

fn is_word(c: Option<char>) -> bool {
    c.is_some_and(char::is_alphanumeric)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn push_entity(out: &mut String, c: char) {
    out.push_str("&#");
    out.push_str(&u32::from(c).to_string());
    out.push(';');
}

/// A quoted string of the DOT language. Backslashes are doubled: they begin escapes in labels.
pub fn dot(text: &str) -> String {
    let mut out = String::from("\"");
    for c in clean(text).chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// Text inside the quotes of a Mermaid label: whatever is no letter, digit or harmless sign is a
/// code, so that neither quotes nor the markup of labels can be forged.
pub fn mermaid(text: &str) -> String {
    let mut out = String::new();
    for c in clean(text).chars() {
        if c.is_alphanumeric() || " .,-_/:+%=()−…→".contains(c) {
            out.push(c);
        } else {
            out.push_str(&format!("#{};", u32::from(c)));
        }
    }
    out
}

/// Text inside a quoted attribute or an element of HTML. Unlike the others it keeps blanks at
/// the ends: templates hand text over in pieces.
pub fn html(text: &str, out: &mut dyn fmt::Write) -> fmt::Result {
    for c in text.chars() {
        match c {
            '&' => out.write_str("&amp;")?,
            '<' => out.write_str("&lt;")?,
            '>' => out.write_str("&gt;")?,
            '"' => out.write_str("&quot;")?,
            '\'' => out.write_str("&#39;")?,
            c if c.is_whitespace() => out.write_char(' ')?,
            c if is_unsafe(c) => out.write_char(REPLACEMENT)?,
            c => out.write_char(c)?,
        }
    }
    Ok(())
}

/// A basic string of TOML, quoted. What drives terminals is escaped: settings are shown, too.
pub fn toml_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if is_unsafe(c) => out.push_str(&format!("\\U{:08X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A cell of a table that spreadsheets open: what would be taken for a formula is quoted.
pub fn spreadsheet(text: &str) -> String {
    let text = clean(text);
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_hostile_name_stays_one_string_of_toml() {
        let want = "\"a\\\"b\\\\c\\U0000000A\\U0000001B\\U0000202E\"";
        assert_eq!(toml_string("a\"b\\c\n\u{1b}\u{202e}"), want);
    }

    #[test]
    fn terminal_sequences_and_overrides_become_visible_and_harmless() {
        assert_eq!(clean("\u{1b}[31mred\u{1b}[0m"), "\u{fffd}[31mred\u{fffd}[0m");
        assert_eq!(clean("a\u{202e}\u{2066}b"), "a\u{fffd}b");
        assert_eq!(clean("\u{9b}2J"), "\u{fffd}2J");
        assert_eq!(clean("  two\r\n\tlines "), "two lines");
        assert_eq!(clean("zwj\u{200d}\u{feff}"), "zwj\u{fffd}");
        assert_eq!(clean("a\u{301}\u{301}\u{301}\u{301}\u{301}").chars().count(), 4);
    }

    #[test]
    fn long_names_end_in_an_ellipsis() {
        let shown = name(&"x".repeat(10_000));
        assert_eq!(shown.width(), NAME_WIDTH);
        assert!(shown.ends_with('…'));
        assert_eq!(name(" \n"), "(unnamed)");
        assert_eq!(shorten("日本語日本語", 6), "日本…");
        let text = sentence(&format!("calls to {} failed", "y".repeat(5_000)));
        assert!(text.ends_with("… failed"), "{text}");
    }

    #[test]
    fn markdown_shows_the_text_and_nothing_else() {
        assert_eq!(
            markdown("<script>|`&`[x](y)"),
            "&lt;script&gt;&#124;&#96;&amp;&#96;&#91;x&#93;(y)"
        );
        assert_eq!(markdown("@admin #12"), "&#64;&#8203;admin &#35;&#8203;12");
        assert_eq!(markdown("# title"), "&#35; title");
        assert_eq!(markdown("http://a.b www.c.d"), "http&#58;//a.b www&#46;c.d");
        assert_eq!(markdown("- item"), "&#45; item");
        assert_eq!(markdown("1. item 2.5"), "1&#46; item 2.5");
        assert_eq!(markdown("0.5% of a_b"), "0.5% of a_b");
        assert_eq!(markdown("_a_ -1 ---"), "&#95;a&#95; -1 ---");
        assert_eq!(markdown("---"), "&#45;--");
    }

    #[test]
    fn dot_strings_cannot_be_left() {
        assert_eq!(dot(r#"a"b\"#), r#""a\"b\\""#);
        assert_eq!(dot("a\n\u{1b}b"), "\"a \u{fffd}b\"");
    }

    /// Reads back what [`markdown`] wrote, as a renderer would.
    fn rendered(markdown: &str) -> String {
        let mut out = String::new();
        let mut rest = markdown;
        while let Some(at) = rest.find('&') {
            out.push_str(&rest[..at]);
            let end = at + rest[at..].find(';').unwrap();
            match &rest[at + 1..end] {
                "amp" => out.push('&'),
                "lt" => out.push('<'),
                "gt" => out.push('>'),
                code => {
                    let code = code.strip_prefix('#').unwrap().parse().unwrap();
                    out.push(char::from_u32(code).unwrap());
                }
            }
            rest = &rest[end + 1..];
        }
        out + rest
    }

    proptest! {
        #[test]
        fn clean_text_is_one_safe_line(text in any::<String>()) {
            let once = clean(&text);
            prop_assert!(!once.chars().any(is_unsafe));
            prop_assert!(!once.chars().any(|c| c.is_whitespace() && c != ' '));
            prop_assert_eq!(&clean(&once), &once);
        }

        #[test]
        fn names_and_sentences_are_bounded(text in "(\\PC|\\pC| ){0,3000}") {
            prop_assert!(name(&text).width() <= NAME_WIDTH);
            prop_assert!(sentence(&text).width() <= SENTENCE_WIDTH);
        }

        #[test]
        fn markdown_has_no_syntax_and_renders_as_the_text(text in "([|`<>&@#\\[\\]*_\\\\\n-]|\\PC){0,40}") {
            let written = markdown(&text);
            prop_assert!(!written.contains(['|', '`', '<', '>', '[', ']', '*', '\\', '\n', '@']));
            prop_assert_eq!(rendered(&written).replace('\u{200b}', ""), clean(&text));
        }

        #[test]
        fn dot_strings_end_where_they_should(text in "([\"\\\\\n]|\\PC){0,40}") {
            let written = dot(&text);
            let inner = &written[1..written.len() - 1];
            let mut escaped = false;
            for c in inner.chars() {
                prop_assert!(c != '"' || escaped);
                escaped = c == '\\' && !escaped;
            }
            prop_assert!(!escaped, "the closing quote must close");
        }
    }
}
