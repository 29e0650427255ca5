//! Talk on Android: everything it asks from the address that is typed to the conversation that is left, in its order, with
//! its headers and its way to send. Nothing of it may be a 401: the app deletes the account on one.
//! Source: server.md 2, 3, 4.3, 5, 6.1, 8 to 12, 16, 18 to 20, 22; ocs.md 12; conversations.md 2, 4, 7; chat.md.

use crate::support::clients::{
    ACCOUNT, Device, Kind, MESSAGE, NOTIFICATION, PARTICIPANT, ROOM, SIGNALING,
    expect_capabilities, expect_fields, expect_talk,
};
use crate::support::rooms::{cloud, room, room_part};
use crate::support::{TestServer, chat, talk};
use serde_json::json;

/// Alice's phone, with the password that a login flow gave it.
async fn phone(server: &TestServer) -> Device {
    let secret = server.app_password("alice").await;
    server.device(Kind::Android, Some(("alice", &secret)))
}

#[tokio::test]
async fn the_address_is_typed() {
    let server = TestServer::start().await;
    let stranger = server.device(Kind::Android, None);

    let status = stranger
        .asks("GET", "/status.php")
        .without_header("ocs-apirequest")
        .send()
        .await;

    assert_eq!(
        (status.status, status.header("content-type")),
        (200, Some("application/json"))
    );
    let status = status.json();
    expect_fields(
        &status,
        "installed:flag maintenance:flag version:text versionstring:text edition:text productname:text",
    );
    assert_eq!(
        (&status["installed"], &status["maintenance"]),
        (&json!(true), &json!(false))
    );
    let (major, _) = status["version"]
        .as_str()
        .unwrap()
        .split_once('.')
        .expect("a dot");
    assert!(major.parse::<u32>().expect("a number") >= 13);
    let known = stranger.reads(&cloud("capabilities")).await.data();
    expect_talk(&known["capabilities"]["spreed"]);
    assert!(known["version"]["major"].as_i64() >= Some(17));
}

#[tokio::test]
async fn the_account_is_looked_at_after_the_login() {
    let server = TestServer::start().await;
    server.users(["alice"]).await;
    let phone = phone(&server).await;

    expect_capabilities(&phone.reads(&cloud("capabilities")).await.data());
    let account = phone.reads(&cloud("user")).await;
    assert_eq!(account.header("x-user-id"), Some("alice"));
    let account = account.data();
    expect_fields(&account, ACCOUNT);
    assert_eq!(account["id"], "alice");
    assert_eq!(account["display-name"], "alice-displayname");
    expect_fields(&account["quota"], "free:int");
    let signaling = phone
        .reads(&talk("/api/v3/signaling/settings"))
        .await
        .data();
    expect_fields(&signaling, SIGNALING);
    assert_eq!(signaling["federation"], json!(null));
    // The profile: what may be edited, and the picture.
    assert!(
        phone
            .reads(&cloud("user/fields"))
            .await
            .data()
            .as_array()
            .is_some_and(|all| all.contains(&json!("displayname")))
    );
    let picture = phone.reads("/index.php/avatar/alice/512").await;
    assert_eq!(picture.header("content-type"), Some("image/png"));
}

#[tokio::test]
async fn conversations_are_listed_with_their_pictures() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let direct = alice
        .creates_room(&[("roomType", "1"), ("invite", "bob")])
        .await;
    bob.posts(&token, "Hello @alice").await;
    let phone = phone(&server).await;

    let listed = phone.reads(&talk("/api/v4/room?includeStatus=true")).await;

    assert_eq!(
        listed.header("x-nextcloud-talk-hash").map(str::len),
        Some(40)
    );
    assert!(listed.header("x-nextcloud-talk-modified-before").is_some());
    let listed = listed.data();
    let rooms = listed.as_array().unwrap();
    // The third one is the note to self.
    assert_eq!(rooms.len(), 3);
    for room in rooms {
        expect_fields(room, ROOM);
        expect_fields(&room["lastMessage"], MESSAGE);
        let (token, version) = (
            room["token"].as_str().unwrap(),
            room["avatarVersion"].as_str().unwrap(),
        );
        let picture = phone
            .reads(&talk(&format!(
                "/api/v1/room/{token}/avatar?avatarVersion={version}"
            )))
            .await;
        assert!(
            picture
                .header("content-type")
                .unwrap()
                .starts_with("image/")
        );
        assert!(
            phone
                .reads(&talk(&format!("/api/v1/room/{token}/avatar/dark")))
                .await
                .bytes
                .len()
                > 100
        );
    }
    assert!(
        rooms
            .iter()
            .any(|room| room["token"] == direct.as_str() && room["name"] == "bob")
    );
    for path in ["/index.php/avatar/bob/64", "/index.php/avatar/bob/512/dark"] {
        assert_eq!(
            phone.reads(path).await.header("content-type"),
            Some("image/png")
        );
    }
    assert_eq!(phone.gets("/index.php/avatar/nobody/64").await.status, 404);
    assert_eq!(
        phone.gets("/index.php/avatar/guest/Gus/64").await.status,
        201
    );
}

