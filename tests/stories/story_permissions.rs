//! What members may do: the levels on which it is set, and what each bit allows.
//! Source: conversations.md 1.4, 2.5, 3.13, 4.8, 5.2, 10.5.

use crate::support::rooms::room_part;
use crate::support::{Actor, Answer, TestServer, chat, talk};
use serde_json::{Value, json};

/// Alice's public conversation with somebody of every role.
struct Fair {
    server: TestServer,
    token: String,
    /// The owner.
    alice: Actor,
    moderator: Actor,
    user: Actor,
    /// Came through the link.
    self_joined: Actor,
    guest: Actor,
    guest_moderator: Actor,
}

async fn fair() -> Fair {
    let server = TestServer::start().await;
    let [alice, moderator, user, self_joined] = server.users(["alice", "mona", "uma", "sid"]).await;
    let token = alice.creates_public("Fair").await;
    alice.adds(&token, "mona").await;
    alice.adds(&token, "uma").await;
    assert_eq!(self_joined.joins(&token).await.status, 200);
    let guest = server.guest_in(&token).await;
    let guest_moderator = server.guest_in(&token).await;
    for promoted in [&moderator, &guest_moderator] {
        let attendee = promoted.attendee_id(&token).await;
        alice.promotes(&token, &attendee).await;
    }
    Fair {
        server,
        token,
        alice,
        moderator,
        user,
        self_joined,
        guest,
        guest_moderator,
    }
}

impl Fair {
    async fn sets_default(&self, actor: &Actor, permissions: &str) -> Answer {
        let path = room_part(&self.token, "permissions/default");
        actor.put(&path, &[("permissions", permissions)]).await
    }

    async fn changes(&self, target: &Actor, method: &str, permissions: &str) -> Answer {
        let attendee = target.attendee_id(&self.token).await;
        changes(&self.alice, &self.token, &attendee, method, permissions).await
    }

    /// `attendeePermissions` and `permissions` after a change that must succeed.
    async fn after(&self, target: &Actor, method: &str, permissions: &str) -> Value {
        let answer = self.changes(target, method, permissions).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        self.seen_by(target).await
    }

    /// `attendeePermissions` and `permissions` as this member reads them.
    async fn seen_by(&self, actor: &Actor) -> Value {
        let seen = actor.room(&self.token).await;
        json!([seen["attendeePermissions"], seen["permissions"]])
    }

