//! What can happen in a conversation, by the name of the system message that tells it; after a comma follows what is
//! special about it. Each is done by requests, and everybody is there afterwards to read about it.

use serde_json::Value;

use super::announcing::Scene;
use super::calling::call;
use super::pictures::{avatar, emoji, png, uploads};
use super::rooms::{room, room_part};

/// Does something to the conversation itself.
pub async fn change_the_conversation(scene: &Scene, what: &str) {
    let (alice, token) = (&scene.alice, scene.token.as_str());
    match what {
        "conversation_created" => {}
        "conversation_renamed" => {
            let name = r#"Milk & <b>"sugar"</b>"#;
            let renamed = alice.put(&room(token), &[("roomName", name)]).await;
            assert_eq!(renamed.status, 200, "{}", renamed.text);
        }
        "description_set" => drop(describes(scene, "A cup").await),
        "description_removed" => {
            describes(scene, "A cup").await;
            describes(scene, "").await;
        }
        "avatar_set" => assert_eq!(uploads(alice, token, &png()).await.status, 200),
        "avatar_set, to an emoji" => {
            let set = alice.post(&emoji(token), &[("emoji", "🫖")]).await;
            assert_eq!(set.status, 200, "{}", set.text);
        }
        "avatar_removed" => {
            assert_eq!(uploads(alice, token, &png()).await.status, 200);
            assert_eq!(alice.delete(&avatar(token), &[]).await.status, 200);
        }
        "read_only" => alice.locks(token).await,
        "read_only_off" => {
            alice.locks(token).await;
            alice.sets(token, "read-only", &[("state", "0")]).await;
        }
        "listable_users" => drop(alice.sets(token, "listable", &[("scope", "1")]).await),
        "listable_all" => drop(alice.sets(token, "listable", &[("scope", "2")]).await),
        "listable_none" => {
            alice.sets(token, "listable", &[("scope", "1")]).await;
            alice.sets(token, "listable", &[("scope", "0")]).await;
        }
        "lobby_non_moderators" | "lobby_none" => {
            // Opened again in both cases, so that everybody can read about it.
            alice.closes_lobby(token).await;
            alice.sets(token, "webinar/lobby", &[("state", "0")]).await;
        }
        "lobby_timer_reached" => {
            let timer = (scene.server.now() + 60).to_string();
            let fields = [("state", "1"), ("timer", timer.as_str())];
            alice.sets(token, "webinar/lobby", &fields).await;
            scene.server.advance(61);
        }
        "guests_allowed" | "guests_disallowed" => {
            becomes_private(scene).await;
            becomes_public(scene).await;
        }
        "password_set" => drop(
            alice
                .sets(token, "password", &[("password", "oolong")])
                .await,
        ),
        "password_removed" => {
            alice
                .sets(token, "password", &[("password", "oolong")])
                .await;
            alice.sets(token, "password", &[("password", "")]).await;
        }
        "message_expiration_enabled" => expires_after(scene, "5400").await,
        "message_expiration_disabled" => {
            expires_after(scene, "5400").await;
            expires_after(scene, "0").await;
        }
        "message_deleted" => {
            let id = alice.posts(token, "too hot").await;
            assert_eq!(alice.deletes_message(token, id).await.status, 200);
        }
        other => panic!("nobody knows how to do {other}"),
    }
}

async fn describes(scene: &Scene, text: &str) -> Value {
    let fields = [("description", text)];
    scene.alice.sets(&scene.token, "description", &fields).await
}

async fn expires_after(scene: &Scene, seconds: &str) {
    let path = room_part(&scene.token, "message-expiration");
    let set = scene.alice.post(&path, &[("seconds", seconds)]).await;
    assert_eq!(set.status, 200, "{}", set.text);
}

/// The guest is out by this.
async fn becomes_private(scene: &Scene) {
    let path = room_part(&scene.token, "public");
    assert_eq!(scene.alice.delete(&path, &[]).await.status, 200);
}

/// And the guest comes again.
async fn becomes_public(scene: &Scene) {
    let path = room_part(&scene.token, "public");
    assert_eq!(scene.alice.post(&path, &[]).await.status, 200);
    assert_eq!(scene.guest.joins(&scene.token).await.status, 200);
}

