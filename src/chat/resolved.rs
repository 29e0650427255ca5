//! A message with every name looked up, the same for all readers: made once, shared by all.
//!
//! Who reads decides only over a few words; that is `rendered`. Names are those of the moment, so
//! records are made anew when a name changes. Source: messages.md 2.2, 3, 5.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::bot;
use super::error::Error;
use super::mention::{self, Found, MentionKind};
use super::one_to_one::Pair;
use super::pin::{self, Pinned};
use super::system_message::{ActorIs, Standing, summary_users};
use super::transaction::View;
use crate::model::{
    Actor, ActorKind, Body, Message, MessageId, RichObject, Room, RoomKind, SystemMessage, Token,
};
use crate::store::Thread;

/// The author as clients see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    pub kind: &'static str,
    pub id: String,
    pub name: String,
}

impl Author {
    /// Stands for an account that no longer exists.
    pub fn deleted() -> Self {
        Self {
            kind: "deleted_users",
            id: "deleted_users".to_owned(),
            name: String::new(),
        }
    }
}

/// A named parameter.
pub type Parameter = (Cow<'static, str>, RichObject);

/// What there is to show.
#[derive(Debug, Clone)]
pub enum Content {
    /// Text with placeholders in place of mentions.
    Text {
        text: String,
        parameters: Vec<Parameter>,
        /// It mentions everybody.
        mentions_all: bool,
    },
    /// The catalogue's words depend on the reader; the parameters do not, `actor` apart.
    System {
        message: SystemMessage,
        actor: RichObject,
        parameters: Vec<Parameter>,
        /// Whom the act concerned.
        target: Option<Actor>,
    },
    Object {
        actor: RichObject,
        object: RichObject,
    },
    Deleted {
        deleter: RichObject,
        by: Actor,
    },
    Reaction {
        emoji: String,
    },
    ReactionRevoked,
}

/// An emoji and everybody who reacted with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reacted {
    pub emoji: String,
    pub by: Vec<Actor>,
}

/// Who changed a message last, as clients see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastEdit {
    pub by: Author,
    /// Unix seconds.
    pub at: i64,
}

/// The message that this one is about.
#[derive(Debug, Clone)]
pub enum Parent {
    None,
    /// It was purged; only its number is left.
    Gone(MessageId),
    Message(Arc<Resolved>),
}

/// A message ready to be shown to anybody.
#[derive(Debug, Clone)]
pub struct Resolved {
    pub message: Message,
    pub token: Token,
    pub author: Author,
    pub content: Content,
    /// In the order in which each emoji came first.
    pub reactions: Vec<Reacted>,
    pub last_edit: Option<LastEdit>,
    /// The thread to which it belongs.
    pub thread: Option<Arc<Thread>>,
    pub pinned: Option<Pinned>,
    pub parent: Parent,
    /// In a one-to-one: whose it is, since its name depends on the reader.
    pub pair: Option<Arc<Pair>>,
}

impl Resolved {
    /// Whether `actor` did this or it concerns them, so that they read other words than most.
    pub fn concerns(&self, actor: &Actor) -> bool {
        let own = match &self.content {
            Content::Text { .. } | Content::Object { .. } => false,
            Content::System { target, .. } => {
                self.message.actor == *actor || target.as_ref() == Some(actor)
            }
            Content::Deleted { by, .. } => by == actor,
            Content::Reaction { .. } | Content::ReactionRevoked => false,
        };
        let reacted = self.reactions.iter().any(|one| one.by.contains(actor));
        own || reacted || matches!(&self.parent, Parent::Message(parent) if parent.concerns(actor))
    }

    /// Whether it shows an absolute address of this server, which depends on how it was asked.
    pub fn has_addresses(&self) -> bool {
        let own = match &self.content {
            Content::Text { mentions_all, .. } => *mentions_all,
            Content::Object { .. } => true,
            Content::System { .. }
            | Content::Deleted { .. }
            | Content::Reaction { .. }
            | Content::ReactionRevoked => false,
        };
        own || matches!(&self.parent, Parent::Message(parent) if parent.has_addresses())
    }
}

