//! Who this peer is: kept in `--state`, or new at every start.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use eebus::cert::{CertParams, Identity, key_from_pem, self_signed, self_signed_with};

use crate::Fallible;

/// Takes the key from `dir`, or makes one and leaves it there.
///
/// The crate loads keys but not certificates: the certificate is issued anew at every start. The
/// SKI stays, because it follows the key; the fingerprint does not.
pub fn load(dir: Option<&Path>, ship_id: &str) -> Fallible<Identity> {
    let params = CertParams::new(ship_id);
    let Some(dir) = dir else {
        return Ok(self_signed(params)?);
    };
    let key_file = dir.join("key.pem");
    let identity = match fs::read_to_string(&key_file) {
        Ok(pem) => self_signed_with(params, key_from_pem(&pem)?)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let made = self_signed(params)?;
            fs::create_dir_all(dir)?;
            fs::set_permissions(dir, Permissions::from_mode(0o700))?;
            let mut file =
                OpenOptions::new().write(true).create_new(true).mode(0o600).open(&key_file)?;
            file.write_all(made.key_pem().as_bytes())?;
            made
        }
        Err(error) => return Err(error.into()),
    };
    fs::write(dir.join("cert.pem"), identity.certificate_pem())?;
    Ok(identity)
}
