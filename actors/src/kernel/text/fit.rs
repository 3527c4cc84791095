//! Every limit of Discord applied in one place, so that it has no reason to answer 400.
//!
//! Texts are cut with "…"; what is too many is dropped and counted ("… and 3 more"); what cannot
//! work (a component with an unusable custom id, a repeated one, an empty menu or embed) is dropped
//! silently, since no reader could have used it.

mod rows;

use super::{
    Embed, Field, Mentions, Message,
    cut::{cut, is_blank, width},
    limits,
};
use rows::fit_rows;
use std::collections::BTreeSet;

/// What is shown where Discord refuses an empty text.
const DOTS: &str = "…";
/// A text Discord accepts and nobody sees, for the name or value of a field.
const UNSEEN: &str = "\u{200B}";
/// Room kept for the field that says how many others are missing.
const NOTE_FIELD: usize = 40;
/// The last second whose year has four digits, as ISO 8601 wants.
const LAST_SECOND: i64 = 253_402_300_799;

impl Message {
    /// The message within every limit of [`limits`]; fitting it again changes nothing.
    ///
    /// Embeds beyond ten or beyond 6000 characters in all, and components beyond five rows, are
    /// dropped and counted at the end of the text. A message without text and embeds shows "…".
    #[must_use]
    pub fn fit(self) -> Self {
        let (embeds, lost_embeds) = fit_embeds(self.embeds);
        let (rows, lost_components) = fit_rows(self.rows);
        let mut content = fit_content(&self.content, lost_embeds + lost_components);
        if is_blank(&content) && embeds.is_empty() {
            DOTS.clone_into(&mut content);
        }
        Self {
            content,
            embeds,
            rows,
            mentions: fit_mentions(self.mentions),
            silent: self.silent,
        }
    }
}

/// The custom ids of one message or form.
#[derive(Default)]
pub(super) struct IdSet(BTreeSet<String>);

impl IdSet {
    /// Whether Discord accepts this id; cutting one would make it another's.
    pub(super) fn usable(id: &str) -> bool {
        !is_blank(id) && width(id) <= limits::CUSTOM_ID
    }

    /// Whether the id is usable and was not taken before.
    pub(super) fn take(&mut self, id: &str) -> bool {
        Self::usable(id) && self.0.insert(id.to_owned())
    }
}

/// The text cut to `max`, or "…" in place of a blank one.
pub(super) fn or_dots(text: &str, max: usize) -> String {
    if is_blank(text) {
        DOTS.to_owned()
    } else {
        cut(text, max).into_owned()
    }
}

fn or_nothing(text: &str, max: usize) -> String {
    if is_blank(text) {
        String::new()
    } else {
        cut(text, max).into_owned()
    }
}

fn or_unseen(text: &str, max: usize) -> String {
    if is_blank(text) {
        UNSEEN.to_owned()
    } else {
        cut(text, max).into_owned()
    }
}

fn more(n: usize) -> String {
    format!("… and {n} more")
}

fn fit_content(text: &str, lost: usize) -> String {
    if lost == 0 {
        return cut(text, limits::CONTENT).into_owned();
    }
    let note = more(lost);
    if is_blank(text) {
        return note;
    }
    let room = limits::CONTENT - width(&note) - 1;
    format!("{}\n{note}", cut(text, room))
}

fn fit_mentions(mut mentions: Mentions) -> Mentions {
    first_of_each(&mut mentions.users, limits::MENTIONS);
    first_of_each(&mut mentions.roles, limits::MENTIONS);
    mentions
}

fn first_of_each<T: Ord + Copy>(items: &mut Vec<T>, most: usize) {
    let mut seen = BTreeSet::new();
    items.retain(|item| seen.insert(*item));
    items.truncate(most);
}

