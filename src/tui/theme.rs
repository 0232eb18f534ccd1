//! What a state looks like: a glyph, a word and a colour, so that no one of them has to be enough;
//! and which colours and characters this terminal can show.

use ratatui::style::{Color, Modifier, Style};

use crate::{checks::Severity, proto::ConnectionState};

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// None, or none are wanted.
    None,
    /// The sixteen of every terminal.
    Sixteen,
    /// The table of 256.
    Indexed,
    /// Any.
    True,
}

/// How things look on this terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// How many colours.
    pub depth: Depth,
    /// Whether the background is light.
    pub light: bool,
    /// Whether there are no characters but those of ASCII.
    pub ascii: bool,
}

/// What a colour is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Good,
    Busy,
    Waits,
    Asks,
    Bad,
    Faint,
    Accent,
    Plain,
}

/// How a connection state looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// One column wide.
    pub(super) glyph: &'static str,
    pub(super) ascii: &'static str,
    pub(super) word: &'static str,
    pub(super) role: Role,
}

impl Look {
    /// The glyph this terminal can show.
    pub(super) fn mark(self, theme: Theme) -> &'static str {
        if theme.ascii { self.ascii } else { self.glyph }
    }
}

/// One row a state.
pub(super) const fn look(state: ConnectionState) -> Look {
    use ConnectionState::*;
    let (glyph, ascii, role) = match state {
        None => ("·", ".", Role::Faint),
        Queued => ("○", "o", Role::Waits),
        Initiated => ("◌", "~", Role::Busy),
        ReceivedPairingRequest => ("◆", "*", Role::Asks),
        InProgress => ("◔", "h", Role::Busy),
        Trusted => ("◑", "t", Role::Busy),
        Pin => ("◕", "P", Role::Asks),
        Completed => ("●", "#", Role::Good),
        RemoteDeniedTrust => ("⊘", "D", Role::Bad),
        Error => ("✗", "x", Role::Bad),
    };
    Look { glyph, ascii, word: state.word(), role }
}

/// How a finding looks.
pub(super) const fn severity(severity: Severity) -> Look {
    let (glyph, ascii, word, role) = match severity {
        Severity::Info => ("i", "i", "info", Role::Faint),
        Severity::Warning => ("▲", "!", "warning", Role::Waits),
        Severity::Error => ("✗", "x", "error", Role::Bad),
    };
    Look { glyph, ascii, word, role }
}

impl Theme {
    /// What the environment says the terminal can do. `colour` and `light` count before it.
    pub fn of(
        env: impl Fn(&str) -> Option<String>,
        colour: Option<bool>,
        light: Option<bool>,
        ascii: bool,
    ) -> Self {
        let env = |name| env(name).filter(|value: &String| !value.is_empty());
        let term = env("TERM").unwrap_or_default();
        let locale = env("LC_ALL").or_else(|| env("LC_CTYPE")).or_else(|| env("LANG"));
        let locale = locale.unwrap_or_default().to_uppercase();
        let is_utf8 = locale.contains("UTF-8") || locale.contains("UTF8");
        Self {
            depth: depth(
                &term,
                &env("COLORTERM").unwrap_or_default(),
                env("NO_COLOR").is_some(),
                colour,
            ),
            light: light.unwrap_or_else(|| {
                // `foreground;background` of the sixteen colours, where a terminal tells.
                let told = env("COLORFGBG").unwrap_or_default();
                matches!(told.rsplit(';').next(), Some("7" | "15"))
            }),
            ascii: ascii || !is_utf8 || term == "linux" || term == "dumb",
        }
    }

    /// The style for a purpose.
    pub(super) fn style(self, role: Role) -> Style {
        let style = match self.colour(role) {
            Some(colour) => Style::new().fg(colour),
            Option::None => Style::new(),
        };
        match (role, self.depth) {
            (Role::Asks, _) => style.add_modifier(Modifier::BOLD),
            (Role::Bad, Depth::None) => style.add_modifier(Modifier::BOLD),
            (Role::Faint, Depth::None) => style.add_modifier(Modifier::DIM),
            _ => style,
        }
    }

