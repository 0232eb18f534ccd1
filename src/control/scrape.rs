//! The metrics over HTTP, as Prometheus asks for them: `GET /metrics`, and nothing else.
//!
//! Anybody who reaches the port may ask, so all of it is bounded: the connections, the size of a
//! request, and its time.

use std::{collections::VecDeque, future::Future, io, time::Duration};

use httparse::{EMPTY_HEADER, Error, Request, Status};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinHandle, JoinSet},
    time::{sleep, timeout},
};

/// Connections at a time; beyond it the oldest makes room, so that those who only wait keep nobody out.
const MOST: usize = 16;

/// The largest request, in bytes.
const MOST_BYTES: usize = 8 * 1024;

/// The most headers of a request.
const MOST_HEADERS: usize = 64;

/// How long a connection may take, all in all.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whoever still sends has this read away, so that the answer is not lost to a reset.
const READ_AWAY: u64 = 64 * 1024;

/// An open port that answers. Dropping it closes the port and cuts every connection.
#[derive(Debug)]
pub struct Scrapes(JoinHandle<()>);

impl Scrapes {
    /// Answers with what `text` tells then; it tells `None` where there is nothing to tell any more.
    ///
    /// Must be called within a tokio runtime.
    pub fn start<Telling>(
        listener: TcpListener,
        text: impl Fn() -> Telling + Clone + Send + 'static,
    ) -> Self
    where
        Telling: Future<Output = Option<String>> + Send + 'static,
    {
        Self(tokio::spawn(serve(listener, text)))
    }
}

impl Drop for Scrapes {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn serve<Telling>(listener: TcpListener, text: impl Fn() -> Telling + Clone + Send + 'static)
where
    Telling: Future<Output = Option<String>> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    let mut under_way: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        tokio::select! {
            Some(_) = tasks.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    under_way.retain(|task| !task.is_finished());
                    if under_way.len() >= MOST && let Some(oldest) = under_way.pop_front() {
                        oldest.abort();
                    }
                    let answering = answer(stream, text.clone());
                    under_way.push_back(tasks.spawn(async {
                        // Whoever is slower is cut; whoever went away needs no answer.
                        let _ = timeout(PATIENCE, answering).await;
                    }));
                }
                // Too many files are open: some will be closed.
                Err(_) => sleep(Duration::from_millis(100)).await,
            },
        }
    }
}

async fn answer<Telling>(mut stream: TcpStream, text: impl Fn() -> Telling) -> io::Result<()>
where
    Telling: Future<Output = Option<String>>,
{
    let mut request = Vec::with_capacity(1024);
    let asked = loop {
        if let Some(asked) = judge(&request) {
            break asked;
        }
        let room = (MOST_BYTES - request.len()) as u64;
        if (&mut stream).take(room).read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    };
    let answer = match asked {
        Ok(asked) => match text().await {
            Some(text) => reply("200 OK", PROMETHEUS, &text, asked == Asked::Head),
            None => Refusal::ENDING.reply(),
        },
        Err(refusal) => refusal.reply(),
    };
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    tokio::io::copy(&mut stream.take(READ_AWAY), &mut tokio::io::sink()).await?;
    Ok(())
}

/// The format of the metrics.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A request that is answered with the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Get,
    /// Without the metrics themselves.
    Head,
}

/// A request that is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Refusal {
    status: &'static str,
    why: &'static str,
}

impl Refusal {
    const GARBAGE: Self = Self { status: "400 Bad Request", why: "This is no HTTP request." };
    const ELSEWHERE: Self =
        Self { status: "404 Not Found", why: "There is nothing here but /metrics." };
    const METHOD: Self =
        Self { status: "405 Method Not Allowed", why: "/metrics can only be read." };
    const TOO_LARGE: Self =
        Self { status: "431 Request Header Fields Too Large", why: "The request is too large." };
    const ENDING: Self = Self { status: "503 Service Unavailable", why: "The hub is ending." };

