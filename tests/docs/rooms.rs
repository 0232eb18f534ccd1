//! `docs/architecture.md` names no room that is not there.

use std::{fs, path::Path};

use super::house;

#[test]
fn every_room_the_page_names_exists() {
    let page = fs::read_to_string(house().join("docs/architecture.md")).unwrap();
    let mut missing = Vec::new();
    let mut named = 0;
    for name in page.split('`').skip(1).step_by(2).flat_map(rooms) {
        named += 1;
        let is_there = ["", "src"].iter().any(|below| exists(&house().join(below).join(&name)));
        if !is_there {
            missing.push(name);
        }
    }
    assert!(named > 50, "{named} rooms are named");
    assert!(missing.is_empty(), "not there: {missing:?}");
}

fn exists(path: &Path) -> bool {
    path.exists() || path.with_extension("rs").is_file()
}

/// The paths in what stands between backticks: `a/b.rs`, `a/`, and `a/{b,c}`.
fn rooms(code: &str) -> Vec<String> {
    if !code.contains('/') || code.contains([' ', '<', '-']) && !code.starts_with("docs/") {
        return Vec::new();
    }
    match code.split_once('{') {
        Some((before, inside)) => {
            let inside = inside.trim_end_matches('}').split(',');
            inside.map(|it| format!("{before}{}", it.trim())).collect()
        }
        None => vec![code.to_owned()],
    }
}

#[test]
fn a_list_in_braces_is_several_rooms() {
    assert_eq!(rooms("mdns/{txt,service}"), ["mdns/txt", "mdns/service"]);
    assert_eq!(rooms("hub/"), ["hub/"]);
    assert!(rooms("shipctl explain").is_empty());
}
