"""The planner's tick among a million people: with nothing due, and with 10,000 due, against pure SQL."""

import json
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Engine, text

from benchmarks.house import DUE, copied, made, services_for
from benchmarks.line import Line, Size
from benchmarks.process import contestant, go, line_of, memory_of, program
from benchmarks.provider import SCRATCH
from benchmarks.the_many import multiply, on_postgresql
from outreach.actions.plan import plan_due
from outreach.services import Services
from tests.crowd import crowd, enrol

BEFORE = DUE - timedelta(days=2)
MOST_TRANSACTION = 0.1
LOOKS = 200
LIMITS = {"SQLite": (1.0, 3.5), "PostgreSQL": (2.0, 6.0)}
"""Milliseconds for a tick with nothing due, and times pure SQL for 10,000 due."""


def measure(size: Size) -> Iterator[Line]:
    """On SQLite, then on PostgreSQL."""
    due, all_of_them = size.of(10_000), size.of(1_000_000)
    few = made(SCRATCH, f"tick-{due}", lambda services: _due(services, due))
    many = made(SCRATCH, f"tick-{all_of_them}", lambda services: _among(services, due, all_of_them))
    yield from _on(
        "SQLite", size, due, f"sqlite:///{copied(few, 'few')}", f"sqlite:///{copied(many, 'many')}"
    )
    with on_postgresql() as database:
        few_url = database("few", lambda services: _due(services, due))
        many_url = database("many", lambda services: _among(services, due, all_of_them))
        yield from _on("PostgreSQL", size, due, few_url, many_url)


def _due(services: Services, count: int) -> None:
    crowd(services, count)
    enrol(services)


def _among(services: Services, due: int, count: int) -> None:
    _due(services, due)
    multiply(services.engine, count - due)


def _on(name: str, size: Size, due: int, few: str, many: str) -> Iterator[Line]:
    most_ms, most_times = LIMITS[name]
    idle_few, idle_many = _idle_ms(few), _idle_ms(many)
    kind = name.lower()
    yield Line(
        f"tick: nothing due, {kind}",
        f"of {most_ms:g} ms for a tick with nothing due among {size.of(1_000_000):,}, {name}",
        idle_many / most_ms,
        1,
        at_most=True,
        detail=f"{idle_many:.2f} ms",
    )
    yield Line(
        f"tick: nothing due, growth, {kind}",
        f"the same, against {due:,} people, {name}",
        idle_many / idle_few,
        2,
        at_most=True,
        detail=f"{idle_many:.2f} ms against {idle_few:.2f} ms",
    )
    pure = _pure_seconds(many, due)
    small, large = _planned(few), _planned(many)
    yield Line(
        f"tick: {due:,} due, {kind}",
        f"{due:,} due of {size.of(1_000_000):,}, planned, guarded, worded and stored, against pure SQL, {name}",
        large["seconds"] / pure,
        most_times,
        at_most=True,
        detail=f"{large['seconds']:.2f} s against {pure:.2f} s",
    )
    yield Line(
        f"tick: longest transaction, {kind}",
        f"of {MOST_TRANSACTION * 1000:.0f} ms for one write transaction, {name}",
        large["longest"] / MOST_TRANSACTION,
        1,
        at_most=True,
        detail=f"{large['longest'] * 1000:.0f} ms at most",
    )
    yield Line(
        f"tick: memory, {kind}",
        f"peak memory among {size.of(1_000_000):,} against {due:,}, {name}",
        large["memory"] / small["memory"],
        1.1,
        at_most=True,
        detail=f"{large['memory']:.0f} MB against {small['memory']:.0f} MB",
    )


def _idle_ms(url: str) -> float:
    services = services_for(url, at=BEFORE)
    took = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        assert not plan_due(services, BEFORE).people
        took.append((time.perf_counter() - began) * 1000)
    services.engine.dispose()
    return statistics.median(took)


def _planned(url: str) -> dict[str, float]:
    """Seconds, the longest transaction and the peak memory of a planner in a process of its own."""
    with program(*contestant("planner", url)) as planner:
        assert line_of(planner) == "ready"
        go(planner)
        told: dict[str, float] = json.loads(line_of(planner))
        told["memory"] = memory_of([planner.pid])
        go(planner)
    return told


PURE = (
    "INSERT INTO message (id, person_id, referral_id, enrolment_id, schedule, step, occurrence, purpose, template,"
    " channel, language, state, reason, superseded, due_at, planned_for, created_at, attempts, body)"
    " SELECT {new}, r.person_id, r.id, e.id, e.schedule, 'first-contact', {text_of_e}, 'support', 'first-contact',"
    " 'sms', 'en', 'planned', '', {false}, e.next_due_at, e.next_due_at, e.next_due_at, 0,"
    " {bytes}(replace(:words, 'NAME', p.language))"
    " FROM enrolment e JOIN referral r ON r.id = e.referral_id JOIN person p ON p.id = r.person_id"
    " WHERE e.ended_at IS NULL AND e.next_due_at <= :now"
)
DIALECTS = {
    "sqlite": {"new": "lower(hex(randomblob(16)))", "text_of_e": "e.id", "false": "0", "bytes": ""},
    "postgresql": {
        "new": "gen_random_uuid()",
        "text_of_e": "e.id::text",
        "false": "false",
        "bytes": "convert_to",
    },
}


def _pure_seconds(url: str, due: int) -> float:
    """Seconds in which the database alone could put the same rows down, in one statement and undone again."""
    services = services_for(url, at=DUE)
    engine: Engine = services.engine
    statement = PURE.format(**DIALECTS[engine.dialect.name])
    if engine.dialect.name == "postgresql":
        statement = statement.replace("p.language))", "p.language), 'UTF8')")
    began = time.monotonic()
    with engine.connect().execution_options(outreach_writes=True) as connection:
        now = f"{DUE:%Y-%m-%d %H:%M:%S}.000000" if engine.dialect.name == "sqlite" else DUE
        done = connection.execute(text(statement), {"words": "Hello NAME, " * 25, "now": now}).rowcount
        took = time.monotonic() - began
        connection.rollback()
    engine.dispose()
    assert done == due, done
    return took
