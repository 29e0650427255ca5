//! The room object in its three views. Source: conversations.md 2.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use super::message::MessageView;
use super::status::StatusView;
use crate::chat::rendered::Reader;
use crate::chat::room_view::{MemberView, RoomView, Seen};
use crate::chat::session::Joined;
use crate::ocs::Cx;
use crate::ocs::shape::map_of;

/// The room object; every key that is not optional is always there.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoomJson<'r> {
    id: i64,
    token: &'r str,
    #[serde(rename = "type")]
    kind: i64,
    name: &'r str,
    display_name: &'r str,
    object_type: &'r str,
    object_id: &'r str,
    participant_type: i64,
    participant_flags: i64,
    read_only: i64,
    has_password: bool,
    has_call: bool,
    call_start_time: i64,
    call_recording: i64,
    can_start_call: bool,
    last_activity: i64,
    last_read_message: i64,
    unread_messages: i64,
    unread_mention: bool,
    unread_mention_direct: bool,
    is_favorite: bool,
    can_leave_conversation: bool,
    can_delete_conversation: bool,
    notification_level: i64,
    notification_calls: i64,
    lobby_state: i64,
    lobby_timer: i64,
    last_ping: i64,
    session_id: &'r str,
    sip_enabled: i64,
    actor_type: &'static str,
    actor_id: &'r str,
    attendee_id: i64,
    permissions: i64,
    attendee_permissions: i64,
    call_permissions: i64,
    default_permissions: i64,
    #[serde(rename = "canEnableSIP")]
    can_enable_sip: bool,
    attendee_pin: &'static str,
    description: &'r str,
    last_common_read_message: i64,
    listable: i64,
    call_flag: i64,
    message_expiration: i64,
    avatar_version: &'r str,
    is_custom_avatar: bool,
    breakout_room_mode: i64,
    breakout_room_status: i64,
    recording_consent: i64,
    mention_permissions: i64,
    is_archived: bool,
    is_important: bool,
    is_sensitive: bool,
    last_pinned_id: i64,
    hidden_pinned_id: i64,
    has_scheduled_messages: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    invited_actor_id: Option<&'r str>,
    #[serde(flatten)]
    status: Option<StatusView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_message: Option<MessageView<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invalid_participants: Option<InvalidParticipants<'r>>,
}

/// Whom a new conversation could not invite: ids by kind.
pub struct InvalidParticipants<'r>(pub &'r [(String, Vec<String>)]);

impl Serialize for InvalidParticipants<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(kind, ids)| (kind, ids)))
    }
}

impl JsonSchema for InvalidParticipants<'_> {
    fn schema_name() -> Cow<'static, str> {
        "InvalidParticipants".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        map_of::<Vec<String>>(generator)
    }
}

/// What a visitor may have of every level: the mark "custom", and nothing else.
const NO_PERMISSIONS: i64 = 1;
/// "Never".
const NO_NOTIFICATIONS: i64 = 3;
/// What visitors are before they join.
const GUEST: i64 = 4;

/// The room as its caller has it.
pub fn room<'r>(cx: &'r Cx, view: &'r RoomView) -> RoomJson<'r> {
    match &view.seen {
        Seen::Skeleton => skeleton(view),
        Seen::Preview => preview(view),
        Seen::Member(own) => member(cx, view, own),
    }
}

/// The room as the answer to joining it.
pub fn joined<'r>(cx: &'r Cx, view: &'r RoomView, joined: Joined) -> RoomJson<'r> {
    let mut json = room(cx, view);
    if joined == Joined::NewGuest {
        // Quirk: first-join-call-notifications.
        json.notification_calls = 0;
    }
    json
}

