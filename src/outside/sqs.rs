//! A queue of Amazon SQS, or of something that speaks like it: one message for each line, as JSON ([`super::line`]).
//!
//! A queue whose name ends in `.fifo` keeps the order within a group, and a group is a channel. A batch may
//! come back with some entries refused and later ones taken, so a batch holds one entry of a channel at most,
//! and a channel's next entry leaves when the one before is confirmed. Such a queue drops what it got within
//! the last five minutes under the same name (message, what became of it, when). After a crash followed by a
//! longer outage a page may come twice; its lines are named the same, so whoever reads them can tell.
//!
//! What was confirmed is remembered while the process lives, so that a page that got half way is not sent
//! from its beginning.

mod aws;
mod roster;
mod sigv4;

use super::{
    Page, QueueSettings, SinkFault,
    http::{Answer, Http},
    line::{Shown, kind},
};
use actors::kernel::{
    spool::{Cursor, Line, Place},
    time::Timestamp,
};
use aws::Credentials;
use chrono::DateTime;
use http::Method;
use serde_json::{Value, json};
use std::{
    collections::{BTreeSet, VecDeque},
    time::{SystemTime, UNIX_EPOCH},
};

/// Entries of one request.
const BATCH: usize = 10;
const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// See the module docs.
pub struct Queue {
    url: String,
    /// Where requests go, without the path.
    endpoint: String,
    host: String,
    region: String,
    fifo: bool,
    http: Http,
    credentials: Option<Credentials>,
    /// Amazon's clock minus ours, in milliseconds.
    skew: i64,
    /// Which entries of the page that begins there have arrived.
    arrived: (Place, BTreeSet<usize>),
}

/// A message of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    number: usize,
    group: String,
    name: String,
    body: String,
}

impl Queue {
    /// The queue with these settings.
    ///
    /// # Errors
    /// What is wrong with them, in words.
    pub fn new(settings: &QueueSettings) -> Result<Self, String> {
        let url = settings.url.trim_end_matches('/').to_owned();
        let endpoint = settings.endpoint.as_deref().unwrap_or(&url);
        let (scheme, rest) = endpoint
            .split_once("://")
            .ok_or("the queue's address begins with https://")?;
        let host = rest.split('/').next().unwrap_or(rest).to_owned();
        let region = aws::region(settings.region.as_deref(), &host)
            .ok_or("the region of the queue is not known: set sqs.region, or AWS_REGION")?;
        Ok(Self {
            endpoint: format!("{scheme}://{host}/"),
            fifo: url.ends_with(".fifo"),
            url,
            host,
            region,
            http: Http::new()?,
            credentials: None,
            skew: 0,
            arrived: (Place::default(), BTreeSet::new()),
        })
    }

    pub(super) async fn deliver(&mut self, page: &Page) -> Result<Cursor, SinkFault> {
        if self.arrived.0 != page.cursor.at {
            self.arrived = (page.cursor.at, BTreeSet::new());
        }
        let mut waiting: VecDeque<Entry> = entries(page).into();
        waiting.retain(|entry| !self.arrived.1.contains(&entry.number));
        while !waiting.is_empty() {
            let batch = batch(&mut waiting, self.fifo);
            let (taken, said) = self.send(&batch).await;
            self.arrived.1.extend(taken);
            said?;
        }
        Ok(page.arrived())
    }

    pub(super) async fn probe(&mut self) -> Result<String, SinkFault> {
        let asked = json!({"QueueUrl": self.url, "AttributeNames": ["QueueArn"]});
        self.call("GetQueueAttributes", &asked).await?;
        let order = if self.fifo { "keeps" } else { "does not keep" };
        Ok(format!("the queue answers; it {order} the order"))
    }

