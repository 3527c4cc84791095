//! What a walk over many rows has gathered, without its type: few machines walk, so the others need not
//! say that they gather nothing.

use std::{any::Any, fmt};

/// See the module docs.
#[derive(Default)]
pub struct Scanned(Option<Box<dyn Any + Send>>);

impl Scanned {
    /// What was gathered so far; as new before the first row, or when something else was gathered.
    pub fn gathered<T: Default + Send + 'static>(&mut self) -> &mut T {
        if !self.0.as_ref().is_some_and(|gathered| gathered.is::<T>()) {
            self.0 = Some(Box::new(T::default()));
        }
        self.0
            .as_mut()
            .and_then(|gathered| gathered.downcast_mut())
            .expect("it was made as one just now")
    }

    /// What was gathered; as new where no row was met.
    #[must_use]
    pub fn take<T: Default + Send + 'static>(&mut self) -> T {
        std::mem::take(self.gathered())
    }
}

impl fmt::Debug for Scanned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.0.is_some() {
            "something"
        } else {
            "nothing"
        };
        write!(f, "Scanned({what})")
    }
}
