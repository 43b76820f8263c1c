"""A person's own page: opened by its link only, on an old phone, without scripts, in every language."""

import re
import secrets
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import select
from werkzeug.test import EnvironBuilder

from outreach.actions.own_link import new_link, revoke_links
from outreach.models import Message, Person, Task
from outreach.services import Services
from outreach.vocabulary import DayPart, PreferredChannel, Role
from outreach.web.own_words import all_words, words_for
from tests import cast
from tests.house import clock_of, run_tick
from tests.web.conftest import Live
from tests.web.looks import assert_accessible
from tests.web.site import Site, text_of

TOPICS = ("language", "channel", "time", "quiet", "kinds", "call", "number", "code", "close", "messages")


def a_page(services: Services, **facts: Any) -> tuple[str, str]:
    """Amina's id, and the path of a fresh link to her page."""
    person_id, _ = cast.amina(services, **facts)
    with services.begin() as session:
        link, address = new_link(services, person_id, services.now(), "staff")
        session.add(link)
    return person_id, address.removeprefix(services.config.service.public_url)


def person(services: Services, person_id: str) -> Person:
    with services.read() as session:
        return session.get_one(Person, person_id)


# ------------------------------------------------------------------------------------------- the words


def test_every_language_has_the_same_words_with_the_same_gaps() -> None:
    english = words_for("en")
    gaps = {key: set(re.findall(r"\{\w+\}", text)) for key, text in english.words.items()}
    for words in all_words().values():
        assert {key: set(re.findall(r"\{\w+\}", text)) for key, text in words.words.items()} == gaps
        assert (len(words.weekdays), len(words.months)) == (7, 12)
        assert all(text for key, text in words.words.items() if key != "not_checked" or words is not english)


def test_the_six_languages_are_there_and_drafts_say_so() -> None:
    known = all_words()
    assert set(known) == {"en", "cy", "ar", "pl", "so", "ur"}
    assert [tag for tag, words in known.items() if words.checked_by] == ["en"]
    assert {tag for tag, words in known.items() if words.direction == "rtl"} == {"ar", "ur"}
    assert words_for("pl-PL").language == "pl"
    assert words_for("fr").language == "en"


def test_a_phone_number_keeps_its_order_amid_words_from_right_to_left() -> None:
    for tag in ("ar", "ur"):
        for key, text in words_for(tag).words.items():
            assert not re.search(r"(?<!\u2066)\b\d+ \d+", text), (tag, key)
        assert "\u2066020 7946 0000\u2069" in words_for(tag).say("ended_text", phone="020 7946 0000")
    assert "\u2066" not in words_for("pl").say("ended_text", phone="020 7946 0000")


# ------------------------------------------------------------------------------------------- who gets in


def test_ten_thousand_guesses_open_nothing_and_are_slowed(site: Site) -> None:
    a_page(site.services)
    environ = EnvironBuilder("/mine/x", environ_base={"REMOTE_ADDR": "192.0.2.1"}).get_environ()
    answers: Counter[str] = Counter()

    def note(status: str, _headers: Any, _fault: Any = None) -> Callable[[bytes], object]:
        answers[status[:3]] += 1
        return lambda _body: None

    for _ in range(10_000):
        guess = {**environ, "PATH_INFO": f"/mine/{secrets.token_urlsafe(24)}"}
        list(site.app(guess, note))
    assert set(answers) == {"404", "429"}
    assert answers["404"] <= 20, "ten a minute, and this takes less than two"


