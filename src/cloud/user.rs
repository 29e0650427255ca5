//! Accounts: one's own, and those that an administrator looks after. Rules: `chat::account`. Shapes: `view`.
//! Source: server.md 5, 13.1.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::page::Search;
use super::view::{Account, Accounts, Reader, UserIds};
use crate::chat::account::{NewAccount, Which};
use crate::http::form::{BadField, Fields};
use crate::model::User;
use crate::ocs::{Cx, Failure, Form, Reply, Routes, admin, logged_in, manager, special_right};

pub fn routes(r: &mut Routes) {
    r.add_server("GET", "/cloud/user", logged_in(), own)
        .shows::<Account<'static>>();
    r.add_server("GET", "/cloud/user/fields", logged_in(), own_fields)
        .shows::<Vec<String>>();
    r.add_server("GET", "/cloud/user/fields/{userId}", logged_in(), fields_of)
        .shows::<Vec<String>>();
    r.add_server("GET", "/cloud/users", manager(), list)
        .shows::<UserIds<'static>>();
    r.add_server("POST", "/cloud/users", manager().confirmed(), create)
        .shows::<Created<'static>>();
    r.add_server("GET", "/cloud/users/details", manager(), list_details)
        .shows::<Accounts<'static>>();
    r.add_server("GET", "/cloud/users/recent", special_right(), list_recent)
        .shows::<Accounts<'static>>();
    r.add_server("GET", "/cloud/users/disabled", admin(), list_disabled)
        .shows::<Accounts<'static>>();
    r.add_server("GET", "/cloud/users/{userId}", logged_in(), one)
        .shows::<Account<'static>>();
    r.add_server(
        "PUT",
        "/cloud/users/{userId}",
        logged_in().confirmed(),
        edit,
    )
    .limited(50, 600)
    .says_done();
    r.add_server(
        "DELETE",
        "/cloud/users/{userId}",
        admin().confirmed(),
        delete,
    )
    .says_done();
    r.add_server(
        "PUT",
        "/cloud/users/{userId}/{list}",
        logged_in().confirmed(),
        edit_list,
    )
    .says_done();
    // Nobody's phone book is read here.
    r.leave_out("/cloud/users/search/by-phone");
    r.add_server(
        "POST",
        "/cloud/users/{userId}/welcome",
        admin().confirmed(),
        welcome,
    )
    .says_done();
    r.add_server(
        "GET",
        "/cloud/users/{userId}/subadmins",
        admin(),
        groups_led,
    )
    .says_done();
    r.add_server(
        "PUT",
        "/cloud/users/{userId}/enable",
        admin().confirmed(),
        enable,
    )
    .says_done();
    r.add_server(
        "PUT",
        "/cloud/users/{userId}/disable",
        admin().confirmed(),
        disable,
    )
    .says_done();
}

/// What an account may say about itself, as far as it can be edited here.
const EDITABLE: [&str; 15] = [
    "displayname",
    "email",
    "additional_mail",
    "phone",
    "address",
    "website",
    "twitter",
    "bluesky",
    "fediverse",
    "organisation",
    "role",
    "headline",
    "biography",
    "profile_enabled",
    "pronouns",
];

/// The account that the path names.
pub struct Target(pub String);

impl Form for Target {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.text("userId").map(Self)
    }
}

struct Change {
    target: String,
    key: String,
    value: String,
}

impl Form for Change {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            target: fields.text("userId")?,
            key: fields.text("key")?,
            value: fields.text("value")?,
        })
    }
}

/// An entry of one of an account's lists, and what becomes of it.
struct ListChange {
    list: String,
    change: Change,
}

impl Form for ListChange {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            list: fields.text("list")?,
            change: Change::read(fields)?,
        })
    }
}

/// `subadmin`, `quota` and `manager` are not looked at: there are none, or they can be set later.
impl Form for NewAccount {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            id: fields.text("userid")?,
            password: fields.text_or("password", "")?,
            display_name: fields.text_or("displayName", "")?,
            email: fields.text_or("email", "")?,
            language: fields.text_or("language", "")?,
            groups: fields.texts("groups")?,
        })
    }
}

#[derive(Serialize, JsonSchema)]
struct Created<'a> {
    id: &'a str,
}

/// Look at the own account.
///
/// Shape: the account (`view::Account`) with the audience of each field.
async fn own(cx: Cx, user: Arc<User>, (): ()) -> Result<Reply, Failure> {
    show(&cx, &user, &user).await
}

/// Name the fields that the caller may edit of the own account.
///
/// Shape: a list of names.
async fn own_fields(cx: Cx, _: Arc<User>, (): ()) -> Result<Reply, Failure> {
    Ok(Reply::ok(&cx, &EDITABLE))
}

/// Name the fields that the caller may edit of an account.
///
/// Shape: a list of names. Errors: `UserNotFound` 404, `UserHidden` 998.
async fn fields_of(cx: Cx, user: Arc<User>, form: Target) -> Result<Reply, Failure> {
    cx.chat().visible_account(&user, &form.0).await?;
    Ok(Reply::ok(&cx, &EDITABLE))
}

