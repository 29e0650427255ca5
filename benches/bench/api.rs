//! The requests of the chat API that the bench sends, as bytes. Paths and parameters: OCS, Talk's conversation API v4 and
//! chat API v1. Every name and text here consists of characters that need no escaping.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// An account that calls.
#[derive(Debug, Clone)]
pub struct Account {
    /// User id, also the login name.
    pub name: String,
    /// Value of the `Authorization` header.
    authorization: String,
}

impl Account {
    /// An account with its password.
    pub fn new(name: &str, password: &str) -> Self {
        let secret = STANDARD.encode(format!("{name}:{password}"));
        Self {
            name: name.to_string(),
            authorization: format!("Basic {secret}"),
        }
    }

    /// Creates the account `name`.
    pub fn create_user(&self, name: &str, password: &str) -> Vec<u8> {
        let form = format!("userid={name}&password={password}");
        self.post("/ocs/v2.php/cloud/users", &form)
    }

    /// Creates a group conversation.
    pub fn create_room(&self, name: &str) -> Vec<u8> {
        let form = format!("roomType=2&roomName={name}");
        self.post("/ocs/v2.php/apps/spreed/api/v4/room", &form)
    }

    /// Adds the account `name` to a conversation.
    pub fn add_participant(&self, token: &str, name: &str) -> Vec<u8> {
        let path = format!("/ocs/v2.php/apps/spreed/api/v4/room/{token}/participants");
        self.post(&path, &format!("newParticipant={name}&source=users"))
    }

    /// Adds everybody in a group to a conversation.
    pub fn add_group(&self, token: &str, group: &str) -> Vec<u8> {
        let path = format!("/ocs/v2.php/apps/spreed/api/v4/room/{token}/participants");
        self.post(&path, &format!("newParticipant={group}&source=groups"))
    }

    /// Asks for all conversations of the account.
    pub fn rooms(&self) -> Vec<u8> {
        self.get("/ocs/v2.php/apps/spreed/api/v4/room")
    }

    /// Asks for one conversation.
    pub fn room(&self, token: &str) -> Vec<u8> {
        self.get(&format!("/ocs/v2.php/apps/spreed/api/v4/room/{token}"))
    }

    /// Asks who is in a conversation.
    pub fn participants(&self, token: &str) -> Vec<u8> {
        let path = format!("/ocs/v2.php/apps/spreed/api/v4/room/{token}/participants");
        self.get(&path)
    }

    /// Posts `text`.
    pub fn post_message(&self, token: &str, text: &str) -> Vec<u8> {
        self.post(&chat(token), &format!("message={text}"))
    }

    /// Puts `text` in place of an own message's.
    pub fn edit_message(&self, token: &str, id: u64, text: &str) -> Vec<u8> {
        self.send(
            "PUT",
            &format!("{}/{id}", chat(token)),
            &format!("message={text}"),
        )
    }

    /// Reacts to a message with a thumb.
    pub fn react(&self, token: &str, id: u64) -> Vec<u8> {
        let path = format!("/ocs/v2.php/apps/spreed/api/v1/reaction/{token}/{id}");
        self.post(&path, "reaction=%F0%9F%91%8D")
    }

    /// Creates a poll of two options with open results.
    pub fn create_poll(&self, token: &str) -> Vec<u8> {
        let path = format!("/ocs/v2.php/apps/spreed/api/v1/poll/{token}");
        let form = "question=bench&options[]=yes&options[]=no&resultMode=0&maxVotes=1";
        self.post(&path, form)
    }

    /// Votes for one option.
    pub fn vote(&self, token: &str, poll: u64, option: usize) -> Vec<u8> {
        let path = format!("/ocs/v2.php/apps/spreed/api/v1/poll/{token}/{poll}");
        self.post(&path, &format!("optionIds[]={option}"))
    }

    /// Asks for the page of 100 messages before the id `before`; 0 is the newest page.
    pub fn history(&self, token: &str, before: u64) -> Vec<u8> {
        let query = format!("?lookIntoFuture=0&limit=100&lastKnownMessageId={before}");
        self.get(&format!("{}{query}", chat(token)))
    }

    /// Asks for the first page of what has `term` in it, in all conversations.
    pub fn search(&self, term: &str) -> Vec<u8> {
        let term: String = form_urlencoded::byte_serialize(term.as_bytes()).collect();
        self.get(&format!(
            "/ocs/v2.php/search/providers/talk-message/search?term={term}"
        ))
    }