def test_who_guesses_is_told_to_wait_and_others_are_not(site: Site) -> None:
    _, path = a_page(site.services)
    client = site.anybody()
    for _ in range(11):
        answer = client.get("/mine/nothing")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert "Please wait a minute" in text_of(answer)
    assert client.get(path).status_code == 429
    assert client.get(path, environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200


@pytest.mark.parametrize("topic", ["", *TOPICS])
def test_an_ended_link_opens_nothing_and_says_how_to_get_another(site: Site, topic: str) -> None:
    person_id, path = a_page(site.services)
    with site.services.begin() as session:
        revoke_links(session, person_id, site.services.now(), who="Kim")
    answer = site.anybody().get(f"{path}/{topic}".rstrip("/"))
    assert answer.status_code == 404
    assert "reply CHANGE to one of our messages" in text_of(answer)
    if topic not in ("", "messages"):
        assert site.anybody().post(f"{path}/{topic}", data={"chosen": "x"}).status_code == 404


def test_a_topic_that_does_not_exist_is_no_bug(site: Site) -> None:
    _, path = a_page(site.services)
    assert site.anybody().get(f"{path}/nothing").status_code == 404
    assert site.anybody().post(f"{path}/nothing").status_code == 404


def test_the_page_is_kept_by_no_cache_and_found_by_no_search(site: Site) -> None:
    _, path = a_page(site.services)
    answer = site.anybody().get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert 'name="robots" content="noindex"' in answer.text


# ------------------------------------------------------------------------------------------- what it does


def test_what_is_chosen_holds_and_the_page_says_so(site: Site) -> None:
    services = site.services
    person_id, path = a_page(services)
    client = site.anybody()
    for topic, chosen in (
        ("channel", "email"),
        ("time", "morning"),
        ("quiet", "2026-03-30"),
        ("kinds", "appointments"),
        ("language", "pl"),
    ):
        answer = client.post(f"{path}/{topic}", data={"chosen": chosen}, follow_redirects=True)
        assert answer.status_code == 200
    now = person(services, person_id)
    assert (now.preferred_channel, now.day_part, now.language) == (
        PreferredChannel.EMAIL,
        DayPart.MORNING,
        "pl",
    )
    shown = text_of(answer)
    assert "Zapisano." in shown
    for words in ("Polski", "E-mail", "Przed południem", "30 marca", "Tylko wiadomości o moich wizytach"):
        assert words in shown


@pytest.mark.parametrize(
    ("topic", "chosen", "says"),
    [
        ("language", "", "Choose one of these"),
        ("language", "fr", "Choose one of these"),
        ("channel", "pigeon", "Choose one of these"),
        ("quiet", "2030-01-01", "Choose one of these"),
        ("call", "", "Choose one of these"),
        ("call", "2026-03-03T12:00:00+00:00", "just been taken"),
        ("number", "020 7946 0000", "not a mobile number"),
        ("number", "", "not a mobile number"),
        ("code", "123456", "This code is not right"),
    ],
)
def test_what_cannot_be_taken_says_why_and_changes_nothing(
    site: Site, topic: str, chosen: str, says: str
) -> None:
    person_id, path = a_page(site.services)
    answer = site.anybody().post(f"{path}/{topic}", data={"chosen": chosen})
    assert answer.status_code == 422
    assert says in text_of(answer)
    assert 'role="alert"' in answer.text
    assert person(site.services, person_id).language == "en"


def test_a_call_can_be_asked_for_with_or_without_a_time(site: Site) -> None:
    services = site.services
    _, path = a_page(services)
    client = site.anybody()
    assert "As soon as somebody can" in text_of(client.get(f"{path}/call"))
    with services.begin() as session:
        cast.staff(session, services, "Kim", Role.PEER_WORKER, hours=True)
    first = re.search(r'value="(2026-\S+)"', client.get(f"{path}/call").text)
    assert first
    answer = client.post(f"{path}/call", data={"chosen": first[1]}, follow_redirects=True)
    assert "Ask for a call Monday 2 March, between 11:00 and 12:00" in text_of(answer)
    with services.read() as session:
        assert session.scalars(select(Task.wished_time)).one()


def test_a_number_is_corrected_with_the_code_that_came(site: Site) -> None:
    services = site.services
    person_id, path = a_page(services)
    client = site.anybody()
    answer = client.post(f"{path}/number", data={"chosen": "07700 900123"}, follow_redirects=True)
    assert "Type in the code" in text_of(answer)
    run_tick(services)
    with services.read() as session:
        words = session.scalars(select(Message)).one().opened(services.keyring)[1]
    code = re.findall(r"\d{6}", words)[0]
    assert person(services, person_id).opened(services.keyring).mobile == "+447700900001"
    answer = client.post(f"{path}/code", data={"chosen": code}, follow_redirects=True)
    assert "Ends in 123" in text_of(answer)


def test_links_that_went_to_the_old_number_end_with_it(site: Site) -> None:
    """Whoever has the old phone now could read there what comes, and ask for calls."""
    services = site.services
    person_id, path = a_page(services)
    with services.begin() as session:
        link, address = new_link(services, person_id, services.now(), "answer")
        session.add(link)
    client = site.anybody()
    client.post(f"{path}/number", data={"chosen": "07700 900123"})
    with services.read() as session:
        words = session.scalars(select(Message)).one().opened(services.keyring)[1]
    client.post(f"{path}/code", data={"chosen": re.findall(r"\d{6}", words)[0]})
    assert client.get(address.removeprefix(services.config.service.public_url)).status_code == 404
    assert client.get(path).status_code == 200, "the link in use stays, for them to see that it worked"


def test_a_wrong_code_counts_although_it_is_refused(site: Site) -> None:
    services = site.services
    person_id, path = a_page(services)
    client = site.anybody()
    client.post(f"{path}/number", data={"chosen": "07700 900123"})
    run_tick(services)
    with services.read() as session:
        words = session.scalars(select(Message)).one().opened(services.keyring)[1]
    for _ in range(5):
        client.post(f"{path}/code", data={"chosen": "x"})
    assert client.post(f"{path}/code", data={"chosen": re.findall(r"\d{6}", words)[0]}).status_code == 422
    assert person(services, person_id).opened(services.keyring).mobile == "+447700900001"


def test_what_we_sent_and_what_comes_shows_no_words_of_it(site: Site) -> None:
    services = site.services
    _, path = a_page(services)
    clock_of(services).set(datetime(2026, 3, 5, 10, 30, tzinfo=UTC))
    run_tick(services)
    shown = text_of(site.anybody().get(f"{path}/messages"))
    assert "Thursday 5 March : A check-in, by text" in shown
    assert "What comes" in shown
    for word in ("psychother", "assessment", "therapy", "Willow"):
        assert word not in shown.lower()


def test_closing_the_page_ends_every_link(site: Site) -> None:
    _, path = a_page(site.services)
    answer = site.anybody().post(f"{path}/close")
    assert "This page is closed" in text_of(answer)
    assert site.anybody().get(path).status_code == 404


# ------------------------------------------------------------------------------------------- how it looks


@pytest.mark.parametrize("language", ["en", "cy", "ar", "pl", "so", "ur"])
def test_an_old_narrow_phone_without_scripts_shows_every_page(live: Live, language: str) -> None:
    _, path = a_page(live.site.services, language=language)
    page = narrow(live)
    for topic in ("", *TOPICS):
        page.goto(f"{path}/{topic}".rstrip("/"))
        assert page.locator("h1").count() == 1
        assert page.locator("html").get_attribute("dir") == ("rtl" if language in ("ar", "ur") else "ltr")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_pages_are_accessible(live: Live, language: str) -> None:
    _, path = a_page(live.site.services, language=language)
    page = live.visit(phone=True)
    for topic in ("", "language", "channel", "number", "messages"):
        page.goto(f"{path}/{topic}".rstrip("/"))
        assert_accessible(page)
    page.goto(f"{path}/call")
    page.get_by_role("button").click()
    assert_accessible(page)


def test_in_arabic_labels_begin_on_the_right_and_the_choice_is_made_by_keyboard(live: Live) -> None:
    services = live.site.services
    person_id, path = a_page(services, language="ar")
    page = narrow(live)
    page.goto(f"{path}/time")
    box, label = page.locator("#chosen-1").bounding_box(), page.locator("label").first.bounding_box()
    assert box
    assert label
    assert box["x"] > label["x"] + label["width"] / 2, "the circle stands to the right of its words"
    page.locator("#chosen-1").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**done=1**")
    assert person(services, person_id).day_part is DayPart.MORNING


def narrow(live: Live) -> Page:
    """The window of an old phone: 320 pixels, no scripts."""
    page = live.visit(phone=True, scripts=False)
    page.set_viewport_size({"width": 320, "height": 568})
    return page
