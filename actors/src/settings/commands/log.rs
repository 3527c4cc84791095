//! `/setup log`: where moderators read what they should know.

use crate::{
    kernel::{
        call::{Call, Permissions},
        command::{Command, Place, Spec, Who, opt},
        machine::{Cx, NoRow, Reply},
    },
    settings::{Refusal, Settings, State, tell_everyone, texts},
};

pub(super) const COMMAND: Command<Settings> = Command {
    spec: Spec {
        name: "setup log",
        summary: "Set the channel where moderators are told what they should know",
        who: Who::Moderators,
        place: Place::Guild,
        options: &[opt::channel("channel", "A channel that moderators read").required()],
    },
    run: log,
    complete: None,
};

const NEEDED: Permissions = Permissions::VIEW_CHANNEL.and(Permissions::SEND_MESSAGES);

fn log(cx: &mut Cx<'_, NoRow>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    let Some(channel) = call.channel("channel") else {
        return Ok(Reply::Nothing);
    };
    let granted = call
        .channels
        .get(&channel)
        .and_then(|resolved| resolved.app_permissions);
    let missing = granted.map_or_else(Vec::new, |granted| granted.missing(NEEDED));
    if !missing.is_empty() {
        return Err(Refusal::LogChannelClosed(channel, missing));
    }
    if state.shared.log_channel != Some(channel) {
        state.shared.log_channel = Some(channel);
        tell_everyone(cx, state);
    }
    Ok(Reply::text(texts::log_channel_set(channel)))
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, settings::Settings};
    use expect_test::expect;

    #[test]
    fn every_feature_hears_of_the_log_channel() {
        check::<Settings>(
            r#"
            given guild available
            mod /setup log channel:#log
            mod /setup log channel:#log
            "#,
            expect![[r#"
                > mod /setup log channel:#log
                tell info shared
                tell welcome shared
                tell presence shared
                tell messages shared
                reply mod "From now on moderators read in <#log> what they should know."
                > mod /setup log channel:#log
                reply mod "From now on moderators read in <#log> what they should know."
            "#]],
        );
    }

    #[test]
    fn a_channel_closed_to_the_bot_is_refused() {
        check::<Settings>(
            r#"
            given guild available
            given #log refuses 403
            mod /setup log channel:#log
            "#,
            expect![[r#"
                > mod /setup log channel:#log
                refuse mod "I could not write in <#log>: I lack Send Messages there. Allow me that in the channel's settings, or choose another channel."
            "#]],
        );
    }

    #[test]
    fn a_log_channel_that_is_deleted_is_told_to_the_owner_once() {
        check::<Settings>(
            r#"
            given guild available
            given mod /setup log channel:#log
            #general deleted
            #log deleted
            repeat
            mod /setup log channel:#mods
            "#,
            expect![[r#"
                > #general deleted
                > #log deleted
                dm owner "The log channel of The Hall was deleted. Until another is set with `/setup log channel:…`, I write to you about what moderators should know."
                tell info shared
                tell welcome shared
                tell presence shared
                tell messages shared
                > repeat
                > mod /setup log channel:#mods
                tell info shared
                tell welcome shared
                tell presence shared
                tell messages shared
                reply mod "From now on moderators read in <#mods> what they should know."
            "#]],
        );
    }

    #[test]
    fn a_log_channel_deleted_unseen_is_noticed_on_return() {
        check::<Settings>(
            r#"
            given guild available
            given mod /setup log channel:#log
            guild available without #log
            "#,
            expect![[r#"
                > guild available without #log
                dm owner "The log channel of The Hall was deleted. Until another is set with `/setup log channel:…`, I write to you about what moderators should know."
                tell info shared
                tell welcome shared
                tell presence shared
                tell messages shared
            "#]],
        );
    }
}
