//! Making text that others wrote harmless.
//!
//! First everything invisible goes (controls, direction overrides, zero-width characters outside
//! words and emoji that need them), then what Discord would act upon is broken: a backslash before
//! ASCII marks, which Discord swallows, or a zero-width space where Discord reads the raw text and
//! ignores backslashes (`@everyone`, invite addresses).
//!
//! Parentheses stay: they mean something only after `[text]`, whose brackets are escaped. Marks
//! that matter only at a line start are escaped there, and the beginning of the text counts as a
//! line start because a template may put the value first.
//!
//! Whatever slips through still pings nobody: messages name whom they may ping
//! ([`Mentions`](super::Mentions)).

mod visible;

use visible::{one_line, visible};

/// Keeps `@everyone` and invite addresses from being recognised.
const BREAK: char = '\u{200B}';

/// Foreign text of several lines for a place that renders markdown; line breaks stay.
///
/// Links with `http://` or `https://` stay clickable but lose their preview (`<https://…>`); all
/// other syntax shows as typed. At most three times as wide as `text`. May be empty.
#[must_use]
pub fn escape(text: &str) -> String {
    marked(&visible(text), true)
}

/// Foreign text on one line, such as a name, for a place that renders markdown.
///
/// Links become plain text as well. At most twice as wide as `text`. May be empty: a name can
/// consist of invisible characters.
#[must_use]
pub fn escape_line(text: &str) -> String {
    marked(&one_line(text), false)
}

/// Foreign text on one line for places that do not render markdown: button labels, select options,
/// modal titles, choices, embed authors and footers. Never wider than `text`. May be empty.
#[must_use]
pub fn plain(text: &str) -> String {
    one_line(text)
}

/// Foreign text as inline code; nothing in it can end the code or mention anybody.
///
/// Line breaks become spaces and backticks `ˋ` (U+02CB). At most twice as wide as `text`, plus 3.
#[must_use]
pub fn code(text: &str) -> String {
    let mut out = String::from("`");
    let text = one_line(text);
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        match c {
            '`' => out.push('ˋ'),
            '@' | '<' => out.extend([c, BREAK]),
            _ => out.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    if out.len() == 1 {
        out.push(' ');
    }
    out.push('`');
    out
}

fn marked(text: &str, links: bool) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            out.push('\n');
        }
        let rest = line_start(line, &mut out);
        inline(rest, links, &mut out);
    }
    out
}

/// Breaks a heading, small print, list or numbered list; answers the rest of the line.
fn line_start<'a>(line: &'a str, out: &mut String) -> &'a str {
    let text = line.trim_start();
    out.push_str(&line[..line.len() - text.len()]);
    if text.starts_with(['#', '-', '+']) {
        out.push('\\');
        out.push_str(&text[..1]);
        return &text[1..];
    }
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = &text[..text.len() - rest.len()];
    match rest.chars().next() {
        Some(mark @ ('.' | ')')) if !digits.is_empty() => {
            out.push_str(digits);
            out.extend(['\\', mark]);
            &rest[1..]
        }
        _ => text,
    }
}

fn inline(mut rest: &str, links: bool, out: &mut String) {
    while let Some(c) = rest.chars().next() {
        if links && let Some(link) = link(rest) {
            wrap(link, out);
            rest = &rest[link.len()..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            '\\' | '*' | '_' | '~' | '|' | '`' | '[' | ']' | '<' | '>' => out.extend(['\\', c]),
            // ":smile:" and "scheme://"; a colon before white space starts neither.
            ':' if rest.starts_with(|next: char| !next.is_whitespace()) => out.extend(['\\', c]),
            '@' if pings_all(rest) => out.extend([c, BREAK]),
            '.' if ends_invite_host(out) => out.extend([BREAK, c]),
            _ => out.push(c),
        }
    }
}

fn pings_all(after_at: &str) -> bool {
    ["everyone", "here"].iter().any(|word| {
        after_at
            .get(..word.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(word))
    })
}

/// `discord.gg/…` becomes an invite card even without a scheme.
fn ends_invite_host(out: &str) -> bool {
    ["discord", "discordapp"].iter().any(|host| {
        let start = out.len().checked_sub(host.len());
        start
            .and_then(|at| out.get(at..))
            .is_some_and(|tail| tail.eq_ignore_ascii_case(host))
    })
}

/// The web address at the beginning of `text`, without the punctuation of the sentence around it.
fn link(text: &str) -> Option<&str> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| {
        text.get(..scheme.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    })?;
    let end = text
        .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>'))
        .unwrap_or(text.len());
    let mut link = &text[..end];
    while let Some(last) = link.chars().next_back() {
        let closes = last == ')' && link.matches(')').count() > link.matches('(').count();
        if !closes
            && !matches!(
                last,
                '.' | ',' | ':' | ';' | '!' | '?' | '"' | '\'' | ']' | '*' | '_' | '~' | '|' | '`'
            )
        {
            break;
        }
        link = &link[..link.len() - last.len_utf8()];
    }
    (link.len() > scheme.len()).then_some(link)
}

/// Percent-encodes in a link what could end the link or formatting around it, or ping.
fn wrap(link: &str, out: &mut String) {
    out.push('<');
    for c in link.chars() {
        match c {
            '*' | '|' | '`' | '\\' | '@' | '~' => {
                out.push_str(&format!("%{:02X}", u32::from(c)));
            }
            _ => out.push(c),
        }
    }
    out.push('>');
}

#[cfg(test)]
mod tests;
