//! What the desk knows about a member, and how it forgets them.
//!
//! Somebody who asked to be forgotten has no row. Their coming and going is still said when it happens,
//! for it needs nothing stored: a greeting when the event of their joining comes, an alert without roles
//! and date when they leave. What would need a memory is left out: they are not greeted after the
//! server's screening, and who came or went while events were lost is neither greeted nor reported,
//! because without a row it cannot be told whether that was said before. So nothing is said twice, and
//! no pseudonym is needed.

use super::{Greeting, Row, State, audit::Cause};
use crate::kernel::{
    address::Address,
    ids::UserId,
    machine::Cx,
    own::{self, Known},
    text::{TimeStyle, discord_time, plural},
};

/// Whether somebody asked not to be recorded here.
pub(super) fn is_forgotten(me: Address, state: &State, user: UserId) -> bool {
    state.forgotten.has(me, user)
}

pub(super) fn about(cx: &Cx<'_, Row>, state: &State, user: UserId) -> Vec<Known> {
    let mut known = Vec::new();
    if let Some(row) = own::own_row(cx, user) {
        let since = row.joined_at.map_or_else(String::new, |at| {
            format!(" since {}", discord_time(at, TimeStyle::LongDate))
        });
        let roles = plural(row.roles.len() as u64, "role", "roles");
        let greeted = match row.greeting {
            Greeting::None => "not greeted by me",
            Greeting::Due => "to be greeted after the screening",
            Greeting::Done => "greeted",
        };
        let text = format!("Here{since}, {roles}, {greeted}.");
        known.push(Known::new("Membership", &text, row));
    }
    for draft in state.drafts.iter().filter(|draft| draft.by == user) {
        let text = "A text for the desk that you wrote and I did not accept.";
        known.push(Known::new("Draft", text, draft));
    }
    if state.arrivals.gathered.contains(&user) {
        let text = "You joined with many others and are about to be greeted.";
        known.push(Known::new("Arrival", text, &user));
    }
    let leaving = &state.departures.leaving;
    for leaver in leaving.iter().filter(|leaver| leaver.user == user) {
        let text = "You left, and it is about to be reported.";
        known.push(Known::new("Departure", text, leaver));
    }
    let call = state.roll.call.iter();
    let gone = call.flat_map(|call| &call.gone);
    for gone in gone.filter(|gone| gone.user == user) {
        let text = "You left while I was not looking, and it is about to be reported.";
        known.push(Known::new("Departure", text, gone));
    }
    let removed = leaving
        .iter()
        .filter(|leaver| by(leaver.cause.as_ref()) == Some(user));
    let lines = state.departures.removals.iter();
    let lines = lines.filter(|line| line.by == Some(user) || line.target == Some(user));
    let removals = removed.count() + lines.count();
    if removals > 0 {
        let text = "Lines of the audit log about you that are about to be reported.";
        known.push(Known::new("Audit log", text, &removals));
    }
    known
}

fn by(cause: Option<&Cause>) -> Option<UserId> {
    match cause {
        Some(Cause::Removed { by, .. }) => *by,
        _ => None,
    }
}

pub(super) fn forget(cx: &mut Cx<'_, Row>, state: &mut State, user: UserId) {
    own::remove_own_row(cx, user);
    state.forgotten.add(cx.me, user);
    state.drafts.retain(|draft| draft.by != user);
    state.arrivals.gathered.retain(|gathered| *gathered != user);
    let departures = &mut state.departures;
    departures.leaving.retain(|leaver| leaver.user != user);
    for leaver in &mut departures.leaving {
        if let Some(Cause::Removed { by, .. }) = &mut leaver.cause {
            *by = by.filter(|by| *by != user);
        }
    }
    departures.removals.retain(|line| line.target != Some(user));
    for line in &mut departures.removals {
        line.by = line.by.filter(|by| *by != user);
    }
    if let Some(call) = &mut state.roll.call {
        let named = call.gone.len();
        call.gone.retain(|gone| gone.user != user);
        let fewer = u32::try_from(named - call.gone.len()).unwrap_or(0);
        call.gone_more = call.gone_more.saturating_add(fewer);
    }
}

