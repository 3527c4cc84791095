//! Every sentence of the information machine, in English, for languages to follow.

use crate::kernel::{
    call::Process,
    command::{Listed, Spec, Who},
    text::{Embed, Message, TimeStyle, code, cut, discord_time, plural},
};

pub(super) fn hint() -> Message {
    Message::text("I answer slash commands: type `/help` to see what works here.")
}

pub(super) fn for_a_server() -> Message {
    Message::text("Use it in the server it is for.")
}

pub(super) fn unknown_command(name: &str, nearest: Option<&str>) -> String {
    let guess = nearest.map_or_else(String::new, |near| format!(" Did you mean `/{near}`?"));
    format!(
        "There is no command {}.{guess} `/help` lists them all.",
        code(&cut(name, 40))
    )
}

/// `here`: in a server. `ours`: the reader owns the application.
pub(super) fn command_list(commands: &[Listed], here: bool, ours: bool) -> Message {
    let lines: Vec<String> = commands
        .iter()
        .map(|listed| format!("`{}`\n{}", listed.spec.usage(), sentence(&listed.spec)))
        .collect();
    let footer = if here {
        "Details of one command: /help command:…"
    } else {
        "In a server I can do more: use /help there."
    };
    let list = Embed::new("Commands")
        .description(lines.join("\n"))
        .footer(footer);
    let list = if ours {
        list.field("Because you own this bot", TEXT_COMMANDS, false)
    } else {
        list
    };
    Message::default().embed(list)
}

const TEXT_COMMANDS: &str = "`?reset`, `?delete <member/channel> <id>`, `?reload [feature]`, `?setup`, written as messages, do in the \
     server they are written in what `/presence admin` does for its owner. Mention me first where I am not shown what \
     messages say.";

fn sentence(spec: &Spec) -> String {
    match spec.who {
        Who::Everyone => spec.summary.to_owned(),
        Who::Moderators => format!("{} (moderators)", spec.summary),
        Who::Owner => format!("{} (the server's owner)", spec.summary),
    }
}

pub(super) fn command_details(spec: &Spec) -> Message {
    let mut details = Embed::new(format!("/{}", spec.name)).description(format!(
        "{}\n`{}`",
        spec.summary,
        spec.usage()
    ));
    for option in spec.options {
        let need = if option.required {
            "required"
        } else {
            "optional"
        };
        details = details.field(format!("{} ({need})", option.name), option.summary, false);
    }
    match spec.who {
        Who::Everyone => {}
        Who::Moderators => details = details.footer("For moderators"),
        Who::Owner => details = details.footer("For the server's owner"),
    }
    Message::default().embed(details)
}

pub(super) fn about(process: &Process) -> Message {
    let (shard, shards) = process.shard;
    let clock = process.clock_offset_ms.map_or_else(
        || "not compared yet".to_owned(),
        |offset| {
            format!(
                "Discord is {} ms {}",
                offset.abs(),
                if offset < 0 { "behind" } else { "ahead" }
            )
        },
    );
    let aside = format!(
        "dead letters {}, damaged records {}, parked inputs {}",
        process.dead_letters, process.quarantined, process.parked
    );
    let gaps = format!("{} open, {} so far", process.open_gaps, process.gaps_total);
    let started = format!(
        "{} ({})",
        discord_time(process.started_at, TimeStyle::Relative),
        discord_time(process.started_at, TimeStyle::ShortDateTime)
    );
    let about = Embed::new("Guildhall")
        .description("A community bot that forgets nothing it has promised.")
        .field(
            "Version",
            format!("{} ({})", process.version, short(&process.commit)),
            true,
        )
        .field("Started", started, true)
        .field(
            "Gateway",
            format!("{}, shard {shard} of {shards}", process.gateway),
            true,
        )
        .field("Servers", process.guilds.to_string(), true)
        .field(
            "Not yet on disk",
            format!("{} ms", process.store_lag_ms),
            true,
        )
        .field(
            "Waiting to be sent",
            plural(process.outbox, "effect", "effects"),
            true,
        )
        .field("Gaps in the events", gaps, true)
        .field("Set aside", aside, true)
        .field("Clock", clock, true)
        .field("Time zones", format!("tzdata {}", process.tzdata), true);
    Message::default().embed(about)
}

pub(super) fn ping(process: &Process) -> String {
    let gateway = process.gateway_ms.map_or_else(
        || "not measured yet".to_owned(),
        |ms| format!("{ms} ms round trip"),
    );
    let commit = process.commit_us.map_or_else(
        || "not measured yet".to_owned(),
        |us| format!("{}.{} ms (median)", us / 1000, us / 100 % 10),
    );
    format!("Gateway: {gateway}\nSaving to disk: {commit}")
}

pub(super) fn version(process: &Process) -> String {
    format!(
        "Commit {} (version {})",
        code(&process.commit),
        process.version
    )
}

/// As git shortens it: enough to name a commit.
fn short(commit: &str) -> String {
    commit.chars().take(10).collect()
}
