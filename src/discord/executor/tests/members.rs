use super::*;
use actors::kernel::{call::Permissions, ids::RoleId};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

fn guild() -> GuildId {
    GuildId::new(1).unwrap()
}

fn role(n: u64) -> RoleId {
    RoleId::new(n).unwrap()
}

/// When the member joined, on Discord's clock.
const JOINED: Timestamp = Timestamp::from_millis(1_600_000_000_000);

fn kick(joined_at: Option<Timestamp>) -> Job {
    job(Effect::Kick {
        guild: guild(),
        user: user(10),
        joined_at,
        reason: "idle & gone".to_owned(),
    })
}

fn member_json(joined: &str, roles: &[&str]) -> Value {
    json!({"user": {"id": "10", "username": "ann"}, "roles": roles, "joined_at": joined})
}

fn here() -> Value {
    member_json("2020-09-13T12:26:40Z", &["40", "41", "42", "43"])
}

#[tokio::test]
async fn who_is_kicked_is_looked_at_before_every_try() {
    let there = Arc::new(AtomicBool::new(true));
    let still = Arc::clone(&there);
    let fake = Fake::start(move |seen, _| match seen.method.as_str() {
        "GET" if still.load(Ordering::SeqCst) => Act::json(200, &here()),
        "GET" => Act::error(404, 10_007),
        // It happens, and the answer is lost.
        _ => {
            still.store(false, Ordering::SeqCst);
            Act::Drop
        }
    })
    .await;
    let (look, act) = ("GET guilds/1/members/10", "DELETE guilds/1/members/10");
    assert_eq!(run(&fake, &kick(Some(JOINED)), &WORLD).await, Sent::Unclear);
    assert_eq!(fake.lines(), [look, act]);
    assert_eq!(
        fake.seen()[1].header("x-audit-log-reason"),
        Some("idle%20%26%20gone")
    );
    let again = run(&fake, &kick(Some(JOINED)), &WORLD).await;
    assert_eq!(again, Sent::Done(Outcome::Done));
    assert_eq!(fake.lines(), [look, act, look], "they are gone already");
}

#[tokio::test]
async fn who_joined_again_since_is_left_alone() {
    let fake = Fake::start(|_, _| Act::json(200, &here())).await;
    for joined in [None, Some(JOINED + Span::seconds(1))] {
        assert_eq!(code_of(&run(&fake, &kick(joined), &WORLD).await), (0, 0));
    }
    assert!(fake.seen().iter().all(|seen| seen.method == "GET"));
}

#[tokio::test]
async fn a_kick_that_may_not_be_is_a_refusal() {
    let fake = Fake::start(|seen, _| match seen.method.as_str() {
        "GET" => Act::json(200, &here()),
        _ => Act::error(403, 50_013),
    })
    .await;
    assert_eq!(
        code_of(&run(&fake, &kick(Some(JOINED)), &WORLD).await),
        (403, 50_013)
    );
    let gone = Fake::start(|seen, _| match seen.method.as_str() {
        "GET" => Act::json(200, &here()),
        _ => Act::error(404, 10_007),
    })
    .await;
    let done = run(&gone, &kick(Some(JOINED)), &WORLD).await;
    assert_eq!(done, Sent::Done(Outcome::Done), "they left by themselves");
}

#[tokio::test]
async fn roles_are_given_and_taken_with_a_reason() {
    let fake = Fake::start(|_, _| Act::empty(204)).await;
    for give in [true, false] {
        let change = job(Effect::ChangeRole {
            guild: guild(),
            user: user(10),
            role: role(40),
            give,
            reason: "idle".to_owned(),
        });
        assert_eq!(run(&fake, &change, &WORLD).await, Sent::Done(Outcome::Done));
    }
    let path = "guilds/1/members/10/roles/40";
    assert_eq!(
        fake.lines(),
        [format!("PUT {path}"), format!("DELETE {path}")]
    );
    let reason = fake.seen()[0]
        .header("x-audit-log-reason")
        .map(str::to_owned);
    assert_eq!(reason.as_deref(), Some("idle"));
}

/// The bot has role 50 at place 5; role 43 is of the same place and older, so above.
fn discord(seen: &Seen, owner: &str) -> Act {
    let powers = (Permissions::KICK_MEMBERS.0 | Permissions::MANAGE_ROLES.0).to_string();
    match seen.path.as_str() {
        "/api/v10/guilds/1" => Act::json(
            200,
            &json!({"id": "1", "owner_id": owner, "roles": [
                {"id": "1", "permissions": "1024", "position": 0},
                {"id": "40", "permissions": "1024", "position": 1},
                {"id": "41", "permissions": "2", "position": 2},
                {"id": "42", "permissions": "0", "position": 3, "managed": true},
                {"id": "43", "permissions": "0", "position": 4},
                {"id": "50", "permissions": powers, "position": 4}]}),
        ),
        "/api/v10/guilds/1/members/900" => Act::json(200, &json!({"roles": ["50"]})),
        "/api/v10/guilds/1/members/10" => Act::json(200, &here()),
        "/api/v10/guilds/1/members/11" => Act::json(
            200,
            &json!({"user": {"id": "11", "bot": true}, "roles": ["40"]}),
        ),
        _ => Act::error(404, 10_007),
    }
}

async fn look(who: u64, owner: &'static str) -> Sent {
    let fake = Fake::start(move |seen, _| discord(seen, owner)).await;
    let look = job(Effect::ReadMember {
        guild: guild(),
        user: user(who),
    });
    run(&fake, &look, &WORLD).await
}

#[tokio::test]
async fn a_look_tells_rank_powers_and_the_roles_that_could_be_given_back() {
    let Sent::Done(Outcome::Member(view)) = look(10, "77").await else {
        panic!("they are there")
    };
    assert_eq!(view.member.joined_at, Some(JOINED));
    assert_eq!((view.owner, view.outranked), (false, false));
    assert!(view.granted.allow(Permissions::KICK_MEMBERS));
    // 41 gives power over others, 42 belongs to a bot, 43 is above ours.
    assert_eq!(view.assignable, [role(40)]);
    let Sent::Done(Outcome::Member(bot)) = look(11, "11").await else {
        panic!("it is there")
    };
    assert!(bot.owner && bot.outranked && bot.member.bot);
    let Sent::Done(Outcome::Member(ours)) = look(10, "900").await else {
        panic!("they are there")
    };
    assert!(ours.outranked, "who owns the guild stands above all");
    assert_eq!(code_of(&look(12, "77").await), (404, 10_007));
}
