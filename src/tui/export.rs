//! What is shown, to be kept: the screen as text, and what lies behind it as JSON.

use ratatui::{buffer::Buffer, layout::Rect};
use serde_json::json;

use super::{
    model::{Model, Popup},
    view,
};

/// The screen as it is, without colours.
pub(super) fn text(model: &Model) -> String {
    let mut buffer = Buffer::empty(Rect::new(0, 0, model.size.0, model.size.1));
    view::render(model, &mut buffer);
    lines(&buffer).join("\n") + "\n"
}

/// The lines of a buffer, without trailing spaces.
pub(super) fn lines(buffer: &Buffer) -> Vec<String> {
    let width = usize::from(buffer.area.width).max(1);
    let line = |cells: &[ratatui::buffer::Cell]| {
        let mut line = String::new();
        let mut hidden = 0;
        for cell in cells {
            // A wide character covers the cell behind it.
            if hidden > 0 {
                hidden -= 1;
                continue;
            }
            hidden = crate::cli::output::text::width(cell.symbol()).saturating_sub(1);
            line.push_str(cell.symbol());
        }
        line.trim_end().to_owned()
    };
    buffer.content.chunks(width).map(line).collect()
}

/// All that is known: the hub, the selected device with its history and messages, and the log.
pub(super) fn json(model: &Model) -> String {
    let world = model.world();
    let kept = model.selected_ski().and_then(|ski| world.traffic.of(ski));
    let messages: Vec<_> = kept.into_iter().flatten().map(|it| &it.record).collect();
    let log: Vec<_> = world
        .log
        .iter()
        .map(|line| json!({ "ts": line.ts, "ski": line.ski, "stage": line.stage, "text": line.text }))
        .collect();
    let open = match &model.screen.popup {
        Some(Popup::Report { text, .. }) => Some(text.clone()),
        _ => None,
    };
    let all = json!({
        "hub": world.hub.as_deref(),
        "peer": model.selected_peer(),
        "messages": messages,
        "log": log,
        "report": open,
    });
    // Values of our own can always be written.
    serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"
}
