use super::*;
use crate::kernel::{
    call::Submit,
    check::{Json, Stage},
    command::{OptionKind, Place},
    custom_id::CustomId,
    ids::{ChannelId, GuildId, MessageId, UserId},
    inbound::{self, Input, InputId, Seq},
    owner::{Order, Said},
    text::width,
};
use std::collections::BTreeSet;

fn guild() -> GuildId {
    GuildId::new(1).unwrap()
}

#[test]
fn every_kind_has_exactly_one_feature() {
    let kinds: Vec<Kind> = features::<Json>()
        .iter()
        .map(|feature| feature.kind)
        .collect();
    let once: BTreeSet<Kind> = kinds.iter().copied().collect();
    assert_eq!(kinds.len(), once.len());
    assert_eq!(once, Kind::ALL.into_iter().collect());
    for kind in Kind::ALL {
        let address = Address::guild(kind, guild());
        assert_eq!(open(address, None, Json).unwrap().address(), address);
    }
}

#[test]
fn no_two_commands_have_one_name_and_none_is_both_command_and_group() {
    let mut names = BTreeSet::new();
    for listed in commands() {
        assert!(
            names.insert(listed.spec.name),
            "{} is registered twice",
            listed.spec.name
        );
    }
    for name in &names {
        let group = format!("{name} ");
        assert!(
            !names.iter().any(|other| other.starts_with(&group)),
            "{name} is also a group"
        );
    }
}

#[test]
fn a_group_belongs_to_one_feature_and_is_described() {
    let groups = groups();
    let mut owners: BTreeMap<&str, Kind> = BTreeMap::new();
    for listed in commands() {
        for (at, _) in listed.spec.name.match_indices(' ') {
            let group = &listed.spec.name[..at];
            assert!(
                groups.contains_key(group),
                "{group} is not described in GROUPS"
            );
            assert_eq!(
                *owners.entry(group).or_insert(listed.kind),
                listed.kind,
                "{group}"
            );
        }
    }
    for (group, summary) in &groups {
        assert!(owners.contains_key(group), "{group} has no command");
        check_summary(group, summary);
    }
}

#[test]
fn names_and_texts_are_as_discord_wants_them() {
    for Listed { spec, .. } in commands() {
        let words: Vec<&str> = spec.name.split(' ').collect();
        assert!(
            words.len() <= 3,
            "{} has more than two groups and a name",
            spec.name
        );
        words.iter().for_each(|word| check_name(word));
        check_summary(spec.name, spec.summary);
        for option in spec.options {
            check_name(option.name);
            check_summary(option.name, option.summary);
            if let OptionKind::Text { max } = option.kind {
                assert!((1..=6000).contains(&max), "{}", option.name);
            }
            if let OptionKind::Choice(choices) = option.kind {
                assert!((1..=25).contains(&choices.len()), "{}", option.name);
                for (name, value) in choices {
                    check_summary(option.name, name);
                    check_summary(option.name, value);
                }
            }
        }
    }
}

#[test]
fn options_are_few_distinct_and_required_ones_come_first() {
    for feature in features::<Json>() {
        for spec in feature.commands {
            let names: BTreeSet<&str> = spec.options.iter().map(|option| option.name).collect();
            assert_eq!(
                names.len(),
                spec.options.len(),
                "{} repeats an option",
                spec.name
            );
            assert!(spec.options.len() <= 25, "{}", spec.name);
            let required: Vec<bool> = spec.options.iter().map(|option| option.required).collect();
            assert!(required.is_sorted_by(|a, b| a >= b), "{}", spec.name);
        }
    }
}

