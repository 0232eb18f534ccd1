//! What the devices built in are in the eyes of SPINE.

use crate::spine::{Entity, Feature, Model, Role, UseCase};

const fn server(kind: &'static str) -> Feature {
    Feature { kind, role: Role::Server }
}

const fn client(kind: &'static str) -> Feature {
    Feature { kind, role: Role::Client }
}

const fn case(
    actor: &'static str,
    name: &'static str,
    version: &'static str,
    scenarios: &'static [u8],
) -> UseCase {
    UseCase { entity: 1, actor, name, version, scenarios }
}

const CONSUMPTION: UseCase =
    case("MonitoredUnit", "monitoringOfPowerConsumption", "1.0.0", &[1, 2, 3, 4, 5]);
const LIMITATION: UseCase =
    case("ControllableSystem", "limitationOfPowerConsumption", "1.0.0", &[1, 2, 3, 4]);

pub(in crate::devices) const WALLBOX: Model = Model {
    device_type: "ChargingStation",
    entities: &[Entity {
        kind: "EVSE",
        features: &[
            server("DeviceClassification"),
            server("DeviceDiagnosis"),
            server("ElectricalConnection"),
            server("Measurement"),
            server("LoadControl"),
        ],
    }],
    use_cases: &[
        case("EVSE", "evseCommissioningAndConfiguration", "1.0.1", &[1, 2]),
        LIMITATION,
        CONSUMPTION,
    ],
};

pub(super) const HEAT_PUMP: Model = Model {
    device_type: "HeatGenerationSystem",
    entities: &[
        Entity {
            kind: "HeatPumpAppliance",
            features: &[
                server("DeviceDiagnosis"),
                server("LoadControl"),
                server("DeviceConfiguration"),
                server("ElectricalConnection"),
                server("Measurement"),
            ],
        },
        Entity { kind: "Compressor", features: &[server("SmartEnergyManagementPs")] },
        Entity { kind: "DHWCircuit", features: &[server("HVAC"), server("Setpoint")] },
    ],
    use_cases: &[LIMITATION, CONSUMPTION],
};

pub(super) const INVERTER: Model = Model {
    device_type: "Inverter",
    entities: &[Entity {
        kind: "PVSystem",
        features: &[
            server("ElectricalConnection"),
            server("Measurement"),
            server("DeviceDiagnosis"),
        ],
    }],
    use_cases: &[case(
        "PVSystem",
        "visualizationOfAggregatedPhotovoltaicData",
        "1.0.0",
        &[1, 2, 3],
    )],
};

pub(super) const METER: Model = Model {
    device_type: "SubMeter",
    entities: &[Entity {
        kind: "GridConnectionPointOfPremises",
        features: &[server("ElectricalConnection"), server("Measurement")],
    }],
    use_cases: &[case(
        "GridConnectionPoint",
        "monitoringOfGridConnectionPoint",
        "1.0.0",
        &[2, 3, 4, 5, 6, 7],
    )],
};

pub(super) const BOILER: Model = Model {
    device_type: "HeatStorageSystem",
    entities: &[Entity {
        kind: "DHWCircuit",
        features: &[server("HVAC"), server("Setpoint"), server("Measurement")],
    }],
    use_cases: &[case("DHWCircuit", "monitoringOfDhwTemperature", "1.0.0", &[1])],
};

pub(super) const BATTERY: Model = Model {
    device_type: "ElectricitySupplySystem",
    entities: &[Entity {
        kind: "BatterySystem",
        features: &[
            server("ElectricalConnection"),
            server("Measurement"),
            server("DeviceDiagnosis"),
        ],
    }],
    use_cases: &[case(
        "BatterySystem",
        "visualizationOfAggregatedBatteryData",
        "1.0.0",
        &[1, 2, 3, 4],
    )],
};

pub(super) const DISHWASHER: Model = Model {
    device_type: "Dishwasher",
    entities: &[Entity {
        kind: "Dishwasher",
        features: &[
            server("SmartEnergyManagementPs"),
            server("DeviceDiagnosis"),
            client("TimeInformation"),
        ],
    }],
    use_cases: &[case("SmartAppliance", "flexibleStartForWhiteGoods", "1.0.0", &[1, 2])],
};
