//! The other direction: whether the device dials us, where from, and how far it gets.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
};

use serde_json::{Map, Value, json};

use super::{HubView, list};
use crate::{
    cli::{
        context::Context,
        output::text::{rough, safe},
    },
    driver::{
        listen::ListenSettings,
        probe::dials::{Dial, Ear},
        tls::TlsConfig,
    },
    hub::history::Step,
    proto::Ski,
    time::text::span,
};

/// Who watches for it.
pub(super) enum Dials {
    /// We listen on our port.
    We(Ear),
    /// The hub does.
    Hub,
    /// Nobody can, and why.
    Nobody(String),
}

/// What is known about it.
pub(super) struct Dialled {
    /// Sentences for people.
    pub(super) says: Vec<String>,
    /// The same for programs.
    pub(super) json: Value,
}

impl Dials {
    /// Begins to watch: the port is the hub's where one runs.
    pub(super) fn watch(context: &Context<'_>, hub: Option<&HubView>, tls: TlsConfig) -> Self {
        if hub.is_some() {
            return Self::Hub;
        }
        let settings = ListenSettings { handshakes: 8, ..context.listen() };
        match Ear::open(settings, tls) {
            Ok(ear) => Self::We(ear),
            Err(error) => Self::Nobody(error.to_string()),
        }
    }

    /// What is known about the device with this SKI, or at one of these addresses.
    pub(super) fn about(
        &mut self,
        ski: Option<Ski>,
        ips: &BTreeSet<IpAddr>,
        hub: Option<&HubView>,
    ) -> Dialled {
        match (self, hub) {
            (Self::We(ear), _) => heard(ear, ski, ips),
            (Self::Hub, Some(hub)) => told(hub, ski),
            (Self::Nobody(why), _) => Dialled {
                says: vec![format!("nobody could listen: {}", safe(why))],
                json: json!({ "watched_by": null, "seen": [] }),
            },
            (Self::Hub, None) => Dialled { says: Vec::new(), json: Value::Null },
        }
    }
}

fn heard(ear: &mut Ear, ski: Option<Ski>, ips: &BTreeSet<IpAddr>) -> Dialled {
    let is_it = |dial: &Dial| match (dial.ski, ski) {
        (Some(its), Some(ski)) => its == ski,
        _ => ips.contains(&dial.remote.ip()),
    };
    let dials: Vec<Dial> = ear.dials().into_iter().filter(is_it).collect();
    let says = match dials[..] {
        [] => vec![format!(
            "it did not dial our port {} within {}; a probe does not announce us, so it may not \
             know of us",
            ear.port(),
            span(ear.age())
        )],
        _ => dials
            .iter()
            .map(|it| {
                let after = span(it.after);
                format!("from {} after {after}: {}", it.remote, safe(&it.how_far))
            })
            .collect(),
    };
    let dial = |it: Dial| {
        json!({ "remote": it.remote, "ski": it.ski, "how_far": safe(&it.how_far),
                "after_ms": crate::cli::output::json::ms(it.after) })
    };
    let json = json!({ "watched_by": "probe", "port": ear.port(), "seen": list(dials, dial) });
    Dialled { says, json }
}

fn told(hub: &HubView, ski: Option<Ski>) -> Dialled {
    let mut seen: Vec<(SocketAddr, u64, &str)> = Vec::new();
    if let Some(peer) = ski.and_then(|ski| hub.peer(ski)) {
        let age = |at| hub.now().since(at).as_secs();
        if let Some(it) = peer.connection.as_ref().filter(|it| !it.we_dialled) {
            let how_far = match it.until {
                None => "stands",
                Some(_) if peer.ever_completed => "came to a WebSocket and ended",
                Some(_) => "came to a WebSocket and ended before it was complete",
            };
            seen.push((it.remote, age(it.since), how_far));
        }
        let refused = peer.history.iter().filter(|entry| entry.step == Step::Refused);
        for entry in refused {
            let remote = entry.address.as_ref().and_then(|it| it.parse().ok());
            seen.extend(remote.map(|it| (it, age(entry.at), "was turned away (503)")));
        }
    }
    let port = hub.port().map_or_else(|| "no port".to_owned(), |port| format!("port {port}"));
    let says = match seen[..] {
        [] => vec![format!("it did not dial the hub's {port}, as far as the hub remembers")],
        _ => seen
            .iter()
            .map(|(remote, ago, how_far)| {
                let ago = rough(std::time::Duration::from_secs(*ago));
                format!("from {remote} {ago} ago: {how_far}")
            })
            .collect(),
    };
    let dial = |(remote, ago, how_far): (SocketAddr, u64, &str)| {
        Value::Object(Map::from_iter([
            ("remote".to_owned(), json!(remote)),
            ("ago_s".to_owned(), json!(ago)),
            ("how_far".to_owned(), json!(how_far)),
        ]))
    };
    let json = json!({ "watched_by": "hub", "port": hub.port(), "seen": list(seen, dial) });
    Dialled { says, json }
}
