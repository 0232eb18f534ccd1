//! The table of faults: the page says what the table says. `tests/lab` causes each of them.

use shipctl::devices::Fault;

#[test]
fn the_documentation_has_the_table_of_faults() {
    let text = include_str!("../../docs/devices.md");
    let section = text.split("## Faults").nth(1).unwrap();
    let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| `")).collect();
    let row = |it: &Fault| format!("| `{it}` | {} | {} |", it.code(), it.does());
    assert_eq!(rows, Fault::ALL.iter().map(row).collect::<Vec<_>>());
}
