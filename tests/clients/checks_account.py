"""nc_py_api around Talk: the server, accounts, groups, statuses, notifications, preferences, avatars, login flow."""

import asyncio
import datetime
import html
import http.cookiejar
import re
import time
import urllib.error
import urllib.parse
import urllib.request

from nc_py_api.talk import ConversationType

from server import ADMIN, PASSWORD, display_name
from table import check, equal, go, missing, reads, refused


@check("nc.capabilities", "nc.srv_version", "nc.check_capabilities", "nc.update_server_info", "nc.response_headers")
async def the_server_says_what_it_can(world):
    nc = world.alice
    await go(nc.update_server_info())
    version = await go(nc.srv_version)
    equal((version["major"], version["minor"], version["micro"]), (32, 0, 1))
    equal((version["string"], version["extended_support"]), ("32.0.1", False))
    spreed = (await go(nc.capabilities))["spreed"]
    assert {"chat-v2", "conversation-v4", "signaling-v3", "bots-v1", "reactions"} <= set(spreed["features"])
    assert all(isinstance(section, dict) for section in spreed["config"].values()), spreed["config"]
    equal(spreed["config"]["chat"]["max-length"], 32000)
    equal(await go(nc.check_capabilities(["spreed", "spreed.features.reactions", "theming"])), [])
    equal(await go(nc.check_capabilities("spreed.features.federation-v1")), ["spreed.features.federation-v1"])
    equal(await go(nc.check_capabilities(["files_sharing", "weather_status"])), ["files_sharing", "weather_status"])
    await go(nc.users.editable_fields())
    assert nc.response_headers["content-type"].startswith("application/json")


@check("nc.theme")
async def the_theme_has_colours(world):
    theme = await go(world.alice.theme)
    assert theme["name"] and isinstance(theme["slogan"], str) and theme["url"].startswith("http")
    for colour in ("color", "color_text", "color_element", "color_element_bright", "color_element_dark"):
        assert len(theme[colour]) == 3 and all(0 <= part <= 255 for part in theme[colour]), colour
    assert theme["color"] != theme["color_text"]
    if theme["logo"]:
        assert theme["logo"].startswith(world.server.url), theme["logo"]
        with urllib.request.urlopen(theme["logo"], timeout=30) as logo:
            assert logo.headers["Content-Type"].startswith("image/"), logo.headers
    assert isinstance(theme["background_plain"], bool) and isinstance(theme["background_default"], bool)


@check("nc.perform_login", "nc.user")
async def logging_in_needs_the_password(world):
    equal(await go(world.logs_in("alice", PASSWORD).perform_login()), True)
    equal(await go(world.logs_in("alice", PASSWORD).user), "alice")
    equal(await go(world.logs_in("alice", "wrong").perform_login()), False)


@check("nc.ocs")
async def any_ocs_request_can_be_sent(world):
    nc = world.alice
    user = await go(nc.ocs("GET", "/ocs/v2.php/cloud/user"))
    equal((user["id"], user["displayname"]), ("alice", display_name("alice")))
    whole = await go(nc.ocs("GET", "/ocs/v1.php/cloud/user", response_type="json"))
    equal((whole["ocs"]["meta"]["status"], whole["ocs"]["meta"]["statuscode"]), ("ok", 100))
    await refused(404, nc.ocs, "GET", "/ocs/v1.php/apps/spreed/api/v4/room/nowhere1")
    await refused(404, nc.ocs, "GET", "/ocs/v1.php/no/such/thing")
    await refused(404, nc.ocs, "GET", "/ocs/v2.php/no/such/thing")


@check("nc.download_log")
async def there_is_no_log_to_download(world):
    for who in (world.alice, world.admin):
        await refused(404, who.download_log, world.scratch("log"))


