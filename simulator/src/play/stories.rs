//! The stories that `demo --story NAME` can tell.

use super::story::{Step, Story};
use crate::script::Verb;
use std::time::Duration;

/// All stories: name and maker.
pub const ALL: &[fn() -> Story] = &[welcome, outage];

/// The story of that name.
#[must_use]
pub fn named(name: &str) -> Option<Story> {
    ALL.iter()
        .map(|make| make())
        .find(|story| story.name == name)
}

fn run(user: &str, line: &str) -> [Step; 3] {
    let verb = Verb::Command {
        guild: None,
        channel: "general".to_owned(),
        user: user.to_owned(),
        line: line.to_owned(),
    };
    [Step::Do(verb), Step::UntilAnswer, Step::Pause(READ)]
}

fn join(user: &str) -> Step {
    Step::Do(Verb::Join {
        guild: None,
        user: user.to_owned(),
    })
}

fn leave(user: &str) -> Step {
    Step::Do(Verb::Leave {
        guild: None,
        user: user.to_owned(),
    })
}

fn say(user: &str, text: &str) -> Step {
    Step::Do(Verb::Say {
        guild: None,
        channel: "general".to_owned(),
        user: user.to_owned(),
        text: text.to_owned(),
    })
}

const READ: Duration = Duration::from_millis(1_200);
const FLOOD: usize = 20;

/// The welcome desk from invitation to a deleted channel.
fn welcome() -> Story {
    let mut steps = vec![
        Step::Tell("The bot is invited to a small community."),
        Step::Do(Verb::InviteBot { guild: None }),
        Step::UntilReady,
        Step::Pause(READ),
        Step::Tell("Mo, a moderator, sets it up."),
    ];
    steps.extend(run("Mo", "/setup show"));
    steps.extend(run("Mo", "/setup log channel:#mod-log"));
    steps.extend(run("Mo", "/welcome join channel:#welcome"));
    steps.extend(run("Mo", "/welcome leave channel:#mod-log"));
    steps.extend([
        Step::Tell("Somebody joins, and goes again."),
        join("Newton"),
        Step::UntilPost("welcome"),
        say("Newton", "hello! what do people play here?"),
        Step::Pause(READ),
        leave("Newton"),
        Step::UntilPost("mod-log"),
        Step::Pause(READ),
        Step::Tell("Somebody is shown the door."),
        join("Mallory"),
        Step::UntilPost("welcome"),
        Step::Do(Verb::Kick {
            guild: None,
            moderator: "Mo".to_owned(),
            user: "Mallory".to_owned(),
            reason: Some("advertising".to_owned()),
        }),
        Step::UntilPost("mod-log"),
        Step::Pause(READ),
        Step::Tell("Twenty people come at once: one message, not twenty."),
    ]);
    steps.extend((1..=FLOOD).map(|n| join(&format!("Guest {n}"))));
    steps.extend([Step::UntilNamed("welcome", "Guest 20"), Step::Pause(READ)]);
    steps.extend(run("Guest 1", "/help"));
    steps.extend(run("Mo", "/about"));
    steps.extend([
        Step::Tell("The welcome channel is deleted. Moderators are told once; nothing breaks."),
        Step::Do(Verb::DeleteChannel {
            guild: None,
            channel: "welcome".to_owned(),
        }),
        join("Late Comer"),
        Step::UntilPost("mod-log"),
        Step::Pause(READ),
    ]);
    Story {
        name: "welcome",
        about: "the welcome desk: set up, joins, leaves, a kick, a flood, a deleted channel",
        steps,
        with_bot: false,
    }
}

/// What the network does, and that nobody notices.
fn outage() -> Story {
    let mut steps = vec![Step::UntilReady, Step::Tell("All is well.")];
    steps.extend(run("Mo", "/welcome join channel:#welcome"));
    steps.extend([
        Step::Tell("The connection drops while somebody joins."),
        Step::Do(Verb::CutGateway {}),
        join("Newton"),
        Step::UntilPost("welcome"),
        Step::Pause(READ),
        Step::Tell("Discord forgets the session."),
        Step::Do(Verb::RefuseResumeNext { n: 1 }),
        Step::Do(Verb::CutGateway {}),
        Step::UntilReady,
        Step::Pause(READ),
    ]);
    steps.extend(run("Mo", "/ping"));
    Story {
        name: "outage",
        about: "the connection drops, the session is lost, and the bot goes on",
        steps,
        with_bot: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stories_are_found_by_their_names() {
        for make in ALL {
            let story = make();
            assert_eq!(named(story.name).map(|s| s.about), Some(story.about));
        }
        assert!(named("nothing").is_none());
    }
}
