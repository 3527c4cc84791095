//! What can be checked without the network.

use super::finding::Findings;
use crate::{
    admin::Client,
    cli::{Exit, inspect::Copied, stop::chain},
    config::{self, Discord, Token, TokenFault},
};
use snapshots::{DataDir, export};
use std::{
    fs::{self, File},
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

/// Less free space than this is worth a warning …
const LITTLE_SPACE: u64 = 512 * MB;
/// … and less than this is trouble.
const NO_SPACE: u64 = 64 * MB;
const MB: u64 = 1024 * 1024;

pub(super) fn settings(findings: &mut Findings, file: Option<&Path>) {
    match file {
        Some(path) => findings.good("settings", path.display()),
        None => findings.good("settings", "no file; the defaults and the environment"),
    }
}

pub(super) fn token(findings: &mut Findings, discord: &Discord) -> Option<Token> {
    match config::find_token(discord) {
        Ok(token) => {
            findings.good("token", format_args!("from {}", token.source));
            if token.exposed {
                let advice = format!("chmod 600 {}", token.source);
                findings.warn("token", "everybody on this machine can read it", advice);
            }
            Some(token)
        }
        Err(fault) => {
            let advice = match fault {
                TokenFault::Missing => {
                    "https://discord.com/developers/applications, your application, Bot, Reset Token"
                }
                TokenFault::Unreadable { .. } => {
                    "the user that runs the bot must be able to read it"
                }
                TokenFault::Malformed(..) => "copy the token again; it stands alone on one line",
            };
            findings.fail(Exit::BadConfig, "token", chain(&fault), advice);
            None
        }
    }
}

/// Whether the data directory takes files, and how many.
pub(super) fn data(findings: &mut Findings, data: &Path) {
    // The directory may not be there yet; then its nearest parent must take it.
    let Some(existing) = data
        .ancestors()
        .find(|path| !path.as_os_str().is_empty() && path.exists())
    else {
        return disk(findings, data, Path::new("."));
    };
    disk(findings, data, existing);
    let open = fs::metadata(data).is_ok_and(|meta| meta.permissions().mode() & 0o005 != 0);
    if open {
        let advice = format!("chmod 700 {}", data.display());
        findings.warn(
            "disk",
            "everybody on this machine can read the data directory",
            advice,
        );
    }
}

fn disk(findings: &mut Findings, data: &Path, existing: &Path) {
    if let Err(fault) = probe(existing) {
        let found = format!("{} cannot be written: {fault}", existing.display());
        findings.fail(
            Exit::Failed,
            "disk",
            found,
            "choose another with --data, or give it to the bot's user",
        );
        return;
    }
    let Ok(stat) = rustix::fs::statvfs(existing) else {
        findings.warn(
            "disk",
            "the free space cannot be told",
            "see that there are at least 512 MB",
        );
        return;
    };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let found = format!("{} MB free for {}", free / MB, data.display());
    let advice = "make room: a full disk stops the bot until there is space again";
    match free {
        0..NO_SPACE => findings.fail(Exit::Failed, "disk", found, advice),
        NO_SPACE..LITTLE_SPACE => findings.warn("disk", found, advice),
        _ => findings.good("disk", found),
    }
}

fn probe(dir: &Path) -> io::Result<()> {
    let path = dir.join(format!(".guildhall-check-{}", std::process::id()));
    let written = File::create(&path).and_then(|mut file| file.write_all(b"probe"));
    let removed = fs::remove_file(&path);
    written.and(removed)
}

/// How the store is: told by the running bot, or seen in a copy.
pub(super) fn store(findings: &mut Findings, data: &Path) {
    let dir = DataDir::new(data);
    match Client::connect(data) {
        Ok(Some(mut client)) => return running(findings, &mut client),
        Ok(None) => {}
        Err(fault) => {
            findings.warn(
                "store",
                format_args!("the running bot cannot be asked: {fault}"),
                "run this as the bot's user",
            );
            return;
        }
    }
    if dir.store().join("db").exists() {
        stopped(findings, data);
    } else if !dir.damaged_stores().is_empty() || newest_export(&dir).is_some() {
        let advice = match newest_export(&dir) {
            Some(export) => format!("guildhall restore {export} --data {}", data.display()),
            None => "ask for help before anything else: there is no export".to_owned(),
        };
        findings.fail(
            Exit::Failed,
            "store",
            "it is gone, but traces of it are here",
            advice,
        );
    } else {
        findings.good("store", "none yet; the first start makes one");
    }
    for path in dir.damaged_stores() {
        let advice = "keep it until you are sure that nothing is missing, then move it away";
        findings.warn(
            "store",
            format_args!("a damaged store lies in {}", path.display()),
            advice,
        );
    }
}

fn newest_export(dir: &DataDir) -> Option<String> {
    Some(export::newest(&dir.exports()).ok()??.display().to_string())
}

fn stopped(findings: &mut Findings, data: &Path) {
    let mut copied = match Copied::of(data) {
        Ok(copied) => copied,
        Err(stop) => {
            findings.fail(
                stop.exit,
                "store",
                stop.text,
                "see the README, \"When something breaks\"",
            );
            return;
        }
    };
    if let Some(lost) = copied.started.rolled_back {
        let found = format!(
            "it ends at epoch {}, but epoch {} was acknowledged",
            lost.found, lost.acknowledged
        );
        findings.fail(
            Exit::Failed,
            "store",
            found,
            "the disk lost what it had confirmed; look at the newest export",
        );
    }
    let report = snapshots::verify(&copied.store.view(), &mut |_| {});
    match report {
        Ok(report) if report.is_good() => {
            findings.good(
                "store",
                format_args!("{} records, all as they were written", report.found.records),
            );
        }
        Ok(report) => {
            let found = format!(
                "{} of {} records are damaged",
                report.damaged_count.max(1),
                report.expected.records
            );
            findings.fail(
                Exit::Failed,
                "store",
                found,
                "guildhall inspect list shows them; consider an export",
            );
        }
        Err(fault) => {
            findings.fail(
                Exit::Failed,
                "store",
                chain(&fault),
                "consider restoring the newest export",
            );
        }
    }
}

fn running(findings: &mut Findings, client: &mut Client) {
    let status = match client.status() {
        Ok(status) => status,
        Err(fault) => {
            findings.warn("bot", chain(&fault), "look again in a minute");
            return;
        }
    };
    let about = &status.about;
    findings.good(
        "bot",
        format_args!(
            "running, version {}, {} servers",
            about.version, about.guilds
        ),
    );
    for check in status.checks.iter().filter(|check| !check.text.is_empty()) {
        let found = format!("{}: {} {}", check.level, check.name, check.text);
        findings.warn("bot", found, "guildhall status shows more");
    }
    match status.store.quarantined {
        0 => findings.good(
            "store",
            format_args!(
                "in use; oldest change not yet durable: {} ms",
                status.store.lag_ms
            ),
        ),
        n => findings.fail(
            Exit::Failed,
            "store",
            format_args!("{n} records are damaged"),
            "guildhall inspect verify shows them",
        ),
    }
    let advice = "guildhall inspect";
    let looks = [
        (
            status.inputs.parked,
            "inputs set aside after crashes",
            "parked",
        ),
        (
            status.outbox.dead_letters,
            "messages given up or up for review",
            "dead-letters",
        ),
        (
            about.open_gaps,
            "guilds not up to date after a lost session",
            "position",
        ),
    ];
    for (number, what, space) in looks {
        if number > 0 {
            findings.warn(
                "bot",
                format_args!("{number} {what}"),
                format_args!("{advice} {space}"),
            );
        }
    }
}