#[tokio::test]
async fn a_conversation_is_opened_read_and_waited_in() {
    let server = TestServer::start().await;
    let (_alice, bob, token) = server.tea().await;
    let first = bob.posts(&token, "Is there tea, @alice?").await;
    let phone = phone(&server).await;

    expect_fields(&phone.reads(&room(&token)).await.data(), ROOM);
    phone
        .reads(&talk(&format!("/api/v4/room/{token}/capabilities")))
        .await;
    let joined = phone
        .sends(
            "POST",
            &room_part(&token, "participants/active"),
            &[("force", json!(true))],
        )
        .await;
    assert_eq!(joined.status, 200, "{}", joined.text);
    expect_fields(&joined.data(), ROOM);
    assert!(joined.data()["sessionId"].as_str().unwrap().len() > 1);
    phone
        .reads(&talk(&format!("/api/v3/signaling/settings?token={token}")))
        .await;
    let history = "lookIntoFuture=0&limit=100&includeLastKnown=1&setReadMarker=0&noStatusUpdate=1&markNotificationsAsRead=0";
    let history = phone.reads(&format!("{}?{history}", chat(&token))).await;
    assert!(history.header("x-chat-last-given").is_some());
    for message in history.data().as_array().unwrap() {
        expect_fields(message, MESSAGE);
    }
    let people = phone
        .reads(&format!(
            "{}?includeStatus=true",
            room_part(&token, "participants")
        ))
        .await
        .data();
    for person in people.as_array().unwrap() {
        expect_fields(person, PARTICIPANT);
    }

    let future = format!(
        "{}?lookIntoFuture=1&limit=100&timeout=30&lastKnownMessageId={first}&lastCommonReadId=0&setReadMarker=1",
        chat(&token)
    );
    let waiting = phone.asks("GET", &future).start();
    server.until_waiting(&token, 1).await;
    server.advance(30);
    let nothing = waiting.await.unwrap();
    assert_eq!((nothing.status, nothing.bytes.len()), (304, 0));
    let waiting = phone.asks("GET", &future).start();
    server.until_waiting(&token, 1).await;
    let next = bob.posts(&token, "There is.").await;
    let came = waiting.await.unwrap();
    assert_eq!((came.status, came.ids()), (200, vec![next]));
    assert_eq!(
        came.header("x-chat-last-given"),
        Some(next.to_string().as_str())
    );

    let read = phone
        .sends(
            "POST",
            &format!("{}/read", chat(&token)),
            &[("lastReadMessage", json!(next))],
        )
        .await;
    assert_eq!(read.status, 200, "{}", read.text);
    assert_eq!(phone.reads(&room(&token)).await.data()["unreadMessages"], 0);
}

#[tokio::test]
async fn messages_are_written_answered_edited_reacted_to_and_deleted() {
    let server = TestServer::start().await;
    let (_alice, bob, token) = server.tea().await;
    let asked = bob.posts(&token, "Which cake?").await;
    let phone = phone(&server).await;
    let of_message = |id: i64| format!("{}/{id}", chat(&token));

    let found = phone
        .reads(&format!(
            "{}/mentions?search=bo&limit=5&includeStatus=true",
            chat(&token)
        ))
        .await
        .data();
    expect_fields(&found[0], "id:text label:text source:text mentionId:text");
    assert_eq!(found[0]["id"], "bob");
    let answer = [
        ("message", json!("Plum, @bob")),
        ("actorDisplayName", json!("alice-displayname")),
        ("replyTo", json!(asked)),
        ("silent", json!(false)),
        (
            "referenceId",
            json!("b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"),
        ),
    ];
    let sent = phone.sends("POST", &chat(&token), &answer).await;
    assert_eq!(sent.status, 201, "{}", sent.text);
    assert_eq!(sent.meta()["statuscode"], 201);
    let sent = sent.data();
    expect_fields(&sent, MESSAGE);
    expect_fields(&sent["parent"], MESSAGE);
    assert_eq!(sent["parent"]["id"], asked);
    let id = sent["id"].as_i64().unwrap();
    let edited = phone
        .sends(
            "PUT",
            &of_message(id),
            &[("message", json!("Plum or lemon"))],
        )
        .await;
    assert_eq!(edited.status, 200, "{}", edited.text);
    expect_fields(
        &edited.data()["parent"],
        "lastEditActorType:text lastEditActorId:text lastEditActorDisplayName:text lastEditTimestamp:int",
    );

    let reactions = talk(&format!("/api/v1/reaction/{token}/{asked}"));
    assert_eq!(
        phone
            .sends("POST", &reactions, &[("reaction", json!("👍"))])
            .await
            .status,
        201
    );
    let who = phone
        .reads(&format!("{reactions}?reaction=👍").replace('👍', "%F0%9F%91%8D"))
        .await
        .data();
    expect_fields(
        &who["👍"][0],
        "actorType:text actorId:text actorDisplayName:text timestamp:int",
    );
    assert_eq!(
        phone
            .sends("DELETE", &reactions, &[("reaction", json!("👍"))])
            .await
            .status,
        200
    );

    let deleted = phone.asks("DELETE", &of_message(id)).send().await;
    assert_eq!(deleted.status, 200, "{}", deleted.text);
    expect_fields(&deleted.data(), MESSAGE);
    let context = phone
        .reads(&format!("{}/context?limit=50", of_message(asked)))
        .await
        .data();
    assert!(
        context
            .as_array()
            .is_some_and(|all| all.iter().any(|message| message["id"] == asked))
    );
    let overview = phone
        .reads(&format!("{}/share/overview?limit=1", chat(&token)))
        .await
        .data();
    assert!(overview.is_object() || overview == json!([]));
}

