"""Takes the pictures of the docs: a demo at a set moment, each main page as the role that uses it.

Run with `make screenshots`. The pictures in `docs/images/` are made anew.
"""

import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from outreach.app import wire
from outreach.demo.installation import Wanted, make_demo
from outreach.demo.lives import PRACTICE
from outreach.engines.jobs import JOBS, Stopper, run_and_tell
from outreach.vocabulary import Role
from outreach.web.app import create_app
from tests.machine import browser

NOW = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)
"""A Wednesday at eleven: pictures taken again differ only where pages do."""

IMAGES = Path(__file__).parent / "images"
DESKTOP, PHONE = 1280, 390
TALLEST = 2400


@dataclass(frozen=True, slots=True)
class Picture:
    """One page: its file's name, who looks at it, where, and which links to follow from there, by their words.

    On a handset, `says` is typed and sent first, and the picture shows what one screen holds then.
    """

    name: str
    role: Role | None
    address: str
    follow: tuple[str, ...] = ()
    width: int = DESKTOP
    says: str = ""


PICTURES = (
    Picture("handset", None, f"/handset/{PRACTICE}", width=PHONE, says="can someone call me please"),
    Picture("today-peer-worker", Role.PEER_WORKER, "/today", width=PHONE),
    Picture("call", Role.PEER_WORKER, "/tasks", ("Call back",), width=PHONE),
    Picture(
        "conversation",
        Role.PEER_WORKER,
        "/tasks",
        ("Robin", "Everything about them", "Open the conversation"),
    ),
    Picture("letters", Role.PEER_LEAD, "/letters/"),
    Picture("activities", Role.PEER_WORKER, "/activities/"),
    Picture("crisis", Role.CLINICIAN, "/tasks", ("Possible crisis",)),
    Picture("today-lead", Role.PEER_LEAD, "/today"),
    Picture("replies", Role.PEER_WORKER, "/replies/", width=PHONE),
    Picture("people", Role.ADMIN, "/people"),
    Picture("import", Role.ADMIN, "/people/import/", ("November|[Tt]oday|[Yy]esterday",)),
    Picture("templates", Role.ADMIN, "/templates"),
    Picture("template-editor", Role.ADMIN, "/templates/waiting-for-therapy/check-in-1/sms/en"),
    Picture("schedules", Role.PEER_LEAD, "/schedules"),
    Picture("messages", Role.ADMIN, "/messages"),
    Picture("rota", Role.PEER_LEAD, "/staff/rota"),
    Picture("review", Role.ANALYST, "/reports/", (r"\d{4} to \d",)),
    Picture("forecast", Role.PEER_LEAD, "/forecast"),
    Picture("audit", Role.ADMIN, "/audit"),
)


def main() -> None:
    """Make the demo, serve it here, and take every picture."""
    IMAGES.mkdir(exist_ok=True)
    path = browser()
    if not path:
        sys.exit("Install Chromium first.")
    with (
        tempfile.TemporaryDirectory() as place,
        _served(Path(place)) as address,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for picture in PICTURES:
            _take(chromium, address, picture)
        chromium.close()


@contextmanager
def _served(place: Path) -> Iterator[str]:
    folder = make_demo(place, Wanted(300, "http://127.0.0.1:8000", NOW))
    services = wire(folder / "config.toml", clock=lambda: NOW)
    for job in JOBS:
        run_and_tell(job, services, Stopper())
    server = make_server("127.0.0.1", 0, create_app(services), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    services.engine.dispose()


def _take(chromium: Browser, address: str, picture: Picture) -> None:
    context = chromium.new_context(
        base_url=address, viewport={"width": picture.width, "height": 844}, reduced_motion="reduce"
    )
    page = context.new_page()
    if picture.role:
        page.goto("/sign-in")
        page.locator(f'button[value="{picture.role}"]').first.click()
    page.goto(picture.address)
    for words in picture.follow:
        page.get_by_role("main").locator("a", has_text=re.compile(words)).first.click()
    if picture.says:
        page.get_by_role("textbox").fill(picture.says)
        page.get_by_role("button", name="Send").click()
    page.wait_for_load_state("networkidle")
    _save(page, picture)
    context.close()


def _save(page: Page, picture: Picture) -> None:
    """The whole page, unless it is very long; of a handset, what was said last."""
    if picture.says:
        page.get_by_role("button", name="Send").evaluate("button => button.scrollIntoView({block: 'end'})")
        page.screenshot(path=IMAGES / f"{picture.name}.png")
        return
    tall = page.evaluate("document.documentElement.scrollHeight")
    clip = {"x": 0.0, "y": 0.0, "width": float(picture.width), "height": float(min(tall, TALLEST))}
    page.screenshot(path=IMAGES / f"{picture.name}.png", full_page=True, clip=clip)


if __name__ == "__main__":
    main()
