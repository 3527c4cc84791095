//! Dropping the characters that nobody sees but that change what is seen.

/// The text without invisible and direction-changing characters; line breaks of every kind are
/// `\n`, tabs are spaces.
pub(super) fn visible(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let c = match c {
            '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
            '\t' => ' ',
            _ => c,
        };
        if stays(c, before, rest.clone().next()) {
            out.push(c);
            before = Some(c);
        }
    }
    out
}

/// [`visible`] on one line: line breaks become spaces, the ends are trimmed.
pub(super) fn one_line(text: &str) -> String {
    visible(text).replace('\n', " ").trim().to_owned()
}

fn stays(c: char, before: Option<char>, after: Option<char>) -> bool {
    match c {
        '\n' => true,
        // Joiners: emoji families, Persian and Indic words need them, between two visible letters.
        '\u{200C}' | '\u{200D}' => before.is_some_and(can_join) && after.is_some_and(can_join),
        // Variation selectors: one after the character it varies.
        '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => {
            before.is_some_and(|c| !c.is_whitespace() && !is_selector(c))
        }
        // Tags: only in the flags of England, Scotland and Wales.
        '\u{E0020}'..='\u{E007F}' => {
            before.is_some_and(|c| c == '\u{1F3F4}' || matches!(c, '\u{E0020}'..='\u{E007E}'))
        }
        _ => !c.is_control() && !is_invisible(c),
    }
}

fn can_join(c: char) -> bool {
    !c.is_ascii() && !c.is_control() && !c.is_whitespace() && !is_invisible(c)
}

fn is_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0E}' | '\u{E0100}'..='\u{E01EF}' | '\u{FE0F}')
}

/// Unicode's default-ignorable code points that render as nothing, fillers, and the marks that
/// change text direction; the ones [`stays`] judges by their neighbours included.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}