#[test]
fn discord_takes_the_whole_registration() {
    let Value::Array(top) = registration_json() else {
        panic!("not a list")
    };
    assert!(top.len() <= 100);
    for command in &top {
        let options = command["options"].as_array().unwrap();
        assert!(options.len() <= 25, "{}", command["name"]);
        let size: usize = texts(command).iter().map(|text| width(text)).sum();
        assert!(
            size <= 8000,
            "{} has {size} characters of names and texts",
            command["name"]
        );
    }
    let setup = top
        .iter()
        .find(|command| command["name"] == "setup")
        .unwrap();
    assert_eq!(
        setup["default_member_permissions"], "32",
        "for moderators at the first glance"
    );
}

#[test]
fn commands_marked_as_completing_complete_and_no_others() {
    fn check<M: Machine>() {
        for command in M::COMMANDS {
            let marked = command.spec.options.iter().any(|option| option.completes);
            assert_eq!(command.complete.is_some(), marked, "{}", command.spec.name);
        }
    }
    check::<Settings>();
    check::<Welcome>();
    check::<Info>();
}

#[test]
fn every_feature_that_stores_something_has_samples_that_read_back() {
    let samples = samples(&Json).unwrap();
    let names: BTreeSet<&str> = samples.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), samples.len());
    for feature in features::<Json>() {
        let prefix = format!("{}-", feature.kind.name());
        let own = samples.iter().filter(|(name, _)| name.starts_with(&prefix));
        let mut heads = 0;
        for (name, record) in own {
            let head = name.contains("-head-");
            heads += usize::from(head);
            let json = if head {
                feature.head_json
            } else {
                feature.row_json
            };
            assert!(json(&Json, record).unwrap().is_object(), "{name}");
        }
        assert!(heads > 0, "{prefix} has no sample head");
    }
}

#[test]
fn a_bare_group_means_its_status() {
    assert_eq!(home("setup"), Some(Kind::Settings));
    assert_eq!(home("setup zone"), Some(Kind::Settings));
    assert_eq!(home("ping"), Some(Kind::Info));
    assert_eq!(home("welcome"), None, "it has no status of its own");
    assert_eq!(home("dance"), None);
}

#[test]
fn gateway_events_go_to_who_wants_them_and_to_whom_an_index_row_names() {
    let queue = Address {
        number: 3,
        ..Address::guild(Kind::Info, guild())
    };
    let index = |key: IndexKey| {
        let known = key == IndexKey::Channel(ChannelId::new(5).unwrap());
        if known { vec![queue] } else { Vec::new() }
    };
    let at = |kind| Address::guild(kind, guild());
    let gone = Inbound::ChannelDeleted {
        guild: guild(),
        channel: ChannelId::new(5).unwrap(),
    };
    assert_eq!(
        route(&gone, &index),
        Ok(vec![
            at(Kind::Settings),
            queue,
            at(Kind::Welcome),
            at(Kind::Presence),
            at(Kind::Messages)
        ])
    );
    let left = Inbound::MemberLeft {
        guild: guild(),
        user: UserId::new(9).unwrap(),
        name: "x".into(),
        bot: false,
    };
    assert_eq!(
        route(&left, &index),
        Ok(vec![at(Kind::Welcome)]),
        "the tracker hears of it as a sign of life"
    );
    let changed = Inbound::MemberChanged {
        guild: guild(),
        member: inbound::Member {
            user: UserId::new(9).unwrap(),
            name: "x".into(),
            bot: false,
            joined_at: None,
            roles: Vec::new(),
            pending: false,
        },
    };
    assert_eq!(route(&changed, &index), Ok(vec![at(Kind::Welcome)]));
    let tracker = at(Kind::Presence);
    let with_rules = |key: IndexKey| {
        let known = key == IndexKey::Members(guild());
        if known { vec![tracker] } else { Vec::new() }
    };
    assert_eq!(
        route(&changed, &with_rules),
        Ok(vec![at(Kind::Welcome), tracker])
    );
}

