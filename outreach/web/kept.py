"""Keeps what somebody typed when a form cannot be taken: signed out meanwhile, a stale page, a fault on our side."""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

FIELD = "kept"
SECRET = frozenset({"csrf_token", FIELD, "password", "again", "code", "old"})
"""Never carried along."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A form that was not taken: where it goes, and its fields in order. Files cannot be kept."""

    path: str
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def readable(self) -> list[str]:
        """The texts that somebody wrote, for them to see that nothing is lost."""
        return [value for _, value in self.fields if len(value.split()) > 1]

    @property
    def packed(self) -> str:
        """As one value of a hidden field."""
        return json.dumps([self.path, self.fields])


def typed() -> Kept | None:
    """What this request carried; None where nothing did, or where another site may have made it up."""
    if request.method != "POST" or not _is_ours():
        return None
    try:
        pairs = [(name, value) for name, values in request.form.lists() for value in values]
    except HTTPException:  # too large to be read at all
        return None
    fields = tuple((name, value) for name, value in pairs if name not in SECRET)
    return Kept(request.path, fields) if fields else None


def _is_ours() -> bool:
    """The browser says that a page of ours sent this. Without its word nothing is shown for sending again."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host


def unpacked(packed: str) -> Kept | None:
    """What `packed` held; None for anything else."""
    try:
        path, fields = json.loads(packed)
        known = Kept(str(path), tuple((str(name), str(value)) for name, value in fields))
    except (ValueError, TypeError, RecursionError):
        return None
    return known if is_local(known.path) else None


def is_local(path: str) -> bool:
    """A path of this site, not an address of another; browsers leave tabs and line ends out of an address."""
    return path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()


def signed_out_page() -> Response:
    """Asks to sign in again, and carries along what was typed."""
    page = render_template("staff/sign_in.html", form=None, kept=typed(), then="", was_signed_out=True)
    return whole_page(make_response(page, 401))


def whole_page(response: Response) -> Response:
    """Where a part of a page was asked for, this replaces all of it."""
    if request.headers.get("HX-Request"):
        response.headers["HX-Retarget"] = "body"
        response.headers["HX-Reswap"] = "innerHTML"
    return response
