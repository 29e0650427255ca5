//! The one HTTP client of the bench: light, the same for ours and the floor, and only as much HTTP as their answers need
//! (HTTP/1.1, kept alive, `Content-Length`). It knows no API.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::error::Error;

/// No answer may take longer, a held poll of 60 seconds included.
const PATIENCE: Duration = Duration::from_secs(90);
/// Room for a short answer with its head; long ones grow it once.
const BUFFER_BYTES: usize = 2_048;

/// What the head of an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Status number.
    pub status: u16,
    /// Bytes up to the body.
    pub head_bytes: usize,
    /// Bytes of the body.
    pub body_bytes: usize,
    /// `X-Chat-Last-Given`, where the next poll goes on.
    pub last_given: Option<u64>,
}

impl Head {
    /// The body within the bytes of the whole answer.
    pub fn body<'a>(&self, answer: &'a [u8]) -> &'a [u8] {
        &answer[self.head_bytes..]
    }
}

/// A connection that never blocks its thread.
pub struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Result<Self, Error> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            answer: Vec::with_capacity(BUFFER_BYTES),
        })
    }

    /// Writes one request.
    pub async fn send(&mut self, request: &[u8]) -> Result<(), Error> {
        Ok(self.stream.write_all(request).await?)
    }

    /// Reads one answer completely; its bytes are in `answer`.
    pub async fn receive(&mut self) -> Result<Head, Error> {
        self.answer.clear();
        let mut head = None;
        loop {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                return Err(closed());
            }
            if let Some(head) = complete(&mut head, &mut self.answer)? {
                return Ok(head);
            }
        }
    }

    /// The bytes of the last answer.
    pub fn answer(&self) -> &[u8] {
        &self.answer
    }

    /// Takes the bytes of the last answer away, to be looked at when nothing is being timed.
    pub fn take_answer(&mut self) -> Vec<u8> {
        std::mem::replace(&mut self.answer, Vec::with_capacity(BUFFER_BYTES))
    }
}

/// A connection that blocks its thread: for setting up, and for the one post whose own answer is timed.
pub struct BlockingConnection {
    stream: std::net::TcpStream,
    answer: Vec<u8>,
}

/// When a request was about to be written, and when its answer was there.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Just before the first byte was written.
    pub started: Instant,
    /// Just after the last byte was read.
    pub answered: Instant,
}

impl BlockingConnection {
    /// Connects.
    pub fn open(address: SocketAddr) -> Result<Self, Error> {
        let stream = std::net::TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream,
            answer: Vec::with_capacity(BUFFER_BYTES),
        })
    }

    /// Sends one request and reads its answer completely; its bytes are in `answer`.
    pub fn exchange(&mut self, request: &[u8]) -> Result<(Head, Timing), Error> {
        self.answer.clear();
        let started = Instant::now();
        self.stream.write_all(request)?;
        let mut head = None;
        let mut piece = [0_u8; 16 * 1_024];
        loop {
            let read = self.stream.read(&mut piece)?;
            if read == 0 {
                return Err(closed());
            }
            self.answer.extend_from_slice(&piece[..read]);
            if let Some(head) = complete(&mut head, &mut self.answer)? {
                return Ok((
                    head,
                    Timing {
                        started,
                        answered: Instant::now(),
                    },
                ));
            }
        }
    }

    /// The bytes of the last answer.
    pub fn answer(&self) -> &[u8] {
        &self.answer
    }
}

/// The head once the whole answer is in `bytes`. `head` remembers it between reads, so that it is parsed once.
fn complete(head: &mut Option<Head>, bytes: &mut Vec<u8>) -> Result<Option<Head>, Error> {
    let known = match *head {
        Some(known) => known,
        None => match parse_head(bytes)? {
            Some(parsed) => *head.insert(parsed),
            None => return Ok(None),
        },
    };
    let whole = known.head_bytes + known.body_bytes;
    if bytes.len() > whole {
        return Err(Error::Unexpected("more bytes than one answer".to_string()));
    }
    bytes.reserve(whole - bytes.len());
    Ok((bytes.len() == whole).then_some(known))
}

