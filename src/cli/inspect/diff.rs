//! `inspect diff`: two moments of a store, record by record.

use super::{Source, human, source::Moment};
use crate::{
    admin::{decode, page},
    cli::{Exit, Stop, out::Out, stop::chain},
};
use clap::Args as Arguments;
use serde_json::{Value, json};
use snapshots::{Entry, Page, Reader as _, all};
use std::{
    cmp::Ordering,
    path::{Path, PathBuf},
};

/// Records read at once from each side.
const PIECE: usize = 256;
/// Longer values are not compared field by field for people.
const MOST_FIELDS: usize = 10_000;

/// `diff`
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  guildhall inspect diff data/exports/guildhall-…-hourly.guildhall     since that export
  guildhall inspect diff monday.guildhall tuesday.guildhall            between two backups

`+` came, `-` went, `~` changed. A record that was written again with the same content did not change.")]
pub(super) struct Args {
    /// The older backup
    old: PathBuf,
    /// The newer one; without this what is stored now
    new: Option<PathBuf>,
}

impl Args {
    pub(super) fn old(&self) -> &Path {
        &self.old
    }

    /// Both, when neither is the data directory.
    pub(super) fn files(&self) -> Option<(&Path, &Path)> {
        Some((&self.old, self.new.as_deref()?))
    }
}

pub(super) fn run(mut old: Source, mut new: Source, as_json: bool) -> Result<(), Stop> {
    let mut old = Records::of(old.moment()?);
    let mut new = Records::of(new.moment()?);
    let mut counts = [0_u64; 3];
    let out = Out::plain();
    loop {
        let (before, after) = match (old.peek()?, new.peek()?) {
            (None, None) => break,
            (Some(_), None) => (old.take(), None),
            (None, Some(_)) => (None, new.take()),
            (Some(left), Some(right)) => match left.key.cmp(&right.key) {
                Ordering::Less => (old.take(), None),
                Ordering::Greater => (None, new.take()),
                Ordering::Equal => (old.take(), new.take()),
            },
        };
        let (mark, word, count) = match (&before, &after) {
            (Some(before), Some(after)) if before.record == after.record => continue,
            (Some(_), Some(_)) => ("~", "changed", &mut counts[2]),
            (None, _) => ("+", "added", &mut counts[0]),
            (_, None) => ("-", "removed", &mut counts[1]),
        };
        *count += 1;
        let shown = |entry: &Option<Entry>| {
            let entry = entry.as_ref()?;
            Some(page::record(entry, &decode::about(entry), true))
        };
        let (before, after) = (shown(&before), shown(&after));
        if as_json {
            out.line(json!({ "change": word, "before": before, "after": after }));
            continue;
        }
        let either = after.as_ref().or(before.as_ref()).unwrap_or(&Value::Null);
        out.line(format_args!("{mark} {}", human::title(either)));
        if let (Some(before), Some(after)) = (&before, &after) {
            let mut fields = Vec::new();
            compare("", &before["value"], &after["value"], &mut fields);
            fields
                .iter()
                .for_each(|line| out.line(format_args!("    {line}")));
        }
    }
    let [added, removed, changed] = counts;
    if as_json {
        return Ok(());
    }
    if counts == [0, 0, 0] {
        out.line("They hold the same.");
    } else {
        out.line(format_args!(
            "{added} came, {removed} went, {changed} changed."
        ));
    }
    Ok(())
}

/// The records of one side, in key order.
struct Records {
    moment: Moment,
    page: std::vec::IntoIter<Entry>,
    next: Option<actors::kernel::record::Key>,
}

impl Records {
    fn of(moment: Moment) -> Self {
        Self {
            moment,
            page: Vec::new().into_iter(),
            next: Some(all().0),
        }
    }

    /// The next one; reads the next page when this one is used up.
    fn peek(&mut self) -> Result<Option<&Entry>, Stop> {
        while self.page.as_slice().is_empty()
            && let Some(from) = self.next.take()
        {
            let Page { entries, next, .. } = self
                .moment
                .file
                .scan(&from, &all().1, PIECE)
                .map_err(|why| Stop::new(Exit::Failed, chain(&why)))?;
            (self.page, self.next) = (entries.into_iter(), next);
        }
        Ok(self.page.as_slice().first())
    }

    fn take(&mut self) -> Option<Entry> {
        self.page.next()
    }
}

/// The fields in which two values differ: "join.channel: 7 → 8".
fn compare(path: &str, before: &Value, after: &Value, lines: &mut Vec<String>) {
    if before == after || lines.len() >= MOST_FIELDS {
        return;
    }
    if let (Value::Object(old), Value::Object(new)) = (before, after) {
        let names = old
            .keys()
            .chain(new.keys().filter(|name| !old.contains_key(*name)));
        for name in names {
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            let (old, new) = (old.get(name), new.get(name));
            compare(
                &path,
                old.unwrap_or(&Value::Null),
                new.unwrap_or(&Value::Null),
                lines,
            );
        }
        return;
    }
    let short = |value: &Value| human::scalar(value).unwrap_or_else(|| value.to_string());
    lines.push(format!("{path}: {} → {}", short(before), short(after)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_fields_that_differ_are_named() {
        let before = json!({"join": {"channel": "7", "text": "hi"}, "gone": 1, "list": [1, 2]});
        let after =
            json!({"join": {"channel": "8", "text": "hi"}, "new": true, "list": [1, {"n": 2}]});
        let mut lines = Vec::new();
        compare("", &before, &after, &mut lines);
        let expected = [
            "gone: 1 → none",
            "join.channel: 7 → 8",
            "list: 1, 2 → [1,{\"n\":2}]",
            "new: none → yes",
        ];
        assert_eq!(lines, expected);
    }
}
