//! `shipctl explain`: what a code means, why it comes, and what to do. Offline.

use serde_json::{Map, Value};

use crate::{
    checks::{
        Code, Family,
        quirks::{QUIRKS, QUIRKS_VERSION, Quirk},
    },
    cli::{
        args,
        context::Context,
        error::CliError,
        exit::Exit,
        output::{
            json::Body,
            table::{Column, Narrow, lines},
            text::{quoted, wrapped},
        },
    },
    devices::fault::nearest,
};

/// Runs it.
pub fn run(context: &mut Context<'_>, args: &args::Explain) -> Result<Exit, CliError> {
    let told = if args.quirks { quirks(context)? } else { codes(context, &args.code)? };
    let details = Map::from_iter([
        ("count".to_owned(), Value::from(told)),
        ("quirks_version".to_owned(), Value::from(QUIRKS_VERSION)),
    ]);
    context.ui.json_now(None, &Body::done("explained", Exit::Done, details))?;
    Ok(Exit::Done)
}

/// What somebody asked for.
enum Wish {
    One(Code),
    Some(Vec<Code>),
}

fn codes(context: &mut Context<'_>, given: &[String]) -> Result<usize, CliError> {
    // All of them are understood before the first is told.
    let wishes: Vec<Wish> = match given {
        [] => vec![Wish::Some(Code::ALL.to_vec())],
        given => given.iter().map(|text| wish(text)).collect::<Result<_, _>>()?,
    };
    let mut told = 0;
    for (nth, wish) in wishes.iter().enumerate() {
        if nth > 0 {
            context.ui.result("")?;
        }
        let (text, codes) = match wish {
            Wish::One(code) => (whole(*code, context.ui.columns()), std::slice::from_ref(code)),
            Wish::Some(codes) => (list(codes, context.ui.columns()), codes.as_slice()),
        };
        for line in text {
            context.ui.result(&line)?;
        }
        for code in codes {
            context.ui.json_now(None, &Body::explained(*code))?;
        }
        told += codes.len();
    }
    Ok(told)
}

fn wish(text: &str) -> Result<Wish, CliError> {
    let upper = text.trim().trim_end_matches('-').to_ascii_uppercase();
    if let Ok(code) = spelt_out(&upper).parse() {
        return Ok(Wish::One(code));
    }
    if Family::ALL.iter().any(|family| family.prefix == upper) {
        let of = |code: &&Code| code.family().prefix == upper;
        return Ok(Wish::Some(Code::ALL.iter().filter(of).copied().collect()));
    }
    let known = Code::ALL.iter().map(|code| code.as_str());
    let nearest = nearest(&upper, known.chain(Family::ALL.iter().map(|family| family.prefix)));
    let meant = nearest.map(|it| format!("; did you mean {it}?")).unwrap_or_default();
    Err(CliError::usage(format!("there is no code {}{meant}", quoted(text)))
        .hint("`shipctl explain` lists every code"))
}

/// `HEL-01`, also where `HEL1`, `HEL-1` or `HEL_01` was typed.
fn spelt_out(upper: &str) -> String {
    let letters = upper.trim_end_matches(|c: char| c.is_ascii_digit());
    let (family, number) = (letters.trim_end_matches(['-', '_', ' ']), &upper[letters.len()..]);
    match number.trim_start_matches('0') {
        "" => upper.to_owned(),
        number => format!("{family}-{number:0>2}"),
    }
}

fn list(codes: &[Code], columns: Option<usize>) -> Vec<String> {
    const COLUMNS: [Column; 3] = [
        Column { heading: "CODE", narrow: Narrow::Whole, missable: 0 },
        Column { heading: "SEVERITY", narrow: Narrow::Whole, missable: 1 },
        Column { heading: "TITLE", narrow: Narrow::Wrapped(20), missable: 0 },
    ];
    let row =
        |code: &Code| [code.to_string(), code.severity().to_string(), code.title().to_owned()];
    lines(&COLUMNS, &codes.iter().map(row).collect::<Vec<_>>(), columns)
}

/// Everything about a code.
fn whole(code: Code, columns: Option<usize>) -> Vec<String> {
    let mut text = vec![format!("{code}  {}  {}", code.severity(), code.title())];
    let known: Vec<String> = explained_by(code)
        .map(|quirk| format!("  known of   {}: {}", quirk.who, quirk.handling))
        .collect();
    text.extend([
        format!("  seen       {}", code.seen()),
        format!("  cause      {}", code.cause()),
        format!("  advice     {}", code.advice()),
    ]);
    text.extend(code.reference().map(|reference| format!("  reference  {reference}")));
    text.push(format!("  found by   {}", code.family().found_by));
    text.extend(known);
    fitted(text, columns)
}

/// The quirks that explain a code.
pub(in crate::cli) fn explained_by(code: Code) -> impl Iterator<Item = &'static Quirk> {
    QUIRKS.iter().filter(move |quirk| quirk.codes.contains(&code))
}

fn quirks(context: &mut Context<'_>) -> Result<usize, CliError> {
    for (nth, quirk) in QUIRKS.iter().enumerate() {
        if nth > 0 {
            context.ui.result("")?;
        }
        for line in fitted(about(quirk), context.ui.columns()) {
            context.ui.result(&line)?;
        }
        context.ui.json_now(None, &Body::quirk(quirk))?;
    }
    Ok(QUIRKS.len())
}

fn about(quirk: &Quirk) -> Vec<String> {
    let codes: Vec<&str> = quirk.codes.iter().map(|code| code.as_str()).collect();
    vec![
        format!("{}  {}", quirk.name, quirk.who),
        format!("  does        {}", quirk.does),
        format!("  shipctl     {}", quirk.handling),
        format!("  recognised  by {}", quirk.recognised_by),
        format!("  explains    {}", codes.join(", ")),
    ]
}

fn fitted(lines: Vec<String>, columns: Option<usize>) -> Vec<String> {
    match columns {
        Some(columns) => lines.iter().map(|line| wrapped(line, columns)).collect(),
        None => lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_understood_in_any_case_a_family_is_listed_and_the_rest_refused() {
        for text in ["hel-02", "HEL-2", "hel2", "hel_02", "HEL-002"] {
            assert!(matches!(wish(text), Ok(Wish::One(Code::Hel02))), "{text}");
        }
        for family in ["HEL", "hel", "Hel-"] {
            let Ok(Wish::Some(codes)) = wish(family) else { panic!("{family}") };
            assert_eq!((codes.len(), codes[0]), (8, Code::Hel01));
        }
        let error = wish("HEL-O2").map(|_| ()).unwrap_err();
        assert_eq!(error.exit, Exit::Usage);
        assert!(error.message.contains("did you mean HEL-02?"), "{}", error.message);
        assert!(error.hint.is_some());
        for text in ["xyzzy-plugh", "FOO", "02", "HEL-99"] {
            let error = wish(text).map(|_| ()).unwrap_err();
            assert!(!error.message.contains("did you mean P"), "{}", error.message);
        }
    }

    #[test]
    fn everything_about_a_code_fits_the_terminal() {
        let whole = whole(Code::Dat01, Some(60));
        let text = whole.join("\n");
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
        for part in ["DAT-01  info", "seen", "cause", "advice", "SHIP 11", "found by", "Porsche"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
