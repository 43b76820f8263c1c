"""Made-up people and what happens to them on the pathway: the same for the same seed and day."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from nhs_number.validate import calculate_checksum

from outreach.demo.names import BACKGROUNDS, NAMES
from outreach.rules.waitlist_columns import COLUMNS

Row = dict[str, str]

MOBILES = 900
"""Of the 1,000 fictional mobile numbers; the rest are the team's own. Further people have an email address only."""

WEEKS_AGO = ((28, 0, 12), (12, 12, 24), (38, 24, 90), (10, 90, 112), (12, 112, 150))
"""How many of a hundred people were referred between so many weeks ago."""

PLACES = ("Willow House", "Canal Street Health Centre", "Northside Clinic, 2nd floor")
TIMES = ("09:30", "10:30", "11:15", "14:00", "15:45")
REASONS = ("moved away", "found help elsewhere", "no longer wishes to wait")

BEFORE, WITH_COMPANY = 0.34, 0.12
"""How likely somebody misses an appointment: before Outreach, and with its company."""


@dataclass(slots=True)
class Life:
    """One referral: what never changes, and what becomes known of it on which day."""

    fixed: Row
    news: list[tuple[date, Row]] = field(default_factory=list)

    @property
    def referral_id(self) -> str:
        """As in the waiting list."""
        return self.fixed["referral_id"]

    def learn(self, on: date, **columns: str) -> None:
        """On this day these columns change."""
        self.news.append((on, columns))

    def row(self, day: date) -> Row | None:
        """The row of the waiting list on this day; None before the service knows of the referral."""
        known = [columns for on, columns in sorted(self.news, key=lambda each: each[0]) if on <= day]
        if not known:
            return None
        row = dict.fromkeys(COLUMNS, "") | self.fixed
        for columns in known:
            row |= columns
        return row


PRACTICE = "R-0001"
"""Robin Practice, on whom anybody may try anything."""

BY_LETTER = (3, 11)

EARLIER = 0.22
"""The part of everybody whose wait was over before Outreach came: what is compared with."""


def make_lives(people: int, seed: int, today: date, went_live: date) -> list[Life]:
    """So many referrals, each with its own fortune, so that changing one changes no other."""
    numbers = random.Random(seed).sample(range(1_000_000), people)  # noqa: S311 - made-up people
    lives = [_life(i, numbers[i], seed, today, went_live) for i in range(people)]
    return [_practice(numbers[0], today), *lives[1:]]


def _practice(number: int, today: date) -> Life:
    """Somebody who has waited for therapy for seven months, in English and by text."""
    accepted = today - timedelta(days=210)
    life = Life(
        {
            "referral_id": PRACTICE,
            "nhs_number": synthetic_nhs_number(number),
            "given_name": "Robin",
            "family_name": "Practice",
            "date_of_birth": "1988-04-12",
            "mobile": "07700 900000",
            "email": "robin.practice@example.org",
            "language": "en",
            "ethnicity": "Z",
            "preferred_channel": "sms",
            **dict.fromkeys(("safe_to_text", "safe_to_email", "safe_to_voicemail"), "yes"),
            "referred_on": (accepted - timedelta(days=100)).isoformat(),
            "contact_note": "A practice person: try anything here.",
        }
    )
    seen = _weekday(accepted - timedelta(days=30))
    visit = {"at": f"{seen.isoformat()} 10:30", "place": PLACES[0], "attendance": "5"}
    known = {f"assessment_{name}": value for name, value in visit.items()}
    life.learn(accepted, accepted_on=accepted.isoformat(), **known)
    return life


def _life(i: int, number: int, seed: int, today: date, went_live: date) -> Life:
    chance = random.Random(f"{seed} {i}")  # noqa: S311 - made-up people
    _, first, last = _pick(chance, WEEKS_AGO)
    referred = today - timedelta(days=chance.randint(first * 7 + 2, last * 7))
    life = Life(_identity(chance, i, number, today) | {"referred_on": referred.isoformat()})
    life.learn(referred + timedelta(days=2))
    if chance.random() < EARLIER:
        _end_earlier(life, chance, went_live)
    else:
        _Pathway(life, chance, today, went_live).walk(referred)
    return life


def _end_earlier(life: Life, chance: random.Random, went_live: date) -> None:
    """A wait that was over before Outreach came, as it stands on the list: seen, or missed and closed."""
    seen = _weekday(went_live - timedelta(days=chance.randint(30, 360)))
    referred, kind = seen - timedelta(days=chance.randint(60, 120)), "assessment"
    columns = {"referred_on": referred.isoformat()}
    if chance.random() < 0.3:
        kind, accepted = "treatment", seen - timedelta(days=chance.randint(450, 600))
        columns["referred_on"] = (accepted - timedelta(days=100)).isoformat()
        columns["accepted_on"] = accepted.isoformat()
    missed = chance.random() < 0.5
    columns[f"{kind}_at"] = f"{seen.isoformat()} {chance.choice(TIMES)}"
    columns[f"{kind}_attendance"] = "3" if missed else "5"
    columns["closed_on"] = (seen + timedelta(days=chance.randint(10, 25))).isoformat()
    columns["closed_reason"] = (
        "did not answer after a missed appointment" if missed else chance.choice(REASONS)
    )
    life.news = [(referred, columns)]


def _pick(chance: random.Random, weighted: Sequence[tuple[int, int, int]]) -> tuple[int, int, int]:
    return chance.choices(weighted, [each[0] for each in weighted])[0]


