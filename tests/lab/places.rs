//! Where each code of the catalogue is tested, if not by a row of the table.

use std::{collections::BTreeSet, fs, path::Path};

use libtest_mimic::Failed;
use shipctl::{
    checks::Code::{self, *},
    devices::Fault,
};

use super::{
    table::{Cause, ROWS},
    ways::Way,
};

/// A code that depends on our own side, on a stretch of time, or on many records, and the test that
/// holds it.
pub const PLACES: &[(Code, &str, &str)] = &[
    (Mdns02, "tests/doctor.rs", "others that announce no SHIP service"),
    (Mdns03, "tests/doctor.rs", "our own addresses"),
    (Mdns04, "tests/doctor.rs", "our own addresses"),
    (Mdns13, "tests/mdns.rs", "a responder on this computer"),
    (
        Mdns16,
        "tests/hub/sights.rs",
        "a record with the SHIP ID of a trusted device, and another SKI",
    ),
    (Mdns14, "tests/hostile/mdns.rs", "a flood of 10,000 records"),
    (Tcp04, "tests/doctor.rs", "our own firewall"),
    (Tcp05, "tests/cli/network.rs", "our own port"),
    (Tls07, "tests/transport/securing.rs", "our own setting"),
    (Cert10, "tests/cli/pairing.rs", "a QR code and another certificate"),
    (Ws07, "tests/hostile/messages.rs", "what we send to a device that never reads"),
    (Msg03, "tests/hostile/messages.rs", "a flood of messages"),
    (Cls06, "tests/hub/findings.rs", "a device that idles out every 600 s, in virtual time"),
    (Own01, "tests/cli/state.rs", "our own state directory"),
    (Own02, "src/identity/disk/tests.rs", "our own key file"),
    (Own03, "src/cli/peer.rs", "what is given on the command line"),
    (Own04, "tests/hub/limit.rs", "our own limit"),
    (Own05, "tests/cli/tls.rs", "our own log of keys"),
    (Own06, "tests/doctor.rs", "our own state"),
    (Own07, "tests/doctor.rs", "our own network"),
];

pub fn every_code_has_one() -> Result<(), Failed> {
    let rows = || ROWS.iter().flat_map(|row| Way::ALL.map(|way| row.expected(way))).flatten();
    for code in Code::ALL {
        let placed: Vec<_> = PLACES.iter().filter(|(placed, ..)| placed == code).collect();
        let in_rows = rows().any(|given| given == code);
        assert_eq!(
            placed.len(),
            usize::from(!in_rows),
            "{code} has a row or a place, and one only"
        );
        for (_, file, _) in placed {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            let text = fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
            let named = [code.to_string(), format!("{code:?}")];
            assert!(named.iter().any(|name| text.contains(name)), "{code} is not in {file}");
        }
    }
    let names: BTreeSet<&str> = ROWS.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), ROWS.len(), "a name is given twice");
    Ok(())
}

/// Nothing stands in the catalogue that nobody finds.
pub fn every_code_is_raised() -> Result<(), Failed> {
    /// What only speaks of findings that others make.
    const SILENT: [&str; 4] =
        ["checks/catalogue.rs", "checks/quirks.rs", "devices/fault.rs", "tests.rs"];
    let mut texts = Vec::new();
    let mut left = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path)?.map(|entry| entry.unwrap().path()));
        } else if !SILENT.iter().any(|it| path.ends_with(it)) {
            let text = fs::read_to_string(&path)?;
            // What a test of the file says is no finding.
            texts.push(text.split("#[cfg(test)]").next().unwrap_or_default().to_owned());
        }
    }
    let missing: Vec<&Code> = Code::ALL
        .iter()
        .filter(|code| {
            let [name, text] = [format!("{code:?}"), format!("\"{code}\"")];
            let raised = |it: &String| {
                it.contains(&text)
                    || it.match_indices(&name).any(|(at, _)| it[..at].ends_with("::"))
            };
            !texts.iter().any(raised)
        })
        .collect();
    assert!(missing.is_empty(), "nothing raises {missing:?}");
    Ok(())
}

pub fn every_fault_is_here() -> Result<(), Failed> {
    for fault in Fault::ALL {
        let row = ROWS.iter().find(|row| matches!(row.cause, Cause::Device(it) if it == *fault));
        let row = row.ok_or_else(|| format!("{fault} has no row"))?;
        let found = Way::ALL.iter().any(|way| row.expected(*way).contains(&fault.code()));
        assert!(found, "{fault} is said to give {}", fault.code());
    }
    Ok(())
}
