"""When each message really goes, and the reason that staff and people can read."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules.cadence import Anchor, Occurrence, Standing, Step, occurrences
from outreach.rules.placing import Placement, deadline, lay_out
from outreach.vocabulary import Again, AnchorKind, Purpose
from tests.drawn import drawn
from tests.rules.when import HOLIDAYS, LONDON, anchor, due, local, schedule, shipped, standing, step

GAP_DAYS = 3
REFERRED = anchor(AnchorKind.REFERRED, "2026-03-02")  # a Monday
ASSESSMENT = anchor(AnchorKind.ASSESSMENT, "2026-03-10", "09:30")  # the Tuesday of the week after
REMINDER = step("reminder", AnchorKind.ASSESSMENT, -2, purpose=Purpose.APPOINTMENT)

Contacts = Sequence[tuple[datetime, Purpose]]


def _placed(
    found: Sequence[Occurrence], now: datetime, contacts: Contacts = (), *, introduced: bool = True
) -> list[Placement]:
    return lay_out(
        found, now=now, calendar=LONDON, gap_days=GAP_DAYS, contacts=contacts, introduced=introduced
    )


def _one(each: Step, now: datetime, contacts: Contacts = (), anchors: Sequence[Anchor] = ()) -> Placement:
    [placement] = _placed(due(each, anchors=[*(anchors or [REFERRED, ASSESSMENT])]), now, contacts)
    return placement


def test_a_message_on_time_needs_no_reason() -> None:
    placement = _one(step(), local("2026-03-02", "08:00"))
    assert (placement.at, placement.reason) == (local("2026-03-02"), "")


def test_a_message_a_little_after_its_time_goes_at_once() -> None:
    now = local("2026-03-02", "10:31")
    assert _one(step(), now) == Placement(_one(step(), now).occurrence, now, "")


def test_a_message_moved_from_a_sunday_says_so() -> None:
    placement = _one(step(offset=6), local("2026-03-02"))
    assert placement.at == local("2026-03-09")
    assert placement.reason == "moved from Sunday 8 March: nothing is sent on Sundays"


def test_a_message_moved_from_a_bank_holiday_says_so() -> None:
    placement = _one(step(), local("2026-05-20"), anchors=[anchor(AnchorKind.REFERRED, "2026-05-25")])
    assert placement.at == local("2026-05-26")
    assert placement.reason == "moved from Monday 25 May: Monday 25 May is a bank holiday"


def test_a_message_whose_day_passed_goes_late_and_says_so() -> None:
    placement = _one(step(), local("2026-03-04", "11:00"))
    assert placement.at == local("2026-03-04", "11:00")
    assert placement.reason == "moved from Monday 2 March: that day had passed"


def test_a_message_too_many_days_late_is_skipped_with_its_date() -> None:
    assert _one(step(), local("2026-03-05", "17:00")).at is not None
    placement = _one(step(), local("2026-03-06", "09:00"))
    assert placement.at is None
    assert placement.reason == "skipped: it was due on Monday 2 March and is not sent more than 3 days late"


def test_a_message_that_is_sent_however_late_is_never_skipped() -> None:
    assert _one(step(late=None), local("2027-03-02")).at == local("2027-03-02")


def test_a_long_weekend_does_not_use_up_the_days_a_message_may_be_late() -> None:
    good_friday = anchor(AnchorKind.REFERRED, "2026-04-03")
    assert _one(step(late=1), local("2026-04-01"), anchors=[good_friday]).at == local("2026-04-07")


def test_a_reminder_goes_on_the_working_day_before_a_closed_day() -> None:
    placement = _one(REMINDER, local("2026-03-02"))
    assert placement.at == local("2026-03-06")
    assert placement.reason == "moved from Sunday 8 March: nothing is sent on Sundays"


def test_a_late_reminder_still_goes_before_the_appointment() -> None:
    assert _one(REMINDER, local("2026-03-09", "16:00")).at == local("2026-03-09", "16:00")
    assert _one(REMINDER, local("2026-03-10", "09:10")).at == local("2026-03-10", "09:10")


@pytest.mark.parametrize(
    ("now", "tense"), [(local("2026-03-09", "23:00"), "was"), (local("2026-03-10", "09:31"), "was")]
)
def test_a_reminder_never_goes_after_the_appointment(now: datetime, tense: str) -> None:
    early = anchor(AnchorKind.ASSESSMENT, "2026-03-10", "08:30" if now.hour == 23 else "09:30")
    placement = _one(REMINDER, now, anchors=[early])
    tense = "is" if now.hour == 23 else tense
    assert placement.at is None
    assert placement.reason == f"too late: the appointment {tense} on Tuesday 10 March"


def test_without_a_time_of_day_a_reminder_goes_before_the_day_itself() -> None:
    day_only = anchor(AnchorKind.ASSESSMENT, "2026-03-10")
    assert _one(REMINDER, local("2026-03-09", "17:00"), anchors=[day_only]).at is not None
    assert _one(REMINDER, local("2026-03-10", "09:00"), anchors=[day_only]).at is None


def test_a_check_in_waits_until_the_gap_is_over() -> None:
    sent = [(local("2026-02-28", "14:00"), Purpose.SUPPORT)]
    placement = _one(step(), local("2026-03-02", "08:00"), sent)
    assert placement.at == local("2026-03-03")
    assert placement.reason == "moved from Monday 2 March: another message went on Saturday 28 February"


def test_the_gap_counts_local_days_and_not_hours() -> None:
    sent = [(local("2026-02-27", "17:45"), Purpose.CHECK_IN)]
    assert _one(step(), local("2026-03-02", "08:00"), sent).at == local("2026-03-02")


def test_a_check_in_also_keeps_its_distance_from_one_planned_ahead() -> None:
    planned = [(local("2026-03-04"), Purpose.SURVEY)]
    placement = _one(step(late=14), local("2026-03-02", "08:00"), planned)
    assert placement.at == local("2026-03-09")  # Saturday 7 March is free but closed
    assert placement.reason == "moved from Monday 2 March: another message goes on Wednesday 4 March"


@pytest.mark.parametrize("purpose", [Purpose.APPOINTMENT, Purpose.ANSWER, Purpose.ALERT])
def test_appointments_already_sent_and_answers_do_not_count_towards_the_gap(purpose: Purpose) -> None:
    sent = [(local("2026-03-02", "07:30"), purpose)]
    assert _one(step(), local("2026-03-02", "08:00"), sent).at == local("2026-03-02")


def test_an_appointment_message_does_not_wait_for_the_gap() -> None:
    sent = [(local("2026-03-05"), Purpose.CHECK_IN)]
    assert _one(REMINDER, local("2026-03-05", "12:00"), sent).at == local("2026-03-06")


def test_a_check_in_yields_to_an_appointment_message_within_the_gap() -> None:
    check_in = step("check-in", offset=2, late=14)
    placements = _placed(due(check_in, REMINDER, anchors=[REFERRED, ASSESSMENT]), local("2026-03-02"))
    assert [(each.occurrence.step.key, each.at) for each in placements] == [
        ("reminder", local("2026-03-06")),
        ("check-in", local("2026-03-09")),
    ]
    assert (
        placements[1].reason
        == "moved from Wednesday 4 March: a message about an appointment goes on Friday 6 March"
    )


def test_a_check_in_yields_to_an_appointment_message_already_planned() -> None:
    planned = [(local("2026-03-03"), Purpose.APPOINTMENT)]
    assert _one(step(late=7), local("2026-03-02", "08:00"), planned).at == local("2026-03-06")


def test_an_appointment_message_that_will_not_go_moves_nobody() -> None:
    missed = step("reminder", AnchorKind.ASSESSMENT, -2, purpose=Purpose.APPOINTMENT)
    past = anchor(AnchorKind.ASSESSMENT, "2026-03-02", "09:00")
    placements = _placed(due(step(), missed, anchors=[REFERRED, past]), local("2026-03-02", "10:00"))
    assert [each.at for each in placements] == [None, local("2026-03-02")]


def test_a_move_that_makes_a_message_too_late_skips_it_and_names_both_reasons() -> None:
    planned = [(local("2026-03-04"), Purpose.CHECK_IN)]
    placement = _one(step(late=2), local("2026-03-02", "08:00"), planned)
    assert placement.at is None
    assert placement.reason == (
        "skipped: it was due on Monday 2 March and is not sent more than 2 days late, "
        "because another message goes on Wednesday 4 March"
    )


def test_an_offer_before_an_appointment_is_never_moved_to_after_it() -> None:
    offer = step("offer", AnchorKind.ASSESSMENT, -1, purpose=Purpose.SUPPORT, late=30)
    sent = [(local("2026-03-09"), Purpose.CHECK_IN)]
    placement = _one(offer, local("2026-03-06", "08:00"), sent)
    assert placement.at is None
    assert placement.reason == (
        "too late: the appointment is on Tuesday 10 March, because another message goes on Monday 9 March"
    )


def test_on_one_line_of_time_the_appointment_message_comes_first() -> None:
    appointment = step("z-missed", AnchorKind.REFERRED, 8, purpose=Purpose.APPOINTMENT)
    check_in = step("a-check-in", AnchorKind.REFERRED, 8, late=0)
    placements = _placed(due(check_in, appointment, anchors=[REFERRED]), local("2026-03-02"))
    assert [each.occurrence.step.key for each in placements] == ["z-missed", "a-check-in"]


def _first(late_by: str | None = None) -> list[Occurrence]:
    first = step("first", offset=7, first=True, late=None)
    who = standing("2026-03-01", late_by, introduced=False)
    steps = first, step("note", offset=1, late=30), REMINDER
    return due(*steps, anchors=[REFERRED, ASSESSMENT], who=who, until="2026-03-06")


def test_the_first_contact_comes_before_anything_but_appointment_messages() -> None:
    placements = _placed(_first(), local("2026-03-02"), introduced=False)
    assert [(each.occurrence.step.key, each.at) for each in placements] == [
        ("reminder", local("2026-03-06")),
        ("first", local("2026-03-09")),
        ("note", local("2026-03-12")),
    ]
    assert (
        placements[2].reason
        == "moved from Tuesday 3 March: the first message to this person goes on Monday 9 March"
    )


def test_everything_waits_for_a_first_contact_beyond_the_horizon() -> None:
    placements = _placed(_first("2026-03-25"), local("2026-03-02"), introduced=False)
    moments = {each.occurrence.step.key: each.at for each in placements}
    assert moments["first"] == local("2026-03-25")
    assert moments["note"] == local("2026-03-30")  # three days on is Saturday 28 March


def test_nothing_overtakes_a_first_message_that_is_planned_already() -> None:
    planned = [(local("2026-03-12"), Purpose.CHECK_IN)]
    found = due(step(late=30), anchors=[REFERRED], who=standing(introduced=False))
    [placement] = _placed(found, local("2026-03-02"), planned, introduced=False)
    assert placement.at == local("2026-03-16")


def test_a_person_with_two_referrals_gets_one_first_contact() -> None:
    who = standing("2026-03-01", introduced=False)
    first = step("first", offset=1, first=True, late=None)
    both = due(first, anchors=[REFERRED], who=who) + due(first, anchors=[REFERRED], who=who)
    placements = _placed(both, local("2026-03-02"), introduced=False)
    assert [each.at is None for each in placements] == [False, True]
    assert placements[1].reason == "skipped: another first message goes on Tuesday 3 March"


def test_a_first_contact_goes_even_when_the_end_of_therapy_is_recorded_late() -> None:
    ended = anchor(AnchorKind.THERAPY_ENDED, "2026-03-02")
    first = step("first", AnchorKind.THERAPY_ENDED, -28, first=True, late=None)
    soon = step("soon", AnchorKind.THERAPY_ENDED, -28, purpose=Purpose.SUPPORT, late=None)
    found = due(first, soon, anchors=[ended], who=standing(introduced=False))
    placements = _placed(found, local("2026-03-05", "11:00"), introduced=False)
    moments = {each.occurrence.step.key: (each.at, each.reason) for each in placements}
    assert moments["first"][0] == local("2026-03-05", "11:00")
    assert moments["soon"][0] is None
    assert moments["soon"][1].startswith("too late: the end of therapy was on Monday 2 March")


def test_the_deadline_is_the_end_of_the_last_late_day_or_the_appointment() -> None:
    [check_in] = due(step(), anchors=[REFERRED])
    [reminder] = due(REMINDER, anchors=[ASSESSMENT])
    [always] = due(step(late=None), anchors=[REFERRED])
    assert deadline(check_in, LONDON) == local("2026-03-05", "18:00")
    assert deadline(reminder, LONDON) == local("2026-03-10", "09:30")
    assert deadline(always, LONDON) is None


PURPOSES = (Purpose.APPOINTMENT, Purpose.CHECK_IN, Purpose.SUPPORT, Purpose.SURVEY)
WALLS = [
    time.fromisoformat(wall)
    for wall in ("00:00", "01:30", "07:00", "09:00", "10:30", "17:49", "17:50", "23:59")
]
STARTS = [date(2026, 3, 16), date(2026, 10, 12), date(2026, 12, 14), date(2026, 3, 30), date(2026, 6, 1)]


Case = tuple[list[Occurrence], datetime, list[tuple[datetime, Purpose]], bool]
Moment = tuple[int, time]
Written = tuple[AnchorKind, int, time, Purpose, int | None]

MOMENTS = st.tuples(st.integers(0, 28), st.sampled_from(WALLS))
"""A day of the month looked at, and a wall time."""

STEPS = st.tuples(
    st.sampled_from([AnchorKind.REFERRED, AnchorKind.ASSESSMENT]),
    st.integers(-14, 14),
    st.sampled_from(WALLS),
    st.sampled_from(PURPOSES),
    st.sampled_from([None, 0, 3, 14]),
)


def _case(
    start: date,
    referred: int,
    assessed: tuple[int, str | None],
    steps: list[Written],
    contacts: list[tuple[Moment, Purpose]],
    now: Moment,
    introduced: bool,
) -> Case:
    def moment(when: Moment) -> datetime:
        return LONDON.at(start + timedelta(days=when[0]), when[1])

    anchors = [
        anchor(AnchorKind.REFERRED, (start + timedelta(days=referred)).isoformat()),
        anchor(AnchorKind.ASSESSMENT, (start + timedelta(days=assessed[0])).isoformat(), assessed[1]),
    ]
    written = [
        step(f"step-{n}", kind, offset, at=wall, purpose=purpose, late=late)
        for n, (kind, offset, wall, purpose, late) in enumerate(steps)
    ]
    written.append(step("first", AnchorKind.REFERRED, 3, first=True, late=None, again=Again.NEVER))
    who = Standing(local("2026-01-01"), None, introduced=introduced)
    found = occurrences(schedule(*written), anchors, who, LONDON, local("2027-06-01"))
    had = [(LONDON.next_slot(moment(when)), purpose) for when, purpose in contacts]
    return found, moment(now), had, introduced


CASES = st.builds(
    _case,
    st.sampled_from(STARTS),
    st.integers(0, 28),
    st.tuples(st.integers(0, 28), st.sampled_from(["08:45", "10:30", "15:00", None])),
    st.lists(STEPS, min_size=1, max_size=6),
    st.lists(st.tuples(MOMENTS, st.sampled_from(PURPOSES)), max_size=3),
    MOMENTS,
    st.booleans(),
)
"""A person's steps around a clock change, Christmas, Easter or an ordinary month."""


