//! Every padding, every corruption, one verdict.

use std::collections::HashSet;

use proptest::prelude::*;
use rustls::{ContentType, ProtocolVersion};

use super::*;

const MAC_KEY: [u8; MAC] = [3; MAC];
const THE_KEY: [u8; KEY] = [5; KEY];
const TYP: ContentType = ContentType::ApplicationData;
const VERSION: ProtocolVersion = ProtocolVersion::TLSv1_2;

fn sealer() -> Sealer {
    Sealer::new(&MAC_KEY, &THE_KEY)
}

/// A record as we send it.
fn sealed(text: &[u8], sequence: u64) -> Vec<u8> {
    let message = OutboundPlainMessage { typ: TYP, version: VERSION, payload: text.into() };
    let mut sealer = sealer();
    let record = sealer.encrypt(message, sequence).unwrap().payload.as_ref().to_vec();
    assert_eq!(record.len(), sealer.encrypted_payload_len(text.len()));
    record
}

/// A record with this much padding, which must fill the last block.
fn padded(text: &[u8], padding: u8) -> Vec<u8> {
    let sealer = sealer();
    let iv = sealer.iv(0);
    let mut payload = PrefixedPayload::with_capacity(0);
    payload.extend_from_slice(&iv);
    payload.extend_from_slice(text);
    let header = make_tls12_aad(0, TYP, VERSION, text.len());
    sealer.seal(iv, &mut payload, &header, padding);
    payload.as_ref().to_vec()
}

/// A record around these bytes, which the peer believes to be text, MAC and padding.
fn encrypted(body: &[u8]) -> Vec<u8> {
    let sealer = sealer();
    let iv = sealer.iv(0);
    let mut record = [&iv[..], body].concat();
    let (blocks, rest) = Array::slice_as_chunks_mut(&mut record[BLOCK..]);
    assert!(rest.is_empty());
    Encryptor::inner_iv_init(&sealer.cipher, &iv).encrypt_blocks(blocks);
    record
}

fn opened(mut record: Vec<u8>, sequence: u64) -> Result<Vec<u8>, Error> {
    let message = InboundOpaqueMessage::new(TYP, VERSION, &mut record);
    let mut opener = Opener::new(&MAC_KEY, &THE_KEY);
    opener.decrypt(message, sequence).map(|message| message.payload.to_vec())
}

/// The length of a text that `padding` bytes of padding and their number fill up.
fn fitting(padding: u8) -> usize {
    (0..BLOCK).find(|n| (n + MAC + usize::from(padding) + 1).is_multiple_of(BLOCK)).unwrap()
}

#[test]
fn what_is_sealed_is_opened_under_its_number_alone() {
    for length in (0..100).chain([1023, 1024, MOST_PLAINTEXT]) {
        let text = vec![9; length];
        assert_eq!(opened(sealed(&text, 5), 5), Ok(text.clone()), "{length}");
        assert_eq!(opened(sealed(&text, 5), 6), Err(Error::DecryptError), "{length}");
    }
    let long = sealed(&[9; MOST_PLAINTEXT + 1], 5);
    assert_eq!(opened(long, 5), Err(Error::PeerSentOversizedRecord));
}

#[test]
fn a_text_of_1024_bytes_is_padded_as_little_as_possible() {
    assert_eq!(sealed(&[0; 1024], 0).len(), BLOCK + 1024 + MAC + 16);
    assert_eq!(sealed(&[0; 1023], 0).len(), BLOCK + 1023 + MAC + 1);
}

#[test]
fn every_padding_from_0_to_255_is_taken() {
    for padding in 0..=255 {
        for blocks in [0, 1, 20] {
            let text = vec![b'x'; fitting(padding) + blocks * BLOCK];
            assert_eq!(opened(padded(&text, padding), 0), Ok(text), "{padding}");
        }
    }
}

#[test]
fn a_padding_with_one_wrong_byte_is_refused_wherever_that_byte_is() {
    for padding in 1..=255u8 {
        let text = vec![b'x'; fitting(padding)];
        let body = decrypted(padded(&text, padding));
        let all = usize::from(padding);
        // Every byte of some, the ends and the middle of all: each costs half a millisecond.
        let step = if [15, 16, 64, 255].contains(&padding) { 1 } else { all.div_ceil(2) };
        for wrong in (1..=all).step_by(step).chain([all]) {
            let mut body = body.clone();
            let at = body.len() - 1 - wrong;
            body[at] ^= 1;
            assert_eq!(opened(encrypted(&body), 0), Err(Error::DecryptError), "{padding} {wrong}");
        }
    }
}

