//! Lists of accounts: of each guild the newest whole one.
//!
//! A list grows under the time of its run, which no other has, while the one before it stays; with the last sheet
//! `guildhall_rosters` names the new run, and the rows of all others go. The view `guildhall_roster` shows what
//! is named there, so whoever reads it sees the old list or the new one, and never half of one. Older days are not
//! kept: whoever wants history copies the view, and decides how long names are worth keeping.

use super::within;
use crate::outside::{Account, Sheet, SinkFault};
use actors::kernel::ids::{GuildId, UserId};
use tokio_postgres::{Client, Error, Transaction};

/// The second of [`super::MIGRATIONS`].
pub(super) const TABLES: &str = "
    create table guildhall_accounts (
        guild_id bigint not null,
        taken_at timestamptz not null,
        user_id bigint not null,
        name text not null,
        display_name text not null,
        bot boolean not null,
        avatar_url text not null,
        roles text[] not null,
        primary key (guild_id, taken_at, user_id)
    );
    create table guildhall_rosters (
        guild_id bigint primary key,
        guild_name text not null,
        day date not null,
        taken_at timestamptz not null,
        members bigint not null
    );
    create view guildhall_roster as
        select guild_id, guild_name, day, taken_at, user_id, name, display_name, bot, avatar_url, roles
        from guildhall_rosters join guildhall_accounts using (guild_id, taken_at);
    comment on table guildhall_accounts is
        'Accounts of servers. Read the view guildhall_roster: here are also lists that are not whole.';
    comment on table guildhall_rosters is
        'The newest whole list of each server: of which day, when it was taken, how many accounts were on it.';
";

const ACCOUNTS: &str = "
    insert into guildhall_accounts
        (guild_id, taken_at, user_id, name, display_name, bot, avatar_url, roles)
    select $1, timestamptz 'epoch' + $2::bigint * interval '1 millisecond', id, name, display_name, bot, avatar_url,
        array(select jsonb_array_elements_text(roles::jsonb))
    from unnest($3::bigint[], $4::text[], $5::text[], $6::bool[], $7::text[], $8::text[])
        as account (id, name, display_name, bot, avatar_url, roles)
    on conflict do nothing";

const WHOLE: &str = "
    insert into guildhall_rosters (guild_id, guild_name, day, taken_at, members)
    values ($1, $2, $3::text::date, timestamptz 'epoch' + $4::bigint * interval '1 millisecond', $5)
    on conflict (guild_id) do update set guild_name = excluded.guild_name, day = excluded.day,
        taken_at = excluded.taken_at, members = excluded.members";

/// What no whole list has.
const LEFT_OVER: &str = "
    delete from guildhall_accounts as account where guild_id = $1 and not exists (
        select from guildhall_rosters as whole
        where whole.guild_id = account.guild_id and whole.taken_at = account.taken_at)";

/// Puts a sheet in; the last one makes the list the newest.
pub(super) async fn take(client: &mut Client, sheet: &Sheet) -> Result<(), SinkFault> {
    within(put(client, sheet)).await
}

async fn put(client: &mut Client, sheet: &Sheet) -> Result<(), Error> {
    let work = client.transaction().await?;
    let guild = sheet.roster.guild.get().cast_signed();
    if sheet.first {
        work.execute(LEFT_OVER, &[&guild]).await?;
    }
    accounts(&work, sheet).await?;
    if let Some(members) = sheet.total {
        let (day, at) = (sheet.roster.day.to_string(), sheet.roster.at.millis());
        let members = members.cast_signed();
        let name = &sheet.roster.guild_name;
        work.execute(WHOLE, &[&guild, name, &day, &at, &members])
            .await?;
        work.execute(LEFT_OVER, &[&guild]).await?;
    }
    work.commit().await
}

async fn accounts(work: &Transaction<'_>, sheet: &Sheet) -> Result<(), Error> {
    let all = &sheet.accounts;
    let ids: Vec<i64> = all
        .iter()
        .map(|account| account.user.get().cast_signed())
        .collect();
    let text = |of: fn(&Account) -> &str| -> Vec<&str> { all.iter().map(of).collect() };
    let bots: Vec<bool> = all.iter().map(|account| account.bot).collect();
    let roles = all
        .iter()
        .map(|account| serde_json::json!(account.roles).to_string());
    let roles: Vec<String> = roles.collect();
    work.execute(
        ACCOUNTS,
        &[
            &sheet.roster.guild.get().cast_signed(),
            &sheet.roster.at.millis(),
            &ids,
            &text(|account| &account.name),
            &text(|account| &account.display_name),
            &bots,
            &text(|account| &account.avatar_url),
            &roles,
        ],
    )
    .await?;
    Ok(())
}

/// Deletes somebody's account.
pub(super) async fn forget(
    work: &Transaction<'_>,
    guild: GuildId,
    user: UserId,
) -> Result<(), Error> {
    let (guild, user) = (guild.get().cast_signed(), user.get().cast_signed());
    let text = "delete from guildhall_accounts where guild_id = $1 and user_id = $2";
    work.execute(text, &[&guild, &user]).await?;
    Ok(())
}
