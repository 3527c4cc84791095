//! The asking side, in `guildhall inspect` and `guildhall check`.

use super::{Answer, Request, pointer_path, usual_path};
use crate::watch::Status;
use std::{
    fs,
    io::{self, BufRead as _, BufReader, Write as _},
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
    /// What came back is not an answer of this version.
    #[error("the running bot is of another version")]
    Foreign(#[from] serde_json::Error),
    /// It answers something else than was asked.
    #[error("the running bot answers something else")]
    Other,
    /// It says that it cannot.
    #[error("{0}")]
    Refused(String),
}

impl Client {
    /// Connects to the bot that runs in the data directory `data`; `None` when none does.
    ///
    /// # Errors
    /// When there is a socket but it does not work.
    pub fn connect(data: &Path) -> io::Result<Option<Self>> {
        let pointed = fs::read_to_string(pointer_path(data))
            .ok()
            .map(PathBuf::from);
        for path in [Some(usual_path(data)), pointed].into_iter().flatten() {
            match UnixStream::connect(&path) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(PATIENCE))?;
                    stream.set_write_timeout(Some(PATIENCE))?;
                    return Ok(Some(Self {
                        stream: BufReader::new(stream),
                    }));
                }
                Err(fault) => match fault.kind() {
                    // Nobody listens: left behind by a killed process. Too long: the other path counts.
                    io::ErrorKind::NotFound
                    | io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::InvalidInput => {}
                    _ => return Err(fault),
                },
            }
        }
        Ok(None)
    }

    /// Waits at most so long for each answer.
    ///
    /// # Errors
    /// When the system cannot do that.
    pub fn wait_at_most(&mut self, patience: Duration) -> Result<(), AskFault> {
        Ok(self.stream.get_ref().set_read_timeout(Some(patience))?)
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// See [`AskFault`].
    pub fn ask(&mut self, request: &Request) -> Result<Answer, AskFault> {
        let mut line = serde_json::to_string(request)?;
        line.push('\n');
        self.stream.get_mut().write_all(line.as_bytes())?;
        line.clear();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        match serde_json::from_str(&line)? {
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
            Answer::Status(status) => Ok(serde_json::from_value(status)?),
            _ => Err(AskFault::Other),
        }
    }
}
