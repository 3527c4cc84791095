//! Whatever the gateway sends: a day of real frames, some of them damaged on the way, goes through
//! reading, routing and the machines. Nothing panics, no invariant breaks, reading takes no more memory
//! than its frame is worth, and what is stored in the end can be read. More of it with `PROPTEST_CASES`.

use crate::{
    acts::is_quiet,
    oracle::Oracle,
    record::{Frame, Recorder},
    states,
    support::{SOON, Town},
};
use guildhall::discord::{
    frame,
    from_discord::{Decoded, decode},
};
use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::{Map, Value, json};
use simulator::{ChannelKind, Id, InteractionHandle};
use std::sync::OnceLock;

/// What reading a frame may allocate at most, besides a multiple of its own length.
const SMALL_CHANGE: u64 = 64 << 10;
/// The multiple: a list of tiny members becomes a list of large ones.
const MEMORY_PER_BYTE: u64 = 128;

/// Frames of a lively day, and the ids of bot and application.
struct Day {
    frames: Vec<Frame>,
    bot: Id,
    app: Id,
}

fn day() -> &'static Day {
    static DAY: OnceLock<Day> = OnceLock::new();
    DAY.get_or_init(|| {
        let runtime = tokio::runtime::Runtime::new().expect("threads are to be had");
        runtime.block_on(live_a_day())
    })
}

/// Everything people can do that the bot reads.
async fn live_a_day() -> Day {
    let town = Town::new().await;
    let recorder = Recorder::start(&town.sim).await;
    let bot = town.bot().await;
    // The recorder has a connection too.
    town.until("the bot has its own", |sim| sim.counters().identifies == 2)
        .await;
    for line in [
        "/setup log channel:#mod-log",
        "/setup show",
        "/setup zone zone:Europe/Paris",
        "/welcome join channel:#welcome message:Hi {user}, you are number {count} || Hello {name}",
        "/welcome leave channel:#mod-log message:Bye {name}",
        "/help",
        "/about",
        "/ping",
        "/modversion",
    ] {
        town.moderate(line).await;
    }
    let typing = town
        .sim
        .autocomplete(town.general, town.moderator, "/setup zone zone:pari");
    typing.expect("it can be typed").answer(SOON).await;
    presses(&town).await;
    let sim = &town.sim;
    let role = sim.create_role(town.guild, "Helper", 8);
    let people: Vec<Id> = (0..12)
        .map(|n| town.newcomer(&format!("Guest {n}")))
        .collect();
    sim.give_role(town.guild, people[0], role);
    sim.set_nick(town.guild, people[1], Some("Nick"));
    sim.kick(town.guild, town.moderator, people[2], Some("advertising"));
    sim.ban(town.guild, town.moderator, people[3], None);
    sim.leave(town.guild, people[4]);
    sim.say(town.general, people[5], "hello");
    sim.say_dm(people[5], "hello");
    sim.delete_role(town.guild, role);
    sim.rename_guild(town.guild, "Townsville upon Sea");
    sim.set_unavailable(town.guild, true);
    sim.set_unavailable(town.guild, false);
    let gone = sim.create_channel(town.guild, "gone", ChannelKind::Text);
    sim.delete_channel(gone);
    town.greeted(&[people[11]]).await;
    town.sim.delete_channel(town.welcome);
    town.newcomer("Nobody is greeted");
    crate::acts::eventually("the day ends", || is_quiet(&bot)).await;
    sim.remove_bot(town.guild);
    sim.invite_bot(town.guild);
    town.moderate("/ping").await;
    let day = Day {
        frames: recorder.stop(),
        bot: town.sim.bot_user_id(),
        app: town.sim.application_id(),
    };
    bot.stop().await;
    day
}

