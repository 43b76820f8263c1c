"""What people say, in the review: counted by month, compared where it can be, and hidden where few answered."""

from collections.abc import Iterable
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from outreach.actions.take_feedback import new_form_id, take_feedback
from outreach.library_surveys import read_surveys, surveys_folder
from outreach.reports.document import HIDDEN, Section, Table, as_csv
from outreach.reports.feedback import Heard, Tally, feedback_section, heard_in
from outreach.rules.spans import Span
from outreach.rules.suppression import SMALL
from outreach.services import Services
from outreach.vocabulary import AnsweredBy
from tests.drawn import drawn

YEAR = Span(date(2025, 9, 1), date(2026, 2, 28), date(2025, 12, 1))
SURVEYS = read_surveys(surveys_folder(None))
FFT = SURVEYS["friends-and-family"]


def _answers(services: Services, answers: Iterable[tuple[str, date, str]]) -> None:
    """(answer, day, ethnicity) of each form."""
    with services.begin() as session:
        for answer, day, group in answers:
            given = {"overall": answer, "ethnicity": group, "why": ""}
            take_feedback(
                session,
                services.keyring,
                FFT,
                given,
                today=day,
                way=AnsweredBy.PAPER,
                form_id=new_form_id(),
            )


def _section(services: Services, span: Span = YEAR) -> Section:
    with services.read() as session:
        heard = heard_in(session, span, span.instants(services.calendar))
    return feedback_section(heard, SURVEYS.values(), span, [])


def _table(section: Section, key: str) -> Table:
    return next(table for table in section.tables() if table.key == f"feedback-friends-and-family-{key}")


def test_good_and_poor_are_counted_of_all_answers(services: Services) -> None:
    forms = ["very_good"] * 20 + ["good"] * 10 + ["neither"] * 4 + ["poor"] * 3 + ["dont_know"] * 3
    _answers(services, [(answer, date(2025, 10, 15), "") for answer in forms])
    section = _section(services)
    assert section.summary[0] == (
        "Friends and Family Test: 40 answers, 30 (75%) good and 3 (8%) poor. 0 messages asked, and "
        "0 answers came with words of people’s own."
    )
    rows = {row[0]: row[1:3] for row in _table(section, "overall").rows}
    assert rows["Very good"] == (20, 40)
    assert rows["Very poor"] == (0, 40)


def test_what_is_exported_hides_few_answers_and_what_gives_them_away(sqlite_services: Services) -> None:
    forms = ["very_good"] * 40 + ["good"] * 30 + ["poor"] * 3
    _answers(sqlite_services, [(answer, date(2025, 10, 15), "") for answer in forms])
    table = _table(_section(sqlite_services), "overall")
    counts = [row[1] for row in table.for_others.rows]
    assert counts.count(HIDDEN) >= 2
    assert 3 not in counts
    assert ",3," not in as_csv(table)


@drawn(150)
@given(st.lists(st.sampled_from([0, 1, 3, 7, 8, 12, 13, 30, 200]), min_size=6, max_size=6))
def test_whoever_adds_up_all_exports_learns_no_small_count_of_answers(counts: list[int]) -> None:
    """The attacker knows the number of answers, and the number of good ones from the months and the groups."""
    month = date(2025, 10, 1)
    tallies = [
        Tally(FFT.key, "overall", answer, month, "", "", count)
        for answer, count in zip(FFT.first.answers, counts, strict=True)
        if count
    ]
    section = feedback_section(Heard(tallies, {}, {}), [FFT], YEAR, [])
    if not tallies:
        return
    names = [FFT.words["en"].answer("overall", answer) for answer in FFT.first.answers]
    shown = {row[0]: row[1] for row in _table(section, "overall").for_others.rows}
    if sum(counts) in SMALL:
        assert shown == {}
        return
    for side in (slice(0, 2), slice(2, 6)):
        truth = dict(zip(names[side], counts[side], strict=True))
        hidden = [name for name in truth if shown[name] == HIDDEN]
        assert {name for name, count in truth.items() if count in SMALL} <= set(hidden)
        if any(truth[name] in SMALL for name in hidden):
            assert len(hidden) > 1, "the sum of this side would tell"
    assert not {count for count in shown.values() if count in SMALL}


def test_groups_are_those_that_people_named_themselves_and_small_ones_are_hidden(
    sqlite_services: Services,
) -> None:
    groups = ["white"] * 60 + ["asian"] * 40 + ["black"] * 3 + [""] * 10
    _answers(sqlite_services, [("good", date(2025, 10, 1), group) for group in groups])
    table = _table(_section(sqlite_services), "by-ethnicity")
    rows = {row[0]: row[1:3] for row in table.rows}
    assert rows["Black, Black British, Caribbean or African"] == (HIDDEN, HIDDEN)
    assert "" not in rows
    assert table.exported is None, "the table itself is safe for everybody"


def test_before_and_after_are_compared_by_whole_months(sqlite_services: Services) -> None:
    before = [("good" if number % 2 else "poor", date(2025, 11, 30), "") for number in range(60)]
    after = [("poor" if number % 6 == 0 else "good", date(2025, 12, 1), "") for number in range(60)]
    _answers(sqlite_services, [*before, *after])
    section = _section(sqlite_services)
    assert any("was 50% (30 of 60), from then on 83% (50 of 60)" in each for each in section.summary)
    within = Span(YEAR.first, YEAR.last, date(2025, 12, 10))
    assert not any(table.key.endswith("before-after") for table in _section(sqlite_services, within).tables())
    _answers(sqlite_services, [("good", date(2026, 1, 2), "")] * 30)
    told = _section(sqlite_services, within)
    cut = _table(told, "before-after")
    assert [row[1:3] for row in cut.rows[:2]] == [(30, 60), (30, 30)]
    assert cut.note.startswith("Answers of December 2025 count neither before nor after")
    assert cut.note in told.summary, "else the two parts do not add up to all answers, and nobody says why"
    assert not any("count neither" in each for each in section.summary)


def test_without_any_answer_it_says_so(sqlite_services: Services) -> None:
    assert _section(sqlite_services).summary == ["Nobody answered a survey in this period."]
