//! Quirks of known devices and stacks: what is recognised of them, what they do, and what shipctl
//! does about it. Pure.
//!
//! A quirk is recognised by what the record of a device says of it (brand and model), by its
//! certificate, or by what it did. It explains findings: known, and whether it is tolerated.

use std::{borrow::Cow, collections::BTreeSet};

use serde::{Deserialize, Serialize};

use super::Code;
use crate::{
    hub::backoff::Verdict,
    mdns::service::Service,
    proto::{
        close_code::{PLAIN, REJECTED},
        codec::DecodeRemark,
        handshake::{Cause, Denial, End, Remark},
    },
};

/// The version of this table: raised by one with every change of a row.
pub const QUIRKS_VERSION: u32 = 1;

/// Something a quirk is recognised by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sign {
    /// It sent `00` bytes behind the JSON of a message.
    TrailingZeros,
    /// Its certificate writes a boolean, or a length, as only BER does.
    NotDer,
    /// It closed with 4001 `close` and announced nothing.
    PlainClose,
    /// It closed with 4452 `Node rejected by application`.
    NodeRejected,
    /// It gave `User close` as the reason of its close.
    UserClose,
    /// It refused at once, and took the second attempt for the first.
    StartUpRace,
    /// It announces `register=true`.
    RegisterTrue,
    /// It announces a link-local address without its scope.
    NoScope,
    /// It announces its SKI otherwise than in 40 small letters and digits.
    SkiInItsOwnForm,
    /// It announces an address of a container.
    ContainerAddress,
}

/// A row of the table.
#[derive(Debug)]
pub struct Quirk {
    /// A stable name: `porsche-mobile-charger`.
    pub name: &'static str,
    /// Whose quirk it is.
    pub who: &'static str,
    /// What it does.
    pub does: &'static str,
    /// What shipctl does about it.
    pub handling: &'static str,
    /// The findings it explains.
    pub codes: &'static [Code],
    /// How it is recognised, in words.
    pub recognised_by: &'static str,
    is_it: fn(&Known<'_>) -> bool,
}

/// What is known of a device.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The brand in its record.
    pub brand: Option<&'a str>,
    /// The model in its record.
    pub model: Option<&'a str>,
    /// What it showed and did.
    pub signs: &'a BTreeSet<Sign>,
}

/// A quirk of a peer, as it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuirkSeen {
    /// The name of the row.
    pub name: Cow<'static, str>,
    /// Whose quirk it is.
    pub who: Cow<'static, str>,
    /// What it does.
    pub does: Cow<'static, str>,
    /// What shipctl does about it.
    pub handling: Cow<'static, str>,
    /// The findings it explains.
    pub codes: Vec<Code>,
}

/// The table.
pub const QUIRKS: &[Quirk] = &[
    Quirk {
        name: "porsche-mobile-charger",
        who: "Porsche Mobile Charger Connect and Plus",
        does: "It appends 00 bytes to its JSON, and its certificate writes a boolean as 01.",
        handling: "tolerated",
        codes: &[Code::Dat01, Code::Cert05],
        recognised_by: "its brand; or both habits",
        is_it: |it| it.says(it.brand, "porsche") || it.did(&[Sign::TrailingZeros, Sign::NotDer]),
    },
    Quirk {
        name: "ship-go-close",
        who: "ship-go and what is built on it (evcc, eebus-go)",
        does: "It closes with 4001 or 4452 and announces nothing, or announces the reason User close.",
        handling: "taken for a close or a refusal",
        codes: &[Code::Cls03, Code::Hel02],
        recognised_by: "these closes",
        is_it: |it| {
            [Sign::PlainClose, Sign::NodeRejected, Sign::UserClose].iter().any(|s| it.did(&[*s]))
        },
    },
    Quirk {
        name: "ship-go-start-up-race",
        who: "ship-go as server, on a busy computer",
        does: "It loses a hello that comes within milliseconds of the upgrade, and answers aborted \
               although it trusts us.",
        handling: "dialled once more at once, with a pause; no refusal",
        codes: &[Code::Hel03],
        recognised_by: "a refusal within half a second of our hello",
        is_it: |it| it.did(&[Sign::StartUpRace]),
    },
    Quirk {
        name: "always-auto-accept",
        who: "Several wallboxes",
        does: "They announce register=true all the time, accept one pairing while their window is open, and then \
               close with 4452.",
        handling: "taken for a refusal, with the advice to open pairing again",
        codes: &[Code::Mdns11, Code::Hel02],
        recognised_by: "register=true in the record, and a close with 4452",
        is_it: |it| it.did(&[Sign::RegisterTrue, Sign::NodeRejected]),
    },
    Quirk {
        name: "ski-form",
        who: "Several stacks",
        does: "They write the SKI in capitals or with separators in the record.",
        handling: "tolerated: SKIs are compared by their bytes",
        codes: &[Code::Mdns08],
        recognised_by: "the text of ski in the record",
        is_it: |it| it.did(&[Sign::SkiInItsOwnForm]),
    },
    Quirk {
        name: "container-addresses",
        who: "avahi on a host with containers, or behind NAT",
        does: "It announces addresses of container networks, which nobody outside can reach.",
        handling: "every address is tried, and which one failed is told",
        codes: &[Code::Tcp01, Code::Tcp02],
        recognised_by: "an address within 172.17.0.0/16 beside others in the record",
        is_it: |it| it.did(&[Sign::ContainerAddress]),
    },
    Quirk {
        name: "no-scope",
        who: "Stacks on jmDNS",
        does: "They announce link-local IPv6 addresses without a scope.",
        handling: "dialled on the interface the record came from, where that is known",
        codes: &[Code::Dns02],
        recognised_by: "such an address",
        is_it: |it| it.did(&[Sign::NoScope]),
    },
];

