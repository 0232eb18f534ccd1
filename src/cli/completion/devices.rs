//! SKIs and names where a device is to be named.
//!
//! The trust store is read first, a hub that runs is asked then, and what is known in time has to do:
//! whoever pressed Tab waits. Nothing is made, locked, told or asked.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use clap::{CommandFactory, FromArgMatches};
use clap_complete::{CompletionCandidate, engine::ValueCompleter};

use super::words;
use crate::{
    cli::{
        args::{Args, Global},
        output::text::safe,
        settings::place::Place,
    },
    identity::disk::StateDir,
    proto::{Ski, ski::hex_digits},
};

/// How long the trust store may take; a disk that sleeps is not waited for.
const FOR_THE_DISK: Duration = Duration::from_millis(150);

/// How long a hub may take, the trust store included.
const FOR_THE_HUB: Duration = Duration::from_millis(100);

/// Completes the SKI or the name of a device.
pub(super) struct Devices;

impl ValueCompleter for Devices {
    fn complete(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        let Some(current) = current.to_str().map(unquoted) else { return Vec::new() };
        let words: Vec<String> =
            words().iter().map(|word| unquoted(&word.to_string_lossy())).collect();
        let known = known();
        if goes_on(&words, &known) { Vec::new() } else { candidates(&known, &current) }
    }
}

/// What is known of one device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Known {
    /// The name that stands for it.
    given: Option<String>,
    /// Brand and model, or what else it announces itself as.
    announced: Option<String>,
    state: Option<String>,
    is_trusted: bool,
    asks: bool,
}

type Table = BTreeMap<Ski, Known>;

/// A word as it is meant; the shells give it as it was typed.
fn unquoted(word: &str) -> String {
    let mut chars = word.trim_start_matches(['\'', '"']).chars();
    let mut meant = String::new();
    while let Some(c) = chars.next() {
        meant.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    meant
}

/// Whether the last of these words belongs to the device that the one before it names: an SKI in
/// groups, or whatever follows a device.
fn goes_on(words: &[String], known: &Table) -> bool {
    let [.., flag, before, _] = words else { return false };
    let is_name = known.values().any(|it| it.given.as_deref() == Some(before));
    let is_digits = hex_digits(before).is_ok_and(|digits| digits.len() >= 4);
    // A port looks like digits of an SKI.
    is_name || is_digits && !flag.starts_with('-')
}

fn candidates(known: &Table, current: &str) -> Vec<CompletionCandidate> {
    let lower = current.to_lowercase();
    let is_begun = |text: &str| text.to_lowercase().starts_with(&lower);
    let is_upper = current.chars().any(|c| c.is_ascii_uppercase());
    let mut devices: Vec<(&Ski, &Known)> = known.iter().collect();
    devices.sort_by_key(|(_, it)| (!it.asks, !it.is_trusted));
    let mut all = Vec::new();
    for (ski, device) in devices {
        let digits = ski.to_string();
        let name = device.given.as_deref().filter(|name| is_clear(name, known));
        let about = |first: Option<&str>| {
            let state = device.state.as_deref().or(device.is_trusted.then_some("trusted"));
            let announced = device.announced.as_deref().filter(|it| Some(*it) != first);
            let parts = [first, announced, state].into_iter().flatten();
            let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
            (!parts.is_empty()).then(|| parts.join(" · ").into())
        };
        if let Some(name) = name.filter(|name| is_begun(name)) {
            all.push(CompletionCandidate::new(name).help(about(Some(&digits))));
        }
        if digits.starts_with(&lower) {
            let value = if is_upper { digits.to_uppercase() } else { digits };
            all.push(CompletionCandidate::new(value).help(about(device.given.as_deref())));
        }
    }
    all
}

/// Whether a name can be typed and means this device alone.
fn is_clear(name: &str, known: &Table) -> bool {
    let same = |it: &&Known| it.given.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(name));
    let strange = name.starts_with('-') || name.trim().is_empty() || safe(name) != name;
    !strange && known.values().filter(same).count() == 1
}

