//! Every event with twilight's own models; and, on top, what a bot would keep of them in memory.

use super::{Told, variable};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use twilight_gateway::{Event, EventTypeFlags, Shard, StreamExt as _};
use twilight_model::{
    application::interaction::{
        Interaction, InteractionData, application_command::CommandOptionValue,
    },
    channel::message::MessageFlags,
    gateway::payload::incoming::GuildCreate,
    http::interaction::{InteractionResponse, InteractionResponseData, InteractionResponseType},
    id::{
        Id,
        marker::{GuildMarker, UserMarker},
    },
};

/// Decodes, and keeps nothing.
pub(super) async fn decode(shard: &mut Shard, told: &mut Told) {
    events(shard, told, |event| drop(std::hint::black_box(event))).await;
}

/// Decodes, keeps and answers.
pub(super) async fn keep(shard: &mut Shard, told: &mut Told) {
    let http = twilight_http::Client::builder()
        .proxy(variable("DISCORD_PROXY"), true)
        .token(variable("DISCORD_TOKEN"))
        .build();
    let mut hall = Hall::new(http);
    events(shard, told, |event| hall.take(event)).await;
}

async fn events(shard: &mut Shard, told: &mut Told, mut take: impl FnMut(Event)) {
    while let Some(item) = shard.next_event(EventTypeFlags::all()).await {
        match item {
            Ok(event) => {
                told.events += 1;
                take(event);
            }
            Err(_) => told.undecodable += 1,
        }
    }
}

type Member = (Id<GuildMarker>, Id<UserMarker>);

/// What is known about a member.
#[derive(Clone, Debug)]
struct Seen {
    at: Instant,
    messages: u64,
    voice: Duration,
    in_voice_since: Option<Instant>,
}

/// Everything in memory, nothing else.
struct Hall {
    seen: HashMap<Member, Seen>,
    http: Arc<twilight_http::Client>,
}

impl Hall {
    fn new(http: twilight_http::Client) -> Self {
        Self {
            seen: HashMap::new(),
            http: Arc::new(http),
        }
    }

    fn active(
        &mut self,
        guild: Option<Id<GuildMarker>>,
        user: Id<UserMarker>,
    ) -> Option<&mut Seen> {
        let now = Instant::now();
        let seen = self.seen.entry((guild?, user)).or_insert(Seen {
            at: now,
            messages: 0,
            voice: Duration::ZERO,
            in_voice_since: None,
        });
        seen.at = now;
        Some(seen)
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::GuildCreate(guild) => {
                if let GuildCreate::Available(guild) = *guild {
                    for member in &guild.members {
                        self.active(Some(guild.id), member.user.id);
                    }
                }
            }
            Event::PresenceUpdate(presence) => {
                self.active(Some(presence.guild_id), presence.user.id());
            }
            Event::MessageCreate(message) => {
                if let Some(seen) = self.active(message.guild_id, message.author.id) {
                    seen.messages += 1;
                }
            }
            Event::TypingStart(typing) => {
                self.active(typing.guild_id, typing.user_id);
            }
            Event::ReactionAdd(reaction) => {
                self.active(reaction.guild_id, reaction.user_id);
            }
            Event::VoiceStateUpdate(voice) => {
                if let Some(seen) = self.active(voice.guild_id, voice.user_id) {
                    if let Some(since) = seen.in_voice_since.take() {
                        seen.voice += since.elapsed();
                    }
                    seen.in_voice_since = voice.channel_id.map(|_| seen.at);
                }
            }
            Event::InteractionCreate(interaction) => self.answer(&interaction.0),
            _ => {}
        }
    }

    fn answer(&self, interaction: &Interaction) {
        let about = asked_about(interaction).or_else(|| interaction.author_id());
        let seen = interaction
            .guild_id
            .zip(about)
            .and_then(|member| self.seen.get(&member));
        let text = seen.map_or_else(
            || "never seen".to_owned(),
            |seen| {
                format!(
                    "Last activity {} s ago, {} messages, voice {} s",
                    seen.at.elapsed().as_secs(),
                    seen.messages,
                    seen.voice.as_secs()
                )
            },
        );
        let (http, id, token) = (
            Arc::clone(&self.http),
            interaction.id,
            interaction.token.clone(),
        );
        let application = interaction.application_id;
        tokio::spawn(async move {
            let response = InteractionResponse {
                kind: InteractionResponseType::ChannelMessageWithSource,
                data: Some(InteractionResponseData {
                    content: Some(text),
                    flags: Some(MessageFlags::EPHEMERAL),
                    ..InteractionResponseData::default()
                }),
            };
            // What is not answered shows in the figures.
            let _ = http
                .interaction(application)
                .create_response(id, &token, &response)
                .await;
        });
    }
}

/// The first option of a command, if it names somebody.
fn asked_about(interaction: &Interaction) -> Option<Id<UserMarker>> {
    let Some(InteractionData::ApplicationCommand(command)) = &interaction.data else {
        return None;
    };
    match command.options.first()?.value {
        CommandOptionValue::User(user) => Some(user),
        _ => None,
    }
}