    /// What is chosen in a list.
    pub(super) fn chosen(self, focused: bool) -> Style {
        let background =
            |focused_one, other| Style::new().bg(if focused { focused_one } else { other });
        match (self.depth, self.light) {
            (Depth::None | Depth::Sixteen, _) if focused => {
                Style::new().fg(Color::Reset).add_modifier(Modifier::REVERSED)
            }
            (Depth::None | Depth::Sixteen, _) => Style::new().add_modifier(Modifier::UNDERLINED),
            (Depth::Indexed, true) => background(Color::Indexed(252), Color::Indexed(254)),
            (Depth::Indexed, false) => background(Color::Indexed(238), Color::Indexed(236)),
            (Depth::True, true) => {
                background(Color::from_u32(0xC8_DA_F0), Color::from_u32(0xE6_EA_EF))
            }
            (Depth::True, false) => {
                background(Color::from_u32(0x2F_45_60), Color::from_u32(0x26_2C_34))
            }
        }
    }

    /// Headings, and what stands out.
    pub(super) fn heading(self) -> Style {
        self.style(Role::Accent).add_modifier(Modifier::BOLD)
    }

    fn colour(self, role: Role) -> Option<Color> {
        // Dark and light, as true colour, of 256, of sixteen. All have a contrast of 4.5 and more.
        let [(dark, d256, d16), (light, l256, l16)] = match role {
            Role::Plain => return Option::None,
            Role::Good => [(0x5F_D7_87, 78, Color::Green), (0x1A_7F_37, 28, Color::Green)],
            Role::Busy => [(0x6C_B6_FF, 75, Color::Cyan), (0x05_50_AE, 25, Color::Blue)],
            Role::Waits => [(0xE3_B3_41, 179, Color::Yellow), (0x8A_5A_00, 94, Color::Magenta)],
            Role::Asks => {
                [(0xF7_8F_FF, 213, Color::LightMagenta), (0x82_24_A8, 91, Color::Magenta)]
            }
            Role::Bad => [(0xFF_7B_72, 210, Color::LightRed), (0xB3_1D_28, 124, Color::Red)],
            Role::Faint => [(0x9A_A4_AF, 247, Color::Gray), (0x5F_68_72, 242, Color::DarkGray)],
            Role::Accent => [(0x8F_D3_FF, 117, Color::LightCyan), (0x03_4D_7B, 24, Color::Blue)],
        };
        let (rgb, indexed, sixteen) =
            if self.light { (light, l256, l16) } else { (dark, d256, d16) };
        match self.depth {
            Depth::None => Option::None,
            Depth::Sixteen => Some(sixteen),
            Depth::Indexed => Some(Color::Indexed(indexed)),
            Depth::True => Some(Color::from_u32(rgb)),
        }
    }
}

fn depth(term: &str, colorterm: &str, no_color: bool, wanted: Option<bool>) -> Depth {
    match wanted {
        Some(false) => Depth::None,
        Option::None if no_color || term == "dumb" => Depth::None,
        _ if colorterm == "truecolor" || colorterm == "24bit" => Depth::True,
        _ if term.contains("direct") => Depth::True,
        _ if term.contains("256color") => Depth::Indexed,
        _ => Depth::Sixteen,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_state_has_a_glyph_a_letter_and_a_word_of_its_own() {
        let looks: Vec<Look> = ConnectionState::ALL.iter().map(|state| look(*state)).collect();
        let of = |part: fn(&Look) -> &str| looks.iter().map(part).collect::<BTreeSet<_>>().len();
        assert_eq!(of(|look| look.glyph), looks.len());
        assert_eq!(of(|look| look.ascii), looks.len());
        assert_eq!(of(|look| look.word), looks.len());
        assert!(looks.iter().all(|look| look.ascii.is_ascii() && look.ascii.len() == 1));
    }

    #[test]
    fn the_environment_tells_what_the_terminal_can_show() {
        let theme = |pairs: &[(&str, &str)], colour| {
            let env = |name: &str| {
                pairs.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
            };
            Theme::of(env, colour, Option::None, false)
        };
        let utf8 = ("LANG", "de_DE.UTF-8");
        let plain = theme(&[utf8, ("TERM", "xterm-256color")], Option::None);
        assert_eq!(plain, Theme { depth: Depth::Indexed, light: false, ascii: false });
        assert_eq!(theme(&[utf8, ("COLORTERM", "truecolor")], Option::None).depth, Depth::True);
        let quiet = [utf8, ("NO_COLOR", "1"), ("TERM", "xterm-256color")];
        assert_eq!(theme(&quiet, Option::None).depth, Depth::None);
        assert_eq!(theme(&quiet, Some(true)).depth, Depth::Indexed, "a flag counts more");
        assert_eq!(theme(&[utf8, ("NO_COLOR", "")], Option::None).depth, Depth::Sixteen);
        assert!(theme(&[("LANG", "C")], Option::None).ascii);
        assert!(theme(&[utf8, ("COLORFGBG", "0;15")], Option::None).light);
    }
}
