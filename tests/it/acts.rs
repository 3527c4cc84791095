//! What the people of a town do, and what they see of the bot.

use crate::support::{SOON, Town, text};
use guildhall::bot::Bot;
use simulator::{Id, InteractionHandle, Simulator};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::Instant;

/// Waits for what cannot be seen from outside the bot. Looks often; gives up as late as any test.
pub(crate) async fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + SOON;
    while !done() {
        assert!(Instant::now() < end, "this never became true: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits for something in the world.
pub(crate) async fn seen<T>(
    sim: &Simulator,
    what: &str,
    look: impl FnMut(&Simulator) -> Option<T>,
) -> T {
    let found = sim.wait_for(SOON, look).await;
    found.unwrap_or_else(|| panic!("this never happened: {what}"))
}

impl Town {
    /// Waits for something in the town.
    pub(crate) async fn until(&self, what: &str, mut is: impl FnMut(&Simulator) -> bool) {
        seen(&self.sim, what, |sim| is(sim).then_some(())).await;
    }

    /// Log channel and both sides of the welcome desk, and everybody who is there is known.
    pub(crate) async fn furnish(&self, bot: &Bot) {
        self.switch_all_on().await;
        eventually("nothing is left to do", || is_quiet(bot)).await;
    }

    /// As [`Town::furnish`], where nobody can look into the bot.
    pub(crate) async fn furnish_by_command(&self) {
        self.switch_all_on().await;
        // The bot's first words in a new guild, so that no fault meant for others hits them.
        self.until("hello is said", |sim| {
            !letters(sim, self.moderator).is_empty()
        })
        .await;
    }

    async fn switch_all_on(&self) {
        for line in [
            "/setup log channel:#mod-log",
            "/welcome join channel:#welcome message:Hi {user}",
            "/welcome leave channel:#mod-log message:Bye {name}",
        ] {
            self.moderate(line).await;
        }
    }

    /// Somebody new joins.
    pub(crate) fn newcomer(&self, name: &str) -> Id {
        let user = self.sim.add_user(name);
        assert!(self.sim.join(self.guild, user), "{name} joins");
        user
    }

    /// How often each member was mentioned in the welcome channel.
    pub(crate) fn greetings(&self) -> BTreeMap<Id, usize> {
        mentions(&self.sim, self.welcome)
    }

    /// Waits until these were greeted.
    pub(crate) async fn greeted(&self, users: &[Id]) {
        let all = |town: &Self| {
            let greetings = town.greetings();
            users.iter().all(|user| greetings.contains_key(user))
        };
        self.until("everybody is greeted", |_| all(self)).await;
    }

    /// Lets somebody join and be greeted. Whatever was said twice before that would be there by now,
    /// because a channel's messages leave in their order.
    pub(crate) async fn everybody_once(&self) {
        let last = self.newcomer("Zacharias the Last");
        self.greeted(&[last]).await;
        let twice: Vec<_> = self
            .greetings()
            .into_iter()
            .filter(|(_, count)| *count != 1)
            .collect();
        assert_eq!(
            twice,
            [],
            "greeted not once; the channel: {:#?}",
            self.texts(self.welcome)
        );
    }

    /// Waits until the moderators' channel says something.
    pub(crate) async fn logged(&self, part: &str) {
        let said = |town: &Self| town.texts(town.log).iter().any(|text| text.contains(part));
        let found = self.sim.wait_for(SOON, |_| said(self).then_some(())).await;
        assert!(
            found.is_some(),
            "{part} is not in the log: {:#?}",
            self.texts(self.log)
        );
    }

    /// How many lines of the moderators' channel have `part`.
    pub(crate) fn times_logged(&self, part: &str) -> usize {
        let texts = self.texts(self.log);
        texts
            .iter()
            .flat_map(|text| text.lines())
            .filter(|line| line.contains(part))
            .count()
    }

    /// Somebody runs a command.
    pub(crate) fn asks(&self, user: Id, line: &str) -> InteractionHandle {
        self.sim
            .command(self.general, user, line)
            .unwrap_or_else(|fault| panic!("{line}: {fault}"))
    }

    /// One line of `/about`, by the name of its field.
    pub(crate) async fn about(&self, field: &str) -> String {
        let about = self.moderate("/about").await;
        let line = about
            .lines()
            .find_map(|line| line.strip_prefix(field)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("{field} is not in {about}"))
            .to_owned()
    }

    /// Number of requests answered with a fault.
    pub(crate) fn faults(&self) -> usize {
        self.sim
            .requests()
            .iter()
            .filter(|request| request.fault.is_some())
            .count()
    }
}

/// How often each person was mentioned in a channel.
pub(crate) fn mentions(sim: &Simulator, channel: Id) -> BTreeMap<Id, usize> {
    let mut counts = BTreeMap::new();
    for message in sim.messages(channel) {
        for user in message["mentions"].as_array().into_iter().flatten() {
            let id = user["id"]
                .as_str()
                .and_then(|id| id.parse().ok())
                .expect("mentions have ids");
            *counts.entry(id).or_default() += 1;
        }
    }
    counts
}

/// What the bot wrote to somebody directly.
pub(crate) fn letters(sim: &Simulator, user: Id) -> Vec<String> {
    sim.dms(user).iter().map(text).collect()
}

/// Whether everything the bot has begun is done and durable.
pub(crate) fn is_quiet(bot: &Bot) -> bool {
    let status = bot.status();
    let waiting = bot.hub().core(|core| core.waiting());
    waiting == 0 && status.outbox == 0 && status.store_lag_ms == 0 && status.open_gaps == 0
}
