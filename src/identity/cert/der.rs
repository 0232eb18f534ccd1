//! A walk over DER, as lenient as the field needs and no more: definite lengths, bounded, no panic.

use std::cell::Cell;

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const TELETEX_STRING: u8 = 0x14;
pub(super) const BMP_STRING: u8 = 0x1E;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// The bytes of one constructed value not read yet.
#[derive(Clone)]
pub(super) struct Der<'a> {
    rest: &'a [u8],
    /// Set once a length was longer than it had to be: BER, not DER.
    long_length: &'a Cell<bool>,
}

/// What could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable(pub(super) &'static str);

impl<'a> Der<'a> {
    pub(super) fn new(bytes: &'a [u8], long_length: &'a Cell<bool>) -> Self {
        Self { rest: bytes, long_length }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.rest.len()
    }

    /// Whether the next value has this tag.
    pub(super) fn next_is(&self, tag: u8) -> bool {
        self.rest.first() == Some(&tag)
    }

    /// The contents of the next value, which must have this tag; `what` names it in the error.
    pub(super) fn take(&mut self, tag: u8, what: &'static str) -> Result<&'a [u8], Unreadable> {
        match self.any(what)? {
            (found, value) if found == tag => Ok(value),
            _ => Err(Unreadable(what)),
        }
    }

    /// The same, to walk into.
    pub(super) fn enter(&mut self, tag: u8, what: &'static str) -> Result<Self, Unreadable> {
        self.take(tag, what).map(|value| Self { rest: value, ..*self })
    }

    /// Tag and contents of the next value, whatever it is.
    pub(super) fn any(&mut self, what: &'static str) -> Result<(u8, &'a [u8]), Unreadable> {
        self.split().ok_or(Unreadable(what))
    }

    fn split(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.rest.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7F => (usize::from(first), rest),
            // 0x80 is the indefinite length; more than four bytes are no certificate.
            0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
                let length = digits.iter().fold(0, |acc: usize, &b| acc << 8 | usize::from(b));
                if length < 0x80 || digits[0] == 0 {
                    self.long_length.set(true);
                }
                (length, rest)
            }
            _ => return None,
        };
        // Tags of more than one byte appear nowhere in a certificate or a key.
        if tag & 0x1F == 0x1F {
            return None;
        }
        let (value, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some((tag, value))
    }
}

/// An object identifier in dotted form.
pub(super) fn dotted(oid: &[u8]) -> String {
    let mut parts = Vec::new();
    let mut value: u64 = 0;
    for &byte in oid.iter().take(32) {
        value = value.wrapping_shl(7) | u64::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            if parts.is_empty() {
                let first = (value / 40).min(2);
                parts.extend([first.to_string(), (value - 40 * first).to_string()]);
            } else {
                parts.push(value.to_string());
            }
            value = 0;
        }
    }
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_in_every_form_and_longer_ones_than_needed_are_noticed() {
        for (bytes, long, length) in [
            (&[4, 1, 9][..], false, 1),
            (&[4, 0x81, 1, 9], true, 1),
            (&[4, 0x84, 0, 0, 0, 1, 9], true, 1),
            (&[[4, 0x81, 0x80].as_slice(), &[7; 128]].concat(), false, 128),
            (&[[4, 0x82, 0, 0x80].as_slice(), &[7; 128]].concat(), true, 128),
        ] {
            let seen = Cell::new(false);
            let value = Der::new(bytes, &seen).take(OCTET_STRING, "it").unwrap();
            assert_eq!((value.len(), seen.get()), (length, long), "{bytes:02x?}");
        }
    }

    #[test]
    fn what_ends_too_early_or_never_is_unreadable() {
        for bytes in [&[][..], &[4], &[4, 2, 1], &[4, 0x80, 0, 0], &[4, 0x85, 0, 0, 0, 0, 0]] {
            let seen = Cell::new(false);
            assert_eq!(Der::new(bytes, &seen).any("it"), Err(Unreadable("it")), "{bytes:02x?}");
        }
        let seen = Cell::new(false);
        assert!(Der::new(&[0x1F, 1, 0], &seen).any("it").is_err());
        assert!(Der::new(&[4, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], &seen).any("it").is_err());
    }

    #[test]
    fn object_identifiers_are_shown_dotted() {
        assert_eq!(dotted(&[0x55, 0x1D, 0x0E]), "2.5.29.14");
        assert_eq!(dotted(&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7]), "1.2.840.10045.3.1.7");
    }
}
