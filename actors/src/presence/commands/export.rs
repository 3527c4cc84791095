//! `/presence export`: all that is recorded, as a file.

use crate::{
    kernel::{
        call::Call,
        civil,
        command::{Command, Place, Spec, Who, opt},
        machine::{Cx, Reply},
        text::{Attachment, Message},
    },
    presence::{
        Presence, Refusal, Row, State,
        export::Export,
        lists::{Format, Query},
        texts,
    },
};

pub(in crate::presence) const COMMAND: Command<Presence> = Command {
    spec: Spec {
        name: "presence export",
        summary: "Get all that is recorded about members as a file",
        who: Who::Moderators,
        place: Place::Guild,
        options: &[opt::choice(
            "format",
            "csv for spreadsheets, json for programs; csv without it",
            &[("CSV", "csv"), ("JSON", "json")],
        )],
    },
    run: export,
    complete: None,
};

fn export(cx: &mut Cx<'_, Row>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    let Some(Query::Export(format)) = Query::called(call) else {
        return Err(Refusal::OldButton);
    };
    if !state.tracks() {
        return Err(Refusal::Off);
    }
    let export: Export = cx.scanned();
    if export.members == 0 {
        return Ok(Reply::text(texts::NOTHING_TO_EXPORT));
    }
    let text = texts::exported(export.members, export.left_out);
    let zone = state.shared.as_ref().map(|shared| shared.zone);
    let (day, _) = civil::local(cx.now, &zone.unwrap_or_default());
    let ending = match format {
        Format::Csv => "csv",
        Format::Json => "json",
    };
    let file = Attachment {
        name: format!("presence-{day}.{ending}"),
        description: texts::file_description(format).to_owned(),
        bytes: export.finish(format),
    };
    Ok(Reply::Files(Message::text(text), vec![file]))
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, presence::Presence};
    use expect_test::expect;

    #[test]
    fn moderators_get_everything_as_a_file() {
        check::<Presence>(
            r#"
            given guild available
            mod /presence export
            given alice: writes #general
            given alice: online
            given bob: speaks #mods
            given 90s pass
            given carol: reacts #general
            given carol leaves
            mod /presence export
            mod /presence export format:json
            alice /presence export
            given mod /presence settings track:false
            mod /presence export format:json
            "#,
            expect![[r#"
                > mod /presence export
                reply mod "There is nothing to export: I have not seen anybody do anything here yet."
                > mod /presence export
                reply mod "All that I have recorded here about 3 members. Times are in UTC."
                    file presence-2026-01-05.csv "A table with a line per member: when they were last active, and how often"
                    > user_id,last_seen,first_seen,kind,channel_id,idle_seconds,joined_at,left_at,status_seen,exempt,inactive_since,warned_at,messages,edits,reactions,typings,voice_changes,voice_settings,commands,threads,event_answers,status_changes,voice_seconds,voice_sessions,voice_channel_id
                    > 101,2026-01-05T12:00:00.000Z,2026-01-05T12:00:00.000Z,message,502,90,,,2026-01-05T12:00:00.000Z,false,,,1,0,0,0,0,0,0,0,0,0,0,0,
                    > 102,2026-01-05T12:00:00.000Z,2026-01-05T12:00:00.000Z,voice,504,0,,,,false,,,0,0,0,0,1,0,0,0,0,0,90,0,504
                    > 103,2026-01-05T12:01:30.000Z,2026-01-05T12:01:30.000Z,reaction,502,,,2026-01-05T12:01:30.000Z,,false,,,0,0,1,0,0,0,0,0,0,0,0,0,
                > mod /presence export format:json
                reply mod "All that I have recorded here about 3 members. Times are in UTC."
                    file presence-2026-01-05.json "A list of members: when they were last active, and how often"
                    > [
                    > {"channel_id":"502","commands":0,"edits":0,"event_answers":0,"exempt":false,"first_seen":"2026-01-05T12:00:00.000Z","idle_seconds":90,"inactive_since":null,"joined_at":null,"kind":"message","last_seen":"2026-01-05T12:00:00.000Z","left_at":null,"messages":1,"reactions":0,"status_changes":0,"status_seen":"2026-01-05T12:00:00.000Z","threads":0,"typings":0,"user_id":"101","voice_changes":0,"voice_channel_id":null,"voice_seconds":0,"voice_sessions":0,"voice_settings":0,"warned_at":null},
                    > {"channel_id":"504","commands":0,"edits":0,"event_answers":0,"exempt":false,"first_seen":"2026-01-05T12:00:00.000Z","idle_seconds":0,"inactive_since":null,"joined_at":null,"kind":"voice","last_seen":"2026-01-05T12:00:00.000Z","left_at":null,"messages":0,"reactions":0,"status_changes":0,"status_seen":null,"threads":0,"typings":0,"user_id":"102","voice_changes":1,"voice_channel_id":"504","voice_seconds":90,"voice_sessions":0,"voice_settings":0,"warned_at":null},
                    > {"channel_id":"502","commands":0,"edits":0,"event_answers":0,"exempt":false,"first_seen":"2026-01-05T12:01:30.000Z","idle_seconds":null,"inactive_since":null,"joined_at":null,"kind":"reaction","last_seen":"2026-01-05T12:01:30.000Z","left_at":"2026-01-05T12:01:30.000Z","messages":0,"reactions":1,"status_changes":0,"status_seen":null,"threads":0,"typings":0,"user_id":"103","voice_changes":0,"voice_channel_id":null,"voice_seconds":0,"voice_sessions":0,"voice_settings":0,"warned_at":null}
                    > ]
                > alice /presence export
                refuse alice "This is for moderators: you need the permission *Manage Server*, or a role that a moderator has set with `/setup moderators`."
                > mod /presence export format:json
                refuse mod "It is not recorded here when members were last active. A moderator can change that: `/presence settings track:True`."
            "#]],
        );
    }
}
