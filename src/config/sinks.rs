//! Where lines about messages go. What is secret in that is not in the settings file.

use super::Config;
use crate::{
    outside::{QueueSettings, Settings},
    secret::Secret,
};
use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

/// The environment variable that may hold the address of the database.
pub(super) const URL_VARIABLE: &str = "GUILDHALL_POSTGRES_URL";

/// `[stream]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// How much may wait for a sink that is away, in megabytes.
    pub spool_mb: u32,
}

impl Default for Stream {
    fn default() -> Self {
        Self { spool_mb: 256 }
    }
}

/// `[lines]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// The directory; none: no files.
    pub dir: Option<PathBuf>,
}

/// `[postgres]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Postgres {
    /// A file that holds the address.
    pub url_file: Option<PathBuf>,
}

/// `[sqs]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sqs {
    /// The queue's address; none: no queue.
    pub queue_url: Option<String>,
    /// Its region, if the address or the environment does not say it.
    pub region: Option<String>,
    /// Where to send requests, if not to where the queue's address says.
    pub endpoint: Option<String>,
}

/// Why it is not known where lines go.
#[derive(Debug, thiserror::Error)]
pub enum SinksFault {
    /// The file with the address of the database cannot be read.
    #[error("the file {} with the address of the database cannot be read", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// It was left out of this program.
    #[error("{URL_VARIABLE} is set, but this program was built without PostgreSQL")]
    NotBuiltIn,
}

/// What the settings and the environment say.
///
/// # Errors
/// See [`SinksFault`].
pub fn find(config: &Config) -> Result<Settings, SinksFault> {
    let queue = config.sqs.queue_url.clone().map(|url| QueueSettings {
        url,
        region: config.sqs.region.clone(),
        endpoint: config.sqs.endpoint.clone(),
    });
    let postgres = url(&config.postgres, &|name| {
        env::var(name).ok().filter(|text| !text.is_empty())
    })?;
    if postgres.is_some() && !cfg!(feature = "postgres") {
        return Err(SinksFault::NotBuiltIn);
    }
    Ok(Settings {
        spool_bytes: u64::from(config.stream.spool_mb) * 1024 * 1024,
        lines: config.lines.dir.clone(),
        postgres,
        queue,
    })
}

/// The variable, then `url_file`, then the systemd credential.
fn url(
    postgres: &Postgres,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Secret>, SinksFault> {
    if let Some(text) = variable(URL_VARIABLE) {
        return Ok(Some(Secret::new(text)));
    }
    let credential = variable("CREDENTIALS_DIRECTORY");
    let credential = credential.map(|dir| Path::new(&dir).join("postgres_url"));
    let credential = credential.filter(|path| path.exists());
    let Some(path) = postgres.url_file.clone().or(credential) else {
        return Ok(None);
    };
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(Secret::new(text.trim().to_owned()))),
        Err(source) => Err(SinksFault::Unreadable { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_wins_over_the_file_and_the_file_over_the_credential() {
        let dir = tempfile::TempDir::new().unwrap();
        fs::write(dir.path().join("postgres_url"), "credential\n").unwrap();
        fs::write(dir.path().join("file"), " file\n").unwrap();
        let credentials = dir.path().to_str().unwrap().to_owned();
        let found = |with: Option<&str>, file: Option<&str>| {
            let url_file = file.map(|name| dir.path().join(name));
            let look = |name: &str| match name {
                URL_VARIABLE => with.map(str::to_owned),
                _ => Some(credentials.clone()),
            };
            url(&Postgres { url_file }, &look)
        };
        let text = |with, file| found(with, file).unwrap().unwrap().expose().to_owned();
        assert_eq!(text(Some("variable"), Some("file")), "variable");
        assert_eq!(text(None, Some("file")), "file");
        assert_eq!(text(None, None), "credential");
        let fault = found(None, Some("none")).unwrap_err().to_string();
        assert!(fault.contains("cannot be read"), "{fault}");
        assert_eq!(url(&Postgres::default(), &|_| None).unwrap(), None);
    }
}
