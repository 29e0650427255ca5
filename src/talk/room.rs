//! Conversations: list, look at, make, rename, delete. Rules: `chat::room_view`,
//! `chat::room_creation`, `chat::conversation`. Shapes: `view::room`.

use std::sync::Arc;

use hyper::header::HeaderName;

use super::view;
use super::view::room::RoomJson;
use crate::chat::room_creation::{Created, Wish};
use crate::chat::room_view::{ListRooms, RoomView};
use crate::http::form::{BadField, Fields};
use crate::model::{Token, User};
use crate::ocs::capability::{Capabilities, digest, talk_hash};
use crate::ocs::{
    Cx, Failure, Form, Moderator, Participant, Reply, Routes, anyone, gate, logged_in, moderator,
    participant,
};

const HASH: HeaderName = HeaderName::from_static("x-nextcloud-talk-hash");
const MODIFIED_BEFORE: HeaderName = HeaderName::from_static("x-nextcloud-talk-modified-before");

pub fn routes(r: &mut Routes) {
    r.add("GET", "/api/v4/room", logged_in(), list)
        .shows::<Vec<RoomJson<'static>>>();
    r.add("POST", "/api/v4/room", logged_in(), create)
        .shows::<RoomJson<'static>>()
        .creates::<RoomJson<'static>>()
        .answers::<RoomJson<'static>>(202);
    r.add(
        "GET",
        "/api/v4/room/note-to-self",
        logged_in(),
        note_to_self,
    )
    .shows::<RoomJson<'static>>();
    r.add("GET", "/api/v4/listed-room", logged_in(), list_open)
        .shows::<Vec<RoomJson<'static>>>();
    r.add("GET", "/api/v4/room/{token}", anyone(), show)
        .shows::<RoomJson<'static>>();
    r.add(
        "GET",
        "/api/v4/room/{token}/capabilities",
        participant(),
        capabilities,
    )
    .shows::<Capabilities>();
    r.add("PUT", "/api/v4/room/{token}", moderator(), rename)
        .shows::<RoomJson<'static>>();
    r.add("DELETE", "/api/v4/room/{token}", moderator(), delete)
        .shows::<()>();
}

impl Form for ListRooms {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            modified_since: fields.int_or("modifiedSince", 0),
            with_last_message: fields.flag_or("includeLastMessage", true),
            include_status: fields.flag_or("includeStatus", false),
        })
    }
}

impl Form for Wish {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            kind: fields.int_or("roomType", 2),
            invite: fields.text_or("invite", "")?,
            source: fields.text_or("source", "")?,
            name: fields.text_or("roomName", "")?,
            object_type: fields.text_or("objectType", "")?,
            object_id: fields.text_or("objectId", "")?,
            password: fields.text_or("password", "")?,
            read_only: fields.int_or("readOnly", 0),
            listable: fields.int_or("listable", 0),
            message_expiration: fields.int_or("messageExpiration", 0),
            lobby: fields.int_or("lobbyState", 0),
            lobby_timer: fields.optional_int("lobbyTimer"),
            sip_enabled: fields.int_or("sipEnabled", 0),
            permissions: fields.int_or("permissions", 0),
            recording_consent: fields.int_or("recordingConsent", 0),
            mention_permissions: fields.int_or("mentionPermissions", 0),
            description: fields.text_or("description", "")?,
            base_url: String::new(),
            emoji: fields.optional_text("emoji")?,
            avatar_colour: fields.optional_text("avatarColor")?,
            participants: fields.map_of_texts("participants")?,
        })
    }
}

/// Part of a name.
struct SearchTerm(String);

impl Form for SearchTerm {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.text_or("searchTerm", "").map(Self)
    }
}

/// The room that a path names, for those who need not be in it.
pub struct RoomPath(pub Token);

impl Form for RoomPath {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        gate::token(fields)
            .map(Self)
            .map_err(|_| BadField("token".to_owned()))
    }
}

/// A new name.
struct Rename(String);

impl Form for Rename {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.text("roomName").map(Self)
    }
}

