use super::*;
use actors::kernel::{
    call::Permissions,
    effect::Granted,
    inbound::{AuditEntry, Removal},
};

fn guild() -> GuildId {
    GuildId::new(1).unwrap()
}

/// A line of the audit log that many seconds before now.
fn line(seconds_ago: i64, action: u64) -> Value {
    let id = snowflake_at(NOW + AHEAD - Span::seconds(seconds_ago));
    json!({"id": id.to_string(), "action_type": action, "target_id": "10", "user_id": "11"})
}

async fn read_log(fake: &Fake) -> Vec<AuditEntry> {
    let since = NOW - Span::seconds(100);
    match run(
        fake,
        &job(Effect::ReadAuditLog {
            guild: guild(),
            since,
        }),
        &WORLD,
    )
    .await
    {
        Sent::Done(Outcome::AuditLog(entries)) => entries,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn removals_since_then_come_newest_first_on_our_time_line() {
    let log = json!({"audit_log_entries": [
        line(90, 22), line(10, 20), line(20, 1), line(30, 21), line(101, 20), null, {"id": "x"},
    ], "users": []});
    let fake = Fake::start(move |_, _| Act::json(200, &log)).await;
    let entries = read_log(&fake).await;
    let read: Vec<_> = entries
        .iter()
        .map(|e| (NOW.since(e.at).as_millis() / 1000, e.action))
        .collect();
    assert_eq!(
        read,
        [
            (10, Removal::Kick),
            (30, Removal::Prune),
            (90, Removal::Ban)
        ]
    );
    assert_eq!(
        (entries[0].target, entries[0].by),
        (Some(user(10)), Some(user(11)))
    );
    assert_eq!(fake.lines(), ["GET guilds/1/audit-logs?limit=50"]);
}

#[tokio::test]
async fn a_log_full_of_other_things_is_asked_for_each_kind_of_removal() {
    let fake = Fake::start(|seen, _| {
        let lines: Vec<_> = match seen.path.split_once("action_type=") {
            Some((_, "20")) => vec![line(5, 20), line(500, 20)],
            Some((_, "22")) => vec![line(3, 22)],
            Some(_) => vec![],
            None => (0..50).map(|_| line(2, 12)).collect(),
        };
        Act::json(200, &json!({"audit_log_entries": lines}))
    })
    .await;
    let actions: Vec<_> = read_log(&fake)
        .await
        .iter()
        .map(|entry| entry.action)
        .collect();
    assert_eq!(actions, [Removal::Ban, Removal::Kick]);
    assert_eq!(fake.seen().len(), 4);
}

#[tokio::test]
async fn a_log_we_may_not_read_is_a_refusal() {
    let fake = Fake::start(|_, _| Act::error(403, 50013)).await;
    let ask = job(Effect::ReadAuditLog {
        guild: guild(),
        since: NOW,
    });
    assert_eq!(code_of(&run(&fake, &ask, &WORLD).await), (403, 50013));
}

fn discord(seen: &Seen) -> Act {
    let everyone = (Permissions::VIEW_CHANNEL.0 | Permissions::SEND_MESSAGES.0).to_string();
    match seen.path.as_str() {
        "/api/v10/guilds/1" => Act::json(
            200,
            &json!({"id": "1", "owner_id": "10", "roles": [
                {"id": "1", "permissions": everyone}, {"id": "40", "permissions": "2"}]}),
        ),
        "/api/v10/guilds/1/members/900" => Act::json(
            200,
            &json!({"roles": ["40"], "communication_disabled_until": "2020-01-01T00:00:00Z"}),
        ),
        "/api/v10/guilds/1/channels" => Act::json(
            200,
            &json!([
                {"id": "30", "permission_overwrites":
                    [{"id": "1", "type": 0, "allow": "0", "deny": "2048"}]},
                {"id": "31", "permission_overwrites": [{"id": 900, "type": 1, "deny": 1024}]},
                {"id": "32"},
            ]),
        ),
        _ => Act::error(404, 0),
    }
}

#[tokio::test]
async fn permissions_are_computed_from_roles_and_overwrites() {
    let fake = Fake::start(|seen, _| discord(seen)).await;
    let channels = vec![channel(30), channel(31), channel(99)];
    let ask = job(Effect::ReadPermissions {
        guild: guild(),
        channels,
    });
    let granted = Granted {
        guild: Permissions(1024 | 2048 | 2),
        channels: vec![
            (channel(30), Permissions(1024 | 2)),
            (channel(31), Permissions(0)),
        ],
    };
    assert_eq!(
        run(&fake, &ask, &WORLD).await,
        Sent::Done(Outcome::Permissions(granted))
    );
}

#[tokio::test]
async fn without_channels_their_list_is_not_asked_for() {
    let fake = Fake::start(|seen, _| discord(seen)).await;
    let ask = job(Effect::ReadPermissions {
        guild: guild(),
        channels: vec![],
    });
    assert!(matches!(
        run(&fake, &ask, &WORLD).await,
        Sent::Done(Outcome::Permissions(_))
    ));
    assert_eq!(fake.lines(), ["GET guilds/1", "GET guilds/1/members/900"]);
}
