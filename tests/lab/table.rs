//! The table: every fault, how it is caused, and what each way of looking at it must find.

use shipctl::{
    checks::Code::{self, *},
    devices::Fault,
};

use super::{
    records::Oddity,
    visitors::{self, Visit},
    ways::Way,
};

/// A fault.
#[derive(Clone, Copy)]
pub struct Row {
    pub name: &'static str,
    /// What it is, for people.
    pub what: &'static str,
    pub cause: Cause,
    /// What `probe` finds, the code of its result first; nothing where it cannot see it.
    pub probe: &'static [Code],
    /// What `pair` finds, the code of its result first; nothing where it cannot see it.
    pub pair: &'static [Code],
    /// What the running hub finds.
    pub hub: &'static [Code],
    /// What `discover` finds.
    pub discover: &'static [Code],
    /// Flags of `pair` beside the usual.
    pub flags: &'static [&'static str],
}

/// What causes a fault.
#[derive(Clone, Copy)]
pub enum Cause {
    /// A simulated device, which has it.
    Device(Fault),
    /// A simulated device that does nothing wrong: its name, and what is believed about it.
    Sound(&'static str, Belief),
    /// A device with a record made by hand.
    Record(Oddity),
    /// Somebody who dials us.
    Visitor(fn(Visit)),
    /// An address where nobody is.
    Address(&'static str),
    /// The same, in a network of its own, where nothing answers.
    Nowhere(&'static str),
    /// A device on another interface than the one the route to it uses.
    Elsewhere,
    /// No record at all, or those of others alone.
    Unseen { others: bool },
}

/// What we believe about a device.
#[derive(Clone, Copy, Default)]
pub struct Belief {
    pub pin: Option<&'static str>,
    pub ship_id: Option<&'static str>,
}

impl Row {
    pub const fn expected(&self, way: Way) -> &'static [Code] {
        match way {
            Way::Probe => self.probe,
            Way::Pair => self.pair,
            Way::Hub => self.hub,
            Way::Discover => self.discover,
        }
    }

    const fn new(name: &'static str, what: &'static str, cause: Cause) -> Self {
        Self { name, what, cause, probe: &[], pair: &[], hub: &[], discover: &[], flags: &[] }
    }

    /// A fault that everybody who dials finds alike.
    const fn device(fault: Fault, codes: &'static [Code]) -> Self {
        Self::new(fault.name(), fault.does(), Cause::Device(fault)).dialled(codes)
    }

    const fn dialled(self, codes: &'static [Code]) -> Self {
        Self { probe: codes, pair: codes, hub: codes, ..self }
    }

    const fn probe(self, probe: &'static [Code]) -> Self {
        Self { probe, ..self }
    }

    const fn pair(self, pair: &'static [Code]) -> Self {
        Self { pair, ..self }
    }

    const fn hub(self, hub: &'static [Code]) -> Self {
        Self { hub, ..self }
    }

    const fn discover(self, discover: &'static [Code]) -> Self {
        Self { discover, ..self }
    }

    /// `pair` stays until it has found everything.
    const fn kept(self) -> Self {
        self.with(&["--keep"])
    }

    const fn with(self, flags: &'static [&'static str]) -> Self {
        Self { flags, ..self }
    }
}

const NO_BELIEF: Belief = Belief { pin: None, ship_id: None };
const WRONG_PIN: Belief = Belief { pin: Some("99999999"), ..NO_BELIEF };
const OTHER_ID: Belief = Belief { ship_id: Some("i:46925_u:before"), ..NO_BELIEF };

/// Every fault, in the order of the layers.
pub const ROWS: &[Row] = &[
    Row::new("no-record", "nobody announces anything", Cause::Unseen { others: false })
        .probe(&[Mdns01])
        .pair(&[Mdns01])
        .discover(&[Mdns01]),
    Row::new(
        "others-only",
        "other devices are announced, not this one",
        Cause::Unseen { others: true },
    )
    .probe(&[Mdns15])
    .pair(&[Mdns15]),
    Row::new(
        "other-route",
        "seen on one interface, while the route to it uses another, which leads nowhere",
        Cause::Elsewhere,
    )
    .dialled(&[Mdns05])
    // With less its time is over before the first dial has failed.
    .with(&["--timeout", "15s"]),
    Row::new("record-without-id", "a record without `id`", Cause::Record(Oddity::NoId))
        .dialled(&[Mdns06])
        .hub(&[Mdns06, Hel01])
        .discover(&[Mdns06]),
    Row::new("odd-txtvers", "a record with `txtvers=2`", Cause::Record(Oddity::OtherVersion))
        .dialled(&[Mdns07])
        .hub(&[Mdns07, Hel01])
        .discover(&[Mdns07]),
    Row::new("short-ski", "a record with `ski=12`", Cause::Record(Oddity::ShortSki))
        .discover(&[Mdns08]),
    Row::new("clone", "one SKI at two hosts", Cause::Record(Oddity::TwoHosts))
        .hub(&[Mdns09, Hel01])
        .discover(&[Mdns09]),
    Row::new("no-address", "a record without an address", Cause::Record(Oddity::NoAddress))
        .discover(&[Mdns10]),
    Row::new("register-true", "a record with `register=true`", Cause::Record(Oddity::Register))
        .dialled(&[Mdns11])
        .hub(&[Mdns11, Hel01])
        .discover(&[Mdns11]),
    Row::new(
        "unknown-name",
        "a `.local` name nobody answers for",
        Cause::Nowhere("nobody.local:4712"),
    )
    .dialled(&[Dns01]),
    Row::new(
        "no-scope",
        "a link-local address without its scope",
        Cause::Address("[fe80::1]:4712"),
    )
    .dialled(&[Dns02]),
    Row::device(Fault::ClosedPort, &[Tcp01]),
    Row::new("black-hole", "an address that swallows everything", Cause::Nowhere("10.99.0.2:4712"))
        .dialled(&[Tcp02]),
    Row::device(Fault::Reset, &[Tcp03]),
    Row::device(Fault::SilentTls, &[Tcp03]).with(&["--timeout", "15s"]),
    Row::device(Fault::PlainHttp, &[Tls02]),
    Row::device(Fault::NoCommonSuite, &[Tls01]),
    Row::device(Fault::Tls13Only, &[Tls03]),
    Row::device(Fault::RefusesUs, &[Tls04]),
    Row::device(Fault::CbcOnly, &[Tls06]),
    Row::new(
        "no-certificate",
        "dials us without a certificate",
        Cause::Visitor(visitors::no_certificate),
    )
    .hub(&[Tls05]),
    Row::new("http-visitor", "speaks plain HTTP to our port", Cause::Visitor(visitors::plain_http))
        .hub(&[Tls02]),
    Row::device(Fault::NoSki, &[Cert01]),
    Row::device(Fault::ForgedSki, &[Cert02]),
    Row::new(
        "forged-visitor",
        "dials us with a certificate whose SKI is not that of its key",
        Cause::Visitor(visitors::forged_ski),
    )
    .hub(&[Cert02]),
    Row::device(Fault::WrongSki, &[Cert03]),
    Row::new(
        "ourselves",
        "what is to be dialled is our own port",
        Cause::Visitor(visitors::ourselves),
    )
    .hub(&[Cert04]),
    Row::device(Fault::NotDer, &[Cert05]),
    Row::device(Fault::Expired, &[Cert06]),
    Row::device(Fault::OtherCurve, &[Cert07]),
    Row::device(Fault::CutOff, &[Cert08]),
    Row::device(Fault::OddCertificate, &[Cert09]),
    Row::device(Fault::Http404, &[Ws01]),
    Row::device(Fault::NoSubprotocol, &[Ws02]),
    Row::device(Fault::Busy, &[Ws03]),
    Row::device(Fault::TextFrame, &[Ws04]),
    Row::device(Fault::TooLarge, &[Ws05]),
    Row::device(Fault::SilentUpgrade, &[Ws06]).with(&["--timeout", "15s"]),
    Row::device(Fault::CmiTimeout, &[Cmi01]),
    Row::device(Fault::OddCmi, &[Cmi02]),
    Row::new(
        "hesitates",
        "its user takes a while, and it asks for more time",
        Cause::Sound("heat-pump", NO_BELIEF),
    )
    .dialled(&[Hel01]),
    Row::device(Fault::CloseAfterCmi, &[Hel02]),
    Row::device(Fault::RejectHello, &[Hel02]),
    Row::device(Fault::AbortHello, &[Hel03]),
    Row::new("refuses", "its user refuses", Cause::Sound("meter", NO_BELIEF))
        .probe(&[Hel03])
        .pair(&[Hel03])
        .hub(&[Hel03, Hel01]),
    Row::new("stranger", "dials us, and nobody trusts it here", Cause::Visitor(visitors::stranger))
        .hub(&[Hel04]),
    Row::device(Fault::NeverTrusts, &[Hel01]).hub(&[Hel05, Mdns12, Hel01]),
    Row::new(
        "cut-short",
        "grants more time, and gives up early",
        Cause::Visitor(visitors::cuts_short),
    )
    .hub(&[Hel06, Hel03]),
    Row::device(Fault::ShortWaiting, &[Hel07]),
    Row::device(Fault::NoPlace, &[Hel08]).probe(&[Cls03]).pair(&[Hel08, Cls03]).kept(),
    Row::device(Fault::SkipHello, &[Msg01]),
    Row::device(Fault::HelloTimeout, &[Msg02]),
    Row::new(
        "no-announcement",
        "dials us and never announces a version",
        Cause::Visitor(visitors::announces_no_version),
    )
    .hub(&[Pro01]),
    Row::device(Fault::OddVersion, &[Pro02]),
    Row::device(Fault::OddChoice, &[Pro02]),
    Row::device(Fault::ProtocolError, &[Pro02]),
    Row::device(Fault::ProtocolTimeout, &[Pro02]),
    Row::new("wants-pin", "wants a PIN, and we have none", Cause::Sound("boiler", NO_BELIEF))
        .dialled(&[Pin01])
        .hub(&[Pin01, Hel01]),
    Row::new("wrong-pin", "refuses the PIN we have", Cause::Sound("boiler", WRONG_PIN))
        .dialled(&[Pin02])
        .hub(&[Pin02, Hel01]),
    Row::device(Fault::NoAccessMethods, &[Acc01]).with(&["--timeout", "20s"]),
    Row::device(Fault::NoShipId, &[Acc02]),
    Row::device(Fault::OurShipId, &[Acc03]),
    Row::device(Fault::OtherShipId, &[Acc04]),
    Row::new(
        "replaced",
        "tells another SHIP ID than is stored for its SKI",
        Cause::Sound("wallbox", OTHER_ID),
    )
    .dialled(&[Acc04])
    .hub(&[Acc04, Hel01]),
    Row::device(Fault::BadJson, &[Dat04]),
    Row::device(Fault::TrailingZeros, &[Dat01]),
    Row::device(Fault::PlainObjects, &[Dat01]),
    Row::device(Fault::UnknownMessage, &[Dat01]),
    Row::device(Fault::UnknownType, &[Dat04]),
    Row::device(Fault::Mute, &[Dat02]).probe(&[]).pair(&[]),
    Row::device(Fault::NoUseCases, &[Dat02]).probe(&[]).pair(&[]),
    Row::device(Fault::FindsNothing, &[Dat03]).probe(&[]).pair(&[Dat03, Cls03]).kept(),
    Row::device(Fault::Unpairs, &[Cls01]).kept(),
    Row::new(
        "dials-again",
        "dials again and again although it is connected",
        Cause::Visitor(visitors::dials_again),
    )
    .hub(&[Cls02]),
    Row::device(Fault::OddClose, &[Cls03]).kept(),
    Row::device(Fault::Restarts, &[Cls03]).probe(&[]).kept(),
    Row::device(Fault::HangsUp, &[Cls04]).kept(),
    // It is silent for 30 s before the ping.
    Row::device(Fault::NoPong, &[Cls05]).pair(&[]).hub(&[Cls05, Dat02]),
];
