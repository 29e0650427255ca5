//! Making conversations. Source: conversations.md 3.4, 3.5.

use super::Chat;
use super::account::is_email;
use super::allowance;
use super::conversation::{PASSWORD_NEEDED, RoomName};
use super::error::{Error, Invalid};
use super::invitation::{self, MAX_AT_ONCE, normal};
use super::mail::Invitation;
use super::message::trim;
use super::one_to_one::pair_name;
use super::policy::Policy;
use super::posting::say;
use super::transaction::Act;
use super::{MAX_DESCRIPTION_CHARS, avatar, lobby, membership};
use crate::model::{
    Actor, Avatar, Group, Listable, MessageId, Permissions, Role, Room, RoomKind, SystemMessage,
    Token, User, UserId,
};
use crate::store::{NewRoom, StoreError};

/// Bytes that the type and the id of a bound object may have.
const MAX_OBJECT_BYTES: usize = 64;
/// Characters of the name that a legacy invitation gives.
const LEGACY_NAME_CHARS: usize = 64;

/// A conversation as somebody wants it; numbers as they came, to be refused here if need be.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    pub kind: i64,
    /// Legacy: an account for a one-to-one, else a group.
    pub invite: String,
    /// Legacy: `circles` makes `invite` a team.
    pub source: String,
    pub name: String,
    pub object_type: String,
    pub object_id: String,
    pub password: String,
    pub read_only: i64,
    pub listable: i64,
    pub message_expiration: i64,
    pub lobby: i64,
    pub lobby_timer: Option<i64>,
    pub sip_enabled: i64,
    pub permissions: i64,
    pub recording_consent: i64,
    pub mention_permissions: i64,
    pub description: String,
    /// What links in letters begin with.
    pub base_url: String,
    /// The avatar, and the colour behind it.
    pub emoji: Option<String>,
    pub avatar_colour: Option<String>,
    /// Ids to invite by kind: `users`, `groups`, `emails`, `teams`, …
    pub participants: Vec<(String, Vec<String>)>,
}

impl Wish {
    /// How many addresses it can come to invite.
    fn addresses(&self) -> usize {
        let lists = self.participants.iter();
        let lists = lists.filter(|(kind, _)| kind == "emails");
        let count: usize = lists.map(|(_, addresses)| addresses.len()).sum();
        count.min(MAX_AT_ONCE)
    }
}

/// How making a conversation ended.
#[derive(Debug, Clone)]
pub enum Created {
    /// The one-to-one was there already.
    Existing(Token),
    New(Token),
    /// Some invitations were not valid: ids by kind.
    NewWithout(Token, Vec<(String, Vec<String>)>),
}

impl Created {
    /// The conversation.
    pub fn token(&self) -> &Token {
        match self {
            Self::Existing(token) | Self::New(token) | Self::NewWithout(token, _) => token,
        }
    }
}

/// Whom to bring in, after looking them up.
#[derive(Default)]
struct Invitations {
    users: Vec<User>,
    groups: Vec<Group>,
    addresses: Vec<String>,
    invalid: Vec<(String, Vec<String>)>,
}

impl Invitations {
    fn has_valid(&self) -> bool {
        !self.users.is_empty() || !self.groups.is_empty() || !self.addresses.is_empty()
    }
}

impl Chat {
    /// Make a conversation of kind 1, 2 or 3, or find the one-to-one that exists.
    pub async fn create_room(&self, creator: &User, wish: Wish) -> Result<Created, Error> {
        let creator = creator.clone();
        if wish.kind == RoomKind::OneToOne.wire() {
            return self
                .write(move |act| create_one_to_one(act, &creator, &wish))
                .await;
        }
        let password_hash = if wish.kind == RoomKind::Public.wire() {
            self.hash_if_any(&wish.password).await?
        } else {
            String::new()
        };
        let places = self.post_office.reserve(wish.addresses())?;
        let base_url = wish.base_url.clone();
        let (created, invitations) = self
            .write(move |act| create_managed(act, &creator, wish, password_hash))
            .await?;
        self.post_office.invite(places, &invitations, &base_url);
        Ok(created)
    }

