"""Reads the rows of a waiting list: good ones merged by referral, bad ones named, none half taken."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from outreach.rules.cells import as_text
from outreach.rules.waitlist_columns import NO_CODES, NOTHING, Headers, map_headers
from outreach.rules.waitlist_row import (
    Missing,
    RawRow,
    RefusedRow,
    RowFault,
    Stop,
    WaitlistRow,
    cell_reader,
    given,
    parse_row,
    stops_of,
)
from outreach.vocabulary import AppointmentKind, NumberIs

VISITS = {f"{kind.value}_at": (f"{kind.value}_place", f"{kind.value}_attendance") for kind in AppointmentKind}
FIELDS = tuple(each.name for each in fields(WaitlistRow) if each.name not in ("line", "referral_id", "notes"))
CAREFUL: Mapping[str, frozenset[Any]] = {
    "do_not_contact": frozenset({True}),
    "safe_to_text": frozenset({False}),
    "safe_to_email": frozenset({False}),
    "safe_to_voicemail": frozenset({False}),
    "number_is": frozenset({NumberIs.SHARED, NumberIs.CARER}),
}
"""Where rows of one referral differ, these values stand, whichever row came last."""


@dataclass(frozen=True, slots=True)
class Waitlist:
    """What a file says: one row a referral in the file's order, every fault and note, and headers nobody reads.

    `refused` holds the referral_ids of refused rows: they stand in the file, so they are not missing from it. `stops`
    is what those rows say all the same.
    """

    rows: list[WaitlistRow]
    faults: list[RowFault]
    unknown_columns: tuple[str, ...]
    refused: frozenset[str]
    stops: list[Stop]


def read_rows(
    headers: Sequence[str],
    raw_rows: Iterable[RawRow],
    today: date,
    columns: Mapping[str, str] = NOTHING,
    codes: Mapping[str, Mapping[str, str]] = NO_CODES,
) -> Waitlist:
    """Every row of a file; `columns` and `codes` are `[import.columns]` and `[import.codes]`, `today` the local day.

    Raises WaitlistError when the headers do not fit. A referral of several rows is refused whole when one of them
    is: half of it could call off its appointment.
    """
    known = map_headers(headers, columns, codes)
    read = cell_reader(known, today)
    rows: list[WaitlistRow] = []
    refused: list[RefusedRow] = []
    for raw in raw_rows:
        result = (
            _torn(raw, raw.fault, known) if raw.fault else parse_row(raw.cells, raw.line, known, today, read)
        )
        if isinstance(result, WaitlistRow):
            rows.append(result)
        else:
            refused.append(result)
    unsure = {each.referral_id for each in refused}
    merged, conflicts = merge_rows(row for row in rows if row.referral_id not in unsure)
    taken = {row.referral_id for row in merged}
    left_out = [row for row in rows if row.referral_id not in taken]
    faults = [fault for each in refused for fault in each.faults] + conflicts
    faults += [_refused_with_another(row) for row in left_out if row.referral_id in unsure]
    faults += [note for row in merged for note in row.notes]
    return Waitlist(
        rows=merged,
        faults=sorted(faults, key=lambda fault: fault.row),
        unknown_columns=known.unknown,
        refused=frozenset(unsure | {row.referral_id for row in left_out}) - {""},
        stops=[stop for each in refused for stop in each.stops]
        + [s for row in left_out for s in stops_of(row)],
    )


def _torn(raw: RawRow, fault: RowFault, headers: Headers) -> RefusedRow:
    """A row that the file could not give whole: its cells may stand under the wrong headers."""
    header = next(header for header, column in headers.known if column == "referral_id")
    return RefusedRow(as_text(raw.cells.get(header)), [fault], [])


def _refused_with_another(row: WaitlistRow) -> RowFault:
    return RowFault(row.line, "referral_id", "another row of this referral is refused", "correct that row")


def merge_rows(rows: Iterable[WaitlistRow]) -> tuple[list[WaitlistRow], list[RowFault]]:
    """One row for each referral, the later filling and overriding the earlier; a blank overrides nothing.

    A referral whose rows name different people is refused, with a fault for each of its later rows.
    """
    merged: dict[str, WaitlistRow] = {}
    faults: list[RowFault] = []
    unsure: set[str] = set()
    for row in rows:
        earlier = merged.get(row.referral_id)
        conflict = _conflict(earlier, row) if earlier else None
        if conflict:
            faults.append(conflict)
            unsure.add(row.referral_id)
        merged[row.referral_id] = _merged(earlier, row) if earlier else row
    return [row for row in merged.values() if row.referral_id not in unsure], faults


def _conflict(earlier: WaitlistRow, later: WaitlistRow) -> RowFault | None:
    for column in ("nhs_number", "date_of_birth"):
        values = {given(getattr(row, column)) for row in (earlier, later)} - {None}
        if len(values) > 1:
            what = f"differs from row {earlier.line}, which has the same referral_id"
            return RowFault(later.line, column, what, "check who these rows are about; neither was taken in")
    return None


def _merged(earlier: WaitlistRow, later: WaitlistRow) -> WaitlistRow:
    changes = {
        name: getattr(later, name)
        for name in FIELDS
        if not isinstance(getattr(later, name), Missing)
        and getattr(earlier, name) not in CAREFUL.get(name, frozenset())
    }
    for at, belonging in VISITS.items():
        if at in changes and changes[at] != getattr(earlier, at):
            # Place and attendance of the earlier row are those of another appointment.
            changes |= {name: getattr(later, name) for name in belonging}
    return replace(earlier, **changes, notes=(*earlier.notes, *later.notes))
