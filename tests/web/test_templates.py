"""Admins write what people get; a second person lets it out, and nobody's work is lost."""

import re

import pytest
from sqlalchemy import func, select

from outreach.models import Event, Message, TemplateVersion
from outreach.models.template import usable_versions, version_numbered
from outreach.vocabulary import Channel, MessageState, Role
from tests import cast
from tests.web.conftest import Live
from tests.web.life import writes
from tests.web.looks import assert_accessible
from tests.web.site import NAMES, Site, text_of

KEY = "answers/thanks"
ONE = f"/templates/{KEY}/sms/en"
WORDS = "{{ text_name }}: Thank you for writing back. To speak to us, ring {{ phone }}."


def saved(site: Site, words: str = WORDS, base: int = 1, name: str = "") -> int:
    writer = site.signed_in(Role.ADMIN, name)
    return writer.send(ONE, {"source": words, "base": str(base)}).status_code


def version(site: Site, number: int | None = None) -> TemplateVersion:
    with site.services.read() as session:
        return version_numbered(session, KEY, "en", Channel.SMS, number)


def test_words_are_saved_asked_for_and_approved_by_a_second_person(site: Site) -> None:
    assert saved(site) == 302
    assert (version(site).version, version(site).author) == (2, NAMES[Role.ADMIN])
    admin = site.signed_in(Role.ADMIN)
    admin.send(f"{ONE}/ask", {"version": "2"})
    lead = site.signed_in(Role.PEER_LEAD)
    assert "Thanks, text in English, by Adi Admin" in text_of(lead.get("/templates/")).replace(" ,", ",")
    refused = admin.send(f"{ONE}/approve", {"version": "2"})
    assert (refused.status_code, "second person" in text_of(refused)) == (422, True)
    assert lead.send(f"{ONE}/approve", {"version": "2"}).status_code == 302
    with site.services.read() as session:
        assert usable_versions(session, needs_approval=True)[KEY, "en", Channel.SMS].version == 2


def test_broken_words_are_kept_and_their_fault_is_shown_with_its_place(site: Site) -> None:
    broken = "{{ text_name }}: Hello {{ nobody }}"
    answer = site.signed_in(Role.ADMIN).send(ONE, {"source": broken, "base": "1"})
    page = text_of(answer)
    assert answer.status_code == 422
    assert "column" in page
    assert "Hello {{ nobody }}" in page
    assert version(site).version == 1


def test_the_second_of_two_writers_sees_the_firsts_change_and_keeps_their_own(site: Site) -> None:
    saved(site, name="Ada Admin")
    late = WORDS.replace("writing back", "your words")
    answer = site.signed_in(Role.ADMIN, "Bo Admin").send(ONE, {"source": late, "base": "1"})
    page = text_of(answer)
    assert answer.status_code == 409
    assert "Ada Admin saved version 2" in page
    assert "your words" in page
    assert "writing" in page
    assert "back" in page
    assert 'name="base" value="2"' in answer.text
    assert site.signed_in(Role.ADMIN, "Bo Admin").send(ONE, {"source": late, "base": "2"}).status_code == 302
    assert version(site).version == 3


def test_a_preview_names_the_character_that_makes_a_text_dear(site: Site) -> None:
    fields = {"source": WORDS.replace("back", "back ☺"), "base": "1"}
    page = site.signed_in(Role.ADMIN).send(f"{ONE}/preview", fields, headers={"HX-Request": "true"})
    assert "☺" in text_of(page)
    assert "WHITE SMILING FACE" in text_of(page)
    assert "<html" not in page.text


@pytest.mark.parametrize("words", ["{{ ''.__class__ }}", "{% for a in b %}", "", "{{", "x" * 30_000])
def test_words_that_cannot_be_shown_never_break_the_page(site: Site, words: str) -> None:
    answer = site.signed_in(Role.ADMIN).send(f"{ONE}/preview", {"source": words, "base": "1"})
    assert answer.status_code == 200
    assert "cannot be shown yet" in text_of(answer)


