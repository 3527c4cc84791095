//! Embeds: the cards below a message's text.

use crate::kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A card; an empty text is an absent one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Embed {
    /// Headline; renders markdown.
    pub title: String,
    /// Where the headline leads, `http(s)://…`.
    pub url: Option<String>,
    /// Body; renders markdown.
    pub description: String,
    /// Named values below the body.
    pub fields: Vec<Field>,
    /// Small line above the title; plain text.
    pub author: String,
    /// Small line at the bottom; plain text.
    pub footer: String,
    /// Colour of the left edge, `0xRRGGBB`.
    pub colour: Option<u32>,
    /// Large picture, `https://…` or `attachment://file`.
    pub image: Option<String>,
    /// Small picture at the right, `https://…` or `attachment://file`.
    pub thumbnail: Option<String>,
    /// An instant shown beside the footer in the reader's zone.
    pub at: Option<Timestamp>,
}

/// A named value of an embed; both texts render markdown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The bold line.
    pub name: String,
    /// The text below it.
    pub value: String,
    /// Whether it may stand beside its neighbours, at most three to a line.
    pub inline: bool,
}

impl Embed {
    /// A card with this headline, which may be empty.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            ..Self::default()
        }
    }

    /// Sets the address the headline leads to.
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = text.into();
        self
    }

    /// Adds a named value.
    #[must_use]
    pub fn field(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
        inline: bool,
    ) -> Self {
        self.fields.push(Field {
            name: name.into(),
            value: value.into(),
            inline,
        });
        self
    }

    /// Sets the small line above the title.
    #[must_use]
    pub fn author(mut self, name: impl Into<String>) -> Self {
        self.author = name.into();
        self
    }

    /// Sets the small line at the bottom.
    #[must_use]
    pub fn footer(mut self, text: impl Into<String>) -> Self {
        self.footer = text.into();
        self
    }

    /// Sets the colour of the left edge, `0xRRGGBB`.
    #[must_use]
    pub fn colour(mut self, rgb: u32) -> Self {
        self.colour = Some(rgb);
        self
    }

    /// Sets the large picture.
    #[must_use]
    pub fn image(mut self, url: impl Into<String>) -> Self {
        self.image = Some(url.into());
        self
    }

    /// Sets the small picture.
    #[must_use]
    pub fn thumbnail(mut self, url: impl Into<String>) -> Self {
        self.thumbnail = Some(url.into());
        self
    }

    /// Sets the instant shown beside the footer.
    #[must_use]
    pub fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }
}
