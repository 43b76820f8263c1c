"""An uploaded list is tried without changing anything, taken in once confirmed, and its file does not stay."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from outreach.actions.import_matches import keep_match, matches
from outreach.actions.import_waitlist import BATCH
from outreach.actions.uploads import confirm, drop, store_upload, try_again, upload_called
from outreach.actions.work_uploads import (
    KEPT_REFUSED,
    KEPT_UNCONFIRMED,
    LEASE,
    TRIES,
    forget_uploads,
    work_uploads,
)
from outreach.errors import RefusedError, WaitlistError
from outreach.models import Person, Upload, WaitlistImport
from outreach.services import Services
from outreach.vocabulary import Role, UploadState
from tests import cast
from tests.house import clock_of
from tests.lists import AMINA, BEN, NO_DATE, csv_file
from tests.waitlists import make_waitlist


def _upload(services: Services, content: bytes, *, full: bool = False) -> str:
    with services.begin() as session:
        member = cast.staff(session, services, f"Adi {services.now().isoformat()}", Role.ADMIN)
        return store_upload(session, services, content, member, services.now(), is_full=full).id


def long_list(services: Services, rows: int) -> bytes:
    """A list of so many made-up people."""
    made = make_waitlist(rows, 1, services.calendar.day_of(services.now()))
    return csv_file(*(tuple(row.values()) for row in made), headers=tuple(made[0]))


def _worked(services: Services, upload_id: str) -> Upload:
    work_uploads(services, services.now())
    return _row(services, upload_id)


def _row(services: Services, upload_id: str) -> Upload:
    with services.read() as session:
        return upload_called(session, upload_id)


def _press(services: Services, upload_id: str, verb: Any) -> None:
    with services.begin() as session:
        upload = upload_called(session, upload_id)
        member = cast.staff(session, services, f"Lee {services.now().isoformat()}", Role.PEER_LEAD)
        verb(session, upload, member, services.now())
    clock_of(services).forward(seconds=1)


def _people(services: Services) -> int:
    with services.read() as session:
        return session.scalar(select(func.count()).select_from(Person)) or 0


def test_a_trial_says_what_would_change_and_changes_nothing(services: Services) -> None:
    upload_id = _upload(services, csv_file(AMINA, BEN, NO_DATE))
    row = _worked(services, upload_id)
    found = row.opened_found(services.keyring)
    assert row.state is UploadState.CHECKED
    assert (found["new"], found["refused"], found["rows"]) == (2, 1, 2)
    assert [fault[:2] for fault in found["faults"]] == [[4, "referred_on"]]
    assert _people(services) == 0


def test_a_confirmed_list_is_taken_in_and_its_file_is_gone(services: Services) -> None:
    upload_id = _upload(services, csv_file(AMINA, BEN, NO_DATE))
    _worked(services, upload_id)
    _press(services, upload_id, confirm)
    row = _worked(services, upload_id)
    assert (row.state, row.content) == (UploadState.TAKEN, None)
    assert _people(services) == 2
    assert "Cal" in row.opened_refused(services.keyring)
    assert "Amina" not in row.opened_refused(services.keyring)
    with services.read() as session:
        (record,) = session.scalars(select(WaitlistImport)).all()
    assert record.who == row.who
    assert record.file_digest == row.digest


def test_confirming_twice_counts_once_and_an_untried_list_cannot_be_confirmed(services: Services) -> None:
    upload_id = _upload(services, csv_file(AMINA))
    with pytest.raises(RefusedError, match="uploaded by now"):
        _press(services, upload_id, confirm)
    _worked(services, upload_id)
    _press(services, upload_id, confirm)
    with pytest.raises(RefusedError, match="confirmed by now"):
        _press(services, upload_id, confirm)
    with pytest.raises(RefusedError, match="confirmed by now"):
        _press(services, upload_id, drop)


def test_a_dropped_list_leaves_nothing_behind(services: Services) -> None:
    upload_id = _upload(services, csv_file(AMINA))
    _worked(services, upload_id)
    _press(services, upload_id, drop)
    row = _worked(services, upload_id)
    assert (row.state, row.content, row.found, row.refused) == (UploadState.DROPPED, None, None, None)
    assert _people(services) == 0


def test_a_list_dropped_while_it_is_tried_is_let_go(services: Services) -> None:
    upload_id = _upload(services, long_list(services, BATCH + 10))

    def drop_now(*_: object) -> object:
        if _row(services, upload_id).state is UploadState.CHECKING:
            _press(services, upload_id, drop)
        return services.clock()

    # The worker asks for the time between two batches: there somebody drops the upload.
    impatient = Services(
        **{name: getattr(services, name) for name in services.__slots__} | {"clock": drop_now}
    )
    assert work_uploads(impatient, services.now()) == 0
    assert _row(services, upload_id).state is UploadState.DROPPED


def test_what_a_dead_worker_left_is_done_again_and_given_up_after_three_times(services: Services) -> None:
    upload_id = _upload(services, csv_file(AMINA))
    for tries in range(1, TRIES + 2):
        with services.begin() as session:
            row = upload_called(session, upload_id)
            row.state, row.tries, row.lease = UploadState.CHECKING, tries, "a dead worker's"
            row.leased_until = services.now() + LEASE
        assert work_uploads(services, services.now()) == 0
        clock_of(services).forward(minutes=6)
        row = _worked(services, upload_id)
        if tries < TRIES:
            assert row.state is UploadState.CHECKED
    assert row.state is UploadState.FAILED
    assert "went wrong three times" in row.fault


@pytest.mark.parametrize("content", [b"", b"  \n"])
def test_an_empty_file_is_refused_at_once(services: Services, content: bytes) -> None:
    with pytest.raises(WaitlistError, match="empty"):
        _upload(services, content)


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0old"])
def test_a_file_that_is_no_list_ends_with_what_to_do_and_is_deleted(
    services: Services, content: bytes
) -> None:
    row = _worked(services, _upload(services, content))
    assert (row.state, row.content) == (UploadState.FAILED, None)
    assert row.fault.startswith("this file")


def test_a_full_list_that_lacks_many_changes_nothing_and_says_why(services: Services) -> None:
    for content, full in ((long_list(services, 60), False), (csv_file(AMINA), True)):
        upload_id = _upload(services, content, full=full)
        row = _worked(services, upload_id)
        if not full:
            _press(services, upload_id, confirm)
            row = _worked(services, upload_id)
            assert row.state is UploadState.TAKEN
        clock_of(services).forward(seconds=1)
    assert row.state is UploadState.FAILED
    assert row.content is None


def test_headers_and_codes_are_matched_once_and_kept(services: Services) -> None:
    headers = ("Ref No", "given_name", "family_name", "Pt Mobile", "referred_on", "ethnicity", "Shoe size")
    rows = (("R-1", "Amina", "Example", "07700 900001", "2026-02-02", "White British", "38"),)
    upload_id = _upload(services, csv_file(*rows, headers=headers))
    row = _worked(services, upload_id)
    assert row.state is UploadState.UNMATCHED
    assert "referral_id" in row.fault
    assert row.opened_found(services.keyring)["headers"] == list(headers)
    with services.begin() as session:
        keep_match(session, "Ref No", "referral_id", services.now(), who="Lee")
        keep_match(session, "Pt Mobile", "mobile", services.now(), who="Lee")
        keep_match(session, "Shoe size", "", services.now(), who="Lee")
        try_again(session, upload_called(session, upload_id))
    row = _worked(services, upload_id)
    found = row.opened_found(services.keyring)
    assert row.state is UploadState.CHECKED
    assert found["codes"] == {"ethnicity": ["White British"]}
    assert (found["unknown"], found["new"], found["refused"]) == ([], 0, 1)
    with services.begin() as session:
        keep_match(session, "White British", "A", services.now(), who="Lee", column="ethnicity")
        try_again(session, upload_called(session, upload_id))
    found = _worked(services, upload_id).opened_found(services.keyring)
    assert (found["codes"], found["new"], found["refused"]) == ({}, 1, 0)
    clock_of(services).forward(seconds=1)
    again = _worked(services, _upload(services, csv_file(*rows, headers=headers)))
    assert again.opened_found(services.keyring)["new"] == 1


def test_a_match_replaces_the_former_one_and_that_of_the_settings(services: Services) -> None:
    settings = services.config.waitlist.model_copy(update={"columns": {"Mob": "phone"}})
    with services.begin() as session:
        assert matches(session, settings).columns == {"Mob": "phone"}
        for ours in ("email", "mobile"):
            keep_match(session, "mob", ours, services.now(), who="Lee")
        assert matches(session, settings).columns == {"mob": "mobile"}
    for column, ours in (("", "nonsense"), ("ethnicity", "Q"), ("given_name", "x")):
        with pytest.raises(RefusedError), services.begin() as session:
            keep_match(session, "x", ours, services.now(), who="Lee", column=column)


def test_files_and_refused_rows_do_not_stay(services: Services) -> None:
    waiting = _upload(services, csv_file(AMINA, NO_DATE))
    _worked(services, waiting)
    taken = waiting
    clock_of(services).forward(seconds=1)
    waiting = _upload(services, csv_file(BEN))
    _worked(services, waiting)
    _press(services, taken, confirm)
    _worked(services, taken)
    assert forget_uploads(services, services.now() + KEPT_UNCONFIRMED - timedelta(minutes=1)) == 0
    assert forget_uploads(services, services.now() + KEPT_UNCONFIRMED + timedelta(minutes=1)) == 1
    row = _row(services, waiting)
    assert (row.state, row.content, row.found) == (UploadState.DROPPED, None, None)
    assert _row(services, taken).refused is not None
    assert forget_uploads(services, services.now() + KEPT_REFUSED + timedelta(minutes=1)) == 1
    assert _row(services, taken).refused is None


def test_nobodys_details_lie_readable_in_the_database(services: Services) -> None:
    upload_id = _upload(services, csv_file(AMINA, NO_DATE))
    _worked(services, upload_id)
    with services.read() as session:
        stored = session.execute(text("SELECT * FROM upload")).all()
    readable = repr(stored)
    for words in ("Amina", "Cal", "900001", "900003"):
        assert words not in readable
