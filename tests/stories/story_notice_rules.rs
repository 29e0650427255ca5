//! What an account is told, where the rules meet: reactions taken back, edits, the lobby, threads, and
//! which client announces. Source: server.md 11.2 and 11.3, messages.md 6, chat-extras.md 13.

use serde_json::{Value, json};

use crate::support::notices::{NOTIFICATIONS, level, quiet_tea, subjects, told};
use crate::support::threads::{begins, posts_into};
use crate::support::{Actor, Answer, chat, talk};

const NOBODY: [&str; 0] = [];

const DESKTOP: &str = "Mozilla/5.0 (Linux) Nextcloud-Talk v1.1.0";

// Reactions.

#[tokio::test]
async fn a_reaction_that_is_taken_back_is_told_no_more() {
    let (server, alice, bob, token) = quiet_tea().await;
    let [carol] = server.users(["carol"]).await;
    alice.adds(&token, "carol").await;
    level(&bob, &token, "1").await;
    let id = bob.posts(&token, "Scones?").await;
    let path = talk(&format!("/api/v1/reaction/{token}/{id}"));
    carol.post(&path, &[("reaction", "👍")]).await;
    alice.post(&path, &[("reaction", "👍")]).await;
    alice.post(&path, &[("reaction", "🚀")]).await;
    assert_eq!(subjects(&bob).await.len(), 3);

    alice.delete(&path, &[("reaction", "👍")]).await;

    let left = [
        "alice-displayname reacted with 🚀 to your message in conversation Tea",
        "carol-displayname reacted with 👍 to your message in conversation Tea",
    ];
    assert_eq!(subjects(&bob).await, left, "that one alone");
    for _ in 0..3 {
        alice.post(&path, &[("reaction", "❤️")]).await;
        alice.delete(&path, &[("reaction", "❤️")]).await;
    }
    assert_eq!(subjects(&bob).await, left, "nothing piles up");
    alice.post(&path, &[("reaction", "❤️")]).await;
    assert_eq!(subjects(&bob).await.len(), 3, "told again");
}

// Who announces.

async fn asks_as(actor: &Actor, agent: &str) -> Vec<Value> {
    let request = actor.request("GET", NOTIFICATIONS);
    let answer = request.header("user-agent", agent).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let told = answer.data();
    let told = told.as_array().expect("a list").iter();
    told.map(|one| one["shouldNotify"].clone()).collect()
}

#[tokio::test]
async fn a_browser_is_quiet_while_a_desktop_client_asks() {
    let (server, alice, bob, token) = quiet_tea().await;
    alice.posts(&token, "@bob").await;
    let browser = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    assert_eq!(asks_as(&bob, browser).await, [true]);

    assert_eq!(asks_as(&bob, DESKTOP).await, [true]);

    assert_eq!(asks_as(&bob, browser).await, [false]);
    let android = "Mozilla/5.0 (Android) Nextcloud-Talk v21.0.0";
    assert_eq!(asks_as(&bob, android).await, [false]);
    assert_eq!(asks_as(&bob, DESKTOP).await, [true], "still its task");
    server.advance(90);
    assert_eq!(asks_as(&bob, browser).await, [false]);
    server.advance(1);
    assert_eq!(asks_as(&bob, browser).await, [true], "it has gone");
    bob.posts(&token, "@alice").await;
    asks_as(&bob, DESKTOP).await;
    assert_eq!(asks_as(&alice, browser).await, [true], "Bob's, not hers");
}

#[tokio::test]
async fn a_desktop_client_that_has_nothing_new_is_seen_as_well() {
    let (server, alice, bob, token) = quiet_tea().await;
    alice.posts(&token, "@bob").await;
    let first = bob.get(NOTIFICATIONS).await;
    let tag = first.header("etag").expect("a tag").to_owned();
    let again = bob
        .request("GET", NOTIFICATIONS)
        .header("user-agent", DESKTOP)
        .header("if-none-match", &tag);
    assert_eq!(again.send().await.status, 304);
    server.advance(30);
    assert_eq!(asks_as(&bob, "curl/8").await, [false]);
}

// The lobby.

#[tokio::test]
async fn what_was_said_behind_the_lobby_is_never_told() {
    let (server, alice, bob, token) = quiet_tea().await;
    let [carol] = server.users(["carol"]).await;
    alice.adds(&token, "carol").await;
    carol.joins(&token).await;
    carol.leaves(&token).await;
    let attendee = alice.attendee_of(&token, "carol").await;
    alice.promotes(&token, &attendee).await;
    level(&bob, &token, "1").await;
    level(&carol, &token, "1").await;
    let before = bob.posts(&token, "Scones?").await;
    alice.closes_lobby(&token).await;
    let path = talk(&format!("/api/v1/reaction/{token}/{before}"));

    alice.posts(&token, "plain").await;
    alice.posts(&token, "@bob").await;
    alice.posts(&token, "@all").await;
    let place = r#"{"name":"x","latitude":"1","longitude":"2"}"#;
    let shared = alice.shares(&token, "geo-location", "geo:1,2", place).await;
    assert_eq!(shared.status, 201, "{}", shared.text);
    alice.post(&path, &[("reaction", "👍")]).await;
    alice.sets(&token, "webinar/lobby", &[("state", "0")]).await;

    assert_eq!(subjects(&bob).await, NOBODY);
    assert_eq!(subjects(&carol).await.len(), 5, "a moderator is let in");
    alice.posts(&token, "plain").await;
    assert_eq!(
        subjects(&bob).await,
        ["alice-displayname sent a message in conversation Tea"]
    );
}

