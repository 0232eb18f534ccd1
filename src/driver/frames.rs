//! How many WebSocket frames a peer sends: the WebSocket library tells whole messages only, and a
//! message may be in pieces without end, each of them empty.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream whose incoming frames are counted.
#[derive(Debug)]
pub struct Counted<S> {
    stream: S,
    counter: Option<FrameCounter>,
}

/// Counts the frames in a stream of bytes, however they are cut (RFC 6455 5.2). No error, no panic: bytes that
/// are no frames are counted as if they were, and the WebSocket library refuses them.
#[derive(Debug, Default)]
pub struct FrameCounter {
    /// How much of the end of the HTTP head was seen, while that is not over.
    head: Option<usize>,
    /// The header of a frame, as far as it is there (RFC 6455 5.2).
    header: [u8; 14],
    have: usize,
    /// How much of the payload is still to come.
    payload: u64,
    count: u32,
}

/// What ends an HTTP head.
const END: &[u8; 4] = b"\r\n\r\n";

impl<S> Counted<S> {
    /// Counts behind an HTTP head that is still to come.
    pub(crate) fn behind_head(stream: S) -> Self {
        Self { stream, counter: Some(FrameCounter::behind_head()) }
    }

    /// Counts from now on; `tail` was read before.
    pub(crate) fn from(stream: S, tail: &[u8]) -> Self {
        let mut counter = FrameCounter::default();
        counter.take(tail);
        Self { stream, counter: Some(counter) }
    }

    /// How many frames began since this was last asked.
    pub(crate) fn take_count(&mut self) -> u32 {
        self.counter.as_mut().map_or(0, |counter| std::mem::take(&mut counter.count))
    }

    /// Counts no more.
    pub(crate) fn stop(&mut self) {
        self.counter = None;
    }

    /// The stream.
    pub fn get_ref(&self) -> &S {
        &self.stream
    }

    /// The stream.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.stream
    }
}

impl FrameCounter {
    /// Counts behind an HTTP head that is still to come.
    pub fn behind_head() -> Self {
        Self { head: Some(0), ..Self::default() }
    }

    /// How many frame headers were complete so far.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Takes the next bytes of the stream.
    pub fn take(&mut self, mut bytes: &[u8]) {
        while let Some((&byte, rest)) = bytes.split_first() {
            if let Some(seen) = &mut self.head {
                *seen = if byte == END[*seen] { *seen + 1 } else { usize::from(byte == END[0]) };
                if *seen == END.len() {
                    self.head = None;
                }
                bytes = rest;
            } else if self.payload > 0 {
                let skipped = bytes.len().min(usize::try_from(self.payload).unwrap_or(usize::MAX));
                self.payload -= skipped as u64;
                bytes = &bytes[skipped..];
            } else {
                self.header[self.have] = byte;
                self.have += 1;
                self.frame_begins();
                bytes = rest;
            }
        }
    }

    /// Whether the header is whole, and what it says then.
    fn frame_begins(&mut self) {
        const MASKED: u8 = 0x80;
        if self.have < 2 {
            return;
        }
        let (length, mask) = (self.header[1] & !MASKED, self.header[1] & MASKED != 0);
        let more = match length {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        if self.have < 2 + more + if mask { 4 } else { 0 } {
            return;
        }
        let long = self.header[2..2 + more].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        self.payload = if more == 0 { length.into() } else { long };
        self.have = 0;
        self.count = self.count.saturating_add(1);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        if let Some(counter) = &mut self.counter {
            counter.take(&buffer.filled()[before..]);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of this length, with or without a mask.
    fn frame(length: usize, masked: bool) -> Vec<u8> {
        let mask = if masked { 0x80 } else { 0 };
        let mut frame = match length {
            0..126 => vec![2, mask | length as u8],
            126..65_536 => [&[2, mask | 126][..], &(length as u16).to_be_bytes()].concat(),
            _ => [&[2, mask | 127][..], &(length as u64).to_be_bytes()].concat(),
        };
        frame.extend(vec![9; if masked { 4 } else { 0 } + length]);
        frame
    }

    #[test]
    fn frames_of_every_length_are_counted_however_they_are_cut() {
        let lengths = [0, 1, 125, 126, 65_535, 65_536, 0, 0];
        let frames: Vec<u8> =
            lengths.iter().flat_map(|length| frame(*length, length % 2 == 0)).collect();
        for piece in [1, 2, 3, 1000, frames.len()] {
            let mut counter = FrameCounter::default();
            frames.chunks(piece).for_each(|bytes| counter.take(bytes));
            assert_eq!((counter.count as usize, counter.payload), (lengths.len(), 0), "{piece}");
        }
    }

    #[test]
    fn an_http_head_is_no_frame() {
        let head = b"HTTP/1.1 101 Switching\r\nA: b\r\r\n\r\n";
        let mut counter = FrameCounter::behind_head();
        counter.take(head);
        assert_eq!(counter.count, 0);
        counter.take(&[0x82, 0]);
        assert_eq!(counter.count, 1);
    }

    #[test]
    fn what_was_read_before_counts_as_well() {
        let mut counted = Counted::from(io::empty(), &[0x82, 0, 0x89, 0, 0x82]);
        assert_eq!((counted.take_count(), counted.take_count()), (2, 0));
    }
}
