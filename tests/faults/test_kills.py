"""Never twice, never lost: workers killed at named points, answers lost, refusals that are not true."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from outreach.journal import journals_beside
from outreach.models import Base, Enrolment, Message, OptOut, ReceiptRow, Referral, Reply, Task
from outreach.providers.twilio_codes import HALTING, REASONS
from tests.crowd import details_of
from tests.faults.dying import SENDING, Point
from tests.faults.scene import PEOPLE, Scene, Tell, World, world
from tests.waitlists import make_waitlist

IN_BETWEEN = (Point.AFTER_SENDING, Point.AFTER_ACCEPTED)
"""Deaths that leave messages of which only the sender's journal knows whether they were handed over."""

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One provider and one nursery of workers for all scenes."""
    with world(tmp_path_factory.mktemp("faults")) as made:
        yield made


@pytest.mark.parametrize("point", [*SENDING, Point.DURING_PLAN, Point.AFTER_PLAN])
def test_a_worker_killed_here_neither_doubles_nor_loses_a_message(
    scene: Scene, point: Point, tell: Tell
) -> None:
    scene.kill_at(point)
    assert scene.killed >= 1, "nobody died: this would prove nothing"
    scene.settle()
    counts = scene.counts(f"killed {point}")
    tell(counts)
    if journals_beside(scene.world.disk / "keyring.json", scene.url).can_be_kept or point not in IN_BETWEEN:
        assert counts.all_sent_once, "all of these can be told apart from what was handed over"
    else:
        assert counts.states.keys() <= {"sent", "unconfirmed"}
        assert counts.states.get("sent", 0) == counts.arrived, "what the provider has is known to be sent"


@pytest.mark.parametrize("said", [{"how": "lose"}, {"how": "keep", "status": 503}])
def test_an_answer_that_is_lost_or_untrue_is_settled_and_the_text_never_sent_again(
    scene: Scene, said: dict[str, object], tell: Tell
) -> None:
    scene.world.say(*[said] * PEOPLE)
    scene.settle()
    counts = scene.counts(f"the provider says {said}")
    tell(counts)
    assert counts.states == {"sent": PEOPLE}


STALL_SECONDS = 30.0 if PEOPLE >= 100 else 0.2
WAYS: list[dict[str, object]] = [
    {"status": 500},
    {"status": 503, "code": 20503},
    {"status": 429},
    {"code": 20429, "retry_after": "7"},
    {"how": "lose"},
    {"how": "keep", "status": 503},
    {"how": "reset"},
    {"how": "garbage"},
    {"how": "no_id"},
    {"how": "stall", "seconds": STALL_SECONDS},
]
CODES: list[dict[str, object]] = [{"code": int(code)} for code in sorted({*REASONS, "99999"} - HALTING)]


@pytest.mark.parametrize("says", [WAYS, CODES], ids=["every way to fail", "every documented code"])
def test_whatever_the_provider_says_each_message_comes_to_an_end_that_staff_can_see(
    scene: Scene, says: list[dict[str, object]], tell: Tell
) -> None:
    often = -(-PEOPLE // len(says))
    scene.world.say(*(says * often)[:PEOPLE])
    scene.settle()
    counts = scene.counts(f"the provider answers in {len(says)} bad ways")
    tell(counts)
    assert counts.states.keys() >= ({"sent", "unconfirmed"} if says is WAYS else {"failed"})


@pytest.mark.parametrize("point", [Point.DURING_RECEIPT, Point.AFTER_RECEIPT])
def test_a_receipt_whose_taking_in_was_cut_short_counts_once_when_it_comes_again(
    scene: Scene, point: Point
) -> None:
    scene.settle()
    with scene.services.read() as session:
        provider_id = session.scalars(select(Message.provider_id).limit(1)).one()
    news = {"provider_id": provider_id, "status": "delivered"}
    assert scene.do("receipt", 5, point, about=news) < 0
    assert scene.do("receipt", 6, about=news) == 0
    assert rows(scene, ReceiptRow) == 1
    assert scene.states() == {"sent": PEOPLE - 1, "delivered": 1}


@pytest.mark.parametrize(
    ("point", "by"),
    [
        (Point.DURING_REPLY, "the provider's repeated post"),
        (Point.AFTER_REPLY, "the job for pending replies"),
        (Point.DURING_ACT, "the job for pending replies"),
        (Point.AFTER_ACT, "the provider's repeated post"),
    ],
)
def test_a_reply_whose_taking_in_was_cut_short_is_acted_on_once(scene: Scene, point: Point, by: str) -> None:
    sender = details_of(3).mobile
    reply = {
        "provider_id": "SM" + "3" * 32,
        "sender": sender,
        "body": "Stop texting me. Can someone ring me?",
    }
    assert scene.do("reply", 1, point, about=reply) < 0
    again = scene.do("pending", 2) if by.startswith("the job") else scene.do("reply", 2, about=reply)
    assert again == 0
    assert (rows(scene, Reply), rows(scene, OptOut)) == (1, 1)
    with scene.services.read() as session:
        kinds = sorted(session.scalars(select(Task.kind)))
        answers = list(session.scalars(select(Message.state).where(Message.enrolment_id.is_(None))))
    assert kinds == ["callback", "keep_in_touch"]
    assert len(answers) == 1


@pytest.mark.parametrize("point", [Point.DURING_IMPORT, Point.AFTER_IMPORT])
def test_an_import_that_was_cut_short_is_complete_when_taken_in_again(scene: Scene, point: Point) -> None:
    listed = make_waitlist(260, seed=5, today=scene.services.calendar.day_of(scene.services.now()))
    assert scene.do("import", 0, point, about={"rows": listed}) < 0
    assert rows(scene, Referral) == PEOPLE + (0 if point is Point.DURING_IMPORT else 250)
    assert scene.do("import", 1, about={"rows": listed}) == 0
    complete = [rows(scene, table) for table in (Referral, Enrolment, Message)]
    assert complete[0] == PEOPLE + 260
    assert scene.do("import", 1, about={"rows": listed}) == 0
    assert [rows(scene, table) for table in (Referral, Enrolment, Message)] == complete


def rows(scene: Scene, table: type[Base]) -> int:
    """How many are stored."""
    with scene.services.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0
