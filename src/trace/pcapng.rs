//! A trace as a capture file for Wireshark. What travels is encrypted; here it is as if it were
//! not: for each link TCP, the HTTP upgrade and the messages as WebSocket frames. Each packet has
//! a comment with what the message says, and its JSON.

mod packet;

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use self::packet::{Flow, Packet};
use super::{
    fact::{Fact, FrameRecord},
    file::{Trace, nanos},
    peers::{Known, Peers},
};

/// Where nothing tells our address: addresses that nobody has (RFC 5737, RFC 3849).
const US_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const US_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
const PEER_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

/// The usual port, where nothing tells ours.
const USUAL_PORT: u16 = 4712;

/// The bytes of a capture file with all connections of a trace.
pub fn pcapng(trace: &Trace) -> Vec<u8> {
    let mut peers = Peers::new(&trace.header);
    let mut out = beginning();
    let mut streams: BTreeMap<u64, Stream> = BTreeMap::new();
    let our_port = trace.header.port.unwrap_or(USUAL_PORT);
    let origin = u64::try_from(trace.header.origin_unix_ms).unwrap_or(0).saturating_mul(1_000_000);
    for line in &trace.lines {
        let Some(fact) = &line.fact else { continue };
        peers.note(fact);
        let (Some(link), true) = (fact.link(), travels(fact)) else { continue };
        let known = peers.get(link).copied();
        let fresh = !streams.contains_key(&link);
        let stream = streams.entry(link).or_insert_with(|| Stream::new(link, known, our_port));
        let mut packets = if fresh { stream.open(path(fact)) } else { Vec::new() };
        packets.extend(stream.carry(fact));
        for packet in packets {
            write_packet(&mut out, origin.saturating_add(nanos(line.at)), &packet);
        }
    }
    out
}

/// Whether it is to be seen on the network, once there is a WebSocket.
fn travels(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Accepted { .. }
            | Fact::Reached { .. }
            | Fact::Frame(_)
            | Fact::TextFrame { .. }
            | Fact::Ping { .. }
            | Fact::Pong { .. }
            | Fact::Close { .. }
            | Fact::Closed { .. }
    )
}

fn path(fact: &Fact) -> &str {
    match fact {
        Fact::Reached { transport, .. } => transport.path.as_deref().unwrap_or("/ship/"),
        _ => "/ship/",
    }
}

/// One connection, seen from the side that dialled.
struct Stream {
    flow: Flow,
    /// Whether we are the side that dialled.
    we_dialled: bool,
}

impl Stream {
    fn new(link: u64, known: Option<Known>, our_port: u16) -> Self {
        let we_dialled = known.is_some_and(|known| known.we_dialled);
        let remote = known.and_then(|known| known.remote);
        let remote = remote.unwrap_or(SocketAddr::from((PEER_V4, USUAL_PORT)));
        let any_port = 49_152 + u16::try_from(link % 16_384).unwrap_or_default();
        let port = if we_dialled { any_port } else { our_port };
        let us = match remote.ip() {
            IpAddr::V4(_) => SocketAddr::from((US_V4, port)),
            IpAddr::V6(_) => SocketAddr::from((US_V6, port)),
        };
        let (client, server) = if we_dialled { (us, remote) } else { (remote, us) };
        Self { flow: Flow::new(client, server), we_dialled }
    }

