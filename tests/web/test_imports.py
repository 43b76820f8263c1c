"""Importing through the site: upload, trial, matching, confirming, refused rows; on a phone and without scripts."""

import re
from pathlib import Path

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from outreach.actions.work_uploads import work_uploads
from outreach.models import Event, Person
from outreach.vocabulary import Role
from tests.lists import AMINA, BEN, NO_DATE, OURS, csv_file
from tests.web.conftest import Live
from tests.web.looks import assert_accessible
from tests.web.site import Browser, Site, text_of

FORMULA = ("R-4", "=HYPERLINK(1)", "Example", "07700 900004", "soon", "A", "yes")


def _send(client: Browser, content: bytes) -> TestResponse:
    """Post a file as a browser does; the client's own way leaves large ones lying open."""
    fields = {"csrf_token": client.token()}
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}'
        for name, value in fields.items()
    ]
    parts.append('--x\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n')
    body = "\r\n".join(parts).encode() + content + b"\r\n--x--\r\n"
    return client.post("/people/import/", data=body, content_type="multipart/form-data; boundary=x")


def _upload(client: Browser, content: bytes) -> str:
    """Post a file; returns where the browser is sent."""
    answer = _send(client, content)
    assert answer.status_code == 302, text_of(answer)
    return str(answer.location)


def _work(site: Site) -> None:
    work_uploads(site.services, site.services.now())


def _people(site: Site) -> int:
    with site.services.read() as session:
        return session.scalar(select(func.count()).select_from(Person)) or 0


def test_a_list_is_uploaded_tried_confirmed_and_taken_in(site: Site) -> None:
    adi = site.signed_in(Role.ADMIN)
    at = _upload(adi, csv_file(AMINA, BEN, NO_DATE))
    assert "Waits to be tried" in text_of(adi.get(at))
    _work(site)
    page = text_of(adi.get(at))
    assert "What would change" in page
    assert "New referrals 2" in " ".join(page.split())
    assert "Rows refused 1" in page
    assert _people(site) == 0
    adi.send(f"{at}/confirm")
    assert "Waits to be taken in" in text_of(adi.get(at))
    _work(site)
    came = text_of(adi.get(at))
    assert "What came of it" in came
    assert "Messages planned in 4 weeks" in came
    assert (
        "at most 40 a day, so that those who answer find somebody free. The last goes on 3 March 2026."
        in came
    )
    assert _people(site) == 2
    assert "last imported today" in text_of(adi.get("/people/import/"))


def test_refused_rows_come_back_safe_to_open_and_that_is_on_record(site: Site) -> None:
    adi = site.signed_in(Role.ADMIN)
    at = _upload(adi, csv_file(AMINA, FORMULA))
    _work(site)
    answer = adi.get(f"{at}/refused.csv")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "'=HYPERLINK" in answer.text
    assert "Amina" not in answer.text
    with site.services.read() as session:
        verbs = list(session.scalars(select(Event.verb).where(Event.subject == "upload").order_by(Event.id)))
    assert verbs == ["uploaded", "downloaded the refused rows of"]


def test_headers_that_do_not_fit_are_matched_on_the_page(site: Site) -> None:
    headers = ("Ref", "given_name", "family_name", "Mob", "referred_on", "ethnicity", "safe_to_text")
    adi = site.signed_in(Role.ADMIN)
    row = ("R-1", "Amina", "Example", "07700 900001", "2026-02-02", "White British", "yes")
    at = _upload(adi, csv_file(row, headers=headers))
    _work(site)
    page = adi.get(at)
    assert "no column referral_id" in text_of(page)
    fields = dict.fromkeys(re.findall(r'name="(header-\d+)"', page.text), "-")
    adi.send(f"{at}/match", {"header-0": "referral_id", "header-3": "mobile"})
    assert len(fields) == len(headers)
    _work(site)
    page = adi.get(at)
    assert "Ethnicity: “White British” means" in text_of(page)
    (code,) = re.findall(r'name="(code-[^"]+)"', page.text)
    adi.send(f"{at}/match", {code: "A"})
    _work(site)
    assert "New referrals 1" in text_of(adi.get(at))
    kept = text_of(adi.get("/people/import/matches"))
    for theirs, ours in (("Ref", "referral_id"), ("Mob", "mobile"), ("White British", "ethnicity A")):
        assert f"{theirs} {ours} By Adi Admin" in kept
    ids = re.findall(r'name="id" value="([^"]+)"', adi.get("/people/import/matches").text)
    assert len(ids) == 3
    adi.send("/people/import/matches/forget", {"id": ids[0]})
    adi.send("/people/import/matches/forget", {"id": "nonsense"})
    assert len(re.findall(r'name="id"', adi.get("/people/import/matches").text)) == 2


