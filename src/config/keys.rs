//! The list of keys: what the file and the environment may set, and how.

use super::{
    Config, Switch,
    value::{Value, Wrong, address, host_and_port, loopback, region, web, websocket},
};
use actors::kernel::{text::nearest, time::Span};
use std::str::FromStr;

/// One key.
pub(super) struct Key {
    pub(super) section: &'static str,
    pub(super) name: &'static str,
    /// Reads the value into its field.
    pub(super) set: fn(&mut Config, Value<'_>) -> Result<(), Wrong>,
}

const fn key(
    section: &'static str,
    name: &'static str,
    set: fn(&mut Config, Value<'_>) -> Result<(), Wrong>,
) -> Key {
    Key { section, name, set }
}

/// Every key, in the order of the annotated file.
pub(super) const KEYS: [Key; 23] = [
    key("discord", "token_file", |c, v| {
        set(&mut c.discord.token_file, v.path().map(Some))
    }),
    key("discord", "proxy", |c, v| {
        let address = v.text().and_then(|text| host_and_port(&text));
        set(&mut c.discord.proxy, address.map(Some))
    }),
    key("discord", "gateway_url", |c, v| {
        let address = v.text().and_then(|text| websocket(&text));
        set(&mut c.discord.gateway_url, address.map(Some))
    }),
    key("discord", "shards", |c, v| {
        set(&mut c.discord.shards, v.whole(1..=4096).map(Some))
    }),
    key("discord", "members", |c, v| {
        set(&mut c.discord.intents.members, v.parsed())
    }),
    key("discord", "presences", |c, v| {
        set(&mut c.discord.intents.presences, v.parsed())
    }),
    key("discord", "message_content", |c, v| {
        set(&mut c.discord.intents.message_content, v.parsed())
    }),
    key("store", "data", |c, v| set(&mut c.store.data, v.path())),
    key("store", "tick_ms", |c, v| {
        let tick = v.whole(10..=5000).map(|ms| Span::millis(ms.into()));
        set(&mut c.store.tick, tick)
    }),
    key("store", "cache_mb", |c, v| {
        set(&mut c.store.cache_mb, v.whole(1..=1024))
    }),
    key("store", "keep_left_days", |c, v| {
        set(&mut c.store.keep_left_days, v.whole(0..=365))
    }),
    key("exports", "hourly", |c, v| {
        set(&mut c.exports.hourly, v.whole(0..=48))
    }),
    key("exports", "daily", |c, v| {
        set(&mut c.exports.daily, v.whole(0..=365))
    }),
    key("log", "format", |c, v| set(&mut c.log.format, v.parsed())),
    key("log", "level", |c, v| set(&mut c.log.levels, v.parsed())),
    key("observe", "listen", |c, v| {
        let at = v.text().and_then(|text| loopback(&text));
        set(&mut c.observe.listen, at.map(Some))
    }),
    key("observe", "listen_publicly", |c, v| {
        let at = v.text().and_then(|text| address(&text));
        set(&mut c.observe.listen_publicly, at.map(Some))
    }),
    key("stream", "spool_mb", |c, v| {
        set(&mut c.stream.spool_mb, v.whole(1..=65_536))
    }),
    key("lines", "dir", |c, v| {
        set(&mut c.lines.dir, v.path().map(Some))
    }),
    key("postgres", "url_file", |c, v| {
        set(
            &mut c.postgres.url_file,
            built_in(cfg!(feature = "postgres"), v.path()),
        )
    }),
    key("sqs", "queue_url", |c, v| {
        let url = v.text().and_then(|text| web(&text));
        set(&mut c.sqs.queue_url, built_in(cfg!(feature = "sqs"), url))
    }),
    key("sqs", "region", |c, v| {
        let region = v.text().and_then(|text| region(&text));
        set(&mut c.sqs.region, built_in(cfg!(feature = "sqs"), region))
    }),
    key("sqs", "endpoint", |c, v| {
        let url = v.text().and_then(|text| web(&text));
        set(&mut c.sqs.endpoint, built_in(cfg!(feature = "sqs"), url))
    }),
];

/// A value of something that may have been left out of this program.
fn built_in<T>(there: bool, value: Result<T, Wrong>) -> Result<Option<T>, Wrong> {
    let value = value?;
    if there {
        Ok(Some(value))
    } else {
        Err(
            "cannot be used: this program was built without it (`--no-default-features`)"
                .to_owned(),
        )
    }
}

fn set<T>(field: &mut T, value: Result<T, Wrong>) -> Result<(), Wrong> {
    *field = value?;
    Ok(())
}

impl Key {
    /// How messages name it: `store.tick_ms`.
    pub(super) fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// Its override: `GUILDHALL_STORE__TICK_MS`.
    pub(super) fn variable(&self) -> String {
        format!("GUILDHALL_{}__{}", self.section, self.name).to_uppercase()
    }

    /// Sets it, or says what is wrong with the value.
    pub(super) fn set(&self, config: &mut Config, value: Value<'_>) -> Result<(), Wrong> {
        (self.set)(config, value).map_err(|wrong| format!("{} {wrong}", self.path()))
    }
}

/// The key `name` of `section`.
pub(super) fn find(section: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter()
        .find(|key| key.section == section && key.name == name)
}

/// Whether there is such a section.
pub(super) fn is_section(name: &str) -> bool {
    KEYS.iter().any(|key| key.section == name)
}

/// What to say about a section that does not exist.
pub(super) fn unknown_section(name: &str) -> Wrong {
    // The keys of `[store]` without their section are a frequent slip.
    if let Some(key) = KEYS.iter().find(|key| key.name == name) {
        return format!("{name} belongs into the section [{}]", key.section);
    }
    let known = KEYS.iter().map(|key| key.section);
    format!(
        "there is no section [{name}]{}",
        did_you_mean(nearest(name, known))
    )
}

/// What to say about a key that does not exist.
pub(super) fn unknown_key(section: &str, name: &str) -> Wrong {
    if section == "discord" && name.contains("token") && name != "token_file" {
        return format!("discord.{name} is refused: {TOKEN_HINT}");
    }
    if section == "postgres"
        && name != "url_file"
        && (name.contains("url") || name.contains("pass"))
    {
        return format!("postgres.{name} is refused: {URL_HINT}");
    }
    if section == "sqs" && (name.contains("key") || name.contains("secret")) {
        return format!("sqs.{name} is refused: {AWS_HINT}");
    }
    if let Some(key) = KEYS.iter().find(|key| key.name == name) {
        return format!(
            "{section}.{name} does not exist; it belongs into the section [{}]",
            key.section
        );
    }
    let known = KEYS
        .iter()
        .filter(|key| key.section == section)
        .map(|key| key.name);
    format!(
        "{section}.{name} does not exist{}",
        did_you_mean(nearest(name, known))
    )
}

/// What to say about an override that does not exist.
pub(super) fn unknown_variable(name: &str) -> Wrong {
    let known: Vec<String> = KEYS.iter().map(Key::variable).collect();
    let near = nearest(name, known.iter().map(String::as_str));
    format!("no setting has this name{}", did_you_mean(near))
}

const TOKEN_HINT: &str = "a token in this file would be copied along with it; put it into a file of its \
    own and name that as token_file, or use the systemd credential discord_token, or the environment \
    variable DISCORD_TOKEN";

const URL_HINT: &str = "it would hold a password, and this file gets copied; put the address into a file of \
    its own and name that as url_file, or use the systemd credential postgres_url, or the environment \
    variable GUILDHALL_POSTGRES_URL";

const AWS_HINT: &str = "credentials come from the usual places: AWS_ACCESS_KEY_ID and \
    AWS_SECRET_ACCESS_KEY, the shared credentials file, or what the machine or container is given";

fn did_you_mean(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean {near}?"))
}

impl FromStr for Switch {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        match text {
            "auto" => Ok(Self::Auto),
            "off" => Ok(Self::Off),
            _ => Err(format!("must be \"auto\" or \"off\", is {text:?}")),
        }
    }
}
