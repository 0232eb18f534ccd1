//! `shipctl version`: what a bug report has to name.

use serde_json::{Map, Value, json};

use crate::{
    checks::{Code, catalogue::CATALOGUE_VERSION, quirks::QUIRKS_VERSION},
    cli::{
        context::Context,
        error::CliError,
        exit::Exit,
        output::json::{Body, SCHEMA},
    },
    driver::tls::{Suite, TlsSettings, Version},
    trace::file::VERSION as TRACE,
};

/// Of shipctl.
const SHIPCTL: &str = env!("CARGO_PKG_VERSION");

/// Who does the handshakes, and who calculates.
const TLS: &str = "rustls with ring";

/// Runs it.
pub fn run(context: &mut Context<'_>) -> Result<Exit, CliError> {
    for (label, value) in lines() {
        context.ui.result(&format!("{label:<10} {value}"))?;
    }
    context.ui.json_now(None, &Body::done("done", Exit::Done, versions()))?;
    Ok(Exit::Done)
}

/// The same for programs.
pub(super) fn versions() -> Map<String, Value> {
    let names = |versions: Vec<Version>| versions.into_iter().map(Version::name).collect();
    let default: Vec<_> = names(TlsSettings::default().versions);
    Map::from_iter([
        ("shipctl".to_owned(), json!(SHIPCTL)),
        (
            "platform".to_owned(),
            json!({
                "os": std::env::consts::OS,
                "arch": std::env::consts::ARCH,
                "system": system(),
                "debug": cfg!(debug_assertions),
            }),
        ),
        (
            "tls".to_owned(),
            json!({
                "backend": TLS,
                "suites": Suite::ALL.map(Suite::name),
                "versions": Version::ALL.map(Version::name),
                "default_versions": default,
            }),
        ),
        ("catalogue".to_owned(), json!({ "version": CATALOGUE_VERSION, "codes": Code::ALL.len() })),
        ("quirks".to_owned(), json!({ "version": QUIRKS_VERSION })),
        (
            "schemas".to_owned(),
            schemas()
                .map(|(name, version)| (name.to_owned(), json!(version)))
                .collect::<Map<_, _>>()
                .into(),
        ),
    ])
}

fn lines() -> Vec<(&'static str, String)> {
    let list = |names: &[&str]| names.join(", ");
    let schemas: Vec<_> = schemas().map(|(name, version)| format!("{name} {version}")).collect();
    let system = system().map_or(String::new(), |system| format!(" ({system})"));
    vec![
        ("shipctl", SHIPCTL.to_owned()),
        ("platform", format!("{} {}{system}", std::env::consts::OS, std::env::consts::ARCH)),
        ("tls", format!("{TLS}; TLS {}", list(&Version::ALL.map(Version::name)))),
        ("suites", list(&Suite::ALL.map(Suite::name))),
        ("catalogue", format!("{CATALOGUE_VERSION} ({} codes)", Code::ALL.len())),
        ("quirks", QUIRKS_VERSION.to_string()),
        ("schemas", schemas.join(", ")),
    ]
}

/// The versions of what is read and written.
fn schemas() -> impl Iterator<Item = (&'static str, u32)> {
    #[cfg(unix)]
    let control = Some(("control", crate::control::wire::PROTOCOL));
    #[cfg(not(unix))]
    let control = None;
    [Some(("json", u32::from(SCHEMA))), control, Some(("trace", TRACE))].into_iter().flatten()
}

/// The system, without the name of this computer.
#[cfg(unix)]
fn system() -> Option<String> {
    let system = rustix::system::uname();
    let text = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
    Some(format!("{} {}", text(system.sysname()), text(system.release())))
}

#[cfg(not(unix))]
fn system() -> Option<String> {
    None
}