fn fit_embeds(embeds: Vec<Embed>) -> (Vec<Embed>, usize) {
    let mut left = limits::EMBEDS_TOTAL;
    let mut lost = 0;
    let mut fitting = Vec::new();
    for embed in embeds {
        let embed = cut_texts(embed);
        if is_empty(&embed) {
            continue;
        }
        match within(embed, left) {
            Some(embed) if fitting.len() < limits::EMBEDS => {
                left -= embed_width(&embed);
                fitting.push(embed);
            }
            _ => lost += 1,
        }
    }
    (fitting, lost)
}

/// Each text of an embed within its own limit; addresses and instants that Discord would not
/// take are dropped.
fn cut_texts(embed: Embed) -> Embed {
    let picture = |url: &String| {
        is_url(
            url,
            &["https://", "http://", "attachment://"],
            limits::EMBED_URL,
        )
    };
    Embed {
        title: or_nothing(&embed.title, limits::EMBED_TITLE),
        url: embed
            .url
            .filter(|url| is_url(url, &["https://", "http://"], limits::EMBED_URL)),
        description: or_nothing(&embed.description, limits::EMBED_DESCRIPTION),
        fields: embed.fields.iter().map(cut_field).collect(),
        author: or_nothing(&embed.author, limits::EMBED_AUTHOR),
        footer: or_nothing(&embed.footer, limits::EMBED_FOOTER),
        colour: embed.colour.map(|colour| colour.min(limits::COLOUR)),
        image: embed.image.filter(picture),
        thumbnail: embed.thumbnail.filter(picture),
        at: embed
            .at
            .filter(|at| (0..=LAST_SECOND).contains(&at.seconds())),
    }
}

fn cut_field(field: &Field) -> Field {
    Field {
        name: or_unseen(&field.name, limits::FIELD_NAME),
        value: or_unseen(&field.value, limits::FIELD_VALUE),
        inline: field.inline,
    }
}

/// The embed within what is left of the message's total: title, author, footer, body, then as many
/// fields as fit, the others counted; `None` if nothing of it fits.
fn within(mut embed: Embed, left: usize) -> Option<Embed> {
    let count = embed.fields.len();
    if embed_width(&embed) <= left && count <= limits::EMBED_FIELDS {
        return Some(embed);
    }
    let mut room = left.checked_sub(NOTE_FIELD)?;
    for text in [
        &mut embed.title,
        &mut embed.author,
        &mut embed.footer,
        &mut embed.description,
    ] {
        *text = cut(text, room).into_owned();
        room -= width(text);
    }
    let fits = |field: &&Field| {
        let rest = room.checked_sub(field_width(field));
        room = rest.unwrap_or(room);
        rest.is_some()
    };
    let most = limits::EMBED_FIELDS - 1;
    let keep = embed.fields.iter().take(most).take_while(fits).count();
    embed.fields.truncate(keep);
    if keep < count {
        embed.fields.push(Field {
            name: UNSEEN.to_owned(),
            value: more(count - keep),
            inline: false,
        });
    }
    (!is_empty(&embed)).then_some(embed)
}

fn embed_width(embed: &Embed) -> usize {
    let texts = [
        &embed.title,
        &embed.description,
        &embed.author,
        &embed.footer,
    ];
    let fields: usize = embed.fields.iter().map(field_width).sum();
    texts.into_iter().map(|text| width(text)).sum::<usize>() + fields
}

fn field_width(field: &Field) -> usize {
    width(&field.name) + width(&field.value)
}

fn is_empty(embed: &Embed) -> bool {
    let texts = [
        &embed.title,
        &embed.description,
        &embed.author,
        &embed.footer,
    ];
    let pictures = embed.image.is_some() || embed.thumbnail.is_some();
    texts.into_iter().all(String::is_empty) && embed.fields.is_empty() && !pictures
}

fn is_url(url: &str, schemes: &[&str], max: usize) -> bool {
    let rest = schemes.iter().find_map(|scheme| url.strip_prefix(scheme));
    let usable = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | '"');
    rest.is_some_and(|rest| rest.starts_with(char::is_alphanumeric) && rest.chars().all(usable))
        && width(url) <= max
}

#[cfg(test)]
mod tests;