@check("users.get_user")
async def accounts_are_looked_at(world):
    own = reads(await go(world.alice.users.get_user()))
    equal((own["user_id"], own["display_name"], own["enabled"]), ("alice", display_name("alice"), True))
    equal((own["groups"], own["subadmin"], own["manager"]), ([], [], ""))
    equal((own["email"], own["notify_email"], own["additional_mail"]), ("", "", []))
    for text in ("phone", "address", "website", "twitter", "fediverse", "organisation", "role", "headline",
                 "biography", "storage_location"):
        equal(own[text], "")
    assert own["profile_enabled"] in (True, False) and own["backend"] and own["language"]
    assert isinstance(own["locale"], str) and isinstance(own["quota"], dict)
    equal(own["backend_capabilities"], {"setDisplayName": True, "setPassword": True})
    assert own["last_login"] <= datetime.datetime.now(datetime.timezone.utc)

    by_admin = reads(await go(world.admin.users.get_user("bob")))
    equal((by_admin["user_id"], by_admin["groups"]), ("bob", ["office"]))
    await refused(404, world.alice.users.get_user, "bob")
    await refused(404, world.alice.users.get_user, "nobody")


@check("users.get_list")
async def accounts_are_listed(world):
    assert {"admin", "alice", "bob", "carol"} <= set(await go(world.admin.users.get_list()))
    equal(await go(world.admin.users.get_list("ali")), ["alice"])
    equal(await go(world.admin.users.get_list(limit=1, offset=1)), ["alice"])
    equal(await go(world.admin.users.get_list("no such name")), [])
    await refused(403, world.alice.users.get_list)


@check("users.create", "users.edit", "users.editable_fields", "users.disable", "users.enable", "users.delete",
       "users.resend_welcome_email")  # fmt: skip
async def an_account_lives_and_ends(world):
    users = world.admin.users
    await go(users.create("dora", display_name="Dora D.", password=PASSWORD, groups=["office"], language="en"))
    made = await go(users.get_user("dora"))
    equal((made.display_name, made.groups), ("Dora D.", ["office"]))
    await refused(102, users.create, "dora", password=PASSWORD)
    await refused(104, users.create, "else", password=PASSWORD, groups=["nowhere"])
    await refused(101, users.create, "no/slash", password=PASSWORD)

    dora = world.logs_in("dora", PASSWORD)
    fields = await go(dora.users.editable_fields())
    assert {"displayname", "email", "phone", "website", "biography"} <= set(fields), fields
    await go(dora.users.edit("dora", displayname="Dora", email="Dora@Tea.example", phone="+4971112345"))
    edited = await go(dora.users.get_user())
    equal((edited.display_name, edited.email, edited.phone), ("Dora", "dora@tea.example", "+4971112345"))
    await refused(101, dora.users.edit, "dora", email="no address")
    await refused(113, dora.users.edit, "dora", quota="1 GB")

    await go(users.resend_welcome_email("dora"))
    await go(users.disable("dora"))
    equal((await go(users.get_user("dora"))).enabled, False)
    await refused(401, world.logs_in("dora", PASSWORD).users.get_user)
    await go(users.enable("dora"))
    equal((await go(world.logs_in("dora", PASSWORD).users.get_user())).user_id, "dora")
    await go(users.delete("dora"))
    await refused(404, users.get_user, "dora")
    await refused(101, users.delete, "admin")


@check("users.wipe", only="sync")
async def a_wipe_can_be_asked_for(world):
    await go(world.admin.users.create("wilma", password=PASSWORD))
    await go(world.admin.users.wipe("wilma"))
    await refused(403, world.alice.users.wipe, "wilma")


@check("users.add_to_group", "users.remove_from_group", "users.promote_to_subadmin", "users.demote_from_subadmin",
       "users_groups.get_list", "users_groups.get_details", "users_groups.create", "users_groups.edit",
       "users_groups.delete", "users_groups.get_members", "users_groups.get_subadmins")  # fmt: skip
