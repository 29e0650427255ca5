//! Bans: who is banned, by whom, and what it means at the door and for those inside.
//! Source: conversations.md 4.5, 4.12, 5.1.

use crate::support::rooms::{cloud, room, room_part};
use crate::support::{Actor, Answer, TestServer, chat, talk};
use serde_json::{Value, json};

/// Alice's public conversation, and Bob who knows the link.
async fn park() -> (TestServer, Actor, Actor, String) {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice.creates_public("Park").await;
    (server, alice, bob, token)
}

fn bans(token: &str) -> String {
    talk(&format!("/api/v1/ban/{token}"))
}

impl Actor {
    /// Tries to ban somebody.
    async fn bans(&self, token: &str, kind: &str, id: &str) -> Answer {
        let fields = [("actorType", kind), ("actorId", id)];
        self.post(&bans(token), &fields).await
    }

    /// Bans somebody; the ban's id.
    async fn banned(&self, token: &str, kind: &str, id: &str) -> String {
        let answer = self.bans(token, kind, id).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.data()["id"].to_string()
    }

    /// Who is banned: kind, id and name, and the note.
    async fn banned_list(&self, token: &str) -> Value {
        let answer = self.get(&bans(token)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let rows = answer.data();
        let rows = rows.as_array().unwrap().iter().map(|ban| {
            json!([
                ban["bannedActorType"],
                ban["bannedActorId"],
                ban["bannedDisplayName"],
                ban["internalNote"]
            ])
        });
        rows.collect()
    }

    async fn actor_id(&self, token: &str) -> String {
        self.room(token).await["actorId"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

#[tokio::test]
async fn a_ban_tells_who_banned_whom_when_and_why() {
    let (server, alice, _, token) = park().await;
    let fields = [
        ("actorType", "users"),
        ("actorId", "bob"),
        ("internalNote", "rude"),
    ];

    let answer = alice.post(&bans(&token), &fields).await;

    let ban = json!({
        "id": 1,
        "moderatorActorType": "users",
        "moderatorActorId": "alice",
        "moderatorDisplayName": "alice-displayname",
        "bannedActorType": "users",
        "bannedActorId": "bob",
        "bannedDisplayName": "bob-displayname",
        "bannedTime": server.now(),
        "internalNote": "rude"
    });
    answer.expect(200, ban.clone());
    alice.get(&bans(&token)).await.expect(200, json!([ban]));
    assert_eq!(alice.systems(&token).await, ["conversation_created"]);
}

#[tokio::test]
async fn the_same_ban_again_is_the_one_that_exists() {
    let (server, alice, _, token) = park().await;
    let first = alice.bans(&token, "users", "bob").await;
    server.advance(60);

    let fields = [
        ("actorType", "users"),
        ("actorId", "BOB"),
        ("internalNote", "again"),
    ];
    let again = alice.post(&bans(&token), &fields).await;

    again.expect(200, first.data());
    assert_eq!(alice.banned_list(&token).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn whoever_is_not_known_is_banned_under_the_id() {
    let (_server, alice, _, token) = park().await;

    alice.banned(&token, "users", "nobody").await;
    alice.banned(&token, "guests", "0123").await;
    alice.banned(&token, "emails", "4567").await;
    alice.banned(&token, "ip", "10.0.0.0/8").await;

    let expected = json!([
        ["users", "nobody", "nobody", ""],
        ["guests", "0123", "0123", ""],
        ["emails", "4567", "4567", ""],
        ["ip", "10.0.0.0/8", "10.0.0.0/8", ""]
    ]);
    assert_eq!(alice.banned_list(&token).await, expected);
}

#[tokio::test]
async fn bans_follow_an_account_s_new_name() {
    let (server, alice, _, token) = park().await;
    alice.banned(&token, "users", "bob").await;
    for name in ["alice", "bob"] {
        let fields = [("key", "displayname"), ("value", &format!("New {name}"))];
        let path = cloud(&format!("users/{name}"));
        assert_eq!(server.admin().put(&path, &fields).await.status, 200);
    }

    let ban = alice.get(&bans(&token)).await.data()[0].clone();

    assert_eq!(ban["moderatorDisplayName"], "New alice");
    assert_eq!(ban["bannedDisplayName"], "New bob");
}

// Refusals, in their order.

#[tokio::test]
async fn only_groups_and_public_conversations_have_bans() {
    let (_server, alice, _, _) = park().await;
    let pair = alice.turns_to("bob").await;

    // The actor makes no sense either: the room comes first.
    alice.bans(&pair, "ranges", "").await.refused(400, "room");
}

#[tokio::test]
async fn a_ban_needs_a_kind_and_an_id_that_fits_it() {
    let (_server, alice, _, token) = park().await;
    let long = "x".repeat(256);

    for (kind, id) in [
        ("ranges", "bob"),
        ("groups", "tea"),
        ("users", ""),
        ("users", &long),
        ("ip", "127.0.0.1/33"),
        ("ip", "example.org"),
    ] {
        let answer = alice.bans(&token, kind, id).await;
        answer.refused(400, "bannedActor");
    }
    assert_eq!(alice.banned_list(&token).await, json!([]));
}

#[tokio::test]
async fn a_missing_or_odd_parameter_is_named() {
    let (_server, alice, _, token) = park().await;

    let answer = alice.post(&bans(&token), &[("actorId", "bob")]).await;
    answer.refused(400, "actorType");
    let answer = alice.post(&bans(&token), &[("actorType", "users")]).await;
    answer.refused(400, "actorId");
    let body = json!({ "actorType": "users", "actorId": 7 });
    let request = alice.request("POST", &bans(&token)).json(&body);
    request.send().await.refused(400, "actorId");
}

#[tokio::test]
async fn a_note_has_4000_bytes_at_most() {
    let (_server, alice, _, token) = park().await;
    let (fits, long) = ("x".repeat(4000), "é".repeat(2001));
    let fields = |note| {
        [
            ("actorType", "users"),
            ("actorId", "alice"),
            ("internalNote", note),
        ]
    };

    let answer = alice.post(&bans(&token), &fields(&long)).await;
    answer.refused(400, "internalNote");
    let answer = alice.post(&bans(&token), &fields(&fits)).await;
    answer.refused(400, "self");
}

#[tokio::test]
async fn moderators_are_not_banned_and_nobody_bans_themselves() {
    let (server, alice, bob, token) = park().await;
    alice.adds(&token, "bob").await;
    let guest = server.guest_in(&token).await;
    let guest_id = guest.actor_id(&token).await;
    for (actor_id, expected) in [("bob", 2), (guest_id.as_str(), 6)] {
        let attendee = alice.attendee_of(&token, actor_id).await;
        alice.promotes(&token, &attendee).await;
        let roles = alice.roles(&token).await;
        assert!(roles.contains(&(actor_id.to_owned(), expected)));
    }

    let moderator = "moderator";
    alice
        .bans(&token, "users", "alice")
        .await
        .refused(400, "self");
    alice
        .bans(&token, "users", "bob")
        .await
        .refused(400, moderator);
    bob.bans(&token, "users", "Alice")
        .await
        .refused(400, moderator);
    bob.bans(&token, "guests", &guest_id)
        .await
        .refused(400, moderator);
    guest
        .bans(&token, "guests", &guest_id)
        .await
        .refused(400, "self");
}

#[tokio::test]
async fn only_moderators_see_set_and_lift_bans_guest_moderators_too() {
    let (server, alice, bob, token) = park().await;
    alice.adds(&token, "bob").await;
    let guest = server.guest_in(&token).await;

    for actor in [&bob, &guest] {
        actor.bans(&token, "users", "x").await.expect_refusal(403);
        actor.get(&bans(&token)).await.expect_refusal(403);
        let path = format!("{}/1", bans(&token));
        actor.delete(&path, &[]).await.expect_refusal(403);
    }
    let nobody = server.guest();
    nobody.bans(&token, "users", "x").await.expect_refusal(404);

    let attendee = guest.attendee_id(&token).await;
    alice.promotes(&token, &attendee).await;
    let ban = guest.bans(&token, "users", "bob").await;
    assert_eq!(ban.status, 200, "{}", ban.text);
    assert_eq!(ban.data()["moderatorActorType"], "guests");
    assert_eq!(ban.data()["moderatorDisplayName"], "");
}

#[tokio::test]
async fn a_conversation_has_a_thousand_bans_at_most() {
    let (_server, alice, _, token) = park().await;
    for number in 0..1000 {
        let answer = alice
            .bans(&token, "users", &format!("nobody{number}"))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    alice
        .bans(&token, "users", "one-more")
        .await
        .refused(429, "bans");
    // Nothing new comes of it, so it is no matter of room.
    assert_eq!(alice.bans(&token, "users", "nobody7").await.status, 200);
}

#[tokio::test]
async fn returning_guests_leave_half_of_the_bans_to_moderators() {
    let (server, alice, _, token) = park().await;
    let guest = server.guest_in(&token).await;
    let id = guest.actor_id(&token).await;
    alice.banned(&token, "guests", &id).await;
    for number in 1..500 {
        alice
            .banned(&token, "users", &format!("nobody{number}"))
            .await;
    }

    guest.joins(&token).await.refused(403, "ban");

    let bans = alice.banned_list(&token).await;
    assert_eq!(bans.as_array().unwrap().len(), 500);
}

// What it means.

#[tokio::test]
async fn a_banned_member_is_removed_and_stays_outside() {
    let (_server, alice, bob, token) = park().await;
    alice.adds(&token, "bob").await;
    bob.joins(&token).await;

    alice.banned(&token, "users", "bob").await;

    let removed = alice.newest(&token).await;
    assert_eq!(removed["systemMessage"], "user_removed");
    assert_eq!(removed["actorId"], "alice");
    assert_eq!(removed["messageParameters"]["user"]["id"], "bob");
    assert_eq!(removed["message"], "You removed {user}");
    assert_eq!(bob.room(&token).await["attendeeId"], 0);
    bob.joins(&token).await.refused(403, "ban");
    bob.sends(&token, &[("message", "hi")])
        .await
        .expect_refusal(404);
}

#[tokio::test]
async fn an_account_that_joined_by_itself_is_removed_with_a_word_too() {
    let (_server, alice, bob, token) = park().await;
    bob.joins(&token).await;

    alice.banned(&token, "users", "bob").await;

    assert_eq!(
        alice.systems(&token).await,
        ["conversation_created", "user_removed"]
    );
    assert_eq!(alice.roles(&token).await, [("alice".to_owned(), 1)]);
}

#[tokio::test]
async fn a_lifted_ban_lets_in_again() {
    let (_server, alice, bob, token) = park().await;
    let id = alice.banned(&token, "users", "bob").await;
    bob.joins(&token).await.refused(403, "ban");

    let path = format!("{}/{id}", bans(&token));
    alice.delete(&path, &[]).await.expect(200, json!(null));

    assert_eq!(bob.joins(&token).await.status, 200);
    // Whatever number it is.
    for number in [id.as_str(), "0", "99999999999999999999"] {
        let path = format!("{}/{number}", bans(&token));
        alice.delete(&path, &[]).await.expect(200, json!(null));
    }
}

#[tokio::test]
async fn a_ban_is_lifted_in_its_own_conversation_only() {
    let (_server, alice, bob, token) = park().await;
    let other = alice.creates_public("Garden").await;
    let id = alice.banned(&token, "users", "bob").await;

    let path = format!("{}/{id}", bans(&other));
    alice.delete(&path, &[]).await.expect(200, json!(null));

    bob.joins(&token).await.refused(403, "ban");
    assert_eq!(bob.joins(&other).await.status, 200);
}

#[tokio::test]
async fn the_banned_are_not_added_neither_alone_nor_with_their_group() {
    let (server, alice, _, token) = park().await;
    server.users(["carol"]).await;
    server.group("tea", &["bob", "carol"]).await;
    alice.banned(&token, "users", "bob").await;

    let path = room_part(&token, "participants");
    let answer = alice.post(&path, &[("newParticipant", "bob")]).await;
    answer.refused(400, "ban");
    let fields = [("newParticipant", "tea"), ("source", "groups")];
    alice.post(&path, &fields).await.expect(200, json!([]));

    let ids: Vec<_> = alice.roles(&token).await;
    let expected = [("alice", 1), ("carol", 3), ("tea", 3)];
    assert_eq!(ids, expected.map(|(id, role)| (id.to_owned(), role)));
}

#[tokio::test]
async fn who_is_banned_does_not_come_in_with_a_group_later_either() {
    let (server, alice, _, token) = park().await;
    server.group("tea", &[]).await;
    let fields = [("newParticipant", "tea"), ("source", "groups")];
    alice
        .post(&room_part(&token, "participants"), &fields)
        .await;
    alice.banned(&token, "users", "bob").await;

    server.joins_group("bob", "tea").await;

    let roles = alice.roles(&token).await;
    assert!(!roles.iter().any(|(id, _)| id == "bob"), "{roles:?}");
}

#[tokio::test]
async fn a_wrong_password_does_not_tell_the_banned_more() {
    let (_server, alice, bob, token) = park().await;
    let fields = [("password", "sesame")];
    alice.put(&room_part(&token, "password"), &fields).await;
    alice.banned(&token, "users", "bob").await;

    bob.joins(&token).await.refused(403, "ban");
}

// Guests and addresses.

#[tokio::test]
async fn a_banned_guest_goes_silently_and_its_address_is_banned_when_it_returns() {
    let (server, alice, _, token) = park().await;
    let guest = server.guest_in(&token).await;
    let id = guest.actor_id(&token).await;
    let fields = [
        ("actorType", "guests"),
        ("actorId", id.as_str()),
        ("internalNote", "noisy"),
    ];
    alice.post(&bans(&token), &fields).await;

    assert_eq!(alice.systems(&token).await, ["conversation_created"]);
    assert_eq!(guest.room(&token).await["attendeeId"], 0);
    assert_eq!(alice.banned_list(&token).await.as_array().unwrap().len(), 1);
    guest.joins(&token).await.refused(403, "ban");

    let expected = json!([
        ["guests", id, id, "noisy"],
        ["ip", "127.0.0.1", "127.0.0.1", "noisy"]
    ]);
    assert_eq!(alice.banned_list(&token).await, expected);
    // Once is enough, and new cookies are no help.
    guest.joins(&token).await.refused(403, "ban");
    assert_eq!(alice.banned_list(&token).await, expected);
    server.guest().joins(&token).await.refused(403, "ban");
}

#[tokio::test]
async fn a_guest_who_left_is_still_known() {
    let (server, alice, _, token) = park().await;
    let guest = server.guest_in(&token).await;
    let name = talk(&format!("/api/v1/guest/{token}/name"));
    guest.post(&name, &[("displayName", "Gina")]).await;
    let id = guest.actor_id(&token).await;
    guest.leaves(&token).await;

    let ban = alice.bans(&token, "guests", &id).await;

    assert_eq!(ban.data()["bannedDisplayName"], "Gina");
    guest.joins(&token).await.refused(403, "ban");
}

#[tokio::test]
async fn an_address_keeps_guests_out_but_no_accounts() {
    let (server, alice, bob, token) = park().await;

    alice.banned(&token, "ip", "127.0.0.1").await;

    server.guest().joins(&token).await.refused(403, "ban");
    assert_eq!(bob.joins(&token).await.status, 200);
    bob.posts(&token, "hi").await;
}

#[tokio::test]
async fn a_range_keeps_out_whom_it_contains() {
    let (server, alice, _, token) = park().await;

    alice.banned(&token, "ip", "127.0.1.0/24").await;
    assert_eq!(server.guest().joins(&token).await.status, 200);
    alice.banned(&token, "ip", "127.0.0.0/8").await;
    server.guest().joins(&token).await.refused(403, "ban");
}

#[tokio::test]
async fn a_guest_hit_inside_is_refused_from_then_on_and_before_all_else() {
    let (server, alice, _, token) = park().await;
    let guest = server.guest_in(&token).await;
    guest.posts(&token, "hi").await;

    let id = alice.banned(&token, "ip", "127.0.0.0/8").await;

    guest
        .sends(&token, &[("message", "hi")])
        .await
        .expect_refusal(403);
    guest.get(&chat(&token)).await.expect_refusal(403);
    guest.get(&bans(&token)).await.expect_refusal(403);
    guest.room(&token).await["attendeeId"]
        .as_i64()
        .filter(|id| *id > 0)
        .expect("a member as before");
    guest.joins(&token).await.refused(403, "ban");
    // Before the lobby, which would be 412.
    alice.closes_lobby(&token).await;
    guest.get(&chat(&token)).await.expect_refusal(403);
    alice.delete(&format!("{}/{id}", bans(&token)), &[]).await;
    guest.get(&chat(&token)).await.expect_refusal(412);
}

#[tokio::test]
async fn a_guest_who_waits_is_told_at_once() {
    let (server, alice, _, token) = park().await;
    let guest = server.guest_in(&token).await;
    let last = alice.posts(&token, "hi").await;
    let waiting = guest.waits_in(&token, last);
    server.until_waiting(&token, 1).await;

    alice.banned(&token, "ip", "127.0.0.1").await;

    waiting.await.unwrap().expect_refusal(403);
}

#[tokio::test]
async fn an_open_conversation_is_still_found_by_the_banned() {
    let (_server, alice, bob, _) = park().await;
    let fields = [("roomType", "2"), ("roomName", "Garden"), ("listable", "1")];
    let garden = alice.creates_room(&fields).await;
    alice.banned(&garden, "users", "bob").await;

    let found = bob.get(&talk("/api/v4/listed-room")).await.data();

    assert_eq!(found[0]["token"], garden.as_str());
    assert_eq!(bob.get(&room(&garden)).await.status, 200);
    bob.joins(&garden).await.refused(403, "ban");
}

#[tokio::test]
async fn a_banned_address_can_be_invited_again_but_comes_in_only_without_the_ban() {
    let (server, alice, _, token) = park().await;
    assert_eq!(alice.invites(&token, "ann@tea.example").await.status, 200);
    let everybody = alice.participants(&token).await;
    let ann = everybody.iter().find(|row| row["actorType"] == "emails");
    let id = ann.expect("a guest")["actorId"].as_str().unwrap();
    alice.banned(&token, "emails", id).await;

    let again = alice.invites(&token, "ann@tea.example").await;

    again.expect(200, json!({ "type": 3 }));
    let browser = server.guest();
    browser.get(&server.newest_link()).await;
    browser.joins(&token).await.refused(403, "ban");
    for ban in alice.get(&bans(&token)).await.data().as_array().unwrap() {
        let path = format!("{}/{}", bans(&token), ban["id"]);
        assert_eq!(alice.delete(&path, &[]).await.status, 200);
    }
    assert_eq!(browser.joins(&token).await.status, 200);
}
