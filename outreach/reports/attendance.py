"""Who came to their assessment and to their first session of treatment: the rate, its change, and for whom."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from outreach.config import Measures
from outreach.reports.document import Figure, Section, Table
from outreach.reports.over_time import share_over_time
from outreach.reports.run_chart import Mark, Wanted
from outreach.reports.shares import before_and_after, by_group, change_in_words, of_team, rate_in_words
from outreach.reports.visits import (
    Visit,
    by_ethnicity,
    by_language,
    by_wait,
    cancelled_share,
    missed_share,
    month_of,
    split,
)
from outreach.rules.charts import Better
from outreach.rules.rates import Definition, Share
from outreach.rules.spans import Span
from outreach.rules.subgroups import ETHNICITY_ORDER, WAIT_ORDER
from outreach.vocabulary import AppointmentKind, Attendance

NAMES = {
    AppointmentKind.ASSESSMENT: "assessments",
    AppointmentKind.TREATMENT: "first sessions of treatment",
}
GROUPINGS: tuple[tuple[str, str, Callable[[Visit], str], Sequence[str]], ...] = (
    ("ethnicity", "Ethnicity", by_ethnicity, ETHNICITY_ORDER),
    ("language", "Language", by_language, ()),
    ("wait", "Time since the referral", by_wait, WAIT_ORDER),
)
SIDES = (
    (Attendance.CANCELLED_BY_PERSON, "Cancelled by the person"),
    (Attendance.CANCELLED_BY_SERVICE, "Cancelled by the service"),
)


@dataclass(frozen=True, slots=True)
class Subject:
    """The appointments of one kind in a span, and how they are counted."""

    kind: AppointmentKind
    visits: Sequence[Visit]
    span: Span
    definition: Definition

    @property
    def key(self) -> str:
        """Names the tables."""
        return f"attendance-{self.kind.value}"

    @property
    def name(self) -> str:
        """What they are called."""
        return NAMES[self.kind]

    def parts(self) -> Iterator[tuple[str, str, list[Visit]]]:
        """(key, title, visits) of the whole span, or of before and after."""
        for name, part in self.span.parts:
            there = [visit for visit in self.visits if part.holds(visit.on)]
            yield (f"-{name}" if name else "", f", {name}" if name else "", there)


def definition_of(measures: Measures) -> Definition:
    """Which codes count, as this service has set them."""
    return Definition(frozenset(measures.missed_codes), frozenset(measures.attended_codes))


def attendance_section(
    visits: Sequence[Visit], kind: AppointmentKind, span: Span, measures: Measures, marks: Sequence[Mark]
) -> Section:
    """Everything about one kind of appointment."""
    subject = Subject(kind, [visit for visit in visits if visit.kind is kind], span, definition_of(measures))
    section = Section(subject.key, f"Did people come? {subject.name.capitalize()}")
    whole = missed_share(subject.visits, subject.definition)
    if not whole.of:
        section.summary.append(f"No {subject.name} in this period have a code that says whether people came.")
        return section
    section.summary.append(f"Of {whole.of:,} {subject.name}, {rate_in_words(whole)} were missed.")
    _compare(section, subject)
    chart = _chart(subject, measures, marks)
    if chart:
        section.summary += chart.says
        section.parts.append(chart)
    section.parts += _for_whom(subject)
    section.parts += _called_off(subject)
    return section


def _compare(section: Section, subject: Subject) -> None:
    if subject.span.compare is None:
        return
    before, after = (missed_share(there, subject.definition) for _, _, there in subject.parts())
    section.summary += change_in_words(f"missed {subject.name}", before, after, subject.span.compare)
    title = f"Missed {subject.name}, before and after"
    section.parts.append(
        before_and_after(
            f"{subject.key}-before-after",
            title,
            "Missed",
            before=before,
            after=after,
            compare=subject.span.compare,
        )
    )


def _chart(subject: Subject, measures: Measures, marks: Sequence[Mark]) -> Figure | None:
    is_assessment = subject.kind is AppointmentKind.ASSESSMENT
    wanted = Wanted(
        f"The share of missed {subject.name}",
        "%",
        Better.LOWER,
        measures.assessment_target if is_assessment else measures.treatment_target,
        rebase_on=measures.rebase_on,
        screened=measures.screen_outliers,
    )
    shares = {
        month: missed_share(there, subject.definition)
        for month, there in split(subject.visits, month_of).items()
    }
    return share_over_time(
        f"{subject.key}-months", shares, subject.span, wanted, counted="Missed", marks=marks
    )


def _for_whom(subject: Subject) -> Iterator[Table]:
    for grouping, first, by, order in GROUPINGS:
        for key, title, visits in subject.parts():
            shares = {
                name: missed_share(there, subject.definition) for name, there in split(visits, by).items()
            }
            yield by_group(
                f"{subject.key}-{grouping}{key}",
                f"Missed {subject.name} by {first.lower()}{title}",
                first,
                "Missed",
                shares,
                order=order,
            )


def _called_off(subject: Subject) -> Iterator[Table]:
    """Reminders can lower missed appointments and raise cancellations: the two are read side by side."""
    rows: list[tuple[str, Share]] = [
        (f"{name}{title}", cancelled_share(visits, code))
        for code, name in SIDES
        for _, title, visits in subject.parts()
    ]
    if any(share.of for _, share in rows):
        yield of_team(f"{subject.key}-cancelled", f"Cancelled {subject.name}", "By whom", "Cancelled", rows)
