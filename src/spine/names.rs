//! The use cases of EEBUS in words, and the part a device plays in them.

/// The part a device plays in a use case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// It controls others.
    Controls,
    /// It reads what others measure or report.
    Monitors,
    /// Others may limit its power.
    CanBeLimited,
    /// Others may control it.
    CanBeControlled,
    /// Others may read what it measures or reports.
    CanBeMonitored,
}

impl Part {
    /// In words: `can be limited`.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Controls => "controls",
            Self::Monitors => "monitors",
            Self::CanBeLimited => "can be limited",
            Self::CanBeControlled => "can be controlled",
            Self::CanBeMonitored => "can be monitored",
        }
    }

    /// Whether it acts on others, as an energy manager does.
    pub const fn is_of_manager(self) -> bool {
        matches!(self, Self::Controls | Self::Monitors)
    }
}

/// The actors that act on others; in each use case there is one of them.
const MANAGERS: [&str; 6] = [
    "CEM",
    "ConfigurationAppliance",
    "EnergyBroker",
    "EnergyGuard",
    "MonitoringAppliance",
    "VisualizationAppliance",
];

/// What the names of use cases begin with in which data is read only.
const READ_ONLY: [&str; 7] = [
    "evChargingSummary",
    "evCommissioning",
    "evStateOfCharge",
    "evseCommissioning",
    "measurementOf",
    "monitoringOf",
    "visualizationOf",
];

/// The part an actor plays in a use case; `None` where the use case is not one of EEBUS.
pub(super) fn part(name: &str, actor: &str) -> Option<Part> {
    of_use_case(name)?;
    let reads = READ_ONLY.iter().any(|begins| name.starts_with(begins));
    Some(match (MANAGERS.contains(&actor), reads) {
        (true, true) => Part::Monitors,
        (true, false) => Part::Controls,
        (false, true) => Part::CanBeMonitored,
        (false, false) if name.starts_with("limitationOf") => Part::CanBeLimited,
        (false, false) => Part::CanBeControlled,
    })
}

/// The name in words, if it is one of those of EEBUS.
pub(super) fn of_use_case(name: &str) -> Option<&'static str> {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, words)| *words)
}

const NAMES: [(&str, &str); 37] = [
    ("configurationOfDhwSystemFunction", "configuration of hot water"),
    ("configurationOfDhwTemperature", "configuration of hot water temperature"),
    ("configurationOfRoomCoolingSystemFunction", "configuration of room cooling"),
    ("configurationOfRoomCoolingTemperature", "configuration of room cooling temperature"),
    ("configurationOfRoomHeatingSystemFunction", "configuration of room heating"),
    ("configurationOfRoomHeatingTemperature", "configuration of room heating temperature"),
    ("controlOfBattery", "control of battery"),
    ("coordinatedEvCharging", "coordinated EV charging"),
    ("evChargingSummary", "EV charging summary"),
    ("evCommissioningAndConfiguration", "EV commissioning and configuration"),
    ("evseCommissioningAndConfiguration", "EVSE commissioning and configuration"),
    ("evStateOfCharge", "EV state of charge"),
    ("flexibleLoad", "flexible load"),
    ("flexibleStartForWhiteGoods", "flexible start for white goods"),
    (
        "incentiveTableBasedPowerConsumptionManagement",
        "power consumption management by incentive table",
    ),
    ("limitationOfPowerConsumption", "limitation of power consumption"),
    ("limitationOfPowerProduction", "limitation of power production"),
    ("measurementOfElectricityDuringEvCharging", "measurement of electricity during EV charging"),
    ("monitoringAndControlOfSmartGridReadyConditions", "SG-Ready conditions"),
    ("monitoringOfBattery", "monitoring of battery"),
    ("monitoringOfDhwSystemFunction", "monitoring of hot water"),
    ("monitoringOfDhwTemperature", "monitoring of hot water temperature"),
    ("monitoringOfGridConnectionPoint", "monitoring of grid connection point"),
    ("monitoringOfInverter", "monitoring of inverter"),
    ("monitoringOfOutdoorTemperature", "monitoring of outdoor temperature"),
    ("monitoringOfPowerConsumption", "monitoring of power consumption"),
    ("monitoringOfPvString", "monitoring of PV string"),
    ("monitoringOfRoomCoolingSystemFunction", "monitoring of room cooling"),
    ("monitoringOfRoomHeatingSystemFunction", "monitoring of room heating"),
    ("monitoringOfRoomTemperature", "monitoring of room temperature"),
    (
        "optimizationOfSelfConsumptionByHeatPumpCompressorFlexibility",
        "optimization of self-consumption by heat pump flexibility",
    ),
    (
        "optimizationOfSelfConsumptionDuringEvCharging",
        "optimization of self-consumption during EV charging",
    ),
    (
        "overloadProtectionByEvChargingCurrentCurtailment",
        "overload protection by EV charging current curtailment",
    ),
    ("timeOfUseTariff", "time-of-use tariff"),
    ("visualizationOfAggregatedBatteryData", "visualization of aggregated battery data"),
    ("visualizationOfAggregatedPhotovoltaicData", "visualization of aggregated photovoltaic data"),
    ("visualizationOfHeatingAreaName", "visualization of heating area name"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_follows_from_the_actor_and_the_use_case() {
        for (name, actor, words) in [
            ("limitationOfPowerConsumption", "EnergyGuard", "controls"),
            ("limitationOfPowerProduction", "ControllableSystem", "can be limited"),
            ("monitoringOfPowerConsumption", "MonitoringAppliance", "monitors"),
            ("monitoringOfPowerConsumption", "MonitoredUnit", "can be monitored"),
            ("monitoringOfGridConnectionPoint", "GridConnectionPoint", "can be monitored"),
            ("evStateOfCharge", "CEM", "monitors"),
            ("overloadProtectionByEvChargingCurrentCurtailment", "CEM", "controls"),
            ("overloadProtectionByEvChargingCurrentCurtailment", "EV", "can be controlled"),
            ("monitoringAndControlOfSmartGridReadyConditions", "CEM", "controls"),
        ] {
            assert_eq!(part(name, actor).map(Part::in_words), Some(words), "{name} {actor}");
        }
        assert_eq!(part("weatherForecast", "CEM"), None);
    }

    #[test]
    fn every_name_stands_there_once_and_in_order() {
        let sorted = |a: &str, b: &str| a.to_lowercase() < b.to_lowercase();
        assert!(NAMES.windows(2).all(|pair| sorted(pair[0].0, pair[1].0)));
        assert_eq!(of_use_case("evStateOfCharge"), Some("EV state of charge"));
        assert_eq!(of_use_case("EVStateOfCharge"), None);
    }
}
