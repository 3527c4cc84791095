//! What the executor needs of REST: requests answered in time, pauses, and a clock nobody sets. [`Rest`]
//! is the real one; the seeded proof has one of its own, so that it drives the same executor.

use super::{Rest, RestAnswer, RestFault};
use crate::discord::to_discord::Request;
use std::{fmt, future::Future, pin::Pin, time::Duration};

/// Something to wait for.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// See the module docs.
pub trait Wire: fmt::Debug + Send + Sync {
    /// Sends a request and waits for its answer, whatever its status, for at most `deadline`.
    fn call<'a>(
        &'a self,
        request: &'a Request,
        deadline: Duration,
    ) -> Pending<'a, Result<RestAnswer, RestFault>>;
    /// Waits.
    fn pause(&self, pause: Duration) -> Pending<'_, ()>;
    /// Time since some moment of this process.
    fn elapsed(&self) -> Duration;
    /// Whether Discord has refused the bot's token for good.
    fn token_is_bad(&self) -> bool;
}

impl Wire for Rest {
    fn call<'a>(
        &'a self,
        request: &'a Request,
        deadline: Duration,
    ) -> Pending<'a, Result<RestAnswer, RestFault>> {
        Box::pin(self.call_within(request, deadline))
    }

    fn pause(&self, pause: Duration) -> Pending<'_, ()> {
        Box::pin(tokio::time::sleep(pause))
    }

    fn elapsed(&self) -> Duration {
        self.born.elapsed()
    }

    fn token_is_bad(&self) -> bool {
        Self::token_is_bad(self)
    }
}