    /// Statuses of posting, sharing and looking for mentions, and, behind a lobby, of reading.
    async fn may(&self, actor: &Actor) -> [u16; 4] {
        let token = &self.token;
        let posted = actor.sends(token, &[("message", "hello")]).await;
        let shared = actor
            .shares(token, "highlight", "1", r#"{"name":"One"}"#)
            .await;
        let suggested = actor
            .get(&format!("{}/mentions?search=", chat(token)))
            .await;
        let lobby = room_part(token, "webinar/lobby");
        self.alice.put(&lobby, &[("state", "1")]).await;
        let read = actor.reads(token, "lookIntoFuture=0").await;
        self.alice.put(&lobby, &[("state", "0")]).await;
        [posted.status, shared.status, suggested.status, read.status]
    }
}

async fn changes(
    actor: &Actor,
    token: &str,
    attendee: &str,
    method: &str,
    permissions: &str,
) -> Answer {
    let path = room_part(token, "attendees/permissions");
    let fields = [
        ("attendeeId", attendee),
        ("method", method),
        ("permissions", permissions),
    ];
    actor.put(&path, &fields).await
}

/// A mask as it is sent, stored, and what it comes to.
const MASKS: [(&str, i64, [u16; 4]); 11] = [
    ("1", 1, NOTHING),
    ("2", 3, NOTHING),
    ("4", 5, NOTHING),
    ("8", 9, [403, 403, 403, 200]),
    ("16", 17, NOTHING),
    ("32", 33, NOTHING),
    ("64", 65, NOTHING),
    ("127", 127, [403, 403, 403, 200]),
    ("128", 129, [201, 201, 200, 412]),
    ("246", 247, [201, 201, 200, 412]),
    ("255", 255, EVERYTHING),
];
const NOTHING: [u16; 4] = [403, 403, 403, 412];
const EVERYTHING: [u16; 4] = [201, 201, 200, 200];
/// What members may do where nobody has decided anything.
const USUAL: [u16; 4] = [201, 201, 200, 412];

// What a mask comes to.

#[tokio::test]
async fn without_a_decision_members_may_do_everything_but_pass_the_lobby() {
    let fair = fair().await;

    for member in [&fair.user, &fair.self_joined, &fair.guest] {
        assert_eq!(fair.seen_by(member).await, json!([0, 246]));
        assert_eq!(fair.may(member).await, USUAL);
    }
    for moderator in [&fair.alice, &fair.moderator, &fair.guest_moderator] {
        assert_eq!(fair.seen_by(moderator).await, json!([0, 254]));
        assert_eq!(fair.may(moderator).await, EVERYTHING);
    }
}

#[tokio::test]
async fn what_the_conversation_allows_holds_for_all_but_moderators() {
    let fair = fair().await;

    for (sent, stored, allowed) in MASKS {
        let answer = fair.sets_default(&fair.alice, sent).await;
        assert_eq!(answer.data()["defaultPermissions"], stored, "{sent}");
        for member in [&fair.user, &fair.self_joined, &fair.guest] {
            assert_eq!(fair.seen_by(member).await, json!([0, stored]), "{sent}");
            assert_eq!(fair.may(member).await, allowed, "{sent}");
        }
    }
    fair.sets_default(&fair.alice, "1").await;
    for moderator in [&fair.alice, &fair.moderator, &fair.guest_moderator] {
        assert_eq!(fair.seen_by(moderator).await, json!([0, 254]));
        assert_eq!(fair.may(moderator).await, EVERYTHING);
    }
}

#[tokio::test]
async fn what_a_member_is_allowed_goes_before_what_the_conversation_allows() {
    let fair = fair().await;
    fair.sets_default(&fair.alice, "4").await;

    for (sent, stored, allowed) in MASKS {
        for member in [&fair.user, &fair.self_joined, &fair.guest] {
            let seen = fair.after(member, "set", sent).await;
            assert_eq!(seen, json!([stored, stored]), "{sent}");
            assert_eq!(fair.may(member).await, allowed, "{sent}");
        }
    }
}

#[tokio::test]
async fn a_lock_goes_before_the_lobby_and_the_lobby_before_a_missing_permission() {
    let fair = fair().await;
    fair.sets_default(&fair.alice, "4").await;
    let post = [("message", "hello")];

    fair.alice.closes_lobby(&fair.token).await;
    let held_back = fair.user.sends(&fair.token, &post).await;
    fair.alice.locks(&fair.token).await;
    let locked = fair.user.sends(&fair.token, &post).await;

    held_back.expect_refusal(412);
    locked.expect_refusal(403);
}

#[tokio::test]
async fn permissions_with_which_a_conversation_begins_are_marked_and_in_force() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let fields = [("roomType", "2"), ("roomName", "Tea"), ("permissions", "4")];
    let token = alice.creates_room(&fields).await;
    alice.adds(&token, "bob").await;

    let seen = bob.room(&token).await;

    assert_eq!(seen["defaultPermissions"], 5);
    assert_eq!(seen["permissions"], 5);
    bob.sends(&token, &[("message", "hello")])
        .await
        .expect_refusal(403);
}

// The conversation's level.

