use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn user(n: u64) -> UserId {
    UserId::new(n).unwrap()
}

fn one(n: u64, signs: Signs) -> Activity {
    Activity::of(GuildId::new(1).unwrap(), user(n), signs)
}

/// What somebody who was in `was` did, in order.
fn deeds(signs: &Signs, was: Option<ChannelId>) -> Vec<(Deed, Option<ChannelId>, u32)> {
    let mut deeds = Vec::new();
    signs.deeds(was, |did| {
        deeds.push((did.deed, did.channel, did.times));
    });
    deeds
}

#[test]
fn deeds_add_up_by_kind_and_channel_and_the_newest_stays_last() {
    let (here, there) = (ChannelId::new(3), ChannelId::new(4));
    let mut activity = one(7, Signs::deed(at(1), Deed::Wrote, here));
    for (second, deed, channel) in [
        (2, Deed::Wrote, here),
        (3, Deed::Wrote, there),
        (4, Deed::Typed, here),
        (5, Deed::Wrote, here),
    ] {
        assert!(activity.add(user(7), &Signs::deed(at(second), deed, channel)));
    }
    assert!(activity.add(user(7), &Signs::online(at(6))));
    assert!(activity.add(user(8), &Signs::online(at(7))));
    let signs = &activity.members[&user(7)];
    assert_eq!(
        deeds(signs, None),
        [
            (Deed::Wrote, there, 1),
            (Deed::Typed, here, 1),
            (Deed::Wrote, here, 3)
        ]
    );
    assert_eq!(signs.times(Deed::Wrote), 4);
    assert_eq!((signs.online, signs.at()), (Some(at(6)), Some(at(5))));
    assert_eq!(activity.members.len(), 2);
}

#[test]
fn muting_is_no_move() {
    let (here, there) = (ChannelId::new(3), ChannelId::new(4));
    let mut activity = one(7, Signs::voice(at(1), here));
    for (second, to) in [(2, here), (3, there), (4, None), (5, here), (6, here)] {
        assert!(activity.add(user(7), &Signs::voice(at(second), to)));
    }
    let signs = &activity.members[&user(7)];
    let moves: Vec<_> = signs.moves.iter().map(|moved| moved.to).collect();
    assert_eq!(moves, [here, there, None, here]);
    let spoke = |channel, times| (Deed::Spoke, channel, times);
    assert_eq!(
        deeds(signs, there),
        [
            spoke(there, 1),
            spoke(None, 1),
            spoke(here, 2),
            (Deed::Muted, here, 2)
        ]
    );
    assert_eq!(
        deeds(signs, here),
        [
            spoke(there, 1),
            spoke(None, 1),
            (Deed::Muted, here, 1),
            spoke(here, 1),
            (Deed::Muted, here, 2)
        ],
        "who was there before did not come with the first"
    );
}

#[test]
fn heaps_put_together_say_what_one_heap_would_have_said() {
    let here = ChannelId::new(3);
    let states = [
        Signs::voice(at(1), here),
        Signs::voice(at(2), here),
        Signs::deed(at(3), Deed::Wrote, here),
        Signs::voice(at(4), here),
        Signs::voice(at(5), None),
    ];
    let gather = |states: &[Signs]| {
        let mut heap = one(7, states[0].clone());
        for signs in &states[1..] {
            assert!(heap.add(user(7), signs));
        }
        heap
    };
    let whole = gather(&states);
    for cut in 1..states.len() {
        let heaps = [gather(&states[..cut]), gather(&states[cut..])];
        let about = Activity::about(&heaps, user(7)).unwrap();
        let (pieces, whole) = (&about.members[&user(7)], &whole.members[&user(7)]);
        assert_eq!(deeds(pieces, None), deeds(whole, None), "cut at {cut}");
        assert_eq!(pieces.moves, whole.moves, "cut at {cut}");
    }
}

#[test]
fn it_is_full_at_its_stated_size() {
    let mut activity = one(1, Signs::online(at(0)));
    for n in 2..=MAX_MEMBERS as u64 {
        assert!(activity.add(user(n), &Signs::online(at(0))));
    }
    assert!(!activity.add(user(9_999), &Signs::online(at(0))));
    assert!(activity.add(user(5), &Signs::online(at(0))));
    for n in 0..MAX_MOVES as u64 {
        let moved = Signs::voice(at(0), ChannelId::new(1 + n % 2));
        assert!(activity.add(user(5), &moved));
    }
    let before = activity.clone();
    assert!(!activity.add(user(5), &Signs::voice(at(0), None)));
    for channel in 1..=MAX_DEEDS as u64 {
        let wrote = Signs::deed(at(0), Deed::Wrote, ChannelId::new(channel));
        assert!(activity.add(user(6), &wrote) || channel == MAX_DEEDS as u64);
    }
    assert_eq!(activity.members[&user(6)].earlier.len(), MAX_DEEDS - 2);
    activity
        .members
        .insert(user(6), before.members[&user(6)].clone());
    assert_eq!(activity, before);
}

#[test]
fn one_deed_needs_no_memory_of_its_own() {
    let mut signs = Signs::deed(at(1), Deed::Wrote, ChannelId::new(3));
    signs.add(&Signs::deed(at(2), Deed::Wrote, ChannelId::new(3)));
    signs.add(&Signs::online(at(3)));
    assert_eq!((signs.earlier.capacity(), signs.moves.capacity()), (0, 0));
    // Thousands of these wait at a time.
    assert!(size_of::<Signs>() <= 120, "{}", size_of::<Signs>());
}
