//! A device in the eyes of SPINE: what it asks, and what it answers.

#[cfg(test)]
mod tests;
mod told;

use super::{
    Address, News,
    model::Model,
    offers,
    read::{self, Datagram},
    write::{
        Command, Discovery, Header, ResultData, Subscribe, Subscription, UseCases, VERSION, payload,
    },
};
use told::{discovery, use_cases};

/// A device on one connection: it counts its datagrams, and knows what it has asked.
#[derive(Clone, Debug)]
pub struct Node {
    address: String,
    model: Model,
    counter: u64,
    /// The counters of what the peer has not answered yet.
    asked_discovery: Option<u64>,
    asked_use_cases: Option<u64>,
    /// Whether we have asked to be told when the peer changes.
    subscribed: bool,
}

/// What a payload came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// What to send in return, in this order.
    pub say: Vec<String>,
    /// What the peer told of itself.
    pub news: Option<News>,
    /// Whether the peer read our use cases.
    pub read_use_cases: bool,
}

/// The functions node management answers.
const DISCOVERY: &str = "nodeManagementDetailedDiscoveryData";
const USE_CASES: &str = "nodeManagementUseCaseData";
const SUBSCRIBE: &str = "nodeManagementSubscriptionRequestCall";
const UNSUBSCRIBE: &str = "nodeManagementSubscriptionDeleteCall";
const RESULT: &str = "resultData";

const MANAGEMENT: &str = "NodeManagement";

// The error numbers of `resultData`.
const NO_ERROR: u32 = 0;
const GENERAL_ERROR: u32 = 1;
const DESTINATION_UNKNOWN: u32 = 4;
const COMMAND_NOT_SUPPORTED: u32 = 6;
const COMMAND_REJECTED: u32 = 7;

/// The longest payload that is read. What a device consists of takes tens of KiB.
const LONGEST: usize = 256 << 10;

impl Node {
    /// A device of this address, `d:_i:46925_wallbox` for one, that has sent nothing yet.
    pub fn new(address: impl Into<String>, model: Model) -> Self {
        Self {
            address: address.into(),
            model,
            counter: 0,
            asked_discovery: None,
            asked_use_cases: None,
            subscribed: false,
        }
    }

    /// What every device asks first: what the other one consists of. The payload of SHIP data. Its
    /// answer is followed by what there is to ask next.
    pub fn ask_discovery(&mut self) -> String {
        let asked = self.ask(&Address::default(), Command::Discovery(Discovery::default()));
        self.asked_discovery = Some(self.counter);
        asked
    }

    /// What it asks next: which use cases the device behind this address supports.
    fn ask_use_cases(&mut self, of: &Address) -> String {
        let asked = self.ask(of, Command::UseCases(UseCases::default()));
        self.asked_use_cases = Some(self.counter);
        asked
    }

    /// Asks to be told when what the device behind this address consists of changes.
    fn subscribe(&mut self, to: &Address) -> String {
        self.subscribed = true;
        let device = self.address.clone();
        let (client, server) = (management(Some(device.clone())), management(to.device.clone()));
        let subscription_request = Subscription {
            client_address: (&client).into(),
            server_address: (&server).into(),
            server_feature_type: MANAGEMENT,
        };
        let command = Command::Subscribe(Subscribe { subscription_request });
        self.datagram("call", &device, &management(None), &server, None, command)
    }

    /// Takes in a payload. What is no datagram, is far too long, or cannot be referred to because it
    /// has no counter, is not answered.
    pub fn take(&mut self, payload: &str) -> Taken {
        let read = Some(payload).filter(|payload| payload.len() <= LONGEST);
        let Some(datagram) = read.and_then(read::datagram) else { return Taken::default() };
        let news = self.learn(&datagram);
        let mut say: Vec<String> = self.answer(&datagram).into_iter().collect();
        let discovered = matches!(news, Some(News::Device(_)));
        // One that does not tell what it consists of may tell its use cases all the same.
        if discovered || self.is_refusal(&datagram, self.asked_discovery) {
            self.asked_discovery = None;
            if discovered && !self.subscribed {
                say.push(self.subscribe(&datagram.from));
            }
            say.push(self.ask_use_cases(&datagram.from));
        }
        let is_read = datagram.classifier.as_deref() == Some("read");
        let read_use_cases = is_read && datagram.function.as_deref() == Some(USE_CASES);
        Taken { say, news, read_use_cases }
    }

