//! When members were last active, as people read it.

use crate::{
    acts::{eventually, is_quiet},
    process::Process,
    support::{SOON, Town},
};
use actors::{
    kernel::{
        address::{Address, Kind},
        ids::GuildId,
        machine::RowKey,
        record::{Record, Snapshot as _, Space},
        time::Span,
    },
    presence::{Member, Row, State},
};
use serde_json::Value;
use simulator::{AnswerKind, ChannelKind, Id, InteractionAnswer};
use snapshots::Bincode;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

impl Town {
    async fn seen(&self, user: Id) -> String {
        let answer = self
            .asks(self.moderator, &format!("/seen user:<@{user}>"))
            .answer(SOON)
            .await;
        answer.expect("an answer").text()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_member_has_just_done_is_in_the_answer() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let ann = town.newcomer("Ann");
    for n in 1..=20 {
        town.sim.say(town.general, ann, "hello");
        let seen = town.seen(ann).await;
        let wrote = if n == 1 { "message" } else { "messages" };
        assert!(seen.contains(&format!("{n} {wrote},")), "after {n}: {seen}");
    }
    // Nobody asks between these: they become one turn.
    for _ in 0..20 {
        town.sim.typing(town.general, ann);
    }
    eventually("signs of life are merged, and counted", || {
        bot.hub().core(|core| core.merged()) > 0
    })
    .await;
    let lounge = town
        .sim
        .create_channel(town.guild, "lounge", ChannelKind::Voice);
    assert!(town.sim.join_voice(lounge, ann));
    assert!(
        town.seen(ann)
            .await
            .contains(&format!("now in <#{lounge}>"))
    );
    bot.stop().await;

    // It is remembered, and who left voice meanwhile is no longer there.
    town.sim.leave_voice(town.guild, ann);
    town.sim.refuse_resume_next(1);
    let bot = town.bot().await;
    eventually("the gap is closed", || is_quiet(&bot)).await;
    let seen = town.seen(ann).await;
    assert!(seen.contains("20 messages,"), "{seen}");
    assert!(!seen.contains("now in"), "{seen}");
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_recorded_where_moderators_do_not_want_it() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let ann = town.newcomer("Ann");
    town.sim.say(town.general, ann, "hello");
    town.moderate("/presence settings track:False").await;
    assert!(town.seen(ann).await.contains("not recorded"));
    town.moderate("/presence settings track:True").await;
    assert!(town.seen(ann).await.contains("not seen"));
    bot.stop().await;
}

/// The message of an answer, to press its buttons.
fn id_of(answer: &InteractionAnswer) -> Id {
    let id = answer.message["id"].as_str();
    id.and_then(|id| id.parse().ok()).expect("an id")
}

impl Town {
    async fn leafs(&self, message: Id, button: &str) -> InteractionAnswer {
        let id = format!("g1:presence:{button}");
        let handle = self.sim.click(message, &id, self.moderator);
        let answer = handle.expect("a button").answer(SOON).await;
        answer.expect("an answer")
    }

