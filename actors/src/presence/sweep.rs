//! Going over all rows, page by page: to do whatever is to be done with each of them, or to forget
//! everybody.
//!
//! What is to be done: voice sessions are compared with who is in voice after a gap, members with the
//! complete list, sessions in channels that are ignored by now end, and who left long ago is forgotten.
//! All of it can be done twice to a row without harm, so whenever more is to be done the walk begins
//! again.
//!
//! A machine goes on by a fact to itself, which names the walk it is for; a newer one ends it.

use super::{
    Counted, State, catalogue, channels, leavers, own, reset, round,
    row::{Member, Row, Session},
    stages,
    state::{MAX_IN_VOICE, Mending, Seat},
    tell_standing, watch,
};
use crate::kernel::{
    address::{Address, Kind},
    away::Away,
    fact::Fact,
    ids::UserId,
    inbound::GuildView,
    machine::{Cx, IndexKey, Needs, RowKey},
    time::Span,
};

/// Rows of one turn, which writes at most 500.
pub(super) const PAGE: usize = 400;

/// What a walk is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Doing whatever is to be done.
    Tidy,
    /// Forgetting everybody.
    Forget,
    /// Setting everybody's row aside.
    Reset,
}

impl Purpose {
    /// Rows of one turn.
    const fn page(self) -> usize {
        match self {
            Self::Tidy | Self::Forget => PAGE,
            Self::Reset => reset::PAGE,
        }
    }

    fn tag(self, generation: u32) -> String {
        let name = match self {
            Self::Tidy => "tidy",
            Self::Forget => "forget",
            Self::Reset => "reset",
        };
        format!("{name} {generation}")
    }
}

/// Begins a walk. While rows go, forgotten or set aside, there is nothing to tidy.
pub(super) fn begin(cx: &mut Cx<'_, Row>, state: &mut State, purpose: Purpose) {
    if purpose == Purpose::Tidy && state.forgetting {
        return;
    }
    state.generation += 1;
    go_on(cx, purpose, state.generation, &RowKey::default());
}

fn go_on(cx: &mut Cx<'_, Row>, purpose: Purpose, generation: u32, from: &RowKey) {
    let (me, tag, from) = (cx.me, purpose.tag(generation), from.0.to_vec());
    cx.tell(me, Fact::Sweep { tag, from });
}

/// The guild became visible, perhaps after events were missed.
pub(super) fn available(cx: &mut Cx<'_, Row>, state: &mut State, view: &GuildView) {
    if state.shared.is_none() {
        let settings = Address::guild(Kind::Settings, cx.guild());
        cx.tell(settings, Fact::SharedWanted);
    }
    if !state.tracks() {
        return;
    }
    // It is over now. When it began is so long ago on our clock as on Discord's, however far they are apart.
    let lasted = view.gap.as_ref().map(|gap| gap.to.since(gap.from));
    let gap = lasted.map(|lasted| cx.now - lasted.max(Span::ZERO));
    let outage = state.unavailable.take();
    let missed_from = gap.into_iter().chain(outage).min();
    if gap.is_some() {
        state.missed = true;
        cx.still_reconciling();
    }
    state.away.cut(cx.now);
    match (state.since, missed_from) {
        (None, _) => state.since = Some(cx.now),
        (Some(_), Some(from)) => {
            state.away.add(from, cx.now);
            round::was_away(cx, state, from);
        }
        (Some(_), None) => {}
    }
    round::available(cx, state);
    let gone: Vec<_> = state.roles_gone(view).collect();
    for role in gone {
        stages::role_gone(cx, state, role);
    }
    if state.forgetting {
        return;
    }
    let heard = view.voice.iter().copied();
    let heard = heard.filter(|(user, channel)| {
        !state.counted.ignores(*channel) && !own::is_forgotten(cx.me, state, *user)
    });
    let earlier = state.mending.as_ref().map(|mending| mending.from);
    let from = missed_from.unwrap_or(cx.now);
    let seat = |(user, channel)| {
        let met = false;
        (user, Seat { channel, met })
    };
    state.mending = Some(Mending {
        from: earlier.map_or(from, |earlier| earlier.min(from)),
        to: cx.now,
        voice: heard.take(MAX_IN_VOICE).map(seat).collect(),
    });
    catalogue::available(cx, state, view, missed_from);
    // Who is on the list is compared as it comes, and all others when it is complete or given up.
    if state.catalogue.call.is_none() {
        begin(cx, state, Purpose::Tidy);
    }
}

