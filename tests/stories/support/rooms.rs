//! What stories about accounts, rooms and logins need besides: other ways to prove who one is,
//! groups, short looks at rooms, and the usual shapes of refusals.

use std::net::SocketAddr;
use std::sync::Arc;

use chinwag::model::UserId;
use serde_json::{Value, json};

use super::{Actor, Answer, Request, TestServer, talk};

/// The path of a conversation.
pub fn room(token: &str) -> String {
    talk(&format!("/api/v4/room/{token}"))
}

/// The path of something that belongs to a conversation, such as `participants/self`.
pub fn room_part(token: &str, part: &str) -> String {
    talk(&format!("/api/v4/room/{token}/{part}"))
}

/// The path of an account or a group.
pub fn cloud(path: &str) -> String {
    format!("/ocs/v2.php/cloud/{path}")
}

impl TestServer {
    /// A group with these members.
    pub async fn group(&self, id: &str, members: &[&str]) {
        let made = self
            .admin()
            .post(&cloud("groups"), &[("groupid", id)])
            .await;
        assert_eq!(made.status, 200, "{}", made.text);
        for member in members {
            self.joins_group(member, id).await;
        }
    }

    /// An account becomes a member of a group.
    pub async fn joins_group(&self, user: &str, group: &str) {
        let path = cloud(&format!("users/{user}/groups"));
        let added = self.admin().post(&path, &[("groupid", group)]).await;
        assert_eq!(added.status, 200, "{}", added.text);
    }

    /// A fresh app password of an account. There is no public way to make one before login flows.
    pub async fn app_password(&self, user: &str) -> String {
        let user = UserId(user.to_owned());
        let chat = &self.server.chat;
        let made = chat.create_app_password(&user, user.as_str(), "a device");
        made.await.unwrap()
    }

    /// The answer to a request that may be held back: time passes until it comes.
    pub async fn answer_in_time(&self, request: Request) -> Answer {
        let answer = request.start();
        while !answer.is_finished() {
            // Plenty of turns for the request to come to where it is held.
            for _ in 0..1000 {
                tokio::task::yield_now().await;
            }
            self.advance(1);
        }
        answer.await.unwrap()
    }
}

impl Actor {
    /// Somebody with an account of a server that runs elsewhere.
    pub fn at(address: SocketAddr, name: &str, password: &str) -> Self {
        let nobody = Self::nobody_at(address);
        Self {
            name: name.to_owned(),
            ..nobody.claiming(name, password)
        }
    }

    /// A visitor of a server that runs elsewhere.
    pub fn nobody_at(address: SocketAddr) -> Self {
        Self {
            address,
            name: String::new(),
            authorization: None,
            jar: Arc::default(),
        }
    }

    /// The same browser after the server has moved.
    pub fn moved_to(&self, address: SocketAddr) -> Self {
        Self {
            address,
            ..self.clone()
        }
    }

    /// The same browser with an `Authorization` header of one's own.
    pub fn with_authorization(&self, value: &str) -> Self {
        Self {
            authorization: Some(value.to_owned()),
            ..self.clone()
        }
    }

    /// The same browser without credentials: its cookies are all it shows.
    pub fn by_cookie_alone(&self) -> Self {
        Self {
            authorization: None,
            ..self.clone()
        }
    }

    /// The same browser with a name and a password.
    pub fn claiming(&self, name: &str, password: &str) -> Self {
        use base64::Engine as _;
        let text = format!("{name}:{password}");
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        self.with_authorization(&format!("Basic {encoded}"))
    }

    /// A copy of this browser as it is now; cookies that come later stay apart.
    pub fn snapshot(&self) -> Self {
        let cookies = self.jar.lock().unwrap().clone();
        Self {
            jar: Arc::new(std::sync::Mutex::new(cookies)),
            ..self.clone()
        }
    }

    /// Adds a group to a conversation.
    pub async fn adds_group(&self, token: &str, group: &str) {
        let fields = [("newParticipant", group), ("source", "groups")];
        let added = self.post(&room_part(token, "participants"), &fields).await;
        assert_eq!(added.status, 200, "{}", added.text);
    }

    /// Changes something about a conversation.
    pub async fn sets(&self, token: &str, part: &str, fields: &[(&str, &str)]) -> Value {
        let answer = self.put(&room_part(token, part), fields).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.data()
    }

    /// Promotes a member.
    pub async fn promotes(&self, token: &str, attendee: &str) {
        let path = room_part(token, "moderators");
        let answer = self.post(&path, &[("attendeeId", attendee)]).await;
        answer.expect(200, json!(null));
    }

    /// Removes a member.
    pub async fn removes(&self, token: &str, attendee: &str) {
        let path = room_part(token, "attendees");
        let answer = self.delete(&path, &[("attendeeId", attendee)]).await;
        answer.expect(200, json!(null));
    }

    /// Closes a conversation in this browser.
    pub async fn leaves(&self, token: &str) {
        let answer = self
            .delete(&room_part(token, "participants/active"), &[])
            .await;
        answer.expect(200, json!(null));
    }

    /// The list of participants.
    pub async fn participants(&self, token: &str) -> Vec<Value> {
        let answer = self.get(&room_part(token, "participants")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.data().as_array().unwrap().clone()
    }

    /// Ids of who takes part, with their roles.
    pub async fn roles(&self, token: &str) -> Vec<(String, i64)> {
        let mut roles: Vec<_> = self
            .participants(token)
            .await
            .iter()
            .map(|row| {
                let id = row["actorId"].as_str().unwrap().to_owned();
                (id, row["participantType"].as_i64().unwrap())
            })
            .collect();
        roles.sort();
        roles
    }

    /// The id of somebody's membership.
    pub async fn attendee_of(&self, token: &str, actor_id: &str) -> String {
        let everybody = self.participants(token).await;
        let found = everybody.iter().find(|row| row["actorId"] == actor_id);
        found.expect("a participant")["attendeeId"].to_string()
    }

    /// The system messages of a conversation, oldest first.
    pub async fn systems(&self, token: &str) -> Vec<String> {
        let mut names: Vec<_> = self
            .history(token)
            .await
            .iter()
            .map(|row| row["systemMessage"].as_str().unwrap().to_owned())
            .filter(|name| !name.is_empty())
            .collect();
        names.reverse();
        names
    }

    /// The newest message of a conversation.
    pub async fn newest(&self, token: &str) -> Value {
        self.history(token).await[0].clone()
    }

    /// The tokens of this actor's conversations, their note to self left out.
    pub async fn list(&self) -> Vec<String> {
        let answer = self.get(&talk("/api/v4/room")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let rooms = answer.data();
        let rooms = rooms.as_array().expect("a list").iter();
        rooms
            .filter(|room| room["type"] != 6)
            .map(|room| room["token"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Answer {
    /// A refusal with a word: `{"error": word}` and no message.
    #[track_caller]
    pub fn refused(&self, status: u16, word: &str) {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.meta()["statuscode"], status);
        assert_eq!(self.meta()["message"], "");
        assert_eq!(self.data(), json!({ "error": word }));
    }

    /// A refusal without data or with null, and no message.
    #[track_caller]
    pub fn refused_with(&self, status: u16, data: Value) {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.meta()["statuscode"], status);
        assert_eq!(self.meta()["message"], "");
        assert_eq!(self.data(), data);
    }

    /// A refusal with a status code of its own and a text; `data` is `[]`.
    #[track_caller]
    pub fn says(&self, status: u16, code: u16, message: &str) {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(
            self.meta(),
            json!({ "status": "failure", "statuscode": code, "message": message })
        );
        assert_eq!(self.data(), json!([]));
    }
}
