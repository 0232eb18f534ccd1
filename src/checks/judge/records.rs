//! What discovery shows: records with faults, addresses without a scope, a flood.

use std::net::SocketAddr;

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

/// Everything that is wrong with a discovered service.
pub fn service(service: &Service) -> Vec<Finding> {
    let mut findings = Vec::new();
    if service.addresses.is_empty() {
        let what = if service.host.is_empty() { "a host" } else { "an address" };
        findings.push(Finding::new(
            Code::Mdns10,
            format!("{:?} is announced, but without {what}.", service.instance),
        ));
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
    findings
}

pub(in crate::checks) fn lacks_scope(address: &SocketAddr) -> bool {
    matches!(address, SocketAddr::V6(v6) if v6.ip().is_unicast_link_local() && v6.scope_id() == 0)
}
