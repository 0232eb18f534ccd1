//! Who a simulated device is, and how it behaves.

mod built_in;
pub(super) mod models;

use std::time::Duration;

use super::{Fault, device::txt, fault::nearest};
use crate::{
    mdns::txt::TxtRemark,
    proto::{Pin, Ski},
    spine::Model,
    time::text::span,
};

/// A device to simulate.
#[derive(Clone, Debug)]
pub struct Persona {
    /// What it is called here, `wallbox` for one.
    pub name: String,
    /// `brand` of its mDNS record.
    pub brand: String,
    /// `model` of its mDNS record.
    pub model: String,
    /// `type` of its mDNS record.
    pub device_type: String,
    /// `serial` of its mDNS record.
    pub serial: String,
    /// `cat` of its mDNS record.
    pub categories: Vec<u16>,
    /// What it is in the eyes of SPINE.
    pub spine: Model,
    /// What the person in front of it does when somebody asks to be paired.
    pub decision: Decision,
    /// Whether it dials us.
    pub dials: Dials,
    /// The PIN it demands.
    pub pin: Option<Pin>,
    /// How long after each completed handshake its connection drops.
    pub drops_after: Option<Duration>,
    /// What it does wrong; then nothing but its record counts of the rest.
    pub fault: Option<Fault>,
}

/// What a person decides about a peer, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Trusts it.
    Trust {
        /// How long after it asks.
        after: Duration,
    },
    /// Refuses it.
    Refuse {
        /// How long after it asks.
        after: Duration,
    },
}

/// Whether a device dials us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dials {
    /// Never by itself.
    No,
    /// It dials every energy manager it sees by mDNS, and asks to be paired.
    AtSight,
    /// It dials back at the moment it is dialled, so that there are two connections.
    Back,
}

/// How long after its connection dropped a device is back.
pub const BACK_AFTER: Duration = Duration::from_secs(3);

/// How long after the first hello a device whose user hesitates asks for more time. Real ones ask
/// later, and nobody wants to wait for it here.
pub(super) const ASKS_FOR_TIME_AFTER: Duration = Duration::from_secs(8);

impl Persona {
    /// The one built in with this name.
    pub fn named(name: &str) -> Result<Self, UnknownPersona> {
        let mut all = Self::built_in();
        match all.iter().position(|persona| persona.name == name) {
            Some(at) => Ok(all.swap_remove(at)),
            None => Err(UnknownPersona {
                given: name.to_owned(),
                nearest: nearest(name, all.iter().map(|it| &*it.name)).map(str::to_owned),
            }),
        }
    }

    /// A device with nothing remarkable but this fault.
    pub fn with_fault(fault: Fault) -> Self {
        Self {
            name: fault.name().to_owned(),
            brand: "Example".to_owned(),
            // At most 32 bytes.
            model: format!("Faulty {fault}"),
            device_type: "Generic".to_owned(),
            serial: format!("SIM-{}", fault.name().to_uppercase()),
            categories: vec![3],
            spine: models::METER,
            decision: Decision::Trust { after: Duration::ZERO },
            dials: Dials::No,
            pin: None,
            drops_after: None,
            fault: Some(fault),
        }
    }

    /// Whether its mDNS record can be announced.
    ///
    /// # Errors
    ///
    /// The rule it breaks.
    pub fn check(&self) -> Result<(), TxtRemark> {
        // Who it will be does not matter for that, as long as it can be written.
        let ship_id = "sim".parse().map_err(|_| TxtRemark::Missing("id"))?;
        txt(self, Ski::from_bytes([0; 20]), &ship_id).pairs().map(drop)
    }

    /// What it will do, for people.
    pub fn does(&self) -> String {
        if let Some(fault) = self.fault {
            return format!("{} [{}]", fault.does(), fault.code());
        }
        let mut deeds = Vec::new();
        match self.dials {
            Dials::No => {}
            Dials::AtSight => deeds.push("dials every energy manager it sees".to_owned()),
            Dials::Back => deeds.push("dials whoever dials it at the same moment".to_owned()),
        }
        deeds.push(match self.decision {
            Decision::Trust { after } if after.is_zero() => "trusts whoever asks".to_owned(),
            Decision::Trust { after } => {
                let prolongs = match after > ASKS_FOR_TIME_AFTER {
                    true => "; it asks for more time meanwhile",
                    false => "",
                };
                format!("its user presses Trust after {}{prolongs}", span(after))
            }
            Decision::Refuse { after } => format!("its user refuses after {}", span(after)),
        });
        if let Some(pin) = &self.pin {
            // It is printed on the label of a device, and this is the label.
            deeds.push(format!("wants the PIN {}", pin.expose()));
        }
        if let Some(after) = self.drops_after {
            let back = span(BACK_AFTER);
            deeds.push(format!(
                "its connection drops {} after each handshake, for {back}",
                span(after)
            ));
        }
        deeds.join(", ")
    }
}

/// A name that no device built in has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no device {given:?} built in{}", .nearest.as_ref().map(|it| format!("; did you mean {it:?}?")).unwrap_or_default())]
pub struct UnknownPersona {
    /// The name as given.
    pub given: String,
    /// The name most like it.
    pub nearest: Option<String>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_persona_is_found_by_its_name() {
        let all = Persona::built_in();
        let names: BTreeSet<&str> = all.iter().map(|it| &*it.name).collect();
        assert_eq!(names.len(), all.len());
        for persona in &all {
            assert_eq!(persona.check(), Ok(()));
            assert_eq!(Persona::named(&persona.name).unwrap().model, persona.model);
            let cases = persona.spine.use_cases;
            let entities = persona.spine.entities.len() as u64;
            assert!(cases.iter().all(|case| (1..=entities).contains(&case.entity)));
        }
        let unknown = Persona::named("walbox").unwrap_err();
        assert_eq!(unknown.nearest.as_deref(), Some("wallbox"));
    }

    #[test]
    fn every_fault_has_a_device_that_can_be_announced() {
        for &fault in Fault::ALL {
            assert_eq!(Persona::with_fault(fault).check(), Ok(()), "{fault}");
        }
    }

    #[test]
    fn what_a_persona_will_do_is_told_in_one_line() {
        let does = |name: &str| Persona::named(name).unwrap().does();
        assert_eq!(does("wallbox"), "trusts whoever asks");
        assert_eq!(
            does("heat-pump"),
            "its user presses Trust after 20 s; it asks for more time meanwhile"
        );
        assert_eq!(does("boiler"), "trusts whoever asks, wants the PIN 12345678");
        assert!(does("ventilation").ends_with("[TCP-01]"), "{}", does("ventilation"));
    }
}
