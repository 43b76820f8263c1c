"""The waiting list comes in: upload, look at the trial, match what is unknown, confirm, watch, mend the refused."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from outreach.actions.import_matches import Matches, forget_match, keep_match, matches
from outreach.actions.import_waitlist import PLANNED_WEEKS
from outreach.actions.uploads import confirm, drop, store_upload, try_again, upload_called
from outreach.errors import RefusedError, WaitlistError
from outreach.models import ImportMatch, Upload
from outreach.models.base import is_id
from outreach.models.waitlist import list_taken_in_at
from outreach.rules.spans import day_in_words
from outreach.rules.waitlist_codes import CODED
from outreach.rules.waitlist_columns import COLUMNS, fold
from outreach.services import Services
from outreach.web.forms import Form
from outreach.web.here import in_session, me, now, services
from outreach.web.trail import did

pages = Blueprint("imports", __name__, url_prefix="/people/import")

SHOWN = 10
IN_THE_SETTINGS = re.compile(r",? or map (?:it|them) in \[import\.[^\]]*\]")
LEFT_OUT = "leave_out"
NOT_MATCHED = "-"


@pages.app_template_filter()
def matched_here(words: str) -> str:
    """What a fault tells whoever imports by command to write into the settings is matched on the page here."""
    return IN_THE_SETTINGS.sub(", or say below what it means", words)


@pages.get("/")
def imports() -> str:
    """Where a new list is uploaded, and what became of the last ones."""
    return _page(None)


def _page(form: Form | None) -> str:
    with services().read() as session:
        newest = list_taken_in_at(session)
        rows = list(session.scalars(select(Upload).order_by(Upload.id.desc()).limit(SHOWN)))
    return render_template("staff/imports.html", form=form, newest=newest, uploads=rows)


@pages.post("/")
def upload() -> str | Answer:
    """Keep the file, sealed; the worker tries it next."""
    form, house = Form(request.form), services()
    file = request.files.get("file")
    content = file.read() if file else b""
    if not content:
        form.refuse("file", "Choose a file: CSV or an Excel workbook (.xlsx)")
    if form.is_good:
        try:
            with house.begin() as session:
                member = in_session(session)
                row = store_upload(session, house, content, member, now(), is_full=form.yes("full"))
            return redirect(url_for("imports.show", upload_id=row.id))
        except WaitlistError as fault:
            form.refuse("file", str(fault))
    return make_response(_page(form), 422)


@pages.get("/<upload_id>")
def show(upload_id: str) -> str:
    """How far it is, what the trial found, or what came of it."""
    house = services()
    with house.read() as session:
        row = upload_called(session, upload_id)
        known = matches(session, house.config.waitlist)
    found = row.opened_found(house.keyring)
    part = "staff/import_part.html" if request.headers.get("HX-Request") else "staff/import.html"
    return render_template(
        part,
        upload=row,
        found=found,
        headers=_headers(found, known) if not row.state.is_over else [],
        codes=_codes(found) if not row.state.is_over else [],
        columns=COLUMNS,
        planned_weeks=PLANNED_WEEKS,
        first_contacts=_first_contacts(house, found),
    )


def _first_contacts(house: Services, found: Mapping[str, Any]) -> tuple[int, str] | None:
    """How many late first messages go in a day, and in words the day of the last; None when none are late."""
    until = found.get("first_contacts_until")
    return (
        (house.config.sending.first_contacts_a_day, day_in_words(date.fromisoformat(until)))
        if until
        else None
    )


def _headers(found: Mapping[str, Any], known: Matches) -> list[dict[str, Any]]:
    """Each header of the file with what it is taken for; those that nobody reads first."""
    ours = {fold(column): column for column in COLUMNS} | {
        fold(name): our for name, our in known.columns.items()
    }
    listed = [
        {"number": number, "name": name, "ours": ours.get(fold(name), NOT_MATCHED) or LEFT_OUT}
        for number, name in enumerate(found.get("headers", []))
        if name.strip()
    ]
    return sorted(listed, key=lambda each: each["ours"] != NOT_MATCHED)


def _codes(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each code of the file that means nothing to us, with the codes that its column can hold."""
    return [
        {"field": f"code-{column}-{number}", "column": column, "theirs": theirs, "ours": CODED[column]}
        for column, values in found.get("codes", {}).items()
        for number, theirs in enumerate(values)
    ]


