//! HMAC-SHA-256 over data whose length is a secret, in a time that depends on public things alone.
//!
//! When a CBC record is opened, the number of its padding bytes decides how much is authenticated.
//! Who can measure that number reads the plaintext, byte for byte (Lucky 13). So every block that
//! could be the last one is hashed as if it were, and masks pick the right result.

use sha2::block_api::compress256;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, ConstantTimeLess};
use zeroize::ZeroizeOnDrop;

/// The bytes of the result.
pub(super) const MAC: usize = 32;

/// What TLS authenticates before the data: sequence number, type, version, length.
pub(super) const HEADER: usize = 13;

const BLOCK: usize = 64;

/// The end of a hashed message: a byte 80 and the length in 8 bytes (FIPS 180-4 5.1.1).
const ENDING: usize = 9;

type State = [u32; 8];

/// FIPS 180-4 5.3.3.
const START: State = [
    0x6A09_E667,
    0xBB67_AE85,
    0x3C6E_F372,
    0xA54F_F53A,
    0x510E_527F,
    0x9B05_688C,
    0x1F83_D9AB,
    0x5BE0_CD19,
];

/// A key, as the two hash states it leads to (RFC 2104 4).
#[derive(ZeroizeOnDrop)]
pub(super) struct SecretLengthMac {
    inner: State,
    outer: State,
}

impl SecretLengthMac {
    pub(super) fn new(key: &[u8; MAC]) -> Self {
        let keyed = |pad: u8| {
            let mut block = [pad; BLOCK];
            for (byte, key) in block.iter_mut().zip(key) {
                *byte ^= key;
            }
            let mut state = START;
            compress256(&mut state, &[block]);
            state
        };
        Self { inner: keyed(0x36), outer: keyed(0x5C) }
    }

    /// The MAC of `header` and the first `length` bytes of `data`.
    ///
    /// `length` is the secret, and is at least `least` and at most the length of `data`.
    pub(super) fn of(
        &self,
        header: &[u8; HEADER],
        data: &[u8],
        length: u32,
        least: usize,
    ) -> [u8; MAC] {
        let hashed = HEADER as u32 + length;
        let last_block = (hashed + ENDING as u32 - 1) / BLOCK as u32;
        let bits = (u64::from(hashed) + BLOCK as u64) * 8;

        let blocks = (HEADER + data.len() + ENDING).div_ceil(BLOCK);
        let certain = (HEADER + least) / BLOCK;
        let mut state = self.inner;
        let mut result = START;
        for number in 0..blocks {
            let mut block = [0; BLOCK];
            for (byte, at) in block.iter_mut().zip(number * BLOCK..) {
                *byte = match at.checked_sub(HEADER) {
                    None => header[at],
                    Some(at) => data.get(at).copied().unwrap_or(0),
                };
            }
            if number >= certain {
                end_block(&mut block, number, hashed, last_block, bits);
            }
            compress256(&mut state, &[block]);
            let is_last = (number as u32).ct_eq(&last_block);
            for (result, state) in result.iter_mut().zip(state) {
                result.conditional_assign(&state, is_last);
            }
        }
        self.finish(result)
    }

    fn finish(&self, inner: State) -> [u8; MAC] {
        let mut block = [0; BLOCK];
        block[..MAC].copy_from_slice(&bytes(inner));
        block[MAC] = 0x80;
        block[BLOCK - 8..].copy_from_slice(&((BLOCK + MAC) as u64 * 8).to_be_bytes());
        let mut state = self.outer;
        compress256(&mut state, &[block]);
        bytes(state)
    }
}

/// Cuts a block where the message ends, and ends it there.
fn end_block(block: &mut [u8; BLOCK], number: usize, hashed: u32, last_block: u32, bits: u64) {
    for (byte, at) in block.iter_mut().zip((number * BLOCK) as u32..) {
        let ended = u8::conditional_select(&0, &0x80, at.ct_eq(&hashed));
        *byte = u8::conditional_select(&ended, byte, at.ct_lt(&hashed));
    }
    let is_last: Choice = (number as u32).ct_eq(&last_block);
    for (byte, bits) in block[BLOCK - 8..].iter_mut().zip(bits.to_be_bytes()) {
        *byte |= u8::conditional_select(&0, &bits, is_last);
    }
}

fn bytes(state: State) -> [u8; MAC] {
    let mut bytes = [0; MAC];
    for (four, word) in bytes.chunks_exact_mut(4).zip(state) {
        four.copy_from_slice(&word.to_be_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use ring::hmac;

    use super::*;

    #[test]
    fn it_is_what_ring_computes_for_every_length() {
        let key: [u8; MAC] = std::array::from_fn(|n| n as u8);
        let header: [u8; HEADER] = std::array::from_fn(|n| 100 + n as u8);
        let data: Vec<u8> = (0..700).map(|n| (n % 251) as u8).collect();
        let (ours, rings) = (SecretLengthMac::new(&key), hmac::Key::new(hmac::HMAC_SHA256, &key));
        for length in 0..=data.len() {
            let expected = hmac::sign(&rings, &[&header[..], &data[..length]].concat());
            // The bounds are public, and change nothing.
            for least in [0, length / 2, length] {
                let most = data.len().min(length + 256);
                for most in [length, most] {
                    let mac = ours.of(&header, &data[..most], length as u32, least);
                    assert_eq!(mac, expected.as_ref(), "{length} of {least}..={most}");
                }
            }
        }
    }
}
