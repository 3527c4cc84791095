use crate::{
    kernel::{
        check::{Stage, check},
        ids::ChannelId,
        text::limits,
    },
    presence::{Presence, State, counted::MAX_IGNORED, lost_without, texts},
};
use expect_test::expect;

#[test]
fn switching_off_forgets_and_switching_on_begins_anew() {
    check::<Presence>(
        r#"
        given told shared log:#log
        given guild available
        given alice: writes #general
        mod /presence settings
        mod /presence settings track:false
        rows
        given alice: writes #general
        rows
        mod /presence settings track:true
        given alice: writes #general
        rows
        alice /presence settings track:false
        "#,
        expect![[r#"
            > mod /presence settings
            reply mod
                | I record when members were last active and how often: `/seen` shows it. `track:False` ends that and forgets everything.
                | **Counts as a sign of life:** Messages · Edits of messages · Reactions, given or taken back · Typing · Joining, changing or leaving voice · Mute, camera and stream in voice · Commands and buttons of mine · Beginning or joining a thread · Interest in a scheduled event.
                | **Does not count:** Status: online, idle, what they play (`count:` changes that).
                | **Ignored channels:** none (`ignore:` adds one; a thread is a channel of its own).
                # Inactive members
                | Nobody becomes inactive here yet. Say after how long: `/presence settings inactive_after_days:90`.
                | **Exempt roles:** none
                | **Exempt members:** none
                | **Who takes no direct messages is told in:** nowhere
                | **What I do is told in:** where moderators read everything. If departures are reported, removals appear there as well.
            > mod /presence settings track:false
            tell settings off: records nothing; next `/presence settings track:True`
            reply mod "I do not record when members were last active. What I had recorded is being deleted. `track:True` begins anew."
            > rows
            no rows
            > rows
            no rows
            > mod /presence settings track:true
            [2] request members as presence-2
            tell settings on: records when members were last active; next nothing
            reply mod
                | I record when members were last active and how often: `/seen` shows it. `track:False` ends that and forgets everything.
                | **Counts as a sign of life:** Messages · Edits of messages · Reactions, given or taken back · Typing · Joining, changing or leaving voice · Mute, camera and stream in voice · Commands and buttons of mine · Beginning or joining a thread · Interest in a scheduled event.
                | **Does not count:** Status: online, idle, what they play (`count:` changes that).
                | **Ignored channels:** none (`ignore:` adds one; a thread is a channel of its own).
                # Inactive members
                | Nobody becomes inactive here yet. Say after how long: `/presence settings inactive_after_days:90`.
                | **Exempt roles:** none
                | **Exempt members:** none
                | **Who takes no direct messages is told in:** nowhere
                | **What I do is told in:** where moderators read everything. If departures are reported, removals appear there as well.
            > rows
            row alice Member(Member { joined: None, listed: 0, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Wrote, channel: Some(ChannelId(502)) }), counts: Counts([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), hours: {12: 1}, voice: Voice { total: Span(0), sessions: 0, cut_short: 0, open: None } }), exempt: false, case: None })
            row [255, 99, 0, 0, 0, 0, 0, 0, 1, 246] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767614400000), deed: Wrote, minutes: 1 })
            > alice /presence settings track:false
            refuse alice "This is for moderators: you need the permission *Manage Server*, or a role that a moderator has set with `/setup moderators`."
        "#]],
    );
}

