//! The catalogue: one table of everything that is known to go wrong between SHIP devices.
//!
//! A code is stable once released: it stands in JSON output, in `shipctl explain` and in reports.
//! What is made of the table is in [`code`](super::code).

use super::code::catalogue;

/// The version of this table: raised by one where a row comes, goes, or changes its meaning.
pub const CATALOGUE_VERSION: u32 = 6;

// One row a code: its name in Rust, the code, how bad it usually is, a title, where the rule stands
// ("" where there is none); then what is seen, its likely cause, what to do.
catalogue! {
    Mdns01 "MDNS-01" Error "Multicast does not arrive" "RFC 6762 3"
        "No mDNS packet arrives on the interface, from anyone."
        "Multicast is blocked: by the access point (client isolation), a VLAN, or a firewall on UDP port 5353."
        "Connect this computer to the same switch or access point as the device, or give its address with `--address`; `shipctl doctor` says what is in the way.";
    Mdns02 "MDNS-02" Error "No SHIP service is announced" "SHIP 7"
        "Other services are announced, but no _ship._tcp service."
        "EEBUS is switched off in the device, or the device hides while it is paired with another energy manager."
        "Switch EEBUS on in the menu of the device; if it is on, remove the energy manager it was paired with before.";
    Mdns03 "MDNS-03" Warning "We announce addresses nobody reaches" ""
        "All addresses we announce belong to a container or a VPN."
        "shipctl runs behind a Docker bridge, in WSL2 or beside a VPN."
        "Run it in the network of the host (`docker run --network host`), or outside of the container.";
    Mdns04 "MDNS-04" Info "We announce many addresses" ""
        "We announce many addresses."
        "This computer is connected to several networks."
        "If a device is not found, choose its network with `--interface`.";
    Mdns05 "MDNS-05" Error "Seen on another interface than the route" ""
        "The device is seen on another interface than the route to its address uses."
        "Two interfaces have routes to this address, and the wrong one is preferred: a default route, a VPN, or the same addresses in two networks."
        "Choose the interface that faces the device with `--interface`.";
    Mdns06 "MDNS-06" Warning "The TXT record is incomplete" "SHIP 7.3.2"
        "The TXT record lacks a mandatory key."
        "The firmware of the device leaves it out."
        "Dial its address with `--address`, and update its firmware: strict devices ignore this record.";
    Mdns07 "MDNS-07" Warning "The TXT record breaks a rule" "SHIP 7.3.2"
        "A value of the TXT record breaks its rule."
        "The firmware of the device writes it wrongly."
        "Dial its address with `--address`, and update its firmware: strict devices ignore this record.";
    Mdns08 "MDNS-08" Warning "The announced SKI is none" "SHIP 7.3.2"
        "What is announced as SKI does not have 40 hex digits."
        "The firmware of the device writes the SKI in a form of its own, or wrongly."
        "Pair with the SKI on the label of the device.";
    Mdns09 "MDNS-09" Warning "Two devices announce the same" "RFC 6762 9"
        "One SHIP ID or name is announced with two SKIs, or one SKI at two hosts."
        "A cloned device, a placeholder serial number, or several instances of one program."
        "Give one of them another name or identity; until then dial the right one with `--address`.";
    Mdns10 "MDNS-10" Warning "Announced, but its host is dead" "RFC 6762 10"
        "The device is still announced, but its host does not answer."
        "The device was switched off, and its record has not expired yet."
        "Switch the device on; if it is on, wait 2 minutes, then reboot it.";
    Mdns11 "MDNS-11" Info "The device lets in whoever asks" "SHIP Implementation Guide 2.3"
        "The device announces register=true."
        "It accepts whoever asks just now; the Implementation Guide forbids announcing that, and many devices do it all the same."
        "Nothing has to be done; if you want to pair with it, do it now: `shipctl pair SKI`.";
    Mdns12 "MDNS-12" Info "The device may not list us" "SHIP 7.3.2"
        "Nobody accepted us on the device in time, and we announce register=false."
        "Some devices list only those that announce register=true, so nobody can choose us there."
        "If the device does not list us, pair with `shipctl pair SKI --register`, or run `shipctl auto-accept` meanwhile where a hub runs.";
    Mdns13 "MDNS-13" Error "Another responder keeps the mDNS port" "RFC 6762 15.1"
        "Another mDNS responder holds the port and does not share it."
        "Avahi or Bonjour on this computer is set up not to share its port."
        "Let it share the port (in avahi-daemon.conf: `disallow-other-stacks=no`), or stop it; `shipctl doctor` names it.";
    Mdns14 "MDNS-14" Warning "A flood of services" ""
        "More services are announced than are kept."
        "A program on this network floods it with records; no home has so many devices."
        "Find that program; until then dial the address of the device with `--address`.";
    Mdns15 "MDNS-15" Error "This SKI is not announced" "SHIP 7"
        "SHIP devices are announced, but none with this SKI."
        "The SKI is mistyped or has changed, or the device is off, in another network, or hides while it is paired with another manager."
        "Compare the SKI with the label and with the list of `shipctl discover`; if it is right, switch the device on, and EEBUS in its menu, or give its address with `--address`.";
    Mdns16 "MDNS-16" Error "A trusted device has another SKI" "SHIP 12.1"
        "The SHIP ID stored for one SKI is now announced by another SKI."
        "The device made a new certificate, in an update or a reset, or it was replaced. Or another device uses its SHIP ID."
        "Compare the new SKI with the label or the menu of the device; if it is right, pair with the new SKI, then remove the old one with `shipctl trust remove SKI`.";
    Dns01 "DNS-01" Info "The resolver does not know the name" "RFC 6762 3"
        "The resolver of this computer does not know the .local name of the device."
        "A unicast DNS server was asked for an mDNS name."
        "Nothing has to be done: the announced addresses are used.";
    Dns02 "DNS-02" Warning "A link-local address without scope" "RFC 4007 11"
        "A link-local IPv6 address came without its scope."
        "The stack of the device leaves the scope out."
        "Dial its IPv4 address, or add the interface, as in `--address [fe80::1%eth0]:4712`.";
    Tcp01 "TCP-01" Error "The connection was refused" "RFC 9293"
        "The TCP connection was refused."
        "The port is wrong, the service is down, or the mDNS record is out of date."
        "Switch the device off and on; if this stays, compare the port with what `shipctl discover` shows.";
    Tcp02 "TCP-02" Error "The address does not answer" "RFC 9293"
        "The address does not answer."
        "A firewall, another VLAN, or a device that sleeps."
        "Check that both are in the same subnet, and ping the device; `shipctl probe SKI` tries each of its addresses.";
    Tcp03 "TCP-03" Error "Connected, then dropped at once" "RFC 9293"
        "The TCP connection was made, then reset, closed or left without an answer."
        "The device has one place for a connection, and it is taken; or its stack hangs, or another service has the port."
        "Is another energy manager connected to this device? Many take only one: remove the other in its menu. If there is none, switch the device off and on.";
    Tcp04 "TCP-04" Error "Nobody can dial us" ""
        "No connection arrives, although the device says that it dials."
        "The firewall of this computer drops it."
        "Open our port in the firewall; `shipctl doctor` shows the command for this computer.";
    Tcp05 "TCP-05" Error "Our port is in use" ""
        "Our port is in use."
        "Another program on this computer has it, a second EEBUS service perhaps."
        "Stop the program that holds it, or choose another port with `--port`.";
    Tls01 "TLS-01" Error "No common cipher suite" "SHIP 9; RFC 5246 7.2.2"
        "The TLS handshake failed with the alert handshake_failure."
        "The two sides have no cipher suite in common, or who dialled showed no certificate."
        "Check the port, for another service may answer there; if it is right, update the firmware of the device.";
    Tls02 "TLS-02" Error "No TLS at this port" "SHIP 9"
        "Plain HTTP or another protocol answers on the port."
        "This is not a SHIP port."
        "Check the port: `shipctl discover` shows the announced one.";
    Tls03 "TLS-03" Error "Another TLS version" "SHIP 9"
        "The device offers only TLS versions other than 1.2."
        "The stack of the device does not conform to SHIP."
        "Update the firmware of the device.";
    Tls04 "TLS-04" Error "The device dislikes our certificate" "RFC 5246 7.2.2"
        "The device closes right after our certificate."
        "It does not take our key or our certificate."
        "Check our certificate with `shipctl doctor`; if it is unusual, run `shipctl identity new`, and pair every device again.";
    Tls05 "TLS-05" Info "A visitor without a certificate" "SHIP 9"
        "Somebody dialled us without a certificate."
        "A browser or a scanner, not a SHIP device."
        "Nothing has to be done; to stop it, find the program at the address it came from.";
    Tls06 "TLS-06" Info "Another cipher suite than GCM" "SHIP 9"
        "The connection uses another cipher suite than the recommended one."
        "The device does not offer GCM; CBC, which is mandatory, and CCM_8 are allowed as well."
        "Nothing has to be done: it is allowed.";
    Tls07 "TLS-07" Info "TLS 1.3 was agreed upon" "SHIP 9"
        "The connection uses TLS 1.3, which SHIP does not know."
        "It was switched on here, and the device speaks it."
        "Leave `--tls-versions` at 1.2 unless you need 1.3: other devices may not speak it.";
    Cert01 "CERT-01" Error "No SKI in the certificate" "SHIP 12.1; RFC 5280 4.2.1.2"
        "The certificate of the device has no SKI extension of 20 bytes."
        "The certificate is defective."
        "Ask the vendor for a firmware with a proper certificate: strict devices refuse this one.";
    Cert02 "CERT-02" Error "The SKI is not that of the key" "RFC 5280 4.2.1.2"
        "The SKI in the certificate is not the SHA-1 of its key."
        "The certificate is forged, or a faulty generator made it: that of an energy manager took the SHA-1 of the private key from 2021 to 2023."
        "Do not trust this device; if it is your own energy manager, have it make a new certificate; if the certificate is ours, run `shipctl identity new`, and pair every device again.";
    Cert03 "CERT-03" Error "Another device answers" "SHIP 12.1"
        "The device at this address has another SKI than the one asked for."
        "Another device has the address now, the unit was replaced, or the SKI was mistyped."
        "Compare both SKIs with the label of the device, and pair with the one printed there.";
    Cert04 "CERT-04" Error "The SKI is our own" "SHIP 12.1"
        "The SKI is our own."
        "Our own SKI was given, or we dialled ourselves."
        "Give the SKI of the other device.";
    Cert05 "CERT-05" Info "The certificate is not DER" "X.690 11.1"
        "The certificate is not encoded in DER: a boolean is written as 01."
        "A known family of wallboxes does this."
        "Nothing has to be done: it is tolerated.";
    Cert06 "CERT-06" Info "Expired, or not yet valid" "SHIP 12.1.1; RFC 5280 4.1.2.5"
        "The certificate has expired or is not yet valid."
        "It is old, or a clock is wrong."
        "Check the clock of this computer and of the device; it is tolerated.";
    Cert07 "CERT-07" Error "Another curve than secp256r1" "SHIP 9.3"
        "The key of the certificate is not on the curve secp256r1."
        "The stack of the device does not conform to SHIP."
        "Update the firmware of the device.";
    Cert08 "CERT-08" Error "The certificate cannot be read" "RFC 5280 4.1"
        "The certificate of the device cannot be read."
        "It is damaged, cut off, or no certificate at all."
        "Let the device make a new certificate if its menu has that, or ask the vendor for a firmware with a proper one.";
    Cert09 "CERT-09" Info "The certificate is odd" "SHIP 12.1.1"
        "The certificate of the device breaks a rule of X.509 that is of no consequence to SHIP."
        "A sloppy generator made it."
        "Nothing has to be done: it is tolerated.";
    Cert10 "CERT-10" Error "Not the certificate of the QR code" "SRIP 3.1"
        "The certificate of the device is not the one that its QR code names (FPH256)."
        "The device has a new certificate, the code belongs to another unit, or somebody else has its key."
        "Compare the fingerprint with the one in the menu of the device; if it is right there, pair by the SKI alone.";
    Ws01 "WS-01" Error "The WebSocket was refused" "SHIP 10; RFC 6455 4.2.2"
        "The WebSocket request was answered with an HTTP error."
        "Another service than SHIP answers on the port, or the announced path is wrong."
        "Compare the port with what `shipctl discover` shows; if the port is right, ask the vendor (the paths /ship/ and / were tried).";
    Ws02 "WS-02" Error "The sub-protocol ship is missing" "SHIP 10; RFC 6455 4.2.2"
        "The WebSocket was opened without the sub-protocol ship."
        "Another service than SHIP answers on the port."
        "Check the port: `shipctl discover` shows the announced one.";
    Ws03 "WS-03" Error "The device has no place for us" "RFC 9110 15.6.4"
        "The device answered 503, Service Unavailable."
        "Its limit of connections is reached."
        "Is another energy manager connected to this device? Many take only one: remove the other in its menu. If there is none, switch the device off and on.";
    Ws04 "WS-04" Error "A text frame" "SHIP 10"
        "The device sent a text frame, or bytes that are no WebSocket frame."
        "Its firmware is defective: SHIP uses binary frames only."
        "Update the firmware of the device; if it stays, report it to the vendor, with what `shipctl report` writes.";
    Ws05 "WS-05" Error "More than the limit" "RFC 6455 7.4.1"
        "The device sent more than our limit."
        "A defect, or an attack."
        "Report it to the vendor; if its messages have to be that large, raise `max_message_kib` in the configuration.";
    Ws06 "WS-06" Error "The WebSocket was never answered" "RFC 6455 4.2.2"
        "The device closed the connection, or said nothing, when asked for a WebSocket."
        "The device has one place for a connection, and it is taken; or its stack hangs, or another service has the port."
        "Is another energy manager connected to this device? Many take only one: remove the other in its menu. If there is none, switch the device off and on.";
    Ws07 "WS-07" Error "The device does not read" "RFC 9293 3.8.6"
        "The device does not read what we send; more waited for it than is kept."
        "Its stack hangs, or it is an attack."
        "Connect again; if it stays, reboot the device.";
    Cmi01 "CMI-01" Error "Silence after connecting" "SHIP 13.4.3"
        "The device said nothing after the WebSocket was open."
        "Its SHIP stack hangs."
        "Connect again; if it stays silent, reboot the device.";
    Cmi02 "CMI-02" Error "Not the init of SHIP" "SHIP 13.4.3"
        "The device began with other bytes than 00 00."
        "It speaks another protocol, or another version of SHIP."
        "Compare the port with what `shipctl discover` shows; if it is right, update the firmware of the device.";
    Hel01 "HEL-01" Info "Somebody has to accept us there" "SHIP 13.4.4.1"
        "We trust the device, and it waits for somebody to trust us."
        "The device asks a person before it trusts us."
        "Press Trust on the device now.";
    Hel02 "HEL-02" Error "The device does not trust us" "SHIP 13.4.4.1"
        "The device was pending and then closed the connection."
        "It does not trust us, or it trusts our old SKI."
        "Compare our SKI (`shipctl identity show`) with the list in the device, and trust it there.";
    Hel03 "HEL-03" Error "The device refused" "SHIP 13.4.4.1"
        "The device aborted the hello."
        "Somebody refused us there, or its pairing mode is off."
        "Open pairing on the device, then try again.";
    Hel04 "HEL-04" Error "We do not trust the device" "SHIP 13.4.4.1"
        "We did not trust the device."
        "Nobody has accepted it here."
        "Trust it with `shipctl pair SKI`, or with `shipctl accept SKI` where a hub runs.";
    Hel05 "HEL-05" Error "Nobody accepted us in time" "SHIP 13.4.4.1"
        "The time to decide ran out, and the device gave us no more."
        "The pairing window was missed."
        "Start pairing on the device, and here while its pairing window is open.";
    Hel06 "HEL-06" Warning "More time promised than given" "SHIP 13.4.4.1"
        "The device granted more time and gave up early all the same."
        "It restarts its timer where it should add to it."
        "Accept the device within 60 s, and update its firmware.";
    Hel07 "HEL-07" Warning "A wait that is too short" "SHIP 13.4.4.1"
        "A hello announced a wait of less than 1 s, or none where one is needed."
        "The firmware of the device is defective."
        "Update the firmware of the device; if it stays, report it to the vendor, with what `shipctl report` writes.";
    Hel08 "HEL-08" Error "Trusted, and dropped again and again" "SHIP 13.4.4.1"
        "Both sides trust each other, yet the device drops every connection right after the handshake, or turns it away."
        "The device has one place for a connection, and another energy manager takes it."
        "Is another energy manager connected to this device? Many take only one: remove the other in its menu. If there is none, switch the device off and on.";
    Pro01 "PRO-01" Error "Nobody announces a version" "SHIP 13.4.4.2"
        "Nobody announced a protocol version."
        "The device confuses the roles of client and server."
        "Update the firmware of the device.";
    Pro02 "PRO-02" Error "No agreement on a version" "SHIP 13.4.4.2"
        "The protocol handshake was broken off with error 1, 2 or 3."
        "A message came too late, out of order, or selected what was not announced."
        "Compare versions and formats of both sides, and update the firmware of the device.";
    Pin01 "PIN-01" Error "A PIN is required" "SHIP 13.4.4.3"
        "The device requires a PIN."
        "It lets in only who knows the PIN on its label."
        "Give the PIN with `--pin-file`, or at the prompt; after 3 wrong ones the device makes us wait.";
    Pin02 "PIN-02" Error "The PIN was refused" "SHIP 13.4.4.3"
        "The device refused our PIN."
        "The PIN is wrong, or a penalty for earlier wrong ones still runs."
        "Compare it with the label, and enter it again. From the third wrong one on the device makes us wait, mostly 15 s, and 90 s from the sixth on.";
    Acc01 "ACC-01" Info "No access methods" "SHIP 13.4.6"
        "The device sent no access methods."
        "It is slow, or of an old version."
        "Nothing has to be done: it is tolerated.";
    Acc02 "ACC-02" Info "Access methods without SHIP ID" "SHIP 13.4.6"
        "The access methods of the device carry no SHIP ID."
        "It is of an old version, or defective."
        "Nothing has to be done, but it cannot be recognised by its SHIP ID.";
    Acc03 "ACC-03" Error "We have another SHIP ID than before" "SHIP 13.4.6"
        "The device closed with 4450: SHIP ID mismatch."
        "Our SHIP ID has changed since it paired with us."
        "Remove us in the menu of the device, then pair again.";
    Acc04 "ACC-04" Error "The device has another SHIP ID" "SHIP 13.4.6"
        "The SHIP ID of the device is not the one stored or announced."
        "The device is a clone, or was replaced."
        "Compare its SKI with the label. If it is right and the device was paired before, remove it with `shipctl trust remove SKI`, and pair again.";
    Msg01 "MSG-01" Error "A message out of place" "SHIP 13.4.4"
        "The device sent a message that is not allowed at this stage."
        "Its firmware is defective, or it speaks another version of SHIP."
        "Update the firmware of the device; if it stays, report it to the vendor, with what `shipctl report` writes.";
    Msg02 "MSG-02" Error "Silence in the handshake" "SHIP 13.4.4"
        "The device fell silent in the middle of the handshake."
        "Its SHIP stack hangs, or it waits for something we do not send."
        "Connect again; if it stays silent, reboot the device.";
    Msg03 "MSG-03" Error "The device floods us" ""
        "The device sent many times as many messages as a handshake takes."
        "Its firmware is caught in a loop, or it is an attack."
        "Reboot the device; if it is none of yours, find the program at its address.";
    Dat01 "DAT-01" Info "A message in a form of its own" "SHIP 11"
        "A message was not written as the specification says."
        "Several known stacks append 00 bytes, write plain objects, numbers as texts or a byte order mark, or send messages of their own."
        "Nothing has to be done: it is tolerated.";
    Dat02 "DAT-02" Warning "Connected, and nothing is said" "SHIP 13.4.6"
        "The connection is complete, but the device never sent anything, or offers no use case."
        "The device still thinks of an older connection, or we have no use case in common."
        "Connect anew once: `shipctl disconnect SKI`, then `shipctl connect SKI`.";
    Dat03 "DAT-03" Error "The device leaves: we offer nothing" "SHIP 13.4.6"
        "The device completed the handshake, read our use cases, found none, and left, again and again."
        "It wants an energy manager, with a heartbeat or limits, and we support no use case. Or another energy manager has its place."
        "Nothing is wrong with the connection: let an energy manager that supports the device connect to it. If one is connected already, leave the device to it.";
    Dat04 "DAT-04" Warning "A message that cannot be read" "SHIP 11"
        "A message of the device could not be read and was dropped."
        "Its firmware writes it wrongly, or speaks another version of SHIP."
        "Update the firmware of the device; if it stays, report it to the vendor, with what `shipctl report` writes.";
    Cls01 "CLS-01" Error "The device unpaired us" "SHIP 13.4.7"
        "The device announced its close with the reason removedConnection."
        "Somebody removed us there."
        "Pair again, on the device and here: `shipctl pair SKI`.";
    Cls02 "CLS-02" Warning "Two rules for double connections" "SHIP 12.2.2"
        "Connections were closed as double more than 3 times within 60 s."
        "Both sides dial, and their rules for double connections differ."
        "Try the other rule here: `shipctl hub run --double-connection most-recent`, or `initiator`.";
    Cls03 "CLS-03" Error "Closed by the device" "SHIP 13.4.7; RFC 6455 7.4"
        "The device closed the connection with a code, and announced nothing."
        "Code and text say why: up to 2999 RFC 6455 defines the codes, from 3000 on each device has its own."
        "Look up code and text in the manual of the device, and connect again.";
    Cls04 "CLS-04" Error "Gone without a close frame" "RFC 6455 7.1.5"
        "The connection was gone without a close frame."
        "Wi-Fi, a crash or a power failure; ship-go also leaves like this when it is stopped."
        "Check cable and power; if it repeats, reboot the device.";
    Cls05 "CLS-05" Error "No answer to our ping" "SHIP 4.2; RFC 6455 5.5.3"
        "The device did not answer our ping in time."
        "The connection is dead."
        "Check the cable or the Wi-Fi of the device.";
    Cls06 "CLS-06" Warning "Closed at a regular interval" "SHIP 4.2"
        "Several connections in a row ended after the same time."
        "The device closes connections that are idle, or restarts at an interval."
        "Update the firmware of the device; until then the hub connects again each time.";
    Own01 "OWN-01" Warning "A new identity" "SHIP 12.1"
        "A new identity was made."
        "The old one is lost, or another state directory is in use."
        "Pair every device again, or go back to the old state directory with `--state-dir`.";
    Own02 "OWN-02" Warning "Our key can be read by others" ""
        "Our key file can be read by others."
        "Its permissions are too wide."
        "Let only its owner read it; `shipctl doctor` shows the command.";
    Own03 "OWN-03" Error "This is no SKI" "SHIP 12.1"
        "What was given as SKI does not have 40 hex digits."
        "It is a SHIP ID or a serial number, or it was mistyped."
        "Find the SKI on the label or in the menu of the device, or with `shipctl discover`.";
    Own04 "OWN-04" Error "Our limit of connections is reached" ""
        "Our own limit of connections is reached."
        "More devices are paired than the limit allows."
        "Raise it with `shipctl limit 20` where a hub runs, and for good with `shipctl hub run --max-connections 20`.";
    Own05 "OWN-05" Warning "Keys are being written to a file" ""
        "The keys of every connection are written to a file."
        "It was asked for with `--keylog`."
        "Delete the file when you are done: whoever has it can read what was said.";
    Own06 "OWN-06" Error "Our own state is not usable" ""
        "Our own state cannot be read or written."
        "A file is damaged or of a newer version, or the disk or its permissions refuse."
        "Mend what is named, or name another directory with `--state-dir`.";
    Own07 "OWN-07" Warning "No device can reach this computer" ""
        "This computer has no address that a device could reach, or link-local ones only."
        "The cable or the Wi-Fi is not connected, or no DHCP server answers."
        "Connect this computer to the network of the device, and give it an address there.";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The codes of the first list, and those that were found missing from it: a message out of
    /// place, and silence, where no code of a stage covers them; no answer to the upgrade; what TLS
    /// agreed upon; certificates nobody can read, odd ones, and another one than the QR code names;
    /// a log of keys; a flood of records; others seen than the one that is looked for; a state that cannot be used; no address; a flood of
    /// messages; a peer that does not read; one that leaves because we offer nothing; one that
    /// is back with another SKI; a message that cannot be read.
    const AGREED: &str = "
        MDNS-01 MDNS-02 MDNS-03 MDNS-04 MDNS-05 MDNS-06 MDNS-07 MDNS-08 MDNS-09 MDNS-10 MDNS-11
        MDNS-12 MDNS-13 DNS-01 DNS-02 TCP-01 TCP-02 TCP-03 TCP-04 TCP-05 TLS-01 TLS-02 TLS-03
        TLS-04 TLS-05 CERT-01 CERT-02 CERT-03 CERT-04 CERT-05 CERT-06 CERT-07 WS-01 WS-02 WS-03
        WS-04 WS-05 CMI-01 CMI-02 HEL-01 HEL-02 HEL-03 HEL-04 HEL-05 HEL-06 HEL-07 HEL-08 PRO-01
        PRO-02 PIN-01 PIN-02 ACC-01 ACC-02 ACC-03 ACC-04 DAT-01 DAT-02 CLS-01 CLS-02 CLS-03 CLS-04
        CLS-05 CLS-06 OWN-01 OWN-02 OWN-03 OWN-04";
    const ADDED: [&str; 18] = [
        "MSG-01", "MSG-02", "WS-06", "TLS-06", "TLS-07", "CERT-08", "CERT-09", "CERT-10", "OWN-05",
        "MDNS-14", "MDNS-15", "OWN-06", "OWN-07", "MSG-03", "WS-07", "DAT-03", "MDNS-16", "DAT-04",
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
            assert!(code.title().len() <= 40 && !code.title().ends_with('.'), "{code}");
            assert!(code.as_str().starts_with(code.family().prefix), "{code}");
            for text in [code.seen(), code.cause(), code.advice()] {
                assert!(text.ends_with('.') && text.len() > 8, "{code}: {text}");
                let first = text.chars().next().unwrap();
                assert!(first.is_uppercase() || text.starts_with("shipctl"), "{code}: {text}");
                assert!(!text.to_lowercase().contains("timeout"), "{code}: {text}");
            }
        }
    }
}
