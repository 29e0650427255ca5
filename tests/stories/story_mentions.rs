//! Whom the chat suggests while somebody types a mention. Source: chat.md 7.

use crate::support::{Actor, Answer, TestServer, chat};
use serde_json::{Value, json};

async fn suggests(actor: &Actor, room: &str, query: &str) -> Answer {
    actor.get(&format!("{}/mentions?{query}", chat(room))).await
}

/// The ids that are suggested, in order.
async fn found(actor: &Actor, room: &str, search: &str) -> Vec<Value> {
    let search: String = form_urlencoded::byte_serialize(search.as_bytes()).collect();
    let answer = suggests(actor, room, &format!("search={search}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.column("id")
}

/// Alice, Bob, Carol and Dave in Alice's group "Tea".
async fn four(server: &TestServer) -> ([Actor; 4], String) {
    let people = server.users(["alice", "bob", "carol", "dave"]).await;
    let room = people[0].creates_group("Tea").await;
    for name in ["bob", "carol", "dave"] {
        people[0].adds(&room, name).await;
    }
    (people, room)
}

/// The actor id of a guest.
async fn hex(guest: &Actor, room: &str) -> String {
    guest.room(room).await["actorId"]
        .as_str()
        .unwrap()
        .to_owned()
}

// Entries.

#[tokio::test]
async fn an_entry_says_whom_and_how_to_mention() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let answer = suggests(&alice, &room, "search=").await;

    let expected = json!([
        {
            "id": "bob",
            "label": "bob-displayname",
            "source": "users",
            "mentionId": "bob"
        },
        {
            "id": "alice",
            "label": "alice-displayname",
            "source": "users",
            "mentionId": "alice"
        },
        {
            "id": "all",
            "label": "Tea",
            "source": "calls",
            "mentionId": "all",
            "details": "All 2 participants"
        }
    ]);
    assert_eq!(answer.data().to_string(), expected.to_string());
    assert_eq!(answer.status, 200);
    assert_eq!(answer.common_read(), None);
}

#[tokio::test]
async fn entries_come_in_xml_too() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let path = format!("{}/mentions?search=bob", chat(&room));
    let answer = alice.request("GET", &path).xml().send().await;

    let expected = " <data>\n  <element>\n   <id>bob</id>\n   <label>bob-displayname</label>\n   \
        <source>users</source>\n   <mentionId>bob</mentionId>\n  </element>\n </data>\n";
    assert!(answer.text.contains(expected), "{}", answer.text);
}

#[tokio::test]
async fn nobody_found_is_an_empty_list() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    suggests(&alice, &room, "search=xyz")
        .await
        .expect(200, json!([]));
}

#[tokio::test]
async fn what_to_search_must_be_said() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    suggests(&alice, &room, "").await.refused(400, "search");
}

#[tokio::test]
async fn nobody_has_a_status_to_include() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let answer = suggests(&alice, &room, "search=bob&includeStatus=true").await;

    let expected = json!([{
        "id": "bob",
        "label": "bob-displayname",
        "source": "users",
        "mentionId": "bob"
    }]);
    answer.expect(200, expected);
}

#[tokio::test]
async fn a_limit_counts_people_and_all_comes_on_top() {
    let server = TestServer::start().await;
    let ([alice, ..], room) = four(&server).await;

    let limited = suggests(&alice, &room, "search=&limit=2").await;
    assert_eq!(limited.column("id"), ["bob", "carol", "all"]);
    let unlimited = suggests(&alice, &room, "search=&limit=-1").await;
    assert_eq!(
        unlimited.column("id"),
        ["bob", "carol", "dave", "alice", "all"]
    );
}

#[tokio::test]
async fn twenty_people_are_suggested_unless_asked_otherwise() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_group("Crowd").await;
    for number in 10..35 {
        let name = format!("user{number}");
        server.users([name.as_str()]).await;
        alice.adds(&room, &name).await;
    }

    assert_eq!(found(&alice, &room, "").await.len(), 21);
    let all = suggests(&alice, &room, "search=&limit=50").await;
    assert_eq!(all.data().as_array().unwrap().len(), 27);
    assert_eq!(all.data()[26]["details"], "All 26 participants");
}

