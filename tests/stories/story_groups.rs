//! Groups of accounts, and what they mean for conversations. Source: server.md 13.2,
//! conversations.md 4.5.

use crate::support::rooms::{cloud, room_part};
use crate::support::{Actor, TestServer};
use serde_json::json;

const SPECIAL: &str = "Logged in account must be an admin, a sub admin or gotten special right \
    to access this setting";

async fn alice_and_tea() -> (TestServer, Actor) {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    server.group("tea", &[]).await;
    (server, alice)
}

#[tokio::test]
async fn the_group_of_administrators_is_there_from_the_start() {
    let server = TestServer::start().await;

    let groups = server.admin().get(&cloud("groups")).await;
    let members = server.admin().get(&cloud("groups/admin")).await;

    groups.expect(200, json!({ "groups": ["admin"] }));
    members.expect(200, json!({ "users": ["admin"] }));
}

#[tokio::test]
async fn a_new_group_is_listed_and_can_be_searched() {
    let (server, _) = alice_and_tea().await;

    let all = server.admin().get(&cloud("groups")).await;
    let found = server.admin().get(&cloud("groups?search=te")).await;
    let page = server.admin().get(&cloud("groups?limit=1&offset=1")).await;

    all.expect(200, json!({ "groups": ["admin", "tea"] }));
    found.expect(200, json!({ "groups": ["tea"] }));
    page.expect(200, json!({ "groups": ["tea"] }));
}

#[tokio::test]
async fn a_group_that_exists_is_102() {
    let (server, _) = alice_and_tea().await;

    let answer = server
        .admin()
        .post(&cloud("groups"), &[("groupid", "tea")])
        .await;

    answer.says(400, 102, "group exists");
}

#[tokio::test]
async fn a_group_without_a_name_is_101() {
    let (server, _) = alice_and_tea().await;

    let answer = server
        .admin()
        .post(&cloud("groups"), &[("groupid", "")])
        .await;

    answer.says(400, 101, "Invalid group name");
}

#[tokio::test]
async fn groups_are_made_and_deleted_by_administrators() {
    let (_server, alice) = alice_and_tea().await;

    let made = alice.post(&cloud("groups"), &[("groupid", "coffee")]).await;
    let deleted = alice.delete(&cloud("groups/tea"), &[]).await;

    made.says(403, 403, SPECIAL);
    deleted.says(403, 403, SPECIAL);
}

#[tokio::test]
async fn groups_are_listed_for_administrators() {
    let (_server, alice) = alice_and_tea().await;

    let answer = alice.get(&cloud("groups")).await;

    answer.says(403, 403, "Logged in account must be at least a sub admin");
}

#[tokio::test]
async fn the_members_of_a_group_are_listed() {
    let (server, _) = alice_and_tea().await;
    server.joins_group("alice", "tea").await;

    let members = server.admin().get(&cloud("groups/tea")).await;
    let again = server.admin().get(&cloud("groups/tea/users")).await;

    members.expect(200, json!({ "users": ["alice"] }));
    again.expect(200, json!({ "users": ["alice"] }));
}

#[tokio::test]
async fn an_unknown_group_has_no_members() {
    let (server, _) = alice_and_tea().await;

    let answer = server.admin().get(&cloud("groups/nope/users")).await;

    answer.says(404, 404, "The requested group could not be found");
}

#[tokio::test]
async fn the_details_of_groups_count_their_members() {
    let (server, _) = alice_and_tea().await;
    server.joins_group("alice", "tea").await;

    let answer = server
        .admin()
        .get(&cloud("groups/details?search=tea"))
        .await;

    answer.expect(
        200,
        json!({ "groups": [{
            "id": "tea", "displayname": "tea", "usercount": 1, "disabled": 0,
            "canAdd": true, "canRemove": true,
        }] }),
    );
}

#[tokio::test]
async fn a_group_gets_another_display_name() {
    let (server, _) = alice_and_tea().await;
    let fields = [("key", "displayname"), ("value", "Tea drinkers")];

    let answer = server.admin().put(&cloud("groups/tea"), &fields).await;

    answer.expect(200, json!([]));
    let details = server
        .admin()
        .get(&cloud("groups/details?search=tea"))
        .await;
    assert_eq!(details.data()["groups"][0]["displayname"], "Tea drinkers");
}

#[tokio::test]
async fn an_unknown_group_cannot_be_changed() {
    let (server, _) = alice_and_tea().await;
    let fields = [("key", "displayname"), ("value", "x")];

    let answer = server.admin().put(&cloud("groups/nope"), &fields).await;

    answer.says(404, 998, "");
}

