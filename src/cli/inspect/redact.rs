//! `inspect redact`: an export for strangers.

use super::{Source, fault};
use crate::{
    admin,
    cli::{
        Exit, Stop,
        out::{Out, remark},
        stop::chain,
    },
};
use actors::{
    kernel::{record::Space, redact::Pseudonyms},
    registry,
};
use clap::Args as Arguments;
use snapshots::{
    Bincode, Entry, Reader as _, Totals, all,
    export::{ExportFault, ExportFile, ExportHeader, ExportWriter, Reason},
    format::{Header, seal},
};
use std::{
    cell::RefCell,
    collections::BTreeSet,
    hash::{BuildHasher as _, RandomState},
    path::PathBuf,
};

/// Records read at once.
const PIECE: usize = 256;

/// `redact`
#[derive(Debug, Arguments)]
#[command(after_help = "\
Example:
  guildhall inspect redact for-the-report.guildhall
  guildhall inspect --from for-the-report.guildhall show      what others will see

Every id (of people, servers, channels, messages, roles, the bot) becomes another number, the same everywhere
and in the same order, so that it is seen what belongs together; every text that somebody wrote or Discord sent becomes
`text-…`, the same for the same text. Two redacted exports have different numbers and texts.

What stays: times, counts, which features are on, permissions, time zones, kinds of errors. Somebody who knows your
server well may recognise it by these. Interaction tokens and session ids are texts and go too. A record of which it
is not known how to redact it is left out, and that is said.")]
pub(super) struct Args {
    /// The file to write
    file: PathBuf,
    /// Write over it if it is there
    #[arg(long)]
    replace: bool,
}

pub(super) fn run(source: &mut Source, args: &Args, as_json: bool) -> Result<(), Stop> {
    if args.file.exists() && !args.replace {
        let text = format!(
            "{} exists already; --replace writes over it",
            args.file.display()
        );
        return Err(Stop::new(Exit::Failed, text));
    }
    let moment = source.moment()?;
    let names = Names::of(&moment.file)?;
    // Once to know what it adds up to, which stands in front, and once to write it.
    let mut totals = Totals::default();
    let mut left_out = 0;
    each(&moment.file, &names, &mut |entry| {
        match entry {
            Some(entry) => totals.add(&entry.key, entry.epoch, entry.crc),
            None => left_out += 1,
        }
        Ok(())
    })?;
    let header = ExportHeader {
        reason: Reason::Manual,
        // It names messages, and everybody in a channel sees their names.
        incarnation: 1,
        created_at: admin::now(),
        totals,
        ..moment.file.summary().header
    };
    let failed = |why: ExportFault| fault::export(&why);
    let mut writer = ExportWriter::create_at(&args.file, header).map_err(failed)?;
    each(&moment.file, &names, &mut |entry| {
        entry.map_or(Ok(()), |entry| writer.push(&entry).map_err(failed))
    })?;
    let (path, summary) = writer.finish().map_err(failed)?;
    remark(format_args!(
        "({} records redacted, {left_out} left out)",
        summary.totals.records
    ));
    let out = Out::plain();
    if as_json {
        out.line(serde_json::json!({
            "file": path, "records": summary.totals.records, "left_out": left_out,
        }));
    } else {
        out.line(path.display());
    }
    Ok(())
}