    /// The account's note to self; made if it is missing, by the system if nobody asked for it.
    pub async fn note_to_self(&self, user: &User, asked: bool) -> Result<Token, Error> {
        let id = user.id.clone();
        let existing = self
            .read(move |view| Ok(view.tx.find_note_to_self(&id)?))
            .await?;
        if let Some(room) = existing {
            return Ok(room.token);
        }
        let user = user.clone();
        self.write(move |act| {
            if let Some(room) = act.tx.find_note_to_self(&user.id)? {
                return Ok(room.token);
            }
            let actor = if asked {
                Actor::user(&user.id)
            } else {
                Actor::system()
            };
            create_note_to_self(act, &user, &actor)
        })
        .await
    }
}

fn create_one_to_one(act: &mut Act<'_>, creator: &User, wish: &Wish) -> Result<Created, Error> {
    let first_user = || {
        let users = wish.participants.iter().find(|(kind, _)| kind == "users");
        users.and_then(|(_, ids)| ids.first())
    };
    let target = if wish.invite.is_empty() {
        first_user().map_or("", String::as_str)
    } else {
        wish.invite.as_str()
    };
    let target = act.view().user(target)?.ok_or(Error::InviteNotFound)?;
    let name = pair_name(&creator.id, &target.id);
    if let Some(room) = act.tx.find_one_to_one(&name)? {
        let creator_actor = Actor::user(&creator.id);
        if act.tx.find_attendee(room.id, &creator_actor)?.is_none() {
            let last = act.tx.pulse(room.id)?.last_message;
            membership::seat_user(act, &room, creator, Role::Owner, last)?;
        }
        return Ok(Created::Existing(room.token));
    }
    if target.id == creator.id {
        return Err(Error::InviteForbidden);
    }
    let room = insert(act, |token| {
        NewRoom::plain(token, RoomKind::OneToOne, name.clone())
    })?;
    begin(act, &room, creator, &Actor::user(&creator.id))?;
    Ok(Created::New(room.token))
}

fn create_managed(
    act: &mut Act<'_>,
    creator: &User,
    mut wish: Wish,
    password_hash: String,
) -> Result<(Created, Vec<Invitation>), Error> {
    check_previous_room(act, &creator.id, &wish)?;
    if !allowance::find(&act.view(), creator)?.create_rooms {
        return Err(Error::CreationForbidden);
    }
    take_legacy_invitation(act, &mut wish)?;
    let invitations = look_up(act, &wish.participants)?;
    if !invitations.invalid.is_empty() && !invitations.has_valid() {
        return Err(Error::InviteNotFound);
    }
    if !invitations.addresses.is_empty() {
        wish.kind = RoomKind::Public.wire();
    }
    let blueprint = blueprint(&wish, password_hash, &act.memory.policy())?;
    let mut room = insert(act, |token| NewRoom {
        token,
        ..blueprint.clone()
    })?;
    let actor = Actor::user(&creator.id);
    begin(act, &room, creator, &actor)?;
    if room.avatar.is_custom() {
        say(act, &room, &actor, SystemMessage::AvatarSet)?;
    }
    let others: Vec<User> = invitations
        .users
        .into_iter()
        .filter(|user| user.id != creator.id)
        .collect();
    membership::add_users(act, &room, &actor, &others)?;
    let letters = invite_all(act, &mut room, &actor, &invitations.addresses)?;
    for group in &invitations.groups {
        membership::add_group(act, &room, &actor, group)?;
    }
    lobby::open_if_due(act, room.id)?;
    let created = if invitations.invalid.is_empty() {
        Created::New(room.token)
    } else {
        Created::NewWithout(room.token, invitations.invalid)
    };
    Ok((created, letters))
}

