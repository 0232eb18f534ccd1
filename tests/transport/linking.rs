//! The task of one connection: everything through, nothing stuck, every end told.

use std::time::Duration;

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use shipctl::driver::{
    link::{LinkCommand, LinkEvent, LinkLimits, run},
    listen::ListenSettings,
    ws::{MessageLimits, WebSocket},
};
use shipctl::proto::handshake::TransportEnd;
use tokio::{io::AsyncWriteExt as _, sync::mpsc};
use tokio_tungstenite::tungstenite::{
    Error, Message,
    protocol::{
        CloseFrame,
        frame::{
            Frame,
            coding::{CloseCode, Data, OpCode},
        },
    },
};

use super::kit::*;

fn close(code: u16, reason: &str) -> LinkCommand {
    LinkCommand::Close { code, reason: reason.to_owned() }
}

fn frame(code: u16, text: &str) -> Option<LinkEvent> {
    Some(LinkEvent::Closed(TransportEnd::Frame { code, text: text.to_owned() }))
}

/// Our link on the server's end, and the bare WebSocket of the client.
async fn link_and_peer() -> (Link, Box<WebSocket>) {
    let (client, server) = connected(loopback()).await;
    (Link::start(server, LinkLimits::default()), client)
}

#[tokio::test]
async fn messages_pass_both_ways_whole_and_in_order() {
    let (client, server) = connected(loopback()).await;
    let mut client = Link::start(client, LinkLimits::default());
    let mut server = Link::start(server, LinkLimits::default());
    for length in 0..40usize {
        client.tell(LinkCommand::Send(vec![2; length * 1000].into())).await;
        server.tell(LinkCommand::Send(vec![1; length].into())).await;
    }
    for length in 0..40usize {
        for (end, byte, length) in [(&mut server, 2, length * 1000), (&mut client, 1, length)] {
            let Some(LinkEvent::Message(got)) = end.event().await else { panic!("no message") };
            assert_eq!((got.len(), got.iter().all(|&b| b == byte)), (length, true));
        }
    }
}

#[tokio::test]
async fn a_fragmented_message_arrives_whole() {
    let (mut link, mut peer) = link_and_peer().await;
    for (part, opcode, last) in
        [("he", Data::Binary, false), ("l", Data::Continue, false), ("lo", Data::Continue, true)]
    {
        let part = Frame::message(part.as_bytes().to_vec(), OpCode::Data(opcode), last);
        peer.send(Message::Frame(part)).await.unwrap();
    }
    assert_eq!(link.event().await, Some(LinkEvent::Message("hello".into())));
}

#[tokio::test]
async fn a_text_frame_is_reported_as_such() {
    let (mut link, mut peer) = link_and_peer().await;
    peer.send(Message::Text("hello".into())).await.unwrap();
    assert_eq!(link.event().await, Some(LinkEvent::Text { length: 5 }));
}

#[tokio::test]
async fn pings_are_answered_and_pongs_reported() {
    let (mut link, mut peer) = link_and_peer().await;
    peer.send(Message::Ping("are you there".into())).await.unwrap();
    let pong = soon(peer.next()).await.unwrap().unwrap();
    assert_eq!(pong, Message::Pong("are you there".into()));
    link.tell(LinkCommand::Ping).await;
    assert!(matches!(soon(peer.next()).await, Some(Ok(Message::Ping(_)))));
    peer.flush().await.unwrap();
    assert_eq!(link.event().await, Some(LinkEvent::Pong));
}