#[tokio::test]
async fn the_conversation_s_permissions_take_away_what_single_members_had_without_a_word() {
    let fair = fair().await;
    fair.after(&fair.user, "set", "1").await;
    fair.after(&fair.guest, "set", "255").await;
    let before = fair.alice.systems(&fair.token).await;

    // Even if nothing changes.
    let answer = fair.sets_default(&fair.alice, "0").await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["defaultPermissions"], 0);
    assert_eq!(fair.seen_by(&fair.user).await, json!([0, 246]));
    assert_eq!(fair.seen_by(&fair.guest).await, json!([0, 246]));
    assert_eq!(fair.alice.systems(&fair.token).await, before);
    fair.user.posts(&fair.token, "again").await;
}

#[tokio::test]
async fn a_mask_for_the_conversation_is_at_most_255() {
    let fair = fair().await;

    for mask in ["256", "-1", "99999999999999999999"] {
        fair.sets_default(&fair.alice, mask)
            .await
            .refused(400, "value");
    }
    let path = room_part(&fair.token, "permissions/default");
    fair.alice.put(&path, &[]).await.refused(400, "permissions");
}

#[tokio::test]
async fn a_refused_mask_leaves_single_members_what_they_had() {
    let fair = fair().await;
    fair.after(&fair.user, "set", "4").await;

    fair.sets_default(&fair.alice, "256")
        .await
        .refused(400, "value");

    assert_eq!(fair.seen_by(&fair.user).await, json!([5, 5]));
}

#[tokio::test]
async fn there_is_no_level_for_calls_any_more_and_no_other_at_all() {
    let fair = fair().await;
    let fields = [("permissions", "4")];

    let call = room_part(&fair.token, "permissions/call");
    let other = room_part(&fair.token, "permissions/other");

    fair.alice.put(&call, &fields).await.refused(400, "mode");
    fair.user.put(&call, &fields).await.expect_refusal(403);
    let unknown = fair.alice.put(&other, &fields).await;
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.meta()["statuscode"], 998);
}

#[tokio::test]
async fn one_to_ones_and_notes_have_no_permissions() {
    let server = TestServer::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let pair = alice.turns_to("bob").await;
    let note = alice.get(&talk("/api/v4/room/note-to-self")).await;
    let note = note.data()["token"].as_str().unwrap().to_owned();

    for token in [pair, note] {
        let path = room_part(&token, "permissions/default");
        for mask in ["4", "256"] {
            let answer = alice.put(&path, &[("permissions", mask)]).await;
            answer.refused(400, "type");
        }
    }
}

