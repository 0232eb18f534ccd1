//! The commands to the hub as a trace has them: a PIN is a stand-in.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::pins::Pins;
use crate::{
    hub::{Command, Registration, Rules},
    proto::{ShipId, Ski, Target, message::Data},
};

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
#[expect(missing_docs, reason = "they are the commands of the hub and their fields")]
pub enum CommandRecord {
    Register {
        ski: Ski,
        ship_id: Option<ShipId>,
        targets: Vec<Target>,
        pin: Option<String>,
        fingerprint: Option<String>,
        store_at_once: bool,
        #[serde(default)]
        remember_pin: bool,
    },
    Accept {
        ski: Ski,
    },
    Unregister {
        ski: Ski,
    },
    Disconnect {
        ski: Ski,
    },
    DisconnectAll {},
    Connect {
        ski: Ski,
    },
    Deny {
        ski: Ski,
    },
    Cancel {
        ski: Ski,
    },
    AutoAccept {
        seconds: u64,
        nanos: u32,
    },
    Rename {
        ski: Ski,
        name: String,
    },
    ForgetAddress {
        ski: Ski,
    },
    ForgetPin {
        ski: Ski,
    },
    SetLimit {
        limit: usize,
    },
    Adjust {
        rules: Rules,
    },
    EnterPin {
        ski: Ski,
        pin: String,
    },
    Send {
        ski: Ski,
        protocol_id: String,
        payload: String,
    },
    Shutdown {},
}

impl CommandRecord {
    /// A command, written down.
    pub fn new(command: &Command, pins: &mut Pins) -> Self {
        match command.clone() {
            Command::Register(wish) => Self::Register {
                ski: wish.ski,
                ship_id: wish.ship_id,
                targets: wish.targets,
                pin: wish.pin.map(|pin| pins.stand_in(&pin)),
                fingerprint: wish.fingerprint,
                store_at_once: wish.store_at_once,
                remember_pin: wish.remember_pin,
            },
            Command::Accept { ski } => Self::Accept { ski },
            Command::Unregister { ski } => Self::Unregister { ski },
            Command::Disconnect { ski } => Self::Disconnect { ski },
            Command::DisconnectAll => Self::DisconnectAll {},
            Command::Connect { ski } => Self::Connect { ski },
            Command::Deny { ski } => Self::Deny { ski },
            Command::Cancel { ski } => Self::Cancel { ski },
            Command::AutoAccept { duration } => {
                Self::AutoAccept { seconds: duration.as_secs(), nanos: duration.subsec_nanos() }
            }
            Command::Rename { ski, name } => Self::Rename { ski, name },
            Command::ForgetAddress { ski } => Self::ForgetAddress { ski },
            Command::ForgetPin { ski } => Self::ForgetPin { ski },
            Command::SetLimit { limit } => Self::SetLimit { limit },
            Command::Adjust(rules) => Self::Adjust { rules },
            Command::EnterPin { ski, pin } => Self::EnterPin { ski, pin: pins.stand_in(&pin) },
            Command::Send { ski, data: Data { protocol_id, payload } } => {
                Self::Send { ski, protocol_id, payload }
            }
            Command::Shutdown => Self::Shutdown {},
        }
    }

