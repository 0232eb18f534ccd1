//! What a failed dial comes to: which of its addresses are worth telling, and what to do.

use std::borrow::Cow;

use super::{Code, Finding};
use crate::{
    hub::dial::{DialFailure, Stage, Tried},
    proto::{Address, Target, text::visible},
};

/// What a failed dial lets find out about the peer; nothing where there was no address to dial.
pub fn finding(failure: &DialFailure) -> Option<Finding> {
    let telling = failure.most_telling()?;
    let seen = format!("{}: {}", telling.target, visible(&telling.what));
    let finding = Finding::new(telling.code.parse().ok()?, seen);
    Some(match advice(telling) {
        Some(advice) => finding.with_advice(advice),
        None => finding,
    })
}

/// The addresses of a failed dial a person should hear of: as [`worth_telling`], and a refused
/// address only where none got further, and once. A device that only has IPv4 refuses at each of its IPv6
/// addresses.
pub fn worth_telling_of(failure: &DialFailure) -> impl Iterator<Item = &Tried> {
    let refused = |it: &Tried| it.code == Code::Tcp01.as_str();
    let first = failure.tried.iter().position(refused);
    let further = failure.tried.iter().any(|it| it.stage > Stage::Tcp);
    let first = first.filter(|_| !further).and_then(|first| failure.tried.get(first));
    worth_telling(&failure.tried)
        .filter(move |it| !refused(it) || first.is_some_and(|first| std::ptr::eq(*it, first)))
}

/// The addresses a person should hear of: a `.local` name that the resolver does not know is no
/// news where other addresses were tried beside it (DNS-01).
pub fn worth_telling(tried: &[Tried]) -> impl Iterator<Item = &Tried> {
    tried.iter().filter(|it| tried.len() == 1 || !is_unknown_local_name(it))
}

/// The finding where nothing came in time while this was waited for.
pub fn silence(stage: Stage) -> Code {
    match stage {
        Stage::Resolve => Code::Dns01,
        Stage::Tcp => Code::Tcp02,
        Stage::Tls | Stage::Ski => Code::Tcp03,
        Stage::Upgrade => Code::Ws06,
    }
}

/// What to do where this address tells most about why nothing worked.
pub fn advice(telling: &Tried) -> Option<Cow<'static, str>> {
    let port = match &telling.target.address {
        Address::Socket(address) => address.port(),
        Address::Name(_, port) => *port,
    };
    let advice = match telling.code.parse() {
        Ok(Code::Tcp01) if telling.announced => {
            return Some(Cow::Owned(format!(
                "Switch the device off and on: it announces port {port}, but nothing answers there."
            )));
        }
        // Harmless beside other addresses; alone it is what keeps the devices apart.
        Ok(Code::Dns01) => {
            "Check the name, or give the address in numbers: `--address 192.168.1.20:4712`."
        }
        Ok(code) => Code::advice(code),
        Err(_) => return None,
    };
    Some(Cow::Borrowed(advice))
}

fn is_unknown_local_name(tried: &Tried) -> bool {
    tried.code == Code::Dns01.as_str() && is_local_name(&tried.target)
}

fn is_local_name(target: &Target) -> bool {
    match &target.address {
        Address::Name(name, _) => {
            name.trim_end_matches('.').to_ascii_lowercase().ends_with(".local")
        }
        Address::Socket(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(target: &str, code: &'static str) -> Tried {
        Tried {
            target: target.parse().unwrap(),
            address: None,
            stage: Stage::Resolve,
            code,
            what: "it did not work".to_owned(),
            passing: true,
            took: Default::default(),
            via: Vec::new(),
            announced: false,
        }
    }

    #[test]
    fn an_unknown_local_name_is_told_only_where_it_is_all_there_was() {
        let (local, named) = (tried("Demo.local.:1", "DNS-01"), tried("demo.example:1", "DNS-01"));
        let refused = tried("127.0.0.1:1", "TCP-01");
        let told = |tried: &[Tried]| worth_telling(tried).cloned().collect::<Vec<_>>();
        let alone = [local.clone()];
        assert_eq!(told(&alone), alone);
        assert_eq!(told(&[local, refused.clone()]), std::slice::from_ref(&refused));
        let both = [named, refused];
        assert_eq!(told(&both), both, "a name somebody typed may be mistyped");
    }

    #[test]
    fn the_most_telling_address_is_what_is_found() {
        let tried = vec![tried("10.0.0.7:1", "TCP-01"), tried("10.0.0.8:1", "WS-03")];
        let found = finding(&DialFailure { tried, telling: 1 }).unwrap();
        assert_eq!(found.code, Code::Ws03);
        assert!(found.seen.starts_with("10.0.0.8:1") && found.seen.ends_with("it did not work"));
        assert_eq!(finding(&DialFailure::default()), None);
    }

    #[test]
    fn a_name_that_is_all_there_was_is_to_be_checked() {
        assert!(advice(&tried("demo.local:1", "DNS-01")).unwrap().contains("--address"));
        let refused = tried("127.0.0.1:1", "TCP-01");
        assert_eq!(advice(&refused).as_deref(), Some(Code::Tcp01.advice()));
    }

    #[test]
    fn refused_port_that_is_announced_is_not_to_be_compared() {
        let refused = Tried { announced: true, ..tried("127.0.0.1:4713", "TCP-01") };
        let advice = advice(&refused).unwrap();
        assert!(advice.starts_with("Switch the device off and on"), "{advice}");
        assert!(advice.contains("announces port 4713"), "{advice}");
    }

    #[test]
    fn refused_address_is_not_told_where_another_one_answered() {
        let refused = |target| Tried { stage: Stage::Tcp, ..tried(target, "TCP-01") };
        let real = Tried { stage: Stage::Tls, ..tried("127.0.0.1:1", "TLS-03") };
        let told = |tried: Vec<Tried>| -> Vec<String> {
            let failure = DialFailure { tried, telling: 0 };
            worth_telling_of(&failure).map(|it| it.target.to_string()).collect()
        };
        assert_eq!(told(vec![real.clone(), refused("[::1]:1")]), ["127.0.0.1:1/ship/"]);
        let both = vec![refused("127.0.0.1:1"), refused("[::1]:1")];
        assert_eq!(told(both), ["127.0.0.1:1/ship/"], "once");
        let silent = Tried { stage: Stage::Tcp, ..tried("10.0.0.7:1", "TCP-02") };
        assert_eq!(told(vec![silent, refused("[::1]:1")]).len(), 2);
    }
}