def _identity(chance: random.Random, i: int, number: int, today: date) -> Row:
    _, names, language, ethnicity = chance.choices(BACKGROUNDS, [each[0] for each in BACKGROUNDS])[0]
    given, family = (chance.choice(each) for each in NAMES[names])
    plain = given.encode("ascii", "ignore").decode().lower() or "someone"
    has_mobile = i < MOBILES and chance.random() < 0.92
    has_email = not has_mobile or chance.random() < 0.6
    return {
        "referral_id": f"R-{i + 1:04d}",
        "nhs_number": synthetic_nhs_number(number),
        "given_name": given,
        "family_name": family,
        "date_of_birth": (today - timedelta(days=chance.randint(19 * 366, 70 * 365))).isoformat(),
        "mobile": f"07700 {900_000 + i}" if has_mobile else "",
        "email": f"{plain}.{i + 1}@example.org" if has_email else "",
        "address_1": f"{chance.randint(1, 99)} Sample Street",
        "address_3": "Northside",
        "postcode": f"ZZ99 {chance.randint(1, 9)}WZ",
        "preferred_channel": _preferred(chance, i),
        "language": language,
        "interpreter": "yes" if language != "en" and chance.random() < 0.35 else "no",
        "ethnicity": ethnicity,
        "safe_to_text": chance.choices(("yes", "no", ""), (86, 3, 11))[0],
        "safe_to_email": chance.choices(("yes", "no", ""), (84, 3, 13))[0],
        "safe_to_voicemail": chance.choices(("yes", "no", ""), (50, 20, 30))[0],
        "do_not_contact": "yes" if chance.random() < 0.008 else "no",
        "number_is": chance.choices(("own", "shared", "carer"), (96, 3, 1))[0],
    }


def _preferred(chance: random.Random, i: int) -> str:
    """Also in a small demo somebody has asked for letters."""
    drawn = chance.choices(("sms", "email", "letter", "phone", ""), (60, 12, 3, 3, 22))[0]
    return "letter" if i in BY_LETTER else drawn


def synthetic_nhs_number(n: int) -> str:
    """The n-th number of the range that is never given to anybody; `n` is below a million."""
    for nine_digits in (f"999{n:06d}", f"998{n:06d}", f"997{n:06d}"):
        check = calculate_checksum(nine_digits)
        if check is not None and check < 10:
            return f"{nine_digits}{check}"
    raise ValueError(f"no synthetic NHS number for {n}")


class _Pathway:
    """Leads one referral from its beginning to today, and a little beyond in what is booked."""

    def __init__(self, life: Life, chance: random.Random, today: date, went_live: date) -> None:
        self._life, self._chance = life, chance
        self._today, self._went_live = today, went_live

    def walk(self, referred: date) -> None:
        """Everything that happens, in order; what would only become known after today is never reached."""
        seen = self._attend(
            "assessment", booked=referred + self._days(5, 24), on=referred + self._days(50, 110)
        )
        if seen is None:
            return
        decided = seen + self._days(10, 42)
        if self._chance.random() < 0.14:
            self._close(decided, "referred to another service")
            return
        self._life.learn(decided + self._days(1, 4), accepted_on=decided.isoformat())
        if self._chance.random() < 0.07:
            self._close(decided + self._days(60, 400), self._chance.choice(REASONS))
            return
        starts = decided + self._days(420, 590)
        begun = self._attend("treatment", booked=starts - self._days(42, 80), on=starts)
        if begun is None:
            return
        ends = begun + self._days(180, 300)
        self._life.learn(ends - timedelta(days=50), therapy_ended_on=ends.isoformat())
        self._close(ends + timedelta(days=90), "therapy complete")

    def _attend(self, kind: str, *, booked: date, on: date) -> date | None:
        """Book, and again after a miss; the day on which they were seen, None if that is not known by today."""
        day, known = _weekday(on), booked
        for _ in range(3):
            self._book(kind, known, day)
            if day > self._today:
                return None
            happens = self._chance.random()
            miss = WITH_COMPANY if day >= self._went_live else BEFORE
            told = day + timedelta(days=1)
            if happens < miss:
                self._life.learn(told, **{f"{kind}_attendance": "3"})
                if self._chance.random() < 0.3:
                    self._close(told + self._days(14, 30), "did not answer after a missed appointment")
                    return None
                known = told + self._days(4, 14)
            elif happens < miss + 0.05:
                told = day - timedelta(days=self._chance.randint(2, 6))
                self._life.learn(told, **{f"{kind}_attendance": self._chance.choice(("2", "4"))})
                known = told + timedelta(days=1)
            else:
                seen = "6" if self._chance.random() < 0.08 else "5"
                self._life.learn(told, **{f"{kind}_attendance": seen})
                return day
            day = _weekday(known + self._days(20, 45))
        return None

    def _book(self, kind: str, known: date, day: date) -> None:
        when = f"{day.isoformat()} {self._chance.choice(TIMES)}"
        columns = {"at": when, "place": self._chance.choice(PLACES), "attendance": "0"}
        self._life.learn(known, **{f"{kind}_{name}": value for name, value in columns.items()})

    def _close(self, on: date, reason: str) -> None:
        self._life.learn(on, closed_on=on.isoformat(), closed_reason=reason)

    def _days(self, least: int, most: int) -> timedelta:
        return timedelta(days=self._chance.randint(least, most))


def _weekday(day: date) -> date:
    return day + timedelta(days=(7 - day.weekday()) if day.weekday() > 4 else 0)
