"""Gives translators every message of a language with its context, and takes their words back as drafts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from outreach.actions.apply_schedules import in_force
from outreach.actions.compose import service_values
from outreach.actions.revise_template import ENGLISH, NewWords, revise_template
from outreach.errors import Fault, OutreachError, RefusedError, TranslationError, WordingError
from outreach.library import ANSWERS, GROUPS
from outreach.models import TemplateVersion
from outreach.models.template import newest_versions
from outreach.rules.cadence import Schedule
from outreach.rules.step_words import step_in_words
from outreach.rules.variables import longest_values
from outreach.rules.wording import Draft, dearest
from outreach.services import Services
from outreach.translation_file import Exported, Returned
from outreach.vocabulary import Channel

AGAIN = "export a new sheet and move the words over"

Newest = Mapping[tuple[str, str, Channel], TemplateVersion]


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a sheet: the new drafts, rows whose words are those we have, and rows without words."""

    drafts: list[TemplateVersion]
    unchanged: int
    blank: int


def export_translations(session: Session, services: Services, language: str) -> list[Exported]:
    """Every message of the service with its English and, where there are any, its newest words in this language."""
    _refuse_english(language)
    newest = newest_versions(session)
    schedules = in_force(session)
    return [
        _exported(services, english, newest.get((key, language, channel)), language, schedules)
        for (key, spoken, channel), english in sorted(newest.items(), key=lambda pair: str(pair[0]))
        if spoken == ENGLISH
    ]


def _exported(
    services: Services,
    english: TemplateVersion,
    ours: TemplateVersion | None,
    language: str,
    schedules: Mapping[str, Schedule],
) -> Exported:
    return Exported(
        english.key,
        english.channel.value,
        context_of(english.key, schedules, services),
        english.source,
        english.version,
        ours.source if ours else "",
        ours.version if ours else 0,
        _segments(services, ours, language) if ours and ours.channel is Channel.SMS else "",
    )


def context_of(key: str, schedules: Mapping[str, Schedule], services: Services) -> str:
    """When a message goes and to whom: "Before your assessment: 2 weeks before the assessment, at 10:30am"."""
    steps = [
        f"{schedule.title}: {step_in_words(step, services.calendar)}"
        for schedule in schedules.values()
        for step in schedule.steps
        if key in step.templates
    ]
    if steps:
        return "\n".join(steps)
    if key in ANSWERS:
        return "Goes back at once to somebody who wrote to us"
    return "To people about the sessions of a group" if key in GROUPS else "No schedule uses it now"


def _segments(services: Services, ours: TemplateVersion, language: str) -> str:
    """With the longest real values; blank where the words cannot be shown."""
    own = {name: value for name, value in service_values(services, ours.channel, language).items() if value}
    try:
        draft = Draft(ours.key, language, ours.channel, ours.source)
        return str(dearest(draft, longest_values(ours.channel, own, language)).segments)
    except OutreachError:
        return ""


def import_translations(
    session: Session,
    services: Services,
    language: str,
    rows: Iterable[Returned],
    now: datetime,
    *,
    author: str,
    file: str = "the sheet",
) -> Taken:
    """Store changed words as draft versions by their author; all of them, or none and every fault by its row.

    Drafts reach nobody before a second person has approved them. Raises TranslationError, and the caller rolls back.
    """
    _refuse_english(language)
    newest, faults = newest_versions(session), list[Fault]()
    drafts: list[TemplateVersion] = []
    unchanged = blank = 0
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        first = seen.setdefault((row.key, row.channel), row.row)
        if not row.translation.strip():
            blank += 1
            continue
        if first != row.row:
            faults.append(Fault(file, row.row, f"the same message stands in row {first}; keep one of them"))
            continue
        try:
            new = _new_words(row, language, newest)
            version = revise_template(session, services, new, now, author=author)
        except OutreachError as fault:
            faults += _in_row(fault, file, row.row)
            continue
        if version.version > new.base:
            drafts.append(version)
        else:
            unchanged += 1
    if faults:
        raise TranslationError(faults)
    return Taken(drafts, unchanged, blank)


def _new_words(row: Returned, language: str, newest: Newest) -> NewWords:
    if row.channel not in tuple(Channel):
        raise RefusedError(f"the channel is {row.channel!r}; write sms or email, as exported")
    channel = Channel(row.channel)
    english = newest.get((row.key, ENGLISH, channel))
    if english is None:
        raise RefusedError(f"there is no English message {row.key!r} for {row.channel}; {AGAIN}")
    if _number(row.english_version, "english version") != english.version:
        raise RefusedError(f"the English is at version {english.version} by now; {AGAIN}")
    return NewWords(row.key, language, channel, row.translation, _number(row.version, "version"))


def _number(written: str, column: str) -> int:
    if not (written.isascii() and written.isdecimal() and len(written) < 9):
        raise RefusedError(f"{column} holds {written!r}; put back the number that was exported")
    return int(written)


def _in_row(fault: OutreachError, file: str, row: int) -> list[Fault]:
    """Each thing that is wrong with a row's words, by line within them."""
    if isinstance(fault, WordingError):
        return [Fault(file, row, f"line {each.line} of the words, {each.what}") for each in fault.faults]
    return [Fault(file, row, str(fault))]


def _refuse_english(language: str) -> None:
    if language.partition("-")[0].lower() == ENGLISH:
        raise RefusedError("English is what is translated from; name another language, such as pl")
