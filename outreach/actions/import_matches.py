"""How headers and codes of a local export match ours: from the settings, and as staff have matched them once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from outreach.config import ImportMapping
from outreach.errors import RefusedError
from outreach.models import ImportMatch
from outreach.models.base import new_id
from outreach.models.event import note
from outreach.rules.waitlist_codes import CODED
from outreach.rules.waitlist_columns import COLUMNS, fold


@dataclass(frozen=True, slots=True)
class Matches:
    """Local header to ours, and for each column of ours local code to ours, as `read_rows` takes them."""

    columns: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]


def matches(session: Session, settings: ImportMapping) -> Matches:
    """Those of the settings, and over them those that staff keep here."""
    columns = dict(settings.columns)
    codes = {column: dict(table) for column, table in settings.codes.items()}
    for row in session.scalars(select(ImportMatch).order_by(ImportMatch.column, ImportMatch.theirs)):
        if row.column:
            codes.setdefault(row.column, {})[row.theirs] = row.ours
        else:
            columns = {theirs: ours for theirs, ours in columns.items() if fold(theirs) != fold(row.theirs)}
            columns[row.theirs] = row.ours
    return Matches(columns, codes)


def keep_match(
    session: Session, theirs: str, ours: str, now: datetime, *, who: str, column: str = ""
) -> ImportMatch:
    """Keep what a local header (or, with `column`, a local code) means; a former match of it is replaced."""
    if column and column not in CODED:
        raise RefusedError(f"{column!r} holds no codes")
    allowed = CODED[column] if column else ("", *COLUMNS)
    if allowed and ours not in allowed:
        raise RefusedError(f"{ours!r} is none of ours; choose one of {', '.join(filter(None, allowed))}")
    forget_match(session, theirs, column=column)
    row = ImportMatch(id=new_id(), column=column, theirs=theirs, ours=ours, who=who, at=now)
    session.add(row)
    note(session, now, who, "matched", row, column=column or ours)
    return row


def forget_match(session: Session, theirs: str, *, column: str = "") -> None:
    """Take a match away, so that the settings and the header's own name count again."""
    session.execute(delete(ImportMatch).where(ImportMatch.column == column, ImportMatch.theirs == theirs))
