//! A request waits while the login behind it ends: it ends with it, and tells nothing that came after.
//! Source: ocs.md 4.1, 4.2; server.md 7, 13.1, 19.

use crate::support::rooms::cloud;
use crate::support::{Actor, Answer, TestServer, chat};
use serde_json::json;
use tokio::task::JoinHandle;

const APP_PASSWORD: &str = "/ocs/v2.php/core/apppassword";

/// Alice's room "Tea" with Bob, and a device of his with an app password.
struct Tea {
    server: TestServer,
    alice: Actor,
    bob: Actor,
    device: Actor,
    room: String,
}

async fn tea() -> Tea {
    let server = TestServer::with_calls().await;
    let (alice, bob, room) = server.tea().await;
    let secret = server.app_password("bob").await;
    let device = server.actor(Some(("bob", &secret)));
    Tea {
        server,
        alice,
        bob,
        device,
        room,
    }
}

impl Tea {
    /// Somebody begins to wait for messages.
    async fn waits(&self, actor: &Actor) -> JoinHandle<Answer> {
        let last = self.alice.posts(&self.room, "water").await;
        let waiting = actor.waits_in(&self.room, last);
        self.server.until_waiting(&self.room, 1).await;
        waiting
    }

    async fn changes_bob(&self, key: &str, value: &str) {
        let fields = [("key", key), ("value", value)];
        let changed = self.server.admin().put(&cloud("users/bob"), &fields).await;
        changed.expect(200, json!([]));
    }

    /// A browser in which Bob has logged in on the page.
    async fn browser(&self) -> Actor {
        let browser = self.server.guest();
        let answer = browser.logs_in("bob", "123456").await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        browser
    }

    /// What the newest device's button does on the page of the devices.
    async fn on_newest_device(&self, act: &str) {
        let browser = self.browser().await;
        let page = browser.visits("/devices").await;
        let (_, rest) = page.text.split_once("action=\"/devices/").expect("one");
        let number = rest.split('/').next().unwrap();
        let path = format!("/devices/{number}/{act}");
        let done = browser.submits_from_page(&path, &[]).await;
        done.expect_led_to(&browser, "/devices");
    }

    /// The next message comes to whoever waits still.
    async fn goes_on(&self, waiting: JoinHandle<Answer>) {
        let posted = self.alice.posts(&self.room, "kettle is on").await;
        assert_eq!(waiting.await.unwrap().ids(), [posted]);
    }
}

/// As a new request with the same credentials.
#[track_caller]
fn expect_over(answer: &Answer) {
    answer.says(401, 997, "Unauthorised");
    let challenge = answer.header("www-authenticate");
    assert_eq!(challenge, Some("Basic realm=\"Authorisation Required\""));
    assert_eq!(answer.header("x-user-id"), None);
    assert_eq!(answer.header("set-cookie"), None);
}

#[tokio::test]
async fn a_device_that_revokes_its_app_password_waits_no_longer() {
    let tea = tea().await;
    let waiting = tea.waits(&tea.device).await;

    let revoked = tea.device.elsewhere().delete(APP_PASSWORD, &[]).await;

    revoked.expect(200, json!([]));
    expect_over(&waiting.await.unwrap());
}

#[tokio::test]
async fn nor_does_a_session_that_its_app_password_began() {
    let tea = tea().await;
    assert_eq!(tea.device.is_known_as().await, "bob");
    let waiting = tea.waits(&tea.device.by_cookie_alone()).await;

    let revoked = tea.device.elsewhere().delete(APP_PASSWORD, &[]).await;

    revoked.expect(200, json!([]));
    expect_over(&waiting.await.unwrap());
}

#[tokio::test]
async fn a_device_that_is_revoked_on_the_page_waits_no_longer() {
    let tea = tea().await;
    assert_eq!(tea.device.is_known_as().await, "bob");
    let waiting = tea.waits(&tea.device).await;

    tea.on_newest_device("revoke").await;

    expect_over(&waiting.await.unwrap());
}

#[tokio::test]
async fn a_device_that_is_to_forget_everything_waits_no_longer() {
    let tea = tea().await;
    let waiting = tea.waits(&tea.device).await;

    tea.on_newest_device("wipe").await;

    expect_over(&waiting.await.unwrap());
}

