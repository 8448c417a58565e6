//! Documents for a terminal: wrapped to its width, aligned, coloured if wanted.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, TableStyle, Width,
};
use unicode_width::UnicodeWidthStr;

use super::Options;
use super::document::{Align, Block, Branch, Column, Span, Table, Text, Tone};
use super::escape::clean;
use super::tree_grid;

/// Narrower than this, tables cannot be read at all.
const NARROWEST: usize = 40;
/// Labels are at least so wide, so that most of what they label is aligned.
const LABEL: usize = 9;
/// Columns that a word in a table may claim before it is broken.
const CELL: usize = 16;
/// Words are not broken into less than this for the sake of numbers.
const WORD: usize = 6;
/// The columns beside the text of a cell.
const PADDING: usize = 2;

/// Writes a document.
///
/// # Errors
/// Those of `out`.
pub fn write(blocks: &[Block], options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let width = options.width.max(NARROWEST);
    let mut page = Page { width, color: options.color, links: options.links, out };
    for (i, block) in blocks.iter().enumerate() {
        // A title stands close to what it is the title of.
        let titled = i > 0 && matches!(blocks[i - 1], Block::Heading { .. });
        if i > 0 && !titled {
            writeln!(page.out)?;
        }
        page.block(block)?;
    }
    Ok(())
}

struct Page<'a> {
    width: usize,
    color: bool,
    links: bool,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    fn block(&mut self, block: &Block) -> io::Result<()> {
        match block {
            Block::Heading { level: 1, text } => {
                let title = Text::new(Tone::Strong, text.to_uppercase());
                self.flow("", "", &title)
            }
            Block::Heading { text, .. } => self.flow("", "", &Text::new(Tone::Strong, text)),
            Block::Paragraph(text) => self.flow("", "", text),
            Block::List(items) => items.iter().try_for_each(|item| self.flow("  - ", "    ", item)),
            Block::Fields(fields) => self.fields(fields),
            Block::Code { text, .. } => {
                text.lines().try_for_each(|line| writeln!(self.out, "    {}", clean(line)))
            }
            Block::Tree { columns, branches } => self.tree(columns, branches),
            Block::Table(table) => {
                let text = draw(table, self.width);
                text.lines().try_for_each(|line| writeln!(self.out, "{}", line.trim_end()))
            }
        }
    }

    fn fields(&mut self, fields: &[(&'static str, Text)]) -> io::Result<()> {
        let widest = fields.iter().map(|(label, _)| label.width()).max();
        let indent = " ".repeat(widest.unwrap_or(0).max(LABEL) + 2);
        for (label, text) in fields {
            let lead = format!("{label}{}", &indent[label.width()..]);
            self.flow(&lead, &indent, text)?;
        }
        Ok(())
    }

    fn tree(&mut self, columns: &[Column], branches: &[Branch]) -> io::Result<()> {
        for line in tree_grid::lines(columns, branches, self.width) {
            write!(self.out, "{}", line.strokes)?;
            for (i, span) in line.text.0.iter().enumerate() {
                write!(self.out, "{}", if i > 0 { " " } else { "" })?;
                self.word(span, &span.text)?;
            }
            writeln!(self.out, "{}", line.beside)?;
        }
        Ok(())
    }

    /// Writes words, breaking lines between them where possible.
    fn flow(&mut self, lead: &str, indent: &str, text: &Text) -> io::Result<()> {
        write!(self.out, "{lead}")?;
        let mut used = lead.width();
        let mut fresh = true;
        for (span, word) in words(text) {
            for (i, part) in pieces(&word, self.width - indent.width()).enumerate() {
                let space = usize::from(!fresh && i == 0);
                if !fresh && used + space + part.width() > self.width {
                    write!(self.out, "\n{indent}")?;
                    used = indent.width();
                } else if space > 0 {
                    write!(self.out, " ")?;
                    used += 1;
                }
                self.word(span, part)?;
                used += part.width();
                fresh = false;
            }
        }
        writeln!(self.out)
    }

    fn word(&mut self, span: &Span, word: &str) -> io::Result<()> {
        let style = style(span.tone);
        let link = span.link.as_ref().filter(|_| self.links);
        if let Some(link) = link {
            // OSC 8: addresses are checked where they are made, `clean` is the second lock.
            write!(self.out, "\u{1b}]8;;{}\u{1b}\\", clean(link))?;
        }
        if self.color && style != Style::new() {
            write!(self.out, "{style}{word}{style:#}")?;
        } else {
            write!(self.out, "{word}")?;
        }
        if link.is_some() { write!(self.out, "\u{1b}]8;;\u{1b}\\") } else { Ok(()) }
    }
}

fn words(text: &Text) -> impl Iterator<Item = (&Span, String)> {
    text.0.iter().flat_map(|span| {
        let words: Vec<String> = clean(&span.text).split_whitespace().map(str::to_owned).collect();
        words.into_iter().map(move |word| (span, word))
    })
}

/// A word in parts that fit a line.
fn pieces(word: &str, width: usize) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = 0;
        for c in rest.chars() {
            let next = end + c.len_utf8();
            if end > 0 && rest[..next].width() > width {
                break;
            }
            end = next;
        }
        let (part, tail) = rest.split_at(end);
        rest = tail;
        Some(part)
    })
}

