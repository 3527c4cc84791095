//! Slash commands as data: one constant each, from which registration, permission checks, help, the
//! README table and metric labels derive.

use super::{
    address::Kind,
    call::{Call, Permissions},
    machine::{Cx, Machine, Reply},
    text::Choice,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Who may use a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Every member.
    Everyone,
    /// Members who may manage the server, or have a role set by `/setup moderators`.
    Moderators,
    /// The server's owner: nobody else can take it back.
    Owner,
}

/// Where a command works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In guilds only.
    Guild,
    /// Also in direct messages.
    Anywhere,
}

/// The type of an option, with Discord's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// Text of at most this many characters.
    Text {
        /// Discord's `max_length`, 1 to 6000.
        max: u16,
    },
    /// A whole number within these bounds.
    Integer {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// Yes or no.
    Flag,
    /// A user.
    User,
    /// A channel people can write in.
    TextChannel,
    /// A role.
    Role,
    /// One of these texts, each with the name that people read; at most 25.
    Choice(&'static [(&'static str, &'static str)]),
    /// A channel or thread in which people write or speak.
    Place,
}

/// Of so many choices the usage names each.
const FEW_CHOICES: usize = 4;

/// One option of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandOption {
    /// Its name: lower case, at most 32 characters.
    pub name: &'static str,
    /// What to put there, at most 100 characters.
    pub summary: &'static str,
    /// Its type.
    pub kind: OptionKind,
    /// Whether the command cannot be sent without it.
    pub required: bool,
    /// Whether the command completes it while it is typed.
    pub completes: bool,
}

/// Constructors of options.
pub mod opt {
    use super::{CommandOption, OptionKind};

    const fn option(name: &'static str, summary: &'static str, kind: OptionKind) -> CommandOption {
        CommandOption {
            name,
            summary,
            kind,
            required: false,
            completes: false,
        }
    }

    /// Text of at most `max` characters.
    #[must_use]
    pub const fn text(name: &'static str, summary: &'static str, max: u16) -> CommandOption {
        option(name, summary, OptionKind::Text { max })
    }

    /// A whole number from `min` to `max`.
    #[must_use]
    pub const fn integer(
        name: &'static str,
        summary: &'static str,
        min: i64,
        max: i64,
    ) -> CommandOption {
        option(name, summary, OptionKind::Integer { min, max })
    }

    /// Yes or no.
    #[must_use]
    pub const fn flag(name: &'static str, summary: &'static str) -> CommandOption {
        option(name, summary, OptionKind::Flag)
    }

    /// A user.
    #[must_use]
    pub const fn user(name: &'static str, summary: &'static str) -> CommandOption {
        option(name, summary, OptionKind::User)
    }

    /// A channel people can write in.
    #[must_use]
    pub const fn channel(name: &'static str, summary: &'static str) -> CommandOption {
        option(name, summary, OptionKind::TextChannel)
    }

    /// A role.
    #[must_use]
    pub const fn role(name: &'static str, summary: &'static str) -> CommandOption {
        option(name, summary, OptionKind::Role)
    }

    /// One of a few texts: `(what people read, what it is)`.
    #[must_use]
    pub const fn choice(
        name: &'static str,
        summary: &'static str,
        choices: &'static [(&'static str, &'static str)],
    ) -> CommandOption {
        option(name, summary, OptionKind::Choice(choices))
    }

    /// A channel or thread in which people write or speak.
    #[must_use]
    pub const fn place(name: &'static str, summary: &'static str) -> CommandOption {
        option(name, summary, OptionKind::Place)
    }
}

impl CommandOption {
    /// The same option, required.
    #[must_use]
    pub const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    /// The same option, completed while it is typed.
    #[must_use]
    pub const fn completes(self) -> Self {
        Self {
            completes: true,
            ..self
        }
    }
}

/// The function of a command.
pub type Run<M> = fn(
    &mut Cx<'_, <M as Machine>::Row>,
    &mut <M as Machine>::State,
    &Call,
) -> Result<Reply, <M as Machine>::Refusal>;

/// What could be meant by the text typed so far.
pub type Complete<M> = fn(&<M as Machine>::State, &Call, typed: &str) -> Vec<Choice>;

/// A slash command of the machine `M`.
pub struct Command<M: Machine> {
    /// What it is.
    pub spec: Spec,
    /// What it does.
    pub run: Run<M>,
    /// How it completes options marked [`CommandOption::completes`].
    pub complete: Option<Complete<M>>,
}

/// A command without its code: what registration, help and documentation need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Full name: `ping`, `welcome join`, `presence admin reset`.
    pub name: &'static str,
    /// One sentence without a full stop, at most 100 characters.
    pub summary: &'static str,
    /// Who may use it.
    pub who: Who,
    /// Where it works.
    pub place: Place,
    /// Its options, required ones first.
    pub options: &'static [CommandOption],
}

