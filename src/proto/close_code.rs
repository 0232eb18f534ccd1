//! The meaning of WebSocket close codes and of the texts beside them: one table of those RFC 6455
//! and the IANA registry define, and of those SHIP devices use.

use super::text::excerpt;

/// What a close means for the connection after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseKind {
    /// The peer wants no connection; it does not say why.
    Plain,
    /// The peer restarts or is being switched off.
    GoingAway,
    /// The peer found a fault, ours or its own.
    Fault,
    /// The peer has no room now.
    Busy,
    /// The peer keeps another connection to us.
    Double,
    /// The peer waited in vain.
    TimedOut,
    /// The peer knows us by another SHIP ID.
    WrongShipId,
    /// The peer does not accept us.
    Rejected,
}

/// The meaning of a close code with its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseMeaning {
    /// What follows from it.
    pub kind: CloseKind,
    /// The meaning in words, to stand in brackets behind the code; empty where the text says it.
    pub words: &'static str,
    /// What a person can do; empty where the catalogue says it.
    pub advice: &'static str,
}

/// The text of a connection given up for another one, as ship-go writes it.
pub const DOUBLE_CONNECTION: &str = "double connection";
/// The close of a peer that was refused, as ship-go writes it.
pub const REJECTED: (u16, &str) = (4452, "Node rejected by application");
/// The plain close, as ship-go writes it.
pub const PLAIN: (u16, &str) = (4001, "close");
/// The close of a peer that let a timer run out.
pub const TIMED_OUT: (u16, &str) = (4001, "timeout");
/// The close of a peer with another SHIP ID than the one stored.
pub const SHIP_ID_MISMATCH: (u16, &str) = (4450, "SHIP id mismatch");
/// The close by a person in front of the device, as ship-go writes it.
pub const USER_CLOSE: (u16, &str) = (4500, "User close");

/// The texts: each has its meaning with whatever code it comes; ship-go uses 4001 for several.
const TEXTS: [(&str, CloseKind); 6] = [
    (DOUBLE_CONNECTION, CloseKind::Double),
    (PLAIN.1, CloseKind::Plain),
    (TIMED_OUT.1, CloseKind::TimedOut),
    (SHIP_ID_MISMATCH.1, CloseKind::WrongShipId),
    (REJECTED.1, CloseKind::Rejected),
    (USER_CLOSE.1, CloseKind::Rejected),
];

const WAIT: &str = "Wait until the device is back; if this repeats, switch it off and on.";
const UPDATE: &str = "Update the firmware of the device; if it stays, report it to the vendor, with what \
                      `shipctl report` writes.";

/// The codes (RFC 6455 7.4.1, and the IANA WebSocket Close Code Number Registry).
#[rustfmt::skip]
const CODES: [(u16, CloseKind, &str, &str); 18] = [
    (1000, CloseKind::Plain, "normal closure", "Connect again; if this repeats, look in the menu of the device for the reason."),
    (1001, CloseKind::GoingAway, "going away: it restarts or is switched off", WAIT),
    (1002, CloseKind::Fault, "protocol error", UPDATE),
    (1003, CloseKind::Fault, "unsupported data", UPDATE),
    (1005, CloseKind::Plain, "no code given", "Connect again; if this repeats, look in the menu of the device for the reason."),
    (1006, CloseKind::Fault, "no close frame received", "Check cable and power; if it repeats, reboot the device."),
    (1007, CloseKind::Fault, "invalid data", UPDATE),
    (1008, CloseKind::Plain, "policy violation", "Look in the menu of the device whether it allows this connection."),
    (1009, CloseKind::Fault, "message too big", UPDATE),
    (1010, CloseKind::Fault, "missing extension", UPDATE),
    (1011, CloseKind::Fault, "internal error of the device", "Switch the device off and on; if it stays, update its firmware."),
    (1012, CloseKind::GoingAway, "service restart", WAIT),
    (1013, CloseKind::Busy, "try again later: the device is overloaded or has no free place", "Is another energy manager connected to this device? Many take only one: remove the other in its menu. If there is none, wait a few minutes."),
    (1014, CloseKind::Fault, "bad gateway", UPDATE),
    (1015, CloseKind::Fault, "TLS failure", UPDATE),
    (SHIP_ID_MISMATCH.0, CloseKind::WrongShipId, "SHIP ID mismatch", ""),
    (REJECTED.0, CloseKind::Rejected, "rejected by the application", ""),
    (USER_CLOSE.0, CloseKind::Rejected, "closed by its user", ""),
];