const fn style(tone: Tone) -> Style {
    match tone {
        Tone::Plain => Style::new(),
        Tone::Strong => Style::new().bold(),
        Tone::Quiet => Style::new().dimmed(),
        Tone::Bad => AnsiColor::Red.on_default().bold(),
        Tone::Good => AnsiColor::Green.on_default().bold(),
        Tone::Warning => AnsiColor::Yellow.on_default(),
    }
}

fn draw(table: &Table, width: usize) -> String {
    let rule = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
    let mut drawn = comfy_table::Table::new();
    drawn
        .load_style(rule)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width).unwrap_or(u16::MAX))
        .set_header(table.columns.iter().map(|(title, _)| *title));
    for row in &table.rows {
        drawn.add_row(row.iter().map(|cell| clean(cell)));
    }
    let room = room(table, width);
    for (i, (_, align)) in table.columns.iter().enumerate() {
        if let Some(column) = drawn.column_mut(i) {
            let least = u16::try_from(room[i] + PADDING).unwrap_or(u16::MAX);
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
            column.set_cell_alignment(match align {
                Align::Left => CellAlignment::Left,
                Align::Right => CellAlignment::Right,
            });
        }
    }
    drawn.to_string()
}

/// How wide each column must at least be. Words and numbers stay whole as long as there is
/// space; on a narrow page words are broken before numbers.
fn room(table: &Table, width: usize) -> Vec<usize> {
    let longest: Vec<usize> = (0..table.columns.len())
        .map(|i| {
            let cells = table.rows.iter().filter_map(|row| row.get(i));
            cells
                .map(String::as_str)
                .chain([table.columns[i].0])
                .flat_map(str::split_whitespace)
                .map(UnicodeWidthStr::width)
                .max()
                .unwrap_or(0)
        })
        .collect();
    let frame = table.columns.len() * (PADDING + 1);
    let capped = |words: usize, numbers: usize| -> Vec<usize> {
        let columns = longest.iter().zip(&table.columns);
        columns
            .map(|(longest, (_, align))| match align {
                Align::Left => (*longest).min(words),
                Align::Right => (*longest).min(numbers),
            })
            .collect()
    };
    let caps = (WORD..=CELL).rev().map(|cap| (cap, CELL));
    let caps = caps.chain((1..=CELL).rev().map(|cap| (WORD.min(cap), cap)));
    caps.map(|(words, numbers)| capped(words, numbers))
        .find(|room| room.iter().sum::<usize>() + frame <= width)
        .unwrap_or_else(|| capped(1, 1))
}
