//! `/welcome leave`: report in a channel who left, was kicked or was banned.

use super::switch_on::switch_on;
use crate::{
    kernel::{
        call::Call,
        command::{Command, Place, Spec, Who, opt},
        machine::{Cx, Reply},
    },
    welcome::{Refusal, Row, Side, State, Welcome},
};

pub(super) const COMMAND: Command<Welcome> = Command {
    spec: Spec {
        name: "welcome leave",
        summary: "Tell moderators in a channel who left",
        who: Who::Moderators,
        place: Place::Guild,
        options: &[
            opt::channel("channel", "Where moderators read who left").required(),
            opt::text("message", "Such as: {name} {what} after {stayed}", 1000),
        ],
    },
    run: leave,
    complete: None,
};

fn leave(cx: &mut Cx<'_, Row>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    switch_on(cx, state, call, Side::Leave)
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, welcome::Welcome};
    use expect_test::expect;

    #[test]
    fn the_report_of_the_caller_leaving_is_shown_as_example() {
        check::<Welcome>(
            r#"
            given told shared log:#log
            given mod joins with @vip
            mod /welcome leave channel:#mods
            mod /welcome leave channel:#mods message:"{name} {what} after {stayed}"
            "#,
            expect![[r#"
                > mod /welcome leave channel:#mods
                [1] request members as welcome-1
                tell settings on: reports who leaves in <#mods>; next `/welcome join channel:…`
                reply mod "Who leaves is reported in <#mods>. So it will look:"
                    # When somebody leaves
                    | **mod** left.
                    | Member for: 3 days 3 hours · Roles: <@&vip>
                    [Edit report → edit:leave]
                > mod /welcome leave channel:#mods message:"{name} {what} after {stayed}"
                tell settings on: reports who leaves in <#mods>; next `/welcome join channel:…`
                reply mod "Who leaves is reported in <#mods>. So it will look:"
                    # When somebody leaves
                    | mod left after 3 days 3 hours
                    [Edit report → edit:leave]
            "#]],
        );
    }

    #[test]
    fn each_side_has_its_own_placeholders() {
        check::<Welcome>(
            r#"
            mod /welcome leave channel:#mods message:"{created}"
            "#,
            expect![[r#"
                > mod /welcome leave channel:#mods message:"{created}"
                refuse mod "There is no placeholder `{created}`. You can use `{name}`, `{what}`, `{stayed}`, `{joined}`, `{roles}`, `{reason}`, `{by}`, `{user}`, `{id}`, `{server}`, `{count}`. Nothing was changed."
            "#]],
        );
    }
}
