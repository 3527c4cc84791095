//! `/presence admin reset`: what is recorded here begins anew. The name of the server must be typed, and for a day it
//! can be undone. A text command cannot open a form: `?reset` shows a button that does.

use crate::{
    kernel::{
        address::Kind,
        call::{Call, Caller, Press, Submit},
        command::{Command, Place, Spec, Who},
        custom_id::CustomId,
        machine::{Cx, Reply},
        text::{Message, Modal, ModalField, TextStyle},
        turn::is_owner,
    },
    presence::{Presence, Refusal, Row, State, reset, texts},
};

pub(in crate::presence) const COMMAND: Command<Presence> = Command {
    spec: Spec {
        name: "presence admin reset",
        summary: "Forget what is recorded here and begin anew; for a day it can be undone",
        who: Who::Owner,
        place: Place::Guild,
        options: &[],
    },
    run: ask,
    complete: None,
};

/// What the form is called, and the button that opens it.
pub(in crate::presence) const FORM: &str = "reset";
/// The field of the form.
const NAME: &str = "name";
/// The button below the answer.
pub(in crate::presence) const UNDO: &str = "undo";
/// Longest name of a server.
const LONGEST: u16 = 100;

fn ask(_: &mut Cx<'_, Row>, state: &mut State, _: &Call) -> Result<Reply, Refusal> {
    form(state)
}

/// What `?reset` is answered with.
pub(super) fn offer(state: &State) -> Result<Message, Refusal> {
    if !state.records() {
        return Err(Refusal::Off);
    }
    Ok(texts::offer_reset(FORM))
}

/// The button below that was pressed.
pub(in crate::presence) fn pressed(state: &State, press: &Press) -> Result<Reply, Refusal> {
    if !press.origin.caller.owns_application() {
        return Err(Refusal::ForTheBotsOwner);
    }
    form(state)
}

fn form(state: &State) -> Result<Reply, Refusal> {
    if !state.records() {
        return Err(Refusal::Off);
    }
    Ok(Reply::Modal(Modal {
        custom_id: CustomId::new(Kind::Presence, FORM, &[]).to_string(),
        title: "Reset what is recorded here".to_owned(),
        fields: vec![ModalField {
            custom_id: NAME.to_owned(),
            label: "Type the server's name".to_owned(),
            style: TextStyle::Short,
            placeholder: String::new(),
            value: String::new(),
            required: true,
            min: 1,
            max: LONGEST,
        }],
    }))
}

/// The form came back.
pub(in crate::presence) fn submitted(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    submit: &Submit,
) -> Result<Reply, Refusal> {
    if submit.id.action != FORM {
        return Err(Refusal::OldButton);
    }
    may(state, &submit.origin.caller)?;
    if !state.records() {
        return Err(Refusal::Off);
    }
    let typed = submit
        .fields
        .get(NAME)
        .map(|name| name.trim().to_lowercase());
    let shared = state.shared.as_ref();
    let name = shared.map(|shared| shared.guild_name.trim().to_lowercase());
    if typed.is_none() || typed != name {
        return Err(Refusal::OtherName);
    }
    let until = reset::begin(cx, state)?;
    let message = texts::reset(until);
    if let Some(shared) = state.shared.clone() {
        cx.alert(&shared, message.clone());
    }
    Ok(Reply::Say(message))
}

/// The button to undo it was pressed.
pub(in crate::presence) fn undone(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    press: &Press,
) -> Result<Reply, Refusal> {
    may(state, &press.origin.caller)?;
    if state.forgetting {
        return Err(Refusal::StillResetting);
    }
    reset::undo(cx, state)?;
    Ok(Reply::text(texts::UNDONE))
}

/// Whoever owns the server or the bot.
fn may(state: &State, caller: &Caller) -> Result<(), Refusal> {
    let owns = caller.owns_application() || is_owner(state.shared.as_ref(), caller);
    owns.then_some(()).ok_or(Refusal::ForTheOwner)
}

#[cfg(test)]
mod tests {
    use crate::{
        kernel::check::{Stage, check},
        presence::Presence,
    };
    use expect_test::expect;

