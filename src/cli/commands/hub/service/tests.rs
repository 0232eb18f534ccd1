use std::sync::mpsc::{Receiver, channel};

use serde_json::json;
use time::OffsetDateTime;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::*;
use crate::{
    cli::{commands::hub::teller::Teller, output::Writer, settings::Settings},
    control::{
        Client, Greeting, Reply, Server,
        wire::{PROTOCOL, Register},
    },
    driver::{Node, NodeSettings, listen::ListenSettings, node::Store},
    identity::{
        cert::Identity,
        trust::{TrustChange, TrustStore},
    },
    proto::Ski,
};

/// A disk that tells when it is asked for something, and hangs until it is let go.
struct Hangs(UnboundedSender<()>, Receiver<()>);

impl Store for Hangs {
    fn write(&mut self, _: &TrustChange) -> Result<(), String> {
        let _ = self.0.send(());
        let _ = self.1.recv();
        Ok(())
    }

    fn note(&mut self, _: &[TrustChange]) -> Result<bool, String> {
        Ok(false)
    }

    fn catch_up(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// A hub on that disk, with its socket in this directory.
fn on(disk: Hangs, directory: &Path) -> Service {
    let identity = Identity::generate(None, OffsetDateTime::UNIX_EPOCH).unwrap();
    let mut settings = NodeSettings::new(identity.clone());
    let loopback = Some([127, 0, 0, 1].into());
    settings.listen = Some(ListenSettings { port: 0, bind: loopback, ..Default::default() });
    let (node, events) = Node::start_with(settings, &TrustStore::default(), disk).unwrap();
    let greeting = Greeting {
        protocol: PROTOCOL,
        shipctl: String::new(),
        pid: std::process::id(),
        ski: identity.ski(),
        ship_id: identity.ship_id().clone(),
        port: node.port(),
        mdns: false,
        state_dir: String::new(),
    };
    let server = Server::start(&[directory.join("socket")], &greeting).unwrap();
    let teller = Teller::new(node.clock(), identity.ski());
    let (messages, identity) = (None, Map::new());
    let running = Running { node, events, messages, identity, server, scrapes: None, teller };
    let reload = Reload::new(Settings::default(), None);
    let (pairings, behind) = (Pairings::new(true), VecDeque::new());
    let serving = Serving { running, pairings, reload, behind };
    Service { serving, owner: Owner::Command }
}

async fn client(directory: &Path) -> Client {
    Client::find(&[directory.join("socket")]).await.unwrap().unwrap()
}

#[tokio::test]
async fn on_a_disk_that_hangs_questions_are_answered_and_the_end_is_one_in_order() {
    let temp = tempfile::tempdir().unwrap();
    let ((asks, mut asked), (allow, allowed)) = (unbounded_channel(), channel());
    let service = on(Hangs(asks, allowed), temp.path());
    let mut ui = Ui::silent(Writer::new(false));
    let hub = tokio::spawn(async move { service.run(&mut ui).await });

    let peer = Register {
        ski: Ski::from_bytes([7; 20]),
        ship_id: None,
        addresses: Vec::new(),
        pin: None,
        fingerprint: None,
        remember_pin: false,
    };
    let mut waits = client(temp.path()).await;
    waits.send(Wish::Register(peer)).await.unwrap();
    asked.recv().await.unwrap();
    let behind = waits.send(Wish::Plain(Plain::Status { history: false })).await.unwrap();

    let mut other = client(temp.path()).await;
    let status = other.ask(Wish::Plain(Plain::Status { history: false })).await.unwrap().unwrap();
    assert_eq!(status["hub"]["peers"], json!([]), "nothing has happened yet");
    other.ask(Wish::Watch { messages: false }).await.unwrap().unwrap();
    let end = other.send(Wish::Plain(Plain::Shutdown {})).await.unwrap();
    loop {
        match other.next().await.unwrap().expect("it ends with an answer") {
            Reply::Event(told) if told.event["event"] == "shut_down" => break,
            Reply::Answer { id, .. } => panic!("{id:?} before the disk"),
            _ => {}
        }
    }
    drop(allow);
    assert_eq!(hub.await.unwrap().unwrap(), Exit::Done);
    while let Some(reply) = other.next().await.unwrap() {
        if let Reply::Answer { id, answer } = reply {
            assert_eq!((id, &answer.unwrap()["forced"]), (Some(end), &json!(false)));
        }
    }
    let answered = waits.next().await.unwrap().unwrap();
    assert!(matches!(answered, Reply::Answer { id, answer: Ok(_) } if id == Some(behind)));
}
