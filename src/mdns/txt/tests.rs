//! TXT records, whole and broken.

use proptest::prelude::*;

use super::*;

const SKI: &str = "5555aaaaffff1111cccc3333eeeedddd99992222";

fn read(pairs: &[(&str, &str)]) -> Txt {
    Txt::read(pairs.iter().map(|(key, value)| (*key, Some(value.as_bytes()))))
}

/// A complete record with `changes` put in place, or appended.
fn with(changes: &[(&'static str, &'static str)]) -> Txt {
    let mut pairs = vec![
        ("txtvers", "1"),
        ("id", "i:46925_u:demo"),
        ("path", "/ship/"),
        ("ski", SKI),
        ("register", "false"),
        ("brand", "Demo"),
        ("model", "EVSE"),
        ("cat", "3"),
    ];
    for &(key, value) in changes {
        match pairs.iter_mut().find(|(name, _)| *name == key) {
            Some(pair) => pair.1 = value,
            None => pairs.push((key, value)),
        }
    }
    read(&pairs)
}

fn own() -> OwnTxt {
    OwnTxt {
        ship_id: "i:46925_u:demo".parse().unwrap(),
        ski: SKI.parse().unwrap(),
        path: "/ship/".to_owned(),
        register: false,
        brand: "shipctl".to_owned(),
        model: "shipctl".to_owned(),
        device_type: "EnergyManagementSystem".to_owned(),
        serial: "42".to_owned(),
        categories: vec![2, 3],
    }
}

#[test]
fn a_complete_record_is_read_without_a_remark() {
    let txt = with(&[("type", "Wallbox"), ("serial", "a=b"), ("cat", "3, 9,3")]);
    assert_eq!(txt.remarks, []);
    assert!(txt.is_strictly_valid());
    assert_eq!(txt.ship_id.unwrap().as_str(), "i:46925_u:demo");
    assert_eq!(txt.ski.unwrap().to_string(), SKI);
    assert_eq!(txt.path.as_deref(), Some("/ship/"));
    assert_eq!((txt.register, txt.serial.as_deref()), (Some(false), Some("a=b")));
    assert_eq!(txt.categories, [3, 9]);
    assert_eq!(txt.raw.len(), 10);
}

#[test]
fn every_mandatory_key_is_missed_and_only_those_of_ship_make_a_strict_peer_refuse() {
    let txt = read(&[]);
    let missing: Vec<_> =
        MANDATORY.into_iter().chain(MANDATORY_SRIP).map(TxtRemark::Missing).collect();
    assert_eq!(txt.remarks, missing);
    assert!(!txt.is_strictly_valid());

    let old = read(&[
        ("txtvers", "1"),
        ("id", "a"),
        ("path", "/ship/"),
        ("ski", SKI),
        ("register", "false"),
    ]);
    assert_eq!(old.remarks.len(), 3);
    assert!(old.is_strictly_valid());
}

#[test]
fn each_broken_value_is_remarked_once_with_its_rule() {
    let long = "x".repeat(33);
    let long: &'static str = long.leak();
    for (key, value) in [
        ("txtvers", "2"),
        ("txtvers", "01"),
        ("id", ""),
        ("id", "a b"),
        ("path", "ship"),
        ("path", "/a b/"),
        ("path", "/\r\nHost: x"),
        ("register", "yes"),
        ("register", ""),
        ("brand", long),
        ("model", long),
        ("type", "a\x1b[31m"),
        ("cat", "3,x"),
        ("cat", ""),
    ] {
        let remarks = with(&[(key, value)]).remarks;
        assert!(
            matches!(&remarks[..], [TxtRemark::Invalid { key: k, .. }] if *k == key),
            "{key}={value:?}: {remarks:?}"
        );
    }
}

#[test]
fn a_usable_value_is_kept_although_it_breaks_a_rule() {
    assert_eq!(with(&[("register", "True")]).register, Some(true));
    assert_eq!(with(&[("path", "ship/")]).path.as_deref(), Some("/ship/"));
    let long = with(&[("path", "/a-path-that-is-longer-than-32-bytes/")]);
    assert!(long.path.is_some() && !long.is_strictly_valid());
    assert_eq!(with(&[("path", "/\r\nHost: x")]).path, None);
    assert_eq!(with(&[("brand", "a\u{202E}b")]).brand.as_deref(), Some("a�b"));
    assert_eq!(with(&[("cat", "3,x,70000,4")]).categories, [3, 4]);
}

