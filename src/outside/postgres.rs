//! A table of PostgreSQL: one row for each message, and what became of it; and lists of accounts ([`roster`]).
//!
//! A page is one transaction, and every statement in it can be run again: a row is put in or brought up to
//! date, never doubled. So a page whose COMMIT was not answered is simply sent again. An edit or deletion of a
//! message that is not in the table (it was written before, or by somebody who is left out) changes nothing.
//!
//! The tables are made and changed by the bot, under a lock, so that two bots may begin at once. To change
//! them add to [`MIGRATIONS`], and never change what is there.

mod roster;

use super::{Page, Sheet, SinkFault, chain, line::kind};
use crate::secret::Secret;
use actors::kernel::{
    ids::{GuildId, UserId},
    note::{Note, Noted, Size, Writer},
    spool::{Cursor, Line},
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::{future::Future, sync::Arc, time::Duration};
use tokio_postgres::{Client, Config, Error, Transaction};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long a connection may take …
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// … and a page.
const PAGE_WITHIN: Duration = Duration::from_secs(60);
/// The lock under which tables are changed: "guildhal".
const LOCK: i64 = 0x6775_696c_6468_616c;

const MIGRATIONS: [&str; 2] = ["
    create table guildhall_messages (
        message_id bigint primary key,
        guild_id bigint not null,
        channel_id bigint not null,
        author_id bigint not null,
        writer text not null,
        written_at timestamptz not null,
        length integer,
        attachments integer,
        reply_to bigint,
        edited_at timestamptz,
        deleted_at timestamptz
    );
    create index guildhall_messages_by_channel on guildhall_messages (guild_id, channel_id, message_id);
    create index guildhall_messages_by_author on guildhall_messages (guild_id, author_id);
    comment on table guildhall_messages is
        'What became of messages, never what they say. length and attachments are null where not known.';
", roster::TABLES];

const WRITTEN: &str = "
    insert into guildhall_messages as known
        (message_id, guild_id, channel_id, author_id, writer, written_at, length, attachments, reply_to)
    select distinct on (message) message, guild, channel, author, writer,
        timestamptz 'epoch' + at * interval '1 millisecond', length, files, reply
    from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::int[],
        $8::int[], $9::bigint[]) as line (message, guild, channel, author, writer, at, length, files, reply)
    on conflict (message_id) do update set
        author_id = excluded.author_id, writer = excluded.writer, written_at = excluded.written_at,
        reply_to = excluded.reply_to,
        length = case when known.edited_at is null then excluded.length else known.length end,
        attachments = case when known.edited_at is null then excluded.attachments else known.attachments end";

const EDITED: &str = "
    update guildhall_messages as known set edited_at = line.at, length = coalesce(line.length, known.length),
        attachments = coalesce(line.files, known.attachments)
    from (
        select distinct on (message) message, timestamptz 'epoch' + at * interval '1 millisecond' as at,
            length, files
        from unnest($1::bigint[], $2::bigint[], $3::int[], $4::int[]) as line (message, at, length, files)
        order by message, at desc
    ) as line
    where known.message_id = line.message and (known.edited_at is null or known.edited_at <= line.at)";

const DELETED: &str = "
    update guildhall_messages as known
    set deleted_at = least(known.deleted_at, timestamptz 'epoch' + line.at * interval '1 millisecond')
    from unnest($1::bigint[], $2::bigint[]) as line (message, at)
    where known.message_id = line.message";

/// See the module docs.
pub struct Table {
    config: Config,
    tls: MakeRustlsConnect,
    client: Option<Client>,
}

impl Table {
    /// The table in the database at this address.
    ///
    /// # Errors
    /// When it is no address, in words that do not show it.
    pub fn new(url: &Secret) -> Result<Self, String> {
        let parsed: Result<Config, Error> = url.expose().parse();
        let mut config = parsed.map_err(|_| {
            "the address of the database is not one: postgres://user:password@host/database"
                .to_owned()
        })?;
        if config.get_hosts().is_empty() {
            return Err("the address of the database names no host".to_owned());
        }
        config.connect_timeout(CONNECT_WITHIN);
        if config.get_application_name().is_none() {
            config.application_name("guildhall");
        }
        let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|fault| format!("TLS: {fault}"))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            config,
            tls: MakeRustlsConnect::new(tls),
            client: None,
        })
    }

    pub(super) async fn deliver(&mut self, page: &Page) -> Result<Cursor, SinkFault> {
        if let Some(hole) = &page.cursor.hole {
            // There is no place for it in the table; the log and the metrics have it.
            tracing::warn!(lines = hole.lines, "lines are missing in the table");
        }
        let lines = Lines::of(page);
        let mut client = self.connected().await?;
        within(write(&mut client, &lines)).await?;
        // After a fault the connection is not used again.
        self.client = Some(client);
        Ok(page.arrived())
    }

    pub(super) async fn take(&mut self, sheet: &Sheet) -> Result<(), SinkFault> {
        let mut client = self.connected().await?;
        roster::take(&mut client, sheet).await?;
        self.client = Some(client);
        Ok(())
    }

    pub(super) async fn probe(&mut self) -> Result<String, SinkFault> {
        self.client = Some(self.connected().await?);
        let hosts = self.config.get_hosts().len();
        let name = self
            .config
            .get_dbname()
            .unwrap_or("the user's own database");
        Ok(format!("{name} answers, with its tables ({hosts} host)"))
    }

    /// A connection to a database that has our tables.
    async fn connected(&mut self) -> Result<Client, SinkFault> {
        if let Some(client) = self.client.take().filter(|client| !client.is_closed()) {
            return Ok(client);
        }
        let connecting = self.config.connect(self.tls.clone());
        let (mut client, connection) = within(connecting).await?;
        tokio::spawn(async move {
            if let Err(fault) = connection.await {
                tracing::debug!(
                    fault = chain(&fault),
                    "the connection to the database ended"
                );
            }
        });
        let newest = within(migrate(&mut client)).await?;
        if newest > MIGRATIONS.len() {
            let why =
                "the tables were made by a newer version of this program; update it".to_owned();
            return Err(SinkFault::Refused(why));
        }
        Ok(client)
    }
}

