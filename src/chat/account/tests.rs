//! Accounts and groups over a real store: what their changes do to conversations.

use std::sync::Arc;

use super::*;
use crate::chat::{Clock, Limits, mail::LinksInLog, password::Cost, room_creation::Wish};
use crate::model::{Body, MessageId};
use crate::store::sqlite::{Durability, SqliteStore};

/// A domain with the accounts `admin` and `alice`, `bob`, `carol`.
struct Place {
    chat: Arc<Chat>,
    admin: User,
    /// Removed when dropped.
    _directory: tempfile::TempDir,
}

async fn empty() -> (Arc<Chat>, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path(), Durability::Off, 1).unwrap();
    let limits = Limits {
        hashing: Cost::Trifling,
        brute_force_protection: false,
        ..Limits::default()
    };
    let (store, clock, mailer) = (Arc::new(store), Clock::manual(), Arc::new(LinksInLog));
    let chat = Chat::open(store, clock, limits, mailer).await;
    (chat.unwrap(), directory)
}

fn account(id: &str) -> NewAccount {
    NewAccount {
        id: id.to_owned(),
        password: "123456".to_owned(),
        ..NewAccount::default()
    }
}

impl Place {
    async fn new() -> Self {
        let (chat, directory) = empty().await;
        chat.ensure_admin(Some("admin".to_owned())).await.unwrap();
        for id in ["alice", "bob", "carol"] {
            chat.create_user(account(id)).await.unwrap();
        }
        let admin = chat.find_account("admin").await.unwrap().unwrap();
        Self {
            chat,
            admin: User::clone(&admin),
            _directory: directory,
        }
    }

    async fn user(&self, id: &str) -> Arc<User> {
        self.chat.find_account(id).await.unwrap().unwrap()
    }

    async fn room(&self, owner: &str, wish: Wish) -> Room {
        let owner = self.user(owner).await;
        let created = self.chat.create_room(&owner, wish).await.unwrap();
        let token = created.token().clone();
        let room = self.chat.read(move |view| Ok(view.tx.find_room(&token)?));
        room.await.unwrap().unwrap()
    }

    async fn reload(&self, room: &Room) -> Option<Room> {
        let id = room.id;
        let room = self.chat.read(move |view| Ok(view.tx.find_room_by_id(id)?));
        room.await.unwrap()
    }

    async fn members(&self, room: &Room) -> Vec<String> {
        let id = room.id;
        let members = self.chat.read(move |view| Ok(view.tx.attendees(id)?));
        let members = members.await.unwrap().into_iter();
        members.map(|attendee| attendee.actor.id).collect()
    }

    /// The newest rows, oldest first, each as its actor and what it says.
    async fn last_words(&self, room: &Room, count: u32) -> Vec<(String, SystemMessage)> {
        let id = room.id;
        let rows = self
            .chat
            .read(move |view| Ok(view.tx.messages_before(id, MessageId::MAX, count)?));
        let rows = rows.await.unwrap().into_iter().rev();
        let words = rows.filter_map(|row| match row.body {
            Body::System(message) => Some((row.actor.id, message)),
            _ => None,
        });
        words.collect()
    }

    async fn join(&self, user: &str, group: &str) {
        self.chat
            .join_group(&self.admin, user, group)
            .await
            .unwrap();
    }
}

fn refused<T>(result: Result<T, Error>) -> AccountRefusal {
    match result {
        Err(Error::Account(refusal)) => refusal,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("not refused"),
    }
}

fn group_room(name: &str, invite: &[(&str, &str)]) -> Wish {
    Wish {
        kind: 2,
        name: name.to_owned(),
        participants: invite
            .iter()
            .map(|(source, id)| ((*source).to_owned(), vec![(*id).to_owned()]))
            .collect(),
        ..Wish::default()
    }
}

fn one_to_one(with: &str) -> Wish {
    Wish {
        kind: 1,
        invite: with.to_owned(),
        ..Wish::default()
    }
}

