"""What is on record about one batch of a waiting list, read at once and under the locks of its people."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.waits import visits_of
from outreach.models import LookupToken, OwnChoice, Person, Referral
from outreach.models.own_page import standing_choices
from outreach.models.person import Details, lock_people, open_details
from outreach.rules.pathway import Dates, Visit
from outreach.sealing import Keyring

OF_PERSON = (
    Person.language,
    Person.interpreter,
    Person.format,
    Person.ethnicity,
    Person.preferred_channel,
    Person.safe_to_text,
    Person.safe_to_email,
    Person.safe_to_voicemail,
    Person.number_is,
    Person.deceased_on,
    Person.do_not_contact_since,
)
"""The readable columns that a list can change."""

OF_REFERRAL = (
    Referral.stage,
    Referral.referred_on,
    Referral.accepted_on,
    Referral.therapy_ended_on,
    Referral.closed_on,
    Referral.closed_reason,
)


@dataclass(slots=True)
class KnownPerson:
    """A person as stored, and as this batch leaves them; `changed` names what it changed."""

    id: str
    details: Details
    columns: dict[str, Any]
    is_new: bool = False
    changed: list[str] = field(default_factory=list)

    def put(self, column: str, value: Any) -> bool:
        """Give a readable column this value; whether that changes it."""
        if self.columns[column] == value:
            return False
        self.columns[column] = value
        self.changed.append(column)
        return True

    @property
    def is_stopped(self) -> bool:
        """Nothing goes to this person any more."""
        return bool(self.columns["deceased_on"] or self.columns["do_not_contact_since"])


@dataclass(slots=True)
class KnownReferral:
    """A referral as stored, with its appointments in order of date, and as this batch leaves it."""

    id: str
    local_id: str
    person_id: str
    columns: dict[str, Any]
    visits: list[Visit] = field(default_factory=list)
    is_new: bool = False
    is_changed: bool = False

    def put(self, column: str, value: Any) -> bool:
        """Give a column this value; whether that changes it."""
        if self.columns[column] == value:
            return False
        self.columns[column] = value
        self.is_changed = True
        return True

    @property
    def is_closed(self) -> bool:
        """It has left the waiting list."""
        return self.columns["closed_on"] is not None

    @property
    def dates(self) -> Dates:
        """Its stage dates as the rules see them."""
        return Dates(
            *(self.columns[name] for name in ("referred_on", "accepted_on", "therapy_ended_on", "closed_on"))
        )


@dataclass(slots=True)
class Known:
    """People by id, referrals by local id, whose each NHS number is, and what people chose for themselves."""

    people: dict[str, KnownPerson]
    referrals: dict[str, KnownReferral]
    by_number: dict[str, str]
    chosen: dict[str, list[OwnChoice]] = field(default_factory=dict)


def load_known(
    session: Session, keyring: Keyring, local_ids: Collection[str], numbers: Collection[str] = ()
) -> Known:
    """Everybody whom these referral ids and NHS numbers are about, locked before they are read."""
    by_number = _people_by_number(session, keyring, numbers)
    whose = session.scalars(select(Referral.person_id).where(Referral.local_id.in_(local_ids))).all()
    ids = lock_people(session, [*whose, *by_number.values()])
    if not ids:
        return Known({}, {}, {})
    people = {
        row.id: KnownPerson(
            row.id,
            open_details(keyring, row.id, row.details),
            {each.key: row[i] for i, each in enumerate(OF_PERSON, 2)},
        )
        for row in session.execute(select(Person.id, Person.details, *OF_PERSON).where(Person.id.in_(ids)))
    }
    chosen: dict[str, list[OwnChoice]] = {}
    for choice in standing_choices(session, ids):
        chosen.setdefault(choice.person_id, []).append(choice)
    return Known(people, _referrals(session, local_ids), by_number, chosen)


def _people_by_number(session: Session, keyring: Keyring, numbers: Collection[str]) -> dict[str, str]:
    """The lowest id stands where two people have one number."""
    by_token = {token: number for number in numbers for token in keyring.blinds("nhs_number", number)}
    query = select(LookupToken.person_id, LookupToken.token).where(
        LookupToken.kind == "nhs_number", LookupToken.token.in_(list(by_token))
    )
    found = session.execute(query.order_by(LookupToken.person_id.desc()))
    return {by_token[token]: person_id for person_id, token in found}


def _referrals(session: Session, local_ids: Collection[str]) -> dict[str, KnownReferral]:
    query = select(Referral.id, Referral.local_id, Referral.person_id, *OF_REFERRAL).where(
        Referral.local_id.in_(local_ids)
    )
    referrals = {
        row.id: KnownReferral(
            row.id, row.local_id, row.person_id, {each.key: row[i] for i, each in enumerate(OF_REFERRAL, 3)}
        )
        for row in session.execute(query)
    }
    for referral_id, visit in visits_of(session, list(referrals)):
        referrals[referral_id].visits.append(visit)
    return {referral.local_id: referral for referral in referrals.values()}
