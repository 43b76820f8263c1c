"""The columns of a waiting-list file, and how a local export's headers and codes become ours."""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from outreach.errors import WaitlistError

COLUMNS = (
    "referral_id",
    "nhs_number",
    "given_name",
    "family_name",
    "preferred_name",
    "date_of_birth",
    "mobile",
    "phone",
    "email",
    "address_1",
    "address_2",
    "address_3",
    "address_4",
    "postcode",
    "preferred_channel",
    "language",
    "interpreter",
    "format",
    "ethnicity",
    "referred_on",
    "assessment_at",
    "assessment_place",
    "assessment_attendance",
    "accepted_on",
    "treatment_at",
    "treatment_place",
    "treatment_attendance",
    "therapy_ended_on",
    "closed_on",
    "closed_reason",
    "deceased_on",
    "safe_to_text",
    "safe_to_email",
    "safe_to_voicemail",
    "do_not_contact",
    "number_is",
    "contact_note",
)
NAMES = ("given_name", "family_name", "preferred_name")
NOTHING: Mapping[str, str] = MappingProxyType({})
NO_CODES: Mapping[str, Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Headers:
    """How one file's headers map to ours.

    `known` pairs each usable header, as the file writes it, with our column; `unknown` lists the headers that no one
    reads; `codes` holds for a column what its local codes, folded, mean in ours.
    """

    known: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    codes: Mapping[str, Mapping[str, str]]


def fold(text: str) -> str:
    """A header or code without case, blanks, underscores and hyphens: `NHS Number` is `nhs_number`."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in plain if not char.isspace() and char not in "_-\ufeff")


def map_headers(
    headers: Sequence[str],
    columns: Mapping[str, str] = NOTHING,
    codes: Mapping[str, Mapping[str, str]] = NO_CODES,
) -> Headers:
    """Match a file's headers. `columns` is `[import.columns]`, local header to ours, "" to leave a column out.

    `codes` is `[import.codes]`: for each of our columns, local code to ours. Raises WaitlistError when two headers
    mean one column, a required one is missing, or the settings name a column that we do not have.
    """
    _check_settings(columns, codes)
    ours = {fold(column): column for column in COLUMNS} | {fold(local): our for local, our in columns.items()}
    known = tuple((header, ours[fold(header)]) for header in headers if ours.get(fold(header)))
    unknown = tuple(header for header in headers if header.strip() and fold(header) not in ours)
    _check_file([column for _, column in known])
    folded = {column: {fold(local): our for local, our in table.items()} for column, table in codes.items()}
    return Headers(known, unknown, MappingProxyType(folded))


def _check_settings(columns: Mapping[str, str], codes: Mapping[str, Mapping[str, str]]) -> None:
    for place, names in (("columns", columns.values()), ("codes", codes.keys())):
        for name in names:
            if name not in COLUMNS and not (place == "columns" and name == ""):
                raise WaitlistError(
                    f"[import.{place}] names {name!r}, which is no column of a waiting list;"
                    f" use one of {', '.join(COLUMNS)}"
                )


def _check_file(columns: Sequence[str]) -> None:
    """Found headers are never repeated: in a file without a header line they are somebody's details."""
    twice = [column for column, count in Counter(columns).items() if count > 1]
    if twice:
        raise WaitlistError(
            f"two columns of this file mean {' and '.join(twice)}; remove one,"
            ' or leave it out with "its header" = "" in [import.columns]'
        )
    missing = [column for column in ("referral_id", "referred_on") if column not in columns]
    if not any(name in columns for name in NAMES):
        missing.append("given_name, family_name or preferred_name")
    if missing:
        raise WaitlistError(
            f"this file has no column {' and none for '.join(missing)}; the first row must hold the headers:"
            " rename them, or map them in [import.columns]"
        )
