"""Reach: who got nothing and why, and from which groups."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import true
from sqlalchemy.orm import Session

from outreach.models import LookupToken, Message, OptOut, Referral, Reply
from outreach.models.base import new_id
from outreach.reports.document import HIDDEN
from outreach.reports.reach import people_reached, reach_section, unreached, unreached_after
from outreach.rules.spans import Span
from outreach.services import Services
from outreach.vocabulary import (
    Cause,
    Channel,
    MessageState,
    NumberIs,
    PreferredChannel,
    Purpose,
)
from tests.figures import waiting
from tests.house import MONDAY

YEAR = Span(date(2025, 1, 1), date(2025, 12, 31))
IN_MAY = datetime(2025, 5, 6, 10, tzinfo=UTC)


def _person(session: Session, *, mobile: bool = True, **facts: Any) -> str:
    """Somebody who waits, with a mobile number unless told otherwise; returns their id."""
    person_id = session.get_one(Referral, waiting(session, **facts)).person_id
    if mobile:
        session.add(LookupToken(person_id=person_id, kind="mobile", token=person_id.encode()[-16:]))
    return person_id


def _message(
    session: Session,
    person_id: str,
    state: MessageState,
    purpose: Purpose = Purpose.CHECK_IN,
    at: datetime = IN_MAY,
) -> None:
    session.add(
        Message(
            person_id=person_id,
            step="check-in",
            occurrence=new_id(),
            purpose=purpose,
            template="x",
            channel=Channel.SMS,
            state=state,
            due_at=at,
            planned_for=at,
            created_at=at,
            sending_at=at,
        )
    )


def _why(services: Services) -> dict[str, str]:
    with services.read() as session:
        return {
            each.person_id: each.why for each in unreached(people_reached(session, YEAR, _instants(services)))
        }


def _instants(services: Services) -> tuple[datetime, datetime]:
    return YEAR.instants(services.calendar)


def test_everybody_who_got_nothing_is_named_by_id_with_the_first_reason_that_applies(
    services: Services,
) -> None:
    with services.begin() as session:
        reached = _person(session)
        _message(session, reached, MessageState.DELIVERED)
        only_answered = _person(session)
        _message(session, only_answered, MessageState.DELIVERED, Purpose.ANSWER)
        last_year = _person(session)
        _message(session, last_year, MessageState.DELIVERED, at=datetime(2024, 5, 6, tzinfo=UTC))
        no_way = _person(session, mobile=False)
        undelivered = _person(session)
        _message(session, undelivered, MessageState.UNDELIVERED)
        stopped = _person(session)
        session.add(
            OptOut(person_id=stopped, channel=Channel.SMS, cause=Cause.REPLY, at=IN_MAY, who="the person")
        )
        stopped_surveys = _person(session)
        session.add(
            OptOut(
                person_id=stopped_surveys,
                purpose=Purpose.SURVEY,
                cause=Cause.REPLY,
                at=IN_MAY,
                who="the person",
            )
        )
        refused = _person(session)
        token = refused.encode()[-16:]
        session.add(
            OptOut(address_token=token, channel=Channel.SMS, cause=Cause.WRONG_NUMBER, at=IN_MAY, who="Pat")
        )
        letters = _person(session, preferred_channel=PreferredChannel.LETTER)
        large = _person(session, format="large print")
        carer = _person(session, number_is=NumberIs.CARER)
        unsafe = _person(session, safe_to_text=False, safe_to_email=False)
        apart = _person(session, do_not_contact_since=MONDAY)
        _person(session, deceased_on=date(2025, 2, 2))
        _person(session, closed_on=date(2024, 12, 30))

    assert _why(services) == {
        only_answered: "nothing was due in this period, or they were never asked whether messages are safe",
        last_year: "nothing was due in this period, or they were never asked whether messages are safe",
        stopped_surveys: "nothing was due in this period, or they were never asked whether messages are safe",
        no_way: "no mobile number and no email address: a letter or a call",
        undelivered: "messages were sent and none arrived: a letter or a call",
        stopped: "has stopped texts, emails or both: a letter or a call",
        refused: "the number or address was refused: find the right one",
        letters: "needs another format, or asked for letters or calls",
        large: "needs another format, or asked for letters or calls",
        carer: "the number is shared or a carer's: staff decide",
        unsafe: "texts and emails are not safe: a call",
        apart: "marked do-not-contact",
    }


def test_an_opt_out_that_was_taken_back_counts_no_more(sqlite_services: Services) -> None:
    with sqlite_services.begin() as session:
        person_id = _person(session)
        session.add(
            OptOut(person_id=person_id, cause=Cause.REPLY, at=IN_MAY, who="the person", undone_at=IN_MAY)
        )

    assert "stopped" not in _why(sqlite_services)[person_id]


def test_reach_is_counted_by_group_with_small_counts_hidden(sqlite_services: Services) -> None:
    with sqlite_services.begin() as session:
        for ethnicity, many, silent in (("A", 60, 20), ("H", 40, 15), ("M", 30, 3)):
            for number in range(many):
                person_id = _person(session, ethnicity=ethnicity, mobile=number >= silent)
                if number >= silent:
                    _message(session, person_id, MessageState.DELIVERED)
    with sqlite_services.read() as session:
        section = reach_section(people_reached(session, YEAR, _instants(sqlite_services)))
    tables = {table.key: table for table in section.tables()}

    assert section.summary == ["Of 130 people on the list in this period, 38 (29%) got no message from us."]
    assert [row[:3] for row in tables["reach-ethnicity"].rows] == [
        ("White: British", 60, 20),
        ("Asian: Indian", 40, HIDDEN),
        ("Black: Caribbean", 30, HIDDEN),
    ]
    assert [row[:3] for row in tables["reach-nothing-ethnicity"].rows][1:3] == [
        ("Asian: Indian", HIDDEN, 40),
        ("Black: Caribbean", HIDDEN, 30),
    ]


def test_whoever_writes_back_has_answered(sqlite_services: Services) -> None:
    with sqlite_services.begin() as session:
        for answers in (True, False, False):
            person_id = _person(session)
            _message(session, person_id, MessageState.SENT)
            if answers:
                session.add(
                    Reply(
                        provider_id=new_id(),
                        channel=Channel.SMS,
                        sender=b"x",
                        sender_token=b"x",
                        body=b"x",
                        received_at=IN_MAY,
                        person_id=person_id,
                    )
                )
    with sqlite_services.read() as session:
        section = reach_section(people_reached(session, YEAR, _instants(sqlite_services)))

    everyone = next(table for table in section.tables() if table.key == "reach")
    assert ("Got messages, never answered", 2, 3) in [row[:3] for row in everyone.rows]


def test_the_list_of_those_whom_nothing_reached_goes_on_where_a_page_ended(sqlite_services: Services) -> None:
    with sqlite_services.begin() as session:
        people = [_person(session) for _ in range(7)]
        _message(session, people[2], MessageState.DELIVERED)
    found: list[str] = []
    with sqlite_services.read() as session:
        some, after = unreached_after(session, YEAR, _instants(sqlite_services), true(), "", most=3)
        found += [each.person_id for each in some]
        while after:
            some, after = unreached_after(session, YEAR, _instants(sqlite_services), true(), after, most=3)
            found += [each.person_id for each in some]
    assert sorted(found) == sorted({*people} - {people[2]})