/// Discord cannot serve the guild: what happens there is not seen.
pub(super) fn unavailable(cx: &Cx<'_, Row>, state: &mut State) {
    if state.tracks() && state.since.is_some() {
        state.unavailable.get_or_insert(cx.now);
    }
}

/// The bot was removed. What is known stays for a while, in case it is invited again; until then nothing can be
/// seen here.
pub(super) fn left(cx: &mut Cx<'_, Row>, state: &mut State) {
    unavailable(cx, state);
    state.mending = None;
    catalogue::forget(cx, state);
    if !state.forgetting && std::mem::take(&mut state.missed) {
        cx.reconciled();
    }
}

/// It is not invited again: what was set here goes with the rows. Who asked not to be recorded stays noted.
pub(super) fn guild_forgotten(cx: &mut Cx<'_, Row>, state: &mut State) {
    forget(cx, state);
    if state.rules.edition > 0 {
        cx.index(IndexKey::Members(cx.guild()), false);
    }
    *state = State {
        generation: state.generation,
        forgetting: true,
        forgotten: std::mem::take(&mut state.forgotten),
        ..State::default()
    };
}

/// Nobody is tracked any more: rows go page by page.
pub(super) fn forget(cx: &mut Cx<'_, Row>, state: &mut State) {
    state.mending = None;
    catalogue::forget(cx, state);
    if std::mem::take(&mut state.missed) {
        cx.reconciled();
    }
    leavers::forget(cx, state);
    watch::forget(cx, state);
    state.rules.armed = false;
    (state.since, state.unavailable, state.channels) = (None, None, 0);
    state.away = Away::default();
    state.forgetting = true;
    begin(cx, state, Purpose::Forget);
}

/// The gap is closed when nothing is left to compare.
pub(super) fn settle(cx: &mut Cx<'_, Row>, state: &mut State) {
    let at_rest = state.mending.is_none() && state.catalogue.call.is_none();
    if at_rest && !state.forgetting && std::mem::take(&mut state.missed) {
        cx.reconciled();
    }
}

/// The rows of the next page.
pub(super) fn needs(tag: &str, from: &[u8]) -> Needs {
    let setting_aside = tag.starts_with("reset ");
    reset::needs(tag, from).unwrap_or_else(|| Needs::Range {
        from: RowKey::new(from),
        limit: if setting_aside { reset::PAGE } else { PAGE },
    })
}

/// The next page of rows.
pub(super) fn swept(cx: &mut Cx<'_, Row>, state: &mut State, tag: &str) {
    let generation = state.generation;
    let all = [Purpose::Tidy, Purpose::Forget, Purpose::Reset];
    let Some(purpose) = all
        .into_iter()
        .find(|purpose| purpose.tag(generation) == tag)
    else {
        return;
    };
    let page: Vec<_> = cx
        .loaded()
        .map(|(key, row)| (key.clone(), row.clone()))
        .collect();
    for (key, row) in &page {
        match (purpose, row) {
            (Purpose::Forget, _) => cx.remove(key.clone()),
            (Purpose::Reset, row) => reset::set_aside(cx, state, key, row),
            // Set aside by a reset.
            (Purpose::Tidy, Row::Member(_)) if key.as_user().is_none() => {}
            (Purpose::Tidy, Row::Before(_)) => {}
            (Purpose::Tidy, Row::Member(member)) => tidy(cx, state, key, member),
            (Purpose::Tidy, Row::Channel(channel)) => channels::tidy(cx, state, key, channel),
        }
    }
    match page.last() {
        // Behind the rows of members there is nothing to set aside.
        Some((last, _)) if purpose == Purpose::Reset && *last >= RowKey::after_users() => {
            reset::done(cx, state);
        }
        Some((last, _)) if page.len() >= purpose.page() => {
            go_on(cx, purpose, generation, &last.successor());
        }
        _ if purpose == Purpose::Tidy => finish(cx, state),
        _ if purpose == Purpose::Reset => reset::done(cx, state),
        _ => forgotten(cx, state),
    }
}

