//! `/ping`: how far away Discord is, and how fast the store.

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
        name: "ping",
        summary: "Measure the way to Discord and to the disk",
        who: Who::Everyone,
        place: Place::Anywhere,
        options: &[],
    },
    run: ping,
    complete: None,
};

fn ping(_: &mut Cx<'_, NoRow>, _: &mut State, call: &Call) -> Result<Reply, Refusal> {
    Ok(Reply::text(texts::ping(&call.origin.process)))
}

#[cfg(test)]
mod tests {
    use crate::{info::Info, kernel::check::check};
    use expect_test::expect;

    #[test]
    fn without_a_measurement_it_says_so() {
        check::<Info>(
            r#"
            alice /ping
            "#,
            expect![[r#"
                > alice /ping
                reply alice
                    | Gateway: not measured yet
                    | Saving to disk: not measured yet
            "#]],
        );
    }
}
