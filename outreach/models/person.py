"""A service user: who they are, sealed, and what is known about reaching them safely."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import Index, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.models.base import Base, Id, reference, word
from outreach.rules.identity import name_tokens
from outreach.sealing import Keyring
from outreach.vocabulary import DayPart, NumberIs, PreferredChannel


@dataclass(frozen=True, slots=True)
class Details:
    """Everything about a person that names or reaches them; stored as one sealed value."""

    given_name: str = ""
    family_name: str = ""
    preferred_name: str = ""
    nhs_number: str = ""
    date_of_birth: str = ""  # ISO 8601
    mobile: str = ""  # E.164
    phone: str = ""
    email: str = ""
    address: tuple[str, ...] = ()
    postcode: str = ""
    contact_note: str = ""

    @property
    def called(self) -> str:
        """The name to greet them by."""
        return self.preferred_name or self.given_name or self.family_name

    @property
    def born(self) -> date | None:
        """Their date of birth, where it is known."""
        return date.fromisoformat(self.date_of_birth) if self.date_of_birth else None

    @property
    def lookups(self) -> set[tuple[str, str]]:
        """The (kind, value) pairs that this person is found under."""
        exact = {kind: getattr(self, kind) for kind in ("mobile", "phone", "email", "nhs_number")}
        names = name_tokens((self.given_name, self.family_name, self.preferred_name))
        return {(kind, value) for kind, value in exact.items() if value} | names


DETAILS = tuple(field.name for field in fields(Details))


class Person(Base):
    """A service user. `details` is sealed; everything else is needed to decide without opening it."""

    __tablename__ = "person"

    id: Mapped[Id]
    details: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(35), default="en")
    interpreter: Mapped[bool] = mapped_column(default=False)
    format: Mapped[str | None]
    texts_suit: Mapped[bool | None]
    emails_suit: Mapped[bool | None]
    needs_review_on: Mapped[date | None]
    ethnicity: Mapped[str | None] = mapped_column(String(2))
    preferred_channel: Mapped[PreferredChannel | None] = mapped_column(word(PreferredChannel))
    safe_to_text: Mapped[bool | None]
    safe_to_email: Mapped[bool | None]
    safe_to_voicemail: Mapped[bool | None]
    day_part: Mapped[DayPart | None] = mapped_column(word(DayPart))
    number_is: Mapped[NumberIs] = mapped_column(word(NumberIs), default=NumberIs.OWN)
    deceased_on: Mapped[date | None]
    do_not_contact_since: Mapped[datetime | None]
    introduced_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    def opened(self, keyring: Keyring) -> Details:
        """The sealed details, readable."""
        return open_details(keyring, self.id, self.details)

    def seal(self, keyring: Keyring, details: Details) -> None:
        """Replace the sealed details."""
        self.details = sealed_details(keyring, self.id, details)


def sealed_details(keyring: Keyring, person_id: str, details: Details) -> bytes:
    """What goes into `person.details`."""
    values = {name: getattr(details, name) for name in DETAILS}
    return keyring.seal(json.dumps(values), f"person|details|{person_id}")


def open_details(keyring: Keyring, person_id: str, sealed: bytes) -> Details:
    """The details of the person with this id, from their sealed column."""
    values = json.loads(keyring.open(sealed, f"person|details|{person_id}"))
    return Details(**{**values, "address": tuple(values["address"])})


class LookupToken(Base):
    """A blind token that finds a person by phone, email, NHS number or name without storing any of them readably."""

    __tablename__ = "lookup_token"
    __table_args__ = (Index("ix_lookup_token_kind_token", "kind", "token"),)

    person_id: Mapped[str] = reference("person.id", primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    token: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)


def people_by(session: Session, keyring: Keyring, kind: str, value: str) -> list[str]:
    """The ids of everyone filed under this value: kind is mobile, phone, email, nhs_number, name or prefix."""
    tokens = keyring.blinds(kind, value)
    query = select(LookupToken.person_id).where(LookupToken.kind == kind, LookupToken.token.in_(tokens))
    return sorted(set(session.scalars(query)))


def file_under(session: Session, keyring: Keyring, person_id: str, values: Iterable[tuple[str, str]]) -> None:
    """File a person under these (kind, value) pairs and no others."""
    session.execute(delete(LookupToken).where(LookupToken.person_id == person_id))
    session.add_all(
        LookupToken(person_id=person_id, kind=kind, token=keyring.blind(kind, value))
        for kind, value in set(values)
    )


def refile(session: Session, keyring: Keyring, person_id: str, kind: str, value: str) -> None:
    """File a person under another value of one kind, under every index key's old token no more."""
    session.execute(delete(LookupToken).where(LookupToken.person_id == person_id, LookupToken.kind == kind))
    session.add(LookupToken(person_id=person_id, kind=kind, token=keyring.blind(kind, value)))


def lock_people(session: Session, person_ids: Iterable[str]) -> list[str]:
    """Take these people's row locks in id order, so that no two writers wait for each other; returns the ids.

    Everything that decides about a person takes this lock first: sending, opt-out, death, import, holds. On SQLite
    the write transaction itself is the lock.
    """
    ids = sorted(set(person_ids))
    if session.get_bind().dialect.name == "postgresql" and ids:
        session.execute(select(Person.id).where(Person.id.in_(ids)).order_by(Person.id).with_for_update())
    return ids
