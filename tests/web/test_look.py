"""How the common frame looks and works: accessible for every role, on a phone, enlarged, and without scripts."""

import pytest

from outreach.vocabulary import Role
from tests.web.conftest import Live
from tests.web.looks import assert_accessible, assert_fits


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_pages_outside_the_gate_are_accessible(live: Live, phone: bool) -> None:
    page = live.visit(phone=phone)
    for path in ("/sign-in", "/nowhere"):
        page.goto(path)
        assert_accessible(page)


def test_the_skip_link_is_the_first_stop_of_a_keyboard(live: Live) -> None:
    page = live.visit(Role.PEER_WORKER)
    page.goto("/today")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#maincontent")


def test_at_twice_the_size_nothing_is_lost(live: Live) -> None:
    page = live.visit(Role.ADMIN)
    page.set_viewport_size({"width": 640, "height": 450})
    page.goto("/today")
    assert_fits(page)


def test_signing_out_works_without_scripts(live: Live) -> None:
    page = live.visit(Role.ADMIN, scripts=False)
    page.goto("/today")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/today")
    assert "/sign-in" in page.url
