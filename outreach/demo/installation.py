"""Makes a whole installation of Outreach with made-up people, in a folder of its own."""

import shutil
import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import event, select

from outreach.actions.revise_template import NewWords, revise_template
from outreach.app import wire_unchecked
from outreach.config import load_settings
from outreach.database import migrate
from outreach.demo import words
from outreach.demo.half_done import HalfDone, leave_half_done
from outreach.demo.history import Hands, History
from outreach.demo.lives import PRACTICE, make_lives
from outreach.demo.opinions import papers_of_before
from outreach.demo.talks import leave_talks
from outreach.demo.team import ROTA_AHEAD, Team, add_activities, fill_whole_rota, make_team
from outreach.demo.under_way import leave_under_way
from outreach.errors import RefusedError
from outreach.models import Person, Referral
from outreach.models.template import versions_of
from outreach.rules.calendar import Calendar
from outreach.sealing import new_keyring, write_keyring
from outreach.services import Services
from outreach.setting_up import take_in_library
from outreach.vocabulary import Channel, NumberIs, Stage

FOLDER = "outreach-demo"
MARK = "made-by-outreach-demo.txt"
OURS = frozenset(
    {MARK, "config.toml", "keyring.json", "keyring.json.sent", "outreach.sqlite3", "waiting-list.csv"}
)
OF_SQLITE = ("-wal", "-shm", "-journal", "-line")

SEED = 1948
MONTHS = timedelta(weeks=26)
BEGINS_AT = time(8, 0)
LAST_WORK_AT = time(15, 20)

CONFIG = """\
# Made by `outreach demo`: everybody here is made up, and nothing leaves this machine.

[service]
name = "Northside Psychotherapy Service"
text_name = "Northside NHS team"
phone = "020 7946 0000"
public_url = "{address}"
wait_text = "about 18 months"
demo = true

[database]
url = "sqlite:///outreach.sqlite3"

[keys]
file = "keyring.json"

[measures]
go_live_on = {went_live}
assessment_target = 15
"""

ABOUT = """\
`outreach demo` made everything in this folder, and replaces all of it when it is run again.
Do not keep anything of your own here.
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many people, at which address it will be served, and how long a time passes until `now`."""

    people: int
    address: str
    now: datetime
    span: timedelta = MONTHS