    /// Asks for what follows `known`, without waiting.
    pub fn look(&self, token: &str, known: u64) -> Vec<u8> {
        let query =
            format!("?lookIntoFuture=1&timeout=0&setReadMarker=0&lastKnownMessageId={known}");
        self.get(&format!("{}{query}", chat(token)))
    }

    /// The request of a waiter, prepared up to the numbers that change.
    pub fn poll(&self, token: &str) -> Poll {
        const KNOWN: &str = "lastKnownMessageId=";
        let start = |marker: u8| {
            let path = chat(token);
            format!("GET {path}?lookIntoFuture=1&timeout=60&setReadMarker={marker}&{KNOWN}")
                .into_bytes()
        };
        Poll {
            keeping: start(0),
            marking: start(1),
            end: format!(" HTTP/1.1\r\n{}\r\n", self.headers()).into_bytes(),
        }
    }

    fn get(&self, path: &str) -> Vec<u8> {
        format!("GET {path} HTTP/1.1\r\n{}\r\n", self.headers()).into_bytes()
    }

    fn post(&self, path: &str, form: &str) -> Vec<u8> {
        self.send("POST", path, form)
    }

    fn send(&self, method: &str, path: &str, form: &str) -> Vec<u8> {
        format!(
            "{method} {path} HTTP/1.1\r\n{}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            self.headers(),
            form.len()
        )
        .into_bytes()
    }

    fn headers(&self) -> String {
        format!(
            "Host: bench.example\r\nAuthorization: {}\r\nOCS-APIRequest: true\r\nAccept: application/json\r\n",
            self.authorization
        )
    }
}

/// Whether a poll moves the caller's read marker to the id it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadMarker {
    /// `setReadMarker=0`
    Keep,
    /// `setReadMarker=1`, the API's default.
    Move,
}

/// A long poll, prepared; only the id of the last known message is missing.
pub struct Poll {
    keeping: Vec<u8>,
    marking: Vec<u8>,
    end: Vec<u8>,
}

impl Poll {
    /// Writes the request that waits for what follows `known` into `request`, in place of what was there.
    pub fn write(&self, request: &mut Vec<u8>, known: u64, read_marker: ReadMarker) {
        let start = match read_marker {
            ReadMarker::Keep => &self.keeping,
            ReadMarker::Move => &self.marking,
        };
        request.clear();
        request.extend_from_slice(start);
        request.extend_from_slice(known.to_string().as_bytes());
        request.extend_from_slice(&self.end);
    }
}

/// A text of `bytes` bytes that starts with `marker`.
pub fn text(marker: &str, bytes: usize) -> String {
    let filler = std::iter::repeat("the-kettle-is-on-").flat_map(str::chars);
    marker
        .chars()
        .chain(['-'])
        .chain(filler)
        .take(bytes.max(marker.len()))
        .collect()
}

fn chat(token: &str) -> String {
    format!("/ocs/v2.php/apps/spreed/api/v1/chat/{token}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_poll_is_a_whole_request() {
        let account = super::Account::new("tea", "pot");
        let mut request = b"old".to_vec();
        account
            .poll("abcd")
            .write(&mut request, 42, super::ReadMarker::Move);
        let request = String::from_utf8(request).expect("text");
        assert!(request.starts_with(
            "GET /ocs/v2.php/apps/spreed/api/v1/chat/abcd?lookIntoFuture=1&timeout=60&setReadMarker=1&lastKnownMessageId=42 HTTP/1.1\r\n"
        ));
        assert!(request.contains("\r\nAuthorization: Basic dGVhOnBvdA==\r\n"));
        assert!(request.ends_with("\r\n\r\n"));
    }

    #[test]
    fn a_post_announces_the_length_of_its_form() {
        let request = super::Account::new("tea", "pot").post_message("abcd", "hello");
        let request = String::from_utf8(request).expect("text");
        assert!(request.ends_with("\r\nContent-Length: 13\r\n\r\nmessage=hello"));
    }

    #[test]
    fn texts_have_the_wished_length_and_start_with_the_marker() {
        let text = super::text("round-7", 200);
        assert_eq!(text.len(), 200);
        assert!(text.starts_with("round-7-the-kettle"));
        assert_eq!(super::text("round-7", 3), "round-7");
    }
}
