//! Groups of accounts and who belongs to them. Rules: `chat::group`. Shapes: `view`. Source: server.md 13.2.

use std::sync::Arc;

use super::page::{Search, SearchInGroup};
use super::user::Target;
use super::view::{Accounts, GroupIds, Groups, UserIds};
use crate::chat::AccountRefusal;
use crate::http::form::{BadField, Fields};
use crate::model::User;
use crate::ocs::{Cx, Failure, Form, Reply, Routes, admin, logged_in, manager, special_right};

pub fn routes(r: &mut Routes) {
    r.add_server("GET", "/cloud/groups", manager(), list)
        .shows::<GroupIds<'static>>();
    r.add_server("POST", "/cloud/groups", special_right().confirmed(), create)
        .says_done();
    r.add_server(
        "GET",
        "/cloud/groups/details",
        special_right(),
        list_details,
    )
    .shows::<Groups<'static>>();
    r.add_server("GET", "/cloud/groups/{groupId}", logged_in(), members)
        .shows::<UserIds<'static>>();
    r.add_server(
        "PUT",
        "/cloud/groups/{groupId}",
        special_right().confirmed(),
        rename,
    )
    .says_done();
    r.add_server(
        "DELETE",
        "/cloud/groups/{groupId}",
        special_right().confirmed(),
        delete,
    )
    .says_done();
    r.add_server("GET", "/cloud/groups/{groupId}/users", logged_in(), members)
        .shows::<UserIds<'static>>();
    r.add_server(
        "GET",
        "/cloud/groups/{groupId}/users/details",
        logged_in(),
        member_details,
    )
    .shows::<Accounts<'static>>();
    r.add_server("GET", "/cloud/groups/{groupId}/subadmins", admin(), leaders)
        .says_done();
    r.add_server(
        "GET",
        "/cloud/users/{userId}/groups",
        logged_in(),
        groups_of,
    )
    .shows::<GroupIds<'static>>();
    r.add_server(
        "POST",
        "/cloud/users/{userId}/groups",
        admin().confirmed(),
        join,
    )
    .says_done();
    r.add_server(
        "DELETE",
        "/cloud/users/{userId}/groups",
        admin().confirmed(),
        leave,
    )
    .says_done();
}

struct NewGroup {
    id: String,
    display_name: String,
}

impl Form for NewGroup {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            id: fields.text("groupid")?,
            display_name: fields.text_or("displayname", "")?,
        })
    }
}

/// The group that the path names.
struct Named(String);

impl Form for Named {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.text("groupId").map(Self)
    }
}

struct Rename {
    group: String,
    key: String,
    value: String,
}

impl Form for Rename {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            group: fields.text("groupId")?,
            key: fields.text("key")?,
            value: fields.text("value")?,
        })
    }
}

/// An account and a group, whose name may be missing: that is refused by a number of its own.
struct Membership {
    target: String,
    group: String,
}

impl Form for Membership {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            target: fields.text("userId")?,
            group: fields.text_or("groupid", "")?,
        })
    }
}

/// List the ids of groups.
///
/// Shape: `{"groups": [id, …]}`.
async fn list(cx: Cx, _: Arc<User>, form: Search) -> Result<Reply, Failure> {
    let groups = cx.chat().list_groups(&form.text, form.page).await?;
    let groups = groups.iter().map(|group| group.id.as_str()).collect();
    Ok(Reply::ok(&cx, &GroupIds { groups }))
}

/// List groups with names and sizes.
///
/// Shape: `{"groups": [{…}, …]}`.
async fn list_details(cx: Cx, _: Arc<User>, form: Search) -> Result<Reply, Failure> {
    let groups = cx.chat().list_group_sizes(&form.text, form.page).await?;
    Ok(Reply::ok(&cx, &Groups::new(&groups)))
}

/// Make a group.
///
/// Shape: `[]`. Errors: `InvalidGroupName` 101, `GroupExists` 102.
async fn create(cx: Cx, _: Arc<User>, form: NewGroup) -> Result<Reply, Failure> {
    cx.chat().create_group(&form.id, &form.display_name).await?;
    Ok(Reply::empty(&cx))
}

/// Give a group another name.
///
/// Shape: `[]`. Errors: `UnknownGroupKey` 999, `GroupToChangeUnknown` 998, `InvalidGroupName` 101.
async fn rename(cx: Cx, _: Arc<User>, form: Rename) -> Result<Reply, Failure> {
    if form.key != "displayname" {
        return Err(AccountRefusal::UnknownGroupKey.into());
    }
    cx.chat().rename_group(&form.group, &form.value).await?;
    Ok(Reply::empty(&cx))
}

/// Delete a group.
///
/// Shape: `[]`. Errors: `UnknownGroup` 101, `AdminGroupStays` 102.
async fn delete(cx: Cx, user: Arc<User>, form: Named) -> Result<Reply, Failure> {
    cx.chat().delete_group(&user, &form.0).await?;
    Ok(Reply::empty(&cx))
}

/// List who belongs to a group.
///
/// Shape: `{"users": [id, …]}`. Errors: `GroupNotFound` 404, `UserHidden` 998.
async fn members(cx: Cx, user: Arc<User>, form: Named) -> Result<Reply, Failure> {
    let users = cx.chat().group_members(&user, &form.0).await?;
    Ok(Reply::ok(&cx, &UserIds::new(&users)))
}

/// List who belongs to a group, with everything about them.
///
/// Shape: `{"users": {id: account, …}}`. Errors: `GroupNotFound` 404, `UserHidden` 998.
async fn member_details(cx: Cx, user: Arc<User>, form: SearchInGroup) -> Result<Reply, Failure> {
    let search = form.search;
    let all = cx
        .chat()
        .group_member_details(&user, &form.group, &search.text, search.page)
        .await?;
    Ok(Reply::ok(&cx, &Accounts::new(&all, &user)))
}

/// List who administers a group alone: nobody does.
///
/// Shape: `[]`. Errors: `GroupNotFound` 404.
async fn leaders(cx: Cx, user: Arc<User>, form: Named) -> Result<Reply, Failure> {
    // Quirk: no-group-admins.
    cx.chat().group_members(&user, &form.0).await?;
    Ok(Reply::empty(&cx))
}

/// List the groups of an account.
///
/// Shape: `{"groups": [id, …]}`. Errors: `UserHidden` 998.
async fn groups_of(cx: Cx, user: Arc<User>, form: Target) -> Result<Reply, Failure> {
    let groups = cx.chat().groups_of_account(&user, &form.0).await?;
    let groups = groups.iter().map(|group| group.id.as_str()).collect();
    Ok(Reply::ok(&cx, &GroupIds { groups }))
}

/// Put an account into a group.
///
/// Shape: `[]`. Errors: `NoGroupNamed` 101, `GroupToJoinUnknown` 102, `UserToJoinUnknown` 103.
async fn join(cx: Cx, user: Arc<User>, form: Membership) -> Result<Reply, Failure> {
    cx.chat()
        .join_group(&user, &form.target, &form.group)
        .await?;
    Ok(Reply::empty(&cx))
}

/// Take an account out of a group.
///
/// Shape: `[]`. Errors: as `join`, and `LastAdminStays` 105.
async fn leave(cx: Cx, user: Arc<User>, form: Membership) -> Result<Reply, Failure> {
    cx.chat()
        .leave_group(&user, &form.target, &form.group)
        .await?;
    Ok(Reply::empty(&cx))
}
