//! What people say of their whereabouts, what clients report, and who sees what of it.
//! Source: server.md 12; conversations.md 2.2, 4.4; chat.md 7.6.

use serde_json::{Value, json};

use crate::support::rooms::room_part;
use crate::support::{Actor, Answer, TestServer, chat, talk};

const BASE: &str = "/ocs/v2.php/apps/user_status/api/v1";

fn own() -> String {
    format!("{BASE}/user_status")
}

impl Actor {
    async fn is_now(&self, kind: &str) -> Answer {
        let path = format!("{}/status", own());
        self.put(&path, &[("statusType", kind)]).await
    }

    async fn notes(&self, fields: &[(&str, &str)]) -> Answer {
        self.put(&format!("{}/message/custom", own()), fields).await
    }

    async fn picks(&self, fields: &[(&str, &str)]) -> Answer {
        self.put(&format!("{}/message/predefined", own()), fields)
            .await
    }

    async fn reports(&self, kind: &str) -> Answer {
        self.put(&format!("{BASE}/heartbeat"), &[("status", kind)])
            .await
    }

    /// Availability, icon, message and end of somebody's status.
    async fn sees(&self, user: &str) -> Value {
        let data = self.get(&format!("{BASE}/statuses/{user}")).await.data();
        json!([
            data["status"],
            data["icon"],
            data["message"],
            data["clearAt"]
        ])
    }
}

fn refused(answer: &Answer, status: u16, message: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.meta()["message"], message);
    assert_eq!(answer.data(), json!([]));
}

#[tokio::test]
async fn an_account_says_how_it_is_and_others_see_it() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;

    alice.is_now("away").await.expect(
        200,
        json!({
            "userId": "alice", "message": null, "messageId": null, "messageIsPredefined": false,
            "icon": null, "clearAt": null, "status": "away", "statusIsUserDefined": true
        }),
    );
    alice
        .notes(&[("statusIcon", "👍"), ("message", "hi")])
        .await
        .expect(
            200,
            json!({
                "userId": "alice", "message": "hi", "messageId": null, "messageIsPredefined": false,
                "icon": "👍", "clearAt": null, "status": "away", "statusIsUserDefined": true
            }),
        );

    bob.get(&format!("{BASE}/statuses/ALICE")).await.expect(
        200,
        json!({ "userId": "alice", "message": "hi", "icon": "👍", "clearAt": null, "status": "away" }),
    );
    let answer = bob.get(&format!("{BASE}/statuses")).await;
    let all = answer.data();
    assert_eq!(all.as_array().unwrap().len(), 1, "{all}");
    assert_eq!(all[0]["userId"], "alice");
    let answer = bob.get(&format!("{BASE}/statuses?offset=1")).await;
    answer.expect(200, json!([]));
    let answer = bob.get(&format!("{BASE}/statuses?limit=0")).await;
    answer.expect(200, json!([]));

    for word in ["online", "dnd", "busy", "offline"] {
        assert_eq!(alice.is_now(word).await.status, 200);
        assert_eq!(bob.sees("alice").await[0], word);
    }
}

#[tokio::test]
async fn who_is_invisible_looks_offline_to_others() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    alice.is_now("invisible").await;

    assert_eq!(alice.get(&own()).await.data()["status"], "invisible");
    assert_eq!(bob.sees("alice").await[0], "offline");
    let told = "/ocs/v2.php/apps/notifications/api/v2/notifications";
    let answer = alice.get(told).await;
    assert_eq!(answer.header("x-nextcloud-user-status"), Some("invisible"));
}

#[tokio::test]
async fn without_a_status_there_is_none() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;

    refused(
        &alice.get(&own()).await,
        404,
        "No status for the current user",
    );
    for user in ["alice", "nobody", "_alice", "%00"] {
        let answer = alice.get(&format!("{BASE}/statuses/{user}")).await;
        refused(&answer, 404, "No status for the requested userId");
    }
    let v1 = own().replace("v2.php", "v1.php");
    let answer = alice.get(&v1).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.meta()["statuscode"], 404);
    // Nothing to take away, nothing to go back to.
    let answer = alice.delete(&format!("{}/message", own()), &[]).await;
    answer.expect(200, json!([]));
    let answer = alice.delete(&format!("{}/revert/call", own()), &[]).await;
    answer.expect(200, json!([]));
}