#[test]
fn a_padding_longer_than_the_record_is_refused() {
    // 48 bytes: room for a MAC and a padding of 15.
    for padding in 16..=255 {
        assert_eq!(opened(encrypted(&[padding; 48]), 0), Err(Error::DecryptError), "{padding}");
    }
}

#[test]
fn every_changed_byte_and_every_lost_one_are_refused_alike() {
    for record in [padded(b"", 15), padded(b"a message", 22), padded(&[b'x'; 112], 255)] {
        assert!(opened(record.clone(), 0).is_ok());
        for at in 0..record.len() {
            for flip in [1, 0x0F, 0x80, 0xFF] {
                let mut changed = record.clone();
                changed[at] ^= flip;
                assert_eq!(opened(changed, 0), Err(Error::DecryptError), "{at}");
            }
            assert_eq!(opened(record[..at].to_vec(), 0), Err(Error::DecryptError), "{at}");
            let mut longer = record.clone();
            longer.insert(at, 0);
            assert_eq!(opened(longer, 0), Err(Error::DecryptError), "{at}");
        }
    }
}

#[test]
fn type_and_version_are_authenticated() {
    for (typ, version) in
        [(ContentType::Alert, VERSION), (TYP, ProtocolVersion::TLSv1_1), (TYP, VERSION)]
    {
        let mut record = sealed(b"it", 0);
        let message = InboundOpaqueMessage::new(typ, version, &mut record);
        let mut opener = Opener::new(&MAC_KEY, &THE_KEY);
        let taken = opener.decrypt(message, 0).is_ok();
        assert_eq!(taken, (typ, version) == (TYP, VERSION), "{typ:?} {version:?}");
    }
}

#[test]
fn no_iv_comes_twice_and_other_keys_have_others() {
    let other = Sealer::new(&[4; MAC], &THE_KEY);
    let ivs: HashSet<_> = (0..1000).flat_map(|n| [sealer().iv(n), other.iv(n)]).collect();
    assert_eq!(ivs.len(), 2000);
}

fn decrypted(mut record: Vec<u8>) -> Vec<u8> {
    let iv: [u8; BLOCK] = record[..BLOCK].try_into().unwrap();
    let (blocks, _) = Array::slice_as_chunks_mut(&mut record[BLOCK..]);
    Decryptor::inner_iv_init(&sealer().cipher, &iv.into()).decrypt_blocks(blocks);
    record.split_off(BLOCK)
}

/// RFC 5246 6.2.3.2 written down plainly, with all the branches that must not be there.
fn plainly_opened(body: &[u8]) -> Option<&[u8]> {
    let padding = usize::from(*body.last()?);
    let unpadded = body.len().checked_sub(padding + 1)?;
    if body[unpadded..].iter().any(|&byte| usize::from(byte) != padding) {
        return None;
    }
    let (text, mac) = body.split_at(unpadded.checked_sub(MAC)?);
    let header = make_tls12_aad(0, TYP, VERSION, text.len());
    let key = hmac::Key::new(hmac::HMAC_SHA256, &MAC_KEY);
    let authentic = [&header[..], text].concat();
    hmac::verify(&key, &authentic, &mac[..MAC]).ok().map(|()| text)
}

proptest! {
    #[test]
    fn it_decides_as_the_standard_written_down_plainly(
        text in proptest::collection::vec(any::<u8>(), 0..600),
        more in 0u8..16,
        change in proptest::option::of((any::<prop::sample::Index>(), any::<u8>())),
    ) {
        let padding = least_padding(text.len()) + more * 16;
        let mut body = decrypted(padded(&text, padding));
        if let Some((at, byte)) = change {
            let at = at.index(body.len());
            body[at] = byte;
        }
        let expected = plainly_opened(&body).map(<[u8]>::to_vec).ok_or(Error::DecryptError);
        prop_assert_eq!(opened(encrypted(&body), 0), expected);
    }

    #[test]
    fn any_bytes_are_refused(record: Vec<u8>) {
        prop_assert_eq!(opened(record, 0), Err(Error::DecryptError));
    }
}
