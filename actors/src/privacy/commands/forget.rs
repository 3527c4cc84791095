//! `/mydata forget`: says what will go, and forgets it when that is confirmed.

use crate::{
    kernel::{
        call::Call,
        command::{Command, Place, Spec, Who},
        machine::{Cx, Reply},
    },
    privacy::{File, Privacy, Refusal, State, texts},
};

pub(in crate::privacy) const COMMAND: Command<Privacy> = Command {
    spec: Spec {
        name: "mydata forget",
        summary: "Have me forget what I have stored about you here, and not record you again",
        who: Who::Everyone,
        place: Place::Anywhere,
        options: &[],
    },
    run: forget,
    complete: None,
};

fn forget(cx: &mut Cx<'_, File>, _: &mut State, _: &Call) -> Result<Reply, Refusal> {
    Ok(Reply::Say(texts::ask_to_forget(cx.me)))
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, privacy::Privacy};
    use expect_test::expect;

    #[test]
    fn it_asks_first_then_forgets_and_can_be_taken_back() {
        check::<Privacy>(
            r#"
            alice /mydata forget
            alice presses forget
            given told knowledge settings 1 "Owner" "You own it." stays "it must"
            given told knowledge info 1
            given told knowledge messages 1
            given told knowledge welcome 1
            told knowledge presence 1
            given alice /mydata show
            given told knowledge settings 2
            given told knowledge info 2
            given told knowledge messages 2
            given told knowledge welcome 2
            told knowledge presence 2
            alice presses record
            alice presses record
            alice presses dance
            "#,
            expect![[r#"
                > alice /mydata forget
                reply alice
                    | **Shall I forget you in this server?**
                    | - At once goes what I have recorded about you here: when you were last active, when you joined, your roles, whether I greeted you, texts you wrote for the welcome desk and I did not accept.
                    | - From then on I do not record you here. Of all this only a mark stays by which I know that. You can take it back.
                    | - If you own this server, I remember that: somebody must hear what goes wrong.
                    | - Copies of the database that I keep myself, and its unused parts, follow within a day. This does not reach copies that whoever runs me has made elsewhere.
                    [Forget me → forget]
                > alice presses forget
                tell settings to forget alice
                tell info to forget alice
                tell welcome to forget alice
                tell presence to forget alice
                tell messages to forget alice
                erase alice
                defer alice
                timer late in 20 seconds
                > told knowledge presence 1
                reply alice
                    | I have forgotten you in this server and do not record you here any more.
                    | **Owner** stays: it must.
                    | Copies of the database that I keep myself, and its unused parts, follow within a day. This does not reach copies that whoever runs me has made elsewhere.
                    [Record me again → record]
                timer late off
                > told knowledge presence 2
                reply alice
                    | I have stored nothing about you in this server.
                    | You asked not to be recorded here, and you are not.
                    (/mydata forget removes it. Copies of the database that I keep myself, and its unused parts, follow within a day. This does not reach copies that whoever runs me has made elsewhere.)
                    [Record me again → record]
                timer late off
                > alice presses record
                tell settings that alice may be recorded
                tell info that alice may be recorded
                tell welcome that alice may be recorded
                tell presence that alice may be recorded
                tell messages that alice may be recorded
                record alice again
                reply alice "From now on I record you here again as I do others. `/mydata show` shows what."
                > alice presses record
                reply alice "You are recorded here as everybody is. `/mydata forget` ends that."
                > alice presses dance
                refuse alice "This button does nothing any more. `/mydata show` has the current state."
            "#]],
        );
    }

    #[test]
    fn what_keeps_quiet_is_named() {
        check::<Privacy>(
            r#"
            given alice presses forget
            given told knowledge settings 1
            given told knowledge presence 1
            given told knowledge messages 1
            20s pass
            "#,
            expect![[r#"
                > 20s pass
                reply alice
                    | I have forgotten you in this server and do not record you here any more.
                    | ⚠️ This is broken at the moment and forgets you as soon as it works again: info, welcome.
                    | Copies of the database that I keep myself, and its unused parts, follow within a day. This does not reach copies that whoever runs me has made elsewhere.
                    [Record me again → record]
            "#]],
        );
    }
}
