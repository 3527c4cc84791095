//! What the documents say is still so. Parts between markers are generated:
//! `UPDATE_DOCS=1 cargo test docs` writes them, this test compares.

use actors::{
    kernel::command::{Place, Who},
    registry,
};
use guildhall::{cli, invite, watch::health};
use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Several tests may write parts of one document.
static WRITING: Mutex<()> = Mutex::new(());

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|fault| panic!("{name}: {fault}"))
}

/// Compares the part of `document` between the markers of `part` with `wanted`, or writes it.
fn generated(document: &str, part: &str, wanted: &str) {
    let _turn = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let old = text(document);
    let lines: Vec<&str> = old.lines().collect();
    let find = |mark: String| {
        let at = lines
            .iter()
            .position(|line| line.trim_start().starts_with(&mark));
        at.unwrap_or_else(|| panic!("{document} has no marker {mark}"))
    };
    let (begin, end) = (
        find(format!("<!-- {part}:begin")),
        find(format!("<!-- {part}:end")),
    );
    // A part inside a list is indented like its marker.
    let indent = &lines[begin][..lines[begin].len() - lines[begin].trim_start().len()];
    let wanted: Vec<String> = wanted
        .lines()
        .map(|line| {
            if line.is_empty() {
                String::new()
            } else {
                format!("{indent}{line}")
            }
        })
        .collect();
    if lines[begin + 1..end] == wanted {
        return;
    }
    assert!(
        env::var_os("UPDATE_DOCS").is_some() || env::var_os("UPDATE_EXPECT").is_some(),
        "{document}, part {part}, is out of date: UPDATE_DOCS=1 cargo test docs"
    );
    let new = [
        &lines[..=begin],
        &wanted.iter().map(String::as_str).collect::<Vec<_>>(),
        &lines[end..],
    ];
    // By way of another name, so that no other test reads half a document.
    let partial = path(&format!("{document}.partial"));
    fs::write(&partial, new.concat().join("\n") + "\n").expect("documents can be written");
    fs::rename(partial, path(document)).expect("documents can be replaced");
}

#[test]
fn the_readme_lists_every_command() {
    let mut table = "| command | what it does | who | where |\n|---|---|---|---|\n".to_owned();
    for listed in registry::commands() {
        let spec = listed.spec;
        let who = match spec.who {
            Who::Everyone => "everyone",
            Who::Moderators => "moderators",
            Who::Owner => "the server's owner",
        };
        let place = match spec.place {
            Place::Guild => "server",
            Place::Anywhere => "server, direct messages",
        };
        let usage = spec.usage().replace('|', "\\|");
        table.push_str(&format!(
            "| `{usage}` | {} | {who} | {place} |\n",
            spec.summary
        ));
    }
    generated("README.md", "commands", &table);
}

#[test]
fn the_readme_explains_the_invite_link() {
    let mut part = format!("`{}`\n\n", invite::link("APPLICATION_ID"));
    part.push_str(&format!(
        "The number {} stands for these permissions and no others:\n\n",
        invite::PERMISSIONS.0
    ));
    part.push_str("| permission | why |\n|---|---|\n");
    for (permission, why) in invite::REASONS {
        let name = actors::kernel::call::Permissions(0)
            .missing(permission)
            .join(", ");
        part.push_str(&format!("| {name} | {why} |\n"));
    }
    part.push_str("\nThe scope `bot` makes it a member of the server, `applications.commands` brings its commands.\n");
    generated("README.md", "invite", &part);
}

#[test]
fn the_readme_has_the_exit_codes_of_the_help() {
    let readme = text("README.md");
    for line in cli::EXIT_CODES.lines().skip(1) {
        let (code, meaning) = line.trim().split_once("  ").unwrap();
        let row = format!("| {code} | {meaning} |");
        assert!(readme.contains(&row), "README.md lacks {row}");
    }
}