/// Looks names up for the rows of one room, each name once.
pub struct Resolver<'v> {
    pub(super) view: &'v View<'v>,
    pub(super) room: &'v Room,
    pair: Option<Arc<Pair>>,
    /// Of guests and bots, whose names are those of the room.
    guests: HashMap<Actor, Option<String>>,
    threads: HashMap<MessageId, Option<Arc<Thread>>>,
}

impl<'v> Resolver<'v> {
    pub fn new(view: &'v View<'v>, room: &'v Room) -> Result<Self, Error> {
        let pair = match room.kind {
            RoomKind::OneToOne => Pair::find(view, room)?.map(Arc::new),
            _ => None,
        };
        Ok(Self {
            view,
            room,
            pair,
            guests: HashMap::new(),
            threads: HashMap::new(),
        })
    }

    /// All of `rows`, with their parents.
    pub fn resolve_all(&mut self, rows: Vec<Message>) -> Result<Vec<Arc<Resolved>>, Error> {
        rows.into_iter().map(|row| self.resolve(row)).collect()
    }

    /// One row with its parent; a parent shows no parent of its own.
    pub fn resolve(&mut self, message: Message) -> Result<Arc<Resolved>, Error> {
        let parent = match message.parent {
            None => Parent::None,
            Some(id) => match self.view.tx.find_message(self.room.id, id)? {
                // Quirk: expired-parent.
                Some(parent) if parent.is_expired(self.view.now) => Parent::Gone(id),
                Some(parent) => Parent::Message(Arc::new(self.flat(parent, Parent::None)?)),
                None => Parent::Gone(id),
            },
        };
        Ok(Arc::new(self.flat(message, parent)?))
    }

    /// One row without its parent, as conversations show their last message.
    pub fn resolve_alone(&mut self, message: Message) -> Result<Arc<Resolved>, Error> {
        Ok(Arc::new(self.flat(message, Parent::None)?))
    }

    fn flat(&mut self, message: Message, parent: Parent) -> Result<Resolved, Error> {
        Ok(Resolved {
            reactions: self.reactions(&message)?,
            last_edit: self.last_edit(&message)?,
            thread: self.thread(&message)?,
            pinned: pin::of(self, &message)?,
            author: self.author(&message)?,
            content: self.content(&message)?,
            token: self.room.token.clone(),
            pair: self.pair.clone(),
            parent,
            message,
        })
    }

    /// Looked for only in rooms that have threads.
    fn thread(&mut self, message: &Message) -> Result<Option<Arc<Thread>>, Error> {
        if !self.room.has_threads {
            return Ok(None);
        }
        let root = message.thread();
        if let Some(known) = self.threads.get(&root) {
            return Ok(known.clone());
        }
        let found = self.view.tx.find_thread(self.room.id, root)?.map(Arc::new);
        self.threads.insert(root, found.clone());
        Ok(found)
    }

    fn author(&mut self, message: &Message) -> Result<Author, Error> {
        if matches!(message.body, Body::System(SystemMessage::PollVoted { .. })) {
            // Votes are secret.
            return Ok(Author {
                kind: ActorKind::Guests.wire(),
                id: "system".to_owned(),
                name: String::new(),
            });
        }
        self.author_of(&message.actor)
    }

    /// An actor as clients see one.
    pub fn author_of(&mut self, actor: &Actor) -> Result<Author, Error> {
        let id = actor.id.clone();
        let kind = actor.kind.wire();
        Ok(match actor.kind {
            ActorKind::Users => match self.view.user(&actor.id)? {
                Some(user) => Author {
                    kind,
                    id,
                    name: user.display_name.clone(),
                },
                None => Author::deleted(),
            },
            ActorKind::Guests | ActorKind::Emails => Author {
                kind,
                id,
                name: self.guest_name(actor)?.unwrap_or_default(),
            },
            ActorKind::Bots => Author {
                kind,
                name: self.bot_name(actor)?,
                id,
            },
            ActorKind::Bridged => Author {
                kind,
                name: id,
                id: "bridge-bot".to_owned(),
            },
            ActorKind::FederatedUsers => Author {
                kind,
                name: id.clone(),
                id,
            },
            ActorKind::Phones | ActorKind::Groups | ActorKind::Circles => Author {
                kind,
                id,
                name: String::new(),
            },
        })
    }

