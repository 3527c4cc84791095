//! Discord's limits on what we send.
//!
//! Texts are measured with [`width`](super::width). Sources: "docs" is Discord's API reference
//! (the page is named), "openapi" is `discord/discord-api-spec`, `specs/openapi.json`.

/// Longest message text (docs "Create Message"; openapi says 4000, which bots do not get).
pub const CONTENT: usize = 2000;
/// Most embeds of one message (openapi `MessageCreateRequest`).
pub const EMBEDS: usize = 10;
/// Most text of all embeds of one message together: titles, descriptions, field names and values,
/// footers and authors (docs "Message", "Embed Limits").
pub const EMBEDS_TOTAL: usize = 6000;
/// Longest embed title (openapi `RichEmbed`).
pub const EMBED_TITLE: usize = 256;
/// Longest embed description (openapi `RichEmbed`).
pub const EMBED_DESCRIPTION: usize = 4096;
/// Most fields of one embed (openapi `RichEmbed`).
pub const EMBED_FIELDS: usize = 25;
/// Longest name of an embed field (openapi `RichEmbedField`).
pub const FIELD_NAME: usize = 256;
/// Longest value of an embed field (openapi `RichEmbedField`).
pub const FIELD_VALUE: usize = 1024;
/// Longest embed footer (openapi `RichEmbedFooter`).
pub const EMBED_FOOTER: usize = 2048;
/// Longest name of an embed's author (openapi `RichEmbedAuthor`).
pub const EMBED_AUTHOR: usize = 256;
/// Longest address in an embed (openapi `RichEmbed`).
pub const EMBED_URL: usize = 2048;
/// Largest colour, white (openapi `RichEmbed`).
pub const COLOUR: u32 = 0x00FF_FFFF;

/// Most action rows of one message or modal (docs "Component Reference").
pub const ROWS: usize = 5;
/// Most buttons of one row (docs "Component Reference", "Action Row").
pub const ROW_BUTTONS: usize = 5;
/// Longest custom id; one character is the shortest (openapi, every component).
pub const CUSTOM_ID: usize = 100;
/// Longest button label (openapi `ButtonComponentForMessageRequest`).
pub const BUTTON_LABEL: usize = 80;
/// Longest address of a link button (openapi `ButtonComponentForMessageRequest`).
pub const BUTTON_URL: usize = 512;
/// Most options of a select menu (openapi `StringSelectComponentForMessageRequest`).
pub const SELECT_OPTIONS: usize = 25;
/// Longest label, value or description of a select option (openapi `StringSelectOptionForRequest`).
pub const SELECT_OPTION_TEXT: usize = 100;
/// Longest placeholder of a select menu (openapi `StringSelectComponentForMessageRequest`).
pub const SELECT_PLACEHOLDER: usize = 150;

/// Longest title of a modal (openapi `ModalInteractionCallbackRequestData`).
pub const MODAL_TITLE: usize = 45;
/// Longest label of a text input (openapi `TextInputComponentForModalRequest`).
pub const INPUT_LABEL: usize = 45;
/// Longest placeholder of a text input (openapi `TextInputComponentForModalRequest`).
pub const INPUT_PLACEHOLDER: usize = 100;
/// Longest text a member can enter (openapi `TextInputComponentForModalRequest`).
pub const INPUT_VALUE: u16 = 4000;

/// Most autocomplete choices (openapi `InteractionApplicationCommandAutocompleteCallbackStringData`).
pub const CHOICES: usize = 25;
/// Longest name or text value of a choice (docs "Application Commands", "Option Choice Structure").
pub const CHOICE_TEXT: usize = 100;

/// Most users, and most roles, that one message may ping (openapi `MessageAllowedMentionsRequest`).
pub const MENTIONS: usize = 100;
/// Longest nickname (docs "Usernames and Nicknames").
pub const NICKNAME: usize = 32;
/// Longest audit-log reason (docs "Audit Logs"); the header carries it percent-encoded.
pub const AUDIT_REASON: usize = 512;
/// Longest name of a thread or channel (docs "Channel").
pub const THREAD_NAME: usize = 100;
/// Longest nonce as text (openapi `MessageCreateRequest`).
pub const NONCE: usize = 25;

/// Most files of one message (docs "Uploading Files").
pub const FILES: usize = 10;
/// Most bytes of all files of one message together; Discord takes at least 10 MiB (docs "Uploading
/// Files"), and the rest of the request is in it too.
pub const FILES_TOTAL: usize = 8 << 20;
/// Longest description of a file (openapi `MessageAttachmentRequest`).
pub const FILE_DESCRIPTION: usize = 1024;
