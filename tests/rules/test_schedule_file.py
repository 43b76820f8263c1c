"""A schedule file says what it means, or every fault is named with its line."""

from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.errors import Fault, LibraryError
from outreach.rules.schedule_file import parse_schedule
from outreach.vocabulary import Again, AnchorKind, Purpose, Stage
from tests.drawn import drawn
from tests.rules.when import shipped

GOOD = """\
title = "Before your assessment"
stage = "awaiting_assessment"

[[steps]]
key = "what-to-expect"
anchor = "assessment"
offset = "-14 days"
at = "10:30"
template = "before-assessment/what-to-expect"
purpose = "appointment"
if_late = "skip after 3 days"
again = "on a new date"

[[steps]]
key = "check-in"
anchor = "referred"
every = "6 weeks"
until = "assessment"
at = "14:00"
template = [
    "before-assessment/check-in-1",
    "before-assessment/check-in-2",
]
purpose = "check_in"
if_late = "send anyway"
again = "never"
"""

SHIPPED = ("before-assessment", "awaiting-decision", "waiting-for-therapy", "ending-therapy")


def _faults(text: str) -> list[Fault]:
    with pytest.raises(LibraryError) as raised:
        parse_schedule(text, "schedules/before-assessment.toml")
    return raised.value.faults


def _only_fault(text: str) -> tuple[int, str]:
    [fault] = _faults(text)
    return fault.line, fault.what


def test_a_file_becomes_a_schedule_called_after_it() -> None:
    schedule = parse_schedule(GOOD, "schedules/before-assessment.toml")
    assert (schedule.key, schedule.title) == ("before-assessment", "Before your assessment")
    assert schedule.stage is Stage.AWAITING_ASSESSMENT
    once, repeated = schedule.steps
    assert (once.key, once.anchor, once.offset_days) == ("what-to-expect", AnchorKind.ASSESSMENT, -14)
    assert (once.every_days, once.until, once.at, once.late_days) == (None, None, time(10, 30), 3)
    assert (once.purpose, once.again) == (Purpose.APPOINTMENT, Again.ON_A_NEW_DATE)
    assert (repeated.every_days, repeated.until, repeated.offset_days) == (42, AnchorKind.ASSESSMENT, 0)
    assert repeated.templates == ("before-assessment/check-in-1", "before-assessment/check-in-2")
    assert (repeated.late_days, repeated.again, repeated.first_contact) == (None, Again.NEVER, False)


def test_a_step_may_be_the_first_contact_or_invite_a_call() -> None:
    text = GOOD.replace(
        'again = "on a new date"', 'again = "never"\nfirst_contact = true\ninvites_call = true'
    )
    step = parse_schedule(text, "x.toml").steps[0]
    assert step.first_contact
    assert step.invites_call


@pytest.mark.parametrize(
    ("was", "becomes", "line", "says"),
    [
        (
            'stage = "awaiting_assessment"',
            'stage = "waiting"',
            2,
            "stage must be one of: awaiting_assessment, ",
        ),
        ('stage = "awaiting_assessment"', 'stage = "closed"', 2, "stage must be one of"),
        ('title = "Before your assessment"', 'title = ""', 1, "title is missing"),
        (
            'stage = "awaiting_assessment"',
            'stage = "awaiting_assessment"\ncolour = "blue"',
            3,
            '"colour" is not a key',
        ),
        ('offset = "-14 days"', 'offset = "a fortnight before"', 7, "offset must be days or weeks"),
        ('offset = "-14 days"', "offset = -14", 7, "offset must be days or weeks"),
        ('offset = "-14 days"\n', "", 4, "offset is missing"),
        ('anchor = "assessment"', 'anchor = "birthday"', 6, "anchor must be one of: referred, "),
        ('anchor = "assessment"\n', "", 4, "anchor is missing"),
        ('at = "10:30"', 'at = "25:30"', 8, "at must be a time"),
        ('at = "10:30"', 'at = "9:30"', 8, "at must be a time"),
        ('at = "10:30"', "at = 10:30:00", 8, "at must be a time"),
        ('template = "before-assessment/what-to-expect"\n', "", 4, "template is missing"),
        ('template = "before-assessment/what-to-expect"', "template = []", 9, "template must be a name"),
        (
            'template = "before-assessment/what-to-expect"',
            'template = "../keyring"',
            9,
            "template must be a name",
        ),
        (
            'template = "before-assessment/what-to-expect"',
            'template = ["a/b", "a/c"]',
            9,
            "only a repeated step",
        ),
        (
            'purpose = "appointment"',
            'purpose = "advert"',
            10,
            "purpose must be one of: appointment, check_in, ",
        ),
        ('purpose = "appointment"', 'purpose = "alert"', 10, "purpose must be one of"),
        ('if_late = "skip after 3 days"', 'if_late = "whenever"', 11, 'if_late must be "skip after 3 days"'),
        ('again = "on a new date"', 'again = "sometimes"', 12, "again must be one of: on a new date, never"),
        ('again = "on a new date"', 'agian = "never"', 12, '"agian" is not a key of a step'),
        (
            'again = "on a new date"',
            'again = "never"\nfirst_contact = "yes"',
            13,
            "first_contact must be true or false",
        ),
        ('again = "on a new date"', 'until = "treatment"', 12, "until belongs to a repeated step"),
        ('key = "check-in"', 'key = "what-to-expect"', 15, 'the key "what-to-expect" is used twice'),
        ('key = "check-in"', 'key = "Check in"', 15, "key must be small letters"),
        ('key = "check-in"\n', "", 14, "key is missing"),
        ('every = "6 weeks"', 'every = "0 weeks"', 17, "every must be at least 1 day"),
        ('every = "6 weeks"', 'every = "-6 weeks"', 17, "every must be at least 1 day"),
        ('every = "6 weeks"', 'every = "6 months"', 17, "every must be days or weeks"),
        (
            'every = "6 weeks"',
            'every = "6 weeks"\noffset = "-1 day"',
            18,
            "a repeated step cannot begin before",
        ),
        ('again = "never"', 'again = "never"\nfirst_contact = true', 27, "a first contact comes once"),
        ("[[steps]]\n", "[[steps]\n", 4, "not TOML"),
        ('again = "never"\n', 'again = "never', 26, "not TOML"),
    ],
)
def test_a_fault_is_named_with_its_line(was: str, becomes: str, line: int, says: str) -> None:
    assert was in GOOD
    where, what = _only_fault(GOOD.replace(was, becomes, 1))
    assert what.startswith(says)
    assert where == line


