//! `docs/conformance.md`, made of what came out.

use std::{collections::BTreeSet, fs, path::Path};

use super::cases::{Case, Verdict, in_full};

const HEAD: &str = "\
# Conformance

The cases of the SHIP Test Specification 1.0.0 and what came of them. This page is written by
`UPDATE_GENERATED=1 cargo test --test conformance`, from a run that waits for as long as each case has it;
`cargo test` runs every case too, cuts the waits marked below, and holds this page against what comes out.

**Black box** is the program with its own timers, through real TLS sockets on loopback, against a tester
that shares no code for messages with it. **Virtual time** is the state machine inside, with a clock that
the test moves: there limits count to the millisecond. A black box is given 10 s beyond a limit on a busy
machine, and none when this page is written.

";

/// What came of each test: those that passed.
pub type Passed = BTreeSet<String>;

/// The page.
pub fn page(cases: &[Case], passed: &Passed) -> String {
    let demanded: Vec<&Case> = cases.iter().filter(|c| c.verdict == Verdict::Met).collect();
    let met = demanded.iter().filter(|case| has_passed(case, passed)).count();
    let mut page = HEAD.to_owned();
    page += &format!("**{met} of {}** pass, each with the setting it needs.\n\n", demanded.len());
    page += "| case | the device must | tested | with | verdict | remarks |\n";
    page += "|---|---|---|---|---|---|\n";
    for case in cases {
        let Case { name, requirement, setting, remark, .. } = case;
        let how = match case.virtual_time {
            Some(_) => "black box, virtual time",
            None => "black box",
        };
        let verdict = match (has_passed(case, passed), case.verdict) {
            (false, _) => "**fail**",
            (true, Verdict::Met) => "pass",
            (true, Verdict::Differs) => "differs, on purpose",
        };
        page += &format!("| {name} | {requirement} | {how} | {setting} | {verdict} | {remark} |\n");
    }
    page
}

/// Writes the page, or holds it against the committed one.
pub fn check(page: &str) -> Result<(), String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/conformance.md");
    if in_full() {
        return fs::write(&path, page).map_err(|error| error.to_string());
    }
    if fs::read_to_string(&path).unwrap_or_default() == page {
        return Ok(());
    }
    Err("docs/conformance.md is not what came out; run UPDATE_GENERATED=1 cargo test --test \
         conformance"
        .to_owned())
}

fn has_passed(case: &Case, passed: &Passed) -> bool {
    tests(case).iter().all(|(name, _)| passed.contains(name))
}

/// The tests of a case, by their names.
pub fn tests(case: &Case) -> Vec<(String, fn())> {
    let name = |how: &str| {
        let words = case.setting.split(|c: char| !c.is_ascii_alphanumeric());
        let with = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_");
        let with = if with.is_empty() { with } else { format!("::{with}") };
        format!("{}{with}::{how}", case.name.to_lowercase())
    };
    let black_box = (name("black_box"), case.black_box);
    [Some(black_box), case.virtual_time.map(|test| (name("virtual_time"), test))]
        .into_iter()
        .flatten()
        .collect()
}
