//! What an account is told: who hears of what, in which words, and what settles it.
//! Source: server.md 11, messages.md 6.

use serde_json::{Value, json};

use crate::support::notices::{NOTIFICATIONS, level, quiet_tea as tea, subjects, told};
use crate::support::rooms::room_part;
use crate::support::{Actor, Answer, TestServer, talk};

#[tokio::test]
async fn a_notification_has_all_its_keys() {
    let (server, alice, bob, token) = tea().await;
    let id = alice.posts(&token, "Hi @bob and @\"all\"").await;

    let told = told(&bob).await;

    let base = format!("http://{}", server.address());
    let room = bob.room(&token).await;
    let icon = format!(
        "{base}/ocs/v2.php/apps/spreed/api/v1/room/{token}/avatar?v={}",
        room["avatarVersion"].as_str().unwrap()
    );
    let link = format!("{base}/call/{token}#message_{id}");
    let one = &told[0];
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(one["app"], "spreed");
    assert_eq!(one["user"], "bob");
    assert_eq!(one["object_type"], "chat");
    assert_eq!(one["object_id"], format!("{token}/{id}"));
    assert_eq!(
        one["subject"],
        "alice-displayname mentioned you in conversation Tea"
    );
    assert_eq!(
        one["subjectRich"],
        "{user} mentioned you in conversation {call}"
    );
    assert_eq!(
        one["subjectRichParameters"],
        json!({
            "user": { "type": "user", "id": "alice", "name": "alice-displayname" },
            "call": {
                "type": "call", "id": room["id"].to_string(), "name": "Tea",
                "call-type": "group", "icon-url": icon
            }
        })
    );
    assert_eq!(one["message"], "Hi @bob-displayname and Tea");
    assert_eq!(one["messageRich"], "Hi {mention-user1} and {mention-call1}");
    assert_eq!(one["messageRichParameters"]["mention-user1"]["id"], "bob");
    assert_eq!(one["messageRichParameters"]["mention-call1"]["id"], token);
    assert_eq!(one["link"], link);
    assert_eq!(one["icon"], format!("{base}/apps/spreed/img/app-dark.svg"));
    assert_eq!(one["shouldNotify"], true);
    assert_eq!(
        one["actions"],
        json!([{ "label": "View chat", "link": link, "type": "WEB", "primary": false }])
    );
    assert!(one["datetime"].as_str().unwrap().ends_with("+00:00"));
}

#[tokio::test]
async fn the_list_has_a_tag_and_is_not_sent_twice() {
    let (_server, alice, bob, token) = tea().await;
    alice.posts(&token, "@bob").await;
    let first = bob.get(NOTIFICATIONS).await;
    let tag = first.header("etag").expect("a tag").to_owned();
    assert_eq!(first.header("x-nextcloud-user-status"), Some("online"));

    let again = bob
        .request("GET", NOTIFICATIONS)
        .header("if-none-match", &tag)
        .send()
        .await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    assert_eq!(again.header("etag"), Some(tag.as_str()));
    alice.posts(&token, "@bob again").await;
    let newer = bob
        .request("GET", NOTIFICATIONS)
        .header("if-none-match", &tag)
        .send()
        .await;
    assert_eq!(newer.status, 200);
    let ids: Vec<i64> = newer
        .data()
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["notification_id"].as_i64().unwrap())
        .collect();
    assert!(ids[0] > ids[1], "newest first");
}

#[tokio::test]
async fn nobody_reads_without_login_and_nobody_what_others_are_told() {
    let (server, alice, _, token) = tea().await;
    alice.posts(&token, "@bob").await;
    assert_eq!(server.guest().get(NOTIFICATIONS).await.status, 401);
    assert_eq!(subjects(&alice).await, Vec::<String>::new());
}

