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
    outbox.poll(now).0[0].look_since.is_some()
}

#[test]
fn a_clock_set_back_does_not_hide_that_a_message_may_be_there() {
    let mut outbox = Outbox::default();
    outbox.add(row(1, vec![channel(1)]));
    assert!(!looks(&mut outbox, at(100)), "it has not been sent");
    outbox.report(EffectId(1), Sent::Unclear, at(200));
    outbox.poll(at(200));
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
        .poll(now)
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
    let (jobs, _) = outbox.poll(at(0));
    assert_eq!(jobs[0].stage, 0);
    assert_eq!(
        outbox.report(EffectId(1), Sent::Refused(refused(403)), at(0)),
        None
    );
    let (jobs, _) = outbox.poll(at(0));
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
    outbox.poll(at(0));
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
    let (young, _) = outbox.poll(at(80));
    assert!(young.iter().all(|job| job.look_since.is_none()));
    assert!(young.iter().all(|job| job.of_earlier_life));
    let mut outbox = Outbox::default();
    outbox.restore(row(1, vec![channel(1)]));
    let (old, _) = outbox.poll(at(100));
    assert_eq!(old[0].look_since, Some(at(0) - CLOCK_SLACK));
    let mut outbox = Outbox::default();
    outbox.add(row(1, vec![channel(1)]));
    let (fresh, _) = outbox.poll(at(1000));
    assert_eq!(fresh[0].look_since, None, "never sent, however old");
}

#[test]
fn what_nobody_needs_any_more_expires() {
    let mut outbox = Outbox::default();
    outbox.add(row(1, vec![channel(1)]));
    let (jobs, ended) = outbox.poll(at(24 * 3600));
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
    outbox.poll(at(600));
    outbox.report(EffectId(1), Sent::Refused(refused(403)), at(600));
    let (jobs, _) = outbox.poll(at(600));
    assert_eq!(
        (jobs[0].stage, jobs[0].look_since),
        (1, Some(at(0) - CLOCK_SLACK))
    );
}
