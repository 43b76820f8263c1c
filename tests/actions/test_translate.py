"""A translator's sheet carries every message out and back exactly, and brings words in only as drafts."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from outreach.actions.approve_template import approve_template
from outreach.actions.translate import Taken, export_translations, import_translations
from outreach.errors import RefusedError, TranslationError
from outreach.models import TemplateVersion
from outreach.models.template import newest_versions, usable_versions, version_numbered
from outreach.rules.tongues import TONGUES
from outreach.services import Services
from outreach.translation_file import COLUMNS, Exported, read_sheet, write_sheet
from outreach.vocabulary import Channel, Role
from tests import cast
from tests.drawn import drawn
from tests.waitlists import spoilt

KEY = "answers/thanks"
THANKS = "{{ text_name }}: Bardzo dziękujemy. Telefon: {{ phone }}.\n"


def claims_to_unpack_to(size: int, workbook: bytes) -> bytes:
    """The workbook with one more part in it, which is said to be so large."""
    stream = io.BytesIO(workbook)
    with zipfile.ZipFile(stream, "a") as packed:
        packed.writestr("xl/large.bin", b"")
        packed.getinfo("xl/large.bin").file_size = size  # the end of the file tells, once it is closed
    return stream.getvalue()


def sheet(services: Services, language: str = "pl") -> bytes:
    with services.read() as session:
        return write_sheet(language, export_translations(session, services, language))


Cells = dict[str, object]
POLISH: list[bytes] = []


def polish_sheet(services: Services) -> bytes:
    """The Polish sheet of what is shipped, which is the same in every database as it was made: written once."""
    if not POLISH:
        POLISH.append(sheet(services))
    return POLISH[0]


def changed(content: bytes, changes: dict[tuple[str, str], Cells]) -> bytes:
    """The workbook with some cells typed over, by key and channel of their message, as a translator saves it."""
    import openpyxl  # noqa: PLC0415 - takes long; only the process that runs these tests pays

    book = openpyxl.load_workbook(io.BytesIO(content))
    lines = book.active
    assert lines is not None
    for line in lines.iter_rows(min_row=2):
        for column, value in changes.get((str(line[0].value), str(line[1].value)), {}).items():
            line[COLUMNS.index(column)].value = value  # type: ignore[assignment]
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def taken(services: Services, content: bytes, language: str = "pl", author: str = "Ola Kowalska") -> Taken:
    rows = read_sheet(content, language, "pl.xlsx")
    with services.begin() as session:
        return import_translations(
            session, services, language, rows, services.now(), author=author, file="pl.xlsx"
        )


def versions(services: Services) -> int:
    with services.read() as session:
        return session.scalar(select(func.count()).select_from(TemplateVersion)) or 0


@pytest.mark.parametrize("language", [*sorted(TONGUES), "cy"])
def test_out_and_back_again_changes_no_byte_and_stores_nothing(
    sqlite_services: Services, language: str
) -> None:
    content = sheet(sqlite_services, language)
    rows = read_sheet(content, language, "x.xlsx")
    with sqlite_services.read() as session:
        known = newest_versions(session)
    for row in rows:
        ours = known.get((row.key, language, Channel(row.channel)))
        assert row.translation == (ours.source if ours else "")
    before = versions(sqlite_services)
    came = taken(sqlite_services, content, language)
    assert (came.drafts, came.unchanged + came.blank, versions(sqlite_services)) == (
        [],
        len(rows),
        before,
    )


@given(
    st.text(
        alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\ufffe\uffff"), max_size=80
    )
)
@drawn(30)
def test_no_character_is_lost_in_a_workbook(words: str) -> None:
    row = Exported(KEY, "sms", "", "", 1, f"a{words}", 2)
    assert [each.translation for each in read_sheet(write_sheet("pl", [row]), "pl", "x")] == [f"a{words}"]


@pytest.mark.parametrize(
    "words", ["=1+1", " =A1", "_x0041_", "'quoted'", "+44", "\tindented\n\nlines\n", "42"]
)
def test_no_spreadsheet_takes_words_for_anything_else(words: str) -> None:
    row = Exported(KEY, "sms", "", "", 1, words, 2)
    content = write_sheet("pl", [row])
    assert [each.translation for each in read_sheet(content, "pl", "x")] == [words]


def test_each_row_says_when_and_to_whom_a_message_goes_and_what_it_costs(sqlite_services: Services) -> None:
    with sqlite_services.read() as session:
        rows = {(row.key, row.channel): row for row in export_translations(session, sqlite_services, "ur")}
    reminder = rows["before-assessment/reminder-7", "sms"]
    assert "7 days before the assessment" in reminder.context
    assert reminder.english.startswith("{{ text_name }}: Your appointment")
    assert int(reminder.segments) > 3
    assert rows[KEY, "email"].context == "Goes back at once to somebody who wrote to us"
    assert rows[KEY, "email"].segments == ""


def test_changed_words_are_a_draft_by_their_author_and_reach_nobody_before_approval(
    services: Services,
) -> None:
    came = taken(services, changed(polish_sheet(services), {(KEY, "sms"): {"translation": THANKS}}))
    assert [(each.key, each.version, each.author) for each in came.drafts] == [(KEY, 2, "Ola Kowalska")]
    with services.begin() as session:
        assert (KEY, "pl", Channel.SMS) not in usable_versions(session, needs_approval=False)
        draft = version_numbered(session, KEY, "pl", Channel.SMS)
        lead = cast.staff(session, services, "Lena Lead", Role.PEER_LEAD)
        approve_template(session, services, draft, lead, services.now(), native_speaker="Ola's colleague Jan")
        assert usable_versions(session, needs_approval=True)[KEY, "pl", Channel.SMS].source == THANKS


def test_one_bad_row_and_nothing_is_taken_and_every_fault_names_its_row(sqlite_services: Services) -> None:
    changes: dict[tuple[str, str], Cells] = {
        (KEY, "sms"): {"translation": "{{ text_name }}: Hej {{ nmae }} {{ phone }}"},
        (KEY, "email"): {"key": "answers/thankz"},
        ("groups/place", "sms"): {"channel": "fax"},
        ("groups/place", "email"): {"version": "two"},
        ("groups/waiting", "sms"): {"english version": 7},
        ("groups/waiting", "email"): {"version": 0, "translation": "Subject: A\n\nB"},
        ("answers/opted-in", "sms"): {"translation": THANKS},
    }
    content = changed(polish_sheet(sqlite_services), changes)
    before = versions(sqlite_services)
    with pytest.raises(TranslationError) as refusal:
        taken(sqlite_services, content)
    said = "\n".join(map(str, refusal.value.faults))
    assert len({fault.line for fault in refusal.value.faults}) == 6
    assert "there is no variable nmae" in said
    assert "there is no English message 'answers/thankz'" in said
    assert "the channel is 'fax'; write sms or email" in said
    assert "version holds 'two'; put back the number" in said
    assert "the English is at version 1 by now; export a new sheet" in said
    assert "saved version 1 of this template meanwhile" in said
    assert all(str(fault).startswith("pl.xlsx:") for fault in refusal.value.faults)
    assert versions(sqlite_services) == before


def test_the_same_message_twice_is_refused(sqlite_services: Services) -> None:
    content = changed(polish_sheet(sqlite_services), {("answers/opted-in", "sms"): {"key": KEY}})
    with pytest.raises(TranslationError, match="the same message stands in row"):
        taken(sqlite_services, content)


def test_a_blank_row_takes_nothing_away(sqlite_services: Services) -> None:
    content = polish_sheet(sqlite_services)
    before = taken(sqlite_services, content)
    came = taken(sqlite_services, changed(content, {(KEY, "sms"): {"translation": None}}))
    assert (came.drafts, came.blank, came.unchanged) == ([], before.blank + 1, before.unchanged - 1)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: b"key,channel\n", "this is no Excel workbook"),
        (lambda: spoilt(write_sheet("pl", []), "xl/worksheets/sheet1.xml"), "this is no Excel workbook"),
        (lambda: write_sheet("ur", []), "there is no sheet named 'pl' but ur"),
        (
            lambda: claims_to_unpack_to(10**9, write_sheet("pl", [])),
            "it unpacks to over 200 MB; export a new one",
        ),
    ],
    ids=["not a workbook", "damaged", "another language", "too large"],
)
def test_a_file_that_is_no_sheet_of_this_language_is_refused(made: Callable[[], bytes], why: str) -> None:
    with pytest.raises(TranslationError, match=why):
        read_sheet(made(), "pl", "x.xlsx")


def test_a_sheet_without_its_headings_is_refused(tmp_path: Path) -> None:
    import openpyxl  # noqa: PLC0415

    book = openpyxl.Workbook()
    book.active.title = "pl"  # type: ignore[union-attr]
    book.save(tmp_path / "x.xlsx")
    with pytest.raises(TranslationError, match="the first row lacks key, channel"):
        read_sheet((tmp_path / "x.xlsx").read_bytes(), "pl", "x.xlsx")


def test_english_is_not_translated_into_english(sqlite_services: Services) -> None:
    with pytest.raises(RefusedError, match="name another language"):
        sheet(sqlite_services, "en-GB")
