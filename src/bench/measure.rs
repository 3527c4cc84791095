//! One measurement: a client under load, from its start to its end.

use super::{
    Client, Fault, Settings,
    child::{Source, Subject, unix_us},
    cpus::Side,
    report::Sample,
    usage::{Usage, peak, resident, stored},
};
use simulator::load::{Options, Order, Ran, Tally};
use std::path::{Path, PathBuf};

/// Changes in a second, in the phase that measures how long one takes to be durable.
const CHANGES_PER_SECOND: u32 = 20;
/// Events on the wire when the bot is killed.
const SPILLED: usize = 2_000;

/// Measures `client` once. The bot keeps its store in `home`, which is empty at first.
///
/// # Errors
/// When a child fails or falls silent.
pub fn measure(
    settings: &Settings,
    client: Client,
    zstd: bool,
    home: &Path,
) -> Result<Sample, Fault> {
    let options = Options {
        guilds: settings.guilds,
        members: settings.members,
        seed: settings.seed,
        zstd,
        probe: settings.probe,
        answers: client.answers(),
    };
    let source = Source::start(&options)?;
    let subject = Subject::start(client, &source, home, Side::Client)?;
    let mut work = Work {
        settings,
        client,
        source,
        subject,
        home: home.to_owned(),
        sample: Sample::new(client, zstd),
    };
    work.start()?;
    work.flood()?;
    if client.answers() {
        for rate in settings.rates.clone() {
            work.paced(rate)?;
        }
    }
    if client == Client::Guildhall {
        work.changes()?;
    }
    work.audit()?;
    work.sample
        .note_if("peak_mib", peak(work.subject.pid()).map(mib));
    if client == Client::Guildhall {
        work.stored();
        work.recovery()?;
        work.warm_start(&options)?;
    }
    work.end()
}

struct Work<'a> {
    settings: &'a Settings,
    client: Client,
    source: Source,
    subject: Subject,
    home: PathBuf,
    sample: Sample,
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn ms_between(from_us: u64, to_us: u64) -> f64 {
    to_us.saturating_sub(from_us) as f64 / 1e3
}