impl Spec {
    /// How it is written, with options: `/welcome join channel:<channel> [message:<text>]`.
    #[must_use]
    pub fn usage(&self) -> String {
        let mut usage = format!("/{}", self.name);
        for option in self.options {
            let kind = match option.kind {
                OptionKind::Text { .. } => "text".to_owned(),
                OptionKind::Integer { .. } => "number".to_owned(),
                OptionKind::Flag => "yes/no".to_owned(),
                OptionKind::User => "user".to_owned(),
                OptionKind::TextChannel | OptionKind::Place => "channel".to_owned(),
                OptionKind::Role => "role".to_owned(),
                OptionKind::Choice(choices) if choices.len() > FEW_CHOICES => "choice".to_owned(),
                OptionKind::Choice(choices) => {
                    let values: Vec<&str> = choices.iter().map(|(_, value)| *value).collect();
                    values.join("/")
                }
            };
            let written = format!("{}:<{kind}>", option.name);
            let written = if option.required {
                written
            } else {
                format!("[{written}]")
            };
            usage.push(' ');
            usage.push_str(&written);
        }
        usage
    }
}

/// A command and the feature it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The feature that runs it.
    pub kind: Kind,
    /// What it is.
    pub spec: Spec,
}

/// The registration of all `commands` as Discord's bulk overwrite wants it. `groups` describes the
/// first words of longer names, and the first two of names of three words.
///
/// A group is for moderators only when none of its commands is for everyone; Discord knows permissions only for
/// whole top-level commands, so the check when a command runs is the one that counts.
#[must_use]
pub fn registration(commands: &[Listed], groups: &BTreeMap<&str, &str>) -> Value {
    let mut top: BTreeMap<&str, Vec<&Spec>> = BTreeMap::new();
    for listed in commands {
        let first = listed.spec.name.split(' ').next().unwrap_or_default();
        top.entry(first).or_default().push(&listed.spec);
    }
    top.into_iter()
        .map(|(name, specs)| top_level(name, &specs, groups))
        .collect()
}

fn top_level(name: &str, specs: &[&Spec], groups: &BTreeMap<&str, &str>) -> Value {
    let guild_only = specs.iter().all(|spec| spec.place == Place::Guild);
    let moderators = specs.iter().all(|spec| spec.who != Who::Everyone);
    let own = specs.iter().find(|spec| spec.name == name);
    let two = |spec: &&&Spec| spec.name.split(' ').count() == 2;
    let subcommands = specs.iter().filter(two).map(|spec| subcommand(spec));
    let options: Vec<Value> = own
        .map_or_else(Vec::new, |spec| options(spec))
        .into_iter()
        .chain(subcommands)
        .chain(subgroups(specs, groups))
        .collect();
    let summary = own.map_or_else(
        || groups.get(name).copied().unwrap_or(name),
        |spec| spec.summary,
    );
    json!({
        "type": 1,
        "name": name,
        "description": summary,
        "options": options,
        "default_member_permissions":
            moderators.then(|| Permissions::MANAGE_GUILD.0.to_string()),
        "integration_types": [0],
        "contexts": if guild_only { json!([0]) } else { json!([0, 1]) },
    })
}

/// Commands of three words, by the first two.
fn subgroups(specs: &[&Spec], groups: &BTreeMap<&str, &str>) -> Vec<Value> {
    let mut within: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for spec in specs {
        if let Some((group, _)) = spec.name.rsplit_once(' ')
            && group.contains(' ')
        {
            within.entry(group).or_default().push(subcommand(spec));
        }
    }
    let group = |(name, options): (&str, Vec<Value>)| {
        let last = name.split(' ').next_back().unwrap_or_default();
        let summary = groups.get(name).copied().unwrap_or(name);
        json!({ "type": 2, "name": last, "description": summary, "options": options })
    };
    within.into_iter().map(group).collect()
}

fn subcommand(spec: &Spec) -> Value {
    let name = spec.name.split(' ').next_back().unwrap_or_default();
    json!({ "type": 1, "name": name, "description": spec.summary, "options": options(spec) })
}

fn options(spec: &Spec) -> Vec<Value> {
    spec.options.iter().map(option_json).collect()
}

fn option_json(option: &CommandOption) -> Value {
    let number = match option.kind {
        OptionKind::Text { .. } | OptionKind::Choice(_) => 3,
        OptionKind::Integer { .. } => 4,
        OptionKind::Flag => 5,
        OptionKind::User => 6,
        OptionKind::TextChannel | OptionKind::Place => 7,
        OptionKind::Role => 8,
    };
    let mut value = json!({
        "type": number,
        "name": option.name,
        "description": option.summary,
        "required": option.required,
    });
    match option.kind {
        OptionKind::Text { max } => value["max_length"] = json!(max),
        OptionKind::Integer { min, max } => {
            value["min_value"] = json!(min);
            value["max_value"] = json!(max);
        }
        // Text and announcement channels: where a bot can post without more ado.
        OptionKind::TextChannel => value["channel_types"] = json!([0, 5]),
        // Also voice, stages and threads; posts of a forum are threads.
        OptionKind::Place => value["channel_types"] = json!([0, 2, 5, 10, 11, 12, 13]),
        OptionKind::Choice(choices) => {
            let choice = |(name, value): &(&str, &str)| json!({ "name": name, "value": value });
            value["choices"] = choices.iter().map(choice).collect();
        }
        OptionKind::Flag | OptionKind::User | OptionKind::Role => {}
    }
    if option.completes {
        value["autocomplete"] = json!(true);
    }
    value
}
