use super::*;
use std::sync::{Mutex, PoisonError};

/// Where the lines of a test go.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Page {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

const TOKEN: &str = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs";

fn logged(format: Format, level: &str, act: impl FnOnce()) -> String {
    let page = Page::default();
    let writer = page.clone();
    let writer = Redacting::new(move || writer.clone(), vec![Secret::new(TOKEN.to_owned())]);
    let levels: Levels = level.parse().unwrap();
    tracing::subscriber::with_default(subscriber(format, &levels, false, writer), act);
    page.text()
}

#[test]
fn a_token_never_reaches_the_log_however_it_is_logged() {
    for format in [Format::Human, Format::Json] {
        let text = logged(format, "trace", || {
            let secret = Secret::new(TOKEN.to_owned());
            tracing::info!(?secret, "as a secret");
            tracing::info!(token = TOKEN, "as a field");
            tracing::debug!("in a sentence: {TOKEN}, twice: Bot {TOKEN}");
            let span = tracing::info_span!("identify", header = TOKEN);
            span.in_scope(|| tracing::warn!("in a span"));
            tracing::error!(fault = %io::Error::other(TOKEN), "in an error");
        });
        assert_eq!(text.lines().count(), 5, "{text}");
        assert!(text.contains("[secret]"), "{text}");
        assert!(!text.contains(TOKEN), "{text}");
        assert!(!text.contains("ZnCjm1XVW7vRze4b7Cq4se7kKWs"), "{text}");
    }
}

#[test]
fn json_logs_are_one_object_per_line_with_values_as_fields() {
    let text = logged(Format::Json, "info", || {
        tracing::info!(guild = 7_u64, "turn");
    });
    let line: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
    assert_eq!(line["guild"], 7);
    assert_eq!(line["message"], "turn");
    assert_eq!(line["level"], "INFO");
}

#[test]
fn what_a_library_says_in_detail_is_not_written() {
    let text = logged(Format::Human, "trace", || {
        tracing::debug!(target: "twilight_gateway::shard", "received: {{\"content\":\"hello\"}}");
        tracing::warn!(target: "twilight_gateway::shard", "reconnecting");
    });
    assert!(!text.contains("hello"), "{text}");
    assert!(text.contains("reconnecting"), "{text}");
}