    fn content(&mut self, message: &Message) -> Result<Content, Error> {
        match &message.body {
            Body::Text(text) => self.text(text, message.can_mention_all),
            Body::Object(object) => Ok(Content::Object {
                actor: self.person(&message.actor)?,
                object: object.to_rich(),
            }),
            Body::Deleted(deletion) => Ok(Content::Deleted {
                deleter: self.person(&deletion.by)?,
                by: deletion.by.clone(),
            }),
            Body::System(system) => self.system(message, system),
            Body::Reaction(emoji) => Ok(Content::Reaction {
                emoji: emoji.clone(),
            }),
            Body::ReactionRevoked => Ok(Content::ReactionRevoked),
        }
    }

    fn reactions(&self, message: &Message) -> Result<Vec<Reacted>, Error> {
        let mut all: Vec<Reacted> = Vec::new();
        if message.reactions == 0 || message.body.is_deleted() {
            return Ok(all);
        }
        for reaction in self.view.tx.reactions_to(message.id)? {
            match all.iter_mut().find(|one| one.emoji == reaction.emoji) {
                Some(known) => known.by.push(reaction.actor),
                None => all.push(Reacted {
                    emoji: reaction.emoji,
                    by: vec![reaction.actor],
                }),
            }
        }
        Ok(all)
    }

    fn last_edit(&mut self, message: &Message) -> Result<Option<LastEdit>, Error> {
        match &message.edited {
            Some(edit) if !message.body.is_deleted() => Ok(Some(LastEdit {
                by: self.author_of(&edit.by)?,
                at: edit.at,
            })),
            _ => Ok(None),
        }
    }

    fn text(&mut self, text: &str, can_mention_all: bool) -> Result<Content, Error> {
        let mut accepted = Vec::new();
        let mut objects = Vec::new();
        for found in mention::find(text) {
            if let Some((found, object)) = self.mention(found, can_mention_all)? {
                accepted.push(found);
                objects.push(object);
            }
        }
        let mentions_all = accepted.iter().any(|found| found.kind == MentionKind::Call);
        let (mut text, names) = mention::insert_placeholders(text, &accepted);
        if text.starts_with("//") {
            // Quirk: slash-escape.
            text.remove(0);
        }
        let parameters = names
            .into_iter()
            .map(|(name, index)| (Cow::Owned(name), objects[index].clone()))
            .collect();
        Ok(Content::Text {
            text,
            parameters,
            mentions_all,
        })
    }

    /// The parameter of a mention, or `None` if it stays text.
    fn mention(
        &mut self,
        found: Found,
        can_mention_all: bool,
    ) -> Result<Option<(Found, RichObject)>, Error> {
        let id = found.id.as_str();
        let object = match found.kind {
            MentionKind::User if id == "all" => {
                if !can_mention_all {
                    return Ok(None);
                }
                let call = Found {
                    kind: MentionKind::Call,
                    id: found.id,
                };
                return Ok(Some((call, self.call())));
            }
            MentionKind::Call => return Ok(None),
            MentionKind::User => match self.view.user(id)? {
                Some(user) => RichObject::mention_user(id, &user.display_name),
                None => return Ok(None),
            },
            MentionKind::Guest => {
                let name = self.guest_name(&Actor::guest(id))?;
                RichObject::mention_guest(id, &named_or_guest(name))
            }
            MentionKind::Email => {
                let actor = Actor {
                    kind: ActorKind::Emails,
                    id: id.to_owned(),
                };
                let name = self.guest_name(&actor)?;
                RichObject::mention_email(id, &named_or_guest(name))
            }
            MentionKind::Group => {
                let group = self.view.tx.find_group(id)?;
                let name = group.map_or_else(|| id.to_owned(), |group| group.display_name);
                RichObject::mention_group(id, &name)
            }
            MentionKind::Team => RichObject::mention_team_unknown(id),
            MentionKind::FederatedUser => match id.split_once('@') {
                Some((user, server)) if !user.is_empty() && !server.is_empty() => {
                    RichObject::federated_user(user, server, id, id)
                }
                _ => return Ok(None),
            },
        };
        Ok(Some((found, object)))
    }