#[tokio::test]
async fn moderators_set_the_conversation_s_permissions_guests_among_them() {
    let fair = fair().await;

    for member in [&fair.user, &fair.self_joined, &fair.guest] {
        let answer = fair.sets_default(member, "255").await;
        answer.expect_refusal(403);
    }
    let stranger = fair.server.guest();
    fair.sets_default(&stranger, "255")
        .await
        .expect_refusal(404);
    for moderator in [&fair.alice, &fair.moderator, &fair.guest_moderator] {
        let answer = fair.sets_default(moderator, "4").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

// A member's level.

#[tokio::test]
async fn the_answer_is_the_member_alone_with_a_status() {
    let fair = fair().await;
    let before = fair.alice.systems(&fair.token).await;
    let attendee = fair.alice.attendee_of(&fair.token, "uma").await;

    let answer = changes(&fair.alice, &fair.token, &attendee, "set", "2").await;

    let attendee: i64 = attendee.parse().unwrap();
    answer.expect(
        200,
        json!([{
            "roomToken": fair.token, "inCall": 0, "lastPing": 0, "sessionIds": [],
            "participantType": 3, "attendeeId": attendee, "actorId": "uma", "actorType": "users",
            "displayName": "uma-displayname", "permissions": 3, "attendeePermissions": 3,
            "attendeePin": "", "phoneNumber": "", "callId": "",
            "status": "offline", "statusIcon": null, "statusMessage": null, "statusClearAt": null,
        }]),
    );
    assert_eq!(answer.header("x-nextcloud-has-user-statuses"), Some("1"));
    assert_eq!(fair.alice.systems(&fair.token).await, before);
}

#[tokio::test]
async fn a_guest_has_no_status_and_who_is_there_is_not_said() {
    let fair = fair().await;

    let answer = fair.changes(&fair.guest, "set", "2").await;

    let entry = answer.data()[0].clone();
    assert_eq!(entry["actorType"], "guests");
    assert_eq!(entry["participantType"], 4);
    // Quirk: changed-member-without-sessions.
    assert_eq!(
        json!([entry["sessionIds"], entry["lastPing"]]),
        json!([[], 0])
    );
    assert_eq!(entry.get("status"), None);
    assert_eq!(answer.header("x-nextcloud-has-user-statuses"), Some("1"));
}

#[tokio::test]
async fn a_guest_moderator_changes_permissions_and_reads_no_status() {
    let fair = fair().await;
    let attendee = fair.alice.attendee_of(&fair.token, "uma").await;

    let answer = changes(&fair.guest_moderator, &fair.token, &attendee, "set", "2").await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.data()[0]["permissions"], 3);
    assert_eq!(answer.data()[0].get("status"), None);
    assert_eq!(answer.header("x-nextcloud-has-user-statuses"), None);
}

#[tokio::test]
async fn adding_and_removing_begin_with_what_is_in_force() {
    let fair = fair().await;

    let passes_the_lobby = fair.after(&fair.user, "add", "8").await;
    let starts_no_calls = fair.after(&fair.user, "remove", "2").await;
    let as_everybody = fair.after(&fair.user, "set", "0").await;
    fair.sets_default(&fair.alice, "4").await;
    let chats = fair.after(&fair.user, "add", "128").await;
    let only_chats = fair.after(&fair.user, "remove", "5").await;

    assert_eq!(passes_the_lobby, json!([254, 254]));
    assert_eq!(starts_no_calls, json!([252, 252]));
    assert_eq!(as_everybody, json!([0, 246]));
    assert_eq!(chats, json!([133, 133]));
    assert_eq!(only_chats, json!([128, 128]));
}

#[tokio::test]
async fn who_loses_everything_has_what_the_conversation_allows() {
    let fair = fair().await;

    // Quirk: remove-all-permissions.
    let seen = fair.after(&fair.user, "remove", "255").await;

    assert_eq!(seen, json!([0, 246]));
}

#[tokio::test]
async fn who_joined_by_themselves_belongs_from_then_on_without_a_word() {
    let fair = fair().await;
    let before = fair.alice.systems(&fair.token).await;

    let answer = fair.changes(&fair.self_joined, "set", "0").await;
    fair.self_joined.leaves(&fair.token).await;

    assert_eq!(answer.data()[0]["participantType"], 3);
    let seen = fair.self_joined.room(&fair.token).await;
    assert_eq!(seen["participantType"], 3);
    assert_eq!(fair.alice.systems(&fair.token).await, before);
}

#[tokio::test]
async fn moderators_keep_all_permissions() {
    let fair = fair().await;

    for target in [&fair.alice, &fair.moderator, &fair.guest_moderator] {
        // Before the value and the method are looked at.
        for (method, mask) in [("set", "4"), ("set", "256"), ("toggle", "4")] {
            let answer = fair.changes(target, method, mask).await;
            answer.refused(403, "moderator");
        }
        assert_eq!(fair.seen_by(target).await, json!([0, 254]));
    }
}

#[tokio::test]
async fn an_unknown_member_is_not_found_whatever_else_is_wrong() {
    let fair = fair().await;
    let elsewhere = fair.alice.creates_group("Tea").await;
    let of_another_room = fair.alice.attendee_id(&elsewhere).await;

    for attendee in [
        "0",
        "-5",
        "999999",
        "99999999999999999999",
        &of_another_room,
    ] {
        let answer = changes(&fair.alice, &fair.token, attendee, "toggle", "256").await;
        answer.refused(404, "participant");
    }
}

#[tokio::test]
async fn members_of_a_one_to_one_keep_what_they_have() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice.turns_to("bob").await;
    alice.posts(&token, "hello").await;
    let attendee = bob.attendee_id(&token).await;

    let answer = changes(&alice, &token, &attendee, "set", "4").await;

    answer.refused(400, "room-type");
}

