//! The trust store: which SKIs are trusted, and what is known of them. Pure; `disk` keeps it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::format::{self, FormatError};
use crate::proto::{Pin, ShipId, Ski, ski::hex_digits, text::is_hidden};

/// Everything trusted, by SKI.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustStore {
    peers: BTreeMap<Ski, TrustedPeer>,
    /// The PINs to enter, of trusted peers. Apart from what is shown of a peer, so that only the file
    /// has them.
    pins: BTreeMap<Ski, Pin>,
}

/// What is known of one trusted peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedPeer {
    /// The SHIP ID it gave in its access methods; the one it must keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_id: Option<ShipId>,
    /// The name given by the user, or made of brand and model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Since when it is trusted; seconds since the Unix epoch.
    pub since: i64,
    /// When a handshake last completed; seconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<i64>,
    /// An address to dial beside those found by mDNS, `host:port/path`: given by hand, and it was
    /// found there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What it announced of its key material, if it ever did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<PeerKeys>,
}

/// The key material of a peer as its last `keyMaterialState` described it (SHIP 1.1, 12.1.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerKeys {
    /// The `updateCounter` of that message; a lower one is a replay.
    pub update_counter: u16,
    /// The one other SKI this peer may use: its successor before it changes its key, its predecessor
    /// from then until the peer says that it is retired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also_trusted: Option<Ski>,
}

/// One change of the trust store, as the hub decides it and the disk keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum TrustChange {
    /// Trust this peer, or note what was learned of it: present values replace stored ones, except
    /// that a name once stored stays, since the user may have given it.
    Trust {
        /// The peer.
        ski: Ski,
        /// Its SHIP ID, once known.
        ship_id: Option<ShipId>,
        /// Its name, made of brand and model.
        name: Option<String>,
        /// An address given by hand, once it was found there.
        address: Option<String>,
        /// Whether a handshake completed just now.
        seen: bool,
    },
    /// Call it so, if it is trusted; an empty name takes its name away.
    Rename {
        /// The peer.
        ski: Ski,
        /// The name, given by the user.
        name: String,
    },
    /// Dial it at no address given by hand any more.
    ForgetAddress {
        /// The peer.
        ski: Ski,
    },
    /// Remember the PIN it accepted, if it is trusted.
    RememberPin {
        /// The peer.
        ski: Ski,
        /// The PIN; in no trace.
        #[serde(skip)]
        pin: Option<Pin>,
    },
    /// Remember no PIN of it any more.
    ForgetPin {
        /// The peer.
        ski: Ski,
    },
    /// Trust it no longer.
    Remove {
        /// The peer.
        ski: Ski,
    },
    /// Store the key material it announced, if it is trusted. An SKI that belongs to another trusted
    /// peer is never stored with it.
    Keys {
        /// The peer.
        ski: Ski,
        /// What it announced.
        keys: PeerKeys,
    },
    /// It uses another key now: everything stored for its SKI is stored for `to` from now on, and the
    /// SKI it had becomes the other one it may use. Nothing happens if `to` is trusted already.
    Succeed {
        /// The peer, by the SKI it had.
        ski: Ski,
        /// The SKI it has now.
        to: Ski,
    },
}

/// What a change changed, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Nothing.
    Nothing,
    /// When a peer that was seen before was seen last.
    LastSeen,
    /// Who is trusted, or what is known of one of them.
    Trust,
}

/// The version of the file format.
const VERSION: u64 = 1;

/// The longest name kept, in characters.
pub const MAX_NAME: usize = 64;

/// Why a text is no name of a device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It has so many characters.
    #[error("the name has {0} characters; a name has at most {MAX_NAME}")]
    TooLong(usize),
    /// It has one that does not show, or steers a terminal.
    #[error("the name has the character U+{:04X}; a name has only characters that show", u32::from(*.0))]
    Hidden(char),
}

#[derive(Serialize, Deserialize)]
struct File<Peers> {
    version: u64,
    peers: Peers,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pins: BTreeMap<Ski, Zeroizing<String>>,
}

impl TrustChange {
    /// Whom it is about.
    pub fn ski(&self) -> Ski {
        match self {
            Self::Trust { ski, .. }
            | Self::Rename { ski, .. }
            | Self::ForgetAddress { ski }
            | Self::RememberPin { ski, .. }
            | Self::ForgetPin { ski }
            | Self::Remove { ski }
            | Self::Keys { ski, .. }
            | Self::Succeed { ski, .. } => *ski,
        }
    }

