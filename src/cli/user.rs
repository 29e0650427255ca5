//! `chinwag user`: looks after accounts in the database itself, while no server runs on it.
//!
//! What a running server remembers of an account would not change with it, so its data directory is locked. Rules:
//! `chat::account`.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::app_password;
use super::offline::{self, CannotOpen};
use crate::chat::account::{NewAccount, Page};
use crate::chat::{AccountRefusal, Chat, Error};
use crate::config::Config;
use crate::model::{Group, User};

const OFFLINE: &str = "\
These commands work on the data directory itself and refuse to while a server runs on it: stop it first, or use its
provisioning API (/ocs/v2.php/cloud/users) instead.

A password is asked for twice at a terminal; otherwise it is the first line of standard input.";

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
#[command(after_help = OFFLINE)]
pub enum UserCommand {
    /// Add a user
    #[command(after_help = OFFLINE)]
    Add(AddArgs),
    /// List all users: name, display name, and what is special
    List,
    /// Set a user's password
    #[command(after_help = OFFLINE)]
    Password { name: String },
    /// Keep a user out; nothing of theirs is lost
    #[command(after_help = OFFLINE)]
    Disable { name: String },
    /// Let a user in again
    #[command(after_help = OFFLINE)]
    Enable { name: String },
    /// Delete a user; their messages stay, without a name
    #[command(after_help = OFFLINE)]
    Delete { name: String },
    /// The same as `chinwag app-password create`
    #[command(after_help = OFFLINE)]
    AppPassword {
        name: String,
        /// What the password is for
        #[arg(long, default_value = "command line")]
        label: String,
    },
}

/// The user to add.
#[derive(Debug, Args)]
pub struct AddArgs {
    /// The name to log in with; it never changes
    name: String,
    /// The name that others see
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// May administer the server
    #[arg(long)]
    admin: bool,
    /// A group to put them in, made if it is missing; may be repeated
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
}

/// Why a command did not do its work.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Open(#[from] CannotOpen),
    #[error("no password was given")]
    NoPassword,
    #[error("the passwords are not the same")]
    PasswordsDiffer,
    #[error("cannot read the password: {0}")]
    Input(#[from] std::io::Error),
    #[error(transparent)]
    Domain(#[from] Error),
}

/// Do it, and say on standard error what went wrong.
pub async fn run(command: UserCommand, config: Config) -> ExitCode {
    match obey(command, &config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("chinwag: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn obey(command: UserCommand, config: &Config) -> Result<(), Failure> {
    let password = match &command {
        UserCommand::Add(_) | UserCommand::Password { .. } => ask_password().await?,
        _ => String::new(),
    };
    let chat = offline::open(config).await?;
    let result = work(&chat, command, password).await;
    chat.close().await;
    result
}

async fn work(chat: &Arc<Chat>, command: UserCommand, password: String) -> Result<(), Failure> {
    match command {
        UserCommand::Add(args) => add(chat, args, password).await?,
        UserCommand::List => {
            for user in chat.list_accounts("", Page::default()).await? {
                println!("{}", line(&user));
            }
        }
        UserCommand::Password { name } => chat.set_account_password(&name, &password).await?,
        UserCommand::Disable { name } => set_enabled(chat, &name, false).await?,
        UserCommand::Enable { name } => set_enabled(chat, &name, true).await?,
        UserCommand::Delete { name } => {
            let user = get(chat, &name).await?;
            chat.delete_account(None, user.id.as_str()).await?;
        }
        UserCommand::AppPassword { name, label } => {
            app_password::create(chat, &name, &label).await?;
        }
    }
    Ok(())
}

async fn add(chat: &Chat, args: AddArgs, password: String) -> Result<(), Error> {
    chat.ensure_admin_group().await?;
    let mut groups = args.groups;
    for group in &groups {
        match chat.create_group(group, "").await {
            Ok(()) | Err(Error::Account(AccountRefusal::GroupExists)) => {}
            Err(error) => return Err(error),
        }
    }
    if args.admin {
        groups.push(Group::ADMIN.to_owned());
    }
    let account = NewAccount {
        id: args.name,
        password,
        display_name: args.display_name.unwrap_or_default(),
        groups,
        ..NewAccount::default()
    };
    chat.create_user(account).await.map(|_| ())
}

async fn set_enabled(chat: &Chat, name: &str, enabled: bool) -> Result<(), Error> {
    let user = get(chat, name).await?;
    chat.set_account_enabled(None, user.id.as_str(), enabled)
        .await
}

async fn get(chat: &Chat, name: &str) -> Result<Arc<User>, Error> {
    let user = chat.find_account(name).await?;
    Ok(user.ok_or(AccountRefusal::UserNotFound)?)
}

fn line(user: &User) -> String {
    let mut line = format!("{}\t{}", user.id, user.display_name);
    if user.is_admin {
        line.push_str("\tadmin");
    }
    if !user.enabled {
        line.push_str("\tdisabled");
    }
    line
}

async fn ask_password() -> Result<String, Failure> {
    let asked = tokio::task::spawn_blocking(read_password).await;
    // The task ends by itself, so it can only have panicked.
    asked.map_err(|error| std::io::Error::other(error.to_string()))?
}

fn read_password() -> Result<String, Failure> {
    if !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        return given(line.trim_end_matches(['\r', '\n']));
    }
    let password = rpassword::prompt_password("Password: ")?;
    if rpassword::prompt_password("Once more: ")? != password {
        return Err(Failure::PasswordsDiffer);
    }
    given(&password)
}

fn given(password: &str) -> Result<String, Failure> {
    match password {
        "" => Err(Failure::NoPassword),
        password => Ok(password.to_owned()),
    }
}