#[tokio::test]
async fn who_is_told_of_a_message_and_in_which_words() {
    let (server, alice, bob, token) = tea().await;
    let [carol] = server.users(["carol"]).await;
    server.group("staff", &["bob"]).await;
    alice.adds(&token, "carol").await;
    carol.joins(&token).await;
    carol.leaves(&token).await;
    alice.adds_group(&token, "staff").await;
    let of_bob = bob.posts(&token, "Scones?").await;
    for (text, subject) in [
        (
            "@\"group/staff\" now",
            "alice-displayname mentioned group staff in conversation Tea",
        ),
        (
            "@all now",
            "alice-displayname mentioned everyone in conversation Tea",
        ),
        (
            "@bob and @all",
            "alice-displayname mentioned you in conversation Tea",
        ),
    ] {
        alice.posts(&token, text).await;
        assert_eq!(subjects(&bob).await[0], subject, "{text}");
    }
    alice.replies(&token, of_bob, "Yes, @bob").await;
    assert_eq!(
        subjects(&bob).await[0],
        "alice-displayname replied to your message in conversation Tea"
    );
    let known = subjects(&bob).await.len();
    alice.posts(&token, "nobody in particular").await;
    assert_eq!(subjects(&bob).await.len(), known);
    assert_eq!(subjects(&carol).await.len(), 2, "everybody, twice");

    level(&bob, &token, "1").await;
    alice.posts(&token, "nobody in particular").await;
    assert_eq!(
        subjects(&bob).await[0],
        "alice-displayname sent a message in conversation Tea"
    );
    level(&bob, &token, "3").await;
    let known = subjects(&bob).await.len();
    alice.posts(&token, "@bob @all").await;
    assert_eq!(subjects(&bob).await.len(), known, "never");
}

#[tokio::test]
async fn in_a_one_to_one_every_message_is_told() {
    let (_server, alice, bob, _) = tea().await;
    let pair = alice.turns_to("bob").await;
    let first = alice.posts(&pair, "Hello").await;
    assert_eq!(
        subjects(&bob).await,
        ["alice-displayname sent you a private message"]
    );
    alice.posts(&pair, "Hello @bob").await;
    assert_eq!(
        subjects(&bob).await[0],
        "alice-displayname mentioned you in a private conversation"
    );
    let own = bob.posts(&pair, "Hi").await;
    alice.replies(&pair, own, "How are you").await;
    assert_eq!(
        subjects(&bob).await[0],
        "alice-displayname replied to your private message"
    );
    assert!(first > 0);
}

#[tokio::test]
async fn whoever_looks_on_is_told_of_mentions_only() {
    let (server, alice, bob, token) = tea().await;
    level(&bob, &token, "1").await;
    bob.joins(&token).await;
    alice.posts(&token, "plain").await;
    assert_eq!(subjects(&bob).await, Vec::<String>::new());
    alice.posts(&token, "@bob").await;
    assert_eq!(subjects(&bob).await.len(), 1);
    let state = room_part(&token, "participants/state");
    bob.put(&state, &[("state", "0")]).await;
    alice.posts(&token, "plain").await;
    assert_eq!(subjects(&bob).await.len(), 2, "the window lost the focus");
    bob.put(&state, &[("state", "1")]).await;
    server.advance(31);
    alice.posts(&token, "plain").await;
    assert_eq!(
        subjects(&bob).await.len(),
        3,
        "no sign of life for 31 seconds"
    );
}

#[tokio::test]
async fn a_silent_message_is_told_to_nobody() {
    let (_server, alice, bob, token) = tea().await;
    alice
        .sends(&token, &[("message", "@bob"), ("silent", "true")])
        .await;
    assert_eq!(subjects(&bob).await, Vec::<String>::new());
    assert_eq!(bob.room(&token).await["unreadMention"], true);
}

