//! The icons of conversations without a picture, one for each kind. Drawn for this project: white
//! shapes of a few strokes in a square of 512, cut through with its colour.

use super::Theme;
use super::svg;
use crate::model::{Room, RoomKind};

/// What a conversation without a picture of its own shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    Changelog,
    File,
    Password,
    Mail,
    Phone,
    Event,
    Public,
    User,
    Group,
}

impl Icon {
    /// The icon of this kind of conversation.
    pub fn of(room: &Room) -> Self {
        match (room.kind, room.object_type.as_str()) {
            (RoomKind::Changelog, _) => Self::Changelog,
            (_, "file") => Self::File,
            (_, "share:password") => Self::Password,
            (_, "emails") => Self::Mail,
            (_, "phone" | "phone_persist" | "phone_temporary") => Self::Phone,
            (_, "event") => Self::Event,
            (RoomKind::Public, _) => Self::Public,
            (RoomKind::OneToOne | RoomKind::FormerOneToOne | RoomKind::NoteToSelf, _) => Self::User,
            (RoomKind::Group, _) => Self::Group,
        }
    }

    /// The icon as SVG.
    pub fn draw(self, theme: Theme) -> String {
        svg::drawing(theme.grey(), self.shapes())
    }

    /// A name that never changes as long as the drawing does not.
    pub fn name(self) -> &'static str {
        match self {
            Self::Changelog => "changelog",
            Self::File => "file",
            Self::Password => "password",
            Self::Mail => "mail",
            Self::Phone => "phone",
            Self::Event => "event",
            Self::Public => "public",
            Self::User => "user",
            Self::Group => "group",
        }
    }

    fn shapes(self) -> &'static str {
        match self {
            // A star.
            Self::Changelog => {
                r##"<path fill="#ffffff" stroke="#ffffff" stroke-width="20" stroke-linejoin="round" d="M256 118l42 86 95 14-69 67 16 95-84-45-84 45 16-95-69-67 95-14z"/>"##
            }
            // A page with a folded corner and lines of text.
            Self::File => {
                r##"<path fill="#ffffff" d="M176 112h112l72 72v200a16 16 0 0 1-16 16H176a16 16 0 0 1-16-16V128a16 16 0 0 1 16-16z"/><path fill="none" stroke="currentColor" stroke-width="18" stroke-linecap="round" d="M284 116v74h74M204 252h104M204 296h104M204 340h64"/>"##
            }
            // A padlock.
            Self::Password => {
                r##"<path fill="none" stroke="#ffffff" stroke-width="32" d="M196 236v-48a60 60 0 0 1 120 0v48"/><rect fill="#ffffff" x="152" y="232" width="208" height="164" rx="20"/><path fill="none" stroke="currentColor" stroke-width="24" stroke-linecap="round" d="M256 300v36"/>"##
            }
            // An envelope.
            Self::Mail => {
                r##"<rect fill="#ffffff" x="120" y="160" width="272" height="192" rx="20"/><path fill="none" stroke="currentColor" stroke-width="20" stroke-linecap="round" stroke-linejoin="round" d="M148 194l108 84 108-84"/>"##
            }
            // A receiver.
            Self::Phone => {
                r##"<path fill="none" stroke="#ffffff" stroke-width="40" stroke-linecap="round" d="M176 168c0 96 72 168 168 168"/><path fill="none" stroke="#ffffff" stroke-width="68" stroke-linecap="round" d="M174 160l14 44M308 324l44 14"/>"##
            }
            // A sheet of a calendar.
            Self::Event => {
                r##"<rect fill="#ffffff" x="128" y="144" width="256" height="248" rx="24"/><path fill="none" stroke="#ffffff" stroke-width="28" stroke-linecap="round" d="M192 124v32M320 124v32"/><path fill="none" stroke="currentColor" stroke-width="18" d="M128 216h256"/><rect fill="currentColor" x="284" y="292" width="60" height="60" rx="10"/>"##
            }
            // A globe.
            Self::Public => {
                r##"<g fill="none" stroke="#ffffff" stroke-width="22"><circle cx="256" cy="256" r="132"/><ellipse cx="256" cy="256" rx="58" ry="132"/><path d="M124 256h264M142 190h228M142 322h228"/></g>"##
            }
            // Head and shoulders.
            Self::User => {
                r##"<circle fill="#ffffff" cx="256" cy="196" r="72"/><path fill="#ffffff" d="M120 392c0-68 56-104 136-104s136 36 136 104z"/>"##
            }
            // Three heads and shoulders.
            Self::Group => {
                r##"<g fill="#ffffff"><circle cx="150" cy="226" r="42"/><circle cx="362" cy="226" r="42"/><path d="M72 352c0-44 30-68 78-68 14 0 26 2 37 6-30 16-47 38-49 62z"/><path d="M440 352c0-44-30-68-78-68-14 0-26 2-37 6 30 16 47 38 49 62z"/><circle cx="256" cy="208" r="56"/><path d="M156 376c0-54 40-84 100-84s100 30 100 84z"/></g>"##
            }
        }
    }
}
