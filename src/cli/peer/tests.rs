use super::*;

const SKI: &str = "5555aaaaffff1111cccc3333eeeedddd99992222";

/// Where no device is trusted.
fn recognise(text: &str) -> Result<Named, CliError> {
    super::recognise(text, || Ok(Vec::new()))
}

fn candidate(ski: &str, name: &str) -> Candidate {
    Candidate { ski: ski.parse().unwrap(), name: Some(name.to_owned()) }
}

fn refused(text: &str) -> String {
    let error = recognise(text).unwrap_err();
    assert_eq!(error.exit, Exit::Usage, "{text}");
    assert_eq!(error.code, Some(Code::Own03), "{text}");
    error.message
}

#[test]
fn a_ski_is_recognised_in_every_spelling() {
    let ski: Ski = SKI.parse().unwrap();
    let grouped = ski.grouped();
    let colons = grouped.replace(' ', ":");
    for text in [SKI, &grouped, &colons, &format!("  {}\n", SKI.to_uppercase())] {
        assert_eq!(recognise(text).unwrap(), Named::Ski(ski), "{text}");
    }
}

#[test]
fn a_piece_of_a_qr_code_is_never_repeated() {
    for piece in ["XSHIP;PIN:1234ABCD;", "AAAA;PIN:1234ABCD;ENDSHIP;", "SHIP;PIN:1234ABCD"] {
        let error = recognise(piece).unwrap_err();
        assert_eq!(error.exit, Exit::Usage);
        assert!(!error.message.contains("1234"), "{}", error.message);
    }
}

#[test]
fn four_digits_and_more_are_a_prefix() {
    assert_eq!(recognise("5555 AA").unwrap(), Named::Prefix("5555aa".to_owned()));
    assert!(refused("555").contains("3 digits"));
    assert!(refused("").contains("nothing"));
}

#[test]
fn a_ski_with_a_digit_too_few_or_too_many_is_told_so() {
    assert!(refused(&SKI[1..]).contains("has 39 hex digits, but an SKI has 40"));
    assert!(refused(&format!("{SKI}0")).contains("has 41 hex digits"));
    assert!(refused(&SKI.repeat(2)[..64]).contains("fingerprint"));
}

#[test]
fn what_was_given_instead_of_a_ski_is_recognised() {
    assert!(refused("i:46925_u:demo").contains("is a SHIP ID"));
    assert!(refused("SN-2024/0815-XY").contains("serial number"));
    assert!(refused("192.168.1.20:4712").contains("--address"));
    assert!(refused("wss://wallbox.local/ship/").contains("--address"));
    assert!(refused(&SKI.replacen('5', "O", 1)).contains("letter O"));
    assert!(refused("\x1b[31mred").contains("\"\u{FFFD}[31mred\""), "no escape gets through");
}

#[test]
fn a_qr_code_is_read_and_half_of_one_is_no_serial_number() {
    let text = format!("SHIP;SKI:{SKI};ID:i:1_u:a;ENDSHIP;");
    assert!(matches!(recognise(&text).unwrap(), Named::Qr(qr) if qr.ski.to_string() == SKI));
    let error = recognise("SHIP;SKI:5555 AAAA FFFF 11").unwrap_err();
    assert_eq!((error.exit, error.code), (Exit::Usage, None));
    assert!(error.message.contains("part of an installation QR code"), "{}", error.message);
}

#[test]
fn a_prefix_trusts_nobody_unseen() {
    let prefix = recognise("5555aaaaffff1111cccc3333eeeedddd").unwrap();
    assert_eq!(prefix.require_whole_without(false).unwrap_err().exit, Exit::Usage);
    assert!(prefix.require_whole_without(true).is_ok());
    assert!(recognise(SKI).unwrap().require_whole_without(false).is_ok());
}

#[test]
fn a_prefix_must_mean_one_device() {
    let other = SKI.replacen("aaaa", "bbbb", 1);
    let both = [candidate(SKI, "A"), candidate(&other, "B"), candidate(SKI, "A again")];
    assert_eq!(choose("5555a", &both).unwrap().ski.to_string(), SKI);
    let error = choose("5555", &both).unwrap_err();
    assert_eq!(error.exit, Exit::Usage);
    assert_eq!(error.listed, [format!("{SKI}  A"), format!("{other}  B")]);
    assert_eq!(choose("9999", &both).unwrap_err().exit, Exit::NotFound);
}

#[test]
fn a_name_stands_for_the_trusted_device_that_has_it() {
    let trusted = [candidate(SKI, "Wallbox left"), candidate(&"cafe".repeat(10), "5555")];
    let named = |text: &str| super::recognise(text, || Ok(trusted.to_vec())).unwrap();
    for text in ["Wallbox left", "wallbox LEFT", " Wallbox  left "] {
        assert_eq!(named(text), Named::Ski(SKI.parse().unwrap()), "{text}");
        assert!(named(text).require_whole().is_ok(), "it was trusted by its whole SKI");
    }
    // Who gave a name meant it, even where it reads as digits.
    assert_eq!(named("5555"), Named::Ski(trusted[1].ski));
    assert_eq!(named("5555 aa"), Named::Prefix("5555aa".to_owned()));
}

#[test]
fn a_whole_ski_takes_no_look_at_the_names() {
    let unread = || -> Result<Vec<Candidate>, CliError> { panic!("the names were read") };
    assert_eq!(super::recognise(SKI, unread).unwrap(), Named::Ski(SKI.parse().unwrap()));
}

#[test]
fn a_name_of_two_devices_means_neither() {
    let other = "cafe".repeat(10);
    let trusted = vec![candidate(SKI, "Meter"), candidate(&other, "meter")];
    let error = super::recognise("METER", || Ok(trusted)).unwrap_err();
    assert_eq!(error.exit, Exit::Usage);
    assert_eq!(error.listed, [format!("{SKI}  Meter"), format!("{other}  meter")]);
}

#[test]
fn a_mistyped_name_is_told_the_one_that_was_meant() {
    let trusted = vec![candidate(SKI, "Wallbox left"), candidate(&"cafe".repeat(10), "Meter")];
    let error = super::recognise("walbox left", || Ok(trusted.clone())).unwrap_err();
    assert!(error.message.contains("did you mean \"Wallbox left\"?"), "{}", error.message);
    let error = super::recognise("refrigerator", || Ok(trusted)).unwrap_err();
    assert!(error.message.contains("no trusted device is called so"), "{}", error.message);
}
