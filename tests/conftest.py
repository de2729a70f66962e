"""Fixtures for tests from outside: a real server, RPC clients and a real browser.

live        the server: live.url, live.port, live.db, live.log, live.shell(script)
odoo_rpc    an odoorpc client, logged in as admin
json2       json2(model, method, **arguments) over JSON-2 with admin's API key
open_page   open_page(login, password) -> a browser page, logged in
page        a page of admin
screenshot  screenshot(page, name): kept in docs/screenshots if BACKORDER_SCREENSHOTS is set

Server and browser end with the last test of this folder, not with the process: at the end of its
test classes Odoo ends every child of the process that it finds.
"""

import json
import os
import shutil
import urllib.error
import urllib.request

import odoorpc
import pytest
from odoo_process import ROOT, LiveServer, complaints
from playwright.sync_api import sync_playwright

BROWSER_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MAKE_KEY = """
from datetime import datetime, timedelta
user = env["res.users"].search([("login", "=", "{login}")])
expires = datetime.now() + timedelta(days=1)
print(env["res.users.apikeys"].with_user(user)._generate("rpc", "tests", expires))
env.cr.commit()
"""


class Json2Error(Exception):
    """An answer other than 200: `status`, and `body` with name, message, arguments."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body.get('name')}: {body.get('message')}")
        self.status, self.body = status, body


class Json2:
    """Called as client(model, method, **arguments); keys are made once per login."""

    error = Json2Error

    def __init__(self, server, login="admin"):
        self.server = server
        self.key = server.shell(MAKE_KEY.format(login=login)).strip()

    def __call__(self, model, method, **arguments):
        request = urllib.request.Request(
            f"{self.server.url}/json/2/{model}/{method}",
            data=json.dumps(arguments).encode(),
            headers={"Authorization": f"bearer {self.key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise Json2Error(error.code, json.load(error)) from None


@pytest.fixture(scope="package")
def live(tmp_path_factory):
    muted = "--log-handler=odoo.addons.rpc.controllers.jsonrpc:ERROR"
    with LiveServer("live", tmp_path_factory.mktemp("live"), muted) as server:
        yield server
        lines = complaints(server.log)
    assert not lines, "the server's log has warnings:\n" + "\n".join(lines)


@pytest.fixture(scope="package")
def odoo_rpc(live):
    client = odoorpc.ODOO("127.0.0.1", port=live.port, timeout=120)
    client.login(live.db, "admin", "admin")
    return client


@pytest.fixture(scope="package")
def json2(live):
    return Json2(live)


@pytest.fixture(scope="package")
def json2_as(live):
    """json2_as(login) -> a client with that user's key"""
    clients = {}

    def client(login):
        if login not in clients:
            clients[login] = Json2(live, login)
        return clients[login]

    return client


@pytest.fixture(scope="package")
def browser():
    path = shutil.which("google-chrome")
    assert path, "no Chrome or Chromium found: `apt install chromium`, then `make test` again"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(BROWSER_FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(live, browser):
    """Fails the test at its end when a page has thrown a JavaScript error."""
    contexts, errors = [], []

    def open_one(login="admin", password="admin", **options):
        options = {"viewport": {"width": 1366, "height": 768}, "base_url": live.url, **options}
        context = browser.new_context(**options)
        contexts.append(context)
        if login:
            params = {"db": live.db, "login": login, "password": password}
            body = {"jsonrpc": "2.0", "params": params}
            answer = context.request.post("/web/session/authenticate", data=body).json()
            assert answer.get("result", {}).get("uid"), f"{login} cannot log in: {answer}"
        page = context.new_page()
        page.set_default_timeout(60_000)  # the first page builds the assets
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not errors, "JavaScript errors: " + "; ".join(errors)


@pytest.fixture
def page(open_page):
    return open_page()


@pytest.fixture
def screenshot(tmp_path):
    keep = os.environ.get("BACKORDER_SCREENSHOTS")
    folder = ROOT / "docs" / "screenshots" if keep else tmp_path

    def take(page, name, **options):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.png"
        page.screenshot(path=path, **options)
        return path

    return take