#[test]
fn a_direct_message_goes_to_the_person_and_local_inputs_are_not_routed() {
    let user = UserId::new(9).unwrap();
    let message = Inbound::DirectMessage {
        user,
        channel: ChannelId::new(5).unwrap(),
        message: MessageId::new(6).unwrap(),
    };
    assert_eq!(
        route(&message, &|_| Vec::new()),
        Ok(vec![Address::user(Kind::Info, user)])
    );
    let order = |guild| {
        let said = Said {
            user,
            guild,
            channel: ChannelId::new(5).unwrap(),
            order: Order::Reset,
        };
        route(&Inbound::OwnerSaid(said), &|_| Vec::new())
    };
    assert_eq!(order(None), Ok(vec![Address::user(Kind::Info, user)]));
    let tracker = Address::guild(Kind::Presence, guild());
    assert_eq!(order(Some(guild())), Ok(vec![tracker]));
    let timer = Inbound::TimerFired {
        key: "x".into(),
        due: Default::default(),
    };
    assert_eq!(
        route(&timer, &|_| Vec::new()),
        Err(Unroutable::Addressed("timer_fired"))
    );
}

#[test]
fn interactions_go_to_their_feature_where_they_were_made() {
    let mut stage = Stage::<Settings>::new();
    let mut call = |in_guild, command: &str| stage.called("mod", in_guild, &words(command));
    let route = |what: Inbound| route(&what, &|_| Vec::new());
    let user = call(true, "ping").origin.caller.user;
    let at = |kind| Ok(vec![Address::guild(kind, guild())]);
    assert_eq!(
        route(Inbound::Called(call(true, "setup"))),
        at(Kind::Settings)
    );
    assert_eq!(
        route(Inbound::Completing(call(true, "welcome off"))),
        at(Kind::Welcome)
    );
    assert_eq!(
        route(Inbound::Called(call(false, "welcome join"))),
        Ok(vec![Address::user(Kind::Welcome, user)])
    );
    let unknown = route(Inbound::Called(call(true, "dance")));
    assert_eq!(unknown, Err(Unroutable::UnknownCommand("dance".into())));
    let origin = call(true, "ping").origin;
    let id = CustomId {
        number: 4,
        ..CustomId::new(Kind::Welcome, "edit", &["join"])
    };
    let fields = BTreeMap::new();
    let address = Address {
        number: 4,
        ..Address::guild(Kind::Welcome, guild())
    };
    assert_eq!(
        route(Inbound::Submitted(Submit { origin, id, fields })),
        Ok(vec![address])
    );
}

#[test]
fn guild_features_refuse_politely_in_direct_messages() {
    let mut stage = Stage::<Settings>::new();
    for listed in commands() {
        let call = stage.called("mod", false, &words(listed.spec.name));
        let address = Address::user(listed.kind, call.origin.caller.user);
        let mut machine = open(address, None, Json).unwrap();
        let id = InputId::Gateway {
            shard: 0,
            at: Seq::default(),
        };
        let input = Input {
            id,
            at: stage.now,
            what: Inbound::Called(call),
        };
        let turned = machine.turn(&input, &[], stage.now).unwrap();
        let refused = turned
            .refused
            .is_some_and(|text| text.contains("works in a server"));
        assert_eq!(
            refused,
            listed.spec.place == Place::Guild,
            "{}",
            listed.spec.name
        );
    }
}

fn words(command: &str) -> Vec<String> {
    command.split(' ').map(str::to_owned).collect()
}

fn check_name(name: &str) {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    assert!(
        name.chars().all(good) && (1..=32).contains(&name.len()),
        "{name}"
    );
}

fn check_summary(of: &str, text: &str) {
    assert!((1..=100).contains(&width(text)), "{of}: {text}");
    assert!(!text.ends_with('.'), "{of}: {text}");
}

/// Names, descriptions and values of a command and everything below it.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(key, value)| match value {
                Value::String(text) if ["name", "description", "value"].contains(&key.as_str()) => {
                    vec![text.as_str()]
                }
                other => texts(other),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}
