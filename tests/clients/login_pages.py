"""The pages that people see when a client logs in, in a real browser: on a phone and on a desk, by day and by night.

`python login_pages.py BINARY SCREENSHOTS`: needs chromium and chromedriver. Each page is looked at: it may not scroll
sideways, its texts must be readable, its inputs labelled, its console silent. Exit status 1 if something is wrong.
"""

import base64
import json
import os
import shutil
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from server import PASSWORD, Server, display_name

LOOKS = {
    "phone-day": (360, 740, True, "light"),
    "phone-night": (360, 740, True, "dark"),
    "desk-day": (1280, 800, False, "light"),
    "desk-night": (1280, 800, False, "dark"),
}
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-default-apps --disable-dev-shm-usage"
).split()
CLIENT = "Mozilla/5.0 (Android) Nextcloud Talk v21.1.0"
HOSTILE = "Nextcloud <script>alert(1)</script> " + "W" * 200

# What is wrong with the page as it is shown, in words.
LOOK_AT_PAGE = """
const wrong = [];
const root = document.documentElement;
if (root.scrollWidth > root.clientWidth) wrong.push(`scrolls sideways: ${root.scrollWidth} in ${root.clientWidth}`);
if (!root.lang) wrong.push('no language');
if (!document.title) wrong.push('no title');
if (document.querySelectorAll('h1').length !== 1) wrong.push('not one h1');
if (document.querySelector('script')) wrong.push('a script');
const shown = element => element.getClientRects().length > 0;
for (const input of document.querySelectorAll('input:not([type=hidden]),select,textarea')) {
  const label = [...(input.labels || [])].map(one => one.textContent.trim()).join('') || input.getAttribute('aria-label');
  if (!label) wrong.push(`input ${input.name} without a label`);
  if (shown(input) && parseFloat(getComputedStyle(input).fontSize) < 16) wrong.push(`input ${input.name} makes iOS zoom`);
}
for (const one of document.querySelectorAll('input:not([type=hidden]),button,a.button,summary')) {
  if (!shown(one)) continue;
  const box = one.getBoundingClientRect();
  if (box.height < 44) wrong.push(`${one.tagName} ${one.innerText || one.name} is only ${box.height} high`);
  if (box.right > root.clientWidth + 0.5 || box.left < -0.5) wrong.push(`${one.tagName} ${one.innerText || one.name} leaves the page`);
  if (one.tagName !== 'INPUT' && !one.textContent.trim()) wrong.push(`${one.tagName} without a name`);
}
const part = text => { const n = text.match(/[\\d.]+/g).map(Number); return {r: n[0], g: n[1], b: n[2], a: n.length > 3 ? n[3] : 1}; };
const light = c => { const f = v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  return 0.2126 * f(c.r) + 0.7152 * f(c.g) + 0.0722 * f(c.b); };
const ground = element => { for (let one = element; one; one = one.parentElement) {
  const c = part(getComputedStyle(one).backgroundColor); if (c.a > 0.99) return c; } return {r: 255, g: 255, b: 255, a: 1}; };
for (const one of document.querySelectorAll('body *')) {
  const own = [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
  if (!own || !shown(one)) continue;
  const [a, b] = [light(part(getComputedStyle(one).color)), light(ground(one))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < 4.5) wrong.push(`"${one.innerText.slice(0, 30)}" has a contrast of ${ratio.toFixed(2)}`);
}
return wrong;
"""


