//! What administrators decide for everybody. Source: server.md 13.4; conversations.md 3.4, 3.6, 5.1.

use crate::support::rooms::{cloud, room, room_part};
use crate::support::{Actor, Answer, TestServer, talk};
use serde_json::{Value, json};

const NOT_ADMIN: &str = "Logged in account must be an admin";
const NO_TALK: &str = "Can not use Talk";

/// The path of a setting of an app.
fn setting(app: &str, key: &str) -> String {
    format!("/ocs/v2.php/apps/provisioning_api/api/v1/config/apps/{app}/{key}")
}

impl TestServer {
    /// An administrator decides something about Talk, by its address.
    async fn orders(&self, key: &str, value: &str) {
        let path = setting("spreed", key);
        let answer = self.admin().post(&path, &[("value", value)]).await;
        answer.expect(200, json!([]));
    }

    /// And takes it back.
    async fn takes_back(&self, key: &str) {
        let answer = self.admin().delete(&setting("spreed", key), &[]).await;
        answer.expect(200, json!([]));
    }
}

/// The `spreed` capability, null if there is none.
async fn spreed(actor: &Actor) -> Value {
    let answer = actor.get(&cloud("capabilities")).await;
    assert_eq!(answer.status, 200);
    answer.data()["capabilities"]["spreed"].clone()
}

async fn creates(actor: &Actor, kind: &str, password: &str) -> Answer {
    let fields = [
        ("roomType", kind),
        ("roomName", "Tea"),
        ("password", password),
    ];
    actor.post(&talk("/api/v4/room"), &fields).await
}

async fn lists_rooms(actor: &Actor) -> Answer {
    actor.get(&talk("/api/v4/room")).await
}

// The settings themselves.

