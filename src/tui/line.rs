//! A line being typed: the command line, a filter, a PIN.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use zeroize::Zeroizing;

/// A line with a cursor. It is wiped when it goes, for it may be a PIN.
#[derive(Clone, Default)]
pub(super) struct Line {
    text: Zeroizing<String>,
    /// In bytes, at the beginning of a character.
    cursor: usize,
}

/// The longest line; nobody types more, and a paste may be anything.
const LONGEST: usize = 1024;

impl Line {
    pub(super) fn of(text: &str) -> Self {
        let mut line = Self { text: Zeroizing::new(String::with_capacity(LONGEST + 4)), cursor: 0 };
        line.insert(text);
        line
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The text before the cursor.
    pub(super) fn before(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// Inserts a text, its first line, as far as there is room.
    pub(super) fn insert(&mut self, text: &str) {
        for c in text.chars().take_while(|c| *c != '\n' && *c != '\r') {
            if !c.is_control() && self.text.len() + c.len_utf8() <= LONGEST {
                self.text.insert(self.cursor, c);
                self.cursor += c.len_utf8();
            }
        }
    }

    /// Puts a text in the place of the last bytes before the cursor.
    pub(super) fn replace(&mut self, bytes: usize, text: &str) {
        self.remove_to(self.cursor - bytes);
        self.insert(text);
    }

    /// What a key does to it; `false` if nothing.
    pub(super) fn key(&mut self, key: KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('u') if ctrl => {
                self.text.drain(..self.cursor);
                self.cursor = 0;
            }
            KeyCode::Char('w') if ctrl => self.remove_to(self.word()),
            KeyCode::Char('a') if ctrl => self.cursor = 0,
            KeyCode::Char('e') if ctrl => self.cursor = self.text.len(),
            KeyCode::Char(c) if !ctrl && !key.modifiers.contains(KeyModifiers::ALT) => {
                self.insert(c.encode_utf8(&mut [0; 4]));
            }
            KeyCode::Backspace => self.remove_to(self.left()),
            KeyCode::Delete => {
                if self.cursor < self.text.len() {
                    self.text.remove(self.cursor);
                }
            }
            KeyCode::Left => self.cursor = self.left(),
            KeyCode::Right => {
                self.cursor += self.text[self.cursor..].chars().next().map_or(0, char::len_utf8);
            }
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            _ => return false,
        }
        true
    }

    fn left(&self) -> usize {
        self.before().char_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn word(&self) -> usize {
        self.before().trim_end().rfind(' ').map_or(0, |at| at + 1)
    }

    fn remove_to(&mut self, from: usize) {
        self.text.drain(from..self.cursor);
        self.cursor = from;
    }
}

impl std::fmt::Debug for Line {
    /// Only how long it is.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Line({} bytes)", self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(line: &mut Line, code: KeyCode, modifiers: KeyModifiers) {
        line.key(KeyEvent::new(code, modifiers));
    }

    #[test]
    fn a_line_is_edited_by_whole_characters() {
        let mut line = Line::of("Wärme 电\nrest");
        assert_eq!(line.text(), "Wärme 电");
        press(&mut line, KeyCode::Backspace, KeyModifiers::NONE);
        press(&mut line, KeyCode::Home, KeyModifiers::NONE);
        press(&mut line, KeyCode::Right, KeyModifiers::NONE);
        press(&mut line, KeyCode::Delete, KeyModifiers::NONE);
        assert_eq!((line.text(), line.before()), ("Wrme ", "W"));
        press(&mut line, KeyCode::End, KeyModifiers::NONE);
        press(&mut line, KeyCode::Char('w'), KeyModifiers::CONTROL);
        assert_eq!(line.text(), "");
    }

    #[test]
    fn a_line_has_an_end_and_is_not_shown() {
        let line = Line::of(&"x".repeat(5000));
        assert_eq!(line.text().len(), LONGEST);
        assert_eq!(format!("{line:?}"), "Line(1024 bytes)");
    }
}
