//! Percent-encoding for the two places that need it: paths and the audit-log reason.

/// Longest reason that Discord takes, in characters before encoding (docs, "Audit log resource").
pub const AUDIT_REASON_MAX: usize = 512;

/// RFC 3986's unreserved characters.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_unreserved(byte) {
            out.push(char::from(byte));
        } else {
            const HEX: &[u8; 16] = b"0123456789ABCDEF";
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    out
}

/// One segment of a path: whatever a foreign server puts into a token, it stays one segment.
#[must_use]
pub fn escape_path(segment: &str) -> String {
    percent(segment)
}

/// The value of `X-Audit-Log-Reason`: cut to what Discord takes, then URL-encoded UTF-8.
#[must_use]
pub fn escape_reason(reason: &str) -> String {
    let cut: String = reason.chars().take(AUDIT_REASON_MAX).collect();
    percent(&cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_cut_by_characters_and_encoded_as_utf_8() {
        assert_eq!(
            escape_reason("spam & scam: größer"),
            "spam%20%26%20scam%3A%20gr%C3%B6%C3%9Fer"
        );
        assert_eq!(escape_reason(&"ä".repeat(600)).len(), AUDIT_REASON_MAX * 6);
    }

    #[test]
    fn a_token_stays_one_segment_and_an_ordinary_one_stays_as_it_is() {
        assert_eq!(escape_path("aW50ZXJhY3Rpb24_-.~"), "aW50ZXJhY3Rpb24_-.~");
        assert_eq!(escape_path("../x?y"), "..%2Fx%3Fy");
    }
}
