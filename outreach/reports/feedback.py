"""What people think: the Friends and Family Test and other surveys, month by month, from answers that name nobody."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.models import Message, SurveyAnswer, SurveyComment
from outreach.reports.document import Exported, Figure, Section, Table
from outreach.reports.over_time import share_over_time
from outreach.reports.rows import rows_of
from outreach.reports.run_chart import Mark, Wanted
from outreach.reports.shares import before_and_after, by_group, change_in_words, of_team, rate_in_words
from outreach.rules.charts import Better
from outreach.rules.rates import Share
from outreach.rules.spans import Span
from outreach.rules.survey_file import ENGLISH, Question, QuestionKind, Survey
from outreach.vocabulary import LEFT_US, Purpose


@dataclass(frozen=True, slots=True)
class Tally:
    """How often one answer was given in one month; `split` and `group` where it is counted by a group."""

    survey: str
    question: str
    answer: str
    month: date
    split: str
    group: str
    count: int


@dataclass(frozen=True, slots=True)
class Heard:
    """All answers of a period; comments, and the messages that asked, by survey."""

    tallies: Sequence[Tally]
    comments: Mapping[str, int]
    asked: Mapping[str, int]

    def of(self, survey: str, question: str, split: str = "") -> list[Tally]:
        """The answers to one question, or the same once more by one group."""
        wanted = (survey, question, split)
        return [each for each in self.tallies if (each.survey, each.question, each.split) == wanted]


def heard_in(session: Session, span: Span, instants: tuple[datetime, datetime]) -> Heard:
    """Everything answered in the months that the span touches: an answer keeps no more than its month."""
    first, last = span.first.replace(day=1), span.last
    columns = (
        SurveyAnswer.survey,
        SurveyAnswer.question,
        SurveyAnswer.answer,
        SurveyAnswer.month,
        SurveyAnswer.split,
        SurveyAnswer.group,
    )
    tallies = select(*columns, func.count()).where(SurveyAnswer.month.between(first, last)).group_by(*columns)
    comments = (
        select(SurveyComment.survey, func.count())
        .where(SurveyComment.month.between(first, last))
        .group_by(SurveyComment.survey)
    )
    asked = (
        select(Message.template, func.count())
        .where(
            Message.sending_at >= instants[0],
            Message.sending_at < instants[1],
            Message.purpose == Purpose.SURVEY,
            Message.state.in_(LEFT_US),
        )
        .group_by(Message.template)
    )
    sent = Counter[str]()
    for template, count in rows_of(session, asked):
        sent[(template or "").rpartition("/")[2]] += count
    return Heard(
        [Tally(*row) for row in rows_of(session, tallies)], dict(iter(rows_of(session, comments))), sent
    )


def feedback_section(heard: Heard, surveys: Iterable[Survey], span: Span, marks: Sequence[Mark]) -> Section:
    """Each survey that somebody answered: what was said, how it changes, and by which groups."""
    section = Section("feedback", "What do people say?")
    for survey in surveys:
        if heard.of(survey.key, survey.first.key):
            _add(section, heard, survey, span, marks)
    if not section.parts:
        section.summary.append("Nobody answered a survey in this period.")
    return section


def _add(section: Section, heard: Heard, survey: Survey, span: Span, marks: Sequence[Mark]) -> None:
    first = survey.first
    answers = heard.of(survey.key, first.key)
    good, poor = _share(answers, first.good), _share(answers, first.poor)
    section.summary.append(
        f"{survey.name}: {counted(good.of, 'answer')}, {rate_in_words(good)} good and {rate_in_words(poor)} poor. "
        f"{counted(heard.asked.get(survey.key, 0), 'message')} asked, and "
        f"{counted(heard.comments.get(survey.key, 0), 'answer')} came with words of people’s own."
    )
    for question in survey.of_kind(QuestionKind.CHOICE):
        section.parts.append(_answers(survey, question, heard.of(survey.key, question.key)))
    section.parts += _compared(section, survey, answers, span)
    chart = _chart(survey, answers, span, marks)
    if chart:
        section.summary += chart.says
        section.parts.append(chart)
    for about in survey.of_kind(QuestionKind.ABOUT_YOU):
        section.parts += _groups(survey, about, heard.of(survey.key, first.key, about.key))


def counted(number: int, what: str) -> str:
    """As people say it: "1 answer", "1,200 answers"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _share(answers: Iterable[Tally], which: Sequence[str]) -> Share:
    counts = Counter[bool]()
    for each in answers:
        counts[each.answer in which] += each.count
    return Share(counts[True], counts.total())


