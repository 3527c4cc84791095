//! Forms ([`Modal`]) and autocomplete answers ([`Choice`]).

use super::{
    cut::{cut, is_blank, width},
    fit::{IdSet, or_dots},
    limits,
};
use serde::{Deserialize, Serialize};

/// A form of text inputs that opens over the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modal {
    /// What comes back to us; 1 to 100 characters.
    pub custom_id: String,
    /// Headline; plain, at most 45.
    pub title: String,
    /// The inputs, 1 to 5.
    pub fields: Vec<ModalField>,
}

/// A text input of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModalField {
    /// Names the input in what comes back; 1 to 100 characters, unique within the form.
    pub custom_id: String,
    /// Text above the input; plain, at most 45.
    pub label: String,
    /// One line or several.
    pub style: TextStyle,
    /// Grey text while it is empty; plain, at most 100.
    pub placeholder: String,
    /// Text it opens with.
    pub value: String,
    /// Whether it must be filled in.
    pub required: bool,
    /// Fewest characters.
    pub min: u16,
    /// Most characters, 1 to 4000.
    pub max: u16,
}

/// Height of a text input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextStyle {
    /// One line.
    Short,
    /// Several lines.
    Paragraph,
}

/// One autocomplete suggestion.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What the member reads; plain, at most 100.
    pub name: String,
    /// What the option then holds; 1 to 100 characters.
    pub value: String,
}

impl Modal {
    /// A form without inputs yet.
    #[must_use]
    pub fn new(custom_id: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            custom_id: custom_id.into(),
            title: title.into(),
            fields: Vec::new(),
        }
    }

    /// Adds an input below the others.
    #[must_use]
    pub fn field(mut self, field: ModalField) -> Self {
        self.fields.push(field);
        self
    }

    /// The form within Discord's limits: texts are cut, blank ones show "…", inputs with an
    /// unusable or repeated custom id and those beyond five are dropped.
    ///
    /// A form without a usable custom id or input is a mistake of ours; it still opens, under
    /// the custom id "-", so that the member gets the answer for unknown forms.
    #[must_use]
    pub fn fit(mut self) -> Self {
        if !IdSet::usable(&self.custom_id) {
            self.custom_id = "-".to_owned();
        }
        self.title = or_dots(&self.title, limits::MODAL_TITLE);
        let mut ids = IdSet::default();
        self.fields.retain(|field| ids.take(&field.custom_id));
        self.fields.truncate(limits::ROWS);
        if self.fields.is_empty() {
            self.fields
                .push(ModalField::new("-", "", TextStyle::Short).optional());
        }
        self.fields = self.fields.into_iter().map(ModalField::fit).collect();
        self
    }
}

impl ModalField {
    /// A required, empty input for up to 4000 characters.
    #[must_use]
    pub fn new(custom_id: impl Into<String>, label: impl Into<String>, style: TextStyle) -> Self {
        Self {
            custom_id: custom_id.into(),
            label: label.into(),
            style,
            placeholder: String::new(),
            value: String::new(),
            required: true,
            min: 0,
            max: limits::INPUT_VALUE,
        }
    }

    /// Lets it stay empty.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    /// Sets the fewest and most characters.
    #[must_use]
    pub fn between(mut self, min: u16, max: u16) -> Self {
        (self.min, self.max) = (min, max);
        self
    }

    /// Sets the grey text shown while it is empty.
    #[must_use]
    pub fn placeholder(mut self, text: impl Into<String>) -> Self {
        self.placeholder = text.into();
        self
    }

    /// Sets the text it opens with; dropped if it is shorter than the fewest characters.
    #[must_use]
    pub fn value(mut self, text: impl Into<String>) -> Self {
        self.value = text.into();
        self
    }

    fn fit(mut self) -> Self {
        self.label = or_dots(&self.label, limits::INPUT_LABEL);
        self.placeholder = cut(&self.placeholder, limits::INPUT_PLACEHOLDER).into_owned();
        self.max = self.max.clamp(1, limits::INPUT_VALUE);
        self.min = self.min.min(self.max);
        self.value = cut(&self.value, usize::from(self.max)).into_owned();
        // Code points are the smaller count: what passes is long enough however Discord counts.
        if self.value.chars().count() < usize::from(self.min) {
            self.value.clear();
        }
        self
    }
}

impl Choice {
    /// A suggestion that shows `name` and enters `value`.
    #[must_use]
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }

    /// The first 25 usable suggestions: names are cut; what is blank, has a value above 100 or
    /// shows the same name as an earlier one is dropped.
    #[must_use]
    pub fn fit(choices: Vec<Self>) -> Vec<Self> {
        let mut fitting: Vec<Self> = Vec::new();
        for choice in choices {
            let name = cut(&choice.name, limits::CHOICE_TEXT).into_owned();
            let blank = is_blank(&name) || is_blank(&choice.value);
            let repeated = fitting.iter().any(|earlier| earlier.name == name);
            if !blank && !repeated && width(&choice.value) <= limits::CHOICE_TEXT {
                fitting.push(Self {
                    name,
                    value: choice.value,
                });
            }
            if fitting.len() == limits::CHOICES {
                break;
            }
        }
        fitting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hopeless_form_still_opens() {
        let fit = Modal::new("", "").fit();
        assert_eq!(
            (fit.custom_id.as_str(), fit.title.as_str(), fit.fields.len()),
            ("-", "…", 1)
        );
    }
}
