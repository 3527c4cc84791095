//! Every sentence of the settings machine, in English, for languages to follow.

use crate::kernel::{
    civil::{self, Zone},
    fact::{Shared, Standing},
    ids::{ChannelId, RoleId},
    text::{Message, escape_line, mention_channel, mention_role, mention_user, plural},
    time::Timestamp,
};

pub(super) const SETTINGS_TITLE: &str = "Server settings";

pub(super) fn hello(guild: &str) -> Message {
    Message::text(format!(
        "Hello, {}! I am Guildhall. I write nothing here until you say so: a moderator runs \
         `/setup show` to see what I do here, what I could do, and what I need for it. `/help` lists \
         my commands.",
        named(guild)
    ))
}

pub(super) fn log_channel_gone(guild: &str) -> Message {
    Message::text(format!(
        "The log channel of {} was deleted. Until another is set with `/setup log channel:…`, I \
         write to you about what moderators should know.",
        named(guild)
    ))
}

pub(super) fn log_channel_set(channel: ChannelId) -> String {
    format!(
        "From now on moderators read in {} what they should know.",
        mention_channel(channel)
    )
}

pub(super) fn log_channel_closed(channel: &ChannelId, missing: &[&str]) -> String {
    format!(
        "I could not write in {}: I lack {} there. Allow me that in the channel's settings, or \
         choose another channel.",
        mention_channel(*channel),
        missing.join(", ")
    )
}

pub(super) fn moderator_added(added: RoleId) -> String {
    format!(
        "Members with {} may now use moderator commands.",
        role(&added)
    )
}

pub(super) fn moderator_removed(removed: RoleId) -> String {
    format!("{} no longer makes anybody a moderator.", role(&removed))
}

pub(super) fn zone_set(zone: Zone, now: Timestamp) -> String {
    let (date, time) = civil::local(now, &zone);
    format!("The server's time zone is {zone}; clocks there show {date} {time}.")
}

pub(super) fn role(role: &RoleId) -> String {
    mention_role(*role)
}

pub(super) fn report_title(guild: &str) -> String {
    format!("Guildhall in {}", named(guild))
}

pub(super) fn health(problems: usize, permissions_known: bool) -> String {
    let verdict = match problems {
        0 if permissions_known => "Everything that is switched on can work.".to_owned(),
        0 => "Nothing is known to be wrong.".to_owned(),
        n => format!("**{} attention.**", needing(n)),
    };
    if permissions_known {
        return verdict;
    }
    format!(
        "{verdict}\nMy permissions could not be read just now, so they are not checked here; try \
         again in a minute."
    )
}

fn needing(n: usize) -> String {
    let verb = if n == 1 { "needs" } else { "need" };
    format!("{} {verb}", plural(n as u64, "thing", "things"))
}

pub(super) fn feature_title(standing: &Standing) -> String {
    let name = standing.kind.name();
    let (first, rest) = name.split_at(1);
    let state = if standing.on { "on" } else { "off" };
    format!("{}{rest}: {state}", first.to_uppercase())
}

pub(super) fn feature_body(standing: &Standing, lacking: &[String]) -> String {
    let lacking = lacking.iter().map(|line| format!("⚠️ {line}"));
    let next = standing
        .next_step
        .iter()
        .map(|step| format!("Next: {step}"));
    let lines: Vec<String> = std::iter::once(standing.summary.clone())
        .chain(lacking)
        .chain(next)
        .collect();
    lines.join("\n")
}

pub(super) fn settings(shared: &Shared, log_lacks: Option<String>) -> String {
    let log = shared.log_channel.map_or_else(
        || {
            let owner = shared
                .owner
                .map_or_else(|| "nobody".to_owned(), mention_user);
            format!("none, so {owner} is told by direct message; set one with `/setup log`")
        },
        mention_channel,
    );
    let roles: Vec<String> = shared.moderators.iter().map(role).collect();
    let moderators = match roles.as_slice() {
        [] => "who may manage the server; add roles with `/setup moderators`".to_owned(),
        roles => format!("who may manage the server, and {}", roles.join(", ")),
    };
    let mut lines = vec![
        format!("Time zone: {} (`/setup zone`)", shared.zone),
        format!("Moderators: {moderators}"),
        format!("Log channel: {log}"),
    ];
    lines.extend(log_lacks.map(|line| format!("⚠️ {line}")));
    lines.join("\n")
}

pub(super) fn missing_in_guild(missing: &[&str]) -> String {
    format!(
        "Missing in the server: {} (Server Settings → Roles)",
        missing.join(", ")
    )
}

pub(super) fn missing_in_channel(channel: ChannelId, missing: &[&str]) -> String {
    format!(
        "Missing in {}: {}",
        mention_channel(channel),
        missing.join(", ")
    )
}

pub(super) fn channel_missing(channel: ChannelId) -> String {
    format!("{} is gone or hidden from me", mention_channel(channel))
}

pub(super) fn intent_missing(intent: &str, loss: &str) -> String {
    format!(
        "The bot was not granted the intent {intent}, so {loss}. Its operator switches it on in \
         Discord's developer portal"
    )
}

fn named(guild: &str) -> String {
    let name = escape_line(guild);
    if name.is_empty() {
        "this server".to_owned()
    } else {
        name
    }
}
