//! Text for terminals: what peers wrote made harmless, columns measured, times written.

use std::time::Duration;

pub use crate::time::text::{hundredths, rough, span};

use jiff::{Timestamp, tz::TimeZone};
use time::OffsetDateTime;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::proto::text::{is_hidden, visible};

/// A text of a peer with every character that would steer the terminal or hide written out:
/// `\u{1b}`.
pub fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
    }
    safe
}

/// A sentence as it stands behind a label or within a line: small at its beginning, and without a
/// full stop. What begins with a name (`SKI`, `WebSocket`) stays.
pub fn clause(sentence: &str) -> String {
    let sentence = sentence.strip_suffix('.').unwrap_or(sentence);
    let mut chars = sentence.chars();
    let Some(first) = chars.next() else { return String::new() };
    let word = chars.as_str().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let is_name = word.is_empty() && !matches!(first, 'A' | 'I')
        || word.chars().any(|c| c.is_uppercase() || c.is_numeric());
    if is_name { sentence.to_owned() } else { first.to_lowercase().chain(chars).collect() }
}

/// What the system said, without its number: `No such file or directory (os error 2)`, alone or
/// behind what was tried.
pub fn of_system(text: &str) -> String {
    let (mut told, mut rest) = (String::new(), text);
    while let Some((before, behind)) = rest.split_once(" (os error ") {
        let Some((_, behind)) = behind.split_once(')') else { break };
        let said = before.rfind(": ").map_or(0, |at| at + 2);
        told += &before[..said];
        told += in_our_words(&clause(&before[said..]));
        rest = behind;
    }
    let kind = rest.rfind(": ").map_or(0, |at| at + 2);
    told + &rest[..kind] + in_our_words(&rest[kind..])
}

/// What a system says, as a person would.
fn in_our_words(said: &str) -> &str {
    match said {
        "no such file or directory" | "entity not found" => "there is no such file or directory",
        "file exists" | "entity already exists" => "it is there already",
        "is a directory" => "it is a directory",
        "not a directory" => "a part of the path is no directory",
        "no space left on device" | "no storage space" => "the disk is full",
        other => other,
    }
}

/// What was given, in quotes and harmless, cut where it is endless.
pub fn quoted(text: &str) -> String {
    const LONGEST: usize = 80;
    let cut: String = text.chars().take(LONGEST).collect();
    let dots = if cut.len() < text.len() { "…" } else { "" };
    format!("\"{}{dots}\"", visible(&cut))
}

/// The columns a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text in at most so many columns, with `…` where it was cut.
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut taken = 0;
    for c in text.chars() {
        taken += c.width().unwrap_or(0);
        if taken >= columns {
            break;
        }
        cut.push(c);
    }
    if columns > 0 {
        cut.push('…');
    }
    cut
}

/// The text in lines of at most so many columns, broken between words; the second line and all
/// after it begin where the last column of the first one begins.
pub fn wrapped(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let indent = last_column(text);
    let mut wrapped = String::new();
    let mut taken = 0;
    for word in text.split_inclusive(' ') {
        let least = width(word.trim_end());
        if taken > indent && least > 0 && taken + least > columns {
            wrapped.truncate(wrapped.trim_end().len());
            wrapped.push('\n');
            wrapped.push_str(&" ".repeat(indent));
            taken = indent;
        }
        wrapped.push_str(word);
        taken += width(word);
    }
    wrapped
}

/// Where the last column of a line begins: behind two spaces, and not far to the right.
fn last_column(text: &str) -> usize {
    const FAR: usize = 30;
    let begins = |&(at, c): &(usize, char)| c != ' ' && text[..at].ends_with("  ");
    let mut columns = text.char_indices().filter(begins).map(|(at, _)| width(&text[..at]));
    columns.rfind(|&column| column <= FAR).unwrap_or(0)
}

/// So many of something: `1 event`, `3 events`.
pub fn count(number: u64, of: &str) -> String {
    format!("{number} {of}{}", if number == 1 { "" } else { "s" })
}

/// The text followed by spaces up to so many columns.
pub fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Seconds since the beginning, as the first column of a line: `  0.82 s`.
pub fn elapsed(time: Duration) -> String {
    format!("{:>9}", hundredths(time))
}

/// A date for people, UTC: `2026-11-22`.
pub fn date(at: OffsetDateTime) -> String {
    format!("{:04}-{:02}-{:02}", at.year(), u8::from(at.month()), at.day())
}

