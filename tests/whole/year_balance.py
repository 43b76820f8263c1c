"""The balance of a lived year, drawn without the rules that planned it: windows, gaps and silences are found anew."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.models import Appointment, Attempt, Message, Person, Referral, StageEvent
from outreach.services import Services
from outreach.vocabulary import LEFT_US, MessageState, Purpose, Stage

LONDON = ZoneInfo("Europe/London")
OPENS, LAST_CALL = time(9), time(17, 50)
BANK_HOLIDAYS = frozenset(
    date.fromisoformat(day)
    for day in (
        "2026-01-01",
        "2026-04-03",
        "2026-04-06",
        "2026-05-04",
        "2026-05-25",
        "2026-08-31",
        "2026-12-25",
        "2026-12-28",
        "2027-01-01",
    )
)
"""England's, from gov.uk/bank-holidays, written down by hand."""

SPACED = (Purpose.CHECK_IN, Purpose.SUPPORT, Purpose.SURVEY)
LATE = "skipped: it was due on"
GAP = timedelta(days=3)
TWELVE_WEEKS = timedelta(weeks=12)
WAITING = (Stage.AWAITING_ASSESSMENT, Stage.AWAITING_DECISION, Stage.AWAITING_TREATMENT)


@dataclass(slots=True)
class Balance:
    """What a year came to. The lists name what broke a promise, by referral and day."""

    people: int
    ticks: int
    handed_over: int
    states: Counter[str]
    outside: list[datetime]
    within_gap: list[str]
    unexplained: list[str]
    sent_on_record: int
    without_reason: int
    silences: Counter[str] = field(default_factory=Counter)

    @property
    def holds(self) -> bool:
        """No promise was broken."""
        broken = self.outside or self.within_gap or self.unexplained or self.without_reason
        return not broken and self.handed_over == self.sent_on_record

    def __str__(self) -> str:
        states = ", ".join(f"{count} {state}" for state, count in self.states.most_common())
        lines = [
            f"{self.people} people, {self.ticks} ticks; messages: {states}",
            f"{self.handed_over} handed over, {self.sent_on_record} on record as such",
            f"{len(self.outside)} outside the window or on a bank holiday {self.outside[:5] or ''}",
            f"{len(self.within_gap)} within the gap {self.within_gap[:5] or ''}",
            f"{self.without_reason} not sent without a stored reason",
            f"{len(self.unexplained)} silences over 12 weeks without a stored reason {self.unexplained[:5] or ''}",
            f"{self.silences.total()} silences over 12 weeks with one:",
            *(f"  {count} {reason}" for reason, count in self.silences.most_common()),
        ]
        return "\n".join(line.rstrip() for line in lines)


def balance_of(
    services: Services, handed_over: Sequence[tuple[datetime, str]], ticks: int, now: datetime
) -> Balance:
    """Draw it from what is stored and from what the simulators were given: when, and as which attempt.

    Answers to people who wrote may go at any hour; they are left out.
    """
    with services.read() as session:
        messages = list(session.scalars(select(Message).where(Message.enrolment_id.is_not(None))))
        ours = {each.id for each in messages}
        attempts = dict(session.execute(select(Attempt.id, Attempt.message_id)).all())
        given = [at for at, attempt in handed_over if attempts[attempt] in ours]
        found = Balance(
            people=session.scalar(select(func.count()).select_from(Person)) or 0,
            ticks=ticks,
            handed_over=len(given),
            states=Counter(each.state.value for each in messages),
            outside=[at for at in given if not _may_be_sent(at)],
            within_gap=list(_within_gap(messages)),
            unexplained=[],
            sent_on_record=sum(each.state in LEFT_US for each in messages),
            without_reason=sum(_is_unsent(each) and not each.reason for each in messages),
        )
        _add_silences(session, messages, found, now)
    return found


def _may_be_sent(at: datetime) -> bool:
    local = at.astimezone(LONDON)
    return local.weekday() < 5 and OPENS <= local.time() < LAST_CALL and local.date() not in BANK_HOLIDAYS


def _within_gap(messages: Iterable[Message]) -> Iterator[str]:
    """Two messages to one person, neither about an appointment, on days too near to each other."""
    days: dict[str | None, list[date]] = defaultdict(list)
    for each in messages:
        if each.state in LEFT_US and each.purpose in SPACED and each.sending_at:
            days[each.person_id].append(each.sending_at.astimezone(LONDON).date())
    for person_id, sent in days.items():
        for earlier, later in pairwise(sorted(sent)):
            if later - earlier < GAP:
                yield f"{person_id} {earlier} {later}"


def _is_unsent(message: Message) -> bool:
    return message.state not in (*LEFT_US, MessageState.PLANNED)


def _add_silences(session: Session, messages: Iterable[Message], found: Balance, now: datetime) -> None:
    """Stretches of waiting of over 12 weeks in which nothing went and no appointment was."""
    own: dict[str, list[Message]] = defaultdict(list)
    for each in messages:
        own[each.referral_id or ""].append(each)
    visits: dict[str, list[date]] = defaultdict(list)
    for visit in session.scalars(select(Appointment)):
        if visit.on_date:
            visits[visit.referral_id].append(visit.on_date)
    for referral in session.scalars(select(Referral)):
        contacts = [
            each.sending_at.astimezone(LONDON).date()
            for each in own[referral.id]
            if each.state in LEFT_US and each.sending_at
        ]
        contacts += visits[referral.id]
        for start, end in _waits(session, referral, now):
            marks = sorted({start, *(day for day in contacts if start < day < end), end})
            for earlier, later in pairwise(marks):
                if later - earlier > TWELVE_WEEKS:
                    _explain(session, referral, own[referral.id], (earlier, later), found)


def _waits(session: Session, referral: Referral, now: datetime) -> Iterator[tuple[date, date]]:
    """From when to when this referral stood in a stage in which people wait, as it was on record."""
    query = select(StageEvent).where(StageEvent.referral_id == referral.id, StageEvent.kind == "stage")
    began = None
    for each in session.scalars(query.order_by(StageEvent.recorded_at)):
        day = each.recorded_at.astimezone(LONDON).date()
        if each.stage in WAITING:
            began = began or day
        elif began:
            yield began, day
            began = None
    if began:
        yield began, now.astimezone(LONDON).date()


def _explain(
    session: Session,
    referral: Referral,
    messages: Iterable[Message],
    silence: tuple[date, date],
    found: Balance,
) -> None:
    """The reasons stored for what was not sent in this time; lateness is named only where nothing else is."""
    earlier, later = silence
    reasons = {
        each.reason
        for each in messages
        if _is_unsent(each) and not each.superseded and each.reason and earlier <= each.due_at.date() <= later
    }
    whose = session.get_one(Person, referral.person_id)
    ended = (
        ("the person has died", whose.deceased_on),
        ("marked do-not-contact", whose.do_not_contact_since),
    )
    reasons |= {why for why, since in ended if since}
    weighty = {reason for reason in reasons if not reason.startswith(LATE)} or {LATE for _ in reasons}
    if weighty:
        found.silences["; ".join(sorted(weighty))] += 1
    else:
        found.unexplained.append(f"{referral.local_id} {earlier} {later}")
