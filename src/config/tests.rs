use super::*;
use expect_test::{Expect, expect};
use std::path::Path;

const ANNOTATED: &str = include_str!("../../config/guildhall.toml");

fn config(text: &str, variables: &[(&str, &str)]) -> Result<Config, Problems> {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    read(Some((Path::new("guildhall.toml"), text)), variables)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "how expect! is meant to be used"
)]
fn refused(text: &str, variables: &[(&str, &str)], expected: Expect) {
    let problems = config(text, variables).expect_err("it should be refused");
    expected.assert_eq(&problems.to_string());
}

#[test]
fn the_annotated_file_says_the_defaults() {
    assert_eq!(config(ANNOTATED, &[]), Ok(Config::default()));
    assert_eq!(config("", &[]), Ok(Config::default()));
}

#[test]
fn every_key_stands_in_the_annotated_file_below_its_reason_and_in_the_order_of_the_list() {
    let mut rest = ANNOTATED;
    for key in &keys::KEYS {
        let section = format!("\n[{}]\n", key.section);
        if let Some(at) = rest.find(&section) {
            rest = &rest[at + 1..];
        }
        let at = [format!("\n{} = ", key.name), format!("\n#{} = ", key.name)];
        let at = at.iter().filter_map(|line| rest.find(line)).min();
        let at = at.unwrap_or_else(|| panic!("{} is missing or out of order", key.path()));
        let before = rest[..at].lines().next_back().unwrap_or_default();
        assert!(
            before.starts_with("# "),
            "no reason stands above {}",
            key.path()
        );
        rest = &rest[at + 1..];
    }
}

/// What is commented out must work when somebody takes the `#` away.
#[test]
fn the_examples_in_the_annotated_file_are_valid() {
    let keys = keys::KEYS.iter().map(|key| format!("#{} = ", key.name));
    let text = keys.fold(ANNOTATED.to_owned(), |text, line| {
        text.replace(&line, &line[1..])
    });
    assert_ne!(text, ANNOTATED);
    config(&text, &[]).unwrap();
}