#[test]
fn a_ski_in_any_case_and_grouping_is_the_same_and_39_digits_are_remarked() {
    let grouped = "5555 AAAA-FFFF:1111 CCCC 3333 EEEE DDDD 9999 2222";
    assert_eq!(with(&[("ski", grouped)]).ski.unwrap().to_string(), SKI);
    let short = with(&[("ski", &SKI[1..])]);
    assert_eq!(short.ski, None);
    assert_eq!(short.remarks, [TxtRemark::BadSki(SKI[1..].to_owned())]);
}

#[test]
fn keys_have_no_case_and_the_first_duplicate_wins() {
    let txt = read(&[("BRAND", "first"), ("brand", "second"), ("Brand", "third")]);
    assert_eq!(txt.brand.as_deref(), Some("first"));
    assert_eq!(
        txt.remarks[..2],
        [TxtRemark::Duplicate("brand".into()), TxtRemark::Duplicate("Brand".into())]
    );
    assert_eq!(txt.raw.len(), 3);
}

#[test]
fn auto_accept_mode_is_told() {
    let txt = with(&[("register", "true")]);
    assert_eq!(txt.remarks, [TxtRemark::RegisterTrue]);
    assert!(txt.is_strictly_valid());
}

#[test]
fn categories_have_names_and_unknown_ones_keep_their_number() {
    assert_eq!(Category(3).to_string(), "e-mobility");
    assert_eq!(Category(8).to_string(), "category 8");
    assert!((1..=7).all(|n| Category(n).name().is_some()));
}

#[test]
fn tc_ship_mdns_001_our_record_has_every_key_within_its_bounds() {
    let pairs = own().pairs().unwrap();
    let keys: Vec<&str> = pairs.iter().map(|(key, _)| &key[..]).collect();
    assert_eq!(
        keys,
        [
            "txtvers", "id", "path", "ski", "register", "brand", "type", "model", "serial", "cat",
            "ecc",
        ]
    );
    let value = |key: &str| &pairs.iter().find(|(k, _)| k == key).unwrap().1;
    assert_eq!(value("txtvers"), "1");
    assert!(value("id").len() <= 63);
    assert!(value("path").len() <= 32 && value("path").contains('/'));
    assert!(value("ski").len() == 40 && value("ski").bytes().all(|b| b.is_ascii_hexdigit()));
    assert!(["true", "false"].contains(&&value("register")[..]));
    assert!(["brand", "model", "type"].iter().all(|key| value(key).len() <= 32));
    assert_eq!(value("cat"), "2,3");
    assert_eq!(value("ecc"), "false", "no curve besides secp256r1 (SHIP 1.1)");
}

#[test]
fn we_never_announce_what_a_strict_reader_would_refuse() {
    assert!(OwnTxt { register: true, ..own() }.pairs().is_ok());
    for bad in [
        OwnTxt { path: "ship".into(), ..own() },
        OwnTxt { path: "/".repeat(33), ..own() },
        OwnTxt { brand: "x".repeat(33), ..own() },
        OwnTxt { model: String::new(), ..own() },
        OwnTxt { categories: vec![], ..own() },
    ] {
        assert!(bad.pairs().is_err(), "{bad:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic_and_nothing_shown_is_hidden(
        pairs in proptest::collection::vec(
            (
                prop_oneof![
                    proptest::sample::select(vec![
                        "txtvers", "id", "PATH", "ski", "register", "brand", "model", "Type",
                        "serial", "cat", "ecc",
                    ]).prop_map(str::to_owned),
                    any::<String>(),
                ],
                proptest::option::of(prop_oneof![
                    proptest::collection::vec(any::<u8>(), 0..80),
                    any::<String>().prop_map(String::into_bytes),
                ]),
            ),
            0..16,
        )
    ) {
        let txt = Txt::read(pairs.iter().map(|(key, value)| (&key[..], value.as_deref())));
        prop_assert_eq!(txt.raw.len(), pairs.len());
        let mut shown: Vec<String> = txt.remarks.iter().map(TxtRemark::to_string).collect();
        shown.extend(txt.path.clone());
        shown.extend([txt.brand, txt.model, txt.device_type, txt.serial].into_iter().flatten());
        prop_assert!(!shown.iter().flat_map(|text| text.chars()).any(is_hidden));
        if let Some(path) = txt.path {
            prop_assert!(path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic()));
        }
    }
}
