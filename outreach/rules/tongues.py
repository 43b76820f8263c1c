"""How each language of the messages says days, times and promises, so that no English word stands among its own.

Only what messages need is here: 19 names a language and a few ways of putting them together. A library would know the
names, not the sentences. Native speakers read all of it in every preview. Needs local sign-off, as the drafts do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from types import MappingProxyType

from outreach.rules.calendar import Calendar
from outreach.rules.capacity import Talk, talk_in_words
from outreach.rules.duty import read_by_in_words

_MOMENT = "{day} ({time})"
"""Fit for all of our languages: neither a word nor a comma of any of them."""

A_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language. `on` and `by` are weekdays as its sentences need them: "on Thursday …", "by Thursday …".

    `parts` holds the parts of a day with the hour from which each begins; `clock` puts a wall time and its part
    together. `talk` and `read_by` are said with a weekday of `on` and of `by`; `far` is `read_by` with the date.
    """

    name: str
    own_name: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    on: tuple[str, ...]
    by: tuple[str, ...]
    parts: tuple[tuple[int, str], ...]
    clock: str
    talk: str
    read_by: str
    far: str
    hours: int = 12
    day: str = "{weekday} {day} {month}"

    def day_name(self, on: date) -> str:
        """Weekday, day and month: "wtorek 3 marca"."""
        return self._dated(self.day, on, self.weekdays)

    def time_name(self, wall: time) -> str:
        """A time of day: "10:30 صباحًا"."""
        hour = wall.hour if self.hours == 24 else (wall.hour - 1) % 12 + 1
        part = next((name for begins, name in reversed(self.parts) if wall.hour >= begins), "")
        return self.clock.format(time=f"{hour}:{wall:%M}", part=part)

    def talk_in_words(self, starts: datetime, ends: datetime) -> str:
        """When a call comes; local times of one day."""
        said = self.talk.replace("{starts}", self.time_name(starts.time()))
        return self._dated(said.replace("{ends}", self.time_name(ends.time())), starts.date(), self.on)

    def read_by_in_words(self, moment: datetime, today: date) -> str:
        """Noon of a day, with the date when it is a week away or more; local time."""
        said = self.read_by if moment.date() - today < A_WEEK else self.far
        return self._dated(said, moment.date(), self.by)

    def _dated(self, said: str, on: date, weekdays: tuple[str, ...]) -> str:
        return said.format(weekday=weekdays[on.weekday()], day=on.day, month=self.months[on.month - 1])


ARABIC_DAYS = ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد")
SOMALI_DAYS = ("Isniinta", "Talaadada", "Arbacada", "Khamiista", "Jimcaha", "Sabtida", "Axadda")
URDU_DAYS = ("پیر", "منگل", "بدھ", "جمعرات", "جمعہ", "ہفتہ", "اتوار")

TONGUES: Mapping[str, Tongue] = MappingProxyType(
    {
        "ar": Tongue(
            name="Arabic",
            own_name="العربية",
            weekdays=ARABIC_DAYS,
            months=(
                "يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو",
                "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
            ),
            on=ARABIC_DAYS,
            by=ARABIC_DAYS,
            parts=((0, "صباحًا"), (12, "ظهرًا"), (13, "بعد الظهر"), (18, "مساءً")),
            clock="{time} {part}",
            talk="يوم {weekday} {day} {month} بين الساعة {starts} والساعة {ends}",
            read_by="الساعة 12 ظهر يوم {weekday}",
            far="الساعة 12 ظهر يوم {weekday} {day} {month}",
        ),
        "pl": Tongue(
            name="Polish",
            own_name="polski",
            weekdays=("poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota", "niedziela"),
            months=(
                "stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca",
                "lipca", "sierpnia", "września", "października", "listopada", "grudnia",
            ),
            on=("w poniedziałek", "we wtorek", "w środę", "w czwartek", "w piątek", "w sobotę", "w niedzielę"),
            by=("poniedziałku", "wtorku", "środy", "czwartku", "piątku", "soboty", "niedzieli"),
            parts=(),
            clock="{time}",
            talk="{weekday} {day} {month} między {starts} a {ends}",
            read_by="{weekday} do godz. 12:00",
            far="{weekday} {day} {month} do godz. 12:00",
            hours=24,
        ),
        "so": Tongue(
            name="Somali",
            own_name="Soomaali",
            weekdays=("Isniin", "Talaado", "Arbaco", "Khamiis", "Jimce", "Sabti", "Axad"),
            months=(
                "Janaayo", "Febraayo", "Maarso", "Abriil", "Maajo", "Juun",
                "Luulyo", "Agoosto", "Sebtembar", "Oktoobar", "Nofembar", "Diseembar",
            ),
            on=SOMALI_DAYS,
            by=SOMALI_DAYS,
            parts=((0, "subaxnimo"), (12, "duhurnimo"), (15, "galabnimo"), (19, "fiidnimo")),
            clock="{time} {part}",
            talk="{weekday} {day} {month} inta u dhaxaysa {starts} iyo {ends}",
            read_by="duhurka {weekday}",
            far="duhurka {weekday} {day} {month}",
        ),
        "ur": Tongue(
            name="Urdu",
            own_name="اردو",
            weekdays=URDU_DAYS,
            months=(
                "جنوری", "فروری", "مارچ", "اپریل", "مئی", "جون",
                "جولائی", "اگست", "ستمبر", "اکتوبر", "نومبر", "دسمبر",
            ),
            on=URDU_DAYS,
            by=URDU_DAYS,
            parts=((0, "صبح"), (12, "دوپہر"), (16, "شام"), (20, "رات")),
            clock="{part} {time} بجے",
            talk="{weekday} {day} {month} کو {starts} اور {ends} کے درمیان",
            read_by="{weekday} دوپہر 12 بجے",
            far="{weekday} {day} {month} دوپہر 12 بجے",
        ),
    }
)  # fmt: skip
"""By language. Messages in any other language write days and times in figures."""