/// Reads the head of an answer, as far as the bench needs it; nothing while it is incomplete.
///
/// Errors: `Unexpected` if it is not HTTP, or if the body's length is not announced.
fn parse_head(bytes: &[u8]) -> Result<Option<Head>, Error> {
    let mut status = None;
    let mut length = None;
    let mut last_given = None;
    let mut at = 0;
    while let Some(end) = bytes[at..].iter().position(|&byte| byte == b'\n') {
        let line = bytes[at..at + end].trim_ascii_end();
        at += end + 1;
        let Some(status) = status else {
            status = Some(parse_status(line)?);
            continue;
        };
        if line.is_empty() {
            // These two have no body, whatever the head says.
            let body_bytes = if matches!(status, 204 | 304) {
                Some(0)
            } else {
                length
            };
            let Some(body_bytes) = body_bytes else {
                return Err(Error::Unexpected(format!(
                    "answer {status} without Content-Length"
                )));
            };
            return Ok(Some(Head {
                status,
                head_bytes: at,
                body_bytes,
                last_given,
            }));
        }
        if let Some(value) = header(line, b"content-length:") {
            length = Some(value as usize);
        } else if let Some(value) = header(line, b"x-chat-last-given:") {
            last_given = Some(value);
        }
    }
    Ok(None)
}

fn parse_status(line: &[u8]) -> Result<u16, Error> {
    line.strip_prefix(b"HTTP/1.1 ")
        .and_then(|rest| rest.get(..3))
        .and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok())
        .ok_or_else(|| {
            Error::Unexpected(format!(
                "no HTTP/1.1 answer: {:?}",
                String::from_utf8_lossy(line)
            ))
        })
}

/// The number behind `name` (lower case, with its colon), if the line is that header.
fn header(line: &[u8], name: &[u8]) -> Option<u64> {
    let (start, value) = line.split_at_checked(name.len())?;
    if !start.eq_ignore_ascii_case(name) {
        return None;
    }
    std::str::from_utf8(value.trim_ascii()).ok()?.parse().ok()
}

fn closed() -> Error {
    Error::Unexpected("connection closed within an answer".to_string())
}

#[cfg(test)]
mod tests {
    #[test]
    fn heads_are_read() {
        let head = |text: &str| super::parse_head(text.as_bytes()).expect("a valid head");
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nx-chat-Last-Given:77\r\n\r\nhello";
        let expected = super::Head {
            status: 200,
            head_bytes: text.len() - 5,
            body_bytes: 5,
            last_given: Some(77),
        };
        assert_eq!(head(text), Some(expected));
        assert_eq!(expected.body(text.as_bytes()), b"hello");
        assert_eq!(head("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"), None);
        assert_eq!(
            head("HTTP/1.1 304 Not Modified\r\n\r\n").map(|head| (head.status, head.body_bytes)),
            Some((304, 0))
        );
    }

    #[test]
    fn what_the_client_does_not_speak_is_refused() {
        for text in [
            "SMTP ready\r\n\r\n",
            "HTTP/1.1 2x0 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "\r\n",
        ] {
            assert!(super::parse_head(text.as_bytes()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_answer_is_complete_with_its_last_byte() {
        let text = b"HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\nabc";
        for end in 0..text.len() {
            assert_eq!(
                super::complete(&mut None, &mut text[..end].to_vec()).expect("valid"),
                None
            );
        }
        let whole = super::complete(&mut None, &mut text.to_vec()).expect("valid");
        assert_eq!(whole.map(|head| head.status), Some(201));
        let mut more = text.to_vec();
        more.push(b'!');
        assert!(super::complete(&mut None, &mut more).is_err());
    }
}