/// The buttons below a preview, and the form behind the first.
async fn presses(town: &Town) {
    let asked = town.asks(town.moderator, "/welcome preview");
    let answer = asked.answer(SOON).await.expect("an answer");
    let shown = &answer.message;
    let message = shown["id"].as_str().and_then(|id| id.parse().ok());
    let message: Id = message.expect("it has an id");
    let mut forms: Vec<InteractionHandle> = Vec::new();
    for row in shown["components"].as_array().into_iter().flatten() {
        for button in row["components"].as_array().into_iter().flatten() {
            let id = button["custom_id"].as_str().expect("buttons have ids");
            let pressed = town.sim.click(message, id, town.moderator);
            let pressed = pressed.expect("it can be pressed");
            pressed.answer(SOON).await;
            forms.push(pressed);
        }
    }
    let form = forms.first().expect("a preview has buttons");
    let sent = town.sim.submit_modal(form, &[("text", "Welcome {user}!")]);
    sent.expect("the form is open").answer(SOON).await;
}

// --- Damage -------------------------------------------------------------------------------------

/// One thing that can happen to a frame.
#[derive(Clone, Debug)]
enum Harm {
    /// A value somewhere becomes another.
    Replace(Index, Value),
    /// A value somewhere goes.
    Remove(Index),
    /// A value somewhere is also put somewhere else.
    Move(Index, Index),
    /// A list somewhere becomes so many times as long.
    Grow(Index, usize),
    /// The event claims to be another.
    Rename(Index),
    /// The text is cut off, or something stands in it.
    Cut(Index),
    Insert(Index, String),
}

fn any_value() -> impl Strategy<Value = Value> {
    let nested = |depth: usize| (0..depth).fold(json!("x"), |inner, _| json!([inner]));
    let mapped =
        |depth: usize| (0..depth).fold(json!("x"), |inner, _| json!({ "options": [inner] }));
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<u64>().prop_map(|id| id.to_string().into()),
        (0..100_u64).prop_map(|id| id.to_string().into()),
        any::<String>().prop_map(Value::from),
        (1..4_000_usize).prop_map(|n| "\u{1F9EA}\u{200D}".repeat(n).into()),
        Just(Value::from("-99999-12-31T23:59:60.999999999Z")),
        Just(Value::from("9999-12-31T23:59:59Z")),
        Just(Value::from("{user} || {name} || ||")),
        Just(Value::from("g1:welcome:edit:join:and:so:on")),
        Just(Value::from("g1:settings#4294967295:")),
        Just(json!([])),
        Just(json!({})),
        (1..100_usize).prop_map(nested),
        (1..40_usize).prop_map(mapped),
    ]
}

fn harm() -> impl Strategy<Value = Harm> {
    let at = any::<Index>;
    prop_oneof![
        8 => (at(), any_value()).prop_map(|(at, value)| Harm::Replace(at, value)),
        3 => at().prop_map(Harm::Remove),
        3 => (at(), at()).prop_map(|(from, to)| Harm::Move(from, to)),
        2 => (at(), 2..300_usize).prop_map(|(at, times)| Harm::Grow(at, times)),
        1 => at().prop_map(Harm::Rename),
        1 => at().prop_map(Harm::Cut),
        1 => (at(), any::<String>()).prop_map(|(at, text)| Harm::Insert(at, text)),
    ]
}

/// Every place in a value, as a JSON pointer.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(inner, &format!("{here}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (n, inner) in items.iter().enumerate() {
                places(inner, &format!("{here}/{n}"), found);
            }
        }
        _ => {}
    }
}

impl Harm {
    fn befall(&self, text: &str, day: &Day) -> String {
        let Ok(mut frame) = serde_json::from_str::<Value>(text) else {
            return text.to_owned();
        };
        let mut all = Vec::new();
        places(&frame["d"], "/d", &mut all);
        let place = |at: &Index| all[at.index(all.len())].clone();
        match self {
            Self::Replace(at, value) => put(&mut frame, &place(at), value.clone()),
            Self::Remove(at) => put(&mut frame, &place(at), Value::Null),
            Self::Move(from, to) => {
                let value = frame.pointer(&place(from)).cloned().unwrap_or_default();
                put(&mut frame, &place(to), value);
            }
            Self::Grow(at, times) => {
                let lists = all.iter().filter(|at| {
                    let list = frame.pointer(at).and_then(Value::as_array);
                    list.is_some_and(|list| !list.is_empty())
                });
                let lists: Vec<&String> = lists.collect();
                if !lists.is_empty() {
                    let list = lists[at.index(lists.len())];
                    if let Some(Value::Array(items)) = frame.pointer_mut(list) {
                        let one = items[0].clone();
                        items.extend(std::iter::repeat_n(one, *times));
                    }
                }
            }
            Self::Rename(at) => {
                let other = &day.frames[at.index(day.frames.len())].text;
                let other: Value = serde_json::from_str(other).expect("frames are JSON");
                frame["t"] = other["t"].clone();
            }
            Self::Cut(at) => {
                let chars: Vec<char> = text.chars().collect();
                return chars[..at.index(chars.len())].iter().collect();
            }
            Self::Insert(at, more) => {
                let mut chars: Vec<char> = text.chars().collect();
                let at = at.index(chars.len());
                chars.splice(at..at, more.chars());
                return chars.into_iter().collect();
            }
        }
        frame.to_string()
    }
}

