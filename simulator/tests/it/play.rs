//! People, stories and traffic.

use crate::bot::{Bot, PATIENCE, start, start_with};
use serde_json::json;
use simulator::play::lively::Lively;
use simulator::play::population::Population;
use simulator::play::story::{Pace, Step, Story, StoryError};
use simulator::play::traffic::{Crowd, mix};
use simulator::{Simulator, Verb};
use std::time::{Duration, Instant};
use twilight_gateway::Intents;

#[tokio::test]
async fn a_population_repeats_for_its_seed() {
    let sims = [start().await, start().await];
    let mut names = Vec::new();
    for sim in &sims {
        let people = Population::build(sim, "Town", 3, true);
        assert_eq!(people.members.len(), 12);
        let shown =
            |id: &u64| sim.member(people.guild, *id).unwrap()["user"]["global_name"].clone();
        names.push(people.members.iter().map(shown).collect::<Vec<_>>());
    }
    assert_eq!(names[0], names[1]);
}

#[tokio::test]
async fn a_lively_guild_is_understood_by_strict_models() {
    let sim = start().await;
    let people = Population::build(&sim, "Town", 3, true);
    let mut bot = Bot::connect(&sim, Intents::all()).await;
    let general = people.channel("general");
    let mut feed = sim.feed();
    let owner = people.owner;
    let mut lively = Lively::new(people, 5);
    for _ in 0..500 {
        lively.next_act(&sim);
    }
    assert!(feed.try_next().is_some());
    sim.say(general, owner, "the end");
    while bot.message().await != "the end" {}
}

/// A bot that posts whatever happens, to see that stories wait for it.
async fn parrot(sim: Simulator) {
    let path = |channel: u64| format!("/channels/{channel}/messages");
    let mut feed = sim.feed();
    while let Some(item) = feed.next().await {
        if item.by_bot {
            continue;
        }
        if let (simulator::Seen::Posted, Some(channel)) = (item.seen, item.channel) {
            let body = json!({"content": item.text});
            crate::raw::request(&sim, "POST", &path(channel), Some(&body)).await;
        }
    }
}

fn echo() -> Story {
    let say = Verb::Say {
        guild: None,
        channel: "general".into(),
        user: "Mo".into(),
        text: "polly".into(),
    };
    Story {
        name: "echo",
        about: "",
        with_bot: true,
        steps: vec![
            Step::Tell("Mo speaks."),
            Step::Do(say),
            Step::UntilPost("general"),
        ],
    }
}

#[tokio::test]
async fn a_story_waits_for_the_bot_and_says_when_in_vain() {
    let sim = start().await;
    let people = Population::build(&sim, "Town", 3, true);
    let hasty = Pace {
        slowness: 0.0,
        patience: Duration::from_millis(50),
    };
    let error = echo().play(&sim, &people, hasty).await.unwrap_err();
    assert!(
        matches!(error, StoryError::Waited { step: 3, .. }),
        "{error}"
    );
    let bot = tokio::spawn(parrot(sim.clone()));
    tokio::task::yield_now().await;
    echo()
        .play(
            &sim,
            &people,
            Pace {
                slowness: 0.0,
                patience: PATIENCE,
            },
        )
        .await
        .unwrap();
    bot.abort();
}

/// Not a benchmark, but a floor: far more than tens of thousands of events per minute, to a client that parses.
#[tokio::test]
async fn traffic_flows() {
    const ACTS: usize = 20_000;
    let sim = start_with(|config| config.rate_limits = false).await;
    let mut crowd = Crowd::build(&sim, 5, 40);
    let mut bot = Bot::connect(&sim, Intents::all()).await;
    let began = Instant::now();
    for act in mix(1).take(ACTS) {
        crowd.perform(act);
    }
    let place = &crowd.places[0];
    sim.say(place.talk, place.members[0], "the end");
    while bot.message().await != "the end" {}
    assert!(
        began.elapsed() < Duration::from_secs(60),
        "{ACTS} acts took {:?}",
        began.elapsed()
    );
    assert!(sim.counters().dispatched as usize > ACTS * 9 / 10);
}