def _lay(case: Case) -> list[Placement]:
    found, now, contacts, introduced = case
    return _placed(found, now, contacts, introduced=introduced)


def _spaced(placement: Placement) -> bool:
    return placement.occurrence.step.purpose is not Purpose.APPOINTMENT


@drawn(70)
@given(CASES)
def test_nothing_ever_goes_outside_the_window(case: Case) -> None:
    for placement in _lay(case):
        if placement.at is None:
            continue
        there = placement.at.astimezone(LONDON.zone)
        assert time(9) <= there.time() < time(17, 50)
        assert there.weekday() < 5
        assert there.date() not in HOLIDAYS
        assert placement.at >= case[1]
        assert placement.at.tzinfo is UTC


@drawn(70)
@given(CASES)
def test_two_spaced_messages_never_stand_within_the_gap(case: Case) -> None:
    sent = [LONDON.day_of(at) for at, purpose in case[2] if purpose is not Purpose.APPOINTMENT]
    placed = [LONDON.day_of(each.at) for each in _lay(case) if each.at and _spaced(each)]
    for index, day in enumerate(placed):
        assert all(abs((day - other).days) >= GAP_DAYS for other in placed[:index] + sent)


@drawn(70)
@given(CASES)
def test_no_spaced_message_goes_shortly_before_an_appointment_message(case: Case) -> None:
    placements = _lay(case)
    appointments = [LONDON.day_of(each.at) for each in placements if each.at and not _spaced(each)]
    for placement in placements:
        if placement.at and _spaced(placement):
            day = LONDON.day_of(placement.at)
            assert not any(0 <= (other - day).days < GAP_DAYS for other in appointments)


