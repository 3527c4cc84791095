//! `inspect verify`.

use super::Source;
use crate::cli::{Exit, Stop, out::Out, progress::Size};
use serde_json::json;

pub(super) fn run(source: &mut Source, as_json: bool) -> Result<(), Stop> {
    let audit = source.audit()?;
    let out = Out::plain();
    for finding in &audit.findings {
        if as_json {
            out.line(json!(finding));
            continue;
        }
        let whose = finding.address.as_ref();
        let whose = whose.map_or_else(String::new, |whose| format!("{whose}: "));
        let key = finding.key.as_ref();
        let key = key.map_or_else(String::new, |key| format!("  (key {key})"));
        out.line(format_args!(
            "{:<10} {whose}{}{key}",
            finding.what, finding.why
        ));
    }
    if as_json {
        out.line(json!({
            "good": audit.is_good(), "wrong": audit.wrong, "epoch": audit.epoch,
            "records": audit.records, "bytes": audit.bytes, "digest": audit.digest,
        }));
    } else {
        let unlisted = audit.wrong - audit.findings.len() as u64;
        if unlisted > 0 {
            out.line(format_args!("… and {unlisted} more"));
        }
        out.line(format_args!(
            "{} records, {}, epoch {}, digest {}",
            audit.records,
            Size(audit.bytes),
            audit.epoch,
            audit.digest
        ));
    }
    if audit.is_good() {
        if !as_json {
            out.line("All is well: every record is as it was written, is read by this program and belongs to somebody.");
        }
        return Ok(());
    }
    Err(Stop::new(
        Exit::Damaged,
        format!(
            "{} things are wrong. The bot keeps damaged records aside and goes on without them; to go back \
             to a backup see `guildhall restore --help`",
            audit.wrong
        ),
    ))
}