#[tokio::test]
async fn a_poll_is_made_and_voted_in() {
    let server = TestServer::start().await;
    let (_alice, _bob, token) = server.tea().await;
    let phone = phone(&server).await;
    let question = [
        ("question", json!("Which cake?")),
        ("options", json!(["Lemon", "Plum"])),
        ("resultMode", json!(0)),
        ("maxVotes", json!(1)),
    ];

    let made = phone
        .sends("POST", &talk(&format!("/api/v1/poll/{token}")), &question)
        .await;

    assert_eq!(made.status, 201, "{}", made.text);
    let poll = made.data();
    expect_fields(
        &poll,
        "id:int question:text options:list actorType:text actorId:text actorDisplayName:text status:int resultMode:int maxVotes:int votedSelf:list",
    );
    let path = talk(&format!("/api/v1/poll/{token}/{}", poll["id"]));
    phone.reads(&path).await;
    let voted = phone
        .sends("POST", &path, &[("optionIds", json!([1]))])
        .await;
    assert_eq!(
        (voted.status, &voted.data()["votes"]),
        (200, &json!({"option-1": 1}))
    );
    assert_eq!(phone.asks("DELETE", &path).send().await.data()["status"], 1);
    assert!(
        phone
            .reads(&talk(&format!("/api/v1/poll/{token}/drafts")))
            .await
            .data()
            .is_array()
    );
}

#[tokio::test]
async fn people_and_messages_are_looked_for() {
    let server = TestServer::start().await;
    let (_alice, bob, token) = server.tea().await;
    bob.posts(&token, "The kettle whistles").await;
    let phone = phone(&server).await;

    let query = "search=bo&itemType=call&itemId=new&limit=20&shareTypes%5B%5D=0&shareTypes%5B%5D=1&shareTypes%5B%5D=4&shareTypes%5B%5D=7";
    let found = phone
        .reads(&format!("/ocs/v2.php/core/autocomplete/get?{query}"))
        .await
        .data();
    expect_fields(
        &found[0],
        "id:text label:text icon:text source:text subline:text shareWithDisplayNameUnique:text",
    );
    assert_eq!(
        (&found[0]["id"], &found[0]["source"]),
        (&json!("bob"), &json!("users"))
    );
    let hits = phone
        .reads("/ocs/v2.php/search/providers/talk-message/search?term=kettle&limit=5")
        .await
        .data();
    expect_fields(&hits, "name:text isPaginated:flag entries:list");
    expect_fields(
        &hits["entries"][0],
        "title:text subline:text resourceUrl:text thumbnailUrl:text attributes:map",
    );
    let open = phone
        .reads(&talk("/api/v4/listed-room?searchTerm=tea"))
        .await
        .data();
    assert!(open.is_array());
    let card = phone.gets("/ocs/v2.php/hovercard/v1/bob").await;
    if card.status == 200 {
        expect_fields(&card.data(), "userId:text displayName:text actions:list");
    }
    for optional in [
        "/ocs/v2.php/apps/user_status/api/v1/user_status",
        "/ocs/v2.php/apps/user_status/api/v1/statuses/bob",
        "/ocs/v2.php/apps/user_status/api/v1/predefined_statuses/",
        "/ocs/v2.php/profile/bob",
        "/ocs/v2.php/cloud/users/bob",
        "/ocs/v2.php/apps/dav/api/v1/outOfOffice/bob/now",
        "/ocs/v2.php/apps/dav/api/v1/events/upcoming?location=x",
        "/ocs/v2.php/references/resolve?reference=https%3A%2F%2Ftea.example",
        "/ocs/v2.php/translation/languages",
        "/ocs/v2.php/core/getapppassword-onetime",
        "/remote.php/dav/files/alice/",
        "/index.php/core/preview?fileId=1&x=64&y=64",
    ] {
        phone.gets(optional).await;
    }
}

