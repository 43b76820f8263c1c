"""Where somebody who was asked to a group stands, until when they may answer, and how many places are left."""

from datetime import UTC, datetime, timedelta

import pytest

from outreach.rules.groups import Asked, Standing, answer_by, reminder_at, seats_left
from outreach.vocabulary import Reading
from tests.rules.when import LONDON, local

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(hours=5), NOW - timedelta(hours=5)


def standing(**facts: object) -> Standing:
    blank = dict.fromkeys(
        ("answer", "waiting_no", "offered_at", "offer_ended_at", "place_at", "place_ended_at")
    )
    return Asked(**{**blank, "answer_by": LATER, **facts}).standing(NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "stands"),
    [
        ({}, Standing.INVITED),
        ({"answer_by": EARLIER}, Standing.LAPSED),
        ({"answer": Reading.DECLINES}, Standing.DECLINED),
        ({"answer": Reading.JOINS, "place_at": EARLIER}, Standing.HAS_A_PLACE),
        ({"answer": Reading.DECLINES, "place_at": EARLIER, "place_ended_at": NOW}, Standing.GAVE_UP),
        ({"answer": Reading.JOINS, "waiting_no": 3, "answer_by": EARLIER}, Standing.WAITING),
        ({"answer": Reading.JOINS, "waiting_no": 3, "offered_at": EARLIER}, Standing.OFFERED),
        (
            {"answer": Reading.JOINS, "waiting_no": 3, "offered_at": EARLIER, "answer_by": NOW},
            Standing.LAPSED,
        ),
        ({"answer": Reading.DECLINES, "waiting_no": 3, "offered_at": EARLIER}, Standing.DECLINED),
        (
            {"answer": Reading.JOINS, "waiting_no": 3, "offered_at": EARLIER, "place_at": NOW},
            Standing.HAS_A_PLACE,
        ),
    ],
)
def test_where_somebody_stands_follows_from_the_moments_on_record(
    facts: dict[str, object], stands: Standing
) -> None:
    assert standing(**facts) is stands


def test_a_place_kept_for_somebody_is_no_free_place() -> None:
    standings = [Standing.HAS_A_PLACE, Standing.OFFERED, Standing.WAITING, Standing.INVITED, Standing.GAVE_UP]
    assert seats_left(3, standings) == 1
    assert seats_left(1, standings) == 0


def test_the_time_to_answer_runs_from_when_the_question_can_go_out() -> None:
    friday_evening, starts = local("2026-03-06", "19:00"), local("2026-03-20", "14:00")
    assert answer_by(friday_evening, 72, starts, LONDON) == local("2026-03-12", "09:00")


def test_the_time_to_answer_ends_before_the_session_and_is_never_a_mere_moment() -> None:
    asked = local("2026-03-03", "10:00")
    assert answer_by(asked, 72, local("2026-03-04", "14:00"), LONDON) == local("2026-03-04", "11:00")
    assert answer_by(asked, 72, local("2026-03-03", "16:00"), LONDON) is None


def test_reminders_go_two_days_before_or_on_the_working_day_before_that() -> None:
    assert reminder_at(local("2026-03-05", "14:00"), LONDON) == local("2026-03-03", "10:30")
    assert reminder_at(local("2026-03-09", "14:00"), LONDON) == local("2026-03-06", "10:30")
