//! What stories about pages need: a browser that logs in, reads hidden fields, and opens a client's login flow.

use chinwag::server::throwaway;
use serde_json::Value;

use super::rooms::cloud;
use super::{Actor, Answer, Request, TestServer};

impl TestServer {
    /// One that slows down and refuses who guesses.
    pub async fn on_guard() -> Self {
        let mut limits = throwaway::limits();
        limits.brute_force_protection = true;
        Self::start_with(limits).await
    }

    /// A browser in which alice, who is new, has logged in on the page.
    pub async fn browser_of_alice(&self) -> Actor {
        self.users(["alice"]).await;
        let browser = self.guest();
        let answer = browser.logs_in("alice", "123456").await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        browser
    }
}

impl Actor {
    /// `http://host:port` of the server.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The login form of this browser, filled in and not yet sent.
    pub async fn fills_in(&self, user: &str, password: &str, target: &str) -> Request {
        let page = self.visits("/login").await;
        assert_eq!(page.status, 200, "{}", page.text);
        let fields = [
            ("user", user),
            ("password", password),
            ("requesttoken", &page.hidden("requesttoken")),
            ("redirect_url", target),
        ];
        self.request("POST", "/login")
            .without_header("ocs-apirequest")
            .header("accept", "text/html")
            .header("origin", &self.origin())
            .form(&fields)
    }

    /// Logs in on the page.
    pub async fn logs_in(&self, user: &str, password: &str) -> Answer {
        self.fills_in(user, password, "").await.send().await
    }

    /// A request token for this browser.
    pub async fn request_token(&self) -> String {
        let answer = self.visits("/csrftoken").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["token"].as_str().unwrap().to_owned()
    }

    /// Sends the form of a page with a fresh request token.
    pub async fn submits_from_page(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.request_token().await;
        let mut all = vec![("requesttoken", token.as_str())];
        all.extend_from_slice(fields);
        self.submits(path, &all).await
    }

    /// Whom the server takes this browser for; empty: nobody.
    pub async fn is_known_as(&self) -> String {
        let answer = self.get(&cloud("user")).await;
        match answer.status {
            200 => answer.data()["id"].as_str().unwrap().to_owned(),
            401 => String::new(),
            other => panic!("{other}: {}", answer.text),
        }
    }

    /// Keeps a cookie that somebody else has set.
    pub fn keeps_cookie(&self, name: &str, value: &str) {
        let mut jar = self.jar.lock().unwrap();
        jar.insert(name.to_owned(), value.to_owned());
    }

    /// Begins a login flow as a client: the token to ask with, and the path for the browser.
    pub async fn begins_flow(&self, user_agent: &str) -> (String, String) {
        let answer = self
            .request("POST", "/index.php/login/v2")
            .without_header("ocs-apirequest")
            .header("user-agent", user_agent)
            .send()
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let begun = answer.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let path = text(&begun["login"]);
        let path = path.strip_prefix(&self.origin()).unwrap().to_owned();
        (text(&begun["poll"]["token"]), path)
    }

    /// Asks whether the flow is granted.
    pub async fn asks_for(&self, poll_token: &str) -> Answer {
        self.request("POST", "/index.php/login/v2/poll")
            .without_header("ocs-apirequest")
            .form(&[("token", poll_token)])
            .send()
            .await
    }

    /// Opens a flow in this browser; the state token of its first page.
    pub async fn opens_flow(&self, path: &str) -> String {
        let opened = self.visits(path).await;
        assert_eq!(opened.status, 303, "{}", opened.text);
        let page = self.visits("/login/v2/flow").await;
        assert_eq!(page.status, 200, "{}", page.text);
        page.hidden("stateToken")
    }

    /// Opens the other kind of flow in this browser, as an embedded one does.
    pub async fn opens_redirect_flow(&self, user_agent: &str) -> Answer {
        self.request("GET", "/index.php/login/flow")
            .header("accept", "text/html")
            .header("user-agent", user_agent)
            .send()
            .await
    }
}

impl Answer {
    /// The value of a hidden field of the page's first form that has one.
    #[track_caller]
    pub fn hidden(&self, name: &str) -> String {
        let before = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.text.split_once(&before).expect("a hidden field");
        let (value, _) = rest.split_once('"').expect("its end");
        value.replace("&amp;", "&")
    }

    /// Asserts a page with this heading.
    #[track_caller]
    pub fn expect_page(&self, status: u16, title: &str) {
        assert_eq!(self.status, status, "{}", self.text);
        let title = format!("<h1>{title}</h1>");
        assert!(self.text.contains(&title), "{}", self.text);
        assert!(!self.text.contains("<script"));
        assert_eq!(self.header("x-frame-options"), Some("DENY"));
        let policy = self.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        // Only the login page's form must tell where it comes from.
        let policy = if title.ends_with(">Log in</h1>") {
            "same-origin"
        } else {
            "no-referrer"
        };
        assert_eq!(self.header("referrer-policy"), Some(policy));
    }

    /// Asserts that the browser is led to a path of this server.
    #[track_caller]
    pub fn expect_led_to(&self, actor: &Actor, path: &str) {
        assert_eq!(self.status, 303, "{}", self.text);
        let location = self.header("location").unwrap();
        let origin = actor.origin();
        let led_to = location.strip_prefix(&origin).unwrap_or(location);
        assert_eq!(led_to, path);
    }
}
