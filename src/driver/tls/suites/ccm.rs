//! The records of ECDHE_ECDSA_WITH_AES_128_CCM_8 (RFC 7251, RFC 6655).

use aes::Aes128;
use ccm::{
    Ccm, KeyInit,
    aead::AeadInOut,
    consts::{U8, U12},
};
use rustls::{
    ConnectionTrafficSecrets, Error,
    crypto::cipher::{
        AeadKey, InboundOpaqueMessage, InboundPlainMessage, KeyBlockShape, MessageDecrypter,
        MessageEncrypter, OutboundOpaqueMessage, OutboundPlainMessage, PrefixedPayload,
        Tls12AeadAlgorithm, UnsupportedOperationError, make_tls12_aad,
    },
};

use super::{MOST_PLAINTEXT, no_extraction};

type Cipher = Ccm<Aes128, U8, U12>;

const KEY: usize = 16;
/// The part of the nonce that is never sent.
const SALT: usize = 4;
/// The part of the nonce that stands before each record.
const EXPLICIT: usize = 8;
const TAG: usize = 8;

/// Makes what protects and opens records.
pub(super) struct Records;

struct Protection {
    cipher: Cipher,
    salt: [u8; SALT],
}

impl Tls12AeadAlgorithm for Records {
    fn encrypter(&self, key: AeadKey, salt: &[u8], _: &[u8]) -> Box<dyn MessageEncrypter> {
        Box::new(Protection::new(&key, salt))
    }

    fn decrypter(&self, key: AeadKey, salt: &[u8]) -> Box<dyn MessageDecrypter> {
        Box::new(Protection::new(&key, salt))
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        // The explicit part is the sequence number: nothing of the key block is needed for it.
        KeyBlockShape { enc_key_len: KEY, fixed_iv_len: SALT, explicit_nonce_len: 0 }
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

impl Protection {
    fn new(key: &AeadKey, salt: &[u8]) -> Self {
        // Both have the lengths of the shape above, or less than nothing works.
        let (mut whole, mut fixed) = ([0; KEY], [0; SALT]);
        whole.copy_from_slice(key.as_ref());
        fixed.copy_from_slice(salt);
        Self { cipher: Cipher::new(&whole.into()), salt: fixed }
    }

    fn nonce(&self, explicit: [u8; EXPLICIT]) -> [u8; SALT + EXPLICIT] {
        let mut nonce = [0; SALT + EXPLICIT];
        nonce[..SALT].copy_from_slice(&self.salt);
        nonce[SALT..].copy_from_slice(&explicit);
        nonce
    }
}

impl MessageEncrypter for Protection {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        sequence: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let length = message.payload.len();
        let mut payload = PrefixedPayload::with_capacity(self.encrypted_payload_len(length));
        let explicit = sequence.to_be_bytes();
        payload.extend_from_slice(&explicit);
        payload.extend_from_chunks(&message.payload);
        let header = make_tls12_aad(sequence, message.typ, message.version, length);
        let tag = self
            .cipher
            .encrypt_inout_detached(
                &self.nonce(explicit).into(),
                &header,
                (&mut payload.as_mut()[EXPLICIT..]).into(),
            )
            .map_err(|_| Error::EncryptError)?;
        payload.extend_from_slice(&tag);
        Ok(OutboundOpaqueMessage::new(message.typ, message.version, payload))
    }

    fn encrypted_payload_len(&self, length: usize) -> usize {
        EXPLICIT + length + TAG
    }
}

impl MessageDecrypter for Protection {
    fn decrypt<'a>(
        &mut self,
        mut message: InboundOpaqueMessage<'a>,
        sequence: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let total = message.payload.len();
        let length = total.checked_sub(EXPLICIT + TAG).ok_or(Error::DecryptError)?;
        let header = make_tls12_aad(sequence, message.typ, message.version, length);
        let (explicit, rest) =
            message.payload.split_first_chunk_mut::<EXPLICIT>().ok_or(Error::DecryptError)?;
        let (text, tag) = rest.split_last_chunk_mut::<TAG>().ok_or(Error::DecryptError)?;
        self.cipher
            .decrypt_inout_detached(
                &self.nonce(*explicit).into(),
                &header,
                text.into(),
                &(*tag).into(),
            )
            .map_err(|_| Error::DecryptError)?;
        if length > MOST_PLAINTEXT {
            return Err(Error::PeerSentOversizedRecord);
        }
        Ok(message.into_plain_message_range(EXPLICIT..EXPLICIT + length))
    }
}

#[cfg(test)]
mod tests {
    use rustls::{ContentType, ProtocolVersion};

    use super::*;

    fn protection() -> Protection {
        Protection { cipher: Cipher::new(&[7; KEY].into()), salt: [1, 2, 3, 4] }
    }

    fn sealed(text: &[u8], sequence: u64) -> Vec<u8> {
        let message = OutboundPlainMessage {
            typ: ContentType::ApplicationData,
            version: ProtocolVersion::TLSv1_2,
            payload: text.into(),
        };
        let mut protection = protection();
        let sealed = protection.encrypt(message, sequence).unwrap().payload.as_ref().to_vec();
        assert_eq!(sealed.len(), protection.encrypted_payload_len(text.len()));
        sealed
    }

    fn opened(mut record: Vec<u8>, sequence: u64) -> Result<Vec<u8>, Error> {
        let (typ, version) = (ContentType::ApplicationData, ProtocolVersion::TLSv1_2);
        let message = InboundOpaqueMessage::new(typ, version, &mut record);
        protection().decrypt(message, sequence).map(|message| message.payload.to_vec())
    }

    #[test]
    fn what_is_sealed_is_opened_under_its_number_alone() {
        for length in [0, 1, 15, 16, 17, 1024, MOST_PLAINTEXT] {
            let text = vec![9; length];
            assert_eq!(opened(sealed(&text, 5), 5), Ok(text.clone()), "{length}");
            assert_eq!(opened(sealed(&text, 5), 6), Err(Error::DecryptError), "{length}");
        }
        let long = sealed(&[9; MOST_PLAINTEXT + 1], 5);
        assert_eq!(opened(long, 5), Err(Error::PeerSentOversizedRecord));
    }

    #[test]
    fn every_changed_byte_and_every_lost_one_are_refused_alike() {
        let record = sealed(b"a message", 0);
        for at in 0..record.len() {
            for flip in [1, 0x80, 0xFF] {
                let mut changed = record.clone();
                changed[at] ^= flip;
                assert_eq!(opened(changed, 0), Err(Error::DecryptError), "{at}");
            }
            assert_eq!(opened(record[..at].to_vec(), 0), Err(Error::DecryptError), "{at}");
        }
    }
}