    /// What the peer tells of itself: an answer to what we asked, or that it has changed.
    fn learn(&mut self, datagram: &Datagram) -> Option<News> {
        let (function, data) = (datagram.function.as_deref()?, &datagram.data);
        match (datagram.classifier.as_deref()?, function) {
            ("reply", DISCOVERY) => {
                self.asked_discovery.take()?;
                Some(News::Device(Box::new(offers::device(data))))
            }
            ("reply", USE_CASES) => {
                self.asked_use_cases.take()?;
                let (use_cases, cut) = offers::use_cases(data);
                Some(News::UseCases(use_cases, cut))
            }
            ("notify", DISCOVERY | USE_CASES) => Some(News::Changed),
            ("result", RESULT) if self.is_refusal(datagram, self.asked_use_cases) => {
                self.asked_use_cases = None;
                Some(News::UseCases(Vec::new(), false))
            }
            _ => None,
        }
    }

    /// Whether the peer refuses what we asked with this counter.
    fn is_refusal(&self, datagram: &Datagram, asked: Option<u64>) -> bool {
        datagram.function.as_deref() == Some(RESULT)
            && asked.is_some()
            && datagram.reference == asked
            && read::number(&datagram.data["errorNumber"]) != Some(NO_ERROR.into())
    }

    fn answer(&mut self, datagram: &Datagram) -> Option<String> {
        let counter = datagram.counter?;
        let function = datagram.function.as_deref().unwrap_or_default();
        let result = |error, description| {
            let data = ResultData { error_number: error, description };
            ("result", Command::Result(data))
        };
        let model = self.model;
        let address = self.address.clone();
        let elsewhere = |to: &Address| to.device.as_deref().is_some_and(|device| device != address);
        let answer = match (datagram.classifier.as_deref(), function) {
            (Some("read" | "write" | "call"), _) if elsewhere(&datagram.to) => {
                result(DESTINATION_UNKNOWN, "this is another device")
            }
            (Some("read"), DISCOVERY) => {
                let data = discovery(&address, &model);
                ("reply", Command::Discovery(data))
            }
            (Some("read"), USE_CASES) => {
                let data = use_cases(&address, &model);
                ("reply", Command::UseCases(data))
            }
            // What we consist of never changes: a subscription takes nothing to keep.
            (Some("call"), SUBSCRIBE) => {
                let request = &datagram.data["subscriptionRequest"];
                let server = read::address(&request["serverAddress"]);
                let kind = request["serverFeatureType"].as_str().unwrap_or(MANAGEMENT);
                if !elsewhere(&server) && is_management(&server) && kind == MANAGEMENT {
                    result(NO_ERROR, "")
                } else {
                    result(COMMAND_REJECTED, "only node management can be subscribed to")
                }
            }
            (Some("call"), UNSUBSCRIBE) => result(NO_ERROR, ""),
            (Some("read" | "write" | "call"), _) => {
                result(COMMAND_NOT_SUPPORTED, "this is not supported here")
            }
            (Some("reply" | "notify"), _) if datagram.ack_request => result(NO_ERROR, ""),
            // Nobody acknowledges a result.
            (Some("reply" | "notify" | "result"), _) => return None,
            _ => result(GENERAL_ERROR, "the command classifier is not known"),
        };
        let (classifier, command) = answer;
        let from = if datagram.to.entity.is_empty() { &management(None) } else { &datagram.to };
        let to = &datagram.from;
        Some(self.datagram(classifier, &address, from, to, Some(counter), command))
    }

    fn ask(&mut self, of: &Address, command: Command<'_>) -> String {
        let (address, to) = (self.address.clone(), management(of.device.clone()));
        self.datagram("read", &address, &management(None), &to, None, command)
    }

    /// A datagram from one of our features.
    fn datagram(
        &mut self,
        classifier: &'static str,
        device: &str,
        from: &Address,
        to: &Address,
        reference: Option<u64>,
        command: Command<'_>,
    ) -> String {
        self.counter += 1;
        let from = Address { device: Some(device.to_owned()), ..from.clone() };
        let header = Header {
            specification_version: VERSION,
            address_source: (&from).into(),
            address_destination: to.into(),
            msg_counter: self.counter,
            msg_counter_reference: reference,
            cmd_classifier: classifier,
            // What is read is answered anyway.
            ack_request: classifier == "call",
        };
        payload(header, command)
    }
}

/// Node management: the feature 0 of the entity `[0]` every device has.
fn management(device: Option<String>) -> Address {
    Address { device, entity: vec![0], feature: Some(0) }
}

fn is_management(address: &Address) -> bool {
    address.entity == [0] && address.feature == Some(0)
}
