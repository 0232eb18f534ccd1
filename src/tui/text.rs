//! The one way by which what others wrote comes onto the screen.

pub(super) use crate::time::text::{countdown, exact, gone};

use unicode_width::UnicodeWidthChar;

use crate::cli::output::text::{cut, safe};

/// A text of a peer that is harmless in a cell of at most so many columns: nothing that steers the
/// terminal, turns the reading direction or takes no place of its own. A letter keeps one accent.
pub(super) fn clean(text: &str, columns: usize) -> String {
    // Whoever sends a megabyte for a name is not read to its end.
    let most = columns.saturating_mul(4).saturating_add(64);
    let mut clean = String::new();
    let mut letter = false;
    for c in safe(&text.chars().take(most).collect::<String>()).chars() {
        let takes_place = c.width().unwrap_or(0) > 0;
        if takes_place || (letter && is_accent(c)) {
            clean.push(c);
        }
        letter = takes_place && c.is_alphabetic();
    }
    cut(&clean, columns)
}

/// The marks a decomposed letter is written with; not the selectors that change a character's width.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}')
}

/// A text in as many lines of at most so many columns as it needs, broken anywhere.
pub(super) fn folded(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut taken = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if taken + wide > columns && taken > 0 {
            lines.push(String::new());
            taken = 0;
        }
        taken += wide;
        if let Some(line) = lines.last_mut() {
            line.push(c);
        }
    }
    lines
}

/// How often: `once`, `twice`, `3 times`.
pub(super) fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

/// Bytes: `812 B`, `1.2 kB`.
pub(super) fn size(bytes: usize) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1000.0),
        _ => format!("{:.1} MB", bytes as f64 / 1_000_000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::text::width;

    #[test]
    fn nothing_a_peer_writes_steers_hides_or_stacks() {
        assert_eq!(clean("a\x1b[2J\u{202E}b", 40), "a\\u{1b}[2J\\u{202e}b");
        assert_eq!(clean("Wa\u{308}rme 电", 40), "Wa\u{308}rme 电");
        assert_eq!(clean(&format!("Z{}", "\u{35C}".repeat(100)), 40), "Z\u{35C}");
        assert_eq!(
            clean("\u{2764}\u{FE0F}\u{1F468}\u{200D}\u{1F469}", 40).matches('\u{FE0F}').count(),
            0
        );
        assert!(width(&clean(&"\u{1F468}".repeat(200), 11)) <= 11);
        assert_eq!(clean(&"W".repeat(200), 5), "WWWW…");
    }

    #[test]
    fn a_folded_text_loses_nothing() {
        assert_eq!(folded("", 4), [""]);
        assert_eq!(folded("abcdefg", 3), ["abc", "def", "g"]);
        assert_eq!(folded("电电电", 3), ["电", "电", "电"]);
        assert_eq!(folded("电", 1), ["电"], "what is wider than the line stands alone");
    }

    #[test]
    fn times_are_short_and_a_countdown_shows_zero_only_at_its_end() {
        let ms = std::time::Duration::from_millis;
        assert_eq!(countdown(ms(1)), "0:01");
        assert_eq!(countdown(ms(0)), "0:00");
        assert_eq!(countdown(ms(61_000)), "1:01");
        assert_eq!(countdown(ms(3_700_000)), "1 h 01");
        assert_eq!(gone(ms(950)), "950 ms");
        assert_eq!(gone(ms(59_999)), "59.9 s");
        assert_eq!(gone(ms(3 * 86_400_000)), "3 d");
        assert_eq!(exact(ms(192_500)), "3:12.500");
        assert_eq!(exact(ms(34)), "0.034 s");
        assert_eq!(size(1_234), "1.2 kB");
    }
}
