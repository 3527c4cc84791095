//! A file that goes with a message.

use super::limits;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A file that goes with a message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// What it is called: letters, digits, `-`, `_` and one dot.
    pub name: String,
    /// What is in it, for those who cannot see it; plain.
    pub description: String,
    /// Its contents.
    pub bytes: Vec<u8>,
}

impl Attachment {
    /// Those of `files` that one message takes, the others are left out: whoever makes a file sees to it
    /// that it is not too large.
    #[must_use]
    pub fn fit(files: Vec<Self>) -> Vec<Self> {
        let mut left = limits::FILES_TOTAL;
        let mut fitting = Vec::new();
        for mut file in files.into_iter().take(limits::FILES) {
            if file.bytes.len() > left {
                continue;
            }
            left -= file.bytes.len();
            file.description = super::cut(&file.description, limits::FILE_DESCRIPTION).into_owned();
            fitting.push(file);
        }
        fitting
    }
}

/// Without its contents, which may be large and somebody's.
impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attachment({}, {} bytes)", self.name, self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, size: usize) -> Attachment {
        Attachment {
            name: name.to_owned(),
            description: "x".repeat(2_000),
            bytes: vec![0; size],
        }
    }

    #[test]
    fn what_is_too_large_or_too_many_is_left_out() {
        let names = |files: Vec<Attachment>| {
            let fitting = Attachment::fit(files).into_iter();
            fitting.map(|file| file.name).collect::<Vec<_>>()
        };
        let too_large = file("b", limits::FILES_TOTAL);
        assert_eq!(
            names(vec![file("a", 1), too_large, file("c", 1)]),
            ["a", "c"]
        );
        let many = vec![file("a", 1); limits::FILES + 1];
        assert_eq!(names(many).len(), limits::FILES);
        let described = &Attachment::fit(vec![file("a", 1)])[0];
        assert_eq!(
            super::super::width(&described.description),
            limits::FILE_DESCRIPTION
        );
        assert_eq!(format!("{described:?}"), "Attachment(a, 1 bytes)");
    }
}
