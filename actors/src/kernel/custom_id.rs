//! Custom ids of buttons, selects and modals: `g1:welcome:edit:join` names version, feature, action
//! and entity, so that a button posted by an older version ten restarts ago still finds its way.
//!
//! To change what an action means, give it a new name. To change the format, raise [`VERSION`] and
//! keep parsing the old one. Parts never contain `:`; Discord allows 100 characters in all.

use super::address::Kind;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The version written.
pub const VERSION: u8 = 1;

/// A parsed custom id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomId {
    /// Whose button it is.
    pub kind: Kind,
    /// Which of several machines of that kind; 0 where there is only one.
    pub number: u32,
    /// What it does.
    pub action: String,
    /// To what: entity ids and the like.
    pub args: Vec<String>,
}

/// Why a custom id is not ours to act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Foreign {
    /// It was not made by this program.
    #[error("not one of our custom ids")]
    NotOurs,
    /// It was made by a version of this program that is not known here.
    #[error("made by another version")]
    OtherVersion,
}

impl CustomId {
    /// A custom id of the only machine of `kind`.
    #[must_use]
    pub fn new(kind: Kind, action: &str, args: &[&str]) -> Self {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Self {
            kind,
            number: 0,
            action: action.to_owned(),
            args,
        }
    }

    /// The `n`th argument, or nothing.
    #[must_use]
    pub fn arg(&self, n: usize) -> Option<&str> {
        self.args.get(n).map(String::as_str)
    }

    /// Parses what Discord sends back.
    ///
    /// # Errors
    /// When it is not ours, or of a version or feature this program does not know.
    pub fn parse(text: &str) -> Result<Self, Foreign> {
        let mut parts = text.split(':');
        let version = parts.next().and_then(|first| first.strip_prefix('g'));
        let Some(version) = version.and_then(|digits| digits.parse::<u8>().ok()) else {
            return Err(Foreign::NotOurs);
        };
        if version != VERSION {
            return Err(Foreign::OtherVersion);
        }
        let (Some(target), Some(action)) = (parts.next(), parts.next()) else {
            return Err(Foreign::NotOurs);
        };
        let (name, number) = match target.split_once('#') {
            Some((name, number)) => (name, number.parse().map_err(|_| Foreign::NotOurs)?),
            None => (target, 0),
        };
        let kind = Kind::from_name(name).ok_or(Foreign::OtherVersion)?;
        let args = parts.map(str::to_owned).collect();
        Ok(Self {
            kind,
            number,
            action: action.to_owned(),
            args,
        })
    }
}

impl fmt::Display for CustomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "g{VERSION}:{}", self.kind.name())?;
        if self.number != 0 {
            write!(f, "#{}", self.number)?;
        }
        write!(f, ":{}", self.action)?;
        self.args.iter().try_for_each(|arg| write!(f, ":{arg}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_ids_round_trip() {
        let plain = CustomId::new(Kind::Welcome, "edit", &["join", "3"]);
        assert_eq!(plain.to_string(), "g1:welcome:edit:join:3");
        assert_eq!(CustomId::parse(&plain.to_string()), Ok(plain.clone()));
        let third = CustomId { number: 3, ..plain };
        assert_eq!(CustomId::parse(&third.to_string()), Ok(third));
    }

    #[test]
    fn foreign_and_future_ids_are_told_apart() {
        for foreign in [
            "",
            "x",
            "gx:welcome:edit",
            "g1",
            "g1:welcome",
            "g1:welcome#x:edit",
        ] {
            assert_eq!(CustomId::parse(foreign), Err(Foreign::NotOurs), "{foreign}");
        }
        for newer in ["g2:welcome:edit", "g1:tournament:join"] {
            assert_eq!(
                CustomId::parse(newer),
                Err(Foreign::OtherVersion),
                "{newer}"
            );
        }
    }

    /// Whatever Discord sends back, also from messages of others: more with `PROPTEST_CASES`.
    mod fuzz {
        use super::*;
        use proptest::{collection::vec, prelude::*, sample::select};

        const KINDS: &[Kind] = &Kind::ALL;

        fn any_id() -> impl Strategy<Value = CustomId> {
            let part = "[^:]{0,12}";
            (select(KINDS), any::<u32>(), part, vec(part, 0..4)).prop_map(
                |(kind, number, action, args)| CustomId {
                    kind,
                    number,
                    action,
                    args,
                },
            )
        }

        proptest! {
            #[test]
            fn what_we_write_we_read(id in any_id()) {
                prop_assert_eq!(CustomId::parse(&id.to_string()), Ok(id));
            }

            #[test]
            fn what_we_read_we_write_so_that_it_reads_the_same(
                text in "(g1?[0-9]{0,3}:)?[a-z]{0,3}(welcome|settings|info)?(#[0-9]{0,11})?(:\\PC{0,8}){0,4}",
            ) {
                if let Ok(id) = CustomId::parse(&text) {
                    prop_assert_eq!(CustomId::parse(&id.to_string()), Ok(id));
                }
            }

            #[test]
            fn any_text_is_an_id_or_foreign(text in any::<String>(), id in any_id(), at: prop::sample::Index) {
                let _ = CustomId::parse(&text);
                let mut torn: Vec<char> = id.to_string().chars().collect();
                let at = at.index(torn.len());
                torn.splice(at..at, text.chars());
                let torn: String = torn.into_iter().collect();
                if let Ok(id) = CustomId::parse(&torn) {
                    prop_assert_eq!(CustomId::parse(&id.to_string()), Ok(id));
                }
            }
        }
    }
}
