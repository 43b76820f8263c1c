"""One session of a co-run group: its places, who is asked, who comes, and who waits for a place."""

from collections import Counter

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from outreach.actions.group_asks import asked
from outreach.actions.group_sessions import call_off, record_attendance
from outreach.actions.invite import invite_everybody, invite_one, would_invite
from outreach.errors import NotFoundError, OutreachError, RefusedError
from outreach.models import Acquaintance, Activity, Invitation, Person
from outreach.models.activity import group_session_called, invitations_to
from outreach.models.base import is_id
from outreach.models.referral import referral_called
from outreach.rules.groups import Standing, seats_left
from outreach.web.forms import Form
from outreach.web.here import in_session, me, now, services
from outreach.web.objects import person_or_404
from outreach.web.permissions import may_open
from outreach.web.trail import saw_list

pages = Blueprint("groups", __name__, url_prefix="/groups")

SHOWN = 10


@pages.get("/<session_id>")
def show(session_id: str) -> str:
    """The session and everybody asked to it."""
    return _page(session_id, Form())


def _page(session_id: str, form: Form) -> str:
    house = services()
    with house.read() as session:
        row = group_session_called(session, session_id)
        known = set(session.scalars(select(Acquaintance.person_id).where(Acquaintance.staff_id == me().id)))
        invitations = invitations_to(session, session_id)
        standings = [asked(each).standing(now()) for each in invitations]
        is_open = row.called_off_at is None and row.starts_at > now()
        next_ones = would_invite(session, house, row, now()) if is_open else []
        rows = _rows(session, [each for each in invitations if each.person_id not in known])
        page = render_template(
            "staff/group.html",
            form=form,
            row=row,
            activity=session.get_one(Activity, row.activity_id),
            rows=rows,
            counts=Counter(standings),
            left=seats_left(row.places, standings),
            is_open=is_open,
            has_begun=row.starts_at <= now(),
            next_count=len(next_ones),
            next_names=[each.details.called for each in next_ones if each.id not in known][:SHOWN],
            standing=Standing,
            may_change=may_open("groups.everybody", me().role),
        )
    saw_list(sorted({str(each["person_id"]) for each in rows}))
    return page


def _rows(session: Session, invitations: list[Invitation]) -> list[dict[str, object]]:
    ids = [each.person_id for each in invitations]
    people = {each.id: each for each in session.scalars(select(Person).where(Person.id.in_(ids)))}
    return [
        {
            "id": each.id,
            "person_id": each.person_id,
            "name": people[each.person_id].opened(services().keyring).called,
            "standing": asked(each).standing(now()),
            "number": each.waiting_no,
            "attended": each.attended,
        }
        for each in invitations
    ]


@pages.post("/<session_id>/everybody")
def everybody(session_id: str) -> Answer:
    """Invite everybody whom it fits; a job does it."""
    with services().begin() as session:
        invite_everybody(session, services(), group_session_called(session, session_id), now(), me().name)
    flash("Everybody whom it fits is being invited, those longest waiting first.")
    return redirect(url_for("groups.show", session_id=session_id))


@pages.post("/<session_id>/one")
def one(session_id: str) -> str | Answer:
    """Invite one person."""
    form = Form(request.form)
    name = form.text("referral", "Enter the referral id, as on the waiting list", most=80)
    if form.is_good:
        try:
            with services().begin() as session:
                referral = referral_called(session, name)
                person_or_404(session, referral.person_id)
                row = group_session_called(session, session_id)
                invite_one(session, services(), row, referral, now=now(), who=me().name)
        except NotFoundError:
            form.refuse("referral", "No referral has this id")
        except RefusedError as fault:
            form.refuse("referral", str(fault))
    if not form.is_good:
        return make_response(_page(session_id, form), 422)
    flash("The invitation goes when it may.")
    return redirect(url_for("groups.show", session_id=session_id))


@pages.post("/<session_id>/attendance")
def attendance(session_id: str) -> Answer:
    """Note who came and who did not."""
    invitation_id, came = request.form.get("invitation", ""), request.form.get("came") == "yes"
    with services().begin() as session:
        row = session.get(Invitation, invitation_id) if is_id(invitation_id) else None
        if row is None or row.session_id != session_id:
            raise NotFoundError("There is no such invitation.")
        record_attendance(session, services(), row, in_session(session), now=now(), attended=came)
    flash("Noted. Whoever came is thanked.")
    return redirect(url_for("groups.show", session_id=session_id))


@pages.post("/<session_id>/off")
def off(session_id: str) -> str | Answer:
    """Call it off; everybody with a place, or waiting for one, is told."""
    form = Form(request.form)
    why = form.text("why", "Say why, in a few words", most=200)
    told = 0
    if form.is_good:
        try:
            with services().begin() as session:
                row = group_session_called(session, session_id)
                told = call_off(session, services(), row, in_session(session), now=now(), because=why)
        except OutreachError as fault:
            form.refuse("why", str(fault))
    if not form.is_good:
        return make_response(_page(session_id, form), 422)
    flash(f"It is called off. {told} {'person is' if told == 1 else 'people are'} told.")
    return redirect(url_for("groups.show", session_id=session_id))
