//! The command line as people use it: the real binary, its output and its exit codes.

use crate::support::Town;
use actors::registry;
use guildhall::cli::Exit;
use serde_json::Value;
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
};

/// Runs `guildhall` with nothing in its environment but what is given.
pub(crate) async fn guildhall(
    arguments: &[&str],
    environment: &[(&str, &str)],
    dir: &Path,
) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guildhall"));
    command
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .current_dir(dir);
    let run = tokio::task::spawn_blocking(move || command.output().expect("the binary starts"));
    run.await.expect("waiting does not panic")
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn ends_with(output: &Output, exit: Exit) {
    assert_eq!(
        output.status.code(),
        Some(exit as i32),
        "{}{}",
        out(output),
        err(output)
    );
}

/// Where to find the simulator.
fn discord(town: &Town) -> [(&'static str, String); 3] {
    [
        ("DISCORD_TOKEN", town.sim.token()),
        ("DISCORD_PROXY", town.sim.rest_host()),
        ("DISCORD_GATEWAY_URL", town.sim.gateway_url()),
    ]
}

fn borrowed<'a>(pairs: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    pairs
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect()
}

#[tokio::test]
async fn the_command_list_is_printed_as_discord_gets_it() {
    let dir = tempfile::tempdir().unwrap();
    let output = guildhall(&["commands"], &[], dir.path()).await;
    ends_with(&output, Exit::Good);
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed, registry::registration_json());
}