/// Every device known in time.
fn known() -> Table {
    let began = Instant::now();
    let (tell, heard) = mpsc::channel();
    // It is left behind where it hangs, and ends with the process; where there is no thread to be had,
    // the channel is closed.
    let _ = thread::Builder::new().spawn(move || look(&words(), &tell));
    let mut known = heard.recv_timeout(FOR_THE_DISK).unwrap_or_default();
    while let Ok(all) = heard.recv_timeout(FOR_THE_HUB.saturating_sub(began.elapsed())) {
        known = all;
    }
    known
}

/// Looks at the trust store, then asks the hub; tells after each what is known.
fn look(words: &[OsString], tell: &mpsc::Sender<Table>) {
    let Some(directory) = directory(words) else { return };
    let mut known = Table::new();
    for (ski, peer) in directory.read_trust().ok().flatten().unwrap_or_default().iter() {
        let given = peer.name.clone();
        known.insert(*ski, Known { given, is_trusted: true, ..Known::default() });
    }
    let _ = tell.send(known.clone());
    #[cfg(unix)]
    if let Some(status) = hub(&directory) {
        add(&mut known, &status["hub"]);
        let _ = tell.send(known);
    }
}

/// The state directory that the words mean, wherever the flag stands among them.
fn directory(words: &[OsString]) -> Option<StateDir> {
    let matches = Args::command().ignore_errors(true).try_get_matches_from(words).ok()?;
    let global = Global::from_arg_matches(&matches).ok()?;
    let place = Place::find(&global, &matches).ok()?;
    StateDir::resolve(place.state_dir.as_deref()).ok()
}

/// What the hub tells that runs with this identity.
#[cfg(unix)]
fn hub(directory: &StateDir) -> Option<serde_json::Map<String, serde_json::Value>> {
    use crate::control::{Client, Wish, place::places, wire::Plain};

    let own = directory.read_identity().ok()??.ski();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async {
        let mut client = Client::find(&places(own, directory)).await.ok()??;
        client.ask(Wish::Plain(Plain::Status { history: false })).await.ok()?.ok()
    })
}

