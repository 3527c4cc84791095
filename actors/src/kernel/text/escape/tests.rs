use super::*;
use crate::kernel::text::width;
use proptest::prelude::*;

#[test]
fn formatting_shows_as_typed() {
    assert_eq!(
        escape("*a* _b_ ~~c~~ ||d|| `e`"),
        r"\*a\* \_b\_ \~\~c\~\~ \|\|d\|\| \`e\`"
    );
    assert_eq!(
        escape("# one\n-# two\n> three\n- four\n  + five\n12. six"),
        "\\# one\n\\-# two\n\\> three\n\\- four\n  \\+ five\n12\\. six"
    );
    assert_eq!(escape(r"back\slash"), r"back\\slash");
    assert_eq!(escape("a # b - c 1. d"), "a # b - c 1. d");
}

#[test]
fn mentions_stamps_and_emoji_are_broken() {
    assert_eq!(escape("@everyone @Here"), "@\u{200B}everyone @\u{200B}Here");
    assert_eq!(escape("<@1> <#2> <@&3>"), r"\<@1\> \<#2\> \<@&3\>");
    assert_eq!(
        escape("<t:0:R> <:a:1> </go:1> :tada:"),
        r"\<t\:0\:R\> \<\:a\:1\> \</go\:1\> \:tada:"
    );
    assert_eq!(escape_line("@every\u{200B}one"), "@\u{200B}everyone");
}

#[test]
fn links_lose_their_preview_and_in_names_their_life() {
    assert_eq!(escape("see https://a.org/x_y."), "see <https://a.org/x_y>.");
    assert_eq!(escape("[x](https://a.org/)"), r"\[x\](<https://a.org/>)");
    assert_eq!(escape("<http://a.org/(b)>"), r"\<<http://a.org/(b)>\>");
    assert_eq!(
        escape("https://a.org/@everyone|*"),
        "<https://a.org/%40everyone>\\|\\*"
    );
    assert_eq!(escape_line("https://a.org"), r"https\://a.org");
    assert_eq!(
        escape("http:// steam://x discord.gg/x"),
        "http\\:// steam\\://x discord\u{200B}.gg/x"
    );
}

#[test]
fn invisible_characters_go_but_words_and_emoji_keep_theirs() {
    assert_eq!(escape_line("\u{202E}evil\u{202C}\u{FEFF}\0\u{AD}"), "evil");
    assert_eq!(escape_line("a\u{200D}b\u{200D}\u{200D}"), "ab");
    let fine = "می\u{200C}خواهم 👨‍👩‍👧 ❤️ 🏴\u{E0067}\u{E0062}\u{E007F}";
    assert_eq!(escape_line(fine), fine);
    assert_eq!(escape("a\r\nb\u{2028}c\td"), "a\nb\nc d");
    assert_eq!(escape_line(" a\nb "), "a b");
    assert_eq!(plain("\u{3164}"), "");
}

#[test]
fn code_cannot_be_broken_out_of() {
    assert_eq!(code("a`b``\n<@1>"), "`aˋbˋˋ <\u{200B}@\u{200B}1>`");
    assert_eq!(code(""), "` `");
    assert_eq!(code(r"\"), r"`\`");
}

/// The text with every wrapped link replaced by "L", after a look into the link.
fn without_links(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    let wrapped = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.find("<http://")
            .into_iter()
            .chain(text.find("<https://"))
            .min()
    };
    while let Some(at) = wrapped(rest) {
        let end = at + rest[at..].find('>').expect("a wrapped link ends");
        let link = &rest[at + 1..end];
        assert!(
            !link.contains(['<', '*', '|', '`', '\\', '@', ' ', '\n']),
            "{link}"
        );
        out = out + &rest[..at] + "L";
        rest = &rest[end + 1..];
    }
    out + rest
}

/// The first piece of `text` that Discord would act upon, found by a reader of its own.
fn active(text: &str) -> Option<String> {
    let text = without_links(text);
    let lower = text.to_lowercase();
    let words = ["@everyone", "@here", "discord.", "discordapp."];
    let word = words
        .iter()
        .find(|word| lower.contains(**word))
        .map(|word| (*word).to_owned());
    let hidden = |c: &char| {
        matches!(c, '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}')
            || (c.is_control() && *c != '\n')
    };
    word.or_else(|| text.chars().find(hidden).map(String::from))
        .or_else(|| text.split('\n').find_map(active_in_line))
}

fn active_in_line(line: &str) -> Option<String> {
    let start = line.trim_start();
    let after_digits = start.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = after_digits.len() < start.len() && after_digits.starts_with(['.', ')']);
    if numbered || start.starts_with(['#', '-', '+']) {
        return Some(line.to_owned());
    }
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        let bad = match c {
            '\\' => !rest.next().is_some_and(|mark| mark.is_ascii_punctuation()),
            ':' => rest.as_str().starts_with("//"),
            _ => "*_~|`[]<>".contains(c),
        };
        if bad {
            return Some(format!("{c}{}", rest.as_str()));
        }
    }
    None
}

fn nasty() -> impl Strategy<Value = String> {
    let bits = prop::sample::select(vec![
        "@everyone",
        "@",
        "here",
        "<@1>",
        "<@&",
        "<#",
        "<t:1:R>",
        "</a:1>",
        ":",
        "https://",
        "http://a.b",
        "HTTP://",
        "*",
        "_",
        "~",
        "|",
        "`",
        "#",
        "-",
        "-#",
        "+",
        ">",
        ">>> ",
        "[",
        "]",
        "(",
        ")",
        "\\",
        "\n",
        " ",
        "1.",
        "2) ",
        "\u{200B}",
        "\u{202E}",
        "\u{200D}",
        "\u{FE0F}",
        "\u{FEFF}",
        "\r",
        "\t",
        "\u{1}",
        "discord",
        "discordapp",
        ".gg/",
        ".com/invite/",
        "a",
        "é",
        "👨‍👩‍👧",
        "```",
        "||",
        "\u{2028}",
        "steam://",
        "<",
        "\u{E0041}",
    ]);
    prop::collection::vec(
        prop_oneof![8 => bits.prop_map(str::to_owned), 1 => "\\PC{0,3}"],
        0..30,
    )
    .prop_map(|bits| bits.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_active_remains_and_growth_is_bounded(text in nasty()) {
        let block = escape(&text);
        prop_assert_eq!(active(&block), None, "{:?}", block);
        prop_assert!(width(&block) <= 3 * width(&text));
        let line = escape_line(&text);
        prop_assert_eq!(active(&line), None, "{:?}", line);
        prop_assert!(!line.contains('\n') && without_links(&line) == line && width(&line) <= 2 * width(&text));
        prop_assert!(width(&plain(&text)) <= width(&text));
    }

    #[test]
    fn code_holds_no_backtick_and_no_mention(text in nasty()) {
        let code = code(&text);
        let inner = &code[1..code.len() - 1];
        prop_assert!(!inner.is_empty() && !inner.contains(['`', '\n']));
        prop_assert!(!code.contains("<@") && !code.contains("@everyone") && !code.contains("@here"));
        prop_assert!(width(&code) <= 2 * width(&text) + 3);
    }
}