#[tokio::test]
async fn nothing_but_the_display_name_of_a_group_can_be_changed() {
    let (server, _) = alice_and_tea().await;
    let fields = [("key", "colour"), ("value", "green")];

    let answer = server.admin().put(&cloud("groups/tea"), &fields).await;

    assert_eq!(answer.status, 500);
    assert_eq!(answer.meta()["statuscode"], 999);
    assert_eq!(answer.data(), json!([]));
}

#[tokio::test]
async fn a_group_is_deleted() {
    let (server, _) = alice_and_tea().await;

    server
        .admin()
        .delete(&cloud("groups/tea"), &[])
        .await
        .expect(200, json!([]));

    let groups = server.admin().get(&cloud("groups")).await;
    groups.expect(200, json!({ "groups": ["admin"] }));
}

#[tokio::test]
async fn an_unknown_group_cannot_be_deleted() {
    let (server, _) = alice_and_tea().await;

    let answer = server.admin().delete(&cloud("groups/nope"), &[]).await;

    answer.says(400, 101, "");
}

#[tokio::test]
async fn the_group_of_administrators_cannot_be_deleted() {
    let (server, _) = alice_and_tea().await;

    let answer = server.admin().delete(&cloud("groups/admin"), &[]).await;

    answer.says(400, 102, "");
}

#[tokio::test]
async fn an_account_and_administrators_read_its_groups() {
    let (server, alice) = alice_and_tea().await;
    server.joins_group("alice", "tea").await;

    for actor in [server.admin(), alice] {
        let groups = actor.get(&cloud("users/alice/groups")).await;
        groups.expect(200, json!({ "groups": ["tea"] }));
    }
}

#[tokio::test]
async fn others_do_not_read_an_accounts_groups() {
    let (server, _) = alice_and_tea().await;
    let [bob] = server.users(["bob"]).await;

    let answer = bob.get(&cloud("users/alice/groups")).await;

    assert_eq!(answer.status, 404);
    assert_eq!(answer.meta()["statuscode"], 998);
    assert_eq!(answer.data(), json!([]));
}

#[tokio::test]
async fn joining_refuses_what_is_unknown() {
    let (server, _) = alice_and_tea().await;
    let admin = server.admin();

    let no_name = admin
        .post(&cloud("users/alice/groups"), &[("groupid", "")])
        .await;
    let no_group = admin
        .post(&cloud("users/alice/groups"), &[("groupid", "nope")])
        .await;
    let no_user = admin
        .post(&cloud("users/nope/groups"), &[("groupid", "tea")])
        .await;

    no_name.says(400, 101, "");
    no_group.says(400, 102, "");
    no_user.says(400, 103, "");
}

#[tokio::test]
async fn leaving_refuses_what_is_unknown() {
    let (server, _) = alice_and_tea().await;
    let admin = server.admin();

    let no_name = admin
        .delete(&cloud("users/alice/groups"), &[("groupid", "")])
        .await;
    let no_group = admin
        .delete(&cloud("users/alice/groups"), &[("groupid", "nope")])
        .await;
    let no_user = admin
        .delete(&cloud("users/nope/groups"), &[("groupid", "tea")])
        .await;

    no_name.says(400, 101, "");
    no_group.says(400, 102, "");
    no_user.says(400, 103, "");
}

#[tokio::test]
async fn membership_is_given_and_taken_by_administrators() {
    let (_server, alice) = alice_and_tea().await;
    let path = cloud("users/alice/groups");

    let joined = alice.post(&path, &[("groupid", "tea")]).await;
    let left = alice.delete(&path, &[("groupid", "tea")]).await;

    for answer in [joined, left] {
        assert_eq!(answer.status, 403, "{}", answer.text);
        assert_eq!(answer.meta()["statuscode"], 403);
        assert_eq!(answer.data(), json!([]));
    }
}

#[tokio::test]
async fn a_member_leaves_a_group_by_a_query() {
    let (server, alice) = alice_and_tea().await;
    server.joins_group("alice", "tea").await;

    let path = cloud("users/alice/groups?groupid=tea");
    server
        .admin()
        .delete(&path, &[])
        .await
        .expect(200, json!([]));

    let groups = alice.get(&cloud("users/alice/groups")).await;
    groups.expect(200, json!({ "groups": [] }));
}

