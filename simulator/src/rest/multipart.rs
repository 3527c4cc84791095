//! `multipart/form-data`: `payload_json` and files. Forty lines, since bodies are whole in memory anyway.

use crate::record::FileRecord;
use serde_json::Value;

/// Bytes of a file that are remembered.
const TEXT_KEPT: usize = 16 << 10;

/// The two things Discord reads from a form.
#[derive(Debug, Default)]
pub(crate) struct Form {
    pub(crate) payload: Value,
    pub(crate) files: Vec<FileRecord>,
}

/// The boundary, if the content type says multipart.
pub(crate) fn boundary(content_type: &str) -> Option<&str> {
    let parameters = content_type.strip_prefix("multipart/form-data")?;
    let (_, boundary) = parameters.split_once("boundary=")?;
    Some(
        boundary
            .split(';')
            .next()
            .unwrap_or(boundary)
            .trim()
            .trim_matches('"'),
    )
}

/// `None` if it is no form or `payload_json` is no JSON.
pub(crate) fn parse(body: &[u8], boundary: &str) -> Option<Form> {
    let delimiter = format!("--{boundary}");
    let mut form = Form::default();
    let mut rest = &body[find(body, delimiter.as_bytes())? + delimiter.len()..];
    while !rest.starts_with(b"--") {
        let head_end = find(rest, b"\r\n\r\n")?;
        let head = std::str::from_utf8(rest.get(2..head_end)?).ok()?;
        let content = &rest[head_end + 4..];
        let length = find(content, format!("\r\n{delimiter}").as_bytes())?;
        add_part(&mut form, head, &content[..length])?;
        rest = &content[length + 2 + delimiter.len()..];
    }
    Some(form)
}

fn add_part(form: &mut Form, head: &str, content: &[u8]) -> Option<()> {
    let name = parameter(head, "name")?;
    match parameter(head, "filename") {
        Some(filename) => form.files.push(FileRecord {
            field: name,
            filename,
            content_type: header(head, "content-type")
                .unwrap_or("application/octet-stream")
                .to_owned(),
            size: content.len(),
            text: String::from_utf8_lossy(&content[..content.len().min(TEXT_KEPT)]).into_owned(),
        }),
        None if name == "payload_json" => form.payload = serde_json::from_slice(content).ok()?,
        None => {
            let text = String::from_utf8_lossy(content).into_owned();
            form.payload[name] = Value::String(text);
        }
    }
    Some(())
}

fn header<'a>(head: &'a str, wanted: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted))
        .map(|(_, value)| value.trim())
}

/// `name="..."` of Content-Disposition.
fn parameter(head: &str, name: &str) -> Option<String> {
    let disposition = header(head, "content-disposition")?;
    disposition.split(';').find_map(|piece| {
        let (key, value) = piece.trim().split_once('=')?;
        (key == name).then(|| value.trim_matches('"').to_owned())
    })
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_with_payload_and_file_is_read() {
        let body = b"--X\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n{\"content\":\"hi\"}\r\n\
--X\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nline\r\n\r\nline\r\n--X--\r\n";
        assert_eq!(boundary("multipart/form-data; boundary=X"), Some("X"));
        let form = parse(body, "X").expect("a form");
        assert_eq!(form.payload["content"], "hi");
        assert_eq!(form.files.len(), 1);
        assert_eq!(
            (form.files[0].filename.as_str(), form.files[0].size),
            ("a.txt", 12)
        );
        assert_eq!(form.files[0].text, "line\r\n\r\nline");
    }

    #[test]
    fn damaged_forms_are_none() {
        assert!(
            parse(
                b"--X\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n{",
                "X"
            )
            .is_none()
        );
        assert!(parse(b"", "X").is_none());
    }
}