#[tokio::test]
async fn reading_settles_what_was_told() {
    let (_server, alice, bob, token) = tea().await;
    let one = alice.posts(&token, "@bob").await;
    alice.posts(&token, "@bob").await;
    bob.marks_read(&token, &one.to_string()).await;
    assert_eq!(subjects(&bob).await.len(), 1);
    let last = alice.posts(&token, "@bob").await;
    let query = format!("lookIntoFuture=1&timeout=0&lastKnownMessageId={}", last - 1);
    bob.reads(
        &token,
        &format!("{query}&markNotificationsAsRead=0&setReadMarker=0"),
    )
    .await;
    assert_eq!(subjects(&bob).await.len(), 2);
    bob.reads(&token, &format!("{query}&setReadMarker=0")).await;
    assert_eq!(subjects(&bob).await, Vec::<String>::new());
    alice.posts(&token, "@bob").await;
    bob.reads(&token, "lookIntoFuture=0").await;
    assert_eq!(subjects(&bob).await.len(), 1, "history settles nothing");
    bob.get(&talk(&format!("/api/v1/chat/{token}/{last}/context")))
        .await;
    assert_eq!(subjects(&bob).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_deleted_edited_or_left_is_told_no_more() {
    let (_server, alice, bob, token) = tea().await;
    let id = alice.posts(&token, "@bob").await;
    alice.deletes_message(&token, id).await;
    assert_eq!(subjects(&bob).await, Vec::<String>::new());

    let id = alice.posts(&token, "@bob").await;
    let path = talk(&format!("/api/v1/chat/{token}/{id}"));
    alice.put(&path, &[("message", "nobody")]).await;
    assert_eq!(subjects(&bob).await, Vec::<String>::new());
    alice.put(&path, &[("message", "@bob after all")]).await;
    assert_eq!(subjects(&bob).await.len(), 1);
    alice.put(&path, &[("message", "@bob, really")]).await;
    let told = told(&bob).await;
    assert_eq!(told.len(), 1, "once");
    assert_eq!(told[0]["message"], "@bob-displayname, really");

    let attendee = alice.attendee_of(&token, "bob").await;
    alice.removes(&token, &attendee).await;
    assert_eq!(subjects(&bob).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_reaction_is_told_to_who_wants_to_know_all() {
    let (server, alice, bob, token) = tea().await;
    let [carol] = server.users(["carol"]).await;
    alice.adds(&token, "carol").await;
    let id = bob.posts(&token, "Scones?").await;
    let path = talk(&format!("/api/v1/reaction/{token}/{id}"));
    alice.post(&path, &[("reaction", "👍")]).await;
    assert_eq!(subjects(&bob).await, Vec::<String>::new(), "mentions only");
    level(&bob, &token, "1").await;
    carol.post(&path, &[("reaction", "👍")]).await;
    bob.post(&path, &[("reaction", "🚀")]).await;

    let told = told(&bob).await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0]["subject"],
        "carol-displayname reacted with 👍 to your message in conversation Tea"
    );
    assert_eq!(
        told[0]["subjectRichParameters"]["reaction"],
        json!({ "type": "highlight", "id": "👍", "name": "👍" })
    );
    assert_eq!(told[0]["message"], "Scones?");
    alice.posts(&token, "Yes").await;
    bob.marks_read(&token, &id.to_string()).await;
    assert_eq!(subjects(&bob).await.len(), 2, "reading does not settle it");
    bob.joins(&token).await;
    assert_eq!(
        subjects(&bob).await,
        ["alice-displayname sent a message in conversation Tea"]
    );
}

#[tokio::test]
async fn an_invitation_is_told_until_one_opens_the_room() {
    let (server, alice, _, token) = tea().await;
    let [carol] = server.users(["carol"]).await;
    alice.adds(&token, "carol").await;
    let told = told(&carol).await;
    assert_eq!(
        told[0]["subject"],
        "alice-displayname invited you to a group conversation: Tea"
    );
    assert_eq!(told[0]["object_type"], "room");
    assert_eq!(told[0]["object_id"], token);
    assert_eq!(told[0]["message"], "");
    carol.joins(&token).await;
    assert_eq!(subjects(&carol).await, Vec::<String>::new());
    let pair = alice.turns_to("carol").await;
    alice.posts(&pair, "x").await;
    assert_eq!(
        subjects(&carol).await.len(),
        1,
        "the message, no invitation"
    );
}

#[tokio::test]
async fn a_call_is_told_while_it_runs_and_as_missed_afterwards() {
    let (server, alice, bob, token) = tea().await;
    let [carol] = server.users(["carol"]).await;
    alice.adds(&token, "carol").await;
    carol
        .post(&room_part(&token, "notify-calls"), &[("level", "0")])
        .await;
    alice.joins_call(&token).await;
    assert_eq!(subjects(&carol).await, Vec::<String>::new());
    let told = told(&bob).await;
    assert_eq!(told[0]["subject"], "A group call has started in Tea");
    assert_eq!(told[0]["actions"][0]["label"], "Join call");
    assert_eq!(told[0]["actions"][0]["primary"], true);
    let link = told[0]["actions"][0]["link"].as_str().unwrap();
    assert!(link.ends_with(&format!("/call/{token}#direct-call")));
    assert_eq!(told[0]["subjectRichParameters"].get("user"), None);

    alice.hangs_up(&token).await;
    assert_eq!(subjects(&bob).await, ["You missed a group call in Tea"]);
    alice.calls(&token, &[]).await;
    assert_eq!(
        subjects(&bob).await.len(),
        1,
        "another call takes its place"
    );
    bob.joins_call(&token).await;
    assert_eq!(subjects(&bob).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_silent_call_and_the_spared_are_not_told_but_ringing_is() {
    let (_server, alice, bob, token) = tea().await;
    alice.joins(&token).await;
    alice.calls(&token, &[("silent", "1")]).await;
    assert_eq!(subjects(&bob).await, Vec::<String>::new());
    alice.hangs_up(&token).await;
    alice.calls(&token, &[("silentFor[]", "bob")]).await;
    assert_eq!(subjects(&bob).await, Vec::<String>::new());
    let attendee = alice.attendee_of(&token, "bob").await;
    let ring = talk(&format!("/api/v4/call/{token}/ring/{attendee}"));
    alice.post(&ring, &[]).await.expect(200, Value::Null);
    assert_eq!(subjects(&bob).await, ["A group call has started in Tea"]);
}

#[tokio::test]
async fn a_conversation_kept_private_tells_nothing() {
    let (_server, alice, bob, token) = tea().await;
    bob.post(&room_part(&token, "sensitive"), &[]).await;
    alice.posts(&token, "@bob secret").await;
    let one = &told(&bob).await[0];
    assert_eq!(
        one["subject"],
        "Someone mentioned you in a private conversation"
    );
    assert_eq!(one["subjectRichParameters"], json!([]));
    assert_eq!(one["message"], "");
    assert_eq!(one["object_id"], token);
}

#[tokio::test]
async fn the_lobby_holds_back_what_is_told() {
    let (_server, alice, bob, token) = tea().await;
    alice.posts(&token, "@bob").await;
    alice.closes_lobby(&token).await;
    assert_eq!(subjects(&bob).await, Vec::<String>::new());
    alice.sets(&token, "webinar/lobby", &[("state", "0")]).await;
    assert_eq!(subjects(&bob).await.len(), 1);
}

#[tokio::test]
async fn guests_are_told_of_by_name_or_as_a_guest() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let token = alice.creates_public("Tea").await;
    let guest = server.guest_in(&token).await;
    guest.posts(&token, "@alice").await;
    assert_eq!(
        subjects(&alice).await,
        ["A guest mentioned you in conversation Tea"]
    );
    let name = talk(&format!("/api/v1/guest/{token}/name"));
    guest.post(&name, &[("displayName", "Al")]).await;
    assert_eq!(
        subjects(&alice).await,
        ["Al (guest) mentioned you in conversation Tea"],
        "made when it is read"
    );
}

// Reminders.

async fn reminds(actor: &Actor, token: &str, message: i64, at: i64) -> Answer {
    let path = talk(&format!("/api/v1/chat/{token}/{message}/reminder"));
    actor.post(&path, &[("timestamp", &at.to_string())]).await
}

#[tokio::test]
async fn a_reminder_is_set_moved_shown_and_fires_in_time() {
    let (server, alice, bob, token) = tea().await;
    let id = alice.posts(&token, "Scones").await;
    let path = talk(&format!("/api/v1/chat/{token}/{id}/reminder"));
    bob.get(&path).await.refused(404, "reminder");
    let due = server.now() + 60;
    let expected =
        |at: i64| json!({ "userId": "bob", "token": token, "messageId": id, "timestamp": at });
    reminds(&bob, &token, id, due + 5)
        .await
        .expect(201, expected(due + 5));
    reminds(&bob, &token, id, due)
        .await
        .expect(201, expected(due));
    bob.get(&path).await.expect(200, expected(due));
    alice.get(&path).await.refused(404, "reminder");
    server.lets_pass(59).await;
    assert_eq!(subjects(&bob).await, Vec::<String>::new());

    server.lets_pass(1).await;

    let told = told(&bob).await;
    assert_eq!(
        told[0]["subject"],
        "Reminder: alice-displayname in conversation Tea"
    );
    assert_eq!(told[0]["object_type"], "reminder");
    assert_eq!(told[0]["actions"][0]["label"], "View message");
    assert_eq!(told[0]["actions"][1]["type"], "DELETE");
    bob.get(&path).await.refused(404, "reminder");
    bob.delete(&path, &[]).await.expect(200, json!([]));
    assert_eq!(subjects(&bob).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_comes_up_next() {
    let (server, alice, bob, token) = tea().await;
    let [one, two] = [
        alice.posts(&token, "one").await,
        alice.posts(&token, "two").await,
    ];
    reminds(&bob, &token, one, server.now() + 200).await;
    reminds(&bob, &token, two, server.now() + 100).await;
    let upcoming = talk("/api/v1/chat/upcoming-reminders");
    bob.get(&upcoming).await.expect(
        200,
        json!([
            { "reminderTimestamp": server.now() + 100, "roomToken": token, "messageId": two,
              "actorType": "users", "actorId": "alice", "actorDisplayName": "alice-displayname",
              "message": "two", "messageParameters": [] },
            { "reminderTimestamp": server.now() + 200, "roomToken": token, "messageId": one,
              "actorType": "users", "actorId": "alice", "actorDisplayName": "alice-displayname",
              "message": "one", "messageParameters": [] },
        ]),
    );
    bob.post(&room_part(&token, "sensitive"), &[]).await;
    assert_eq!(bob.get(&upcoming).await.data()[0]["message"], "");
    bob.leaves_for_good(&token).await;
    bob.get(&upcoming).await.expect(200, json!([]));
    assert_eq!(server.guest().get(&upcoming).await.status, 401);
}

#[tokio::test]
async fn reminders_that_are_refused() {
    let (server, alice, bob, token) = tea().await;
    let id = alice.posts(&token, "Scones").await;
    let path = talk(&format!("/api/v1/chat/{token}/999999/reminder"));
    reminds(&bob, &token, 999_999, 1)
        .await
        .refused(404, "message");
    bob.get(&path).await.refused(404, "message");
    bob.delete(&path, &[]).await.refused(404, "message");
    let path = talk(&format!("/api/v1/chat/{token}/{id}/reminder"));
    bob.post(&path, &[]).await.refused(400, "timestamp");
    let [carol] = server.users(["carol"]).await;
    reminds(&carol, &token, id, 1)
        .await
        .refused_with(404, json!([]));
    assert_eq!(reminds(&server.guest(), &token, id, 1).await.status, 401);
    assert_eq!(reminds(&bob, &token, id, 1).await.status, 201);
    alice.closes_lobby(&token).await;
    reminds(&bob, &token, id, 1)
        .await
        .refused_with(412, json!([]));
}
