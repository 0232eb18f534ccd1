//! A device that was not seen, and who was seen instead (MDNS-01, MDNS-15).

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{Code, Finding};
use crate::proto::{Ski, text::excerpt};
use crate::time::text::span;

/// The SHIP devices that were seen beside the one that is looked for.
#[derive(Clone, Debug, Default)]
pub struct Others {
    devices: BTreeMap<Ski, String>,
    /// What those are called whose record has no SKI.
    without: BTreeSet<String>,
}

/// No more are told apart: beyond, it is a flood (MDNS-14).
const MOST: usize = 1024;

/// How many are named.
const NAMED: usize = 3;

/// In how many digits a mistyped SKI differs: one that is wrong, or two that changed places.
const MISTYPED: usize = 2;

/// The longest name shown.
const NAME: usize = 40;

impl Others {
    /// Notes a device that was seen.
    pub fn note(&mut self, ski: Option<Ski>, name: &str) {
        match ski {
            Some(ski) if self.devices.len() < MOST || self.devices.contains_key(&ski) => {
                self.devices.insert(ski, name.to_owned());
            }
            None if self.without.len() < MOST => {
                self.without.insert(name.to_owned());
            }
            _ => {}
        }
    }

    /// That the wanted device was not seen for so long; who was, and whether one of those is meant.
    pub fn unseen(&self, wanted: Ski, waited: Duration) -> Finding {
        let seen = format!("SKI {} was not seen within {}", wanted.grouped(), span(waited));
        let others = self.devices.len() + self.without.len();
        if others == 0 {
            return Finding::new(Code::Mdns01, format!("{seen}; no SHIP device at all was."));
        }
        let meant = self.devices.iter().find(|(ski, _)| differing(wanted, **ski) <= MISTYPED);
        // Whoever may be meant comes first.
        let rest = self.devices.iter().filter(|(ski, _)| meant.is_none_or(|it| it.0 != *ski));
        let named = meant.into_iter().chain(rest).map(|(ski, name)| {
            let grouped = ski.grouped();
            let digits = grouped.get(..9).unwrap_or_default();
            format!("{} (SKI {digits} …)", excerpt(name, NAME))
        });
        let without = self.without.iter().map(|name| format!("{} (no SKI)", excerpt(name, NAME)));
        let mut list = named.chain(without).take(NAMED).collect::<Vec<_>>().join(", ");
        if others > NAMED {
            list += &format!(" and {} more", others - NAMED);
        }
        let finding = Finding::new(Code::Mdns15, format!("{seen}; seen instead: {list}."));
        match meant {
            Some((ski, name)) => finding.with_advice(format!(
                "Did you mean {}, SKI {}? Compare it with the label.",
                excerpt(name, NAME),
                ski.grouped()
            )),
            None => finding,
        }
    }
}

/// A trusted device was not seen since the hub started. `name` is what people call it.
pub fn since_start(ski: Ski, name: Option<&str>) -> Finding {
    let is_word = |name: &&str| name.chars().all(|c| c.is_alphanumeric() || "-_".contains(c));
    let named = match name.filter(is_word) {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => ski.to_string(),
    };
    Finding::new(Code::Mdns15, "Not seen since the hub started.").with_advice(format!(
        "Is it on? Is EEBUS switched on in its menu? `shipctl probe {named}` tries to reach it."
    ))
}

/// In how many hex digits two SKIs differ.
fn differing(a: Ski, b: Ski) -> usize {
    let bits = a.as_bytes().iter().zip(b.as_bytes()).map(|(a, b)| a ^ b);
    bits.map(|bits| usize::from(bits & 0xF0 != 0) + usize::from(bits & 0x0F != 0)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAITED: Duration = Duration::from_secs(4);

    fn ski(text: &str) -> Ski {
        text.parse().unwrap()
    }

    fn wanted() -> Ski {
        ski(&"5".repeat(40))
    }

    #[test]
    fn who_was_seen_instead_is_named_three_of_them_at_most_and_each_once() {
        let mut others = Others::default();
        let nobody = others.unseen(wanted(), WAITED);
        assert_eq!(nobody.code, Code::Mdns01);
        assert!(nobody.seen.ends_with("within 4 s; no SHIP device at all was."), "{nobody}");
        others.note(Some(ski(&"1".repeat(40))), "wallbox");
        others.note(Some(ski(&"1".repeat(40))), "Example Charge 11");
        others.note(None, "bare\u{1b}");
        let two = others.unseen(wanted(), Duration::from_millis(4210));
        assert_eq!((two.code, &*two.advice), (Code::Mdns15, Code::Mdns15.advice()));
        let list = "within 4.2 s; seen instead: Example Charge 11 (SKI 1111 1111 …), ";
        assert!(two.seen.contains(list) && !two.seen.contains('\u{1b}'), "{two}");
        for digit in ["2", "3", "4"] {
            others.note(Some(ski(&digit.repeat(40))), digit);
        }
        let many = others.unseen(wanted(), WAITED);
        assert!(many.seen.ends_with("3 (SKI 3333 3333 …) and 2 more."), "{many}");
    }

    #[test]
    fn advice_for_an_unseen_device_names_it_so_that_it_can_be_typed() {
        let advice = |name| since_start(wanted(), name).advice.into_owned();
        assert!(advice(Some("Garage")).contains("`shipctl probe Garage`"));
        for name in [None, Some(""), Some("two words"), Some("`rm`")] {
            assert!(advice(name).contains(&format!("`shipctl probe {}`", "5".repeat(40))));
        }
    }

    #[test]
    fn a_mistyped_ski_is_asked_about_and_another_one_is_not() {
        let near = |digits: &str| {
            let mut others = Others::default();
            others.note(Some(ski(&"1".repeat(40))), "far");
            others.note(Some(ski(&format!("{}{digits}", "5".repeat(36)))), "near");
            let found = others.unseen(wanted(), WAITED);
            (found.advice.contains("Did you mean near, SKI 5555"), found.seen)
        };
        for (digits, meant) in [("5554", true), ("5446", false), ("4555", true), ("5465", true)] {
            let (asked, seen) = near(digits);
            assert_eq!(asked, meant, "{digits}: {seen}");
            assert_eq!(seen.contains("seen instead: near"), meant, "{seen}");
        }
    }
}