#[tokio::test]
async fn a_group_as_a_member_has_no_permissions_of_its_own() {
    let fair = fair().await;
    fair.server.group("tea", &[]).await;
    let path = room_part(&fair.token, "participants");
    let fields = [("newParticipant", "tea"), ("source", "groups")];
    assert_eq!(fair.alice.post(&path, &fields).await.status, 200);
    let group = fair.alice.attendee_of(&fair.token, "tea").await;

    for mask in ["4", "256"] {
        let answer = changes(&fair.alice, &fair.token, &group, "set", mask).await;
        answer.refused(400, "type");
    }
}

#[tokio::test]
async fn a_mask_out_of_range_goes_before_an_unknown_method() {
    let fair = fair().await;

    for (method, mask, word) in [
        ("set", "256", "value"),
        ("add", "-1", "value"),
        ("toggle", "256", "value"),
        ("toggle", "4", "method"),
        ("", "4", "method"),
    ] {
        let answer = fair.changes(&fair.user, method, mask).await;
        answer.refused(400, word);
    }
    assert_eq!(fair.seen_by(&fair.user).await, json!([0, 246]));
}

#[tokio::test]
async fn a_change_names_a_member_a_method_and_a_mask() {
    let fair = fair().await;
    let path = room_part(&fair.token, "attendees/permissions");
    let attendee = fair.user.attendee_id(&fair.token).await;
    let all = [
        ("attendeeId", attendee.as_str()),
        ("method", "set"),
        ("permissions", "4"),
    ];

    for missing in 0..3 {
        let mut fields = all.to_vec();
        let (name, _) = fields.remove(missing);
        let answer = fair.alice.put(&path, &fields).await;
        answer.refused(400, name);
    }
}

#[tokio::test]
async fn only_moderators_change_permissions() {
    let fair = fair().await;
    let attendee = fair.user.attendee_id(&fair.token).await;

    for member in [&fair.user, &fair.self_joined, &fair.guest] {
        changes(member, &fair.token, &attendee, "set", "255")
            .await
            .expect_refusal(403);
    }
    let stranger = fair.server.guest();
    changes(&stranger, &fair.token, &attendee, "set", "255")
        .await
        .expect_refusal(404);
}

#[tokio::test]
async fn a_change_for_all_members_at_once_is_always_refused() {
    let fair = fair().await;
    let path = room_part(&fair.token, "attendees/permissions/all");
    let fields = [("method", "set"), ("permissions", "4")];

    let answer = fair.alice.put(&path, &fields).await;

    answer.refused_with(400, json!(null));
    fair.alice
        .put(&path, &[])
        .await
        .refused_with(400, json!(null));
    fair.user.put(&path, &fields).await.expect_refusal(403);
}

#[tokio::test]
async fn a_change_counts_as_news_of_that_member() {
    let fair = fair().await;
    fair.server.advance(100);
    let since = fair.server.now();

    fair.changes(&fair.user, "set", "4").await;

    let path = talk(&format!("/api/v4/room?modifiedSince={since}"));
    let changed = fair.user.get(&path).await;
    assert_eq!(changed.data()[0]["token"], fair.token);
    let others = fair.moderator.get(&path).await;
    assert_eq!(
        others
            .data()
            .as_array()
            .unwrap()
            .iter()
            .filter(|room| room["type"] != 6)
            .count(),
        0
    );
}

#[tokio::test]
async fn a_promoted_member_loses_what_was_set_for_them() {
    let fair = fair().await;
    fair.after(&fair.user, "set", "1").await;
    let attendee = fair.user.attendee_id(&fair.token).await;

    fair.alice.promotes(&fair.token, &attendee).await;

    assert_eq!(fair.seen_by(&fair.user).await, json!([0, 254]));
}
