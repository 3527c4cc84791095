//! `/modversion`: the commit the program was built from.

use crate::{
    info::{Info, Refusal, State, texts},
    kernel::{
        call::Call,
        command::{Command, Place, Spec, Who},
        machine::{Cx, NoRow, Reply},
    },
};

pub(super) const COMMAND: Command<Info> = Command {
    spec: Spec {
        name: "modversion",
        summary: "Show the commit this bot was built from",
        who: Who::Moderators,
        place: Place::Guild,
        options: &[],
    },
    run: modversion,
    complete: None,
};

fn modversion(_: &mut Cx<'_, NoRow>, _: &mut State, call: &Call) -> Result<Reply, Refusal> {
    Ok(Reply::text(texts::version(&call.origin.process)))
}

#[cfg(test)]
mod tests {
    use crate::{info::Info, kernel::check::check};
    use expect_test::expect;

    #[test]
    fn the_commit_is_for_moderators() {
        check::<Info>(
            r#"
            mod /modversion
            alice /modversion
            mod in dm /modversion
            "#,
            expect![[r#"
                > mod /modversion
                reply mod "Commit `0123456789abcdef` (version 0.1.0)"
                > alice /modversion
                refuse alice "This is for moderators: you need the permission *Manage Server*, or a role that a moderator has set with `/setup moderators`."
                > mod in dm /modversion
                refuse mod "`/modversion` works in a server. Use it there; `/help` lists what works here."
            "#]],
        );
    }

    #[test]
    fn a_moderator_role_counts_once_the_settings_are_known() {
        check::<Info>(
            r#"
            given told shared moderators:@staff
            given mod joins with @staff
            mod /modversion
            "#,
            expect![[r#"
                > mod /modversion
                reply mod "Commit `0123456789abcdef` (version 0.1.0)"
            "#]],
        );
    }
}
