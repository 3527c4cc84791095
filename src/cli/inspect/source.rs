//! Where records come from: a running bot, a copy of a stopped one's store, or an export.

use super::{copy::Copied, fault};
use crate::{
    admin::{
        self, Answer, Client, Request, Verdict,
        audit::{self, Audit},
        page::{self, Filter, Records},
    },
    cli::{
        Exit, Stop,
        progress::{Meter, Unit},
        scratch::Scratch,
        stop::chain,
    },
};
use serde_json::Value;
use snapshots::{
    DATA_FORMAT,
    export::{self, ExportFile, Reason},
};
use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// See the module docs.
pub(in crate::cli) enum Source {
    /// The bot is running.
    Running(Client, PathBuf),
    /// The bot is stopped.
    Copied(Box<Copied>),
    /// An export.
    File(ExportFile, PathBuf),
}

impl Source {
    /// Finds out whether a bot runs in `data`, and gets ready to read.
    pub(in crate::cli) fn open(data: &Path) -> Result<Self, Stop> {
        match Client::connect(data).map_err(fault::ask)? {
            Some(client) => Ok(Self::Running(client, data.to_owned())),
            None => Ok(Self::Copied(Box::new(Copied::of(data)?))),
        }
    }

    /// Reads the export at `path`.
    pub(in crate::cli) fn file(path: &Path) -> Result<Self, Stop> {
        let mut meter = Meter::new("checking", Unit::Records);
        let file = ExportFile::open(path, &mut |read| meter.at(read, 0));
        let file = file.map_err(|why| fault::export(&why))?;
        match file.summary().header.data_format {
            DATA_FORMAT => Ok(Self::File(file, path.to_owned())),
            found => Err(fault::newer(&path.display().to_string(), found)),
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
            Self::File(_, path) => format!("(reading the export {})", path.display()),
        }
    }

    /// The next page.
    pub(in crate::cli) fn page(&mut self, filter: &Filter) -> Result<Records, Stop> {
        let read = match self {
            Self::Running(client, _) => {
                return match client
                    .ask(&Request::List(filter.clone()))
                    .map_err(fault::ask)?
                {
                    Answer::Records(records) => Ok(records),
                    _ => Err(fault::foreign()),
                };
            }
            Self::Copied(copied) => page::page(&*copied.reader, filter),
            Self::File(file, _) => page::page(file, filter),
        };
        read.map_err(|why| fault::page(&why))
    }

    /// One record.
    pub(in crate::cli) fn show(&mut self, key: &str) -> Result<Value, Stop> {
        let read = match self {
            Self::Running(client, _) => {
                let key = key.to_owned();
                return match client.ask(&Request::Show { key }).map_err(fault::ask)? {
                    Answer::Record(record) => Ok(record),
                    _ => Err(fault::foreign()),
                };
            }
            Self::Copied(copied) => page::show(&*copied.reader, key),
            Self::File(file, _) => page::show(file, key),
        };
        read.map_err(|why| fault::page(&why))
    }

    /// Whether everything is as it was written, and makes sense.
    pub(in crate::cli) fn audit(&mut self) -> Result<Audit, Stop> {
        let mut meter = Meter::new("checking", Unit::Records);
        let audit = match self {
            Self::Running(client, _) => {
                let mut progress = |far: admin::Progress| meter.at(far.done, far.of);
                return match client
                    .ask_slow(&Request::Verify, &mut progress)
                    .map_err(fault::ask)?
                {
                    Answer::Audit(audit) => Ok(audit),
                    _ => Err(fault::foreign()),
                };
            }
            Self::Copied(copied) => {
                let view = copied.store.view();
                let of = view.totals().records;
                audit::of_view(&view, &mut |read| meter.at(read, of)).map(|mut audit| {
                    audit.opened(&copied.started);
                    audit
                })
            }
            Self::File(file, _) => {
                let of = file.summary().totals.records;
                audit::of_export(file, &mut |read| meter.at(read, of))
            }
        };
        audit.map_err(|why| Stop::new(Exit::Failed, chain(&why)))
    }

    /// Writes an export of this moment to `to`. It is not verified yet.
    pub(in crate::cli) fn export(
        &mut self,
        to: &mut dyn Write,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), Stop> {
        let mut counted = Counted {
            to,
            bytes: 0,
            progress,
        };
        match self {
            Self::Running(client, _) => client
                .export(&mut counted, &mut |_| {})
                .map(drop)
                .map_err(fault::ask),
            Self::Copied(copied) => {
                let (view, now) = (copied.store.view(), admin::now());
                export::stream(&view, Reason::Manual, now, counted, &mut |_| {})
                    .map_err(|why| fault::export(&why))
            }
            Self::File(_, path) => File::open(path)
                .and_then(|mut file| io::copy(&mut file, &mut counted))
                .map(drop)
                .map_err(|why| Stop::failed("the export cannot be copied", &why)),
        }
    }

    /// Everything as it is at this moment, as an export to read from: for what needs all of it.
    pub(in crate::cli) fn moment(&mut self) -> Result<Moment, Stop> {
        if let Self::File(_, path) = self {
            let Self::File(file, _) = Self::file(path)? else {
                return Err(fault::foreign());
            };
            return Ok(Moment {
                file,
                _scratch: None,
            });
        }
        let scratch = Scratch::new("moment")?;
        let path = scratch.path().join("moment.guildhall");
        {
            let mut meter = Meter::new("reading", Unit::Bytes);
            let mut to = File::create(&path)
                .map_err(|why| Stop::failed("cannot write a temporary file", &why))?;
            self.export(&mut to, &mut |bytes| meter.at(bytes, 0))?;
        }
        let file = ExportFile::open(&path, &mut |_| {}).map_err(|why| fault::export(&why))?;
        Ok(Moment {
            file,
            _scratch: Some(scratch),
        })
    }

    /// Has the running bot carry out a decision; says what was done.
    pub(in crate::cli) fn decide(&mut self, key: &str, verdict: Verdict) -> Result<String, Stop> {
        let Self::Running(client, _) = self else {
            return Err(Stop::new(
                Exit::NotNow,
                "only a running bot decides about what was set aside: the decision is one change with \
                 everything else it stores, and what is to be sent needs it anyway. Start the bot, then \
                 ask again. (`inspect` never writes to a stopped store or an export.)",
            ));
        };
        let key = key.to_owned();
        match client
            .ask(&Request::Decide { key, verdict })
            .map_err(fault::ask)?
        {
            Answer::Decided(done) => Ok(done),
            _ => Err(fault::foreign()),
        }
    }

    /// How the running bot is.
    pub(in crate::cli) fn status(&mut self) -> Result<Value, Stop> {
        match self {
            Self::Running(client, _) => match client.ask(&Request::Status).map_err(fault::ask)? {
                Answer::Status(status) => Ok(status),
                _ => Err(fault::foreign()),
            },
            _ => Err(Stop::new(Exit::Failed, "no bot is running there")),
        }
    }
}

/// An export to read from; a temporary one goes with it.
pub(in crate::cli) struct Moment {
    pub(in crate::cli) file: ExportFile,
    _scratch: Option<Scratch>,
}

/// Counts what is written.
struct Counted<'a> {
    to: &'a mut dyn Write,
    bytes: u64,
    progress: &'a mut dyn FnMut(u64),
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.bytes += written as u64;
        (self.progress)(self.bytes);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
