"""When paper comes in time, and what an email says once it is on paper."""

import re
from datetime import date

import pytest

from outreach.library import shipped
from outreach.rules.letters import LEFT_OUT, NO_ADDRESS, TOO_LATE_BY_POST, Post, by_post, on_paper
from outreach.vocabulary import Instead

PHONE = "020 7946 0000"
EMAILS = sorted((shipped() / "templates" / "en").rglob("*.email.txt"))
ONLY_ON_SCREEN = re.compile(r"\b[Rr]epl(?:y|ies)\b|\b(?:STOP|TALK|LATER|CHANGE|JOIN)\b|\b[Ee]mail|\bclick")


def test_a_letter_is_written_where_it_comes_before_the_day_it_is_about() -> None:
    day = date(2026, 3, 12)
    in_time = by_post(Instead.LETTER, has_address=True, worthless_on=day, comes_on=date(2026, 3, 11))
    too_late = by_post(Instead.LETTER, has_address=True, worthless_on=day, comes_on=day)
    assert in_time == Post(Instead.LETTER)
    assert too_late == Post(Instead.CALL, TOO_LATE_BY_POST)


def test_without_an_address_a_person_takes_it_over() -> None:
    assert by_post(Instead.LETTER, has_address=False, worthless_on=None, comes_on=date(2026, 3, 1)) == Post(
        Instead.CALL, NO_ADDRESS
    )


def test_whoever_needs_a_call_gets_no_letter() -> None:
    assert by_post(Instead.CALL, has_address=True, worthless_on=None, comes_on=date(2026, 3, 1)) == Post(
        Instead.CALL
    )


@pytest.mark.parametrize(
    ("said", "on_a_letter"),
    [
        ("To talk, reply TALK or ring 020 7946 0000.", f"To talk, ring {PHONE}."),
        ("To talk to someone, reply TALK.", f"To talk to someone, ring {PHONE}."),
        ("To stop these emails, reply STOP. You stay on our list.", "You stay on our list."),
        (f"To choose, visit {LEFT_OUT}. We are here.", "We are here."),
        ("This is our first email to you.", "This is our first letter to you."),
        (
            "If you would like to tell us, just reply, or ring 020 7946 0000.",
            f"If you would like to tell us, ring {PHONE}.",
        ),
        ("Text SHOUT to 85258. Stop when you like.", "Text SHOUT to 85258. Stop when you like."),
    ],
)
def test_an_email_on_paper_asks_to_ring_and_names_nothing_to_press(said: str, on_a_letter: str) -> None:
    assert on_paper(said, PHONE) == on_a_letter


@pytest.mark.parametrize("path", EMAILS, ids=lambda path: f"{path.parent.name}-{path.name.split('.')[0]}")
def test_no_shipped_email_asks_for_a_reply_on_paper(path: object) -> None:
    source = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    body = re.sub(r"\{%.*?%\}", "", source.partition("\n")[2])
    body = body.replace("{{ phone }}", PHONE).replace("{{ own_page }}", LEFT_OUT)
    paper = on_paper(body, PHONE)
    assert not ONLY_ON_SCREEN.search(paper), paper
    assert len(paper) > 40


def test_what_only_an_email_can_ask_gives_way_once_to_what_a_letter_can() -> None:
    said = "To choose, reply CHANGE. To stop these emails, reply STOP. You stay on our list.\n\nReply STOP to stop."
    assert on_paper(said, PHONE, "Ring us.") == "Ring us. You stay on our list."