impl Work<'_> {
    fn start(&mut self) -> Result<(), Fault> {
        let opened = self.source.open()?;
        self.started("", opened.ready_us, opened.done_us);
        self.settled().map(drop)
    }

    /// Times of a start; `kind` begins the names of the figures.
    fn started(&mut self, kind: &str, ready_us: Option<u64>, done_us: Option<u64>) {
        let began = self.subject.began_us;
        let since = |at: Option<u64>| at.map(|at| ms_between(began, at));
        self.sample
            .note_if(format!("{kind}ready_ms"), since(ready_us));
        self.sample
            .note_if(format!("{kind}guilds_ms"), since(done_us));
    }

    /// Waits until everything sent is durable; the microseconds that took.
    fn settled(&mut self) -> Result<u64, Fault> {
        if self.client != Client::Guildhall {
            return Ok(0);
        }
        let began = unix_us();
        let fence = self.source.run(Order::Fence)?;
        self.count(&fence.tally);
        self.subject.settle(fence.seq)?;
        Ok(unix_us() - began)
    }

    /// Delivers events and measures what that costs until they are durable.
    fn load(&mut self, order: Order) -> Result<(Ran, f64, Option<f64>, u64), Fault> {
        let before = Usage::of(self.subject.pid(), &self.home);
        let ran = self.source.run(order)?;
        let more_us = self.settled()?;
        let after = Usage::of(self.subject.pid(), &self.home);
        self.count(&ran.tally);
        let events = ran.events.max(1) as f64;
        let cpu = after.cpu_us_since(&before) / events;
        let written = after
            .written_since(&before)
            .map(|bytes| bytes as f64 / events);
        let us = ran.us + more_us;
        Ok((ran, cpu, written, us))
    }

    fn flood(&mut self) -> Result<(), Fault> {
        let order = Order::Run {
            events: self.settings.events,
            rate: None,
            change_every: None,
        };
        let (ran, cpu, _, us) = self.load(order)?;
        self.sample.note("cpu_us", cpu);
        let events = ran.events as f64;
        self.sample
            .note("events_per_s", events * 1e6 / us.max(1) as f64);
        self.sample
            .note("bytes_of_json", ran.bytes as f64 / events.max(1.0));
        Ok(())
    }

    fn paced(&mut self, rate: u32) -> Result<(), Fault> {
        let order = Order::Run {
            events: (rate * self.settings.seconds) as usize,
            rate: Some(rate),
            change_every: None,
        };
        let (mut ran, cpu, written, _) = self.load(order)?;
        self.sample.note(format!("cpu_us@{rate}"), cpu);
        if self.client == Client::Guildhall {
            self.sample.note_if(format!("written@{rate}"), written);
        }
        let latencies = &mut ran.tally.read_us;
        self.latencies("read", &format!("@{rate}"), latencies);
        Ok(())
    }

    fn changes(&mut self) -> Result<(), Fault> {
        let rate = self.settings.rates.first().copied().unwrap_or(1_000);
        let order = Order::Run {
            events: (rate * self.settings.seconds) as usize,
            rate: Some(rate),
            change_every: Some((rate / CHANGES_PER_SECOND).max(1) as usize),
        };
        let (mut ran, ..) = self.load(order)?;
        self.latencies("durable", "", &mut ran.tally.durable_us);
        Ok(())
    }

    fn latencies(&mut self, what: &str, at: &str, us: &mut [u64]) {
        us.sort_unstable();
        for part in [50, 99] {
            let index = (us.len() * part / 100).min(us.len().saturating_sub(1));
            let ms = us.get(index).map(|us| *us as f64 / 1e3);
            self.sample.note_if(format!("{what}_p{part}_ms{at}"), ms);
        }
    }

    fn audit(&mut self) -> Result<(), Fault> {
        let audit = self.source.run(Order::Audit)?;
        self.count(&audit.tally);
        Ok(())
    }

    fn count(&mut self, tally: &Tally) {
        let Tally {
            counted,
            stale,
            doubled,
            unanswered,
            audited,
            lost,
            surplus,
            read_us,
            durable_us,
        } = tally;
        // A yardstick that answers nothing leaves every question open.
        let unanswered = if self.client.answers() {
            *unanswered
        } else {
            0
        };
        let answered = (read_us.len() + durable_us.len()) as u64;
        for (name, more) in [
            ("answered", answered),
            ("counted", *counted),
            ("stale", *stale),
            ("doubled", *doubled),
            ("unanswered", unanswered),
            ("audited", *audited),
            ("lost", *lost),
            ("surplus", *surplus),
        ] {
            self.sample.add(name, more as f64);
        }
    }

    /// Killed with events on the wire; back when what followed its place in the stream is worked off.
    fn recovery(&mut self) -> Result<(), Fault> {
        self.source.run(Order::Spill { events: SPILLED })?;
        // The old one must be gone before the new one opens the store.
        self.subject.kill();
        self.subject = Subject::start(self.client, &self.source, &self.home, Side::Client)?;
        let opened = self.source.open()?;
        if !opened.resumed {
            return Err(Fault::Child(
                "the bot began a new session after a kill".into(),
            ));
        }
        let began = self.subject.began_us;
        let ms = opened.done_us.map(|at| ms_between(began, at));
        self.sample.note_if("recovery_ms", ms);
        self.sample.note("replayed", opened.events as f64);
        self.settled()?;
        self.audit()
    }

    /// Another Discord, so another session: every guild is shown again to a bot that knows them.
    fn warm_start(&mut self, options: &Options) -> Result<(), Fault> {
        self.subject.kill();
        self.source = Source::start(options)?;
        self.subject = Subject::start(self.client, &self.source, &self.home, Side::Both)?;
        let opened = self.source.open()?;
        self.started("warm_", opened.ready_us, opened.done_us);
        self.settled()?;
        let resident = resident(self.subject.pid()).map(mib);
        self.sample.note_if("warm_mib", resident);
        Ok(())
    }

    /// What the store takes on the disk, for each member.
    fn stored(&mut self) {
        let members = self.settings.guilds * self.settings.members;
        let bytes = stored(&self.home) as f64;
        self.sample
            .note("stored_per_member", bytes / members.max(1) as f64);
    }

    fn end(self) -> Result<Sample, Fault> {
        let mut sample = self.sample;
        if let Some(told) = self.subject.end()? {
            sample.note("seen", told.events as f64);
            sample.note("undecodable", told.undecodable as f64);
        }
        Ok(sample)
    }
}
