//! Whether what came is what a page shows.

use std::collections::BTreeMap;

/// Which SKI that came each SKI on the page stands for; both in 40 lower-case digits.
#[derive(Debug, Default)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// Pairs the SKIs of two lines that are the same but for them. Fails where that contradicts what
    /// was seen before.
    fn learn(&mut self, shown: &str, came: &str) -> bool {
        let (shown, came) = (skis(shown), skis(came));
        shown.len() == came.len()
            && shown
                .into_iter()
                .zip(came)
                .all(|(shown, came)| *self.0.entry(shown).or_insert_with(|| came.clone()) == came)
    }

    /// A command with the SKIs that came, whole or their first digits.
    pub fn in_command(&self, command: &str) -> String {
        let mut command = command.to_owned();
        for (shown, came) in &self.0 {
            command = command.replace(&grouped(shown), &grouped(came)).replace(shown, came);
        }
        let word = |word: &str| {
            let digits = word.len() >= 4 && word.chars().all(|c| c.is_ascii_hexdigit());
            let named = self.0.iter().find(|(shown, _)| digits && shown.starts_with(word));
            named.map_or_else(|| word.to_owned(), |(_, came)| came[..word.len()].to_owned())
        };
        command.split(' ').map(word).collect::<Vec<_>>().join(" ")
    }
}

/// Whether the lines that came are those shown. `whole` says that nothing may follow.
pub fn fits(names: &mut Names, shown: &[String], came: &[String], whole: bool) -> bool {
    match (shown, came) {
        ([], rest) => !whole || rest.is_empty(),
        ([any, rest @ ..], _) if any.trim() == "…" => {
            (0..=came.len()).any(|n| fits(names, rest, &came[n..], whole))
        }
        ([line, rest @ ..], [first, others @ ..]) => {
            is_like(line, first)
                && (line.contains('…') || names.learn(line, first))
                && fits(names, rest, others, whole)
        }
        (_, []) => false,
    }
}

/// Whether two lines have the same words; `…` stands for any.
fn is_like(shown: &str, came: &str) -> bool {
    let (shown, came) = (words(shown), words(came));
    let mut parts = shown.split('…');
    let Some(mut rest) = parts.next().and_then(|first| came.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else { return rest.is_empty() };
    for part in between {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// A line without what differs from run to run: how much space there is, SKIs, numbers, and whatever
/// has a digit in it.
fn words(line: &str) -> String {
    let mut line = line.to_owned();
    for ski in skis(&line) {
        line = line.replace(&grouped(&ski), "SKI-SHOWN").replace(&ski, "SKI-SHOWN");
    }
    let (mut words, mut word) = (String::new(), String::new());
    for c in line.chars().chain(['\n']) {
        if c.is_alphanumeric() {
            word.push(c);
            continue;
        }
        // A group of an SKI may be FACE.
        let hex = word.len() >= 4 && word.chars().all(|c| c.is_ascii_hexdigit());
        let varies = hex || word.chars().any(|c| c.is_ascii_digit());
        words.push_str(if varies { "#" } else { &word });
        words.push(c);
        word.clear();
    }
    // 2 s may be 2.0 s.
    let words = words.replace("#.#", "#");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The SKIs in a line, in the order they stand there.
fn skis(line: &str) -> Vec<String> {
    let is_hex = |text: &str| text.chars().all(|c| c.is_ascii_hexdigit());
    let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric()).collect();
    let (mut skis, mut at) = (Vec::new(), 0);
    while at < words.len() {
        let groups = words.get(at..at + 10).unwrap_or_default();
        if words[at].len() == 40 && is_hex(words[at]) {
            skis.push(words[at].to_owned());
        } else if !groups.is_empty() && groups.iter().all(|it| it.len() == 4 && is_hex(it)) {
            skis.push(groups.concat().to_lowercase());
            at += 9;
        }
        at += 1;
    }
    skis
}

fn grouped(ski: &str) -> String {
    let digits: Vec<char> = ski.to_uppercase().chars().collect();
    digits.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: &str = "SKI A4FD 7E3D B80B ADC0 1D50 4357 CA76 0794 AB38 4711 · port 4712";
    const CAME: &str = "SKI 5555 AAAA FFFF 1111 CCCC 3333 EEEE DDDD 9999 2222 · port  40001";

    fn fit(shown: &[&str], came: &[&str]) -> bool {
        let lines = |lines: &[&str]| lines.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        fits(&mut Names::default(), &lines(shown), &lines(came), true)
    }

    #[test]
    fn numbers_and_skis_may_differ_and_words_may_not() {
        assert!(fit(&[SHOWN], &[CAME]));
        assert!(!fit(&[SHOWN], &[&CAME.replace("port", "harbour")]));
        assert!(!fit(&[SHOWN, SHOWN], &[CAME, SHOWN]), "one SKI stands for one");
        assert!(fit(&["0.01 s  shipctl-624a2294"], &["12.5 s shipctl-abcdefab"]));
        assert!(fit(&["after 2 s."], &["after 1.9 s."]));
        assert!(fit(&["completed   1E35 A2B5 …"], &["completed   FACE 5555 …"]));
        assert!(!fit(&["1 ok"], &["1 ok", "2 more"]) && !fit(&["1 ok", "2 more"], &["1 ok"]));
    }

    #[test]
    fn an_ellipsis_stands_for_text_or_for_lines() {
        assert!(fit(&["a … c", "…", "z"], &["a b c", "d", "e", "z"]));
        assert!(fit(&["…"], &[]) && !fit(&["a … c"], &["a b d"]) && !fit(&["a…b"], &["ab c"]));
    }

    #[test]
    fn a_command_gets_the_ski_that_came() {
        let mut names = Names::default();
        assert!(names.learn(SHOWN, CAME));
        assert_eq!(names.in_command("shipctl connect a4fd7e 4712"), "shipctl connect 5555aa 4712");
        assert!(names.in_command(SHOWN).starts_with("SKI 5555 AAAA"));
    }
}
