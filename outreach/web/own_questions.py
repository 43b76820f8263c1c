"""What a person can choose on their own page: each topic's question, and what its answer does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from outreach.actions import own_choices as choices
from outreach.actions import own_number
from outreach.actions.own_link import revoke_links
from outreach.actions.own_view import OwnView
from outreach.errors import ContactError, RefusedError
from outreach.models import Person
from outreach.vocabulary import DayPart, PreferredChannel
from outreach.web.here import now, services
from outreach.web.own_words import OwnWords, all_words

QUIET_WEEKS = (1, 2, 4, 8, 12)

REFUSALS = {
    own_number.WRONG: "code_wrong",
    own_number.BLOCKED: "number_blocked",
    own_number.TOO_MANY: "too_many",
    choices.TAKEN: "time_taken",
}
"""The words for each thing that the rules refuse."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One opening of the page: whose it is, and in which words."""

    token: str
    person: Person
    words: OwnWords
    view: OwnView


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to choose: (value, words) to pick from, and which is chosen at present."""

    topic: str
    hint: str
    options: list[tuple[str, str]]
    chosen: str
    button: str = "save"


def _language(_session: Session, visit: Visit) -> Question:
    options = [(tag, words.name) for tag, words in all_words().items()]
    return Question("language", "language_hint", options, visit.view.language.partition("-")[0])


def _channel(_session: Session, visit: Visit) -> Question:
    can = {PreferredChannel.SMS: visit.view.can_text, PreferredChannel.EMAIL: visit.view.can_email}
    options = [
        (each.value, visit.words.say(f"channel_{each.value}"))
        for each in PreferredChannel
        if can.get(each, True)
    ]
    chosen = visit.view.channel.value if visit.view.channel else ""
    return Question("channel", "channel_hint", options, chosen)


def _time(_session: Session, visit: Visit) -> Question:
    options = [(value, visit.words.say(f"time_{value}")) for value in ("any", *DayPart)]
    return Question("time", "", options, visit.view.day_part.value if visit.view.day_part else "any")


def _quiet(_session: Session, visit: Visit) -> Question:
    today = services().calendar.day_of(now())
    days = [today + timedelta(weeks=weeks) for weeks in QUIET_WEEKS]
    if visit.view.quiet_until and visit.view.quiet_until not in days:
        days.append(visit.view.quiet_until)
    options = [("none", visit.words.say("quiet_none"))]
    options += [
        (day.isoformat(), visit.words.say("quiet_until", day=visit.words.day(day))) for day in sorted(days)
    ]
    return Question(
        "quiet",
        "quiet_hint",
        options,
        visit.view.quiet_until.isoformat() if visit.view.quiet_until else "none",
    )


def _kinds(_session: Session, visit: Visit) -> Question:
    options = [(value, visit.words.say(f"kinds_{value}")) for value in ("all", "appointments", "none")]
    is_stopped = visit.view.kinds == "none"
    return Question(
        "kinds",
        "kinds_again" if is_stopped else "kinds_hint",
        [] if is_stopped else options,
        visit.view.kinds,
    )


def _call(session: Session, visit: Visit) -> Question:
    house = services()
    talks = choices.talks_by_end(choices.call_times(session, house, visit.person, now()))
    options = [(ends, visit.words.talk(talk, house.calendar)) for ends, talk in talks.items()]
    options.append(("soon", visit.words.say("call_soon")))
    return Question("call", "call_hint", options, "", button="call_button")


QUESTIONS: Mapping[str, Callable[[Session, Visit], Question]] = {
    "language": _language,
    "channel": _channel,
    "time": _time,
    "quiet": _quiet,
    "kinds": _kinds,
    "call": _call,
}


class NotOfferedError(Exception):
    """What was sent is none of the choices on the page."""


def choose(session: Session, visit: Visit, topic: str, chosen: str) -> str:
    """Do what was chosen; returns the words for what was wrong, or nothing."""
    try:
        with session.begin_nested():
            STEPS[topic](session, visit, chosen)
    except NotOfferedError:
        return "choose_one"
    except ContactError:
        return "number_wrong"
    except RefusedError as fault:
        return REFUSALS.get(str(fault), "not_usable")
    return ""


def _offered(session: Session, visit: Visit, topic: str, chosen: str) -> str:
    """What was sent must be one of the choices that the page shows now."""
    if chosen not in {value for value, _ in QUESTIONS[topic](session, visit).options}:
        raise NotOfferedError
    return chosen


def _take_language(session: Session, visit: Visit, chosen: str) -> None:
    language = _offered(session, visit, "language", chosen)
    choices.choose_language(session, services(), visit.person, language, now())


def _take_channel(session: Session, visit: Visit, chosen: str) -> None:
    channel = PreferredChannel(_offered(session, visit, "channel", chosen))
    choices.choose_channel(session, services(), visit.person, channel, now())


def _take_time(session: Session, visit: Visit, chosen: str) -> None:
    part = _offered(session, visit, "time", chosen)
    choices.choose_day_part(
        session, services(), visit.person, None if part == "any" else DayPart(part), now()
    )


def _take_quiet(session: Session, visit: Visit, chosen: str) -> None:
    until = _offered(session, visit, "quiet", chosen)
    day = None if until == "none" else date.fromisoformat(until)
    choices.be_quiet_until(session, services(), visit.person, day, now())


def _take_kinds(session: Session, visit: Visit, chosen: str) -> None:
    kinds = _offered(session, visit, "kinds", chosen)
    step = {
        "all": choices.everything_again,
        "appointments": choices.only_appointments,
        "none": choices.stop_all,
    }[kinds]
    step(session, services(), visit.person, now())


def _take_call(session: Session, visit: Visit, chosen: str) -> None:
    if chosen == "soon":
        choices.ask_for_call(session, services(), visit.person, None, now())
        return
    times = choices.talks_by_end(choices.call_times(session, services(), visit.person, now()))
    if chosen not in times:
        raise RefusedError(choices.TAKEN) if "T" in chosen else NotOfferedError
    choices.ask_for_call(session, services(), visit.person, times[chosen].ends, now())


def _take_number(session: Session, visit: Visit, chosen: str) -> None:
    words = visit.words.say("code_text", service=services().config.service.text_name)
    own_number.send_code(session, services(), visit.person, chosen, words=words, now=now())


def _take_close(session: Session, visit: Visit, _chosen: str) -> None:
    revoke_links(session, visit.person.id, now(), who="the person")


STEPS: Mapping[str, Callable[[Session, Visit, str], None]] = {
    "language": _take_language,
    "channel": _take_channel,
    "time": _take_time,
    "quiet": _take_quiet,
    "kinds": _take_kinds,
    "call": _take_call,
    "number": _take_number,
    "close": _take_close,
}
