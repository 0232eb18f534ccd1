//! What a failed dial comes to: which of its addresses are worth telling, and what to do.

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
pub fn advice(telling: &Tried) -> Option<&'static str> {
    match telling.code.parse() {
        // Harmless beside other addresses; alone it is what keeps the devices apart.
        Ok(Code::Dns01) => {
            Some("Check the name, or give the address in numbers: `--address 192.168.1.20:4712`.")
        }
        Ok(code) => Some(Code::advice(code)),
        Err(_) => None,
    }
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
        assert_eq!(advice(&tried("127.0.0.1:1", "TCP-01")), Some(Code::Tcp01.advice()));
    }
}
