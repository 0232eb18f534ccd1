//! `shipctl explain`: offline, and without making anything.

use shipctl::checks::Code;

use super::kit::*;

#[test]
fn every_code_is_listed_and_each_is_explained_in_full() {
    let shipctl = Shipctl::new();
    let ran = shipctl.run(&["explain"]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, Code::ALL.len() + 1), "{ran:?}");
    assert!(ran.out.contains("HEL-02") && ran.out.contains("The device does not trust us"));
    let ran = shipctl.run(&["explain", "hel-02", "DAT-01"]);
    for part in ["HEL-02  error", "seen", "cause", "advice", "SHIP 13.4.4.1", "found by", "Porsche"]
    {
        assert!(ran.out.contains(part), "{part}: {ran:?}");
    }
    assert!(!shipctl.state().exists(), "nothing was made on the way");
}

#[test]
fn a_family_is_listed_and_what_is_none_is_refused_with_the_nearest() {
    let shipctl = Shipctl::new();
    let ran = shipctl.run(&["explain", "hel"]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 9), "{ran:?}");
    let ran = shipctl.run(&["explain", "HEL-02", "HEL-O3", "--json"]);
    ran.failed(2, "did you mean HEL-03?");
    assert_eq!(ran.last()["exit"], 2);
    assert_eq!(ran.json().len(), 1, "nothing is told before all is understood: {ran:?}");
}

#[test]
fn programs_read_the_same_in_json() {
    let shipctl = Shipctl::new();
    let ran = shipctl.run(&["explain", "CLS-02", "--json"]);
    let lines = ran.json();
    assert_eq!(lines.len(), 2, "{ran:?}");
    assert_eq!((&lines[0]["event"], &lines[0]["code"]), (&"explained".into(), &"CLS-02".into()));
    assert_eq!(lines[0]["severity"], "warning");
    assert_eq!(lines[0]["reference"], "SHIP 12.2.2");
    assert_eq!((&ran.last()["outcome"], &ran.last()["count"]), (&"explained".into(), &1.into()));
    let ran = shipctl.run(&["explain", "--quirks", "--json"]);
    assert_eq!(ran.json()[0]["event"], "quirk");
    assert_eq!(ran.last()["quirks_version"], 1);
    shipctl.run(&["explain", "--quirks", "HEL-02"]).failed(2, "do not go together");
}
