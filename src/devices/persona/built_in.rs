//! The devices built in.

use std::time::Duration;

use super::{
    super::Fault,
    Decision, Dials, Persona,
    models::{BATTERY, BOILER, DISHWASHER, HEAT_PUMP, INVERTER, METER, WALLBOX},
};

impl Persona {
    /// Those built in, in the order in which they are shown.
    pub fn built_in() -> Vec<Self> {
        let second = Duration::from_secs;
        let trusts = |after| Decision::Trust { after };
        let at_once = trusts(Duration::ZERO);
        let plain = |name: &str, model: &str, device_type: &str, cat: u16, spine| Self {
            name: name.to_owned(),
            brand: "Example".to_owned(),
            model: model.to_owned(),
            device_type: device_type.to_owned(),
            serial: format!("SIM-{}", name.to_uppercase()),
            categories: vec![cat],
            spine,
            decision: at_once,
            dials: Dials::No,
            pin: None,
            drops_after: None,
            fault: None,
        };
        vec![
            plain("wallbox", "Charge 11", "ChargingStation", 3, WALLBOX),
            Self {
                decision: trusts(second(20)),
                ..plain("heat-pump", "Warm 8", "HeatGenerationSystem", 4, HEAT_PUMP)
            },
            Self {
                drops_after: Some(second(30)),
                ..plain("inverter", "Sun 10", "Inverter", 5, INVERTER)
            },
            Self {
                decision: Decision::Refuse { after: second(2) },
                ..plain("meter", "Count 3", "SubMeter", 7, METER)
            },
            Self {
                // Eight digits can always be read.
                pin: "12345678".parse().ok(),
                ..plain("boiler", "Hot 200", "HeatStorageSystem", 4, BOILER)
            },
            Self {
                dials: Dials::Back,
                ..plain("battery", "Store 7", "ElectricitySupplySystem", 5, BATTERY)
            },
            Self {
                dials: Dials::AtSight,
                ..plain("dishwasher", "Clean 60", "Dishwasher", 6, DISHWASHER)
            },
            Self {
                fault: Some(Fault::ClosedPort),
                ..plain("ventilation", "Air 2", "HVACController", 4, BOILER)
            },
        ]
    }
}
