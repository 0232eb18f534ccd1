//! The records of TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 by AWS-LC: an oracle for ours.
//!
//! A line of hex words in, a line out: `open KEY HEADER RECORD` answers the text, or `refused`;
//! `seal KEY HEADER IV TEXT` answers the record. KEY is the key of the MAC and that of the cipher,
//! HEADER the number, the type and the version, and nothing is written as `-`.

use std::{
    io::{self, BufRead as _, Write as _},
    mem::MaybeUninit,
};

use aws_lc_sys::{
    EVP_AEAD_CTX, EVP_AEAD_CTX_cleanup, EVP_AEAD_CTX_init_with_direction, EVP_AEAD_CTX_open,
    EVP_AEAD_CTX_seal, EVP_AEAD_CTX_zero, EVP_aead_aes_128_cbc_sha256_tls, evp_aead_direction_t,
    evp_aead_direction_t_evp_aead_open as OPEN, evp_aead_direction_t_evp_aead_seal as SEAL,
};

const KEY: usize = 32 + 16;
const HEADER: usize = 11;
const IV: usize = 16;
/// More than a MAC and the longest padding add.
const ROOM: usize = 512;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let answer = match words[..] {
            ["open", key, header, record] => {
                let record = bytes(record);
                let (iv, body) = record.split_at_checked(IV).unwrap_or_default();
                protected(OPEN, &bytes(key), &bytes(header), iv, body)
            }
            ["seal", key, header, iv, text] => {
                let iv = bytes(iv);
                let sealed = protected(SEAL, &bytes(key), &bytes(header), &iv, &bytes(text));
                sealed.map(|body| [iv, body].concat())
            }
            _ => panic!("not understood: {line}"),
        };
        match answer {
            Some(bytes) => writeln!(out, "{}", hex(&bytes))?,
            None => writeln!(out, "refused")?,
        }
        out.flush()?;
    }
    Ok(())
}

/// Seals or opens with a context of its own: nothing is left over from the record before.
fn protected(
    direction: evp_aead_direction_t,
    key: &[u8],
    header: &[u8],
    iv: &[u8],
    input: &[u8],
) -> Option<Vec<u8>> {
    assert_eq!((key.len(), header.len()), (KEY, HEADER));
    let mut out = vec![0; input.len() + ROOM];
    let mut length = 0;
    let mut context = MaybeUninit::<EVP_AEAD_CTX>::zeroed();
    // SAFETY: every pointer is of a slice that outlives the call and is passed with its length, `out`
    // is the only one written to, and the context is cleaned up whatever became of it.
    let done = unsafe {
        let context = context.as_mut_ptr();
        EVP_AEAD_CTX_zero(context);
        let aead = EVP_aead_aes_128_cbc_sha256_tls();
        let made = EVP_AEAD_CTX_init_with_direction(context, aead, key.as_ptr(), KEY, 0, direction);
        assert_eq!(made, 1, "AWS-LC has the suite");
        let act = if direction == OPEN { EVP_AEAD_CTX_open } else { EVP_AEAD_CTX_seal };
        let done = act(
            context,
            out.as_mut_ptr(),
            &mut length,
            out.len(),
            iv.as_ptr(),
            iv.len(),
            input.as_ptr(),
            input.len(),
            header.as_ptr(),
            header.len(),
        );
        EVP_AEAD_CTX_cleanup(context);
        done
    };
    out.truncate(length);
    (done == 1).then_some(out)
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.trim_matches('-');
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hex");
    (0..digits.len()).step_by(2).map(byte).collect()
}

fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "-".to_owned();
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
