//! The feed of the simulator as lines for people: place, who, what.

use crate::cli::out::Out;
use anstyle::{AnsiColor, Style};
use simulator::{FeedItem, Seen};

pub(in crate::cli) const FAINT: Style = Style::new().dimmed();
const NARRATOR: Style = Style::new().bold();
const BOT: Style = AnsiColor::Cyan.on_default().bold();
const WARN: Style = AnsiColor::Yellow.on_default();
/// Each person keeps one of these.
const PEOPLE: [AnsiColor; 5] = [
    AnsiColor::Green,
    AnsiColor::Magenta,
    AnsiColor::Blue,
    AnsiColor::BrightRed,
    AnsiColor::BrightGreen,
];
/// Widths of the first two columns; longer names push the rest of their line.
const PLACE: usize = 10;
const WHO: usize = 14;

/// One item; several lines if its text has several.
pub(in crate::cli) fn line(out: Out, item: &FeedItem) -> String {
    if item.seen == Seen::Told {
        return format!(
            "\n{}",
            out.paint(NARRATOR, format_args!("— {} —", item.text))
        );
    }
    let place = out.paint(FAINT, pad(&item.place, PLACE));
    let who = out.paint(style_of(item), pad(&item.who, WHO));
    let (mark, style) = manner(item);
    let margin = " ".repeat(PLACE + 1 + WHO + 1);
    let mut lines = item.text.lines();
    let first = lines.next().unwrap_or_default();
    let mut text = format!(
        "{place} {who} {}",
        out.paint(style, format_args!("{mark}{first}"))
    );
    for more in lines {
        text.push('\n');
        text.push_str(&margin);
        text.push_str(&out.paint(style, more));
    }
    text
}

/// What stands before the text, and how the text looks: what only one person sees is faint.
fn manner(item: &FeedItem) -> (&'static str, Style) {
    let plain = Style::new();
    match item.seen {
        Seen::Posted => ("", plain),
        Seen::Edited => ("(edits) ", plain),
        Seen::Deleted => ("(deletes) ", FAINT),
        Seen::Whispered => ("(only they see) ", plain),
        Seen::Command | Seen::Pressed => ("» ", plain.italic()),
        Seen::Form => ("(form) ", plain),
        Seen::NoAnswer => ("(!) ", WARN),
        _ => ("· ", FAINT),
    }
}

fn style_of(item: &FeedItem) -> Style {
    if item.by_bot {
        return BOT;
    }
    let sum: usize = item.who.bytes().map(usize::from).sum();
    PEOPLE[sum % PEOPLE.len()].on_default()
}

/// Padded by characters: `{:<n}` of a painted text would count its colours.
fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.chars().count());
    format!("{text}{}", " ".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(seen: Seen, text: &str) -> FeedItem {
        FeedItem {
            at_ms: 0,
            seen,
            guild: None,
            channel: None,
            message: None,
            place: "#general".to_owned(),
            who: "Ada".to_owned(),
            by_bot: false,
            text: text.to_owned(),
        }
    }

    #[test]
    fn lines_of_one_message_stand_below_each_other() {
        let text = line(Out::plain(), &item(Seen::Posted, "one\ntwo"));
        let columns: Vec<usize> = text
            .lines()
            .map(|line| line.find(['o', 't']).unwrap())
            .collect();
        assert_eq!(text.lines().count(), 2);
        assert_eq!(columns[1], PLACE + WHO + 2);
    }

    #[test]
    fn without_colours_there_is_no_escape() {
        for seen in [Seen::Posted, Seen::Told, Seen::Joined, Seen::NoAnswer] {
            assert!(!line(Out::plain(), &item(seen, "x")).contains('\u{1b}'));
        }
    }
}
