//! Where records come from: a running bot, or a copy of a stopped one's store.

use crate::{
    admin::{
        self, Answer, AskFault, Client, Request,
        page::{self, Filter, PageFault, Records},
    },
    cli::{Exit, Stop, scratch::Scratch, stop::chain},
};
use serde_json::Value;
use snapshots::{DataDir, Options, Reader, Started, Store};
use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};

/// The file beside the store that says how far it must reach.
const ACKNOWLEDGED: &str = "acknowledged";

/// See the module docs.
pub(in crate::cli) enum Source {
    /// The bot is running.
    Running(Client, PathBuf),
    /// The bot is stopped.
    Copied(Copied),
}

/// A copy of a store, opened.
pub(in crate::cli) struct Copied {
    data: PathBuf,
    reader: Arc<dyn Reader>,
    /// The store itself; for what a reader cannot do.
    pub(in crate::cli) store: Box<dyn Store>,
    /// What was noticed when it was opened.
    pub(in crate::cli) started: Started,
    _scratch: Scratch,
}

impl Source {
    /// Finds out whether a bot runs in `data`, and gets ready to read.
    pub(in crate::cli) fn open(data: &Path) -> Result<Self, Stop> {
        let client = Client::connect(data)
            .map_err(|fault| Stop::failed("the running bot cannot be reached", &fault))?;
        match client {
            Some(client) => Ok(Self::Running(client, data.to_owned())),
            None => Copied::of(data).map(Self::Copied),
        }
    }

    /// What it is, for people.
    pub(in crate::cli) fn described(&self) -> String {
        match self {
            Self::Running(_, data) => format!("(asking the bot that runs in {})", data.display()),
            Self::Copied(copied) => {
                let data = copied.data.display();
                format!("(reading a copy of the store in {data}; no bot runs there)")
            }
        }
    }

    /// The next page.
    pub(in crate::cli) fn page(&mut self, filter: &Filter) -> Result<Records, Stop> {
        match self {
            Self::Running(client, _) => match ask(client, &Request::List(filter.clone()))? {
                Answer::Records(records) => Ok(records),
                _ => Err(foreign()),
            },
            Self::Copied(copied) => {
                page::page(&*copied.reader, filter).map_err(|fault| unread(&fault))
            }
        }
    }

    /// One record.
    pub(in crate::cli) fn show(&mut self, key: &str) -> Result<Value, Stop> {
        match self {
            Self::Running(client, _) => match ask(
                client,
                &Request::Show {
                    key: key.to_owned(),
                },
            )? {
                Answer::Record(record) => Ok(record),
                _ => Err(foreign()),
            },
            Self::Copied(copied) => {
                page::show(&*copied.reader, key).map_err(|fault| unread(&fault))
            }
        }
    }

    /// Exports everything into the data directory's `exports`; says where.
    pub(in crate::cli) fn export(&mut self) -> Result<PathBuf, Stop> {
        match self {
            Self::Running(client, _) => match ask(client, &Request::Export)? {
                Answer::Exported(path) => Ok(path),
                _ => Err(foreign()),
            },
            Self::Copied(copied) => {
                let exports = DataDir::new(&copied.data).exports();
                let view = copied.store.view();
                admin::export(&view, &exports)
                    .map_err(|fault| Stop::failed("the export cannot be written", &fault))
            }
        }
    }

    /// How the running bot is.
    pub(in crate::cli) fn status(&mut self) -> Result<Value, Stop> {
        match self {
            Self::Running(client, _) => match ask(client, &Request::Status)? {
                Answer::Status(status) => Ok(status),
                _ => Err(foreign()),
            },
            Self::Copied(_) => Err(Stop::new(Exit::Failed, "no bot is running there")),
        }
    }
}

fn ask(client: &mut Client, request: &Request) -> Result<Answer, Stop> {
    client.ask(request).map_err(|fault| match fault {
        AskFault::Refused(why) => Stop::new(Exit::Failed, why),
        fault => Stop::new(Exit::Failed, chain(&fault)),
    })
}

fn foreign() -> Stop {
    Stop::new(Exit::Failed, "the running bot is of another version")
}

fn unread(fault: &PageFault) -> Stop {
    Stop::new(Exit::Failed, chain(fault))
}

impl Copied {
    /// Copies the store in `data` and opens the copy. The bot must not start meanwhile, so its lock is
    /// held until the copy is made.
    pub(in crate::cli) fn of(data: &Path) -> Result<Self, Stop> {
        let from = DataDir::new(data);
        if !from.store().join("db").exists() {
            let text = format!(
                "there is no store in {} (--data names another directory)",
                data.display()
            );
            return Err(Stop::new(Exit::Failed, text));
        }
        let scratch = Scratch::new("inspect")?;
        let to = DataDir::new(scratch.path());
        let lock = lock(&from)?;
        let copied = copy(&from.store(), &to.store()).and_then(|()| {
            // By it a store that lost its newest changes is noticed; an old one has none.
            let acknowledged = data.join(ACKNOWLEDGED);
            if acknowledged.exists() {
                fs::copy(acknowledged, scratch.path().join(ACKNOWLEDGED)).map(drop)
            } else {
                Ok(())
            }
        });
        copied.map_err(|fault| Stop::failed("the store cannot be copied", &fault))?;
        drop(lock);
        let opened = snapshots::open(
            &to,
            &Options {
                incarnation: None,
                ..Options::new(1, admin::now())
            },
        )
        .map_err(|fault| Stop::failed("the copy of the store does not open", &fault))?;
        let reader = opened.store.reader();
        let started = opened.started;
        Ok(Self {
            data: data.to_owned(),
            reader,
            store: opened.store,
            started,
            _scratch: scratch,
        })
    }
}

/// Keeps a bot from starting. Shared: several may look at the same time.
fn lock(data: &DataDir) -> Result<File, Stop> {
    let failed =
        |fault: io::Error| Stop::failed("the data directory's lock cannot be used", &fault);
    let mut file = match File::open(data.lock()) {
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => {
            File::create(data.lock()).map_err(failed)?
        }
        opened => opened.map_err(failed)?,
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            let mut pid = String::new();
            // Only for the message.
            let _ = file.read_to_string(&mut pid);
            let text = format!(
                "a bot (pid {}) uses {} but does not answer; it may be starting or ending",
                pid.trim(),
                data.path().display()
            );
            Err(Stop::new(Exit::NotNow, text))
        }
        Err(fs::TryLockError::Error(fault)) => Err(failed(fault)),
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
