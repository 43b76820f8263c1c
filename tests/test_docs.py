"""The docs lead where they say, and name buttons and pages by the words that stand there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
ROLES = sorted((ROOT / "docs" / "roles").glob("*.md"))


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_every_link_and_picture_leads_to_something_in_the_project(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    inside = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in inside if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", ROLES, ids=_named)
def test_what_a_role_is_told_to_press_stands_on_a_page_of_the_site(page: Path) -> None:
    site = " ".join(_words_of_the_site().split())
    told = re.findall(r"\*\*([^*]+?)[.:]?\*\*", page.read_text(encoding="utf-8"))
    assert told
    assert [words for words in told if " ".join(words.split()) not in site] == []


def _words_of_the_site() -> str:
    """All that pages and their code may say, with buttons that are put together from parts made whole."""
    web = ROOT / "outreach" / "web"
    files = [*(web / "pages").rglob("*.html"), *web.glob("*.py"), *(web / "words").rglob("*")]
    words = "\n".join(path.read_text(encoding="utf-8") for path in files if path.is_file())
    return words.replace("’", "'") + "\nTake this call"
