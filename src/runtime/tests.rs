//! Whatever happens to actors, every input is handled, in its order, and kept once.

use super::{
    committer::Committer,
    hub::{Hub, MAX_WAITING, Outgoing},
    root::{Part, Root, RootAsk},
};
use crate::{
    clock::Clock,
    discord::{
        frame::Frame,
        from_discord::{Context, Decoded, decode},
    },
};
use actors::kernel::{
    address::{Address, Kind},
    call::Process,
    core::{Core, Loaded},
    epoch::Haste,
    ids::{GuildId, UserId},
    inbound::{Inbound, Input, InputId, Member, Seq},
    machine::RowKey,
    record::{Key, Space, Write},
    stored::Position,
    time::{Span, Timestamp},
    turn::row_key,
};
use ractor::{Actor as _, ActorRef};
use snapshots::{Bincode, memory::Memory};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

/// The runtime without a network: a test is the shard that hands in frames.
struct Rig {
    hub: Arc<Hub>,
    root: ActorRef<RootAsk>,
    committer: Committer,
    session: u32,
    /// Frames handed in so far.
    seq: u64,
    /// Inputs handed in so far.
    inputs: u64,
    _answers: mpsc::UnboundedReceiver<Outgoing>,
}

const SHARD: u32 = 0;

impl Rig {
    async fn start(prepare: impl FnOnce(&Hub)) -> Self {
        let clock = Arc::new(Clock::default());
        let store = Memory::default().open(7).unwrap();
        let loaded = Loaded {
            incarnation: 7,
            ..Loaded::default()
        };
        let (mut core, _) = Core::load(Bincode, 1, &loaded, clock.now());
        let session = core.began(Position {
            application: 1,
            shard: SHARD,
            shards: 1,
            gateway: String::new(),
            ordinal: 0,
            session_id: "session".into(),
            resume_url: String::new(),
            seq: 0,
            at: clock.now(),
        });
        let (hub, answers) = Hub::new(
            core,
            store.reader(),
            clock,
            Span::millis(5),
            Process::default(),
        );
        prepare(&hub);
        let committer = Committer::start(Arc::clone(&hub), store).unwrap();
        let parts = vec![Part::Router(SHARD)];
        let (root, _) = Root::spawn(None, Root, (Arc::clone(&hub), parts))
            .await
            .unwrap();
        Self {
            hub,
            root,
            committer,
            session,
            seq: 0,
            inputs: 0,
            _answers: answers,
        }
    }

    /// One frame, for one machine.
    fn hand_in(&mut self, to: Address, what: Inbound) {
        self.seq += 1;
        self.inputs += 1;
        let at = Seq {
            session: self.session,
            seq: self.seq,
            part: 0,
        };
        let id = InputId::Gateway { shard: SHARD, at };
        let now = self.hub.clock.now();
        let input = Arc::new(Input { id, at: now, what });
        self.hub
            .core(|core| core.frame(SHARD, at, vec![(to, input)], now));
    }

