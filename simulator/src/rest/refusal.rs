//! How Discord says no: status, code, sentence, and for forms the field that is wrong.

use serde_json::{Map, Value, json};

/// An error answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: u64, message: &str) -> Self {
        Self {
            status,
            body: json!({"message": message, "code": code}),
        }
    }

    pub(crate) fn form(errors: &Value) -> Self {
        let body = json!({"message": "Invalid Form Body", "code": 50035, "errors": errors});
        Self { status: 400, body }
    }

    /// One wrong field; `path` is dotted.
    pub(crate) fn field(path: &str, code: &str, message: &str) -> Self {
        let mut problems = Problems::default();
        problems.add(path, code, message);
        Self::form(&problems.nested())
    }
}

/// Errors that Discord documents by number, ready to use.
pub(crate) mod no {
    use super::Refusal;

    macro_rules! refusals {
        ($($name:ident = $status:literal, $code:literal, $message:literal;)*) => {
            $(pub(crate) fn $name() -> Refusal { Refusal::new($status, $code, $message) })*
        };
    }

    refusals! {
        unauthorized = 401, 0, "401: Unauthorized";
        route = 404, 0, "404: Not Found";
        unknown_application = 404, 10002, "Unknown Application";
        unknown_channel = 404, 10003, "Unknown Channel";
        unknown_guild = 404, 10004, "Unknown Guild";
        unknown_invite = 404, 10006, "Unknown Invite";
        unknown_member = 404, 10007, "Unknown Member";
        unknown_message = 404, 10008, "Unknown Message";
        unknown_overwrite = 404, 10009, "Unknown permission overwrite";
        unknown_role = 404, 10011, "Unknown Role";
        unknown_user = 404, 10013, "Unknown User";
        unknown_emoji = 400, 10014, "Unknown Emoji";
        unknown_webhook = 404, 10015, "Unknown Webhook";
        unknown_ban = 404, 10026, "Unknown Ban";
        unknown_interaction = 404, 10062, "Unknown interaction";
        unknown_command = 404, 10063, "Unknown application command";
        unknown_event = 404, 10070, "Unknown Guild Scheduled Event";
        too_many_commands = 400, 30032, "Maximum number of application commands reached (100)";
        too_many_commands_today = 429, 30034, "Max number of daily application command creates has been reached (200)";
        acknowledged = 400, 40060, "Interaction has already been acknowledged.";
        thread_exists = 400, 160_004, "A thread has already been created for this message";
        missing_access = 403, 50001, "Missing Access";
        wrong_channel_type = 400, 50024, "Cannot execute action on this channel type";
        not_in_dm = 400, 50003, "Cannot execute action on a DM channel";
        not_the_author = 403, 50005, "Cannot edit a message authored by another user";
        empty_message = 400, 50006, "Cannot send an empty message";
        no_dm = 403, 50007, "Cannot send messages to this user";
        missing_permissions = 403, 50013, "Missing Permissions";
        bulk_count = 400, 50016, "Provided too few or too many messages to delete. Must provide at least 2 and fewer than 100 messages to delete";
        webhook_token = 401, 50027, "Invalid Webhook Token";
        bulk_age = 400, 50034, "A message provided was too old to bulk delete";
        json = 400, 50109, "The request body contains invalid JSON.";
        archived_thread = 400, 50083, "Thread is archived";
        own_role = 403, 50028, "Invalid role";
    }
}

/// Field errors gathered while a form is read.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    found: Vec<(String, String, String)>,
}

impl Problems {
    pub(crate) fn add(&mut self, path: &str, code: &str, message: &str) {
        self.found
            .push((path.to_owned(), code.to_owned(), message.to_owned()));
    }

    pub(crate) fn required(&mut self, path: &str) {
        self.add(path, "BASE_TYPE_REQUIRED", "This field is required");
    }

    pub(crate) fn too_long(&mut self, path: &str, max: usize) {
        self.add(
            path,
            "BASE_TYPE_MAX_LENGTH",
            &format!("Must be {max} or fewer in length."),
        );
    }

    pub(crate) fn length(&mut self, path: &str, min: usize, max: usize) {
        self.add(
            path,
            "BASE_TYPE_BAD_LENGTH",
            &format!("Must be between {min} and {max} in length."),
        );
    }

    pub(crate) fn range(&mut self, path: &str, min: i64, max: i64) {
        self.add(
            path,
            "NUMBER_TYPE_COERCE",
            &format!("Value should be between {min} and {max}."),
        );
    }

    pub(crate) fn choice(&mut self, path: &str, choices: &str) {
        self.add(
            path,
            "BASE_TYPE_CHOICES",
            &format!("Value must be one of {{{choices}}}."),
        );
    }

    /// A text whose length in characters must be within bounds; absent and null are fine unless `needed`.
    pub(crate) fn text(
        &mut self,
        body: &Value,
        key: &str,
        path: &str,
        bounds: (usize, usize),
        needed: bool,
    ) {
        match &body[key] {
            Value::Null if needed => self.required(path),
            Value::Null => {}
            Value::String(text) => {
                let length = text.chars().count();
                if length > bounds.1 && bounds.0 == 0 {
                    self.too_long(path, bounds.1);
                } else if length < bounds.0 || length > bounds.1 {
                    self.length(path, bounds.0, bounds.1);
                }
            }
            _ => self.add(
                path,
                "STRING_TYPE_CONVERT",
                "Could not interpret value as string.",
            ),
        }
    }

    /// A whole number within bounds; absent and null are fine.
    pub(crate) fn number(&mut self, body: &Value, key: &str, path: &str, bounds: (i64, i64)) {
        match &body[key] {
            Value::Null => {}
            value => match value.as_i64() {
                Some(n) if n >= bounds.0 && n <= bounds.1 => {}
                _ => self.range(path, bounds.0, bounds.1),
            },
        }
    }

    pub(crate) fn finish(self) -> Result<(), Refusal> {
        if self.found.is_empty() {
            return Ok(());
        }
        Err(Refusal::form(&self.nested()))
    }

    /// `{"embeds": {"0": {"title": {"_errors": [..]}}}}`
    fn nested(&self) -> Value {
        let mut root = Value::Object(Map::new());
        for (path, code, message) in &self.found {
            let mut at = &mut root;
            for piece in path.split('.').filter(|piece| !piece.is_empty()) {
                at = &mut at[piece];
            }
            let error = json!({"code": code, "message": message});
            match at["_errors"].as_array_mut() {
                Some(list) => list.push(error),
                None => at["_errors"] = json!([error]),
            }
        }
        root
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_errors_are_nested_as_on_discord() {
        let mut problems = Problems::default();
        problems.too_long("embeds.0.title", 256);
        problems.required("content");
        let refusal = problems.finish().expect_err("two problems");
        assert_eq!(refusal.body["code"], 50035);
        let title = &refusal.body["errors"]["embeds"]["0"]["title"]["_errors"][0];
        assert_eq!(title["code"], "BASE_TYPE_MAX_LENGTH");
        assert_eq!(
            refusal.body["errors"]["content"]["_errors"][0]["code"],
            "BASE_TYPE_REQUIRED"
        );
    }
}
