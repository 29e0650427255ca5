//! Talk Desktop: what it asks with its app password from the start to the end of a day, in JSON, with the server's own
//! address as origin. It logs out on a 401. Source: server.md 3, 5, 6.2, 8, 11, 12, 22; ocs.md 12; conversations.md 7.

use crate::support::clients::{
    ACCOUNT, Device, Kind, MESSAGE, NOTIFICATION, PARTICIPANT, ROOM, SIGNALING,
    expect_capabilities, expect_fields, expect_talk,
};
use crate::support::rooms::{cloud, room, room_part};
use crate::support::{TestServer, chat, talk};
use serde_json::json;

const TOLD: &str = "/ocs/v2.php/apps/notifications/api/v2/notifications";
const STATUS: &str = "/ocs/v2.php/apps/user_status/api/v1";

/// Alice's desktop, with the password that a login flow gave it.
async fn desktop(server: &TestServer) -> Device {
    let secret = server.app_password("alice").await;
    server.device(Kind::Desktop, Some(("alice", &secret)))
}

#[tokio::test]
async fn it_finds_out_about_the_server_and_the_account() {
    let server = TestServer::start().await;
    server.users(["alice"]).await;

    let stranger = server.device(Kind::Desktop, None);
    let known = stranger.reads(&cloud("capabilities")).await.data();
    expect_talk(&known["capabilities"]["spreed"]);
    assert!(known["version"]["major"].as_i64() >= Some(27));
    let desktop = desktop(&server).await;
    let known = desktop.reads(&cloud("capabilities")).await;
    let tag = known.header("etag").expect("a tag").to_owned();
    expect_capabilities(&known.data());
    let same = desktop
        .asks("GET", &cloud("capabilities"))
        .header("if-none-match", &tag)
        .send()
        .await;
    assert_eq!((same.status, same.bytes.len()), (304, 0));
    let account = desktop.reads(&cloud("user")).await.data();
    expect_fields(&account, ACCOUNT);
    assert!(!account["language"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn it_asks_what_there_is_to_tell_and_slows_down_for_nothing() {
    let server = TestServer::start().await;
    let (_alice, bob, token) = server.tea().await;
    let desktop = desktop(&server).await;

    let empty = desktop.reads(TOLD).await;
    let tag = empty.header("etag").expect("a tag").to_owned();
    assert!(empty.header("x-nextcloud-user-status").is_some());
    let same = desktop
        .asks("GET", TOLD)
        .header("if-none-match", &tag)
        .send()
        .await;
    assert_eq!((same.status, same.bytes.len()), (304, 0));
    let mut newest = 0;
    for text in ["@alice one", "@alice two"] {
        bob.posts(&token, text).await;
        let told = desktop
            .asks("GET", TOLD)
            .header("if-none-match", &tag)
            .send()
            .await;
        assert_eq!(told.status, 200, "{}", told.text);
        let told = told.data();
        expect_fields(&told[0], NOTIFICATION);
        assert_eq!(
            (&told[0]["app"], &told[0]["shouldNotify"]),
            (&json!("spreed"), &json!(true))
        );
        let id = told[0]["notification_id"].as_i64().unwrap();
        assert!(id > newest, "{id} after {newest}");
        newest = id;
    }
    let known = desktop
        .sends(
            "POST",
            &format!("{TOLD}/exists"),
            &[("ids", json!([newest, newest + 1000]))],
        )
        .await;
    assert_eq!((known.status, known.data()), (200, json!([newest])));
    assert_eq!(desktop.sends("DELETE", TOLD, &[]).await.status, 200);
    assert_eq!(desktop.reads(TOLD).await.data(), json!([]));
}

#[tokio::test]
async fn it_says_that_somebody_is_there() {
    let server = TestServer::start().await;
    server.users(["alice"]).await;
    let desktop = desktop(&server).await;

    let none = desktop.gets(&format!("{STATUS}/user_status")).await;
    assert!([200, 404].contains(&none.status), "{}", none.text);
    let beat = desktop
        .sends(
            "PUT",
            &format!("{STATUS}/heartbeat"),
            &[("status", json!("online"))],
        )
        .await;
    assert!([200, 204].contains(&beat.status), "{}", beat.text);
    let own = desktop.reads(&format!("{STATUS}/user_status")).await.data();
    expect_fields(
        &own,
        "userId:text status:text statusIsUserDefined:flag message:text? messageId:text? messageIsPredefined:flag icon:text? clearAt:int?",
    );
    assert_eq!(own["status"], "online");
    let away = desktop
        .sends(
            "PUT",
            &format!("{STATUS}/user_status/status"),
            &[("statusType", json!("away"))],
        )
        .await;
    assert_eq!(away.status, 200, "{}", away.text);
}

#[tokio::test]
async fn a_conversation_is_opened_and_its_people_are_waited_for() {
    let server = TestServer::start().await;
    let (_alice, bob, token) = server.tea().await;
    let desktop = desktop(&server).await;
    let listed = desktop
        .reads(&talk(
            "/api/v4/room?includeStatus=1&noStatusUpdate=0&modifiedSince=0",
        ))
        .await;
    assert_eq!(
        listed.header("x-nextcloud-talk-hash").map(str::len),
        Some(40)
    );
    expect_fields(&listed.data()[0], ROOM);
    let settings = desktop
        .reads(&talk(&format!("/api/v3/signaling/settings?token={token}")))
        .await
        .data();
    expect_fields(&settings, SIGNALING);
    assert_eq!(settings["signalingMode"], "internal");

    let joined = desktop
        .sends(
            "POST",
            &room_part(&token, "participants/active"),
            &[("password", json!("")), ("force", json!(false))],
        )
        .await;
    assert_eq!(joined.status, 200, "{}", joined.text);
    let session = joined.data()["sessionId"].clone();
    // The first pull after joining tells who is there.
    let people = desktop
        .reads(&talk(&format!("/api/v3/signaling/{token}")))
        .await
        .data();
    let (last, _) = people.as_array().unwrap().split_last().unwrap();
    assert_eq!(last["type"], "usersInRoom");
    expect_fields(
        &last["data"][0],
        "userId:text roomId:int lastPing:int sessionId:text inCall:int participantPermissions:int actorType:text actorId:text",
    );
    assert_eq!(last["data"][0]["sessionId"], session);
    let pull = desktop
        .asks("GET", &talk(&format!("/api/v3/signaling/{token}")))
        .start();
    server.until_pulling(&token, 1).await;
    bob.joins(&token).await;
    let news = pull.await.unwrap();
    assert_eq!(news.status, 200, "{}", news.text);
    assert_eq!(news.data()[0]["data"].as_array().map(Vec::len), Some(2));
    let people = desktop
        .reads(&format!(
            "{}?includeStatus=true",
            room_part(&token, "participants")
        ))
        .await
        .data();
    expect_fields(&people[0], PARTICIPANT);
    let state = desktop
        .sends(
            "PUT",
            &room_part(&token, "participants/state"),
            &[("state", json!(1))],
        )
        .await;
    assert_eq!(state.status, 200, "{}", state.text);
    assert_eq!(
        desktop
            .sends("DELETE", &room_part(&token, "participants/active"), &[])
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn messages_come_and_go() {
    let server = TestServer::start().await;
    let (_alice, bob, token) = server.tea().await;
    let desktop = desktop(&server).await;
    desktop
        .sends("POST", &room_part(&token, "participants/active"), &[])
        .await;
    let query =
        "setReadMarker=0&lookIntoFuture=0&lastKnownMessageId=0&limit=100&includeLastKnown=1";
    let history = desktop.reads(&format!("{}?{query}", chat(&token))).await;
    let last: i64 = history.ids().into_iter().max().unwrap();
    assert!(history.header("x-chat-last-common-read").is_some());

    let sent = desktop
        .sends(
            "POST",
            &chat(&token),
            &[
                ("message", json!("Tea, @bob?")),
                ("actorDisplayName", json!("")),
                ("referenceId", json!("a".repeat(64))),
                ("replyTo", json!(0)),
                ("silent", json!(false)),
            ],
        )
        .await;
    assert_eq!(sent.status, 201, "{}", sent.text);
    assert_eq!(sent.data()["referenceId"], "a".repeat(64));
    let id = sent.data()["id"].as_i64().unwrap();
    let query = format!(
        "setReadMarker=0&lookIntoFuture=1&lastKnownMessageId={last}&limit=100&timeout=30&includeLastKnown=0&markNotificationsAsRead=0"
    );
    let came = desktop.reads(&format!("{}?{query}", chat(&token))).await;
    assert_eq!(came.ids(), [id]);
    expect_fields(&came.data()[0], MESSAGE);
    let read = desktop
        .sends("POST", &format!("{}/read", chat(&token)), &[])
        .await;
    assert_eq!(read.status, 200, "{}", read.text);
    assert_eq!(
        desktop
            .sends("DELETE", &format!("{}/read", chat(&token)), &[])
            .await
            .status,
        200
    );
    let reaction = [("reaction", json!("🫖"))];
    let reactions = talk(&format!("/api/v1/reaction/{token}/{id}"));
    assert_eq!(
        desktop.sends("POST", &reactions, &reaction).await.status,
        201
    );
    assert_eq!(
        desktop.sends("DELETE", &reactions, &reaction).await.status,
        200
    );
    bob.posts(&token, "Yes").await;
    let waiting = desktop
        .reads(&talk("/api/v4/room?modifiedSince=0"))
        .await
        .data();
    assert_eq!(
        (&waiting[0]["unreadMessages"], &waiting[0]["token"]),
        (&json!(2), &json!(token))
    );
}

#[tokio::test]
async fn a_conversation_is_made_and_ended() {
    let server = TestServer::start().await;
    server.users(["alice", "bob"]).await;
    let desktop = desktop(&server).await;

    let made = desktop
        .sends(
            "POST",
            &talk("/api/v4/room"),
            &[
                ("roomType", json!(2)),
                ("roomName", json!("Biscuits")),
                ("password", json!("")),
                ("description", json!("")),
                ("listable", json!(0)),
                ("participants", json!({"users": ["bob"]})),
            ],
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let token = made.data()["token"].as_str().unwrap().to_owned();
    let people = desktop
        .reads(&room_part(&token, "participants"))
        .await
        .data();
    assert_eq!(people.as_array().map(Vec::len), Some(2));
    assert_eq!(
        desktop
            .sends("DELETE", &room_part(&token, "participants/self"), &[])
            .await
            .status,
        400
    );
    assert_eq!(
        desktop.sends("DELETE", &room(&token), &[]).await.status,
        200
    );
    assert_eq!(desktop.gets(&room(&token)).await.status, 404);
    let signals = desktop
        .gets(&talk(&format!("/api/v3/signaling/{token}")))
        .await;
    assert_eq!(signals.status, 404);
}

#[tokio::test]
async fn what_it_tries_besides_is_no_reason_to_log_out() {
    let server = TestServer::start().await;
    let (_alice, _bob, token) = server.tea().await;
    let desktop = desktop(&server).await;
    for path in [
        "/ocs/v2.php/core/navigation/apps?absolute=true",
        "/ocs/v2.php/apps/files_sharing/api/v1/shares?path=/Talk",
        "/ocs/v2.php/apps/provisioning_api/api/v1/config/users/core/apporder",
        "/ocs/v2.php/apps/dashboard/api/v1/widgets",
        "/ocs/v2.php/taskprocessing/tasktypes",
        "/ocs/v2.php/apps/spreed/api/v1/matterbridge",
        "/ocs/v2.php/profile/bob",
        "/ocs/v2.php/hovercard/v1/bob",
        "/ocs/v2.php/references/resolve?reference=https%3A%2F%2Ftea.example",
        "/remote.php/dav/files/alice/",
        "/index.php/apps/theming/theme/default.css",
        "/index.php/avatar/bob/64/dark",
        "/avatar/bob/64",
        "/index.php/core/preview?fileId=1",
        "/no/such/page",
    ] {
        desktop.gets(path).await;
    }
    let state = talk(&format!("/api/v4/call/{token}/notification-state"));
    desktop.gets(&state).await;
    desktop
        .gets(&talk(&format!("/api/v1/bridge/{token}")))
        .await;
}
