//! A tree with columns beside it, as lines of a given width.

use unicode_width::UnicodeWidthStr;

use super::document::{Branch, Column, Span, Text};
use super::escape::{clean, shorten};

/// A name keeps so many columns before a column beside the tree is left out.
const NAME: usize = 14;
/// The gap between columns.
pub const GAP: usize = 2;

/// One line.
pub struct Line {
    /// The strokes that join it to the lines above.
    pub strokes: String,
    /// The name, cut to its column.
    pub text: Text,
    /// What stands beside it, with the blanks in front.
    pub beside: String,
}

/// Lays a tree out; the first line holds the titles of the columns.
pub fn lines(columns: &[Column], branches: &[Branch], width: usize) -> Vec<Line> {
    let widths = widths(columns, branches);
    let widest = branches.iter().map(|b| b.strokes.width() + text_width(&b.text)).max();
    let wanted = widest.unwrap_or(0).max(NAME);
    let kept = kept(columns, &widths, wanted, width);
    let beside: usize = kept.iter().map(|&i| widths[i] + GAP).sum();
    let left = wanted.min(width.saturating_sub(beside)).max(1);

    let cells = |cell: &dyn Fn(usize) -> Option<String>| {
        let mut text = String::new();
        for &i in &kept {
            let Some(cell) = cell(i) else { break };
            let blanks = " ".repeat(widths[i].saturating_sub(cell.width()));
            text += &" ".repeat(GAP);
            text += &if columns[i].words { cell + &blanks } else { blanks + &cell };
        }
        text
    };
    let titles = cells(&|i| Some(columns[i].title.to_owned()));
    let mut lines = Vec::new();
    if !titles.is_empty() && branches.iter().any(|b| b.cells.len() > 1) {
        let beside = format!("{}{}", " ".repeat(left), titles.trim_end());
        lines.push(Line { strokes: String::new(), text: Text::default(), beside });
    }
    lines.extend(branches.iter().map(|branch| {
        let strokes = strokes(&branch.strokes, left);
        // What has nothing beside it may use the whole line.
        let room = if branch.cells.is_empty() { width } else { left };
        let text = cut(&branch.text, room.saturating_sub(strokes.width()).max(1));
        let used = strokes.width() + text_width(&text);
        let beside = cells(&|i| branch.cells.get(i).map(|cell| clean(cell)));
        let blanks = if beside.is_empty() { 0 } else { left.saturating_sub(used) };
        let beside = " ".repeat(blanks) + &beside;
        Line { strokes, text, beside: beside.trim_end().to_owned() }
    }));
    lines
}

fn widths(columns: &[Column], branches: &[Branch]) -> Vec<usize> {
    let widest = |i: usize| {
        let cells = branches.iter().filter_map(|b| b.cells.get(i));
        cells.map(|cell| clean(cell).width()).max().unwrap_or(0)
    };
    columns.iter().enumerate().map(|(i, c)| c.title.width().max(widest(i))).collect()
}

/// The columns for which there is room, the least wanted left out first.
fn kept(columns: &[Column], widths: &[usize], wanted: usize, width: usize) -> Vec<usize> {
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let room = |kept: &[usize]| kept.iter().map(|&i| widths[i] + GAP).sum::<usize>();
    // A third of the page is enough: deep trees are cut rather than shown without numbers.
    let name = wanted.min((width / 3).max(NAME));
    while name + room(&kept) > width {
        let least = kept.iter().copied().filter(|&i| columns[i].rank > 0);
        match least.max_by_key(|&i| (columns[i].rank, i)) {
            Some(least) => kept.retain(|&i| i != least),
            None => break,
        }
    }
    kept
}

/// Deeper than two thirds of its column, strokes would leave no room for the name.
fn strokes(strokes: &str, left: usize) -> String {
    if strokes.width() * 3 <= left * 2 {
        return strokes.to_owned();
    }
    format!("…{} down: ", strokes.chars().count() / 3)
}

fn text_width(text: &Text) -> usize {
    let spans = text.0.iter().map(|span| clean(&span.text).width());
    spans.sum::<usize>() + text.0.len().saturating_sub(1)
}

fn cut(text: &Text, room: usize) -> Text {
    let mut left = room;
    let spans = text.0.iter().map(|span| {
        let text = if left == 0 { String::new() } else { shorten(&clean(&span.text), left) };
        left = left.saturating_sub(text.width() + 1);
        Span { text, ..span.clone() }
    });
    Text(spans.filter(|span| !span.text.is_empty()).collect())
}

/// The text of a line, for formats without tones.
pub fn plain(line: &Line) -> String {
    let words: Vec<&str> = line.text.0.iter().map(|span| span.text.as_str()).collect();
    format!("{}{}{}", line.strokes, words.join(" "), line.beside).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::document::Tone;
    use super::*;

    const COLUMNS: &[Column] = &[Column::number("Onset", 0), Column::number("Before", 2)];

    fn branch(strokes: &str, name: &str) -> Branch {
        Branch {
            strokes: strokes.to_owned(),
            text: Text::new(Tone::Strong, name),
            cells: vec!["12:00:00".to_owned(), "0.1%".to_owned()],
        }
    }

    fn drawn(width: usize) -> Vec<String> {
        let branches = [branch("", "支払い"), branch("└─ ", "storefront")];
        lines(COLUMNS, &branches, width).iter().map(plain).collect()
    }

    #[test]
    fn wide_letters_line_up_and_columns_go_before_names_do() {
        assert_eq!(
            drawn(60),
            [
                "                   Onset  Before",
                "支払い          12:00:00    0.1%",
                "└─ storefront   12:00:00    0.1%",
            ]
        );
        assert_eq!(drawn(26)[2], "└─ storefront   12:00:00");
        assert_eq!(drawn(20)[2], "└─ storef…  12:00:00");
        let (wide, narrow) = ("x".repeat(500), drawn(40));
        assert!(narrow.iter().all(|line| line.width() <= 40), "{narrow:?}");
        let text = Text::new(Tone::Plain, wide.clone()).and(Tone::Plain, wide);
        assert!(text_width(&cut(&text, 9)) <= 9);
    }
}
