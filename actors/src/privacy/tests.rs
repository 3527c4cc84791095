//! Whatever has happened: after somebody was forgotten, nothing that a machine stores names them, and
//! nothing that happens later brings them back.

use crate::{
    info::Info,
    kernel::{check::Stage, command::Command, machine::Machine},
    presence::Presence,
    settings::Settings,
    welcome::Welcome,
};
use proptest::{collection::vec, prelude::*, sample::select};

/// What may have happened before. Alice owns nothing, moderates and was everywhere.
const BEFORE: &[&str] = &[
    "alice: writes #general",
    "alice: speaks #general",
    "alice: leaves voice",
    "alice: reacts #general",
    "bob: writes #general",
    "alice joins with @vip",
    "alice joins pending",
    "alice passes screening",
    "alice gets @staff",
    "alice leaves",
    "bob joins",
    "bob leaves",
    "m1-m9 join",
    "alice kicked by mod: \"spam\"",
    "bob kicked by alice: \"spam\"",
    "log: alice bans carol \"spam\"",
    "log: bob kicks alice",
    "guild available gap 10m voice alice #general bob #mods members alice, bob",
    "guild available voice alice #mods members mod",
    "mod /welcome join channel:#welcome",
    "told shared owner:owner",
    "owner submits reset \"name:The Hall\"",
    "owner presses undo",
    "mod /welcome leave channel:#log",
    "1s pass",
    "1m pass",
];
/// What may happen then; who comes and goes is in what waits to be said for moments.
const AFTER: &[&str] = &[
    "alice: writes #general",
    "alice: speaks #mods",
    "alice: leaves voice",
    "alice: online",
    "bob: writes #general",
    "alice gets @staff",
    "alice passes screening",
    "bob joins",
    "guild available gap 10m voice alice #general bob #mods members alice, bob",
    "guild available voice alice #mods members alice",
    "alice joins",
    "1m pass",
];

fn play<M: Machine>(stage: &mut Stage<M>, lines: &[&str], held: usize) {
    for line in lines {
        let mine = |command: &Command<M>| line.contains(command.spec.name);
        if line.contains('/') && !M::COMMANDS.iter().any(mine) {
            continue;
        }
        if held > 0 {
            stage.hold_facts(held);
        }
        stage.play(line);
    }
}

fn forgets<M: Machine>(before: &[&str], after: &[&str], held: usize) -> Result<(), TestCaseError> {
    let mut stage = Stage::<M>::new();
    stage.play("guild available");
    play(&mut stage, before, held);
    stage.play("told forget alice");
    let alice = stage.names.user("alice");
    let traces = stage.traces_of(alice);
    prop_assert!(traces.is_empty(), "at once: {traces:?}");
    play(&mut stage, after, 0);
    stage.play("1m pass");
    let traces = stage.traces_of(alice);
    prop_assert!(traces.is_empty(), "later: {traces:?}");
    Ok(())
}

proptest! {
    #[test]
    fn nothing_stored_names_who_was_forgotten(
        before in vec(select(BEFORE), 0..20),
        after in vec(select(AFTER), 0..12),
        held in 0..3_usize,
    ) {
        forgets::<Welcome>(&before, &after, held)?;
        forgets::<Presence>(&before, &after, held)?;
        forgets::<Settings>(&before, &after, held)?;
        forgets::<Info>(&before, &after, held)?;
    }
}

#[test]
fn a_trace_would_be_found() {
    let mut stage = Stage::<Presence>::new();
    stage.play("guild available\nalice: writes #general");
    assert!(!stage.traces_of(stage.names.user("alice")).is_empty());
    let mut stage = Stage::<Settings>::new();
    stage.play("guild available");
    assert!(!stage.traces_of(stage.names.user("owner")).is_empty());
}
