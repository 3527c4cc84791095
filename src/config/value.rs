//! A value as somebody wrote it, in the file or in the environment, and what can be read out of it.

use std::{net::SocketAddr, ops::RangeInclusive, path::PathBuf, str::FromStr};
use toml::de::DeValue;

/// A value before it is understood. The environment has only texts, so a text there may be a number.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    /// From the file.
    Toml(&'a DeValue<'a>),
    /// From the environment.
    Text(&'a str),
}

/// What is wrong with a value, to be put behind its key.
pub(super) type Wrong = String;

impl Value<'_> {
    /// A text that is not empty.
    pub(super) fn text(self) -> Result<String, Wrong> {
        let text = match self {
            Self::Text(text) => text,
            Self::Toml(value) => value
                .as_str()
                .ok_or_else(|| format!("must be a text in quotes, not {}", named(value)))?,
        };
        if text.trim().is_empty() {
            return Err("must not be empty; leave the line out instead".to_owned());
        }
        Ok(text.to_owned())
    }

    /// A path that is not empty.
    pub(super) fn path(self) -> Result<PathBuf, Wrong> {
        self.text().map(PathBuf::from)
    }

    /// A whole number within `bounds`.
    pub(super) fn whole(self, bounds: RangeInclusive<u32>) -> Result<u32, Wrong> {
        let (from, to) = (bounds.start(), bounds.end());
        let (text, radix) = match self {
            Self::Text(text) => (text.trim(), 10),
            Self::Toml(value) => match value.as_integer() {
                Some(number) => (number.as_str(), number.radix()),
                None => {
                    let is = named(value);
                    return Err(format!(
                        "must be a whole number between {from} and {to}, not {is}"
                    ));
                }
            },
        };
        match u32::from_str_radix(text, radix) {
            Ok(number) if bounds.contains(&number) => Ok(number),
            _ => Err(format!(
                "must be a whole number between {from} and {to}, is {text}"
            )),
        }
    }

    /// One of the words that `T` knows; its error is the sentence.
    pub(super) fn parsed<T: FromStr<Err = Wrong>>(self) -> Result<T, Wrong> {
        self.text()?.parse()
    }
}

fn named(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    }
}

/// `host:port` without scheme or path.
pub(super) fn host_and_port(text: &str) -> Result<String, Wrong> {
    let wrong =
        || format!("must be host:port of a plain-HTTP server, such as 127.0.0.1:8080, is {text:?}");
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let good = !host.is_empty() && !host.contains(['/', '@', ' ', '?']);
    match port.parse::<u16>() {
        Ok(port) if good && port > 0 => Ok(text.to_owned()),
        _ => Err(wrong()),
    }
}

/// An address of a websocket.
pub(super) fn websocket(text: &str) -> Result<String, Wrong> {
    let host = text
        .strip_prefix("ws://")
        .or_else(|| text.strip_prefix("wss://"));
    match host {
        Some(host) if !host.is_empty() && !host.starts_with('/') && !host.contains([' ', '@']) => {
            Ok(text.to_owned())
        }
        _ => Err(format!(
            "must be a websocket address, such as ws://127.0.0.1:8081, is {text:?}"
        )),
    }
}

/// An address and a port of this machine; port 0 takes any that is free.
pub(super) fn address(text: &str) -> Result<SocketAddr, Wrong> {
    text.parse().map_err(|_| {
        format!("must be an address and a port, such as 127.0.0.1:9464 or [::1]:9464, is {text:?}")
    })
}

/// An address that only this machine reaches.
pub(super) fn loopback(text: &str) -> Result<SocketAddr, Wrong> {
    let address = address(text)?;
    if !address.ip().to_canonical().is_loopback() {
        return Err(format!(
            "must be a loopback address, such as 127.0.0.1:9464, is {text:?}; whoever reaches another one \
             reads along: if that is meant, write it as observe.listen_publicly"
        ));
    }
    Ok(address)
}

/// An address of a web service, without a password in it.
pub(super) fn web(text: &str) -> Result<String, Wrong> {
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"));
    let host = rest.and_then(|rest| rest.split('/').next());
    match host {
        Some(host) if !host.is_empty() && !text.contains(['@', ' ', '?', '#']) => {
            Ok(text.to_owned())
        }
        _ => Err(format!(
            "must be an address such as https://sqs.eu-central-1.amazonaws.com/123456789012/messages.fifo, is \
             {text:?}"
        )),
    }
}

/// The name of a region.
pub(super) fn region(text: &str) -> Result<String, Wrong> {
    let good = text
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if good {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "must be a region such as eu-central-1, is {text:?}"
        ))
    }
}
