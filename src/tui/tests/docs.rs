//! docs/dashboard.md has the keys there are.

use std::fs;

use super::super::keymap::{Context, KEYS};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/dashboard.md");

/// The key table as Markdown, without what only windows have.
fn table() -> String {
    let mut table = "| key | does | command |\n|---|---|---|\n".to_owned();
    let rows = KEYS.iter().filter(|row| {
        matches!(row.context, Context::Anywhere | Context::Always | Context::Timeline)
    });
    for row in rows {
        let line = row.line().map(|line| format!("`shipctl {}`", line.trim_end()));
        let keys: Vec<String> = row.name().split(' ').map(|key| format!("`{key}`")).collect();
        table += &format!("| {} | {} | {} |\n", keys.join(" "), row.help, line.unwrap_or_default());
    }
    table
}

#[test]
fn every_key_stands_in_the_documentation() {
    let text = fs::read_to_string(FILE).unwrap();
    let (before, rest) = text.split_once("<!-- keys").unwrap();
    let (mark, rest) = rest.split_once('\n').unwrap();
    let (written, after) = rest.split_once("<!-- end -->").unwrap();
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        let table = table();
        fs::write(FILE, format!("{before}<!-- keys{mark}\n{table}<!-- end -->{after}")).unwrap();
    } else {
        assert_eq!(written, table(), "UPDATE_GENERATED=1 cargo test --lib tui:: writes it again");
    }
}
