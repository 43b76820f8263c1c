"""Puts schedule files in force: planners read only what was applied, never a file."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from outreach.library import ScheduleFile
from outreach.models import Enrolment, ScheduleVersion
from outreach.models.base import new_id
from outreach.models.comparison import open_comparison
from outreach.models.enrolment import applied_schedules, applied_sources
from outreach.models.event import note
from outreach.rules.cadence import Schedule
from outreach.rules.schedule_file import parse_schedule
from outreach.services import Services


@dataclass(frozen=True, slots=True)
class ScheduleChange:
    """What applying one file changes; `people` have it under way and are planned again."""

    key: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    people: int


def in_force(session: Session) -> dict[str, Schedule]:
    """The applied schedules by key, with the lot of a comparison that is under way."""
    schedules = {key: _parsed(source, key) for key, source in applied_sources(session).items()}
    comparison = open_comparison(session)
    if comparison and comparison.schedule in schedules:
        schedules[comparison.schedule] = replace(schedules[comparison.schedule], lot=comparison.lot)
    return schedules


@lru_cache(maxsize=64)
def _parsed(source: str, key: str) -> Schedule:
    """The same text is parsed once in the life of a process."""
    return parse_schedule(source, f"{key}.toml")


def apply_schedules(
    services: Services, files: Sequence[ScheduleFile], now: datetime, who: str, *, dry_run: bool = False
) -> list[ScheduleChange]:
    """Apply the files that differ from what is in force; the planner then looks at everybody concerned."""
    with services.read() if dry_run else services.begin() as session:
        current = {row.key: row for row in applied_schedules(session)}
        changes = []
        for file in files:
            former = current.get(file.key)
            if former is not None and former.source == file.text:
                continue
            changes.append(_change(session, file, former))
            if not dry_run:
                _apply(session, file, former, now, who)
    return changes


def _change(session: Session, file: ScheduleFile, former: ScheduleVersion | None) -> ScheduleChange:
    before = {step.key: step for step in _parsed(former.source, file.key).steps} if former else {}
    after = {step.key: step for step in file.schedule.steps}
    under_way = select(func.count()).where(Enrolment.schedule == file.key, Enrolment.ended_at.is_(None))
    return ScheduleChange(
        key=file.key,
        added=tuple(key for key in after if key not in before),
        removed=tuple(key for key in before if key not in after),
        changed=tuple(key for key in after if key in before and after[key] != before[key]),
        people=session.scalar(under_way) or 0,
    )


def _apply(
    session: Session, file: ScheduleFile, former: ScheduleVersion | None, now: datetime, who: str
) -> None:
    version = ScheduleVersion(
        id=new_id(),
        key=file.key,
        version=former.version + 1 if former else 1,
        source=file.text,
        digest=hashlib.sha256(file.text.encode()).digest(),
        applied_at=now,
        who=who,
    )
    session.add(version)
    note(session, now, who, "applied", version, version=version.version)
    session.execute(
        update(Enrolment)
        .where(Enrolment.schedule == file.key, Enrolment.ended_at.is_(None))
        .values(next_due_at=now)
    )