async fn within<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, SinkFault> {
    match tokio::time::timeout(PAGE_WITHIN, work).await {
        Ok(done) => done.map_err(|fault| judged(&fault)),
        Err(_) => Err(SinkFault::Away("the database does not answer".to_owned())),
    }
}

/// Whether the database is not there or not well, or says no.
fn judged(fault: &Error) -> SinkFault {
    // Connections, resources, transactions, operators, objects in use, internal faults.
    const PASSES: [&str; 6] = ["08", "53", "40", "57", "55", "XX"];
    let text = chain(fault);
    match fault.code() {
        Some(code) if !PASSES.iter().any(|class| code.code().starts_with(class)) => {
            SinkFault::Refused(text)
        }
        _ => SinkFault::Away(text),
    }
}

/// Brings the tables up to date; which version they are of.
async fn migrate(client: &mut Client) -> Result<usize, Error> {
    let work = client.transaction().await?;
    work.execute("select pg_advisory_xact_lock($1)", &[&LOCK])
        .await?;
    work.batch_execute("create table if not exists guildhall_schema (version integer not null)")
        .await?;
    let row = work
        .query_one(
            "select coalesce(max(version), 0) from guildhall_schema",
            &[],
        )
        .await?;
    let known = usize::try_from(row.get::<_, i32>(0)).unwrap_or(0);
    for (number, migration) in (1_i32..).zip(MIGRATIONS).skip(known) {
        work.batch_execute(migration).await?;
        work.execute("insert into guildhall_schema values ($1)", &[&number])
            .await?;
    }
    work.commit().await?;
    Ok(known.max(MIGRATIONS.len()))
}

/// The lines of a page, by what they say. Each list is in order.
#[derive(Debug, Default)]
struct Lines {
    written: Vec<(GuildId, Note)>,
    edited: Vec<Note>,
    deleted: Vec<Note>,
    forgotten: Vec<(GuildId, UserId)>,
}

