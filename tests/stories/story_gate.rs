//! Who may do what in a chat, and which refusal comes first. Source: chat.md 1.2.
//!
//! Bans (row 4) are in `story_bans`; federation (row 6) is not offered.

use crate::support::{Actor, Request, TestServer, chat, talk};
use serde_json::json;

/// What one can do in a chat.
#[derive(Debug, Clone, Copy)]
enum Act {
    Receive,
    Context,
    Read,
    Unread,
    Post,
    Share,
    Suggest,
    Delete,
}

use Act::{Context, Delete, Post, Read, Receive, Share, Suggest, Unread};

const ALL: [Act; 8] = [Receive, Context, Read, Unread, Post, Share, Suggest, Delete];

impl Act {
    /// As a complete and correct request, about `message` where it needs one.
    fn by(self, actor: &Actor, room: &str, message: i64) -> Request {
        let chat = chat(room);
        let request = |method, path: &str| actor.request(method, &format!("{chat}{path}"));
        match self {
            Receive => request("GET", "?lookIntoFuture=0"),
            Context => request("GET", &format!("/{message}/context")),
            Read => request("POST", "/read"),
            Unread => request("DELETE", "/read"),
            Post => request("POST", "").form(&[("message", "hello")]),
            Share => request("POST", "/share").form(&[
                ("objectType", "highlight"),
                ("objectId", "1"),
                ("metaData", r#"{"name":"One"}"#),
            ]),
            Suggest => request("GET", "/mentions?search="),
            Delete => request("DELETE", &format!("/{message}")),
        }
    }
}

/// A conversation and a message in it.
struct Place {
    room: String,
    message: i64,
}

impl Place {
    async fn with_message_by(author: &Actor, room: String) -> Self {
        let message = author.posts(&room, "first").await;
        Self { room, message }
    }

    /// All these acts are refused alike.
    async fn refuses(&self, actor: &Actor, acts: &[Act], status: u16) {
        for act in acts {
            let answer = act.by(actor, &self.room, self.message).send().await;
            assert_eq!(answer.status, status, "{act:?}: {}", answer.text);
            answer.expect_refusal(status);
        }
    }

    /// All these acts succeed.
    async fn allows(&self, actor: &Actor, acts: &[Act]) {
        for act in acts {
            let answer = act.by(actor, &self.room, self.message).send().await;
            assert!(
                matches!(answer.status, 200 | 201),
                "{act:?}: {}",
                answer.text
            );
        }
    }
}

// Row 1: login.

#[tokio::test]
async fn an_act_that_needs_an_account_answers_401_to_a_visitor_before_it_looks_for_the_room() {
    let server = TestServer::start().await;
    let path = talk("/api/v4/room/nowhere1/read-only");

    let answer = server.guest().put(&path, &[("state", "1")]).await;

    assert_eq!(answer.status, 401);
    let meta = json!({
        "status": "failure",
        "statuscode": 997,
        "message": "Current user is not logged in"
    });
    assert_eq!(answer.meta(), meta);
    assert_eq!(answer.data(), json!([]));
}

#[tokio::test]
async fn a_guest_moderator_gets_401_where_a_moderator_with_an_account_is_needed() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Fair").await;
    let guest = server.guest_in(&room).await;
    alice.promotes(&room, &guest.attendee_id(&room).await).await;

    let path = talk(&format!("/api/v4/room/{room}/read-only"));
    let answer = guest.put(&path, &[("state", "1")]).await;

    assert_eq!(answer.status, 401);
    assert_eq!(answer.meta()["statuscode"], 997);
}

// Row 2: guests.

#[tokio::test]
async fn guests_find_nothing_where_a_member_with_an_account_is_needed() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let place = Place::with_message_by(&alice, alice.creates_public("Fair").await).await;
    let guest = server.guest_in(&place.room).await;

    place.refuses(&guest, &[Read, Unread, Delete], 404).await;
}

#[tokio::test]
async fn guests_may_read_post_share_and_look_for_mentions() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let place = Place::with_message_by(&alice, alice.creates_public("Fair").await).await;
    let guest = server.guest_in(&place.room).await;

    let open = [Receive, Context, Post, Share, Suggest];
    place.allows(&guest, &open).await;
}

#[tokio::test]
async fn guests_get_404_before_a_lock_could_give_403() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let place = Place::with_message_by(&alice, alice.creates_public("Fair").await).await;
    let guest = server.guest_in(&place.room).await;
    alice.locks(&place.room).await;

    place.refuses(&guest, &[Delete], 404).await;
}

// Row 3: membership.

#[tokio::test]
async fn an_unknown_conversation_does_not_exist() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let nowhere = Place {
        room: "nowhere1".to_owned(),
        message: 1,
    };

    nowhere.refuses(&alice, &ALL, 404).await;
}