/// Seconds since the Unix epoch as date and time in the time zone of this computer: `2026-11-22 18:30`.
pub fn date_time(seconds: i64) -> String {
    date_time_in(seconds, &TimeZone::system())
}

fn date_time_in(seconds: i64, zone: &TimeZone) -> String {
    match Timestamp::from_second(seconds) {
        Ok(at) => at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => "?".to_owned(),
    }
}

/// RFC 3339 in UTC with milliseconds: `2026-11-22T17:30:01.250Z`.
pub fn rfc3339(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    let (hour, minute, second, milli) = (at.hour(), at.minute(), at.second(), at.millisecond());
    format!("{}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z", date(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_time_is_in_the_zone_of_this_computer() {
        let berlin = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        assert_eq!(date_time_in(1_700_000_000, &berlin), "2023-11-14 23:13");
        assert_eq!(date_time_in(1_690_000_000, &berlin), "2023-07-22 06:26");
        assert_eq!(date_time_in(1_700_000_000, &TimeZone::UTC), "2023-11-14 22:13");
        assert_eq!(date_time_in(i64::MAX, &TimeZone::UTC), "?");
    }

    #[test]
    fn what_a_peer_wrote_cannot_steer_the_terminal() {
        assert_eq!(safe("Demo\x1b[2J"), "Demo\\u{1b}[2J");
        assert_eq!(safe("a\u{202E}b\nc\u{200B}"), "a\\u{202e}b\\u{a}c\\u{200b}");
        assert_eq!(safe("Wärmepumpe 电"), "Wärmepumpe 电");
    }

    #[test]
    fn a_sentence_becomes_a_part_of_a_line_and_a_name_stays_one() {
        for (sentence, clause_of_it) in [
            ("Press Trust. Then wait.", "press Trust. Then wait"),
            ("A device answers.", "a device answers"),
            ("SHIP 13 forbids it.", "SHIP 13 forbids it"),
            ("WebSocket frames came.", "WebSocket frames came"),
            ("X.509 is meant.", "X.509 is meant"),
            ("`shipctl doctor` tells.", "`shipctl doctor` tells"),
            ("Über allem.", "über allem"),
            ("", ""),
        ] {
            assert_eq!(clause(sentence), clause_of_it);
        }
    }

    #[test]
    fn what_the_system_said_is_told_without_its_number() {
        for (said, told) in [
            ("No such file or directory (os error 2)", "there is no such file or directory"),
            (
                "cannot write /a b: Permission denied (os error 13)",
                "cannot write /a b: permission denied",
            ),
            ("a: File exists (os error 17); b", "a: it is there already; b"),
            ("cannot write a: entity already exists", "cannot write a: it is there already"),
            ("nothing of it", "nothing of it"),
        ] {
            assert_eq!(of_system(said), told);
        }
    }

    #[test]
    fn columns_are_those_of_the_terminal() {
        assert_eq!(cut("Wallbox", 7), "Wallbox");
        assert_eq!(cut("Wallbox", 6), "Wallb…");
        assert_eq!(cut("充电桩", 5), "充电…");
        assert_eq!(cut("充电桩", 4), "充…");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(padded("充", 4), "充  ");
    }

    #[test]
    fn long_lines_are_broken_between_words_and_go_on_below_their_beginning() {
        assert_eq!(wrapped("   0.01 s  hello  we trust", 26), "   0.01 s  hello  we trust");
        assert_eq!(
            wrapped("   0.01 s  hello  we trust it, and it us", 26),
            "   0.01 s  hello  we trust\n                  it, and\n                  it us"
        );
        assert_eq!(wrapped("one two three", 7), "one two\nthree");
        assert_eq!(wrapped("device   5555aaaaffff", 12), "device   5555aaaaffff", "not to break");
        assert_eq!(wrapped("", 0), "");
    }

    #[test]
    fn times_are_written_for_people_and_for_programs() {
        assert_eq!(elapsed(Duration::from_millis(825)), "   0.82 s");
        assert_eq!(elapsed(Duration::from_millis(12_400)), "  12.40 s");
        assert_eq!(rough(Duration::from_millis(59_999)), "60 s");
        assert_eq!([0, 1, 2].map(|n| count(n, "event")), ["0 events", "1 event", "2 events"]);
        assert_eq!(rough(Duration::MAX), "213503982334601 d");
        assert_eq!(rough(Duration::from_secs(3 * 86_400)), "3 d");
        assert_eq!(date_time(i64::MAX), "?");
        let at = OffsetDateTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_250);
        assert_eq!(rfc3339(at), "2023-11-14T22:13:20.250Z");
    }
}
