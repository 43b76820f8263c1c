"""Every address of one person or one reply opens for exactly those who may see that very person."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import count
from uuid import uuid4

import pytest
from sqlalchemy import select

from outreach.actions.tasks import NewTask, raise_task
from outreach.models import Acquaintance, Referral, Reply
from outreach.models.base import new_id
from outreach.vocabulary import Role, TaskKind, Urgency
from outreach.web.permissions import STAFF, may_open
from tests import cast
from tests.house import run_tick
from tests.web.life import task_of, writes
from tests.web.site import Site, text_of
from tests.web.test_permissions import fill_in

PEOPLE = ("own", "nobody's", "another's", "known")
"""Whose task the person is behind; `known` is known to the member in private life."""

OF_SOMEBODY = frozenset({"person_id", "reply_id", "referral_id"})

NUMBERS = count(100)


def _routes(site: Site) -> list[tuple[str, str, str]]:
    """The name, rule and method of each staff route about somebody."""
    return [
        (rule.endpoint, rule.rule, method)
        for rule in site.app.url_map.iter_rules()
        if rule.endpoint in STAFF and rule.arguments & OF_SOMEBODY
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]


def test_there_are_such_routes(site: Site) -> None:
    assert {"people.person", "replies.reply"} <= {endpoint for endpoint, _, _ in _routes(site)}


@pytest.mark.parametrize("whose", PEOPLE)
@pytest.mark.parametrize("role", list(Role), ids=[role.value for role in Role])
def test_who_may_not_see_somebody_is_refused_at_every_address_of_theirs(
    site: Site, role: Role, whose: str
) -> None:
    sees = role is not Role.ANALYST and whose in {
        "own",
        "nobody's",
        *(("another's",) if role is not Role.PEER_WORKER else ()),
    }
    client, somebody = site.signed_in(role), _somebody(site, role, whose)
    for endpoint, rule, method in _routes(site):
        address = fill_in(rule, somebody)
        answer = client.send(address) if method == "POST" else client.get(address)
        expected = sees and may_open(endpoint, role)
        assert (answer.status_code != 403) == expected, (endpoint, method, answer.status_code)
        if not expected:
            assert "Amina" not in answer.text
        elif method == "POST":
            somebody = _somebody(site, role, whose)  # this one may be another's or closed by now


@pytest.mark.parametrize("role", list(Role), ids=[role.value for role in Role])
def test_no_page_tells_a_member_anything_about_somebody_they_know(site: Site, role: Role) -> None:
    somebody = _somebody(site, role, "known")
    colleague = site.signed_in(Role.ADMIN if role is Role.CLINICIAN else Role.CLINICIAN)
    colleague.get(f"/people/{somebody['person_id']}")
    run_tick(site.services)
    with site.services.read() as session:
        local_id = session.get_one(Referral, somebody["referral_id"]).local_id
    client = site.signed_in(role)
    pages = [
        rule.rule
        for rule in site.app.url_map.iter_rules()
        if rule.endpoint in STAFF and not rule.arguments and "GET" in (rule.methods or ())
    ]
    about = f"/audit/?about={somebody['person_id']}"
    shown = {page: client.get(page).text for page in pages} | {about: text_of(client.get(about))}
    told = [(page, word) for page, text in shown.items() for word in ("Amina", local_id) if word in text]
    told += [(page, name) for page in pages for name, each in somebody.items() if each in shown[page]]
    assert (told, "saw person" in shown[about]) == ([], False)
    if may_open("messages.messages", role):
        assert local_id in colleague.get("/messages/").text, "there is something to hide"


def test_a_clinician_acts_on_a_crisis_without_the_name_of_a_candidate_they_know(site: Site) -> None:
    services = site.services
    amina, _ = cast.amina(services)
    with services.begin() as session:
        sister = cast.person(session, services, cast.another(given_name="Bea", mobile=cast.AMINA.mobile))
        cast.referral(session, services, sister, services.calendar.day_of(services.now()), local_id="R-9")
    writes(services, "I want to die")
    address = f"/tasks/{task_of(services, TaskKind.URGENT).id}"
    clinician = site.signed_in(Role.CLINICIAN)
    assert all(name in clinician.get(address).text for name in ("Amina", "Bea"))
    with services.begin() as session:
        member = site.member(session, Role.CLINICIAN)
        session.add(Acquaintance(id=new_id(), staff_id=member.id, person_id=amina, at=services.now()))
    page = clinician.get(address)
    assert (page.status_code, "Bea" in page.text, "Amina" in page.text) == (200, True, False)


def _somebody(site: Site, role: Role, whose: str) -> Mapping[str, str]:
    """A new person who has written and is behind a task; the ids of person, reply and referral."""
    services, now, number = site.services, site.services.now(), next(NUMBERS)
    details = cast.another(mobile=f"+447700900{number}", email=f"a{number}@example.org")
    with services.begin() as session:
        person = cast.person(session, services, details)
        day = services.calendar.day_of(now)
        referral = cast.referral(session, services, person, day, local_id=f"R-{uuid4().hex[:8]}", plans=False)
        person_id, referral_id = person.id, referral.id
    writes(services, "the bus was late again", sender=details.mobile)
    with services.begin() as session:
        member = site.member(session, role)
        if whose == "known":
            session.add(Acquaintance(id=new_id(), staff_id=member.id, person_id=person_id, at=now))
        holder = {"own": member.id, "another's": site.member(session, Role.PEER_WORKER, "Sam Second").id}
        new = NewTask(
            TaskKind.RECORD_CHECK,
            Urgency.SOON,
            f"test:{new_id()}",
            "for a test",
            now + timedelta(days=1),
            person_id=person_id,
            assignee_id=holder.get(whose),
        )
        raise_task(session, services.keyring, new, now)
        reply_id = session.scalars(select(Reply.id).where(Reply.person_id == person_id)).one()
    return {"person_id": person_id, "reply_id": reply_id, "referral_id": referral_id}
