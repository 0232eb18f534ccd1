//! A page as blocks of code, and what is to become of each.

/// What becomes of a block.
#[derive(Debug, PartialEq, Eq)]
pub enum Fate {
    Unmarked,
    Run,
    Terminal,
    File(String),
    NotRun(String),
}

/// A block of code.
#[derive(Debug)]
pub struct Block {
    /// Where it begins.
    pub line: usize,
    pub language: String,
    pub fate: Fate,
    pub text: Vec<String>,
}

/// A command, and what is shown below it.
#[derive(Debug)]
pub struct Typed {
    pub command: String,
    pub shown: Vec<String>,
}

/// The blocks of a page.
pub fn blocks(page: &str) -> Vec<Block> {
    let (mut blocks, mut comment) = (Vec::new(), String::new());
    let mut lines = page.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let text = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```");
            blocks.push(Block {
                line: number + 1,
                language: language.to_owned(),
                fate: fate(&comment),
                text: text.map(str::to_owned).collect(),
            });
        }
        if !line.trim().is_empty() {
            line.clone_into(&mut comment);
        }
    }
    blocks
}

fn fate(comment: &str) -> Fate {
    let Some(words) = comment.strip_prefix("<!-- ").and_then(|it| it.strip_suffix(" -->")) else {
        return Fate::Unmarked;
    };
    match words.split_once(": ") {
        None if words == "run" => Fate::Run,
        Some(("run", "another terminal")) => Fate::Terminal,
        Some(("file", name)) => Fate::File(name.to_owned()),
        Some(("not run", reason)) => Fate::NotRun(reason.to_owned()),
        _ => Fate::Unmarked,
    }
}

impl Block {
    /// Its commands, with what is shown below each.
    pub fn commands(&self) -> Vec<Typed> {
        let mut typed: Vec<Typed> = Vec::new();
        for line in &self.text {
            match (line.strip_prefix("$ "), typed.last_mut()) {
                (Some(command), _) => {
                    typed.push(Typed { command: command.to_owned(), shown: Vec::new() });
                }
                (None, Some(last)) => last.shown.push(line.clone()),
                (None, None) => {}
            }
        }
        typed
    }
}

#[test]
fn a_page_falls_into_commands_and_what_they_show() {
    let page = "text\n<!-- run -->\n```console\n$ a b\nshown\n$ c\n```\n```toml\nx = 1\n```\n";
    let blocks = blocks(page);
    assert_eq!((blocks.len(), &blocks[0].fate, &blocks[1].fate), (2, &Fate::Run, &Fate::Unmarked));
    let typed = blocks[0].commands();
    assert_eq!((typed[0].command.as_str(), typed[0].shown.len()), ("a b", 1));
    assert_eq!((typed[1].command.as_str(), typed[1].shown.len()), ("c", 0));
}
