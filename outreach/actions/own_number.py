"""A person corrects their mobile number: a code goes to the new one, which is not used before the code came back."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.actions.duty import duties
from outreach.actions.own_choices import BECAUSE, BY, remember
from outreach.actions.own_link import revoke_links
from outreach.actions.plan import replan
from outreach.actions.tasks import NewTask, raise_task
from outreach.errors import RefusedError
from outreach.models import Message, NumberCode, OptOut, Person
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.models.message import sealed_address, sealed_body
from outreach.models.person import lock_people, people_by, refile
from outreach.models.referral import current_referral
from outreach.rules.addresses import read_mobile
from outreach.rules.segments import count
from outreach.services import Services
from outreach.vocabulary import Channel, ChoiceKind, MessageState, NumberIs, Purpose, TaskKind, Urgency

GOOD_FOR = timedelta(minutes=30)
MOST_TRIES = 5
MOST_A_DAY = 3
"""Codes to one number, and for one person, in a day: nobody's phone is flooded through us."""

TOO_MANY = "too many codes were asked for today; please ring us"
BLOCKED = "we cannot text this number; please ring us"
WRONG = "this code is not right, or it is too old"


def send_code(
    session: Session, services: Services, person: Person, written: str, *, words: str, now: datetime
) -> NumberCode:
    """Send a code to this number; `words` is the text, with {code} in it. Raises ContactError or RefusedError."""
    lock_people(session, [person.id])
    mobile = read_mobile(written)
    token = services.keyring.blind("mobile", mobile)
    _must_be_allowed(session, services, person, mobile, now)
    code, row_id = f"{secrets.randbelow(10**6):06}", new_id()
    row = NumberCode(
        id=row_id,
        person_id=person.id,
        mobile=services.keyring.seal(mobile, f"number_code|mobile|{row_id}"),
        mobile_token=token,
        code_digest=services.keyring.digest(f"{row_id}:{code}"),
        made_at=now,
        expires_at=now + GOOD_FOR,
    )
    session.add(row)
    _text(session, services, person, mobile, words.replace("{code}", code), step="number-code", now=now)
    note(session, now, BY, "asked for a code", row)
    return row


def _must_be_allowed(
    session: Session, services: Services, person: Person, mobile: str, now: datetime
) -> None:
    """Not to a number that has stopped us, and not again and again."""
    tokens = services.keyring.blinds("mobile", mobile)
    if session.scalar(select(OptOut.id).where(OptOut.address_token.in_(tokens), OptOut.undone_at.is_(None))):
        raise RefusedError(BLOCKED)
    since = NumberCode.made_at > now - timedelta(days=1)
    for whose in (NumberCode.person_id == person.id, NumberCode.mobile_token.in_(tokens)):
        if (
            session.scalar(select(func.count()).select_from(NumberCode).where(whose, since)) or 0
        ) >= MOST_A_DAY:
            raise RefusedError(TOO_MANY)


def confirm_code(
    services: Services, person_id: str, typed: str, told_old: str, now: datetime, *, token: str = ""
) -> None:
    """Use the number once its code has come back. RefusedError otherwise; a wrong try is counted, whatever follows.

    `told_old` is the text that goes to the number they had until now, so that nobody's number is changed unnoticed.
    Every page link but the one in use, `token`, ends: whoever holds the old phone holds the links that went there.
    """
    with services.begin() as session:
        lock_people(session, [person_id])
        row = _waiting(session, person_id, now)
        if row is None:
            raise RefusedError(WRONG)
        row.tries += 1
        digits = "".join(each for each in typed if each.isdigit())
        is_right = secrets.compare_digest(row.code_digest, services.keyring.digest(f"{row.id}:{digits}"))
        if is_right:
            row.confirmed_at = now
            _use(
                session,
                services,
                session.get_one(Person, person_id),
                row.opened_mobile(services.keyring),
                told_old=told_old,
                now=now,
            )
            revoke_links(session, person_id, now, who=BY, but=token)
    if not is_right:
        raise RefusedError(WRONG)


def _waiting(session: Session, person_id: str, now: datetime) -> NumberCode | None:
    """The newest code that can still be typed in."""
    query = (
        select(NumberCode)
        .where(NumberCode.person_id == person_id)
        .order_by(NumberCode.made_at.desc(), NumberCode.id.desc())
    )
    newest = session.scalar(query.limit(1).with_for_update())
    if newest is None or newest.confirmed_at or newest.expires_at <= now or newest.tries >= MOST_TRIES:
        return None
    return newest


def _use(
    session: Session, services: Services, person: Person, mobile: str, *, told_old: str, now: datetime
) -> None:
    details = person.opened(services.keyring)
    remember(session, services, person.id, ChoiceKind.MOBILE, listed=details.mobile, now=now)
    if details.mobile and details.mobile != mobile and not _stopped(session, services, details.mobile):
        _text(session, services, person, details.mobile, told_old, step="number-changed", now=now)
    shared = [each for each in people_by(session, services.keyring, "mobile", mobile) if each != person.id]
    person.seal(services.keyring, replace(details, mobile=mobile))
    person.number_is = NumberIs.OWN
    refile(session, services.keyring, person.id, "mobile", mobile)
    note(session, now, BY, "corrected the number", person)
    _ask_staff(session, services, person, now, is_shared=bool(shared))
    session.flush()
    replan(session, services, [person.id], now, because=BECAUSE)


def _stopped(session: Session, services: Services, mobile: str) -> bool:
    tokens = services.keyring.blinds("mobile", mobile)
    standing = select(OptOut.id).where(OptOut.address_token.in_(tokens), OptOut.undone_at.is_(None))
    return session.scalar(standing.limit(1)) is not None


def _ask_staff(
    session: Session, services: Services, person: Person, now: datetime, *, is_shared: bool
) -> None:
    """The hospital's own record still holds the old number."""
    referral = current_referral(session, person.id)
    more = "; somebody else on the list has the same one" if is_shared else ""
    new = NewTask(
        kind=TaskKind.RECORD_CHECK,
        urgency=Urgency.ROUTINE,
        cause=f"number:{person.id}:{now.isoformat()}",
        reason=f"has corrected their mobile number, proved by a code: put it into the patient record as well{more}",
        due_at=duties(session, services.calendar, now).in_two_days,
        person_id=person.id,
        referral_id=referral.id if referral else None,
    )
    raise_task(session, services.keyring, new, now)


def _text(
    session: Session, services: Services, person: Person, mobile: str, words: str, *, step: str, now: datetime
) -> None:
    """Answers somebody who is on their page at this moment, whatever the hour."""
    message_id = new_id()
    session.add(
        Message(
            id=message_id,
            person_id=person.id,
            step=step,
            occurrence=f"{message_id}:0",
            purpose=Purpose.ANSWER,
            template=f"own-page/{step}",
            channel=Channel.SMS,
            state=MessageState.PLANNED,
            due_at=now,
            planned_for=now,
            created_at=now,
            late_after=now + GOOD_FOR,
            segments=count(words).segments,
            body=sealed_body(services.keyring, message_id, "", words),
            address=sealed_address(services.keyring, message_id, mobile),
        )
    )
