//! A device asks to be paired: who it is, its SKI to compare, and how long it waits.

use ratatui::{
    style::Modifier,
    text::{Line, Span},
};

use super::{
    super::{
        model::Model,
        rows::{Key, Row},
        text::{countdown, times},
        theme::Role,
    },
    words::decide_until,
};
use crate::proto::Ski;

pub(super) fn lines(model: &Model, ski: Ski) -> Vec<Line<'static>> {
    let theme = model.theme;
    let faint = theme.style(Role::Faint);
    let bold = theme.style(Role::Asks).add_modifier(Modifier::BOLD);
    let hub = model.world().hub.as_deref();
    let row = hub.map(|hub| Row::of(hub, Key::Ski(ski)));
    let name = row.filter(|row| row.service.is_some()).map(|row| row.name(48));
    let name = name.unwrap_or_else(|| "a device that does not announce itself".to_owned());
    // The live one: a frozen screen does not stop the device's time.
    let world = &model.live;
    let peer = world.peer_of(ski);
    let request = peer.and_then(|peer| peer.request);
    let from = request.map(|request| format!("from {}", request.remote)).unwrap_or_default();
    let left = peer.and_then(decide_until);
    let left = left.map(|until| countdown(world.hub_now(model.now).until(until)));
    let grouped = ski.grouped();
    let (first, second) = grouped.split_at(25);
    let mut lines = vec![
        Line::from(vec![Span::styled(name, bold), Span::raw(" asks to be paired")]),
        Line::styled(from, faint),
        Line::default(),
        Line::raw("Compare this SKI with the device's label, menu or app:"),
        Line::default(),
        Line::styled(format!("    {}", first.trim_end()), bold),
        Line::styled(format!("    {second}"), bold),
        Line::default(),
        Line::raw(match left {
            Some(left) => format!("Time left to decide: {left}"),
            None => "It waits for a decision.".to_owned(),
        }),
    ];
    if let Some(hello) = peer.and_then(|peer| peer.hello) {
        let granted = hello.prolongations_granted;
        if granted > 0 {
            let asked = format!("It asked for more time {}.", times(granted));
            lines.push(Line::styled(asked, faint));
        }
    }
    // Trusted by its whole SKI, refused by its beginning.
    let short = ski.to_string().chars().take(8).collect::<String>();
    lines.extend([
        Line::default(),
        Line::styled(format!("the same: shipctl accept {ski}"), faint),
        Line::styled(format!("      or: shipctl deny {short}"), faint),
    ]);
    lines
}