    fn call(&self) -> RichObject {
        let kind = match self.room.kind {
            RoomKind::Group | RoomKind::Changelog => "group",
            RoomKind::Public => "public",
            RoomKind::OneToOne | RoomKind::FormerOneToOne | RoomKind::NoteToSelf => "one2one",
        };
        let token = self.room.token.as_str();
        RichObject::mention_call(
            token,
            &self.room.name,
            kind,
            &super::avatar::avatar_path(self.room, None),
        )
    }

    fn system(&mut self, row: &Message, message: &SystemMessage) -> Result<Content, Error> {
        use SystemMessage as S;
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut target = None;
        match message {
            S::UserAdded { user }
            | S::UserRemoved { user }
            | S::ModeratorPromoted { user }
            | S::ModeratorDemoted { user } => {
                let actor = Actor {
                    kind: ActorKind::Users,
                    id: user.clone(),
                };
                parameters.push((Cow::Borrowed("user"), self.person(&actor)?));
                target = Some(actor);
            }
            S::GuestModeratorPromoted { actor_type, id }
            | S::GuestModeratorDemoted { actor_type, id } => {
                let actor = Actor {
                    kind: ActorKind::from_wire(actor_type).unwrap_or(ActorKind::Guests),
                    id: id.clone(),
                };
                parameters.push((Cow::Borrowed("user"), self.person(&actor)?));
                // Quirk: guests-read-third-person.
                target = (actor.kind == ActorKind::Emails).then_some(actor);
            }
            S::GroupAdded { group } | S::GroupRemoved { group } => {
                let found = self.view.tx.find_group(group)?;
                let name = found.map_or_else(|| group.clone(), |found| found.display_name);
                parameters.push((Cow::Borrowed("group"), RichObject::group(group, &name)));
            }
            S::CircleAdded { circle } | S::CircleRemoved { circle } => {
                parameters.push((Cow::Borrowed("circle"), RichObject::circle_unknown(circle)));
            }
            S::PhoneAdded { phone, name } | S::PhoneRemoved { phone, name } => {
                parameters.push((Cow::Borrowed("phone"), RichObject::phone(phone, name)));
            }
            S::FederatedUserAdded { federated_user }
            | S::FederatedUserRemoved { federated_user } => {
                let actor = Actor {
                    kind: ActorKind::FederatedUsers,
                    id: federated_user.clone(),
                };
                parameters.push((Cow::Borrowed("federated_user"), self.person(&actor)?));
                target = Some(actor);
            }
            S::CallMissed(_) => {
                // The caller sees the other one, the other one the caller: both are here, and
                // `rendered` chooses.
                parameters.push((Cow::Borrowed("caller"), self.person(&row.actor)?));
                parameters.push((Cow::Borrowed("other"), self.other_of_pair(&row.actor)?));
            }
            S::CallEnded(_) | S::CallEndedEveryone(_) => {
                let standing = standing(row, self.room.kind, None, false);
                for (number, user) in summary_users(message, &standing).into_iter().enumerate() {
                    let actor = Actor {
                        kind: ActorKind::Users,
                        id: user,
                    };
                    let name = format!("user{}", number + 1);
                    parameters.push((Cow::Owned(name), self.person(&actor)?));
                }
            }
            S::PollVoted { poll } | S::PollClosed { poll } => {
                parameters.push((Cow::Borrowed("poll"), RichObject::poll(poll.id, &poll.name)));
            }
            S::ThreadCreated { thread, title } | S::ThreadRenamed { thread, title } => {
                let id = format!("thread/{thread}");
                parameters.push((Cow::Borrowed("title"), RichObject::highlight(&id, title)));
            }
            _ => {}
        }
        Ok(Content::System {
            message: message.clone(),
            actor: self.person(&row.actor)?,
            parameters,
            target,
        })
    }

