"""What nc_py_api can do and Chinwag has not: the library must find out in its own way, without a crash or a wait.

Most of it asks the capabilities first and reports the missing one; what does not ask gets 404.
"""

import io

from nc_py_api.files import FsNode, ShareType
from nc_py_api.notes import Note
from nc_py_api.weather_status import WeatherLocationMode

from table import check, equal, go, missing, refused

NODE = FsNode("files/alice/cake.txt", file_id="00000001abc")
NOTE = Note({"id": 1, "title": "", "modified": 0, "content": "", "favorite": False, "category": "", "readonly": False,
             "etag": "x"})  # fmt: skip
TEAMS = {
    "get_list": (), "create": ("x",), "get_details": ("x",), "destroy": ("x",), "edit_name": ("x", "y"),
    "edit_description": ("x", "y"), "edit_config": ("x", 1), "get_members": ("x",), "add_member": ("x", "bob"),
    "add_members": ("x", []), "remove_member": ("x", "y"), "set_member_level": ("x", "y", 1),
    "confirm_member": ("x", "y"), "join": ("x",), "leave": ("x",),
}  # fmt: skip
NOTES = {"get_list": (), "by_id": (NOTE,), "create": ("x",), "update": (NOTE, "x"), "delete": (1,),
         "get_settings": (), "set_settings": ("x",)}  # fmt: skip
WEATHER = {"get_location": (), "set_location": (1.0, 2.0), "get_forecast": (), "get_favorites": (),
           "set_favorites": (["x"],), "set_mode": (WeatherLocationMode.MODE_MANUAL_LOCATION,)}  # fmt: skip
SHARING = {"get_list": (), "get_by_id": (1,), "get_inherited": ("x",), "create": ("x", ShareType.TYPE_USER), "update": (1,),
           "delete": (1,), "accept_share": (1,), "decline_share": (1,), "get_deleted": (), "undelete": (1,)}  # fmt: skip
FILES = {
    "listdir": (), "by_id": (1,), "by_path": ("x",), "find": (["eq", "name", "x"],), "download": ("x",),
    "upload": ("x", b"y"), "mkdir": ("x",), "makedirs": ("x/y",), "delete": ("x",), "move": ("x", "y"),
    "copy": ("x", "y"), "list_by_criteria": (["favorite"],), "setfav": ("x", True), "trashbin_list": (),
    "trashbin_restore": ("x",), "trashbin_delete": ("x",), "trashbin_cleanup": (), "list_tags": (), "get_tags": (1,),
    "create_tag": ("x",), "update_tag": (1, "x"), "delete_tag": (1,), "tag_by_name": ("x",), "assign_tag": (1, 1),
    "unassign_tag": (1, 1), "upload_stream": ("x", io.BytesIO(b"y")), "download2stream": ("x", io.BytesIO()),
}  # fmt: skip
APPS = {"get_list": (), "enable": ("notes",), "disable": ("notes",), "is_installed": ("notes",),
        "is_enabled": ("notes",), "is_disabled": ("notes",), "ex_app_enable": ("x",), "ex_app_disable": ("x",)}  # fmt: skip
WEBHOOKS = {"get_list": (), "register": ("POST", "http://tea.example/", "event"), "unregister": (1,),
            "update": (1, "POST", "http://tea.example/", "event")}  # fmt: skip


def named(part, *tables, more=()):
    return [f"{part}.{method}" for table in tables for method in table] + [f"{part}.{method}" for method in more]


@check(*named("teams", TEAMS, more=["available"]), only="async")
async def there_are_no_teams(world):
    equal(await go(world.alice.teams.available), False)
    for method, arguments in TEAMS.items():
        await missing("circles", getattr(world.alice.teams, method), *arguments)


@check(*named("notes", NOTES, more=["available"]), only="async")
async def there_are_no_notes(world):
    equal(await go(world.alice.notes.available), False)
    for method, arguments in NOTES.items():
        await missing("notes", getattr(world.alice.notes, method), *arguments)


@check(*named("weather_status", WEATHER, more=["available"]), only="async")
async def there_is_no_weather(world):
    equal(await go(world.alice.weather_status.available), False)
    for method, arguments in WEATHER.items():
        await missing("weather_status.enabled", getattr(world.alice.weather_status, method), *arguments)


@check("activity.available", "activity.get_activities", "activity.get_filters", only="async")
async def there_are_no_activities(world):
    equal(await go(world.alice.activity.available), False)
    await refused(404, world.alice.activity.get_activities)
    await refused(404, world.alice.activity.get_filters)


@check("cal.available", only="sync")
async def there_is_no_calendar(world):
    """The library says so itself, without its extra package."""
    equal(world.alice.cal.available, False)


@check(*named("webhooks", WEBHOOKS, more=["get_entry", "unregister_all"]))
async def there_are_no_webhook_listeners(world):
    for method, arguments in WEBHOOKS.items():
        await refused(404, getattr(world.admin.webhooks, method), *arguments)
    equal(await go(world.admin.webhooks.get_entry(1)), None)
    try:
        await go(world.admin.webhooks.unregister_all("x"))
    except ValueError as only_for_apps:
        assert "non-ExApp" in str(only_for_apps), only_for_apps
    else:
        raise AssertionError("the library keeps this to apps")


@check(*named("apps", APPS, more=["ex_app_get_list", "ex_app_is_enabled", "ex_app_is_disabled"]))
async def there_are_no_apps_to_manage(world):
    for method, arguments in APPS.items():
        await refused(404, getattr(world.admin.apps, method), *arguments)
    await missing("app_api", world.admin.apps.ex_app_get_list)
    await missing("app_api", world.admin.apps.ex_app_is_enabled, "x")
    await missing("app_api", world.admin.apps.ex_app_is_disabled, "x")


@check(*named("files.sharing", SHARING, more=["available", "get_pending"]))
async def there_are_no_shares(world):
    sharing = world.alice.files.sharing
    equal(await go(sharing.available), False)
    for method, arguments in SHARING.items():
        await missing("files_sharing.api_enabled", getattr(sharing, method), *arguments)
    await refused(404, sharing.get_pending)


@check(*named("files", FILES, more=["lock", "unlock", "get_versions", "restore_version",
                                    "download_directory_as_zip"]))  # fmt: skip
async def there_are_no_files(world):
    files = world.alice.files
    for method, arguments in FILES.items():
        try:
            await refused(404, getattr(files, method), *arguments)
        except AssertionError as problem:
            raise AssertionError(f"{method}: {problem}") from problem
    for method in ("lock", "unlock"):
        await missing("files.locking", getattr(files, method), "x")
    for method in ("get_versions", "restore_version"):
        await missing("files.versioning", getattr(files, method), NODE)
    await refused(404, files.download_directory_as_zip, "x", world.scratch("zip"))


