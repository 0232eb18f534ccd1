//! The faults by name: one table for `shipctl simulate`, its help and the tests.

use std::{fmt, str::FromStr};

use crate::checks::Code;

/// A text that is the name of no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no fault {given:?}; {}", meant(*.nearest))]
pub struct UnknownFault {
    /// The text as given.
    pub given: String,
    /// The name most like it.
    pub nearest: Option<&'static str>,
}

fn meant(nearest: Option<&str>) -> String {
    match nearest {
        Some(name) => format!("did you mean {name:?}?"),
        None => "`shipctl simulate --list` shows them".to_owned(),
    }
}

/// One row a fault: name in Rust, its name for people, the code of the finding, what it does.
macro_rules! faults {
    ($($fault:ident $name:literal $code:ident $does:literal;)+) => {
        /// Something a device does wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $(#[doc = $does] $fault),+
        }

        impl Fault {
            /// Every fault, in the order of the layers.
            pub const ALL: &'static [Self] = &[$(Self::$fault),+];

            /// What it is called.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$fault => $name),+ }
            }

            /// The finding whoever dials the device has.
            pub const fn code(self) -> Code {
                match self { $(Self::$fault => Code::$code),+ }
            }

            /// What the device does.
            pub const fn does(self) -> &'static str {
                match self { $(Self::$fault => $does),+ }
            }
        }
    };
}

faults! {
    ClosedPort "closed-port" Tcp01 "announces itself, and nothing listens on its port";
    Reset "reset" Tcp03 "closes every TCP connection at once";
    SilentTls "silent-tls" Tcp03 "takes TCP connections and never answers the TLS handshake";
    PlainHttp "plain-http" Tls02 "answers the TLS handshake with plain HTTP";
    NoCommonSuite "no-common-suite" Tls01 "has no cipher suite in common with SHIP";
    Tls13Only "tls13-only" Tls03 "offers TLS 1.3 only";
    RefusesUs "refuses-us" Tls04 "refuses every certificate in the TLS handshake";
    CbcOnly "cbc-only" Tls06 "knows the mandatory cipher suite only";
    NoSki "no-ski" Cert01 "shows a certificate without an SKI";
    ForgedSki "forged-ski" Cert02 "shows a certificate whose SKI is not that of its key";
    WrongSki "wrong-ski" Cert03 "announces another SKI than its certificate has";
    NotDer "not-der" Cert05 "shows a certificate with a boolean written as 01";
    Expired "expired" Cert06 "shows a certificate that has expired";
    OtherCurve "other-curve" Cert07 "shows a certificate with a key on secp384r1";
    CutOff "cut-off" Cert08 "shows the first 100 bytes of a certificate";
    OddCertificate "odd-certificate" Cert09 "shows a certificate with an unknown critical extension";
    Http404 "http-404" Ws01 "answers the WebSocket request with 404";
    NoSubprotocol "no-subprotocol" Ws02 "opens the WebSocket without the sub-protocol ship";
    Busy "busy" Ws03 "answers the WebSocket request with 503";
    TextFrame "text-frame" Ws04 "sends a text frame";
    TooLarge "too-large" Ws05 "announces a message of 16 MiB";
    SilentUpgrade "silent-upgrade" Ws06 "never answers the WebSocket request";
    CmiTimeout "cmi-timeout" Cmi01 "says nothing after the WebSocket is open";
    OddCmi "odd-cmi" Cmi02 "begins with other bytes than 00 00";
    CloseAfterCmi "close-after-cmi" Hel02 "closes after the first exchange";
    RejectHello "reject-hello" Hel02 "closes with 4452, node rejected by application";
    AbortHello "abort-hello" Hel03 "says aborted in the hello";
    NeverTrusts "never-trusts" Hel05 "says pending, and nothing more";
    ShortWaiting "short-waiting" Hel07 "announces a wait of half a second";
    SkipHello "skip-hello" Msg01 "goes on to the protocol handshake without a hello";
    HelloTimeout "hello-timeout" Msg02 "never says hello";
    OddVersion "odd-version" Pro02 "selects a version that nobody announced";
    OddChoice "odd-choice" Pro02 "announces a version where it has to select one";
    ProtocolError "protocol-error" Pro02 "breaks the protocol handshake off with error 3";
    ProtocolTimeout "protocol-timeout" Pro02 "never selects a version";
    NoAccessMethods "no-access-methods" Acc01 "never tells its access methods";
    NoShipId "no-ship-id" Acc02 "tells access methods without a SHIP ID";
    OurShipId "our-ship-id" Acc03 "closes with 4450, SHIP ID mismatch";
    OtherShipId "other-ship-id" Acc04 "tells another SHIP ID than it announces";
    BadJson "bad-json" Dat04 "sends a hello that is no JSON";
    TrailingZeros "trailing-zeros" Dat01 "appends 00 bytes to its messages";
    PlainObjects "plain-objects" Dat01 "writes its hello as plain JSON objects";
    UnknownMessage "unknown-message" Dat01 "sends a control message that nobody knows";
    UnknownType "unknown-type" Dat04 "sends a message of the type 255";
    Mute "mute" Dat02 "completes the handshake, and says nothing ever after";
    NoUseCases "no-use-cases" Dat02 "tells what it consists of, and never its use cases";
    FindsNothing "finds-nothing" Dat03 "reads our use cases, finds none, and leaves 5 s after the handshake, each time";
    Unpairs "unpairs" Cls01 "completes the handshake, then closes with removedConnection";
    OddClose "odd-close" Cls03 "completes the handshake, then closes with a code of its own";
    Restarts "restarts" Cls03 "restarts 5 s after the handshake, each time: closes with 1001";
    HangsUp "hangs-up" Cls04 "completes the handshake, then is gone without a close frame";
    NoPlace "no-place" Hel08 "completes the handshake, then closes at once, each time";
    NoPong "no-pong" Cls05 "completes the handshake, then reads no more";
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let found = Self::ALL.iter().find(|fault| fault.name() == text);
        found.copied().ok_or_else(|| UnknownFault {
            given: text.to_owned(),
            nearest: nearest(text, Self::ALL.iter().map(|fault| fault.name())),
        })
    }
}

