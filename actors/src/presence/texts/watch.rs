//! Sentences about members who do nothing, to them and to moderators.

use super::super::{
    Member, Rules, State,
    case::{Inactive, Kept, RoleStep, Stage, Warning, Why},
    round::{Due, Found},
};
use crate::kernel::{
    address::Kind,
    custom_id::CustomId,
    ids::{ChannelId, RoleId, UserId},
    text::{
        Button, ButtonStyle, Embed, Message, Row, TimeStyle, discord_time, escape_line,
        mention_channel, mention_role, mention_user, plural,
    },
    time::{Span, Timestamp},
};

pub(in crate::presence) const ROLE_GIVEN: &str = "Inactive. Guildhall, /presence settings";
pub(in crate::presence) const ROLE_LIFTED: &str =
    "No longer inactive. Guildhall, /presence settings";
pub(in crate::presence) const ROLE_CHANGED: &str =
    "Inactive members have another role now. Guildhall, /presence settings";
pub(in crate::presence) const ROLE_GIVEN_BACK: &str =
    "Returned after having been removed for inactivity. Guildhall, /presence settings";
pub(in crate::presence) const NEEDS_MEMBERS: &str = "Without the intent *Server Members* I do not know who is here, so \
     nobody can be marked or removed. The operator of this bot switches it on in Discord's developer portal; \
     `/setup show` says when it works.";
pub(in crate::presence) const NEEDS_KICK: &str = "I may not remove members: I lack the permission *Kick Members*. \
     Give it to one of my roles, or use `/presence settings kick:False`.";
pub(in crate::presence) const NEEDS_ROLES: &str = "I may not give roles: I lack the permission *Manage Roles*. \
     Give it to one of my roles, or take the role out of the rules: `/presence settings role:… remove:True`.";
pub(in crate::presence) const NO_RULES: &str = "Nobody becomes inactive here yet. Say after how long: \
     `/presence settings inactive_after_days:90`.";
pub(in crate::presence) const DRY_RUN: &str = "This is a dry run: nothing would happen. `/presence preview` shows what \
     would, and has the button that switches it on.";
pub(in crate::presence) const CHANGED_SINCE: &str =
    "The rules have changed since this was shown. Look again: `/presence preview`.";
pub(in crate::presence) const OTHER_DAY: &str =
    "That was about another day. `/presence preview` shows who is due now.";
pub(in crate::presence) const NOT_KEPT: &str =
    "That was too long ago, or is done already: roles are kept for 30 days, and given back once.";
pub(in crate::presence) const FOR_ROLE_MANAGERS: &str =
    "This hands out roles: you need the permission *Manage Roles*.";
pub(in crate::presence) const NOTHING_TO_REMOVE: &str =
    "`remove:True` takes something out of the rules: say which role, channel or member as well.";
pub(in crate::presence) const TOO_MANY_EXEMPT: &str = "No more can be exempt: 20 roles and 50 members are the most. Give these members a role that is exempt.";
pub(in crate::presence) const LOOKING: &str =
    "I look at everybody now. The limits hold; what I do is told where moderators read it.";
pub(in crate::presence) const REMOVALS_OFF: &str =
    "I remove nobody any more. `/presence settings kick:True` would begin again, with a dry run.";
pub(in crate::presence) const ARMED: &str = "The rules are switched on. I look at everybody in a minute, and tell moderators what I do. \
     `/presence settings kick:False` or `inactive_after_days:0` ends it at any time.";
pub(in crate::presence) const DECIDED: &str = "Noted. I go on in a minute.";

fn day(at: Timestamp) -> String {
    discord_time(at, TimeStyle::LongDate)
}

fn button(label: &str, action: &str, args: &[&str], style: ButtonStyle) -> Button {
    let id = CustomId::new(Kind::Presence, action, args).to_string();
    Button::press(id, label, style)
}

/// What somebody is told before they are removed.
pub(in crate::presence) fn warning(
    state: &State,
    user: UserId,
    idle: Option<Span>,
    from: Timestamp,
) -> Message {
    let name = state
        .shared
        .as_ref()
        .map(|shared| shared.guild_name.as_str());
    let server = escape_line(
        name.filter(|name| !name.is_empty())
            .unwrap_or("this server"),
    );
    let whole = idle.map_or_else(String::new, |idle| format!(" for {idle}"));
    let when = discord_time(from, TimeStyle::ShortDateTime);
    Message::text(format!(
        "{}, you have not been active in **{server}**{whole}. Members who stay inactive are removed there; if \
         you do nothing, that happens on {when} or later. Write something, react, or join a voice channel \
         there, and you stay.",
        mention_user(user)
    ))
    .ping_user(user)
}