#[tokio::test]
async fn to_somebody_outside_a_group_does_not_exist() {
    let server = TestServer::start().await;
    let (_, bob, room) = server.tea().await;
    let [carol] = server.users(["carol"]).await;
    let place = Place::with_message_by(&bob, room).await;

    place.refuses(&carol, &ALL, 404).await;
}

#[tokio::test]
async fn to_a_visitor_who_has_not_joined_a_public_conversation_does_not_exist() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let place = Place::with_message_by(&alice, alice.creates_public("Fair").await).await;

    place.refuses(&server.guest(), &ALL, 404).await;
}

#[tokio::test]
async fn to_an_account_that_has_not_joined_a_public_conversation_does_not_exist() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let place = Place::with_message_by(&alice, alice.creates_public("Fair").await).await;

    place.refuses(&bob, &ALL, 404).await;
}

#[tokio::test]
async fn a_guest_of_one_conversation_is_nobody_in_another() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let fair = alice.creates_public("Fair").await;
    let market = alice.creates_public("Market").await;
    let place = Place::with_message_by(&alice, market).await;
    let guest = server.guest_in(&fair).await;

    place.refuses(&guest, &ALL, 404).await;
}

#[tokio::test]
async fn a_removed_member_finds_nothing_any_more() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let place = Place::with_message_by(&bob, room).await;
    let target = bob.attendee_id(&place.room).await;
    alice.removes(&place.room, &target).await;

    place.refuses(&bob, &ALL, 404).await;
}

#[tokio::test]
async fn a_stranger_learns_neither_of_the_lock_nor_of_the_lobby() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let [carol] = server.users(["carol"]).await;
    let place = Place::with_message_by(&bob, room).await;
    alice.closes_lobby(&place.room).await;
    alice.locks(&place.room).await;

    place.refuses(&carol, &ALL, 404).await;
}

#[tokio::test]
async fn a_stranger_gets_404_before_parameters_are_looked_at() {
    let server = TestServer::start().await;
    let (_, _, room) = server.tea().await;
    let [carol] = server.users(["carol"]).await;

    carol.marks_read(&room, "-3").await.expect_refusal(404);
    carol.sends(&room, &[]).await.expect_refusal(404);
}

// Row 5: moderators.

#[tokio::test]
async fn an_ordinary_member_gets_403_where_a_moderator_is_needed() {
    let server = TestServer::start().await;
    let (_, bob, room) = server.tea().await;

    let path = talk(&format!("/api/v4/room/{room}/read-only"));
    bob.put(&path, &[("state", "1")]).await.expect_refusal(403);
    let path = talk(&format!("/api/v4/room/{room}"));
    bob.delete(&path, &[]).await.expect_refusal(403);
}

// Row 7: read-only.

#[tokio::test]
async fn nobody_writes_in_a_locked_conversation() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let place = Place::with_message_by(&bob, room).await;
    alice.locks(&place.room).await;

    let writing = [Post, Share, Suggest, Delete];
    place.refuses(&bob, &writing, 403).await;
    place.refuses(&alice, &writing, 403).await;
}

#[tokio::test]
async fn a_locked_conversation_can_be_read_and_marked_as_read() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let place = Place::with_message_by(&bob, room).await;
    alice.locks(&place.room).await;

    place.allows(&bob, &[Receive, Context, Read, Unread]).await;
}

#[tokio::test]
async fn the_lock_comes_before_the_lobby() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let place = Place::with_message_by(&bob, room).await;
    alice.closes_lobby(&place.room).await;
    alice.locks(&place.room).await;

    let writing = [Post, Share, Suggest, Delete];
    place.refuses(&bob, &writing, 403).await;
    place.refuses(&bob, &[Receive, Context], 412).await;
}

#[tokio::test]
async fn the_lock_comes_before_an_empty_message() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    alice.locks(&room).await;

    bob.sends(&room, &[("message", "")])
        .await
        .expect_refusal(403);
    bob.sends(&room, &[]).await.expect_refusal(403);
}

// Row 8: lobby.

#[tokio::test]
async fn the_lobby_holds_an_ordinary_member_back() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let place = Place::with_message_by(&bob, room).await;
    alice.closes_lobby(&place.room).await;

    let held_back = [Receive, Context, Post, Share, Suggest, Delete];
    place.refuses(&bob, &held_back, 412).await;
}

#[tokio::test]
async fn the_lobby_holds_a_guest_back() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let place = Place::with_message_by(&alice, alice.creates_public("Fair").await).await;
    let guest = server.guest_in(&place.room).await;
    alice.closes_lobby(&place.room).await;

    let held_back = [Receive, Context, Post, Share, Suggest];
    place.refuses(&guest, &held_back, 412).await;
}