#[tokio::test]
async fn nor_do_all_devices_that_an_administrator_wipes() {
    let tea = tea().await;
    let waiting = tea.waits(&tea.device).await;

    let path = cloud("users/bob/wipe");
    let wiped = tea.server.admin().post(&path, &[]).await;

    wiped.expect(200, json!([]));
    expect_over(&waiting.await.unwrap());
}

#[tokio::test]
async fn a_bearer_waits_no_longer_than_its_app_password_lasts() {
    let tea = tea().await;
    let secret = tea.server.app_password("bob").await;
    let bearer = tea.server.guest();
    let bearer = bearer.with_authorization(&format!("Bearer {secret}"));
    let waiting = tea.waits(&bearer).await;

    tea.on_newest_device("revoke").await;

    expect_over(&waiting.await.unwrap());
}

#[tokio::test]
async fn a_disabled_account_waits_no_longer() {
    let tea = tea().await;
    let devices = tea.waits(&tea.device).await;

    let path = cloud("users/bob/disable");
    let disabled = tea.server.admin().put(&path, &[]).await;

    disabled.expect(200, json!([]));
    expect_over(&devices.await.unwrap());
}

#[tokio::test]
async fn nor_does_one_that_has_a_session_and_a_password() {
    let tea = tea().await;
    assert_eq!(tea.bob.is_known_as().await, "bob");
    let waiting = tea.waits(&tea.bob).await;

    let path = cloud("users/bob/disable");
    tea.server.admin().put(&path, &[]).await;

    expect_over(&waiting.await.unwrap());
}

#[tokio::test]
async fn a_deleted_account_waits_no_longer() {
    let tea = tea().await;
    let waiting = tea.waits(&tea.device).await;

    let deleted = tea.server.admin().delete(&cloud("users/bob"), &[]).await;

    deleted.expect(200, json!([]));
    expect_over(&waiting.await.unwrap());
}

#[tokio::test]
async fn an_account_that_is_enabled_once_more_goes_on_waiting() {
    let tea = tea().await;
    let waiting = tea.waits(&tea.bob.elsewhere()).await;

    let path = cloud("users/bob/enable");
    let enabled = tea.server.admin().put(&path, &[]).await;

    enabled.expect(200, json!([]));
    tea.goes_on(waiting).await;
}

#[tokio::test]
async fn another_password_ends_the_wait_of_who_logged_in_with_the_old_one() {
    let tea = tea().await;
    let waiting = tea.waits(&tea.bob.elsewhere()).await;

    tea.changes_bob("password", "another").await;

    expect_over(&waiting.await.unwrap());
}

#[tokio::test]
async fn another_password_ends_the_wait_of_a_browser() {
    let tea = tea().await;
    let waiting = tea.waits(&tea.browser().await).await;

    tea.changes_bob("password", "another").await;

    expect_over(&waiting.await.unwrap());
}

#[tokio::test]
async fn another_password_lets_devices_go_on_waiting() {
    let tea = tea().await;
    let waiting = tea.waits(&tea.device).await;

    tea.changes_bob("password", "another").await;

    tea.goes_on(waiting).await;
}

#[tokio::test]
async fn other_devices_and_browsers_go_on_waiting() {
    let tea = tea().await;
    let browser = tea.waits(&tea.browser().await).await;
    tea.server.app_password("bob").await;
    tea.on_newest_device("revoke").await;
    tea.goes_on(browser).await;
    let device = tea.waits(&tea.device).await;
    tea.server.app_password("bob").await;
    tea.on_newest_device("revoke").await;
    tea.goes_on(device).await;
}

#[tokio::test]
async fn what_changes_about_an_account_besides_lets_it_go_on_waiting() {
    let tea = tea().await;
    let waiting = tea.waits(&tea.device).await;

    tea.changes_bob("email", "bob@tea.example").await;

    tea.goes_on(waiting).await;
}

#[tokio::test]
async fn a_browser_that_logs_out_waits_no_longer() {
    let tea = tea().await;
    let browser = tea.browser().await;
    let waiting = tea.waits(&browser.snapshot()).await;

    browser.submits_from_page("/logout", &[]).await;

    expect_over(&waiting.await.unwrap());
}

