//! Was it said already? Discord forgets nonces after a few minutes, channels do not.
//!
//! A message counts as ours if we wrote it and it has our nonce or, where Discord does not repeat
//! nonces, the same text and the same titles of embeds. Without the permission to read earlier
//! messages Discord shows none, and the message is sent: then the nonce is all there is.

use super::{Executor, World};
use crate::discord::{rest::number, to_discord};
use actors::kernel::{
    ids::{ChannelId, MessageId, snowflake_at},
    outbox::{Job, NONCE_TRUSTED, Sent},
    text::Message,
    time::{Span, Timestamp},
};
use serde_json::Value;

/// Pages read at most; oldest first, so that they begin where the message would be.
pub(super) const PAGES: usize = 5;
/// How much earlier to begin: clocks are never quite right.
const MARGIN: Span = Span::seconds(5);
/// Messages on a full page.
const PAGE: usize = 100;

/// From when on to look for what a job says, on Discord's clock; `None` where the nonce will do.
///
/// Within one life the kernel notices when our clock is set. Between two lives nobody does, and one set
/// back makes a row look young. But a clock that is behind Discord's now may have been right when the
/// row was made: then the row is older than it looks, and was made earlier than our offset says.
pub(super) fn look_from(job: &Job, world: &dyn World) -> Option<Timestamp> {
    let offset = world.offset();
    if !job.of_earlier_life {
        return job.look_since.map(|since| since + offset);
    }
    let made_at = job.row.made_at;
    let at_most_old = (world.now() + offset).since(made_at.min(made_at + offset));
    let since = job
        .look_since
        .or_else(|| (at_most_old > NONCE_TRUSTED).then_some(made_at))?;
    Some(since.min(since + offset))
}

impl Executor {
    /// Looks for a message of ours from `since` on, on Discord's clock.
    pub(super) async fn look(
        &self,
        channel: ChannelId,
        message: &Message,
        nonce: Option<&str>,
        since: Timestamp,
        world: &dyn World,
    ) -> Result<Option<MessageId>, Sent> {
        let Some(bot) = world.bot() else {
            return Err(Sent::Unclear);
        };
        let mut after = snowflake_at(since - MARGIN);
        for _ in 0..PAGES {
            let answer = self.ask(&to_discord::messages_after(channel, after)).await;
            let answer = match answer {
                Ok(answer) => answer,
                // Who may not look may not speak either: sending will say so, and why.
                Err(Sent::Refused(_)) => return Ok(None),
                Err(sent) => return Err(sent),
            };
            let page = answer.body.as_array().map_or(&[][..], Vec::as_slice);
            let ours = page
                .iter()
                .filter(|shown| number(&shown["author"]["id"]) == Some(bot.get()));
            let found = ours.filter(|shown| is_it(shown, message, nonce));
            let oldest = found.filter_map(|shown| number(&shown["id"])).min();
            if let Some(found) = oldest.and_then(MessageId::new) {
                return Ok(Some(found));
            }
            let newest = page.iter().filter_map(|shown| number(&shown["id"])).max();
            match newest {
                Some(newest) if newest > after && page.len() >= PAGE => after = newest,
                _ => return Ok(None),
            }
        }
        Ok(None)
    }
}

fn is_it(shown: &Value, message: &Message, nonce: Option<&str>) -> bool {
    if let (Some(theirs), Some(ours)) = (shown["nonce"].as_str(), nonce) {
        return theirs == ours;
    }
    let embeds = shown["embeds"].as_array().map_or(&[][..], Vec::as_slice);
    let titles = embeds
        .iter()
        .map(|embed| embed["title"].as_str().unwrap_or_default().trim());
    // Discord trims texts, so both sides are compared trimmed.
    shown["content"].as_str().unwrap_or_default().trim() == message.content.trim()
        && titles.eq(message.embeds.iter().map(|embed| embed.title.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actors::kernel::text::Embed;
    use serde_json::json;

    #[test]
    fn a_nonce_decides_and_text_decides_where_there_is_none() {
        let message = Message::text("hello ").embed(Embed::new("Title"));
        let same = json!({"content": "hello", "embeds": [{"title": "Title"}]});
        assert!(is_it(&same, &message, Some("A")));
        let mut other = same;
        other["nonce"] = "B".into();
        assert!(
            !is_it(&other, &message, Some("A")),
            "another effect said the same"
        );
        other["nonce"] = "A".into();
        other["content"] = "edited since".into();
        assert!(is_it(&other, &message, Some("A")));
        for different in [
            json!({"content": "hello"}),
            json!({"content": "hello", "embeds": [{"title": "Title"}, {}]}),
            json!({"embeds": [{"title": "Title"}]}),
        ] {
            assert!(!is_it(&different, &message, None), "{different}");
        }
    }
}