    /// The numbers of the entries that were taken, and why not all of them.
    async fn send(&mut self, batch: &[Entry]) -> (BTreeSet<usize>, Result<(), SinkFault>) {
        let listed: Vec<Value> = batch.iter().map(|entry| entry.json(self.fifo)).collect();
        let asked = json!({"QueueUrl": self.url, "Entries": listed});
        let answer = match self.call("SendMessageBatch", &asked).await {
            Ok(answer) => answer,
            Err(fault) => return (BTreeSet::new(), Err(fault)),
        };
        let taken = answer["Successful"].as_array().into_iter().flatten();
        let taken = taken.filter_map(|taken| taken["Id"].as_str()?.parse().ok());
        let taken: BTreeSet<usize> = taken.collect();
        let mut missing = batch.iter().filter(|entry| !taken.contains(&entry.number));
        let said = missing
            .next()
            .map_or(Ok(()), |first| Err(refused(&answer, first.number)));
        (taken, said)
    }

    async fn call(&mut self, action: &str, asked: &Value) -> Result<Value, SinkFault> {
        let now = now_ms() + self.skew;
        let lasting = self.credentials.take().filter(|held| held.last(now));
        let held = match lasting {
            Some(held) => held,
            None => aws::find(&self.http).await.map_err(SinkFault::Refused)?,
        };
        let body = asked.to_string().into_bytes();
        let date = sigv4::date(Timestamp::from_millis(now));
        let target = format!("AmazonSQS.{action}");
        // Sorted, as the signature wants them.
        let mut headers = vec![
            ("content-type", CONTENT_TYPE),
            ("host", &self.host),
            ("x-amz-date", &date),
        ];
        if let Some(token) = &held.keys.token {
            headers.push(("x-amz-security-token", token));
        }
        headers.push(("x-amz-target", &target));
        let scope = sigv4::Scope {
            region: &self.region,
            service: "sqs",
        };
        let signed = sigv4::authorization(&held.keys, scope, &date, ("POST", "/"), &headers, &body);
        headers.push(("authorization", &signed));
        let call = self
            .http
            .call(Method::POST, &self.endpoint, &headers, body, None);
        let answer = call.await.map_err(SinkFault::Away)?;
        if answer.status == 200 {
            self.credentials = Some(held);
            return serde_json::from_slice(&answer.body)
                .map_err(|fault| SinkFault::Away(format!("the answer cannot be read: {fault}")));
        }
        self.learn_the_time(&answer);
        Err(judged(&answer))
    }

    /// After a refusal: a signature of another quarter of an hour is not taken.
    fn learn_the_time(&mut self, answer: &Answer) {
        let date = answer
            .headers
            .get("date")
            .and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        if let Some(date) = date.filter(|_| answer.status == 403 || answer.status == 400) {
            self.skew = date.timestamp_millis() - now_ms();
        }
    }
}

/// Why an entry was not taken, by an answer about its batch.
fn refused(answer: &Value, number: usize) -> SinkFault {
    let refused = answer["Failed"].as_array().into_iter().flatten();
    let mut refused = refused.filter(|failed| failed["Id"] == *number.to_string());
    let Some(failed) = refused.next() else {
        return SinkFault::Away("the queue did not take everything".to_owned());
    };
    let why = format!("{}: {}", failed["Code"], failed["Message"]);
    if failed["SenderFault"] == true {
        SinkFault::Refused(why)
    } else {
        SinkFault::Away(why)
    }
}

/// The system's clock: signatures are compared with Amazon's, not with Discord's.
fn now_ms() -> i64 {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH);
    passed.map_or(0, |passed| {
        i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)
    })
}

/// Whether the service is not well, or says no.
fn judged(answer: &Answer) -> SinkFault {
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let code = said["__type"].as_str().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or(code);
    let why = said["message"].as_str().or(said["Message"].as_str());
    // Some answer in XML when they cannot tell who asks.
    let other = String::from_utf8_lossy(&answer.body);
    let why = why.unwrap_or(&other);
    let text: String = format!("{} {code} {why}", answer.status);
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text: String = text.chars().take(300).collect();
    let too_fast = answer.status == 429 || code.contains("Throttl");
    if answer.status >= 500 || too_fast {
        SinkFault::Away(text)
    } else {
        SinkFault::Refused(text)
    }
}

