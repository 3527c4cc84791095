//! Buttons and menus within the limits.

use super::{IdSet, first_of_each, is_url, more, or_dots, or_nothing};
use crate::kernel::text::{
    Button, ButtonAction, Row, Select, SelectKind, SelectOption,
    cut::{cut, is_blank, width},
    limits,
};
use std::collections::BTreeSet;

/// Rows with only components that work, five at most, and how many components that cost.
pub(super) fn fit_rows(rows: Vec<Row>) -> (Vec<Row>, usize) {
    let mut ids = IdSet::default();
    let mut fitting: Vec<Row> = rows
        .into_iter()
        .flat_map(|row| fit_row(row, &mut ids))
        .collect();
    let dropped = fitting.split_off(fitting.len().min(limits::ROWS));
    let lost = dropped.iter().map(|row| match row {
        Row::Buttons(buttons) => buttons.len(),
        Row::Select(_) => 1,
    });
    (fitting, lost.sum())
}

fn fit_row(row: Row, ids: &mut IdSet) -> Vec<Row> {
    match row {
        Row::Buttons(buttons) => {
            let buttons: Vec<Button> = buttons
                .into_iter()
                .filter_map(|b| fit_button(b, ids))
                .collect();
            buttons
                .chunks(limits::ROW_BUTTONS)
                .map(|row| Row::Buttons(row.to_vec()))
                .collect()
        }
        Row::Select(select) => fit_select(select, ids)
            .map(Row::Select)
            .into_iter()
            .collect(),
    }
}

fn fit_button(mut button: Button, ids: &mut IdSet) -> Option<Button> {
    let works = match &button.action {
        ButtonAction::Press { custom_id, .. } => ids.take(custom_id),
        ButtonAction::Open { url } => is_url(
            url,
            &["https://", "http://", "discord://"],
            limits::BUTTON_URL,
        ),
    };
    button.label = or_dots(&button.label, limits::BUTTON_LABEL);
    works.then_some(button)
}

fn fit_select(mut select: Select, ids: &mut IdSet) -> Option<Select> {
    let mut lost = 0;
    let mut most = limits::SELECT_OPTIONS;
    match &mut select.kind {
        SelectKind::Options(options) => {
            *options = fit_options(std::mem::take(options));
            lost = options.len().saturating_sub(most);
            options.truncate(most);
            most = options.len();
        }
        SelectKind::Channels(types) => first_of_each(types, usize::from(u8::MAX)),
        SelectKind::Users | SelectKind::Roles => {}
    }
    if most == 0 || !ids.take(&select.custom_id) {
        return None;
    }
    select.max = select.max.clamp(1, u8::try_from(most).unwrap_or(1));
    select.min = select.min.min(select.max);
    if let SelectKind::Options(options) = &mut select.kind {
        let chosen = options.iter_mut().filter(|option| option.chosen);
        chosen
            .skip(usize::from(select.max))
            .for_each(|option| option.chosen = false);
    }
    select.placeholder = fit_placeholder(&select.placeholder, lost);
    Some(select)
}

fn fit_placeholder(text: &str, lost: usize) -> String {
    if lost == 0 {
        return or_nothing(text, limits::SELECT_PLACEHOLDER);
    }
    let note = more(lost);
    let room = limits::SELECT_PLACEHOLDER - width(&note) - 1;
    format!("{} {note}", cut(text.trim(), room))
        .trim_start()
        .to_owned()
}

fn fit_options(mut options: Vec<SelectOption>) -> Vec<SelectOption> {
    let mut values = BTreeSet::new();
    let works = |option: &SelectOption| {
        let text = !is_blank(&option.label) && !is_blank(&option.value);
        text && width(&option.value) <= limits::SELECT_OPTION_TEXT
            && values.insert(option.value.clone())
    };
    options.retain(works);
    for option in &mut options {
        option.label = cut(&option.label, limits::SELECT_OPTION_TEXT).into_owned();
        option.description = or_nothing(&option.description, limits::SELECT_OPTION_TEXT);
    }
    options
}