#[tokio::test]
async fn a_message_over_the_limit_is_closed_with_1009_before_it_is_read() {
    let messages = MessageLimits { incoming: 1000, ..MessageLimits::default() };
    let (mut client, server) = connected(ListenSettings { messages, ..loopback() }).await;
    let limits = LinkLimits { close_answer: Duration::from_secs(20), ..LinkLimits::default() };
    let mut link = Link::start(server, limits);
    client.send(Message::Binary(vec![2; 1000].into())).await.unwrap();
    assert!(matches!(link.event().await, Some(LinkEvent::Message(_))));
    // Far more than the sockets buffer: the link must read it away to be heard.
    let header = [&[0x82, 0xFF][..], &30_000_000u64.to_be_bytes(), &[0; 4]].concat();
    client.get_mut().write_all(&header).await.unwrap();
    for _ in 0..1000 {
        soon(client.get_mut().write_all(&[0; 30_000])).await.unwrap();
    }
    let told = soon(client.next()).await.unwrap().unwrap();
    assert_eq!(told, Message::Close(Some(CloseFrame { code: CloseCode::Size, reason: "".into() })));
    drop(client);
    let too_large = TransportEnd::TooLarge { size: 30_000_000, limit: 1000 };
    assert_eq!(link.event().await, Some(LinkEvent::Closed(too_large)));
    assert_eq!(link.event().await, None);
}

#[tokio::test]
async fn before_the_handshake_is_complete_messages_are_small() {
    let limits = LinkLimits { early_message: 100, ..LinkLimits::default() };
    let message = |length| Message::Binary(vec![2; length].into());
    for widened in [false, true] {
        let (mut client, server) = connected(loopback()).await;
        let mut link = Link::start(server, limits);
        client.send(message(100)).await.unwrap();
        assert!(matches!(link.event().await, Some(LinkEvent::Message(_))));
        if widened {
            link.tell(LinkCommand::Widen).await;
            // The answer tells that it was heard.
            link.tell(LinkCommand::Ping).await;
            assert!(matches!(soon(client.next()).await, Some(Ok(Message::Ping(_)))));
        }
        client.send(message(101)).await.unwrap();
        if widened {
            assert!(matches!(link.event().await, Some(LinkEvent::Message(_) | LinkEvent::Pong)));
        } else {
            let told = soon(client.next()).await.unwrap().unwrap();
            assert!(matches!(told, Message::Close(Some(frame)) if frame.code == CloseCode::Size));
            drop(client);
            let too_large = TransportEnd::TooLarge { size: 101, limit: 100 };
            assert_eq!(link.event().await, Some(LinkEvent::Closed(too_large)));
        }
    }
}

#[tokio::test]
async fn before_the_handshake_is_complete_messages_are_few_and_pings_count() {
    let limits = LinkLimits { early_frames: 3, ..LinkLimits::default() };
    for message in [Message::Binary(vec![1].into()), Message::Ping("".into())] {
        let (mut client, server) = connected(loopback()).await;
        let mut link = Link::start(server, limits);
        for _ in 0..4 {
            client.send(message.clone()).await.unwrap();
        }
        let told = async {
            loop {
                if let Message::Close(frame) = client.next().await.unwrap().unwrap() {
                    return frame.unwrap().code;
                }
            }
        };
        assert_eq!(soon(told).await, CloseCode::Policy);
        drop(client);
        let mut messages = 0;
        loop {
            match link.event().await {
                Some(LinkEvent::Message(_)) => messages += 1,
                Some(LinkEvent::Closed(TransportEnd::Flooded { limit: 3, .. })) => break,
                other => panic!("{other:?}"),
            }
        }
        assert!(messages <= 3);
    }
}

#[tokio::test]
async fn a_breach_of_the_websocket_protocol_is_closed_with_1002() {
    let (mut link, mut peer) = link_and_peer().await;
    // A frame without mask, which a client must never send.
    peer.get_mut().write_all(&[0x82, 0x02, 0, 0]).await.unwrap();
    peer.get_mut().flush().await.unwrap();
    match soon(peer.next()).await {
        Some(Ok(Message::Close(Some(frame)))) => assert_eq!(frame.code, CloseCode::Protocol),
        other => panic!("{other:?}"),
    }
    drop(peer);
    assert!(matches!(
        link.event().await,
        Some(LinkEvent::Closed(TransportEnd::NoWebSocket { .. }))
    ));
}

