//! The words of notices. Pure: everything was looked up before. Source: server.md 11.3.

use super::notice::{Person, ShownNotice};
use super::rendered::{Reader, Rendered};
use crate::model::{NoticeKind, RichObject, RoomKind};

/// A text with placeholders and what stands for them.
pub type Rich = (String, Vec<(&'static str, RichObject)>);

/// What a button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionKind {
    /// Opens the link.
    Web,
    /// Sends DELETE to it.
    Delete,
}

/// Where a button leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Where the notice itself does.
    Notice,
    /// Into the running call.
    Call,
    /// To the reminder.
    Reminder,
}

/// A button below a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    pub label: &'static str,
    pub kind: ActionKind,
    pub is_primary: bool,
    pub target: Target,
}

impl ShownNotice {
    fn is_one_to_one(&self) -> bool {
        self.room.kind.is_one_to_one()
    }

    /// Subject with its parameters; of a conversation kept private it tells nothing.
    pub fn subject(&self) -> Rich {
        if self.is_sensitive && self.notice.kind.is_about_message() {
            return (private_subject(self.notice.kind).to_owned(), Vec::new());
        }
        let mut parameters = Vec::new();
        let names_person = self.notice.kind != NoticeKind::Call || self.is_one_to_one();
        if names_person && let Some(person) = self.person.parameter() {
            parameters.push(person);
        }
        parameters.push(("call", self.call()));
        match self.notice.kind {
            NoticeKind::Reaction => {
                let emoji = &self.notice.detail;
                parameters.push(("reaction", RichObject::highlight(emoji, emoji)));
            }
            NoticeKind::GroupMention if !self.is_one_to_one() => {
                let group = RichObject::user_group(&self.notice.detail, &self.group_name);
                parameters.push(("group", group));
            }
            _ => {}
        }
        (self.sentence(), parameters)
    }

    fn sentence(&self) -> String {
        use NoticeKind as K;
        let who = self.person.words();
        match (self.notice.kind, self.is_one_to_one()) {
            (K::Chat, true) => format!("{who} sent you a private message"),
            (K::Chat, false) => format!("{who} sent a message in conversation {{call}}"),
            (K::Reply, true) => format!("{who} replied to your private message"),
            (K::Reply, false) => {
                format!("{who} replied to your message in conversation {{call}}")
            }
            (K::Mention | K::GroupMention | K::AllMention, true) => {
                format!("{who} mentioned you in a private conversation")
            }
            (K::Mention, false) => format!("{who} mentioned you in conversation {{call}}"),
            (K::GroupMention, false) => {
                format!("{who} mentioned group {{group}} in conversation {{call}}")
            }
            (K::AllMention, false) => {
                format!("{who} mentioned everyone in conversation {{call}}")
            }
            (K::Reaction, true) => {
                format!("{who} reacted with {{reaction}} to your private message")
            }
            (K::Reaction, false) => {
                format!("{who} reacted with {{reaction}} to your message in conversation {{call}}")
            }
            (K::Reminder, one_to_one) => self.reminder(who, one_to_one),
            (K::Invitation, _) => {
                format!("{who} invited you to a group conversation: {{call}}")
            }
            (K::Call, true) if self.call_is_running => {
                format!("{who} would like to talk with you")
            }
            (K::Call, true) => format!("You missed a call from {who}"),
            (K::Call, false) if self.call_is_running => {
                "A group call has started in {call}".to_owned()
            }
            (K::Call, false) => "You missed a group call in {call}".to_owned(),
        }
    }

    fn reminder(&self, who: &str, one_to_one: bool) -> String {
        match (one_to_one, &self.person) {
            (true, Person::User { .. }) => "Reminder: {user} in private conversation".to_owned(),
            (true, _) => format!("Reminder: {who} in private conversation {{call}}"),
            (false, _) => format!("Reminder: {who} in conversation {{call}}"),
        }
    }

