"""Which columns of a waiting list hold codes, which codes, and which of a file's own codes we do not know."""

from collections.abc import Iterable, Mapping
from datetime import date

from outreach.errors import OutreachError
from outreach.rules.cells import as_text, is_spreadsheet_error
from outreach.rules.identity import ETHNICITY_CODES
from outreach.rules.waitlist_columns import Headers
from outreach.rules.waitlist_row import RawRow, cell_reader
from outreach.vocabulary import Attendance, NumberIs, PreferredChannel

YES_NO = ("yes", "no")

CODED: Mapping[str, tuple[str, ...]] = {
    "preferred_channel": tuple(word.value for word in PreferredChannel),
    "language": (),  # any language tag
    "interpreter": YES_NO,
    "ethnicity": tuple(sorted(ETHNICITY_CODES)),
    "assessment_attendance": tuple(word.value for word in Attendance),
    "treatment_attendance": tuple(word.value for word in Attendance),
    "safe_to_text": YES_NO,
    "safe_to_email": YES_NO,
    "safe_to_voicemail": YES_NO,
    "do_not_contact": YES_NO,
    "number_is": tuple(word.value for word in NumberIs),
}
"""The columns of ours that hold codes, each with all of them."""

MOST_CODES = 30
LONGEST_CODE = 60


def unknown_codes(headers: Headers, raw_rows: Iterable[RawRow], today: date) -> dict[str, list[str]]:
    """By column of ours, the file's own codes that mean nothing to us, in the order in which they come.

    A column with more than a few dozen different ones holds something else than codes, and is left out.
    """
    read = cell_reader(headers, today)
    coded = [(header, column) for header, column in headers.known if column in CODED]
    found: dict[str, dict[str, None]] = {}
    for raw in raw_rows:
        for header, column in coded:
            text = as_text(raw.cells.get(header))
            if not text or len(text) > LONGEST_CODE or is_spreadsheet_error(text):
                continue
            try:
                read(raw.cells[header], column)
            except OutreachError:
                found.setdefault(column, {})[text] = None
    return {column: list(codes) for column, codes in found.items() if len(codes) <= MOST_CODES}
