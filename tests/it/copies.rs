//! Copies of what is stored about members who asked to be forgotten: exports, what sled has not written over,
//! and older exports that somebody restores.

use crate::{
    acts::{eventually, is_quiet},
    mydata::{forms, traces},
    process::Process,
    states::of_store,
    support::{Town, say},
};
use guildhall::bot::Bot;
use simulator::Id;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

const NO_FILE: [PathBuf; 0] = [];

/// Every file below `dir` in which `id` lies, in any form.
fn files_naming(dir: &Path, id: Id) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("the directory can be read") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            found.extend(files_naming(&path, id));
            continue;
        }
        let bytes = fs::read(&path).unwrap_or_default();
        let holds = |form: &Vec<u8>| bytes.windows(form.len()).any(|part| part == &form[..]);
        if forms(id).iter().any(holds) {
            found.push(path);
        }
    }
    found
}

impl Town {
    /// Ann joins, is greeted, writes, and an export is made of it.
    async fn ann_and_an_export(&self) -> (Id, PathBuf) {
        let bot = self.bot().await;
        self.furnish(&bot).await;
        let ann = self.newcomer("Ann");
        self.greeted(&[ann]).await;
        self.sim.say(self.general, ann, "hello");
        eventually("all is done", || is_quiet(&bot)).await;
        bot.stop().await;
        let exports = self.data.path().join("exports");
        let export = snapshots::export::newest(&exports).expect("exports can be listed");
        let export = export.expect("one was made at the end");
        assert!(
            !files_naming(&exports, ann).is_empty(),
            "she would be found"
        );
        (ann, export)
    }

    async fn forgets(&self, bot: &Bot, user: Id) {
        let asked = self.own(user, "/mydata forget").await;
        let done = self.confirms(user, &asked).await;
        let text = done.text();
        assert!(
            text.starts_with("I have forgotten you") && !text.contains("broken"),
            "{text}"
        );
        eventually("all is done", || is_quiet(bot)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_who_asked_to_be_forgotten_and_no_backup_brings_them_back() {
    let town = Town::new().await;
    let (ann, export) = town.ann_and_an_export().await;
    let data = town.data.path();
    let elsewhere = tempfile::tempdir().expect("a temporary directory");
    let backup = elsewhere.path().join("backup.guildhall");
    fs::copy(&export, &backup).expect("it can be copied");

    let bot = town.bot().await;
    town.forgets(&bot, ann).await;
    let noted = fs::read_to_string(data.join("erasures")).expect("it is noted");
    assert!(!noted.contains(&ann.to_string()), "{noted}");
    // Exports follow at once, the rest within a day.
    let exports = data.join("exports");
    eventually("exports are written anew", || {
        files_naming(&exports, ann).is_empty()
    })
    .await;
    assert!(export.exists(), "it has its name still");
    assert!(
        !files_naming(&data.join("store"), ann).is_empty(),
        "sled keeps old bytes"
    );
    bot.remove_copies().await.expect("copies can be removed");
    assert_eq!(files_naming(data, ann), NO_FILE);
    assert!(!data.join("erasures.pending").exists());
    // Life goes on, also hers.
    for _ in 0..20 {
        town.sim.say(town.general, ann, "hello again");
    }
    let bob = town.newcomer("Bob");
    town.greeted(&[bob]).await;
    eventually("all is done", || is_quiet(&bot)).await;
    bot.stop().await;
    assert_eq!(files_naming(data, ann), NO_FILE);
    assert!(!traces(&town, bob).is_empty());

    // Somebody goes back to the day before.
    fs::rename(data.join("store"), elsewhere.path().join("store")).expect("it can be moved");
    let restored = Command::new(env!("CARGO_BIN_EXE_guildhall"))
        .arg("restore")
        .args([&backup, Path::new("--data"), data])
        .output()
        .expect("it runs");
    assert!(restored.status.success(), "{restored:?}");
    assert_eq!(traces(&town, ann), [""; 0]);
    assert!(!of_store(data).is_empty(), "everything else is there");
    let bot = town.bot().await;
    eventually("the gap is closed", || is_quiet(&bot)).await;
    town.sim.say(town.general, ann, "still me");
    let shown = town.own(ann, "/mydata show").await.text();
    assert!(
        shown.contains("You asked not to be recorded here"),
        "{shown}"
    );
    bot.stop().await;
    assert_eq!(traces(&town, ann), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_that_is_killed_again_and_again_loses_nothing_and_ends() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let mut town = Town::new().await;
    let data = home.path().join("data");
    fs::create_dir(&data).expect("the directory is new");
    let (ann, _) = town.ann_and_an_export().await;
    let bot = town.bot().await;
    town.forgets(&bot, ann).await;
    bot.stop().await;
    let aside = std::mem::replace(&mut town.data, tempfile::tempdir().expect("another one"));
    fs::remove_dir(&data).expect("it is empty");
    fs::rename(aside.path(), &data).expect("it can be moved");
    // A day has passed.
    let pending = data.join("erasures.pending");
    let noted = fs::read_to_string(&pending).expect("copies are left");
    let (line, _) = noted
        .trim()
        .rsplit_once(' ')
        .expect("it ends with an instant");
    fs::write(&pending, format!("{line} 0\n")).expect("it can be written");
    let before = of_store(&data);

    let mut random = fastrand::Rng::with_seed(3);
    let mut kills = 0;
    while kills < 12 && pending.exists() {
        let process = Process::start(&town.sim, home.path());
        tokio::time::sleep(Duration::from_millis(random.u64(10..140))).await;
        process.kill();
        kills += 1;
    }
    say(&format!("{kills} kills"));
    let process = Process::start(&town.sim, home.path());
    process.connected(&town.sim).await;
    eventually("copies are removed", || !pending.exists()).await;
    assert!(process.terminate().await.success());
    assert_eq!(files_naming(&data, ann), NO_FILE);
    let after = of_store(&data);
    let keys =
        |records: &std::collections::BTreeMap<_, _>| records.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&after), keys(&before));
}