    fn reply(self) -> String {
        let allow = if self == Self::METHOD { "\r\nAllow: GET, HEAD" } else { "" };
        let kind = format!("text/plain; charset=utf-8{allow}");
        reply(self.status, &kind, &format!("{}\n", self.why), false)
    }
}

fn reply(status: &str, kind: &str, text: &str, head_only: bool) -> String {
    let length = text.len();
    let text = if head_only { "" } else { text };
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{text}"
    )
}

/// What is asked for; `None` if the request goes on.
fn judge(bytes: &[u8]) -> Option<Result<Asked, Refusal>> {
    let mut headers = [EMPTY_HEADER; MOST_HEADERS];
    let mut request = Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(Status::Complete(_)) => Some(asked(&request)),
        Ok(Status::Partial) if bytes.len() < MOST_BYTES => None,
        Ok(Status::Partial) | Err(Error::TooManyHeaders) => Some(Err(Refusal::TOO_LARGE)),
        Err(_) => Some(Err(Refusal::GARBAGE)),
    }
}

fn asked(request: &Request<'_, '_>) -> Result<Asked, Refusal> {
    let target = request.path.unwrap_or_default();
    // To a proxy the whole address is named.
    let path = match target.strip_prefix("http://") {
        Some(rest) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => target,
    };
    if path.split('?').next() != Some("/metrics") {
        return Err(Refusal::ELSEWHERE);
    }
    match request.method {
        Some("GET") => Ok(Asked::Get),
        Some("HEAD") => Ok(Asked::Head),
        _ => Err(Refusal::METHOD),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metrics_are_asked_for_by_their_path_alone() {
        for (request, expected) in [
            ("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", Ok(Asked::Get)),
            ("GET /metrics?x=1 HTTP/1.0\r\n\r\n", Ok(Asked::Get)),
            ("GET http://hub:9712/metrics HTTP/1.1\r\n\r\n", Ok(Asked::Get)),
            ("HEAD /metrics HTTP/1.1\r\n\r\n", Ok(Asked::Head)),
            ("POST /metrics HTTP/1.1\r\nContent-Length: 9\r\n\r\n", Err(Refusal::METHOD)),
            ("GET / HTTP/1.1\r\n\r\n", Err(Refusal::ELSEWHERE)),
            ("GET /metrics/ HTTP/1.1\r\n\r\n", Err(Refusal::ELSEWHERE)),
            ("GET http://hub HTTP/1.1\r\n\r\n", Err(Refusal::ELSEWHERE)),
            ("POST / HTTP/1.1\r\n\r\n", Err(Refusal::ELSEWHERE)),
            ("\x16\x03\x01\x02", Err(Refusal::GARBAGE)),
            ("GET\r\n\r\n", Err(Refusal::GARBAGE)),
            ("GET /metrics HTTP/2.0\r\n\r\n", Err(Refusal::GARBAGE)),
        ] {
            assert_eq!(judge(request.as_bytes()), Some(expected), "{request:?}");
        }
    }

    #[test]
    fn a_request_goes_on_until_its_empty_line_or_its_limit() {
        let request = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
        for end in 0..request.len() {
            assert_eq!(judge(&request[..end]), None, "{end}");
        }
        let mut endless = b"GET /metrics HTTP/1.1\r\nA: ".to_vec();
        endless.resize(MOST_BYTES, b'a');
        assert_eq!(judge(&endless), Some(Err(Refusal::TOO_LARGE)));
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(MOST_HEADERS + 1));
        assert_eq!(judge(many.as_bytes()), Some(Err(Refusal::TOO_LARGE)));
    }

    #[test]
    fn a_refusal_says_what_may_be_asked() {
        let reply = Refusal::METHOD.reply();
        assert!(reply.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"), "{reply}");
        assert!(reply.contains("\r\nAllow: GET, HEAD\r\n"), "{reply}");
        assert!(reply.ends_with("\r\n\r\n/metrics can only be read.\n"), "{reply}");
    }
}
