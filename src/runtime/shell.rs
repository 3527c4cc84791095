//! The shell: the one generic actor. It owns a machine, pulls its inputs from the ledger and runs
//! one turn after the other.
//!
//! A panic in a turn is a bug of ours: the actor ends, its supervisor starts it again from the last
//! absorbed turn, and the same input is at the front of its queue. The third panic on one input parks
//! that input. A machine whose records are damaged does not run; its inputs are parked, so that the
//! rest of the bot goes on, until an operator has looked.

use super::{
    guild::GuildAsk,
    hub::{Hub, Wake},
    view::{self, Walk},
};
use actors::{
    kernel::{
        address::Address,
        effect::Instant,
        inbound::{Inbound, Input},
        ledger::Next,
        machine::{Needs, RowKey},
        record::{CodecFault, Record},
        text::Message,
        turn::{Commit, Hosted, TurnFault, Turned},
    },
    registry,
};
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef};
use snapshots::{Bincode, ReadFault};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// Turns run in a row before others get their chance on this thread.
const TURNS_IN_A_ROW: usize = 64;

/// What a shell is started with.
pub struct Arguments {
    /// Which machine.
    pub address: Address,
    /// The runtime.
    pub hub: Arc<Hub>,
    /// Who starts it.
    pub supervisor: ActorRef<GuildAsk>,
    /// When it last had something to do, for its supervisor to see.
    pub last_active: Arc<AtomicI64>,
}

/// A shell at work.
pub struct Running {
    address: Address,
    /// Which actor this is: only one at a time may keep what the machine decides.
    me: ActorId,
    hub: Arc<Hub>,
    supervisor: ActorRef<GuildAsk>,
    last_active: Arc<AtomicI64>,
    machine: Result<Box<dyn Hosted>, Unusable>,
}

/// Why a machine cannot run.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unusable(String);

/// The actor.
pub struct Shell;

