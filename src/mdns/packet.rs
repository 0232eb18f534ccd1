//! As much of a DNS message as it takes to ask who is there, and to hear who answers (RFC 1035, 6762,
//! 6763). Pure. What a record of ours or of a device says is read by the responder instead.

use std::collections::BTreeMap;

/// The name whose answers are the types of all services of a host (RFC 6763, 9).
pub const ALL_SERVICES: &str = "_services._dns-sd._udp.local";

const PTR: u16 = 12;
const TXT: u16 = 16;
const SRV: u16 = 33;
const IN: u16 = 1;

/// What is of interest in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Whether it answers rather than asks.
    pub is_response: bool,
    /// The types of services its records tell of, as in `_http._tcp`. Not safe to show.
    pub types: Vec<String>,
}

/// A query for pointers of these names. Responders pass over the number; whoever sent it can tell
/// it from the queries of others by it.
pub fn query(id: u16, names: &[&str]) -> Vec<u8> {
    let count = u16::try_from(names.len()).unwrap_or_default();
    let mut packet: Vec<u8> =
        [id, 0, count, 0, 0, 0].iter().flat_map(|field| field.to_be_bytes()).collect();
    for name in names {
        for label in name.split('.') {
            packet.push(u8::try_from(label.len()).unwrap_or_default());
            packet.extend_from_slice(label.as_bytes());
        }
        packet.push(0);
        packet.extend([PTR, IN].iter().flat_map(|field| field.to_be_bytes()));
    }
    packet
}

/// Reads a message; `None` if it is none. Of one that is cut off counts what comes before.
pub fn read(packet: &[u8]) -> Option<Message> {
    let field = |at: usize| Some(u16::from_be_bytes([*packet.get(at)?, *packet.get(at + 1)?]));
    let is_response = field(2)? & 0x8000 != 0;
    let questions = field(4)?;
    let records = field(6)?.saturating_add(field(8)?).saturating_add(field(10)?);
    let mut message = Message { is_response, types: Vec::new() };
    let mut rest = Rest { packet, at: 12 };
    for _ in 0..questions {
        if rest.question().is_none() {
            return Some(message);
        }
    }
    for _ in 0..records {
        let Some(told) = rest.record() else { break };
        if let Some(told) = told.filter(|told| !message.types.contains(told)) {
            message.types.push(told);
        }
    }
    message.types.sort();
    Some(message)
}

/// What a response tells of one SHIP service, its addresses aside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Announced {
    /// Whether the response has its pointer, so that it is a service and not a name that was asked for.
    pub pointed_to: bool,
    /// Host, with the trailing dot, and port of its SRV record. Not safe to show.
    pub srv: Option<(String, u16)>,
    /// The strings of its TXT record.
    pub txt: Option<Vec<Vec<u8>>>,
}

/// The SHIP services a response tells of, by their full names with the trailing dot; nothing of those
/// that say goodbye, and nothing if it is a query.
pub fn announced(packet: &[u8]) -> BTreeMap<String, Announced> {
    const SHIP: &str = "_ship._tcp.local";
    let mut services: BTreeMap<String, Announced> = BTreeMap::new();
    let Some(mut rest) = Rest::of_answers(packet) else { return services };
    while let Some(Raw { name, kind, ttl, data }) = rest.raw() {
        let of_ship = |name: &str| name.to_ascii_lowercase().ends_with("._ship._tcp.local");
        let mut inner = Rest { packet, at: data.start };
        match kind {
            _ if ttl == 0 => {}
            PTR if name.eq_ignore_ascii_case(SHIP) => {
                if let Some(instance) = inner.name().filter(|it| of_ship(it)) {
                    services.entry(format!("{instance}.")).or_default().pointed_to = true;
                }
            }
            SRV if of_ship(&name) => {
                // Priority and weight.
                inner.at += 4;
                if let (Some(port), Some(host)) = (inner.field(), inner.name()) {
                    let srv = Some((format!("{host}."), port));
                    services.entry(format!("{name}.")).or_default().srv = srv;
                }
            }
            TXT if of_ship(&name) => {
                let txt = Some(strings(&packet[data]));
                services.entry(format!("{name}.")).or_default().txt = txt;
            }
            _ => {}
        }
    }
    services
}

