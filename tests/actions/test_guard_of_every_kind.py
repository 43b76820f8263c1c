"""Every kind of message that no schedule plans is looked at again at the moment of sending, like any other."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from outreach.actions.claim import Claim, claim_due
from outreach.actions.group_sessions import send_about
from outreach.actions.hold import hold
from outreach.actions.invite import INVITATION
from outreach.actions.pause import pause_sending
from outreach.actions.send import begin_sending
from outreach.actions.staff_words import StaffWords, write_as_staff
from outreach.actions.write_to import write_to
from outreach.models import GroupSession, Invitation, Message, OptOut, Person, Referral, Task
from outreach.models.base import new_id
from outreach.providers.simulator import SimulatedTexts
from outreach.services import Services
from outreach.vocabulary import (
    Cause,
    Channel,
    MessageState,
    NumberIs,
    PreferredChannel,
    Purpose,
    Role,
    Stage,
    TaskKind,
    Urgency,
)
from tests import cast
from tests.actions.test_groups import a_group


@dataclass
class Scene:
    """Amina, known to us, with a message of one kind waiting in the queue."""

    services: Services
    session: Session
    person: Person
    referral: Referral


def _own_words(scene: Scene) -> None:
    pat = cast.staff(scene.session, scene.services, "Pat", Role.PEER_LEAD)
    new = StaffWords(new_id(), Channel.SMS, "See you then.", "en")
    write_as_staff(scene.session, scene.services, scene.person, new, staff=pat, now=scene.services.now())


def _about_a_group(template: str, purpose: Purpose) -> Callable[[Scene], None]:
    def write(scene: Scene) -> None:
        group_session = scene.session.scalars(select(GroupSession)).one()
        now = scene.services.now()
        row = Invitation(
            id=new_id(),
            session_id=group_session.id,
            person_id=scene.person.id,
            referral_id=scene.referral.id,
            invited_at=now,
            invited_by="Kim",
            answer_by=now + timedelta(days=2),
        )
        scene.session.add(row)
        scene.session.flush()
        send_about(
            scene.session, scene.services, group_session, row, template=template, purpose=purpose, now=now
        )

    return write


def _about_a_call(scene: Scene) -> None:
    now = scene.services.now()
    task = Task(
        id=new_id(),
        kind=TaskKind.CALLBACK,
        urgency=Urgency.SOON,
        cause="test",
        reason="asked to talk",
        opened_at=now,
        due_at=now,
        person_id=scene.person.id,
        referral_id=scene.referral.id,
    )
    scene.session.add(task)
    scene.session.flush()
    write_to(scene.session, scene.services, task, "answers/callback-late", now)


KINDS: dict[str, Callable[[Scene], None]] = {
    "own words": _own_words,
    "invitation": _about_a_group(INVITATION, Purpose.SUPPORT),
    "freed place": _about_a_group("groups/place-free", Purpose.APPOINTMENT),
    "reminder": _about_a_group("groups/reminder", Purpose.APPOINTMENT),
    "called off": _about_a_group("groups/called-off", Purpose.APPOINTMENT),
    "thanks": _about_a_group("groups/thank-you", Purpose.SUPPORT),
    "late call": _about_a_call,
}
SPACED = {"invitation", "thanks"}


def _stopped(scene: Scene, **what: object) -> None:
    now = scene.services.now()
    scene.session.add(OptOut(cause=Cause.REPLY, at=now, who="the person", why="wrote STOP", **what))


def _number(scene: Scene) -> bytes:
    keyring = scene.services.keyring
    return keyring.blind("mobile", scene.person.opened(keyring).mobile)


def _stops_texts(scene: Scene) -> None:
    _stopped(scene, person_id=scene.person.id, channel=Channel.SMS)


def _stops_this_kind(scene: Scene) -> None:
    purpose = scene.session.scalars(select(Message.purpose).where(Message.person_id == scene.person.id)).one()
    _stopped(scene, person_id=scene.person.id, purpose=purpose)


def _somebody_else_stopped_this_number(scene: Scene) -> None:
    token = _number(scene)
    _stopped(scene, address_token=token, channel=Channel.SMS)


def _wrong_number(scene: Scene) -> None:
    token = _number(scene)
    row = OptOut(cause=Cause.WRONG_NUMBER, at=scene.services.now(), who="whoever has it", address_token=token)
    row.channel = Channel.SMS
    scene.session.add(row)


def _has_died(scene: Scene) -> None:
    scene.person.deceased_on = date(2026, 3, 1)


def _do_not_contact(scene: Scene) -> None:
    scene.person.do_not_contact_since = scene.services.now()


def _has_left(scene: Scene) -> None:
    scene.referral.stage, scene.referral.closed_on = Stage.CLOSED, date(2026, 3, 2)


def _not_safe(scene: Scene) -> None:
    scene.person.safe_to_text = False


def _shared_number(scene: Scene) -> None:
    scene.person.number_is = NumberIs.SHARED


def _carers_number(scene: Scene) -> None:
    scene.person.number_is = NumberIs.CARER


def _under_18(scene: Scene) -> None:
    scene.person.seal(scene.services.keyring, cast.another(email="", date_of_birth="2010-01-01"))


def _no_number(scene: Scene) -> None:
    scene.person.seal(scene.services.keyring, cast.another(email="", mobile=""))


def _paused(scene: Scene) -> None:
    pause_sending(scene.session, scene.services.now(), who="Pat", why="looking into something")


def _held_with_appointments(scene: Scene) -> None:
    now = scene.services.now()
    hold(scene.session, scene.person.id, now, who="Dr Ito", why="in hospital", with_appointments=True)


def _gap(scene: Scene) -> None:
    now = scene.services.now()
    scene.session.add(
        Message(
            id=new_id(),
            person_id=scene.person.id,
            step="check-in",
            occurrence="x:0",
            purpose=Purpose.CHECK_IN,
            template="before-assessment/check-in-1",
            channel=Channel.SMS,
            state=MessageState.SENT,
            due_at=now,
            planned_for=now,
            created_at=now,
            sending_at=now - timedelta(hours=20),
        )
    )


ANY = set(KINDS)
REFUSALS: dict[str, tuple[Callable[[Scene], None], set[str]]] = {
    "stopped texts": (_stops_texts, ANY),
    "stopped this kind": (_stops_this_kind, ANY),
    "number stopped by another": (_somebody_else_stopped_this_number, ANY),
    "wrong number": (_wrong_number, ANY),
    "died": (_has_died, ANY),
    "do not contact": (_do_not_contact, ANY),
    "left": (_has_left, ANY),
    "not safe": (_not_safe, ANY),
    "shared number": (_shared_number, ANY),
    "carer's number": (_carers_number, ANY),
    "under 18": (_under_18, ANY),
    "no number": (_no_number, ANY),
    "paused": (_paused, ANY),
    "held by a clinician": (_held_with_appointments, ANY - {"own words"}),
    "gap": (_gap, SPACED),
}


class RealTexts(SimulatedTexts):
    """For all that Outreach knows these reach people."""

    is_simulated = False
    is_live = True


def _waiting(services: Services, kinds: Collection[str]) -> tuple[Claim, dict[str, str]]:
    """A message of each of these kinds, claimed by its sender, and the person it goes to."""
    a_group(services)
    people = {}
    with services.begin() as session:
        for number, kind in enumerate(sorted(kinds)):
            details = cast.another(mobile=f"+44770090001{number}", email="")
            person = cast.person(session, services, details, introduced_at=services.now())
            referral = cast.referral(
                session, services, person, date(2026, 2, 1), local_id=f"R-{number}", plans=False
            )
            KINDS[kind](Scene(services, session, person, referral))
            people[kind] = person.id
    claim = claim_due(services, services.now())
    assert len(claim.message_ids) == len(kinds)
    return claim, people


def _gone(services: Services, claim: Claim, people: dict[str, str], now: datetime) -> list[str]:
    """The kinds of message that leave."""
    reached = {each.person_id for each in begin_sending(services, claim, claim.message_ids, now)}
    return [kind for kind, person_id in people.items() if person_id in reached]


def _kept_back(services: Services) -> list[Message]:
    """Those that have not left; each has its reason on record."""
    with services.read() as session:
        messages = list(session.scalars(select(Message).where(Message.state != MessageState.SENT)))
    assert all(message.reason for message in messages)
    return messages


def test_with_nothing_in_the_way_each_goes(services: Services) -> None:
    claim, people = _waiting(services, KINDS)
    assert _gone(services, claim, people, services.now()) == sorted(KINDS)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_comes_between_after_the_claim_keeps_it_back(services: Services, refusal: str) -> None:
    comes_between, kinds = REFUSALS[refusal]
    claim, people = _waiting(services, kinds)
    with services.begin() as session:
        for person_id in people.values():
            referral = session.scalars(select(Referral).where(Referral.person_id == person_id)).one()
            comes_between(Scene(services, session, session.get_one(Person, person_id), referral))
    assert _gone(services, claim, people, services.now()) == []
    assert len(_kept_back(services)) == len(kinds)


def test_in_the_evening_each_is_moved_to_the_morning(sqlite_services: Services) -> None:
    services, evening = sqlite_services, sqlite_services.now().replace(hour=21)
    claim, people = _waiting(services, KINDS)
    with services.begin() as session:
        session.execute(update(Message).values(claimed_until=evening + timedelta(minutes=2)))
    assert _gone(services, claim, people, evening) == []
    assert all(services.calendar.is_open(each.planned_for) for each in _kept_back(services))


def test_over_the_cap_each_goes_another_day(sqlite_services: Services) -> None:
    config = sqlite_services.config
    full = config.model_copy(update={"sending": config.sending.model_copy(update={"daily_cap": 0})})
    services = replace(sqlite_services, config=full)
    claim, people = _waiting(services, KINDS)
    assert _gone(services, claim, people, services.now()) == []
    tomorrow = services.now() + timedelta(hours=12)
    assert all(each.planned_for > tomorrow for each in _kept_back(services))


def _with_real_texts(services: Services, *, is_live: bool) -> Services:
    real = RealTexts()
    real.is_live = is_live
    return replace(services, texts=real)


@pytest.mark.parametrize(("is_live", "held_by"), [(True, "stale_list"), (False, "allow_list")])
def test_with_a_real_provider_a_stale_list_and_the_allow_list_hold_each(
    sqlite_services: Services, is_live: bool, held_by: str
) -> None:
    claim, people = _waiting(sqlite_services, KINDS)
    services = _with_real_texts(sqlite_services, is_live=is_live)
    assert _gone(services, claim, people, services.now()) == []
    assert {each.held_by for each in _kept_back(services)} == {held_by}


def test_words_written_as_a_text_never_leave_as_an_email_and_staff_ring(services: Services) -> None:
    claim, people = _waiting(services, KINDS)
    with services.begin() as session:
        for person in session.scalars(select(Person)):
            person.seal(services.keyring, cast.another(mobile="", email=f"{person.id}@example.org"))
            person.preferred_channel = PreferredChannel.EMAIL
    assert _gone(services, claim, people, services.now()) == []
    kept = _kept_back(services)
    assert {each.reason for each in kept} == {"no usable mobile number"}
    with services.read() as session:
        rung = set(session.scalars(select(Task.message_id).where(Task.kind == TaskKind.CALL)))
    assert rung == {each.id for each in kept if each.purpose is Purpose.APPOINTMENT}


def test_each_goes_to_the_number_that_is_theirs_when_it_leaves(services: Services) -> None:
    claim, _ = _waiting(services, KINDS)
    with services.begin() as session:
        for person in session.scalars(select(Person)):
            person.seal(services.keyring, cast.another(mobile="+447700900077", email=""))
    handovers = begin_sending(services, claim, claim.message_ids, services.now())
    assert [each.outbound.to for each in handovers] == ["+447700900077"] * len(KINDS)