// Who matches.

#[tokio::test]
async fn a_text_is_found_in_the_id_and_in_the_name_in_any_case() {
    let server = TestServer::start().await;
    let ([alice, ..], room) = four(&server).await;

    assert_eq!(found(&alice, &room, "aro").await, ["carol"]);
    assert_eq!(found(&alice, &room, "CAROL").await, ["carol"]);
    assert_eq!(found(&alice, &room, "dave-DISPLAY").await, ["dave"]);
    assert_eq!(found(&alice, &room, "lice").await, ["alice"]);
}

#[tokio::test]
async fn only_ascii_letters_match_in_any_case() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let path = "/ocs/v2.php/cloud/users/bob";
    let fields = [("key", "displayname"), ("value", "Éowyn")];
    assert_eq!(server.admin().put(path, &fields).await.status, 200);

    assert_eq!(found(&alice, &room, "Éow").await, ["bob"]);
    assert!(found(&alice, &room, "éow").await.is_empty());
}

#[tokio::test]
async fn who_does_not_take_part_is_not_suggested() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    server.users(["carol"]).await;

    assert!(found(&alice, &room, "carol").await.is_empty());
}

#[tokio::test]
async fn both_of_a_one_to_one_are_suggested_even_before_the_other_takes_part() {
    let server = TestServer::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let room = alice.turns_to("bob").await;

    assert_eq!(found(&alice, &room, "").await, ["bob", "alice"]);
}

#[tokio::test]
async fn both_of_a_one_to_one_are_suggested_even_after_the_other_left() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let room = alice.turns_to("bob").await;
    alice.posts(&room, "hello").await;
    bob.leaves_for_good(&room).await;

    assert_eq!(found(&alice, &room, "").await, ["bob", "alice"]);
}

#[tokio::test]
async fn a_guest_is_found_by_name_but_not_by_number() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Fair").await;
    let guest = server.guest_in(&room).await;
    let fields = [("message", "hi"), ("actorDisplayName", "Saruman")];
    guest.sends(&room, &fields).await;
    let hex = hex(&guest, &room).await;

    let answer = suggests(&alice, &room, "search=sarum").await;
    let expected = json!([{
        "id": format!("guest/{hex}"),
        "label": "Saruman",
        "source": "guests",
        "mentionId": format!("guest/{hex}")
    }]);
    answer.expect(200, expected);
    assert!(found(&alice, &room, &hex[..10]).await.is_empty());
}

#[tokio::test]
async fn a_guest_without_a_name_is_called_guest_and_sees_itself() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Fair").await;
    let guest = server.guest_in(&room).await;
    let hex = hex(&guest, &room).await;

    let answer = suggests(&guest, &room, "search=gues").await;

    assert_eq!(answer.column("id"), [format!("guest/{hex}")]);
    assert_eq!(answer.column("label"), ["Guest"]);
}

#[tokio::test]
async fn a_group_is_found_by_its_name() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    server.group("cooks", &[]).await;
    alice.adds_group(&room, "cooks").await;

    let answer = suggests(&alice, &room, "search=ook").await;

    let expected = json!([{
        "id": "group/cooks",
        "label": "cooks",
        "source": "groups",
        "mentionId": "group/cooks"
    }]);
    answer.expect(200, expected);
}

// The order.

#[tokio::test]
async fn who_wrote_last_comes_first_and_the_caller_last() {
    let server = TestServer::start().await;
    let ([alice, bob, carol, dave], room) = four(&server).await;
    dave.posts(&room, "one").await;
    carol.posts(&room, "two").await;
    alice.posts(&room, "three").await;

    let order = found(&alice, &room, "").await;
    assert_eq!(order, ["carol", "dave", "bob", "alice", "all"]);
    let order = found(&bob, &room, "").await;
    assert_eq!(order, ["alice", "carol", "dave", "bob", "all"]);
}

