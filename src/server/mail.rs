//! Letters leave by SMTP: a bounded queue, a few attempts each, TLS by rustls.
//!
//! Nothing here knows what letters are about; an invitation that could not be sent is in the database and can be sent
//! again. What a letter says is never logged.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinHandle, JoinSet};

use crate::chat::Clock;
use crate::chat::mail::{Letter, MAX_LETTERS, Mailer};
use crate::config::Config;

/// Connections to the mail server at the same time.
const AT_ONCE: usize = 4;
/// How long the mail server may take for each step.
const STEP_PATIENCE: Duration = Duration::from_secs(20);
/// How long to wait before each further attempt.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(5),
    Duration::from_secs(60),
    Duration::from_secs(300),
];

/// Why no letters can be sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Links in letters must not follow what a request claims the server's name to be.
    #[error("smtp-url needs mail-from and base-url")]
    Incomplete,
    #[error("smtp-url or mail-from: {0}")]
    Unusable(String),
}

/// Sends letters one after the other, a few at a time.
pub struct SmtpMailer {
    /// `None` once it is closed.
    queue: Mutex<Option<mpsc::Sender<Letter>>>,
    worker: Mutex<Option<JoinHandle<()>>>,
}

/// The way to the mail server.
struct Route {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    turns: Semaphore,
    clock: Clock,
}

impl SmtpMailer {
    /// The mailer of these settings; `None` without a mail server.
    pub fn of(config: &Config, clock: Clock) -> Result<Option<Arc<Self>>, MailError> {
        let Some(url) = &config.smtp_url else {
            return Ok(None);
        };
        match (&config.mail_from, &config.base_url) {
            (Some(from), Some(_)) => Self::start(url, from, clock).map(Some),
            _ => Err(MailError::Incomplete),
        }
    }

    /// Begin to work; a connection is made with the first letter.
    pub fn start(url: &str, from: &str, clock: Clock) -> Result<Arc<Self>, MailError> {
        let unusable = |error: &dyn std::fmt::Display| MailError::Unusable(error.to_string());
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url);
        let route = Route {
            transport: builder
                .map_err(|error| unusable(&error))?
                .timeout(Some(STEP_PATIENCE))
                .build(),
            from: from.parse().map_err(|error| unusable(&error))?,
            turns: Semaphore::new(AT_ONCE),
            clock,
        };
        let (sender, letters) = mpsc::channel(MAX_LETTERS);
        let worker = tokio::spawn(work(Arc::new(route), letters));
        Ok(Arc::new(Self {
            queue: Mutex::new(Some(sender)),
            worker: Mutex::new(Some(worker)),
        }))
    }

    /// Takes no more letters, and gives those on their way so long to leave.
    pub async fn close(&self, patience: Duration) {
        drop(take(&self.queue));
        let Some(mut worker) = take(&self.worker) else {
            return;
        };
        if tokio::time::timeout(patience, &mut worker).await.is_err() {
            worker.abort();
            tracing::warn!("some letters did not leave in time; moderators can send them again");
        }
    }
}

impl Mailer for SmtpMailer {
    fn delivers(&self) -> bool {
        true
    }

    fn post(&self, letter: Letter) {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = queue.as_ref().map(|queue| queue.try_send(letter));
        if !matches!(sent, Some(Ok(()))) {
            // There is a place for each letter, so it is closed.
            tracing::warn!("a letter came while the server stops; a moderator can send it again");
        }
    }
}

fn take<T>(slot: &Mutex<Option<T>>) -> Option<T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

async fn work(route: Arc<Route>, mut letters: mpsc::Receiver<Letter>) {
    // As many as have a place in the queue: each letter holds its own until it is gone.
    let mut sending = JoinSet::new();
    loop {
        tokio::select! {
            letter = letters.recv() => match letter {
                Some(letter) => {
                    let route = Arc::clone(&route);
                    sending.spawn(async move { route.deliver(letter).await });
                }
                None => break,
            },
            Some(_) = sending.join_next() => {}
        }
    }
    while sending.join_next().await.is_some() {}
}

impl Route {
    /// Sends a letter, if need be several times.
    async fn deliver(&self, letter: Letter) {
        let message = match self.write(&letter) {
            Ok(message) => message,
            Err(error) => {
                tracing::warn!(
                    to = letter.to,
                    error,
                    "a letter cannot be sent to this address"
                );
                return;
            }
        };
        let mut pauses = PAUSES.into_iter();
        loop {
            let Err(error) = self.send(message.clone()).await else {
                tracing::info!(to = letter.to, "a letter was sent");
                return;
            };
            let pause = pauses.next().filter(|_| !error.is_permanent());
            let Some(pause) = pause else {
                tracing::warn!(
                    to = letter.to,
                    %error,
                    "a letter was not sent; a moderator can send it again"
                );
                return;
            };
            tracing::debug!(to = letter.to, %error, "a letter is sent again later");
            self.clock.until(self.clock.deadline(pause)).await;
        }
    }

    async fn send(&self, message: Message) -> Result<(), smtp::Error> {
        // Held only while sending, so that letters that wait do not hold up others. Never closed.
        let _turn = self.turns.acquire().await;
        self.transport.send(message).await.map(|_| ())
    }

