//! The records of ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 (RFC 5246 6.2.3.2, RFC 5289): MAC, then
//! padding, then encryption.
//!
//! Opening a record takes a time that depends on its length alone, and every record that does not
//! fit ends in the same error, whether its padding, its MAC or both are wrong (Lucky 13).

use std::ops::Range;

use aes::{
    Aes128,
    cipher::{
        Array, Block, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyInit,
    },
};
use cbc::{Decryptor, Encryptor};
use ring::hmac;
use rustls::{
    ConnectionTrafficSecrets, Error,
    crypto::cipher::{
        AeadKey, InboundOpaqueMessage, InboundPlainMessage, KeyBlockShape, MessageDecrypter,
        MessageEncrypter, OutboundOpaqueMessage, OutboundPlainMessage, PrefixedPayload,
        Tls12AeadAlgorithm, UnsupportedOperationError, make_tls12_aad,
    },
};
use subtle::{
    Choice, ConditionallySelectable, ConstantTimeEq, ConstantTimeGreater, ConstantTimeLess,
};
use zeroize::Zeroizing;

use super::{
    MOST_PLAINTEXT,
    mac::{HEADER, MAC, SecretLengthMac},
    no_extraction,
};

const KEY: usize = 16;
const BLOCK: usize = 16;

/// The most padding: its length is one byte, which is not counted.
const MOST_PADDING: usize = 255;

/// Makes what protects and opens records.
///
/// rustls knows no suites with a MAC key. TLS cuts the key block into both MAC keys, then both keys
/// (RFC 5246 6.3), and rustls into both keys, then both IVs: the same pieces by other names.
pub(super) struct Records;

impl Tls12AeadAlgorithm for Records {
    fn encrypter(&self, mac_key: AeadKey, key: &[u8], _: &[u8]) -> Box<dyn MessageEncrypter> {
        Box::new(Sealer::new(&sized(mac_key.as_ref()), &sized(key)))
    }

    fn decrypter(&self, mac_key: AeadKey, key: &[u8]) -> Box<dyn MessageDecrypter> {
        Box::new(Opener::new(&sized(mac_key.as_ref()), &sized(key)))
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        KeyBlockShape { enc_key_len: MAC, fixed_iv_len: KEY, explicit_nonce_len: 0 }
    }

    fn extract_keys(
        &self,
        _: AeadKey,
        _: &[u8],
        _: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        no_extraction()
    }
}

/// A key in an array; its length is the one of the shape above.
fn sized<const N: usize>(key: &[u8]) -> Zeroizing<[u8; N]> {
    let mut array = Zeroizing::new([0; N]);
    array.copy_from_slice(key);
    array
}

/// Protects what we send.
struct Sealer {
    cipher: Aes128,
    mac: hmac::Key,
    ivs: Aes128,
}

impl Sealer {
    fn new(mac_key: &[u8; MAC], key: &[u8; KEY]) -> Self {
        let mac = hmac::Key::new(hmac::HMAC_SHA256, mac_key);
        // No MAC of a record begins like this: its first 8 bytes are a sequence number.
        let ivs = hmac::sign(&mac, b"shipctl: key of the initialization vectors");
        let ivs = sized::<KEY>(&ivs.as_ref()[..KEY]);
        Self { cipher: Aes128::new(&(*key).into()), mac, ivs: Aes128::new(&(*ivs).into()) }
    }

    /// A value nobody else can foresee, another one for each record.
    ///
    /// Encrypting a counter under a key of its own cannot fail, as asking the system for random
    /// numbers can; rustls would panic then.
    fn iv(&self, sequence: u64) -> Block<Aes128> {
        let mut block = Block::<Aes128>::default();
        block[..8].copy_from_slice(&sequence.to_be_bytes());
        self.ivs.encrypt_block(&mut block);
        block
    }

    /// IV, and what is left to encrypt of a record: text, MAC, `padding` bytes and their number.
    fn seal(&self, iv: Block<Aes128>, payload: &mut PrefixedPayload, header: &[u8], padding: u8) {
        let mut mac = hmac::Context::with_key(&self.mac);
        mac.update(header);
        mac.update(&payload.as_ref()[BLOCK..]);
        payload.extend_from_slice(mac.sign().as_ref());
        payload.extend_from_slice(&[padding; MOST_PADDING + 1][..=usize::from(padding)]);
        let (blocks, _) = Array::slice_as_chunks_mut(&mut payload.as_mut()[BLOCK..]);
        Encryptor::inner_iv_init(&self.cipher, &iv).encrypt_blocks(blocks);
    }
}

/// The least padding that fills the last block.
fn least_padding(length: usize) -> u8 {
    (BLOCK - 1 - (length + MAC) % BLOCK) as u8
}