/// Whoever shows a session and something else that nobody looked at asks anew, and is told then.
#[tokio::test]
async fn who_may_be_let_in_by_something_else_is_not_told_that_it_is_over() {
    let tea = tea().await;
    assert_eq!(tea.bob.is_known_as().await, "bob");
    let waiting = tea.waits(&tea.bob).await;

    tea.changes_bob("password", "another").await;

    waiting.await.unwrap().expect_nothing_new();
    expect_over(&tea.bob.reads(&tea.room, "lookIntoFuture=1").await);
}

/// It knows the new secret, and must not believe that it has no account any more.
#[tokio::test]
async fn a_device_whose_app_password_gets_another_secret_asks_anew() {
    let tea = tea().await;
    let waiting = tea.waits(&tea.device).await;

    let path = format!("{APP_PASSWORD}/rotate");
    let renewed = tea.device.elsewhere().post(&path, &[]).await;

    waiting.await.unwrap().expect_nothing_new();
    expect_over(&tea.device.elsewhere().get(&cloud("user")).await);
    let secret = renewed.data()["apppassword"].as_str().unwrap().to_owned();
    let device = tea.device.claiming("bob", &secret);
    assert_eq!(device.is_known_as().await, "bob");
}

/// Whose session is of an app password that was revoked, but who has got another one meanwhile.
#[tokio::test]
async fn a_device_that_logged_in_anew_does_not_end_with_its_old_app_password() {
    let tea = tea().await;
    assert_eq!(tea.device.is_known_as().await, "bob");
    let old = tea.device.elsewhere();
    let secret = tea.server.app_password("bob").await;
    let device = tea.device.claiming("bob", &secret);
    let waiting = tea.waits(&device).await;

    old.delete(APP_PASSWORD, &[]).await.expect(200, json!([]));

    tea.goes_on(waiting).await;
}

#[tokio::test]
async fn who_waits_is_refused_in_their_own_way() {
    let tea = tea().await;
    let last = tea.alice.posts(&tea.room, "water").await;
    let path = format!(
        "{}?lookIntoFuture=1&lastKnownMessageId={last}",
        chat(&tea.room)
    );
    let script = tea.device.request("GET", &path);
    let script = script.header("x-requested-with", "XMLHttpRequest").start();
    let xml = tea.device.request("GET", &path.replace("v2.php", "v1.php"));
    let xml = xml.xml().start();
    tea.server.until_waiting(&tea.room, 2).await;

    tea.on_newest_device("revoke").await;

    let script = script.await.unwrap();
    script.says(401, 997, "Unauthorised");
    let challenge = script.header("www-authenticate");
    assert_eq!(
        challenge,
        Some("DummyBasic realm=\"Authorisation Required\"")
    );
    let xml = xml.await.unwrap();
    let anew = tea.device.request("GET", &path.replace("v2.php", "v1.php"));
    let anew = anew.xml().send().await;
    assert_eq!((xml.status, &xml.text), (anew.status, &anew.text));
    assert!(
        xml.text.contains("<statuscode>997</statuscode>"),
        "{}",
        xml.text
    );
}

#[tokio::test]
async fn who_waits_for_signals_waits_no_longer() {
    let tea = tea().await;
    assert_eq!(tea.device.joins(&tea.room).await.status, 200);
    assert_eq!(tea.device.pulls(&tea.room).await.people(), ["bob"]);
    let pulling = tea.device.pulling(&tea.room);
    tea.server.until_pulling(&tea.room, 1).await;

    tea.on_newest_device("revoke").await;

    expect_over(&pulling.await.unwrap());
}

#[tokio::test]
async fn signals_wait_for_a_device_that_has_to_ask_anew() {
    let tea = tea().await;
    assert_eq!(tea.device.joins(&tea.room).await.status, 200);
    assert_eq!(tea.device.pulls(&tea.room).await.people(), ["bob"]);
    let pulling = tea.device.pulling(&tea.room);
    tea.server.until_pulling(&tea.room, 1).await;

    let path = format!("{APP_PASSWORD}/rotate");
    let renewed = tea.device.elsewhere().post(&path, &[]).await;

    assert_eq!(pulling.await.unwrap().people(), ["bob"]);
    let secret = renewed.data()["apppassword"].as_str().unwrap().to_owned();
    let device = tea.device.claiming("bob", &secret);
    let pulling = device.pulling(&tea.room);
    tea.server.until_pulling(&tea.room, 1).await;
    tea.server.advance(30);
    assert_eq!(pulling.await.unwrap().people(), ["bob"]);
}
