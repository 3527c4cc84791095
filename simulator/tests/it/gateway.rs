//! Sessions as twilight sees them: identify, events, resume, intents, shards.

use crate::bot::{Bot, PATIENCE, start, start_with};
use simulator::{ChannelKind, GuildOptions, Id, SimConfig, Simulator, grants, permissions};
use std::time::Duration;
use twilight_gateway::{CloseFrame, Event, Intents, ShardId};
use twilight_model::channel::message::EmojiReactionType;
use twilight_model::gateway::payload::outgoing::RequestGuildMembers;

pub(crate) struct Town {
    pub(crate) guild: Id,
    pub(crate) hall: Id,
    pub(crate) ada: Id,
    pub(crate) owner: Id,
}

pub(crate) fn town(sim: &Simulator) -> Town {
    let owner = sim.add_user("Olga");
    let guild = sim.create_guild(
        "Town",
        &GuildOptions {
            owner: Some(owner),
            ..GuildOptions::default()
        },
    );
    let hall = sim.create_channel(guild, "hall", ChannelKind::Text);
    let ada = sim.add_user("Ada");
    sim.join(guild, ada);
    Town {
        guild,
        hall,
        ada,
        owner,
    }
}

#[tokio::test]
async fn identify_brings_ready_and_the_guild_in_full() {
    let sim = start().await;
    let town = town(&sim);
    let voice = sim.create_channel(town.guild, "talk", ChannelKind::Voice);
    let _forum = sim.create_channel(town.guild, "ideas", ChannelKind::Forum);
    let _thread = sim.create_thread(town.hall, "a thread", town.ada);
    sim.join_voice(voice, town.ada);
    sim.presence(town.guild, town.ada, "online", Some("chess"));
    let mut bot = Bot::dial(&sim, ShardId::ONE, Intents::all(), None);
    let ready = bot.until(|event| match event {
        Event::Ready(ready) => Some(ready.clone()),
        _ => None,
    });
    let ready = ready.await;
    assert_eq!(ready.user.id.get(), sim.bot_user_id());
    assert_eq!(ready.application.id.get(), sim.application_id());
    assert!(ready.guilds[0].unavailable);
    let guild = bot.until(|event| match event {
        Event::GuildCreate(created) => Some(created.clone()),
        _ => None,
    });
    let twilight_model::gateway::payload::incoming::GuildCreate::Available(guild) = *guild.await
    else {
        panic!("the guild is up");
    };
    assert_eq!(guild.name, "Town");
    assert_eq!(guild.member_count, Some(3));
    assert_eq!(guild.members.len(), 3);
    assert_eq!(guild.channels.len(), 3);
    assert_eq!(guild.threads.len(), 1);
    assert_eq!(guild.voice_states.len(), 1);
    assert_eq!(guild.presences.len(), 1);
    assert_eq!(guild.roles.len(), 2);
}