class Screen:
    """A fresh browser with one look, and everything it finds wrong."""

    def __init__(self, server, look, pictures):
        self.server = server
        self.look = look
        self.pictures = pictures
        self.problems = []
        self.looked_at = 0
        self._profile = tempfile.mkdtemp(prefix="chinwag-browser-")
        options = webdriver.ChromeOptions()
        options.binary_location = found("chromium", "chromium-browser", "google-chrome")
        for flag in FLAGS:
            options.add_argument(flag)
        options.add_argument(f"--user-data-dir={self._profile}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(found("chromedriver")))
        self.driver.set_page_load_timeout(60)
        width, height, is_phone, scheme = LOOKS[look]
        metrics = {"width": width, "height": height, "deviceScaleFactor": 2 if is_phone else 1, "mobile": is_phone}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)
        self.driver.execute_cdp_cmd("Network.enable", {})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()
        shutil.rmtree(self._profile, ignore_errors=True)

    def opens(self, address):
        self.driver.get(urllib.parse.urljoin(self.server.url, address))

    def expects(self, title, name, text=""):
        """The page with this heading is there; it is looked at and photographed."""
        wait = WebDriverWait(self.driver, 15)
        try:
            wait.until(lambda driver: self.heading() == title)
        except Exception as problem:
            self.picture(f"{name}-instead")
            raise AssertionError(f"{name}: “{title}” expected, “{self.heading()}” at {self.driver.current_url}") from problem
        wait.until(lambda driver: driver.execute_script("return document.readyState") == "complete")
        body = self.driver.find_element(By.TAG_NAME, "body").text
        assert text in body, f"{name}: “{text}” is not in\n{body}"
        for wrong in self.driver.execute_script(LOOK_AT_PAGE):
            self.problems.append(f"{self.look}, {name}: {wrong}")
        self.listens(name)
        self.picture(name)
        self.looked_at += 1

    def heading(self):
        return self.driver.execute_script("return (document.querySelector('h1') || {}).innerText || ''")

    def listens(self, name):
        """The console must be silent, but for the status of a page that is a refusal."""
        for entry in self.driver.get_log("browser"):
            if entry["level"] not in ("WARNING", "SEVERE"):
                continue
            said = entry["message"]
            if "Failed to load resource: the server responded with a status of 40" in said and "favicon" not in said:
                continue
            self.problems.append(f"{self.look}, {name}: the console says {said}")

    def picture(self, name):
        """The whole page, also what one has to scroll to."""
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True})
        with open(os.path.join(self.pictures, f"{name}-{self.look}.png"), "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def types(self, label, text):
        field = self.driver.find_element(By.XPATH, f"//label[starts-with(normalize-space(), '{label}')]//input")
        field.clear()
        field.send_keys(text)

    def presses(self, text, leads_on=True):
        """Presses the button, or what looks like one, and waits for the next page if there is to be one."""
        name = f"normalize-space()='{text}'"
        paths = f"//button[{name}] | //a[{name}] | //summary[{name}]"
        shown = [one for one in self.driver.find_elements(By.XPATH, paths) if one.is_displayed()]
        assert shown, f"no button “{text}” at {self.driver.current_url}"
        self.driver.execute_script("window.isOldPage = true")
        shown[0].click()
        if leads_on:
            wait = WebDriverWait(self.driver, 15)
            wait.until(lambda driver: driver.execute_script("return !window.isOldPage && document.readyState") == "complete")

    def logs_in(self, user, password):
        self.types("Name or e-mail address", user)
        self.types("Password", password)
        self.presses("Log in")

    def led_to(self, patience=50):
        """The address of a client that the last answers led to."""
        for _ in range(patience):
            for entry in self.driver.get_log("performance"):
                message = json.loads(entry["message"])["message"]
                headers = message["params"].get("headers") or {}
                for name, value in headers.items():
                    if name.lower() == "location" and value.startswith("nc:"):
                        return value
            time.sleep(0.1)
        return ""


def found(*names):
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    raise RuntimeError(f"{names[0]} is not installed")


def begins_flow(server, client):
    """What a client does: the address for the browser, and what to ask with."""
    request = urllib.request.Request(f"{server.url}/index.php/login/v2", data=b"", headers={"User-Agent": client})
    with urllib.request.urlopen(request, timeout=30) as answer:
        begun = json.load(answer)
    return begun["login"], begun["poll"]


def asks_for(poll):
    fields = urllib.parse.urlencode({"token": poll["token"]}).encode()
    try:
        with urllib.request.urlopen(poll["endpoint"], data=fields, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        assert refused.code == 404, refused.code
        return None


def is_known(server, user, secret):
    status, body = server.ask("GET", "/ocs/v2.php/cloud/user", None, (user, secret))
    return status == 200 and body["ocs"]["data"]["id"] == user


def access_is_granted(screen):
    """Flow version 2, with a wrong password on the way."""
    login, poll = begins_flow(screen.server, CLIENT)
    screen.opens(login)
    screen.expects("Connect to your account", "flow-connect", "Nextcloud Talk v21.1.0")
    screen.presses("Use an app password instead", leads_on=False)
    screen.expects("Connect to your account", "flow-connect-open", "App password")
    screen.presses("Log in")
    screen.expects("Log in", "login")
    screen.logs_in("alice", "not the password")
    screen.expects("Log in", "login-wrong")
    wrong = screen.driver.find_element(By.CSS_SELECTOR, "[role=alert]").text
    assert asks_for(poll) is None
    screen.logs_in("nobody", "not the password")
    screen.expects("Log in", "login-unknown")
    assert screen.driver.find_element(By.CSS_SELECTOR, "[role=alert]").text == wrong, "an unknown name is told apart"
    screen.logs_in("alice", PASSWORD)
    screen.expects("Account access", "flow-access", display_name("alice"))
    assert asks_for(poll) is None
    screen.presses("Grant access")
    screen.expects("Account connected", "flow-connected", "You can close this window.")
    granted = asks_for(poll)
    assert granted and granted["server"] == screen.server.url and granted["loginName"] == "alice", granted
    assert is_known(screen.server, "alice", granted["appPassword"])
    assert asks_for(poll) is None, "what was granted is told once"


def access_is_not_granted(screen):
    """Cancelled by the user, opened too late, and asked for by somebody strange."""
    login, poll = begins_flow(screen.server, HOSTILE)
    screen.opens(login)
    screen.expects("Connect to your account", "flow-hostile-name")
    screen.presses("Cancel")
    screen.expects("Cancelled", "flow-cancelled")
    assert asks_for(poll) is None
    screen.opens(login)
    screen.expects("Access Forbidden", "flow-used", "Your login token is invalid or has expired")
    screen.opens(f"/login/v2/flow/{'x' * 128}")
    screen.expects("Access Forbidden", "flow-expired", "Your login token is invalid or has expired")
    screen.opens("/login/v2/grant?stateToken=forged")
    assert screen.heading() in ("Access Forbidden", "Log in"), screen.heading()
    screen.opens("/login/flow")
    screen.expects("Access Forbidden", "flow-without-app", "Begin in the app")


def access_is_led_to_the_app(screen):
    """Flow version 1: the browser ends at an address that only the app understands."""
    screen.driver.delete_all_cookies()
    headers = {"headers": {"OCS-APIRequest": "true"}}
    screen.driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", headers)
    screen.opens("/index.php/login/flow")
    screen.driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": {}})
    screen.expects("Connect to your account", "redirect-connect")
    screen.presses("Log in")
    screen.expects("Log in", "redirect-login")
    screen.logs_in("alice", PASSWORD)
    screen.expects("Account access", "redirect-access", display_name("alice"))
    screen.led_to(1)
    screen.presses("Grant access", leads_on=False)
    address = screen.led_to()
    start = f"nc://login/server:{screen.server.url}&user:alice&password:"
    assert address.startswith(start), f"led to “{address}”"
    assert is_known(screen.server, "alice", address.removeprefix(start))
    screen.driver.get_log("browser")
    screen.opens("/devices")
    screen.expects("Log in", "redirect-logged-out")


def devices_are_looked_after(screen):
    """The account's own pages, from the login to the logout."""
    screen.driver.delete_all_cookies()
    screen.opens("/")
    screen.expects("Log in", "front")
    screen.logs_in("alice", PASSWORD)
    screen.expects("Your account", "home", display_name("alice"))
    screen.presses("Devices")
    screen.expects("Devices", "devices")
    screen.types("Name of the device", "Kettle <b> " + "W" * 60)
    screen.presses("Create")
    screen.expects("New app password", "devices-created")
    secret = next(one.text for one in screen.driver.find_elements(By.CLASS_NAME, "secret") if len(one.text) == 72)
    assert is_known(screen.server, "alice", secret)
    screen.presses("Devices")
    screen.expects("Devices", "devices-with-new", "Kettle <b>")
    screen.presses("The device is lost", leads_on=False)
    screen.expects("Devices", "devices-lost")
    while screen.driver.find_elements(By.XPATH, "//button[normalize-space()='Revoke access']"):
        screen.presses("Revoke access")
    screen.expects("Devices", "devices-none")
    assert not is_known(screen.server, "alice", secret)
    screen.opens("/apps/spreed/")
    screen.expects("Your account", "home-again")
    screen.presses("Log out")
    screen.expects("Log in", "logged-out")
    screen.driver.back()
    screen.driver.refresh()
    assert display_name("alice") not in screen.driver.page_source, "the page of before is still there"
    screen.opens("/devices")
    screen.expects("Log in", "devices-logged-out")


def conversations_are_opened(screen):
    """Where links to conversations lead."""
    status, body = screen.server.ask(
        "POST", "/ocs/v2.php/apps/spreed/api/v4/room", {"roomType": 3, "roomName": "Garden " + "W" * 80, "password": "x1"},
        ("alice", PASSWORD),
    )  # fmt: skip
    assert status == 201, body
    token = body["ocs"]["data"]["token"]
    screen.driver.delete_all_cookies()
    screen.opens(f"/call/{token}")
    assert screen.heading(), screen.driver.current_url
    screen.expects(screen.heading(), "door", "This conversation has a password.")
    screen.opens("/no/such/page")
    screen.expects("Nothing to see here", "not-found")


SCENES = [
    access_is_granted,
    access_is_not_granted,
    access_is_led_to_the_app,
    devices_are_looked_after,
    conversations_are_opened,
]


def main():
    binary, pictures = sys.argv[1:3]
    words = sys.argv[3:]
    os.makedirs(pictures, exist_ok=True)
    problems = []
    looked_at = 0
    with Server(binary) as server:
        server.adds_users("alice")
        looks = [look for look in LOOKS if look in words] or LOOKS
        scenes = [scene for scene in SCENES if any(word in scene.__name__ for word in words)] or SCENES
        for look, scene in ((look, scene) for look in looks for scene in scenes):
            begun = time.monotonic()
            name = scene.__name__.replace("_", " ")
            with Screen(server, look, pictures) as screen:
                if not looked_at:
                    version = screen.driver.capabilities["browserVersion"]
                    print(f"Chromium {version}", flush=True)
                try:
                    scene(screen)
                except Exception as problem:  # the next scene can still tell something
                    place = traceback.extract_tb(problem.__traceback__)
                    lines = [frame.lineno for frame in place if frame.filename == __file__]
                    problems.append(f"{look}, {name}, lines {lines}: {type(problem).__name__} {problem}")
                problems += screen.problems
                looked_at += screen.looked_at
            print(f"  {look:12} {name} ({time.monotonic() - begun:.0f} s)", flush=True)
        if "panicked" in server.log():
            problems.append(f"the server panicked\n{server.log()}")
    print(f"  {looked_at} pages looked at, pictures in {pictures}")
    for problem in dict.fromkeys(problems):
        print(f"WRONG {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