#[tokio::test]
async fn one_may_mark_as_read_while_waiting_in_the_lobby() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let place = Place::with_message_by(&bob, room).await;
    alice.closes_lobby(&place.room).await;

    place.allows(&bob, &[Read, Unread]).await;
}

#[tokio::test]
async fn the_lobby_does_not_hold_moderators_back() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let place = Place::with_message_by(&bob, room).await;
    alice.closes_lobby(&place.room).await;

    place.allows(&alice, &ALL).await;
}

#[tokio::test]
async fn the_lobby_does_not_hold_guest_moderators_back() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let place = Place::with_message_by(&alice, alice.creates_public("Fair").await).await;
    let guest = server.guest_in(&place.room).await;
    alice.closes_lobby(&place.room).await;
    let target = guest.attendee_id(&place.room).await;
    alice.promotes(&place.room, &target).await;

    let open = [Receive, Context, Post, Share, Suggest];
    place.allows(&guest, &open).await;
}

#[tokio::test]
async fn the_permission_to_ignore_the_lobby_leads_past_it() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    // 8: ignore the lobby, 128: chat.
    let fields = [
        ("roomType", "2"),
        ("roomName", "Tea"),
        ("permissions", "136"),
    ];
    let room = alice.creates_room(&fields).await;
    alice.adds(&room, "bob").await;
    let place = Place::with_message_by(&bob, room).await;
    alice.closes_lobby(&place.room).await;

    place.allows(&bob, &ALL).await;
}

#[tokio::test]
async fn the_lobby_comes_before_the_missing_permission_to_chat() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let fields = [("roomType", "2"), ("roomName", "Tea"), ("permissions", "4")];
    let room = alice.creates_room(&fields).await;
    alice.adds(&room, "bob").await;
    let place = Place::with_message_by(&alice, room).await;
    alice.closes_lobby(&place.room).await;

    let writing = [Post, Share, Suggest, Delete];
    place.refuses(&bob, &writing, 412).await;
}

// Row 9: the permission to chat.

#[tokio::test]
async fn without_the_permission_to_chat_one_writes_nothing() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let fields = [("roomType", "2"), ("roomName", "Tea"), ("permissions", "4")];
    let room = alice.creates_room(&fields).await;
    alice.adds(&room, "bob").await;
    let place = Place::with_message_by(&alice, room).await;

    let writing = [Post, Share, Suggest, Delete];
    place.refuses(&bob, &writing, 403).await;
}

#[tokio::test]
async fn without_the_permission_to_chat_one_reads_and_marks_as_read() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let fields = [("roomType", "2"), ("roomName", "Tea"), ("permissions", "4")];
    let room = alice.creates_room(&fields).await;
    alice.adds(&room, "bob").await;
    let place = Place::with_message_by(&alice, room).await;

    place.allows(&bob, &[Receive, Context, Read, Unread]).await;
}

#[tokio::test]
async fn a_missing_permission_comes_before_an_empty_message() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let fields = [("roomType", "2"), ("roomName", "Tea"), ("permissions", "4")];
    let room = alice.creates_room(&fields).await;
    alice.adds(&room, "bob").await;

    bob.sends(&room, &[("message", " ")])
        .await
        .expect_refusal(403);
}

// What holds for all rows.

#[tokio::test]
async fn a_path_that_is_no_route_never_reaches_the_gate() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let odd = ["ABCD", "abc", "a-b-c-d"].map(chat);
    let negative = format!("{}/-1/context", chat(&room));
    for path in odd.iter().chain([&negative]) {
        let answer = alice.get(&format!("{path}?lookIntoFuture=0")).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.meta()["statuscode"], 998, "{path}");
    }
}

#[tokio::test]
async fn a_refusal_has_the_same_shape_in_xml() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    alice.closes_lobby(&room).await;

    let answer = Receive.by(&bob, &room, 1).xml().send().await;

    assert_eq!(answer.status, 412);
    let content_type = answer.header("content-type");
    assert_eq!(content_type, Some("application/xml; charset=utf-8"));
    let expected = "<?xml version=\"1.0\"?>\n<ocs>\n <meta>\n  <status>failure</status>\n  \
        <statuscode>412</statuscode>\n  <message></message>\n </meta>\n <data/>\n</ocs>\n";
    assert_eq!(answer.text, expected);
}

#[tokio::test]
async fn a_refusal_through_v1_is_a_200_that_names_the_status() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    alice.locks(&room).await;

    let path = chat(&room).replace("v2.php", "v1.php");
    let answer = bob.post(&path, &[("message", "hello")]).await;

    let meta = json!({
        "status": "failure",
        "statuscode": 403,
        "message": "",
        "totalitems": "",
        "itemsperpage": ""
    });
    assert_eq!(answer.meta(), meta);
    answer.expect(200, json!([]));
}