#[tokio::test]
async fn mistakes_have_exit_codes_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    ends_with(&guildhall(&["rnu"], &[], at).await, Exit::Usage);
    ends_with(&guildhall(&["run"], &[], at).await, Exit::BadConfig);

    fs::write(
        at.join("guildhall.toml"),
        "[store]\ntick_ms = 1\n[log]\nformt = \"json\"\n",
    )
    .unwrap();
    let output = guildhall(&["run"], &[("DISCORD_TOKEN", "x")], at).await;
    ends_with(&output, Exit::BadConfig);
    let said = err(&output);
    assert!(said.contains("guildhall.toml:2: store.tick_ms"), "{said}");
    assert!(
        said.contains("guildhall.toml:4: log.formt") && said.contains("format?"),
        "{said}"
    );
    // `check` says the same and does not stop at the first.
    let output = guildhall(&["check"], &[], at).await;
    ends_with(&output, Exit::BadConfig);
    assert!(
        out(&output).contains("tick_ms") && out(&output).contains("formt"),
        "{}",
        out(&output)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_token_ends_the_bot_for_good() {
    let town = Town::new().await;
    let mut discord = discord(&town);
    discord[0].1 = "MTk4NjIyNDgzNDcxOTI1MjQ4.wrong.token".to_owned();
    for command in ["run", "check"] {
        let output = guildhall(&[command], &borrowed(&discord), town.data.path()).await;
        ends_with(&output, Exit::BadToken);
        assert!(
            !(out(&output) + &err(&output)).contains("wrong.token"),
            "the token was shown"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_names_what_is_wrong_and_what_to_do() {
    let town = Town::new().await;
    let discord = discord(&town);
    let data = town.data.path();
    let output = guildhall(&["check"], &borrowed(&discord), data).await;
    ends_with(&output, Exit::Good);
    assert!(out(&output).contains("All is well"), "{}", out(&output));

    town.sim.set_application_flags(0);
    let bot_role = town.sim.bot_role(town.guild).unwrap();
    town.sim.set_role_permissions(town.guild, bot_role, 0);
    let token = data.join("token");
    fs::write(&token, town.sim.token()).unwrap();
    fs::set_permissions(&token, fs::Permissions::from_mode(0o644)).unwrap();
    let token = token.to_str().unwrap();
    let environment = [
        ("GUILDHALL_DISCORD__TOKEN_FILE", token),
        ("DISCORD_PROXY", discord[1].1.as_str()),
    ];
    let output = guildhall(&["check"], &environment, data).await;
    ends_with(&output, Exit::Good);
    let said = out(&output);
    for part in [
        "chmod 600",
        "Server Members: not granted",
        "missing View Audit Log",
        "invite it again",
    ] {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_plays_its_stories_to_the_end() {
    tokio::join!(plays("welcome"), plays("outage"));
}

async fn plays(story: &str) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let output = guildhall(
        &["demo", "--story", story, "--speed", "100"],
        &[],
        dir.path(),
    )
    .await;
    ends_with(&output, Exit::Good);
    let said = out(&output);
    assert!(
        said.contains("#welcome") && said.contains("Newton"),
        "{said}"
    );
    assert!(!said.contains('\u{1b}'), "nobody asked for colours");
    assert!(said.contains("0 commands without an answer"), "{said}");
    assert_eq!(err(&output), "", "nothing went wrong");
}

/// The store of a bot that runs, and of one that was stopped, look the same from outside; and what
/// leaves the one through an export comes back in another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inspect_export_and_restore_agree_on_what_is_stored() {
    let town = Town::new().await;
    let discord = discord(&town);
    let environment = borrowed(&discord);
    let dir = town.data.path();
    let process = crate::process::Process::start(&town.sim, dir);
    town.ready().await;
    town.moderate("/welcome join channel:#welcome").await;

    let inspect = [
        "inspect", "show", "--kind", "welcome", "--space", "head", "--data", "data", "--json",
    ];
    let running = guildhall(&inspect, &environment, dir).await;
    ends_with(&running, Exit::Good);
    assert!(
        err(&running).contains("asking the bot"),
        "{}",
        err(&running)
    );
    // The desk goes on calling the roll, so only what was set is compared.
    let desk = |output: &Output| {
        let record: Value = serde_json::from_slice(&output.stdout).expect("one record");
        (record["guild"].clone(), record["value"]["join"].clone())
    };
    let wanted = desk(&running);
    assert_eq!(wanted.0, town.guild.to_string());
    assert_eq!(wanted.1["channel"], town.welcome.to_string());

    // A second bot on the same data is told who has it.
    let second = guildhall(&["run", "--data", "data"], &environment, dir).await;
    ends_with(&second, Exit::NotNow);
    assert!(err(&second).contains("already used"), "{}", err(&second));

    let exported = guildhall(
        &["export", "--data", "data", "--to", "copy.guildhall"],
        &environment,
        dir,
    )
    .await;
    ends_with(&exported, Exit::Good);
    assert!(process.terminate().await.success());

    let stopped = guildhall(&inspect, &environment, dir).await;
    assert!(
        err(&stopped).contains("copy of the store"),
        "{}",
        err(&stopped)
    );
    assert_eq!(desk(&stopped), wanted);

    let restored = guildhall(
        &["restore", "copy.guildhall", "--data", "again"],
        &environment,
        dir,
    )
    .await;
    ends_with(&restored, Exit::Good);
    let mut again = inspect;
    again[7] = "again";
    assert_eq!(desk(&guildhall(&again, &environment, dir).await), wanted);
    // Never over what is there.
    let refused = guildhall(
        &["restore", "copy.guildhall", "--data", "again"],
        &environment,
        dir,
    )
    .await;
    ends_with(&refused, Exit::Failed);
}

#[tokio::test]
async fn prove_says_what_it_did_and_how_to_see_a_failure_again() {
    let dir = tempfile::tempdir().unwrap();
    let good = guildhall(&["prove", "--seeds", "3"], &[], dir.path()).await;
    ends_with(&good, Exit::Good);
    let said = out(&good);
    assert!(
        said.starts_with("3 worlds, ") && said.ends_with("the promise holds\n"),
        "{said}"
    );
    let arguments = ["prove", "--seeds", "2", "--from", "5", "--json"];
    let json = guildhall(&arguments, &[], dir.path()).await;
    let json: Value = serde_json::from_str(&out(&json)).unwrap();
    assert_eq!(
        (&json["from"], &json["worlds"], &json["failures"]),
        (&5.into(), &2.into(), &Value::Array(Vec::new()))
    );
    let never = guildhall(&["prove", "--steps", "0"], &[], dir.path()).await;
    ends_with(&never, Exit::Usage);
    #[cfg(feature = "sabotage")]
    {
        let arguments = ["prove", "--seed", "0", "--sabotage", "effect-before-commit"];
        let bad = guildhall(&arguments, &[], dir.path()).await;
        ends_with(&bad, Exit::Failed);
        let said = out(&bad);
        assert!(said.contains("before its epoch is durable"), "{said}");
        assert!(said.contains("guildhall prove --seed 0"), "{said}");
        assert!(err(&bad).contains("1 of 1 worlds fail: 0"), "{}", err(&bad));
    }
}

/// The promise of the log, tested where everything is said: trace.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_never_holds_a_token_or_what_somebody_wrote() {
    let town = Town::new().await;
    let dir = town.data.path();
    for (n, format) in ["human", "json"].into_iter().enumerate() {
        let environment = [
            ("GUILDHALL_LOG__LEVEL", "trace"),
            ("GUILDHALL_LOG__FORMAT", format),
        ];
        let process = crate::process::Process::start_with(&town.sim, dir, &environment);
        town.ready().await;
        let ada = town.sim.add_user("Ada");
        town.sim.join(town.guild, ada);
        town.sim.say(town.general, ada, "quetzalcoatl");
        town.sim.say_dm(ada, "quetzalcoatl");
        town.moderate("/welcome join channel:#welcome message:Hi {user}, quetzalcoatl")
            .await;
        let eve = town.sim.add_user("Eve");
        town.sim.join(town.guild, eve);
        town.messages(town.welcome, n + 1).await;
        assert!(process.terminate().await.success());
    }
    let log = fs::read_to_string(dir.join("bot.log")).unwrap();
    assert!(
        log.contains("starting") && log.contains("\"level\":\"INFO\""),
        "{log}"
    );
    let bot = town.sim.token();
    let secret = bot.rsplit('.').next().unwrap();
    for word in ["quetzalcoatl", bot.as_str(), secret] {
        assert!(!log.contains(word), "{word} is in the log:\n{log}");
    }
    // /interactions/{id}/{token}/callback and /webhooks/{application}/{token}/…
    let requests = town.sim.requests();
    let tokens: Vec<&str> = requests
        .iter()
        .filter(|request| {
            request.path.starts_with("/interactions/") || request.path.starts_with("/webhooks/")
        })
        .filter_map(|request| request.path.split('/').nth(3))
        .collect();
    assert!(!tokens.is_empty());
    assert!(
        tokens.iter().all(|token| !log.contains(token)),
        "an interaction's token is in the log"
    );
}