@pages.post("/<upload_id>/match")
def match(upload_id: str) -> Answer:
    """Keep what headers and codes mean, for this file and every later one, and try the file again."""
    house = services()
    with house.begin() as session:
        row = upload_called(session, upload_id)
        found = row.opened_found(house.keyring)
        known = matches(session, house.config.waitlist)
        kept = _keep_headers(session, _headers(found, known)) + _keep_codes(session, _codes(found))
        try_again(session, row)
    flash(f"{kept} kept for later files, too. The file is tried again.")
    return redirect(url_for("imports.show", upload_id=upload_id))


def _keep_headers(session: Session, headers: Sequence[Mapping[str, Any]]) -> int:
    kept = 0
    for header in headers:
        chosen = request.form.get(f"header-{header['number']}", header["ours"])
        if chosen == header["ours"]:
            continue
        if chosen == NOT_MATCHED:
            forget_match(session, header["name"])
        else:
            ours = "" if chosen == LEFT_OUT else chosen
            keep_match(session, header["name"], ours, now(), who=me().name)
        kept += 1
    return kept


def _keep_codes(session: Session, codes: Sequence[Mapping[str, Any]]) -> int:
    kept = 0
    for code in codes:
        chosen = request.form.get(code["field"], "").strip()
        if chosen:
            keep_match(session, code["theirs"], chosen, now(), who=me().name, column=code["column"])
            kept += 1
    return kept


@pages.post("/<upload_id>/confirm")
def take_in(upload_id: str) -> Answer:
    """Have the worker take it in."""
    with services().begin() as session:
        confirm(session, upload_called(session, upload_id), in_session(session), now())
    return redirect(url_for("imports.show", upload_id=upload_id))


@pages.post("/<upload_id>/drop")
def give_up(upload_id: str) -> Answer:
    """Delete the file; nothing of it is taken in."""
    with services().begin() as session:
        drop(session, upload_called(session, upload_id), in_session(session), now())
    flash("The file is deleted. Nothing of it was taken in.")
    return redirect(url_for("imports.imports"))


@pages.get("/<upload_id>/refused.csv")
def refused(upload_id: str) -> Response:
    """The refused rows, to correct and upload again."""
    house = services()
    with house.begin() as session:
        row = upload_called(session, upload_id)
        table = row.opened_refused(house.keyring)
        if not table:
            raise RefusedError("No refused rows are kept for this upload; they are deleted after a week.")
        did(session, "downloaded the refused rows of", row)
    headers = {"Content-Disposition": 'attachment; filename="refused-rows.csv"'}
    return Response(table, mimetype="text/csv", headers=headers)


@pages.get("/matches")
def kept_matches() -> str:
    """What headers and codes of local exports mean, as kept here and in the settings."""
    house = services()
    with house.read() as session:
        rows = list(session.scalars(select(ImportMatch).order_by(ImportMatch.column, ImportMatch.theirs)))
    settings = house.config.waitlist
    fixed = [("", theirs, ours) for theirs, ours in settings.columns.items()]
    fixed += [(column, *each) for column, table in settings.codes.items() for each in table.items()]
    return render_template("staff/import_matches.html", rows=rows, fixed=fixed)


@pages.post("/matches/forget")
def forget() -> Answer:
    """Take one match away."""
    with services().begin() as session:
        match_id = request.form.get("id", "")
        row = session.get(ImportMatch, match_id) if is_id(match_id) else None
        if row is not None:
            did(session, "took away the match", row)
            session.flush()
            forget_match(session, row.theirs, column=row.column)
    flash("The match is taken away.")
    return redirect(url_for("imports.kept_matches"))
