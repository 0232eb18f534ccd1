//! PINs, serial numbers and the home directory become unreadable. SKIs and SHIP IDs stay.

use std::ops::Range;

use directories::BaseDirs;
use serde_json::Value;

use crate::{
    mdns::service::Service,
    proto::{Pin, Ski},
};

/// Below this a serial number is too likely to be anything, and replaced in its own field only.
const TELLING: usize = 6;

/// What has to be replaced, and what must not be.
#[derive(Default)]
pub(super) struct Redaction {
    /// Whether serial numbers stay.
    full: bool,
    /// Who we are: our serial number is the beginning of it.
    own: Option<Ski>,
    replaced: Vec<Replaced>,
    serials: usize,
    /// SHIP IDs, which may contain a serial number.
    kept: Vec<String>,
}

/// A text, and what stands for it.
struct Replaced {
    text: String,
    stand_in: String,
    /// Whether it is replaced in the field `serial` only.
    in_field: bool,
}

impl Redaction {
    pub(super) fn new(full: bool, own: Option<Ski>) -> Self {
        let mut this = Self { full, own, ..Self::default() };
        if let Some(dirs) = BaseDirs::new() {
            let home = dirs.home_dir().display().to_string();
            // The home of nobody is everybody's root.
            if home.len() > 1 {
                this.replaced.push(Replaced {
                    text: home,
                    stand_in: "~".to_owned(),
                    in_field: false,
                });
            }
        }
        this
    }

    /// A PIN.
    pub(super) fn pin(&mut self, pin: &Pin) {
        let text = pin.expose().to_owned();
        let stand_in = "*".repeat(text.len());
        self.replaced.push(Replaced { text, stand_in, in_field: false });
    }

    /// A serial number, which gets a stand-in of its length.
    pub(super) fn serial(&mut self, serial: &str) {
        let ours = self.own.is_some_and(|own| own.starts_with(&serial.to_ascii_lowercase()));
        let known = self.replaced.iter().any(|known| known.text == serial);
        if self.full || serial.is_empty() || ours || known {
            return;
        }
        self.serials += 1;
        let width = serial.chars().count();
        let stand_in = format!("{:0width$}", self.serials);
        // In JSON it may be written otherwise.
        let escaped = Value::from(serial).to_string().trim_matches('"').to_owned();
        for text in [(escaped != serial).then_some(escaped), Some(serial.to_owned())] {
            let in_field = serial.len() < TELLING;
            let stand_in = stand_in.clone();
            self.replaced.extend(text.map(|text| Replaced { text, stand_in, in_field }));
        }
        // What contains another one goes first.
        self.replaced.sort_by_key(|it| std::cmp::Reverse(it.text.len()));
    }

    /// A SHIP ID.
    pub(super) fn keep(&mut self, ship_id: &str) {
        if !ship_id.is_empty() && !self.kept.iter().any(|known| known == ship_id) {
            self.kept.push(ship_id.to_owned());
        }
    }

    /// What a service tells of itself.
    pub(super) fn service(&mut self, service: &Service) {
        service.txt.ship_id.iter().for_each(|id| self.keep(id.as_str()));
        service.txt.serial.iter().for_each(|serial| self.serial(serial));
    }

    /// Takes notice of every serial number and SHIP ID in a value.
    pub(super) fn learn(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match (name.as_str(), value.as_str()) {
                        ("serial", Some(serial)) => self.serial(serial),
                        ("ship_id", Some(id)) => self.keep(id),
                        _ => self.learn(value),
                    }
                }
            }
            Value::Array(list) => {
                // A pair of a TXT record.
                if let [Value::String(key), Value::String(value)] = &**list
                    && key.eq_ignore_ascii_case("serial")
                {
                    self.serial(value);
                }
                list.iter().for_each(|value| self.learn(value));
            }
            _ => {}
        }
    }

    /// A text without what has to go, in any case.
    pub(super) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for replaced in &self.replaced {
            text = self.replace(&text, replaced);
        }
        text
    }

    fn replace(&self, text: &str, replaced: &Replaced) -> String {
        let Replaced { text: what, stand_in, in_field } = replaced;
        let kept = self.kept.iter().filter(|name| !places(name, what).is_empty());
        let kept: Vec<_> = kept.flat_map(|name| places(text, name)).collect();
        let is_kept = |place: &Range<usize>| {
            let within = |name: &Range<usize>| name.start <= place.start && place.end <= name.end;
            kept.iter().any(within) || is_in_ski(text, place)
        };
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for place in places(text, what).into_iter().filter(|place| !is_kept(place)) {
            if *in_field && !is_whole(text, &place) {
                continue;
            }
            out += &text[from..place.start];
            out += stand_in;
            from = place.end;
        }
        out + &text[from..]
    }
}