/// Does something to who is in it.
pub async fn change_people(scene: &Scene, what: &str) {
    let (alice, bob, guest) = (&scene.alice, &scene.bob, &scene.guest);
    let token = scene.token.as_str();
    let bobs_seat = bob.attendee_id(token).await;
    let guests_seat = guest.attendee_id(token).await;
    let moderators = room_part(token, "moderators");
    match what {
        "user_added" | "user_removed" => {
            alice.removes(token, &bobs_seat).await;
            alice.adds(token, "bob").await;
        }
        "user_added, who came by themselves" => {
            alice.removes(token, &bobs_seat).await;
            becomes_private(scene).await;
            alice.sets(token, "listable", &[("scope", "1")]).await;
            assert_eq!(bob.joins(token).await.status, 200);
            becomes_public(scene).await;
        }
        "user_removed, who left" => {
            bob.leaves_for_good(token).await;
            alice.adds(token, "bob").await;
        }
        "moderator_promoted" => alice.promotes(token, &bobs_seat).await,
        "moderator_demoted" => {
            alice.promotes(token, &bobs_seat).await;
            let fields = [("attendeeId", bobs_seat.as_str())];
            alice
                .delete(&moderators, &fields)
                .await
                .expect(200, Value::Null);
        }
        "guest_moderator_promoted" => alice.promotes(token, &guests_seat).await,
        "guest_moderator_demoted" => {
            alice.promotes(token, &guests_seat).await;
            let fields = [("attendeeId", guests_seat.as_str())];
            alice
                .delete(&moderators, &fields)
                .await
                .expect(200, Value::Null);
        }
        "group_added" => {
            scene.server.group("drinkers", &[]).await;
            alice.adds_group(token, "drinkers").await;
        }
        "group_removed" => {
            scene.server.group("drinkers", &[]).await;
            alice.adds_group(token, "drinkers").await;
            let seat = alice.attendee_of(token, "drinkers").await;
            alice.removes(token, &seat).await;
        }
        "conversation_renamed, by a guest who moderates" => {
            alice.promotes(token, &guests_seat).await;
            let renamed = guest.put(&room(token), &[("roomName", "Coffee")]).await;
            assert_eq!(renamed.status, 200, "{}", renamed.text);
        }
        other => panic!("nobody knows how to do {other}"),
    }
}

/// Does something in a call.
pub async fn make_calls(scene: &Scene, what: &str) {
    let (alice, bob, guest) = (&scene.alice, &scene.bob, &scene.guest);
    let token = scene.token.as_str();
    let all_join = async || {
        alice.joins_call(token).await;
        bob.joins_call(token).await;
        guest.calls(token, &[]).await.expect(200, Value::Null);
    };
    match what {
        "call_started" => alice.joins_call(token).await,
        "call_started, silently" => {
            alice.joins(token).await;
            let answer = alice.calls(token, &[("silent", "true")]).await;
            answer.expect(200, Value::Null);
        }
        "call_joined" => {
            alice.joins_call(token).await;
            bob.joins_call(token).await;
        }
        "call_joined, by a guest" => all_join().await,
        "call_left" => {
            all_join().await;
            bob.hangs_up(token).await;
        }
        "call_left, by a guest" => {
            all_join().await;
            guest.hangs_up(token).await;
        }
        "call_ended" => {
            all_join().await;
            scene.server.advance(25);
            guest.hangs_up(token).await;
            alice.hangs_up(token).await;
            bob.hangs_up(token).await;
        }
        "call_ended, as the last one closed the room" => {
            bob.joins_call(token).await;
            bob.leaves(token).await;
        }
        "call_ended_everyone" => {
            all_join().await;
            scene.server.advance(65);
            let all = [("all", "true")];
            alice
                .delete(&call(token), &all)
                .await
                .expect(200, Value::Null);
        }
        "call_ended_everyone, as its time was up" => {
            scene.server.decides("max_call_duration", "60").await;
            all_join().await;
            scene.server.lets_pass(61).await;
        }
        other => panic!("nobody knows how to do {other}"),
    }
}

/// Does something in a call of two.
pub async fn make_calls_of_two(scene: &Scene, what: &str) {
    let (alice, bob, token) = (&scene.alice, &scene.bob, scene.token.as_str());
    match what {
        "call_started" | "call_started, silently" => make_calls(scene, what).await,
        "call_missed" => {
            alice.joins_call(token).await;
            alice.hangs_up(token).await;
        }
        "call_ended" | "call_ended_everyone" => {
            alice.joins_call(token).await;
            bob.joins_call(token).await;
            scene.server.advance(9);
            if what == "call_ended" {
                alice.hangs_up(token).await;
                bob.hangs_up(token).await;
            } else {
                let all = [("all", "true")];
                bob.delete(&call(token), &all)
                    .await
                    .expect(200, Value::Null);
            }
        }
        other => panic!("nobody knows how to do {other}"),
    }
}
