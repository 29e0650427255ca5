//! Internal signaling. Rules: `chat::signaling`. Source: conversations.md 7.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::room::RoomPath;
use crate::chat::signaling::{Person, Pull, Signal, SignalingTicket};
use crate::http::form::{BadField, Fields};
use crate::model::{ActorKind, SessionId, Token};
use crate::ocs::{Cx, Failure, Form, Reply, Routes, anyone};

/// Signals that one request may carry.
const MAX_SIGNALS: usize = 200;

pub fn routes(r: &mut Routes) {
    r.add("GET", "/api/v3/signaling/settings", anyone(), settings)
        .shows::<SettingsView<'static>>();
    r.add("GET", "/api/v3/signaling/{token}", anyone(), pull)
        .shows::<Vec<News<'static>>>()
        .answers::<Vec<News<'static>>>(404)
        .answers::<Vec<News<'static>>>(409);
    r.add("POST", "/api/v3/signaling/{token}", anyone(), send)
        .shows::<()>();
}

/// The room to signal in; `None`: any.
struct SettingsFor(Option<Token>);

impl Form for SettingsFor {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        let text = fields.text_or("token", "")?;
        if text.is_empty() {
            return Ok(Self(None));
        }
        // What is no token names no room: it is looked for and not found.
        let nowhere = || Token::parse("nowhere");
        Ok(Self(Token::parse(&text).or_else(nowhere)))
    }
}

/// A room and what to send there.
struct Send {
    token: Token,
    signals: Vec<Signal>,
}

/// One entry of `messages`.
#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    ev: String,
    #[serde(default, rename = "sessionId")]
    session_id: String,
    /// JSON in a string.
    #[serde(default, rename = "fn")]
    payload: String,
}

impl Form for Send {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        let text = fields.text("messages")?;
        // Quirk: broken-signals.
        let bad = |_| BadField("messages".to_owned());
        let entries: Vec<Entry> = serde_json::from_str(&text).map_err(bad)?;
        if entries.len() > MAX_SIGNALS {
            return Err(BadField("messages".to_owned()));
        }
        Ok(Self {
            token: RoomPath::read(fields)?.0,
            signals: entries.into_iter().filter_map(signal).collect(),
        })
    }
}

/// The signal of an entry; entries of other kinds and broken ones are passed over.
fn signal(entry: Entry) -> Option<Signal> {
    if entry.ev != "message" {
        return None;
    }
    let mut payload: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&entry.payload).ok()?;
    let to = payload.get("to")?.as_str()?.to_owned();
    let is_control = payload.get("type").and_then(|kind| kind.as_str()) == Some("control");
    payload.insert("from".to_owned(), entry.session_id.clone().into());
    Some(Signal {
        from: SessionId(entry.session_id),
        to: SessionId(to),
        is_control,
        payload: serde_json::Value::Object(payload).to_string(),
    })
}

/// What clients need before they signal.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SettingsView<'s> {
    signaling_mode: &'static str,
    user_id: Option<&'s str>,
    /// There is no other backend that one should install.
    hide_warning: bool,
    server: &'static str,
    ticket: &'s str,
    hello_auth_params: HelloAuth<'s>,
    federation: Option<()>,
    stunservers: [(); 0],
    turnservers: [(); 0],
    sip_dialin_info: &'static str,
}

#[derive(Serialize, JsonSchema)]
struct HelloAuth<'s> {
    #[serde(rename = "1.0")]
    first: Hello<'s>,
    #[serde(rename = "2.0")]
    second: HelloToken<'s>,
}

#[derive(Serialize, JsonSchema)]
struct Hello<'s> {
    userid: Option<&'s str>,
    ticket: &'s str,
}

#[derive(Serialize, JsonSchema)]
struct HelloToken<'s> {
    token: &'s str,
}

impl<'s> SettingsView<'s> {
    fn new(own: &'s SignalingTicket) -> Self {
        let (user, ticket) = (own.user.as_deref(), own.ticket.as_str());
        Self {
            signaling_mode: "internal",
            user_id: user,
            hide_warning: true,
            server: "",
            ticket,
            hello_auth_params: HelloAuth {
                first: Hello {
                    userid: user,
                    ticket,
                },
                second: HelloToken { token: ticket },
            },
            federation: None,
            stunservers: [],
            turnservers: [],
            sip_dialin_info: "",
        }
    }
}

/// One thing that a pull brings.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "type", content = "data", rename_all = "camelCase")]
enum News<'n> {
    Message(&'n str),
    UsersInRoom(Vec<PersonView<'n>>),
}

/// Somebody who has the room open.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PersonView<'p> {
    user_id: &'p str,
    room_id: i64,
    last_ping: i64,
    session_id: &'p str,
    in_call: i64,
    participant_permissions: i64,
    actor_type: &'static str,
    actor_id: &'p str,
}

impl<'p> PersonView<'p> {
    fn new(person: &'p Person) -> Self {
        let (session, actor) = (&person.session, &person.attendee.actor);
        Self {
            user_id: match actor.kind {
                ActorKind::Users => &actor.id,
                _ => "",
            },
            room_id: session.room.0,
            last_ping: session.last_ping_at,
            session_id: &session.id.0,
            in_call: session.in_call.0,
            participant_permissions: person.permissions.0,
            actor_type: actor.kind.wire(),
            actor_id: &actor.id,
        }
    }
}

/// Shape: the settings. Errors: `NotJoinable` 404. Source: conversations.md 7.1.
async fn settings(cx: Cx, (): (), SettingsFor(token): SettingsFor) -> Result<Reply, Failure> {
    let own = cx.chat().signaling_ticket(&cx.caller, token).await?;
    Ok(Reply::ok(&cx, &SettingsView::new(&own)))
}

/// Shape: null. Errors: `messages` 400, `TooManySignals` 429. Source: conversations.md 7.2.
async fn send(cx: Cx, (): (), form: Send) -> Result<Reply, Failure> {
    let Send { token, signals } = form;
    cx.chat().signal(&cx.caller, &token, signals).await?;
    Ok(Reply::null(&cx))
}

/// Wait for signals, and for changes of who is there.
///
/// Shape: a list of news, the last of which is who is there. 404 without a session, 409 when
/// another one took its place. Source: conversations.md 7.3.
async fn pull(cx: Cx, (): (), RoomPath(token): RoomPath) -> Result<Reply, Failure> {
    let pulled = cx.chat().pull_signals(&cx.caller, &token).await?;
    let (status, signals, people) = match &pulled {
        Pull::News { signals, people } => (200, signals, people.as_slice()),
        Pull::NotJoined { signals } => (404, signals, &[][..]),
        Pull::Replaced { signals } => (409, signals, &[][..]),
    };
    let signals = signals.iter().map(|signal| News::Message(signal));
    let people = people.iter().map(PersonView::new).collect();
    let news: Vec<_> = signals.chain([News::UsersInRoom(people)]).collect();
    Ok(Reply::with_status(&cx, status, &news))
}
