//! Text that came from a peer, made safe to show.
//!
//! A name from the network may hold bytes that steer a terminal, reverse the reading direction or
//! are no text at all. Everything a peer wrote goes through [`visible`] before a person sees it.

use std::borrow::Cow;

/// The text with every character that would not show as itself replaced by `U+FFFD` (`�`).
pub fn visible(text: &str) -> String {
    text.chars().map(|c| if is_hidden(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Like [`visible`], and cut after so many characters: a peer may write as much as it likes.
pub fn excerpt(text: &str, most: usize) -> String {
    visible(&beginning(text, most))
}

/// The text, or its first characters and how many more there are.
pub fn beginning(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((at, _)) => {
            format!("{}… (and {} more)", &text[..at], text[at..].chars().count()).into()
        }
        None => text.into(),
    }
}

/// Like [`visible`], for bytes that ought to be UTF-8.
pub fn visible_bytes(bytes: &[u8]) -> String {
    visible(&String::from_utf8_lossy(bytes))
}

/// Control characters, line and paragraph separators, and format characters.
pub fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || is_format(c)
}

/// The format characters (Cf) that hide or reorder text.
pub(super) fn is_format(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{600}'..='\u{605}' | '\u{61C}' | '\u{6DD}' | '\u{70F}' | '\u{180E}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0001}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_steer_a_terminal_or_the_eye_becomes_visible() {
        assert_eq!(visible("Wallbox Ü 7 kW"), "Wallbox Ü 7 kW");
        assert_eq!(visible("a\x1b[2Jb\r\nc\u{202E}d\u{85}"), "a�[2Jb��c�d�");
        assert_eq!(visible_bytes(b"caf\xe9"), "caf�");
    }

    #[test]
    fn of_an_endless_text_the_beginning_is_shown_and_how_much_more_there_is() {
        assert_eq!(excerpt(&"ü".repeat(80), 80), "ü".repeat(80));
        let cut = format!("�{}… (and 100000 more)", "ü".repeat(79));
        assert_eq!(excerpt(&format!("\x1b{}", "ü".repeat(100_079)), 80), cut);
    }
}