/// The quirks of a device.
pub fn recognise(known: &Known<'_>) -> Vec<&'static Quirk> {
    QUIRKS.iter().filter(|quirk| (quirk.is_it)(known)).collect()
}

impl Known<'_> {
    fn says(&self, text: Option<&str>, word: &str) -> bool {
        text.is_some_and(|text| text.to_lowercase().contains(word))
    }

    fn did(&self, signs: &[Sign]) -> bool {
        signs.iter().all(|sign| self.signs.contains(sign))
    }
}

impl From<&Quirk> for QuirkSeen {
    fn from(quirk: &Quirk) -> Self {
        Self {
            name: quirk.name.into(),
            who: quirk.who.into(),
            does: quirk.does.into(),
            handling: quirk.handling.into(),
            codes: quirk.codes.to_vec(),
        }
    }
}

/// The first of these quirks that explains a finding, in a few words: `known of …: tolerated`.
pub fn explanation(quirks: &[QuirkSeen], code: Code) -> Option<String> {
    let quirk = quirks.iter().find(|quirk| quirk.codes.contains(&code))?;
    Some(format!("known of {}: {}", quirk.who, quirk.handling))
}

/// What a message that was tolerated is a sign of.
pub fn sign_of_remark(remark: &Remark) -> Option<Sign> {
    match remark {
        Remark::Decoded(DecodeRemark::TrailingZeros) => Some(Sign::TrailingZeros),
        Remark::OddCloseReason(reason) if reason == "User close" => Some(Sign::UserClose),
        _ => None,
    }
}

/// What the end of a connection is a sign of.
pub fn sign_of_end(end: &End, verdict: Verdict) -> Option<Sign> {
    let (code, text) = match &end.cause {
        _ if verdict == Verdict::RetryAtOnce => return Some(Sign::StartUpRace),
        Cause::ClosedWithCode { code, text } => (*code, text),
        Cause::Denied { how: Denial::Closed { code: Some(code), text }, .. } => (*code, text),
        _ => return None,
    };
    match (code, &**text) {
        PLAIN => Some(Sign::PlainClose),
        REJECTED => Some(Sign::NodeRejected),
        _ => None,
    }
}

/// What the record of a service is a sign of.
pub fn signs_of_service(service: &Service) -> Vec<Sign> {
    let txt = &service.txt;
    let is_plain = |ski: &str| !ski.chars().any(|c| c.is_ascii_uppercase() || " -:".contains(c));
    let odd_ski = |(key, value): &(String, String)| {
        key.eq_ignore_ascii_case("ski") && txt.ski.is_some() && !is_plain(value)
    };
    let lacks_scope = super::judge::lacks_scope;
    let signs = [
        (Sign::RegisterTrue, txt.register == Some(true)),
        (Sign::SkiInItsOwnForm, txt.raw.iter().any(odd_ski)),
        (Sign::NoScope, service.addresses.iter().any(lacks_scope)),
        (Sign::ContainerAddress, announces_container(service)),
    ];
    signs.into_iter().filter_map(|(sign, shown)| shown.then_some(sign)).collect()
}

