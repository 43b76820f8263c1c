"""Server time of every page of the staff site, as each role that may open it, in a service that has run for years."""

import re
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from werkzeug.routing import Rule

from benchmarks.house import copied, made
from benchmarks.line import Line, Size
from benchmarks.old_service import AT, fill
from benchmarks.provider import SCRATCH
from outreach.models import Person, Reply, StaffMember, Task
from outreach.services import Services, clock_set_to
from outreach.vocabulary import Role
from outreach.web.permissions import STAFF
from tests.house import build_services
from tests.web.site import Browser, Site

MOST_SECONDS = 0.2
KNOWN = {"key": "waiting-for-therapy/check-in-1", "channel": "sms", "language": "en"}
"""A template, wherever a page wants one."""

LEAVES = ("sign_in.leave", "look.asset", "static")


def measure(size: Size) -> Iterator[Line]:
    """The slowest page, then each."""
    people, messages, tasks = size.of(20_000), size.of(500_000), size.of(2_000)
    path = made(
        SCRATCH,
        f"pages-{messages}",
        lambda services: fill(services, people=people, messages=messages, tasks=tasks),
    )
    services = build_services(
        f"sqlite:///{copied(path)}", clock=clock_set_to(AT), with_library=False, service={"demo": True}
    )
    times = _times(services)
    services.engine.dispose()
    slowest = max(times, key=lambda each: times[each])
    yield Line(
        "pages: slowest",
        f"the slowest page's part of {MOST_SECONDS * 1000:.0f} ms of server time",
        times[slowest] / MOST_SECONDS,
        1,
        at_most=True,
        detail=f"{slowest}, {times[slowest] * 1000:.0f} ms, with {people:,} people, {messages:,} messages, "
        f"{tasks:,} open tasks",
    )
    for page, seconds in sorted(times.items(), key=lambda each: -each[1]):
        yield Line(
            f"page {page}",
            page,
            seconds / MOST_SECONDS,
            1,
            at_most=True,
            detail=f"{seconds * 1000:.0f} ms",
        )


def _times(services: Services) -> dict[str, float]:
    """Seconds by page: of the role that waits longest for it."""
    site = Site(services)
    ids = _ids(services)
    times: dict[str, float] = {}
    clients = {role: site.signed_in(role) for role in Role}
    for rule in _pages(site.app):
        address = _address(rule, ids)
        if address is None:
            continue
        for role in STAFF[rule.endpoint]:
            took = _seconds(clients[role], address)
            if took is not None:
                times[rule.endpoint] = max(took, times.get(rule.endpoint, 0.0))
    return times


def _pages(app: Flask) -> list[Rule]:
    """Every page for staff."""
    rules = app.url_map.iter_rules()
    return [rule for rule in rules if "GET" in (rule.methods or ()) and rule.endpoint in STAFF]


def _ids(services: Services) -> dict[str, str]:
    """Somebody and something for each kind of page: the person with the most replies, an open task."""
    with services.read() as session:
        by_replies = select(Reply.person_id).where(Reply.person_id.is_not(None)).group_by(Reply.person_id)
        return {
            **KNOWN,
            "person_id": session.scalars(by_replies.order_by(func.count().desc()).limit(1)).first()
            or session.scalars(select(Person.id).limit(1)).one(),
            "reply_id": session.scalars(select(Reply.id).limit(1)).one(),
            "task_id": session.scalars(select(Task.id).limit(1)).one(),
            "member_id": session.scalars(select(StaffMember.id).limit(1)).one(),
        }


def _address(rule: Rule, ids: dict[str, Any]) -> str | None:
    """The page's address with what it wants; None where there is nothing of that kind to show."""
    if not set(rule.arguments) <= ids.keys() or rule.endpoint in LEAVES:
        return None
    return re.sub(r"<(?:[^:<>]+:)?(\w+)>", lambda part: str(ids[part[1]]), rule.rule)


def _seconds(client: Browser, address: str) -> float | None:
    """The median of three after a first look; None where nothing is shown."""
    if client.get(address).status_code != 200:
        return None
    took = []
    for _ in range(3):
        began = time.perf_counter()
        client.get(address)
        took.append(time.perf_counter() - began)
    return median(took)