def _answers(survey: Survey, question: Question, given: Sequence[Tally]) -> Table:
    """Every answer. Other tables tell the sum of the good ones, so these and the others each hide on their own."""
    words = survey.words[ENGLISH]
    shares = {words.answer(question.key, answer): _share(given, (answer,)) for answer in question.answers}
    good = {words.answer(question.key, answer) for answer in question.good}
    key = f"feedback-{survey.key}-{question.key}"
    whole = of_team(key, f"{survey.name}: {words.ask(question.key)}", "Answer", "Answers", [*shares.items()])
    parts = (
        of_team(key, "", "Answer", "Answers", [pair for pair in shares.items() if (pair[0] in good) is side])
        for side in (True, False)
    )
    rows = {row[0]: row for part in parts for row in part.for_others.rows}
    exported = [rows[name] for name in shares if name in rows]
    return replace(whole, exported=Exported(whole.columns, exported))


def _chart(survey: Survey, answers: Sequence[Tally], span: Span, marks: Sequence[Mark]) -> Figure | None:
    months = {month: _share(there, survey.first.good) for month, there in _by_month(answers).items()}
    wanted = Wanted(f"The share of good answers ({survey.name})", "%", Better.HIGHER)
    key = f"feedback-{survey.key}-months"
    return share_over_time(key, months, _whole_months(span), wanted, counted="Good", marks=marks)


def _by_month(answers: Iterable[Tally]) -> dict[date, list[Tally]]:
    months: dict[date, list[Tally]] = {}
    for each in answers:
        months.setdefault(each.month, []).append(each)
    return months


def _whole_months(span: Span) -> Span:
    """From the first day of the first month: its answers are all there, whatever day the period begins on."""
    return Span(span.first.replace(day=1), span.last)


def _compared(section: Section, survey: Survey, answers: Sequence[Tally], span: Span) -> Iterator[Table]:
    """Before and after: by whole months, without the month that the day cuts in two."""
    if span.compare is None:
        return
    cut = span.compare.replace(day=1)
    is_whole = span.compare == cut
    before = _share([each for each in answers if each.month < cut], survey.first.good)
    later = [each for each in answers if each.month > cut or (is_whole and each.month == cut)]
    after = _share(later, survey.first.good)
    if not before.of or not after.of:
        return
    section.summary += change_in_words(f"good answers ({survey.name})", before, after, span.compare)
    left_out = (
        f"Answers of {cut:%B %Y} count neither before nor after: an answer keeps only its month, and the day lies "
        "within this one."
    )
    if not is_whole:
        section.summary.append(left_out)
    table = before_and_after(
        f"feedback-{survey.key}-before-after",
        f"{survey.name}: good answers, before and after",
        "Good",
        before=before,
        after=after,
        compare=span.compare,
    )
    yield table if is_whole else replace(table, note=left_out)


def _groups(survey: Survey, about: Question, given: Sequence[Tally]) -> Iterator[Table]:
    """Good answers by what people said of themselves, with small counts hidden for everybody."""
    words = survey.words[ENGLISH]
    names = {group: words.answer(about.key, group) for group in about.answers}
    shares = {
        name: _share([each for each in given if each.group == group], survey.first.good)
        for group, name in names.items()
    }
    there = {name: share for name, share in shares.items() if share.of}
    if there:
        key = f"feedback-{survey.key}-by-{about.key}"
        title = f"{survey.name}: good answers by “{words.ask(about.key)}”"
        yield by_group(key, title, "Answer", "Good", there, order=tuple(names.values()))
