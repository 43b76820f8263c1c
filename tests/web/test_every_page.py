"""Every page of the staff site as each role finds it: by links from Today, whole, and open to everybody's tools."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, ViewportSize
from werkzeug.test import TestResponse

from outreach.app import wire
from outreach.demo.installation import Wanted, make_demo
from outreach.reports.review_runs import make_reviews
from outreach.vocabulary import Role
from outreach.web.permissions import STAFF, may_open
from tests.web.conftest import at_a_port
from tests.web.site import Browser, Site
from tests.web.walk import walk

pytestmark = pytest.mark.long

NOW = datetime(2026, 3, 4, 11, 0, tzinfo=UTC)
DEMO = Wanted(24, "http://127.0.0.1:8000", NOW, timedelta(weeks=4))

NARROWEST = 320
"""The narrowest window in which WCAG asks that nobody has to scroll sideways."""

PIXELS_TOO_WIDE = """async () => {
  const page = document.documentElement
  const wide = () => page.scrollWidth - page.clientWidth
  for (let tries = 0; wide() > 0 && tries < 20; tries++) await new Promise(done => setTimeout(done, 50))
  return wide()
}"""
"""Patient, because the menu makes itself smaller only after the window has."""

WIDTHS: dict[str, ViewportSize] = {
    "desktop": {"width": 1280, "height": 900},
    "phone": {"width": 390, "height": 844},
}


@pytest.fixture(scope="module")
def demo_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The staff site of a small demo, in which there is something on every page."""
    folder = make_demo(tmp_path_factory.mktemp("demo"), DEMO)
    services = wire(folder / "config.toml", clock=lambda: NOW)
    yield Site(services)
    services.engine.dispose()


def _enter(site: Site, role: Role) -> Browser:
    """The demo's own member in this role."""
    client = site.anybody()
    assert client.send("/sign-in/demo", {"role": role}).status_code == 302
    return client


@pytest.mark.parametrize("role", list(Role))
def test_every_page_of_a_role_is_found_by_links_and_none_fails(demo_site: Site, role: Role) -> None:
    client = _enter(demo_site, role)
    found = set()
    for endpoint, address, answer in walk(client, each=4):  # tasks of several kinds differ in where they lead
        assert answer.status_code in (200, 302), (address, answer.status_code)
        found.add(endpoint)
    pages = {
        rule.endpoint
        for rule in demo_site.app.url_map.iter_rules()
        if rule.endpoint in STAFF and "GET" in (rule.methods or ()) and may_open(rule.endpoint, role)
    }
    assert pages - found == set(), "nothing leads there"
    assert {each for each in found if each in STAFF and not may_open(each, role)} == set()


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_on_any_page_of_any_role(demo_site: Site, chromium: Chromium, width: str) -> None:
    """A page that another role has seen in the very same form is not looked at twice."""
    seen: dict[str, set[str]] = defaultdict(set)
    faults = []
    with at_a_port(demo_site) as address:
        for role in Role:
            client = _enter(demo_site, role)
            page = _window(chromium, address, client, width)
            for endpoint, path, answer in walk(client):
                form = f"{role if path == '/today' else ''}{_form_of(answer)}"
                if not _is_page(answer) or form in seen[endpoint]:
                    continue
                seen[endpoint].add(form)
                faults += _faults_on(page, path, role)
            page.context.close()
    assert len(seen) > 20
    assert faults == []


def test_a_survey_answered_on_its_page_is_in_the_report_at_once(demo_site: Site, chromium: Chromium) -> None:
    period = {"from": "2026-02-01", "to": "2026-03-31"}
    before = _answers_in(_review(demo_site, period))
    with at_a_port(demo_site) as address:
        page = chromium.new_context(base_url=address, viewport=WIDTHS["phone"]).new_page()
        page.goto("/feedback")
        page.get_by_label("Very poor").check()
        page.get_by_label("Please can you tell us why").fill("A word nobody else would say: quincunx")
        page.get_by_role("button").click()
        assert page.get_by_role("heading", name="Thank you").is_visible()
        page.context.close()
    after = _answers_in(_review(demo_site, period))
    assert after == {**before, "Very poor": before["Very poor"] + 1}
    assert "quincunx" in _enter(demo_site, Role.PEER_LEAD).get("/surveys/").text
    assert "quincunx" not in _review(demo_site, period)


def _review(site: Site, period: dict[str, str]) -> str:
    """The review of a period as an analyst asks for it and reads it."""
    client = _enter(site, Role.ANALYST)
    address = str(client.send("/reports/", period).location)
    make_reviews(site.services, NOW)
    return client.get(address).text


def _answers_in(page: str) -> dict[str, int]:
    """How often each answer stands in the table of the Friends and Family Test."""
    table = page.partition('id="feedback-friends-and-family-overall-caption"')[2].partition("</table>")[0]
    rows = re.findall(r'<th scope="row">([^<]+)</th><td class="number">(\d+)</td>', table)
    return {name: int(count) for name, count in rows}


def _window(chromium: Chromium, address: str, client: Browser, width: str) -> Page:
    """A window in which the same member is signed in."""
    context = chromium.new_context(base_url=address, viewport=WIDTHS[width])
    cookie = client.get_cookie("outreach")
    assert cookie is not None
    context.add_cookies([{"name": "outreach", "value": cookie.value, "url": address}])
    context.set_default_timeout(10_000)
    return context.new_page()


def _is_page(answer: TestResponse) -> bool:
    """Shown in the window, not a file to keep."""
    is_file = "attachment" in answer.headers.get("Content-Disposition", "")
    return answer.status_code == 200 and answer.mimetype == "text/html" and not is_file


def _form_of(answer: TestResponse) -> str:
    """A page below its heading, without words and values, and of like things in a row only one.

    What stands above is the same for all pages of a role: the first page that each walk comes to stands for it.
    """
    main = answer.get_data(as_text=True).partition("<main")[2]
    bare = re.sub(r">[^<]+<", "><", main)
    bare = re.sub(r'\b(?!class|role|type|aria-current)[\w-]+="[^"]*"', "", bare)
    return re.sub(r"(<.{0,600}?>)\1+", r"\1", re.sub(r"\s+", " ", bare))


def _faults_on(page: Page, path: str, role: Role) -> list[str]:
    page.goto(path)
    found = [
        f"{path} as {role}: {each['id']} at {each['nodes'][0]['html']}"
        for each in Axe().run(page).response["violations"]
    ]
    whole = page.viewport_size
    assert whole is not None
    for width in (whole["width"], max(whole["width"] // 2, NARROWEST)):  # as it is, and enlarged to 200 %
        page.set_viewport_size({"width": width, "height": whole["height"]})
        wide = page.evaluate(PIXELS_TOO_WIDE)
        if wide > 0:
            found.append(f"{path} as {role}: {wide} pixels wider than a window of {width}")
    page.set_viewport_size(whole)
    return found