fn put(frame: &mut Value, at: &str, value: Value) {
    if let Some(old) = frame.pointer_mut(at) {
        *old = value;
    }
}

/// Reads a frame as the shard does: `None` when it cannot be used.
fn read(text: &str, oracle: &Oracle, day: &Day) -> Option<Decoded> {
    let context = oracle.context(day.bot, day.app);
    let mut found = None;
    let used = allocation_counter::measure(|| {
        found = frame::Frame::parse(text)
            .ok()
            .and_then(|frame| decode(&frame, &context).ok());
    });
    let length = u64::try_from(text.len()).expect("frames are short");
    let most = SMALL_CHANGE + MEMORY_PER_BYTE * length;
    assert!(
        used.bytes_max <= most,
        "{} bytes for a frame of {length}",
        used.bytes_max
    );
    found
}

/// CI has time for few days: each takes a good part of a second.
fn config() -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let usual = ProptestConfig::default();
    ProptestConfig {
        cases: if asked { usual.cases } else { 12 },
        max_shrink_iters: 500,
        ..usual
    }
}

proptest! {
    #[test]
    fn a_damaged_frame(which: Index, harms in vec(harm(), 1..6)) {
        let day = day();
        let oracle = Oracle::new(day.frames[0].at);
        let mut text = day.frames[which.index(day.frames.len())].text.clone();
        for harm in &harms {
            text = harm.befall(&text, day);
        }
        prop_assert_eq!(read(&text, &oracle, day), read(&text, &oracle, day));
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_day_with_damaged_frames(damage in vec((any::<Index>(), vec(harm(), 1..4)), 1..40)) {
        let day = day();
        let mut texts: Vec<String> = day.frames.iter().map(|frame| frame.text.clone()).collect();
        for (which, harms) in &damage {
            let text = &mut texts[which.index(day.frames.len())];
            for harm in harms {
                *text = harm.befall(text, day);
            }
        }
        let mut oracle = Oracle::new(day.frames[0].at);
        for text in &texts {
            let found = read(text, &oracle, day);
            oracle.suffer(found.unwrap_or(Decoded::Ignored));
        }
        oracle.rest();
        for (key, record) in oracle.states() {
            states::json(&key, Some(&record));
        }
    }
}

#[test]
fn a_day_holds_every_event_that_is_read() {
    let mut names: Vec<String> = Vec::new();
    for frame in &day().frames {
        let frame: Map<String, Value> = serde_json::from_str(&frame.text).expect("frames are JSON");
        names.extend(frame["t"].as_str().map(str::to_owned));
    }
    for name in [
        "READY",
        "GUILD_CREATE",
        "GUILD_UPDATE",
        "GUILD_DELETE",
        "CHANNEL_DELETE",
        "GUILD_ROLE_DELETE",
        "GUILD_MEMBER_ADD",
        "GUILD_MEMBER_UPDATE",
        "GUILD_MEMBER_REMOVE",
        "GUILD_AUDIT_LOG_ENTRY_CREATE",
        "GUILD_BAN_ADD",
        "MESSAGE_CREATE",
        "INTERACTION_CREATE",
    ] {
        assert!(names.iter().any(|found| found == name), "{name}");
    }
}
