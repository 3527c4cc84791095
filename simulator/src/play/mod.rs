//! A world worth looking at: people, stories and traffic, all from a seed.
//!
//! | file | holds |
//! |---|---|
//! | `population` | a small lively guild with channels, roles and a dozen people |
//! | `story` | fixed scenes for `demo --story NAME`, and how they are played |
//! | `stories` | the scenes themselves; to add one, write a function and list it in `ALL` |
//! | `lively` | endless small talk for `demo` without a story |
//! | `traffic` | mixed load with realistic proportions |

pub mod lively;
pub mod population;
pub mod stories;
pub mod story;
pub mod traffic;

/// Numbers that repeat for a seed (SplitMix64); not for secrets.
#[derive(Clone, Debug)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// Dice that always fall the same way.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Any number.
    pub fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `sides` (which is not zero).
    pub fn below(&mut self, sides: usize) -> usize {
        usize::try_from(self.roll() % sides.max(1) as u64).unwrap_or(0)
    }

    /// One of several.
    ///
    /// # Panics
    /// On an empty slice, which is a bug of the caller.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}