    /// The command; `None` if what it says can be none.
    pub fn command(&self) -> Option<Command> {
        Some(match self.clone() {
            Self::Register {
                ski,
                ship_id,
                targets,
                pin,
                fingerprint,
                store_at_once,
                remember_pin,
            } => {
                let pin = pin.map(|pin| pin.parse()).transpose().ok()?;
                let wish = Registration {
                    ski,
                    ship_id,
                    targets,
                    pin,
                    fingerprint,
                    store_at_once,
                    remember_pin,
                };
                Command::Register(wish)
            }
            Self::Accept { ski } => Command::Accept { ski },
            Self::Unregister { ski } => Command::Unregister { ski },
            Self::Disconnect { ski } => Command::Disconnect { ski },
            Self::DisconnectAll {} => Command::DisconnectAll,
            Self::Connect { ski } => Command::Connect { ski },
            Self::Deny { ski } => Command::Deny { ski },
            Self::Cancel { ski } => Command::Cancel { ski },
            Self::AutoAccept { seconds, nanos } => {
                Command::AutoAccept { duration: Duration::new(seconds, nanos.min(999_999_999)) }
            }
            Self::Rename { ski, name } => Command::Rename { ski, name },
            Self::ForgetAddress { ski } => Command::ForgetAddress { ski },
            Self::ForgetPin { ski } => Command::ForgetPin { ski },
            Self::SetLimit { limit } => Command::SetLimit { limit },
            Self::Adjust { rules } => Command::Adjust(rules),
            Self::EnterPin { ski, pin } => Command::EnterPin { ski, pin: pin.parse().ok()? },
            Self::Send { ski, protocol_id, payload } => {
                Command::Send { ski, data: Data { protocol_id, payload } }
            }
            Self::Shutdown {} => Command::Shutdown,
        })
    }

    /// Whom it is about.
    pub fn ski(&self) -> Option<Ski> {
        match self {
            Self::Register { ski, .. }
            | Self::Accept { ski }
            | Self::Unregister { ski }
            | Self::Disconnect { ski }
            | Self::Connect { ski }
            | Self::Deny { ski }
            | Self::Cancel { ski }
            | Self::Rename { ski, .. }
            | Self::ForgetAddress { ski }
            | Self::ForgetPin { ski }
            | Self::EnterPin { ski, .. }
            | Self::Send { ski, .. } => Some(*ski),
            Self::DisconnectAll {}
            | Self::AutoAccept { .. }
            | Self::SetLimit { .. }
            | Self::Adjust { .. }
            | Self::Shutdown {} => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::{DoubleConnection, Spine};

    const SKI: Ski = Ski::from_bytes([9; 20]);

    #[test]
    fn every_command_is_read_as_it_was_written_with_stand_ins_for_pins() {
        let data = Data { protocol_id: "ee1.0".to_owned(), payload: "{}".to_owned() };
        let wish = Registration {
            ship_id: Some("i:1_u:a".parse().unwrap()),
            targets: vec!["wallbox.local:4712/ship/".parse().unwrap()],
            pin: Some("BADCAFE5".parse().unwrap()),
            fingerprint: Some("AB".repeat(32)),
            store_at_once: true,
            remember_pin: true,
            ..Registration::new(SKI)
        };
        for command in [
            Command::Register(wish),
            Command::Accept { ski: SKI },
            Command::Unregister { ski: SKI },
            Command::Disconnect { ski: SKI },
            Command::DisconnectAll,
            Command::Connect { ski: SKI },
            Command::Deny { ski: SKI },
            Command::Cancel { ski: SKI },
            Command::AutoAccept { duration: Duration::from_nanos(2_000_000_005) },
            Command::Rename { ski: SKI, name: "left".to_owned() },
            Command::ForgetAddress { ski: SKI },
            Command::ForgetPin { ski: SKI },
            Command::SetLimit { limit: 3 },
            Command::Adjust(Rules {
                double_connection: DoubleConnection::MostRecent,
                ask_access_methods: false,
                spine: Some(Spine::default()),
            }),
            Command::EnterPin { ski: SKI, pin: "BADCAFE5".parse().unwrap() },
            Command::Send { ski: SKI, data },
            Command::Shutdown,
        ] {
            let record = CommandRecord::new(&command, &mut Pins::default());
            let text = serde_json::to_string(&record).unwrap();
            assert!(!text.to_lowercase().contains("badcafe5"), "{text}");
            let read: CommandRecord = serde_json::from_str(&text).unwrap();
            assert_eq!(read, record);
            let again = CommandRecord::new(&read.command().unwrap(), &mut Pins::of_a_trace());
            assert_eq!(again, record);
            let expected = format!("{command:?}");
            assert_eq!(format!("{:?}", read.command().unwrap()), expected);
        }
    }
}
