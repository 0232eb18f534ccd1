//! Lines from a stream: none longer than agreed, nothing lost when the wait for one is given up.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};
use zeroize::Zeroizing;

/// Reads lines. [`Lines::next`] may be dropped and called again at any time.
pub(super) struct Lines<R> {
    stream: R,
    longest: usize,
    /// What was read and is not taken yet; a request may hold a PIN.
    buffer: Zeroizing<Vec<u8>>,
    /// How much of it is known to hold no end of a line.
    searched: usize,
    /// Whether what comes up to the next end of a line belongs to one that was too long.
    skipping: bool,
}

/// A line, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Whole(Zeroizing<Vec<u8>>),
    /// It was longer than agreed; its contents are gone.
    TooLong,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) fn new(stream: R, longest: usize) -> Self {
        Self { stream, longest, buffer: Zeroizing::default(), searched: 0, skipping: false }
    }

    /// The next line; `None` at the end of the stream. A last line without an end is none.
    pub(super) async fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            if let Some(line) = self.take() {
                return Ok(Some(line));
            }
            if self.stream.read_buf(&mut *self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }

    fn take(&mut self) -> Option<Line> {
        let end = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n');
        let Some(end) = end.map(|at| self.searched + at) else {
            self.searched = self.buffer.len();
            if self.skipping || self.buffer.len() > self.longest {
                self.skipping = true;
                self.buffer.clear();
                self.searched = 0;
            }
            return None;
        };
        let rest = Zeroizing::new(self.buffer[end + 1..].to_vec());
        let mut line = std::mem::replace(&mut self.buffer, rest);
        self.searched = 0;
        line.truncate(end);
        let too_long = std::mem::take(&mut self.skipping) || line.len() > self.longest;
        Some(if too_long { Line::TooLong } else { Line::Whole(line) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(text: &[u8], longest: usize) -> Vec<Option<Vec<u8>>> {
        let mut lines = Lines::new(text, longest);
        let mut read = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            read.push(match line {
                Line::Whole(line) => Some(line.to_vec()),
                Line::TooLong => None,
            });
        }
        read
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_costs_only_itself() {
        let text = [&b"abc\n"[..], &vec![b'x'; 100_000], b"\nabcd\nabcde\n\nabc\nrest"].concat();
        let some = |text: &str| Some(text.as_bytes().to_vec());
        let expected = [some("abc"), None, some("abcd"), None, some(""), some("abc")];
        assert_eq!(lines(&text, 4).await, expected);
    }

    #[tokio::test]
    async fn nothing_is_lost_when_the_wait_for_a_line_is_given_up() {
        let (mut writer, reader) = tokio::io::duplex(64);
        let mut lines = Lines::new(reader, 16);
        for part in ["ab", "cd", "\nef"] {
            tokio::io::AsyncWriteExt::write_all(&mut writer, part.as_bytes()).await.unwrap();
            tokio::select! {
                biased;
                line = lines.next() => {
                    assert_eq!(line.unwrap(), Some(Line::Whole(b"abcd".to_vec().into())));
                    return;
                }
                () = tokio::task::yield_now() => {}
            }
        }
        panic!("no line");
    }
}