/// Why somebody is removed, for the audit log.
pub(in crate::presence) fn reason(
    state: &State,
    idle: Option<Span>,
    inactive: &Inactive,
) -> String {
    let idle = idle.map_or_else(|| "too long".to_owned(), |idle| idle.to_string());
    let limit = state.rules.after.unwrap_or(Span::ZERO);
    let told = match inactive.warning {
        Warning::Told(_) => "warned before",
        _ => "could not be warned",
    };
    format!("Inactive for {idle} (limit {limit}), {told}. Guildhall, /presence settings")
}

fn with_roles(text: &str, user: UserId, kept: &Kept, label: &str) -> Message {
    if kept.roles.is_empty() {
        return Message::text(format!("{text} Roles: none that I could give back."));
    }
    let shown: Vec<String> = kept
        .roles
        .iter()
        .take(20)
        .copied()
        .map(mention_role)
        .collect();
    let more = kept.roles.len().saturating_sub(20);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let roles = button(label, "roles", &[&user.to_string()], ButtonStyle::Secondary);
    Message::text(format!("{text} Roles: {}{more}.", shown.join(", ")))
        .row(Row::Buttons(vec![roles]))
}

pub(in crate::presence) fn armed(by: UserId) -> Message {
    Message::text(format!(
        "{} has switched the rules about inactive members on: `/presence settings` shows them.",
        mention_user(by)
    ))
}

pub(in crate::presence) const fn promised(here: bool) -> &'static str {
    if here {
        "They get their roles back now."
    } else {
        "They get their roles back when they return within 30 days of their removal."
    }
}

/// Somebody was removed.
pub(in crate::presence) fn removed(
    state: &State,
    user: UserId,
    member: &Member,
    kept: &Kept,
    now: Timestamp,
) -> Message {
    let idle = state.idle(member, now);
    let idle = idle.map_or_else(String::new, |idle| format!(": they did nothing for {idle}"));
    let told = match member.inactive().map(|inactive| inactive.warning) {
        Some(Warning::Told(at)) => format!(", and were told on {}", day(at)),
        _ => ", and could not be told".to_owned(),
    };
    let text = format!(
        "{} ({user}) was removed for inactivity{idle}{told}.",
        mention_user(user)
    );
    with_roles(&text, user, kept, "Give the roles back when they return")
}

/// Somebody was removed who did something at that very moment.
pub(in crate::presence) fn removed_too_late(
    _: &State,
    user: UserId,
    _: &Member,
    kept: &Kept,
    _: Timestamp,
) -> Message {
    let text = format!(
        "{} ({user}) became active in the very moment in which they were removed for inactivity. You may want \
         to invite them back.",
        mention_user(user)
    );
    with_roles(&text, user, kept, "Give the roles back when they return")
}

/// Somebody whom we removed is here again.
pub(in crate::presence) fn returned(user: UserId, kept: &Kept) -> Message {
    let text = format!(
        "{} is back, who was removed for inactivity on {}.",
        mention_user(user),
        day(kept.at)
    );
    with_roles(&text, user, kept, "Give the roles back")
}

pub(in crate::presence) fn given_back(user: UserId, kept: &Kept) -> Message {
    let roles: Vec<String> = kept
        .roles
        .iter()
        .take(20)
        .copied()
        .map(mention_role)
        .collect();
    Message::text(format!(
        "{} is back, and gets the roles from before: {}.",
        mention_user(user),
        roles.join(", ")
    ))
}

pub(in crate::presence) fn not_given_back(user: UserId, role: RoleId) -> Message {
    Message::text(format!(
        "I could not give {} the role {} back: Discord did not let me. Please do it by hand.",
        mention_user(user),
        mention_role(role)
    ))
}

pub(in crate::presence) fn spared(user: UserId, why: Why) -> Message {
    let why = match why {
        Why::Owner => "they own the server",
        Why::Above => "their highest role is not below mine",
        Why::Refused => "Discord refused it",
    };
    Message::text(format!(
        "I did not remove {} for inactivity: {why}. I will look again in a week, and say nothing if it is still so. \
         `/presence settings exempt_user:…` leaves them alone for good.",
        mention_user(user)
    ))
}

pub(in crate::presence) fn kick_refused() -> Message {
    Message::text(
        "Members are due to be removed for inactivity, but I lack the permission *Kick Members*. I try again \
         every day. `/presence settings kick:False` if nobody should be removed.",
    )
}