    #[test]
    fn what_is_recorded_begins_anew_and_comes_back_when_that_is_undone() {
        check::<Presence>(
            r#"
            given told shared owner:owner log:#log
            given guild available
            given listed alice, bob
            given alice: writes #general
            given 2d pass
            mod /presence admin reset
            owner /presence admin reset
            owner submits reset "name:Another Hall"
            mod submits reset "name:The Hall"
            owner submits reset "name: the hall "
            listed alice, bob
            bob /seen user:alice
            given bob: writes #general
            given alice: writes #mods
            given 1h passes
            mod presses undo
            owner presses undo
            mod /presence user user:alice
            bob /seen
            owner presses undo
            "#,
            expect![[r#"
                > mod /presence admin reset
                refuse mod "This is for the server's owner, because it concerns what is stored about everybody here."
                > owner /presence admin reset
                form owner reset "Reset what is recorded here"
                    name: ""
                > owner submits reset "name:Another Hall"
                refuse owner "That is not this server's name, so nothing was reset."
                > mod submits reset "name:The Hall"
                refuse mod "This is for the server's owner, because it concerns what is stored about everybody here."
                > owner submits reset "name: the hall "
                post #log "**What was recorded here of members begins anew.** What counts and who is recorded stays as it was set, and so do the records of channels. Until <t:1767873600:F> the owner can bring everything back."
                    [Undo → undo]
                reply owner "**What was recorded here of members begins anew.** What counts and who is recorded stays as it was set, and so do the records of channels. Until <t:1767873600:F> the owner can bring everything back."
                    [Undo → undo]
                timer undo in 1 day
                [2] request members as presence-2
                > listed alice, bob
                > bob /seen user:alice
                reply bob
                    | I have not seen <@alice> do anything here yet.
                    | Idle for **0 seconds**, since I began to record.
                    | Here since <t:1766750400:D>.
                > mod presses undo
                refuse mod "This is for the server's owner, because it concerns what is stored about everybody here."
                > owner presses undo
                reply owner "What was recorded before comes back, joined with what was recorded since."
                timer undo off
                [3] request members as presence-3
                > mod /presence user user:alice
                reply mod
                    | <@alice> wrote in <#mods> <t:1767787200:R>.
                    | Idle for **1 hour**.
                    | 2 messages, 0 reactions, no time in voice.
                    | Here since <t:1766750400:D>. First seen <t:1767614400:D>.
                    | Also counted: 0 edits, typed 0 times, 0 changes in voice, 0 changes of microphone, camera or stream, 0 commands and buttons of mine, 0 threads, 0 answers to events, 0 changes of status.
                    | Hours of the day, from 0 to 23 UTC: `············█···········`
                > bob /seen
                reply bob
                    | <@bob> wrote in <#general> <t:1767787200:R>.
                    | Idle for **1 hour**.
                    | 1 message, 0 reactions, no time in voice.
                    | Here since <t:1766750400:D>. First seen <t:1767787200:D>.
                > owner presses undo
                refuse owner "This can no longer be undone: a reset is kept for 24 hours, and it can be undone once."
            "#]],
        );
    }

    #[test]
    fn after_a_day_it_cannot_be_undone_and_nothing_is_left_of_it() {
        let mut stage = Stage::<Presence>::new();
        stage.play("told shared owner:owner\nguild available\nlisted m1-m500\nm1: writes #general");
        stage.play("owner submits reset \"name:The Hall\"");
        assert!(
            stage.play("rows").contains("row [255, 117, 0"),
            "kept for a day"
        );
        stage.play("24h pass");
        assert!(!stage.play("rows").contains("row [255, 117"));
        let played = stage.play("owner presses undo");
        assert!(played.contains("can no longer be undone"), "{played}");
    }

    #[test]
    fn undone_everything_is_as_it_was() {
        let list = "listed m1-m450 …\nlisted m451-m900";
        let mut stage = Stage::<Presence>::new();
        stage.play(&format!("told shared owner:owner\nguild available\n{list}"));
        stage.play("m1-m700: writes #general\nm3: speaks #mods\n3d pass");
        let before = stage.play("rows");
        stage.play("owner submits reset \"name:The Hall\"");
        let reset = stage.play("rows");
        assert!(reset.lines().all(|line| !line.starts_with("row m")));
        stage.play(&format!("owner presses undo\n{list}"));
        let after = stage.play("rows");
        // But for the number of the list.
        let plain = |text: &str| text.replace("listed: 3", "listed: 1");
        let same = plain(&after) == plain(&before);
        assert!(same && before.lines().count() > 900);
    }

    #[test]
    fn who_asks_to_be_forgotten_goes_from_what_is_kept_too() {
        let mut stage = Stage::<Presence>::new();
        stage.play("told shared owner:owner\nguild available\nlisted alice, bob");
        stage.play(
            "alice: writes #general\nowner submits reset \"name:The Hall\"\ntold forget alice",
        );
        stage.play("owner presses undo");
        assert_eq!(stage.traces_of(stage.names.user("alice")), [""; 0]);
    }
}
