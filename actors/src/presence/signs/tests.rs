use super::*;
use crate::kernel::ids::{ChannelId, GuildId};
use proptest::prelude::*;

/// A voice state, or another deed, in one of three channels or in none.
#[derive(Clone, Debug)]
enum Act {
    Voice(u64),
    Other(Deed, u64),
}

const DEEDS: [Deed; 4] = [Deed::Wrote, Deed::Typed, Deed::Reacted, Deed::Answered];

fn act() -> impl Strategy<Value = Act> {
    let other = (0..DEEDS.len(), 0..4_u64).prop_map(|(deed, place)| Act::Other(DEEDS[deed], place));
    prop_oneof![(0..4_u64).prop_map(Act::Voice), other]
}

fn counted() -> impl Strategy<Value = Counted> {
    let kinds = [Deed::Wrote, Deed::Typed, Deed::Spoke, Deed::Muted];
    let switched = proptest::sample::subsequence(kinds.to_vec(), 0..=3);
    let ignored = proptest::sample::subsequence(vec![1, 2, 3_u64], 0..=3);
    (switched, ignored).prop_map(|(switched, ignored)| Counted {
        switched: switched.into_iter().collect(),
        ignored: ignored.into_iter().filter_map(ChannelId::new).collect(),
    })
}

/// What each act tells, a second after the one before.
fn signs(acts: &[Act]) -> Vec<Signs> {
    let times = (1..).map(Timestamp::from_seconds);
    let told = acts.iter().zip(times).map(|(act, at)| match act {
        Act::Voice(place) => Signs::voice(at, ChannelId::new(*place)),
        Act::Other(deed, place) => Signs::deed(at, *deed, ChannelId::new(*place)),
    });
    told.collect()
}

proptest! {
    /// Acts gather as it happens: whatever a guild counts, it must not matter how.
    #[test]
    fn it_does_not_matter_how_signs_of_life_gather(
        acts in prop::collection::vec(act(), 1..12),
        cuts in prop::collection::vec(any::<bool>(), 12),
        counted in counted(),
    ) {
        let signs = signs(&acts);
        let catalogue = Catalogue::default();
        let add = |member: &mut Member, signs: &Signs| member.add(Timestamp::EPOCH, signs, &catalogue, &counted);
        let mut single = Member::default();
        for signs in &signs {
            add(&mut single, signs);
        }
        let (guild, user) = (GuildId::new(1).unwrap(), UserId::new(7).unwrap());
        let mut gathered = Member::default();
        let mut heap: Option<Activity> = None;
        for (signs, cut) in signs.iter().zip(cuts) {
            if let Some(full) = heap.take_if(|_| cut) {
                add(&mut gathered, &full.members[&user]);
            }
            match &mut heap {
                Some(heap) => prop_assert!(heap.add(user, signs)),
                None => heap = Some(Activity::of(guild, user, signs.clone())),
            }
        }
        let rest = heap.expect("at least one act");
        add(&mut gathered, &rest.members[&user]);
        let sums = |member: &Member| {
            let deeds = member.deeds.as_ref();
            deeds.map(|deeds| (deeds.counts, deeds.voice)).unwrap_or_default()
        };
        prop_assert_eq!(sums(&gathered), sums(&single));
        prop_assert_eq!(gathered.last().is_some(), single.last().is_some());
        if !acts.iter().any(|act| matches!(act, Act::Voice(_))) {
            prop_assert_eq!(gathered.last(), single.last());
            prop_assert_eq!(gathered.deeds.map(|deeds| deeds.hours), single.deeds.map(|deeds| deeds.hours));
        }
    }
}