def test_a_preview_for_a_real_person_uses_their_name_and_is_noted_once(site: Site) -> None:
    cast.amina(site.services)
    admin = site.signed_in(Role.ADMIN)
    fields = {
        "source": "{{ text_name }}: Hello {{ name }}, ring {{ phone }}.",
        "base": "1",
        "referral": "R-1",
    }
    for _ in range(2):
        assert "Hello Amina" in text_of(admin.send(f"{ONE}/preview", fields))
    with site.services.read() as session:
        seen = select(func.count()).where(Event.verb == "saw", Event.subject == "person")
        assert session.scalar(seen) == 1


def test_an_earlier_version_comes_back_as_a_new_one(site: Site) -> None:
    saved(site)
    answer = site.signed_in(Role.ADMIN).send(f"{ONE}/roll-back", {"version": "1"})
    assert answer.status_code == 302
    assert version(site).version == 3
    assert version(site).source == version(site, 1).source


def test_a_test_goes_to_whoever_asks_for_it_and_to_nobody_else(site: Site) -> None:
    with site.services.begin() as session:
        cast.staff(session, site.services, "Mo Admin", Role.ADMIN, mobile="+447700900123")
    answer = site.signed_in(Role.ADMIN, "Mo Admin").send(f"{ONE}/try-out")
    assert answer.status_code == 302
    with site.services.read() as session:
        message = session.scalars(select(Message)).one()
        assert message.opened_address(site.services.keyring) == "+447700900123"
        assert message.state is MessageState.PLANNED
    without = site.signed_in(Role.ADMIN).send(f"{ONE}/try-out")
    assert (without.status_code, "no mobile number" in text_of(without)) == (409, True)


def test_a_translation_of_a_template_that_does_not_exist_is_no_page(site: Site) -> None:
    admin = site.signed_in(Role.ADMIN)
    for path in ("/templates/no/such/sms", "/templates/no/such/sms/en", f"/templates/{KEY}/sms/xx/history"):
        assert admin.get(path).status_code == 404
    assert admin.get(f"/templates/{KEY}/sms/xx").status_code == 200


@pytest.mark.parametrize("phone", [False, True])
def test_edit_preview_save_approve_in_a_browser(live: Live, phone: bool) -> None:
    page = live.visit(Role.ADMIN, phone=phone)
    page.goto("/templates/")
    assert_accessible(page)
    page.goto(f"/templates/{KEY}/sms")
    assert_accessible(page)
    page.get_by_role("link", name="Change English").click()
    page.wait_for_load_state()
    page.get_by_label("The words").fill(WORDS + " Thank you.")
    page.locator("#preview .bubble", has_text="020 7946 0000. Thank you.").wait_for()
    assert_accessible(page)
    page.get_by_role("button", name="Save as a draft").click()
    page.get_by_role("heading", name=re.compile("Thanks, text in English")).wait_for()
    page.get_by_role("button", name="Ask a second person").click()
    lead = live.visit(Role.PEER_LEAD, phone=phone)
    lead.goto("/templates/")
    lead.get_by_role("link", name=re.compile("Thanks, text in English")).click()
    assert_accessible(lead)
    lead.get_by_role("button", name="Approve these words").click()
    lead.get_by_text("Version 2 is used from the next message on.").wait_for()
    assert _thanked(live.site).endswith(" Thank you.")
    lead.get_by_role("link", name="History of English").click()
    assert_accessible(lead)


def _thanked(site: Site) -> str:
    """What somebody gets who writes a bare thanks now."""
    cast.amina(site.services)
    writes(site.services, "Thank you so much")
    with site.services.read() as session:
        [answer] = session.scalars(select(Message).where(Message.template == KEY))
        return answer.opened(site.services.keyring)[1]


def test_the_editor_works_without_scripts_and_by_keyboard_alone(live: Live) -> None:
    page = live.visit(Role.ADMIN, scripts=False)
    page.goto(ONE)
    page.get_by_label("The words").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(WORDS)
    page.get_by_role("button", name="Show preview").focus()
    page.keyboard.press("Enter")
    page.locator("#preview .bubble", has_text="To speak to us").wait_for()
    page.get_by_role("button", name="Save as a draft").focus()
    page.keyboard.press("Enter")
    page.get_by_text("reaches nobody until a second person").wait_for()
