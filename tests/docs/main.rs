//! The pages as a reader follows them: every `console` block is run against the program and comes to
//! what it shows, or says why it is not run; every room of the house that is named is there.
//!
//! Before a block stands what becomes of it, in a comment that readers do not see:
//!
//! | comment | the block |
//! |---|---|
//! | `<!-- run -->` | is typed, a command after the other; each has to end with 0 and say what stands below it |
//! | `<!-- run: another terminal -->` | is started, has to say what stands below it, and runs to the end of the page, where it gets Ctrl-C |
//! | `<!-- file: NAME -->` | is written to a file of this name |
//! | `<!-- not run: REASON -->` | is not run |
//!
//! A page has a home directory of its own and an mDNS world of its own on loopback. Words have to be
//! the same; numbers may differ, and each SKI stands for the one that was shown in its place. `…`
//! stands for any text, on a line of its own for any lines.

mod commands;
mod compare;
mod page;
mod picture;
mod rooms;
mod shell;
#[path = "../support/skip.rs"]
mod skip;

use std::{fs, path::Path, thread};

use page::{Block, Fate};
use shell::Shell;

fn house() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every page for people, by its path.
fn pages() -> Vec<String> {
    let mut pages = Vec::new();
    for directory in ["", "docs", "benches", "fuzz"] {
        for entry in fs::read_dir(house().join(directory)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".md") {
                pages.push(Path::new(directory).join(name).display().to_string());
            }
        }
    }
    pages.sort();
    pages
}

fn read(page: &str) -> Vec<Block> {
    page::blocks(&fs::read_to_string(house().join(page)).unwrap())
}

#[test]
fn every_console_block_is_run_or_says_why_not() {
    let mut unmarked = Vec::new();
    for page in pages() {
        for block in read(&page) {
            match &block.fate {
                Fate::Unmarked if block.language == "console" => {
                    unmarked.push(format!("{page}:{}", block.line));
                }
                Fate::NotRun(reason) => assert!(reason.len() > 10, "{page}:{}", block.line),
                Fate::Run | Fate::Terminal => {
                    assert!(!block.commands().is_empty(), "{page}:{}: no `$ `", block.line);
                }
                Fate::Unmarked | Fate::File(_) => {}
            }
        }
    }
    assert!(unmarked.is_empty(), "say `run` or `not run: …` in a comment before {unmarked:?}");
}

#[test]
fn what_the_pages_show_is_what_comes() {
    let run = |page: &str| {
        let blocks = read(page);
        if blocks.iter().any(|block| matches!(block.fate, Fate::Run | Fate::Terminal)) {
            let mut shell = Shell::new(page);
            blocks.iter().for_each(|block| shell.take(block));
            shell.end();
        }
    };
    thread::scope(|scope| {
        for page in pages() {
            scope.spawn(move || run(&page));
        }
    });
}

#[test]
fn every_page_is_reached_from_the_readme() {
    let readme = fs::read_to_string(house().join("README.md")).unwrap();
    for page in pages().iter().filter(|page| page.starts_with("docs/")) {
        assert!(readme.contains(page.as_str()), "README.md names no {page}");
    }
}
