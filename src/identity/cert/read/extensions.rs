//! The extensions: only the SKI matters, everything else odd is a remark.

use super::{BASIC_CONSTRAINTS, CertError, CertRemark, ID_CE, SUBJECT_KEY_IDENTIFIER};
use crate::{
    identity::cert::der::{self, Der},
    proto::Ski,
};

/// More extensions than any certificate has; a bound for the work one peer may cause.
const MAX_EXTENSIONS: usize = 64;

/// Every SKI of 20 bytes the extensions claim.
pub(super) fn read_extensions(
    tbs: &mut Der<'_>,
    remarks: &mut Vec<CertRemark>,
) -> Result<Vec<Ski>, CertError> {
    let mut claims = Vec::new();
    let mut seen: Vec<&[u8]> = Vec::new();
    while !tbs.is_empty() {
        // Issuer and subject unique identifiers may come before.
        if !tbs.next_is(0xA3) {
            tbs.any("extensions")?;
            continue;
        }
        let mut list =
            tbs.enter(0xA3, "extensions")?.enter(der::SEQUENCE, "a list of extensions")?;
        while !list.is_empty() {
            let mut extension = list.enter(der::SEQUENCE, "an extension")?;
            let oid = extension.take(der::OID, "the name of an extension")?;
            let critical =
                extension.next_is(der::BOOLEAN) && read_boolean(&mut extension, remarks)?;
            let value = extension.enter(der::OCTET_STRING, "the value of an extension")?;
            if seen.contains(&oid) {
                push_once(remarks, CertRemark::Duplicate(der::dotted(oid)));
            } else if seen.len() == MAX_EXTENSIONS {
                return Err(CertError::Malformed("at most 64 extensions"));
            } else {
                seen.push(oid);
            }
            match oid {
                SUBJECT_KEY_IDENTIFIER => claims.extend(read_ski(value, remarks)),
                BASIC_CONSTRAINTS => read_basic_constraints(value, remarks),
                _ if critical && !oid.starts_with(ID_CE) => {
                    push_once(remarks, CertRemark::UnknownCritical(der::dotted(oid)));
                }
                _ => {}
            }
        }
    }
    if !seen.contains(&SUBJECT_KEY_IDENTIFIER) {
        remarks.push(CertRemark::NoSki);
    }
    Ok(claims)
}

fn read_ski(mut value: Der<'_>, remarks: &mut Vec<CertRemark>) -> Option<Ski> {
    let Ok(bytes) = value.take(der::OCTET_STRING, "an SKI") else {
        push_once(remarks, CertRemark::UnreadableSki);
        return None;
    };
    match <[u8; 20]>::try_from(bytes) {
        Ok(bytes) => Some(Ski::from_bytes(bytes)),
        Err(_) => {
            push_once(remarks, CertRemark::SkiLength(bytes.len()));
            None
        }
    }
}

fn read_basic_constraints(mut value: Der<'_>, remarks: &mut Vec<CertRemark>) {
    let mut read = || {
        let mut constraints = value.enter(der::SEQUENCE, "basic constraints")?;
        Ok::<_, CertError>(
            constraints.next_is(der::BOOLEAN) && read_boolean(&mut constraints, remarks)?,
        )
    };
    match read() {
        Ok(true) => push_once(remarks, CertRemark::Authority),
        Ok(false) => {}
        Err(_) => {
            let oid = der::dotted(BASIC_CONSTRAINTS);
            push_once(remarks, CertRemark::UnreadableExtension(oid));
        }
    }
}

fn read_boolean(from: &mut Der<'_>, remarks: &mut Vec<CertRemark>) -> Result<bool, CertError> {
    match from.take(der::BOOLEAN, "a boolean")? {
        [0] => Ok(false),
        [0xFF] => Ok(true),
        &[other] => {
            push_once(remarks, CertRemark::Boolean(other));
            Ok(true)
        }
        _ => Err(CertError::Malformed("a boolean of one byte")),
    }
}

fn push_once(remarks: &mut Vec<CertRemark>, remark: CertRemark) {
    if !remarks.contains(&remark) {
        remarks.push(remark);
    }
}
