//! The system messages of acts on conversations, as the actor, the target and others read them.
//! Source: messages.md 3, 4.1 to 4.3.

use crate::support::rooms::{cloud, room, room_part};
use crate::support::{Actor, TestServer, chat};
use serde_json::{Value, json};

/// Alice's public room, with Bob and Carol as ordinary members.
struct Tea {
    server: TestServer,
    alice: Actor,
    bob: Actor,
    carol: Actor,
    token: String,
}

async fn tea() -> Tea {
    let server = TestServer::start().await;
    let [alice, bob, carol] = server.users(["alice", "bob", "carol"]).await;
    let token = alice.creates_public("Tea").await;
    alice.adds(&token, "bob").await;
    alice.adds(&token, "carol").await;
    Tea {
        server,
        alice,
        bob,
        carol,
        token,
    }
}

impl Tea {
    /// The newest message must read like this to Alice, who did it, and to Carol, who did not.
    async fn told(&self, name: &str, to_actor: &str, to_others: &str) {
        for (reader, text) in [(&self.alice, to_actor), (&self.carol, to_others)] {
            let newest = reader.newest(&self.token).await;
            assert_eq!(newest["systemMessage"], name);
            assert_eq!(newest["message"], text);
            assert_eq!(newest["messageType"], "system");
            assert_eq!(newest["actorType"], "users");
            assert_eq!(newest["actorId"], "alice");
            assert_eq!(newest["actorDisplayName"], "alice-displayname");
            assert_eq!(newest["messageParameters"]["actor"], user("alice"));
            assert_eq!(newest["isReplyable"], false);
            assert_eq!(newest["markdown"], false);
        }
    }

    /// Like `told`, and it names Bob, who reads it like this.
    async fn told_about_bob(&self, name: &str, to_actor: &str, to_others: &str, to_bob: &str) {
        self.told(name, to_actor, to_others).await;
        let newest = self.bob.newest(&self.token).await;
        assert_eq!(newest["systemMessage"], name);
        assert_eq!(newest["message"], to_bob);
        assert_eq!(
            newest["messageParameters"],
            json!({ "actor": user("alice"), "user": user("bob") })
        );
    }

    async fn sets(&self, part: &str, field: &str, value: &str) {
        self.alice.sets(&self.token, part, &[(field, value)]).await;
    }

    async fn bobs_seat(&self) -> String {
        self.bob.attendee_id(&self.token).await
    }
}

/// An account as a parameter.
fn user(id: &str) -> Value {
    json!({ "type": "user", "id": id, "name": format!("{id}-displayname"), "mention-id": id })
}

// The conversation.

#[tokio::test]
async fn conversation_created() {
    let tea = tea().await;

    let history = tea.alice.history(&tea.token).await;
    let mine = history.last().unwrap().clone();
    let history = tea.bob.history(&tea.token).await;
    let theirs = history.last().unwrap().clone();

    assert_eq!(mine["systemMessage"], "conversation_created");
    assert_eq!(mine["message"], "You created the conversation");
    assert_eq!(theirs["message"], "{actor} created the conversation");
    assert_eq!(
        theirs["messageParameters"],
        json!({ "actor": user("alice") })
    );
}

#[tokio::test]
async fn conversation_renamed() {
    let tea = tea().await;
    tea.alice
        .put(&room(&tea.token), &[("roomName", "\"Coffee\"")])
        .await;

    tea.told(
        "conversation_renamed",
        r#"You renamed the conversation from "Tea" to ""Coffee"""#,
        r#"{actor} renamed the conversation from "Tea" to ""Coffee"""#,
    )
    .await;
}

#[tokio::test]
async fn read_only() {
    let tea = tea().await;
    tea.sets("read-only", "state", "1").await;

    tea.told(
        "read_only",
        "You locked the conversation",
        "{actor} locked the conversation",
    )
    .await;
}

#[tokio::test]
async fn read_only_off() {
    let tea = tea().await;
    tea.sets("read-only", "state", "1").await;
    tea.sets("read-only", "state", "0").await;

    tea.told(
        "read_only_off",
        "You unlocked the conversation",
        "{actor} unlocked the conversation",
    )
    .await;
}

