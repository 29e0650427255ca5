//! `chinwag app-password`: looks after the app passwords of users in the database itself, while no server runs on it.
//!
//! Rules: `chat::app_password`.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;

use super::offline::{self, CannotOpen};
use crate::chat::{AccountRefusal, Chat, Error};
use crate::config::Config;
use crate::model::{AppPassword, AppPasswordId, User};

const OFFLINE: &str = "\
These commands work on the data directory itself and refuse to while a server runs on it: stop it first. While it runs,
users look after their own devices on its page /devices, and administrators let them forget everything by
POST /ocs/v2.php/cloud/users/USER/wipe.";

/// What can be done with app passwords.
#[derive(Debug, Subcommand)]
#[command(after_help = OFFLINE)]
pub enum AppPasswordCommand {
    /// List a user's app passwords: number, name, when made, when last used (0: never), and if to be wiped
    List { user: String },
    /// Make an app password, and print it
    #[command(after_help = OFFLINE)]
    Create {
        user: String,
        /// What the password is for
        #[arg(long, default_value = "command line")]
        label: String,
    },
    /// Revoke one by its number; what it began is over
    #[command(after_help = OFFLINE)]
    Revoke { user: String, number: i64 },
    /// Let no device in, and tell each to forget everything when it comes back; with a number only that one
    #[command(after_help = OFFLINE)]
    Wipe { user: String, number: Option<i64> },
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Open(#[from] CannotOpen),
    #[error(transparent)]
    Domain(#[from] Error),
}

/// Do it, and say on standard error what went wrong.
pub async fn run(command: AppPasswordCommand, config: Config) -> ExitCode {
    match obey(command, &config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("chinwag: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn obey(command: AppPasswordCommand, config: &Config) -> Result<(), Failure> {
    let chat = offline::open(config).await?;
    let result = work(&chat, command).await;
    chat.close().await;
    Ok(result?)
}

async fn work(chat: &Chat, command: AppPasswordCommand) -> Result<(), Error> {
    match command {
        AppPasswordCommand::List { user } => {
            let user = get(chat, &user).await?;
            for password in chat.app_passwords(&user).await? {
                println!("{}", line(&password));
            }
        }
        AppPasswordCommand::Create { user, label } => create(chat, &user, &label).await?,
        AppPasswordCommand::Revoke { user, number } => {
            let user = get(chat, &user).await?;
            chat.revoke_app_password(&user, AppPasswordId(number))
                .await?;
        }
        AppPasswordCommand::Wipe { user, number } => {
            let user = get(chat, &user).await?;
            match number {
                Some(number) => chat.wipe_app_password(&user, AppPasswordId(number)).await?,
                None => chat.wipe_devices(None, user.id.as_str()).await?,
            }
        }
    }
    Ok(())
}

/// Make an app password for a user, and print it.
pub async fn create(chat: &Chat, user: &str, label: &str) -> Result<(), Error> {
    let user = get(chat, user).await?;
    let secret = chat.create_app_password(&user.id, user.id.as_str(), label);
    println!("{}", secret.await?);
    Ok(())
}

async fn get(chat: &Chat, name: &str) -> Result<Arc<User>, Error> {
    let user = chat.find_account(name).await?;
    Ok(user.ok_or(AccountRefusal::UserNotFound)?)
}

fn line(password: &AppPassword) -> String {
    let wipe = if password.wipe { "\twipe" } else { "" };
    format!(
        "{}\t{}\t{}\t{}{wipe}",
        password.id.0, password.name, password.created_at, password.last_used_at
    )
}
