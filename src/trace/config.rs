//! The settings of the hub as a trace has them: its PINs are stand-ins.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::pins::Pins;
use crate::{
    hub::Config,
    proto::{Pin, handshake::PinPolicy},
};

/// The settings of a hub.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ConfigRecord {
    /// Everything but the PINs, by its name; a duration has `secs` and `nanos`.
    #[serde(flatten)]
    pub settings: Map<String, Value>,
    /// The PIN for every trusted peer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin_for_trusted: Option<String>,
    /// The PIN we demand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin_demanded: Option<String>,
    /// Whether nothing goes on without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pin_required: bool,
}

impl ConfigRecord {
    /// The settings, written down.
    pub fn new(config: &Config, pins: &mut Pins) -> Self {
        let (demanded, pin_required) = match &config.pin_policy {
            PinPolicy::None => (None, false),
            PinPolicy::Optional(pin) => (Some(pin), false),
            PinPolicy::Required(pin) => (Some(pin), true),
        };
        Self {
            settings: fields(config),
            pin_for_trusted: config.pin_for_trusted.as_ref().map(|pin| pins.stand_in(pin)),
            pin_demanded: demanded.map(|pin| pins.stand_in(pin)),
            pin_required,
        }
    }

    /// The settings they were written from; those an older version did not write have their
    /// defaults. `None` if they cannot be read.
    pub fn config(&self) -> Option<Config> {
        let of = |name: &str| self.settings.get(name)?.as_str();
        let usual = Config::new(of("ski")?.parse().ok()?, of("ship_id")?.parse().ok()?);
        let mut settings = fields(&usual);
        settings.extend(self.settings.clone());
        let mut config: Config = serde_json::from_value(Value::Object(settings)).ok()?;
        let pin = |text: &Option<String>| text.as_ref().map(|text| text.parse::<Pin>()).transpose();
        config.pin_for_trusted = pin(&self.pin_for_trusted).ok()?;
        config.pin_policy = match (pin(&self.pin_demanded).ok()?, self.pin_required) {
            (None, _) => PinPolicy::None,
            (Some(pin), false) => PinPolicy::Optional(pin),
            (Some(pin), true) => PinPolicy::Required(pin),
        };
        Some(config)
    }
}

fn fields(config: &Config) -> Map<String, Value> {
    match serde_json::to_value(config) {
        Ok(Value::Object(fields)) => fields,
        // Names, numbers and texts can always be written, and as an object.
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_they_were_written_with_stand_ins_for_pins() {
        let ski = crate::proto::Ski::from_bytes([3; 20]);
        let mut config = Config::new(ski, "i:1_u:us".parse().unwrap());
        config.max_connections = 77;
        config.timing.hello_init = std::time::Duration::from_nanos(61_000_000_007);
        config.pin_policy = PinPolicy::Required("BADCAFE5".parse().unwrap());
        config.pin_for_trusted = Some("CAFEBABE12".parse().unwrap());
        let record = ConfigRecord::new(&config, &mut Pins::default());
        let text = serde_json::to_string(&record).unwrap();
        assert!(!text.contains("CAFE"), "{text}");
        let read: ConfigRecord = serde_json::from_str(&text).unwrap();
        let back = read.config().unwrap();
        assert_eq!(fields(&back), fields(&config));
        assert!(matches!(back.pin_policy, PinPolicy::Required(pin) if pin.expose().len() == 8));
        assert_eq!(back.pin_for_trusted.unwrap().expose().len(), 10);
    }

    #[test]
    fn what_an_older_version_did_not_write_has_its_default() {
        let settings = serde_json::json!({"ski": "55".repeat(20), "ship_id": "i:1_u:us", "new": 1});
        let record: ConfigRecord = serde_json::from_value(settings).unwrap();
        assert_eq!(record.config().unwrap().max_connections, 10);
        assert!(ConfigRecord::default().config().is_none());
    }
}