#[tokio::test]
async fn a_setting_is_stored_shown_and_forgotten() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let path = setting("spreed", "start_conversations");

    let before = admin.get(&path).await;
    let set = admin.post(&path, &[("value", r#"["staff"]"#)]).await;
    let stored = admin.get(&path).await;
    let removed = admin.delete(&path, &[]).await;
    let again = admin.delete(&path, &[]).await;
    let after = admin.get(&path).await;

    before.expect(200, json!({ "data": "" }));
    set.expect(200, json!([]));
    stored.expect(200, json!({ "data": r#"["staff"]"# }));
    removed.expect(200, json!([]));
    again.expect(200, json!([]));
    after.expect(200, json!({ "data": "" }));
}

#[tokio::test]
async fn settings_of_other_apps_are_stored_without_effect() {
    let server = TestServer::start().await;
    let path = setting("files", "allowed_groups");

    let set = server
        .admin()
        .post(&path, &[("value", r#"["nobody"]"#)])
        .await;

    set.expect(200, json!([]));
    let stored = server.admin().get(&path).await;
    stored.expect(200, json!({ "data": r#"["nobody"]"# }));
    let [alice] = server.users(["alice"]).await;
    assert_eq!(lists_rooms(&alice).await.status, 200);
}

#[tokio::test]
async fn settings_are_for_administrators() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let path = setting("spreed", "start_calls");
    let fields = [("value", "0")];

    for answer in [
        alice.get(&path).await,
        alice.post(&path, &fields).await,
        alice.delete(&path, &[]).await,
    ] {
        answer.says(403, 403, NOT_ADMIN);
    }
    let visitor = server.guest().post(&path, &fields).await;
    visitor.says(401, 997, "Current user is not logged in");
}

#[tokio::test]
async fn what_an_app_says_about_itself_is_not_set() {
    let server = TestServer::start().await;
    let refusal = json!({ "data": { "message": "The given key can not be set" } });

    for key in ["enabled", "installed_version", "types"] {
        let path = setting("spreed", key);
        let set = server.admin().post(&path, &[("value", "no")]).await;
        let removed = server.admin().delete(&path, &[]).await;
        set.refused_with(403, refusal.clone());
        removed.refused_with(403, refusal.clone());
    }
}

#[tokio::test]
async fn a_value_is_a_text_of_at_most_4000_bytes() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let path = setting("spreed", "note");
    let (longest, longer) = ("v".repeat(4000), "v".repeat(4001));

    let missing = admin.post(&path, &[]).await;
    let number = admin
        .request("POST", &path)
        .json(&json!({ "value": 1 }))
        .send()
        .await;
    let taken = admin.post(&path, &[("value", &longest)]).await;
    let refused = admin.post(&path, &[("value", &longer)]).await;

    missing.refused(400, "value");
    number.refused(400, "value");
    taken.expect(200, json!([]));
    refused.refused(400, "value");
    let stored = admin.get(&path).await;
    stored.expect(200, json!({ "data": longest }));
}

#[tokio::test]
async fn names_of_apps_and_keys_have_a_usual_form() {
    let server = TestServer::start().await;
    let long = "k".repeat(65);

    for (app, key) in [
        ("spreed", long.as_str()),
        ("spreed", "a%20key"),
        ("sp%C3%BCreed", "key"),
    ] {
        let path = setting(app, key);
        let set = server.admin().post(&path, &[("value", "1")]).await;
        let shown = server.admin().get(&path).await;
        set.refused(400, "key");
        shown.refused(400, "key");
    }
}

#[tokio::test]
async fn there_are_at_most_1000_settings() {
    let server = TestServer::start().await;
    let admin = server.admin();
    for number in 0..1000 {
        let path = setting("spreed", &format!("key{number}"));
        let set = admin.post(&path, &[("value", "1")]).await;
        assert_eq!(set.status, 200);
    }

    let one_more = admin
        .post(&setting("spreed", "one_more"), &[("value", "1")])
        .await;
    let changed = admin
        .post(&setting("spreed", "key0"), &[("value", "2")])
        .await;

    one_more.refused(400, "key");
    changed.expect(200, json!([]));
    let shown = admin.get(&setting("spreed", "one_more")).await;
    shown.expect(200, json!({ "data": "" }));
}

// Who may use Talk.

/// Alice is in the group that may use Talk, Bob is not; they share Alice's conversation.
async fn only_staff() -> (TestServer, Actor, Actor, String) {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    server.group("staff", &["alice"]).await;
    server.orders("allowed_groups", r#"["staff"]"#).await;
    (server, alice, bob, token)
}

#[tokio::test]
async fn who_is_in_no_allowed_group_can_not_use_talk() {
    let (_server, alice, bob, token) = only_staff().await;

    for answer in [
        lists_rooms(&bob).await,
        bob.get(&room(&token)).await,
        bob.sends(&token, &[("message", "hello?")]).await,
        bob.joins(&token).await,
        bob.get(&room("nowhere1")).await,
    ] {
        answer.says(403, 403, NO_TALK);
    }
    assert_eq!(spreed(&bob).await, Value::Null);
    // The account itself still works.
    assert_eq!(bob.get(&cloud("user")).await.status, 200);
    assert_eq!(lists_rooms(&alice).await.status, 200);
    assert_eq!(spreed(&alice).await["version"], "21.1.7");
    alice.posts(&token, "just us").await;
}

#[tokio::test]
async fn administrators_are_no_exception_but_can_undo_it() {
    let (server, ..) = only_staff().await;
    let admin = server.admin();

    lists_rooms(&admin).await.says(403, 403, NO_TALK);
    server.takes_back("allowed_groups").await;

    assert_eq!(lists_rooms(&admin).await.status, 200);
}

#[tokio::test]
async fn visitors_are_not_restricted() {
    let (server, alice, _, _) = only_staff().await;
    let fair = alice.creates_public("Fair").await;

    let guest = server.guest_in(&fair).await;

    guest.posts(&fair, "hello").await;
    assert_eq!(spreed(&server.guest()).await["version"], "21.1.7");
}

#[tokio::test]
async fn joining_and_leaving_an_allowed_group_counts_at_once() {
    let (server, _, bob, token) = only_staff().await;
    lists_rooms(&bob).await.says(403, 403, NO_TALK);

    server.joins_group("bob", "staff").await;
    bob.posts(&token, "back again").await;
    let fields = [("groupid", "staff")];
    let path = cloud("users/bob/groups");
    let left = server.admin().delete(&path, &fields).await;
    left.expect(200, json!([]));

    lists_rooms(&bob).await.says(403, 403, NO_TALK);
}

#[tokio::test]
async fn the_members_of_a_deleted_group_are_out() {
    let (server, alice, ..) = only_staff().await;
    assert_eq!(lists_rooms(&alice).await.status, 200);

    let deleted = server.admin().delete(&cloud("groups/staff"), &[]).await;

    deleted.expect(200, json!([]));
    lists_rooms(&alice).await.says(403, 403, NO_TALK);
}

#[tokio::test]
async fn an_empty_list_allows_everybody_and_a_broken_one_nobody() {
    let (server, alice, bob, _) = only_staff().await;

    server.orders("allowed_groups", "staff").await;
    lists_rooms(&alice).await.says(403, 403, NO_TALK);
    server.orders("allowed_groups", "[]").await;

    assert_eq!(lists_rooms(&alice).await.status, 200);
    assert_eq!(lists_rooms(&bob).await.status, 200);
}

#[tokio::test]
async fn login_and_the_client_s_version_are_looked_at_before() {
    let (server, _, bob, token) = only_staff().await;

    let old = "Mozilla/5.0 (Android) Nextcloud-Talk v14.0.0";
    let request = bob.request("GET", &talk("/api/v4/room"));
    let outdated = request.header("user-agent", old).send().await;
    let visitor = server
        .guest()
        .put(&room_part(&token, "read-only"), &[])
        .await;

    outdated.says(426, 426, "15.0.0");
    assert_eq!(visitor.status, 401);
}

// Who may make conversations.

#[tokio::test]
async fn conversations_are_made_by_the_named_groups() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    server.group("staff", &["alice"]).await;

    server.orders("start_conversations", r#"["staff"]"#).await;

    for kind in ["2", "3"] {
        creates(&bob, kind, "").await.refused(403, "permissions");
        assert_eq!(creates(&alice, kind, "").await.status, 201);
    }
    let can_create = "/config/conversations/can-create";
    let of = |capability: Value| capability.pointer(can_create).cloned();
    assert_eq!(of(spreed(&bob).await), Some(json!(false)));
    assert_eq!(of(spreed(&alice).await), Some(json!(true)));
    server.takes_back("start_conversations").await;
    assert_eq!(creates(&bob, "2", "").await.status, 201);
    assert_eq!(of(spreed(&bob).await), Some(json!(true)));
}

#[tokio::test]
async fn one_to_ones_and_notes_are_made_by_everybody() {
    let server = TestServer::start().await;
    let [bob, _] = server.users(["bob", "alice"]).await;
    server.orders("start_conversations", r#"["staff"]"#).await;

    bob.turns_to("alice").await;
    let note = bob.get(&talk("/api/v4/room/note-to-self")).await;

    assert_eq!(note.status, 200);
}

#[tokio::test]
async fn that_somebody_may_not_make_conversations_is_said_after_the_object_and_before_the_rest() {
    let server = TestServer::start().await;
    let [bob] = server.users(["bob"]).await;
    server.orders("start_conversations", r#"["staff"]"#).await;
    let path = talk("/api/v4/room");

    let object = [
        ("roomType", "2"),
        ("objectType", "extended_conversation"),
        ("objectId", "nowhere1"),
    ];
    let all_wrong = [("roomType", "77"), ("invite", "nobody"), ("readOnly", "9")];

    bob.post(&path, &object).await.refused(400, "object");
    bob.post(&path, &all_wrong)
        .await
        .refused(403, "permissions");
}

// What members may do.

#[tokio::test]
async fn administrators_decide_what_members_may_do_where_nobody_else_has() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    bob.posts(&token, "before").await;

    server.orders("default_permissions", "22").await;
    let seen = bob.room(&token).await;
    let refused = bob.sends(&token, &[("message", "after")]).await;

    assert_eq!(seen["permissions"], 22);
    assert_eq!(seen["attendeePermissions"], 0);
    assert_eq!(seen["defaultPermissions"], 0);
    refused.expect_refusal(403);
    assert_eq!(alice.room(&token).await["permissions"], 254);
    let path = room_part(&token, "permissions/default");
    alice.put(&path, &[("permissions", "128")]).await;
    bob.posts(&token, "the conversation goes first").await;
}

#[tokio::test]
async fn a_mask_that_is_none_is_not_obeyed() {
    let server = TestServer::start().await;
    let (_, bob, token) = server.tea().await;

    for value in ["", "many", "-1", "256", "0"] {
        server.orders("default_permissions", value).await;
        assert_eq!(bob.room(&token).await["permissions"], 246, "{value}");
    }
}

#[tokio::test]
async fn administrators_decide_when_members_of_groups_are_told() {
    let server = TestServer::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let group = alice.creates_group("Tea").await;
    let fair = alice.creates_public("Fair").await;
    let pair = alice.turns_to("bob").await;
    let guest = server.guest_in(&fair).await;

    server.orders("default_group_notification", "3").await;

    let level = |seen: Value| seen["notificationLevel"].clone();
    assert_eq!(level(alice.room(&group).await), 3);
    assert_eq!(level(alice.room(&fair).await), 3);
    assert_eq!(level(alice.room(&pair).await), 1);
    server.orders("default_group_notification", "1").await;
    assert_eq!(level(alice.room(&group).await), 1);
    assert_eq!(level(guest.room(&fair).await), 3);
}

// Passwords.

/// The refusal where a password is missing.
fn password_needed(word: &str) -> Value {
    let message = "Conversations that are open to guests need a password";
    json!({ "error": word, "message": message })
}

#[tokio::test]
async fn public_conversations_are_made_with_a_password_if_administrators_want_one() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let forced = "/config/conversations/force-passwords";
    assert_eq!(spreed(&alice).await.pointer(forced), Some(&json!(false)));

    server.orders("force_passwords", "1").await;

    creates(&alice, "3", "")
        .await
        .refused_with(400, password_needed("password"));
    let made = creates(&alice, "3", "sesame").await;
    assert_eq!(made.status, 201);
    assert_eq!(made.data()["hasPassword"], true);
    assert_eq!(creates(&alice, "2", "").await.status, 201);
    assert_eq!(spreed(&alice).await.pointer(forced), Some(&json!(true)));
}

#[tokio::test]
async fn a_missing_password_is_said_after_the_object_and_before_the_lock() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    server.orders("force_passwords", "1").await;
    let path = talk("/api/v4/room");
    let public = [("roomType", "3"), ("roomName", "Tea")];

    let object = [&public[..], &[("objectType", "event")]].concat();
    let lock = [&public[..], &[("readOnly", "9")]].concat();

    alice.post(&path, &object).await.refused(400, "object");
    alice
        .post(&path, &lock)
        .await
        .refused_with(400, password_needed("password"));
}

#[tokio::test]
async fn a_group_is_made_public_with_a_password_if_administrators_want_one() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;
    server.orders("force_passwords", "1").await;
    let path = room_part(&token, "public");
    let before = alice.systems(&token).await;

    alice
        .post(&path, &[])
        .await
        .refused_with(400, password_needed("password"));
    assert_eq!(alice.room(&token).await["type"], 2);
    assert_eq!(alice.systems(&token).await, before);
    let public = alice.post(&path, &[("password", "sesame")]).await;

    assert_eq!(public.status, 200);
    assert_eq!(public.data()["type"], 3);
    assert_eq!(public.data()["hasPassword"], true);
}

#[tokio::test]
async fn a_missing_password_is_said_before_the_kind_and_before_that_nothing_changes() {
    let server = TestServer::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let pair = alice.turns_to("bob").await;
    let fair = alice.creates_public("Fair").await;
    server.orders("force_passwords", "1").await;

    for token in [&pair, &fair] {
        let answer = alice.post(&room_part(token, "public"), &[]).await;
        answer.refused_with(400, password_needed("password"));
    }
    let fields = [("password", "x")];
    let answer = alice.post(&room_part(&pair, "public"), &fields).await;
    answer.refused(400, "type");
}

#[tokio::test]
async fn a_password_that_administrators_want_stays() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let made = creates(&alice, "3", "sesame").await;
    let token = made.data()["token"].as_str().unwrap().to_owned();
    server.orders("force_passwords", "1").await;
    let path = room_part(&token, "password");

    // Quirk: forced-password-stays.
    let removed = alice.put(&path, &[("password", "")]).await;
    let changed = alice.put(&path, &[("password", "simsim")]).await;

    removed.refused_with(400, password_needed("value"));
    assert_eq!(changed.status, 200);
    server.guest().joins(&token).await.refused(403, "password");
}

// The rest.

#[tokio::test]
async fn one_to_ones_are_deleted_if_administrators_allow_it() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice.turns_to("bob").await;
    alice.posts(&token, "hello").await;
    let refused = alice.delete(&room(&token), &[]).await;
    assert_eq!(alice.room(&token).await["canDeleteConversation"], false);

    server.orders("delete_one_to_one_conversations", "1").await;
    assert_eq!(bob.room(&token).await["canDeleteConversation"], true);
    let deleted = bob.delete(&room(&token), &[]).await;

    refused.refused_with(400, json!(null));
    deleted.expect(200, json!(null));
    alice.get(&room(&token)).await.expect_refusal(404);
}

#[tokio::test]
async fn a_former_one_to_one_can_only_be_left() {
    let server = TestServer::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let token = alice.turns_to("bob").await;
    alice.posts(&token, "hello").await;
    server.orders("delete_one_to_one_conversations", "1").await;
    let gone = server.admin().delete(&cloud("users/bob"), &[]).await;
    gone.expect(200, json!([]));

    let seen = alice.room(&token).await;
    let refused = alice.delete(&room(&token), &[]).await;

    assert_eq!(seen["type"], 5);
    assert_eq!(seen["canDeleteConversation"], false);
    refused.refused_with(400, json!(null));
}

#[tokio::test]
async fn the_session_ping_limit_is_announced() {
    let server = TestServer::start().await;
    let limit = "/config/signaling/session-ping-limit";
    let guest = server.guest();
    assert_eq!(spreed(&guest).await.pointer(limit), Some(&json!(200)));

    server.orders("session-ping-limit", "50").await;

    assert_eq!(spreed(&guest).await.pointer(limit), Some(&json!(50)));
}

#[tokio::test]
async fn administrators_raise_the_oldest_version_of_a_client() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let asks = async |agent: &str| {
        let request = alice.request("GET", &talk("/api/v4/room"));
        request.header("user-agent", agent).send().await
    };
    let android = "Mozilla/5.0 (Android) Nextcloud-Talk v20.1.0";
    let ios = "Mozilla/5.0 (iOS) Nextcloud-Talk v20.1.0";
    assert_eq!(asks(android).await.status, 200);

    let key = "minimum.supported.android.version";
    server.orders(key, "21.0.0").await;

    asks(android).await.says(426, 426, "21.0.0");
    assert_eq!(asks(ios).await.status, 200);
    assert_eq!(asks("curl/8").await.status, 200);
    // It is raised, never lowered.
    server.orders(key, "10.0.0").await;
    let old = "Mozilla/5.0 (Android) Nextcloud-Talk v14.0.0";
    asks(old).await.says(426, 426, "15.0.0");
}

#[tokio::test]
async fn clients_notice_a_decision_that_changes_what_is_announced() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let hash = async || {
        let answer = lists_rooms(&alice).await;
        answer.header("x-nextcloud-talk-hash").unwrap().to_owned()
    };

    let before = hash().await;
    server.orders("default_group_notification", "1").await;
    let unconcerned = hash().await;
    server.orders("force_passwords", "1").await;
    let forced = hash().await;
    server.takes_back("force_passwords").await;

    assert_eq!(before, unconcerned);
    assert_ne!(before, forced);
    assert_eq!(before, hash().await);
}