    /// Waits until nothing waits any more.
    async fn settle(&self) {
        let end = Instant::now() + Duration::from_secs(20);
        while !self.hub.core(|core| core.decided()) {
            assert!(
                Instant::now() < end,
                "{} inputs wait for ever",
                self.hub.core(|core| core.waiting())
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Ends it; returns how many turns were kept.
    async fn stop(self) -> u64 {
        self.hub.stop();
        self.root.drain_and_wait(None).await.unwrap();
        self.committer.join().expect("the committer did not panic");
        self.hub.core(|core| core.counters.turns)
    }
}

fn guild(n: u64) -> GuildId {
    GuildId::new(201 + n).unwrap()
}

fn desk(n: u64) -> Address {
    Address::guild(Kind::Welcome, guild(n))
}

fn joins(guild: GuildId, user: u64) -> Inbound {
    Inbound::MemberJoined {
        guild,
        member: Member {
            user: UserId::new(user).unwrap(),
            name: format!("Member {user} of {guild}"),
            bot: false,
            joined_at: Some(Timestamp::from_seconds(1_795_000_000)),
            roles: Vec::new(),
            pending: false,
        },
    }
}

/// A moderator switches the welcome desk on.
fn switch_on(guild: GuildId, clock: &Clock) -> Inbound {
    let data = format!(
        r#"{{"id":"{}","application_id":"1","token":"t","type":2,"guild_id":"{guild}","channel_id":"301",
        "app_permissions":"8","member":{{"user":{{"id":"1","username":"mo"}},"permissions":"8","roles":[]}},
        "data":{{"name":"welcome","options":[{{"type":1,"name":"join","options":[
            {{"type":7,"name":"channel","value":"302"}}]}}],
        "resolved":{{"channels":{{"302":{{"name":"welcome","app_permissions":"8"}}}}}}}}}}"#,
        guild.get() << 32
    );
    let text = format!(r#"{{"op":0,"s":1,"t":"INTERACTION_CREATE","d":{data}}}"#);
    let context = Context {
        bot: None,
        application: None,
        owners: Default::default(),
        incarnation: 7,
        now: clock.now(),
        offset: Span::ZERO,
        process: Process::default(),
        content: false,
    };
    match decode(&Frame::parse(&text).unwrap(), &context).unwrap() {
        Decoded::Inputs(mut inputs) => inputs.remove(0).1,
        other => panic!("{other:?}"),
    }
}

const GUILDS: u64 = 12;
const MEMBERS: u64 = 150;

/// Members join in many guilds at once, while now and then `deed` happens to one of their machines.
/// Returns how many turns were kept; each member is in the books.
async fn load(prepare: impl FnOnce(&Hub), mut deed: impl FnMut(&Hub, Address)) -> (Arc<Hub>, u64) {
    let mut rig = Rig::start(prepare).await;
    let hub = Arc::clone(&rig.hub);
    for n in 0..GUILDS {
        let what = switch_on(guild(n), &hub.clock);
        rig.hand_in(desk(n), what);
    }
    rig.settle().await;
    let mut random = fastrand::Rng::with_seed(1);
    for user in 1..=MEMBERS {
        for n in 0..GUILDS {
            rig.hand_in(desk(n), joins(guild(n), user));
            if random.u32(0..20) == 0 {
                deed(&hub, desk(random.u64(0..GUILDS)));
            }
        }
        match random.u32(0..3) {
            0 => tokio::task::yield_now().await,
            1 => tokio::time::sleep(Duration::from_millis(1)).await,
            _ => {}
        }
    }
    rig.settle().await;
    assert_eq!(hub.core(|core| core.counters.parked), 0);
    for n in 0..GUILDS {
        for user in 1..=MEMBERS {
            let key = row_key(desk(n), &RowKey::user(UserId::new(user).unwrap()));
            assert!(hub.reader.get(&key).unwrap().is_some(), "{user} in {n}");
        }
    }
    let turns = rig.stop().await;
    (hub, turns)
}

/// As many turns are kept as in a life without trouble: none is lost, and none is kept twice.
async fn changes_nothing(prepare: impl FnOnce(&Hub), deed: impl FnMut(&Hub, Address)) -> Arc<Hub> {
    let (_, untroubled) = load(|_| {}, |_, _| {}).await;
    let (hub, turns) = load(prepare, deed).await;
    assert_eq!(turns, untroubled);
    hub
}

fn restarts(hub: &Hub) -> u64 {
    hub.meters.restarts.get()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_too_slow_makes_shards_wait() {
    let rig = Rig::start(|hub| {
        // Nobody commits yet.
        for n in 0..MAX_WAITING as u64 {
            assert!(hub.has_room(), "{n} changes");
            let write = Write {
                key: Key::new(Space::Mark, &n.to_be_bytes()),
                record: None,
            };
            hub.core(|core| core.write(vec![write], hub.clock.now(), Haste::Soon));
        }
        assert!(!hub.has_room());
    })
    .await;
    rig.hub.all_durable().await;
    assert!(rig.hub.has_room());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn machines_that_are_let_go_under_load_lose_nothing() {
    let hub = changes_nothing(|hub| hub.sabotage.be_hasty(), |_, _| {}).await;
    let let_go = hub.meters.passivated.get();
    assert!(let_go > GUILDS, "only {let_go} were let go");
    assert_eq!(restarts(&hub), 0);
}

/// ractor's `stop` drops what is in a mailbox. Ours hold wake-ups, so nothing is lost with them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn machines_that_are_stopped_or_killed_under_load_lose_nothing() {
    let mut deeds = 0;
    changes_nothing(
        |_| {},
        |hub, address| {
            if let Some(shell) = hub.shell(address) {
                deeds += 1;
                if deeds % 2 == 0 {
                    shell.stop(None);
                } else {
                    shell.kill();
                }
            }
        },
    )
    .await;
    assert!(deeds > 20, "only {deeds} were stopped");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn machines_that_panic_under_load_lose_nothing() {
    // Fewer than would make anybody give up on the machine.
    let panics = |hub: &Hub| {
        for n in 0..GUILDS {
            for user in [7, 20, 80, 140] {
                let name = format!("Member {user} of {}", guild(n));
                hub.sabotage.panic_on(&name, 2);
            }
        }
    };
    let hub = changes_nothing(panics, |_, _| {}).await;
    assert_eq!(restarts(&hub), GUILDS * 4 * 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guild_whose_supervisor_dies_under_load_loses_nothing() {
    let mut deeds = 0;
    changes_nothing(
        |_| {},
        |hub, address| {
            let supervisor = hub
                .shell(address)
                .and_then(|shell| shell.try_get_supervisor());
            if let Some(supervisor) = supervisor {
                deeds += 1;
                supervisor.kill();
            }
        },
    )
    .await;
    assert!(deeds > 20, "only {deeds} died");
}