#[test]
fn what_counts_is_shown_and_switched() {
    check::<Presence>(
        r#"
        given guild available
        mod /presence settings skip:typing ignore:#mods
        mod /presence settings count:status skip:events
        given missing intent "Presence"
        given missing intent "Server Members"
        mod /presence settings count:typing heed:#mods
        mod /presence settings skip:status
        mod /presence settings skip:threads
        "#,
        expect![[r#"
            > mod /presence settings skip:typing ignore:#mods
            reply mod
                | I record when members were last active and how often: `/seen` shows it. `track:False` ends that and forgets everything.
                | **Counts as a sign of life:** Messages · Edits of messages · Reactions, given or taken back · Joining, changing or leaving voice · Mute, camera and stream in voice · Commands and buttons of mine · Beginning or joining a thread · Interest in a scheduled event.
                | **Does not count:** Typing · Status: online, idle, what they play (`count:` changes that).
                | **Ignored channels:** <#mods> (`heed:` takes one off the list).
                # Inactive members
                | Nobody becomes inactive here yet. Say after how long: `/presence settings inactive_after_days:90`.
                | **Exempt roles:** none
                | **Exempt members:** none
                | **Who takes no direct messages is told in:** nowhere
                | **What I do is told in:** where moderators read everything. If departures are reported, removals appear there as well.
            > mod /presence settings count:status skip:events
            reply mod
                | I record when members were last active and how often: `/seen` shows it. `track:False` ends that and forgets everything.
                | **Counts as a sign of life:** Messages · Edits of messages · Reactions, given or taken back · Joining, changing or leaving voice · Mute, camera and stream in voice · Commands and buttons of mine · Beginning or joining a thread · Status: online, idle, what they play.
                | **Does not count:** Typing · Interest in a scheduled event (`count:` changes that).
                | **Ignored channels:** <#mods> (`heed:` takes one off the list).
                # Inactive members
                | Nobody becomes inactive here yet. Say after how long: `/presence settings inactive_after_days:90`.
                | **Exempt roles:** none
                | **Exempt members:** none
                | **Who takes no direct messages is told in:** nowhere
                | **What I do is told in:** where moderators read everything. If departures are reported, removals appear there as well.
            > mod /presence settings count:typing heed:#mods
            reply mod
                | I record when members were last active and how often: `/seen` shows it. `track:False` ends that and forgets everything.
                | **Counts as a sign of life:** Messages · Edits of messages · Reactions, given or taken back · Typing · Joining, changing or leaving voice · Mute, camera and stream in voice · Commands and buttons of mine · Beginning or joining a thread · Status: online, idle, what they play.
                | **Does not count:** Interest in a scheduled event (`count:` changes that).
                | **Ignored channels:** none (`ignore:` adds one; a thread is a channel of its own).
                | ⚠️ I was not granted the intent Presence, so who is online is not seen: `/setup show`.
                | ⚠️ I was not granted the intent Server Members, so members who never do anything are not known, and who joins or leaves is not seen: `/setup show`.
                # Inactive members
                | Nobody becomes inactive here yet. Say after how long: `/presence settings inactive_after_days:90`.
                | **Exempt roles:** none
                | **Exempt members:** none
                | **Who takes no direct messages is told in:** nowhere
                | **What I do is told in:** where moderators read everything. If departures are reported, removals appear there as well.
            > mod /presence settings skip:status
            reply mod
                | I record when members were last active and how often: `/seen` shows it. `track:False` ends that and forgets everything.
                | **Counts as a sign of life:** Messages · Edits of messages · Reactions, given or taken back · Typing · Joining, changing or leaving voice · Mute, camera and stream in voice · Commands and buttons of mine · Beginning or joining a thread.
                | **Does not count:** Interest in a scheduled event · Status: online, idle, what they play (`count:` changes that).
                | **Ignored channels:** none (`ignore:` adds one; a thread is a channel of its own).
                | ⚠️ I was not granted the intent Server Members, so members who never do anything are not known, and who joins or leaves is not seen: `/setup show`.
                # Inactive members
                | Nobody becomes inactive here yet. Say after how long: `/presence settings inactive_after_days:90`.
                | **Exempt roles:** none
                | **Exempt members:** none
                | **Who takes no direct messages is told in:** nowhere
                | **What I do is told in:** where moderators read everything. If departures are reported, removals appear there as well.
            > mod /presence settings skip:threads
            reply mod
                | I record when members were last active and how often: `/seen` shows it. `track:False` ends that and forgets everything.
                | **Counts as a sign of life:** Messages · Edits of messages · Reactions, given or taken back · Typing · Joining, changing or leaving voice · Mute, camera and stream in voice · Commands and buttons of mine.
                | **Does not count:** Beginning or joining a thread · Interest in a scheduled event · Status: online, idle, what they play (`count:` changes that).
                | **Ignored channels:** none (`ignore:` adds one; a thread is a channel of its own).
                | ⚠️ I was not granted the intent Server Members, so members who never do anything are not known, and who joins or leaves is not seen: `/setup show`.
                # Inactive members
                | Nobody becomes inactive here yet. Say after how long: `/presence settings inactive_after_days:90`.
                | **Exempt roles:** none
                | **Exempt members:** none
                | **Who takes no direct messages is told in:** nowhere
                | **What I do is told in:** where moderators read everything. If departures are reported, removals appear there as well.
        "#]],
    );
}

#[test]
fn what_makes_no_sense_is_refused_with_the_way_out() {
    check::<Presence>(
        r#"
        given guild available
        mod /presence settings count:typing skip:typing
        mod /presence settings ignore:#mods heed:#mods
        mod /presence settings heed:#mods
        mod /presence settings count:juggling
        mod /presence settings track:false skip:typing
        given mod /presence settings track:false
        mod /presence settings ignore:#mods
        "#,
        expect![[r#"
            > mod /presence settings count:typing skip:typing
            refuse mod "You asked me to take the same into account and to leave it out. Please choose one of the two."
            > mod /presence settings ignore:#mods heed:#mods
            refuse mod "You asked me to take the same into account and to leave it out. Please choose one of the two."
            > mod /presence settings heed:#mods
            refuse mod "I do not ignore <#mods>. `/presence settings` lists the channels that I do."
            > mod /presence settings count:juggling
            refuse mod "I do not know this kind of activity. Please restart Discord, which still shows an older list, and choose again."
            > mod /presence settings track:false skip:typing
            tell settings off: records nothing; next `/presence settings track:True`
            reply mod "I do not record when members were last active. What I had recorded is being deleted. `track:True` begins anew."
            > mod /presence settings ignore:#mods
            refuse mod "It is not recorded here when members were last active. A moderator can change that: `/presence settings track:True`."
        "#]],
    );
}

#[test]
fn something_has_to_count() {
    check::<Presence>(
        r#"
        given guild available
        given mod /presence settings skip:messages
        given mod /presence settings skip:edits
        given mod /presence settings skip:reactions
        given mod /presence settings skip:typing
        given mod /presence settings skip:voice
        given mod /presence settings skip:mute
        given mod /presence settings skip:commands
        given mod /presence settings skip:threads
        given mod /presence settings skip:events
        given mod /presence settings count:status
        given mod /presence settings skip:events
        mod /presence settings skip:status
        mod /presence settings count:messages skip:status
        "#,
        expect![[r#"
            > mod /presence settings skip:status
            refuse mod "Then nothing would count as a sign of life any more, and everybody would seem to be away. To record nothing at all: `/presence settings track:False`."
            > mod /presence settings count:messages skip:status
            reply mod
                | I record when members were last active and how often: `/seen` shows it. `track:False` ends that and forgets everything.
                | **Counts as a sign of life:** Messages.
                | **Does not count:** Edits of messages · Reactions, given or taken back · Typing · Joining, changing or leaving voice · Mute, camera and stream in voice · Commands and buttons of mine · Beginning or joining a thread · Interest in a scheduled event · Status: online, idle, what they play (`count:` changes that).
                | **Ignored channels:** none (`ignore:` adds one; a thread is a channel of its own).
                # Inactive members
                | Nobody becomes inactive here yet. Say after how long: `/presence settings inactive_after_days:90`.
                | **Exempt roles:** none
                | **Exempt members:** none
                | **Who takes no direct messages is told in:** nowhere
                | **What I do is told in:** where moderators read everything. If departures are reported, removals appear there as well.
        "#]],
    );
}

#[test]
fn no_more_channels_are_ignored_than_the_answer_can_list() {
    let mut stage = Stage::<Presence>::new();
    stage.play("guild available");
    for n in 0..MAX_IGNORED {
        stage.play(&format!("mod /presence settings ignore:#c{n}"));
    }
    let played = stage.play(
        r#"
        mod /presence settings ignore:#mods
        given #c7 deleted
        given mod /presence settings ignore:#mods
        mod /presence settings ignore:#general
        given mod /presence settings ignore:#general heed:#c8
        mod /presence settings heed:#c8
        "#,
    );
    expect![[r#"
        > mod /presence settings ignore:#mods
        refuse mod "I can ignore 40 channels and no more. Take one off the list first: `/presence settings heed:…`."
        > mod /presence settings ignore:#general
        refuse mod "I can ignore 40 channels and no more. Take one off the list first: `/presence settings heed:…`."
        > mod /presence settings heed:#c8
        refuse mod "I do not ignore <#3008>. `/presence settings` lists the channels that I do."
    "#]].assert_eq(&played);
}

#[test]
fn the_longest_answer_fits() {
    let mut state = State::default();
    let ids = (0..MAX_IGNORED as u64).map(|n| u64::MAX - n);
    state.counted.ignored = ids.filter_map(ChannelId::new).collect();
    let text = texts::settings(&state, lost_without(&state));
    let length = text.chars().count();
    assert!(length <= limits::CONTENT, "{length}");
}

#[test]
fn it_is_for_moderators() {
    check::<Presence>(
        r#"
        given guild available
        alice /presence settings ignore:#general
        "#,
        expect![[r#"
            > alice /presence settings ignore:#general
            refuse alice "This is for moderators: you need the permission *Manage Server*, or a role that a moderator has set with `/setup moderators`."
        "#]],
    );
}
