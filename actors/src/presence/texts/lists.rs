//! Sentences about many members at once.

use super::super::{
    Deeds,
    lists::{By, Format, MOST, Ranked},
};
use crate::kernel::{
    activity::Deed,
    ids::UserId,
    pages::{self, Page},
    text::{mention_user, plural},
    time::Span,
};

/// Who is on no list, while the member list is not known.
const UNSEEN: &str = "Members who never gave a sign of life are not listed.";

/// How often and at which hours somebody did what; what [`super::seen`] does not say.
pub(super) fn tally(deeds: &Deeds) -> String {
    let count = |deed| u64::from(deeds.counts.of(deed));
    let used = plural(
        count(Deed::Used),
        "command or button",
        "commands and buttons",
    );
    let also = format!(
        "Also counted: {}, typed {}, {} in voice, {} of microphone, camera or stream, {used} of mine, {}, \
         {}, {} of status.",
        plural(count(Deed::Edited), "edit", "edits"),
        plural(count(Deed::Typed), "time", "times"),
        plural(count(Deed::Spoke), "change", "changes"),
        plural(count(Deed::Muted), "change", "changes"),
        plural(count(Deed::Threaded), "thread", "threads"),
        plural(
            count(Deed::Answered),
            "answer to an event",
            "answers to events"
        ),
        plural(count(Deed::Appeared), "change", "changes"),
    );
    match picture(deeds.hours.all()) {
        Some(picture) => format!("{also}\nHours of the day, from 0 to 23 UTC: `{picture}`"),
        None => also,
    }
}

/// A bar for each number, the highest for the largest; a dot where there is nothing.
fn picture(numbers: &[u16]) -> Option<String> {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = usize::from(*numbers.iter().max().filter(|most| **most > 0)?);
    let bar = |number: &u16| match usize::from(*number) {
        0 => '·',
        number => BARS[(number * BARS.len()).div_ceil(most) - 1],
    };
    Some(numbers.iter().map(bar).collect())
}

/// One page of who did the most; `None` when nobody did anything of it.
pub(in crate::presence) fn top(by: By, ranked: &Ranked, page: usize) -> Option<Page> {
    let title = match by {
        By::Everything => "Most active members",
        By::Messages => "Members with the most messages",
        By::Reactions => "Members with the most reactions",
        By::Voice => "Members with the most time in voice",
    };
    let line = |(place, number, user): (usize, i64, UserId)| {
        let number = number.saturating_neg();
        let amount = match by {
            By::Voice => Span::millis(number).to_string(),
            By::Messages => deeds(number, "message", "messages"),
            By::Reactions => deeds(number, "reaction", "reactions"),
            By::Everything => deeds(number, "deed", "deeds"),
        };
        format!("{place}. {} · {amount}", mention_user(user))
    };
    list(title.to_owned(), ranked, page, line)
}

fn deeds(number: i64, one: &str, many: &str) -> String {
    plural(number.unsigned_abs(), one, many)
}

pub(in crate::presence) const fn nobody_on_top(by: By) -> &'static str {
    match by {
        By::Everything => "I have not seen anybody do anything here yet.",
        By::Messages => "I have not seen anybody write here yet.",
        By::Reactions => "I have not seen anybody react here yet.",
        By::Voice => "I have not seen anybody in voice here yet.",
    }
}

/// One page of who has been idle for long; `None` when nobody has. `known`: everybody who is here is
/// recorded.
pub(in crate::presence) fn inactive(
    days: i64,
    ranked: &Ranked,
    page: usize,
    known: bool,
) -> Option<Page> {
    let title = format!("Inactive for {} or more", of_days(days));
    let line = |(place, number, user): (usize, i64, UserId)| {
        let idle = Span::millis(number.saturating_neg());
        format!("{place}. {} · {idle}", mention_user(user))
    };
    let mut page = list(title, ranked, page, line)?;
    if !known {
        page.foot = format!("{}. {UNSEEN}", page.foot);
    }
    Some(page)
}

pub(in crate::presence) fn nobody_inactive(days: i64, ranked: &Ranked, known: bool) -> String {
    if ranked.members == 0 {
        return nobody_on_top(By::Everything).to_owned();
    }
    let of = plural(ranked.members, "member", "members");
    let nobody = format!(
        "Nobody of {of} has been inactive for {} or more.",
        of_days(days)
    );
    if known {
        nobody
    } else {
        format!("{nobody} {UNSEEN}")
    }
}

fn of_days(days: i64) -> String {
    plural(days.unsigned_abs(), "day", "days")
}

fn list(
    title: String,
    ranked: &Ranked,
    page: usize,
    line: impl Fn((usize, i64, UserId)) -> String,
) -> Option<Page> {
    let of = ranked.len();
    let page = pages::within(page, of);
    let lines: Vec<String> = ranked.page(page).map(line).collect();
    let members = plural(ranked.members, "member", "members");
    let foot = if ranked.listed > MOST as u64 {
        format!("the first {of} of {}, of {members}", ranked.listed)
    } else {
        format!("{} of {members}", ranked.listed)
    };
    (!lines.is_empty()).then_some(Page {
        title,
        lines,
        page,
        of,
        foot,
    })
}

pub(in crate::presence) const NOTHING_TO_EXPORT: &str = "There is nothing to export: I have not seen anybody do \
     anything here yet.";

/// What is in an exported file.
pub(in crate::presence) fn exported(members: u64, left_out: u64) -> String {
    let whom = plural(members, "member", "members");
    let text = format!("All that I have recorded here about {whom}. Times are in UTC.");
    if left_out == 0 {
        return text;
    }
    let more = plural(left_out, "member does", "members do");
    format!("{text} {more} not fit into the file; the operator of this bot can give you all of it.")
}

pub(in crate::presence) const fn file_description(format: Format) -> &'static str {
    match format {
        Format::Csv => "A table with a line per member: when they were last active, and how often",
        Format::Json => "A list of members: when they were last active, and how often",
    }
}