async def groups_live_and_end(world):
    users, groups = world.admin.users, world.admin.users_groups
    await go(groups.create("tea", display_name="Tea"))
    await refused(102, groups.create, "tea")
    await go(groups.edit("tea", "Tea drinkers"))
    assert {"admin", "office", "tea"} <= set(await go(groups.get_list()))
    equal(await go(groups.get_list("tea")), ["tea"])
    equal(await go(groups.get_list("tea", limit=1, offset=1)), [])

    await go(users.add_to_group("carol", "tea"))
    equal(await go(groups.get_members("tea")), ["carol"])
    (details,) = [reads(group) for group in await go(groups.get_details("tea"))]
    equal((details["group_id"], details["display_name"], details["user_count"]), ("tea", "Tea drinkers", 1))
    equal((details["disabled"], details["can_add"], details["can_remove"]), (False, True, True))
    # Chinwag knows administrators of everything, and none of single groups.
    await refused(405, users.promote_to_subadmin, "carol", "tea")
    await refused(405, users.demote_from_subadmin, "carol", "tea")
    equal(await go(groups.get_subadmins("tea")), [])
    equal((await go(users.get_user("carol"))).subadmin, [])
    await go(users.remove_from_group("carol", "tea"))
    equal(await go(groups.get_members("tea")), [])
    await refused(102, users.add_to_group, "carol", "nowhere")
    await refused(403, world.alice.users_groups.create, "mine")
    await go(groups.delete("tea"))
    await refused(404, groups.get_members, "tea")


@check("users.get_avatar")
async def avatars_are_drawn(world):
    users = world.alice.users
    own = await go(users.get_avatar())
    equal(own[:8], b"\x89PNG\r\n\x1a\n")
    equal(width(own), 512)
    equal(width(await go(users.get_avatar("bob", 64))), 64)
    assert await go(users.get_avatar("bob")) != own
    assert await go(users.get_avatar(dark=True)) != own
    guest = await go(users.get_avatar("Gus the Guest", 64, guest=True))
    equal(guest[:4], b"\x89PNG")
    await refused(404, users.get_avatar, "nobody")


def width(png):
    return int.from_bytes(png[16:20], "big")


@check("preferences.available", "preferences.set_value", "preferences.delete")
async def preferences_are_kept(world):
    preferences = world.alice.preferences
    equal(await go(preferences.available), True)

    async def privacy():
        await go(world.alice.update_server_info())
        return (await go(world.alice.capabilities))["spreed"]["config"]["chat"]["typing-privacy"]

    await go(preferences.set_value("spreed", "typing_privacy", "1"))
    equal(await privacy(), 1)
    await go(preferences.delete("spreed", "typing_privacy"))
    equal(await privacy(), 0)
    await refused(400, preferences.set_value, "spreed", "no_such_key", "1")
    await refused(400, preferences.set_value, "spreed", "typing_privacy", "often")


@check("notifications.available", "notifications.get_all", "notifications.get_one", "notifications.by_object_id",
       "notifications.exists", "notifications.delete", "notifications.delete_all", "notifications.create")  # fmt: skip
async def notifications_are_read_and_dismissed(world):
    told = world.bob.notifications
    equal(await go(told.available), True)
    room = await go(world.alice.talk.create_conversation(ConversationType.GROUP, room_name="Telling"))
    await world.adds(room.token, "bob")
    message = await go(world.alice.talk.send_message("@bob are you there?", room))

    every = await go(told.get_all())
    mention = next(one for one in every if one.object_id == f"{room.token}/{message.message_id}")
    seen = reads(mention)
    equal((seen["app_name"], seen["user_id"], seen["object_type"]), ("spreed", "bob", "chat"))
    equal(seen["subject"], f"{display_name('alice')} mentioned you in conversation Telling")
    equal(seen["message"], f"@{display_name('bob')} are you there?")
    equal(seen["link"], f"{world.server.url}/call/{room.token}#message_{message.message_id}")
    assert seen["icon"].startswith(world.server.url), seen["icon"]
    assert abs(seen["time"].timestamp() - time.time()) < 60
    numbers = [one.notification_id for one in every]
    equal(numbers, sorted(numbers, reverse=True))

    one = await go(told.get_one(mention.notification_id))
    equal(reads(one), seen)
    equal((await go(told.by_object_id(mention.object_id))).notification_id, mention.notification_id)
    equal(await go(told.by_object_id("nowhere/1")), None)
    equal(await go(told.exists([mention.notification_id, 999999999])), [mention.notification_id])
    await refused(404, world.alice.notifications.get_one, mention.notification_id)
    await refused(404, told.get_one, 999999999)
    await go(world.alice.notifications.delete(mention.notification_id))
    equal(await go(told.exists([mention.notification_id])), [mention.notification_id])
    await go(told.delete(mention.notification_id))
    equal(await go(told.exists([mention.notification_id])), [])
    await go(told.delete(mention.notification_id))

    await go(world.alice.talk.send_message("@bob hello?", room))
    assert await go(told.get_all())
    await go(told.delete_all())
    equal(await go(told.get_all()), [])
    try:
        await go(told.create("A subject"))
    except NotImplementedError:
        pass
    else:
        raise AssertionError("only apps create notifications")