def tongue_of(language: str) -> Tongue | None:
    """How this language (BCP 47) says days and times; None where we do not know."""
    return TONGUES.get(_base(language))


def language_name(language: str) -> str:
    """A language as staff read it: "Urdu", else its tag."""
    tongue = tongue_of(language)
    return "English" if _base(language) == "en" else tongue.name if tongue else language


def day_in(language: str, day: date, calendar: Calendar) -> str:
    """A day as this language says it; in figures, day first, where we do not know how."""
    tongue = tongue_of(language)
    if tongue:
        return tongue.day_name(day)
    return calendar.day_name(day) if _base(language) == "en" else f"{day:%d/%m/%Y}"


def time_in(language: str, wall: time, calendar: Calendar) -> str:
    """A time of day as this language says it."""
    tongue = tongue_of(language)
    if tongue:
        return tongue.time_name(wall)
    return calendar.time_name(wall) if _base(language) == "en" else f"{wall:%H:%M}"


def moment_in(language: str, instant: datetime, calendar: Calendar) -> str:
    """A day with its time as this language says it: "Tuesday 3 March at 2:30pm"."""
    local = calendar.local(instant)
    day, wall = day_in(language, local.date(), calendar), time_in(language, local.time(), calendar)
    return f"{day} at {wall}" if _base(language) == "en" else _MOMENT.format(day=day, time=wall)


def talk_in(language: str, talk: Talk, calendar: Calendar) -> str:
    """When the call will come, as this language says it."""
    if _base(language) == "en":
        return talk_in_words(talk, calendar)
    starts, ends = calendar.local(talk.starts), calendar.local(talk.ends)
    tongue = tongue_of(language)
    return tongue.talk_in_words(starts, ends) if tongue else f"{starts:%d/%m/%Y, %H:%M}-{ends:%H:%M}"


def read_by_in(language: str, moment: datetime, now: datetime, calendar: Calendar) -> str:
    """By when somebody will have read a reply, as this language says it."""
    if _base(language) == "en":
        return read_by_in_words(moment, now, calendar)
    tongue = tongue_of(language)
    local = calendar.local(moment)
    return tongue.read_by_in_words(local, calendar.day_of(now)) if tongue else f"{local:%d/%m/%Y, %H:%M}"


@cache
def longest_of(tongue: Tongue) -> Mapping[str, str]:
    """The longest that this language's days, times and promises can become, to count segments by."""
    days = [
        date(2026, month, day) for month in range(1, 13) for day in range(10, 17)
    ]  # every weekday of each month
    wall = max((time(hour, 30) for hour in range(24)), key=lambda each: len(tongue.time_name(each)))
    moments = [datetime.combine(day, wall) for day in days]
    day_name = max(map(tongue.day_name, days), key=len)
    moment = _MOMENT.format(day=day_name, time=tongue.time_name(wall))
    longest = {
        "appointment_day": day_name,
        "appointment_time": tongue.time_name(wall),
        "talk_when": max((tongue.talk_in_words(each, each) for each in moments), key=len),
        "group_when": moment,
        "answer_by": moment,
        "read_by": max((tongue.read_by_in_words(each, date(2025, 1, 1)) for each in moments), key=len),
    }
    return MappingProxyType(longest)


def samples_of(tongue: Tongue) -> dict[str, str]:
    """The same as a preview shows them: an appointment, a call and a promise in December."""
    starts, ends = datetime(2026, 12, 3, 10), datetime(2026, 12, 3, 13)  # noqa: DTZ001 - wall times
    moment = _MOMENT.format(day=tongue.day_name(date(2026, 12, 1)), time=tongue.time_name(time(10, 30)))
    return {
        "group_when": moment,
        "answer_by": moment,
        "appointment_day": tongue.day_name(date(2026, 12, 1)),
        "appointment_time": tongue.time_name(time(10, 30)),
        "talk_when": tongue.talk_in_words(starts, ends),
        "read_by": tongue.read_by_in_words(starts, date(2026, 12, 1)),
    }


def _base(language: str) -> str:
    return language.partition("-")[0].lower()
