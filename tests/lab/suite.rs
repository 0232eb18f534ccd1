//! Runs the table.

use std::{
    process::ExitCode,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use libtest_mimic::{Arguments, Trial};

mod bench;
mod board;
mod clean;
mod elsewhere;
mod places;
mod records;
mod report;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod visitors;
mod ways;

use support::{foreign as peer, hosts as network, hub, mdns, papers, program as kit, tester};

/// Whether a row could not be run on this system.
static LEFT_OUT: AtomicBool = AtomicBool::new(false);

pub(super) fn run() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Nearly all they do is wait.
    arguments.test_threads.get_or_insert(128);
    let given = Arc::new(Mutex::new(report::Given::new()));
    let mut trials = Vec::new();
    for row in table::ROWS {
        for way in ways::Way::ALL {
            if !row.expected(way).is_empty() {
                let given = given.clone();
                trials.push(Trial::test(format!("{}::{}", row.name, way.name()), move || {
                    match way.judge(row) {
                        Some(verdict) => _ = given.lock().unwrap().insert((row.name, way), verdict),
                        None => LEFT_OUT.store(true, Ordering::Relaxed),
                    }
                    Ok(())
                }));
            }
        }
    }
    trials.push(Trial::test("every_code_is_raised", places::every_code_is_raised));
    trials.push(Trial::test("every_code_has_a_place", places::every_code_has_one));
    trials
        .push(Trial::test("every_fault_of_simulate_is_in_the_table", places::every_fault_is_here));
    trials.extend(clean::trials());
    let whole = trials.iter().all(|trial| !arguments.is_filtered_out(trial));
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list {
        report::print(&given.lock().unwrap());
    }
    board::end_all();
    elsewhere::end();
    if LEFT_OUT.load(Ordering::Relaxed) {
        eprintln!("left out: docs/fault-lab.md is not compared, for some rows were left out");
    } else if whole && !arguments.list && !arguments.ignored {
        let page = report::page(&given.lock().unwrap());
        if let Err(wrong) = report::check(&page) {
            eprintln!("{wrong}");
            return ExitCode::FAILURE;
        }
    }
    conclusion.exit_code()
}