    fn open(&mut self, path: &str) -> Vec<Packet> {
        // The example of RFC 6455: nothing tells the real nonce.
        let path: String = path.chars().filter(|c| c.is_ascii_graphic()).collect();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ship\r\n\
             Sec-WebSocket-Version: 13\r\n\r\n",
            self.flow.server()
        );
        let response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
                        Connection: Upgrade\r\n\
                        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
                        Sec-WebSocket-Protocol: ship\r\n\r\n";
        let mut packets = self.flow.begin();
        packets.extend(self.flow.data(true, request.as_bytes(), ""));
        packets.extend(self.flow.data(false, response.as_bytes(), ""));
        packets
    }

    fn carry(&mut self, fact: &Fact) -> Vec<Packet> {
        match fact {
            Fact::Frame(frame) => {
                let Some(bytes) = frame.bytes() else { return Vec::new() };
                self.frame(frame.sent, BINARY, &bytes, &comment(frame))
            }
            Fact::TextFrame { .. } => self.frame(false, TEXT, b"", "a text frame; not kept"),
            Fact::Ping { .. } => self.frame(true, PING, b"", ""),
            Fact::Pong { .. } => self.frame(false, PONG, b"", ""),
            Fact::Close { code, reason, .. } => self.close(true, *code, reason),
            Fact::Closed { how, .. } => {
                use crate::proto::handshake::TransportEnd;
                let mut packets = match how {
                    TransportEnd::Frame { code: 1005, .. } => self.frame(false, CLOSE, b"", ""),
                    TransportEnd::Frame { code, text } => self.close(false, *code, text),
                    _ => Vec::new(),
                };
                let reset = matches!(
                    how,
                    TransportEnd::Error { .. }
                        | TransportEnd::NoPong { .. }
                        | TransportEnd::NotReading { .. }
                );
                packets.extend(self.flow.end(!self.we_dialled, reset));
                packets
            }
            _ => Vec::new(),
        }
    }

    fn close(&mut self, sent: bool, code: u16, reason: &str) -> Vec<Packet> {
        let reason = &reason.as_bytes()[..reason.len().min(123)];
        let payload = [&code.to_be_bytes()[..], reason].concat();
        self.frame(sent, CLOSE, &payload, "")
    }

    /// A WebSocket frame. That of the side that dialled is masked; with zeros, so that it stays
    /// readable.
    fn frame(&mut self, sent: bool, opcode: u8, payload: &[u8], comment: &str) -> Vec<Packet> {
        let by_client = sent == self.we_dialled;
        let masked = if by_client { 0x80 } else { 0 };
        let mut bytes = vec![0x80 | opcode];
        match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
            (Ok(length @ 0..=125), _) => bytes.push(masked | length),
            (_, Ok(length)) => {
                bytes.push(masked | 126);
                bytes.extend(length.to_be_bytes());
            }
            _ => {
                bytes.push(masked | 127);
                bytes.extend((payload.len() as u64).to_be_bytes());
            }
        }
        if by_client {
            bytes.extend([0; 4]);
        }
        bytes.extend(payload);
        self.flow.data(by_client, &bytes, comment)
    }
}

const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

fn comment(frame: &FrameRecord) -> String {
    /// The longest JSON in a comment.
    const LONGEST: usize = 16_000;
    let json = frame.json.as_deref().unwrap_or_default();
    let json = crate::proto::text::beginning(json, LONGEST);
    format!("{}: {} {json}", frame.message, frame.text).trim_end().to_owned()
}

/// Section header and the one interface: raw IP, times in nanoseconds.
fn beginning() -> Vec<u8> {
    const RAW_IP: u16 = 101;
    let mut out = Vec::new();
    let mut section = Vec::new();
    section.extend(0x1A2B_3C4D_u32.to_le_bytes());
    section.extend([1, 0, 0, 0]);
    section.extend((-1_i64).to_le_bytes());
    block(&mut out, 0x0A0D_0D0A, &section);
    let mut interface = Vec::new();
    interface.extend(RAW_IP.to_le_bytes());
    interface.extend([0; 6]);
    option(&mut interface, 9, &[9]);
    option(&mut interface, 0, &[]);
    block(&mut out, 1, &interface);
    out
}

fn write_packet(out: &mut Vec<u8>, at: u64, packet: &Packet) {
    let mut body = vec![0; 4];
    body.extend(((at >> 32) as u32).to_le_bytes());
    body.extend((at as u32).to_le_bytes());
    let length = u32::try_from(packet.bytes.len()).unwrap_or(u32::MAX);
    body.extend(length.to_le_bytes());
    body.extend(length.to_le_bytes());
    body.extend(&packet.bytes);
    pad(&mut body);
    if !packet.comment.is_empty() {
        option(&mut body, 1, packet.comment.as_bytes());
        option(&mut body, 0, &[]);
    }
    block(out, 6, &body);
}

fn block(out: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let length = u32::try_from(body.len() + 12).unwrap_or(u32::MAX);
    out.extend(kind.to_le_bytes());
    out.extend(length.to_le_bytes());
    out.extend(body);
    out.extend(length.to_le_bytes());
}

fn option(out: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = &value[..value.len().min(usize::from(u16::MAX))];
    out.extend(code.to_le_bytes());
    out.extend((value.len() as u16).to_le_bytes());
    out.extend(value);
    pad(out);
}

fn pad(out: &mut Vec<u8>) {
    while !out.len().is_multiple_of(4) {
        out.push(0);
    }
}
