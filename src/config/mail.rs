//! Where letters leave and whom they are from, when the operator says it.

use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, Tokio1Executor};

const URL_DEMAND: &str = "must be a mail server's URL, such as smtps://user:password@mail.example or smtp://localhost:25";
const SENDER_DEMAND: &str = "must be an e-mail address, such as `Chat <chat@example.org>`";

/// The URL with its kind of encryption said: a password never leaves unencrypted.
///
/// Errors: what the text must be.
pub(super) fn checked_url(text: &str) -> Result<String, String> {
    let (scheme, rest) = text.split_once("://").ok_or(URL_DEMAND)?;
    if !matches!(scheme, "smtp" | "smtps") {
        return Err(URL_DEMAND.to_owned());
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let has_credentials = authority.contains('@');
    let url = match (scheme, rest.split_once('?')) {
        (_, Some((_, "tls=required"))) => text.to_owned(),
        ("smtp", Some((_, "tls=opportunistic"))) if !has_credentials => text.to_owned(),
        (_, Some(_)) => return Err(URL_DEMAND.to_owned()),
        ("smtp", None) if has_credentials => format!("{text}?tls=required"),
        ("smtp", None) => format!("{text}?tls=opportunistic"),
        (_, None) => text.to_owned(),
    };
    match AsyncSmtpTransport::<Tokio1Executor>::from_url(&url) {
        Ok(_) if !authority.is_empty() => Ok(url),
        _ => Err(URL_DEMAND.to_owned()),
    }
}

/// Errors: what the text must be.
pub(super) fn checked_sender(text: &str) -> Result<String, String> {
    let sender: Mailbox = text.parse().map_err(|_| SENDER_DEMAND.to_owned())?;
    Ok(sender.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_only_sent_encrypted() {
        for (text, expected) in [
            ("smtps://me:tea@mail.example", "smtps://me:tea@mail.example"),
            (
                "smtp://me:tea@mail.example:25",
                "smtp://me:tea@mail.example:25?tls=required",
            ),
            (
                "smtp://localhost:25",
                "smtp://localhost:25?tls=opportunistic",
            ),
            (
                "smtp://mail.example?tls=required",
                "smtp://mail.example?tls=required",
            ),
        ] {
            assert_eq!(checked_url(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_mail_server_is_refused() {
        for text in [
            "",
            "mail.example",
            "smtp://",
            "http://mail.example",
            "smtp://mail.example?tls=none",
            "smtp://me:tea@mail.example?tls=opportunistic",
            "smtp://mail.example:port",
        ] {
            assert_eq!(checked_url(text), Err(URL_DEMAND.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        for (text, taken) in [
            ("chat@tea.example", true),
            ("Chat <chat@tea.example>", true),
            ("Chat", false),
            ("chat@tea.example\r\nBcc: all@tea.example", false),
        ] {
            assert_eq!(checked_sender(text).is_ok(), taken, "{text}");
        }
    }
}
