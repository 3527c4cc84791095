//! Buttons and select menus, in Discord's first component layout (action rows), which
//! Discord-compatible servers know as well.
//!
//! A button's emoji is part of its label: an emoji field that Discord does not know would cost the
//! whole message.

use serde::{Deserialize, Serialize};

/// One line of components below a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Row {
    /// Buttons beside each other; more than a row holds continue on the next.
    Buttons(Vec<Button>),
    /// One menu.
    Select(Select),
}

/// A button.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What pressing it does.
    pub action: ButtonAction,
    /// The text on it; plain.
    pub label: String,
    /// Greyed out.
    pub disabled: bool,
}

/// What pressing a button does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ButtonAction {
    /// Sends us an interaction with this custom id.
    Press {
        /// What comes back to us; 1 to 100 characters, unique within the message.
        custom_id: String,
        /// Its colour.
        style: ButtonStyle,
    },
    /// Opens this address in the member's browser; we are not told.
    Open {
        /// `http(s)://…` or `discord://…`, at most 512 characters.
        url: String,
    },
}

/// Colour and weight of a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ButtonStyle {
    /// Blurple: the one action expected.
    Primary,
    /// Grey: an alternative.
    Secondary,
    /// Green: confirms.
    Success,
    /// Red: destroys.
    Danger,
}

/// A select menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Select {
    /// What comes back to us; 1 to 100 characters, unique within the message.
    pub custom_id: String,
    /// What is chosen from.
    pub kind: SelectKind,
    /// Grey text while nothing is chosen; plain.
    pub placeholder: String,
    /// Fewest choices.
    pub min: u8,
    /// Most choices, 1 to 25.
    pub max: u8,
    /// Greyed out.
    pub disabled: bool,
}

/// What a menu offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SelectKind {
    /// Our own options, at most 25.
    Options(Vec<SelectOption>),
    /// The guild's members.
    Users,
    /// The guild's roles.
    Roles,
    /// The guild's channels of these types (Discord's numbers; none listed means all).
    Channels(Vec<u8>),
}

/// One of our own options.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectOption {
    /// What the member reads; plain.
    pub label: String,
    /// What comes back to us; 1 to 100 characters, unique within the menu.
    pub value: String,
    /// A second, smaller line; plain, may be empty.
    pub description: String,
    /// Whether it is chosen already.
    pub chosen: bool,
}

impl Button {
    /// A button that sends us `custom_id`.
    #[must_use]
    pub fn press(
        custom_id: impl Into<String>,
        label: impl Into<String>,
        style: ButtonStyle,
    ) -> Self {
        let action = ButtonAction::Press {
            custom_id: custom_id.into(),
            style,
        };
        Self {
            action,
            label: label.into(),
            disabled: false,
        }
    }

    /// A button that opens an address.
    #[must_use]
    pub fn open(url: impl Into<String>, label: impl Into<String>) -> Self {
        let action = ButtonAction::Open { url: url.into() };
        Self {
            action,
            label: label.into(),
            disabled: false,
        }
    }

    /// Greys it out if `disabled`.
    #[must_use]
    pub fn disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }
}

impl Select {
    /// A menu from which exactly one is chosen.
    #[must_use]
    pub fn new(custom_id: impl Into<String>, kind: SelectKind) -> Self {
        let custom_id = custom_id.into();
        Self {
            custom_id,
            kind,
            placeholder: String::new(),
            min: 1,
            max: 1,
            disabled: false,
        }
    }

    /// Sets the grey text shown while nothing is chosen.
    #[must_use]
    pub fn placeholder(mut self, text: impl Into<String>) -> Self {
        self.placeholder = text.into();
        self
    }

    /// Sets how many may be chosen.
    #[must_use]
    pub fn between(mut self, min: u8, max: u8) -> Self {
        (self.min, self.max) = (min, max);
        self
    }
}

impl SelectOption {
    /// An option without second line.
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            value: value.into(),
            ..Self::default()
        }
    }

    /// Sets the second line.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = text.into();
        self
    }
}