/// Look at an account.
///
/// Shape: the account (`view::Account`). Errors: `UserNotFound` 404, `UserHidden` 998.
async fn one(cx: Cx, user: Arc<User>, form: Target) -> Result<Reply, Failure> {
    let found = cx.chat().visible_account(&user, &form.0).await?;
    show(&cx, &user, &found).await
}

/// List the ids of accounts.
///
/// Shape: `{"users": [id, …]}`.
async fn list(cx: Cx, _: Arc<User>, form: Search) -> Result<Reply, Failure> {
    let users = cx.chat().list_accounts(&form.text, form.page).await?;
    Ok(Reply::ok(&cx, &UserIds::new(&users)))
}

/// List accounts.
///
/// Shape: `{"users": {id: account, …}}`.
async fn list_details(cx: Cx, user: Arc<User>, form: Search) -> Result<Reply, Failure> {
    list_some(&cx, &user, Which::All, form).await
}

/// List those who have logged in, the latest first. Shape: as `list_details`.
async fn list_recent(cx: Cx, user: Arc<User>, form: Search) -> Result<Reply, Failure> {
    list_some(&cx, &user, Which::Recent, form).await
}

/// List those who are kept out. Shape: as `list_details`.
async fn list_disabled(cx: Cx, user: Arc<User>, form: Search) -> Result<Reply, Failure> {
    list_some(&cx, &user, Which::Disabled, form).await
}

/// Make an account.
///
/// Shape: `{"id": id}`. Errors: those of `Chat::create_user`, 101 to 108.
async fn create(cx: Cx, user: Arc<User>, form: NewAccount) -> Result<Reply, Failure> {
    let id = cx.chat().create_user_by(&user, form).await?;
    Ok(Reply::ok(&cx, &Created { id: id.as_str() }))
}

/// Change one thing about an account.
///
/// Shape: `[]`. Errors: `UserHidden` 998, `FieldNotEditable` 113, `InvalidField`, `InvalidPassword` 101,
/// `PasswordTooShort` 107. One more further address does not replace those that are there.
async fn edit(cx: Cx, user: Arc<User>, form: Change) -> Result<Reply, Failure> {
    cx.chat()
        .edit_account(&user, &form.target, &form.key, &form.value)
        .await?;
    Ok(Reply::empty(&cx))
}

/// Change an entry of one of an account's lists; without a value it goes.
///
/// Shape: `[]`. Errors: `UserHidden` 998, `FieldNotEditable` 113, `InvalidField` 101.
async fn edit_list(cx: Cx, user: Arc<User>, form: ListChange) -> Result<Reply, Failure> {
    let change = &form.change;
    cx.chat()
        .edit_account_list(
            &user,
            &change.target,
            &form.list,
            &change.key,
            &change.value,
        )
        .await?;
    Ok(Reply::empty(&cx))
}

/// Send an account the letter that welcomes it: there is none, so nothing happens.
///
/// Shape: `[]`. Errors: `UserNotFound` 404.
async fn welcome(cx: Cx, user: Arc<User>, form: Target) -> Result<Reply, Failure> {
    // Quirk: no-welcome.
    cx.chat().visible_account(&user, &form.0).await?;
    Ok(Reply::empty(&cx))
}

/// List the groups that an account administers: there is only the administration of everything.
///
/// Shape: `[]`. Errors: `UserNotFound` 404.
async fn groups_led(cx: Cx, user: Arc<User>, form: Target) -> Result<Reply, Failure> {
    // Quirk: no-group-admins.
    cx.chat().visible_account(&user, &form.0).await?;
    Ok(Reply::empty(&cx))
}

/// Delete an account.
///
/// Shape: `[]`. Errors: `NotOnThisAccount` 101, `UserHidden` 998.
async fn delete(cx: Cx, user: Arc<User>, form: Target) -> Result<Reply, Failure> {
    cx.chat().delete_account(Some(&user), &form.0).await?;
    Ok(Reply::empty(&cx))
}

/// Let an account in. Shape: `[]`. Errors: `NotOnThisAccount` 101.
async fn enable(cx: Cx, user: Arc<User>, form: Target) -> Result<Reply, Failure> {
    cx.chat()
        .set_account_enabled(Some(&user), &form.0, true)
        .await?;
    Ok(Reply::empty(&cx))
}

/// Keep an account out. Shape: `[]`. Errors: `NotOnThisAccount` 101.
async fn disable(cx: Cx, user: Arc<User>, form: Target) -> Result<Reply, Failure> {
    cx.chat()
        .set_account_enabled(Some(&user), &form.0, false)
        .await?;
    Ok(Reply::empty(&cx))
}

async fn show(cx: &Cx, reader: &User, user: &User) -> Result<Reply, Failure> {
    let details = cx.chat().account_details(user).await?;
    let account = Account {
        details: &details,
        reader: Reader {
            oneself: reader.id == user.id,
            is_admin: reader.is_admin,
        },
    };
    Ok(Reply::ok(cx, &account))
}

async fn list_some(cx: &Cx, user: &User, which: Which, form: Search) -> Result<Reply, Failure> {
    let all = cx
        .chat()
        .list_account_details(which, &form.text, form.page)
        .await?;
    Ok(Reply::ok(cx, &Accounts::new(&all, user)))
}
