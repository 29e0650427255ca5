//! Links in answers: they point to rooms and messages, so they hold ids; and hosts and versions, which do not matter.

use super::binding::Bindings;
use super::meaning::{self, Space};

/// Whether two URLs without scheme and host are the same. Tokens and message ids inside of them are bound.
pub fn is_same(bindings: &mut Bindings, recorded: &str, played: &str) -> bool {
    let (recorded, recorded_message) = split_message(without_version(recorded));
    let (played, played_message) = split_message(without_version(played));
    let messages = match (recorded_message, played_message) {
        (Some(recorded), Some(played)) => bindings.meet(Space::Message, recorded, played).is_ok(),
        (recorded, played) => recorded == played,
    };
    let recorded: Vec<&str> = recorded.split(['/', '#', '?']).collect();
    let played: Vec<&str> = played.split(['/', '#', '?']).collect();
    let mut segments = recorded.iter().zip(&played).enumerate();
    let same = |(at, (expected, got)): (usize, (&&str, &&str))| {
        let after_kind = at > 0 && matches!(recorded[at - 1], "call" | "room" | "chat");
        let space = match after_kind {
            true => Some(Space::Token),
            false => meaning::of_segment(&recorded, at).filter(|_| expected.parse::<u64>().is_ok()),
        };
        match space {
            Some(space) => bindings.meet(space, expected, got).is_ok(),
            None => bindings.replace_in(expected) == *got,
        }
    };
    messages && recorded.len() == played.len() && segments.all(same)
}

/// What follows the host of an absolute URL; `None` if `text` is no URL.
pub fn after_host(text: &str) -> Option<&str> {
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"))?;
    let slash = rest.find('/').unwrap_or(rest.len());
    (!rest.contains(char::is_whitespace)).then(|| &rest[slash..])
}

/// An avatar's URL without the version behind it.
fn without_version(url: &str) -> &str {
    match url.split_once("?v=") {
        Some((path, _)) if path.contains("/avatar") => path,
        _ => url,
    }
}

fn split_message(url: &str) -> (&str, Option<&str>) {
    match url.split_once("#message_") {
        Some((path, id)) => (path, Some(id)),
        None => (url, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_compared_with_their_ids_and_without_their_hosts() {
        let mut bindings = Bindings::default();
        bindings
            .meet(Space::Token, "abcd2345", "wxyz6789")
            .expect("binds");
        let cases = [
            (
                "http://localhost/call/abcd2345#message_7",
                "http://127.0.0.1:8080/call/wxyz6789#message_9",
                true,
            ),
            (
                "http://localhost/v1/chat/abcd2345/7/reminder",
                "http://h/v1/chat/wxyz6789/9/reminder",
                true,
            ),
            (
                "http://localhost/v1/chat/abcd2345/7/reminder",
                "http://h/v1/chat/wxyz6789/8/reminder",
                false,
            ),
            (
                "http://localhost/call/abcd2345#direct-call",
                "http://h/call/wxyz6789",
                false,
            ),
            (
                "http://localhost/room/abcd2345/avatar?v=1",
                "http://h/room/wxyz6789/avatar?v=2",
                true,
            ),
            (
                "http://localhost/room/abcd2345/avatar",
                "http://h/room/wxyz6789/avatar/dark",
                false,
            ),
            (
                "http://localhost/call/new45678",
                "http://h/call/wxyz6789",
                false,
            ),
        ];
        for (recorded, played, same) in cases {
            let (left, right) = (
                after_host(recorded).expect("a URL"),
                after_host(played).expect("a URL"),
            );
            assert_eq!(
                is_same(&mut bindings, left, right),
                same,
                "{recorded} {played}"
            );
        }
        assert_eq!(
            after_host("http://a b"),
            None,
            "a text that begins like one"
        );
    }
}
