//! The catalogue: one table of everything that is known to go wrong between SHIP devices.
//!
//! A code is stable once released: it stands in JSON output, in `shipctl explain` and in reports.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing has to be done.
    Info,
    /// Tolerated here, but another peer may refuse it, or it will fail later.
    Warning,
    /// It keeps the devices apart.
    Error,
}

/// A text that is no code of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is no code of the catalogue; codes look like HEL-02")]
pub struct UnknownCode {
    /// The text as given.
    pub given: String,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

impl fmt::Display for Code {
    /// `HEL-02`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Code {
    type Err = UnknownCode;

    /// In any case.
    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        Self::ALL
            .iter()
            .find(|code| code.as_str().eq_ignore_ascii_case(text.trim()))
            .copied()
            .ok_or_else(|| UnknownCode { given: text.to_owned() })
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// One row a code: name, code, severity, what is seen, its likely cause, what to do.
macro_rules! catalogue {
    ($($name:ident $code:literal $severity:ident $seen:literal $cause:literal $advice:literal;)+) => {
        /// The code of a finding. Displays as `HEL-02`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $seen] $name),+
        }

        impl Code {
            /// Every code, in the order of the layers.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code as it is written: `HEL-02`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// How bad it usually is.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity),+ }
            }

            /// What is seen on the wire.
            pub const fn seen(self) -> &'static str {
                match self { $(Self::$name => $seen),+ }
            }

            /// The likely cause.
            pub const fn cause(self) -> &'static str {
                match self { $(Self::$name => $cause),+ }
            }

            /// What a person on site can do.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice),+ }
            }
        }
    };
}

