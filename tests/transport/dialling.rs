//! One attempt over all addresses: what fails is named, what works is found.

use std::{net::SocketAddr, time::Duration};

use rustls::version::TLS12;
use shipctl::{
    driver::{
        dial::{DialCause, DialFailure, DialLimits, Stage, TargetFailure, dial},
        listen::{BindError, InboundCause, ListenSettings, Listener},
        tls::TlsError,
        ws::UpgradeError,
    },
    identity::cert::CertError,
    proto::Target,
};
use tokio::{
    io::AsyncReadExt as _,
    net::{TcpListener, TcpStream},
};

use super::{
    kit::*,
    papers::{Papers, odd_client, odd_server},
};

/// An address nobody listens on.
async fn refusing() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn another_device_at_the_address_is_named_with_both_skis() {
    let node = Node::start();
    let expected = identity().ski();
    let failure = dial_one(node.target(), Some(expected)).await.unwrap_err();
    let failure = failure.most_telling().unwrap();
    assert_eq!(failure.cause, DialCause::WrongSki { expected, actual: node.ski });
    assert_eq!((failure.code(), failure.stage), ("CERT-03", Stage::Ski));
    let text = failure.to_string();
    assert!(text.contains(&expected.to_string()) && text.contains(&node.ski.to_string()), "{text}");
}

#[tokio::test]
async fn reaching_ourselves_is_noticed_on_both_ends() {
    let us = identity();
    let mut node = Node::with(&us, loopback());
    let limits = DialLimits::default();
    let failure = soon(dial(&[node.target()], None, &tls(&us), &limits)).await.unwrap_err();
    assert_eq!(failure.failures[0].cause, DialCause::OwnSki);
    assert_eq!(failure.failures[0].code(), "CERT-04");
    assert_eq!(node.failure().await.cause, InboundCause::OwnSki);
}

#[tokio::test]
async fn a_refusing_port_is_named() {
    let failure = fail(refusing().await).await;
    assert_eq!(failure.failures[0].cause, DialCause::Refused);
    assert_eq!((failure.failures[0].code(), failure.failures[0].stage), ("TCP-01", Stage::Tcp));
}

#[tokio::test]
async fn a_server_that_is_silent_or_hangs_up_is_named_with_the_stage() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let failure = fail(silent.local_addr().unwrap()).await;
    let after = Duration::from_millis(200);
    assert_eq!(failure.failures[0].cause, DialCause::TimedOut { stage: Stage::Tls, after });

    let rude = serve_tcp(|tcp| async move { drop(tcp) }).await;
    let failure = fail(rude).await;
    let cause = TlsError::Closed { after_certificates: false };
    assert_eq!(failure.failures[0].cause, DialCause::Tls(cause));
    assert_eq!(failure.failures[0].code(), "TCP-03");

    let mute = serve_oddly(odd_server(Papers::of(&identity()), &TLS12), |result| async {
        let _ = result.unwrap().read_to_end(&mut Vec::new()).await;
    });
    let failure = fail(mute.await).await;
    assert_eq!(failure.failures[0].cause, DialCause::TimedOut { stage: Stage::Upgrade, after });
}

#[tokio::test]
async fn all_addresses_are_tried_in_order_until_one_works() {
    let (other, mut right) = (Node::start(), Node::start());
    let refusing = refusing().await;
    let targets = [
        Target::name("no..name", 4712, "/ship/"),
        Target::socket("[fe80::1]:4712".parse().unwrap(), "/ship/"),
        Target::socket(refusing, "/ship/"),
        Target::socket(refusing, "/ship/"),
        other.target(),
        Target::name("127.0.0.1", right.address.port(), "/ship/"),
    ];
    let (tls, limits) = (tls(&identity()), DialLimits::default());
    let (dialed, _server) =
        tokio::join!(soon(dial(&targets, Some(right.ski), &tls, &limits)), async {
            right.request().await.admit().await.unwrap()
        });
    let dialed = dialed.unwrap();
    assert_eq!(
        (dialed.ski, dialed.remote, &dialed.target),
        (right.ski, right.address, &targets[5])
    );
    let codes: Vec<_> = dialed.failures.iter().map(TargetFailure::code).collect();
    assert_eq!(codes, ["DNS-01", "DNS-02", "TCP-01", "CERT-03"]);
    let all = DialFailure { failures: dialed.failures };
    assert_eq!(all.most_telling().unwrap().code(), "CERT-03");
    let text = all.to_string();
    for part in ["no..name:4712/ship/: the name", "refused", "another device", "interface"] {
        assert!(text.contains(part), "{part:?} is missing in {text}");
    }
}

