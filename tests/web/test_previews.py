"""Every message of the pathway can be looked at in every language, in its own direction, as people would get it."""

import re

import pytest

from outreach.library import read_templates, shipped
from outreach.rules.rendering import text_direction
from outreach.rules.tongues import TONGUES
from outreach.vocabulary import Channel, Role
from tests.web.conftest import Live
from tests.web.looks import assert_accessible
from tests.web.site import Site, text_of

FILES = read_templates(shipped() / "templates")
LANGUAGES = ("en", *sorted(TONGUES))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_message_is_previewed_in_each_language_in_its_direction(site: Site, language: str) -> None:
    admin, way = site.signed_in(Role.ADMIN), text_direction(language)
    for file in (each for each in FILES if each.language == language):
        place = f"/templates/{file.key}/{file.channel.value}/{language}/preview"
        page = admin.send(place, {"source": file.source, "base": "1"}, headers={"HX-Request": "true"})
        assert f'dir="{way}"' in page.text, file.file
        assert f'lang="{language}"' in page.text, file.file
        assert f'dir="{"ltr" if way == "rtl" else "rtl"}"' not in page.text, file.file
        said = text_of(page)
        assert "cannot be shown" not in said, file.file
        assert "Must change" not in said, file.file
        assert not re.search(r"\{[{%]", said), file.file
        assert ("segment" in said) is (file.channel is Channel.SMS), file.file


def test_the_languages_stand_side_by_side_with_their_price(site: Site) -> None:
    page = site.signed_in(Role.ADMIN).get("/templates/answers/thanks/sms")
    for language in LANGUAGES:
        assert f'dir="{text_direction(language)}" lang="{language}"' in page.text
    assert "UCS-2" in text_of(page)
    assert "GSM-7" in text_of(page)
    assert text_of(page).count("draft by a machine and reaches nobody") == len(TONGUES)


@pytest.mark.parametrize("phone", [False, True])
def test_right_to_left_stands_right_in_a_browser(live: Live, phone: bool) -> None:
    page = live.visit(Role.ADMIN, phone=phone)
    page.goto("/templates/before-assessment/first-contact/sms")
    assert_accessible(page)
    bubble = page.locator(".bubble[lang=ur]")
    assert bubble.evaluate("each => getComputedStyle(each).direction") == "rtl"
    assert bubble.evaluate("each => getComputedStyle(each).textAlign") in ("start", "right")
