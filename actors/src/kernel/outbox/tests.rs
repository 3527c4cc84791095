//! What the outbox promises, told as little stories.

use super::*;
use crate::kernel::{
    address::{Address, Kind},
    effect::Target,
    ids::{GuildId, UserId},
    text::Message,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + seconds)
}

fn row(order: u64, to: Vec<Target>) -> OutboxRow {
    let effect = Effect::Say {
        to,
        message: Message::text("hello"),
    };
    let expires_at = at(0) + effect.lifetime();
    OutboxRow {
        id: EffectId(order),
        order,
        from: Address::guild(Kind::Welcome, GuildId::new(1).unwrap()),
        effect,
        made_at: at(0),
        expires_at,
        reports: false,
        origin: None,
    }
}

fn channel(n: u64) -> Target {
    Target::Channel(ChannelId::new(n).unwrap())
}

fn done() -> Sent {
    Sent::Done(Outcome::Done)
}

fn refused(status: u16) -> Failure {
    Failure {
        status,
        code: 0,
        text: "no".into(),
    }
}

fn looks(outbox: &mut Outbox, now: Timestamp) -> bool {
    outbox.poll(now, |_| false).0[0].look_since.is_some()
}

#[test]
fn a_clock_set_back_does_not_hide_that_a_message_may_be_there() {
    let mut outbox = Outbox::default();
    outbox.add(row(1, vec![channel(1)]));
    assert!(!looks(&mut outbox, at(100)), "it has not been sent");
    outbox.report(EffectId(1), Sent::Unclear, at(200));
    outbox.poll(at(200), |_| false);
    assert!(
        looks(&mut outbox, at(150) + MAX_PAUSE),
        "set back while it ran"
    );
    // Set back between two lives: the store speaks of what is still to come.
    let mut outbox = Outbox::default();
    outbox.restore(row(1, vec![channel(1)]));
    outbox.begin(at(-500), at(0));
    assert!(looks(&mut outbox, at(10)));
}

fn sent(outbox: &mut Outbox, now: Timestamp) -> Vec<u64> {
    outbox
        .poll(now, |_| false)
        .0
        .into_iter()
        .map(|job| job.row.id.0)
        .collect()
}

#[test]
fn a_lane_keeps_its_order_and_lanes_do_not_wait_for_each_other() {
    let mut outbox = Outbox::default();
    outbox.add(row(2, vec![channel(1)]));
    outbox.add(row(1, vec![channel(1)]));
    outbox.add(row(3, vec![channel(2)]));
    assert_eq!(sent(&mut outbox, at(0)), [1, 3]);
    assert!(sent(&mut outbox, at(0)).is_empty());
    outbox.report(EffectId(1), done(), at(0));
    assert_eq!(sent(&mut outbox, at(0)), [2]);
}

#[test]
fn what_fails_is_tried_again_with_growing_pauses_and_later_lets_others_pass() {
    let mut outbox = Outbox::default();
    outbox.add(row(1, vec![channel(1)]));
    outbox.add(row(2, vec![channel(1)]));
    let mut now = at(0);
    let mut pauses = Vec::new();
    for _ in 0..STEP_ASIDE_AFTER {
        assert_eq!(sent(&mut outbox, now), [1]);
        outbox.report(EffectId(1), Sent::Unclear, now);
        if pauses.len() + 1 < STEP_ASIDE_AFTER as usize {
            assert!(
                sent(&mut outbox, now).is_empty(),
                "the second waits its turn"
            );
            let next = outbox.next_wake().unwrap();
            pauses.push(next.since(now).as_millis());
            now = next;
        }
    }
    assert!(
        pauses.windows(2).all(|pair| pair[0] < pair[1]),
        "{pauses:?}"
    );
    assert_eq!(
        sent(&mut outbox, now),
        [2],
        "the hopeless one has stepped aside"
    );
}

#[test]
fn a_refused_message_goes_to_its_next_target_and_then_back_to_its_machine() {
    let mut outbox = Outbox::default();
    outbox.add(row(
        1,
        vec![channel(1), Target::User(UserId::new(5).unwrap())],
    ));
    let (jobs, _) = outbox.poll(at(0), |_| false);
    assert_eq!(jobs[0].stage, 0);
    assert_eq!(
        outbox.report(EffectId(1), Sent::Refused(refused(403)), at(0)),
        None
    );
    let (jobs, _) = outbox.poll(at(0), |_| false);
    assert_eq!(jobs[0].stage, 1);
    let ended = outbox
        .report(EffectId(1), Sent::Refused(refused(403)), at(0))
        .unwrap();
    assert_eq!(ended.outcome, Outcome::Failed(refused(403)));
    assert!(outbox.is_empty());
    outbox.add(row(2, vec![channel(1)]));
    assert_eq!(sent(&mut outbox, at(1)), [2], "nothing is left in the way");
}

