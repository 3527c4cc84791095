//! `guildhall commands`: the slash commands as Discord gets them.

use super::{Stop, out::Out};
use actors::registry;

pub(super) fn run() -> Result<(), Stop> {
    let commands = registry::registration_json();
    let text = serde_json::to_string_pretty(&commands)
        .map_err(|fault| Stop::failed("the commands cannot be written", &fault))?;
    Out::plain().line(text);
    Ok(())
}