#[tokio::test]
async fn guests_disallowed() {
    let tea = tea().await;
    tea.alice
        .delete(&room_part(&tea.token, "public"), &[])
        .await;

    tea.told(
        "guests_disallowed",
        "You disallowed guests",
        "{actor} disallowed guests",
    )
    .await;
}

#[tokio::test]
async fn guests_allowed() {
    let tea = tea().await;
    tea.alice
        .delete(&room_part(&tea.token, "public"), &[])
        .await;
    tea.alice.post(&room_part(&tea.token, "public"), &[]).await;

    tea.told(
        "guests_allowed",
        "You allowed guests",
        "{actor} allowed guests",
    )
    .await;
}

#[tokio::test]
async fn password_set_without_the_password() {
    let tea = tea().await;
    tea.sets("password", "password", "sesame").await;

    tea.told(
        "password_set",
        "You set a password",
        "{actor} set a password",
    )
    .await;
    let newest = tea.carol.newest(&tea.token).await;
    assert!(!newest.to_string().contains("sesame"));
}

#[tokio::test]
async fn password_removed() {
    let tea = tea().await;
    tea.sets("password", "password", "").await;

    tea.told(
        "password_removed",
        "You removed the password",
        "{actor} removed the password",
    )
    .await;
}

#[tokio::test]
async fn lobby_non_moderators() {
    let tea = tea().await;
    tea.alice
        .promotes(&tea.token, &tea.carol.attendee_id(&tea.token).await)
        .await;
    tea.sets("webinar/lobby", "state", "1").await;

    tea.told(
        "lobby_non_moderators",
        "You restricted the conversation to moderators",
        "{actor} restricted the conversation to moderators",
    )
    .await;
}

#[tokio::test]
async fn lobby_none() {
    let tea = tea().await;
    tea.sets("webinar/lobby", "state", "1").await;
    tea.sets("webinar/lobby", "state", "0").await;

    tea.told(
        "lobby_none",
        "You opened the conversation to everyone",
        "{actor} opened the conversation to everyone",
    )
    .await;
}

#[tokio::test]
async fn lobby_timer_reached_has_no_you() {
    let tea = tea().await;
    let timer = (tea.server.now() + 60).to_string();
    let fields = [("state", "1"), ("timer", timer.as_str())];
    tea.alice.sets(&tea.token, "webinar/lobby", &fields).await;
    tea.server.advance(61);

    for reader in [&tea.bob, &tea.alice] {
        let newest = reader.newest(&tea.token).await;
        assert_eq!(newest["systemMessage"], "lobby_timer_reached");
        assert_eq!(
            newest["message"],
            "The conversation is now open to everyone"
        );
        assert_eq!(newest["actorType"], "guests");
        assert_eq!(newest["actorId"], "system");
        assert_eq!(newest["actorDisplayName"], "");
    }
}

// Participants.

#[tokio::test]
async fn user_added() {
    let tea = tea().await;
    let seat = tea.bobs_seat().await;
    tea.alice.removes(&tea.token, &seat).await;
    tea.alice.adds(&tea.token, "bob").await;

    tea.told_about_bob(
        "user_added",
        "You added {user}",
        "{actor} added {user}",
        "{actor} added you",
    )
    .await;
}

#[tokio::test]
async fn user_removed() {
    let tea = tea().await;
    let seat = tea.bobs_seat().await;
    tea.alice.removes(&tea.token, &seat).await;

    tea.told(
        "user_removed",
        "You removed {user}",
        "{actor} removed {user}",
    )
    .await;
    let newest = tea.carol.newest(&tea.token).await;
    assert_eq!(newest["messageParameters"]["user"], user("bob"));
}

#[tokio::test]
async fn user_removed_by_leaving() {
    let tea = tea().await;
    tea.alice.promotes(&tea.token, &tea.bobs_seat().await).await;
    let path = room_part(&tea.token, "participants/self");
    tea.alice.delete(&path, &[]).await.expect(200, json!(null));
    tea.bob.adds(&tea.token, "alice").await;

    let history = tea.alice.history(&tea.token).await;
    let mine = history[1].clone();
    let history = tea.carol.history(&tea.token).await;
    let theirs = history[1].clone();

    assert_eq!(mine["systemMessage"], "user_removed");
    assert_eq!(mine["message"], "You left the conversation");
    assert_eq!(theirs["message"], "{actor} left the conversation");
    assert_eq!(
        theirs["messageParameters"],
        json!({ "actor": user("alice"), "user": user("alice") })
    );
}

