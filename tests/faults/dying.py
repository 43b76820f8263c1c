"""Services that end their own process at a named point, as a power cut would: by SIGKILL, with nothing put away."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.orm import Session

from outreach.ports import Leaving, OutboundEmail, OutboundText, Outcome, Verdict, unnoted
from outreach.providers.smtp import SmtpEmails
from outreach.providers.twilio import TwilioTexts
from outreach.services import Services


class Point(StrEnum):
    """Where a process dies. Found by the statements that the database is given: the program has no hooks for it."""

    BEFORE_CLAIM = "before claim"
    AFTER_CLAIM = "after claim"
    AFTER_SENDING = "after sending is committed"
    AFTER_ACCEPTED = "after the provider accepted"
    AFTER_RECORDING = "after recording"
    DURING_PLAN = "during planning"
    AFTER_PLAN = "after planning"
    DURING_RECEIPT = "while a receipt is taken in"
    AFTER_RECEIPT = "after a receipt was taken in"
    DURING_REPLY = "while a reply is stored"
    AFTER_REPLY = "after a reply was stored"
    DURING_ACT = "while a reply is acted on"
    AFTER_ACT = "after a reply was acted on"
    DURING_IMPORT = "during an import"
    AFTER_IMPORT = "after a batch of an import"


SENDING = (
    Point.BEFORE_CLAIM,
    Point.AFTER_CLAIM,
    Point.AFTER_SENDING,
    Point.AFTER_ACCEPTED,
    Point.AFTER_RECORDING,
)

STATEMENTS = {
    "INSERT INTO attempt": (None, Point.AFTER_SENDING),
    "UPDATE attempt SET finished_at": (None, Point.AFTER_RECORDING),
    "INSERT INTO message": (Point.DURING_PLAN, Point.AFTER_PLAN),
    "INSERT INTO receipt": (Point.DURING_RECEIPT, Point.AFTER_RECEIPT),
    "INSERT INTO reply": (Point.DURING_REPLY, Point.AFTER_REPLY),
    "UPDATE reply SET": (Point.DURING_ACT, Point.AFTER_ACT),
    "INSERT INTO referral": (Point.DURING_IMPORT, Point.AFTER_IMPORT),
}
"""Statements, with the point right before each and the point after the commit of its transaction."""

CLAIMS = "UPDATE message SET state="


@dataclass(slots=True)
class Death:
    """Comes when `point` is reached for the `nth` time."""

    point: Point
    nth: int = 1

    def at(self, point: Point | None) -> None:
        """We are here."""
        if point is self.point:
            self.nth -= 1
            if self.nth == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class _DyingServices(Services):
    """Services whose transactions are watched."""

    def begin(self) -> AbstractContextManager[Session]:
        """As ever, but the process may not come back."""
        return _watched(super().begin(), _deaths[id(self.engine)])


_deaths: dict[int, tuple[Death, list[Point]]] = {}


def dying(services: Services, death: Death) -> Services:
    """These services, until death comes."""
    reached: list[Point] = []

    @event.listens_for(services.engine, "before_cursor_execute")
    def look(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(CLAIMS) and "claimed" in str(parameters):
            death.at(Point.BEFORE_CLAIM)
            reached.append(Point.AFTER_CLAIM)
        for words, (before, after) in STATEMENTS.items():
            if statement.startswith(words):
                death.at(before)
                reached.append(after)

    @event.listens_for(services.engine, "connect")
    def look_at_copies(connection: Any, _record: Any) -> None:
        if isinstance(connection, psycopg.Connection):
            connection.cursor_factory = _seeing(look)

    _deaths[id(services.engine)] = (death, reached)
    known = {each.name: getattr(services, each.name) for each in fields(services)}
    return _DyingServices(**known)


def _seeing(look: Callable[..., None]) -> type[psycopg.Cursor[Any]]:
    """Cursors whose COPY is seen as the INSERT that it stands for."""

    class Cursor(psycopg.Cursor[Any]):
        def copy(self, statement: Any, *arguments: Any, **options: Any) -> Any:
            look(None, self, f"INSERT INTO {str(statement).removeprefix('COPY ')}", ())
            return super().copy(statement, *arguments, **options)

    return Cursor


@contextmanager
def _watched(
    transaction: AbstractContextManager[Session], fate: tuple[Death, list[Point]]
) -> Iterator[Session]:
    death, reached = fate
    reached.clear()
    with transaction as session:
        yield session
    for point in dict.fromkeys(reached):
        death.at(point)


class Mortal:
    """A sender in a process that may die when the provider has just accepted; without a death it lives."""

    death: Death | None = None

    def outlives(self, outcome: Outcome) -> Outcome:
        """This outcome, if we are still here."""
        if self.death and outcome.verdict is Verdict.ACCEPTED:
            self.death.at(Point.AFTER_ACCEPTED)
        return outcome


class MortalTexts(Mortal, TwilioTexts):
    """Of texts."""

    async def send(self, text: OutboundText, leaving: Leaving = unnoted) -> Outcome:
        """Hand over once."""
        return self.outlives(await super().send(text, leaving))


class MortalEmails(Mortal, SmtpEmails):
    """Of emails."""

    async def send(self, email: OutboundEmail, leaving: Leaving = unnoted) -> Outcome:
        """Hand over once."""
        return self.outlives(await super().send(email, leaving))
