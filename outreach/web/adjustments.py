"""What one person needs in order to read and hear us: asked, kept with who and why, and asked again in time."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as Answer

from outreach.actions.needs import LOOK_AGAIN, Needs, record_needs
from outreach.errors import RefusedError
from outreach.models import NeedsReview, Person
from outreach.rules.adjustments import in_words, read_formats
from outreach.rules.tongues import TONGUES, language_name
from outreach.vocabulary import Format, PreferredChannel
from outreach.web.forms import Form
from outreach.web.here import in_session, now, services
from outreach.web.objects import person_or_404
from outreach.web.trail import saw

pages = Blueprint("adjustments", __name__, url_prefix="/people/<person_id>/needs")

FORMATS = tuple(each for each in Format if each is not Format.OTHER)


@pages.get("/")
def ask(person_id: str) -> str:
    """What is on record, to go through with them."""
    return _page(person_id, None)


def _page(person_id: str, form: Form | None) -> str:
    house = services()
    with house.read() as session:
        person = person_or_404(session, person_id)
        name = person.opened(house.keyring).called
        told = session.scalars(
            select(NeedsReview).where(NeedsReview.person_id == person.id).order_by(NeedsReview.id.desc())
        ).all()
    saw(person)
    today = house.calendar.day_of(now())
    return render_template(
        "staff/adjustments.html",
        form=form,
        person=person,
        name=name,
        told=told,
        formats=[(each.value, in_words(each).capitalize()) for each in FORMATS],
        has=[each.value for each in read_formats(person.format or "")],
        other=_other(person),
        languages=_languages(person),
        next_on=max(person.needs_review_on or today, today + LOOK_AGAIN),
    )


def _other(person: Person) -> str:
    """Their format where it is none of those that can be ticked."""
    return (person.format or "") if Format.OTHER in read_formats(person.format or "") else ""


def _languages(person: Person) -> list[tuple[str, str]]:
    """Those that messages are written in, and their own."""
    tags = dict.fromkeys(["en", *sorted(TONGUES), person.language])
    return [(tag, language_name(tag)) for tag in tags]


@pages.post("/")
def record(person_id: str) -> Answer:
    """Keep what they said; it counts from the next message on."""
    form = Form(request.form)
    needs, why = _needs(form), form.text("why", "Say in a few words what they told you", most=300)
    if form.is_good:
        try:
            with services().begin() as session:
                person = person_or_404(session, person_id)
                record_needs(
                    session, services(), person, needs, staff=in_session(session), now=now(), why=why
                )
        except RefusedError as fault:
            form.refuse("next_on", str(fault))
    if not form.is_good:
        return make_response(_page(person_id, form), 422)
    flash("Kept. It counts from the next message on.")
    return redirect(url_for("people.person", person_id=person_id))


def _needs(form: Form) -> Needs:
    ticked = [in_words(each) for each in FORMATS if each.value in form.values("formats")]
    other = form.text("other", most=100)
    way = form.value("preferred")
    suits = form.values("suits")
    return Needs(
        language=form.text("language", "Choose a language", most=35),
        interpreter="interpreter" in form.values("interpreter"),
        format=", ".join([*ticked, *([other] if other else [])]),
        preferred=PreferredChannel(way) if way in set(PreferredChannel) else None,
        texts_suit="sms" in suits,
        emails_suit="email" in suits,
        next_on=form.day("next_on"),
    )