#[tokio::test]
async fn moderator_promoted() {
    let tea = tea().await;
    let seat = tea.bobs_seat().await;
    tea.alice.promotes(&tea.token, &seat).await;

    tea.told_about_bob(
        "moderator_promoted",
        "You promoted {user} to moderator",
        "{actor} promoted {user} to moderator",
        "{actor} promoted you to moderator",
    )
    .await;
}

#[tokio::test]
async fn moderator_demoted() {
    let tea = tea().await;
    let seat = tea.bobs_seat().await;
    tea.alice.promotes(&tea.token, &seat).await;
    let path = room_part(&tea.token, "moderators");
    tea.alice.delete(&path, &[("attendeeId", &seat)]).await;

    tea.told_about_bob(
        "moderator_demoted",
        "You demoted {user} from moderator",
        "{actor} demoted {user} from moderator",
        "{actor} demoted you from moderator",
    )
    .await;
}

#[tokio::test]
async fn guest_moderator_promoted_says_you_to_nobody_but_the_actor() {
    let tea = tea().await;
    let guest = tea.server.guest();
    let id = guest.joins(&tea.token).await.data()["actorId"].clone();
    let seat = guest.attendee_id(&tea.token).await;
    tea.alice.promotes(&tea.token, &seat).await;

    let text = "{actor} promoted {user} to moderator";
    tea.told(
        "guest_moderator_promoted",
        "You promoted {user} to moderator",
        text,
    )
    .await;
    let newest = guest.newest(&tea.token).await;
    let mention = format!("guest/{}", id.as_str().unwrap());
    assert_eq!(newest["message"], text);
    assert_eq!(
        newest["messageParameters"]["user"],
        json!({ "type": "guest", "id": mention, "name": "Guest", "mention-id": mention })
    );
}

#[tokio::test]
async fn guest_moderator_demoted_names_the_guest() {
    let tea = tea().await;
    let guest = tea.server.guest();
    guest.joins(&tea.token).await;
    guest
        .post(
            &crate::support::talk(&format!("/api/v1/guest/{}/name", tea.token)),
            &[("displayName", "Al")],
        )
        .await;
    let seat = guest.attendee_id(&tea.token).await;
    tea.alice.promotes(&tea.token, &seat).await;
    let path = room_part(&tea.token, "moderators");
    tea.alice.delete(&path, &[("attendeeId", &seat)]).await;

    let text = "{actor} demoted {user} from moderator";
    tea.told(
        "guest_moderator_demoted",
        "You demoted {user} from moderator",
        text,
    )
    .await;
    let newest = tea.carol.newest(&tea.token).await;
    assert_eq!(newest["messageParameters"]["user"]["name"], "Al (guest)");
}

#[tokio::test]
async fn what_a_guest_moderator_does_has_the_guest_as_actor() {
    let tea = tea().await;
    let guest = tea.server.guest();
    let id = guest.joins(&tea.token).await.data()["actorId"].clone();
    tea.alice
        .promotes(&tea.token, &guest.attendee_id(&tea.token).await)
        .await;
    // A new session: the actor must stay the same.
    guest.joins(&tea.token).await;

    guest
        .put(&room(&tea.token), &[("roomName", "Coffee")])
        .await;

    for reader in [&guest, &tea.alice] {
        let newest = reader.newest(&tea.token).await;
        assert_eq!(newest["systemMessage"], "conversation_renamed");
        assert_eq!(
            newest["message"],
            r#"{actor} renamed the conversation from "Tea" to "Coffee""#
        );
        assert_eq!(newest["actorType"], "guests");
        assert_eq!(newest["actorId"], id);
        assert_eq!(newest["messageParameters"]["actor"]["type"], "guest");
        assert_eq!(newest["messageParameters"]["actor"]["name"], "Guest");
    }
}

#[tokio::test]
async fn group_added() {
    let tea = tea().await;
    tea.server.group("drinkers", &[]).await;
    tea.alice.adds_group(&tea.token, "drinkers").await;

    tea.told(
        "group_added",
        "You added group {group}",
        "{actor} added group {group}",
    )
    .await;
    let newest = tea.carol.newest(&tea.token).await;
    assert_eq!(
        newest["messageParameters"],
        json!({
            "actor": user("alice"),
            "group": {
                "type": "group", "id": "drinkers", "name": "drinkers",
                "mention-id": "user-group/drinkers",
            },
        })
    );
}

