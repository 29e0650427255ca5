//! `/call/{token}`: where invitations and links to a conversation lead in a browser.
//! Source: conversations.md 4.2, 4.9; server.md 21.

use crate::support::rooms::room_part;
use crate::support::{Actor, Answer, Request, TestServer};
use chinwag::server::throwaway;
use serde_json::json;

/// Alice's public conversation, to which Ann is invited, and the path of Ann's link.
async fn ann_is_invited() -> (TestServer, Actor, String, String) {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let token = alice.creates_public("Tea <b>").await;
    alice.invites(&token, "ann@tea.example").await;
    let link = server.newest_link();
    (server, alice, token, link)
}

/// Alice's public conversation with a password.
async fn with_password() -> (TestServer, Actor, String) {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let token = alice.creates_public("Tea").await;
    alice
        .sets(&token, "password", &[("password", "kettle")])
        .await;
    (server, alice, token)
}

/// What every page has.
#[track_caller]
fn expect_page(answer: &Answer, status: u16, title: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    let title = format!("<h1>{title}</h1>");
    assert!(answer.text.contains(&title), "{}", answer.text);
    assert!(!answer.text.contains("<script"));
    let header = |name| answer.header(name).unwrap_or_default().to_owned();
    assert_eq!(header("content-type"), "text/html; charset=UTF-8");
    assert_eq!(header("x-frame-options"), "DENY");
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert_eq!(header("x-content-type-options"), "nosniff");
    let policy = header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none';style-src 'sha256-"),
        "{policy}"
    );
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
}

#[tokio::test]
async fn an_invitation_makes_the_browser_known_and_goes_out_of_sight() {
    let (server, _alice, token, link) = ann_is_invited().await;
    let ann = server.guest();

    let opened = ann.visits(&link).await;

    assert_eq!(opened.status, 303);
    assert_eq!(opened.header("location"), Some(token.as_str()));
    assert_eq!(opened.header("referrer-policy"), Some("no-referrer"));
    let page = ann.visits(&format!("/call/{token}")).await;
    expect_page(&page, 200, "Tea &lt;b&gt;");
    assert!(page.text.contains("You are invited as ann@tea.example"));
    let other = server.guest().visits(&format!("/call/{token}")).await;
    expect_page(&other, 200, "Conversation");
}

#[tokio::test]
async fn who_was_invited_joins_as_themselves_without_a_password() {
    let (server, alice, token, link) = ann_is_invited().await;
    alice
        .sets(&token, "password", &[("password", "kettle")])
        .await;
    let ann = server.guest();
    ann.visits(&link).await;

    let joined = ann.joins(&token).await;

    assert_eq!(joined.status, 200, "{}", joined.text);
    assert_eq!(joined.data()["actorType"], "emails");
    assert_eq!(joined.data()["invitedActorId"], "ann@tea.example");
    let session = joined.data()["sessionId"].as_str().unwrap().to_owned();
    assert_eq!(session.find("#ann@tea.example"), Some(255));
    ann.posts(&token, "hello").await;
    let seen = alice.newest(&token).await;
    assert_eq!(seen["actorType"], "emails");
    assert_eq!(seen["actorId"], joined.data()["actorId"]);
    assert_eq!(alice.participants(&token).await.len(), 2);
}

#[tokio::test]
async fn the_link_with_its_index_file_is_the_same() {
    let (server, _alice, token, link) = ann_is_invited().await;
    let opened = server.guest().visits(&format!("/index.php{link}")).await;
    assert_eq!(opened.status, 303);
    assert_eq!(opened.header("location"), Some(token.as_str()));
}

#[tokio::test]
async fn a_link_that_was_changed_is_refused() {
    let (server, _alice, token, link) = ann_is_invited().await;
    let ann = server.guest();

    for wrong in [
        format!("{link}x"),
        link.replace("ann", "ben"),
        format!("/call/{token}?email=ann%40tea.example&access="),
    ] {
        let answer = ann.visits(&wrong).await;
        expect_page(&answer, 403, "This invitation is not valid");
    }

    assert_eq!(ann.joins(&token).await.data()["actorType"], "guests");
}

#[tokio::test]
async fn half_a_link_is_the_plain_page() {
    let (server, _alice, token, _) = ann_is_invited().await;
    for half in ["email=ann%40tea.example", "access=x", "email[]=a&access=b"] {
        let answer = server
            .guest()
            .visits(&format!("/call/{token}?{half}"))
            .await;
        expect_page(&answer, 200, "Conversation");
    }
}

#[tokio::test]
async fn an_account_stays_itself() {
    let (server, _alice, token, link) = ann_is_invited().await;
    let [bob] = server.users(["bob"]).await;

    let opened = bob.visits(&link).await;
    let joined = bob.joins(&token).await;

    assert_eq!(opened.status, 303);
    assert_eq!(joined.data()["actorId"], "bob");
}

