//! What discovery shows: records with faults, addresses without a scope, a flood.

use std::{cmp::Reverse, net::SocketAddr};

use super::TOLERATED;
use crate::{
    checks::{Code, Finding, Severity},
    mdns::{
        service::Service,
        txt::{MANDATORY, TxtRemark},
    },
};

/// What is wrong with a TXT record.
pub fn txt(remark: &TxtRemark) -> Finding {
    let found = |code, key: Option<&str>| {
        let finding = Finding::new(code, format!("In the TXT record, {remark}."));
        // Keys that SRIP or nobody demands keep no peer from connecting.
        match key {
            Some(key) if !MANDATORY.contains(&key) => {
                finding.with_severity(Severity::Info).with_advice(TOLERATED)
            }
            _ => finding,
        }
    };
    match remark {
        TxtRemark::Missing(key) => found(Code::Mdns06, Some(key)),
        TxtRemark::Invalid { key, .. } => found(Code::Mdns07, Some(key)),
        TxtRemark::Duplicate(_) => found(Code::Mdns07, Some("")),
        TxtRemark::BadSki(_) => found(Code::Mdns08, None),
        TxtRemark::RegisterTrue => found(Code::Mdns11, None),
    }
}

/// More services are announced than are kept.
pub fn flood(kept: usize) -> Finding {
    let seen =
        format!("More than {kept} SHIP services are announced; those that come now are not kept.");
    Finding::new(Code::Mdns14, seen)
}

/// Everything that is wrong with a discovered service, the most important first.
pub fn service(service: &Service) -> Vec<Finding> {
    let mut findings = Vec::new();
    if service.addresses.is_empty() {
        let (instance, port) = (&service.instance, service.port);
        findings.push(if service.host.is_empty() {
            Finding::new(Code::Mdns10, format!("{instance:?} is announced, but without a host."))
        } else {
            Finding::new(
                Code::Mdns10,
                format!(
                    "{instance:?} is announced without an address, as {}:{port}.",
                    service.host
                ),
            )
            .with_advice(format!("Pass its address: `--address IP:{port}`."))
        });
    }
    // A record that never resolved has shown no TXT record to find fault with.
    if !(service.addresses.is_empty() && service.txt.raw.is_empty()) {
        findings.extend(service.txt.remarks.iter().map(txt));
    }
    findings.extend(service.addresses.iter().filter(|address| lacks_scope(address)).map(
        |address| {
            let ip = address.ip();
            Finding::new(Code::Dns02, format!("{ip} is link-local and came without its scope."))
        },
    ));
    // Of equals, what keeps a peer from dialling comes before what it only dislikes.
    findings.sort_by_key(|it| (Reverse(it.severity), rank(it.code)));
    findings
}

fn rank(code: Code) -> u8 {
    match code {
        Code::Mdns10 => 0,
        Code::Mdns08 => 1,
        Code::Mdns06 => 2,
        _ => 3,
    }
}

pub(in crate::checks) fn lacks_scope(address: &SocketAddr) -> bool {
    matches!(address, SocketAddr::V6(v6) if v6.ip().is_unicast_link_local() && v6.scope_id() == 0)
}