@check("user_status.available", "user_status.get_current", "user_status.get", "user_status.get_list",
       "user_status.set_status_type", "user_status.set_status", "user_status.get_predefined",
       "user_status.set_predefined", only="async")  # fmt: skip
async def a_status_is_set_and_seen(world):
    mine, others = world.alice.user_status, world.bob.user_status
    equal(await go(mine.available), True)
    equal(await go(others.get("nobody")), None)
    predefined = {one.status_id: one for one in await go(mine.get_predefined())}
    equal(list(predefined), ["meeting", "commuting", "be-right-back", "remote-work", "sick-leave", "vacationing"])
    meeting = predefined["meeting"]
    equal((meeting.icon, meeting.message), ("📅", "In a meeting"))
    equal((meeting.clear_at.clear_type, meeting.clear_at.time), ("period", 3600))
    equal(predefined["vacationing"].clear_at, None)

    for kind in ("away", "dnd", "invisible", "online"):
        await go(mine.set_status_type(kind))
        own = reads(await go(mine.get_current()))
        equal((own["status_type"], own["status_type_defined"]), (kind, True))
        shown = await go(others.get("alice"))
        equal((shown.user_id, shown.status_type), ("alice", "offline" if kind == "invisible" else kind))
    until = int(time.time()) + 3600
    await go(mine.set_status("Having tea", until, "🫖"))
    own = reads(await go(mine.get_current()))
    equal((own["status_message"], own["status_icon"], own["status_clear_at"]), ("Having tea", "🫖", until))
    equal((own["status_id"], own["message_predefined"]), (None, False))
    shown = reads(await go(others.get("alice")))
    equal((shown["status_message"], shown["status_icon"]), ("Having tea", "🫖"))
    assert "alice" in [one.user_id for one in await go(others.get_list(limit=10, offset=0))]
    await go(mine.set_predefined("meeting", until))
    own = await go(mine.get_current())
    equal((own.status_id, own.message_predefined, own.status_clear_at), ("meeting", True, until))
    await refused(400, mine.set_predefined, "no-such-status")
    await refused(400, mine.set_status, "x" * 81)
    await refused(400, mine.set_status_type, "bogus")
    await go(mine.set_status())
    own = await go(mine.get_current())
    equal((own.status_message, own.status_icon), (None, None))


@check("user_status.get_backup_status", "user_status.restore_backup_status", only="async")
async def no_status_is_covered_by_another(world):
    """Only a call covers a status, and it is told apart without storing both; so there is nothing to go back to."""
    equal(await go(world.bob.user_status.get_backup_status()), None)
    equal(await go(world.bob.user_status.get_backup_status("alice")), None)
    await missing("user_status.restore", world.bob.user_status.restore_backup_status, "meeting")