#[tokio::test]
async fn a_private_conversation_looks_like_none() {
    let (server, alice, _, _) = ann_is_invited().await;
    let private = alice.creates_group("Secret").await;
    let guest = server.guest();

    let unknown = guest.visits("/call/abcd2345").await;
    let closed = guest.visits(&format!("/call/{private}")).await;
    let invited = guest
        .visits(&format!("/call/{private}?email=ann%40tea.example&access=x"))
        .await;
    let typed = guest
        .submits(&format!("/call/{private}"), &[("password", "x")])
        .await;
    let odd = guest.visits("/call/../x").await;

    for (answer, token) in [(&unknown, "abcd2345"), (&closed, private.as_str())] {
        answer.expect_led_to(&guest, &format!("/login?redirect_url=/call/{token}"));
        assert_eq!(answer.text, "");
    }
    for answer in [&invited, &typed, &odd] {
        expect_page(answer, 404, "Nothing to see here");
        assert_eq!(answer.text, invited.text);
    }
}

#[tokio::test]
async fn a_member_sees_which_conversation_it_is() {
    let (_server, alice, token, _) = ann_is_invited().await;
    let page = alice.visits(&format!("/call/{token}")).await;
    expect_page(&page, 200, "Tea &lt;b&gt;");
}

// The password.

#[tokio::test]
async fn a_password_typed_on_the_page_lets_the_browser_join() {
    let (server, _alice, token) = with_password().await;
    let guest = server.guest();
    let path = format!("/call/{token}");
    let asked = guest.visits(&path).await;
    expect_page(&asked, 200, "Conversation");
    assert!(
        asked.text.contains("<form method=\"post\""),
        "{}",
        asked.text
    );

    let typed = guest.submits(&path, &[("password", "kettle")]).await;

    assert_eq!(typed.status, 303);
    assert_eq!(typed.header("location"), Some(token.as_str()));
    assert!(!guest.visits(&path).await.text.contains("<form"));
    let other = server.guest().joins(&token).await;
    other.refused(403, "password");
    assert_eq!(guest.joins(&token).await.status, 200);
}

#[tokio::test]
async fn a_wrong_password_is_asked_for_again() {
    let (server, _alice, token) = with_password().await;
    let guest = server.guest();
    let path = format!("/call/{token}");

    for fields in [&[("password", "cup")][..], &[("password", "")], &[]] {
        let answer = guest.submits(&path, fields).await;
        expect_page(&answer, 403, "Conversation");
        assert!(answer.text.contains("This is not the password."));
        assert!(answer.text.contains("<form"));
    }

    guest.joins(&token).await.refused(403, "password");
}

#[tokio::test]
async fn a_typed_password_is_void_once_there_is_another() {
    let (server, alice, token) = with_password().await;
    let guest = server.guest();
    let path = format!("/call/{token}");
    guest.submits(&path, &[("password", "kettle")]).await;

    alice.sets(&token, "password", &[("password", "pot")]).await;

    assert!(guest.visits(&path).await.text.contains("<form"));
    guest.joins(&token).await.refused(403, "password");
}

#[tokio::test]
async fn where_no_password_is_any_will_do() {
    let (server, _alice, token, _) = ann_is_invited().await;
    let guest = server.guest();
    let typed = guest
        .submits(&format!("/call/{token}"), &[("password", "x")])
        .await;
    assert_eq!(typed.status, 303);
}

#[tokio::test]
async fn other_methods_are_405() {
    let (server, _alice, token, _) = ann_is_invited().await;
    let answer = server
        .guest()
        .request("PUT", &format!("/call/{token}"))
        .send()
        .await;
    assert_eq!(answer.status, 405);
}

#[tokio::test]
async fn who_guesses_is_refused_at_last() {
    let mut limits = throwaway::limits();
    limits.brute_force_protection = true;
    let server = TestServer::start_with(limits).await;
    let [alice] = server.users(["alice"]).await;
    let token = alice.creates_public("Tea").await;
    let guest = server.guest();
    let guess = || -> Request { guest.request("GET", &format!("/call/{token}?email=a&access=b")) };
    for _ in 0..11 {
        let answer = server.answer_in_time(guess()).await;
        expect_page(&answer, 403, "This invitation is not valid");
    }

    let answer = server.answer_in_time(guess()).await;

    expect_page(&answer, 429, "Too many attempts");
}

#[tokio::test]
async fn a_removed_guest_is_nobody_special() {
    let (server, alice, token, link) = ann_is_invited().await;
    let ann = server.guest();
    ann.visits(&link).await;
    let everybody = alice.participants(&token).await;
    let attendee = everybody[1]["attendeeId"].to_string();
    let removed = alice
        .delete(
            &room_part(&token, "attendees"),
            &[("attendeeId", &attendee)],
        )
        .await;
    removed.expect(200, json!(null));

    let page = ann.visits(&format!("/call/{token}")).await;

    expect_page(&page, 200, "Conversation");
    assert_eq!(ann.joins(&token).await.data()["actorType"], "guests");
}