/// Adds what a hub told.
#[cfg(unix)]
fn add(known: &mut Table, hub: &serde_json::Value) {
    use crate::cli::commands::status::state;

    let text = |value: &serde_json::Value| value.as_str().map(safe);
    let list = |name: &str| hub[name].as_array().into_iter().flatten();
    let ski = |it: &serde_json::Value| it["ski"].as_str().and_then(|ski| ski.parse::<Ski>().ok());
    let own = hub["ski"].as_str().and_then(|own| own.parse().ok());
    for service in list("services") {
        let Some(device) = ski(service).filter(|ski| Some(*ski) != own) else {
            continue;
        };
        let device = known.entry(device).or_default();
        device.announced = text(&service["name"]);
        device.state.get_or_insert_with(|| "seen".to_owned());
    }
    for peer in list("peers") {
        let Some(device) = ski(peer) else { continue };
        let device = known.entry(device).or_default();
        device.asks = peer["request"].is_object();
        device.state = match device.asks {
            true => Some("asks to be paired".to_owned()),
            false if peer["state"] == "None" => device.state.take(),
            false => Some(state(peer)),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SKI: &str = "5555aaaaffff1111cccc3333eeeedddd99992222";

    fn shown(known: &Table, current: &str) -> Vec<(String, String)> {
        let text = |it: CompletionCandidate| {
            let help = it.get_help().map(ToString::to_string).unwrap_or_default();
            (it.get_value().to_str().unwrap().to_owned(), help)
        };
        candidates(known, current).into_iter().map(text).collect()
    }

    fn trusted(name: &str) -> Known {
        Known { given: Some(name.to_owned()), is_trusted: true, ..Known::default() }
    }

    #[test]
    fn a_device_is_offered_by_its_name_and_by_its_ski() {
        let known = Table::from([(SKI.parse().unwrap(), trusted("Wallbox left"))]);
        let by_name = ("Wallbox left".to_owned(), format!("{SKI} · trusted"));
        let by_ski = (SKI.to_owned(), "Wallbox left · trusted".to_owned());
        assert_eq!(shown(&known, ""), [by_name.clone(), by_ski.clone()]);
        assert_eq!(shown(&known, "wall"), [by_name]);
        assert_eq!(shown(&known, "5555a"), std::slice::from_ref(&by_ski));
        assert_eq!(shown(&known, "5555A"), [(SKI.to_uppercase(), by_ski.1)]);
        assert_eq!(shown(&known, "6"), []);
    }

    #[test]
    fn a_name_that_means_two_or_looks_like_a_flag_is_not_offered() {
        let other: Ski = "cafe".repeat(10).parse().unwrap();
        let ours: Ski = SKI.parse().unwrap();
        let both = Table::from([(ours, trusted("Meter")), (other, trusted("meter"))]);
        let is_ski = |(value, _): &(String, String)| value.parse::<Ski>().is_ok();
        assert!(shown(&both, "").iter().all(is_ski));
        for name in ["--all", "\u{1b}[2J", " "] {
            let known = Table::from([(ours, trusted(name))]);
            assert!(shown(&known, "").iter().all(is_ski), "{name:?}");
        }
    }

    #[test]
    fn a_device_is_named_once() {
        let known = Table::from([(SKI.parse().unwrap(), trusted("Wallbox left"))]);
        let goes_on = |line: &str| {
            let words: Vec<String> = line.split(',').map(str::to_owned).collect();
            goes_on(&words, &known)
        };
        for line in ["shipctl,pair,5555,", "shipctl,pair,5555,AAAA,F", "shipctl,pair,Wallbox left,"]
        {
            assert!(goes_on(line), "{line}");
        }
        for line in ["shipctl,pair,", "pair,", "shipctl,pair,--port,4712,", "shipctl,pair,--json,"]
        {
            assert!(!goes_on(line), "{line}");
        }
    }

    #[test]
    fn a_word_is_read_as_it_is_meant() {
        for typed in ["Wallbox\\ le", "'Wallbox le", "\"Wallbox le"] {
            assert_eq!(unquoted(typed), "Wallbox le");
        }
        assert_eq!(unquoted("\\"), "");
    }

    #[test]
    fn the_state_directory_is_found_wherever_its_flag_stands() {
        let path = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            directory(&words).map(|directory| directory.path().to_owned())
        };
        for line in [
            "shipctl --state-dir /a pair ",
            "shipctl pair --state-dir /a 55",
            "shipctl trust rename --state-dir=/a 55",
        ] {
            assert_eq!(path(line).as_deref(), Some("/a".as_ref()), "{line}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_hub_tells_who_asks_and_who_is_seen() {
        let status = serde_json::json!({
            "ski": "cafe".repeat(10),
            "services": [
                {"ski": SKI, "name": "Elli Wallbox"},
                {"ski": "cafe".repeat(10), "name": "ourselves"},
                {"ski": "beef".repeat(10), "name": "Meter"},
            ],
            "peers": [
                {"ski": SKI, "state": "Completed", "request": null},
                {"ski": "f00d".repeat(10), "state": "InProgress", "request": {"remote": "[::1]:1"}},
            ],
        });
        let mut known = Table::from([(SKI.parse().unwrap(), trusted("Left"))]);
        add(&mut known, &status);
        let all = shown(&known, "");
        let helps: Vec<&str> = all.iter().map(|(_, help)| help.as_str()).collect();
        assert_eq!(
            helps,
            [
                "asks to be paired",
                &format!("{SKI} · Elli Wallbox · connected"),
                "Left · Elli Wallbox · connected",
                "Meter · seen",
            ]
        );
    }
}
