//! Registering commands: one bulk overwrite, and only when something changed.
//!
//! A fingerprint of what was registered last, and for which application, is kept in the store. Global
//! commands take effect at once; the overwrite keeps unchanged commands' ids (docs, "Bulk overwrite
//! global application commands"). Discord limits creations to 200 a day, so a bot that registers at
//! every start can lock itself out.

use super::{
    rest::{Rest, RestFault},
    to_discord,
};
use actors::kernel::ids::ApplicationId;
use serde_json::Value;
use siphasher::sip128::{Hasher128 as _, SipHasher13};
use std::hash::Hasher as _;

/// Why commands could not be registered. The old ones stay.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisterFault {
    /// Discord says no.
    #[error("register {count} commands: status {status}, code {code}: {text}")]
    Refused {
        /// How many.
        count: usize,
        /// HTTP status.
        status: u16,
        /// Discord's error code.
        code: u32,
        /// What it says.
        text: String,
    },
    /// No answer.
    #[error("register {count} commands: {fault}")]
    Unanswered {
        /// How many.
        count: usize,
        /// What happened instead.
        fault: RestFault,
    },
}

impl RegisterFault {
    /// Whether trying again later may help.
    #[must_use]
    pub const fn retry(&self) -> bool {
        match self {
            Self::Refused { status, .. } => !matches!(status, 400..=428 | 430..=499),
            Self::Unanswered { fault, .. } => {
                !matches!(fault, RestFault::BadToken | RestFault::Unsendable(_))
            }
        }
    }
}

/// What was registered, in 34 characters: the same on every machine and in every version.
#[must_use]
pub fn fingerprint(application: ApplicationId, commands: &Value) -> String {
    let mut hasher = SipHasher13::new_with_keys(0x636f_6d6d_616e_6473, 1);
    hasher.write(&application.get().to_be_bytes());
    hasher.write(commands.to_string().as_bytes());
    format!("1:{:032x}", hasher.finish128().as_u128())
}

/// Registers `commands` unless `stored` says that they are registered. Returns the fingerprint to
/// store when they were.
///
/// # Errors
/// When Discord refuses them or does not answer.
pub async fn register(
    rest: &Rest,
    application: ApplicationId,
    commands: &Value,
    stored: &str,
) -> Result<Option<String>, RegisterFault> {
    let print = fingerprint(application, commands);
    if print == stored {
        return Ok(None);
    }
    let count = commands.as_array().map_or(0, Vec::len);
    match rest
        .call(&to_discord::commands(application, commands))
        .await
    {
        Ok(answer) if answer.is_success() => Ok(Some(print)),
        Ok(answer) => Err(RegisterFault::Refused {
            count,
            status: answer.status,
            code: answer.code,
            // The form errors say which command; they hold nothing but our own texts.
            text: match &answer.body["errors"] {
                Value::Null => answer.text(),
                errors => format!("{} {errors}", answer.text()),
            },
        }),
        Err(fault) => Err(RegisterFault::Unanswered { count, fault }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discord::fake::{Act, Fake};
    use serde_json::json;

    fn application() -> ApplicationId {
        ApplicationId::new(22).unwrap()
    }

    #[test]
    fn the_fingerprint_knows_commands_and_application() {
        let print = fingerprint(application(), &json!([{"name": "ping"}]));
        // On disk: another hash would register everything once more.
        assert_eq!(print, "1:e02405f9a8015f1f4683d729779656dd");
        assert_ne!(
            print,
            fingerprint(application(), &json!([{"name": "pong"}]))
        );
        assert_ne!(
            print,
            fingerprint(ApplicationId::new(23).unwrap(), &json!([{"name": "ping"}]))
        );
    }

    #[tokio::test]
    async fn commands_are_registered_only_when_they_changed() {
        let fake = Fake::start(|_, _| Act::json(200, &json!([]))).await;
        let rest = fake.rest();
        let commands = json!([{"name": "ping"}]);
        let print = register(&rest, application(), &commands, "")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            register(&rest, application(), &commands, &print).await,
            Ok(None)
        );
        let seen = fake.seen();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].line(), "PUT /api/v10/applications/22/commands");
        assert_eq!(seen[0].body, commands);
    }

    #[tokio::test]
    async fn a_refusal_says_which_command_is_wrong() {
        let errors = json!({"0": {"name": {"_errors": [{"code": "X"}]}}});
        let body = json!({"message": "Invalid Form Body", "code": 50035, "errors": errors});
        let fake = Fake::start(move |_, _| Act::json(400, &body)).await;
        let fault = register(&fake.rest(), application(), &json!([{}]), "")
            .await
            .unwrap_err();
        assert!(!fault.retry());
        assert!(
            fault
                .to_string()
                .starts_with("register 1 commands: status 400, code 50035")
        );
        assert!(fault.to_string().contains("_errors"));
    }
}