/// Every kind of event that a verb can cause is understood by strict models.
#[tokio::test]
async fn every_event_parses() {
    let sim = start().await;
    let town = town(&sim);
    let voice = sim.create_channel(town.guild, "talk", ChannelKind::Voice);
    let mut bot = Bot::connect(&sim, Intents::all()).await;
    let bob = sim.add_user("Bob 🦊");
    sim.join(town.guild, bob);
    sim.set_nick(town.guild, bob, Some("Bobby"));
    let role = sim.create_role(town.guild, "friends", permissions::EVERYONE);
    sim.give_role(town.guild, bob, role);
    sim.take_role(town.guild, bob, role);
    sim.set_role_permissions(town.guild, role, 0);
    let message = sim.say(town.hall, bob, "hello <@1>");
    let answer = sim.reply(town.hall, town.ada, message, "hi");
    sim.edit(message, "hello!");
    sim.react(message, town.ada, "👍");
    sim.unreact(message, town.ada, "👍");
    sim.pin(message, true);
    sim.delete_message(answer);
    sim.say_dm(bob, "psst");
    sim.typing(town.hall, bob);
    sim.presence(town.guild, bob, "idle", None);
    sim.join_voice(voice, bob);
    sim.set_self_mute(town.guild, bob, true, false);
    sim.set_stream(town.guild, bob, true);
    sim.leave_voice(town.guild, bob);
    let thread = sim.create_thread(town.hall, "thread", bob);
    assert!(sim.change_thread(thread, town.ada, true));
    let event = sim.create_event(town.guild, "Cup", bob);
    for interested in [true, false] {
        assert!(sim.answer_event(event, town.ada, interested));
        assert!(!sim.answer_event(event, town.ada, interested));
    }
    sim.rename_channel(town.hall, "entrance");
    sim.rename_guild(town.guild, "City");
    sim.delete_role(town.guild, role);
    sim.delete_channel(voice);
    sim.kick(town.guild, town.owner, bob, Some("rules"));
    sim.ban(town.guild, town.owner, bob, None);
    sim.unban(town.guild, town.owner, bob);
    sim.set_unavailable(town.guild, true);
    sim.set_unavailable(town.guild, false);
    let _late = sim.create_guild("Second", &GuildOptions::default());
    sim.remove_bot(town.guild);
    let mut kinds = std::collections::BTreeSet::new();
    let mut last = false;
    while !last {
        let event = bot.next().await;
        last = matches!(&event, Event::GuildDelete(gone) if gone.unavailable != Some(true));
        kinds.insert(format!("{:?}", event.kind()));
    }
    for kind in [
        "MemberAdd",
        "MemberUpdate",
        "MemberRemove",
        "RoleCreate",
        "RoleUpdate",
        "RoleDelete",
        "MessageCreate",
        "MessageUpdate",
        "MessageDelete",
        "ReactionAdd",
        "ReactionRemove",
        "ChannelPinsUpdate",
        "TypingStart",
        "PresenceUpdate",
        "VoiceStateUpdate",
        "ThreadCreate",
        "ThreadMembersUpdate",
        "GuildScheduledEventCreate",
        "GuildScheduledEventUserAdd",
        "GuildScheduledEventUserRemove",
        "ChannelUpdate",
        "ChannelDelete",
        "GuildUpdate",
        "BanAdd",
        "BanRemove",
        "GuildAuditLogEntryCreate",
        "GuildCreate",
        "GuildDelete",
    ] {
        assert!(kinds.contains(kind), "{kind} is missing in {kinds:?}");
    }
}

#[tokio::test]
async fn resume_replays_exactly_what_was_missed() {
    let sim = start().await;
    let town = town(&sim);
    let mut bot = Bot::connect(&sim, Intents::all()).await;
    sim.say(town.hall, town.ada, "one");
    assert_eq!(bot.message().await, "one");
    let session = bot.shard.session().unwrap().clone();
    bot.shard.close(CloseFrame::RESUME);
    bot.until(|event| matches!(event, Event::GatewayClose(_)).then_some(()))
        .await;
    drop(bot);
    sim.say(town.hall, town.ada, "two");
    sim.say(town.hall, town.ada, "three");
    let seen = session.sequence();
    let mut bot = Bot::dial(&sim, ShardId::ONE, Intents::all(), Some(session));
    assert_eq!(bot.message().await, "two");
    assert_eq!(bot.message().await, "three");
    bot.until(|event| matches!(event, Event::Resumed).then_some(()))
        .await;
    assert_eq!(bot.shard.session().unwrap().sequence(), seen + 3);
    assert_eq!(sim.counters().resumes, 1);
    assert_eq!(sim.counters().identifies, 1);
}

#[tokio::test]
async fn resumed_may_repeat_the_last_number() {
    let sim = start_with(|config| config.resumed_takes_seq = false).await;
    let town = town(&sim);
    let mut bot = Bot::connect(&sim, Intents::all()).await;
    sim.cut_gateway();
    sim.say(town.hall, town.ada, "missed");
    assert_eq!(bot.message().await, "missed");
    bot.until(|event| matches!(event, Event::Resumed).then_some(()))
        .await;
    sim.say(town.hall, town.ada, "live");
    assert_eq!(bot.message().await, "live");
}

#[tokio::test]
async fn a_cut_connection_resumes_by_itself() {
    let sim = start().await;
    let town = town(&sim);
    let mut bot = Bot::connect(&sim, Intents::all()).await;
    sim.cut_gateway();
    sim.say(town.hall, town.ada, "while away");
    assert_eq!(bot.message().await, "while away");
    sim.reconnect_op();
    bot.until(|event| matches!(event, Event::Resumed).then_some(()))
        .await;
    assert_eq!(sim.counters().identifies, 1);
}