#[tokio::test]
async fn a_close_carries_code_and_text_behind_everything_queued() {
    let (client, server) = connected(loopback()).await;
    let mut client = Link::start(client, LinkLimits::default());
    let mut server = Link::start(server, LinkLimits::default());
    server.tell(LinkCommand::Send(vec![3, 1].into())).await;
    server.tell(close(4452, "Node rejected by application")).await;
    assert_eq!(client.event().await, Some(LinkEvent::Message(vec![3, 1].into())));
    for end in [&mut client, &mut server] {
        assert_eq!(end.event().await, frame(4452, "Node rejected by application"));
        assert_eq!(end.event().await, None);
    }
}

#[tokio::test]
async fn a_close_text_that_is_too_long_is_cut_between_characters() {
    let (link, mut peer) = link_and_peer().await;
    link.tell(close(4001, &format!("x{}", "ü".repeat(100)))).await;
    let reason = format!("x{}", "ü".repeat(61)).into();
    let expected = Message::Close(Some(CloseFrame { code: 4001.into(), reason }));
    assert_eq!(soon(peer.next()).await.unwrap().unwrap(), expected);
}

#[tokio::test]
async fn a_peer_that_hangs_up_without_close_frame_is_told_apart() {
    for orderly in [true, false] {
        let (mut link, mut peer) = link_and_peer().await;
        if orderly {
            peer.get_mut().shutdown().await.unwrap();
        }
        drop(peer);
        assert_eq!(link.event().await, Some(LinkEvent::Closed(TransportEnd::Eof)));
        assert_eq!(link.event().await, None);
    }
    let (mut link, mut peer) = link_and_peer().await;
    peer.send(Message::Close(None)).await.unwrap();
    assert_eq!(link.event().await, frame(1005, ""));
}

#[tokio::test]
async fn what_a_peer_said_before_it_reset_the_connection_is_still_heard() {
    let (mut client, server) = connected(loopback()).await;
    client.send(Message::Binary(vec![1, 7].into())).await.unwrap();
    let goodbye = CloseFrame { code: 4452.into(), reason: "rejected".into() };
    client.send(Message::Close(Some(goodbye))).await.unwrap();
    socket2::SockRef::from(client.get_ref().get_ref().get_ref().0)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    drop(client);
    // It reads and writes only now, when writing fails.
    let mut link = Link::start(server, LinkLimits::default());
    link.tell(LinkCommand::Send(vec![1; 50_000].into())).await;
    link.tell(LinkCommand::Ping).await;
    assert_eq!(link.event().await, Some(LinkEvent::Message(vec![1, 7].into())));
    assert_eq!(link.event().await, frame(4452, "rejected"));
}

