//! The answering side, in the bot.

use super::{
    Answer, Hello, LONGEST_REQUEST, MOST_AT_ONCE, Progress, Request, Verdict, audit, page,
    pointer_path,
    transfer::{self, WAITING, chain},
    usual_path,
};
use actors::kernel::{fact::LastSeen, ids::GuildId, record::Key};
use serde_json::Value;
use snapshots::{Reader, View};
use std::{
    error::Error,
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process,
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{UnixListener, UnixStream, unix::OwnedWriteHalf},
    sync::{Semaphore, mpsc, oneshot},
    task::{JoinHandle, JoinSet},
    time::timeout,
};

/// A connection on which nothing was asked for this long is closed.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest path a socket may have, its closing zero byte aside.
const LONGEST_PATH: usize = 107;

/// What only the bot itself can answer; the answer goes back through it.
pub enum Ask {
    /// How it is.
    Status(oneshot::Sender<Value>),
    /// The store, standing still between two batches.
    View(oneshot::Sender<View>),
    /// A decision about something set aside: done and durable when it is answered, in words.
    Decide(Key, Verdict, oneshot::Sender<Result<String, String>>),
    /// What another bot recorded in a guild: durable when it is answered.
    Import(GuildId, Vec<LastSeen>, oneshot::Sender<Result<(), String>>),
}

/// The listening socket; it is removed on drop.
#[derive(Debug)]
pub struct Server {
    task: JoinHandle<()>,
    socket: PathBuf,
    leftovers: Vec<PathBuf>,
}

#[derive(Clone)]
struct Answering {
    reader: Arc<dyn Reader>,
    asks: mpsc::Sender<Ask>,
}

