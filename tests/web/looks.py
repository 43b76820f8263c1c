"""What must hold for how any page looks: nothing that axe finds, nothing lost on a phone or when enlarged."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def assert_accessible(page: Page) -> None:
    """Axe finds no violation of WCAG 2.2 AA or of good practice, and nothing is wider than the window."""
    page.wait_for_load_state()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert_fits(page)


def assert_fits(page: Page) -> None:
    """Nobody has to scroll sideways."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} pixels wider than the window"
