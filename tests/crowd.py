"""Puts a crowd of made-up people into a database in a few statements, each with a name and so a text of their own."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import insert, select

from outreach.actions.plan import plan_due, replan
from outreach.models import LookupToken, Person, Referral
from outreach.models.base import new_id
from outreach.models.person import Details
from outreach.services import Services
from outreach.vocabulary import NumberIs, Stage
from tests import cast
from tests.house import clock_of

NUMBERS = 1_000
"""There are no more fictional mobile numbers: a larger crowd shares them, and each says that it is their own."""

BATCH = 1_000


def details_of(number: int, name: str = "Person") -> Details:
    """The person with this number in the crowd."""
    return Details(
        given_name=f"{name}{number}",
        family_name="Example",
        mobile=f"+447700900{number % NUMBERS:03}",
        email=f"person{number}@example.org",
        date_of_birth="1990-05-01",
    )


def crowd(
    services: Services, count: int, referred_on: date = date(2026, 3, 2), name: str = "Person", **facts: Any
) -> None:
    """So many people, newly referred and not planned for yet."""
    rows = _people(services, count, referred_on, name, facts)
    while batch := list(islice(rows, BATCH)):
        people, tokens, referrals = zip(*batch, strict=True)
        with services.begin() as session:
            session.execute(insert(Person), list(people))
            session.execute(insert(LookupToken), [token for pair in tokens for token in pair])
            session.execute(insert(Referral), list(referrals))


def _people(
    services: Services, count: int, referred_on: date, name: str, facts: dict[str, Any]
) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]]:
    keyring, now = services.keyring, services.now()
    known = {
        "safe_to_text": True,
        "safe_to_email": True,
        "language": "en",
        "number_is": NumberIs.OWN,
        **facts,
    }
    for number in range(count):
        details, person_id = details_of(number, name), new_id()
        row = Person(id=person_id)
        row.seal(keyring, details)
        person = {"id": person_id, "details": row.details, "interpreter": False, "created_at": now, **known}
        tokens = [
            {"person_id": person_id, "kind": kind, "token": keyring.blind(kind, value)}
            for kind, value in (("mobile", details.mobile), ("email", details.email))
        ]
        referral = {
            "id": new_id(),
            "local_id": f"R-{number}",
            "person_id": person_id,
            "stage": Stage.AWAITING_ASSESSMENT,
            "referred_on": referred_on,
            "created_at": now,
        }
        yield person, tokens, referral


def enrol(services: Services) -> None:
    """Put everybody on the schedules of their stage."""
    with services.read() as session:
        ids = list(session.scalars(select(Person.id).order_by(Person.id)))
    for start in range(0, len(ids), BATCH):
        with services.begin() as session:
            replan(session, services, ids[start : start + BATCH], services.now())


FIRST_CONTACT = datetime(2026, 3, 5, 10, 30, tzinfo=UTC)


def first_texts_due(services: Services, people: int) -> None:
    """So many people whose first contact is due now, as a text: it is `FIRST_CONTACT`."""
    with services.begin() as session:
        for number in range(people):
            details = cast.another(mobile=f"+447700900{number:03}", email="")
            row = cast.person(session, services, details)
            cast.referral(session, services, row, date(2026, 3, 2), local_id=f"R-{number}", plans=False)
    clock_of(services).set(FIRST_CONTACT)
    with services.begin() as session:
        cast.replan_all(session, services)
    plan_all(services)


def plan_all(services: Services) -> None:
    """Put on record everything that is due now."""
    while plan_due(services, services.now()).people:
        pass