#[tokio::test]
async fn an_administrator_does_not_leave_the_administrators() {
    let (server, _) = alice_and_tea().await;

    let path = cloud("users/admin/groups");
    let answer = server.admin().delete(&path, &[("groupid", "admin")]).await;

    assert_eq!(answer.status, 400);
    assert_eq!(answer.meta()["statuscode"], 105);
    assert_eq!(answer.data(), json!([]));
}

// Groups in conversations.

#[tokio::test]
async fn who_joins_a_group_joins_its_conversations() {
    let (server, alice) = alice_and_tea().await;
    let [bob] = server.users(["bob"]).await;
    let token = alice.creates_group("Tea time").await;
    alice.adds_group(&token, "tea").await;

    server.joins_group("bob", "tea").await;

    let seen = bob.room(&token).await;
    assert_eq!(seen["participantType"], 3);
    let newest = alice.newest(&token).await;
    assert_eq!(newest["systemMessage"], "user_added");
    assert_eq!(newest["actorId"], "admin");
    assert_eq!(newest["messageParameters"]["user"]["id"], "bob");
}

#[tokio::test]
async fn who_leaves_a_group_leaves_its_conversations() {
    let (server, alice) = alice_and_tea().await;
    let [bob] = server.users(["bob"]).await;
    server.joins_group("bob", "tea").await;
    let token = alice.creates_group("Tea time").await;
    alice.adds_group(&token, "tea").await;

    let path = cloud("users/bob/groups");
    server
        .admin()
        .delete(&path, &[("groupid", "tea")])
        .await
        .expect(200, json!([]));

    bob.get(&room_part(&token, "participants"))
        .await
        .refused_with(404, json!([]));
    let newest = alice.newest(&token).await;
    assert_eq!(newest["systemMessage"], "user_removed");
    assert_eq!(newest["messageParameters"]["user"]["id"], "bob");
}

#[tokio::test]
async fn who_is_in_another_group_of_the_conversation_stays() {
    let (server, alice) = alice_and_tea().await;
    let [bob] = server.users(["bob"]).await;
    server.group("coffee", &["bob"]).await;
    server.joins_group("bob", "tea").await;
    let token = alice.creates_group("Drinks").await;
    alice.adds_group(&token, "tea").await;
    alice.adds_group(&token, "coffee").await;

    let path = cloud("users/bob/groups");
    server
        .admin()
        .delete(&path, &[("groupid", "tea")])
        .await
        .expect(200, json!([]));

    assert_eq!(bob.room(&token).await["participantType"], 3);
}

#[tokio::test]
async fn a_moderator_who_leaves_the_group_stays() {
    let (server, alice) = alice_and_tea().await;
    let [bob] = server.users(["bob"]).await;
    server.joins_group("bob", "tea").await;
    let token = alice.creates_group("Tea time").await;
    alice.adds_group(&token, "tea").await;
    let attendee = bob.attendee_id(&token).await;
    alice.promotes(&token, &attendee).await;

    let path = cloud("users/bob/groups");
    server
        .admin()
        .delete(&path, &[("groupid", "tea")])
        .await
        .expect(200, json!([]));

    assert_eq!(bob.room(&token).await["participantType"], 2);
}

#[tokio::test]
async fn a_deleted_group_takes_its_members_out_of_the_conversation() {
    let (server, alice) = alice_and_tea().await;
    let [bob] = server.users(["bob"]).await;
    server.joins_group("bob", "tea").await;
    let token = alice.creates_group("Tea time").await;
    alice.adds_group(&token, "tea").await;

    server
        .admin()
        .delete(&cloud("groups/tea"), &[])
        .await
        .expect(200, json!([]));

    assert_eq!(alice.roles(&token).await, [("alice".to_owned(), 1)]);
    bob.get(&room_part(&token, "participants"))
        .await
        .refused_with(404, json!([]));
}

#[tokio::test]
async fn a_renamed_group_is_shown_by_its_new_name() {
    let (server, alice) = alice_and_tea().await;
    let token = alice.creates_group("Tea time").await;
    alice.adds_group(&token, "tea").await;

    let fields = [("key", "displayname"), ("value", "Tea drinkers")];
    server
        .admin()
        .put(&cloud("groups/tea"), &fields)
        .await
        .expect(200, json!([]));

    let everybody = alice.participants(&token).await;
    let group = everybody
        .iter()
        .find(|row| row["actorType"] == "groups")
        .unwrap();
    assert_eq!(group["displayName"], "Tea drinkers");
}