fn added(user: &str) -> SystemMessage {
    SystemMessage::UserAdded {
        user: user.to_owned(),
    }
}

fn removed(user: &str) -> SystemMessage {
    SystemMessage::UserRemoved {
        user: user.to_owned(),
    }
}

#[tokio::test]
async fn the_first_start_makes_an_administrator_and_later_ones_do_not() {
    let (chat, _directory) = empty().await;
    let password = chat.ensure_admin(None).await.unwrap().unwrap();
    let address = [127, 0, 0, 1].into();
    let admin = chat.log_in("admin", &password, address).await.unwrap();
    assert!(admin.unwrap().user.is_admin);
    assert_eq!(chat.ensure_admin(None).await.unwrap(), None);
    assert_eq!(
        chat.list_accounts("", Page::default()).await.unwrap().len(),
        1
    );
}

#[tokio::test]
async fn a_given_password_is_not_told_again() {
    let (chat, _directory) = empty().await;
    let told = chat.ensure_admin(Some("tea".to_owned())).await.unwrap();
    assert_eq!(told, None);
    let admin = chat.log_in("admin", "tea", [127, 0, 0, 1].into()).await;
    assert!(admin.unwrap().is_some());
}

#[tokio::test]
async fn a_new_account_is_checked_in_the_order_that_clients_know() {
    let place = Place::new().await;
    let in_nowhere = |id: &str, password: &str| NewAccount {
        password: password.to_owned(),
        groups: vec!["nowhere".to_owned()],
        ..account(id)
    };
    let with_password = |id: &str, password: &str| NewAccount {
        password: password.to_owned(),
        ..account(id)
    };
    let long = "x".repeat(470);
    let table = [
        (in_nowhere("ALICE", ""), AccountRefusal::UserExists),
        (
            in_nowhere("", &long),
            AccountRefusal::NoSuchGroup("nowhere".to_owned()),
        ),
        (with_password("", &long), AccountRefusal::InvalidPassword),
        (with_password("", ""), AccountRefusal::PasswordOrEmailNeeded),
        (
            with_password("", "x"),
            AccountRefusal::InvalidLogin("A valid Login must be provided"),
        ),
    ];
    for (new, refusal) in table {
        assert_eq!(refused(place.chat.create_user(new).await), refusal);
    }
    let unreachable = NewAccount {
        email: "nobody".to_owned(),
        ..with_password("dora", "")
    };
    assert_eq!(
        refused(place.chat.create_user(unreachable).await),
        AccountRefusal::InvalidField("email".to_owned())
    );
}

#[tokio::test]
async fn a_new_account_keeps_what_it_was_given() {
    let place = Place::new().await;
    place.chat.create_group("tea", "").await.unwrap();
    let new = NewAccount {
        display_name: " Dora D. ".to_owned(),
        email: "Dora@Example.org".to_owned(),
        groups: vec!["tea".to_owned()],
        ..account("Dora")
    };
    assert_eq!(place.chat.create_user(new).await.unwrap().as_str(), "Dora");
    let user = place.user("dora").await;
    let details = place.chat.account_details(&user).await.unwrap();
    assert_eq!(details.user.id.as_str(), "Dora");
    assert_eq!(details.user.display_name, "Dora D.");
    assert_eq!(details.user.email.as_deref(), Some("dora@example.org"));
    assert_eq!(details.user.language, "en");
    assert_eq!(details.groups, ["tea"]);
}

#[tokio::test]
async fn a_new_name_reaches_memberships_and_an_empty_one_is_the_id() {
    let place = Place::new().await;
    let room = place
        .room("alice", group_room("Tea", &[("users", "bob")]))
        .await;
    let bob = place.user("bob").await;
    let name_in_room = async || {
        let (id, bob) = (room.id, Actor::user(&bob.id));
        let bob = place
            .chat
            .read(move |view| Ok(view.tx.find_attendee(id, &bob)?));
        bob.await.unwrap().unwrap().display_name
    };
    let edit = async |value: &str| {
        place
            .chat
            .edit_account(&bob, "bob", "displayname", value)
            .await
    };

    edit("Robert").await.unwrap();
    assert_eq!(place.user("bob").await.display_name, "Robert");
    assert_eq!(name_in_room().await, "Robert");
    edit("").await.unwrap();
    assert_eq!(place.user("bob").await.display_name, "bob");
    assert_eq!(name_in_room().await, "bob");
}