    /// The same without a PIN, for a trace.
    pub fn without_pin(&self) -> Self {
        match self {
            Self::RememberPin { ski, .. } => Self::RememberPin { ski: *ski, pin: None },
            other => other.clone(),
        }
    }
}

impl TrustStore {
    /// What is known of this peer, if it is trusted.
    pub fn get(&self, ski: &Ski) -> Option<&TrustedPeer> {
        self.peers.get(ski)
    }

    /// The PIN that is remembered for this peer.
    pub fn pin(&self, ski: &Ski) -> Option<&Pin> {
        self.pins.get(ski)
    }

    /// The same store with other PINs in place of those it has.
    pub fn map_pins(&self, mut other: impl FnMut(&Pin) -> Option<Pin>) -> Self {
        let pins = self.pins.iter().filter_map(|(ski, pin)| Some((*ski, other(pin)?)));
        Self { peers: self.peers.clone(), pins: pins.collect() }
    }

    /// Whether this peer is trusted.
    pub fn contains(&self, ski: &Ski) -> bool {
        self.peers.contains_key(ski)
    }

    /// The SKI under which the peer that may use `ski` is stored: `ski` itself, or the one it is the
    /// successor or predecessor of. `None` if no trusted peer may use it.
    pub fn owner(&self, ski: &Ski) -> Option<Ski> {
        let also = |(owner, peer): (&Ski, &TrustedPeer)| {
            (peer.also_trusted() == Some(*ski)).then_some(*owner)
        };
        if self.contains(ski) { Some(*ski) } else { self.peers.iter().find_map(also) }
    }