#[test]
fn the_most_telling_failure_is_the_one_that_got_furthest_and_loudest() {
    let (claimed, actual) = (identity().ski(), identity().ski());
    let after = Duration::from_secs(5);
    let quietest_first = [
        DialCause::OwnSki,
        DialCause::UnknownName("unknown".to_owned()),
        DialCause::TimedOut { stage: Stage::Tcp, after },
        DialCause::NoRoute("no route".to_owned()),
        DialCause::Connect("reset".to_owned()),
        DialCause::Refused,
        DialCause::TimedOut { stage: Stage::Tls, after },
        DialCause::Tls(TlsError::NotTls),
        DialCause::WrongSki { expected: claimed, actual },
        DialCause::Upgrade(UpgradeError::Busy),
        DialCause::Tls(CertError::ForgedSki { claimed, actual, mistake: None }.into()),
    ];
    let stage = |cause: &DialCause| match cause {
        DialCause::UnknownName(_) => Stage::Resolve,
        DialCause::TimedOut { stage, .. } => *stage,
        DialCause::Tls(_) => Stage::Tls,
        DialCause::WrongSki { .. } | DialCause::OwnSki => Stage::Ski,
        DialCause::Upgrade(_) => Stage::Upgrade,
        _ => Stage::Tcp,
    };
    let target = Target::name("wallbox", 4712, "/ship/");
    let failures: Vec<_> = quietest_first
        .map(|cause| TargetFailure {
            target: target.clone(),
            address: None,
            stage: stage(&cause),
            took: Duration::ZERO,
            via: Vec::new(),
            cause,
        })
        .to_vec();
    for louder in 1..failures.len() {
        for quieter in 0..louder {
            let expected = &failures[louder];
            for pair in [[quieter, louder], [louder, quieter]] {
                let failures = pair.map(|index| failures[index].clone()).to_vec();
                let all = DialFailure { failures };
                assert_eq!(all.most_telling().unwrap(), expected);
            }
        }
    }
    assert_eq!(DialFailure { failures: Vec::new() }.most_telling(), None);
}

#[tokio::test]
async fn without_an_address_to_bind_both_families_are_served() {
    let settings = ListenSettings { port: 0, ..ListenSettings::default() };
    let mut node = Node::with(&identity(), settings);
    let mut hosts = vec!["127.0.0.1"];
    hosts.extend(node.address.is_ipv6().then_some("[::1]"));
    for host in hosts {
        let target: Target = format!("{host}:{}", node.address.port()).parse().unwrap();
        let (dialed, remote) = tokio::join!(dial_one(target, Some(node.ski)), async {
            let incoming = node.request().await;
            let remote = incoming.remote;
            (incoming.admit().await.unwrap(), remote).1
        });
        assert_eq!(dialed.unwrap().local, Some(remote), "an IPv4 peer is shown as IPv4");
    }
}

#[tokio::test]
async fn a_port_in_use_is_told_with_the_process_that_has_it() {
    let node = Node::start();
    let taken = ListenSettings { port: node.address.port(), ..loopback() };
    match Listener::bind(taken) {
        Err(error @ BindError::InUse { .. }) => {
            if cfg!(target_os = "linux") {
                let pid = std::process::id().to_string();
                assert!(error.to_string().contains(&pid), "{error}");
            }
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_client_that_is_silent_is_cut_off_in_time() {
    let limit = Duration::from_millis(100);
    let settings = ListenSettings { tls: limit, upgrade: limit, ..loopback() };
    let mut node = Node::with(&identity(), settings);
    let mut silent = TcpStream::connect(node.address).await.unwrap();
    let after = limit;
    let cause = node.failure().await.cause;
    assert_eq!(cause, InboundCause::TimedOut { stage: Stage::Tls, after });
    assert_eq!(soon(silent.read(&mut [0; 1])).await.unwrap(), 0, "hung up");

    let us = identity();
    let config = odd_client(Some(Papers::of(&us)), &TLS12);
    let _mute = connect_oddly(config, node.address).await.unwrap();
    let failure = node.failure().await;
    assert_eq!(failure.cause, InboundCause::TimedOut { stage: Stage::Upgrade, after });
    assert_eq!(failure.ski, Some(us.ski()));
}

#[tokio::test]
async fn silent_connections_do_not_lock_anybody_out() {
    let mut node = Node::with(&identity(), ListenSettings { handshakes: 3, ..loopback() });
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(TcpStream::connect(node.address).await.unwrap());
    }
    let first = silent[0].local_addr().unwrap();
    let (dialed, _server) = tokio::join!(dial_one(node.target(), Some(node.ski)), async {
        let mut crowded = Vec::new();
        loop {
            match soon(node.inbox.recv()).await.unwrap() {
                shipctl::driver::listen::Inbound::Failed(failure) => crowded.push(failure),
                shipctl::driver::listen::Inbound::Request(incoming) => {
                    assert_eq!(crowded[0].cause, InboundCause::Crowded);
                    assert_eq!(crowded[0].remote, first, "the oldest makes room");
                    break incoming.admit().await.unwrap();
                }
            }
        }
    });
    assert!(dialed.is_ok());
}

#[tokio::test]
async fn an_address_with_its_share_of_handshakes_displaces_its_own_only() {
    let settings = ListenSettings { handshakes_per_address: 2, ..loopback() };
    let mut node = Node::with(&identity(), settings);
    let from = async |last: u8| {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, last], 0).into()).unwrap();
        socket.connect(node.address).await.unwrap()
    };
    let _another = from(3).await;
    let (first, _second, _third) = (from(2).await, from(2).await, from(2).await);
    let address = first.local_addr().unwrap();
    let failure = node.failure().await;
    assert_eq!((failure.cause, failure.remote), (InboundCause::Crowded, address));
}

#[tokio::test]
async fn when_nobody_serves_any_more_the_port_is_closed() {
    let node = Node::start();
    let _half_way = TcpStream::connect(node.address).await.unwrap();
    node.serving.abort();
    let _ = soon(node.serving).await;
    assert_eq!(fail(node.address).await.failures[0].cause, DialCause::Refused);

    let node = Node::start();
    drop(node.inbox);
    soon(node.serving).await.unwrap();
    assert_eq!(fail(node.address).await.failures[0].cause, DialCause::Refused);
}
