//! Where one looks: panes, rows, the part of the timeline; by keys and by the mouse.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::{
    super::{
        effect::Effect,
        keymap::Action,
        lane::Window,
        model::{Model, Pane, Tab},
        view,
    },
    popup,
};

pub(super) fn next_pane(pane: Pane) -> Pane {
    match pane {
        Pane::Services => Pane::Detail,
        Pane::Detail => Pane::Log,
        Pane::Log => Pane::Services,
    }
}

pub(super) fn page(model: &Model) -> isize {
    let areas = view::areas(model);
    let area = match model.screen.pane {
        Pane::Services => areas.services,
        Pane::Detail => areas.detail,
        Pane::Log => areas.log,
    };
    isize::try_from(area.height.saturating_sub(3).max(1)).unwrap_or(1)
}

/// Moves in the pane that has the keys.
pub(super) fn step(model: &mut Model, by: isize) {
    match (model.screen.pane, model.screen.tab) {
        (Pane::Services, _) => {
            let rows = model.rows();
            let at = rows.iter().position(|row| Some(&row.key) == model.screen.selected.as_ref());
            let to = moved(at.unwrap_or(0), by, rows.len());
            if let Some(key) = rows.get(to).map(|row| row.key.clone()) {
                model.select(key);
            }
        }
        (Pane::Log, _) => {
            let lines = model.log().len();
            model.screen.log_back = moved(model.screen.log_back, by.saturating_neg(), lines);
        }
        (Pane::Detail, Tab::Timeline) => {
            let entries = model.history().len();
            let back = &mut model.screen.entries_back;
            *back = moved(*back, by.saturating_neg(), entries);
        }
        (Pane::Detail, Tab::Messages) => {
            let numbers: Vec<u64> = model
                .selected_ski()
                .and_then(|ski| model.world().traffic.of(ski))
                .map_or_else(Vec::new, |kept| kept.iter().map(|it| it.number).collect());
            let last = numbers.len().saturating_sub(1);
            let at = model.screen.message.and_then(|number| numbers.binary_search(&number).ok());
            let to = moved(at.unwrap_or(last), by, numbers.len());
            model.screen.message = numbers.get(to).copied().filter(|_| to < last);
        }
        (Pane::Detail, Tab::Service | Tab::Findings) => {
            let lines = view::detail_lines(model);
            model.screen.down = moved(model.screen.down, by, lines);
        }
    }
}

fn moved(at: usize, by: isize, count: usize) -> usize {
    at.saturating_add_signed(by).min(count.saturating_sub(1))
}

pub(super) fn zoom(model: &mut Model, action: Action) {
    let now = model.hub_now();
    let history = model.history();
    let whole = Window::of(Default::default(), history, now).span();
    let mut zoom = model.screen.zoom;
    let shown = Window::of(zoom, history, now);
    match action {
        Action::Closer => zoom.step(true, shown, whole),
        Action::Farther => zoom.step(false, shown, whole),
        Action::Past => zoom.pan(true, shown, whole),
        Action::Future => zoom.pan(false, shown, whole),
        _ => zoom = Default::default(),
    }
    model.screen.zoom = zoom;
}

pub(super) fn mouse(model: &mut Model, mouse: MouseEvent) -> Vec<Effect> {
    let by = match mouse.kind {
        MouseEventKind::ScrollUp => -3,
        MouseEventKind::ScrollDown => 3,
        MouseEventKind::Down(MouseButton::Left) => 0,
        _ => return Vec::new(),
    };
    if view::is_too_small(model) {
        return Vec::new();
    }
    if model.screen.popup.is_some() {
        popup::read(model, by);
        return Vec::new();
    }
    let areas = view::areas(model);
    let at = Position::new(mouse.column, mouse.row);
    let panes =
        [(areas.services, Pane::Services), (areas.detail, Pane::Detail), (areas.log, Pane::Log)];
    let Some((area, pane)) = panes.into_iter().find(|(area, _)| area.contains(at)) else {
        return Vec::new();
    };
    model.screen.pane = pane;
    if by != 0 {
        step(model, by);
    } else if pane == Pane::Services {
        if let Some(key) = view::row_at(model, area, at) {
            model.select(key);
        }
    } else if pane == Pane::Detail
        && let Some(tab) = view::tab_at(area, at)
    {
        (model.screen.tab, model.screen.down) = (tab, 0);
    }
    Vec::new()
}
