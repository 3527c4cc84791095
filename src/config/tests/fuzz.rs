//! Whatever somebody writes into the file or the environment: every mistake is told with its place, and
//! nothing panics. More of it with `PROPTEST_CASES`.

use super::*;
use proptest::{collection::vec, option, prelude::*, sample::Index};

/// The annotated file with everything in it that can be set.
fn full() -> String {
    let keys = keys::KEYS.iter().map(|key| format!("#{} = ", key.name));
    keys.fold(ANNOTATED.to_owned(), |text, line| {
        text.replace(&line, &line[1..])
    })
}

/// What may stand where a value belongs.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| number.to_string()),
        "\\PC{0,20}",
        "\\PC{0,20}".prop_map(|text| format!("{text:?}")),
        "[a-z.0-9:/]{0,20}".prop_map(|text| format!("\"{text}\"")),
        "[0-9a-fA-FxXob_+-]{1,24}",
        "(trace|debug|info|warn|error|off|,|=|[a-z_:]){0,12}"
            .prop_map(|text| format!("\"{text}\"")),
        Just("[[[[[[[[[[]]]]]]]]]]".to_owned()),
        Just(format!("{}1{}", "[".repeat(500), "]".repeat(500))),
        Just("{ a = { b = 1 } }".to_owned()),
        Just("1979-05-27T07:32:00Z".to_owned()),
        Just("\"\"\"\n".to_owned()),
        Just("inf".to_owned()),
    ]
}

#[derive(Clone, Debug)]
enum Harm {
    /// The value of a line becomes something else.
    Value(Index, String),
    /// A line goes, or comes a second time somewhere else.
    Drop(Index),
    Again(Index, Index),
    /// Something stands between two characters.
    Insert(Index, String),
    Cut(Index),
}

fn harm() -> impl Strategy<Value = Harm> {
    let at = any::<Index>;
    prop_oneof![
        4 => (at(), value()).prop_map(|(at, value)| Harm::Value(at, value)),
        1 => at().prop_map(Harm::Drop),
        1 => (at(), at()).prop_map(|(from, to)| Harm::Again(from, to)),
        2 => (at(), any::<String>()).prop_map(|(at, text)| Harm::Insert(at, text)),
        1 => at().prop_map(Harm::Cut),
    ]
}

impl Harm {
    fn befall(&self, text: &str) -> String {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut chars: Vec<char> = text.chars().collect();
        if lines.is_empty() {
            return String::new();
        }
        match self {
            Self::Value(at, value) => {
                let set = |line: &String| line.contains(" = ") && !line.starts_with('#');
                let set: Vec<usize> = (0..lines.len()).filter(|n| set(&lines[*n])).collect();
                if !set.is_empty() {
                    let line = &mut lines[set[at.index(set.len())]];
                    let name = line.split(" = ").next().unwrap_or_default().to_owned();
                    *line = format!("{name} = {value}");
                }
            }
            Self::Drop(at) => drop(lines.remove(at.index(lines.len()))),
            Self::Again(from, to) => {
                let line = lines[from.index(lines.len())].clone();
                lines.insert(to.index(lines.len()), line);
            }
            Self::Insert(at, more) => {
                let at = at.index(chars.len());
                chars.splice(at..at, more.chars());
                return chars.into_iter().collect();
            }
            Self::Cut(at) => return chars[..at.index(chars.len())].iter().collect(),
        }
        lines.join("\n")
    }
}

fn variable() -> impl Strategy<Value = (String, String)> {
    let known = (0..keys::KEYS.len()).prop_map(|n| keys::KEYS[n].variable());
    let name = prop_oneof![
        4 => known,
        1 => "GUILDHALL_[A-Z_]{0,16}",
        1 => Just("DISCORD_PROXY".to_owned()),
        1 => Just("DISCORD_GATEWAY_URL".to_owned()),
        1 => any::<String>(),
    ];
    (name, value())
}

proptest! {
    #[test]
    fn a_file_and_an_environment(
        harms in vec(harm(), 0..5),
        variables in vec(variable(), 0..4),
        nonsense in option::weighted(0.1, any::<String>()),
    ) {
        let text = nonsense.unwrap_or_else(|| harms.iter().fold(full(), |text, harm| harm.befall(&text)));
        let set = || variables.iter().cloned();
        let path = Path::new("guildhall.toml");
        match read(Some((path, &text)), set()) {
            Ok(config) => {
                prop_assert!((10..=5_000).contains(&config.store.tick.as_millis()));
                prop_assert!((1..=1_024).contains(&config.store.cache_mb));
                prop_assert!(config.discord.shards.is_none_or(|shards| shards > 0));
                prop_assert_eq!(read(Some((path, &text)), set()), Ok(config));
            }
            Err(problems) => {
                prop_assert!(!problems.0.is_empty());
                let lines = text.matches('\n').count() + 1;
                for problem in &problems.0 {
                    prop_assert!(!problem.text.is_empty());
                    if let Place::Line(_, line) = problem.place {
                        prop_assert!((1..=lines).contains(&line), "line {} of {}", line, lines);
                    }
                }
            }
        }
    }

    /// A number means the same in the file and in the environment.
    #[test]
    fn a_number_in_either_place(tick in any::<u16>(), cache in any::<u16>(), daily in any::<u16>()) {
        let numbers = [("store", "tick_ms", tick), ("store", "cache_mb", cache), ("exports", "daily", daily)];
        for (section, name, number) in numbers {
            let file = config(&format!("[{section}]\n{name} = {number}"), &[]);
            let variable = format!("GUILDHALL_{section}__{name}").to_uppercase();
            let environment = config("", &[(&variable, &number.to_string())]);
            prop_assert_eq!(file.ok(), environment.ok());
        }
    }
}
