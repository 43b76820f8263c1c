"""Finds people by name, NHS number, phone, email or referral id, without any of these being stored readably."""

from collections.abc import Callable, Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.errors import ContactError
from outreach.models import Person, Referral
from outreach.models.person import people_by
from outreach.rules.addresses import read_email, read_mobile, read_phone
from outreach.rules.identity import PREFIX, fold_name, read_nhs_number
from outreach.sealing import Keyring

MOST_WORDS = 6
MOST_OPENED = 2000
"""A beginning of three letters can fit very many; more letters then find the rest."""


def find_people(session: Session, keyring: Keyring, words: str) -> list[str]:
    """The ids of everyone these words fit, those whose whole name was typed first; empty where they fit nobody.

    A name may be begun with its first three letters; every word that was typed must fit.
    """
    words = words.strip()
    exact = _by_referral(session, words) | _by_number(session, keyring, words)
    return sorted(exact) or _by_name(session, keyring, words)


def _by_referral(session: Session, words: str) -> set[str]:
    query = select(Referral.person_id).where(Referral.local_id.in_({words, words.upper(), words.lower()}))
    return set(session.scalars(query))


def _by_number(session: Session, keyring: Keyring, words: str) -> set[str]:
    """By whatever these words can be read as: an NHS number, a phone or an email."""
    readers: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("nhs_number", read_nhs_number),
        ("mobile", read_mobile),
        ("phone", read_phone),
        ("email", read_email),
    )
    found: set[str] = set()
    for kind, read in readers:
        try:
            found.update(people_by(session, keyring, kind, read(words)))
        except ContactError:
            continue
    return found


def _by_name(session: Session, keyring: Keyring, words: str) -> list[str]:
    """Whoever has a name for each word. Words too short to be filed by only narrow what the others find."""
    typed = fold_name(words).split()[:MOST_WORDS]
    candidates: set[str] | None = None
    long = [word for word in typed if len(word) >= PREFIX]
    for word in long or typed:
        fitting = set(people_by(session, keyring, "name", word))
        if len(word) >= PREFIX:
            fitting.update(people_by(session, keyring, "prefix", word[:PREFIX]))
        candidates = fitting if candidates is None else candidates & fitting
    names = _names(session, keyring, sorted(candidates or ())[:MOST_OPENED])
    ranked = {person_id: _rank(typed, own) for person_id, own in names.items() if _fits(typed, own)}
    return sorted(ranked, key=lambda person_id: (ranked[person_id], sorted(names[person_id]), person_id))


def _names(session: Session, keyring: Keyring, ids: list[str]) -> dict[str, set[str]]:
    """Each person's folded names, as words."""
    rows = session.scalars(select(Person).where(Person.id.in_(ids)))
    opened = {row.id: row.opened(keyring) for row in rows}
    return {
        person_id: _folded((details.given_name, details.family_name, details.preferred_name))
        for person_id, details in opened.items()
    }


def _folded(names: Iterable[str]) -> set[str]:
    return {word for name in names for word in fold_name(name).split()}


def _fits(typed: list[str], own: set[str]) -> bool:
    return all(any(name.startswith(word) for name in own) for word in typed)


def _rank(typed: list[str], own: set[str]) -> int:
    """How many of the words are only the beginning of a name."""
    return sum(word not in own for word in typed)
