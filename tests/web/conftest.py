"""The staff site on a test installation, by test client and in a real browser."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from outreach.actions.sign_in import start_session
from outreach.services import Services
from outreach.vocabulary import Role
from tests.house import build_services
from tests.machine import browser as installed_browser
from tests.web.site import Site

CHEAP = {"argon2_passes": 1, "argon2_memory_kib": 64}
"""Passwords that cost nothing to check, so that tests are fast."""

WAIT_MILLISECONDS = 5000


@pytest.fixture
def house(sqlite_url: str) -> Iterator[Services]:
    """An installation on SQLite, with cheap passwords."""
    built = build_services(sqlite_url, sign_in=CHEAP)
    yield built
    built.engine.dispose()


@pytest.fixture
def site(house: Services) -> Site:
    """The staff site of that installation."""
    return Site(house)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, once a file: while it runs, nothing else may run an event loop on this thread."""
    path = installed_browser()
    assert path, "a browser test needs Chromium: run `make test` as root, or install it"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield started
        started.close()


@dataclass(frozen=True, slots=True)
class Live:
    """The site behind a real port, and a browser to visit it."""

    site: Site
    address: str
    chromium: Browser

    def visit(
        self, role: Role | None = None, *, name: str = "", phone: bool = False, scripts: bool = True
    ) -> Page:
        """A fresh browser window, signed in as this role: on a desktop or a phone, with scripts or without."""
        context = self.chromium.new_context(
            base_url=self.address,
            viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 900},
            has_touch=phone,
            java_script_enabled=scripts,
        )
        context.set_default_timeout(WAIT_MILLISECONDS)
        if role is not None:
            context.add_cookies(
                [{"name": "outreach", "value": self._cookie(role, name), "url": self.address}]
            )
        return context.new_page()

    def _cookie(self, role: Role, name: str) -> str:
        app = self.site.app
        with self.site.services.begin() as session:
            token = start_session(session, self.site.member(session, role, name), self.site.services.now())
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        return str(signer.dumps({"token": token}))


def _whole(app: Any) -> Any:
    """Each answer is made whole before it is sent: a window that closes meanwhile leaves no file open."""

    def answer(environ: Any, start_response: Any) -> list[bytes]:
        with closing(app(environ, start_response)) as parts:
            return [b"".join(parts)]

    return answer


@contextmanager
def served(site: Site, chromium: Browser) -> Iterator[Live]:
    """This site on a free port of this machine, for as long as the block lasts."""
    with at_a_port(site) as address:
        try:
            yield Live(site, address, chromium)
        finally:
            for context in chromium.contexts:
                context.close()


@contextmanager
def at_a_port(site: Site) -> Iterator[str]:
    """The address at which this site is served for as long as the block lasts."""
    server = make_server("127.0.0.1", 0, _whole(site.app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


@pytest.fixture
def live(site: Site, chromium: Browser) -> Iterator[Live]:
    """The staff site of the small installation, served while the test runs."""
    with served(site, chromium) as found:
        yield found
