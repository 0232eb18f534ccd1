//! Ten thousand worlds in which anything happens: the laws of `shipctl::sim` hold in each of them.
//!
//! A seed that breaks one is printed; `SHIPCTL_SIM_SEED=<n> cargo test --test sim` runs it alone,
//! and `SHIPCTL_SIM_SEEDS=<n>` another number of them.

use std::{
    env, panic,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use shipctl::sim::run_seed;

const SEEDS: u64 = 10_000;
const THREADS: usize = 2;

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok()?.parse().ok()
}

#[test]
fn in_every_world_the_laws_hold() {
    if let Some(seed) = number("SHIPCTL_SIM_SEED") {
        run_seed(seed);
        return;
    }
    let seeds = number("SHIPCTL_SIM_SEEDS").unwrap_or(SEEDS);
    let next = AtomicU64::new(0);
    let broken = |seed| panic::catch_unwind(|| run_seed(seed)).is_err().then_some(seed);
    let worker = || {
        let mut failed = None;
        while failed.is_none() {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                break;
            }
            failed = broken(seed);
        }
        failed
    };
    let failed: Vec<u64> = thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().filter_map(|worker| worker.join().ok().flatten()).collect()
    });
    assert!(
        failed.is_empty(),
        "broken by these seeds; replay one with SHIPCTL_SIM_SEED: {failed:?}"
    );
}

#[test]
fn a_seed_is_the_same_world_each_time() {
    for seed in 0..20 {
        assert_eq!(run_seed(seed), run_seed(seed), "seed {seed}");
    }
}