/// The strings of a TXT record; one that is cut off ends them.
fn strings(mut data: &[u8]) -> Vec<Vec<u8>> {
    let mut strings = Vec::new();
    while let Some((length, rest)) = data.split_first()
        && let Some((text, rest)) = rest.split_at_checked(usize::from(*length))
    {
        if !text.is_empty() {
            strings.push(text.to_vec());
        }
        data = rest;
    }
    strings
}

/// One record as it stands in the packet.
struct Raw {
    name: String,
    kind: u16,
    ttl: u32,
    data: std::ops::Range<usize>,
}

struct Rest<'a> {
    packet: &'a [u8],
    at: usize,
}

impl Rest<'_> {
    /// The records of a response; `None` if it is not one.
    fn of_answers(packet: &[u8]) -> Option<Rest<'_>> {
        let mut head = Rest { packet, at: 2 };
        let is_response = head.field()? & 0x8000 != 0;
        let questions = head.field()?;
        let mut rest = Rest { packet, at: 12 };
        for _ in 0..questions {
            rest.question()?;
        }
        is_response.then_some(rest)
    }

    fn raw(&mut self) -> Option<Raw> {
        let name = self.name()?;
        let kind = self.field()?;
        // The class.
        self.at += 2;
        let ttl = u32::from(self.field()?) << 16 | u32::from(self.field()?);
        let length = usize::from(self.field()?);
        let data = self.at..self.at + length;
        self.at = data.end;
        (data.end <= self.packet.len()).then_some(Raw { name, kind, ttl, data })
    }

    fn question(&mut self) -> Option<()> {
        self.name()?;
        self.at += 4;
        (self.at <= self.packet.len()).then_some(())
    }

    /// The type of service a record tells of, if it does.
    fn record(&mut self) -> Option<Option<String>> {
        let name = self.name()?;
        let kind = self.field()?;
        // Class and time to live.
        self.at += 6;
        let length = usize::from(self.field()?);
        let data = self.at;
        let end = data + length;
        if end > self.packet.len() {
            return None;
        }
        let told = match kind {
            PTR if name.eq_ignore_ascii_case(ALL_SERVICES) => self.name(),
            PTR => Some(name),
            _ => None,
        };
        self.at = end;
        Some(told.as_deref().and_then(service_type))
    }

    fn field(&mut self) -> Option<u16> {
        let bytes = self.packet.get(self.at..self.at + 2)?;
        self.at += 2;
        Some(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    /// The name here, with its labels joined by dots; a pointer leads back, never on.
    fn name(&mut self) -> Option<String> {
        let mut name = String::new();
        let mut at = self.at;
        let mut end = None;
        loop {
            let length = usize::from(*self.packet.get(at)?);
            match length {
                0 => {
                    self.at = end.unwrap_or(at + 1);
                    return Some(name);
                }
                1..=63 => {
                    let label = self.packet.get(at + 1..at + 1 + length)?;
                    if !name.is_empty() {
                        name.push('.');
                    }
                    name.push_str(&String::from_utf8_lossy(label));
                    at += 1 + length;
                }
                0xC0.. => {
                    let low = usize::from(*self.packet.get(at + 1)?);
                    end.get_or_insert(at + 2);
                    let to = (length & 0x3F) << 8 | low;
                    if to >= at {
                        return None;
                    }
                    at = to;
                }
                _ => return None,
            }
            if name.len() > 255 {
                return None;
            }
        }
    }
}

/// `_http._tcp` of `_http._tcp.local`; `None` for what is no type of a service.
fn service_type(name: &str) -> Option<String> {
    let name = name.strip_suffix(".local")?;
    let (service, protocol) = name.split_once('.')?;
    let fits = service.starts_with('_') && matches!(protocol, "_tcp" | "_udp");
    fits.then(|| name.to_owned()).filter(|name| !ALL_SERVICES.starts_with(name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `_services._dns-sd._udp.local PTR _http._tcp.local`, the latter's `local` by a pointer; and
    /// `_ship._tcp.local PTR x._ship._tcp.local` by pointers only.
    fn answer() -> Vec<u8> {
        let mut packet = query(0, &[]);
        packet[2] = 0x84;
        packet[7] = 2;
        packet.extend(b"\x09_services\x07_dns-sd\x04_udp\x05local\0");
        packet.extend([0, 12, 0, 1, 0, 0, 0, 9, 0, 13]);
        packet.extend(b"\x05_http\x04_tcp\xC0\x23");
        packet.extend(b"\x05_ship\x04_tcp\xC0\x23");
        packet.extend([0, 12, 0x80, 1, 0, 0, 0, 9, 0, 4]);
        packet.extend(b"\x01x\xC0\x4A");
        packet
    }

    #[test]
    fn announced_service_has_its_srv_and_txt_and_goodbyes_have_none() {
        let mut packet = query(0, &[]);
        packet[2] = 0x84;
        packet.extend(b"\x05_ship\x04_tcp\x05local\0");
        packet.extend([0, 12, 0, 1, 0, 0, 0, 9, 0, 4]);
        packet.extend(b"\x01X\xC0\x0C");
        for (kind, ttl, data) in [
            (33, 9, &b"\0\0\0\0\x12\x68\x01h\xC0\x17"[..]),
            (16, 9, b"\x03a=b\x00\x01c"),
            (16, 0, b"\x07goodbye"),
        ] {
            packet.extend([0xC0, 0x28, 0, kind, 0x80, 1, 0, 0, 0, ttl, 0, data.len() as u8]);
            packet.extend(data);
        }
        let expected = Announced {
            pointed_to: true,
            srv: Some(("h.local.".into(), 4712)),
            txt: Some(vec![b"a=b".to_vec(), b"c".to_vec()]),
        };
        assert_eq!(announced(&packet), [("X._ship._tcp.local.".into(), expected)].into());
        packet[2] = 0;
        assert!(announced(&packet).is_empty(), "a query announces nothing");
    }

    #[test]
    fn a_query_is_read_as_one_and_tells_of_nothing() {
        let packet = query(7, &[ALL_SERVICES, "_ship._tcp.local"]);
        assert_eq!(packet[..6], [0, 7, 0, 0, 0, 2]);
        assert_eq!(read(&packet), Some(Message { is_response: false, types: vec![] }));
    }

    #[test]
    fn an_answer_tells_the_types_of_services() {
        let message = read(&answer()).unwrap();
        assert!(message.is_response);
        assert_eq!(message.types, ["_http._tcp", "_ship._tcp"]);
    }

    #[test]
    fn no_cut_and_no_changed_byte_does_harm() {
        let whole = answer();
        for length in 0..whole.len() {
            announced(&whole[..length]);
            read(&whole[..length]);
        }
        for at in 0..whole.len() {
            for byte in [0, 1, 0x3F, 0x40, 0xC0, 0xFF] {
                let mut packet = whole.clone();
                packet[at] = byte;
                announced(&packet);
                read(&packet);
            }
        }
        assert_eq!(read(&whole[..11]), None);
    }

    #[test]
    fn a_pointer_to_itself_or_ahead_is_refused() {
        let mut packet = query(0, &[]);
        packet[7] = 1;
        packet.extend(b"\xC0\x0C");
        packet.extend([0, 12, 0, 1, 0, 0, 0, 9, 0, 0]);
        assert_eq!(read(&packet).unwrap().types, Vec::<String>::new());
    }
}