catalogue! {
    Mdns01 "MDNS-01" Error
        "No mDNS packet of anyone arrives on the interface."
        "Multicast is blocked: isolation of the access point, a VLAN, or a firewall on UDP port 5353."
        "Connect this computer to the same switch or access point as the device, or give its address with --address.";
    Mdns02 "MDNS-02" Error
        "Other services are announced, but no _ship._tcp service."
        "EEBUS is switched off in the device, or the device hides while it is paired with another manager."
        "Enable EEBUS in the menu of the device; if it is on, unpair the manager it had before.";
    Mdns03 "MDNS-03" Warning
        "All addresses we announce belong to a container or a VPN."
        "shipctl runs behind a Docker bridge, in WSL2 or beside a VPN."
        "Run it with host networking, or natively on the host.";
    Mdns04 "MDNS-04" Info
        "We announce many addresses."
        "This computer is connected to several networks."
        "Choose the network of the device with --interface.";
    Mdns05 "MDNS-05" Warning
        "The device is seen on another interface than the route to its address uses."
        "The default route leads elsewhere."
        "Choose the interface that faces the device with --interface.";
    Mdns06 "MDNS-06" Warning
        "The TXT record lacks a mandatory key."
        "The firmware of the device announces it incompletely."
        "Connect by its address with --address, and update the firmware: strict peers ignore this record.";
    Mdns07 "MDNS-07" Warning
        "A value of the TXT record breaks its rule."
        "The firmware of the device announces it wrongly."
        "Connect by its address with --address, and update the firmware: strict peers ignore this record.";
    Mdns08 "MDNS-08" Warning
        "The announced SKI has not 40 hex digits."
        "The firmware writes the SKI in a form of its own, or wrongly."
        "Read the SKI from the label of the device and pair with that.";
    Mdns09 "MDNS-09" Warning
        "One SHIP ID or name is announced with two SKIs, or one SKI at two hosts."
        "A cloned device, a placeholder serial number, or several instances of one program."
        "Rename one of them, or pin the right one with --address.";
    Mdns10 "MDNS-10" Warning
        "The record is alive, but its host does not answer."
        "The device was powered off, and its record has not expired yet."
        "Wait two minutes; if it stays, reboot the device.";
    Mdns11 "MDNS-11" Info
        "The device announces register=true."
        "It is in auto-accept mode; the Implementation Guide forbids announcing that, many devices do."
        "Pair with it now.";
    Mdns12 "MDNS-12" Info
        "We announce register=false, and the peer lists only nodes with register=true."
        "The peer filters its list."
        "Use --register for the time of the pairing.";
    Mdns13 "MDNS-13" Error
        "Another mDNS responder holds the port exclusively."
        "Avahi or Bonjour on this computer is set not to share its port."
        "Let it share the port (avahi: disallow-other-stacks=no), or stop it.";
    Mdns14 "MDNS-14" Warning
        "More services are announced than are kept."
        "A program on this network floods it with records; no home has so many devices."
        "Find that program; until then connect by address with --address.";
    Dns01 "DNS-01" Info
        "The resolver of this computer does not know the .local name of the device."
        "A unicast DNS server was asked for an mDNS name."
        "Nothing has to be done: the announced addresses are used.";
    Dns02 "DNS-02" Warning
        "A link-local IPv6 address came without its scope."
        "The stack of the peer lost the zone."
        "Use the IPv4 address, or append the interface as in fe80::1%eth0.";
    Tcp01 "TCP-01" Error
        "The TCP connection was refused."
        "Wrong port, the service is down, or the mDNS record is out of date."
        "Run shipctl discover and compare the port; if it is right, reboot the device.";
    Tcp02 "TCP-02" Error
        "The address does not answer."
        "A firewall, another VLAN, or a device that sleeps."
        "Check that both are in the same subnet, and ping the device.";
    Tcp03 "TCP-03" Error
        "The TCP connection was made, then reset, closed or left without an answer."
        "The only slot of the device is taken, its stack hangs, or another service has the port."
        "Disconnect the other manager; if there is none, check the port and power-cycle the device.";
    Tcp04 "TCP-04" Error
        "No connection arrives, although the peer says it dials."
        "The firewall of this computer drops it."
        "Open our port in the firewall.";
    Tcp05 "TCP-05" Error
        "Our port is in use."
        "A second EEBUS service runs on this computer."
        "Stop the process that holds it, or choose another port with --port.";
    Tls01 "TLS-01" Error
        "The TLS handshake failed with alert handshake_failure."
        "Both sides have no cipher suite in common, or the client showed no certificate."
        "Check the port, for another service may answer there; if it is right, update the firmware of the device.";
    Tls02 "TLS-02" Error
        "Plain HTTP or another protocol answers on the port."
        "This is not a SHIP port."
        "Check the port: shipctl discover shows the announced one.";
    Tls03 "TLS-03" Error
        "The peer offers only TLS versions other than 1.2."
        "The stack of the device does not conform to SHIP."
        "Update the firmware of the device.";
    Tls04 "TLS-04" Error
        "The peer closes right after our certificate."
        "It dislikes our key or our certificate."
        "Check our certificate with shipctl identity show; if it is unusual, make a new one with shipctl identity new.";
    Tls05 "TLS-05" Info
        "Somebody connected without a client certificate."
        "A browser or a scanner, not a SHIP node."
        "Ignore it, or find the program at the source address.";
    Tls06 "TLS-06" Info
        "The connection uses another cipher suite than the recommended one."
        "The device does not offer GCM; the mandatory suite CBC and CCM_8 are allowed as well."
        "Nothing has to be done: it is allowed.";
    Tls07 "TLS-07" Info
        "The connection uses TLS 1.3, which SHIP does not know."
        "It was switched on here, and the device speaks it."
        "Leave it off unless you need it: other devices may not speak it.";
    Cert01 "CERT-01" Error
        "The certificate of the peer has no SKI extension of 20 bytes."
        "The certificate is defective."
        "Ask the vendor for a firmware with a proper certificate: strict peers refuse this one.";
    Cert02 "CERT-02" Error
        "The SKI in the certificate is not the SHA-1 of its key."
        "The certificate is forged, or was made by an old generator."
        "Do not trust this peer; if the certificate is ours, make a new identity and pair again.";
    Cert03 "CERT-03" Error
        "The peer at this address has another SKI than the one asked for."
        "Another device has the address now, the unit was replaced, or the SKI was mistyped."
        "Compare both SKIs with the label of the device.";
    Cert04 "CERT-04" Error
        "The SKI is our own."
        "We dialled ourselves."
        "Enter the SKI of the other device.";
    Cert05 "CERT-05" Info
        "The certificate is not encoded in DER: a boolean is written as 01."
        "A known family of wallboxes does this."
        "Nothing has to be done: it is tolerated.";
    Cert06 "CERT-06" Info
        "The certificate has expired or is not yet valid."
        "It is old, or a clock is wrong."
        "Check the clock of this computer and of the device; it is tolerated.";
    Cert07 "CERT-07" Error
        "The key of the certificate is not on the curve secp256r1."
        "The stack of the device does not conform to SHIP."
        "Update the firmware of the device.";
    Cert08 "CERT-08" Error
        "The certificate of the peer cannot be read."
        "It is damaged, cut off, or no certificate at all."
        "Ask the vendor for a firmware with a proper certificate, or make a new one on the device.";
    Cert09 "CERT-09" Info
        "The certificate of the peer breaks a rule of X.509 that is of no consequence to SHIP."
        "A sloppy generator."
        "Nothing has to be done: it is tolerated.";
    Cert10 "CERT-10" Error
        "The certificate of the peer is not the one that its QR code names (FPH256)."
        "The device has a new certificate, the code belongs to another unit, or somebody else has its key."
        "Compare the fingerprint with the menu of the device; if it is right there, pair by the SKI alone.";
    Ws01 "WS-01" Error
        "The WebSocket request was answered with an HTTP error."
        "Another service than SHIP answers on the port, or the announced path is wrong."
        "Check the port with shipctl discover; if it is right, give the path with --address host:port/path (/ship/ and / were tried).";
    Ws02 "WS-02" Error
        "The WebSocket was opened without the sub-protocol ship."
        "Another service than SHIP answers on the port."
        "Check the port: shipctl discover shows the announced one.";
    Ws03 "WS-03" Error
        "The peer answered 503, Service Unavailable."
        "Its limit of connections is reached."
        "Disconnect another manager in the menu of the device.";
    Ws04 "WS-04" Error
        "The peer sent a text frame, or bytes that are no WebSocket frame."
        "Its firmware is defective: SHIP uses binary frames only."
        "Report it to the vendor.";
    Ws05 "WS-05" Error
        "The peer sent more than the limit."
        "A defect, or an attack."
        "Report it to the vendor.";
    Ws06 "WS-06" Error
        "The peer closed the connection, or said nothing, when asked for a WebSocket."
        "Its only slot is taken, its stack hangs, or another service has the port."
        "Disconnect the other manager; if there is none, check the port and power-cycle the device.";
    Cmi01 "CMI-01" Error
        "The peer said nothing after the connection was made."
        "Its SHIP stack hangs."
        "Connect again; if it stays silent, reboot the device.";
    Cmi02 "CMI-02" Error
        "The peer began with other bytes than 00 00."
        "It speaks another protocol, or another version of SHIP."
        "Check the port and the firmware of the device.";
    Hel01 "HEL-01" Info
        "We trust the peer, and the peer is pending."
        "A person has to accept us there."
        "Press Trust on the device now.";
    Hel02 "HEL-02" Error
        "The peer was pending and then closed the connection."
        "It does not trust us, or it trusts our old SKI."
        "Compare our SKI (shipctl identity show) with the list in the device, and trust it there.";
    Hel03 "HEL-03" Error
        "The peer aborted the hello."
        "Somebody refused there, or its pairing mode is off."
        "Open pairing on the device again and repeat.";
    Hel04 "HEL-04" Error
        "We did not trust the peer."
        "Nobody has accepted it here."
        "Accept it with shipctl pair and its SKI.";
    Hel05 "HEL-05" Error
        "The time to decide ran out, and the peer did not prolong it."
        "The pairing window was missed."
        "Start pairing on both devices within the window of the device.";
    Hel06 "HEL-06" Warning
        "The peer granted more time and gave up early all the same."
        "It restarts its timer where it should add to it."
        "Update the firmware of the peer; until then accept within a minute.";
    Hel07 "HEL-07" Warning
        "A hello announced a wait under 1 s, or none where one is needed."
        "The firmware of the peer is defective."
        "Report it to the vendor.";
    Hel08 "HEL-08" Error
        "Both sides trust each other, yet the connection starts again for ever."
        "The only slot of the device is taken."
        "Remove the other manager in the menu of the device.";
    Pro01 "PRO-01" Error
        "Nobody announced a protocol version."
        "The roles of client and server are confused."
        "Update the firmware of the device.";
    Pro02 "PRO-02" Error
        "The protocol handshake was broken off with error 1, 2 or 3."
        "A message came too late, out of order, or selected what was not announced."
        "Compare versions and formats of both sides, and update the firmware of the device.";
    Pin01 "PIN-01" Error
        "The peer requires a PIN."
        "The PIN is printed on its label."
        "Give it with --pin-file or at the prompt; after 3 wrong ones there are penalties.";
    Pin02 "PIN-02" Error
        "The peer refused our PIN."
        "The PIN is wrong, or a penalty for earlier wrong ones still runs."
        "Wait 90 s, then enter the PIN from the label again.";
    Acc01 "ACC-01" Info
        "The peer sent no access methods."
        "It is slow, or of an old version."
        "Nothing has to be done: it is tolerated.";
    Acc02 "ACC-02" Info
        "The access methods of the peer carry no SHIP ID."
        "It is of an old version, or defective."
        "Nothing has to be done, but it cannot be recognised by its SHIP ID.";
    Acc03 "ACC-03" Error
        "The peer closed with 4450: SHIP ID mismatch."
        "Our SHIP ID has changed since it paired with us."
        "Delete us in the device, then pair again.";
    Acc04 "ACC-04" Error
        "The SHIP ID of the peer is not the one stored or announced."
        "The device is a clone, or was replaced."
        "Verify its SKI with the label, remove it with shipctl trust remove, and pair again.";
    Msg01 "MSG-01" Error
        "The peer sent a message that is not allowed at this stage."
        "Its firmware is defective, or it speaks another version of SHIP."
        "Update the firmware of the device; if it stays, report stage and message to the vendor.";
    Msg02 "MSG-02" Error
        "The peer fell silent in the middle of the handshake."
        "Its SHIP stack hangs, or it waits for something we do not send."
        "Connect again; if it stays silent, reboot the device.";
    Dat01 "DAT-01" Info
        "A message was not written as the specification says."
        "Several known stacks append 00 bytes, write plain objects, or send types of their own."
        "Nothing has to be done: it is tolerated.";
    Dat02 "DAT-02" Warning
        "The connection is complete, but the peer never sent anything."
        "A stale session, or no use case in common."
        "Restart our side once.";
    Cls01 "CLS-01" Error
        "The peer announced its close with removedConnection."
        "It has unpaired us."
        "Pair again.";
    Cls02 "CLS-02" Warning
        "Connections are closed as double more than 3 times a minute."
        "Both sides dial, and their rules for double connections differ."
        "Set double-connection to the rule of the peer: its higher SKI keeps the one it initiated, or the most recent.";
    Cls03 "CLS-03" Error
        "The peer closed the connection with a code of its own."
        "A general refusal; the text beside the code tells more where there is one."
        "Look up code and text in the manual of the device, and connect again.";
    Cls04 "CLS-04" Error
        "The connection was gone without a close frame."
        "Wi-Fi, a crash or a power failure; ship-go also leaves like this when it is stopped."
        "Check cable and power; if it repeats, reboot the device.";
    Cls05 "CLS-05" Error
        "The peer did not answer our ping in time."
        "The link is dead."
        "Check the quality of the Wi-Fi at the device.";
    Cls06 "CLS-06" Warning
        "The connection is closed at a regular interval."
        "The device closes connections that are idle."
        "Update its firmware, or keep traffic on the connection.";
    Own01 "OWN-01" Warning
        "A new identity was made."
        "The old one is lost, or another state directory is in use."
        "Pair every device again, or go back to the old state directory.";
    Own02 "OWN-02" Warning
        "Our key file can be read by others."
        "Its permissions are too wide."
        "Run chmod 600 on the key file.";
    Own03 "OWN-03" Error
        "What was given as SKI has not 40 hex digits."
        "It is a SHIP ID, a serial number, or mistyped."
        "Find the SKI on the label or in the menu of the device, or with shipctl discover.";
    Own04 "OWN-04" Error
        "Our own limit of connections is reached."
        "More devices are paired than the limit allows."
        "Raise it with --max-connections.";
    Own05 "OWN-05" Warning
        "The keys of every connection are written to a file."
        "It was asked for with --keylog."
        "Delete the file when you are done: whoever has it can read what was said.";
    Own06 "OWN-06" Error
        "Our own state cannot be read or written."
        "A file is damaged or of a newer shipctl, or the disk or its permissions refuse."
        "Mend what is named, or name another directory with --state-dir.";
    Own07 "OWN-07" Warning
        "This computer has no address that a device could reach, or link-local ones only."
        "The cable or the Wi-Fi is not connected, or no DHCP server answers."
        "Connect this computer to the network of the device, and give it an address there.";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The codes of the agreed list, and those that were found missing from it: a message out of
    /// place, and silence, where no code of a stage covers them; no answer to the upgrade; what TLS
    /// agreed upon; certificates nobody can read, odd ones, and another one than the QR code names;
    /// a log of keys; a flood of records; a state that cannot be used; no address.
    const AGREED: &str = "
        MDNS-01 MDNS-02 MDNS-03 MDNS-04 MDNS-05 MDNS-06 MDNS-07 MDNS-08 MDNS-09 MDNS-10 MDNS-11
        MDNS-12 MDNS-13 DNS-01 DNS-02 TCP-01 TCP-02 TCP-03 TCP-04 TCP-05 TLS-01 TLS-02 TLS-03
        TLS-04 TLS-05 CERT-01 CERT-02 CERT-03 CERT-04 CERT-05 CERT-06 CERT-07 WS-01 WS-02 WS-03
        WS-04 WS-05 CMI-01 CMI-02 HEL-01 HEL-02 HEL-03 HEL-04 HEL-05 HEL-06 HEL-07 HEL-08 PRO-01
        PRO-02 PIN-01 PIN-02 ACC-01 ACC-02 ACC-03 ACC-04 DAT-01 DAT-02 CLS-01 CLS-02 CLS-03 CLS-04
        CLS-05 CLS-06 OWN-01 OWN-02 OWN-03 OWN-04";
    const ADDED: [&str; 12] = [
        "MSG-01", "MSG-02", "WS-06", "TLS-06", "TLS-07", "CERT-08", "CERT-09", "CERT-10", "OWN-05",
        "MDNS-14", "OWN-06", "OWN-07",
    ];

    #[test]
    fn the_catalogue_is_exactly_the_agreed_list() {
        let mut agreed: Vec<&str> = AGREED.split_whitespace().chain(ADDED).collect();
        let mut codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        agreed.sort_unstable();
        codes.sort_unstable();
        assert_eq!(codes, agreed);
    }

    #[test]
    fn codes_are_read_back_in_any_case_and_others_are_refused() {
        for &code in Code::ALL {
            assert_eq!(code.to_string().to_lowercase().parse(), Ok(code));
        }
        let error = "HEL-99".parse::<Code>().unwrap_err();
        assert!(error.to_string().contains("HEL-99"));
    }

    #[test]
    fn every_row_has_full_sentences_and_says_more_than_timeout() {
        for code in Code::ALL {
            for text in [code.seen(), code.cause(), code.advice()] {
                assert!(text.ends_with('.') && text.len() > 8, "{code}: {text}");
                let first = text.chars().next().unwrap();
                assert!(first.is_uppercase() || text.starts_with("shipctl"), "{code}: {text}");
                assert!(!text.to_lowercase().contains("timeout"), "{code}: {text}");
            }
        }
    }
}
