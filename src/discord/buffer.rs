//! Frames that wait for room, in order.

use std::collections::VecDeque;

/// So many frames may wait, or so many bytes of them: a guild with many members is a frame of megabytes.
const MAX_FRAMES: usize = 4_096;
const MAX_BYTES: usize = 2 * 1024 * 1024;

/// See the module docs.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    frames: VecDeque<String>,
    bytes: usize,
}

impl Buffer {
    pub(super) fn push(&mut self, frame: String) {
        self.bytes += frame.len();
        self.frames.push_back(frame);
    }

    pub(super) fn pop(&mut self) -> Option<String> {
        let frame = self.frames.pop_front()?;
        self.bytes -= frame.len();
        Some(frame)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Whether to take in no more for now; what is on its way already still has its place.
    pub(super) fn is_full(&self) -> bool {
        self.frames.len() >= MAX_FRAMES || self.bytes >= MAX_BYTES
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_small_frames_fill_it_as_a_few_large_ones_do() {
        for (count, bytes) in [(MAX_FRAMES, 1), (4, MAX_BYTES / 4)] {
            let mut buffer = Buffer::default();
            for n in 0..count {
                assert!(!buffer.is_full(), "{n} of {count}");
                buffer.push("x".repeat(bytes));
            }
            assert!(buffer.is_full());
            assert_eq!(buffer.pop().map(|frame| frame.len()), Some(bytes));
            assert!(!buffer.is_full());
            while buffer.pop().is_some() {}
            assert!(buffer.is_empty());
            assert_eq!(buffer.bytes, 0);
        }
    }
}