#[test]
fn every_mistake_is_reported_at_once_with_its_line() {
    refused(
        r#"
tick_ms = 5
[discrod]
[discord]
token = "abc"
proxy = "http://example"
gateway_url = "discord.gg"
shards = 0
members = "maybe"
presence = "off"
[store]
tick_ms = "250"
cache_mb = 99999999999999999999
hourly = 2
tik_ms = 3
[log]
level = "info,hyper=trace"
format = 1
"#,
        &[
            ("GUILDHALL_STORE__TICKS", "1"),
            ("GUILDHALL_EXPORTS__DAILY", "many"),
            ("DISCORD_PROXY", "x"),
        ],
        expect![[r#"
            guildhall.toml:2: tick_ms belongs into the section [store]
            guildhall.toml:3: there is no section [discrod]; did you mean discord?
            guildhall.toml:5: discord.token is refused: a token in this file would be copied along with it; put it into a file of its own and name that as token_file, or use the systemd credential discord_token, or the environment variable DISCORD_TOKEN
            guildhall.toml:6: discord.proxy must be host:port of a plain-HTTP server, such as 127.0.0.1:8080, is "http://example"
            guildhall.toml:7: discord.gateway_url must be a websocket address, such as ws://127.0.0.1:8081, is "discord.gg"
            guildhall.toml:8: discord.shards must be a whole number between 1 and 4096, is 0
            guildhall.toml:9: discord.members must be "auto" or "off", is "maybe"
            guildhall.toml:10: discord.presence does not exist; did you mean presences?
            guildhall.toml:12: store.tick_ms must be a whole number between 10 and 5000, not a text
            guildhall.toml:13: store.cache_mb must be a whole number between 1 and 1024, is 99999999999999999999
            guildhall.toml:14: store.hourly does not exist; it belongs into the section [exports]
            guildhall.toml:15: store.tik_ms does not exist; did you mean tick_ms?
            guildhall.toml:17: log.level cannot show more of hyper than warn: the details of libraries include secrets and what people write
            guildhall.toml:18: log.format must be a text in quotes, not a whole number
            GUILDHALL_EXPORTS__DAILY: exports.daily must be a whole number between 0 and 365, is many
            GUILDHALL_STORE__TICKS: no setting has this name; did you mean GUILDHALL_STORE__TICK_MS?
            DISCORD_PROXY: discord.proxy must be host:port of a plain-HTTP server, such as 127.0.0.1:8080, is "x""#]],
    );
}

#[test]
fn a_port_for_everybody_must_be_called_so() {
    refused(
        "[observe]\nlisten = \"0.0.0.0:9464\"\nlisten_publicly = \"everywhere\"\n",
        &[("GUILDHALL_OBSERVE__LISTEN", "[::ffff:10.0.0.1]:80")],
        expect![[r#"
            guildhall.toml:2: observe.listen must be a loopback address, such as 127.0.0.1:9464, is "0.0.0.0:9464"; whoever reaches another one reads along: if that is meant, write it as observe.listen_publicly
            guildhall.toml:3: observe.listen_publicly must be an address and a port, such as 127.0.0.1:9464 or [::1]:9464, is "everywhere"
            GUILDHALL_OBSERVE__LISTEN: observe.listen must be a loopback address, such as 127.0.0.1:9464, is "[::ffff:10.0.0.1]:80"; whoever reaches another one reads along: if that is meant, write it as observe.listen_publicly"#]],
    );
    let listen = |key: &str, address: &str| {
        let observe = config(&format!("[observe]\n{key} = \"{address}\"\n"), &[]);
        observe.map(|config| (config.observe.listen, config.observe.listen_publicly))
    };
    for address in ["127.0.0.1:9464", "[::1]:0", "127.8.9.1:1"] {
        let parsed = address.parse().ok();
        assert_eq!(listen("listen", address), Ok((parsed, None)));
    }
    let anywhere = "0.0.0.0:9464";
    let parsed = anywhere.parse().ok();
    assert_eq!(listen("listen_publicly", anywhere), Ok((None, parsed)));
}

#[test]
fn broken_toml_is_reported_with_its_line_too() {
    refused(
        "[store]\ntick_ms = \ncache_mb = 1\ncache_mb = 2\n",
        &[],
        expect![[r#"
        guildhall.toml:2: store.tick_ms must be a whole number between 10 and 5000, not a text
        guildhall.toml:2: string values must be quoted, expected literal string
        guildhall.toml:4: duplicate key"#]],
    );
    refused(
        "log = 3\n[[exports]]\n",
        &[],
        expect![[r#"
        guildhall.toml:1: log is a section: write [log]
        guildhall.toml:2: exports is a section: write [exports]"#]],
    );
}

#[test]
fn later_sources_win() {
    let file = "[store]\ntick_ms = 1000\n[discord]\nproxy = \"a:1\"\ngateway_url = \"ws://a:1\"";
    let variables = [
        ("GUILDHALL_STORE__TICK_MS", "2000"),
        ("GUILDHALL_DISCORD__PROXY", "b:2"),
        ("DISCORD_PROXY", "c:3"),
    ];
    let config = config(file, &variables).unwrap();
    assert_eq!(config.store.tick, Span::millis(2000));
    assert_eq!(config.discord.proxy.as_deref(), Some("c:3"));
    assert_eq!(config.discord.gateway_url.as_deref(), Some("ws://a:1"));
}

#[test]
fn what_is_not_ours_in_the_environment_is_left_alone() {
    assert_eq!(
        config(
            "",
            &[
                ("PATH", "/bin"),
                ("DISCORD_TOKEN", "x"),
                ("DISCORD_PROXY", "")
            ]
        ),
        Ok(Config::default())
    );
}

mod fuzz;
