//! The hub: who it is, how it is reached, how it does.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Modifier,
    text::{Line, Span},
};

use super::{
    super::{
        model::Model,
        text::{clean, countdown, gone},
        theme::Role,
    },
    labelled, write,
};
use crate::{cli::output::text::count, hub::snapshot::PeerSnapshot};

/// The columns that tell whose hub it is.
const HUB: usize = 28;

pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    // The name of the file gives way, so that all of them are seen.
    let whole = lights(model, true);
    let is_wide = whole.width() + HUB < area.width.into();
    let lights = if is_wide { whole } else { lights(model, false) };
    let width = u16::try_from(lights.width()).unwrap_or(u16::MAX).min(area.width);
    let left = Rect { width: area.width - width, height: 1, ..area };
    write(&[who(model)], left, buffer);
    let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    write(&[own_ski(model), counts(model)], below, buffer);
    if width > 0 {
        let x = area.right() - width;
        buffer.set_line(x, area.y, &lights, width);
    }
}

fn who(model: &Model) -> Line<'static> {
    let theme = model.theme;
    let whose = match model.embedded {
        true => "hub in this process".to_owned(),
        false => format!("attached to the hub of process {}", model.greeting.pid),
    };
    let ship_id = clean(model.greeting.ship_id.as_str(), 40);
    let mut spans =
        vec![Span::styled("shipctl", theme.heading()), Span::raw("  "), Span::raw(whose)];
    spans.extend(labelled(theme, " · SHIP ID ", ship_id));
    Line::from(spans)
}

fn own_ski(model: &Model) -> Line<'static> {
    let theme = model.theme;
    let mut spans = Vec::from(labelled(theme, "SKI ", model.greeting.ski.grouped()));
    let hub = model.world().hub.as_deref();
    let up = hub.map(|_| gone(model.hub_now().since_origin())).unwrap_or_default();
    spans.extend(labelled(theme, " · up ", up));
    let port = model.greeting.port.map_or_else(|| "none".to_owned(), |port| port.to_string());
    spans.extend(labelled(theme, " · port ", port));
    Line::from(spans)
}

/// The columns from which on there is room for what the success is of.
const ROOMY: u16 = 100;

fn counts(model: &Model) -> Line<'static> {
    let theme = model.theme;
    let Some(hub) = model.world().hub.as_deref() else {
        return Line::styled("waiting for the hub to tell", theme.style(Role::Faint));
    };
    let metrics = &hub.metrics;
    const BAR: usize = 10;
    let share = (metrics.connections * BAR).div_ceil(metrics.limit.max(1)).min(BAR);
    let role = if metrics.connections >= metrics.limit { Role::Waits } else { Role::Good };
    let mut spans = Vec::from(labelled(
        theme,
        "connections ",
        Span::styled("■".repeat(share), theme.style(role)),
    ));
    spans.push(Span::styled("□".repeat(BAR - share), theme.style(Role::Faint)));
    spans.push(Span::raw(format!(" {} of {}", metrics.connections, metrics.limit)));
    if metrics.waiting > 0 {
        spans.push(Span::styled(format!(", {} wait", metrics.waiting), theme.style(Role::Waits)));
    }
    let success =
        metrics.success_rate.map_or("-".to_owned(), |rate| format!("{:.0} %", rate * 100.0));
    spans.extend(labelled(theme, " · success ", success));
    if model.size.0 >= ROOMY {
        let of = format!(" of {} we made", count(metrics.decided, "attempt"));
        spans.push(Span::styled(of, theme.style(Role::Faint)));
    }
    let failures = metrics.failures_last_hour;
    let role = if failures > 0 { Role::Waits } else { Role::Plain };
    let failures = Span::styled(count(failures, "failure"), theme.style(role));
    spans.extend(labelled(theme, " · ", failures));
    spans.push(Span::styled(" in 1 h", theme.style(Role::Faint)));
    let mdns = match &hub.node.interfaces {
        _ if !model.greeting.mdns => "off".to_owned(),
        interfaces if !interfaces.is_empty() => clean(&interfaces.join(" "), 40),
        _ => "on".to_owned(),
    };
    spans.extend(labelled(theme, " · mDNS ", mdns));
    Line::from(spans)
}

/// What must not be overlooked, at the right.
fn lights(model: &Model, with_file: bool) -> Line<'static> {
    let theme = model.theme;
    let mut spans = Vec::new();
    let mut light = |role, text: String| {
        let style = theme.style(role).add_modifier(Modifier::BOLD | Modifier::REVERSED);
        spans.extend([Span::raw(" "), Span::styled(format!(" {text} "), style)]);
    };
    if let Some(until) = model.world().hub.as_deref().and_then(|hub| hub.auto_accept_until) {
        let left = countdown(model.hub_now().until(until));
        light(Role::Asks, format!("everybody is let in {left}"));
    }
    let recording = model.world().hub.as_deref().and_then(|hub| hub.node.recording.as_ref());
    if let Some(recording) = recording {
        let since = countdown(model.hub_now().since(recording.since));
        let file = recording.file.rsplit(['/', '\\']).next().unwrap_or_default();
        let file = if with_file { format!(" {}", clean(file, 40)) } else { String::new() };
        light(Role::Bad, format!("REC {since}{file}"));
    }
    let pin = |peer: &PeerSnapshot| peer.pin_wanted.is_some_and(|it| it.required && !it.busy);
    if model.world().hub.iter().any(|hub| hub.peers.iter().any(pin)) && model.gone.is_none() {
        light(Role::Asks, "PIN wanted: p".to_owned());
    }
    if model.frozen.is_some() {
        light(Role::Waits, "FROZEN".to_owned());
    }
    if model.screen.follow {
        light(Role::Busy, "follows".to_owned());
    }
    if model.gone.is_some() {
        light(Role::Bad, "the hub is gone".to_owned());
    }
    Line::from(spans)
}
