//! Lines `key=value` as a TXT record; and what is right in it, announced as our own.

#![no_main]

mod kit;

use kit::assert_visible;
use libfuzzer_sys::fuzz_target;
use shipctl::mdns::{
    service::Service,
    txt::{OwnTxt, Txt, TxtRemark},
};

fuzz_target!(|bytes: &[u8]| {
    let txt = Txt::read(bytes.split(|byte| *byte == b'\n').filter_map(pair));
    let names = [&txt.brand, &txt.model, &txt.device_type, &txt.serial];
    names.into_iter().flatten().for_each(|name| assert_visible(name));
    txt.remarks.iter().for_each(|remark| assert_visible(&remark.to_string()));
    if let Some(path) = &txt.path {
        assert!(path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic()), "{path:?}");
    }
    announced(&txt);
    let service = Service {
        instance: "instance".to_owned(),
        host: "wallbox.local.".to_owned(),
        port: 4712,
        addresses: vec![([10, 0, 0, 7], 4712).into()],
        interfaces: Vec::new(),
        txt,
    };
    assert_visible(&service.name());
    assert_eq!(service.is_strictly_dialable(), service.txt.is_strictly_valid());
    assert_eq!(service.targets().len(), 2);
});

/// A pair, as a responder hands it over: the key is text, and a value need not be there.
fn pair(line: &[u8]) -> Option<(&str, Option<&[u8]>)> {
    let end = line.iter().position(|byte| *byte == b'=').unwrap_or(line.len());
    let (key, value) = line.split_at(end);
    Some((std::str::from_utf8(key).ok()?, value.get(1..)))
}

/// What we would announce with these values is read back as it was meant.
fn announced(txt: &Txt) {
    let (Some(ship_id), Some(ski)) = (txt.ship_id.clone(), txt.ski) else { return };
    let own = OwnTxt {
        ship_id,
        ski,
        path: txt.path.clone().unwrap_or_default(),
        register: txt.register.unwrap_or_default(),
        brand: txt.brand.clone().unwrap_or_default(),
        model: txt.model.clone().unwrap_or_default(),
        device_type: txt.device_type.clone().unwrap_or_default(),
        serial: txt.serial.clone().unwrap_or_default(),
        categories: txt.categories.clone(),
    };
    let Ok(pairs) = own.pairs() else { return };
    let again = Txt::read(pairs.iter().map(|(key, value)| (&key[..], Some(value.as_bytes()))));
    assert!(again.is_strictly_valid());
    assert!(again.remarks.iter().all(|remark| *remark == TxtRemark::RegisterTrue));
    let raw = Vec::new();
    assert_eq!(
        Txt { raw: raw.clone(), remarks: Vec::new(), ..again },
        Txt {
            raw,
            remarks: Vec::new(),
            path: Some(own.path),
            register: Some(own.register),
            ..txt.clone()
        },
    );
}
