//! `/presence channels`: in which channels nothing has been done for long.

use crate::{
    kernel::{
        call::Call,
        command::{Command, Place, Spec, Who},
        ids::ChannelId,
        machine::{Cx, Needs, Reply},
    },
    presence::{Channel, Presence, Refusal, Row, State, channels, row, texts},
};

/// Channels named in one answer: they fit into 2,000 characters.
const MAX_NAMED: usize = 20;

pub(in crate::presence) const COMMAND: Command<Presence> = Command {
    spec: Spec {
        name: "presence channels",
        summary: "Show when something was last done in each channel, the quietest first",
        who: Who::Moderators,
        place: Place::Guild,
        options: &[],
    },
    run: list,
    complete: None,
};

pub(in crate::presence) fn needs() -> Needs {
    Needs::Range {
        from: row::first_channel_key(),
        limit: channels::MAX_CHANNELS as usize,
    }
}

fn list(cx: &mut Cx<'_, Row>, state: &mut State, _: &Call) -> Result<Reply, Refusal> {
    if !state.tracks() {
        return Err(Refusal::Off);
    }
    let all = cx
        .loaded()
        .filter_map(|(key, row)| Some((row::as_channel(key)?, *row.channel()?)));
    let mut all: Vec<(ChannelId, Channel)> = all.collect();
    all.sort_by_key(|(id, channel)| (channel.last, *id));
    let more = all.len().saturating_sub(MAX_NAMED);
    all.truncate(MAX_NAMED);
    Ok(Reply::text(texts::channels(&all, more, state.since)))
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, presence::Presence};
    use expect_test::expect;

    #[test]
    fn the_quietest_channels_come_first() {
        check::<Presence>(
            r#"
            given guild available
            mod /presence channels
            given alice: writes #general
            given 2d pass
            given bob: speaks #mods
            given alice: writes #welcome
            given 1h pass
            given bob: leaves voice
            given alice: reacts #welcome
            mod /presence channels
            #general deleted
            mod /presence channels
            alice /presence channels
            "#,
            expect![[r#"
                > mod /presence channels
                reply mod "Channels in which nobody has done anything since I began to record (<t:1767614400:D>) are not listed."
                > mod /presence channels
                reply mod
                    | <#general>: <t:1767614400:R>, active in 1 minute
                    | <#mods>: <t:1767787200:R>, active in 1 minute
                    | <#welcome>: <t:1767790800:R>, active in 2 minutes
                    | Channels in which nobody has done anything since I began to record (<t:1767614400:D>) are not listed.
                > #general deleted
                > mod /presence channels
                reply mod
                    | <#mods>: <t:1767787200:R>, active in 1 minute
                    | <#welcome>: <t:1767790800:R>, active in 2 minutes
                    | Channels in which nobody has done anything since I began to record (<t:1767614400:D>) are not listed.
                > alice /presence channels
                refuse alice "This is for moderators: you need the permission *Manage Server*, or a role that a moderator has set with `/setup moderators`."
            "#]],
        );
    }
}
