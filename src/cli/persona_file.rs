//! Simulated devices described in a file; `docs/devices.md` has a row for each key.

use std::{collections::BTreeSet, path::Path, time::Duration};

use serde::{Deserialize, Deserializer, de};

use super::{error::CliError, exit::Exit, toml_text};
use crate::{
    devices::{
        Fault, Persona,
        persona::{Decision, Dials},
    },
    proto::Pin,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    device: Vec<Entry>,
}

/// One device; what is not set is as in the one built in that it is like.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    #[serde(default, deserialize_with = "parsed")]
    like: Option<Like>,
    brand: Option<String>,
    model: Option<String>,
    #[serde(rename = "type")]
    device_type: Option<String>,
    serial: Option<String>,
    categories: Option<Vec<u16>>,
    #[serde(default, deserialize_with = "duration")]
    trusts_after: Option<Duration>,
    #[serde(default, deserialize_with = "duration")]
    refuses_after: Option<Duration>,
    #[serde(default, deserialize_with = "duration")]
    drops_after: Option<Duration>,
    dials: Option<DialsWord>,
    #[serde(default, deserialize_with = "parsed")]
    pin: Option<Pin>,
    #[serde(default, deserialize_with = "parsed")]
    fault: Option<Fault>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum DialsWord {
    No,
    AtSight,
    Back,
}

/// The devices in a file.
///
/// # Errors
///
/// A file that cannot be read (exit 74), or holds a mistake (78).
pub(super) fn read(path: &Path) -> Result<Vec<Persona>, CliError> {
    let text = toml_text::read(path).map_err(|error| {
        CliError::new(Exit::LocalIo, format!("cannot read {}", path.display()))
            .because_of(&error)
            .hint("check the path given with --persona")
    })?;
    parse(&text).map_err(|wrong| {
        CliError::new(Exit::Configuration, format!("{}: {wrong}", path.display()))
            .hint("correct it; docs/devices.md describes what may stand there")
    })
}

fn parse(text: &str) -> Result<Vec<Persona>, String> {
    let file: File = toml_text::parse(text)?;
    let mut names = BTreeSet::new();
    file.device
        .into_iter()
        .map(|entry| {
            let name = entry.name.clone();
            if name.is_empty() || !names.insert(name.clone()) {
                return Err(format!("every device needs a name of its own, and {name:?} is none"));
            }
            entry.persona().map_err(|why| format!("device {name:?}: {why}"))
        })
        .collect()
}

impl Entry {
    fn persona(self) -> Result<Persona, String> {
        let like = match self.like {
            Some(Like(persona)) => *persona,
            None => Persona::named("wallbox").map_err(|error| error.to_string())?,
        };
        let decision = match (self.trusts_after, self.refuses_after) {
            (Some(_), Some(_)) => {
                return Err("trusts_after and refuses_after do not go together".to_owned());
            }
            (Some(after), None) => Decision::Trust { after },
            (None, Some(after)) => Decision::Refuse { after },
            (None, None) => like.decision,
        };
        let dials = self.dials.map(|word| match word {
            DialsWord::No => Dials::No,
            DialsWord::AtSight => Dials::AtSight,
            DialsWord::Back => Dials::Back,
        });
        let persona = Persona {
            name: self.name,
            brand: self.brand.unwrap_or(like.brand),
            model: self.model.unwrap_or(like.model),
            device_type: self.device_type.unwrap_or(like.device_type),
            serial: self.serial.unwrap_or(like.serial),
            categories: self.categories.unwrap_or(like.categories),
            spine: like.spine,
            decision,
            dials: dials.unwrap_or(like.dials),
            pin: self.pin.or(like.pin),
            drops_after: self.drops_after.or(like.drops_after),
            fault: self.fault.or(like.fault),
        };
        persona.check().map_err(|rule| format!("its record would be refused: {rule}"))?;
        Ok(persona)
    }
}

/// A device built in, by its name.
#[derive(Debug)]
struct Like(Box<Persona>);

impl std::str::FromStr for Like {
    type Err = crate::devices::persona::UnknownPersona;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Persona::named(name).map(|persona| Self(Box::new(persona)))
    }
}

/// A text that is read by the rules of its type. The error never repeats a PIN.
fn parsed<'de, D: Deserializer<'de>, T: std::str::FromStr<Err: std::fmt::Display>>(
    value: D,
) -> Result<Option<T>, D::Error> {
    String::deserialize(value)?.parse().map(Some).map_err(de::Error::custom)
}

fn duration<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Duration>, D::Error> {
    /// Nobody simulates longer, and a time must stay one that can be reckoned with.
    const LONGEST: Duration = Duration::from_secs(86_400);
    let given = String::deserialize(value)?;
    match humantime::parse_duration(&given) {
        Ok(time) if time <= LONGEST => Ok(Some(time)),
        Ok(_) => Err(de::Error::custom(format!("{given:?} is longer than a day"))),
        Err(error) => Err(de::Error::custom(format!("{given:?} is no time as \"30s\": {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_is_as_in_the_device_it_is_like() {
        let text = "[[device]]\nname = 'garage'\n[[device]]\nname = 'roof'\nlike = 'inverter'\n\
                    model = 'East'\ndrops_after = '5s'\nrefuses_after = '1s'\ndials = 'at-sight'";
        let [garage, roof] = parse(text).unwrap().try_into().unwrap();
        assert_eq!((&*garage.name, &*garage.model), ("garage", "Charge 11"));
        assert_eq!((&*roof.device_type, &*roof.model), ("Inverter", "East"));
        assert_eq!(roof.drops_after, Some(Duration::from_secs(5)));
        assert_eq!(roof.decision, Decision::Refuse { after: Duration::from_secs(1) });
        assert_eq!(roof.dials, Dials::AtSight);
    }

    #[test]
    fn a_mistake_is_told_with_its_place_and_what_was_meant() {
        let device = |line: &str| format!("[[device]]\nname = 'a'\n{line}\n");
        let long = device(&format!("brand = '{}'", "b".repeat(33)));
        for (text, says) in [
            (device("bramd = 'x'"), "line 3: unknown field `bramd`, expected one of"),
            (device("bramd = 'x'"), "did you mean `brand`?"),
            (device("like = 'walbox'"), "did you mean \"wallbox\"?"),
            (device("fault = 'helo-timeout'"), "did you mean \"hello-timeout\"?"),
            (device("dials = 'atsight'"), "did you mean `at-sight`?"),
            (device("drops_after = 'soon'"), "line 3: \"soon\" is no time"),
            (device("drops_after = '2d'"), "longer than a day"),
            (device("drops_after = 5"), "line 3: "),
            (device("trusts_after='1s'\nrefuses_after='1s'"), "do not go together"),
            (long, "it must have at most 32 bytes"),
            (device("") + &device(""), "\"a\" is none"),
            ("[[devices]]".to_owned(), "did you mean `device`?"),
            (String::new(), "missing field `device`"),
        ] {
            let wrong = parse(&text).unwrap_err();
            assert!(wrong.contains(says), "{text:?}: {wrong}");
        }
    }

    #[test]
    fn an_error_about_a_pin_does_not_repeat_it() {
        let wrong = parse("[[device]]\nname = 'a'\npin = '777'").unwrap_err();
        assert!(wrong.contains("line 3") && !wrong.contains("777"), "{wrong}");
    }
}