#[tokio::test]
async fn what_is_no_status_is_refused() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let unsupported = |what: &str| format!("Status-type \"{what}\" is not supported");
    for word in ["bogus", "", "Online", "online\0"] {
        refused(&alice.is_now(word).await, 400, &unsupported(word));
    }
    let endless = "x".repeat(10_000);
    refused(
        &alice.is_now(&endless).await,
        400,
        &unsupported(&endless[..64]),
    );
    let answer = alice.put(&format!("{}/status", own()), &[]).await;
    answer.refused(400, "statusType");

    let now = server.now();
    let (past, future) = ((now - 1).to_string(), (now + 60).to_string());
    let long = "ä".repeat(81);
    let icon = "Status-Icon is longer than one character";
    for (fields, message) in [
        (vec![("statusIcon", "👍👍")], icon),
        (vec![("statusIcon", "a")], icon),
        (
            vec![("message", long.as_str())],
            "Message is longer than supported length of 80 characters",
        ),
        (
            vec![("message", "hi"), ("clearAt", past.as_str())],
            "ClearAt is in the past",
        ),
    ] {
        refused(&alice.notes(&fields).await, 400, message);
    }
    let unknown = "Message-Id \"bogus\" is not supported";
    refused(&alice.picks(&[("messageId", "bogus")]).await, 400, unknown);
    let call = "Message-Id \"call\" is not supported";
    refused(&alice.picks(&[("messageId", "call")]).await, 400, call);
    let fields = [("messageId", "meeting"), ("clearAt", past.as_str())];
    refused(&alice.picks(&fields).await, 400, "ClearAt is in the past");
    for word in ["dnd", "invisible", "offline", "", "bogus"] {
        refused(&alice.reports(word).await, 400, "");
    }
    // Nothing of all that was kept.
    assert_eq!(alice.get(&own()).await.status, 404);

    let request = alice.request("PUT", &format!("{}/message/custom", own()));
    let body = json!({ "message": ["hi"], "clearAt": future });
    request.json(&body).send().await.refused(400, "message");
    let guest = server.guest();
    assert_eq!(guest.get(&own()).await.status, 401);
    assert_eq!(guest.is_now("online").await.status, 401);
    assert_eq!(guest.reports("online").await.status, 401);
    assert_eq!(guest.get(&format!("{BASE}/statuses")).await.status, 401);
}

#[tokio::test]
async fn a_message_goes_when_its_time_is_over() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    alice.is_now("busy").await;
    let end = server.now() + 60;
    let longest = "ä".repeat(80);
    alice
        .notes(&[("message", &longest), ("clearAt", &end.to_string())])
        .await;
    assert_eq!(bob.sees("alice").await, json!(["busy", null, longest, end]));

    server.advance(60);

    assert_eq!(bob.sees("alice").await, json!(["busy", null, null, null]));
    // The housekeeping forgets it without anybody looking.
    server.chat().tidy().await.unwrap();
    assert_eq!(bob.sees("alice").await, json!(["busy", null, null, null]));
}

#[tokio::test]
async fn an_empty_message_takes_away_what_was_there() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    alice.is_now("dnd").await;
    for fields in [
        vec![],
        vec![("message", ""), ("statusIcon", "")],
        vec![("message", ""), ("clearAt", "0")],
    ] {
        alice.notes(&[("statusIcon", "🎉")]).await;
        assert_eq!(bob.sees("alice").await[1], "🎉");
        assert_eq!(alice.notes(&fields).await.status, 200);
        let expected = json!(["dnd", null, null, null]);
        assert_eq!(bob.sees("alice").await, expected, "{fields:?}");
    }
    alice.notes(&[("message", "hi")]).await;
    let answer = alice.delete(&format!("{}/message", own()), &[]).await;
    answer.expect(200, json!([]));
    assert_eq!(bob.sees("alice").await, json!(["dnd", null, null, null]));
}