@drawn(70)
@given(CASES)
def test_what_stands_before_an_anchor_never_goes_after_it(case: Case) -> None:
    for placement in _lay(case):
        which = placement.occurrence
        if placement.at and which.step.is_before_anchor:
            assert placement.at <= LONDON.at(which.anchor.on, which.anchor.at or time(0))


@drawn(70)
@given(CASES)
def test_everything_that_moved_or_is_skipped_says_why(case: Case) -> None:
    found, _, _, _ = case
    placements = _lay(case)
    assert sorted(map(id, found)) == sorted(id(each.occurrence) for each in placements)
    for placement in placements:
        due_on = LONDON.day_of(placement.occurrence.due)
        if placement.at is None:
            assert placement.reason.startswith(("skipped: ", "too late: "))
        elif LONDON.day_of(placement.at) != due_on:
            assert placement.reason.startswith(f"moved from {LONDON.day_name(due_on)}: ")


@drawn(60)
@given(CASES, st.randoms(use_true_random=False))
def test_the_order_in_which_occurrences_are_found_changes_nothing(case: Case, random: Random) -> None:
    found, now, contacts, introduced = case
    shuffled = list(found)
    random.shuffle(shuffled)
    assert _lay((shuffled, now, contacts, introduced)) == _lay(case)