/// All conversations of the account.
///
/// Shape: a list of rooms. Source: conversations.md 3.1.
async fn list(cx: Cx, _: Arc<User>, ask: ListRooms) -> Result<Reply, Failure> {
    let (rooms, looked_at) = cx.chat().list_rooms(&cx.caller, ask).await?;
    Ok(list_reply(&cx, rooms)
        .await?
        .header(HASH, talk_hash(&cx).await?)
        .number(MODIFIED_BEFORE, looked_at))
}

/// Make a conversation, or find the one-to-one that exists.
///
/// Shape: the room; 201 new, 200 existing, 202 if some invitations were not valid.
/// Errors: those of conversations.md 3.4.
async fn create(cx: Cx, user: Arc<User>, mut wish: Wish) -> Result<Reply, Failure> {
    cx.base_url.as_ref().clone_into(&mut wish.base_url);
    let created = cx.chat().create_room(&user, wish).await?;
    let room = cx.chat().room_for(&cx.caller, created.token()).await?;
    let mut json = view::room::room(&cx, &room);
    let status = match &created {
        Created::Existing(_) => 200,
        Created::New(_) => 201,
        Created::NewWithout(_, invalid) => {
            json.invalid_participants = Some(view::room::InvalidParticipants(invalid));
            202
        }
    };
    Ok(Reply::with_status(&cx, status, &json))
}

/// The account's note to self, made if it is missing.
///
/// Shape: the room. Source: conversations.md 3.5.
async fn note_to_self(cx: Cx, user: Arc<User>, (): ()) -> Result<Reply, Failure> {
    let token = cx.chat().note_to_self(&user, true).await?;
    let room = cx.chat().room_for(&cx.caller, &token).await?;
    Ok(room_reply(&cx, &room).header(HASH, talk_hash(&cx).await?))
}

/// Open conversations to which the account does not belong yet.
///
/// Shape: a list of rooms. Source: conversations.md 3.2.
async fn list_open(
    cx: Cx,
    user: Arc<User>,
    SearchTerm(term): SearchTerm,
) -> Result<Reply, Failure> {
    let rooms = cx.chat().open_rooms(&user, &term).await?;
    list_reply(&cx, rooms).await
}

/// What the server can do in this conversation; the header is a hash of just that.
///
/// Shape: the `spreed` capability. Source: conversations.md 3.15.
async fn capabilities(cx: Cx, _: Participant, (): ()) -> Result<Reply, Failure> {
    let capabilities = Capabilities::of(&cx).await?;
    Ok(Reply::ok(&cx, &capabilities).header(HASH, digest(&capabilities)))
}

/// One conversation, as much as the caller may see of it.
///
/// Shape: the room. Errors: `RoomNotFound` 404. Source: conversations.md 3.3.
async fn show(cx: Cx, (): (), RoomPath(token): RoomPath) -> Result<Reply, Failure> {
    let room = cx.chat().room_for(&cx.caller, &token).await?;
    Ok(room_reply(&cx, &room).header(HASH, talk_hash(&cx).await?))
}

/// Rename the conversation.
///
/// Shape: the room. Errors: `event`, `type`, `value` 400.
async fn rename(cx: Cx, Moderator(at): Moderator, Rename(name): Rename) -> Result<Reply, Failure> {
    cx.chat().rename(&at, name).await?;
    Ok(room_reply(&cx, &cx.chat().room_of(&at).await?))
}

/// End the conversation.
///
/// Shape: null. Errors: `OnlyLeaving` 400.
async fn delete(cx: Cx, Moderator(at): Moderator, (): ()) -> Result<Reply, Failure> {
    cx.chat().delete_room(&at).await?;
    Ok(Reply::null(&cx))
}

/// 200 with the room.
pub fn room_reply(cx: &Cx, room: &RoomView) -> Reply {
    Reply::ok(cx, &view::room::room(cx, room))
}

/// 200 with a list of rooms.
async fn list_reply(cx: &Cx, rooms: Vec<RoomView>) -> Result<Reply, Failure> {
    Reply::list(cx, rooms.len(), move |cx| {
        let views: Vec<_> = rooms
            .iter()
            .map(|room| view::room::room(cx, room))
            .collect();
        Reply::ok(cx, &views)
    })
    .await
}
