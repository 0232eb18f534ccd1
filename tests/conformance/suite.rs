//! Runs the table.

use std::{
    collections::BTreeSet,
    process::ExitCode,
    sync::{Arc, Mutex},
};

use libtest_mimic::{Arguments, Failed, Trial};

mod access;
mod access_data;
mod cases;
mod cmi;
mod connections;
mod device;
mod discovery;
mod hello;
mod messages;
mod pin;
mod protocol;
mod report;
mod security;
#[path = "../support/mod.rs"]
mod support;
mod termination;

use support::{hub as kit, papers, tester};

pub(super) fn run() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Nearly all they do is wait.
    arguments.test_threads.get_or_insert(64);
    let (cases, passed) = (cases::all(), Arc::new(Mutex::new(report::Passed::new())));
    let noted = |(name, test): (String, fn())| {
        let passed = passed.clone();
        Trial::test(name.clone(), move || {
            test();
            passed.lock().unwrap().insert(name);
            Ok(())
        })
    };
    let mut trials: Vec<Trial> = cases.iter().flat_map(report::tests).map(noted).collect();
    trials.push(Trial::test("no_case_is_missing", none_is_missing));
    let whole = trials.iter().all(|trial| !arguments.is_filtered_out(trial));
    let conclusion = libtest_mimic::run(&arguments, trials);
    if whole && !arguments.list && !arguments.ignored {
        let page = report::page(&cases, &passed.lock().unwrap());
        if let Err(wrong) = report::check(&page) {
            eprintln!("{wrong}");
            return ExitCode::FAILURE;
        }
    }
    conclusion.exit_code()
}

fn none_is_missing() -> Result<(), Failed> {
    let demanded = cases::demanded();
    assert_eq!(demanded.len(), 33);
    let mut met = cases::all();
    met.retain(|case| case.verdict == cases::Verdict::Met);
    let met: Vec<&str> = met.iter().map(|case| case.name).collect();
    assert_eq!(met, demanded);
    let names: BTreeSet<String> =
        cases::all().iter().flat_map(report::tests).map(|(name, _)| name).collect();
    assert_eq!(names.len(), cases::all().iter().flat_map(report::tests).count());
    Ok(())
}
