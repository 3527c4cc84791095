//! What Discord dispatched, written down by a second client of the same account: the events that an
//! uninterrupted bot would have seen, in their order.

use actors::kernel::time::Timestamp;
use futures_util::StreamExt as _;
use simulator::Simulator;
use std::{
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};
use twilight_gateway::{ConfigBuilder, Intents, Message, Shard, ShardId};

/// One frame and when it came.
#[derive(Clone)]
pub(crate) struct Frame {
    pub(crate) at: Timestamp,
    pub(crate) text: String,
}

/// A recorder at work.
pub(crate) struct Recorder {
    frames: Arc<Mutex<Vec<Frame>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Recorder {
    /// Begins to record; waits until it is connected.
    pub(crate) async fn start(sim: &Simulator) -> Self {
        let intents = Intents::GUILDS
            | Intents::GUILD_MEMBERS
            | Intents::GUILD_MODERATION
            | Intents::GUILD_MESSAGES
            | Intents::DIRECT_MESSAGES;
        let config = ConfigBuilder::new(sim.token(), intents)
            .proxy_url(sim.gateway_url())
            .build();
        let mut shard = Shard::with_config(ShardId::ONE, config);
        let frames = Arc::new(Mutex::new(Vec::new()));
        let (ready, is_ready) = tokio::sync::oneshot::channel();
        let mut ready = Some(ready);
        let sink = Arc::clone(&frames);
        let task = tokio::spawn(async move {
            while let Some(item) = shard.next().await {
                let Ok(Message::Text(text)) = item else {
                    continue;
                };
                if text.contains("\"READY\"")
                    && let Some(ready) = ready.take()
                {
                    ready.send(()).expect("the test waits for it");
                }
                let since = SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .expect("after 1970");
                let at = Timestamp::from_millis(
                    i64::try_from(since.as_millis()).expect("before 292 million"),
                );
                sink.lock()
                    .expect("no panics while recording")
                    .push(Frame { at, text });
            }
        });
        is_ready.await.expect("the recorder connects");
        Self { frames, task }
    }

    /// Ends the recording.
    pub(crate) fn stop(self) -> Vec<Frame> {
        self.task.abort();
        let mut frames = self.frames.lock().expect("no panics while recording");
        std::mem::take(&mut *frames)
    }
}
