//! The hub ends: its phases, how far each has come, and how long it may take.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Modifier,
    text::{Line, Span},
};

use super::{
    super::{
        model::Model,
        text::exact,
        theme::{Role, look},
    },
    titled, write,
};
use crate::{
    cli::output::text::padded,
    hub::shutdown::{PhaseSnapshot, PhaseState, ShutdownPhase},
    proto::ConnectionState,
};

pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let theme = model.theme;
    let title = match model.gone {
        Some(_) => "the hub has ended",
        None => "the hub ends in order",
    };
    let title = Line::styled(title, theme.heading());
    let inner = titled(model, None, title, area, buffer);
    let hub = model.world().hub.as_deref();
    let mut lines = vec![Line::default()];
    match hub.map(|hub| &hub.phases).filter(|phases| !phases.is_empty()) {
        Some(phases) => {
            lines.extend(phases.iter().map(|phase| self::phase(model, phase, inner.width)))
        }
        None => lines.push(Line::raw("  the hub was asked to end")),
    }
    lines.push(Line::default());
    let open = model.world().hub.iter().flat_map(|hub| &hub.links);
    for link in open {
        let name = model.name_of(link.ski, 40).unwrap_or_else(|| link.ski.grouped());
        let state = model.world().peer_of(link.ski).map(|peer| peer.state);
        let state = look(state.unwrap_or(ConnectionState::None));
        let text = format!("  {} {name}", state.mark(theme));
        lines.push(Line::styled(text, theme.style(state.role)));
    }
    let hint = match model.embedded {
        _ if model.gone.is_some() => "  q leaves the dashboard",
        true => "  Ctrl-C again: cut everything and leave at once",
        false => "  the hub is that of another process; q leaves the dashboard",
    };
    lines.extend([Line::default(), Line::styled(hint, theme.style(Role::Faint))]);
    write(&lines, inner, buffer);
}

fn phase(model: &Model, phase: &PhaseSnapshot, width: u16) -> Line<'static> {
    let theme = model.theme;
    let name = match phase.phase {
        ShutdownPhase::StopListening => "take no more connections",
        ShutdownPhase::Withdraw => "say goodbye by mDNS",
        ShutdownPhase::Cancel => "cancel what is under way",
        ShutdownPhase::Close => "close what is open",
    };
    let gone = phase.took.or(phase.began.map(|began| model.hub_now().since(began)));
    let (mark, word, role) = match phase.state {
        PhaseState::Waiting => ("·", "waits", Role::Faint),
        // How it went on was not told any more.
        PhaseState::Running if model.gone.is_some() => ("·", "over", Role::Faint),
        PhaseState::Running => ("→", "runs", Role::Busy),
        PhaseState::Done => ("✓", "done", Role::Good),
        PhaseState::Overran => ("×", "out of time", Role::Bad),
    };
    // The times behind it are to be seen as well.
    let bar: u128 = if width < 90 { 10 } else { 20 };
    let limit = phase.limit.as_millis().max(1);
    let filled = gone.map_or(0, |gone| (gone.as_millis() * bar / limit).min(bar)) as usize;
    let times = match gone {
        Some(gone) => format!("{} of at most {}", exact(gone), exact(phase.limit)),
        None => format!("at most {}", exact(phase.limit)),
    };
    Line::from(vec![
        Span::styled(
            format!("  {mark} {}", padded(name, 26)),
            theme.style(role).add_modifier(Modifier::BOLD),
        ),
        Span::styled(padded(word, 12), theme.style(role)),
        Span::styled("■".repeat(filled), theme.style(role)),
        Span::styled("□".repeat(bar as usize - filled), theme.style(Role::Faint)),
        Span::raw(format!(" {times}")),
    ])
}
