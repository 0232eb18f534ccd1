//! Plain names of device types: the one table for people. JSON keeps what the device says.

/// What kinds of device are called, by a part of their type or model: letters and digits in lower case.
/// The first that fits counts, so the longer and the more telling parts come first.
const TYPES: &[(&str, &str)] = &[
    ("chargingstation", "wallbox"),
    ("wallbox", "wallbox"),
    ("evse", "wallbox"),
    ("charger", "wallbox"),
    ("electricitysupply", "power supply"),
    ("electricitystorage", "battery"),
    ("electricitygeneration", "inverter"),
    ("battery", "battery"),
    ("heatpump", "heat pump"),
    ("heatgeneration", "heat pump"),
    ("heatstorage", "hot water"),
    ("hotwater", "hot water"),
    ("dhw", "hot water"),
    ("boiler", "hot water"),
    ("hvac", "heating control"),
    ("heatsink", "heating control"),
    ("ventilation", "ventilation"),
    ("inverter", "inverter"),
    ("pvsystem", "inverter"),
    ("gridguard", "control box"),
    ("controlbox", "control box"),
    ("steuerbox", "control box"),
    ("energymanage", "energy manager"),
    ("hems", "energy manager"),
    ("cem", "energy manager"),
    ("submeter", "meter"),
    ("meter", "meter"),
    ("dishwasher", "dishwasher"),
    ("washer", "washing machine"),
    ("dryer", "dryer"),
];

/// What devices of a category are called (`cat`, SRIP 2.2).
const CATEGORIES: &[(u16, &str)] = &[
    (1, "grid connection"),
    (2, "energy manager"),
    (3, "wallbox"),
    (4, "heating"),
    (5, "inverter"),
    (6, "appliance"),
    (7, "meter"),
];

/// The plain name of a device: by its type (of mDNS or of SPINE), else its category, else its model.
/// Without any that is known, the type as it came, which is not safe to show; empty if there is none.
pub fn plain<'a>(device_type: Option<&'a str>, categories: &[u16], model: Option<&str>) -> &'a str {
    let by_text = |text: &str| {
        let text: String =
            text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        TYPES.iter().find(|(part, _)| text.contains(part)).map(|(_, name)| *name)
    };
    let by_category = || {
        let first = categories.first()?;
        CATEGORIES.iter().find(|(number, _)| number == first).map(|(_, name)| *name)
    };
    device_type
        .and_then(by_text)
        .or_else(by_category)
        .or_else(|| model.and_then(by_text))
        .or(device_type)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_type_before_category_before_model() {
        for (device_type, categories, model, expected) in [
            (Some("ChargingStation"), &[4][..], None, "wallbox"),
            (Some("HeatGenerationSystem"), &[4], None, "heat pump"),
            (Some("HeatStorageSystem"), &[4], None, "hot water"),
            (Some("SubMeter"), &[], None, "meter"),
            (Some("EnergyManagementSystem"), &[2], None, "energy manager"),
            (Some("Heat-Pump 9"), &[], None, "heat pump"),
            (Some("X200"), &[7], Some("Charger"), "meter"),
            (Some("X200"), &[], Some("Charger One"), "wallbox"),
            (Some("X200"), &[99], Some("Y"), "X200"),
            (None, &[3, 5], None, "wallbox"),
            (None, &[], None, ""),
        ] {
            assert_eq!(plain(device_type, categories, model), expected, "{device_type:?}");
        }
    }
}
