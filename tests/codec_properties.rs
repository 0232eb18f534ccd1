//! Properties of the codec that hold for every message and any bytes.

use std::time::Duration;

use proptest::{collection::vec, option, prelude::*};
use shipctl::proto::{
    Ski,
    codec::{DecodeRemark, Decoded, decode, encode, plain},
    message::*,
};

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

/// Texts, among them such as look like the structure of EEBUS JSON.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("[{".to_owned()),
        Just("},{".to_owned()),
        Just("}]".to_owned()),
        Just("[]".to_owned()),
        Just("\"\\".to_owned()),
        Just("\u{0}\u{1f}\u{7f}\u{2028}\u{10ffff}".to_owned()),
        "[a-zäß€🔌 ]{0,6}",
        any::<String>(),
    ];
    vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn json_text(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// A JSON document in compact form: no empty list, no repeated key, numbers as odd as they come.
fn document() -> impl Strategy<Value = String> {
    let number = "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?";
    let scalar = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|b| b.to_string()),
        number,
        text().prop_map(|t| json_text(&t)),
    ];
    scalar.prop_recursive(6, 40, 4, |inner| {
        let object = vec((text(), inner.clone()), 0..4).prop_map(|fields| {
            let fields: Vec<_> = fields
                .iter()
                .enumerate()
                .map(|(i, (key, value))| format!("{}:{value}", json_text(&format!("{i}{key}"))))
                .collect();
            format!("{{{}}}", fields.join(","))
        });
        let list = vec(inner, 1..4).prop_map(|items| format!("[{}]", items.join(",")));
        prop_oneof![object, list]
    })
}

fn millis() -> impl Strategy<Value = Option<Duration>> {
    option::of(any::<u32>().prop_map(|ms| Duration::from_millis(ms.into())))
}

fn protocol() -> impl Strategy<Value = Control> {
    let kind = prop_oneof![Just(HandshakeKind::AnnounceMax), Just(HandshakeKind::Select)];
    let format = prop_oneof![
        Just(Format::JsonUtf8),
        text().prop_filter("has a name", |t| t != "JSON-UTF8").prop_map(Format::Other)
    ];
    (kind, any::<(u16, u16)>(), vec(format, 1..3)).prop_map(|(kind, (major, minor), formats)| {
        Control::Protocol(ProtocolHandshake { kind, version: Version { major, minor }, formats })
    })
}

fn protocol_error() -> impl Strategy<Value = Control> {
    any::<u8>().prop_map(|number| {
        Control::ProtocolError(match number {
            1 => ProtocolErrorCode::Timeout,
            2 => ProtocolErrorCode::UnexpectedMessage,
            3 => ProtocolErrorCode::SelectionMismatch,
            other => ProtocolErrorCode::Other(other),
        })
    })
}

fn hello() -> impl Strategy<Value = Control> {
    let phase =
        prop_oneof![Just(HelloPhase::Pending), Just(HelloPhase::Ready), Just(HelloPhase::Aborted)];
    (phase, millis(), any::<bool>(), option::of(any::<u16>())).prop_map(
        |(phase, waiting, prolongation_request, update_counter)| {
            Control::Hello(Hello { phase, waiting, prolongation_request, update_counter })
        },
    )
}

fn key_material() -> impl Strategy<Value = Control> {
    let state = prop_oneof![
        Just(KeyState::Predecessor),
        Just(KeyState::Current),
        Just(KeyState::Successor)
    ];
    let entry = (state, any::<u16>(), any::<[u8; 20]>()).prop_map(|(state, curve, ski)| KeyEntry {
        state,
        curve,
        ski: Ski::from_bytes(ski),
    });
    prop_oneof![
        (any::<u16>(), vec(entry, 0..4)).prop_map(|(update_counter, entries)| {
            Control::KeyMaterialState(KeyMaterialState { update_counter, entries, unreadable: 0 })
        }),
        any::<bool>().prop_map(|accept| Control::KeyMaterialStateResponse { accept }),
        any::<u16>().prop_map(|known_update_counter| Control::KeyMaterialStateRequest {
            known_update_counter
        }),
    ]
}

fn pin() -> impl Strategy<Value = Control> {
    let state = prop_oneof![
        Just(PinDemand::None),
        Just(PinDemand::Optional),
        Just(PinDemand::Required),
        Just(PinDemand::PinOk)
    ];
    let permission =
        option::of(prop_oneof![Just(InputPermission::Ok), Just(InputPermission::Busy)]);
    prop_oneof![
        (state, permission).prop_map(|(state, permission)| Control::PinState(PinStateMessage {
            state,
            permission
        })),
        "[0-9a-fA-F]{8,16}".prop_map(|pin| Control::PinInput(pin.parse().unwrap())),
        any::<u8>().prop_map(Control::PinError),
    ]
}