impl CloseMeaning {
    /// The meaning of a close with this code and text. A known text takes precedence over its code.
    pub fn of(code: u16, text: &str) -> Self {
        if let Some((_, kind)) = TEXTS.iter().find(|(known, _)| known.eq_ignore_ascii_case(text)) {
            return Self { kind: *kind, words: "", advice: advice(*kind) };
        }
        if let Some(&(_, kind, words, advice)) = CODES.iter().find(|row| row.0 == code) {
            return Self { kind, words, advice };
        }
        let words = match code {
            3000..=4999 => "a code of its own",
            _ => "a code that RFC 6455 does not define",
        };
        Self { kind: CloseKind::Plain, words, advice: "" }
    }

    /// Whether this close refuses us where the peer has still to say that it trusts us: it says so,
    /// or it gives no other reason. Many devices refuse by just closing.
    pub const fn may_refuse(self) -> bool {
        matches!(self.kind, CloseKind::Plain | CloseKind::Rejected)
    }
}

/// What to do about a close whose text says why.
const fn advice(kind: CloseKind) -> &'static str {
    match kind {
        CloseKind::TimedOut => "Connect again; if it repeats, reboot the device.",
        CloseKind::Plain => {
            "Connect again; if this repeats, look in the menu of the device for the reason."
        }
        _ => "",
    }
}

/// A close in words: `1011 "out of memory" (internal error of the device)`; the text cut to
/// `most` characters.
pub fn in_words(code: u16, text: &str, most: usize) -> String {
    let CloseMeaning { words, .. } = CloseMeaning::of(code, text);
    let text = if text.is_empty() { String::new() } else { format!(" {:?}", excerpt(text, most)) };
    let words = if words.is_empty() { String::new() } else { format!(" ({words})") };
    format!("{code}{text}{words}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_codes_below_3000_have_the_meaning_of_rfc_6455() {
        for code in [1000, 1001, 1006, 1009, 1011, 1012, 1013] {
            let meaning = CloseMeaning::of(code, "");
            assert!(CODES.iter().any(|row| row.0 == code && row.2 == meaning.words), "{code}");
            assert!(!meaning.advice.is_empty(), "{code}");
        }
        for code in [0, 999, 1004, 1016, 2999, 5000] {
            assert!(CloseMeaning::of(code, "").words.contains("does not define"), "{code}");
        }
        for code in [3000, 4001, 4499, 4999] {
            assert_eq!(CloseMeaning::of(code, "lunch").words, "a code of its own", "{code}");
        }
    }

    #[test]
    fn close_text_takes_precedence_over_its_code() {
        for (code, text, kind) in [
            (4001, "close", CloseKind::Plain),
            (4001, "timeout", CloseKind::TimedOut),
            (4001, "double connection", CloseKind::Double),
            (1000, "Double Connection", CloseKind::Double),
            (4001, "SHIP id mismatch", CloseKind::WrongShipId),
            (4450, "", CloseKind::WrongShipId),
            (4452, "", CloseKind::Rejected),
            (4500, "User close", CloseKind::Rejected),
            (1001, "", CloseKind::GoingAway),
            (1012, "update", CloseKind::GoingAway),
        ] {
            assert_eq!(CloseMeaning::of(code, text).kind, kind, "{code} {text:?}");
        }
    }

    #[test]
    fn close_that_gives_another_reason_does_not_refuse() {
        let refuses = |code, text| CloseMeaning::of(code, text).may_refuse();
        assert!(refuses(1000, "") && refuses(4452, "") && refuses(4001, "close"));
        assert!(refuses(4500, "User close") && refuses(4001, "not you"));
        for (code, text) in [
            (4001, "double connection"),
            (4001, "timeout"),
            (1001, ""),
            (1009, ""),
            (1011, ""),
            (1012, ""),
            (1013, ""),
            (4450, ""),
        ] {
            assert!(!refuses(code, text), "{code} {text}");
        }
    }

    #[test]
    fn close_in_words_has_code_text_and_meaning() {
        assert_eq!(in_words(1009, "", 80), "1009 (message too big)");
        assert_eq!(in_words(4001, "close", 80), r#"4001 "close""#);
        assert_eq!(in_words(4500, "lunch", 80), r#"4500 "lunch" (closed by its user)"#);
        assert_eq!(in_words(3999, "\x1b[2J", 80), "3999 \"\u{fffd}[2J\" (a code of its own)");
    }
}
