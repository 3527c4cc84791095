//! What cannot be looked into, in words that say what to do.

use crate::{
    admin::{AskFault, page::PageFault},
    cli::{Exit, Stop, stop::chain},
};
use snapshots::{
    DATA_FORMAT, DataDir, OpenFault, StartFault,
    export::{self, ExportFault},
};

/// The copy of the store in `data` does not open. Its own paths would only confuse.
pub(in crate::cli) fn open(data: &DataDir, fault: &OpenFault) -> Stop {
    let at = data.path().display();
    match fault {
        OpenFault::Start {
            source: StartFault::Newer { found },
            ..
        } => newer(&format!("the store in {at}"), *found),
        OpenFault::Damaged { source, .. } => damaged(data, &chain(source)),
        OpenFault::Start { source, .. } => damaged(data, &chain(source)),
        other => Stop::new(
            Exit::Failed,
            format!(
                "the copy of the store in {at} does not open: {}",
                chain(other)
            ),
        ),
    }
}

fn damaged(data: &DataDir, why: &str) -> Stop {
    let advice = match export::newest(&data.exports()).ok().flatten() {
        Some(newest) => format!(
            "the newest export is {0}: `guildhall inspect --from {0} verify` looks into it, and `guildhall \
             restore` makes a data directory of it",
            newest.display()
        ),
        None => "there is no export beside it".to_owned(),
    };
    Stop::new(
        Exit::Damaged,
        format!(
            "the store in {} is damaged and does not open: {why}\nNothing in it was changed; {advice}.",
            data.path().display()
        ),
    )
}

/// An export cannot be read or written.
pub(in crate::cli) fn export(fault: &ExportFault) -> Stop {
    let exit = match fault {
        ExportFault::Damaged { .. } => Exit::Damaged,
        _ => Exit::Failed,
    };
    Stop::new(exit, chain(fault))
}

/// `what` is of a data format that this program does not read.
pub(in crate::cli) fn newer(what: &str, found: u32) -> Stop {
    Stop::new(
        Exit::Failed,
        format!(
            "{what} was written by another version of guildhall: its data has format {found}, this program \
             reads format {DATA_FORMAT}. Use the program that wrote it"
        ),
    )
}

/// The running bot did not answer as it should.
pub(in crate::cli) fn ask(fault: AskFault) -> Stop {
    match fault {
        AskFault::Refused(why) => Stop::new(Exit::Failed, why),
        fault => Stop::new(Exit::Failed, chain(&fault)),
    }
}

/// The answer is to another question.
pub(in crate::cli) fn foreign() -> Stop {
    Stop::new(Exit::Failed, chain(&AskFault::Foreign))
}

/// Records cannot be read.
pub(in crate::cli) fn page(fault: &PageFault) -> Stop {
    let exit = match fault {
        PageFault::Filter(_) => Exit::Usage,
        PageFault::Store(_) => Exit::Failed,
    };
    Stop::new(exit, chain(fault))
}
