//! Completions and manual pages are generated from the command line, the page of findings from the
//! catalogue, the page of the configuration from the table of settings, and committed.
//!
//! `UPDATE_GENERATED=1 cargo test --test generated` writes them anew.

use std::{fs, path::Path};

use clap::CommandFactory;
use shipctl::cli::{args::Args, completion, exit::Exit};

#[track_caller]
fn check(name: &str, contents: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, contents).unwrap();
    }
    let committed = fs::read(&path).unwrap_or_default();
    assert!(
        committed == contents,
        "{name} is not up to date; run UPDATE_GENERATED=1 cargo test --test generated"
    );
}

#[test]
fn the_completions_are_up_to_date() {
    for (shell, name) in [
        ("bash", "completions/bash/shipctl"),
        ("elvish", "completions/elvish/shipctl.elv"),
        ("fish", "completions/fish/shipctl.fish"),
        ("powershell", "completions/powershell/shipctl.ps1"),
        ("zsh", "completions/zsh/_shipctl"),
    ] {
        check(name, completion::script(shell).unwrap().as_bytes());
    }
}

#[test]
fn the_manual_pages_are_up_to_date() {
    let pages = tempfile::tempdir().unwrap();
    // Where an option is hidden from the short help, only its long help gets onto the page.
    fn with_long_help(command: clap::Command) -> clap::Command {
        command.mut_subcommands(with_long_help).mut_args(|arg| match arg.get_help().cloned() {
            Some(help) if arg.get_long_help().is_none() => arg.long_help(help),
            _ => arg,
        })
    }
    let program = with_long_help(Args::command().disable_help_subcommand(true));
    clap_mangen::generate_to(program, pages.path()).unwrap();
    let mut names: Vec<String> = fs::read_dir(pages.path())
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.contains(&"shipctl-pair.1".to_owned()), "{names:?}");
    for name in names {
        let page = fs::read_to_string(pages.path().join(&name)).unwrap();
        // Every option says what it does.
        let lines: Vec<&str> = page.lines().collect();
        let silent = lines.windows(3).find(|it| it[0] == ".TP" && it[2].is_empty());
        assert_eq!(silent, None, "{name}");
        check(&format!("man/{name}"), page.as_bytes());
    }
}

#[test]
fn the_page_of_findings_is_up_to_date() {
    check("docs/findings.md", shipctl::checks::page::page().as_bytes());
}

#[test]
fn the_page_of_settings_is_up_to_date() {
    check("docs/configuration.md", shipctl::cli::settings::page::page().as_bytes());
}

#[test]
fn the_readme_has_the_table_of_exit_codes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(path).unwrap();
    let section = readme.split("### Exit codes").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    let table: Vec<String> = Exit::ALL
        .iter()
        .map(|exit| format!("| {} | {} |", exit.number(), exit.meaning()))
        .collect();
    assert_eq!(rows, table);
}