#[tokio::test]
async fn a_refused_resume_leads_to_a_new_session() {
    let sim = start().await;
    let town = town(&sim);
    let mut bot = Bot::connect(&sim, Intents::all()).await;
    let first = bot.shard.session().unwrap().id().to_owned();
    sim.refuse_resume_next(1);
    sim.cut_gateway();
    sim.say(town.hall, town.ada, "lost");
    bot.until(|event| matches!(event, Event::Ready(_)).then_some(()))
        .await;
    assert_ne!(bot.shard.session().unwrap().id(), first);
    assert_eq!(sim.counters().refused_resumes, 1);
}

#[tokio::test]
async fn a_session_expires_after_a_few_minutes() {
    let sim = start().await;
    town(&sim);
    let mut bot = Bot::connect(&sim, Intents::all()).await;
    sim.gateway_down(true);
    sim.wait_for(PATIENCE, |sim| (!sim.is_connected()).then_some(()))
        .await
        .unwrap();
    sim.advance(Duration::from_secs(200));
    sim.gateway_down(false);
    bot.until(|event| matches!(event, Event::Ready(_)).then_some(()))
        .await;
    assert_eq!(sim.counters().refused_resumes, 1);
}

#[tokio::test]
async fn what_a_heartbeat_confirmed_may_be_gone() {
    let sim = start_with(|config| config.heartbeat_interval = Duration::from_millis(200)).await;
    let town = town(&sim);
    let mut bot = Bot::connect(&sim, Intents::all()).await;
    let before = bot.shard.session().unwrap().clone();
    sim.say(town.hall, town.ada, "seen but not stored");
    assert_eq!(bot.message().await, "seen but not stored");
    let confirmed = bot.shard.session().unwrap().sequence();
    // Drive the shard until its heartbeat has confirmed the message.
    let heard = sim.wait_for(PATIENCE, |sim| {
        let seq = sim.snapshot().sessions[0]["heartbeat_seq"].as_u64();
        (seq == Some(confirmed)).then_some(())
    });
    tokio::select! {
        heard = heard => heard.unwrap(),
        () = async { loop { bot.next().await; } } => {}
    }
    drop(bot);
    sim.trim_replay_to_last_heartbeat();
    let mut bot = Bot::dial(&sim, ShardId::ONE, Intents::all(), Some(before));
    bot.until(|event| matches!(event, Event::Ready(_)).then_some(()))
        .await;
    assert_eq!(sim.counters().refused_resumes, 1);
}

#[tokio::test]
async fn events_arrive_twice_when_told_to() {
    let sim = start().await;
    let town = town(&sim);
    let mut bot = Bot::connect(&sim, Intents::all()).await;
    sim.duplicate_next_event(1);
    sim.say(town.hall, town.ada, "echo");
    sim.say(town.hall, town.ada, "end");
    assert_eq!(bot.message().await, "echo");
    assert_eq!(bot.message().await, "echo");
    assert_eq!(bot.message().await, "end");
}

#[tokio::test]
async fn intents_decide_what_is_sent() {
    let sim = start().await;
    let town = town(&sim);
    let mut bot = Bot::connect(&sim, Intents::GUILDS | Intents::GUILD_MESSAGES).await;
    let bob = sim.add_user("Bob");
    sim.join(town.guild, bob);
    sim.typing(town.hall, bob);
    sim.say_dm(bob, "private");
    sim.say(town.hall, bob, "secret");
    let me = sim.bot_user_id();
    sim.say(town.hall, bob, &format!("hello <@{me}>"));
    let first = bot.next().await;
    let Event::MessageCreate(first) = first else {
        panic!("only messages were asked for, not {first:?}")
    };
    assert_eq!(first.content, "", "no content without its intent");
    assert_eq!(
        bot.message().await,
        format!("hello <@{me}>"),
        "but when the bot is mentioned"
    );
}

#[tokio::test]
async fn privileged_intents_close_with_4014() {
    let sim = start_with(|config| config.application_flags = grants::PRESENCE_LIMITED).await;
    town(&sim);
    let mut bot = Bot::dial(
        &sim,
        ShardId::ONE,
        Intents::GUILDS | Intents::GUILD_MEMBERS,
        None,
    );
    let code = bot.until(|event| match event {
        Event::GatewayClose(Some(frame)) => Some(frame.code),
        _ => None,
    });
    assert_eq!(code.await, 4014);
}

