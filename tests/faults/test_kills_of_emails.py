"""Never twice, never lost, for emails: workers killed at named points, under a server that cannot be asked."""

from collections.abc import Iterator

import pytest

from outreach.journal import journals_beside
from outreach.providers.smtp import CONNECTIONS
from tests.faults.dying import SENDING, Point
from tests.faults.scene import PEOPLE, Scene, Tell, World, world
from tests.faults.test_kills import IN_BETWEEN
from tests.standins.mail import MailStandIn

POINTS = SENDING if PEOPLE >= 100 else IN_BETWEEN
"""The short form dies where emails differ from texts."""

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A mail server and a nursery of workers for all scenes."""
    with MailStandIn() as mail, world(tmp_path_factory.mktemp("faults")) as made:
        made.mail = mail
        yield made


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_here_neither_doubles_nor_loses_an_email(
    scene: Scene, point: Point, tell: Tell
) -> None:
    scene.kill_at(point)
    assert scene.killed >= 1, "nobody died: this would prove nothing"
    scene.settle()
    counts = scene.counts(f"emails, killed {point}")
    tell(counts)
    assert counts.states.keys() <= {"sent", "unconfirmed"}
    assert counts.states["sent"] <= counts.arrived, "what is known as sent is there"
    if journals_beside(scene.world.disk / "keyring.json", scene.url).can_be_kept:
        on_their_way = CONNECTIONS * scene.killed
        assert counts.states.get("unconfirmed", 0) <= on_their_way, "of all others it is known"