#[test]
fn the_service_does_not_restart_what_a_restart_does_not_mend() {
    let unit = text("deploy/guildhall.service");
    let codes = format!(
        "{} {}",
        cli::Exit::BadToken as u8,
        cli::Exit::BadConfig as u8
    );
    assert!(unit.contains(&format!("RestartPreventExitStatus={codes}\n")));
    assert!(unit.contains("LoadCredential=discord_token:"));
}

#[test]
fn the_service_is_watched_and_not_taken_for_hung_before_it_says_so() {
    let unit = text("deploy/guildhall.service");
    assert!(unit.contains("\nType=notify\n"));
    let watchdog = unit
        .lines()
        .find_map(|line| line.strip_prefix("WatchdogSec="));
    let seconds: u64 = watchdog
        .and_then(|text| text.parse().ok())
        .expect("seconds");
    // Looks come every five seconds, and a slow machine may miss a few.
    assert!(seconds >= 30);
}

/// The limits in the table are those of the code, and no check is missing.
#[test]
fn the_service_manual_lists_every_check_with_its_limits() {
    use health::span;
    let readme = text("deploy/README.md");
    for (name, _) in health::CHECKS {
        assert!(
            readme.contains(&format!("\n| {name} |")),
            "{name} is missing"
        );
    }
    let limit = |ms: u64| span(ms).replace(" 0 s", "").replace(" 0 min", "");
    for (name, limits) in [
        ("threads", vec![health::PULSE_MS]),
        ("core", vec![health::CORE_MS]),
        ("inputs", vec![health::INPUT_MS]),
        ("store", vec![health::COMMIT_MS]),
        (
            "gateway",
            vec![
                health::OFFLINE_ILL_MS,
                health::OFFLINE_HUNG_MS,
                health::SILENT_MS,
            ],
        ),
        ("discord", vec![health::REST_MS]),
        ("outbox", vec![health::EFFECT_MS]),
    ] {
        let row = readme
            .lines()
            .find(|line| line.starts_with(&format!("| {name} |")));
        for limit in limits.into_iter().map(limit) {
            assert!(
                row.is_some_and(|row| row.contains(&limit)),
                "{name}: {limit}"
            );
        }
    }
}

/// Every metric that the manual names is there.
#[test]
fn the_metrics_in_the_service_manual_exist() {
    let status = guildhall::watch::Status {
        sinks: vec![guildhall::watch::status::Sink::default()],
        ..Default::default()
    };
    let page = guildhall::watch::metrics::render(&status);
    let readme = text("deploy/README.md");
    let mut named = 0;
    for part in readme.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
        if part.starts_with("guildhall_") {
            let family = part.trim_end_matches("_bucket");
            assert!(
                page.contains(&format!("# TYPE {family} ")),
                "there is no {part}"
            );
            named += 1;
        }
    }
    assert!(named >= 5);
}

/// Paths in backquotes: `actors/src/…`, `.ci/run`, `config/…`.
#[test]
fn every_path_that_a_document_names_exists() {
    let roots = [
        "actors/",
        "snapshots/",
        "simulator/",
        "src/",
        "tests/",
        "config/",
        "deploy/",
        ".ci/",
    ];
    // What the example of CONTRIBUTING.md adds.
    let to_come = ["actors/src/info/commands/hello.rs"];
    for document in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "PRIVACY.md",
        "deploy/README.md",
    ] {
        for quoted in text(document).split('`').skip(1).step_by(2) {
            let is_path = roots.iter().any(|root| quoted.starts_with(root))
                && !quoted.contains([' ', '*', '…']);
            if is_path && !to_come.contains(&quoted) {
                assert!(
                    path(quoted).exists(),
                    "{document} names {quoted}, which does not exist"
                );
            }
        }
    }
}

/// The links of Markdown to files of this tree.
#[test]
fn every_link_between_the_documents_leads_somewhere() {
    for document in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "PRIVACY.md",
        "CHANGELOG.md",
    ] {
        for part in text(document).split("](").skip(1) {
            let target = part.split([')', '#']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") {
                assert!(
                    path(target).exists(),
                    "{document} links to {target}, which does not exist"
                );
            }
        }
    }
}