#[test]
fn our_own_message_coming_back_completes_its_row_before_the_answer_does() {
    let mut outbox = Outbox::default();
    outbox.add(row(1, vec![channel(1)]));
    outbox.poll(at(0), |_| false);
    let (message_id, channel) = (MessageId::new(9).unwrap(), ChannelId::new(1).unwrap());
    let ended = outbox.observed(EffectId(1), message_id, channel).unwrap();
    assert_eq!(
        ended.outcome,
        Outcome::Sent {
            message_id,
            channel,
            target: 0
        }
    );
    assert_eq!(outbox.report(EffectId(1), Sent::Unclear, at(1)), None);
    assert!(outbox.is_empty());
}

#[test]
fn a_row_of_an_earlier_life_is_looked_up_once_the_nonce_can_no_longer_be_trusted() {
    let mut outbox = Outbox::default();
    outbox.restore(row(1, vec![channel(1)]));
    outbox.restore(row(2, vec![channel(2)]));
    let (young, _) = outbox.poll(at(80), |_| false);
    assert!(young.iter().all(|job| job.look_since.is_none()));
    assert!(young.iter().all(|job| job.of_earlier_life));
    let mut outbox = Outbox::default();
    outbox.restore(row(1, vec![channel(1)]));
    let (old, _) = outbox.poll(at(100), |_| false);
    assert_eq!(old[0].look_since, Some(at(0) - CLOCK_SLACK));
    let mut outbox = Outbox::default();
    outbox.add(row(1, vec![channel(1)]));
    let (fresh, _) = outbox.poll(at(1000), |_| false);
    assert_eq!(fresh[0].look_since, None, "never sent, however old");
}

#[test]
fn what_nobody_needs_any_more_expires() {
    let mut outbox = Outbox::default();
    outbox.add(row(1, vec![channel(1)]));
    let (jobs, ended) = outbox.poll(at(24 * 3600), |_| false);
    assert!(jobs.is_empty());
    assert_eq!(ended[0].outcome, Outcome::Expired);
}

#[test]
fn bulk_is_bounded_and_answers_overtake_it() {
    let mut outbox = Outbox::default();
    for n in 1..=40 {
        outbox.add(row(n, vec![channel(n)]));
    }
    assert_eq!(sent(&mut outbox, at(0)).len(), MAX_FLYING);
    assert_eq!(sent(&mut outbox, at(0)).len(), 0);
    outbox.report(EffectId(1), Sent::Slow(Span::seconds(3)), at(0));
    assert_eq!(sent(&mut outbox, at(0)).len(), 1);
    outbox.report(EffectId(2), Sent::Refused(refused(404)), at(0));
    assert_eq!(sent(&mut outbox, at(0)).len(), 1);
}

#[test]
fn what_could_not_be_tried_is_no_refusal_and_does_not_brake() {
    let mut outbox = Outbox::default();
    let rows = super::pacing::INVALID_BRAKE as u64 + 1;
    for n in 1..=rows {
        outbox.add(row(n, vec![channel(n)]));
    }
    let mut tried = 0;
    while tried < rows {
        for id in sent(&mut outbox, at(0)) {
            tried += 1;
            outbox.report(EffectId(id), Sent::Later(Span::hours(1)), at(0));
        }
    }
    assert!(!outbox.braked(at(0)));
    assert_eq!(sent(&mut outbox, at(3600)).len(), MAX_FLYING);
}

#[test]
fn after_a_restart_the_second_target_is_looked_up_as_well() {
    let mut outbox = Outbox::default();
    outbox.restore(row(1, vec![channel(1), channel(2)]));
    outbox.poll(at(600), |_| false);
    outbox.report(EffectId(1), Sent::Refused(refused(403)), at(600));
    let (jobs, _) = outbox.poll(at(600), |_| false);
    assert_eq!(
        (jobs[0].stage, jobs[0].look_since),
        (1, Some(at(0) - CLOCK_SLACK))
    );
}

fn kick(order: u64, user: u64) -> OutboxRow {
    let effect = Effect::Kick {
        guild: GuildId::new(1).unwrap(),
        user: UserId::new(user).unwrap(),
        joined_at: None,
        reason: "idle".to_owned(),
    };
    OutboxRow {
        expires_at: at(0) + effect.lifetime(),
        effect,
        ..row(order, vec![channel(1)])
    }
}