pub(in crate::presence) fn role_refused(role: RoleId) -> Message {
    Message::text(format!(
        "I could not give an inactive member the role {}: I need the permission *Manage Roles*, and the role must \
         be below my highest one. I try again every day.",
        mention_role(role)
    ))
}

pub(in crate::presence) fn not_lifted(user: UserId, role: RoleId) -> Message {
    Message::text(format!(
        "{} is active again, but I could not take the role {} off them. Please do it by hand.",
        mention_user(user),
        mention_role(role)
    ))
}

pub(in crate::presence) fn untold(user: UserId, from: Timestamp) -> Message {
    Message::text(format!(
        "I could not tell {} that they will be removed for inactivity: they take no direct messages, and I found \
         no channel to do it in. That happens on {} or later.",
        mention_user(user),
        day(from)
    ))
}

pub(in crate::presence) fn role_gone(shown: bool, armed: bool) -> Message {
    let mut text = if shown {
        "The role of inactive members is gone. Choose another: `/presence settings role:…`."
            .to_owned()
    } else {
        "A role is gone that kept members from being inactive.".to_owned()
    };
    if armed {
        text.push_str(
            " Until a moderator has looked at `/presence preview` I mark and remove nobody.",
        );
    }
    Message::text(text)
}

pub(in crate::presence) fn calm(away: Span, until: Timestamp) -> Message {
    Message::text(format!(
        "I could not see this server for {away}. That time counts for nobody, and I remove nobody before {}.",
        discord_time(until, TimeStyle::ShortDateTime)
    ))
}

pub(in crate::presence) fn round(marked: u32, told: u32) -> Message {
    let marked = (marked > 0).then(|| {
        let members = plural(u64::from(marked), "member has", "members have");
        format!("{members} become inactive.")
    });
    let told = (told > 0).then(|| {
        let members = plural(u64::from(told), "inactive member", "inactive members");
        format!("{members} will be removed unless they do something.")
    });
    let lines: Vec<String> = marked.into_iter().chain(told).collect();
    Message::text(lines.join(" "))
}

/// More are due than a day allows. `left`: so many are still allowed today; `wanted`: so many would there
/// be today in all.
pub(in crate::presence) fn too_many(
    due: u32,
    left: u32,
    share: u32,
    wanted: u32,
    day: &str,
) -> Message {
    let wanted = wanted.to_string();
    let buttons = vec![
        button(
            &format!("Remove all {due} today"),
            "go",
            &[day, &wanted],
            ButtonStyle::Danger,
        ),
        button(
            &format!("Stay at {share} a day"),
            "keep",
            &[day],
            ButtonStyle::Primary,
        ),
        button("Remove nobody any more", "off", &[], ButtonStyle::Secondary),
    ];
    let members = plural(u64::from(due), "member is", "members are");
    Message::text(format!(
        "**{members} due to be removed for inactivity**, more than the {left} that are left of today's limit of \
         {share}. I remove nobody until somebody here decides. `/presence preview` lists them."
    ))
    .row(Row::Buttons(buttons))
}

/// What would happen, and the button that lets it.
pub(in crate::presence) fn preview(state: &State, found: &Found) -> Message {
    let rules = &state.rules;
    let of = plural(found.members, "member", "members");
    let lead = if rules.armed {
        "The rules are switched on. What the next round finds:"
    } else {
        "**A dry run**: nothing of this happens until somebody presses the button."
    };
    let mut embed = Embed::new("Inactive members").description(lead.to_owned());
    let mut group = |title: &str, due: &Due| {
        if due.all > 0 {
            embed = std::mem::take(&mut embed).field(
                format!("{title}: {}", due.all),
                names(due),
                false,
            );
        }
    };
    group("Become inactive", &found.mark);
    group("Told that they will be removed", &found.warn);
    group("Removed", &found.remove);
    group("No longer inactive", &found.wake);
    let quiet = found.mark.all + found.warn.all + found.remove.all + found.wake.all == 0;
    if quiet {
        embed = embed.field(
            "Nothing to do".to_owned(),
            "Nobody is due now.".to_owned(),
            false,
        );
    }
    let foot = format!(
        "{of}, of them {} inactive so far, {} exempt",
        found.inactive, found.exempt
    );
    let message = Message::default().embed(
        embed
            .field("The rules".to_owned(), short(rules), false)
            .footer(foot),
    );
    if rules.armed {
        return message;
    }
    let arm = button(
        "Switch on",
        "arm",
        &[&rules.edition.to_string()],
        ButtonStyle::Danger,
    );
    message.row(Row::Buttons(vec![arm]))
}