impl Server {
    /// Listens in the data directory `data`, whose lock the caller holds. Records are read from
    /// `reader`; what only the bot can answer is passed on to `asks`.
    ///
    /// # Errors
    /// When the socket cannot be made. The bot can do without.
    pub fn start(
        data: &Path,
        reader: Arc<dyn Reader>,
        asks: mpsc::Sender<Ask>,
    ) -> io::Result<Self> {
        let (usual, pointer, nursery) = (usual_path(data), pointer_path(data), data.join(".admin"));
        clean(&usual, &pointer, &nursery)?;
        let (listener, socket, leftovers) = if fits(&nursery) && fits(&usual) {
            // Made where nobody else can look, so that there is no moment with laxer permissions.
            DirBuilder::new().mode(0o700).create(&nursery)?;
            let listener = bind(&nursery.join("s"))?;
            fs::rename(nursery.join("s"), &usual)?;
            fs::remove_dir(&nursery)?;
            (listener, usual, Vec::new())
        } else {
            let dir = std::env::temp_dir().join(format!("guildhall-admin-{}", process::id()));
            DirBuilder::new().mode(0o700).create(&dir)?;
            let socket = dir.join("admin.sock");
            let listener = bind(&socket)?;
            fs::write(&pointer, socket.as_os_str().as_encoded_bytes())?;
            (listener, socket, vec![pointer, dir])
        };
        let task = tokio::spawn(listen(listener, Answering { reader, asks }));
        Ok(Self {
            task,
            socket,
            leftovers,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
        let _ = fs::remove_file(&self.socket);
        for path in &self.leftovers {
            let _ = fs::remove_file(path).or_else(|_| fs::remove_dir(path));
        }
    }
}

/// Removes what a killed process left behind.
fn clean(usual: &Path, pointer: &Path, nursery: &Path) -> io::Result<()> {
    let gone = |result: io::Result<()>| match result {
        Err(fault) if fault.kind() != io::ErrorKind::NotFound => Err(fault),
        _ => Ok(()),
    };
    gone(fs::remove_file(usual))?;
    gone(fs::remove_file(pointer))?;
    gone(fs::remove_dir_all(nursery))
}

/// Whether a socket may lie at `path`, or one letter below it.
fn fits(path: &Path) -> bool {
    path.as_os_str().len() + 2 <= LONGEST_PATH
}

fn bind(path: &Path) -> io::Result<UnixListener> {
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn listen(listener: UnixListener, answering: Answering) {
    let room = Arc::new(Semaphore::new(MOST_AT_ONCE));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(place) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let answering = answering.clone();
                connections.spawn(async move {
                    // A reader that went away is its own affair.
                    let _ = serve(stream, answering).await;
                    drop(place);
                });
            }
            Err(fault) => {
                tracing::warn!(%fault, "admin socket");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// One line in, one line out, until the other side has enough.
async fn serve(stream: UnixStream, answering: Answering) -> io::Result<()> {
    let (input, mut output) = stream.into_split();
    let mut input = BufReader::new(input);
    loop {
        let mut line = String::new();
        let mut bounded = (&mut input).take(LONGEST_REQUEST);
        let Ok(bytes) = timeout(PATIENCE, bounded.read_line(&mut line)).await else {
            return Ok(());
        };
        if bytes? == 0 {
            return Ok(());
        }
        let complete = line.ends_with('\n');
        let answer = match serde_json::from_str(&line) {
            Ok(request) if complete => answering.answer(request, &mut output).await?,
            Ok(_) => Answer::Error(format!(
                "a request ends with a line break and has at most {LONGEST_REQUEST} bytes"
            )),
            Err(fault) => Answer::Error(format!("this is not a request: {fault}")),
        };
        say(&mut output, &answer).await?;
        if !complete {
            return Ok(());
        }
    }
}

async fn say(output: &mut OwnedWriteHalf, answer: &Answer) -> io::Result<()> {
    let mut text = serde_json::to_string(answer).map_err(io::Error::other)?;
    text.push('\n');
    send(output, text.as_bytes()).await
}

/// Writes, unless the reader takes nothing for too long.
async fn send(output: &mut OwnedWriteHalf, bytes: &[u8]) -> io::Result<()> {
    timeout(PATIENCE, output.write_all(bytes))
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

impl Answering {
    /// What comes before the last line of the answer is written to `output`, the last line returned.
    async fn answer(&self, request: Request, output: &mut OwnedWriteHalf) -> io::Result<Answer> {
        let reader = Arc::clone(&self.reader);
        Ok(match request {
            Request::Hello => Answer::Hello(Hello::ours()),
            Request::Status => self
                .asked(Ask::Status)
                .await
                .map_or_else(ending, Answer::Status),
            Request::Show { key } => {
                reading(move || page::show(&*reader, &key).map(Answer::Record)).await
            }
            Request::List(filter) => {
                reading(move || page::page(&*reader, &filter).map(Answer::Records)).await
            }
            Request::Verify => match self.asked(Ask::View).await {
                Some(view) => verify(view, output).await?,
                None => ending(),
            },
            Request::Export => match self.asked(Ask::View).await {
                Some(view) => export(view, output).await?,
                None => ending(),
            },
            Request::Decide { key, verdict } => match page::key(&key) {
                Ok(key) => self.decide(key, verdict).await,
                Err(fault) => Answer::Error(fault.to_string()),
            },
            Request::Import { guild, last_seen } => {
                let ask = |reply| Ask::Import(guild, last_seen, reply);
                match self.asked(ask).await {
                    Some(Ok(())) => Answer::Imported,
                    Some(Err(why)) => Answer::Error(why),
                    None => ending(),
                }
            }
        })
    }

    async fn decide(&self, key: Key, verdict: Verdict) -> Answer {
        match self.asked(|reply| Ask::Decide(key, verdict, reply)).await {
            Some(Ok(done)) => Answer::Decided(done),
            Some(Err(why)) => Answer::Error(why),
            None => ending(),
        }
    }

    /// Passes a question on to the bot.
    async fn asked<T>(&self, ask: impl FnOnce(oneshot::Sender<T>) -> Ask) -> Option<T> {
        let (reply, told) = oneshot::channel();
        self.asks.send(ask(reply)).await.ok()?;
        told.await.ok()
    }
}

fn ending() -> Answer {
    Answer::Error("the bot is ending".to_owned())
}

async fn verify(view: View, output: &mut OwnedWriteHalf) -> io::Result<Answer> {
    let (tell, mut told) = mpsc::channel(WAITING);
    let work = reading(move || {
        let mut progress = transfer::told(view.totals().records, tell);
        audit::of_view(&view, &mut progress).map(Answer::Audit)
    });
    tokio::pin!(work);
    loop {
        tokio::select! {
            Some(progress) = told.recv() => say(output, &progress).await?,
            answer = &mut work => return Ok(answer),
        }
    }
}

async fn export(view: View, output: &mut OwnedWriteHalf) -> io::Result<Answer> {
    let of = view.totals().records;
    say(output, &Answer::Progress(Progress { done: 0, of })).await?;
    let (chunk, mut chunks) = mpsc::channel::<Vec<u8>>(WAITING);
    let work = tokio::task::spawn_blocking(move || transfer::send(&view, chunk));
    while let Some(chunk) = chunks.recv().await {
        let length = u32::try_from(chunk.len()).map_err(io::Error::other)?;
        send(output, &length.to_le_bytes()).await?;
        send(output, &chunk).await?;
    }
    send(output, &0_u32.to_le_bytes()).await?;
    Ok(work.await.unwrap_or_else(|_| failed()))
}

/// Reading may wait for the disk.
async fn reading<E: Error + Send + 'static>(
    work: impl FnOnce() -> Result<Answer, E> + Send + 'static,
) -> Answer {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(fault)) => Answer::Error(chain(&fault)),
        Err(_) => failed(),
    }
}

fn failed() -> Answer {
    Answer::Error("reading failed; the log says why".to_owned())
}
