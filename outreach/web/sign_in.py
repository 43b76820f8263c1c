"""Signing in and out; in a demo one press signs in as any role."""

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as Answer

from outreach.actions.sign_in import Try, sign_in, sign_out, start_session
from outreach.errors import RefusedError
from outreach.models.staff import a_member_in
from outreach.vocabulary import Role
from outreach.web import kept
from outreach.web.forms import Form
from outreach.web.gate import begin_session, end_session
from outreach.web.here import is_demo, now, services, signed_in

pages = Blueprint("sign_in", __name__)


@pages.get("/")
def front_door() -> Answer:
    """Where everybody begins."""
    return redirect(url_for("today.today" if signed_in() else "sign_in.ask"))


@pages.get("/sign-in")
def ask() -> str | Answer:
    """The form; whoever is signed in already goes on."""
    then = _local(request.args.get("next", ""))
    if signed_in() and not is_demo():
        return redirect(then or url_for("today.today"))
    return _page(None, then)


@pages.post("/sign-in")
def enter() -> str | Answer:
    """Check name, password and code; then go on to where they wanted to be, with what they had typed."""
    form = Form(request.form)
    then, held = _local(form.value("then")), kept.unpacked(form.value(kept.FIELD))
    attempt = Try(
        name=form.text("name", "Enter your name or your email address", most=200),
        password=form.value("password"),
        code=form.text("code", "Enter the six digits that your authenticator app shows now", most=100),
        address=request.remote_addr or "",
        device=request.user_agent.string,
    )
    if not attempt.password:
        form.refuse("password", "Enter your password")
    if form.is_good:
        try:
            begin_session(sign_in(services(), attempt, now()))
        except RefusedError as fault:
            form.refuse("name", str(fault))
    if not form.is_good:
        return make_response(_page(form, then, held), 422)
    if held is not None:
        return render_template("staff/send_again.html", kept=held)
    return redirect(then or url_for("today.today"))


def _page(form: Form | None, then: str, held: kept.Kept | None = None) -> str:
    return render_template("staff/sign_in.html", form=form, then=then, kept=held, was_signed_out=False)


def _local(path: str) -> str:
    return path if kept.is_local(path) else ""


@pages.post("/sign-in/demo")
def enter_demo() -> Answer:
    """One press in a demo; elsewhere this address does not exist."""
    if not is_demo():
        abort(404)
    role = Form(request.form).one_of("role", Role, "")
    if role is None:
        abort(400)
    with services().begin() as session:
        member = a_member_in(session, role, now())
        token = start_session(session, member, now(), device="demo")
    begin_session(token)
    return redirect(url_for("today.today"))


@pages.post("/sign-out")
def leave() -> Response | Answer:
    """End this session, here and in the database."""
    present = signed_in()
    if present is not None:
        sign_out(services(), present, now())
    end_session()
    flash("You are signed out.")
    return redirect(url_for("sign_in.ask"))
