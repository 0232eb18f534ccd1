//! The use cases of EEBUS in words.

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
    fn every_name_stands_there_once_and_in_order() {
        let sorted = |a: &str, b: &str| a.to_lowercase() < b.to_lowercase();
        assert!(NAMES.windows(2).all(|pair| sorted(pair[0].0, pair[1].0)));
        assert_eq!(of_use_case("evStateOfCharge"), Some("EV state of charge"));
        assert_eq!(of_use_case("EVStateOfCharge"), None);
    }
}
