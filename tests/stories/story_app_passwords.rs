//! App passwords: asked for, renewed, revoked, wiped, and what ends with them. Source: server.md 7, 13.1, 19.

use crate::support::rooms::cloud;
use crate::support::{Actor, TestServer};
use serde_json::{Value, json};

const CORE: &str = "/ocs/v2.php/core/";

async fn alice() -> (TestServer, Actor, Actor) {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let secret = server.app_password("alice").await;
    let device = server.actor(Some(("alice", &secret)));
    (server, alice, device)
}

fn core(path: &str) -> String {
    format!("{CORE}{path}")
}

fn secret(data: &Value) -> String {
    let secret = data["apppassword"].as_str().unwrap();
    assert_eq!(secret.len(), 72);
    secret.to_owned()
}

/// The number of the newest device on the page.
async fn newest_device(browser: &Actor) -> String {
    let page = browser.visits("/devices").await;
    page.expect_page(200, "Devices");
    let (_, rest) = page
        .text
        .split_once("action=\"/devices/")
        .expect("a device");
    rest.split('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_client_with_the_password_asks_for_an_app_password() {
    let (server, alice, _) = alice().await;

    let request = alice.request("GET", &core("getapppassword"));
    let answer = request.header("user-agent", "Tea <b>").send().await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    let device = server.actor(Some(("alice", &secret(&answer.data()))));
    assert_eq!(device.is_known_as().await, "alice");
    let browser = server.guest();
    browser.logs_in("alice", "123456").await;
    let page = browser.visits("/devices").await;
    assert!(
        page.text.contains("<h2>Tea &lt;b&gt;</h2>"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn a_client_with_an_app_password_does_not() {
    let (_server, _, device) = alice().await;

    let answer = device.get(&core("getapppassword")).await;

    answer.says(
        403,
        403,
        "You cannot request an new apppassword with an apppassword",
    );
}

#[tokio::test]
async fn who_is_nobody_has_no_app_passwords() {
    let (server, _, _) = alice().await;
    for (method, path) in [
        ("GET", "getapppassword"),
        ("DELETE", "apppassword"),
        ("POST", "apppassword/rotate"),
        ("PUT", "apppassword/confirm"),
    ] {
        let answer = server.guest().request(method, &core(path)).send().await;
        answer.says(401, 997, "Current user is not logged in");
    }
    let onetime = server.guest().get(&core("getapppassword-onetime")).await;
    assert_eq!(onetime.meta()["statuscode"], 998);
}

#[tokio::test]
async fn a_revoked_app_password_ends_at_once_what_it_began_and_nothing_else() {
    let (server, alice, device) = alice().await;
    let other = server.app_password("alice").await;
    let other = server.actor(Some(("alice", &other)));
    for actor in [&alice, &device, &other] {
        assert_eq!(actor.is_known_as().await, "alice");
    }

    device
        .delete(&core("apppassword"), &[])
        .await
        .expect(200, json!([]));

    let refused = device.get(&cloud("user")).await;
    refused.says(401, 997, "Unauthorised");
    assert_eq!(device.by_cookie_alone().is_known_as().await, "");
    for actor in [&alice, &other] {
        assert_eq!(actor.is_known_as().await, "alice");
        assert_eq!(actor.by_cookie_alone().is_known_as().await, "alice");
    }
}

#[tokio::test]
async fn a_bearer_of_an_app_password_revokes_it_as_well() {
    let (server, _, _) = alice().await;
    let secret = server.app_password("alice").await;
    let device = server
        .guest()
        .with_authorization(&format!("Bearer {secret}"));

    device
        .delete(&core("apppassword"), &[])
        .await
        .expect(200, json!([]));

    assert_eq!(device.is_known_as().await, "");
}

#[tokio::test]
async fn the_password_itself_cannot_be_revoked_or_rotated() {
    let (_server, alice, _) = alice().await;

    let revoked = alice.delete(&core("apppassword"), &[]).await;
    let rotated = alice.post(&core("apppassword/rotate"), &[]).await;

    revoked.says(403, 403, "no app password in use");
    rotated.says(403, 403, "no app password in use");
}

#[tokio::test]
async fn an_app_password_gets_another_secret() {
    let (server, _, device) = alice().await;
    assert_eq!(device.is_known_as().await, "alice");

    let answer = device.post(&core("apppassword/rotate"), &[]).await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    let renewed = server.actor(Some(("alice", &secret(&answer.data()))));
    assert_eq!(renewed.is_known_as().await, "alice");
    let old = device.elsewhere().get(&cloud("user")).await;
    old.says(401, 997, "Unauthorised");
}

#[tokio::test]
async fn another_secret_ends_what_the_old_one_began_and_nothing_else() {
    let (server, alice, device) = alice().await;
    let other = server.app_password("alice").await;
    let other = server.actor(Some(("alice", &other)));
    for actor in [&alice, &device, &other] {
        assert_eq!(actor.is_known_as().await, "alice");
    }
    let stolen = device.snapshot();

    let answer = device.post(&core("apppassword/rotate"), &[]).await;

    let renewed = device.claiming("alice", &secret(&answer.data()));
    assert_eq!(stolen.by_cookie_alone().is_known_as().await, "");
    assert_eq!(renewed.is_known_as().await, "alice");
    assert_eq!(renewed.by_cookie_alone().is_known_as().await, "alice");
    for actor in [&alice, &other] {
        assert_eq!(actor.by_cookie_alone().is_known_as().await, "alice");
    }
    let again = renewed.post(&core("apppassword/rotate"), &[]).await;
    let last = server.actor(Some(("alice", &secret(&again.data()))));
    assert_eq!(last.is_known_as().await, "alice");
}

#[tokio::test]
async fn an_app_password_stays_good_for_the_name_by_which_it_was_made() {
    let server = TestServer::start().await;
    server.users(["alice", "bob"]).await;
    let admin = server.admin();
    let gets_address = async |user: &str, address: &str| {
        let fields = [("key", "email"), ("value", address)];
        let path = cloud(&format!("users/{user}"));
        admin.put(&path, &fields).await.expect(200, json!([]));
    };
    gets_address("alice", "old@tea.example").await;
    let browser = server.guest();
    let logged_in = browser.logs_in("old@tea.example", "123456").await;
    assert_eq!(logged_in.status, 303, "{}", logged_in.text);
    let page = browser
        .submits_from_page("/devices", &[("name", "phone")])
        .await;
    let link = "&amp;user:old%40tea%2Eexample&amp;password:";
    let (_, rest) = page.text.split_once(link).expect(&page.text);
    let by_name = rest[..72].to_owned();
    let by_id = server.app_password("alice").await;

    gets_address("alice", "new@tea.example").await;
    gets_address("bob", "old@tea.example").await;

    for (login, secret, expected) in [
        ("old@tea.example", by_name.as_str(), "alice"),
        ("OLD@tea.example", &by_name, "alice"),
        ("new@tea.example", &by_name, "alice"),
        ("ALICE", &by_name, "alice"),
        ("new@tea.example", &by_id, "alice"),
        ("old@tea.example", &by_id, ""),
        ("old@tea.example", "123456", "bob"),
        ("other@tea.example", &by_name, ""),
        ("bob", &by_name, ""),
    ] {
        let client = server.actor(Some((login, secret)));
        assert_eq!(client.is_known_as().await, expected, "{login}");
    }

    let client = server.actor(Some(("old@tea.example", &by_name)));
    let renewed = client.post(&core("apppassword/rotate"), &[]).await;
    let renewed = secret(&renewed.data());
    let client = server.actor(Some(("old@tea.example", &renewed)));
    assert_eq!(client.is_known_as().await, "alice");
}

#[tokio::test]
async fn a_client_that_asks_for_an_app_password_may_go_on_sending_the_name_it_sent() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let gets_address = async |address: &str| {
        let fields = [("key", "email"), ("value", address)];
        let changed = server.admin().put(&cloud("users/alice"), &fields).await;
        changed.expect(200, json!([]));
    };
    gets_address("old@tea.example").await;
    let by_address = alice.elsewhere().claiming("old@tea.example", "123456");
    let first = by_address.get(&core("getapppassword")).await;
    let in_session = by_address.get(&core("getapppassword")).await;
    let by_cookie = by_address.by_cookie_alone();
    let by_cookie = by_cookie.get(&core("getapppassword")).await;
    let by_id = alice.get(&core("getapppassword")).await;

    gets_address("new@tea.example").await;

    for made in [&first, &in_session, &by_cookie] {
        let client = server.actor(Some(("old@tea.example", &secret(&made.data()))));
        assert_eq!(client.is_known_as().await, "alice");
    }
    let client = server.actor(Some(("old@tea.example", &secret(&by_id.data()))));
    assert_eq!(client.is_known_as().await, "");
    let client = server.actor(Some(("alice", &secret(&first.data()))));
    assert_eq!(client.is_known_as().await, "alice");
}

#[tokio::test]
async fn a_client_revokes_and_renews_the_app_password_that_it_sends() {
    let (server, _, device) = alice().await;
    assert_eq!(device.is_known_as().await, "alice");
    let other = server.app_password("alice").await;
    let client = device.claiming("alice", &other);

    let renewed = client.post(&core("apppassword/rotate"), &[]).await;
    let client = device.claiming("alice", &secret(&renewed.data()));
    let revoked = client.delete(&core("apppassword"), &[]).await;

    revoked.expect(200, json!([]));
    assert_eq!(client.elsewhere().is_known_as().await, "");
    assert_eq!(device.elsewhere().is_known_as().await, "alice");
}

#[tokio::test]
async fn a_client_whose_session_began_with_the_password_uses_its_app_password() {
    let (server, alice, _) = alice().await;
    let made = alice.get(&core("getapppassword")).await;
    let client = alice.claiming("alice", &secret(&made.data()));
    assert_eq!(client.is_known_as().await, "alice");

    client
        .delete(&core("apppassword"), &[])
        .await
        .expect(200, json!([]));

    let gone = client.elsewhere().get(&cloud("user")).await;
    gone.says(401, 997, "Unauthorised");
    assert_eq!(
        server.actor(Some(("alice", "123456"))).is_known_as().await,
        "alice"
    );
}

#[tokio::test]
async fn a_password_is_confirmed() {
    let (server, alice, device) = alice().await;
    let now = server.now();
    for actor in [&alice, &device] {
        let path = core("apppassword/confirm");
        let right = actor.put(&path, &[("password", "123456")]).await;
        let wrong = actor.put(&path, &[("password", "x")]).await;
        let missing = actor.put(&path, &[]).await;

        right.expect(200, json!({ "lastLogin": now }));
        wrong.expect(403, json!([]));
        missing.expect(400, json!({ "error": "password" }));
    }
}

#[tokio::test]
async fn an_account_has_only_so_many() {
    let (_server, alice, _) = alice().await;
    for _ in 1..200 {
        assert_eq!(alice.get(&core("getapppassword")).await.status, 200);
    }

    let refused = alice.get(&core("getapppassword")).await;

    refused.says(
        403,
        403,
        "There are too many app passwords, revoke one first",
    );
}

// The page.

#[tokio::test]
async fn devices_are_made_on_the_page_and_shown_once() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;

    let fields = [("name", "My\nphone")];
    let page = browser.submits_from_page("/devices", &fields).await;

    page.expect_page(200, "New app password");
    let link = format!(
        "nc://login/server:{}&amp;user:alice&amp;password:",
        browser.origin()
    );
    let (_, rest) = page.text.split_once(&link).expect(&page.text);
    let device = server.actor(Some(("alice", &rest[..72])));
    assert_eq!(device.is_known_as().await, "alice");
    let list = browser.visits("/devices").await;
    assert!(list.text.contains("<h2>My phone</h2>"), "{}", list.text);
    assert!(!list.text.contains(&rest[..72]));
}

#[tokio::test]
async fn devices_are_revoked_on_the_page() {
    let (server, _, device) = alice().await;
    assert_eq!(device.is_known_as().await, "alice");
    let browser = server.guest();
    browser.logs_in("alice", "123456").await;
    let number = newest_device(&browser).await;

    let path = format!("/devices/{number}/revoke");
    let answer = browser.submits_from_page(&path, &[]).await;

    answer.expect_led_to(&browser, "/devices");
    assert_eq!(device.is_known_as().await, "");
    let again = browser.submits_from_page(&path, &[]).await;
    again.expect_page(404, "Nothing to see here");
}

#[tokio::test]
async fn nobody_touches_the_devices_of_others() {
    let (server, _, device) = alice().await;
    server.users(["bob"]).await;
    let (owner, stranger) = (server.guest(), server.guest());
    owner.logs_in("alice", "123456").await;
    stranger.logs_in("bob", "123456").await;
    let number = newest_device(&owner).await;

    for act in ["revoke", "wipe"] {
        let path = format!("/devices/{number}/{act}");
        let foreign = stranger.submits_from_page(&path, &[]).await;
        foreign.expect_page(404, "Nothing to see here");
        let forged = owner.submits(&path, &[]).await;
        forged.expect_page(412, "This page is too old");
        let visitor = server.guest();
        let nobody = visitor.submits_from_page(&path, &[]).await;
        nobody.expect_led_to(&visitor, "/login?redirect_url=/");
    }
    for odd in ["x", "-1", "99999999999999999999"] {
        let path = format!("/devices/{odd}/revoke");
        let answer = owner.submits_from_page(&path, &[]).await;
        answer.expect_page(404, "Nothing to see here");
    }

    assert_eq!(device.is_known_as().await, "alice");
}

#[tokio::test]
async fn a_new_device_needs_the_password_if_it_was_typed_long_ago() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    server.advance(30 * 60);
    let asked = browser.visits("/devices").await;
    assert!(asked.text.contains("Your password"), "{}", asked.text);

    let without = browser
        .submits_from_page("/devices", &[("name", "x")])
        .await;
    let fields = [("name", "x"), ("password", "wrong")];
    let wrong = browser.submits_from_page("/devices", &fields).await;
    let fields = [("name", "x"), ("password", "123456")];
    let right = browser.submits_from_page("/devices", &fields).await;

    for refused in [&without, &wrong] {
        refused.expect_page(403, "Devices");
        assert!(refused.text.contains("This is not your password."));
    }
    right.expect_page(200, "New app password");
    let now = browser.visits("/devices").await;
    assert!(!now.text.contains("Your password"), "{}", now.text);
}

#[tokio::test]
async fn an_app_password_does_not_look_after_devices() {
    let (server, _, device) = alice().await;
    assert_eq!(device.is_known_as().await, "alice");
    let owner = server.guest();
    owner.logs_in("alice", "123456").await;
    let number = newest_device(&owner).await;
    let (revoke, wipe) = (
        format!("/devices/{number}/revoke"),
        format!("/devices/{number}/wipe"),
    );

    for actor in [device.elsewhere(), device.by_cookie_alone()] {
        let listed = actor.visits("/devices").await;
        listed.expect_page(403, "Not possible");
        for path in ["/devices", &revoke, &wipe] {
            let fields = [("name", "x"), ("password", "123456")];
            let refused = actor.submits_from_page(path, &fields).await;
            refused.expect_page(403, "Not possible");
            assert!(!refused.text.contains("nc://"), "{}", refused.text);
        }
    }

    assert_eq!(device.is_known_as().await, "alice");
    let page = owner.visits("/devices").await;
    assert_eq!(page.text.matches("Revoke access</button>").count(), 1);
}

// Wiping.

async fn is_wiped(actor: &Actor, what: &str, secret: &str) -> (u16, String) {
    let path = format!("/index.php/core/wipe/{what}");
    let request = actor
        .request("POST", &path)
        .without_header("ocs-apirequest");
    let answer = request.form(&[("token", secret)]).send().await;
    assert_eq!(answer.header("set-cookie"), None);
    (answer.status, answer.text)
}

#[tokio::test]
async fn an_administrator_wipes_all_devices_of_an_account() {
    let (server, alice, _) = alice().await;
    let secret = server.app_password("alice").await;
    let device = server.actor(Some(("alice", &secret)));
    assert_eq!(device.is_known_as().await, "alice");
    let nothing = (404, "[]".to_owned());
    assert_eq!(is_wiped(&device, "check", &secret).await, nothing);
    assert_eq!(is_wiped(&device, "success", &secret).await, nothing);

    let path = cloud("users/alice/wipe");
    server.admin().post(&path, &[]).await.expect(200, json!([]));

    let refused = device.get(&cloud("user")).await;
    refused.says(401, 997, "Unauthorised");
    assert_eq!(device.by_cookie_alone().is_known_as().await, "");
    let bearer = server
        .guest()
        .with_authorization(&format!("Bearer {secret}"));
    assert_eq!(bearer.is_known_as().await, "");
    let wipe = (200, r#"{"wipe":true}"#.to_owned());
    assert_eq!(is_wiped(&device, "check", &secret).await, wipe);
    assert_eq!(
        is_wiped(&device, "success", &secret).await,
        (200, "[]".to_owned())
    );
    assert_eq!(is_wiped(&device, "check", &secret).await, nothing);
    assert_eq!(is_wiped(&device, "success", &secret).await, nothing);
    assert_eq!(is_wiped(&device, "check", "").await, nothing);
    assert_eq!(alice.is_known_as().await, "alice");
}

#[tokio::test]
async fn only_administrators_wipe_and_not_their_own() {
    let (server, alice, _) = alice().await;
    let admin = server.admin();

    let refused = alice.post(&cloud("users/alice/wipe"), &[]).await;
    let own = admin.post(&cloud("users/admin/wipe"), &[]).await;
    let nobody = admin.post(&cloud("users/nobody/wipe"), &[]).await;

    refused.says(403, 403, "Logged in account must be an admin");
    own.says(400, 101, "");
    nobody.says(404, 998, "");
}

#[tokio::test]
async fn an_owner_wipes_one_device() {
    let (server, _, device) = alice().await;
    let lost = server.app_password("alice").await;
    let browser = server.guest();
    browser.logs_in("alice", "123456").await;
    let number = newest_device(&browser).await;

    let path = format!("/devices/{number}/wipe");
    browser
        .submits_from_page(&path, &[])
        .await
        .expect_led_to(&browser, "/devices");

    let wipe = (200, r#"{"wipe":true}"#.to_owned());
    assert_eq!(is_wiped(&server.guest(), "check", &lost).await, wipe);
    assert_eq!(device.is_known_as().await, "alice");
    let page = browser.visits("/devices").await;
    assert!(
        page.text.contains("will forget everything"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn one_address_asks_only_so_often() {
    let server = TestServer::on_guard().await;
    let client = server.guest();
    for _ in 0..10 {
        assert_eq!(is_wiped(&client, "check", "x").await.0, 404);
    }

    let too_often = (429, String::new());
    assert_eq!(is_wiped(&client, "check", "x").await, too_often);
    assert_eq!(is_wiped(&client, "success", "x").await, too_often);
    server.advance(300);

    assert_eq!(is_wiped(&client, "check", "x").await.0, 404);
}
