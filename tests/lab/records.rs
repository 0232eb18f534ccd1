//! Devices whose mDNS records are made by hand. They are all announced at once, so that one look
//! finds them all.

use std::{net::Ipv4Addr, sync::LazyLock};

use serde_json::Value;
use shipctl::devices::Device;

use super::{
    bench::{WORLD, sound_device},
    kit::Shipctl,
    mdns::Repeated,
    table::{Cause, ROWS},
};

/// What is odd about a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    NoId,
    OtherVersion,
    ShortSki,
    TwoHosts,
    NoAddress,
    Register,
}

/// A device with its record.
pub struct Announced {
    pub name: &'static str,
    pub device: Device,
    _records: Vec<Repeated>,
}

static ALL: LazyLock<Vec<Announced>> = LazyLock::new(|| {
    let odd = |row: &super::table::Row| match row.cause {
        Cause::Record(oddity) => Some(announce(row.name, oddity)),
        _ => None,
    };
    ROWS.iter().filter_map(odd).collect()
});

/// The device of a row; every other one is announced too.
pub fn of(name: &str) -> &'static Announced {
    ALL.iter().find(|it| it.name == name).unwrap()
}

fn announce(name: &'static str, oddity: Oddity) -> Announced {
    // At both addresses of a device that seems to be two.
    let bind = (oddity != Oddity::TwoHosts).then_some(Ipv4Addr::LOCALHOST.into());
    let device = sound_device("wallbox", bind);
    let ski = match oddity {
        Oddity::ShortSki => "ski=12".to_owned(),
        _ => format!("ski={}", device.ski),
    };
    let mut txt = vec![
        if oddity == Oddity::OtherVersion { "txtvers=2" } else { "txtvers=1" }.to_owned(),
        format!("id={}", device.ship_id),
        "path=/ship/".to_owned(),
        ski,
        format!("register={}", oddity == Oddity::Register),
        "brand=Example".to_owned(),
        "type=ChargingStation".to_owned(),
        "model=Charge 11".to_owned(),
        "serial=1".to_owned(),
        "cat=3".to_owned(),
    ];
    if oddity == Oddity::NoId {
        txt.retain(|text| !text.starts_with("id="));
    }
    let txt: Vec<&[u8]> = txt.iter().map(|text| text.as_bytes()).collect();
    let address = (oddity != Oddity::NoAddress).then_some(Ipv4Addr::LOCALHOST);
    let mut records = vec![WORLD.announce_at(name, &txt, device.port, address)];
    if oddity == Oddity::TwoHosts {
        let other = Some(Ipv4Addr::new(127, 0, 0, 2));
        records.push(WORLD.announce_at("clone-too", &txt, device.port, other));
    }
    Announced { name, device, _records: records }
}

/// What `discover` says of every record, in one look.
pub static SEEN: LazyLock<Vec<Value>> = LazyLock::new(|| {
    LazyLock::force(&ALL);
    let looking = ["discover", "--timeout", "6s", "--json"];
    let ran = WORLD.start(&Shipctl::new(), &looking).end();
    assert_eq!(ran.code, 1, "{ran:?}");
    ran.json()
});