impl MessageEncrypter for Sealer {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        sequence: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let length = message.payload.len();
        let iv = self.iv(sequence);
        let mut payload = PrefixedPayload::with_capacity(self.encrypted_payload_len(length));
        payload.extend_from_slice(&iv);
        payload.extend_from_chunks(&message.payload);
        let header = make_tls12_aad(sequence, message.typ, message.version, length);
        self.seal(iv, &mut payload, &header, least_padding(length));
        Ok(OutboundOpaqueMessage::new(message.typ, message.version, payload))
    }

    fn encrypted_payload_len(&self, length: usize) -> usize {
        BLOCK + length + MAC + usize::from(least_padding(length)) + 1
    }
}

/// Opens what the peer sends.
struct Opener {
    cipher: Aes128,
    mac: SecretLengthMac,
}

impl Opener {
    fn new(mac_key: &[u8; MAC], key: &[u8; KEY]) -> Self {
        Self { cipher: Aes128::new(&(*key).into()), mac: SecretLengthMac::new(mac_key) }
    }

    /// Decrypts a record in place. Where its text lies, if padding and MAC are right.
    ///
    /// `header` makes the 13 bytes that are authenticated before a text of the given length.
    fn open(
        &self,
        record: &mut [u8],
        header: impl FnOnce(usize) -> [u8; HEADER],
    ) -> Option<Range<usize>> {
        let (iv, body) = record.split_first_chunk_mut::<BLOCK>()?;
        if !body.len().is_multiple_of(BLOCK) || body.len() < MAC + 1 {
            return None;
        }
        let (blocks, _) = Array::slice_as_chunks_mut(body);
        Decryptor::inner_iv_init(&self.cipher, &(*iv).into()).decrypt_blocks(blocks);

        // From here on `length` and whatever comes of it are secret.
        let (padded, length) = unpad(body);
        let most = body.len() - MAC;
        let least = most.saturating_sub(MOST_PADDING + 1);
        let header = header(length as usize);
        let expected = self.mac.of(&header, &body[..most], length, least);
        let fits = padded & expected.ct_eq(&mac_at(body, length, least));
        // Now the verdict may be known, and with it a length that is authentic.
        bool::from(fits).then(|| BLOCK..BLOCK + length as usize)
    }
}

impl MessageDecrypter for Opener {
    fn decrypt<'a>(
        &mut self,
        mut message: InboundOpaqueMessage<'a>,
        sequence: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let (typ, version) = (message.typ, message.version);
        let text = self
            .open(&mut message.payload, |length| make_tls12_aad(sequence, typ, version, length))
            .ok_or(Error::DecryptError)?;
        if text.len() > MOST_PLAINTEXT {
            return Err(Error::PeerSentOversizedRecord);
        }
        Ok(message.into_plain_message_range(text))
    }
}

/// Whether the padding is right, and the length of the text before MAC and padding; a wrong padding
/// counts as none, so that as much is computed as for a right one.
///
/// `body` is at least as long as a MAC and one byte.
fn unpad(body: &[u8]) -> (Choice, u32) {
    let total = body.len() as u32;
    let Some(&last) = body.last() else { return (Choice::from(0), 0) };
    let padding = u32::from(last);
    let mut right = !(padding + 1 + MAC as u32).ct_gt(&total);
    // All bytes that could be padding, however many there are.
    for (distance, byte) in (0u32..).zip(body.iter().rev().take(MOST_PADDING + 1)) {
        right &= distance.ct_gt(&padding) | byte.ct_eq(&last);
    }
    let cut = u32::conditional_select(&0, &(padding + 1), right);
    (right, total - MAC as u32 - cut)
}

/// The MAC at a secret place, which is `least` or up to 256 bytes behind it.
///
/// Every byte it may lie in is read. The bytes are gathered modulo 32, and then rotated.
fn mac_at(body: &[u8], at: u32, least: usize) -> [u8; MAC] {
    let mut gathered = [0; MAC];
    for (n, (&byte, place)) in body[least..].iter().zip(least as u32..).enumerate() {
        let inside = !place.ct_lt(&at) & place.ct_lt(&(at + MAC as u32));
        gathered[n % MAC] |= u8::conditional_select(&0, &byte, inside);
    }
    let turn = at - least as u32;
    for bit in 0..MAC.ilog2() {
        let turned = Choice::from((turn >> bit & 1) as u8);
        let before = gathered;
        for (n, byte) in gathered.iter_mut().enumerate() {
            byte.conditional_assign(&before[(n + (1 << bit)) % MAC], turned);
        }
    }
    gathered
}

#[cfg(test)]
mod tests;