fn names(due: &Due) -> String {
    let shown: Vec<String> = due
        .iter()
        .take(10)
        .map(|(user, idle)| format!("{} · {idle}", mention_user(user)))
        .collect();
    let more = u64::from(due.all) - shown.len() as u64;
    let more = (more > 0).then(|| format!("… and {more} more"));
    let lines: Vec<String> = shown.into_iter().chain(more).collect();
    lines.join("\n")
}

/// The rules in two sentences.
fn short(rules: &Rules) -> String {
    let Some(after) = rules.after else {
        return NO_RULES.to_owned();
    };
    let role = rules.role.map_or_else(String::new, |role| {
        format!(", and get the role {}", mention_role(role))
    });
    let removal = if !rules.kick {
        " Nobody is removed.".to_owned()
    } else {
        let warned = if rules.warn {
            format!("told {} before, ", rules.grace)
        } else {
            String::new()
        };
        format!(
            " They are {warned}removed {} after they became inactive: at most {} an hour and {} % of all members a \
             day; for more I ask.",
            rules.kick_after.max(rules.grace),
            rules.per_round,
            rules.percent
        )
    };
    format!("Members become inactive after {after} without a sign of life{role}.{removal}")
}

/// The rules as they are, for `/presence settings`.
pub(in crate::presence) fn rules(state: &State) -> Embed {
    let rules = &state.rules;
    let mut lines = vec![short(rules)];
    if rules.after.is_some() {
        lines.push(if rules.armed {
            "**They are switched on.**".to_owned()
        } else {
            "**This is a dry run**: look at `/presence preview` and switch them on there."
                .to_owned()
        });
    }
    let list = |names: Vec<String>| match names.is_empty() {
        true => "none".to_owned(),
        false => names.join(", "),
    };
    let place = |place: Option<ChannelId>, other: &str| {
        place.map_or_else(|| other.to_owned(), mention_channel)
    };
    let roles = rules.exempt_roles.iter().copied().map(mention_role);
    let users = rules.exempt_users.iter().copied().map(mention_user);
    lines.push(format!("**Exempt roles:** {}", list(roles.collect())));
    lines.push(format!("**Exempt members:** {}", list(users.collect())));
    let warned = place(rules.warn_channel, "nowhere");
    lines.push(format!(
        "**Who takes no direct messages is told in:** {warned}"
    ));
    let log = place(rules.log, "where moderators read everything");
    lines.push(format!(
        "**What I do is told in:** {log}. If departures are reported, removals appear there as well."
    ));
    Embed::new("Inactive members").description(lines.join("\n"))
}

/// Somebody's place in the rules; dates of a removal only where `detail`.
pub(in crate::presence) fn stage(
    state: &State,
    user: UserId,
    member: &Member,
    now: Timestamp,
    detail: bool,
) -> Option<String> {
    state.rules.after?;
    if member.left.is_some() {
        return None;
    }
    if state.is_exempt(user, member) {
        return detail.then(|| "Exempt from the rules about inactive members.".to_owned());
    }
    match member.stage() {
        Stage::Active => None,
        Stage::Pardoned => detail.then(|| {
            "Not judged before their next sign of life: a moderator took the role off.".to_owned()
        }),
        Stage::Inactive(_) if !detail => Some("Counts as inactive.".to_owned()),
        Stage::Inactive(inactive) => Some(inactive_line(state, inactive, now)),
    }
}

fn inactive_line(state: &State, inactive: &Inactive, now: Timestamp) -> String {
    let mut line = format!("Inactive since {}", day(inactive.since));
    if let RoleStep::Given(role) = inactive.role {
        line.push_str(&format!(", has the role {}", mention_role(role)));
    }
    match inactive.warning {
        Warning::Told(at) => line.push_str(&format!(", was told on {}", day(at))),
        Warning::Untold(at) => line.push_str(&format!(", could not be told on {}", day(at))),
        Warning::None | Warning::Sending => {}
    }
    if state.rules.kick && state.rules.armed {
        let from = day(state.removed_from(inactive, now));
        line.push_str(&format!(", will be removed on {from} or later"));
    }
    match inactive.spared.map(|spared| spared.why) {
        Some(Why::Owner) => line.push_str("; could not be: owns the server"),
        Some(Why::Above) => line.push_str("; could not be: their role is not below mine"),
        Some(Why::Refused) => line.push_str("; could not be: Discord refused it"),
        None => {}
    }
    format!("{line}.")
}