@check("loginflow_v2.init", "loginflow_v2.poll")
async def the_login_flow_gives_an_app_password(world):
    visitor = world.client(nextcloud_url=world.server.url)
    flow = await go(visitor.loginflow_v2.init(user_agent="Tea client <1>"))
    assert flow.login.startswith(f"{world.server.url}/login/v2/flow/"), flow.login
    equal(flow.endpoint, f"{world.server.url}/login/v2/poll")
    equal((len(flow.token), len(flow.login.rsplit("/", 1)[1])), (128, 128))
    assert flow.token not in flow.login
    await refused(404, visitor.loginflow_v2.poll, flow.token, timeout=1)
    await refused(404, visitor.loginflow_v2.poll, "x" * 128, timeout=1)

    waiting = world.later(visitor.loginflow_v2.poll, flow.token, timeout=30)
    browser = Browser(world.server.url)
    await asyncio.to_thread(browser.grants, flow.login, "alice", PASSWORD, "Tea client &lt;1&gt;")
    found = await waiting

    equal((found.server, found.login_name), (world.server.url, "alice"))
    equal(len(found.app_password), 72)
    equal(await go(visitor.user), "alice")
    equal((await go(visitor.users.get_user())).display_name, display_name("alice"))
    again = world.client(nextcloud_url=world.server.url, nc_auth_user="alice", nc_auth_pass=found.app_password)
    equal(await go(again.perform_login()), True)
    await refused(404, visitor.loginflow_v2.poll, flow.token, timeout=1)
    await go(again.ocs("DELETE", "/ocs/v2.php/core/apppassword"))
    equal(await go(again.perform_login()), False)


class Browser:
    """What a person does in a browser, in plain requests: pages, links, forms, cookies. It knows no scripts."""

    def __init__(self, base):
        self.base = base
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.address = base
        self.page = ""

    def opens(self, address, fields=None):
        address = urllib.parse.urljoin(self.address, address)
        data = urllib.parse.urlencode(fields).encode() if fields is not None else None
        request = urllib.request.Request(address, data=data, headers={"Accept": "text/html", "User-Agent": "Browser"})
        if fields is not None:
            request.add_header("Origin", self.base)
        try:
            answer = self._opener.open(request, timeout=30)
        except urllib.error.HTTPError as refused_by_server:
            answer = refused_by_server
        with answer:
            self.address = answer.geturl()
            self.page = answer.read().decode()
            return answer.status

    def follows(self, part):
        """Clicks the first link whose address has this part."""
        links = re.findall(r'<a\s[^>]*href="([^"]*)"', self.page)
        matching = [html.unescape(link) for link in links if part in link]
        assert matching, f"no link with {part} in {self.address}:\n{self.page}"
        return self.opens(matching[0])

    def sends(self, part, **typed):
        """Fills in and sends the first form whose address has this part."""
        for form in re.finditer(r"<form\s([^>]*)>(.*?)</form>", self.page, re.S):
            action = re.search(r'action="([^"]*)"', form[1])
            action = html.unescape(action[1]) if action else self.address
            if part not in action:
                continue
            fields = {}
            for field in re.findall(r"<input\s([^>]*)>", form[2]):
                name = re.search(r'name="([^"]*)"', field)
                value = re.search(r'value="([^"]*)"', field)
                if name:
                    fields[name[1]] = html.unescape(value[1]) if value else ""
            fields |= typed
            if 'method="post"' in form[1].lower():
                return self.opens(action, fields)
            return self.opens(f"{action}?{urllib.parse.urlencode(fields)}")
        raise AssertionError(f"no form for {part} in {self.address}:\n{self.page}")

    def goes_on(self, part, **typed):
        """Clicks the link or sends the form, whichever the page has."""
        links = re.findall(r'<a\s[^>]*href="([^"]*)"', self.page)
        return self.follows(part) if any(part in link for link in links) else self.sends(part, **typed)

    def grants(self, login, user, password, client):
        """From the address that the client opens to the page that says it is done."""
        equal(self.opens(login), 200)
        assert client in self.page, f"who asks is not said:\n{self.page}"
        equal(self.goes_on("/login/v2/grant"), 200)
        equal(self.sends("/login", user=user, password=password), 200)
        assert "/login/v2/grant" in self.address, f"after the login: {self.address}\n{self.page}"
        equal(self.sends("/login/v2/grant"), 200)