#[tokio::test]
async fn only_oneself_and_administrators_edit_an_account() {
    let place = Place::new().await;
    let alice = place.user("alice").await;
    let chat = &place.chat;
    let by_alice = |target| chat.edit_account(&alice, target, "phone", "1");
    by_alice("alice").await.unwrap();
    assert_eq!(refused(by_alice("bob").await), AccountRefusal::UserHidden);
    assert_eq!(
        refused(by_alice("nobody").await),
        AccountRefusal::UserHidden
    );
    chat.edit_account(&place.admin, "bob", "phone", "2")
        .await
        .unwrap();
    let fields = chat
        .account_fields(&*place.user("bob").await)
        .await
        .unwrap();
    assert_eq!(fields, [("phone".to_owned(), "2".to_owned())]);
    let manager = chat.edit_account(&place.admin, "bob", "manager", "nobody");
    assert_eq!(
        refused(manager.await),
        AccountRefusal::InvalidField("manager".to_owned())
    );
}

#[tokio::test]
async fn a_new_password_ends_the_old_one_at_once() {
    let place = Place::new().await;
    let log_in = async |password: &str| {
        let user = place
            .chat
            .log_in("alice", password, [127, 0, 0, 1].into())
            .await;
        user.unwrap().is_some()
    };
    assert!(log_in("123456").await);
    let alice = place.user("alice").await;
    let edit = place
        .chat
        .edit_account(&alice, "alice", "password", "654321");
    edit.await.unwrap();
    assert!(!log_in("123456").await);
    assert!(log_in("654321").await);
    place
        .chat
        .set_account_password("alice", "third")
        .await
        .unwrap();
    assert!(!log_in("654321").await);
    assert!(log_in("third").await);
}

#[tokio::test]
async fn a_disabled_account_stays_out_until_it_is_enabled() {
    let place = Place::new().await;
    let chat = &place.chat;
    let log_in = async || {
        chat.log_in("alice", "123456", [127, 0, 0, 1].into())
            .await
            .unwrap()
    };
    assert!(log_in().await.is_some());
    let set = |target, enabled| chat.set_account_enabled(Some(&place.admin), target, enabled);
    set("alice", false).await.unwrap();
    assert!(log_in().await.is_none());
    let disabled = chat
        .list_account_details(Which::Disabled, "", Page::default())
        .await
        .unwrap();
    assert_eq!(disabled.len(), 1);
    set("alice", true).await.unwrap();
    assert!(log_in().await.is_some());
    for target in ["admin", "nobody"] {
        assert_eq!(
            refused(set(target, false).await),
            AccountRefusal::NotOnThisAccount
        );
    }
}

#[tokio::test]
async fn the_latest_login_comes_first_among_the_recent() {
    let place = Place::new().await;
    for id in ["alice", "bob"] {
        let address = [127, 0, 0, 1].into();
        place.chat.log_in(id, "123456", address).await.unwrap();
        place
            .chat
            .clock()
            .advance(std::time::Duration::from_secs(60));
    }
    let page = Page::default();
    let recent = place
        .chat
        .list_account_details(Which::Recent, "", page)
        .await
        .unwrap();
    let ids: Vec<&str> = recent.iter().map(|known| known.user.id.as_str()).collect();
    assert_eq!(ids, ["bob", "alice"]);
}

