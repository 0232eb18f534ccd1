//! IP packets of one TCP connection.

use std::net::{IpAddr, SocketAddr};

/// A packet of a capture.
pub(super) struct Packet {
    pub(super) bytes: Vec<u8>,
    /// What is told beside it.
    pub(super) comment: String,
}

/// A TCP connection, from the side of the client.
pub(super) struct Flow {
    client: SocketAddr,
    server: SocketAddr,
    /// The next sequence numbers of client and server.
    sequence: [u32; 2],
}

/// The most bytes in one segment.
const SEGMENT: usize = 16_000;

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const PSH: u8 = 8;
const ACK: u8 = 16;

impl Flow {
    pub(super) fn new(client: SocketAddr, server: SocketAddr) -> Self {
        Self { client, server, sequence: [0; 2] }
    }

    pub(super) fn server(&self) -> SocketAddr {
        self.server
    }

    /// The three packets a connection begins with.
    pub(super) fn begin(&mut self) -> Vec<Packet> {
        let mut packets = vec![self.packet(true, SYN, &[], "")];
        self.sequence[0] = 1;
        packets.push(self.packet(false, SYN | ACK, &[], ""));
        self.sequence[1] = 1;
        packets.push(self.packet(true, ACK, &[], ""));
        packets
    }

    /// Bytes of one side; the comment goes to the last packet, where a dissector shows the whole.
    pub(super) fn data(&mut self, by_client: bool, bytes: &[u8], comment: &str) -> Vec<Packet> {
        let mut packets = Vec::new();
        let last = bytes.chunks(SEGMENT).count();
        for (number, chunk) in (1..).zip(bytes.chunks(SEGMENT)) {
            let comment = if number == last { comment } else { "" };
            packets.push(self.packet(by_client, PSH | ACK, chunk, comment));
            let length = u32::try_from(chunk.len()).unwrap_or_default();
            let sequence = &mut self.sequence[usize::from(!by_client)];
            *sequence = sequence.wrapping_add(length);
        }
        packets
    }

    /// The end, by one side.
    pub(super) fn end(&mut self, by_client: bool, reset: bool) -> Vec<Packet> {
        if reset {
            return vec![self.packet(by_client, RST | ACK, &[], "")];
        }
        let mut packets = Vec::new();
        for side in [by_client, !by_client] {
            packets.push(self.packet(side, FIN | ACK, &[], ""));
            let sequence = &mut self.sequence[usize::from(!side)];
            *sequence = sequence.wrapping_add(1);
        }
        packets.push(self.packet(by_client, ACK, &[], ""));
        packets
    }

    fn packet(&self, by_client: bool, flags: u8, payload: &[u8], comment: &str) -> Packet {
        let (from, to) =
            if by_client { (self.client, self.server) } else { (self.server, self.client) };
        let [mut ours, mut theirs] = self.sequence;
        if !by_client {
            (ours, theirs) = (theirs, ours);
        }
        if flags & ACK == 0 {
            theirs = 0;
        }
        let mut tcp = Vec::with_capacity(20 + payload.len());
        tcp.extend(from.port().to_be_bytes());
        tcp.extend(to.port().to_be_bytes());
        tcp.extend(ours.to_be_bytes());
        tcp.extend(theirs.to_be_bytes());
        tcp.extend([5 << 4, flags, 0xff, 0xff, 0, 0, 0, 0]);
        tcp.extend(payload);
        let bytes = ip(from.ip(), to.ip(), tcp);
        Packet { bytes, comment: comment.to_owned() }
    }
}

/// The IP header in front of a TCP segment, whose checksum is filled in.
fn ip(from: IpAddr, to: IpAddr, mut tcp: Vec<u8>) -> Vec<u8> {
    const TCP: u8 = 6;
    let length = u16::try_from(tcp.len()).unwrap_or(u16::MAX);
    let (mut header, pseudo) = match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let mut header = vec![0x45, 0];
            header.extend((length + 20).to_be_bytes());
            header.extend([0, 0, 0x40, 0, 64, TCP, 0, 0]);
            header.extend(from.octets());
            header.extend(to.octets());
            let sum = checksum(&header);
            header[10..12].copy_from_slice(&sum.to_be_bytes());
            let mut pseudo = [from.octets(), to.octets()].concat();
            pseudo.extend([0, TCP]);
            pseudo.extend(length.to_be_bytes());
            (header, pseudo)
        }
        (from, to) => {
            let octets = |ip| match ip {
                IpAddr::V4(ip) => std::net::Ipv4Addr::to_ipv6_mapped(&ip).octets(),
                IpAddr::V6(ip) => ip.octets(),
            };
            let mut header = vec![0x60, 0, 0, 0];
            header.extend(length.to_be_bytes());
            header.extend([TCP, 64]);
            header.extend(octets(from));
            header.extend(octets(to));
            let mut pseudo = [octets(from), octets(to)].concat();
            pseudo.extend(u32::from(length).to_be_bytes());
            pseudo.extend([0, 0, 0, TCP]);
            (header, pseudo)
        }
    };
    let sum = checksum(&[&pseudo[..], &tcp].concat());
    tcp[16..18].copy_from_slice(&sum.to_be_bytes());
    header.extend(tcp);
    header
}

/// The checksum of RFC 1071.
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| match *pair {
        [high, low] => u32::from(u16::from_be_bytes([high, low])),
        [high] => u32::from(high) << 8,
        _ => 0,
    });
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_over_a_packet_with_its_checksum_is_zero() {
        let mut flow =
            Flow::new("192.0.2.1:50000".parse().unwrap(), "10.0.0.7:4712".parse().unwrap());
        for packet in flow.begin().into_iter().chain(flow.data(true, b"hello", "")) {
            assert_eq!(checksum(&packet.bytes[..20]), 0);
        }
    }

    #[test]
    fn a_long_message_goes_in_segments_and_the_last_has_the_comment() {
        let mut flow = Flow::new("[::1]:50000".parse().unwrap(), "[::1]:4712".parse().unwrap());
        let packets = flow.data(false, &[7; SEGMENT + 1], "said");
        let lengths: Vec<usize> = packets.iter().map(|packet| packet.bytes.len() - 60).collect();
        assert_eq!(lengths, [SEGMENT, 1]);
        assert_eq!((&*packets[0].comment, &*packets[1].comment), ("", "said"));
    }
}
