//! The asking side, in `guildhall inspect` and `guildhall check`.

use super::{
    Answer, CHUNK, Hello, LONGEST_ANSWER, PROTOCOL, Progress, Request, pointer_path, usual_path,
};
use crate::watch::Status;
use std::{
    fs,
    io::{self, BufRead as _, BufReader, Read as _, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::Duration,
};

/// How long an answer may take; reading a page on a slow card included.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to a running bot.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<UnixStream>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskFault {
    /// The connection broke.
    #[error("the running bot does not answer")]
    Connection(#[from] io::Error),
    /// What came back is not an answer to what was asked.
    #[error("the running bot answers something else than it was asked")]
    Foreign,
    /// It speaks another version of what is said over the socket.
    #[error(
        "the running bot ({bot}) speaks version {theirs} of the admin protocol, this program {PROTOCOL}: use \
         the program that runs, or restart the bot with this one"
    )]
    Protocol {
        /// The bot's version of the protocol.
        theirs: u32,
        /// What it says it is.
        bot: String,
    },
    /// What was received could not be stored.
    #[error("what the bot sent cannot be written")]
    Write(#[source] io::Error),
    /// It says that it cannot.
    #[error("{0}")]
    Refused(String),
}

impl Client {
    /// Connects to the bot that runs in the data directory `data`; `None` when none does.
    ///
    /// # Errors
    /// When there is a socket but it does not work, or a bot that speaks another version.
    pub fn connect(data: &Path) -> Result<Option<Self>, AskFault> {
        Self::connect_within(data, PATIENCE)
    }

    /// As [`Client::connect`], for one who waits at most `patience` for each answer.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub fn connect_within(data: &Path, patience: Duration) -> Result<Option<Self>, AskFault> {
        let pointed = fs::read_to_string(pointer_path(data))
            .ok()
            .map(PathBuf::from);
        for path in [Some(usual_path(data)), pointed].into_iter().flatten() {
            match UnixStream::connect(&path) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(patience))?;
                    stream.set_write_timeout(Some(patience))?;
                    let mut client = Self {
                        stream: BufReader::new(stream),
                    };
                    client.greet()?;
                    return Ok(Some(client));
                }
                Err(fault) => match fault.kind() {
                    // Nobody listens: left behind by a killed process. Too long: the other path counts.
                    io::ErrorKind::NotFound
                    | io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::InvalidInput => {}
                    _ => return Err(fault.into()),
                },
            }
        }
        Ok(None)
    }

    fn greet(&mut self) -> Result<(), AskFault> {
        let Hello {
            protocol,
            version,
            commit,
        } = match self.ask(&Request::Hello) {
            Ok(Answer::Hello(hello)) => hello,
            Ok(_) => return Err(AskFault::Foreign),
            // The first version knew no greeting.
            Err(AskFault::Refused(_)) => Hello {
                protocol: 1,
                version: "an older one".to_owned(),
                commit: String::new(),
            },
            Err(fault) => return Err(fault),
        };
        if protocol == PROTOCOL {
            return Ok(());
        }
        let bot = format!("{version} {commit}").trim().to_owned();
        Err(AskFault::Protocol {
            theirs: protocol,
            bot,
        })
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// See [`AskFault`].
    pub fn ask(&mut self, request: &Request) -> Result<Answer, AskFault> {
        self.ask_slow(request, &mut |_| {})
    }

    /// As [`Client::ask`], for answers that take a while: `progress` is told how far it is.
    ///
    /// # Errors
    /// See [`AskFault`].
    pub fn ask_slow(
        &mut self,
        request: &Request,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Answer, AskFault> {
        self.say(request)?;
        loop {
            match self.hear()? {
                Answer::Progress(far) => progress(far),
                answer => return Ok(answer),
            }
        }
    }

    /// Has an export of this moment written to `to`, as it is: to be verified. Says how many bytes came;
    /// `progress` is told how many bytes there are.
    ///
    /// # Errors
    /// See [`AskFault`]; `to` has got a part of it then.
    pub fn export(
        &mut self,
        to: &mut dyn Write,
        progress: &mut dyn FnMut(u64),
    ) -> Result<u64, AskFault> {
        self.say(&Request::Export)?;
        let Answer::Progress(_) = self.hear()? else {
            return Err(AskFault::Foreign);
        };
        let mut received = 0;
        let mut chunk = vec![0; CHUNK];
        loop {
            let mut length = [0; 4];
            self.stream.read_exact(&mut length)?;
            let length = u32::from_le_bytes(length) as usize;
            if length == 0 {
                break;
            }
            let chunk = chunk.get_mut(..length).ok_or(AskFault::Foreign)?;
            self.stream.read_exact(chunk)?;
            to.write_all(chunk).map_err(AskFault::Write)?;
            received += length as u64;
            progress(received);
        }
        match self.hear()? {
            Answer::Exported(bytes) if bytes == received => Ok(bytes),
            _ => Err(AskFault::Foreign),
        }
    }

    fn say(&mut self, request: &Request) -> Result<(), AskFault> {
        let mut line = serde_json::to_string(request).map_err(|_| AskFault::Foreign)?;
        line.push('\n');
        Ok(self.stream.get_mut().write_all(line.as_bytes())?)
    }

    fn hear(&mut self) -> Result<Answer, AskFault> {
        let mut line = String::new();
        let mut bounded = (&mut self.stream).take(LONGEST_ANSWER);
        if bounded.read_line(&mut line)? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        match serde_json::from_str(&line).map_err(|_| AskFault::Foreign)? {
            Answer::Error(why) => Err(AskFault::Refused(why)),
            answer => Ok(answer),
        }
    }

    /// Asks how the bot is.
    ///
    /// # Errors
    /// See [`AskFault`].
    pub fn status(&mut self) -> Result<Status, AskFault> {
        match self.ask(&Request::Status)? {
            Answer::Status(status) => serde_json::from_value(status).map_err(|_| AskFault::Foreign),
            _ => Err(AskFault::Foreign),
        }
    }
}