#[tokio::test]
async fn the_server_has_messages_ready() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let expected = json!([
        { "id": "meeting", "icon": "📅", "message": "In a meeting", "clearAt": { "type": "period", "time": 3600 } },
        { "id": "commuting", "icon": "🚌", "message": "Commuting", "clearAt": { "type": "period", "time": 1800 } },
        { "id": "be-right-back", "icon": "⏳", "message": "Be right back", "clearAt": { "type": "period", "time": 900 } },
        { "id": "remote-work", "icon": "🏡", "message": "Working remotely", "clearAt": { "type": "end-of", "time": "day" } },
        { "id": "sick-leave", "icon": "🤒", "message": "Out sick", "clearAt": { "type": "end-of", "time": "day" } },
        { "id": "vacationing", "icon": "🌴", "message": "Vacationing", "clearAt": null },
    ]);
    for path in ["predefined_statuses", "predefined_statuses/"] {
        let answer = alice.get(&format!("{BASE}/{path}")).await;
        answer.expect(200, expected.clone());
    }

    alice.picks(&[("messageId", "vacationing")]).await.expect(
        200,
        json!({
            "userId": "alice", "message": null, "messageId": "vacationing", "messageIsPredefined": true,
            "icon": null, "clearAt": null, "status": "offline", "statusIsUserDefined": false
        }),
    );
    let expected = json!(["offline", "🌴", "Vacationing", null]);
    assert_eq!(bob.sees("alice").await, expected);
    assert_eq!(alice.get(&own()).await.data()["messageId"], "vacationing");
    // One's own words replace it.
    alice.notes(&[("message", "back")]).await;
    assert_eq!(alice.get(&own()).await.data()["messageId"], json!(null));
}

#[tokio::test]
async fn clients_report_and_silence_is_absence() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;

    let answer = alice.reports("online").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["status"], "online");
    assert_eq!(answer.data()["statusIsUserDefined"], false);
    for _ in 0..6 {
        server.advance(300);
        assert_eq!(alice.reports("online").await.data()["status"], "online");
        assert_eq!(bob.sees("alice").await[0], "online");
    }
    assert_eq!(alice.reports("away").await.data()["status"], "away");
    assert_eq!(bob.sees("alice").await[0], "away");

    server.advance(15 * 60);
    assert_eq!(bob.sees("alice").await[0], "offline");
    assert_eq!(alice.reports("online").await.status, 200);
    assert_eq!(bob.sees("alice").await[0], "online");
}

#[tokio::test]
async fn a_phone_that_waits_for_messages_tells_that_its_account_is_there() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let last = alice.posts(&token, "Hi").await - 1;
    let waits = |agent: &str, extra: &str| {
        let path = format!(
            "{}?lookIntoFuture=1&timeout=1&lastKnownMessageId={last}{extra}",
            chat(&token)
        );
        bob.request("GET", &path).header("user-agent", agent).send()
    };
    let phone = "Mozilla/5.0 (Android) Nextcloud-Talk v21.0.0";
    assert_eq!(waits("Mozilla/5.0 (X11)", "").await.status, 200);
    assert_eq!(waits(phone, "&noStatusUpdate=1").await.status, 200);
    assert_eq!(bob.get(&own()).await.status, 404);

    for _ in 0..5 {
        assert_eq!(waits(phone, "").await.status, 200);
        assert_eq!(alice.sees("bob").await[0], "online");
        server.advance(299);
    }
    bob.is_now("dnd").await;
    assert_eq!(waits(phone, "").await.status, 200);
    assert_eq!(alice.sees("bob").await[0], "dnd");
}

#[tokio::test]
async fn what_somebody_chose_outlasts_the_reports() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    for word in ["away", "dnd", "busy", "invisible"] {
        alice.is_now(word).await;
        let answer = alice.reports("online").await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{word}");
        let v1 = format!("{BASE}/heartbeat").replace("v2.php", "v1.php");
        let answer = alice.put(&v1, &[("status", "online")]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.meta()["statuscode"], 204);
        server.advance(3600);
        assert_eq!(alice.get(&own()).await.data()["status"], word);
    }
    // To be online is chosen as long as one is.
    alice.is_now("online").await;
    assert_eq!(alice.reports("away").await.data()["status"], "away");
    assert_eq!(bob.sees("alice").await[0], "away");
}