    /// Errors: why there is no letter to this address.
    fn write(&self, letter: &Letter) -> Result<Message, String> {
        let to: Address = letter.to.parse().map_err(said)?;
        Message::builder()
            .from(self.from.clone())
            .to(to.into())
            .subject(letter.subject.clone())
            .message_id(None)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())
            .map_err(said)
    }
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::chat::mail::{Invitation, PostOffice};
    use crate::model::Token;

    /// Speaks just enough SMTP for one letter; what was said to it, line by line.
    async fn takes_a_letter(stream: TcpStream, verdict: &str) -> Vec<String> {
        let mut lines = BufReader::new(stream);
        lines.write_all(b"220 sink\r\n").await.unwrap();
        let (mut heard, mut in_letter) = (Vec::new(), false);
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line).await.unwrap() == 0 {
                return heard;
            }
            let line = line.trim_end().to_owned();
            let answer = match line.as_str() {
                "." => verdict,
                _ if in_letter => "",
                "DATA" => "354 go on\r\n",
                "QUIT" => "221 bye\r\n",
                _ => "250 fine\r\n",
            };
            in_letter = line == "DATA" || (in_letter && line != ".");
            heard.push(line);
            lines.write_all(answer.as_bytes()).await.unwrap();
        }
    }

    async fn mailer(clock: &Clock) -> (TcpListener, Arc<SmtpMailer>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let url = format!("smtp://{address}?tls=opportunistic");
        let from = "Chat <chat@tea.example>";
        (
            listener,
            SmtpMailer::start(&url, from, clock.clone()).unwrap(),
        )
    }

    fn invites(mailer: &Arc<SmtpMailer>, address: &str, room_name: &str) -> PostOffice {
        let office = PostOffice::new(Arc::clone(mailer) as Arc<dyn Mailer>);
        let invitation = Invitation {
            token: Token::parse("tea23456").unwrap(),
            room_name: room_name.to_owned(),
            inviter: "Alice".to_owned(),
            address: address.to_owned(),
            access_token: "secret".to_owned(),
        };
        let places = office.reserve(1).unwrap();
        office.invite(places, &[invitation], "https://chat.tea.example");
        office
    }

    #[tokio::test]
    async fn a_letter_with_its_link_arrives() {
        let (listener, mailer) = mailer(&Clock::manual()).await;
        invites(&mailer, "ann@tea.example", "Tea\r\nBcc: all@tea.example");

        let (stream, _) = listener.accept().await.unwrap();
        let heard = takes_a_letter(stream, "250 taken\r\n").await;

        assert!(heard.contains(&"MAIL FROM:<chat@tea.example>".to_owned()));
        assert!(heard.contains(&"RCPT TO:<ann@tea.example>".to_owned()));
        assert!(heard.contains(&"From: Chat <chat@tea.example>".to_owned()));
        assert!(heard.contains(&"To: ann@tea.example".to_owned()));
        assert!(!heard.iter().any(|line| line.starts_with("Bcc:")));
        let link = "https://chat.tea.example/call/tea23456?email=ann%40tea.example&access=secret";
        // Long lines are cut, and `=` is escaped.
        let text = heard.join("\n").replace("=\n", "").replace("=3D", "=");
        assert!(text.contains(link), "{text}");
        mailer.close(STEP_PATIENCE).await;
    }

    #[tokio::test]
    async fn a_letter_that_is_put_off_is_sent_again() {
        let clock = Clock::manual();
        let (listener, mailer) = mailer(&clock).await;
        invites(&mailer, "ann@tea.example", "Tea");
        let (stream, _) = listener.accept().await.unwrap();
        takes_a_letter(stream, "451 later\r\n").await;

        let again = async {
            loop {
                clock.advance(PAUSES[0]);
                tokio::task::yield_now().await;
            }
        };
        let (stream, _) = tokio::select! {
            accepted = listener.accept() => accepted.unwrap(),
            () = again => unreachable!(),
        };

        let heard = takes_a_letter(stream, "250 taken\r\n").await;
        assert!(heard.contains(&"To: ann@tea.example".to_owned()));
        mailer.close(STEP_PATIENCE).await;
    }

    #[tokio::test]
    async fn a_letter_that_is_refused_for_good_is_given_up() {
        let (listener, mailer) = mailer(&Clock::manual()).await;
        let office = invites(&mailer, "ann@tea.example", "Tea");
        let (stream, _) = listener.accept().await.unwrap();
        takes_a_letter(stream, "550 nobody here\r\n").await;

        mailer.close(STEP_PATIENCE).await;

        // The clock stands still, so it does not wait for another attempt; its place is free again.
        assert!(office.reserve(MAX_LETTERS).is_ok());
    }

    #[tokio::test]
    async fn what_is_no_address_is_not_even_tried() {
        let (_listener, mailer) = mailer(&Clock::manual()).await;
        for address in [
            "nobody",
            "a@b\r\nRCPT TO:<all@tea.example>",
            "a b@c.example",
        ] {
            let office = invites(&mailer, address, "Tea");
            while office.reserve(MAX_LETTERS).is_err() {
                tokio::task::yield_now().await;
            }
        }
        mailer.close(STEP_PATIENCE).await;
    }

    #[tokio::test]
    async fn a_mail_server_alone_is_not_enough() {
        let whole = Config {
            smtp_url: Some("smtp://localhost?tls=opportunistic".to_owned()),
            mail_from: Some("chat@tea.example".to_owned()),
            base_url: Some("https://chat.tea.example".to_owned()),
            ..Config::default()
        };
        let made = |config: &Config| SmtpMailer::of(config, Clock::manual());
        assert!(matches!(made(&whole), Ok(Some(_))));
        assert!(matches!(made(&Config::default()), Ok(None)));
        for lacking in [
            Config {
                mail_from: None,
                ..whole.clone()
            },
            Config {
                base_url: None,
                ..whole.clone()
            },
        ] {
            assert!(matches!(made(&lacking), Err(MailError::Incomplete)));
        }
    }
}