#[tokio::test]
async fn guilds_are_spread_over_shards_and_messages_to_the_bot_go_to_the_first() {
    let sim = start().await;
    let mut homes: Vec<Town> = Vec::new();
    // Ids made within one millisecond share a shard, so let time pass in between.
    while homes.len() < 2 {
        sim.advance(Duration::from_millis(1));
        let next = town(&sim);
        let shard = (next.guild >> 22) % 2;
        if homes.iter().all(|home| (home.guild >> 22) % 2 != shard) {
            homes.push(next);
        }
    }
    homes.sort_by_key(|home| (home.guild >> 22) % 2);
    let mut shards = Vec::new();
    for number in 0..2 {
        let mut bot = Bot::dial(&sim, ShardId::new(number, 2), Intents::all(), None);
        bot.until(|event| matches!(event, Event::Ready(_)).then_some(()))
            .await;
        shards.push(bot);
    }
    for (number, home) in homes.iter().enumerate() {
        sim.say(home.hall, home.ada, &format!("guild {number}"));
    }
    sim.say_dm(homes[1].ada, "direct");
    assert_eq!(shards[0].message().await, "guild 0");
    assert_eq!(shards[0].message().await, "direct");
    assert_eq!(shards[1].message().await, "guild 1");
}

#[tokio::test]
async fn members_come_in_chunks_and_not_twice_in_thirty_seconds() {
    let sim = start().await;
    let town = town(&sim);
    for number in 0..2_500 {
        let user = sim.add_user(&format!("Member {number}"));
        sim.join(town.guild, user);
    }
    let mut bot = Bot::connect(&sim, Intents::all()).await;
    let guild = twilight_model::id::Id::new(town.guild);
    bot.shard.command(
        &RequestGuildMembers::builder(guild)
            .nonce("n")
            .query("", None),
    );
    let mut sizes = Vec::new();
    while sizes.len() < 3 {
        let chunk = bot.until(|event| match event {
            Event::MemberChunk(chunk) => Some(chunk.clone()),
            _ => None,
        });
        let chunk = chunk.await;
        assert_eq!(
            (chunk.chunk_index as usize, chunk.chunk_count),
            (sizes.len(), 3)
        );
        assert_eq!(chunk.nonce.as_deref(), Some("n"));
        sizes.push(chunk.members.len());
    }
    assert_eq!(sizes, [1_000, 1_000, 503]);
    bot.shard.command(
        &RequestGuildMembers::builder(guild)
            .user_ids([
                twilight_model::id::Id::new(town.ada),
                twilight_model::id::Id::new(1),
            ])
            .unwrap(),
    );
    let chunk = bot.until(|event| match event {
        Event::MemberChunk(chunk) => Some(chunk.clone()),
        _ => None,
    });
    let chunk = chunk.await;
    assert_eq!((chunk.members.len(), chunk.not_found.len()), (1, 1));
}

#[tokio::test]
async fn a_large_guild_shows_only_who_is_online() {
    let sim = Simulator::start(SimConfig::default()).await.unwrap();
    let town = town(&sim);
    for number in 0..60 {
        let user = sim.add_user(&format!("m{number}"));
        sim.join(town.guild, user);
    }
    sim.presence(town.guild, town.ada, "dnd", None);
    let mut bot = Bot::dial(&sim, ShardId::ONE, Intents::all(), None);
    let guild = bot.until(|event| match event {
        Event::GuildCreate(created) => Some(created.clone()),
        _ => None,
    });
    let twilight_model::gateway::payload::incoming::GuildCreate::Available(guild) = *guild.await
    else {
        panic!("the guild is up");
    };
    assert!(guild.large);
    assert_eq!(guild.member_count, Some(63));
    assert_eq!(guild.members.len(), 2, "Ada and the bot");
}

#[tokio::test]
async fn a_reaction_names_the_message_and_the_emoji() {
    let sim = start().await;
    let town = town(&sim);
    let mut bot = Bot::connect(&sim, Intents::all()).await;
    let message = sim.say(town.hall, town.ada, "vote");
    sim.react(message, town.ada, "party:99");
    let reaction = bot.until(|event| match event {
        Event::ReactionAdd(reaction) => Some(reaction.0.clone()),
        _ => None,
    });
    let reaction = reaction.await;
    assert_eq!(reaction.message_id.get(), message);
    assert!(matches!(reaction.emoji, EmojiReactionType::Custom { id, .. } if id.get() == 99));
}