fn access() -> impl Strategy<Value = Control> {
    let id = option::of("[a-z:_{}\\[\\],\"ü€]{1,20}".prop_map(|id| id.parse().unwrap()));
    prop_oneof![
        Just(Control::AccessMethodsRequest),
        (id, any::<bool>(), option::of(text())).prop_map(|(id, dns_sd_mdns, dns_uri)| {
            Control::AccessMethods(AccessMethods { id, dns_sd_mdns, dns_uri })
        }),
    ]
}

fn control() -> impl Strategy<Value = Message> {
    let unknown = text().prop_map(|text| Control::Unknown { name: format!("x{text}") });
    prop_oneof![hello(), protocol(), protocol_error(), pin(), access(), key_material(), unknown]
        .prop_map(Message::Control)
}

fn close() -> impl Strategy<Value = Message> {
    let phase = prop_oneof![Just(ClosePhase::Announce), Just(ClosePhase::Confirm)];
    let reason = prop_oneof![
        Just(CloseReason::Unspecific),
        Just(CloseReason::RemovedConnection),
        text().prop_map(|text| CloseReason::Other(format!("{text}."))),
    ];
    (phase, millis(), option::of(reason)).prop_map(|(phase, max_time, reason)| {
        Message::Close(ConnectionClose { phase, max_time, reason })
    })
}

fn data() -> impl Strategy<Value = Message> {
    (text(), document())
        .prop_map(|(protocol_id, payload)| Message::Data(Data { protocol_id, payload }))
}

fn message() -> impl Strategy<Value = Message> {
    let init = any::<u8>().prop_map(|head| Message::Init { head });
    prop_oneof![1 => init, 8 => control(), 3 => data(), 2 => close()]
}

/// The same message with plain objects throughout; the payload is left as it is.
fn with_plain_objects(message: &Message) -> Vec<u8> {
    let bytes = encode(message);
    let json = match message {
        Message::Data(data) => format!(
            r#"{{"data":{{"payload":{},"header":{{"protocolId":{}}}}}}}"#,
            data.payload,
            json_text(&data.protocol_id)
        ),
        _ => plain::to_plain(std::str::from_utf8(&bytes[1..]).unwrap()).unwrap(),
    };
    [&bytes[..1], json.as_bytes()].concat()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_are_a_message_or_an_error(bytes in vec(any::<u8>(), 0..64)) {
        let _ = decode(&bytes);
    }

    #[test]
    fn any_text_behind_any_type_is_a_message_or_an_error(
        kind in 0_u8..5,
        text in "[\\[\\]{}:,\"\\\\a0 -]{0,40}",
    ) {
        let _ = decode(&[&[kind], text.as_bytes()].concat());
        let _ = (plain::to_plain(&text), plain::to_eebus(&text));
    }

    #[test]
    fn a_damaged_message_is_a_message_or_an_error(
        message in message(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
    ) {
        let mut bytes = encode(&message);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if cut {
            bytes.truncate(at);
        }
        let _ = decode(&bytes);
    }

    #[test]
    fn what_is_written_is_read_back(message in message()) {
        let bytes = encode(&message);
        prop_assert_eq!(decode(&bytes), Ok(Decoded { message, remarks: vec![] }));
    }

    #[test]
    fn plain_objects_say_the_same_as_the_eebus_form(message in prop_oneof![control(), data(), close()]) {
        let unknown = matches!(message, Message::Control(Control::Unknown { .. }));
        let bytes = with_plain_objects(&message);
        let remarks = if unknown { vec![] } else { vec![DecodeRemark::PlainObjects] };
        prop_assert_eq!(decode(&bytes), Ok(Decoded { message, remarks }));
    }

    #[test]
    fn ship_go_sees_no_structure_in_the_texts_of_a_message(message in prop_oneof![control(), close()]) {
        // What ship-go does to a message before it parses it.
        let bytes = encode(&message);
        let json = std::str::from_utf8(&bytes[1..]).unwrap();
        let rewritten =
            json.replace("[{", "{").replace("},{", ",").replace("}]", "}").replace("[]", "{}");
        let bytes = [&bytes[..1], rewritten.as_bytes()].concat();
        prop_assert_eq!(decode(&bytes).map(|decoded| decoded.message), Ok(message));
    }

    #[test]
    fn ordinary_json_survives_the_eebus_form(plain in document()) {
        let eebus = plain::to_eebus(&plain).unwrap();
        prop_assert_eq!(plain::to_plain(&eebus), Ok(plain));
    }
}
