"""The stories of the day in a real browser: a call from claim to outcome, a possible crisis from alarm to outcome."""

import re

import pytest
from playwright.sync_api import Page

from outreach.vocabulary import Role, TaskKind
from tests.web.conftest import Live
from tests.web.life import lively, task_of
from tests.web.looks import assert_accessible

WAYS = pytest.mark.parametrize(
    ("phone", "scripts"), [(False, True), (True, True), (True, False)], ids=["desktop", "phone", "no scripts"]
)


def _look(page: Page, *, scripts: bool) -> None:
    """Axe needs scripts; a page without them is the same page."""
    if scripts:
        assert_accessible(page)


@WAYS
def test_a_call_from_claim_to_outcome(live: Live, phone: bool, scripts: bool) -> None:
    lively(live.site)
    page = live.visit(Role.PEER_WORKER, phone=phone, scripts=scripts)
    page.goto("/today")
    page.get_by_role("link", name="Tasks").click()
    page.get_by_role("heading", name="Not taken yet").wait_for()
    _look(page, scripts=scripts)
    page.get_by_role("link", name="Call back: Amina").click()
    page.get_by_role("button", name="Take this call").click()
    page.get_by_text("This is yours now").wait_for()
    _look(page, scripts=scripts)
    assert page.get_by_role("link", name="Ring 07700 900001").get_attribute("href") == "tel:+447700900001"
    page.get_by_label("A note for whoever rings next").fill("rang twice")
    page.get_by_role("button", name="No answer").click()
    page.get_by_text("Noted: no answer").wait_for()
    page.get_by_text("rang twice").wait_for()
    page.get_by_role("button", name="We talked").click()
    page.get_by_text("What waited because of this goes on now").wait_for()
    _look(page, scripts=scripts)


@WAYS
def test_a_possible_crisis_from_alarm_to_outcome(live: Live, phone: bool, scripts: bool) -> None:
    lively(live.site)
    page = live.visit(Role.CLINICIAN, phone=phone, scripts=scripts)
    page.goto("/tasks/")
    page.get_by_role("link", name="Possible crisis: Ben").click()
    page.get_by_text("Nobody is on it yet").wait_for()
    _look(page, scripts=scripts)
    assert not page.get_by_text("want to die").is_visible()
    page.get_by_role("button", name="Open the words").or_(
        page.get_by_role("link", name="Open the words")
    ).click()
    page.get_by_text("want to die").wait_for()
    page.get_by_role("button", name="I am on it").click()
    page.get_by_text("Cleo Clinician is on it").wait_for()
    page.get_by_role("button", name="Close this with an outcome").click()
    page.get_by_label("Spoke with them, safe for now").check()
    page.get_by_label("Stay quiet for a while").check()
    page.get_by_label("If quiet: until which day?").fill("2026-03-20")
    _look(page, scripts=scripts)
    page.get_by_role("button", name="Close it").click()
    page.get_by_text("Quiet until Friday 20 March").wait_for()
    _look(page, scripts=scripts)


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_every_other_page_about_a_task_is_accessible(live: Live, phone: bool) -> None:
    lively(live.site)
    task = task_of(live.site.services, TaskKind.CALLBACK)
    page = live.visit(Role.PEER_LEAD, phone=phone)
    for path in (
        "/tasks/?show=all",
        "/tasks/?show=closed",
        f"/tasks/{task.id}/close",
        f"/tasks/{task.id}/transfer",
        f"/tasks/{task.id}/know",
        f"/people/{task.person_id}/death/",
    ):
        page.goto(path)
        assert_accessible(page)
    page.goto(f"/tasks/{task.id}/transfer")
    page.get_by_role("button", name="Pass it on").click()
    page.get_by_text("There is a problem").wait_for()
    assert_accessible(page)


def test_a_note_is_kept_while_it_is_written(live: Live) -> None:
    lively(live.site)
    task = task_of(live.site.services, TaskKind.CALLBACK)
    page = live.visit(Role.PEER_WORKER)
    page.goto(f"/tasks/{task.id}")
    page.get_by_label("A note for whoever rings next").press_sequentially("she sounded")
    page.get_by_text("Your note is kept").wait_for()
    page.close()
    again = live.visit(Role.PEER_WORKER, phone=True)
    again.goto(f"/tasks/{task.id}")
    assert again.get_by_label("A note for whoever rings next").input_value() == "she sounded"


def test_a_call_is_done_by_keyboard_alone(live: Live) -> None:
    lively(live.site)
    page = live.visit(Role.PEER_WORKER)
    page.goto("/tasks/")
    _tab_to(page, "Call back: Amina")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/tasks/[\w-]{36}$"))
    for name in ("Take this call", "A note for whoever rings next"):
        _tab_to(page, name)
        if name == "Take this call":
            page.keyboard.press("Enter")
            page.get_by_text("This is yours now").wait_for()
    page.keyboard.type("by keys")
    _tab_to(page, "We talked")
    page.keyboard.press("Enter")
    page.get_by_text("Noted, and closed").wait_for()
    page.get_by_text("by keys").wait_for()


FOCUSED = """() => {
  const at = document.activeElement;
  const label = at.labels && at.labels.length ? at.labels[0].textContent : at.textContent;
  const look = getComputedStyle(at);
  const seen = look.outlineStyle !== 'none' || look.boxShadow !== 'none';
  return [label.trim().replace(/\\s+/g, ' '), seen];
}"""


def _tab_to(page: Page, name: str) -> None:
    """Press the tab key until this has the focus; whatever has it shows that."""
    for _ in range(60):
        page.keyboard.press("Tab")
        words, seen = page.evaluate(FOCUSED)
        if words.startswith(name):
            assert seen, f"nobody can see that “{name}” has the focus"
            return
    raise AssertionError(f"the tab key never reaches “{name}”")