/// Makes the owners of these addresses guests; the letters to write.
fn invite_all(
    act: &mut Act<'_>,
    room: &mut Room,
    actor: &Actor,
    addresses: &[String],
) -> Result<Vec<Invitation>, Error> {
    let owner = act.tx.find_attendee(room.id, actor)?;
    let owner = owner.ok_or(Error::RoomNotFound)?;
    let mut letters = Vec::new();
    for address in addresses {
        let invitee = invitation::invite(act, room, &owner, address, "")?;
        if invitee.is_new {
            letters.push(invitee.invitation);
        }
    }
    Ok(letters)
}

/// A conversation that continues a one-to-one must name one of the creator's.
fn check_previous_room(act: &Act<'_>, creator: &UserId, wish: &Wish) -> Result<(), Error> {
    if wish.object_type != "extended_conversation" || wish.object_id.is_empty() {
        return Ok(());
    }
    let refused = || Error::Invalid(Invalid::Object);
    let token = Token::parse(&wish.object_id).ok_or_else(refused)?;
    let room = act.tx.find_room(&token)?.ok_or_else(refused)?;
    let member = act.tx.find_attendee(room.id, &Actor::user(creator))?;
    if member.is_none() || room.kind != RoomKind::OneToOne {
        return Err(refused());
    }
    Ok(())
}

/// `invite` is one more group, and names the conversation if nobody else does.
fn take_legacy_invitation(act: &Act<'_>, wish: &mut Wish) -> Result<(), Error> {
    let mut name = None;
    if !wish.invite.is_empty() {
        let kind = if wish.source == "circles" {
            "teams"
        } else {
            "groups"
        };
        let invite = wish.invite.clone();
        name = match act.tx.find_group(&invite)? {
            Some(group) if kind == "groups" => Some(group.display_name),
            _ => Some(invite.clone()),
        };
        match wish.participants.iter_mut().find(|(key, _)| key == kind) {
            Some((_, ids)) => ids.push(invite),
            None => wish.participants.push((kind.to_owned(), vec![invite])),
        }
    }
    if wish.name.is_empty() {
        let name = name.unwrap_or_else(|| "---".to_owned());
        let short: String = name.chars().take(LEGACY_NAME_CHARS).collect();
        trim(&short).clone_into(&mut wish.name);
    }
    Ok(())
}

fn look_up(act: &Act<'_>, participants: &[(String, Vec<String>)]) -> Result<Invitations, Error> {
    let mut all = Invitations::default();
    for (kind, ids) in participants {
        let mut invalid = Vec::new();
        for id in ids {
            match kind.as_str() {
                "users" => match act.tx.find_user(id)? {
                    Some(user) => all.users.push(user),
                    None => invalid.push(id.clone()),
                },
                "groups" => match act.tx.find_group(id)? {
                    Some(group) => all.groups.push(group),
                    None => invalid.push(id.clone()),
                },
                "emails" if is_email(&normal(id)) && all.addresses.len() < MAX_AT_ONCE => {
                    all.addresses.push(id.clone());
                }
                // Teams, federation and phones are left out.
                "emails" | "teams" | "federated_users" | "phones" => invalid.push(id.clone()),
                _ => {}
            }
        }
        if !invalid.is_empty() {
            all.invalid.push((kind.clone(), invalid));
        }
    }
    Ok(all)
}