// Edits.

async fn edits(actor: &Actor, token: &str, id: i64, text: &str) {
    let path = format!("{}/{id}", chat(token));
    let answer = actor.put(&path, &[("message", text)]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn whoever_is_still_mentioned_after_an_edit_is_told_as_before() {
    let (server, alice, bob, token) = quiet_tea().await;
    let [carol] = server.users(["carol"]).await;
    alice.adds(&token, "carol").await;
    carol.joins(&token).await;
    let id = alice.posts(&token, "Tea, @bob and @all").await;
    let before = [told(&bob).await, told(&carol).await];
    for text in ["Tea, @all", "Tea, @carol and @bob", "Tea, @bob and @all"] {
        edits(&alice, &token, id, text).await;
        let now = [told(&bob).await, told(&carol).await];
        for (now, before) in now.iter().zip(&before) {
            assert_eq!(now.len(), 1, "{text}");
            assert_eq!(now[0]["subject"], before[0]["subject"], "{text}");
            let number = &before[0]["notification_id"];
            assert_eq!(&now[0]["notification_id"], number, "announced once");
        }
    }
    assert_eq!(
        [&before[0][0]["subject"], &before[1][0]["subject"]],
        [
            "alice-displayname mentioned you in conversation Tea",
            "alice-displayname mentioned everyone in conversation Tea"
        ]
    );
}

#[tokio::test]
async fn whoever_is_told_of_all_is_told_anew_of_a_mention_that_an_edit_brings() {
    let (_server, alice, bob, token) = quiet_tea().await;
    level(&bob, &token, "1").await;
    let id = alice.posts(&token, "Tea?").await;
    let first = told(&bob).await[0]["notification_id"].as_i64().unwrap();

    edits(&alice, &token, id, "Tea, @bob?").await;

    let told = told(&bob).await;
    assert_eq!(told.len(), 1, "in place of the first: {told:?}");
    assert_eq!(
        told[0]["subject"],
        "alice-displayname mentioned you in conversation Tea"
    );
    assert!(told[0]["notification_id"].as_i64().unwrap() > first);
}

#[tokio::test]
async fn an_answer_stays_an_answer_whatever_an_edit_brings() {
    let (_server, alice, bob, token) = quiet_tea().await;
    let question = bob.posts(&token, "Tea?").await;
    let id = alice.replies(&token, question, "Yes").await;
    let answered = ["alice-displayname replied to your message in conversation Tea"];
    edits(&alice, &token, id, "Yes, @bob").await;
    assert_eq!(subjects(&bob).await, answered);
    edits(&alice, &token, id, "Yes").await;
    assert_eq!(subjects(&bob).await, answered);
}

#[tokio::test]
async fn an_edit_tells_of_a_mention_also_who_was_told_of_something_else() {
    let (server, alice, bob, token) = quiet_tea().await;
    let id = alice.posts(&token, "Tea").await;
    let path = talk(&format!("/api/v1/chat/{token}/{id}/reminder"));
    let soon = (server.now() + 1).to_string();
    bob.post(&path, &[("timestamp", &soon)]).await;
    server.lets_pass(60).await;
    assert_eq!(subjects(&bob).await.len(), 1, "the reminder");
    edits(&alice, &token, id, "Tea, @bob").await;
    assert_eq!(subjects(&bob).await.len(), 2);
    edits(&alice, &token, id, "Tea").await;
    assert_eq!(
        subjects(&bob).await,
        ["Reminder: alice-displayname in conversation Tea"]
    );
}

#[tokio::test]
async fn an_edit_does_not_bring_back_what_is_settled() {
    let (_server, alice, bob, token) = quiet_tea().await;
    let id = alice.posts(&token, "Te, @bob?").await;
    // A look that moves no read marker.
    bob.get(&format!("{}/{id}/context", chat(&token))).await;
    assert_eq!(subjects(&bob).await, NOBODY);

    edits(&alice, &token, id, "Tea, @bob?").await;
    edits(&alice, &token, id, "Tea, @all?").await;

    assert_eq!(subjects(&bob).await, NOBODY, "he was mentioned before");
    edits(&alice, &token, id, "Tea?").await;
    edits(&alice, &token, id, "Tea, @bob?").await;
    assert_eq!(subjects(&bob).await.len(), 1, "mentioned anew");
}

// Reminders.

#[tokio::test]
async fn a_cleared_history_takes_reminders_along() {
    let (server, alice, bob, token) = quiet_tea().await;
    let other = alice.creates_group("Coffee").await;
    alice.adds(&other, "bob").await;
    let kept = alice.posts(&other, "kept").await;
    let later = server.now() + 1000;
    let remind = async |token: &str, id: i64, at: i64| {
        let path = talk(&format!("/api/v1/chat/{token}/{id}/reminder"));
        let set = bob.post(&path, &[("timestamp", &at.to_string())]).await;
        assert_eq!(set.status, 201, "{}", set.text);
    };
    for number in 0..10 {
        let id = alice.posts(&token, "gone soon").await;
        remind(&token, id, later + number).await;
    }
    remind(&other, kept, later + 500).await;

    assert_eq!(alice.delete(&chat(&token), &[]).await.status, 200);

    let upcoming = bob.get(&talk("/api/v1/chat/upcoming-reminders")).await;
    assert_eq!(upcoming.column("messageId"), [json!(kept)]);
}

// Threads.

async fn follows(actor: &Actor, token: &str, thread: i64, level: &str) -> Answer {
    let path = format!("{}/threads/{thread}/notify", chat(token));
    let answer = actor.post(&path, &[("level", level)]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer
}

#[tokio::test]
async fn in_a_thread_with_always_every_message_is_told() {
    let (_server, alice, bob, token) = quiet_tea().await;
    let thread = begins(&alice, &token, "Cake", "Which one?").await;
    let other = begins(&alice, &token, "Jam", "Which one?").await;
    follows(&bob, &token, thread, "1").await;

    posts_into(&alice, &token, thread, "Chocolate").await;
    alice.replies(&token, thread, "Cheese").await;
    posts_into(&alice, &token, other, "Plum").await;
    alice.posts(&token, "besides").await;

    let sent = "alice-displayname sent a message in conversation Tea";
    assert_eq!(subjects(&bob).await, [sent, sent]);
    posts_into(&bob, &token, thread, "his own").await;
    assert_eq!(subjects(&alice).await, NOBODY, "she followed by default");
    level(&bob, &token, "3").await;
    posts_into(&alice, &token, thread, "Carrot").await;
    alice.posts(&token, "@bob").await;
    assert_eq!(
        subjects(&bob).await,
        [sent],
        "what he wrote settled the others; the thread's level counts in it"
    );
}

#[tokio::test]
async fn in_a_thread_with_mentions_only_those_are_told() {
    let (_server, alice, bob, token) = quiet_tea().await;
    let thread = begins(&alice, &token, "Cake", "Which one?").await;
    level(&bob, &token, "1").await;
    follows(&bob, &token, thread, "2").await;

    posts_into(&alice, &token, thread, "Chocolate").await;
    assert_eq!(subjects(&bob).await, NOBODY);
    posts_into(&alice, &token, thread, "@bob?").await;
    assert_eq!(
        subjects(&bob).await,
        ["alice-displayname mentioned you in conversation Tea"]
    );
    alice.posts(&token, "besides").await;
    assert_eq!(subjects(&bob).await.len(), 2, "elsewhere always");
    follows(&bob, &token, thread, "0").await;
    posts_into(&alice, &token, thread, "Carrot").await;
    assert_eq!(subjects(&bob).await.len(), 3, "as in the conversation");
}

#[tokio::test]
async fn of_a_thread_with_never_nothing_is_told_or_flagged() {
    let (_server, alice, bob, token) = quiet_tea().await;
    let thread = begins(&alice, &token, "Cake", "Which one?").await;
    level(&bob, &token, "1").await;
    let own = posts_into(&bob, &token, thread, "Chocolate").await;
    follows(&bob, &token, thread, "3").await;

    posts_into(&alice, &token, thread, "@bob? @all?").await;
    alice.replies(&token, own, "No").await;
    let path = talk(&format!("/api/v1/reaction/{token}/{own}"));
    alice.post(&path, &[("reaction", "👍")]).await;

    assert_eq!(subjects(&bob).await, NOBODY);
    assert_eq!(bob.room(&token).await["unreadMention"], false);
    alice.posts(&token, "@bob").await;
    assert_eq!(subjects(&bob).await.len(), 1, "elsewhere as ever");
    assert_eq!(bob.room(&token).await["unreadMention"], true);
}

#[tokio::test]
async fn an_edit_in_a_thread_heeds_its_level_too() {
    let (_server, alice, bob, token) = quiet_tea().await;
    let thread = begins(&alice, &token, "Cake", "Which one?").await;
    follows(&bob, &token, thread, "3").await;
    let id = posts_into(&alice, &token, thread, "Chocolate").await;
    edits(&alice, &token, id, "Chocolate, @bob").await;
    assert_eq!(subjects(&bob).await, NOBODY);
    follows(&bob, &token, thread, "2").await;
    edits(&alice, &token, id, "Chocolate").await;
    edits(&alice, &token, id, "Chocolate, @bob!").await;
    assert_eq!(subjects(&bob).await.len(), 1);
}
