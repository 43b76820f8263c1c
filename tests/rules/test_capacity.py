"""Who takes the next call, and when it can truly be: only inside hours that somebody works and has free."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from outreach.rules.capacity import CALL_TAKES, Peer, Wish, first_talk, free_calls_a_day, talk_in_words
from tests.rules.when import LONDON

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
"""A Monday."""

DAILY = {day: [(time(9, 30), time(12, 30))] for day in range(5)}


def peer(name: str, **facts: object) -> Peer:
    """Somebody who works every morning."""
    return Peer(**{"id": name, "hours": DAILY, **facts})  # type: ignore[arg-type]


def words(peers: list[Peer], wish: Wish | None = None, now: datetime = NOW) -> str:
    """Who calls, and when, as the person is told."""
    talk = first_talk(peers, wish or Wish(), now, LONDON)
    return f"{talk.peer_id} {talk_in_words(talk, LONDON)}" if talk else "nobody"


def test_a_call_is_promised_inside_the_hours_of_somebody_and_never_within_the_hour() -> None:
    assert words([peer("Grace")]) == "Grace on Monday 2 March between 11am and 12:30pm"
    assert words([peer("Grace")], now=NOW + timedelta(hours=3)) == (
        "Grace on Tuesday 3 March between 9:30am and 12:30pm"
    )


def test_open_calls_take_their_time_first() -> None:
    assert words([peer("Grace", open_calls=4)]) == "Grace on Tuesday 3 March between 11am and 12:30pm"


def test_the_fewest_open_calls_win_where_both_are_free_that_day() -> None:
    assert words([peer("Grace", open_calls=1), peer("Ida")]).startswith("Ida")


def test_days_away_and_bank_holidays_are_nobodys_hours() -> None:
    away = frozenset({date(2026, 3, 2), date(2026, 3, 3)})
    assert "Wednesday 4 March" in words([peer("Grace", away=away)])
    before_easter = datetime(2026, 4, 2, 17, 0, tzinfo=UTC)
    assert "Tuesday 7 April" in words([peer("Grace")], now=before_easter)


def test_without_anybody_no_call_is_promised() -> None:
    assert words([]) == "nobody"
    assert words([peer("Grace", hours={})]) == "nobody"


@pytest.mark.parametrize(
    ("wish", "who"),
    [
        (Wish(language="pl"), "Ida"),
        (Wish(background="Muslim"), "Ida"),
        (Wish(language="so"), "Grace"),
    ],
)
def test_a_shared_language_or_background_is_honoured_where_anybody_has_it(wish: Wish, who: str) -> None:
    ida = peer("Ida", languages=frozenset({"pl"}), backgrounds=frozenset({"Muslim"}), open_calls=3)
    assert words([peer("Grace"), ida], wish).startswith(who)


def test_a_wished_time_is_kept_where_it_is_free_and_gives_way_before_the_wished_person() -> None:
    wednesday = frozenset({date(2026, 3, 4)})
    assert words([peer("Grace")], Wish(days=wednesday, after=time(11))) == (
        "Grace on Wednesday 4 March between 11am and 12:30pm"
    )
    evening = Wish(language="pl", after=time(17))
    ida = peer("Ida", languages=frozenset({"pl"}))
    assert words([peer("Grace"), ida], evening) == "Ida on Monday 2 March between 11am and 12:30pm"


def test_what_is_promised_always_leaves_room_for_the_call() -> None:
    for minutes in range(0, 24 * 60, 25):
        now = NOW + timedelta(minutes=minutes)
        for calls in range(6):
            talk = first_talk([peer("Grace", open_calls=calls)], Wish(before=time(11, 40)), now, LONDON)
            assert talk is not None
            assert talk.ends - talk.starts >= CALL_TAKES
            assert talk.starts >= now + timedelta(hours=1)


def test_a_day_holds_as_many_calls_as_hours_allow_beside_those_already_open() -> None:
    assert free_calls_a_day([peer("Grace"), peer("Ida", open_calls=3)], date(2026, 3, 3), LONDON) == 5
    assert free_calls_a_day([peer("Grace")], date(2026, 3, 7), LONDON) == 0