fn give(order: u64) -> OutboxRow {
    let effect = Effect::ChangeRole {
        guild: GuildId::new(1).unwrap(),
        user: UserId::new(9).unwrap(),
        role: crate::kernel::ids::RoleId::new(3).unwrap(),
        give: true,
        reason: "idle".to_owned(),
    };
    OutboxRow {
        effect,
        ..row(order, vec![channel(1)])
    }
}

#[test]
fn a_kick_waits_until_its_guild_is_up_to_date_and_lets_others_pass() {
    let mut outbox = Outbox::default();
    outbox.restore(kick(1, 5));
    outbox.add(give(2));
    outbox.add(row(3, vec![channel(1)]));
    let ids = |jobs: Vec<Job>| jobs.iter().map(|job| job.row.id.0).collect::<Vec<_>>();
    let behind = |guild: GuildId| guild.get() == 1;
    assert_eq!(ids(outbox.poll(at(0), behind).0), [3, 2]);
    outbox.report(EffectId(2), done(), at(0));
    assert_eq!(ids(outbox.poll(at(1), behind).0), [0; 0]);
    assert_eq!(outbox.next_wake(), Some(at(1) + HELD_LOOK));
    let later = at(1) + HELD_LOOK;
    assert_eq!(ids(outbox.poll(later, |_| false).0), [1]);
}

#[test]
fn a_kick_that_was_held_for_too_long_expires() {
    let mut outbox = Outbox::default();
    outbox.add(kick(1, 5));
    outbox.poll(at(0), |_| true);
    let (jobs, ended) = outbox.poll(at(6 * 3600), |_| true);
    assert_eq!((jobs.len(), ended.len()), (0, 1));
    assert_eq!(ended[0].outcome, Outcome::Expired);
}

#[test]
fn what_is_withdrawn_before_it_leaves_never_leaves() {
    let mut outbox = Outbox::default();
    outbox.add(give(1));
    outbox.add(kick(2, 5));
    assert!(outbox.withdraw(EffectId(1)));
    assert_eq!(sent(&mut outbox, at(0)), [2]);
    assert!(!outbox.withdraw(EffectId(1)), "it is gone");
    outbox.report(EffectId(2), Sent::Unclear, at(0));
    assert!(outbox.withdraw(EffectId(2)), "it waits for its next try");
    assert!(sent(&mut outbox, at(600)).is_empty() && outbox.is_empty());
}

#[test]
fn what_is_withdrawn_under_way_is_not_tried_again_and_says_how_it_ended() {
    for (report, outcome) in [
        (Sent::Unclear, Outcome::Expired),
        (Sent::Slow(Span::seconds(1)), Outcome::Expired),
        (Sent::Later(Span::seconds(1)), Outcome::Expired),
        (done(), Outcome::Done),
        (Sent::Refused(refused(403)), Outcome::Failed(refused(403))),
    ] {
        let mut outbox = Outbox::default();
        outbox.add(row(1, vec![channel(1), channel(2)]));
        outbox.poll(at(0), |_| false);
        assert!(!outbox.withdraw(EffectId(1)));
        let ended = outbox.report(EffectId(1), report, at(1)).unwrap();
        assert_eq!((ended.outcome, ended.withdrawn), (outcome, true));
        assert!(outbox.is_empty() && outbox.flying == 0);
    }
}

proptest::proptest! {
    /// Whatever order things come in, nothing leaves after it was withdrawn, and nothing is left over.
    #[test]
    fn withdrawing_at_any_moment_leaves_the_outbox_in_order(
        steps in proptest::collection::vec((0_u8..5, 1_u64..9), 0..60),
    ) {
        let mut outbox = Outbox::default();
        let mut now = 0;
        for (what, n) in steps {
            match what {
                0 if outbox.contains(EffectId(n)) => {}
                0 => outbox.add(if n % 2 == 0 { give(n) } else { kick(n, n) }),
                1 => {
                    let gone = outbox.withdraw(EffectId(n));
                    proptest::prop_assert!(!gone || !outbox.contains(EffectId(n)));
                }
                2 => drop(outbox.report(EffectId(n), Sent::Unclear, at(now))),
                3 => drop(outbox.report(EffectId(n), done(), at(now))),
                _ => {
                    now += 30;
                    for job in outbox.poll(at(now), |_| n % 3 == 0).0 {
                        let id = job.row.id.0;
                        proptest::prop_assert!(outbox.contains(EffectId(id)));
                        proptest::prop_assert!(n % 3 != 0 || id % 2 == 0, "a held kick left");
                    }
                }
            }
            let flying = outbox.entries.values().filter(|entry| entry.state == State::Flying);
            proptest::prop_assert_eq!(flying.count(), outbox.flying);
            let queued: usize = outbox.lanes.values().map(VecDeque::len).sum();
            proptest::prop_assert_eq!(queued, outbox.entries.len());
        }
    }
}
