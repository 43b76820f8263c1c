"""One's own sign-in: the password, recovery codes, and the devices on which one is signed in."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response as Answer

from outreach.actions.accounts import end_sessions, fresh_recovery_codes, replace_password
from outreach.errors import NotFoundError, RefusedError
from outreach.models import Account, RecoveryCode, StaffSession
from outreach.models.sign_in import account_of
from outreach.web.forms import Form
from outreach.web.here import in_session, me, now, services, signed_in

pages = Blueprint("account", __name__, url_prefix="/account")


@pages.get("/")
def account() -> str:
    """What there is to know and to change."""
    return _page(None)


def _page(form: Form | None) -> str:
    present = signed_in()
    with services().read() as session:
        own = account_of(session, me().id)
        unused = select(func.count()).where(
            RecoveryCode.account_id == (own.id if own else None), RecoveryCode.used_at.is_(None)
        )
        codes = session.scalar(unused) or 0
        query = select(StaffSession).where(StaffSession.staff_id == me().id, StaffSession.ended_at.is_(None))
        devices = list(session.scalars(query.order_by(StaffSession.seen_at.desc()).limit(20)))
    here = present.session_id if present else ""
    return render_template("staff/account.html", form=form, own=own, codes=codes, devices=devices, here=here)


@pages.post("/password")
def password() -> str | Answer:
    """Change the password; every other device is signed out."""
    form, house, present = Form(request.form), services(), signed_in()
    if form.value("password") != form.value("again"):
        form.refuse("again", "Type the same password twice")
    if form.is_good and present:
        try:
            replace_password(
                house,
                _own(),
                old=form.value("old")[:200],
                new=form.value("password"),
                now=now(),
                keep=present.session_id,
            )
        except RefusedError as fault:
            form.refuse("old" if "present" in str(fault) else "password", str(fault))
    if not form.is_good:
        return make_response(_page(form), 422)
    flash("Your password is changed. You are signed out on every other device.")
    return redirect(url_for("account.account"))


def _own() -> Account:
    with services().read() as session:
        own = account_of(session, me().id)
    if own is None:
        raise NotFoundError("You have no sign-in of your own here. Ask your lead or admin for a link.")
    return own


@pages.post("/codes")
def codes() -> str:
    """New recovery codes in place of the old ones, shown this once."""
    own = _own()
    with services().begin() as session:
        fresh = fresh_recovery_codes(session, session.merge(own), in_session(session), now())
    return render_template("staff/recovery_codes.html", codes=fresh, first_time=False)


@pages.post("/others")
def end_others() -> Answer:
    """Sign out everywhere else."""
    present = signed_in()
    with services().begin() as session:
        end_sessions(
            session, me().id, now(), because="by its owner", but=present.session_id if present else ""
        )
    flash("You are signed out on every other device.")
    return redirect(url_for("account.account"))