#[tokio::test]
async fn a_deleted_account_leaves_its_conversations() {
    let place = Place::new().await;
    let shared = place
        .room("alice", group_room("Tea", &[("users", "bob")]))
        .await;
    let own = place.room("bob", group_room("Alone", &[])).await;
    place
        .chat
        .delete_account(Some(&place.admin), "bob")
        .await
        .unwrap();

    assert!(place.chat.find_account("bob").await.unwrap().is_none());
    assert_eq!(place.members(&shared).await, ["alice"]);
    assert_eq!(
        place.last_words(&shared, 1).await,
        [("admin".to_owned(), removed("bob"))]
    );
    assert_eq!(place.reload(&own).await, None);
}

#[tokio::test]
async fn the_one_to_one_of_a_deleted_account_keeps_its_name_and_is_locked() {
    let place = Place::new().await;
    let bob = place.user("bob").await;
    let rename = place
        .chat
        .edit_account(&bob, "bob", "displayname", "Robert");
    rename.await.unwrap();
    let room = place.room("alice", one_to_one("bob")).await;
    place.room("bob", one_to_one("alice")).await;
    place.chat.delete_account(None, "bob").await.unwrap();

    let former = place.reload(&room).await.unwrap();
    assert_eq!(former.kind, RoomKind::FormerOneToOne);
    assert_eq!(former.name, "Robert");
    assert!(former.read_only);
    assert_eq!(place.members(&room).await, ["alice"]);
    let words = place.last_words(&room, 10).await;
    assert_eq!(
        words.last(),
        Some(&("cli".to_owned(), SystemMessage::ReadOnly))
    );
    assert!(!words.iter().any(|(_, message)| *message == removed("bob")));
}

#[tokio::test]
async fn nobody_deletes_themselves() {
    let place = Place::new().await;
    let delete = |target| place.chat.delete_account(Some(&place.admin), target);
    assert_eq!(
        refused(delete("ADMIN").await),
        AccountRefusal::NotOnThisAccount
    );
    assert_eq!(refused(delete("nobody").await), AccountRefusal::UserHidden);
}

#[tokio::test]
async fn who_joins_a_group_joins_its_conversations_and_leaves_them_with_it() {
    let place = Place::new().await;
    let chat = &place.chat;
    chat.create_group("tea", "Tea drinkers").await.unwrap();
    place.join("bob", "tea").await;
    let room = place
        .room("alice", group_room("Kitchen", &[("groups", "tea")]))
        .await;
    assert_eq!(place.members(&room).await, ["alice", "tea", "bob"]);

    place.join("carol", "tea").await;
    place.join("carol", "tea").await;
    assert_eq!(place.members(&room).await, ["alice", "tea", "bob", "carol"]);
    let words = place.last_words(&room, 1).await;
    assert_eq!(words, [("admin".to_owned(), added("carol"))]);

    chat.leave_group(&place.admin, "carol", "tea")
        .await
        .unwrap();
    assert_eq!(place.members(&room).await, ["alice", "tea", "bob"]);
    let words = place.last_words(&room, 1).await;
    assert_eq!(words, [("admin".to_owned(), removed("carol"))]);

    let dora = NewAccount {
        groups: vec!["tea".to_owned()],
        ..account("dora")
    };
    chat.create_user_by(&place.admin, dora).await.unwrap();
    assert_eq!(place.members(&room).await, ["alice", "tea", "bob", "dora"]);
}

#[tokio::test]
async fn who_is_there_through_a_second_group_stays() {
    let place = Place::new().await;
    for group in ["tea", "cake"] {
        place.chat.create_group(group, "").await.unwrap();
        place.join("bob", group).await;
    }
    let both = [("groups", "tea"), ("groups", "cake")];
    let room = place.room("alice", group_room("Kitchen", &both)).await;
    let leave = place.chat.leave_group(&place.admin, "bob", "tea");
    leave.await.unwrap();
    assert!(place.members(&room).await.contains(&"bob".to_owned()));
    let delete = place.chat.delete_group(&place.admin, "cake");
    delete.await.unwrap();
    assert_eq!(place.members(&room).await, ["alice", "tea"]);
}

