//! The smallest story that still fails: whole pieces are left out, then smaller ones, then single steps.

use super::{Options, play, stories::Step};

/// Worlds tried at most.
const TRIES: u32 = 400;

/// Leaves out of `story` what the failure does not need.
#[must_use]
pub fn shrink(seed: u64, story: Vec<Step>, options: &Options) -> Vec<Step> {
    let mut story = story;
    let (mut piece, mut tries) = (story.len().div_ceil(2), 0);
    while piece > 0 {
        let mut from = 0;
        while from < story.len() && tries < TRIES {
            let until = (from + piece).min(story.len());
            let rest = [&story[..from], &story[until..]].concat();
            tries += 1;
            if play(seed, &rest, options).failure.is_some() {
                story = rest;
            } else {
                from = until;
            }
        }
        piece /= 2;
    }
    story
}
