//! Lists that are leafed through: ten lines, and buttons to the pages around them.
//!
//! Nothing of a list is kept. A button names the page it leads to and what the list was of, so that
//! pressing it makes the list anew: it shows what is true now, and works after any restart. A list
//! that has become shorter ends earlier.

use super::{
    address::Kind,
    custom_id::CustomId,
    text::{Button, ButtonStyle, Embed, Message, Row},
};

/// Lines of one page.
pub const LINES: usize = 10;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Above the lines.
    pub title: String,
    /// The page's lines; already escaped.
    pub lines: Vec<String>,
    /// Which page, counted from 0.
    pub page: usize,
    /// How many lines the whole list has.
    pub of: usize,
    /// Below the lines.
    pub foot: String,
}

/// How many pages so many lines fill.
#[must_use]
pub const fn pages(lines: usize) -> usize {
    lines.div_ceil(LINES)
}

/// The page of that number, or the last one of a list of so many lines.
#[must_use]
pub const fn within(page: usize, lines: usize) -> usize {
    let last = pages(lines).saturating_sub(1);
    if page < last { page } else { last }
}

/// The page as a message. Its buttons call `action` of the feature with the page, then `args`: they are
/// short, because a custom id has at most 100 characters.
#[must_use]
pub fn view(kind: Kind, action: &str, args: &[&str], page: Page) -> Message {
    let Page {
        title,
        lines,
        page,
        of,
        foot,
    } = page;
    let last = pages(of).saturating_sub(1);
    let counted = if last == 0 {
        foot
    } else {
        let number = format!("Page {} of {}", page + 1, last + 1);
        [number, foot]
            .join(" · ")
            .trim_end_matches(" · ")
            .to_owned()
    };
    let embed = Embed::new(title)
        .description(lines.join("\n"))
        .footer(counted);
    let message = Message::default().embed(embed);
    if last == 0 {
        return message;
    }
    // The place tells apart what leads to the same page.
    let button = |place: &str, label: &str, to: usize| {
        let number = to.to_string();
        let parts: Vec<&str> = [number.as_str()]
            .into_iter()
            .chain(args.iter().copied())
            .chain([place])
            .collect();
        let id = CustomId::new(kind, action, &parts).to_string();
        Button::press(id, label, ButtonStyle::Secondary).disabled(to == page)
    };
    message.row(Row::Buttons(vec![
        button("first", "«", 0),
        button("back", "‹", page.saturating_sub(1)),
        button("on", "›", (page + 1).min(last)),
        button("last", "»", last),
    ]))
}

/// The page that a button of [`view`] leads to.
#[must_use]
pub fn asked(id: &CustomId) -> Option<usize> {
    id.arg(0)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::text::{ButtonAction, limits};
    use std::collections::BTreeSet;

    fn page(page: usize, of: usize) -> Page {
        Page {
            title: "Title".to_owned(),
            lines: vec!["line".to_owned()],
            page,
            of,
            foot: "foot".to_owned(),
        }
    }

    /// Custom ids of the buttons, and which of them can be pressed.
    fn buttons(message: &Message) -> Vec<(String, bool)> {
        let Some(Row::Buttons(buttons)) = message.rows.first() else {
            return Vec::new();
        };
        let id = |button: &Button| match &button.action {
            ButtonAction::Press { custom_id, .. } => (custom_id.clone(), !button.disabled),
            ButtonAction::Open { .. } => panic!("it leads away"),
        };
        buttons.iter().map(id).collect()
    }

    #[test]
    fn a_list_of_one_page_has_no_buttons() {
        for of in [0, 1, LINES] {
            let message = view(Kind::Presence, "top", &[], page(0, of));
            assert_eq!(message.rows, []);
            assert_eq!(message.embeds[0].footer, "foot");
        }
    }

    #[test]
    fn buttons_lead_to_the_pages_around() {
        let ids = |at: usize| buttons(&view(Kind::Presence, "top", &["voice"], page(at, 25)));
        let id = |to: usize, place: &str| format!("g1:presence:top:{to}:voice:{place}");
        assert_eq!(
            ids(0),
            [
                (id(0, "first"), false),
                (id(0, "back"), false),
                (id(1, "on"), true),
                (id(2, "last"), true)
            ]
        );
        assert_eq!(
            ids(2),
            [
                (id(0, "first"), true),
                (id(1, "back"), true),
                (id(2, "on"), false),
                (id(2, "last"), false)
            ]
        );
        let pressed = CustomId::parse(&ids(0)[2].0).unwrap();
        assert_eq!((asked(&pressed), pressed.arg(1)), (Some(1), Some("voice")));
        assert_eq!(asked(&CustomId::new(Kind::Presence, "top", &["x"])), None);
        let footer = &view(Kind::Presence, "top", &[], page(1, 25)).embeds[0].footer;
        assert_eq!(footer, "Page 2 of 3 · foot");
    }

    #[test]
    fn a_page_behind_the_end_is_the_last_one() {
        assert_eq!([within(0, 0), within(9, 0), within(9, 10)], [0, 0, 0]);
        assert_eq!(
            [within(1, 11), within(9, 11), within(usize::MAX, 25)],
            [1, 1, 2]
        );
    }

    #[test]
    fn custom_ids_are_short_enough_and_distinct_on_every_page() {
        let most = usize::MAX / LINES;
        for (at, of) in [(0, 25), (1, 25), (2, 25), (most, usize::MAX)] {
            let ids = buttons(&view(
                Kind::Presence,
                "inactive",
                &["everything"],
                page(at, of),
            ));
            let once: BTreeSet<&String> = ids.iter().map(|(id, _)| id).collect();
            assert_eq!(once.len(), 4);
            assert!(once.iter().all(|id| id.len() <= limits::CUSTOM_ID));
        }
    }
}
