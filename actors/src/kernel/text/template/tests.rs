use super::*;
use proptest::prelude::*;

const ALLOWED: &[Placeholder] = &[
    Placeholder {
        name: "user",
        meaning: "mentions the member",
    },
    Placeholder {
        name: "server",
        meaning: "the server's name",
    },
    Placeholder {
        name: "count",
        meaning: "how many members there are",
    },
];

fn render(text: &str) -> String {
    match Template::parse(text, ALLOWED) {
        Ok(template) => template.render(&|name| format!("<{name}>")),
        Err(error) => error.to_string(),
    }
}

fn variants(text: &str) -> String {
    match Variants::parse(text, ALLOWED) {
        Ok(variants) => {
            let all = (0..variants.len()).map(|n| variants.pick(n).render(&|name| name.to_owned()));
            all.collect::<Vec<_>>().join(" / ")
        }
        Err(error) => error.to_string(),
    }
}

#[test]
fn placeholders_become_values_and_doubled_braces_stay_braces() {
    assert_eq!(
        render("Hi {user}, { Server } has {count}!"),
        "Hi <user>, <server> has <count>!"
    );
    assert_eq!(render("{{user}} {{{user}}}"), "{user} {<user>}");
    assert_eq!(render("no braces"), "no braces");
}

#[test]
fn an_unknown_placeholder_is_named_with_the_nearest_and_all_known_ones() {
    assert_eq!(
        render("Hi {usr}"),
        "There is no placeholder `{usr}`. Did you mean `{user}`? You can use `{user}`, `{server}`, `{count}`."
    );
    assert_eq!(
        render("{}{x`@everyone}"),
        "There is no placeholder `{}`. You can use `{user}`, `{server}`, `{count}`."
    );
}

#[test]
fn a_lone_brace_is_refused_with_its_position() {
    assert_eq!(
        render("é {user"),
        "The { at character 3 is never closed. Write {{ for a brace itself."
    );
    assert_eq!(
        render("{a {user}"),
        "The { at character 1 is never closed. Write {{ for a brace itself."
    );
    assert_eq!(
        render("{user}}"),
        "The } at character 7 closes nothing. Write }} for a brace itself."
    );
    assert_eq!(
        variants("one || two }"),
        "The } at character 12 closes nothing. Write }} for a brace itself."
    );
}

#[test]
fn size_is_bounded_and_an_empty_text_refused() {
    assert_eq!(render("  "), "The text is empty.");
    assert_eq!(
        render(&"x".repeat(1001)),
        "The text is 1001 characters long; at most 1000 are possible."
    );
    assert_eq!(render(&"x".repeat(1000)).len(), 1000);
}

#[test]
fn variants_stand_between_separators_and_spoilers_do_not_separate() {
    assert_eq!(
        variants("Hi {user}! || Welcome ||  Hello"),
        "Hi user! / Welcome / Hello"
    );
    assert_eq!(variants("a ||secret|| b || c"), "a ||secret|| b / c");
    assert_eq!(
        variants("a || || b"),
        "Variant 2 is empty: || between spaces separates variants."
    );
    assert_eq!(
        variants("|| a"),
        "Variant 1 is empty: || between spaces separates variants."
    );
    assert_eq!(
        variants("a ||"),
        "Variant 2 is empty: || between spaces separates variants."
    );
    assert_eq!(
        variants(&["x"; 11].join(" || ")),
        "These are 11 variants; at most 10 are possible."
    );
}

#[test]
fn any_index_picks_a_variant() {
    let variants = Variants::parse("a || {user}", ALLOWED).unwrap();
    assert_eq!(variants.pick(7), variants.pick(1));
    assert!(variants.uses("user") && !variants.pick(0).uses("user") && !variants.uses("count"));
}

proptest! {
    #[test]
    fn parsing_never_panics_and_text_without_braces_renders_as_it_is(text in "([{}|a ]|user|\\PC)*") {
        let _ = Variants::parse(&text, ALLOWED);
        if let Ok(template) = Template::parse(&text, ALLOWED) && !text.contains(['{', '}']) {
            prop_assert_eq!(template.render(&|_| String::new()), text);
        }
    }
}