    /// What the newest uploaded file says.
    pub(crate) fn uploaded(&self) -> (String, String) {
        let requests = self.sim.requests();
        let file = requests
            .iter()
            .rev()
            .find_map(|request| request.files.first());
        let file = file.expect("a file was uploaded");
        (file.filename.clone(), file.text.clone())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_leafed_through_in_place_and_outlives_a_restart() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let members: Vec<Id> = (0..12)
        .map(|n| town.newcomer(&format!("Member {n}")))
        .collect();
    for (n, member) in members.iter().enumerate() {
        for _ in 0..=n {
            town.sim.say(town.general, *member, "hello");
        }
    }
    let top = town.asks(town.moderator, "/presence top by:Messages");
    let top = top.answer(SOON).await.expect("a list");
    let text = top.text();
    assert!(
        text.contains(&format!("1. <@{}> · 12 messages", members[11])),
        "{text}"
    );
    assert!(
        text.contains(&format!("10. <@{}> · 3 messages", members[2])),
        "{text}"
    );
    assert!(!text.contains("11."), "{text}");
    assert!(top.ephemeral);
    let second = town.leafs(id_of(&top), "top:1:messages:on").await;
    assert_eq!(
        (second.kind, id_of(&second)),
        (AnswerKind::Update, id_of(&top))
    );
    assert!(
        second
            .text()
            .contains(&format!("12. <@{}> · 1 message", members[0]))
    );
    bot.stop().await;

    let bot = town.bot().await;
    let first = town.leafs(id_of(&top), "top:0:messages:back").await;
    assert_eq!(id_of(&first), id_of(&top));
    assert!(first.text().contains("1. <@"), "{}", first.text());
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_been_silent_is_listed_and_everything_comes_as_a_file() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let (ann, bea) = (town.newcomer("Ann"), town.newcomer("Bea"));
    for user in [ann, bea] {
        town.sim.say(town.general, user, "hello");
    }
    assert!(town.seen(bea).await.contains("1 message,"));
    let answer = town.moderate("/presence inactive days:1").await;
    assert!(answer.contains("has been inactive for 1 day"), "{answer}");
    town.sim.advance(Duration::from_secs(49 * 3_600));
    bot.hub().clock.turn_on(Span::hours(49));
    town.sim.say(town.general, bea, "hello again");
    let answer = town.moderate("/presence inactive days:1").await;
    assert!(
        answer.contains(&format!("1. <@{ann}> · 2 days 1 hour")),
        "{answer}"
    );
    assert!(!answer.contains(&format!("<@{bea}>")), "{answer}");

    let answer = town.asks(town.moderator, "/presence export format:JSON");
    let answer = answer.answer(SOON).await.expect("a file");
    assert_eq!(
        (answer.kind, answer.ephemeral),
        (AnswerKind::Deferred, true)
    );
    let (name, text) = town.uploaded();
    assert_eq!(answer.message["attachments"][0]["filename"], name.as_str());
    let lines: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let of = |user: Id| {
        let id = user.to_string();
        lines.iter().find(|line| line["user_id"] == id.as_str())
    };
    assert_eq!(of(ann).expect("a line")["messages"], 1);
    assert_eq!(of(bea).expect("a line")["messages"], 2);
    town.moderate("/presence export").await;
    let (name, text) = town.uploaded();
    assert!(
        name.ends_with(".csv") && text.starts_with("user_id,last_seen,"),
        "{text}"
    );
    assert!(text.contains(&format!("\n{ann},")), "{text}");
    bot.stop().await;
}

impl Town {
    /// What the tracker remembers of the members of the town, with the head, while no bot is there.
    fn tracked(&self) -> (State, BTreeMap<Id, Member>) {
        let guild = GuildId::new(self.guild).expect("not zero");
        let tracker = Address::guild(Kind::Presence, guild);
        let records = crate::states::of_store(&self.data.path().join("data"));
        let (mut head, mut members) = (State::default(), BTreeMap::new());
        for (key, record) in records
            .iter()
            .filter(|(key, _)| key.address() == Some(tracker))
        {
            if key.space() == Some(Space::Head) {
                head = State::from_record(&Bincode, record).expect("the head reads");
            }
            let user = RowKey::new(key.tail()).as_user();
            if let Some((user, Row::Member(member))) = user.zip(row(record)) {
                members.insert(user.get(), member);
            }
        }
        (head, members)
    }
}

fn row(record: &Record) -> Option<Row> {
    Row::from_record(&Bincode, record).ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_in_a_large_guild_is_known_though_the_bot_is_killed_at_it() {
    let town = Town::new().await;
    let mut people: BTreeSet<Id> = (0..2_500)
        .map(|n| town.newcomer(&format!("Member {n}")))
        .collect();
    people.insert(town.moderator);
    let robot = town.sim.add_bot("Robot");
    assert!(town.sim.join(town.guild, robot));
    let mut random = fastrand::Rng::with_seed(4);
    for n in 0..6 {
        let process = Process::start(&town.sim, town.data.path());
        process.connected(&town.sim).await;
        tokio::time::sleep(Duration::from_millis(random.u64(0..600))).await;
        process.kill();
        // Some leave and come while nobody looks.
        let gone = *people.iter().nth(100 * n).expect("there are so many");
        if gone != town.moderator && n % 2 == 0 {
            assert!(town.sim.leave(town.guild, gone) && people.remove(&gone));
            people.insert(town.newcomer("Late"));
        }
        if n == 3 {
            town.sim.refuse_resume_next(1);
        }
    }
    let process = Process::start(&town.sim, town.data.path());
    town.ready().await;
    let quiet = people.first().copied().expect("somebody is there");
    let began = tokio::time::Instant::now();
    while !town.seen(quiet).await.contains("Here since")
        || !town.seen(robot).await.contains("no record")
    {
        assert!(began.elapsed() < SOON, "{}", town.seen(quiet).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(process.terminate().await.success());
    let (head, members) = town.tracked();
    assert!(
        head.catalogue.known && head.catalogue.call.is_none(),
        "{:?}",
        head.catalogue
    );
    let here = members.iter().filter(|(_, member)| member.left.is_none());
    let here: BTreeSet<Id> = here.map(|(user, _)| *user).collect();
    assert_eq!(here, people);
    let joined = members.values().filter(|member| member.left.is_none());
    assert_eq!(joined.filter(|member| member.joined.is_none()).count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days_in_which_the_bot_was_not_there_count_for_nobody() {
    let town = Town::new().await;
    let ann = town.newcomer("Ann");
    let bot = town.bot().await;
    eventually("everybody is known", || is_quiet(&bot)).await;
    town.sim.say(town.general, ann, "hello");
    assert!(town.seen(ann).await.contains("Idle for **"));

    town.sim.gateway_down(true);
    eventually("the connection is lost", || {
        bot.status().gateway == "offline"
    })
    .await;
    town.sim.advance(Duration::from_secs(3 * 86_400));
    bot.hub().clock.turn_on(Span::days(3));
    town.sim.refuse_resume_next(1);
    town.sim.gateway_down(false);
    eventually("a gap is noticed", || bot.status().open_gaps > 0).await;
    eventually("the gap is closed", || is_quiet(&bot)).await;
    let seen = town.seen(ann).await;
    assert!(seen.contains("= 3 days"), "{seen}");
    assert!(seen.contains("minus 3 days"), "{seen}");
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_thing_that_somebody_does_is_seen_as_what_it_is() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let (ann, sim) = (town.newcomer("Ann"), &town.sim);
    let does = async |text: &str| {
        let seen = town.seen(ann).await;
        assert!(seen.contains(text), "{text}: {seen}");
    };
    let message = sim.say(town.general, ann, "hello");
    does("wrote in").await;
    assert!(sim.edit(message, "hello all"));
    does("edited a message").await;
    assert!(sim.react(message, ann, "👍"));
    does("reacted in").await;
    does(" 1 reaction,").await;
    assert!(sim.unreact(message, ann, "👍"));
    does(" 2 reactions,").await;
    sim.typing(town.general, ann);
    does("typed in").await;
    let lounge = sim.create_channel(town.guild, "lounge", ChannelKind::Voice);
    assert!(sim.join_voice(lounge, ann));
    does("was in voice").await;
    assert!(sim.set_self_mute(town.guild, ann, true, false));
    does("changed their microphone, camera or stream").await;
    assert!(sim.leave_voice(town.guild, ann));
    does("left voice").await;
    let thread = sim.create_thread(town.general, "cards", ann);
    does(&format!("joined the thread <#{thread}>")).await;
    sim.typing(town.general, ann);
    let other = sim.create_thread(town.general, "dice", town.moderator);
    assert!(sim.change_thread(other, ann, true));
    does(&format!("joined the thread <#{other}>")).await;
    let event = sim.create_event(town.guild, "Tournament", town.moderator);
    for interested in [true, false] {
        sim.typing(town.general, ann);
        does("typed in").await;
        assert!(sim.answer_event(event, ann, interested));
        does("said whether an event interests them").await;
    }
    sim.presence(town.guild, ann, "idle", None);
    does("Status last changed").await;
    does("said whether").await;
    town.moderate("/presence settings count:status").await;
    sim.presence(town.guild, ann, "online", None);
    does("changed their status").await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_moderators_leave_out_is_no_sign_of_life_and_stays_left_out() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let (ann, sim) = (town.newcomer("Ann"), &town.sim);
    let shown = town
        .moderate(&format!(
            "/presence settings skip:typing ignore:<#{}>",
            town.welcome
        ))
        .await;
    assert!(shown.contains(&format!("<#{}>", town.welcome)), "{shown}");
    sim.typing(town.general, ann);
    sim.say(town.welcome, ann, "hello");
    assert!(town.seen(ann).await.contains("not seen"));
    bot.stop().await;

    let bot = town.bot().await;
    sim.say(town.general, ann, "hello");
    sim.typing(town.general, ann);
    sim.say(town.welcome, ann, "hello");
    let seen = town.seen(ann).await;
    assert!(
        seen.contains("wrote in") && seen.contains("1 message,"),
        "{seen}"
    );
    let general = format!("<#{}>", town.general);
    assert!(seen.contains(&general), "{seen}");
    sim.delete_channel(town.welcome);
    let shown = town.moderate("/presence settings count:typing").await;
    assert!(shown.contains("none"), "{shown}");
    sim.typing(town.general, ann);
    assert!(town.seen(ann).await.contains("typed in"));
    bot.stop().await;
}
