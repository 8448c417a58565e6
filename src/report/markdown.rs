//! Documents as Markdown, to paste into a postmortem or a ticket.

use std::io::{self, Write};

use super::document::{Align, Block, Span, Table, Text, Tone};
use super::escape::markdown;
use super::tree_grid;

/// Writes a document as a section of its own.
///
/// # Errors
/// Those of `out`.
pub fn write(title: &str, blocks: &[Block], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## {}", markdown(title))?;
    // Two lists in a row with the same bullets would be one.
    let bullets = ["-", "*"].into_iter().cycle();
    for (each, bullet) in blocks.iter().zip(bullets) {
        writeln!(out)?;
        block(each, bullet, out)?;
    }
    Ok(())
}

fn block(block: &Block, bullet: &str, out: &mut dyn Write) -> io::Result<()> {
    match block {
        Block::Heading { level, text } => {
            writeln!(out, "{} {}", "#".repeat(2 + level), markdown(text))
        }
        Block::Paragraph(text) => writeln!(out, "{}", inline(text)),
        Block::List(items) => {
            items.iter().try_for_each(|item| writeln!(out, "{bullet} {}", inline(item)))
        }
        Block::Fields(fields) => fields.iter().try_for_each(|(label, text)| {
            writeln!(out, "{bullet} **{}:** {}", markdown(label), inline(text))
        }),
        Block::Table(table) => write_table(table, out),
        Block::Code { language, text } => {
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            code(language, &lines, out)
        }
        Block::Tree { columns, branches } => {
            let lines = tree_grid::lines(columns, branches, WIDTH);
            code("text", &lines.iter().map(tree_grid::plain).collect::<Vec<_>>(), out)
        }
    }
}

fn inline(text: &Text) -> String {
    let spans = text.0.iter().map(|Span { tone, text, link }| match (link, tone) {
        // Addresses are checked where they are made: no character of theirs ends a link.
        (Some(link), _) => format!("[{}]({link})", markdown(text)),
        (None, Tone::Plain | Tone::Quiet) => markdown(text),
        (None, Tone::Strong | Tone::Bad | Tone::Good | Tone::Warning) => {
            format!("**{}**", markdown(text))
        }
    });
    spans.collect::<Vec<_>>().join(" ")
}

fn write_table(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    let titles = table.columns.iter().map(|(title, _)| markdown(title));
    row(titles, out)?;
    let rules = table.columns.iter().map(|(_, align)| match align {
        Align::Left => "---".to_owned(),
        Align::Right => "---:".to_owned(),
    });
    row(rules, out)?;
    table.rows.iter().try_for_each(|cells| row(cells.iter().map(|cell| markdown(cell)), out))
}

fn row(cells: impl Iterator<Item = String>, out: &mut dyn Write) -> io::Result<()> {
    let cells: Vec<String> = cells.collect();
    writeln!(out, "| {} |", cells.join(" | "))
}

/// Columns of a tree in a code block.
const WIDTH: usize = 100;

/// A code block keeps the strokes aligned. Nothing is markup in there but the fence itself,
/// which is made longer than any run of backticks inside.
fn code(language: &str, lines: &[String], out: &mut dyn Write) -> io::Result<()> {
    let longest = lines.iter().map(|line| backticks(line)).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    writeln!(out, "{fence}{language}")?;
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    writeln!(out, "{fence}")
}

fn backticks(line: &str) -> usize {
    line.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}
