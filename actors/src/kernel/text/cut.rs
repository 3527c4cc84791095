//! Measuring, cutting and splitting text between what a reader sees as characters.
//!
//! Discord documents limits in "characters" and not which kind. UTF-16 code units are never fewer
//! than code points, so a text within its limit in UTF-16 units is within it either way; the price
//! is that a text full of emoji is cut somewhat early.

use std::borrow::Cow;
use unicode_segmentation::UnicodeSegmentation;

/// Ends every cut text.
const ELLIPSIS: &str = "…";

/// Length of a text in UTF-16 code units, the measure of every limit.
#[must_use]
pub fn width(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The text if it is at most `max` wide, else its beginning and "…", together at most `max`.
///
/// Cuts between extended grapheme clusters, so no emoji sequence or flag is torn; drops the white
/// space and a half escape (`\`) before the "…". A first cluster that alone is too wide (a letter
/// with hundreds of accents) is cut between code points, or dropped if it is an emoji. `max` 0
/// gives an empty text.
#[must_use]
pub fn cut(text: &str, max: usize) -> Cow<'_, str> {
    if width(text) <= max {
        return Cow::Borrowed(text);
    }
    let Some(room) = max.checked_sub(width(ELLIPSIS)) else {
        return Cow::Borrowed("");
    };
    let kept = whole_escapes(head(text, room).trim_end());
    Cow::Owned(format!("{kept}{ELLIPSIS}"))
}

/// Pieces of at most `max` (at least 2) each, broken at line ends, else between grapheme clusters.
///
/// The line end at a break is dropped, and so are pieces of nothing but white space, which Discord
/// refuses. Formatting that spans lines, such as a code fence, is not reopened in the next piece.
#[must_use]
pub fn split(text: &str, max: usize) -> Vec<String> {
    let max = max.max(2);
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for line in text.split('\n') {
        if !piece.is_empty() && width(&piece) + 1 + width(line) <= max {
            piece.push('\n');
            piece.push_str(line);
            continue;
        }
        pieces.push(std::mem::take(&mut piece));
        let mut rest = line;
        while width(rest) > max {
            let (first, tail) = rest.split_at(forced_head(rest, max).len());
            pieces.push(first.to_owned());
            rest = tail;
        }
        rest.clone_into(&mut piece);
    }
    pieces.push(piece);
    pieces.retain(|piece| !is_blank(piece));
    pieces
}

/// Whether Discord would see nothing in this text.
pub(super) fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// The longest beginning of whole graphemes within `room`, with the last resort of [`cut`].
fn head(text: &str, room: usize) -> &str {
    let whole = prefix(text, room, text.grapheme_indices(true));
    if !whole.is_empty() {
        return whole;
    }
    match text.graphemes(true).next() {
        Some(first) if !first.chars().any(is_emoji_glue) => code_points(first, room),
        _ => "",
    }
}

/// Like [`head`], but tears even an emoji rather than losing text; not empty for `room` >= 2.
fn forced_head(text: &str, room: usize) -> &str {
    let head = head(text, room);
    if head.is_empty() {
        code_points(text, room)
    } else {
        head
    }
}

fn code_points(text: &str, room: usize) -> &str {
    let pieces = text
        .char_indices()
        .map(|(at, c)| (at, &text[at..at + c.len_utf8()]));
    prefix(text, room, pieces)
}

fn prefix<'a>(
    text: &'a str,
    room: usize,
    pieces: impl Iterator<Item = (usize, &'a str)>,
) -> &'a str {
    let mut used = 0;
    for (at, piece) in pieces {
        used += width(piece);
        if used > room {
            return &text[..at];
        }
    }
    text
}

/// Characters that make several code points one emoji: joiner, variation and keycap marks, flag
/// letters, skin tones, tags.
fn is_emoji_glue(c: char) -> bool {
    matches!(c, '\u{200D}' | '\u{FE0F}' | '\u{20E3}' | '\u{1F1E6}'..='\u{1F1FF}'
        | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0020}'..='\u{E007F}')
}

fn whole_escapes(text: &str) -> &str {
    let slashes = text.len() - text.trim_end_matches('\\').len();
    &text[..text.len() - slashes % 2]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FAMILY: &str = "👨‍👩‍👧‍👦";
    const ENGLAND: &str = "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}";

    #[test]
    fn a_text_within_the_limit_is_borrowed_untouched() {
        assert!(matches!(cut("tea", 3), Cow::Borrowed("tea")));
        assert_eq!(width("é😀"), 3);
    }

    #[test]
    fn a_long_text_ends_with_an_ellipsis_and_no_dangling_space_or_backslash() {
        assert_eq!(cut("green tea", 6), "green…");
        assert_eq!(cut("green tea", 7), "green…");
        assert_eq!(cut(r"ab\*cd", 4), "ab…");
        assert_eq!(cut(r"ab\\cd", 5), r"ab\\…");
        assert_eq!(cut("abc", 1), "…");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn emoji_sequences_and_flags_are_kept_whole_or_dropped() {
        assert_eq!(cut(&format!("hi {FAMILY}!"), 10), "hi…");
        assert_eq!(cut(&format!("{FAMILY}{FAMILY}"), 12), format!("{FAMILY}…"));
        assert_eq!(cut("🇫🇷🇩🇪🇳🇵", 10), "🇫🇷🇩🇪…");
        for max in 1..width(FAMILY) {
            assert_eq!(cut(FAMILY, max), "…");
        }
        for max in 1..width(ENGLAND) {
            assert_eq!(cut(ENGLAND, max), "…");
        }
    }

    #[test]
    fn a_letter_with_too_many_accents_is_cut_between_code_points() {
        let zalgo = format!("z{}", "\u{301}".repeat(500));
        let short = cut(&zalgo, 10);
        assert_eq!(width(&short), 10);
        assert!(short.starts_with("z\u{301}") && short.ends_with('…'));
    }

    #[test]
    fn split_prefers_line_ends_and_drops_blank_pieces() {
        assert_eq!(split("one\ntwo\nthree", 7), ["one\ntwo", "three"]);
        assert_eq!(split("one\n\n\n   \ntwo", 4), ["one\n", "two"]);
        assert_eq!(split("abcdefgh\nij", 5), ["abcde", "fgh", "ij"]);
        assert!(split(" \n ", 5).is_empty());
    }

    proptest! {
        #[test]
        fn a_cut_text_is_never_too_wide_and_cutting_it_again_changes_nothing(text in "\\PC*", max in 0..40_usize) {
            let short = cut(&text, max).into_owned();
            prop_assert!(width(&short) <= max);
            prop_assert_eq!(cut(&short, max), short.as_str());
        }

        #[test]
        fn a_cut_falls_between_graphemes(text in "([a-z ]|🇫🇷|👨‍👩‍👧|👍🏽|é|ह\u{941})*", max in 4..30_usize) {
            let short = cut(&text, max);
            let kept = short.strip_suffix('…').unwrap_or(&short);
            let ends: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
            prop_assert!(text.starts_with(kept) && ends.contains(&kept.len()));
        }

        #[test]
        fn split_loses_only_white_space(text in "(\\PC|\n)*", max in 0..20_usize) {
            let pieces = split(&text, max);
            prop_assert!(pieces.iter().all(|piece| width(piece) <= max.max(2)));
            let dense = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(dense(&pieces.concat()), dense(&text));
        }
    }
}
