"""What a person needs in order to read us is kept with who and why, holds at once, and is asked again in time."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from outreach.actions.needs import LOOK_AGAIN, Needs, raise_needs_reviews, record_needs
from outreach.engines.jobs import tick
from outreach.errors import RefusedError
from outreach.models import Letter, Message, NeedsReview, Person, Task
from outreach.services import Services
from outreach.vocabulary import MessageState, PreferredChannel, Role, TaskKind, TaskState
from tests import cast
from tests.house import clock_of

FIRST_CONTACT = datetime(2026, 3, 5, 10, 30, tzinfo=UTC)
LARGE = Needs("en", interpreter=False, format="large print")


def told(services: Services, needs: Needs, why: str = "asked on the phone", who: str = "Pat Peer") -> None:
    with services.begin() as session:
        person = session.scalars(select(Person)).one()
        staff = cast.staff(session, services, who, Role.PEER_WORKER)
        record_needs(session, services, person, needs, staff=staff, now=services.now(), why=why)


def reviews(services: Services) -> list[Task]:
    with services.read() as session:
        return list(session.scalars(select(Task).where(Task.kind == TaskKind.NEEDS_REVIEW).order_by(Task.id)))


def the_message(services: Services) -> Message:
    clock_of(services).set(FIRST_CONTACT)
    tick(services)
    with services.read() as session:
        return session.scalars(select(Message)).one()


def test_what_was_told_is_a_dated_row_and_holds_from_then_on(services: Services) -> None:
    cast.amina(services)
    told(services, LARGE)
    with services.read() as session:
        row, person = session.scalars(select(NeedsReview)).one(), session.scalars(select(Person)).one()
    assert (row.who, row.why, row.format) == ("Pat Peer", "asked on the phone", "large print")
    assert row.at == services.now()
    assert (person.format, person.needs_review_on) == ("large print", date(2026, 3, 2) + LOOK_AGAIN)


@pytest.mark.parametrize(
    "needs",
    [
        Needs("ur", interpreter=True, format=""),
        Needs("en", interpreter=False, format="easy read"),
        Needs("en", interpreter=False, format="braille"),
        Needs("en", interpreter=False, format="", preferred=PreferredChannel.LETTER),
        Needs("en", interpreter=False, format="", preferred=PreferredChannel.PHONE),
    ],
)
def test_a_step_that_cannot_reach_them_so_is_a_letter_or_a_call_and_never_a_text(
    sqlite_services: Services, needs: Needs
) -> None:
    cast.amina(sqlite_services)
    told(sqlite_services, needs)
    message = the_message(sqlite_services)
    assert (message.state, message.channel, message.body) == (MessageState.CANCELLED, None, None)
    with sqlite_services.read() as session:
        calls = session.scalars(select(Task).where(Task.kind == TaskKind.CALL)).all()
        letters = session.scalars(select(Letter)).all()
    assert len(calls) + len(letters) == 1


def test_a_text_that_suits_them_all_the_same_goes(sqlite_services: Services) -> None:
    cast.amina(sqlite_services)
    told(sqlite_services, Needs("en", interpreter=False, format="audio", texts_suit=True))
    assert the_message(sqlite_services).state is MessageState.DELIVERED


def test_a_need_that_only_the_list_names_is_asked_about_within_four_weeks(services: Services) -> None:
    cast.amina(services, format="easy read")
    assert raise_needs_reviews(services, services.now()) == 0
    clock_of(services).set(services.now() + timedelta(days=29))
    assert raise_needs_reviews(services, services.now()) == 1
    assert raise_needs_reviews(services, services.now()) == 0
    (task,) = reviews(services)
    assert task.due_at > services.now()


def test_the_day_named_brings_a_task_and_what_is_told_then_ends_it(services: Services) -> None:
    cast.amina(services)
    told(services, Needs("ur", interpreter=True, format="", next_on=date(2026, 4, 1)))
    clock_of(services).set(datetime(2026, 3, 31, 9, tzinfo=UTC))
    assert raise_needs_reviews(services, services.now()) == 0
    clock_of(services).set(datetime(2026, 4, 1, 9, tzinfo=UTC))
    assert raise_needs_reviews(services, services.now()) == 1
    assert reviews(services)[0].wished_language == "ur"
    told(services, Needs("ur", interpreter=False, format=""), who="Lena Lead")
    (task,) = reviews(services)
    assert (task.state, task.closed_by) == (TaskState.CLOSED, "Lena Lead")
    clock_of(services).set(datetime(2027, 4, 1, 9, tzinfo=UTC))
    assert raise_needs_reviews(services, services.now()) == 0


def test_a_review_closed_without_news_comes_again_in_half_a_year(sqlite_services: Services) -> None:
    cast.amina(sqlite_services, interpreter=True)
    for days in (29, 29 + 100, 29 + 183):
        clock_of(sqlite_services).set(datetime(2026, 3, 2, 10, tzinfo=UTC) + timedelta(days=days))
        raise_needs_reviews(sqlite_services, sqlite_services.now())
        with sqlite_services.begin() as session:
            for task in session.scalars(select(Task).where(Task.kind == TaskKind.NEEDS_REVIEW)):
                task.state = TaskState.CLOSED
    assert len(reviews(sqlite_services)) == 2


@pytest.mark.parametrize("facts", [{"deceased_on": date(2026, 3, 1), "interpreter": True}, {}])
def test_nobody_is_asked_about_the_dead_or_those_without_needs(
    sqlite_services: Services, facts: dict[str, Any]
) -> None:
    cast.amina(sqlite_services, **facts)
    clock_of(sqlite_services).set(sqlite_services.now() + timedelta(days=60))
    assert raise_needs_reviews(sqlite_services, sqlite_services.now()) == 0


@pytest.mark.parametrize(
    ("needs", "why", "says"),
    [
        (LARGE, " ", "say in a few words"),
        (Needs("en", interpreter=False, format="", next_on=date(2026, 3, 2)), "a", "within the coming year"),
        (Needs("en", interpreter=False, format="", next_on=date(2028, 3, 2)), "a", "within the coming year"),
    ],
)
def test_a_need_without_a_reason_or_with_a_day_too_far_is_refused(
    sqlite_services: Services, needs: Needs, why: str, says: str
) -> None:
    cast.amina(sqlite_services)
    with pytest.raises(RefusedError, match=says):
        told(sqlite_services, needs, why)