#[tokio::test]
async fn a_peer_that_does_not_answer_a_close_is_left_after_the_limit() {
    let (_client, server) = connected(loopback()).await;
    let limits = LinkLimits { close_answer: Duration::from_millis(50), ..LinkLimits::default() };
    let mut link = Link::start(server, limits);
    link.tell(close(1000, "")).await;
    match link.event().await {
        Some(LinkEvent::Closed(TransportEnd::Error { detail })) => {
            assert!(detail.contains("no answer to our close frame"), "{detail}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn kill_and_a_hub_that_is_gone_let_go_of_the_socket_without_a_word() {
    let (link, mut peer) = link_and_peer().await;
    link.tell(LinkCommand::Kill).await;
    assert!(matches!(soon(peer.next()).await, Some(Err(Error::Io(_) | Error::Protocol(_)))));

    let (Link { commands, mut events }, mut peer) = link_and_peer().await;
    drop(commands);
    assert!(matches!(soon(peer.next()).await, Some(Err(Error::Io(_) | Error::Protocol(_)))));
    assert!(matches!(
        soon(events.recv()).await,
        Some(LinkEvent::Closed(TransportEnd::Error { .. }))
    ));

    let (Link { commands, events }, mut peer) = link_and_peer().await;
    drop(events);
    peer.send(Message::Binary(vec![0, 0].into())).await.unwrap();
    assert!(matches!(soon(peer.next()).await, Some(Err(Error::Io(_) | Error::Protocol(_)))));
    soon(commands.closed()).await;
}

/// More than the socket buffers of both ends hold.
const MUCH: usize = 24_000_000;

/// A link whose peer does not read, with a write under way that is stuck.
async fn stuck(limits: LinkLimits) -> (Link, Box<WebSocket>) {
    let messages = MessageLimits { backlog: 2 * MUCH, ..MessageLimits::default() };
    let (client, server) = connected(ListenSettings { messages, ..loopback() }).await;
    let link = Link::start(server, limits);
    link.tell(LinkCommand::Send(vec![2; MUCH].into())).await;
    (link, client)
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_still_heard_and_closed_in_time() {
    let flush = Duration::from_millis(100);
    let (mut link, mut peer) = stuck(LinkLimits { flush, ..LinkLimits::default() }).await;
    for byte in 0..5 {
        peer.send(Message::Binary(vec![byte, 0].into())).await.unwrap();
        assert_eq!(link.event().await, Some(LinkEvent::Message(vec![byte, 0].into())));
    }
    link.tell(close(4001, "close")).await;
    match link.event().await {
        Some(LinkEvent::Closed(TransportEnd::NotReading { detail })) => {
            assert!(detail.contains("read nothing"), "{detail}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_link_that_is_stuck_is_killed_at_once_even_while_it_closes() {
    for closing in [false, true] {
        let (mut link, _peer) = stuck(LinkLimits {
            flush: Duration::MAX,
            close_answer: Duration::MAX,
            ..LinkLimits::default()
        })
        .await;
        if closing {
            link.tell(close(4001, "close")).await;
        }
        link.tell(LinkCommand::Kill).await;
        assert!(matches!(link.event().await, Some(LinkEvent::Closed(TransportEnd::Error { .. }))));
    }
}

#[tokio::test]
async fn what_waits_for_a_peer_that_does_not_read_is_bounded() {
    let messages = MessageLimits { backlog: 100_000, ..MessageLimits::default() };
    let (_client, server) = connected(ListenSettings { messages, ..loopback() }).await;
    let mut link = Link::start(server, LinkLimits::default());
    let mut sent = 0;
    while link.commands.send(LinkCommand::Send(vec![2; 50_000].into())).await.is_ok() {
        sent += 50_000;
        assert!(sent < 2 * MUCH, "the link takes everything");
    }
    match link.event().await {
        Some(LinkEvent::Closed(TransportEnd::NotReading { detail })) => {
            assert!(detail.contains("more waits"), "{detail}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn while_the_hub_takes_no_events_nothing_is_read_but_commands_are_obeyed() {
    let (client, server) = connected(loopback()).await;
    let (commands, queue) = mpsc::channel(8);
    let (sink, mut events) = mpsc::channel(1);
    tokio::spawn(run(server, queue, sink, |event| event, LinkLimits::default()));
    let mut peer = Link::start(client, LinkLimits::default());
    for byte in 0..10 {
        peer.tell(LinkCommand::Send(vec![byte, 0].into())).await;
    }
    commands.send(LinkCommand::Send(vec![7, 7].into())).await.unwrap();
    assert_eq!(peer.event().await, Some(LinkEvent::Message(vec![7, 7].into())));
    for byte in 0..10 {
        assert_eq!(soon(events.recv()).await, Some(LinkEvent::Message(vec![byte, 0].into())));
    }
}

#[tokio::test]
async fn an_idle_link_is_small() {
    let (_client, server) = connected(loopback()).await;
    let (_commands, queue) = mpsc::channel::<LinkCommand>(8);
    let (sink, _events) = mpsc::channel::<LinkEvent>(8);
    let task = run(server, queue, sink, |event| event, LinkLimits::default());
    let size = size_of_val(&task);
    assert!(size < 2048, "{size} bytes");
    drop(task.boxed());
}
