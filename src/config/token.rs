//! Where the bot's token comes from. Never from the settings file: that one is shown and copied.

use super::Discord;
use crate::secret::Secret;
use std::{
    env, fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// The token, and where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The token itself.
    pub secret: Secret,
    /// Where it was found.
    pub source: TokenSource,
    /// The file can be read by everybody on this machine.
    pub exposed: bool,
}

/// Where a token was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// `DISCORD_TOKEN`.
    Variable,
    /// The file that `token_file` names.
    File(PathBuf),
    /// The systemd credential `discord_token`.
    Credential(PathBuf),
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenFault {
    /// It is nowhere.
    #[error(
        "there is no token: set DISCORD_TOKEN, or token_file in [discord], or the systemd credential \
         discord_token (no account yet? `guildhall demo` needs none)"
    )]
    Missing,
    /// The file cannot be read.
    #[error("the token file {} cannot be read", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// What was found cannot be a token.
    #[error("what stands in {0} is not a token: {1}")]
    Malformed(String, &'static str),
}

impl std::fmt::Display for TokenSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Variable => f.write_str("DISCORD_TOKEN"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Credential(path) => write!(f, "{} (systemd credential)", path.display()),
        }
    }
}

/// Looks for the token: `DISCORD_TOKEN`, then `token_file`, then the systemd credential.
///
/// # Errors
/// See [`TokenFault`].
pub fn find(discord: &Discord) -> Result<Token, TokenFault> {
    look(discord, &|name| {
        env::var(name).ok().filter(|text| !text.is_empty())
    })
}

fn look(discord: &Discord, variable: &dyn Fn(&str) -> Option<String>) -> Result<Token, TokenFault> {
    if let Some(text) = variable("DISCORD_TOKEN") {
        return token(&text, TokenSource::Variable, false);
    }
    let credential =
        variable("CREDENTIALS_DIRECTORY").map(|dir| Path::new(&dir).join("discord_token"));
    let source = match (&discord.token_file, credential) {
        (Some(path), _) => TokenSource::File(path.clone()),
        (None, Some(path)) if path.exists() => TokenSource::Credential(path),
        _ => return Err(TokenFault::Missing),
    };
    let (TokenSource::File(path) | TokenSource::Credential(path)) = &source else {
        return Err(TokenFault::Missing);
    };
    let unreadable = |source| TokenFault::Unreadable {
        path: path.clone(),
        source,
    };
    let text = fs::read_to_string(path).map_err(unreadable)?;
    let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
    token(&text, source, mode & 0o004 != 0)
}

fn token(text: &str, source: TokenSource, exposed: bool) -> Result<Token, TokenFault> {
    let text = text.trim();
    let text = text.strip_prefix("Bot ").unwrap_or(text);
    let wrong = if text.is_empty() {
        Some("it is empty")
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Some("it has spaces, line breaks or letters that no token has")
    } else if text.len() > 512 {
        Some("it is longer than any token")
    } else {
        None
    };
    match wrong {
        Some(wrong) => Err(TokenFault::Malformed(source.to_string(), wrong)),
        None => Ok(Token {
            secret: Secret::new(text.to_owned()),
            source,
            exposed,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let path = env::temp_dir().join(format!("guildhall-token-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn the_variable_wins_over_the_file_and_the_file_over_the_credential() {
        let dir = scratch("order");
        fs::write(dir.join("discord_token"), "from-credential\n").unwrap();
        fs::write(dir.join("file"), "Bot from-file\n").unwrap();
        let credentials = dir.to_str().unwrap().to_owned();
        let with = |variable: Option<&str>, file: bool| {
            let token_file = file.then(|| dir.join("file"));
            let discord = Discord {
                token_file,
                ..Discord::default()
            };
            let variables = |name: &str| match name {
                "DISCORD_TOKEN" => variable.map(str::to_owned),
                _ => Some(credentials.clone()),
            };
            look(&discord, &variables)
                .unwrap()
                .secret
                .expose()
                .to_owned()
        };
        assert_eq!(with(Some("from-variable"), true), "from-variable");
        assert_eq!(with(None, true), "from-file");
        assert_eq!(with(None, false), "from-credential");
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_file_that_everybody_can_read_is_noticed() {
        let dir = scratch("mode");
        let path = dir.join("file");
        fs::write(&path, "secret").unwrap();
        let discord = Discord {
            token_file: Some(path.clone()),
            ..Discord::default()
        };
        for (mode, exposed) in [(0o600, false), (0o644, true)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(look(&discord, &|_| None).unwrap().exposed, exposed);
        }
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn what_is_no_token_is_said_without_showing_it() {
        let fault = |text: &str| {
            let variables = |name: &str| (name == "DISCORD_TOKEN").then(|| text.to_owned());
            look(&Discord::default(), &variables)
                .unwrap_err()
                .to_string()
        };
        assert!(fault("two words").contains("DISCORD_TOKEN"));
        assert!(!fault("two words").contains("two words"));
        assert!(fault("  ").contains("empty"));
        assert!(matches!(
            look(&Discord::default(), &|_| None),
            Err(TokenFault::Missing)
        ));
    }
}
