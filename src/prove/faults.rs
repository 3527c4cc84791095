//! What goes wrong between any two steps.

use super::chance::Chance;
use actors::kernel::time::Span;
use snapshots::memory::Strike;
use std::fmt;

/// One thing going wrong.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// The process is killed; what is not durable is gone.
    Crash,
    /// The process is asked to end: it takes in nothing more and writes what it has.
    Stop,
    /// The next commit ends the process at this point of it.
    CrashInCommit(Strike),
    /// The next commit fails and the store must be opened again; the process lives.
    StoreFails(Strike),
    /// The gateway connection breaks.
    Cut,
    /// Discord forgets the session: the next RESUME is refused.
    Forget,
    /// Discord can no longer replay what the bot has received.
    Trim,
    /// The next so many REST calls go wrong in one way or another.
    Rest(u8),
    /// For so long there is no gateway, and every answer of REST is lost, whether or not its request got
    /// through.
    Dark(Span),
    /// Our clock jumps.
    Clock(Span),
    /// The next so many turns panic, before or after they changed their state.
    Panic(u8),
    /// Idle machines are put to sleep.
    Sleep,
    /// The next request for a member list comes too soon.
    TooSoon,
}

impl Fault {
    /// Any of them.
    pub fn any(chance: &mut Chance) -> Self {
        const STRIKES: [Strike; 3] = [
            Strike::BeforeApply,
            Strike::BeforeDurable,
            Strike::AfterDurable,
        ];
        let strike = *chance.pick(&STRIKES).unwrap_or(&Strike::BeforeApply);
        match chance.below(26) {
            0..=5 => Self::Crash,
            6..=8 => Self::CrashInCommit(strike),
            9 => Self::StoreFails(strike),
            10..=12 => Self::Cut,
            13 => Self::Forget,
            14 => Self::Trim,
            15..=18 => Self::Rest(1 + u8::try_from(chance.below(6)).unwrap_or(0)),
            19 => Self::Clock(Span::seconds(chance.between(-400, 4_000))),
            20..=21 => Self::Panic(1 + u8::try_from(chance.below(4)).unwrap_or(0)),
            22 => Self::Sleep,
            23 => Self::Stop,
            24 => Self::Dark(Span::seconds(chance.between(5, 400))),
            _ => Self::TooSoon,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crash => f.write_str("the process is killed"),
            Self::Stop => f.write_str("the process is stopped"),
            Self::CrashInCommit(strike) => {
                write!(f, "the process is killed in its next commit ({strike:?})")
            }
            Self::StoreFails(strike) => write!(f, "the next commit fails ({strike:?})"),
            Self::Cut => f.write_str("the gateway connection breaks"),
            Self::Forget => f.write_str("Discord forgets the session"),
            Self::Trim => f.write_str("Discord's replay is cut short"),
            Self::Rest(n) => write!(f, "the next {n} REST calls go wrong"),
            Self::Dark(span) => write!(
                f,
                "Discord is out of reach for {} s",
                span.as_millis() / 1000
            ),
            Self::Clock(span) => write!(f, "the clock jumps by {} s", span.as_millis() / 1000),
            Self::Panic(n) => write!(f, "the next {n} turns panic"),
            Self::Sleep => f.write_str("idle machines are put to sleep"),
            Self::TooSoon => f.write_str("the next member list is asked for too soon"),
        }
    }
}