/// Shows every record of `file` under other names, in the order of its new key; nothing for one that is
/// left out.
fn each(
    file: &ExportFile,
    names: &dyn Pseudonyms,
    show: &mut dyn FnMut(Option<Entry>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    // Names of timers hold ids as text, which do not keep their order: these are sorted, and only these,
    // because there are few in each server.
    let mut timers: Vec<Entry> = Vec::new();
    let (mut next, end) = all();
    loop {
        let page = file
            .scan(&next, &end, PIECE)
            .map_err(|why| Stop::new(Exit::Failed, chain(&why)))?;
        for entry in &page.entries {
            let is_timer = entry.key.space() == Some(Space::Timer);
            if !is_timer {
                flush(&mut timers, show)?;
            }
            match redacted(entry, names) {
                Some(timer) if is_timer => timers.push(timer),
                other => show(other)?,
            }
        }
        let Some(further) = page.next else { break };
        next = further;
    }
    flush(&mut timers, show)
}

/// Shows what was held back, in its new order.
fn flush(
    timers: &mut Vec<Entry>,
    show: &mut dyn FnMut(Option<Entry>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    timers.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    timers.drain(..).try_for_each(|timer| show(Some(timer)))
}

fn redacted(entry: &Entry, names: &dyn Pseudonyms) -> Option<Entry> {
    let (key, record) = registry::redacted(&Bincode, &entry.key, &entry.record, names)?;
    let sealed = seal(&key, entry.epoch, &record);
    let crc = Header::parse(&sealed).ok()?.crc;
    Some(Entry {
        key,
        epoch: entry.epoch,
        crc,
        record,
    })
}

/// Other names: an id becomes its place among all that there are, a text a hash that nobody can look up.
struct Names {
    ids: Vec<u64>,
    texts: RandomState,
}

impl Names {
    fn of(file: &ExportFile) -> Result<Self, Stop> {
        let ids = Ids::default();
        each(file, &ids, &mut |_| Ok(()))?;
        Ok(Self {
            ids: ids.0.into_inner().into_iter().collect(),
            texts: RandomState::new(),
        })
    }
}

impl Pseudonyms for Names {
    fn id(&self, id: u64) -> u64 {
        self.ids.partition_point(|other| *other <= id) as u64
    }

    fn text(&self, text: &str) -> String {
        // 40 bits tell some thousand texts apart.
        format!("text-{:010x}", self.texts.hash_one(text) >> 24)
    }
}

/// Gathers the ids that there are; names nothing.
#[derive(Default)]
struct Ids(RefCell<BTreeSet<u64>>);

impl Pseudonyms for Ids {
    fn id(&self, id: u64) -> u64 {
        self.0.borrow_mut().insert(id);
        id
    }

    fn text(&self, text: &str) -> String {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::audit;
    use actors::kernel::{
        address::{Address, Kind},
        ids::GuildId,
        machine::RowKey,
        record::{Key, Write},
        stored::{effect_key, gap_key, position_key, process_key, timer_key},
        turn::{head_key, row_key},
    };
    use snapshots::{Batch, export::write};

    const GUILDS: [u64; 2] = [81_384_788_765_712_384, 1_181_384_788_765_712_384];
    const USER: u64 = 222_222_222_222_222_222;

    /// A sample of everything in two guilds, where they share a member.
    fn samples() -> Vec<Write> {
        let mut writes = Vec::new();
        let samples = registry::samples(&Bincode).unwrap();
        for (n, guild) in GUILDS.into_iter().enumerate() {
            let guild = GuildId::new(guild).unwrap();
            let welcome = Address::guild(Kind::Welcome, guild);
            let id = actors::kernel::inbound::EffectId(n as u64 + 0xabcd_0000_0000_0000);
            let member = RowKey::new(&USER.to_be_bytes());
            for (name, record) in &samples {
                let key = match name.as_str() {
                    "settings-head-full" => head_key(Address::guild(Kind::Settings, guild)),
                    "welcome-head-full" => head_key(welcome),
                    "welcome-row-greeted" => row_key(welcome, &member),
                    "runtime-outbox-say" => effect_key(Space::Outbox, id),
                    "runtime-dead-letter" => effect_key(Space::DeadLetter, id),
                    "runtime-timer" => timer_key(welcome, &format!("kick:{USER}")),
                    "runtime-gap" => gap_key(guild),
                    "runtime-position" => position_key(0),
                    "runtime-process" => process_key(),
                    _ => continue,
                };
                let record = Some(record.clone());
                writes.push(Write { key, record });
            }
            // A second timer, which sorts otherwise under its new name.
            let timer = samples.iter().find(|(name, _)| name == "runtime-timer");
            writes.push(Write {
                key: timer_key(welcome, "kick:81384788765712384"),
                record: timer.map(|(_, record)| record.clone()),
            });
        }
        writes
    }

    fn records(file: &ExportFile) -> Vec<Entry> {
        let (from, to) = all();
        file.scan(&from, &to, 1_000).unwrap().entries
    }

    #[test]
    fn a_redacted_export_decodes_and_names_nobody_and_keeps_what_belongs_together() {
        let mut store = snapshots::memory::Memory::default().open(1).unwrap();
        let (epoch, writes) = (1, samples());
        let count = writes
            .iter()
            .map(|write| &write.key)
            .collect::<BTreeSet<_>>();
        let count = count.len();
        store.commit(&Batch { epoch, writes }).unwrap();
        let dir = std::env::temp_dir().join(format!("guildhall-redact-{}", std::process::id()));
        let (path, _) = write(
            &store.view(),
            &dir,
            Reason::Manual,
            admin::now(),
            &mut |_| {},
        )
        .unwrap();
        let mut source = Source::file(&path).unwrap();
        let file = dir.join("redacted.guildhall");
        let args = Args {
            file: file.clone(),
            replace: false,
        };
        run(&mut source, &args, true).unwrap();
        assert!(
            run(&mut source, &args, true).is_err(),
            "it is there already"
        );

        let redacted = ExportFile::open(&file, &mut |_| {}).unwrap();
        let audit = audit::of_export(&redacted, &mut |_| {}).unwrap();
        assert_eq!(audit.findings, []);
        assert_eq!(audit.records as usize, count, "nothing is left out");
        let bytes = std::fs::read(&file).unwrap();
        let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        for id in GUILDS.into_iter().chain([USER]) {
            assert!(!holds(&id.to_le_bytes()) && !holds(&id.to_be_bytes()));
            assert!(!holds(id.to_string().as_bytes()));
        }
        for text in ["hello", "The Hall", "Missing Permissions"] {
            assert!(!holds(text.as_bytes()), "{text}");
        }
        // Both guilds have their member, and it is the same one; its timers say so too.
        let keys: Vec<Key> = records(&redacted)
            .into_iter()
            .map(|entry| entry.key)
            .collect();
        let tails = |space| {
            let of = keys.iter().filter(move |key| key.space() == Some(space));
            of.map(|key| key.tail().to_vec()).collect::<BTreeSet<_>>()
        };
        let members = tails(Space::Row);
        assert_eq!(members.len(), 1);
        let member = u64::from_be_bytes(members.first().unwrap()[..].try_into().unwrap());
        assert!(tails(Space::Timer).contains(format!("kick:{member}").as_bytes()));
        std::fs::remove_dir_all(dir).unwrap();
    }
}