def test_made_up_matches_are_refused_and_change_nothing(site: Site) -> None:
    adi = site.signed_in(Role.ADMIN)
    at = _upload(adi, csv_file(AMINA, headers=("Ref", *("abcdef"))))
    _work(site)
    assert adi.send(f"{at}/match", {"header-0": "password"}).status_code == 409
    assert "Nothing is matched yet" in text_of(adi.get("/people/import/matches"))


def test_a_deleted_upload_says_so_and_cannot_be_confirmed(site: Site) -> None:
    adi = site.signed_in(Role.ADMIN)
    at = _upload(adi, csv_file(AMINA))
    _work(site)
    assert "The file is deleted" in text_of(adi.send(f"{at}/drop", follow_redirects=True))
    answer = adi.send(f"{at}/confirm")
    assert answer.status_code == 409
    assert "nothing was changed" in text_of(answer)
    assert adi.get(f"{at}/refused.csv").status_code == 409


@pytest.mark.parametrize("content", [b"", b"   "])
def test_no_file_or_an_empty_one_is_told_beside_the_field(site: Site, content: bytes) -> None:
    answer = _send(site.signed_in(Role.ADMIN), content)
    assert answer.status_code == 422
    assert "There is a problem" in text_of(answer)


def test_a_large_list_is_taken_and_a_far_too_large_one_refused_kindly(site: Site) -> None:
    adi = site.signed_in(Role.ADMIN)
    _upload(adi, csv_file(AMINA) + b"," * 3_000_000)
    answer = _send(adi, b"x" * 22_000_000)
    assert answer.status_code == 413
    assert "too much at once" in text_of(answer)


def test_a_script_in_a_file_is_only_text(site: Site) -> None:
    bad = "<script>alert(1)</script>"
    adi = site.signed_in(Role.ADMIN)
    headers = (*OURS[:5], "ethnicity", "safe_to_text", bad)
    at = _upload(adi, csv_file(("R-1", bad, bad, "x", "soon", bad, bad, "y"), headers=headers))
    _work(site)
    page = adi.get(at).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    ("phone", "scripts"),
    [(False, True), (True, True), (False, False)],
    ids=["desktop", "phone", "no scripts"],
)
def test_a_list_goes_in(live: Live, tmp_path: Path, phone: bool, scripts: bool) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(csv_file(AMINA, BEN, NO_DATE, (*BEN[:5], "Purple", "no")))
    page = live.visit(Role.ADMIN, phone=phone, scripts=scripts)
    page.goto("/people/")
    page.get_by_role("link", name="Import the waiting list").click()
    if scripts:
        assert_accessible(page)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Upload and try it").click()
    page.get_by_text("Waits to be tried").wait_for()
    if scripts:
        assert_accessible(page)
    _work(live.site)
    page.get_by_role("heading", name="What would change").wait_for()
    if scripts:
        assert_accessible(page)
    assert "or say below what it means" in page.inner_text("main")
    page.get_by_role("button", name="Take this list in").click()
    page.get_by_text("Waits to be taken in").wait_for()
    _work(live.site)
    page.get_by_role("heading", name="What came of it").wait_for()
    if scripts:
        assert_accessible(page)
    page.get_by_role("button", name="See the people").click()
    page.get_by_role("link", name="Amina Example").wait_for()
