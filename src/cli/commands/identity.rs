//! `shipctl identity`: who we are, for people, for scanners and for files.

use std::path::Path;

use anstyle::AnsiColor;
use qrcode::{EcLevel, QrCode, render::unicode::Dense1x2};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::{
    checks::Code,
    cli::{
        args,
        context::{Context, own_txt},
        error::CliError,
        exit::Exit,
        new_file,
        output::{
            json::Body,
            text::{date, rfc3339, safe, width},
        },
        prompt,
    },
    identity::{
        cert::Identity,
        disk::{StateDir, StateError, import_identity},
    },
    proto::qr::InstallationQr,
};

/// Runs it.
pub fn run(context: &mut Context<'_>, args: args::Identity) -> Result<Exit, CliError> {
    match args {
        args::Identity::Show => show(context),
        args::Identity::Qr => qr(context),
        args::Identity::Export(args) => export(context, &args),
        args::Identity::Import(args) => import(context, &args),
        args::Identity::New(args) => new(context, &args),
    }
}

/// Who we are; made now if this is the first start. Does not need the state for itself.
fn ours(context: &mut Context<'_>) -> Result<(StateDir, Identity), CliError> {
    let directory = context.state_dir()?;
    let saved = directory.read()?;
    match saved.identity {
        Some(identity) => {
            context.remark(&saved.remarks)?;
            Ok((directory, identity))
        }
        None => Ok((directory, context.open_state()?.identity)),
    }
}

fn show(context: &mut Context<'_>) -> Result<Exit, CliError> {
    let (directory, identity) = ours(context)?;
    let day = |at: Option<OffsetDateTime>| at.map_or("?".to_owned(), date);
    let path = |path: &Path| path.display().to_string();
    for (label, value) in [
        ("SKI", identity.ski().grouped()),
        ("", identity.ski().to_string()),
        ("SHIP ID", safe(identity.ship_id().as_str())),
        ("fingerprint", identity.fingerprint().to_owned()),
        ("valid", format!("{} to {}", day(identity.not_before()), day(identity.not_after()))),
        ("identity", path(&directory.identity_path())),
        ("trust", path(&directory.trust_path())),
    ] {
        context.ui.result(&format!("{label:<12} {value}"))?;
    }
    for remark in &identity.certificate().remarks {
        context.ui.warning(&format!("our certificate: {remark}"));
    }
    finish(context, &directory, &identity, Map::new())
}

/// The text of our QR code.
pub fn qr_text(identity: &Identity) -> Result<String, CliError> {
    let txt = own_txt(identity, false);
    let code = InstallationQr {
        brand: Some(txt.brand),
        device_type: Some(txt.device_type),
        model: Some(txt.model),
        serial: Some(txt.serial),
        categories: txt.categories,
        ..InstallationQr::new(identity.ski(), identity.ship_id().clone())
    };
    let text = code.to_text().map_err(|error| {
        CliError::new(Exit::Configuration, error.to_string())
            .hint("make another identity with `shipctl identity new`")
    })?;
    Ok(text.to_string())
}

fn qr(context: &mut Context<'_>) -> Result<Exit, CliError> {
    let (directory, identity) = ours(context)?;
    let text = qr_text(&identity)?;
    if let Some(columns) = context.ui.columns() {
        let picture = draw(&text)?;
        let needed = picture.first().map_or(0, |line| width(line));
        if needed <= columns {
            // Black on white whatever the colours of the terminal are.
            let (black, white) = (AnsiColor::Black, AnsiColor::BrightWhite);
            let style = white.on(black);
            for line in picture {
                context.ui.result(&format!("{style}{line}{style:#}"))?;
            }
        } else {
            context.ui.hint(&format!(
                "the picture needs {needed} columns, and the terminal has {columns}"
            ));
        }
    }
    context.ui.result(&text)?;
    let details = Map::from_iter([("qr".to_owned(), Value::from(text.as_str()))]);
    finish(context, &directory, &identity, details)
}

/// The code in half blocks, light ones being blocks.
pub fn draw(text: &str) -> Result<Vec<String>, CliError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L)
        .map_err(|error| CliError::bug(format!("the QR code cannot be drawn: {error}")))?;
    // Blocks are light: so it can be scanned from a dark terminal without colours as well.
    let picture =
        code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
    Ok(picture.lines().map(str::to_owned).collect())
}