/// They get a row with the next member list; until then nobody's departure without one is taken for a
/// repetition.
pub(super) fn record_again(cx: &Cx<'_, Row>, state: &mut State, user: UserId) {
    if state.forgotten.remove(cx.me, user) {
        state.roll.known = false;
        if let Some(call) = &mut state.roll.call {
            // They may have been in a part of the list that was taken already.
            call.whole = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, welcome::Welcome};
    use expect_test::expect;

    #[test]
    fn who_asks_to_be_forgotten_has_no_row_and_nothing_is_said_twice() {
        check::<Welcome>(
            r#"
            given guild available
            given mod /welcome join channel:#welcome
            given mod /welcome leave channel:#log
            given listed mod
            given alice joins with @vip
            given 1m pass
            told wanted alice
            told forget alice
            told wanted alice
            rows
            alice gets @staff
            guild available gap 10m members mod, alice
            listed mod, alice
            rows
            alice leaves
            2s pass
            outcome of 3: log
            alice joins
            rows
            given told record alice
            given guild available gap 1s members mod, alice
            given listed mod, alice
            rows
            "#,
            expect![[r#"
                > told wanted alice
                tell privacy 1 known
                    # Membership
                    | Here since <t:1767614400:D>, 1 role, greeted.
                    {"joined_at":1767614400000,"roles":[601],"greeting":"Done","seen":1}
                > told forget alice
                tell privacy 0 known
                > told wanted alice
                tell privacy 0 known
                > rows
                row mod Row { joined_at: Some(Timestamp(1766750400000)), roles: [], greeting: None, seen: 1 }
                > alice gets @staff
                > guild available gap 10m members mod, alice
                [2] request members as welcome-2
                reconciling
                > listed mod, alice
                reconciled
                > rows
                row mod Row { joined_at: Some(Timestamp(1766750400000)), roles: [], greeting: None, seen: 2 }
                > alice leaves
                timer leave in 2 seconds
                > 2s pass
                [3] read audit log of the last 1 minute 2 seconds
                > outcome of 3: log
                post #log
                    | **alice** left.
                    | Member for: unknown · Roles: unknown
                > alice joins
                post #welcome "Welcome to the server, <@alice>!" pings alice
                > rows
                row mod Row { joined_at: Some(Timestamp(1766750400000)), roles: [], greeting: None, seen: 2 }
                > rows
                row alice Row { joined_at: Some(Timestamp(1767614462000)), roles: [], greeting: Done, seen: 3 }
                row mod Row { joined_at: Some(Timestamp(1766750400000)), roles: [], greeting: None, seen: 3 }
            "#]],
        );
    }

    #[test]
    fn a_list_in_which_they_were_passed_over_is_not_taken_for_complete() {
        check::<Welcome>(
            r#"
            given guild available
            given mod /welcome leave channel:#log
            given told forget alice
            listed alice …
            told record alice
            listed mod
            rows
            guild available
            listed mod, alice
            rows
            "#,
            expect![[r#"
                > listed alice …
                timer list in 2 minutes
                > told record alice
                > listed mod
                timer list off
                > rows
                row mod Row { joined_at: Some(Timestamp(1766750400000)), roles: [], greeting: None, seen: 1 }
                > guild available
                [2] request members as welcome-2
                > listed mod, alice
                > rows
                row alice Row { joined_at: Some(Timestamp(1766750400000)), roles: [], greeting: None, seen: 2 }
                row mod Row { joined_at: Some(Timestamp(1766750400000)), roles: [], greeting: None, seen: 2 }
            "#]],
        );
    }

    #[test]
    fn what_waits_forgets_them_too() {
        check::<Welcome>(
            r#"
            given guild available
            given mod /welcome join channel:#welcome
            given mod /welcome leave channel:#log
            given listed mod, alice
            given mod submits edit:join text:"Hi {oops}"
            told wanted mod
            told forget mod
            told wanted mod
            given m1-m6 join
            told wanted m6
            told forget m6
            10s pass
            log: bob kicks carol "spam"
            told wanted bob
            told forget bob
            told wanted carol
            told forget carol
            told wanted carol
            "#,
            expect![[r#"
                > told wanted mod
                tell privacy 2 known
                    # Membership
                    | Here since <t:1766750400:D>, 0 roles, not greeted by me.
                    {"joined_at":1766750400000,"roles":[],"greeting":"None","seen":1}
                    # Draft
                    | A text for the desk that you wrote and I did not accept.
                    {"by":201,"side":"Join","text":"Hi {oops}","at":1767614400000}
                > told forget mod
                tell privacy 0 known
                > told wanted mod
                tell privacy 0 known
                > told wanted m6
                tell privacy 2 known
                    # Membership
                    | Here since <t:1767614400:D>, 0 roles, greeted.
                    {"joined_at":1767614400000,"roles":[],"greeting":"Done","seen":1}
                    # Arrival
                    | You joined with many others and are about to be greeted.
                    1006
                > told forget m6
                tell privacy 0 known
                > 10s pass
                > log: bob kicks carol "spam"
                > told wanted bob
                tell privacy 1 known
                    # Audit log
                    | Lines of the audit log about you that are about to be reported.
                    1
                > told forget bob
                tell privacy 0 known
                > told wanted carol
                tell privacy 1 known
                    # Audit log
                    | Lines of the audit log about you that are about to be reported.
                    1
                > told forget carol
                tell privacy 0 known
                > told wanted carol
                tell privacy 0 known
            "#]],
        );
    }
}