/// The checks of the values, in the order that clients can observe.
fn blueprint(wish: &Wish, password_hash: String, policy: &Policy) -> Result<NewRoom, Error> {
    let refuse = |what| Err(Error::Invalid(what));
    let Some(name) = RoomName::parse(&wish.name) else {
        return refuse(Invalid::Name);
    };
    let kind = match RoomKind::from_wire(wish.kind) {
        Some(kind) if kind.is_managed() => kind,
        _ => return refuse(Invalid::Type),
    };
    if wish.object_type.len() > MAX_OBJECT_BYTES {
        return refuse(Invalid::ObjectType);
    }
    if wish.object_id.len() > MAX_OBJECT_BYTES {
        return refuse(Invalid::ObjectId);
    }
    let object_id = match wish.object_type.as_str() {
        "" | "event" | "extended_conversation" | "instant_meeting" => wish.object_id.clone(),
        "phone" | "phone_persist" | "phone_temporary" => "phone".to_owned(),
        _ => return refuse(Invalid::ObjectType),
    };
    if wish.object_type.is_empty() != object_id.is_empty() {
        return refuse(Invalid::Object);
    }
    if kind == RoomKind::Public && password_hash.is_empty() && policy.force_passwords {
        return Err(Error::PasswordRefused(PASSWORD_NEEDED));
    }
    let Some(read_only) = switch(wish.read_only) else {
        return refuse(Invalid::ReadOnly);
    };
    let Some(listable) = Listable::from_wire(wish.listable) else {
        return refuse(Invalid::Listable);
    };
    if wish.message_expiration < 0 {
        return refuse(Invalid::MessageExpiration);
    }
    let Some(lobby) = switch(wish.lobby) else {
        return refuse(Invalid::Lobby);
    };
    if lobby && wish.lobby_timer.is_some_and(|timer| timer < 0) {
        return refuse(Invalid::LobbyTimer);
    }
    if !(0..=2).contains(&wish.sip_enabled) {
        return refuse(Invalid::SipEnabled);
    }
    let Some(default_permissions) = Permissions::from_wire(wish.permissions) else {
        return refuse(Invalid::Permissions);
    };
    if switch(wish.recording_consent).is_none() {
        return refuse(Invalid::RecordingConsent);
    }
    let Some(mentions_by_moderators_only) = switch(wish.mention_permissions) else {
        return refuse(Invalid::MentionPermissions);
    };
    if wish.description.chars().count() > MAX_DESCRIPTION_CHARS {
        return refuse(Invalid::Description);
    }
    let colour = wish.avatar_colour.clone();
    if !colour.as_deref().is_none_or(avatar::is_colour) {
        return refuse(Invalid::Avatar);
    }
    let avatar = match &wish.emoji {
        Some(emoji) => {
            avatar::chosen_emoji(emoji, colour).map_err(|_| Error::Invalid(Invalid::Avatar))?
        }
        None => Avatar::Default,
    };
    Ok(NewRoom {
        description: wish.description.clone(),
        password_hash,
        read_only,
        listable,
        lobby,
        lobby_timer: wish.lobby_timer.filter(|_| lobby),
        message_expiration_secs: wish.message_expiration,
        mentions_by_moderators_only,
        default_permissions,
        object_type: wish.object_type.clone(),
        object_id,
        avatar,
        ..NewRoom::plain(Token::random(), kind, name.into_string())
    })
}

fn switch(state: i64) -> Option<bool> {
    match state {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

fn create_note_to_self(act: &mut Act<'_>, user: &User, actor: &Actor) -> Result<Token, Error> {
    let room = insert(act, |token| NewRoom {
        description: "A place for your private notes, thoughts and ideas".to_owned(),
        object_type: "note_to_self".to_owned(),
        object_id: user.id.0.clone(),
        avatar: Avatar::emoji("📝", Some("0082c9".to_owned())),
        ..NewRoom::plain(token, RoomKind::NoteToSelf, "Note to self".to_owned())
    })?;
    begin(act, &room, user, actor)?;
    let owner = act.tx.find_attendee(room.id, &Actor::user(&user.id))?;
    if let Some(mut owner) = owner {
        owner.favorite = true;
        membership::update(act, &owner)?;
    }
    Ok(room.token)
}

/// Stores a room under a token that is free.
fn insert(act: &Act<'_>, blueprint: impl Fn(Token) -> NewRoom) -> Result<Room, Error> {
    loop {
        let token = Token::random();
        match act.tx.insert_room(&blueprint(token)) {
            Ok(id) => {
                let room = act.tx.find_room_by_id(id)?;
                return room.ok_or(Error::RoomNotFound);
            }
            // One in 10^12; the next one is free.
            Err(StoreError::Taken) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// The first message and the first member, who has read it.
fn begin(act: &mut Act<'_>, room: &Room, owner: &User, actor: &Actor) -> Result<(), Error> {
    let first: MessageId = say(act, room, actor, SystemMessage::ConversationCreated)?;
    membership::seat_user(act, room, owner, Role::Owner, first)?;
    Ok(())
}