#[tokio::test]
async fn conversations_show_how_their_members_are() {
    let server = TestServer::start().await;
    let [alice, bob, _] = server.users(["alice", "bob", "carol"]).await;
    let with_bob = alice.turns_to("bob").await;
    let with_carol = alice.turns_to("carol").await;
    let token = alice.creates_public("Park").await;
    alice.adds(&token, "bob").await;
    let keys = |object: &Value| {
        json!([
            object.get("status"),
            object.get("statusIcon"),
            object.get("statusMessage"),
            object.get("statusClearAt")
        ])
    };
    let nothing = json!([null, null, null, null]);
    let list = talk("/api/v4/room?includeStatus=true");
    let of_room = |rooms: &Value, token: &str| {
        let rooms = rooms.as_array().unwrap().iter();
        let mut found = rooms.filter(|room| room["token"] == token);
        keys(found.next().unwrap())
    };
    assert_eq!(of_room(&alice.get(&list).await.data(), &with_bob), nothing);

    bob.is_now("dnd").await;
    bob.notes(&[("statusIcon", "🎧"), ("message", "music")])
        .await;

    let music = json!(["dnd", "🎧", "music", null]);
    let offline = json!(["offline", null, null, null]);
    assert_eq!(keys(&alice.room(&with_bob).await), music);
    assert_eq!(keys(&alice.room(&with_carol).await), nothing);
    let rooms = alice.get(&list).await.data();
    assert_eq!(of_room(&rooms, &with_bob), music);
    assert_eq!(of_room(&rooms, &with_carol), offline);
    assert_eq!(of_room(&rooms, &token), nothing);
    let plain = alice.get(&talk("/api/v4/room")).await.data();
    assert_eq!(of_room(&plain, &with_bob), nothing);

    let people = format!("{}?includeStatus=true", room_part(&token, "participants"));
    let answer = alice.get(&people).await;
    assert_eq!(answer.header("x-nextcloud-has-user-statuses"), Some("1"));
    assert_eq!(keys(&answer.data()[1]), music);
    assert_eq!(keys(&answer.data()[0]), offline);

    let mentions = format!("{}/mentions?search=bob&includeStatus=true", chat(&token));
    assert_eq!(keys(&alice.get(&mentions).await.data()[0]), music);
    let plain = format!("{}/mentions?search=bob", chat(&token));
    assert_eq!(keys(&alice.get(&plain).await.data()[0]), nothing);
    let guest = server.guest_in(&token).await;
    assert_eq!(keys(&guest.get(&mentions).await.data()[0]), nothing);
}

#[tokio::test]
async fn a_call_covers_the_status_and_gives_it_back() {
    let server = TestServer::with_calls().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice.turns_to("bob").await;
    bob.turns_to("alice").await;
    for (said, seen) in [("online", "away"), ("dnd", "dnd"), ("busy", "away")] {
        bob.is_now(said).await;
        bob.notes(&[("statusIcon", "🍵"), ("message", "tea")]).await;
        bob.joins_call(&token).await;

        let call = json!([seen, "💬", "In a call", null]);
        assert_eq!(alice.sees("bob").await, call, "{said}");
        assert_eq!(alice.room(&token).await["statusMessage"], "In a call");
        assert_eq!(bob.get(&own()).await.data()["messageId"], "call");

        bob.leaves(&token).await;
        assert_eq!(alice.sees("bob").await, json!([said, "🍵", "tea", null]));
    }
    bob.is_now("invisible").await;
    bob.joins_call(&token).await;
    let unseen = json!(["offline", "🍵", "tea", null]);
    assert_eq!(alice.sees("bob").await, unseen);
}

#[tokio::test]
async fn a_disabled_account_shows_no_status() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    bob.is_now("away").await;
    let path = format!("{BASE}/statuses/bob");
    assert_eq!(alice.get(&path).await.status, 200);
    let unknown = alice.get(&format!("{BASE}/statuses/nobody")).await;

    let admin = server.admin();
    let disabled = admin.put("/ocs/v2.php/cloud/users/bob/disable", &[]).await;
    assert_eq!(disabled.status, 200);

    let hidden = alice.get(&path).await;
    assert_eq!((hidden.status, &hidden.text), (404, &unknown.text));
    let answer = alice.get(&format!("{BASE}/statuses")).await;
    answer.expect(200, json!([]));
    let enabled = admin.put("/ocs/v2.php/cloud/users/bob/enable", &[]).await;
    assert_eq!(enabled.status, 200);
    assert_eq!(alice.get(&path).await.status, 200);
}

#[tokio::test]
async fn a_status_goes_with_its_account_and_is_told_as_a_capability() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    bob.is_now("away").await;
    server
        .admin()
        .delete("/ocs/v2.php/cloud/users/bob", &[])
        .await
        .expect(200, json!([]));
    let answer = alice.get(&format!("{BASE}/statuses")).await;
    answer.expect(200, json!([]));

    let capabilities = "/ocs/v2.php/cloud/capabilities";
    let all = alice.get(capabilities).await.data();
    assert_eq!(
        all["capabilities"]["user_status"],
        json!({ "enabled": true, "restore": false, "supports_emoji": true, "supports_busy": true })
    );
    let all = server.guest().get(capabilities).await.data();
    assert_eq!(all["capabilities"].get("user_status"), None);
}
