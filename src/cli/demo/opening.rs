//! What happens before the small talk, when no story was asked for: the bot comes and is set up.

use simulator::{
    Verb,
    play::story::{Step, Story},
};
use std::time::Duration;

const READ: Duration = Duration::from_millis(1_500);

pub(super) fn story() -> Story {
    let mut steps = vec![
        Step::Tell("A small community. Its owner invites the bot."),
        Step::Do(Verb::InviteBot { guild: None }),
        Step::UntilReady,
        Step::Pause(READ),
        Step::Tell("Mo, a moderator, sets it up."),
    ];
    let lines = [
        "/setup log channel:#mod-log",
        "/welcome join channel:#welcome message:Welcome {user}! You are member number {count}. || Hello {user}, make yourself at home.",
        "/welcome leave channel:#mod-log",
        "/setup show",
    ];
    for line in lines {
        let verb = Verb::Command {
            guild: None,
            channel: "mod-log".to_owned(),
            user: "Mo".to_owned(),
            line: line.to_owned(),
        };
        steps.extend([Step::Do(verb), Step::UntilAnswer, Step::Pause(READ)]);
    }
    steps.push(Step::Tell("From here on people do as they like."));
    Story {
        name: "opening",
        about: "the bot is invited and set up",
        steps,
        with_bot: false,
    }
}
