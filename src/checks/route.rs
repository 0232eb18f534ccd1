//! A device that is seen on one interface while the route to its address uses another (MDNS-05).

use std::net::IpAddr;

use super::{Code, Finding, Severity};
use crate::{
    hub::dial::{DialFailure, Tried},
    mdns::service::Service,
};

/// Marks the addresses that are announced, and tells the cause of a dial that got no answer where the
/// route leads elsewhere than to where the device is seen. `services` are its records.
pub fn explain<'a>(failure: &mut DialFailure, services: impl Iterator<Item = &'a Service> + Clone) {
    for tried in &mut failure.tried {
        explain_one(tried, services.clone());
    }
}

/// The same, of one address.
pub fn explain_one<'a>(tried: &mut Tried, services: impl Iterator<Item = &'a Service> + Clone) {
    let dialled = &tried.target.address;
    tried.announced = services
        .clone()
        .any(|service| service.targets().iter().any(|target| target.address == *dialled));
    let Some(address) = tried.address.filter(|_| tried.code == Code::Tcp02.as_str()) else {
        return;
    };
    if let Some(elsewhere) = elsewhere(address.ip(), &tried.via, services) {
        tried.code = Code::Mdns05.as_str();
        tried.what = format!("{}; {elsewhere}", tried.what);
    }
}

/// The same of a connection that was made all the same, through `via`: there it is worth knowing,
/// and no trouble.
pub fn detour<'a>(
    ip: IpAddr,
    via: &[String],
    services: impl Iterator<Item = &'a Service>,
) -> Option<Finding> {
    let elsewhere = elsewhere(ip, via, services)?;
    let finding = Finding::new(Code::Mdns05, format!("{ip} answers, but {elsewhere}."));
    Some(finding.with_severity(Severity::Info).with_advice(
        "Nothing has to be done while it answers; if it is lost at times, choose the interface \
         that faces the device with `--interface`.",
    ))
}

/// Where it is seen, and where the route leads; `None` if that is the same, or not known.
fn elsewhere<'a>(
    ip: IpAddr,
    via: &[String],
    services: impl Iterator<Item = &'a Service>,
) -> Option<String> {
    let announced = services.filter(|it| it.addresses.iter().any(|address| address.ip() == ip));
    let mut seen: Vec<&str> = announced.flat_map(|it| &it.interfaces).map(|it| &**it).collect();
    seen.sort_unstable();
    seen.dedup();
    let unknown = via.is_empty() || seen.is_empty();
    if unknown || via.iter().any(|via| seen.contains(&via.as_str())) {
        return None;
    }
    let (seen, via) = (seen.join(", "), via.join(", "));
    Some(format!("it is seen on {seen}, and the route to it uses {via}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{hub::dial::Stage, mdns::txt::Txt};

    fn service(address: &str, interfaces: &[&str]) -> Service {
        Service {
            instance: "wallbox".into(),
            host: "wallbox.local.".into(),
            port: 4712,
            addresses: vec![address.parse().unwrap()],
            interfaces: interfaces.iter().map(|name| (*name).to_owned()).collect(),
            txt: Txt::default(),
        }
    }

    fn silent(code: Code, via: &[&str]) -> DialFailure {
        let tried = Tried {
            target: "10.0.0.7:4712".parse().unwrap(),
            address: "10.0.0.7:4712".parse().ok(),
            stage: Stage::Tcp,
            code: code.as_str(),
            what: "no answer".to_owned(),
            passing: true,
            took: Default::default(),
            via: via.iter().map(|name| (*name).to_owned()).collect(),
            announced: false,
        };
        DialFailure { tried: vec![tried], telling: 0 }
    }

    fn explained(mut failure: DialFailure, services: &[Service]) -> Tried {
        explain(&mut failure, services.iter());
        failure.tried.remove(0)
    }

    #[test]
    fn silence_where_the_route_leads_elsewhere_has_that_cause() {
        let told = explained(silent(Code::Tcp02, &["eth1"]), &[service("10.0.0.7:1", &["eth0"])]);
        assert_eq!(told.code, "MDNS-05");
        assert_eq!(told.what, "no answer; it is seen on eth0, and the route to it uses eth1");
    }

    #[test]
    fn nothing_is_made_of_what_is_the_same_or_not_known() {
        let seen = [service("10.0.0.7:1", &["eth0"]), service("10.0.0.7:1", &["eth1"])];
        assert_eq!(explained(silent(Code::Tcp02, &["eth1"]), &seen).code, "TCP-02");
        let one = &seen[..1];
        assert_eq!(explained(silent(Code::Tcp02, &[]), one).code, "TCP-02");
        assert_eq!(explained(silent(Code::Tcp01, &["eth1"]), one).code, "TCP-01");
        let other = [service("10.0.0.8:1", &["eth0"])];
        assert_eq!(explained(silent(Code::Tcp02, &["eth1"]), &other).code, "TCP-02");
        let nowhere = [service("10.0.0.7:1", &[])];
        assert_eq!(explained(silent(Code::Tcp02, &["eth1"]), &nowhere).code, "TCP-02");
    }

    #[test]
    fn a_detour_that_works_is_no_trouble() {
        let seen = [service("10.0.0.7:1", &["eth0"])];
        let ip = "10.0.0.7".parse().unwrap();
        let finding = detour(ip, &["eth1".to_owned()], seen.iter()).unwrap();
        assert_eq!((finding.code, finding.severity), (Code::Mdns05, Severity::Info));
        assert_eq!(detour(ip, &["eth0".to_owned()], seen.iter()), None);
    }
}