/// The network Docker takes for its containers where nobody said otherwise.
fn announces_container(service: &Service) -> bool {
    let is_container = |ip: std::net::IpAddr| match ip {
        std::net::IpAddr::V4(v4) => v4.octets()[..2] == [172, 17],
        std::net::IpAddr::V6(_) => false,
    };
    let v4 = || service.addresses.iter().map(|at| at.ip()).filter(|ip| ip.is_ipv4());
    v4().any(is_container) && !v4().all(is_container)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{mdns::txt::Txt, proto::ProtocolState};

    fn names(brand: Option<&str>, signs: &[Sign]) -> Vec<&'static str> {
        let signs = signs.iter().copied().collect();
        let known = Known { brand, model: None, signs: &signs };
        recognise(&known).into_iter().map(|quirk| quirk.name).collect()
    }

    #[test]
    fn a_device_is_recognised_by_brand_or_behaviour_and_an_unknown_one_is_not() {
        assert_eq!(names(Some("PORSCHE AG"), &[]), ["porsche-mobile-charger"]);
        let habits = [Sign::TrailingZeros, Sign::NotDer];
        assert_eq!(names(None, &habits), ["porsche-mobile-charger"]);
        assert_eq!(names(None, &habits[..1]), [""; 0], "many append 00 bytes");
        assert_eq!(names(Some("Demo"), &[Sign::RegisterTrue]), [""; 0]);
        let wallbox = [Sign::RegisterTrue, Sign::NodeRejected];
        assert_eq!(names(None, &wallbox), ["ship-go-close", "always-auto-accept"]);
    }

    #[test]
    fn names_are_given_once_and_every_sign_is_of_use() {
        let names_given: BTreeSet<&str> = QUIRKS.iter().map(|quirk| quirk.name).collect();
        assert_eq!(names_given.len(), QUIRKS.len());
        for quirk in QUIRKS {
            assert!(quirk.does.ends_with('.') && !quirk.codes.is_empty(), "{}", quirk.name);
        }
        for sign in [
            Sign::PlainClose,
            Sign::UserClose,
            Sign::StartUpRace,
            Sign::NoScope,
            Sign::SkiInItsOwnForm,
            Sign::ContainerAddress,
        ] {
            assert_eq!(names(None, &[sign]).len(), 1, "{sign:?}");
        }
    }

    #[test]
    fn what_a_peer_did_is_a_sign_of_its_stack() {
        let end = |cause| End {
            during: ProtocolState::Complete,
            cause,
            completed: true,
            after: Default::default(),
            instead: None,
        };
        let closed = |code, text: &str| Cause::ClosedWithCode { code, text: text.into() };
        let sign = |cause| sign_of_end(&end(cause), Verdict::Retry);
        assert_eq!(sign(closed(4001, "close")), Some(Sign::PlainClose));
        assert_eq!(sign(closed(4001, "double connection")), None);
        assert_eq!(sign(closed(4452, "Node rejected by application")), Some(Sign::NodeRejected));
        let odd = Remark::OddCloseReason("User close".into());
        assert_eq!(sign_of_remark(&odd), Some(Sign::UserClose));
    }

    #[test]
    fn what_a_record_shows_is_a_sign_too() {
        let pairs = [("ski", "5555 AAAA FFFF 1111 CCCC 3333 EEEE DDDD 9999 2222")];
        let mut service = Service {
            instance: "a".into(),
            host: "a.local.".into(),
            port: 4712,
            addresses: ["172.17.0.1:4712", "10.0.0.1:4712", "[fe80::1]:4712"]
                .map(|text| text.parse().unwrap())
                .to_vec(),
            interfaces: vec![],
            txt: Txt::read(pairs.iter().map(|(key, value)| (*key, Some(value.as_bytes())))),
        };
        let all = [Sign::SkiInItsOwnForm, Sign::NoScope, Sign::ContainerAddress];
        assert_eq!(signs_of_service(&service), all);
        service.addresses = vec!["10.0.0.1:4712".parse().unwrap()];
        service.txt = Txt { register: Some(true), ..Txt::default() };
        assert_eq!(signs_of_service(&service), [Sign::RegisterTrue]);
    }

    #[test]
    fn a_quirk_explains_its_findings_in_words() {
        let seen = [QuirkSeen::from(&QUIRKS[0])];
        assert_eq!(
            explanation(&seen, Code::Dat01).unwrap(),
            "known of Porsche Mobile Charger Connect and Plus: tolerated"
        );
        assert_eq!(explanation(&seen, Code::Hel03), None);
    }
}