/// What a page is as messages, in order.
fn entries(page: &Page) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut push = |group: String, name: String, shown: &Shown| {
        entries.push(Entry {
            number: entries.len(),
            group,
            name,
            body: shown.json(),
        });
    };
    if let Some(hole) = &page.cursor.hole {
        let name = format!("lost:{}", page.cursor.lost);
        push("lost".to_owned(), name, &Shown::hole(hole));
    }
    for row in &page.rows {
        for line in &row.lines {
            let (group, name) = match line {
                Line::Message(note) => {
                    let name = format!("{}:{}:{}", note.message, kind(note), note.at.millis());
                    (note.channel.to_string(), name)
                }
                Line::Forget { user, at } => {
                    let name = format!("{user}:forget:{}", at.millis());
                    (format!("forget:{}", row.guild), name)
                }
            };
            push(group, name, &Shown::line(row.guild, line));
        }
    }
    entries
}

/// Takes the next entries out: of a queue that keeps the order one of each group at most.
fn batch(waiting: &mut VecDeque<Entry>, fifo: bool) -> Vec<Entry> {
    let (mut batch, mut later, mut groups) = (Vec::new(), VecDeque::new(), BTreeSet::new());
    while let Some(entry) = waiting.pop_front() {
        let fits = batch.len() < BATCH && (!fifo || !groups.contains(&entry.group));
        groups.insert(entry.group.clone());
        if fits {
            batch.push(entry);
        } else {
            later.push_back(entry);
        }
        if batch.len() == BATCH {
            break;
        }
    }
    later.append(waiting);
    *waiting = later;
    batch
}

impl Entry {
    fn json(&self, fifo: bool) -> Value {
        let mut entry = json!({"Id": self.number.to_string(), "MessageBody": self.body});
        if fifo {
            entry["MessageGroupId"] = json!(self.group);
            entry["MessageDeduplicationId"] = json!(self.name);
        }
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: usize, group: &str) -> Entry {
        Entry {
            number,
            group: group.to_owned(),
            name: number.to_string(),
            body: String::new(),
        }
    }

    fn numbers(batch: &[Entry]) -> Vec<usize> {
        batch.iter().map(|entry| entry.number).collect()
    }

    #[test]
    fn a_batch_has_one_entry_of_a_channel_and_a_channel_keeps_its_order() {
        let groups = ["a", "b", "a", "c", "a", "b"];
        let all = || -> VecDeque<Entry> {
            let numbered = groups.iter().enumerate();
            numbered
                .map(|(number, group)| entry(number, group))
                .collect()
        };
        let mut waiting = all();
        assert_eq!(numbers(&batch(&mut waiting, true)), [0, 1, 3]);
        assert_eq!(numbers(&batch(&mut waiting, true)), [2, 5]);
        assert_eq!(numbers(&batch(&mut waiting, true)), [4]);
        assert!(waiting.is_empty());
        assert_eq!(numbers(&batch(&mut all(), false)), [0, 1, 2, 3, 4, 5]);
        let mut many: VecDeque<Entry> = (0..25).map(|n| entry(n, &n.to_string())).collect();
        assert_eq!(batch(&mut many, true).len(), BATCH);
        assert_eq!(numbers(many.make_contiguous())[0], 10);
    }

    #[test]
    fn what_helps_by_waiting_is_told_from_what_does_not() {
        let judge = |status, body: &str| {
            judged(&Answer {
                status,
                headers: http::HeaderMap::new(),
                body: bytes::Bytes::copy_from_slice(body.as_bytes()),
            })
        };
        let no = r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no such queue"}"#;
        let expected = SinkFault::Refused("400 QueueDoesNotExist no such queue".to_owned());
        assert_eq!(judge(400, no), expected);
        assert!(matches!(judge(503, ""), SinkFault::Away(_)));
        let fast = r#"{"__type":"RequestThrottled"}"#;
        assert!(matches!(judge(400, fast), SinkFault::Away(_)));
    }
}
