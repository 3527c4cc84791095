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

/// Whatever moderators write: more with `PROPTEST_CASES`.
mod fuzz {
    use super::*;
    use proptest::{collection::vec, sample::select};

    /// How a part is written, and what it becomes.
    fn part() -> impl Strategy<Value = (String, String)> {
        let names = select(vec!["user", "server", "count"]);
        let value =
            (names, " {0,3}", " {0,3}", any::<bool>()).prop_map(|(name, before, after, loud)| {
                let written = if loud {
                    name.to_uppercase()
                } else {
                    name.to_owned()
                };
                (format!("{{{before}{written}{after}}}"), format!("<{name}>"))
            });
        let text = "\\PC{0,12}".prop_map(|text| {
            let doubled = text.replace('{', "{{").replace('}', "}}");
            (doubled, text)
        });
        prop_oneof![value, text]
    }

    proptest! {
            #[test]
            fn what_is_written_by_the_rules_becomes_what_it_says(parts in vec(part(), 1..12)) {
                let written: String = parts.iter().map(|(written, _)| written.as_str()).collect();
                let meant: String = parts.iter().map(|(_, meant)| meant.as_str()).collect();
                match Template::parse(&written, ALLOWED) {
                    Ok(template) => prop_assert_eq!(template.render(&|name| format!("<{name}>")), meant),
                    Err(TemplateError::Empty) => prop_assert!(written.trim().is_empty()),
                    Err(TemplateError::TooLong { width }) => prop_assert!(width > Template::MAX),
    Err(other) => prop_assert!(false, "{other}"),
                }
            }

            #[test]
            fn any_text_is_a_template_or_told_what_is_wrong_with_it(
                text in prop_oneof![
                    any::<String>(),
                    "([{}| ]|user|\\|\\| |\\PC){0,60}",
                    "(\\{user\\} ?){0,400}",
                ],
            ) {
                match Variants::parse(&text, ALLOWED) {
                    Ok(variants) => {
                        prop_assert!((1..=Variants::MAX).contains(&variants.len()));
                        for n in 0..variants.len() {
                            let shown = variants.pick(n).render(&|_| "x".repeat(100));
                            // Each placeholder takes at least three characters of at most a thousand.
                            prop_assert!(shown.len() < 100 * text.len().max(1));
                        }
                    }
                    Err(error) => {
                        let said = error.to_string();
                        prop_assert!(said.chars().count() < 400, "{said}");
                        if let TemplateError::Unclosed { at } | TemplateError::Unopened { at } = error {
                            let there = text.chars().nth(at - 1);
                            prop_assert!(matches!(there, Some('{' | '}')), "{at}: {there:?}");
                        }
                    }
                }
            }
        }
}