/// The candidate most like a text that is none; `None` if none is at all like it.
pub fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let measured = candidates.into_iter().map(|it| (distance(text, it), it));
    let most = (text.chars().count() / 3).max(1);
    measured.filter(|(far, _)| *far <= most).min_by_key(|(far, _)| *far).map(|(_, it)| it)
}

/// How many letters have to be changed, added, taken away, or swapped with the next one (optimal string
/// alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_fault_is_found_by_its_name_and_no_name_is_given_twice() {
        let names: BTreeSet<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
        assert_eq!(names.len(), Fault::ALL.len());
        for &fault in Fault::ALL {
            assert_eq!(fault.to_string().parse(), Ok(fault));
        }
    }

    #[test]
    fn a_mistyped_name_is_answered_with_the_nearest() {
        let nearest_to = |text: &str| text.parse::<Fault>().unwrap_err().nearest;
        assert_eq!(nearest_to("helo-timeout"), Some("hello-timeout"));
        assert_eq!(nearest_to("http404"), Some("http-404"));
        assert_eq!(nearest_to("xyzzy"), None);
        assert_eq!(nearest("FOO", ["PRO", "TCP"]), None, "two of three letters are no slip");
        let error = "xyzzy".parse::<Fault>().unwrap_err().to_string();
        assert_eq!(error, "there is no fault \"xyzzy\"; `shipctl simulate --list` shows them");
        let error = "wrongski".parse::<Fault>().unwrap_err().to_string();
        assert_eq!(error, "there is no fault \"wrongski\"; did you mean \"wrong-ski\"?");
    }

    #[test]
    fn distance_counts_letters() {
        for (a, b, far) in [
            ("", "abc", 3),
            ("abc", "abc", 0),
            ("abc", "axc", 1),
            ("abcd", "acd", 1),
            ("prot", "port", 1),
        ] {
            assert_eq!((distance(a, b), distance(b, a)), (far, far), "{a} {b}");
        }
    }
}