#[tokio::test]
async fn group_removed() {
    let tea = tea().await;
    tea.server.group("drinkers", &[]).await;
    tea.alice.adds_group(&tea.token, "drinkers").await;
    let seat = tea.alice.attendee_of(&tea.token, "drinkers").await;
    tea.alice.removes(&tea.token, &seat).await;

    tea.told(
        "group_removed",
        "You removed group {group}",
        "{actor} removed group {group}",
    )
    .await;
}

#[tokio::test]
async fn the_read_only_of_a_former_one_to_one_is_by_who_deleted_the_account() {
    let tea = tea().await;
    let pair = tea
        .alice
        .creates_room(&[("roomType", "1"), ("invite", "bob")])
        .await;
    tea.alice.posts(&pair, "hey").await;

    tea.server
        .admin()
        .delete(&cloud("users/bob"), &[])
        .await
        .expect(200, json!([]));

    let newest = tea.alice.newest(&pair).await;
    assert_eq!(newest["systemMessage"], "read_only");
    assert_eq!(newest["message"], "{actor} locked the conversation");
    assert_eq!(newest["actorId"], "admin");
}

// Where they show.

#[tokio::test]
async fn the_last_message_of_the_room_speaks_to_its_reader_too() {
    let tea = tea().await;
    tea.sets("read-only", "state", "1").await;

    let mine = tea.alice.room(&tea.token).await["lastMessage"].clone();
    let theirs = tea.carol.room(&tea.token).await["lastMessage"].clone();

    assert_eq!(mine["message"], "You locked the conversation");
    assert_eq!(theirs["message"], "{actor} locked the conversation");
}

#[tokio::test]
async fn a_renamed_account_shows_in_old_system_messages() {
    let tea = tea().await;
    tea.sets("read-only", "state", "1").await;

    let fields = [("key", "displayname"), ("value", "Alice B")];
    tea.alice
        .put(&cloud("users/alice"), &fields)
        .await
        .expect(200, json!([]));

    let newest = tea.carol.newest(&tea.token).await;
    assert_eq!(newest["actorDisplayName"], "Alice B");
    assert_eq!(newest["messageParameters"]["actor"]["name"], "Alice B");
}

#[tokio::test]
async fn in_xml_a_system_message_has_the_same_parts() {
    let tea = tea().await;
    let seat = tea.bobs_seat().await;
    tea.alice.promotes(&tea.token, &seat).await;

    let path = format!("{}?lookIntoFuture=0&limit=1", chat(&tea.token));
    let answer = tea.bob.request("GET", &path).xml().send().await;

    assert_eq!(answer.status, 200);
    for part in [
        "   <message>{actor} promoted you to moderator</message>\n",
        "   <messageParameters>\n    <actor>\n     <type>user</type>\n     <id>alice</id>\n     \
         <name>alice-displayname</name>\n     <mention-id>alice</mention-id>\n    </actor>\n    \
         <user>\n     <type>user</type>\n     <id>bob</id>\n     <name>bob-displayname</name>\n     \
         <mention-id>bob</mention-id>\n    </user>\n   </messageParameters>\n",
        "   <systemMessage>moderator_promoted</systemMessage>\n",
        "   <messageType>system</messageType>\n",
        "   <isReplyable></isReplyable>\n",
        "   <markdown></markdown>\n",
    ] {
        assert!(answer.text.contains(part), "{part}: {}", answer.text);
    }
}

#[tokio::test]
async fn in_xml_the_actor_reads_you() {
    let tea = tea().await;
    tea.sets("read-only", "state", "1").await;

    let path = format!("{}?lookIntoFuture=0&limit=1", chat(&tea.token));
    let mine = tea.alice.request("GET", &path).xml().send().await;
    let theirs = tea.carol.request("GET", &path).xml().send().await;

    assert!(
        mine.text
            .contains("   <message>You locked the conversation</message>\n")
    );
    assert!(
        theirs
            .text
            .contains("   <message>{actor} locked the conversation</message>\n")
    );
}