fn export(context: &mut Context<'_>, args: &args::Export) -> Result<Exit, CliError> {
    let (directory, identity) = ours(context)?;
    if let Some(path) = &args.cert {
        new_file::write(path, identity.certificate_pem().as_bytes())?;
        context.ui.result(&format!("certificate  {}", path.display()))?;
    }
    if let Some(path) = &args.key {
        new_file::write(path, identity.key_pem().as_bytes())?;
        context.ui.result(&format!("key          {}", path.display()))?;
        context.ui.warning("whoever has the key is us; keep it secret");
    }
    finish(context, &directory, &identity, Map::new())
}

fn import(context: &mut Context<'_>, args: &args::Import) -> Result<Exit, CliError> {
    let identity = import_identity(&args.cert, &args.key).map_err(|error| match error {
        // What was given is wrong, not what we have.
        StateError::Identity(error) => {
            CliError::new(Exit::Configuration, error.to_string()).hint(error.hint())
        }
        other => other.into(),
    })?;
    let directory = context.state_dir()?;
    let before = present(&directory);
    if before.as_ref().is_some_and(|before| before.ski() == identity.ski()) {
        context.ui.story("the same key as before: devices know us by it already");
    } else {
        agree(context, before.as_ref(), args.yes)?;
    }
    replace(context, &directory, before.as_ref(), &identity)
}

fn new(context: &mut Context<'_>, args: &args::New) -> Result<Exit, CliError> {
    let directory = context.state_dir()?;
    let before = present(&directory);
    agree(context, before.as_ref(), args.yes)?;
    let identity = Identity::generate(args.ship_id.as_ref(), OffsetDateTime::now_utc())
        .map_err(StateError::from)?;
    replace(context, &directory, before.as_ref(), &identity)
}

/// The identity to be replaced, if there is one that can be read: a damaged one is as good as none.
fn present(directory: &StateDir) -> Option<Identity> {
    directory.read().ok().and_then(|saved| saved.identity)
}

/// Makes sure that somebody wants every device to pair again.
fn agree(context: &mut Context<'_>, before: Option<&Identity>, yes: bool) -> Result<(), CliError> {
    let Some(before) = before else { return Ok(()) };
    if yes {
        return Ok(());
    }
    let consequence = format!(
        "SKI {} would be given up, and every paired device must pair again",
        before.ski().grouped()
    );
    if !context.is_interactive() {
        return Err(CliError::usage(consequence).hint("say --yes if that is meant"));
    }
    context.ui.warning(&consequence);
    context.ui.ask("go on? [y/N]");
    let answer = prompt::confirm();
    context.ui.answered();
    let answer = answer?;
    if answer.is_yes() { Ok(()) } else { Err(answer.declined()) }
}

fn replace(
    context: &mut Context<'_>,
    directory: &StateDir,
    before: Option<&Identity>,
    identity: &Identity,
) -> Result<Exit, CliError> {
    let kept = directory.replace_identity(identity)?;
    context.ui.result(&format!("SKI          {}", identity.ski().grouped()))?;
    context.ui.result(&format!("identity     {}", directory.identity_path().display()))?;
    if let Some(kept) = &kept {
        context.ui.result(&format!("before       {}", kept.display()))?;
    }
    if before.is_none_or(|before| before.ski() != identity.ski()) {
        context.warn(
            Code::Own01.as_str(),
            "this is a new identity: every device must pair again",
            "remove the old one on each device, then `shipctl pair` with it",
        )?;
    }
    let kept = kept.map(|kept| kept.display().to_string());
    let details = Map::from_iter([("kept".to_owned(), Value::from(kept))]);
    finish(context, directory, identity, details)
}

/// The result for programs.
fn finish(
    context: &mut Context<'_>,
    directory: &StateDir,
    identity: &Identity,
    mut details: Map<String, Value>,
) -> Result<Exit, CliError> {
    let day = |at: Option<OffsetDateTime>| Value::from(at.map(rfc3339));
    details.extend([
        ("ship_id".to_owned(), Value::from(identity.ship_id().as_str())),
        ("fingerprint".to_owned(), Value::from(identity.fingerprint())),
        ("not_before".to_owned(), day(identity.not_before())),
        ("not_after".to_owned(), day(identity.not_after())),
        ("state_dir".to_owned(), Value::from(directory.path().display().to_string())),
    ]);
    context.ui.json_now(Some(identity.ski()), &Body::done("done", Exit::Done, details))?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawing_is_square_and_framed_in_light() {
        let lines = draw("SHIP;SKI:5555;ENDSHIP;").unwrap();
        let width = lines[0].chars().count();
        assert!(lines.iter().all(|line| line.chars().count() == width));
        assert_eq!(lines.len(), width.div_ceil(2));
        assert!(lines[0].chars().all(|c| c == '█'), "{}", lines[0]);
    }
}
