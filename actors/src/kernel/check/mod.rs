//! Rule tests: text in, effects out.
//!
//! [`check`] plays a script against one machine as the runtime would: it loads the rows the machine
//! needs, keeps head, rows and timers, delivers sweeps and outcomes, lets time pass and fires
//! timers. After every turn it also asserts what must hold of every machine: a refused turn changes
//! nothing, the invariants hold, what was stored reads back, and the same turn from the stored state
//! gives the same result.
//!
//! | line | meaning |
//! |---|---|
//! | `given …` | the same step, without its output |
//! | `mod /welcome join channel:#welcome message:"Hi {user}"` | a command; `mod` and `owner` may manage the server |
//! | `alice in dm /help` | a command in direct messages |
//! | `mod types /setup zone zone:Par` | completions for the last option |
//! | `mod presses edit:join` | a button or menu of this machine |
//! | `mod submits edit:join text:"…"` | a form |
//! | `alice joins`, `alice, bob join`, `m1-m7 join` | new members; then `pending`, `as a bot`, `named "…"`, `with @vip @staff` |
//! | `alice passes screening`, `alice gets @vip`, `alice loses @vip` | changes of a member |
//! | `alice leaves`, `alice kicked by mod: "spam"`, `alice banned by mod` | the member leaves; then the audit log's line |
//! | `log: mod kicks alice "spam"` | only the line (`kicks`, `bans`, `prunes`) |
//! | `alice: writes #general` | a sign of life: also `edits`, `reacts`, `types`, `speaks`, `mutes`, `leaves voice`, `joins` (a thread), `answers` (an event), `online`; several, between commas, gather |
//! | `note 401 #general written alice 12 2` | what became of message 401: 12 characters, 2 files; also `edited ?`, `deleted`; several, between commas, gather |
//! | `dev says ?delete member @alice`, `dev in dm says ?reset` | a text command of the application's owner |
//! | `repeat` | the last gateway event arrives again |
//! | `5s pass`, `2m pass`, `3h pass`, `1d passes` | time passes, timers fire |
//! | `3h asleep` | the bot does not run for so long; timers that were due fire at the end of it |
//! | `#welcome deleted`, `#welcome refuses 403`, `#welcome heals`, `@vip deleted` | channels and roles |
//! | `guild available gap 10m members alice, bob` | also `voice alice #lounge` before the members, `new`, `named "…"`, `without #log`, `count 9`, and `behind 30d`: so much is Discord's clock |
//! | `guild renamed "…"`, `guild left`, `guild unavailable` | |
//! | `listed alice, bob`, `listed alice …` | the last, or another, page of the member list |
//! | `may Kick Members` | what the bot may do where commands are used from now on |
//! | `outcome of 1: fails 403` | also `done`, `expires`, `listed 12` (accounts arrived), `here` (the member looked at; also `owner`, `above` us, we are `powerless`), `log mod kicks alice "spam"`, `may all`, `may View Channels, Send Messages`, `may nothing` |
//! | `told shared log:#log owner:owner moderators:@staff` | the settings' fact |
//! | `told standing`, `told wanted` | a feature's facts to the settings |
//! | `told imported alice:3d bob:60d` | the operator brings when another bot last saw somebody write in #general |
//! | `told wanted alice`, `told forget alice`, `told record alice` | alice wants to see, to be forgotten, to be recorded again |
//! | `told knowledge welcome 1 "Topic" "text" stays "why"` | a feature's answer to question 1 of the privacy machine |
//! | `missing intent "Server Members"` | what `/setup` and replies know of the process |
//! | `alice writes a direct message`, `alice takes no messages` | |
//! | `rows` | shows the stored rows |
//!
//! Output lines say what was wanted: `post #welcome "…" pings alice`, `dm owner "…"`, `reply mod "…"`,
//! `refuse mod "…"`, `replace mod "…"` (in the place of the message pressed), `file x.csv`, `defer`, `choices`, `form`, `timer flush in 10 seconds`, `tell settings …`,
//! `watch #queue` (an index row), `spool #general 401 deleted`, `[1] read audit log …`, `[2] look at alice`, `[3] give @vip to alice "…"`, `[4] kick alice "…"`, `[5] take the roster of 2026-01-05`, `withdraw kick alice`, `reconciling`, `reconciled`.
//!
//! Names stand for fixed ids, also in texts: `<@101>` is shown as `<@alice>`. A zero-width space is
//! shown as `¦`. Messages to channels
//! arrive unless the channel refuses; queries are numbered and answered by `outcome of`.

mod cast;
mod codec;
mod names;
mod read;
mod script;
mod show;
mod stage;
mod world;

pub(crate) use codec::Json;
pub(crate) use stage::Stage;

use super::machine::Machine;
use expect_test::Expect;

/// Plays `script` in a fresh guild and compares what the machine did.
#[expect(
    clippy::needless_pass_by_value,
    reason = "`expect![[…]]` is written in place"
)]
pub(crate) fn check<M: Machine>(script: &str, expected: Expect) {
    let mut stage = Stage::<M>::new();
    expected.assert_eq(&stage.play(script));
}
