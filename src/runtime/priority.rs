//! Who goes first when there are more threads with work than processors.
//!
//! Writing to the store is worth a second's delay to nobody, while an answer is: where both want the
//! processor, whoever asks something is answered first. The committer and sled's own threads are
//! therefore as *nice* as can be; with processors to spare that changes nothing.

/// As far as it goes: a seventieth of what an ordinary thread gets when both have work, never nothing. A
/// flood waits for the store elsewhere, see `hub::MAX_WAITING`: commits take no longer in it than at five
/// steps, and the slowest answers took half as long again there.
const STEPS: i32 = 19;

/// Lets other threads of the process go before the calling one, and before those it starts from now on.
pub(crate) fn yield_to_others() {
    // Linux counts it per thread. Where it is refused everything is only as fast as without it.
    #[cfg(target_os = "linux")]
    if let Err(fault) = rustix::process::nice(STEPS) {
        tracing::debug!(%fault, "the store's threads are as urgent as all others");
    }
}