    /// Every trusted peer, in the order of their SKIs.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Ski, &TrustedPeer)> {
        self.peers.iter()
    }

    /// How many are trusted.
    pub fn len(&self) -> usize {
        self.peers.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.peers.is_empty()
    }

    /// The peers with a trusted SKI that begins with these digits, in any case and with separators.
    ///
    /// Empty for a text without digits, or with anything else in it.
    pub fn find(&self, prefix: &str) -> Vec<Ski> {
        match hex_digits(prefix.trim()) {
            Ok(digits) if !digits.is_empty() => {
                let begins = |ski: Ski| ski.starts_with(&digits);
                let found = self
                    .peers
                    .iter()
                    .filter(|(ski, peer)| begins(**ski) || peer.also_trusted().is_some_and(begins));
                found.map(|(ski, _)| *ski).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Makes a change at `now`, in seconds since the Unix epoch.
    pub fn apply(&mut self, change: &TrustChange, now: i64) -> Effect {
        let ski = change.ski();
        let before = self.get(&ski).cloned();
        let pin_before = self.pin(&ski).cloned();
        self.make(change, now);
        if self.pin(&ski) != pin_before.as_ref() {
            return Effect::Trust;
        }
        match (before, self.get(&ski)) {
            (before, after) if before.as_ref() == after => Effect::Nothing,
            (Some(before), Some(after)) => {
                let last_seen = before.last_seen.and(after.last_seen);
                let is_last_seen = TrustedPeer { last_seen, ..before } == *after;
                if is_last_seen { Effect::LastSeen } else { Effect::Trust }
            }
            _ => Effect::Trust,
        }
    }

    fn make(&mut self, change: &TrustChange, now: i64) {
        match change {
            TrustChange::Trust { ski, ship_id, name, address, seen } => {
                // The user trusts it as a peer of its own.
                self.peers.values_mut().for_each(|peer| peer.forget_key(*ski));
                let peer = self.peers.entry(*ski).or_insert(TrustedPeer {
                    ship_id: None,
                    name: None,
                    since: now,
                    last_seen: None,
                    address: None,
                    keys: None,
                });
                replace(&mut peer.ship_id, ship_id);
                replace(&mut peer.address, address);
                if peer.name.is_none() {
                    peer.name = name.as_deref().and_then(clean_name);
                }
                if *seen {
                    peer.last_seen = Some(now);
                }
            }
            TrustChange::Rename { ski, name } => {
                self.rename(ski, name);
            }
            TrustChange::ForgetAddress { ski } => {
                if let Some(peer) = self.peers.get_mut(ski) {
                    peer.address = None;
                }
            }
            TrustChange::RememberPin { ski, pin: Some(pin) } if self.contains(ski) => {
                self.pins.insert(*ski, pin.clone());
            }
            TrustChange::RememberPin { .. } => {}
            TrustChange::ForgetPin { ski } => {
                self.pins.remove(ski);
            }
            TrustChange::Remove { ski } => {
                self.peers.remove(ski);
                self.pins.remove(ski);
            }
            TrustChange::Keys { ski, keys } => {
                let is_free = |also: &Ski| self.owner(also).is_none_or(|owner| owner == *ski);
                let also_trusted = keys.also_trusted.filter(|also| also != ski && is_free(also));
                if let Some(peer) = self.peers.get_mut(ski) {
                    peer.keys = Some(PeerKeys { also_trusted, ..*keys });
                }
            }
            TrustChange::Succeed { ski, to } if !self.contains(to) => {
                if let Some(mut peer) = self.peers.remove(ski) {
                    let update_counter = peer.keys.map_or(0, |keys| keys.update_counter);
                    peer.keys = Some(PeerKeys { update_counter, also_trusted: Some(*ski) });
                    self.peers.insert(*to, peer);
                    if let Some(pin) = self.pins.remove(ski) {
                        self.pins.insert(*to, pin);
                    }
                }
            }
            TrustChange::Succeed { .. } => {}
        }
    }

    /// Gives a peer a name; an empty one takes it away. `false` if the peer is not trusted.
    pub fn rename(&mut self, ski: &Ski, name: &str) -> bool {
        let Some(peer) = self.peers.get_mut(ski) else { return false };
        peer.name = clean_name(name);
        true
    }

    /// The file, readable by people. It has the PINs.
    pub fn to_json(&self) -> Zeroizing<String> {
        let pin = |(ski, pin): (&Ski, &Pin)| (*ski, Zeroizing::new(pin.expose().to_owned()));
        let pins = self.pins.iter().map(pin).collect();
        let file = File { version: VERSION, peers: &self.peers, pins };
        // Strings, numbers and maps with text keys can always be written.
        let mut json = Zeroizing::new(serde_json::to_string_pretty(&file).unwrap_or_default());
        json.push('\n');
        json
    }

    /// Reads what [`to_json`](Self::to_json) wrote; unknown fields are tolerated, and what is no PIN is
    /// none.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FormatError> {
        let File { peers, pins, .. }: File<BTreeMap<Ski, TrustedPeer>> =
            format::read(bytes, VERSION)?;
        let pins = pins.into_iter().filter(|(ski, _)| peers.contains_key(ski));
        let pins = pins.filter_map(|(ski, pin)| Some((ski, pin.parse().ok()?))).collect();
        Ok(Self { peers, pins })
    }
}

impl TrustedPeer {
    /// The other SKI it may use.
    pub fn also_trusted(&self) -> Option<Ski> {
        self.keys?.also_trusted
    }

    fn forget_key(&mut self, ski: Ski) {
        if let Some(keys) = &mut self.keys {
            keys.also_trusted = keys.also_trusted.filter(|also| *also != ski);
        }
    }
}

fn replace<T: Clone>(stored: &mut Option<T>, given: &Option<T>) {
    if given.is_some() {
        stored.clone_from(given);
    }
}

/// A name somebody gives to a device, as it is kept: without blanks around it. An empty one is none.
///
/// # Errors
///
/// It would not be kept as it was given.
pub fn given_name(name: &str) -> Result<Option<String>, NameError> {
    let name = name.trim();
    if let Some(hidden) = name.chars().find(|&c| is_hidden(c)) {
        return Err(NameError::Hidden(hidden));
    }
    match name.chars().count() {
        0 => Ok(None),
        length if length > MAX_NAME => Err(NameError::TooLong(length)),
        _ => Ok(Some(name.to_owned())),
    }
}

/// Names come from peers and keyboards and go to terminals: nothing invisible, no endless ones.
fn clean_name(name: &str) -> Option<String> {
    let visible: String = name.chars().filter(|&c| !is_hidden(c)).collect();
    let name: String = visible.trim().chars().take(MAX_NAME).collect();
    if name.is_empty() { None } else { Some(name) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ski(first: u8) -> Ski {
        let mut bytes = [7; 20];
        bytes[0] = first;
        Ski::from_bytes(bytes)
    }

    fn trust(first: u8, name: Option<&str>, seen: bool) -> TrustChange {
        TrustChange::Trust {
            ski: ski(first),
            ship_id: None,
            name: name.map(str::to_owned),
            address: None,
            seen,
        }
    }

    #[test]
    fn trusting_again_adds_what_is_new_and_forgets_nothing() {
        let mut store = TrustStore::default();
        store.apply(&trust(1, None, false), 100);
        let learned = TrustChange::Trust {
            ski: ski(1),
            ship_id: Some("i:1_u:a".parse().unwrap()),
            name: Some("Wallbox\u{7}".to_owned()),
            address: Some("10.0.0.7:4712/ship/".to_owned()),
            seen: true,
        };
        store.apply(&learned, 200);
        store.apply(&trust(1, None, false), 300);
        assert_eq!(
            store.get(&ski(1)),
            Some(&TrustedPeer {
                ship_id: Some("i:1_u:a".parse().unwrap()),
                name: Some("Wallbox".to_owned()),
                since: 100,
                last_seen: Some(200),
                address: Some("10.0.0.7:4712/ship/".to_owned()),
                keys: None,
            })
        );
        let forget = TrustChange::ForgetAddress { ski: ski(1) };
        assert_eq!(store.apply(&forget, 350), Effect::Trust);
        assert_eq!(store.get(&ski(1)).unwrap().address, None);
        assert_eq!(store.apply(&forget, 360), Effect::Nothing);
        store.apply(&TrustChange::Remove { ski: ski(1) }, 400);
        assert!(store.is_empty() && !store.contains(&ski(1)));
    }

    #[test]
    fn a_name_given_by_the_user_survives_the_next_handshake() {
        let mut store = TrustStore::default();
        assert!(!store.rename(&ski(1), "Garage"));
        store.apply(&trust(1, Some("Brand Model"), true), 1);
        assert!(store.rename(&ski(1), " Garage "));
        store.apply(&trust(1, Some("Brand Model"), true), 2);
        assert_eq!(store.get(&ski(1)).unwrap().name.as_deref(), Some("Garage"));
        assert!(store.rename(&ski(1), ""));
        assert_eq!(store.get(&ski(1)).unwrap().name, None);
    }

    #[test]
    fn a_name_is_kept_as_it_was_given_or_refused() {
        let longest = "ü".repeat(MAX_NAME);
        assert_eq!(given_name(&format!(" {longest}\n")), Ok(Some(longest.clone())));
        assert_eq!(given_name(" "), Ok(None));
        assert_eq!(given_name(&format!("{longest}x")), Err(NameError::TooLong(MAX_NAME + 1)));
        for hidden in ['\u{1b}', '\n', '\u{202E}'] {
            assert_eq!(given_name(&format!("a{hidden}b")), Err(NameError::Hidden(hidden)));
        }
        let says = NameError::Hidden('\u{1b}').to_string();
        assert!(says.starts_with("the name has the character U+001B"), "{says}");
    }

    #[test]
    fn a_prefix_finds_every_ski_that_begins_with_it() {
        let mut store = TrustStore::default();
        for first in [0x12, 0x1A, 0xF0] {
            store.apply(&trust(first, None, false), 1);
        }
        for (prefix, found) in [
            ("1", &[0x12, 0x1A][..]),
            ("1A07", &[0x1A]),
            ("1a-07 07", &[0x1A]),
            ("2", &[]),
            ("", &[]),
            ("i:1", &[]),
        ] {
            let expected: Vec<Ski> = found.iter().map(|&first| ski(first)).collect();
            assert_eq!(store.find(prefix), expected, "{prefix}");
        }
    }

    fn keys(update_counter: u16, also: Option<u8>) -> PeerKeys {
        PeerKeys { update_counter, also_trusted: also.map(ski) }
    }

    #[test]
    fn succeed_moves_everything_to_the_new_ski_and_keeps_the_old_one_usable() {
        let mut store = TrustStore::default();
        store.apply(&trust(1, Some("Garage"), true), 100);
        let announced = TrustChange::Keys { ski: ski(1), keys: keys(2, Some(0xAB)) };
        assert_eq!(store.apply(&announced, 200), Effect::Trust);
        assert_eq!(store.apply(&announced, 210), Effect::Nothing);
        assert_eq!(store.owner(&ski(0xAB)), Some(ski(1)));
        assert!(!store.contains(&ski(0xAB)), "it is no second peer");
        assert_eq!(store.find("ab07"), [ski(1)]);

        let succeed = TrustChange::Succeed { ski: ski(1), to: ski(0xAB) };
        assert_eq!(store.apply(&succeed, 300), Effect::Trust);
        let moved = store.get(&ski(0xAB)).unwrap();
        assert_eq!((moved.name.as_deref(), moved.since), (Some("Garage"), 100));
        assert_eq!(moved.keys, Some(keys(2, Some(1))));
        assert_eq!((store.len(), store.owner(&ski(1))), (1, Some(ski(0xAB))));
        assert_eq!(store.apply(&succeed, 310), Effect::Nothing);

        let retired = TrustChange::Keys { ski: ski(0xAB), keys: keys(3, None) };
        store.apply(&retired, 400);
        assert_eq!(store.owner(&ski(1)), None);
        let read = TrustStore::from_json(store.to_json().as_bytes());
        assert_eq!(read, Ok(store));
    }

    #[test]
    fn keys_of_another_trusted_peer_are_never_stored() {
        let mut store = TrustStore::default();
        for first in [1, 2, 3] {
            store.apply(&trust(first, None, true), 100);
        }
        store.apply(&TrustChange::Keys { ski: ski(2), keys: keys(2, Some(0xCC)) }, 200);
        for taken in [1, 2, 0xCC] {
            let claim = TrustChange::Keys { ski: ski(1), keys: keys(5, Some(taken)) };
            store.apply(&claim, 300);
            assert_eq!(store.get(&ski(1)).unwrap().keys, Some(keys(5, None)), "{taken}");
        }
        let onto = TrustChange::Succeed { ski: ski(1), to: ski(2) };
        assert_eq!(store.apply(&onto, 400), Effect::Nothing);
        assert_eq!(store.len(), 3);
    }

    #[test]
    fn a_ski_trusted_by_the_user_no_longer_belongs_to_the_peer_that_announced_it() {
        let mut store = TrustStore::default();
        store.apply(&trust(1, None, true), 100);
        store.apply(&TrustChange::Keys { ski: ski(1), keys: keys(2, Some(9)) }, 200);
        store.apply(&trust(9, None, true), 300);
        assert_eq!(store.get(&ski(1)).unwrap().keys, Some(keys(2, None)));
        assert_eq!(store.owner(&ski(9)), Some(ski(9)));
    }

    #[test]
    fn a_file_from_the_future_is_named_and_unknown_fields_are_tolerated() {
        let key = ski(1);
        let text =
            format!(r#"{{"version":1,"new":[],"peers":{{"{key}":{{"since":5,"colour":"red"}}}}}}"#);
        assert_eq!(TrustStore::from_json(text.as_bytes()).unwrap().get(&key).unwrap().since, 5);
        assert_eq!(
            TrustStore::from_json(br#"{"version":2,"peers":7}"#),
            Err(FormatError::Newer { found: 2, known: 1 })
        );
    }

    #[test]
    fn damage_is_described_with_its_place() {
        for (text, says) in [
            ("", "it is empty"),
            ("  \n", "it is empty"),
            ("{\"version\":1,\n\"peers\":{", "it is cut off (line 2, column 9)"),
            ("hello", "it is not JSON (line 1, column 1)"),
            ("{\"peers\":{}}", "a value is missing"),
            ("{\"version\":0,\"peers\":{}}", "it has version 0"),
            ("{\"version\":1,\"peers\":{\"12\":{\"since\":1}}}", "a value is missing or not of"),
        ] {
            let error = TrustStore::from_json(text.as_bytes()).unwrap_err();
            assert!(
                matches!(&error, FormatError::Damaged(what) if what.starts_with(says)),
                "{error}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = TrustStore::from_json(&bytes);
        }

        #[test]
        fn what_is_written_is_read_back(
            peers: Vec<(u8, Option<String>, bool, i64)>,
        ) {
            let mut store = TrustStore::default();
            for (first, name, seen, now) in peers {
                store.apply(&trust(first, name.as_deref(), seen), now);
            }
            prop_assert_eq!(TrustStore::from_json(store.to_json().as_bytes()), Ok(store));
        }
    }
}
