"""Keeps what people chose for themselves when a waiting list comes in that still says what it said before."""

from outreach.actions.import_book import ImportBook
from outreach.actions.import_known import KnownPerson
from outreach.models import OwnChoice
from outreach.rules.waitlist_row import WaitlistRow, given
from outreach.vocabulary import ChoiceKind

COLUMNS = {
    ChoiceKind.LANGUAGE: ("language",),
    ChoiceKind.CHANNEL: ("preferred_channel",),
    ChoiceKind.MOBILE: ("mobile", "number_is"),
}
"""The columns that each kind of choice stands against, the one that is compared first."""


def keep_choices(book: ImportBook, row: WaitlistRow, person: KnownPerson) -> set[str]:
    """The columns of this row that a choice of the person's own stands against.

    A list that says something new is newer than the choice, which ends.
    """
    kept: set[str] = set()
    for choice in book.known.chosen.get(person.id, []):
        compared, *others = COLUMNS[choice.kind]
        listed = given(getattr(row, compared))
        if listed is None:
            continue
        if _says_the_same(book, choice, str(listed)):
            kept |= {compared, *others}
        elif choice.ended_at is None:
            choice.ended_at, choice.ended_because = book.now, "the waiting list says something new"
    return kept


def _says_the_same(book: ImportBook, choice: OwnChoice, listed: str) -> bool:
    tokens = book.services.keyring.blinds(f"listed {choice.kind.value}", listed)
    return choice.ended_at is None and choice.listed_token in tokens