/// Whether it stands in an SKI, or in a fingerprint.
fn is_in_ski(text: &str, place: &Range<usize>) -> bool {
    let is_hex = |byte: &&u8| byte.is_ascii_hexdigit();
    let before = text.as_bytes()[..place.start].iter().rev().take_while(is_hex).count();
    let from_here = text.as_bytes()[place.start..].iter().take_while(is_hex).count();
    place.len() <= from_here && before + from_here >= 40
}

/// Whether a text is the whole value of a field `serial`, or of its pair in a TXT record.
fn is_whole(text: &str, place: &Range<usize>) -> bool {
    let ends = text[place.end..].starts_with('"');
    let Some(before) = text[..place.start].strip_suffix('"') else { return false };
    let before = before.trim_end().trim_end_matches([':', ',']).trim_end();
    ends && before.to_ascii_lowercase().ends_with("\"serial\"")
}

/// Where a text occurs, in any case of ASCII.
fn places(text: &str, what: &str) -> Vec<Range<usize>> {
    let (bytes, what) = (text.as_bytes(), what.as_bytes());
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(window) = bytes.get(at..at + what.len()).filter(|window| !window.is_empty()) {
        if window.eq_ignore_ascii_case(what) {
            places.push(at..at + what.len());
            at += what.len();
        } else {
            at += 1;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn learned(full: bool) -> Redaction {
        let mut redaction = Redaction { full, ..Redaction::default() };
        let service = json!({
            "serial": "SIM-WALLBOX", "ship_id": "i:1_u:SIM-WALLBOX-3",
            "txt": [["SERIAL", "a\"bcdefg"], ["model", "X"], ["serial", "42"]],
        });
        redaction.learn(&json!({ "services": [service] }));
        redaction
    }

    #[test]
    fn serial_numbers_are_replaced_wherever_they_stand_and_ship_ids_stay() {
        let redaction = learned(false);
        let text = "sim-wallbox at Demo-SIM-WALLBOX.local, i:1_u:SIM-WALLBOX-3, \"a\\\"bcdefg\"";
        let clean = "00000000001 at Demo-00000000001.local, i:1_u:SIM-WALLBOX-3, \"00000002\"";
        assert_eq!(redaction.text(text), clean);
        assert_eq!(learned(true).text(text), text);
    }

    #[test]
    fn a_short_one_is_replaced_in_its_own_field_only() {
        let redaction = learned(false);
        for (text, clean) in [
            (
                r#""serial": "42", "port": 42, "name": "42""#,
                r#""serial": "03", "port": 42, "name": "42""#,
            ),
            (r#"["serial","42"]"#, r#"["serial","03"]"#),
            ("[\n  \"serial\",\n  \"42\"\n]", "[\n  \"serial\",\n  \"03\"\n]"),
        ] {
            assert_eq!(redaction.text(text), clean);
        }
    }

    #[test]
    fn a_ski_stays_and_what_we_call_our_serial_number_is_a_part_of_ours() {
        let own: Ski = "5555aaaaffff1111cccc3333eeeedddd99992222".parse().unwrap();
        let mut redaction = Redaction { own: Some(own), ..Redaction::default() };
        redaction.serial("5555aaaa");
        redaction.serial("11112222");
        let ski = "aa11112222ffff1111cccc3333eeeedddd999922";
        let text = format!("{own} 5555aaaa {ski} 11112222");
        assert_eq!(redaction.text(&text), format!("{own} 5555aaaa {ski} 00000001"));
    }

    #[test]
    fn pins_go_and_the_home_directory_becomes_short() {
        let mut redaction = Redaction::new(true, None);
        redaction.pin(&"BADCAFE5".parse().unwrap());
        assert_eq!(redaction.text("it said badcafe5é"), "it said ********é");
        if let Some(dirs) = BaseDirs::new() {
            let path = dirs.home_dir().join("x");
            assert!(redaction.text(&path.display().to_string()).starts_with('~'));
        }
    }
}