    fn call(&self) -> RichObject {
        let kind = match self.room.kind {
            RoomKind::OneToOne | RoomKind::FormerOneToOne => "one2one",
            RoomKind::Public => "public",
            RoomKind::Group | RoomKind::Changelog | RoomKind::NoteToSelf => "group",
        };
        RichObject::call_in_notice(self.room.id.0, &self.room_name, kind, &self.room_avatar)
    }

    /// The message as the reader has it; `None` where none is shown.
    pub fn message_for(&self, reader: &Reader) -> Option<Rendered<'_>> {
        let message = self.message.as_deref().filter(|_| !self.is_sensitive)?;
        Some(message.render(reader))
    }

    /// The buttons.
    pub fn actions(&self) -> Vec<Action> {
        let web = |label, is_primary, target| Action {
            label,
            kind: ActionKind::Web,
            is_primary,
            target,
        };
        match (self.notice.kind, self.call_is_running) {
            (NoticeKind::Reminder, _) => vec![
                web("View message", true, Target::Notice),
                Action {
                    label: "Dismiss reminder",
                    kind: ActionKind::Delete,
                    is_primary: false,
                    target: Target::Reminder,
                },
            ],
            (NoticeKind::Call, true) if self.is_one_to_one() => {
                vec![web("Answer call", true, Target::Call)]
            }
            (NoticeKind::Call | NoticeKind::Invitation, true) => {
                vec![web("Join call", true, Target::Call)]
            }
            (NoticeKind::Call, false) if self.is_one_to_one() => {
                vec![web("Call back", true, Target::Notice)]
            }
            _ => vec![web("View chat", false, Target::Notice)],
        }
    }
}

impl Person {
    /// As the beginning of a sentence.
    fn words(&self) -> &'static str {
        match self {
            Self::User { .. } | Self::Bot { .. } => "{user}",
            Self::Guest { .. } => "{guest} (guest)",
            Self::UnnamedGuest => "A guest",
            Self::Deleted => "A deleted user",
            Self::Oneself { .. } => "You",
        }
    }

    fn parameter(&self) -> Option<(&'static str, RichObject)> {
        match self {
            Self::User { id, name } | Self::Oneself { id, name } => {
                Some(("user", RichObject::plain("user", id, name)))
            }
            Self::Bot { id, name } => Some(("user", RichObject::highlight(id, name))),
            Self::Guest { id, name } => Some(("guest", RichObject::plain("guest", id, name))),
            Self::UnnamedGuest | Self::Deleted => None,
        }
    }
}

fn private_subject(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Reaction => "Someone reacted in a private conversation",
        NoticeKind::Chat => "You received a message in a private conversation",
        NoticeKind::Reminder => "Reminder in a private conversation",
        NoticeKind::Mention | NoticeKind::GroupMention | NoticeKind::AllMention => {
            "Someone mentioned you in a private conversation"
        }
        NoticeKind::Reply | NoticeKind::Invitation | NoticeKind::Call => {
            "Notification in a private conversation"
        }
    }
}

/// A text with the names of its parameters in place of the placeholders; `@` stands before people
/// where `marks_people`.
pub fn plain<'p>(
    text: &str,
    parameters: impl Iterator<Item = (&'p str, &'p RichObject)>,
    marks_people: bool,
) -> String {
    let mut plain = text.to_owned();
    for (name, object) in parameters {
        let shown = object.get("name").unwrap_or_default();
        let is_person = matches!(object.get("type"), Some("user" | "guest"));
        let mark = if marks_people && is_person { "@" } else { "" };
        plain = plain.replace(&format!("{{{name}}}"), &format!("{mark}{shown}"));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_become_names_and_people_bear_their_mark() {
        let alice = RichObject::plain("user", "alice", "Alice A.");
        let call = RichObject::plain("call", "7", "Tea");
        let parameters = || [("user", &alice), ("call", &call)].into_iter();
        let text = "{user} wrote in {call}: {other}";
        assert_eq!(
            plain(text, parameters(), false),
            "Alice A. wrote in Tea: {other}"
        );
        assert_eq!(
            plain(text, parameters(), true),
            "@Alice A. wrote in Tea: {other}"
        );
    }
}
