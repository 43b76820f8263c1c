"""Setting up a sign-in through a one-time link: a password, then an authenticator, then recovery codes."""

import segno
from flask import Blueprint, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from outreach.actions.accounts import choose_password, enrol, invited, opened_secret
from outreach.actions.sign_in import start_session
from outreach.credentials import provisioning
from outreach.errors import RefusedError
from outreach.web.forms import Form
from outreach.web.gate import begin_session
from outreach.web.here import now, services

pages = Blueprint("welcome", __name__, url_prefix="/welcome")


@pages.get("/<token>")
def begin(token: str) -> str:
    """The step this link is at; opening it uses nothing up, since mail programs open links too."""
    return _step(token, None)


@pages.post("/<token>/password")
def choose(token: str) -> str | Answer:
    """Take the password."""
    form, house = Form(request.form), services()
    password = form.value("password")
    if password != form.value("again"):
        form.refuse("again", "Type the same password twice")
    try:
        with house.begin() as session:
            account, member = invited(session, token, now())
            if form.is_good:
                choose_password(session, house, account, member, password=password, now=now())
    except RefusedError as fault:
        form.refuse("password", str(fault))
    if not form.is_good:
        return make_response(_step(token, form), 422)
    return redirect(url_for("welcome.begin", token=token))


@pages.post("/<token>/authenticator")
def enrol_authenticator(token: str) -> str | Answer:
    """Take the authenticator's first code, sign in, and show the recovery codes this once."""
    form, house = Form(request.form), services()
    code = form.text("code", "Enter the six digits that the app shows now", most=20)
    if form.is_good:
        try:
            with house.begin() as session:
                account, member = invited(session, token, now())
                codes = enrol(session, house, account, member, code=code, now=now())
                signed = start_session(session, member, now(), device=request.user_agent.string)
        except RefusedError as fault:
            form.refuse("code", str(fault))
        else:
            begin_session(signed)
            return render_template("staff/recovery_codes.html", codes=codes, first_time=True)
    return make_response(_step(token, form), 422)


def _step(token: str, form: Form | None) -> str:
    """The page for the password, or for the authenticator once there is one."""
    house = services()
    with house.read() as session:
        account, member = invited(session, token, now())
        secret = opened_secret(house, account)
    if not account.password_hash:
        return render_template("staff/choose_password.html", form=form, token=token, member=member)
    address = provisioning(secret, member.name, house.config.service.name)
    spaced = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return render_template(
        "staff/authenticator.html",
        form=form,
        token=token,
        picture=qr_code(address),
        address=address,
        secret=spaced,
    )


def qr_code(text: str) -> Markup:
    """A QR code as an inline picture, without any style of its own."""
    drawn = segno.make(text, error="m").svg_inline(scale=5, border=4, light="#fff", omitsize=False)
    named = drawn.replace("<svg ", '<svg role="img" aria-label="QR code for your authenticator app" ', 1)
    return Markup(named)  # noqa: S704 - drawn by the library from text that it turns into squares
