//! Writes the lines of a file.

use super::WIDTH;
use super::expression::{self, Printed};
use super::read::{Group, GroupLine, Item, Line, Node};
use crate::rules::format::Holds;
use crate::rules::format::shapes::RULE_FILE;

const INDENT: usize = 2;
/// Between a value and its comment.
const GAP: usize = 2;

/// The whole file. A fragment has some of the tables of a rule file.
pub(super) fn file(lines: &[Line]) -> String {
    let mut out = String::new();
    let mut table = Some(Holds::Table(&RULE_FILE));
    for run in runs(lines) {
        let mut rows = Vec::with_capacity(run.len());
        for line in run {
            if let Line::Header { path, .. } = line {
                let start = Some(Holds::Table(&RULE_FILE));
                table = under(start, &path.names);
            }
            rows.push(written(line, table));
        }
        if !out.is_empty() {
            out.push('\n');
        }
        for row in aligned(rows) {
            out.push_str(&row);
            out.push('\n');
        }
    }
    out
}

/// The lines between blank ones. A header begins a run of its own, with the comments right above it.
fn runs(lines: &[Line]) -> Vec<&[Line]> {
    let mut runs = Vec::new();
    for part in lines.split(|line| matches!(line, Line::Blank)) {
        let mut rest = part;
        let mut seen = 0;
        for (index, line) in part.iter().enumerate() {
            if !matches!(line, Line::Header { .. }) {
                continue;
            }
            let above = part.iter().take(index).rev();
            let comments = above.take_while(|line| matches!(line, Line::Comment(_)));
            let cut = index.saturating_sub(comments.count()).saturating_sub(seen);
            if let Some((before, after)) = rest.split_at_checked(cut) {
                runs.push(before);
                rest = after;
                seen += cut;
            }
        }
        runs.push(rest);
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// What is written in a line, and its comment.
type Row = (String, Option<String>);

fn written(line: &Line, table: Option<Holds>) -> Row {
    match line {
        Line::Blank => Row::default(),
        Line::Comment(text) => (text.clone(), None),
        Line::Header {
            is_array: true,
            path,
            comment,
        } => (format!("[[{}]]", path.text), comment.clone()),
        Line::Header { path, comment, .. } => (format!("[{}]", path.text), comment.clone()),
        Line::Entry { item, comment } => (entry(item, table), comment.clone()),
    }
}

fn under(table: Option<Holds>, names: &[String]) -> Option<Holds> {
    let mut names = names.iter();
    names.try_fold(table?, |table, name| table.under(name))
}

/// An entry of a table that stands on lines of its own, where an expression may be broken.
fn entry(item: &Item, table: Option<Holds>) -> String {
    let Some(key) = &item.key else {
        return value(&item.value, table, 0);
    };
    let holds = under(table, &key.names);
    let text = match (&item.value, holds) {
        (
            Node::Scalar {
                text,
                content: Some(content),
            },
            Some(holds),
        ) if holds.is_expression() => {
            let around = key.text.chars().count() + " = ''".len();
            let room = WIDTH.saturating_sub(around);
            match expression::print(content, Some(room)) {
                Some(Printed::Line(line)) => format!("'{line}'"),
                Some(Printed::Block(block)) => format!("'''\n{block}\n'''"),
                None => text.clone(),
            }
        }
        (other, holds) => value(other, holds, 0),
    };
    format!("{} = {text}", key.text)
}

/// A value in a line, or a group over several whose last bracket stands at `indent`.
fn value(node: &Node, holds: Option<Holds>, indent: usize) -> String {
    match node {
        Node::Scalar { text, content } => {
            let expression = holds.is_some_and(Holds::is_expression);
            let content = content.as_ref().filter(|_| expression);
            match content.and_then(|content| expression::print(content, None)) {
                Some(Printed::Line(line) | Printed::Block(line)) => format!("'{line}'"),
                None => text.clone(),
            }
        }
        Node::Group(group) if group.is_broken => broken(group, holds, indent),
        Node::Group(group) => {
            let items = group.lines.iter().flat_map(|line| &line.items);
            let items: Vec<String> = items
                .map(|item| self::item(item, group, holds, indent))
                .collect();
            let items = items.join(", ");
            match (group.is_table, items.is_empty()) {
                (true, true) => "{}".to_owned(),
                (true, false) => format!("{{ {items} }}"),
                (false, _) => format!("[{items}]"),
            }
        }
    }
}

fn item(item: &Item, group: &Group, holds: Option<Holds>, indent: usize) -> String {
    match &item.key {
        Some(key) => {
            let holds = under(holds, &key.names);
            format!("{} = {}", key.text, value(&item.value, holds, indent))
        }
        None if group.is_table => String::new(),
        None => value(&item.value, holds.and_then(Holds::item), indent),
    }
}

/// A group over several lines, with the breaks that its author made.
fn broken(group: &Group, holds: Option<Holds>, indent: usize) -> String {
    let inner = indent + INDENT;
    let columns = columns(group, holds, inner);
    let mut rows: Vec<Row> = Vec::with_capacity(group.lines.len());
    for line in &group.lines {
        if line.is_blank() {
            // One blank line at most, and none at the ends.
            if rows.last().is_some_and(|(text, _)| !text.is_empty()) {
                rows.push(Row::default());
            }
            continue;
        }
        rows.push(group_line(line, group, holds, inner, &columns));
    }
    while rows.last().is_some_and(|row| *row == Row::default()) {
        rows.pop();
    }
    let (open, close) = if group.is_table {
        ('{', '}')
    } else {
        ('[', ']')
    };
    let mut out = format!("{open}\n");
    for row in aligned(rows) {
        out.push_str(&row);
        out.push('\n');
    }
    out.push_str(&" ".repeat(indent));
    out.push(close);
    out
}

fn group_line(
    line: &GroupLine,
    group: &Group,
    holds: Option<Holds>,
    indent: usize,
    columns: &[usize],
) -> Row {
    let blanks = " ".repeat(indent);
    let comment = line.comment.clone();
    if line.items.is_empty() {
        return (format!("{blanks}{}", comment.unwrap_or_default()), None);
    }
    let items = line.items.iter().map(|item| match (&item.value, columns) {
        (_, []) => self::item(item, group, holds, indent),
        (Node::Group(row), _) => {
            let cells = cells(row, holds.and_then(Holds::item), indent);
            in_columns(row.is_table, &cells, columns)
        }
        (Node::Scalar { text, .. }, _) => text.clone(),
    });
    let items: Vec<String> = items.collect();
    (format!("{blanks}{},", items.join(", ")), comment)
}

fn cells(row: &Group, holds: Option<Holds>, indent: usize) -> Vec<String> {
    let items = row.lines.iter().flat_map(|line| &line.items);
    items
        .map(|item| self::item(item, row, holds, indent))
        .collect()
}

/// The widths of the columns of a group whose lines are rows alike; none where they are not, or
/// would be too wide.
fn columns(group: &Group, holds: Option<Holds>, indent: usize) -> Vec<usize> {
    let lines = group.lines.iter().filter(|line| !line.items.is_empty());
    let mut widths: Vec<usize> = Vec::new();
    let mut keys: Option<Vec<Option<&str>>> = None;
    let mut count = 0_usize;
    for line in lines {
        let [only] = line.items.as_slice() else {
            return Vec::new();
        };
        let Node::Group(row) = &only.value else {
            return Vec::new();
        };
        let items = row.lines.iter().flat_map(|line| &line.items);
        let own: Vec<Option<&str>> = items
            .map(|item| item.key.as_ref().map(|key| key.text.as_str()))
            .collect();
        if row.is_broken || own.is_empty() || keys.get_or_insert_with(|| own.clone()) != &own {
            return Vec::new();
        }
        let cells = cells(row, holds.and_then(Holds::item), indent);
        widths.resize(cells.len(), 0);
        for (width, cell) in widths.iter_mut().zip(&cells) {
            *width = (*width).max(cell.chars().count());
        }
        count += 1;
    }
    let total = widths.iter().map(|width| width + ", ".len()).sum::<usize>();
    if count < 2 || indent + total + "{ },".len() > WIDTH {
        widths.clear();
    }
    widths
}

/// A row whose cells begin where those of the others do.
fn in_columns(is_table: bool, cells: &[String], columns: &[usize]) -> String {
    let last = cells.len().saturating_sub(1);
    let mut out = String::from(if is_table { "{ " } else { "[" });
    for (index, (cell, width)) in cells.iter().zip(columns).enumerate() {
        out.push_str(cell);
        if index < last {
            out.push(',');
            let blanks = (width + 1).saturating_sub(cell.chars().count());
            out.push_str(&" ".repeat(blanks));
        }
    }
    out.push_str(if is_table { " }" } else { "]" });
    out
}

/// The lines with their comments, those of lines in a row one below the other.
fn aligned(rows: Vec<Row>) -> Vec<String> {
    let mut out = Vec::with_capacity(rows.len());
    // What takes several lines, and a comment alone, stands between lines in a row.
    let stands_between =
        |text: &str| text.is_empty() || text.contains('\n') || text.trim_start().starts_with('#');
    for run in rows.chunk_by(|(one, _), (other, _)| !stands_between(one) && !stands_between(other))
    {
        let commented = run.iter().filter(|(_, comment)| comment.is_some());
        let widest = commented.map(|(text, _)| last_line(text)).max();
        for (text, comment) in run {
            out.push(match comment {
                Some(comment) => {
                    let blanks = widest.unwrap_or(0).saturating_sub(last_line(text)) + GAP;
                    format!("{text}{}{comment}", " ".repeat(blanks))
                }
                None => text.clone(),
            });
        }
    }
    out
}

/// How wide the last line of a text is.
fn last_line(text: &str) -> usize {
    text.rsplit('\n').next().unwrap_or(text).chars().count()
}