#[tokio::test]
async fn a_deleted_message_does_not_count_as_written() {
    let server = TestServer::start().await;
    let ([alice, _, carol, dave], room) = four(&server).await;
    dave.posts(&room, "one").await;
    let oops = carol.posts(&room, "oops").await;
    carol.deletes_message(&room, oops).await;

    let order = found(&alice, &room, "").await;

    assert_eq!(order, ["dave", "bob", "carol", "alice", "all"]);
}

#[tokio::test]
async fn a_shared_object_does_not_count_as_written() {
    let server = TestServer::start().await;
    let ([alice, _, carol, dave], room) = four(&server).await;
    dave.posts(&room, "one").await;
    carol
        .shares(&room, "highlight", "1", r#"{"name":"One"}"#)
        .await;

    let order = found(&alice, &room, "").await;

    assert_eq!(order, ["dave", "bob", "carol", "alice", "all"]);
}

#[tokio::test]
async fn names_that_begin_with_the_text_come_before_others() {
    let server = TestServer::start().await;
    let [alice, dab, _] = server.users(["alice", "dab", "abba"]).await;
    let room = alice.creates_group("Tea").await;
    alice.adds(&room, "dab").await;
    alice.adds(&room, "abba").await;
    dab.posts(&room, "I wrote last").await;

    assert_eq!(found(&alice, &room, "ab").await, ["abba", "dab"]);
}

#[tokio::test]
async fn accounts_come_before_groups_and_groups_before_guests() {
    let server = TestServer::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    server.group("cooks", &[]).await;
    let room = alice.creates_public("Fair").await;
    let guest = server.guest_in(&room).await;
    alice.adds_group(&room, "cooks").await;
    alice.adds(&room, "bob").await;
    let guest = format!("guest/{}", hex(&guest, &room).await);

    let order = found(&alice, &room, "").await;

    assert_eq!(order, ["bob", "alice", "group/cooks", &guest, "all"]);
}

// Everybody.

/// Whether `@all` is offered for this text in a conversation called "Spec guests".
async fn offers_all<const N: usize>(texts: [&str; N]) -> [bool; N] {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_group("Spec guests").await;
    let mut offered = [false; N];
    for (text, offered) in texts.iter().zip(&mut offered) {
        *offered = found(&alice, &room, text).await.contains(&json!("all"));
    }
    offered
}

#[tokio::test]
async fn all_is_offered_for_the_beginning_of_all_and_here_and_parts_of_the_name() {
    let texts = ["", "al", "all", "her", "here", "pec", "SPEC", "guest"];
    assert_eq!(offers_all(texts).await, [true; 8]);
}

#[tokio::test]
async fn all_is_not_offered_for_anything_else() {
    assert_eq!(offers_all(["ALL", "All", "xyz"]).await, [false; 3]);
}

#[tokio::test]
async fn all_counts_accounts_that_were_added_but_neither_guests_nor_those_who_came_by_themselves() {
    let server = TestServer::start().await;
    let [alice, _, carol] = server.users(["alice", "bob", "carol"]).await;
    let room = alice.creates_public("Fair").await;
    alice.adds(&room, "bob").await;
    carol.joins(&room).await;
    server.guest_in(&room).await;

    let answer = suggests(&alice, &room, "search=all").await;

    assert_eq!(answer.column("details"), ["All 2 participants"]);
}

#[tokio::test]
async fn all_of_one_has_no_number() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_group("Alone").await;

    let answer = suggests(&alice, &room, "search=all").await;

    let expected = json!([{
        "id": "all",
        "label": "Alone",
        "source": "calls",
        "mentionId": "all"
    }]);
    answer.expect(200, expected);
}

#[tokio::test]
async fn only_moderators_are_offered_all_where_it_is_theirs() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let fields = [
        ("roomType", "3"),
        ("roomName", "Fair"),
        ("mentionPermissions", "1"),
    ];
    let room = alice.creates_room(&fields).await;
    let guest = server.guest_in(&room).await;
    assert!(found(&guest, &room, "all").await.is_empty());
    assert_eq!(found(&alice, &room, "all").await, ["all"]);

    alice.promotes(&room, &guest.attendee_id(&room).await).await;

    assert_eq!(found(&guest, &room, "all").await, ["all"]);
}
