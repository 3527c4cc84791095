//! One sentence per error. Of a union it explains the branch that was meant, not all of them.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;

const TEXT_MAX: usize = 160;

pub(super) fn sentence(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            let meant = context
                .iter()
                .filter(|branch| !branch.is_empty())
                .min_by_key(|branch| strangeness(branch));
            match meant {
                Some(branch) => branch.iter().map(sentence).collect::<Vec<_>>().join("; "),
                None => plain(error),
            }
        }
        _ => plain(error),
    }
}

/// A branch that objects to the discriminator, or to the JSON type as such, was not meant.
fn strangeness(branch: &[ValidationError<'_>]) -> (usize, usize) {
    let foreign = branch.iter().filter(|error| is_foreign(error)).count();
    (foreign, branch.len())
}

fn is_foreign(error: &ValidationError<'_>) -> bool {
    let at = error.instance_path().to_string();
    let is_discriminator = at.ends_with("/type") || at.ends_with("/entity_type");
    match error.kind() {
        ValidationErrorKind::Enum { .. } | ValidationErrorKind::Constant { .. } => is_discriminator,
        ValidationErrorKind::Type { .. } => true,
        _ => false,
    }
}

fn plain(error: &ValidationError<'_>) -> String {
    let mut text = error.to_string();
    if text.len() > TEXT_MAX {
        let end = (0..=TEXT_MAX)
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    let at = error.instance_path().to_string();
    format!("{}: {text}", if at.is_empty() { "/" } else { &at })
}