/// Nothing is left. If members are tracked again meanwhile, that begins now.
fn forgotten(cx: &mut Cx<'_, Row>, state: &mut State) {
    state.forgetting = false;
    state.channels = 0;
    if state.since.is_some() {
        catalogue::begin(cx, state, None);
    }
}

/// Does what is to be done with one member.
fn tidy(cx: &mut Cx<'_, Row>, state: &mut State, key: &RowKey, old: &Member) {
    let mut member = old.clone();
    if let Some((mending, user)) = state.mending.as_mut().zip(key.as_user()) {
        mend(mending, user, &mut member);
    }
    if let Some(deeds) = &mut member.deeds
        && let Some(open) = deeds.voice.open
        && state.counted.ignores(open.channel)
    {
        deeds.voice.ended(cx.now, true);
    }
    member.let_go(cx.now);
    if !catalogue::compare(cx, state, key.as_user(), &mut member)
        || leavers::is_over(cx, state, &member)
    {
        cx.remove(key.clone());
    } else if member != *old {
        cx.put(key.clone(), Row::Member(member));
    }
}

/// One member as they are, also while the walk has not come to their row yet.
pub(super) fn member(cx: &Cx<'_, Row>, state: &State, user: UserId) -> Option<Member> {
    let mut member = cx.row(&RowKey::user(user))?.member()?.clone();
    if let Some(mending) = &state.mending {
        mended(mending, user, &mut member);
    }
    Some(member)
}

/// Compares one member's session with where they are.
pub(super) fn mend(mending: &mut Mending, user: UserId, member: &mut Member) {
    if let Some(seat) = mending.voice.get_mut(&user) {
        seat.met = true;
    }
    mended(mending, user, member);
}

fn mended(mending: &Mending, user: UserId, member: &mut Member) {
    let here = mending.voice.get(&user).map(|seat| seat.channel);
    let open = member.session();
    // What began since the guild became visible was seen.
    let unsure = open.filter(|session| session.since < mending.to);
    if unsure.is_none() && (here.is_none() || open.is_some()) {
        return;
    }
    if unsure.map(|session| session.channel) == here {
        return;
    }
    let deeds = member.deeds_from(mending.to);
    deeds.cut_short(mending.from);
    deeds.voice.open = here.map(|channel| Session {
        channel,
        since: mending.to,
    });
}

/// Something else counts from now on. Who sits in a channel that was not ignored before is there no
/// longer.
pub(super) fn count(cx: &mut Cx<'_, Row>, state: &mut State, counted: Counted) {
    let more = !counted.ignored.is_subset(&state.counted.ignored);
    state.counted = counted;
    let counted = &state.counted;
    if let Some(mending) = &mut state.mending {
        mending
            .voice
            .retain(|_, seat| !counted.ignores(seat.channel));
    }
    if more {
        begin(cx, state, Purpose::Tidy);
    }
}

/// The walk is over. Who is in voice and has no row yet gets one, unless everybody has theirs.
fn finish(cx: &mut Cx<'_, Row>, state: &mut State) {
    if state.catalogue.compares().is_some() {
        state.catalogue.call = None;
    }
    let known = state.catalogue.known;
    let Some(mending) = state.mending.as_mut() else {
        settle(cx, state);
        return;
    };
    mending.voice.retain(|_, seat| !seat.met && !known);
    for _ in 0..PAGE {
        let Some((user, seat)) = mending.voice.pop_first() else {
            state.mending = None;
            settle(cx, state);
            return;
        };
        let (channel, since) = (seat.channel, mending.to);
        let mut member = Member::default();
        member.deeds_from(since).voice.open = Some(Session { channel, since });
        cx.put(RowKey::user(user), Row::Member(member));
    }
    // More than one turn writes: the rest with an empty page from behind the last row.
    let (generation, end) = (state.generation, RowKey::new(&[0xff; 9]));
    go_on(cx, Purpose::Tidy, generation, &end);
}

/// Tracking was switched off or on.
pub(super) fn switch(cx: &mut Cx<'_, Row>, state: &mut State, on: bool) {
    state.off = !on;
    if on {
        state.since = Some(cx.now);
        if !state.forgetting {
            catalogue::begin(cx, state, None);
        }
        if state.rules.after.is_some() {
            round::soon(cx, state);
        }
    } else {
        forget(cx, state);
    }
    tell_standing(cx, state);
}