def test_only_one_step_can_be_the_first_contact() -> None:
    first = GOOD.replace('again = "on a new date"', 'again = "never"\nfirst_contact = true').partition(
        '\n[[steps]]\nkey = "check'
    )[0]
    second = first.partition("\n[[steps]]")[2].replace('"what-to-expect"', '"hello"')
    line, what = _only_fault(f"{first}\n[[steps]]{second}")
    assert (line, what) == (24, "only one step of a schedule can be the first contact")


def test_all_faults_of_a_file_are_named_at_once_in_order() -> None:
    text = (
        GOOD.replace('"10:30"', '"noon"')
        .replace('"6 weeks"', '"often"')
        .replace('"awaiting_assessment"', '"x"')
    )
    assert [fault.line for fault in _faults(text)] == [2, 8, 17]
    assert str(_faults(text)[1]).startswith("schedules/before-assessment.toml:8: at must be")


@pytest.mark.parametrize("text", ["", 'title = "x"\nstage = "in_treatment"\nsteps = []', "steps = 3"])
def test_a_schedule_without_steps_is_refused(text: str) -> None:
    assert any(fault.what.startswith("there are no steps") for fault in _faults(text))


@drawn(100)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_with_a_line_that_exists(data: st.DataObject) -> None:
    lines = GOOD.splitlines(keepends=True)
    damaged = data.draw(st.integers(0, len(lines) - 1))
    lines[damaged] = data.draw(
        st.sampled_from(["", "[[steps]]\n", 'at = "10:30"\n', "steps = 1\n"]) | st.text(max_size=12)
    )
    text = "".join(lines)
    assert all(1 <= line <= text.count("\n") + 1 for line in _fault_lines(text))


def _fault_lines(text: str) -> list[int]:
    try:
        parse_schedule(text, "x.toml")
    except LibraryError as refused:
        return [fault.line for fault in refused.faults] or [0]  # a refusal without a fault helps nobody
    return []


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_schedules_are_sound(name: str) -> None:
    schedule = shipped(name)
    assert schedule.key == name
    own = (f"{name}/", "surveys/")
    assert all(template.startswith(own) for step in schedule.steps for template in step.templates)
    assert sum(step.first_contact for step in schedule.steps) == 1


def test_every_stage_before_closing_has_exactly_one_schedule() -> None:
    files = sorted((Path(__file__).parents[2] / "schedules").glob("*.toml"))
    assert sorted(path.stem for path in files) == sorted(SHIPPED)
    assert {shipped(name).stage for name in SHIPPED} == set(Stage) - {Stage.CLOSED}


def test_steps_that_invite_a_call_are_the_talk_offers() -> None:
    inviting = {(name, step.key) for name in SHIPPED for step in shipped(name).steps if step.invites_call}
    assert inviting == {("before-assessment", "talk-offer"), ("waiting-for-therapy", "talk-offer")}
