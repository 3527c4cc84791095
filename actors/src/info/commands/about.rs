//! `/about`: what runs here, since when, and whether it keeps up.

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
        name: "about",
        summary: "Show which version runs, since when, and how it is doing",
        who: Who::Everyone,
        place: Place::Anywhere,
        options: &[],
    },
    run: about,
    complete: None,
};

fn about(_: &mut Cx<'_, NoRow>, _: &mut State, call: &Call) -> Result<Reply, Refusal> {
    Ok(Reply::Say(texts::about(&call.origin.process)))
}

#[cfg(test)]
mod tests {
    use crate::{info::Info, kernel::check::check};
    use expect_test::expect;

    #[test]
    fn it_says_what_runs_and_how_it_is_doing() {
        check::<Info>(
            r#"
            alice /about
            alice in dm /about
            "#,
            expect![[r#"
                > alice /about
                reply alice
                    # Guildhall
                    | A community bot that forgets nothing it has promised.
                    ## Version
                    | 0.1.0 (0123456789)
                    ## Started
                    | <t:1767607200:R> (<t:1767607200:f>)
                    ## Gateway
                    | connected, shard 0 of 1
                    ## Servers
                    | 0
                    ## Not yet on disk
                    | 0 ms
                    ## Waiting to be sent
                    | 0 effects
                    ## Gaps in the events
                    | 0 open, 0 so far
                    ## Set aside
                    | dead letters 0, damaged records 0, parked inputs 0
                    ## Clock
                    | not compared yet
                    ## Time zones
                    | tzdata 2025b
                > alice in dm /about
                reply alice
                    # Guildhall
                    | A community bot that forgets nothing it has promised.
                    ## Version
                    | 0.1.0 (0123456789)
                    ## Started
                    | <t:1767607200:R> (<t:1767607200:f>)
                    ## Gateway
                    | connected, shard 0 of 1
                    ## Servers
                    | 0
                    ## Not yet on disk
                    | 0 ms
                    ## Waiting to be sent
                    | 0 effects
                    ## Gaps in the events
                    | 0 open, 0 so far
                    ## Set aside
                    | dead letters 0, damaged records 0, parked inputs 0
                    ## Clock
                    | not compared yet
                    ## Time zones
                    | tzdata 2025b
            "#]],
        );
    }
}
