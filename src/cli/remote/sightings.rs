//! The services a hub sees, as if we had looked ourselves.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::mpsc;

use crate::{
    control::{Client, ClientError, Reply, Wish, wire::Plain},
    mdns::{daemon::MdnsEvent, service::Service, txt::Txt},
};

/// The sightings of the hub from now on, those of the services that are there already first. They
/// end with the hub.
pub fn sightings(client: Client) -> mpsc::Receiver<MdnsEvent> {
    told(client, |event, _| event)
}

/// The same, each with how long ago the hub saw the service first.
pub fn sightings_with_age(client: Client) -> mpsc::Receiver<(MdnsEvent, Duration)> {
    told(client, |event, age| (event, age))
}

fn told<T: Send + 'static>(
    client: Client,
    tell: impl Fn(MdnsEvent, Duration) -> T + Send + Sync + 'static,
) -> mpsc::Receiver<T> {
    let (sender, sightings) = mpsc::channel(256);
    tokio::spawn(async move {
        if let Err(error) = follow(client, &sender, tell).await {
            tracing::warn!(%error, "the hub");
        }
    });
    sightings
}

async fn follow<T>(
    mut client: Client,
    sender: &mpsc::Sender<T>,
    tell: impl Fn(MdnsEvent, Duration) -> T,
) -> Result<(), ClientError> {
    let ask = || Wish::Plain(Plain::Services {});
    client.send(Wish::Watch { messages: false }).await?;
    let mut asked = Some(client.send(ask()).await?);
    let (mut known, mut news) = (BTreeMap::new(), false);
    while let Some(reply) = client.next().await? {
        match reply {
            Reply::Answer { id, answer } if id == asked => {
                asked = None;
                let answer = answer.unwrap_or_default();
                let (seen, ages) = (services(&answer), ages(&answer));
                for event in changes(&known, &seen) {
                    let age = match &event {
                        MdnsEvent::Seen(service) => ages.get(&service.instance).copied(),
                        _ => None,
                    };
                    if sender.send(tell(event, age.unwrap_or_default())).await.is_err() {
                        return Ok(());
                    }
                }
                known = seen;
            }
            Reply::Event(happening) => {
                let event = happening.event["event"].as_str().unwrap_or_default();
                news |= ["service_seen", "service_gone", "events_lost"].contains(&event);
            }
            Reply::Answer { .. } | Reply::Message(_) => {}
        }
        if news && asked.is_none() {
            asked = Some(client.send(ask()).await?);
            news = false;
        }
    }
    Ok(())
}

/// A service, as far as it cannot be read from its TXT record.
#[derive(Deserialize)]
struct Seen {
    instance: String,
    host: String,
    port: u16,
    addresses: Vec<SocketAddr>,
    interfaces: Vec<String>,
    txt: Vec<(String, String)>,
}

fn services(answer: &Map<String, Value>) -> BTreeMap<String, Service> {
    let seen = answer.get("services").and_then(Value::as_array).into_iter().flatten();
    let seen = seen.filter_map(|service| Seen::deserialize(service).ok());
    seen.map(|seen| (seen.instance.clone(), service(seen))).collect()
}

/// How long each has been there, by the clock of the hub.
fn ages(answer: &Map<String, Value>) -> BTreeMap<String, Duration> {
    let now = answer.get("at_ms").and_then(Value::as_u64).unwrap_or_default();
    let seen = answer.get("services").and_then(Value::as_array).into_iter().flatten();
    let age = |service: &Value| {
        let (instance, since) = (service["instance"].as_str()?, service["since_ms"].as_u64()?);
        Some((instance.to_owned(), Duration::from_millis(now.saturating_sub(since))))
    };
    seen.filter_map(age).collect()
}

fn service(seen: Seen) -> Service {
    let pairs = seen.txt.iter().map(|(key, value)| (key.as_str(), Some(value.as_bytes())));
    Service {
        txt: Txt::read(pairs),
        instance: seen.instance,
        host: seen.host,
        port: seen.port,
        addresses: seen.addresses,
        interfaces: seen.interfaces,
    }
}

fn changes(before: &BTreeMap<String, Service>, now: &BTreeMap<String, Service>) -> Vec<MdnsEvent> {
    let gone = before.keys().filter(|instance| !now.contains_key(*instance));
    let gone = gone.map(|instance| MdnsEvent::Gone { instance: instance.clone() });
    let seen = now.values().filter(|service| before.get(&service.instance) != Some(service));
    gone.chain(seen.map(|service| MdnsEvent::Seen(Box::new(service.clone())))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hub::{Config, Hub, Input},
        identity::trust::TrustStore,
        proto::Ski,
        time::Time,
    };

    #[test]
    fn a_service_comes_through_as_it_was_seen() {
        let txt = Txt::read([
            ("txtvers", Some(&b"1"[..])),
            ("ski", Some(b"5555aaaaffff1111cccc3333eeeedddd99992222")),
            ("ski", Some(b"twice")),
            ("register", None),
            ("brand", Some(b"Demo \x1b")),
        ]);
        let service = Service {
            instance: "demo".to_owned(),
            host: "demo.local.".to_owned(),
            port: 4712,
            addresses: vec!["10.0.0.7:4712".parse().unwrap(), "[fe80::1%3]:4712".parse().unwrap()],
            interfaces: vec!["eth0".to_owned()],
            txt,
        };
        let config = Config::new(Ski::from_bytes([1; 20]), "i:1_u:a".parse().unwrap());
        let mut hub = Hub::new(config, &TrustStore::default(), 1);
        hub.handle(Time::ORIGIN, Input::Seen(service.clone()));
        let later = Time::after(Duration::from_secs(17));
        let Value::Object(answer) = serde_json::to_value(hub.snapshot(later)).unwrap() else {
            panic!("a snapshot is an object")
        };
        assert_eq!(ages(&answer).get("demo"), Some(&Duration::from_secs(17)));
        let here = services(&answer);
        assert_eq!(here.get("demo"), Some(&service));
        assert!(changes(&here, &here).is_empty());
        assert!(matches!(&changes(&BTreeMap::new(), &here)[..], [MdnsEvent::Seen(_)]));
        assert!(matches!(&changes(&here, &BTreeMap::new())[..], [MdnsEvent::Gone { .. }]));
    }
}