#[tokio::test]
async fn what_somebody_is_told_is_fetched_by_number() {
    let server = TestServer::start().await;
    let (_alice, bob, token) = server.tea().await;
    let id = bob.posts(&token, "@alice look").await;
    let phone = phone(&server).await;
    let base = "/ocs/v2.php/apps/notifications/api/v2/notifications";

    let told = phone.reads(base).await.data();

    let one = told
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["object_id"] == format!("{token}/{id}"))
        .expect("the mention")
        .clone();
    expect_fields(&one, NOTIFICATION);
    let number = one["notification_id"].as_i64().unwrap();
    assert_eq!(phone.reads(&format!("{base}/{number}")).await.data(), one);
    assert_eq!(
        phone
            .gets(&format!("{base}/{}", number + 1000))
            .await
            .status,
        404
    );
    assert_eq!(
        phone
            .sends("DELETE", &format!("{base}/{number}"), &[])
            .await
            .status,
        200
    );
    assert_eq!(phone.gets(&format!("{base}/{number}")).await.status, 404);
}

#[tokio::test]
async fn a_conversation_is_made_arranged_and_left() {
    let server = TestServer::start().await;
    let (alice, _bob, tea) = server.tea().await;
    let phone = phone(&server).await;

    let made = phone
        .sends(
            "POST",
            &talk("/api/v4/room"),
            &[("roomType", json!(2)), ("roomName", json!("Biscuits"))],
        )
        .await;
    assert_eq!(
        (made.status, made.meta()["statuscode"].as_i64()),
        (201, Some(201))
    );
    expect_fields(&made.data(), ROOM);
    let token = made.data()["token"].as_str().unwrap().to_owned();
    for (method, part, fields) in [
        (
            "POST",
            "participants",
            vec![("newParticipant", json!("bob")), ("source", json!("users"))],
        ),
        (
            "PUT",
            "description",
            vec![("description", json!("Sweet ones"))],
        ),
        ("POST", "favorite", vec![]),
        ("DELETE", "favorite", vec![]),
        ("POST", "notify", vec![("level", json!(1))]),
        ("POST", "notify-calls", vec![("level", json!(0))]),
        ("POST", "archive", vec![]),
        ("DELETE", "archive", vec![]),
        ("PUT", "webinar/lobby", vec![("state", json!(0))]),
        ("POST", "public", vec![]),
        ("PUT", "password", vec![("password", json!("a long one"))]),
    ] {
        let done = phone.sends(method, &room_part(&token, part), &fields).await;
        assert_eq!(done.status, 200, "{method} {part}: {}", done.text);
    }
    // The only request that it sends to v1: who is banned.
    let banned = phone
        .gets(&format!("/ocs/v1.php/apps/spreed/api/v1/ban/{token}"))
        .await;
    assert_eq!(
        (
            banned.status,
            banned.meta()["statuscode"].as_i64(),
            banned.data()
        ),
        (200, Some(100), json!([]))
    );
    assert_eq!(
        phone
            .sends("DELETE", &room_part(&token, "participants/active"), &[])
            .await
            .status,
        200
    );
    assert_eq!(phone.sends("DELETE", &room(&token), &[]).await.status, 200);
    assert_eq!(phone.gets(&room(&token)).await.status, 404);
    let promoted = [("attendeeId", json!(alice.attendee_of(&tea, "bob").await))];
    assert_eq!(
        phone
            .sends("POST", &room_part(&tea, "moderators"), &promoted)
            .await
            .status,
        200
    );
    assert_eq!(
        phone
            .sends("DELETE", &room_part(&tea, "participants/self"), &[])
            .await
            .status,
        200
    );
    assert_eq!(phone.gets(&chat(&tea)).await.status, 404);
}

#[tokio::test]
async fn push_is_not_offered_or_answered_as_the_app_reads_it() {
    let server = TestServer::start().await;
    server.users(["alice"]).await;
    let phone = phone(&server).await;
    let fields = [
        ("pushTokenHash", json!("x")),
        ("devicePublicKey", json!("y")),
        ("proxyServer", json!("z")),
    ];

    let registered = phone
        .sends(
            "POST",
            "/ocs/v2.php/apps/notifications/api/v2/push",
            &fields,
        )
        .await;

    assert!(
        [400, 404].contains(&registered.status),
        "{}",
        registered.text
    );
    let removed = phone
        .sends("DELETE", "/ocs/v2.php/apps/notifications/api/v2/push", &[])
        .await;
    assert!(
        [200, 202, 404].contains(&removed.status),
        "{}",
        removed.text
    );
}
