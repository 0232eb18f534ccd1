//! The house as data: every dependency has its reason, and a licence we may ship.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::Path,
    process::Command,
};

use serde_json::Value;

/// What `docs/dependencies.md` lists under "Licences".
const LICENCES: [&str; 9] =
    ["Apache-2.0", "MIT", "BSD-3-Clause", "0BSD", "ISC", "Zlib", "MIT-0", "Unicode-3.0", "MPL-2.0"];

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The names between backticks in the first column of the tables.
fn explained(page: &str) -> BTreeSet<String> {
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let firsts = rows.filter_map(|row| row.split('|').nth(1));
    firsts.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

#[test]
fn every_dependency_has_its_reason_and_no_reason_is_left_over() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let targets = manifest["target"].as_table().unwrap().values();
    let tables = targets.filter_map(|target| target.get("dependencies"));
    let tables = tables.chain([&manifest["dependencies"], &manifest["dev-dependencies"]]);
    let named: BTreeSet<String> =
        tables.flat_map(|table| table.as_table().unwrap().keys().cloned()).collect();
    assert_eq!(explained(&read("docs/dependencies.md")), named);
}

#[test]
fn every_crate_in_the_tree_has_a_licence_we_may_ship() {
    let page = read("docs/dependencies.md");
    let listed = page.split("## Licences").nth(1).unwrap();
    for licence in LICENCES {
        assert!(listed.contains(licence), "{licence} is not listed");
    }
    let tree = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--offline", "--locked"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree: Value = serde_json::from_slice(&tree.stdout).unwrap();
    let licences: HashMap<&str, &str> = tree["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|package| Some((package["id"].as_str()?, package["license"].as_str()?)))
        .collect();
    let used = tree["resolve"]["nodes"].as_array().unwrap();
    assert!(used.len() > 100, "this is not the whole tree: {}", used.len());
    for node in used {
        let id = node["id"].as_str().unwrap();
        let licence = licences.get(id).unwrap_or_else(|| panic!("{id} tells no licence"));
        assert!(may_be_shipped(licence), "{id} is licensed under {licence}");
    }
}

/// Whether an SPDX expression can be met by the licences above. `AND` binds closer than `OR`, and the
/// few brackets there are stand around an `OR`.
fn may_be_shipped(expression: &str) -> bool {
    let known = |name: &str| {
        let name = name.trim_matches(|c: char| c.is_whitespace() || "()".contains(c));
        LICENCES.contains(&name.split(" WITH ").next().unwrap_or(name))
    };
    let any = |part: &str| part.replace('/', " OR ").split(" OR ").any(known);
    if expression.contains('(') {
        expression.split(" AND ").all(any)
    } else {
        let either = expression.replace('/', " OR ");
        either.split(" OR ").any(|all| all.split(" AND ").all(known))
    }
}

#[test]
fn licence_expressions_are_read() {
    for (expression, may) in [
        ("MIT", true),
        ("MIT OR Apache-2.0", true),
        ("Unlicense/MIT", true),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ("Apache-2.0 AND ISC", true),
        ("GPL-3.0", false),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR Apache-2.0) AND GPL-3.0", false),
        ("GPL-2.0 OR GPL-3.0", false),
    ] {
        assert_eq!(may_be_shipped(expression), may, "{expression}");
    }
}

/// The source files of the program, without their unit tests, and the lines of each.
fn sources() -> Vec<(String, Vec<(usize, String)>)> {
    fn walk(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match entry.is_dir() {
                true if entry.ends_with("tests") => {}
                true => walk(&entry, found),
                false => found.push(entry),
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(&root.join("src"), &mut found);
    let is_source = |path: &&std::path::PathBuf| {
        path.extension().is_some_and(|it| it == "rs") && !path.ends_with("tests.rs")
    };
    let read = |path: &std::path::PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let program = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = program.lines().zip(1..).map(|(line, n)| (n, line.to_owned())).collect();
        (path.strip_prefix(root).unwrap().display().to_string(), lines)
    };
    found.iter().filter(is_source).map(read).collect()
}

/// `{…} s` and its like in a text.
fn writes_a_unit(line: &str) -> bool {
    let units = ["s", "ms", "min", "h", "d"];
    line.match_indices("} ").any(|(at, _)| {
        let opens = line[..at].rfind('{').is_some_and(|open| !line[open..at].contains('"'));
        let word = line[at + 2..].split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        opens && units.contains(&word)
    })
}

#[test]
fn durations_are_written_in_one_place() {
    const WRITER: &str = "src/time/text.rs";
    // A number for Prometheus, and a flag repeated as it was typed.
    const OTHERS: [&str; 2] = ["src/cli/commands/hub/metrics.rs", "src/cli/commands/trace/show.rs"];
    let mut wrong = Vec::new();
    for (file, lines) in sources().into_iter().filter(|(file, _)| file != WRITER) {
        let writes = |line: &str| {
            let is_comment = line.trim_start().starts_with("//");
            let raw = line.contains("as_secs_f") || line.contains("format_duration");
            !is_comment && ((raw && !OTHERS.contains(&&*file)) || writes_a_unit(line))
        };
        let found = lines.into_iter().filter(|(_, line)| writes(line));
        wrong.extend(found.map(|(n, line)| format!("{file}:{n}: {}", line.trim())));
    }
    assert!(wrong.is_empty(), "use `time::text` there:\n{}", wrong.join("\n"));
}

#[test]
fn formatted_units_are_recognised() {
    for line in [r#"format!("{} s", x)"#, r#"format!("within {waited} s,")"#, r#"("{:.1} ms")"#] {
        assert!(writes_a_unit(line), "{line}");
    }
    for line in [r#"format!("{} seconds", x)"#, r#"if x { s } else { d }"#, r#"("{} of {}")"#] {
        let is_code = line.starts_with("if");
        assert!(!writes_a_unit(line) || is_code, "{line}");
    }
}
