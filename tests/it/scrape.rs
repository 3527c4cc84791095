//! What a monitoring system does: asks a port over HTTP and reads Prometheus' text format, strictly.
//! Blocking on purpose, so that it works when every thread of the bot's runtime is stuck.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

use crate::support::SOON;

/// An answer over HTTP.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Sends a request and reads the answer to its end.
pub(crate) fn ask(at: SocketAddr, request: &str) -> Answer {
    let mut stream = TcpStream::connect_timeout(&at, SOON).expect("somebody listens");
    stream.set_read_timeout(Some(SOON)).expect("a timeout");
    stream.write_all(request.as_bytes()).expect("it is taken");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer in time");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    Answer {
        status: status.expect("a status"),
        head: head.to_lowercase(),
        body: body.to_owned(),
    }
}

/// GET.
pub(crate) fn get(at: SocketAddr, path: &str) -> Answer {
    ask(
        at,
        &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
    )
}

/// One page of metrics.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// By name and labels as they are written.
    samples: BTreeMap<String, f64>,
    labels: BTreeMap<String, BTreeSet<String>>,
}

impl Metrics {
    pub(crate) fn scrape(at: SocketAddr) -> Self {
        let answer = get(at, "/metrics");
        assert_eq!(answer.status, 200);
        assert!(
            answer
                .head
                .contains("content-type: text/plain; version=0.0.4"),
            "{}",
            answer.head
        );
        Self::parse(&answer.body)
    }

    /// A sample, as `name{label="value"}`.
    pub(crate) fn get(&self, sample: &str) -> f64 {
        self.find(sample)
            .unwrap_or_else(|| panic!("there is no {sample} in {:#?}", self.samples))
    }

    pub(crate) fn find(&self, sample: &str) -> Option<f64> {
        self.samples.get(sample).copied()
    }

    /// The sum of all samples of a metric whose labels hold `part`.
    pub(crate) fn sum(&self, name: &str, part: &str) -> f64 {
        let of = format!("{name}{{");
        let all = self.samples.iter();
        all.filter(|(sample, _)| sample.starts_with(&of) && sample.contains(part))
            .map(|(_, value)| value)
            .sum()
    }

    /// Every value of every label.
    pub(crate) fn label_values(&self) -> impl Iterator<Item = &String> {
        self.labels.values().flatten()
    }

    /// Reads a page, and refuses what the format does not allow.
    pub(crate) fn parse(text: &str) -> Self {
        let mut metrics = Self::default();
        let (mut family, mut sort) = (String::new(), String::new());
        let mut families = BTreeSet::new();
        assert!(text.ends_with('\n'), "the last line ends as well");
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, words) = help.split_once(' ').expect("a name and a help text");
                assert!(
                    !words.is_empty() && families.insert(name.to_owned()),
                    "{line}"
                );
                (family, sort) = (name.to_owned(), String::new());
            } else if let Some(of) = line.strip_prefix("# TYPE ") {
                let (name, word) = of.split_once(' ').expect("a name and a type");
                assert_eq!(name, family, "HELP and TYPE stand together");
                assert!(["counter", "gauge", "histogram"].contains(&word), "{line}");
                word.clone_into(&mut sort);
            } else {
                let name = metrics.sample(line);
                let of_family = match sort.as_str() {
                    "histogram" => ["_bucket", "_sum", "_count"]
                        .iter()
                        .any(|end| name.strip_suffix(end) == Some(&family)),
                    "counter" => name == family && name.ends_with("_total"),
                    "gauge" => name == family,
                    _ => false,
                };
                assert!(of_family, "{line} stands below {family} ({sort})");
            }
        }
        metrics.check_histograms();
        metrics
    }

    /// Reads one sample; returns its name.
    fn sample(&mut self, line: &str) -> String {
        let (sample, value) = line.rsplit_once(' ').expect("a value");
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("a number: {line}"));
        assert!(value.is_finite(), "{line}");
        let name = sample.split('{').next().unwrap_or_default();
        assert!(
            name.starts_with(|c: char| c.is_ascii_lowercase())
                && name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
            "{line}"
        );
        if let Some(labels) = sample[name.len()..].strip_prefix('{') {
            let labels = labels.strip_suffix('}').expect("a closing brace");
            self.labels_of(labels);
        }
        let again = self.samples.insert(sample.to_owned(), value);
        assert_eq!(again, None, "{sample} is there twice");
        name.to_owned()
    }

    fn labels_of(&mut self, mut text: &str) {
        while !text.is_empty() {
            let (label, rest) = text.split_once("=\"").expect("a quoted value");
            let mut value = String::new();
            let mut letters = rest.char_indices();
            let end = loop {
                match letters.next().expect("a closing quote") {
                    (at, '"') => break at,
                    (_, '\\') => match letters.next() {
                        Some((_, 'n')) => value.push('\n'),
                        Some((_, c @ ('"' | '\\'))) => value.push(c),
                        other => panic!("{other:?} cannot be escaped"),
                    },
                    (_, c) => value.push(c),
                }
            };
            self.labels
                .entry(label.to_owned())
                .or_default()
                .insert(value);
            text = rest[end + 1..]
                .strip_prefix(',')
                .unwrap_or(&rest[end + 1..]);
        }
    }

    /// Buckets grow, and the last one is the count.
    fn check_histograms(&self) {
        let counts = self
            .samples
            .iter()
            .filter(|(name, _)| name.ends_with("_count"));
        for (count, total) in counts {
            let name = count.trim_end_matches("_count");
            let mut buckets: Vec<(f64, f64)> = self
                .samples
                .iter()
                .filter_map(|(sample, value)| {
                    let le = sample.strip_prefix(&format!("{name}_bucket{{le=\""))?;
                    Some((le.trim_end_matches("\"}").parse().expect("a bound"), *value))
                })
                .collect();
            buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
            assert!(buckets.is_sorted_by(|one, next| one.1 <= next.1), "{name}");
            assert_eq!(buckets.last(), Some(&(f64::INFINITY, *total)), "{name}");
            assert!(self.samples.contains_key(&format!("{name}_sum")));
        }
    }
}
