"""Prints letters in batches, says when they are in the post, and keeps what became of each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from outreach.actions.letter_words import MOST_AT_ONCE, Paper, Waiting, not_to_post, waiting_letters
from outreach.errors import NotFoundError, RefusedError
from outreach.models import Letter, LetterBatch, Person, StaffMember
from outreach.models.base import is_id, new_id
from outreach.models.event import note
from outreach.models.letter import letters_of, to_print
from outreach.models.person import lock_people
from outreach.services import Services

OUTREACH = "outreach"


def print_letters(
    services: Services, now: datetime, who: str, *, not_for: Collection[str] = ()
) -> LetterBatch | None:
    """Put what can be printed into one batch, and withdraw what is over with its reason; None when nothing can.

    `not_for` are people, by id, whom whoever prints knows in private life: somebody else prints theirs.
    """
    with services.begin() as session:
        lock_people(session, [each.person_id for each in to_print(session, now, MOST_AT_ONCE)])
        waiting = waiting_letters(session, services, now)
        for each in waiting:
            if each.is_over:
                _undo(session, each.letter, now, who=OUTREACH, why=each.why_not)
        ready = [(each, each.paper) for each in waiting if each.paper and each.person.id not in not_for]
        if not ready:
            return None
        batch = LetterBatch(id=new_id(), made_at=now, who=who, letters=len(ready))
        session.add(batch)
        note(session, now, who, "printed", batch, letters=len(ready))
        for each, paper in ready:
            _print(services, each, paper, batch, now)
        return batch


def _print(services: Services, waiting: Waiting, paper: Paper, batch: LetterBatch, now: datetime) -> None:
    letter = waiting.letter
    letter.batch_id, letter.printed_at, letter.large_print = batch.id, now, paper.large_print
    letter.language, letter.template_version_id = paper.version.language, paper.version.id
    letter.seal(services.keyring, paper.address, paper.subject, paper.words)


def batch_called(session: Session, batch_id: str) -> LetterBatch:
    """The batch with this id; NotFoundError otherwise."""
    found = session.get(LetterBatch, batch_id) if is_id(batch_id) else None
    if found is None:
        raise NotFoundError("There is no such batch of letters.")
    return found


def letter_called(session: Session, letter_id: str) -> Letter:
    """The letter with this id; NotFoundError otherwise."""
    found = session.get(Letter, letter_id) if is_id(letter_id) else None
    if found is None:
        raise NotFoundError("There is no such letter.")
    return found


def mark_posted(session: Session, services: Services, batch: LetterBatch, now: datetime, who: str) -> int:
    """The letters of this batch are in the post: from now on they count as contact. Returns how many.

    RefusedError while one of them must not go: it is looked at again at the last moment, as for every message.
    """
    session.refresh(batch, with_for_update=True)
    if batch.posted_at is not None:
        raise RefusedError("these letters are in the post already; nothing was changed")
    letters = [each for each in letters_of(session, batch.id) if each.undone_at is None]
    lock_people(session, [each.person_id for each in letters])
    if stopped := not_to_post(session, services, batch.id, now):
        raise RefusedError(
            f"{len(stopped)} of these must not go any more: take out each that is marked so, and write down that "
            "it did not go; then say again that the others are in the post"
        )
    batch.posted_at, batch.posted_by = now, who
    for each in letters:
        each.posted_at = now
    session.flush()
    _introduce(session, [each.person_id for each in letters], now)
    note(session, now, who, "posted", batch, letters=len(letters))
    return len(letters)


def _introduce(session: Session, person_ids: Sequence[str], now: datetime) -> None:
    """Whoever gets a letter has heard who writes."""
    query = update(Person).where(Person.id.in_(person_ids), Person.introduced_at.is_(None))
    session.execute(query.values(introduced_at=now))


def undo_letter(session: Session, letter: Letter, staff: StaffMember, now: datetime, why: str) -> None:
    """This letter did not go, or came back: it counts as no contact."""
    if not why.strip():
        raise RefusedError("say what happened, in a few words")
    if letter.undone_at is not None:
        raise RefusedError("this is written down already; nothing was changed")
    _undo(session, letter, now, who=staff.name, why=why.strip())


def _undo(session: Session, letter: Letter, now: datetime, *, who: str, why: str) -> None:
    letter.undone_at, letter.undone_by, letter.undone_because = now, who, why
    note(session, now, who, "undid", letter)


def print_again(session: Session, letter: Letter, staff: StaffMember, now: datetime) -> None:
    """Put a letter that did not go back among those to print."""
    if letter.undone_at is None:
        raise RefusedError("this letter is on its way; first write down that it did not go")
    letter.undone_at = letter.undone_by = letter.undone_because = None
    letter.printed_at = letter.batch_id = letter.posted_at = letter.body = None
    note(session, now, staff.name, "put back", letter)


@dataclass(frozen=True, slots=True)
class LetterCounts:
    """How many letters stand where."""

    to_print: int
    printed: int
    posted: int
    undone: int


def count_letters(session: Session, now: datetime) -> LetterCounts:
    """All letters by where they stand; `printed` are not in the post yet."""
    is_open = Letter.undone_at.is_(None)
    return LetterCounts(
        *(
            session.scalar(select(func.count()).select_from(Letter).where(*which)) or 0
            for which in (
                (is_open, Letter.printed_at.is_(None), Letter.wanted_at <= now),
                (is_open, Letter.printed_at.is_not(None), Letter.posted_at.is_(None)),
                (is_open, Letter.posted_at.is_not(None)),
                (Letter.undone_at.is_not(None),),
            )
        )
    )