    fn other_of_pair(&mut self, caller: &Actor) -> Result<RichObject, Error> {
        let other = caller
            .as_user()
            .zip(self.pair.clone())
            .map(|(user, pair)| pair.other_than(&user).id.clone());
        match other {
            Some(user) => self.person(&Actor::user(&user)),
            None => Ok(RichObject::highlight("deleted_users", &self.room.name)),
        }
    }

    /// Somebody as `actor` or target of a system message.
    fn person(&mut self, actor: &Actor) -> Result<RichObject, Error> {
        let id = actor.id.as_str();
        Ok(match actor.kind {
            ActorKind::Users => match self.view.user(id)? {
                Some(user) => RichObject::user(id, &user.display_name),
                None => RichObject::deleted_user(),
            },
            ActorKind::Guests => match id {
                "cli" => RichObject::guest(id, "Administration"),
                "system" => RichObject::guest(id, "System"),
                _ => RichObject::guest(id, &self.guest_in_sentence(actor, "Guest")?),
            },
            ActorKind::Emails => {
                let unnamed = format!("{id} (guest)");
                RichObject::email_guest(id, &self.guest_in_sentence(actor, &unnamed)?)
            }
            ActorKind::FederatedUsers => match id.split_once('@') {
                Some((user, server)) => RichObject::federated_user(user, server, id, id),
                None => RichObject::highlight(id, id),
            },
            ActorKind::Groups => {
                let group = self.view.tx.find_group(id)?;
                let name = group.map_or_else(|| id.to_owned(), |group| group.display_name);
                RichObject::group(id, &name)
            }
            ActorKind::Phones => RichObject::phone(id, "Unknown number"),
            // Quirk: bots-act-as-deleted-users.
            ActorKind::Bots | ActorKind::Bridged => RichObject::deleted_user(),
            ActorKind::Circles => RichObject::circle_unknown(id),
        })
    }

    fn guest_in_sentence(&mut self, actor: &Actor, unnamed: &str) -> Result<String, Error> {
        Ok(match self.guest_name(actor)? {
            Some(name) if !name.is_empty() => format!("{name} (guest)"),
            Some(_) => unnamed.to_owned(),
            None => "Guest".to_owned(),
        })
    }

    /// The name that a guest goes by here; `None` if they are not a member (any more).
    fn guest_name(&mut self, actor: &Actor) -> Result<Option<String>, Error> {
        if let Some(known) = self.guests.get(actor) {
            return Ok(known.clone());
        }
        let attendee = self.view.tx.find_attendee(self.room.id, actor)?;
        let name = attendee.map(|attendee| attendee.display_name);
        self.guests.insert(actor.clone(), name.clone());
        Ok(name)
    }

    /// The name that a bot goes by here.
    fn bot_name(&mut self, actor: &Actor) -> Result<String, Error> {
        let known = match self.guests.get(actor) {
            Some(known) => known.clone(),
            None => bot::shown_name(self.view, self.room.id, actor)?,
        };
        self.guests.insert(actor.clone(), known.clone());
        Ok(known.unwrap_or_else(|| format!("{}-bot", actor.id)))
    }
}

fn named_or_guest(name: Option<String>) -> String {
    name.filter(|name| !name.is_empty())
        .unwrap_or_else(|| "Guest".to_owned())
}

/// How a reader stands to a row.
pub fn standing<'r>(
    row: &'r Message,
    kind: RoomKind,
    reader: Option<&Actor>,
    reader_is_target: bool,
) -> Standing<'r> {
    let actor = &row.actor;
    let user = actor.kind == ActorKind::Users;
    Standing {
        actor: match (actor.kind, actor.id.as_str()) {
            // Quirk: guests-read-third-person.
            _ if user && reader == Some(actor) => ActorIs::Reader,
            (ActorKind::Guests, "cli") => ActorIs::CommandLine,
            (ActorKind::Guests, "system") => ActorIs::System,
            _ => ActorIs::Other,
        },
        actor_user: (user || actor.kind == ActorKind::FederatedUsers).then_some(actor.id.as_str()),
        actor_is_guest: matches!(actor.kind, ActorKind::Guests | ActorKind::Emails),
        reader_is_target,
        silent: row.silent,
        one_to_one: kind.is_one_to_one(),
    }
}
