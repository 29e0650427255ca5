//! Everything that must be there before something is measured: the running server, its accounts, a conversation with all
//! of them. Several waiters share an account, because making thousands of password hashes would take minutes.

use std::net::SocketAddr;

use serde_json::Value;

use crate::api::Account;
use crate::client::BlockingConnection;
use crate::error::Error;
use crate::process::Process;

/// Accounts in each conversation, its owner not counted.
const ACCOUNTS: usize = 50;
const PASSWORD: &str = "Kettle-0n-The-St0ve";

/// A fresh server with one conversation.
pub struct Stage {
    /// The running server.
    pub server: Process,
    /// The accounts in the conversation; all have logged in once.
    pub accounts: Vec<Account>,
    /// The conversation's token.
    pub token: String,
    /// Id of the newest message.
    pub newest: u64,
}

impl Stage {
    /// Starts the server and sets the conversation up.
    pub fn start() -> Result<Self, Error> {
        let server = Process::start_ours()?;
        let admin = Account::new("admin", "admin");
        let mut connection = BlockingConnection::open(server.address())?;
        let token = create_room(server.address(), &admin)?;
        let mut accounts = Vec::with_capacity(ACCOUNTS);
        for number in 0..ACCOUNTS {
            let name = format!("bench-{number:02}");
            call(&mut connection, &admin.create_user(&name, PASSWORD), &[200])?;
            call(
                &mut connection,
                &admin.add_participant(&token, &name),
                &[200],
            )?;
            accounts.push(Account::new(&name, PASSWORD));
        }
        let newest = post(server.address(), &admin, &token, "the-kettle-is-on")?;
        let stage = Self {
            server,
            accounts,
            token,
            newest,
        };
        stage.log_in()?;
        Ok(stage)
    }

    /// The account that connection number `index` uses.
    pub fn account(&self, index: usize) -> &Account {
        &self.accounts[index % self.accounts.len()]
    }

    /// Posts `text`; the new message's id.
    pub fn post(&self, text: &str) -> Result<u64, Error> {
        post(self.server.address(), self.account(0), &self.token, text)
    }

    /// Bytes of the body that a waiter gets for the messages after `known`.
    pub fn answer_bytes(&self, known: u64) -> Result<usize, Error> {
        let mut connection = BlockingConnection::open(self.server.address())?;
        let (head, _) = connection.exchange(&self.account(0).look(&self.token, known))?;
        match head.status {
            200 => Ok(head.body_bytes),
            status => Err(Error::Unexpected(format!(
                "looking for new messages was answered {status}"
            ))),
        }
    }

    /// Messages on the page before `before`.
    pub fn page_length(&self, before: u64) -> Result<usize, Error> {
        let mut connection = BlockingConnection::open(self.server.address())?;
        let page = call(
            &mut connection,
            &self.account(0).history(&self.token, before),
            &[200],
        )?;
        Ok(page.as_array().map_or(0, Vec::len))
    }

    /// Every account calls once, so that no password is hashed while something is timed.
    fn log_in(&self) -> Result<(), Error> {
        let mut connection = BlockingConnection::open(self.server.address())?;
        for account in &self.accounts {
            call(&mut connection, &account.history(&self.token, 0), &[200])?;
        }
        Ok(())
    }
}

/// Makes a group conversation; its token.
pub fn create_room(address: SocketAddr, owner: &Account) -> Result<String, Error> {
    let mut connection = BlockingConnection::open(address)?;
    let room = call(&mut connection, &owner.create_room("bench"), &[200, 201])?;
    match room["token"].as_str() {
        Some(token) if !token.is_empty() => Ok(token.to_string()),
        _ => Err(Error::Unexpected(format!(
            "no token in the new conversation: {room}"
        ))),
    }
}

fn post(address: SocketAddr, account: &Account, token: &str, text: &str) -> Result<u64, Error> {
    let mut connection = BlockingConnection::open(address)?;
    let message = call(&mut connection, &account.post_message(token, text), &[201])?;
    message["id"]
        .as_u64()
        .ok_or_else(|| Error::Unexpected(format!("no id in the new message: {message}")))
}

/// Sends a request; `ocs.data` of its answer, which must have one of the `expected` statuses.
pub fn call(
    connection: &mut BlockingConnection,
    request: &[u8],
    expected: &[u16],
) -> Result<Value, Error> {
    let (head, _) = connection.exchange(request)?;
    let body = head.body(connection.answer());
    if !expected.contains(&head.status) {
        let request = String::from_utf8_lossy(request);
        let line = request.lines().next().unwrap_or_default();
        let body = String::from_utf8_lossy(body);
        return Err(Error::Unexpected(format!(
            "{line} was answered {}: {body}",
            head.status
        )));
    }
    let mut envelope: Value = serde_json::from_slice(body)?;
    Ok(envelope["ocs"]["data"].take())
}