#[tokio::test]
async fn a_deleted_group_leaves_with_those_who_came_through_it() {
    let place = Place::new().await;
    place.chat.create_group("tea", "").await.unwrap();
    place.join("bob", "tea").await;
    let room = place
        .room("alice", group_room("Kitchen", &[("groups", "tea")]))
        .await;
    place.chat.delete_group(&place.admin, "tea").await.unwrap();

    assert_eq!(place.members(&room).await, ["alice"]);
    let gone = SystemMessage::GroupRemoved {
        group: "tea".to_owned(),
    };
    assert_eq!(
        place.last_words(&room, 2).await,
        [
            ("admin".to_owned(), gone),
            ("admin".to_owned(), removed("bob"))
        ]
    );
    assert!(
        place
            .chat
            .list_groups("tea", Page::default())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn groups_refuse_in_the_words_that_clients_know() {
    use AccountRefusal as A;
    let place = Place::new().await;
    let (chat, admin) = (&place.chat, &place.admin);
    assert_eq!(
        refused(chat.create_group(" ", "").await),
        A::InvalidGroupName
    );
    assert_eq!(
        refused(chat.create_group("admin", "").await),
        A::GroupExists
    );
    assert_eq!(
        refused(chat.rename_group("x", "y").await),
        A::GroupToChangeUnknown
    );
    assert_eq!(
        refused(chat.delete_group(admin, "x").await),
        A::UnknownGroup
    );
    assert_eq!(
        refused(chat.delete_group(admin, "admin").await),
        A::AdminGroupStays
    );
    assert_eq!(
        refused(chat.join_group(admin, "bob", "").await),
        A::NoGroupNamed
    );
    assert_eq!(
        refused(chat.join_group(admin, "x", "x").await),
        A::GroupToJoinUnknown
    );
    assert_eq!(
        refused(chat.join_group(admin, "x", "admin").await),
        A::UserToJoinUnknown
    );
    assert_eq!(
        refused(chat.leave_group(admin, "admin", "admin").await),
        A::LastAdminStays
    );
    let bob = place.user("bob").await;
    assert_eq!(
        refused(chat.group_members(&bob, "x").await),
        A::GroupNotFound
    );
    assert_eq!(
        refused(chat.group_members(&bob, "admin").await),
        A::UserHidden
    );
    assert_eq!(
        refused(chat.groups_of_account(&bob, "alice").await),
        A::UserHidden
    );
}

#[tokio::test]
async fn who_joins_the_administrators_is_one_at_once() {
    let place = Place::new().await;
    assert!(!place.user("bob").await.is_admin);
    place.join("bob", Group::ADMIN).await;
    assert!(place.user("bob").await.is_admin);
    let sizes = place
        .chat
        .list_group_sizes("", Page::default())
        .await
        .unwrap();
    assert_eq!((sizes[0].members, sizes[0].disabled), (2, 0));
}

#[tokio::test]
async fn a_renamed_group_has_its_new_name_in_conversations() {
    let place = Place::new().await;
    place.chat.create_group("tea", "").await.unwrap();
    let room = place
        .room("alice", group_room("Kitchen", &[("groups", "tea")]))
        .await;
    place
        .chat
        .rename_group("tea", "Tea drinkers")
        .await
        .unwrap();
    let (id, tea) = (room.id, Actor::group("tea"));
    let tea = place
        .chat
        .read(move |view| Ok(view.tx.find_attendee(id, &tea)?));
    assert_eq!(tea.await.unwrap().unwrap().display_name, "Tea drinkers");
}

#[tokio::test]
async fn a_part_of_a_list_can_be_had() {
    let place = Place::new().await;
    let page = Page {
        limit: Some(2),
        offset: 1,
    };
    let users = place.chat.list_accounts("", page).await.unwrap();
    let ids: Vec<&str> = users.iter().map(|user| user.id.as_str()).collect();
    assert_eq!(ids, ["alice", "bob"]);
    let found = place
        .chat
        .list_accounts("CAR", Page::default())
        .await
        .unwrap();
    assert_eq!(found[0].id.as_str(), "carol");
}
