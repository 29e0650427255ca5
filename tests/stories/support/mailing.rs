//! Short words for e-mail guests: inviting them, their letters, and the pages that links lead to.

use std::sync::Arc;

use chinwag::chat::mail::LinksInLog;
use chinwag::server::throwaway::{self, Kept, Throwaway};

use super::rooms::room_part;
use super::{Actor, Answer, TestServer};

impl TestServer {
    /// A server that has no way to send letters.
    pub async fn without_mail() -> Self {
        let server = Throwaway::start_mailing_by(throwaway::limits(), Arc::new(LinksInLog)).await;
        Self {
            server: server.expect("a server starts"),
        }
    }

    /// The letters that left so far, oldest first.
    pub fn letters(&self) -> Vec<Kept> {
        self.server.letters.all()
    }

    /// To whom letters left so far.
    pub fn addressees(&self) -> Vec<String> {
        self.letters().into_iter().map(|letter| letter.to).collect()
    }

    /// The path of the link in the newest letter.
    pub fn newest_link(&self) -> String {
        let letters = self.letters();
        let text = &letters.last().expect("a letter").text;
        let link = text.lines().find(|line| line.starts_with("http://"));
        path_of(link.expect("a link"))
    }
}

/// What follows the host of a link.
pub fn path_of(link: &str) -> String {
    let (_, rest) = link.split_once("://").expect("a URL");
    let (_, path) = rest.split_once('/').expect("a path");
    format!("/{path}")
}

impl Actor {
    /// Tries to invite an address.
    pub async fn invites(&self, token: &str, address: &str) -> Answer {
        let fields = [("newParticipant", address), ("source", "emails")];
        self.post(&room_part(token, "participants"), &fields).await
    }

    /// Tries to have invitations sent again.
    pub async fn resends(&self, token: &str, fields: &[(&str, &str)]) -> Answer {
        let path = room_part(token, "participants/resend-invitations");
        self.post(&path, fields).await
    }

    /// Tries to invite a list.
    pub async fn imports(&self, token: &str, list: &[u8], test_run: bool) -> Answer {
        let mut body =
            b"--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"list.csv\"\r\n\r\n"
                .to_vec();
        body.extend_from_slice(list);
        let end = format!(
            "\r\n--XX\r\nContent-Disposition: form-data; name=\"testRun\"\r\n\r\n{test_run}\r\n--XX--\r\n"
        );
        body.extend_from_slice(end.as_bytes());
        self.request("POST", &room_part(token, "import-emails"))
            .body("multipart/form-data; boundary=XX", body)
            .send()
            .await
    }

    /// Opens a page as a browser does.
    pub async fn visits(&self, path: &str) -> Answer {
        self.request("GET", path)
            .without_header("ocs-apirequest")
            .header("accept", "text/html")
            .send()
            .await
    }

    /// Sends the form of a page.
    pub async fn submits(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.request("POST", path)
            .without_header("ocs-apirequest")
            .header("accept", "text/html")
            .form(fields)
            .send()
            .await
    }
}