impl Actor for Shell {
    type Msg = Wake;
    type State = Running;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<Wake>,
        arguments: Arguments,
    ) -> Result<Running, ActorProcessingErr> {
        let Arguments {
            address,
            hub,
            supervisor,
            last_active,
        } = arguments;
        // First: from here on nobody else adds to what is loaded.
        hub.register(address, myself.clone(), supervisor.get_id());
        let machine = wake_machine(&hub, address)
            .inspect_err(|_| hub.unregister(address, myself.get_id()))?;
        myself.cast(Wake)?;
        Ok(Running {
            address,
            me: myself.get_id(),
            hub,
            supervisor,
            last_active,
            machine,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<Wake>,
        _: Wake,
        running: &mut Running,
    ) -> Result<(), ActorProcessingErr> {
        running
            .last_active
            .store(running.hub.clock.now().millis(), Ordering::Relaxed);
        for _ in 0..TURNS_IN_A_ROW {
            #[cfg(feature = "sabotage")]
            if running.hub.sabotage.holds() {
                return Ok(());
            }
            let (address, me) = (running.address, running.me);
            let next = running.hub.core_for(address, me, |core| core.next(address));
            // Told to end, or another one is at work already.
            let Some(next) = next else { return Ok(()) };
            match next {
                Next::Run {
                    input,
                    careful: true,
                    ..
                } => running.take_carefully(&input).await?,
                Next::Run { input, past, .. } => running.take(&input, past.as_deref()).await?,
                Next::Park(input) => {
                    running.park(&input, "its machine panicked three times on it");
                }
                Next::Idle => {
                    if running.hub.is_crowded() {
                        let since = running.last_active.load(Ordering::Relaxed);
                        running
                            .supervisor
                            .cast(GuildAsk::MakeRoom(address, since))?;
                    }
                    return Ok(());
                }
            }
        }
        myself.cast(Wake)?;
        Ok(())
    }
}

/// Loads a machine. Damage is not an error of the actor: it runs, and sets its inputs aside.
fn wake_machine(
    hub: &Arc<Hub>,
    address: Address,
) -> Result<Result<Box<dyn Hosted>, Unusable>, ActorProcessingErr> {
    let head = match view::head(&**hub, address) {
        Ok(head) => head,
        Err(ReadFault::Damaged { damage, .. }) => return Ok(Err(unusable(address, &damage))),
        Err(fault) => return Err(fault.into()),
    };
    match registry::open(address, head.as_ref(), Bincode) {
        Ok(machine) => Ok(Ok(machine)),
        Err(fault) => {
            let key = actors::kernel::turn::head_key(address);
            hub.reader.quarantine(&key, &fault.to_string())?;
            Ok(Err(unusable(address, &fault)))
        }
    }
}

fn unusable(address: Address, why: &dyn std::fmt::Display) -> Unusable {
    tracing::error!(%address, %why, "a machine's record is damaged; its inputs are set aside");
    Unusable(format!("its machine's record is damaged: {why}"))
}

impl Running {
    /// One input: a turn, or the parking place. `past`: what it went past, if it is a question.
    async fn take(
        &mut self,
        input: &Input,
        past: Option<&Input>,
    ) -> Result<(), ActorProcessingErr> {
        if let Err(Unusable(why)) = &self.machine {
            let why = why.clone();
            self.park(input, &why);
            return Ok(());
        }
        let _witness = Witness {
            hub: Arc::clone(&self.hub),
            address: self.address,
            me: self.me,
        };
        let rows = self.load(input).await;
        let _span = tracing::debug_span!(
            "turn", address = %self.address, inbound = input.what.name()
        )
        .entered();
        match rows.and_then(|rows| self.turn(input, past, rows)) {
            Ok(turned) => {
                #[cfg(feature = "sabotage")]
                self.hub.sabotage.strike(self.address, input);
                self.absorb(input, turned);
                Ok(())
            }
            Err(TakeFault::Damaged(why)) => {
                self.machine = Err(unusable(self.address, &why));
                self.park(input, &why);
                Ok(())
            }
            Err(TakeFault::TooBig(why)) => self.refuse(input, &why),
            Err(TakeFault::Read(fault)) => Err(fault.into()),
        }
    }

    /// One input, alone in its commit, noted before it is handled: if it ends the process, the next
    /// life sets it aside.
    async fn take_carefully(&mut self, input: &Input) -> Result<(), ActorProcessingErr> {
        let hub = Arc::clone(&self.hub);
        let _alone = hub.one_at_a_time().lock().await;
        let note = Some((self.address, input.clone()));
        hub.core(|core| core.about_to_handle(note, hub.clock.now()));
        hub.all_durable().await;
        self.take(input, None).await?;
        hub.all_durable().await;
        Ok(())
    }

    /// The rows of a turn. A walk over all of them lets others have this thread after every page.
    async fn load(&mut self, input: &Input) -> Result<Vec<(RowKey, Record)>, TakeFault> {
        let Ok(machine) = &mut self.machine else {
            return Err(TakeFault::not_loaded());
        };
        let needs = machine.needs(&input.what);
        if let Needs::Every { from, to, .. } = &needs {
            let mut walk = Walk::new(self.address, from, to);
            let mut first = true;
            while let Some(page) = walk.page(&*self.hub)? {
                let read = machine.scan(input, first, &page);
                read.map_err(|fault| TakeFault::Damaged(fault.to_string()))?;
                first = false;
                tokio::task::yield_now().await;
            }
        }
        Ok(view::rows(&*self.hub, self.address, needs)?)
    }

    fn turn(
        &mut self,
        input: &Input,
        past: Option<&Input>,
        rows: Vec<(RowKey, Record)>,
    ) -> Result<Turned, TakeFault> {
        let Ok(machine) = &mut self.machine else {
            return Err(TakeFault::not_loaded());
        };
        let turned = match past {
            Some(past) => machine.ask(input, past, rows),
            None => machine.turn(input, &rows, input.at),
        };
        turned.map_err(|fault| match fault {
            TurnFault::Codec(CodecFault::TooLarge { .. }) | TurnFault::TooManyRows(_) => {
                TakeFault::TooBig(fault.to_string())
            }
            TurnFault::Codec(fault) => TakeFault::Damaged(fault.to_string()),
        })
    }

    fn absorb(&self, input: &Input, turned: Turned) {
        let now = self.hub.clock.now();
        let Turned {
            commit,
            instant,
            refused,
        } = turned;
        if let Some(why) = &refused {
            tracing::debug!(%why, "refused");
        }
        let kept = self.hub.core_for(self.address, self.me, |core| {
            core.counters.refusals += u64::from(refused.is_some());
            core.absorb(input, commit, now);
        });
        if let (Some(()), Some(instant), Some(origin)) = (kept, instant, input.what.origin()) {
            self.hub.answer(origin.ticket.clone(), instant);
        }
    }

    /// The turn does not fit the store: nothing of it is kept, and the machine is as before.
    fn refuse(&mut self, input: &Input, why: &str) -> Result<(), ActorProcessingErr> {
        tracing::warn!(address = %self.address, inbound = input.what.name(), why, "turn not kept");
        self.machine = wake_machine(&self.hub, self.address)?;
        let text = "That is more than I can keep: nothing was changed. Try it in smaller pieces.";
        let instant = input
            .what
            .origin()
            .map(|_| Instant::Message(Message::text(text)));
        let commit = Commit::empty(self.address);
        self.absorb(
            input,
            Turned {
                commit,
                instant,
                refused: Some(why.to_owned()),
            },
        );
        Ok(())
    }

    fn park(&self, input: &Input, why: &str) {
        tracing::error!(address = %self.address, inbound = input.what.name(), why, "input set aside");
        let now = self.hub.clock.now();
        let kept = self.hub.core_for(self.address, self.me, |core| {
            core.park(self.address, input, why, now);
        });
        if kept.is_some()
            && let Some(origin) = input.what.origin()
            && !matches!(input.what, Inbound::Completing(_))
        {
            let text = "Something is wrong with this feature's data here, so I set your request \
                        aside. The operator can see it.";
            self.hub
                .answer(origin.ticket.clone(), Instant::Message(Message::text(text)));
        }
    }
}

/// There while an input has its turn: if that panics, the input is to blame.
struct Witness {
    hub: Arc<Hub>,
    address: Address,
    me: ActorId,
}

impl Drop for Witness {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let address = self.address;
            self.hub
                .core_for(address, self.me, |core| core.panicked(address));
        }
    }
}

/// Why a turn was not run or not kept.
enum TakeFault {
    Damaged(String),
    TooBig(String),
    Read(ReadFault),
}

impl TakeFault {
    fn not_loaded() -> Self {
        Self::Damaged("machine is not loaded".to_owned())
    }
}

impl From<ReadFault> for TakeFault {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::Damaged { damage, .. } => Self::Damaged(damage.to_string()),
            other => Self::Read(other),
        }
    }
}
