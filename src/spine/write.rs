//! The datagrams we send. Fields stand in the order of the SPINE schema, which EEBUS JSON keeps.

use serde::Serialize;

use super::{Address, model::Role};
use crate::proto::codec::plain::to_eebus;

/// The version of SPINE (SPINE protocol specification 1.3.0).
pub(super) const VERSION: &str = "1.3.0";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Header<'a> {
    pub(super) specification_version: &'static str,
    pub(super) address_source: FeatureAddress<'a>,
    pub(super) address_destination: FeatureAddress<'a>,
    pub(super) msg_counter: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) msg_counter_reference: Option<u64>,
    pub(super) cmd_classifier: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) ack_request: bool,
}

#[derive(Serialize)]
pub(super) struct FeatureAddress<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a str>,
    #[serde(skip_serializing_if = "<[u64]>::is_empty")]
    entity: &'a [u64],
    #[serde(skip_serializing_if = "Option::is_none")]
    feature: Option<u64>,
}

impl<'a> FeatureAddress<'a> {
    /// The address of an entity.
    pub(super) fn within(device: &'a str, entity: &'a [u64]) -> Self {
        Self { device: Some(device), entity, feature: None }
    }
}

impl<'a> From<&'a Address> for FeatureAddress<'a> {
    fn from(address: &'a Address) -> Self {
        let Address { device, entity, feature } = address;
        Self { device: device.as_deref(), entity, feature: *feature }
    }
}

/// What a datagram carries: one command with one function.
#[derive(Serialize)]
pub(super) enum Command<'a> {
    #[serde(rename = "nodeManagementDetailedDiscoveryData")]
    Discovery(Discovery<'a>),
    #[serde(rename = "nodeManagementUseCaseData")]
    UseCases(UseCases<'a>),
    #[serde(rename = "nodeManagementSubscriptionRequestCall")]
    Subscribe(Subscribe<'a>),
    #[serde(rename = "resultData")]
    Result(ResultData<'a>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Subscribe<'a> {
    pub(super) subscription_request: Subscription<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Subscription<'a> {
    pub(super) client_address: FeatureAddress<'a>,
    pub(super) server_address: FeatureAddress<'a>,
    pub(super) server_feature_type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResultData<'a> {
    pub(super) error_number: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) description: &'a str,
}

/// Empty in a read.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Discovery<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) specification_version_list: Option<Versions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) device_information: Option<Described<Device<'a>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) entity_information: Vec<Described<Entity<'a>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) feature_information: Vec<Described<Feature<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Versions {
    pub(super) specification_version: [&'static str; 1],
}

#[derive(Serialize)]
pub(super) struct Described<T> {
    pub(super) description: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Device<'a> {
    pub(super) device_address: DeviceAddress<'a>,
    pub(super) device_type: &'a str,
    pub(super) network_feature_set: &'static str,
}

#[derive(Serialize)]
pub(super) struct DeviceAddress<'a> {
    pub(super) device: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entity<'a> {
    pub(super) entity_address: EntityAddress,
    pub(super) entity_type: &'a str,
}

#[derive(Serialize)]
pub(super) struct EntityAddress {
    pub(super) entity: [u64; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Feature<'a> {
    pub(super) feature_address: WithinDevice,
    pub(super) feature_type: &'a str,
    pub(super) role: Role,
    #[serde(skip_serializing_if = "<[Supported]>::is_empty")]
    pub(super) supported_function: &'static [Supported],
}

#[derive(Serialize)]
pub(super) struct WithinDevice {
    pub(super) entity: [u64; 1],
    pub(super) feature: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Supported {
    pub(super) function: &'static str,
    pub(super) possible_operations: Operations,
}

#[derive(Serialize)]
pub(super) struct Operations {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) read: Option<Tag>,
}

/// An element without content.
#[derive(Serialize)]
pub(super) struct Tag {}

/// Empty in a read.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UseCases<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) use_case_information: Vec<OfActor<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfActor<'a> {
    pub(super) address: FeatureAddress<'a>,
    pub(super) actor: &'a str,
    pub(super) use_case_support: Vec<UseCaseSupport<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UseCaseSupport<'a> {
    pub(super) use_case_name: &'a str,
    pub(super) use_case_version: &'a str,
    pub(super) use_case_available: bool,
    pub(super) scenario_support: &'a [u8],
    pub(super) use_case_document_sub_revision: &'static str,
}

#[derive(Serialize)]
struct Outermost<'a> {
    datagram: Datagram<'a>,
}

#[derive(Serialize)]
struct Datagram<'a> {
    header: Header<'a>,
    payload: Payload<'a>,
}

#[derive(Serialize)]
struct Payload<'a> {
    cmd: [Command<'a>; 1],
}

/// The payload, in EEBUS JSON.
pub(super) fn payload(header: Header<'_>, command: Command<'_>) -> String {
    let datagram = Datagram { header, payload: Payload { cmd: [command] } };
    // Texts, numbers and lists can always be written, and are nested far less than is allowed.
    let plain = serde_json::to_string(&Outermost { datagram }).unwrap_or_default();
    to_eebus(&plain).unwrap_or_default()
}