@drawn(60)
@given(CASES)
def test_nobody_gets_a_spaced_message_before_their_first_contact(case: Case) -> None:
    placements = _lay(case)
    firsts = [each.at for each in placements if each.occurrence.step.first_contact and each.at]
    for placement in placements:
        if firsts and placement.at and _spaced(placement):
            assert placement.at >= firsts[0]


@drawn(100)
@given(CASES, st.integers(0, 400))
def test_what_is_due_later_and_spaced_changes_nothing_that_is_due_before(case: Case, days: int) -> None:
    found, now, contacts, introduced = case
    until = now + timedelta(days=days)
    near = [
        each
        for each in found
        if each.slot <= until or each.step.first_contact or not each.step.purpose.is_spaced
    ]
    kept = {id(each) for each in near}
    everything = [each for each in _lay(case) if id(each.occurrence) in kept]
    assert _placed(near, now, contacts, introduced=introduced) == everything


def test_the_last_step_of_the_long_wait_can_be_read_by_anybody() -> None:
    plan = shipped("waiting-for-therapy")
    booked = [anchor(AnchorKind.ACCEPTED, "2025-01-06"), anchor(AnchorKind.TREATMENT, "2026-03-31", "11:00")]
    found = occurrences(plan, booked, standing("2026-03-16"), LONDON, local("2026-04-30"))
    reasons = {each.occurrence.step.key: each.reason for each in _placed(found, local("2026-03-16"))}
    assert reasons["reminder-2"] == "moved from Sunday 29 March: nothing is sent on Sundays"
    assert reasons["still-booked-8-weeks"].startswith("skipped: it was due on Tuesday 3 February")
