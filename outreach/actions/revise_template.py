"""Saves words for a message as the next version of its template: checked, append-only, never over another's work."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from outreach.actions.check_wording import refuse_errors
from outreach.errors import ConflictError, NotFoundError, RefusedError
from outreach.models import TemplateVersion
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.models.template import MACHINE_DRAFT, SHIPPED, version_numbered, versions_of
from outreach.rules.wording import Draft
from outreach.services import Services
from outreach.vocabulary import Channel

ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class NewWords:
    """The words that a version would have. `base` is the newest version their writer had before them, 0 for none."""

    key: str
    language: str
    channel: Channel
    source: str
    base: int


def revise_template(
    session: Session, services: Services, new: NewWords, now: datetime, *, author: str, who: str = ""
) -> TemplateVersion:
    """Store the next version as a draft, which reaches nobody before a second person approves it.

    The same words as the newest version are that version, and nothing is stored. `who` brings them in where that
    is not their author. Raises ConflictError when another version was saved after `base`, WordingError for words
    that break a rule, RefusedError without an author, NotFoundError for a template that no English one goes before.
    """
    author = " ".join(author.split())
    if not author or author.casefold() in (SHIPPED, MACHINE_DRAFT):
        raise RefusedError("name who wrote these words: somebody else must approve them")
    source = _tidied(new.source)
    newest = _newest(session, new)
    if newest is not None and newest.version != new.base:
        raise _conflict(newest)
    if newest is not None and _tidied(newest.source) == source:
        return newest
    _must_exist_in_english(session, new)
    refuse_errors(session, services, Draft(new.key, new.language, new.channel, source))
    version = TemplateVersion(
        id=new_id(),
        key=new.key,
        language=new.language,
        channel=new.channel,
        version=new.base + 1,
        source=source,
        author=author,
        created_at=now,
    )
    _store(session, version)
    note(session, now, who or author, "revised", version, version=version.version)
    return version


def roll_back_template(
    session: Session, services: Services, to: TemplateVersion, now: datetime, *, base: int, author: str
) -> TemplateVersion:
    """Store the words of an earlier version as the next one, to be approved like any other."""
    again = NewWords(to.key, to.language, to.channel, to.source, base)
    return revise_template(session, services, again, now, author=author)


def _tidied(source: str) -> str:
    """With the line ends of one kind that browsers and spreadsheets change, and without blanks around it."""
    return source.replace("\r\n", "\n").replace("\r", "\n").strip() + "\n"


def _newest(session: Session, new: NewWords) -> TemplateVersion | None:
    return next(iter(versions_of(session, new.key, new.language, new.channel)), None)


def _must_exist_in_english(session: Session, new: NewWords) -> None:
    try:
        version_numbered(session, new.key, ENGLISH, new.channel)
    except NotFoundError:
        raise NotFoundError(
            f"there is no English template {new.key} for {new.channel.value}; a translation needs one"
        ) from None


def _store(session: Session, version: TemplateVersion) -> None:
    """Two who save at once make the same number: the second is told."""
    try:
        with session.begin_nested():
            session.add(version)
    except IntegrityError:
        newest = versions_of(session, version.key, version.language, version.channel)[0]
        raise _conflict(newest) from None


def _conflict(newest: TemplateVersion) -> ConflictError:
    return ConflictError(
        f"{newest.author} saved version {newest.version} of this template meanwhile, and your words are not saved: "
        "compare the two, then save yours again on top of it",
        newest.version,
    )