def make_demo(place: Path, wanted: Wanted, told: Callable[[date], None] = lambda _day: None) -> Path:
    """Make the demo in the folder `outreach-demo` of this place, instead of an earlier one; returns the folder.

    `told` hears of each day that passes. RefusedError when the folder holds anything that is not the demo's.
    """
    folder = place / FOLDER
    refuse_what_is_not_ours(folder)
    making = Path(tempfile.mkdtemp(prefix=f".{FOLDER}-", dir=place))
    try:
        (making / MARK).write_text(ABOUT, encoding="utf-8")
        (making / "config.toml").write_text(_config(wanted), encoding="utf-8")
        _live_through(making, wanted, told)
        _put_in_place(making, folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return folder


def _config(wanted: Wanted) -> str:
    """Its settings: the first day is the Monday of the week in which Outreach came."""
    went_live = _monday_before((wanted.now - wanted.span).date())
    return CONFIG.format(address=wanted.address, went_live=f'"{went_live.isoformat()}"')


def refuse_what_is_not_ours(folder: Path) -> None:
    """RefusedError unless the folder does not exist, or the demo made all that is in it."""
    if not folder.exists():
        return
    if not folder.is_dir() or not (folder / MARK).exists():
        raise RefusedError(
            f"{folder} was not made by the demo; move it away, or run the demo in another folder"
        )
    strangers = sorted(each.name for each in folder.iterdir() if not _is_ours(each.name))
    if strangers:
        raise RefusedError(
            f"{folder} holds what the demo did not make ({', '.join(strangers[:3])}); move it away first"
        )


def _is_ours(name: str) -> bool:
    return any(name.removesuffix(suffix) in OURS for suffix in ("", *OF_SQLITE))


def _put_in_place(making: Path, folder: Path) -> None:
    """In two steps, so that a demo that is still running never finds half of another one."""
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{FOLDER}-old-", dir=folder.parent))
        folder.replace(old / FOLDER)
        shutil.rmtree(old, ignore_errors=True)
    making.chmod(0o755)
    making.replace(folder)


def _live_through(folder: Path, wanted: Wanted, told: Callable[[date], None]) -> None:
    now = wanted.now
    settings = load_settings(folder / "config.toml")
    write_keyring(new_keyring(), settings.keys.file)
    hands = Hands(now - wanted.span)
    services = wire_unchecked(settings, clock=hands)
    # Nothing is lost if the machine stops while the demo is made: it is made anew.
    event.listen(services.engine, "connect", lambda made, _record: made.execute("PRAGMA synchronous=OFF"))
    migrate(services.engine)
    calendar = services.calendar
    today, first = calendar.day_of(now), _monday_before(calendar.day_of(hands.at))
    hands.at = calendar.at(first, BEGINS_AT)
    take_in_library(services, hands.at)
    with services.begin() as session:
        team = make_team(session, hands.at)
        fill_whole_rota(session, calendar, team, (first, today + ROTA_AHEAD), hands.at)
        add_activities(session, calendar, team, hands.at, _next_group(calendar, today))
    lives = make_lives(wanted.people, SEED, today, first)
    history = History(services, hands, lives, team, seed=SEED, list_file=folder / "waiting-list.csv")
    last_day = _working_day_before(calendar, today)
    rests = calendar.at(last_day, LAST_WORK_AT)
    history.rest_from(rests)
    papers_of_before(services, SEED, first)
    history.plan(rests, lambda: _last_afternoon(services, history, team, rests))
    month_ago = calendar.at(_working_day_before(calendar, today - timedelta(days=30)), LAST_WORK_AT)
    if month_ago > hands.at + timedelta(weeks=2):
        history.plan(month_ago, lambda: _a_month_ago(services, history, month_ago))
    history.pass_time(now, told)
    history.write_list(today)
    leave_under_way(services, team, folder, now)
    leave_talks(services, team, now)
    services.engine.dispose()


def _monday_before(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _working_day_before(calendar: Calendar, day: date) -> date:
    day -= timedelta(days=1)
    while not calendar.is_working_day(day):
        day -= timedelta(days=1)
    return day


def _next_group(calendar: Calendar, today: date) -> datetime:
    """A Wednesday afternoon that is a working day, at least a week from now."""
    day = today + timedelta(days=7 + (2 - today.weekday()) % 7)
    while not calendar.is_working_day(day):
        day += timedelta(days=7)
    return calendar.at(day, time(14, 0))


def _a_month_ago(services: Services, history: History, now: datetime) -> None:
    """Somebody was in danger, and the team was there."""
    history.writes(next(iter(_people_who_text(services)), PRACTICE), words.CRISIS_BEFORE, now)


def _last_afternoon(services: Services, history: History, team: Team, now: datetime) -> None:
    """What waits for whoever tries the demo: people who wrote, one of them in danger, and words to approve."""
    people = iter(_people_who_text(services))
    minutes = timedelta(minutes=1)
    history.writes(next(people, PRACTICE), words.CRISIS, now + 4 * minutes)
    history.writes(next(people, PRACTICE), words.UNREAD, now + 9 * minutes)
    history.writes(PRACTICE, words.PRACTICE, now + 12 * minutes)
    history.writes(next(people, PRACTICE), words.OTHER_TIME, now + 26 * minutes)
    for referral_id, language in _people_who_text_in(services, words.OTHER_LANGUAGES)[:1]:
        history.writes(referral_id, words.OTHER_LANGUAGES[language], now + 33 * minutes)
    history.writes_from(words.UNKNOWN_NUMBER, words.UNKNOWN, now + 41 * minutes)
    caller, stopped = next(people, ""), next(people, "")
    if caller:
        history.writes(caller, words.TALK_AGAIN, now + 44 * minutes)
    if stopped:
        history.writes(stopped, words.STOP_PLEASE, now + 47 * minutes)
    then = now + 55 * minutes
    history.plan(then, lambda: leave_half_done(services, team, HalfDone(caller, stopped, PRACTICE), then))
    key = "waiting-for-therapy/check-in-1"
    with services.begin() as session:
        base = versions_of(session, key, "en", Channel.SMS)[0].version
        revise_template(
            session, services, NewWords(key, "en", Channel.SMS, words.DRAFT, base), now, author=team.lead.name
        )


def _people_who_text_in(services: Services, languages: Collection[str]) -> Sequence[tuple[str, str]]:
    """The referral ids, each with its language, of people who read one of these and have heard from us."""
    query = (
        select(Referral.local_id, Person.language)
        .join(Person, Person.id == Referral.person_id)
        .where(
            Person.language.in_(sorted(languages)),
            Person.number_is == NumberIs.OWN,
            Referral.stage != Stage.CLOSED,
        )
        .order_by(Person.introduced_at.is_(None), Referral.local_id)
    )
    with services.read() as session:
        return [(local_id, language) for local_id, language in session.execute(query)]


def _people_who_text(services: Services) -> Sequence[str]:
    """The referral ids of people who wait for therapy, are in touch by text, and are not the practice person."""
    query = (
        select(Referral.local_id)
        .join(Person, Person.id == Referral.person_id)
        .where(
            Referral.stage == Stage.AWAITING_TREATMENT,
            Referral.local_id != PRACTICE,
            Person.safe_to_text.is_(True),
            Person.language == "en",
            Person.number_is == NumberIs.OWN,
            Person.introduced_at.is_not(None),
        )
        .order_by(Referral.local_id)
    )
    with services.read() as session:
        return session.scalars(query).all()
