//! Which versions and suites the device takes, found out by offering each alone. Worth a few more
//! connections only where TLS failed.

use std::{net::SocketAddr, time::Duration};

use super::{Plan, old_tls};
use crate::driver::{
    dial::{DialCause, connect, within},
    tls::{Suite, TlsConfig, TlsError, TlsSettings, Version},
};
use crate::hub::dial::Stage;

/// The most time for each.
const EACH: Duration = Duration::from_secs(3);

/// What was found out about a device with which TLS failed.
pub(super) struct Asked {
    /// Both sides' versions and suites, a sentence each.
    pub(super) says: Vec<String>,
    /// Why TLS failed, where that is known better now.
    pub(super) why: Option<TlsError>,
}

/// Asks it for everything there is.
pub(super) async fn ask(plan: &Plan, address: SocketAddr, limit: Duration) -> Asked {
    let tls12 = Suite::ALL.map(|suite| (Version::Tls12, Some(suite)));
    let mut taken: [Vec<String>; 2] = Default::default();
    for (version, suite) in tls12.into_iter().chain([(Version::Tls13, None)]) {
        let name = match suite {
            Some(suite) => format!("{version} {}", suite.name()),
            None => version.to_string(),
        };
        match takes(plan, address, version, suite, limit.min(EACH).min(plan.left())).await {
            Some(true) => taken[0].push(name),
            Some(false) => taken[1].push(name),
            None => {}
        }
    }
    let old = old_tls::taken(address, limit.min(EACH).min(plan.left())).await;
    let why = if taken[0].is_empty() { why(&old) } else { None };
    let list = |names: &[String]| match names {
        [] => "none of them".to_owned(),
        names => names.join(", "),
    };
    let ours: Vec<String> = plan.tls.suites.iter().map(|suite| suite.name().to_owned()).collect();
    let versions: Vec<String> = plan.tls.versions.iter().map(ToString::to_string).collect();
    let mut says = vec![
        format!("we offer {} with {}", versions.join(", "), ours.join(", ")),
        format!("offered each alone, it takes {}", list(&taken[0])),
        format!("it refuses {}", list(&taken[1])),
    ];
    let others = old.versions.iter().map(ToString::to_string);
    let others = others.chain(old.suite.map(|suite| format!("{} {suite}", Version::Tls12)));
    let others: Vec<String> = others.collect();
    if !others.is_empty() {
        says.push(format!("of what SHIP does not allow, it takes {}", others.join(", ")));
    }
    Asked { says, why }
}

/// Why TLS failed with a device that takes nothing of ours.
fn why(old: &old_tls::Taken) -> Option<TlsError> {
    match (&old.suite, &old.versions[..]) {
        (Some(suite), _) => Some(TlsError::OtherSuite(suite.clone())),
        (None, []) => None,
        (None, versions) => {
            let names: Vec<String> = versions.iter().map(ToString::to_string).collect();
            Some(TlsError::OldVersion(names.join(" and ")))
        }
    }
}

/// Whether the device agrees to this alone; `None` if it does not say.
async fn takes(
    plan: &Plan,
    address: SocketAddr,
    version: Version,
    suite: Option<Suite>,
    limit: Duration,
) -> Option<bool> {
    let settings =
        TlsSettings { suites: suite.into_iter().collect(), versions: vec![version], key_log: None };
    let tls = TlsConfig::with(&plan.identity, &settings).ok()?;
    let tcp = connect(address, limit).await.ok()?;
    let done = within(limit, Stage::Tls, tls.connect(tcp, address.ip())).await;
    match done {
        Ok(Ok(_)) => Some(true),
        // Whoever gets as far as the certificates has agreed.
        Ok(Err(TlsError::Certificate(_) | TlsError::WrongKey))
        | Ok(Err(TlsError::Closed { after_certificates: true })) => Some(true),
        Ok(Err(TlsError::Alert(_) | TlsError::Version | TlsError::NothingInCommon(_))) => {
            Some(false)
        }
        Ok(Err(_)) | Err(DialCause::TimedOut { .. }) | Err(_) => None,
    }
}