impl Lines {
    fn of(page: &Page) -> Self {
        let mut lines = Self::default();
        for (guild, line) in page
            .rows
            .iter()
            .flat_map(|row| row.lines.iter().map(|line| (row.guild, line)))
        {
            match line {
                Line::Forget { user, .. } => lines.forgotten.push((guild, *user)),
                Line::Message(note) => match kind(note) {
                    "written" => lines.written.push((guild, *note)),
                    "edited" => lines.edited.push(*note),
                    _ => lines.deleted.push(*note),
                },
            }
        }
        lines
    }
}

/// Edits and deletions only go forward, so they may come after all that was written.
async fn write(client: &mut Client, lines: &Lines) -> Result<(), Error> {
    let work = client.transaction().await?;
    written(&work, &lines.written).await?;
    edited(&work, &lines.edited).await?;
    if !lines.deleted.is_empty() {
        let (messages, at) = (ids(&lines.deleted), times(&lines.deleted));
        work.execute(DELETED, &[&messages, &at]).await?;
    }
    for (whose, who) in &lines.forgotten {
        let (guild, user) = (whose.get().cast_signed(), who.get().cast_signed());
        let text = "delete from guildhall_messages where guild_id = $1 and author_id = $2";
        work.execute(text, &[&guild, &user]).await?;
        roster::forget(&work, *whose, *who).await?;
    }
    work.commit().await
}

async fn written(work: &Transaction<'_>, lines: &[(GuildId, Note)]) -> Result<(), Error> {
    if lines.is_empty() {
        return Ok(());
    }
    let notes: Vec<Note> = lines.iter().map(|(_, note)| *note).collect();
    let guilds: Vec<i64> = lines.iter().map(|(id, _)| id.get().cast_signed()).collect();
    let channels: Vec<i64> = notes
        .iter()
        .map(|note| note.channel.get().cast_signed())
        .collect();
    let (mut authors, mut writers, mut replies) = (Vec::new(), Vec::new(), Vec::new());
    for note in &notes {
        if let Noted::Written {
            author,
            writer,
            reply,
            ..
        } = note.what
        {
            authors.push(author.get().cast_signed());
            writers.push(word(writer));
            replies.push(reply.map(|reply| reply.get().cast_signed()));
        }
    }
    let (messages, at) = (ids(&notes), times(&notes));
    let (lengths, files) = sizes(&notes);
    work.execute(
        WRITTEN,
        &[
            &messages, &guilds, &channels, &authors, &writers, &at, &lengths, &files, &replies,
        ],
    )
    .await?;
    Ok(())
}

async fn edited(work: &Transaction<'_>, notes: &[Note]) -> Result<(), Error> {
    if notes.is_empty() {
        return Ok(());
    }
    let (messages, at) = (ids(notes), times(notes));
    let (lengths, files) = sizes(notes);
    work.execute(EDITED, &[&messages, &at, &lengths, &files])
        .await?;
    Ok(())
}

const fn word(writer: Writer) -> &'static str {
    match writer {
        Writer::Person => "person",
        Writer::Bot => "bot",
        Writer::Webhook => "webhook",
    }
}

/// Ids are below 2^63 until the year 2084.
fn ids(notes: &[Note]) -> Vec<i64> {
    let ids = notes.iter().map(|note| note.message.get().cast_signed());
    ids.collect()
}

fn times(notes: &[Note]) -> Vec<i64> {
    notes.iter().map(|note| note.at.millis()).collect()
}

fn sizes(notes: &[Note]) -> (Vec<Option<i32>>, Vec<Option<i32>>) {
    let size = |note: &Note| match note.what {
        Noted::Written { size, .. } | Noted::Edited { size } => size,
        Noted::Deleted => None,
    };
    let length = |size: Size| i32::try_from(size.length).unwrap_or(i32::MAX);
    let lengths = notes.iter().map(|note| size(note).map(length));
    let files = notes
        .iter()
        .map(|note| size(note).map(|size| i32::from(size.files)));
    (lengths.collect(), files.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_address_is_said_without_showing_it() {
        let fault = |url: &str| {
            let table = Table::new(&Secret::new(url.to_owned()));
            table.err().expect("it is no address")
        };
        assert!(!fault("postgres://u:hunter2@h:port/x").contains("hunter2"));
        assert!(fault("user=u password=hunter2").contains("no host"));
    }
}