fn skeleton(view: &RoomView) -> RoomJson<'_> {
    let room = &view.room;
    RoomJson {
        id: room.id.0,
        token: room.token.as_str(),
        kind: room.kind.wire(),
        name: "",
        display_name: "",
        object_type: "",
        object_id: "",
        participant_type: GUEST,
        participant_flags: 0,
        read_only: 0,
        has_password: !room.password_hash.is_empty(),
        has_call: false,
        call_start_time: 0,
        call_recording: 0,
        can_start_call: false,
        last_activity: 0,
        last_read_message: 0,
        unread_messages: 0,
        unread_mention: false,
        unread_mention_direct: false,
        is_favorite: false,
        can_leave_conversation: false,
        can_delete_conversation: false,
        notification_level: NO_NOTIFICATIONS,
        notification_calls: 0,
        lobby_state: 0,
        lobby_timer: 0,
        last_ping: 0,
        session_id: "0",
        sip_enabled: 0,
        actor_type: "",
        actor_id: "",
        attendee_id: 0,
        permissions: NO_PERMISSIONS,
        attendee_permissions: NO_PERMISSIONS,
        call_permissions: NO_PERMISSIONS,
        default_permissions: NO_PERMISSIONS,
        can_enable_sip: false,
        attendee_pin: "",
        description: "",
        last_common_read_message: 0,
        listable: 0,
        call_flag: 0,
        message_expiration: 0,
        avatar_version: &view.avatar_version,
        is_custom_avatar: room.avatar.is_custom(),
        breakout_room_mode: 0,
        breakout_room_status: 0,
        recording_consent: 0,
        mention_permissions: 0,
        is_archived: false,
        is_important: false,
        is_sensitive: false,
        last_pinned_id: 0,
        hidden_pinned_id: 0,
        has_scheduled_messages: 0,
        invited_actor_id: None,
        status: None,
        last_message: None,
        invalid_participants: None,
    }
}

fn preview(view: &RoomView) -> RoomJson<'_> {
    let room = &view.room;
    RoomJson {
        name: &view.name,
        display_name: &view.display_name,
        object_type: &room.object_type,
        object_id: &room.object_id,
        read_only: i64::from(room.read_only),
        has_call: view.call.since.is_some() && !view.call.is_hidden,
        call_start_time: view.call.since.unwrap_or(0),
        call_flag: view.call.flags.0,
        can_start_call: view.call.may_start,
        last_activity: view.pulse.last_activity_at,
        lobby_state: i64::from(room.lobby),
        lobby_timer: room.lobby_timer.unwrap_or(0),
        description: &room.description,
        listable: room.listable.wire(),
        ..skeleton(view)
    }
}

fn member<'r>(cx: &'r Cx, view: &'r RoomView, own: &'r MemberView) -> RoomJson<'r> {
    let room = &view.room;
    let attendee = &own.attendee;
    let reader = Reader {
        actor: attendee.actor.clone(),
        room_kind: room.kind,
    };
    let last_message = own
        .last_message
        .as_deref()
        .map(|row| MessageView::new(row, &reader, &cx.base_url));
    RoomJson {
        participant_type: attendee.role.wire(),
        participant_flags: own.session.as_ref().map_or(0, |session| session.in_call.0),
        last_read_message: own.marks.last_read.0,
        unread_messages: own.unread_messages,
        unread_mention: own.unread_mention,
        unread_mention_direct: own.unread_mention_direct,
        is_favorite: attendee.favorite,
        can_leave_conversation: own.can_leave,
        can_delete_conversation: own.can_delete,
        notification_level: own.notification_level.wire(),
        notification_calls: i64::from(attendee.notify_calls),
        last_ping: own
            .session
            .as_ref()
            .map_or(0, |session| session.last_ping_at),
        session_id: own
            .session
            .as_ref()
            .map_or("0", |session| session.id.0.as_str()),
        actor_type: attendee.actor.kind.wire(),
        actor_id: &attendee.actor.id,
        attendee_id: attendee.id.0,
        permissions: own.permissions.0,
        attendee_permissions: attendee.permissions.0,
        call_permissions: 0,
        default_permissions: room.default_permissions.0,
        last_common_read_message: own.common_read.0,
        message_expiration: room.message_expiration_secs,
        mention_permissions: i64::from(room.mentions_by_moderators_only),
        is_archived: attendee.archived,
        is_important: attendee.important,
        is_sensitive: attendee.sensitive,
        last_pinned_id: own.last_pin.0,
        hidden_pinned_id: attendee.hidden_pin.0,
        has_scheduled_messages: own.scheduled,
        invited_actor_id: Some(attendee.invited_address.as_str())
            .filter(|address| !address.is_empty()),
        status: view.status.clone().map(StatusView::new),
        last_message,
        ..preview(view)
    }
}
