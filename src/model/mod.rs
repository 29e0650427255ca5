//! The ground floor: ids and the plain records that everybody passes on.
//!
//! Knows no storage, no HTTP, no rules. Closed sets are enums with one `from_wire`/`wire` pair.

pub mod account;
pub mod actor;
pub mod attendee;
pub mod avatar;
pub mod ban;
pub mod bot;
pub mod colour;
pub mod ids;
pub mod message;
pub mod network;
pub mod notice;
pub mod poll;
pub mod push;
pub mod rich;
pub mod room;
pub mod session;
pub mod shared_kind;
pub mod status;
pub mod system_message;
pub mod visit;

pub use account::{AppPassword, Credential, Group, LoginStamp, NewUser, User};
pub use actor::{Actor, ActorKind};
pub use attendee::{Attendee, Marks, NotificationLevel, Permissions, Role};
pub use avatar::{Avatar, PictureFormat};
pub use ban::{Ban, BanTarget, BannedKind};
pub use bot::{
    Bot, BotEvent, BotEventKind, BotFeatures, BotId, BotSecret, BotState, Delivery, DeliveryState,
};
pub use colour::Colour;
pub use ids::{
    AppPasswordId, AttendeeId, CookieKey, MessageId, PollId, RoomId, SessionId, Token, UserId,
    UserNumber,
};
pub use message::{Body, Deletion, Edit, Message};
pub use network::Network;
pub use notice::{Notice, NoticeKind};
pub use poll::{Ballot, Poll, PollStatus};
pub use push::PushDevice;
pub use rich::{RichObject, SharedObject};
pub use room::{Listable, Pulse, Room, RoomKind};
pub use session::{CallFlags, Session};
pub use shared_kind::SharedKind;
pub use status::{Availability, UserStatus};
pub use system_message::SystemMessage;
pub use visit::Visit;
